"""Every solution, spoiled in each of the common ways, is turned down; varied without harm, it is accepted.

A new lesson's exercises are tried as they come: a function whose first argument is called G is a step on networks.
"""

import functools
import importlib
import inspect
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from test_lessons import SOURCES, build

from gan_lessons.exercises import verdict


def solution(exercise):
    namespace = {}
    exec(f"{build.PRELUDE}\n{exercise.task}\nanswer = {exercise.answer}", namespace)
    return namespace["answer"]


SOLUTIONS = {exercise.name: solution(exercise) for source in SOURCES for exercise in build.exercises(source)}
FUNCTIONS = {name: answer for name, answer in SOLUTIONS.items() if callable(answer)}
STEPS = {name: answer for name, answer in FUNCTIONS.items() if next(iter(inspect.signature(answer).parameters)) == "G"}
PLAIN = {name: answer for name, answer in FUNCTIONS.items() if name not in STEPS}
NUMBERS = {name: answer for name, answer in SOLUTIONS.items() if isinstance(answer, int | float)}
COLLECTIONS = {name: answer for name, answer in SOLUTIONS.items() if isinstance(answer, set | dict)}
WHOLE = {"00.1", "04.2", "07.1", "07.2", "10.3", "17.3", "19.2", "19.4", "20.4"}  # whose answer is a whole number
# whose answer keeps its slope, as a loss does
LEARN = {"03.1", "08.1", "08.3", "10.2", "11.2", "11.3", "13.2", "13.3", "16.1", "18.3"}
# whose answer is a tensor of several numbers
SHAPED = {"12.2", "12.3", "14.1", "14.3", "15.1", "15.3", "16.2", "16.3", "18.1", "19.1", "19.2"}
LOGITS = [name for name, answer in PLAIN.items() if any("logits" in p for p in inspect.signature(answer).parameters)]
TOLD = r"must be (.*), not (?!\1($|:))"  # the right value and another


def wrapped(answer, before=lambda given: None, after=lambda given, result: result):
    """Return `answer` with its arguments, by name, changed `before` and its result `after`."""
    signature = inspect.signature(answer)

    @functools.wraps(answer)
    def other(*arguments):
        given = signature.bind(*arguments).arguments
        before(given)
        return after(given, answer(**given))

    return other


def on_result(change):
    """Change a result, or each of several losses."""

    def after(given, result):
        return tuple(map(change, result)) if isinstance(result, tuple) else change(result)

    return lambda answer: wrapped(answer, after=after)


def on_inputs(change, kind=torch.Tensor):
    def before(given):
        given |= {name: change(value) for name, value in given.items() if isinstance(value, kind)}

    return lambda answer: wrapped(answer, before=before)


def on_input(name, change):
    return lambda answer: wrapped(answer, before=lambda given: given.update({name: change(given[name])}))


def afterwards(do):
    def after(given, result):
        do(**given)
        return result

    return lambda answer: wrapped(answer, after=after)


def as_tensor(x):
    return x if isinstance(x, torch.Tensor) else torch.tensor(x)


def hard_coded(name):
    """Return a spoiler that uses for the argument `name` whatever it was given first."""

    def spoil(answer):
        first = []

        def before(given):
            if name in given:
                first.append(given[name])
                given[name] = first[0]

        return wrapped(answer, before)

    return spoil


def remembered_result(answer):
    results = []
    return wrapped(answer, after=lambda given, result: (results.append(result), results[0])[1])


def nan_later(answer):
    calls = []
    return wrapped(
        answer, after=lambda given, result: (calls.append(0), result * (1 if len(calls) < 2 else math.nan))[1]
    )


def in_place(name):
    return f"changes {name} in place", afterwards(lambda **given: given[name].add_(1)), f"its input {name} in place"


def arguments(answer, kind):
    """Return the names of the arguments which the check gives as `kind`, found by calling it."""
    found = {}
    verdict(next(n for n, a in SOLUTIONS.items() if a is answer), wrapped(answer, found.update))
    return [name for name, value in found.items() if isinstance(value, kind)]


def plain_spoilers(name, answer):
    """Yield (what it does, the spoiler, the hint as a pattern) for a function of numbers and tensors."""
    yield from map(in_place, arguments(answer, torch.Tensor))
    yield "nothing but the first result", remembered_result, f"{TOLD}|shape"
    for number in arguments(answer, int | float):
        yield f"{number} hard-coded", hard_coded(number), f"{TOLD}|where does|rate 2 only|another|of shape"
    yield "text", on_result(str), "not a str"
    yield "nothing", on_result(lambda r: None), "returned nothing"
    yield "two of it", on_result(lambda r: torch.stack([as_tensor(r)] * 2)), "not a Tensor of shape"
    yield "a truth", on_result(lambda r: as_tensor(r) > 0.1), "not a Tensor|must be"
    yield "nan", on_result(lambda r: r * math.nan), "not nan|not \\(.*nan|whole number"
    yield "infinite", on_result(lambda r: r * math.inf), "inf|nan"
    yield "one more", on_result(lambda r: r + 1), TOLD
    yield "the other sign", on_result(lambda r: -r), f"{TOLD}|sign|negative"
    if name not in WHOLE:
        yield "nan the second time", nan_later, "not nan|not \\(nan|but for"
        yield "a little more", on_result(lambda r: r + 1e-4), TOLD
        yield "two decimals", on_result(lambda r: as_tensor(r).double().mul(100).round().div(100)), TOLD
        yield "float16", on_result(lambda r: as_tensor(r).half()), TOLD
        yield "an int", on_result(lambda r: as_tensor(r).int()), TOLD
    if arguments(answer, torch.Tensor):
        yield "the first sample only", on_inputs(lambda x: x[:1]), f"{TOLD}|first|shape|raised"
        yield "without the last sample", on_inputs(lambda x: x[:-1]), f"{TOLD}|shape|raised"
    if name in LOGITS:
        for least in (20, 250):
            clamp = on_inputs(lambda x, least=least: x.clamp(-least, least))
            if least == 20 or name == "03.1":  # weights below e^-250 of the largest may well be left out
                yield f"a clamp at ±{least}", clamp, f"right for .*{TOLD}"


def plain_variants(name, answer):
    """Yield (what it does, the variant) where a plain function is still right."""
    yield "computed on copies", on_inputs(torch.clone)
    yield "computed in float64", on_inputs(lambda x: x.double() if x.is_floating_point() else x)
    if name in LEARN:
        yield "one element", on_result(lambda r: r.reshape(1))
        yield "float64", on_result(lambda r: r.double())
        return
    yield "float64", on_result(lambda r: as_tensor(r).double())
    yield "an array", on_result(np.asarray)
    if name in SHAPED:
        return
    if name == "01.2":
        yield "computed with numpy", lambda answer: lambda z, rate: -np.log1p(-z.numpy()) / rate
        return
    yield "a float", on_result(float)
    yield "a tensor without dimensions", on_result(as_tensor)
    yield "one element", on_result(lambda r: as_tensor(r).reshape(1))
    yield "an array of one element", on_result(lambda r: np.asarray(r).reshape(1, 1))
    yield "a float32 of numpy", on_result(np.float32)
    if name in WHOLE:
        yield "an int64 of numpy", on_result(np.int64)
        yield "a whole float", on_result(lambda r: np.float64(r))


def idle(optimizer, **other):
    """Return a stand-in for an optimiser in which some methods are others."""
    return SimpleNamespace(**({"zero_grad": optimizer.zero_grad, "step": optimizer.step} | other))


def twice(optimizer):
    return idle(optimizer, step=lambda: (optimizer.step(), optimizer.step()))


def own(optimizer):
    """Return another optimiser, of a rate of one's own, for the same weights."""
    return torch.optim.SGD(optimizer.param_groups[0]["params"], lr=0.1)


def set_rate(optimizer):
    optimizer.param_groups[0]["lr"] = 0.1
    return optimizer


def seen_through(change):
    """Return a change of a network: what comes out of it is changed."""
    return lambda network: lambda x: change(network(x))


def step_spoilers(name, answer):
    """Yield the spoilers of a step on G and D."""
    parameters = inspect.signature(answer).parameters
    yield from map(in_place, arguments(answer, torch.Tensor))
    for what, change, hint in (
        ("the mean logit", lambda a: a.mean(), "mean logit"),
        ("the median logit", lambda a: a.median(), f"{TOLD}|median"),
        ("the highest logit", lambda a: a.max(), f"{TOLD}|smallest|largest"),
        ("the first logit", lambda a: a[:1], "only the first sample"),
        ("the last logit", lambda a: a[-1:], "only the last sample"),
        ("twice the logits", lambda a: 2 * a, TOLD),
        ("clamped logits", lambda a: a.clamp(-0.2, 0.2), f"{TOLD}|flat"),
        ("the other sign", lambda a: -a, f"{TOLD}|sign|fall when|opposite"),
        ("targets (N, 1)", lambda a: a - torch.zeros(len(a), 1), r"\(\d, 1\) and meets D's logits"),
        ("as many as eight", lambda a: a * len(a) / 8, TOLD),
    ):
        # a hinge loss is linear: the mean logit is right there
        if not (name == "06.2" and what == "the mean logit"):
            yield what, on_input("D", seen_through(change)), hint
    yield "twice the fakes", on_input("G", seen_through(lambda x: 2 * x)), f"{TOLD}|twice|added to G"
    for noise in (p for p in parameters if p.startswith("z")):
        yield f"the first of {noise}", on_input(noise, lambda z: z[:1]), f"{TOLD}|first"
        yield f"another {noise}", on_input(noise, lambda z: z + 1), TOLD
    for optimizer in (p for p in parameters if p.endswith("_opt")):
        whose = optimizer[0].upper()
        for what, change, hint in (
            ("clears nothing", lambda o: idle(o, zero_grad=lambda **_: None), "left over"),
            ("does not step", lambda o: idle(o, step=lambda: None), f"{whose} has not changed.*must step"),
            ("steps twice", twice, "2 times"),
            ("clears after backward", lambda o: idle(o, step=lambda: (o.zero_grad(), o.step())), "before backward"),
            ("is another", own, "not by the optimiser that you are given"),
            ("has a rate of its own", set_rate, TOLD),
        ):
            yield f"{optimizer} {what}", on_input(optimizer, change), hint
    if "g_opt" in parameters:
        detached = on_input("G", seen_through(torch.detach))
        yield "detached fakes", detached, "no gradient had reached G: .*detached"
    for net in "GD":
        frozen = afterwards(lambda net=net, **given: given[net].requires_grad_(False))
        yield f"{net} left frozen", frozen, f"{net} was left frozen"
        yield (
            f"{net} left in eval mode",
            afterwards(lambda net=net, **given: given[net].eval()),
            f"{net} was left in eval",
        )
        if f"{net.lower()}_opt" not in parameters:
            moved = afterwards(lambda net=net, **given: given[net].weight.data.add_(1))
            yield f"{net} moved", moved, f"{net}'s weights have changed"
    yield "no loss", on_result(lambda loss: None), "returned nothing|give one number"
    yield "twice the loss", on_result(lambda loss: 2 * loss), f"loss, returned .*{TOLD}|the loss returned {TOLD}"
    yield "nan for a loss", on_result(lambda loss: math.nan), "not nan"
    yield "a loss with its graph", on_result(lambda loss: torch.tensor(loss, requires_grad=True)), r"\.item\(\)"
    yield "a text", on_result(str), "not a str"


def slopes(D, **given):
    x = torch.ones(len(list(given.values())[-1]), 1, requires_grad=True)
    torch.autograd.grad(D(x), x, torch.ones(len(x)))


def step_variants(name, answer):
    """Yield the variants of a step on G and D."""
    yield "float32 of numpy", on_result(np.float32)
    yield "a tensor without its graph", on_result(torch.tensor)
    yield "copies of the batches", on_inputs(torch.clone)
    yield "losses in a list", lambda a: wrapped(a, after=lambda g, r: list(r) if isinstance(r, tuple) else r)
    for net in "GD":
        yield f"another look at {net}", afterwards(lambda net=net, z=None, **given: given[net](torch.ones(2, 1)))
        eval_and_back = afterwards(lambda net=net, **given: given[net].eval().train())
        yield f"{net} in eval mode for a while", eval_and_back
        thawed = afterwards(lambda net=net, **given: given[net].requires_grad_(False).requires_grad_(True))
        yield f"{net} frozen for a while", thawed
    yield "a look at D's slopes", afterwards(slopes)
    for optimizer in (p for p in inspect.signature(answer).parameters if p.endswith("_opt")):
        to_zero = on_input(optimizer, lambda o: idle(o, zero_grad=lambda: o.zero_grad(set_to_none=False)))
        yield f"{optimizer} clears to zero", to_zero


def number_spoilers(name, value):
    yield "nan", math.nan, "nan"
    yield "infinite", math.inf, "inf|not it|above"
    yield "minus infinite", -math.inf, "inf|not it|negative|not a|outwards"
    yield "a text", str(value), "number, not a str"
    yield "in a list", [value], "number, not a list"
    yield "two of it", np.array([value, value]), "number, not a"
    yield "a truth", True, "number, not a bool"
    yield "complex", complex(value, 1), "number, not a complex"
    yield "nothing", None, "number, not a NoneType"
    # six tenths of a unit of the last digit that is asked for
    units = {
        "00.1": 1,
        "01.1": 1e-3,
        "02.1": 1e-2,
        "03.2": 1e-2,
        "04.1": 1e3,
        "05.1": 1e-2,
        "07.1": 1,
        "08.4": 1e-2,
        "10.1": 1e-2,
        "10.3": 1,
        "11.1": 1e-2,
        "11.4": 1e-2,
        "12.1": 1e-2,
        "13.1": 1e-2,
        "17.3": 1,
        "18.4": 1e-2,
        "20.3": 1e-2,
    }
    unit = units[name]
    for sign in (1, -1):
        yield f"{sign * 0.6:g} units off", value + sign * 0.6 * unit, "close|not it|whole|above"


def number_variants(name, value):
    for kind in (float, np.float64, torch.tensor, lambda x: torch.tensor([x]), np.array, lambda x: np.array([[x]])):
        yield kind(value)
    yield np.float32(value)
    if name in WHOLE:
        yield from (np.int64(value), np.uint8(value), torch.tensor(value, dtype=torch.int16))


def collection_spoilers(name, value):
    yield "one left out", type(value)(list(value.items() if isinstance(value, dict) else value)[1:]), "more|what about"
    yield "none", type(value)(), "more|what about"
    yield "a text", str(value), "not a str"
    yield "a number", 3, "not an int"
    if isinstance(value, dict):
        yield (
            "all the same",
            dict.fromkeys(value, next(iter(value.values()))),
            "run |generator |translator |slice |line ",
        )
        yield "unknown", dict.fromkeys(value, "wait"), "choose one of"
    else:
        yield "one more", value | {"nobody"}, "'nobody' is not among"


def collection_variants(name, value):
    for change in (str.upper, str.lower, lambda text: f"  {text}\n", lambda text: text.replace(" ", "  ")):
        if isinstance(value, dict):
            yield {change(key): change(text) for key, text in value.items()}
        else:
            yield {change(text) for text in value}
    if isinstance(value, set):
        ordered = sorted(value)
        yield from (ordered, tuple(ordered), frozenset(value), dict.fromkeys(value), np.array(ordered))
        yield [*value, *value]


def cases(make, answers):
    found = []
    for name, answer in answers.items():
        for i, item in enumerate(make(name, answer)):
            named = isinstance(item, tuple) and isinstance(item[0], str) and len(item) in (2, 3)
            what = item[0] if named else i
            found.append(pytest.param(name, item, id=f"{name}-{what}"))
    return found


@pytest.mark.parametrize(("name", "spoiler"), [*cases(plain_spoilers, PLAIN), *cases(step_spoilers, STEPS)])
def test_a_spoiled_function_is_turned_down_with_its_hint(name, spoiler):
    _, spoil, hint = spoiler
    found = verdict(name, spoil(FUNCTIONS[name]))
    assert found != "right" and re.search(hint, found), found


@pytest.mark.parametrize(("name", "variant"), [*cases(plain_variants, PLAIN), *cases(step_variants, STEPS)])
def test_a_function_varied_without_harm_is_right(name, variant):
    _, vary = variant
    assert verdict(name, vary(FUNCTIONS[name])) == "right"


@pytest.mark.parametrize(
    ("name", "spoiler"), [*cases(number_spoilers, NUMBERS), *cases(collection_spoilers, COLLECTIONS)]
)
def test_a_spoiled_value_is_turned_down_with_its_hint(name, spoiler):
    _, value, hint = spoiler
    found = verdict(name, value)
    assert found != "right" and re.search(hint, found), found


@pytest.mark.parametrize(
    ("name", "value"), [*cases(number_variants, NUMBERS), *cases(collection_variants, COLLECTIONS)]
)
def test_a_value_of_another_type_or_in_other_letters_is_right(name, value):
    assert verdict(name, value) == "right"


def test_every_mistake_that_a_check_knows_gets_its_hint():
    for lesson in sorted({name[:2] for name in FUNCTIONS}):
        module = importlib.import_module(f"gan_lessons.exercises.lesson_{lesson}")
        for table in (value for name, value in vars(module).items() if name.startswith("_NOT_")):
            for hint, mistake in table:
                assert hint in {verdict(name, mistake) for name in FUNCTIONS if name.startswith(lesson)}


def test_every_exercise_is_tried():
    assert SOLUTIONS.keys() == {*PLAIN, *STEPS, *NUMBERS, *COLLECTIONS} and all((PLAIN, STEPS, NUMBERS, COLLECTIONS))
