"""Checks of lesson 11's exercises."""

import math

import torch
from torch.nn.functional import cross_entropy

from .answers import call, choices, number, rounded, tensor
from .compare import Case, compared


def check_1(value):
    value = number(value)
    real, made = math.log(11 / 10), math.log(11) / 10
    if rounded(value, real + made, 2):
        return None
    for wrong, hint in (
        (real, "that is what real pairs cost; generated ones that hit the request by chance cost something, too"),
        (made, "that is what generated pairs cost; real ones cost something, too"),
        ((real + made) / 2, "the loss is the sum of both means, not their average"),
        ((real + made) / math.log(2), "this is in bits: take natural logarithms"),
        (2 * math.log(2), "that is what a D pays that does not see the request"),
        (real + math.log(11), "only a tenth of the generated pairs hit the request; the others cost nothing"),
        (
            math.log(10 / 9) + math.log(10) / 10,
            "of a right pair come ten real ones for each generated one: its best probability is 10/11",
        ),
    ):
        if abs(value - wrong) < 5e-3:
            return hint
    if value < 0:
        return "this is negative, and a cross-entropy is not: mind the sign"
    return f"{value:g} is not it: which share of the pairs of an image and its own class is real?"


def check_2(projection_logit):
    def case(words, h, y, w, b, v, why=""):
        return Case(words, (torch.tensor(h), y, torch.tensor(w), b, torch.tensor(v)), why)

    four = [[0.2, 0.9], [1.5, 0.4], [-0.6, 2.1], [0.05, -1.3]]
    cases = [
        case(
            "two features and class 2 of four", [1.0, 2.0], 2, [0.3137, -0.7011], 0.1139, four, "the vector of class y"
        ),
        case("two features and class 0 of four", [3.0, -0.25], 0, [0.3137, -0.7011], 1.3021, four),
        case(
            "three features and class 1 of two",
            h=[1.0, -2.0, 0.5],
            y=1,
            w=[0.25, 0.1, -0.4],
            b=-2.0073,
            v=[[9.0, 9.0, 9.0], [0.4, 0.6, -0.2]],
        ),
    ]
    return compared(projection_logit, _projection(), cases, _NOT_PROJECTION, look=_logit_and_slopes)


def _logit_and_slopes(function, h, y, w, b, v):
    """Look at one logit, and at its slopes in the features and in all vectors, 0 where there are none."""
    h, w, v = (given.clone().requires_grad_() for given in (h, w, v))
    logit = tensor(call(function, h, y, w, b, v), ())
    slopes = torch.autograd.grad(logit, (h, w, v), allow_unused=True) if logit.requires_grad else (None,) * 3
    slopes = [torch.zeros_like(a) if slope is None else slope for a, slope in zip((h, w, v), slopes, strict=True)]
    return {"it": logit.detach(), "the slopes": torch.cat([slope.flatten() for slope in slopes])}


def _projection(psi=lambda h, w, b: h @ w + b, request=lambda h, y, v: h @ v[y]):
    """Return the projection's logit, or one with a mistake in it."""
    return lambda h, y, w, b, v: psi(h, w, b) + request(h, y, v)


_NOT_PROJECTION = [
    ("the request's part is missing: h · v[y]", _projection(request=lambda h, y, v: 0)),
    ("ψ is missing: h · w + b, which asks whether the sample looks real", _projection(psi=lambda h, w, b: 0)),
    ("b is missing", _projection(psi=lambda h, w, b: h @ w)),
    ("the sign: a sample that fits its request gets a *higher* logit", _projection(request=lambda h, y, v: -h @ v[y])),
    ("take the sum over the features, not the mean", _projection(request=lambda h, y, v: (h * v[y]).mean())),
    ("only the vector of the class that was asked for counts, v[y], not all of them", _projection(
        request=lambda h, y, v: (v @ h).sum()
    )),
    ("the largest of the classes' products is a guess at the class; here the class is given", _projection(
        request=lambda h, y, v: (v @ h).max()
    )),
    (
        "right value, but no slope comes back: use h, w and v as they come, without detach or no_grad",
        lambda h, y, w, b, v: _projection()(h, y, w, b, v).detach(),
    ),
]  # fmt: skip


def check_3(information_bound):
    def case(words, scores, codes, dtype=torch.float32, why=""):
        return Case(words, (torch.tensor(scores, dtype=dtype), torch.tensor(codes)), why)

    cases = [
        case("three samples of three codes", [[2.0, 0.5, -1.0], [0.1, 0.2, 0.3], [1.0, 3.0, 0.0]], [0, 2, 0]),
        case(
            "two samples of five codes, in float64",
            [[0.0, 1.0, 0.0, 2.0, -1.0], [1.5, 0.0, 0.5, 0.0, 0.0]],
            [3, 1],
            torch.float64,
            "K is the number of columns",
        ),
        case("a Q that knows nothing", [[0.0] * 4] * 3, [0, 1, 3], why="then the bound is 0"),
        case("scores of 200 and −200", [[200.0, -200.0], [200.0, -200.0]], [0, 1], why="log softmax does not overflow"),
    ]
    return compared(information_bound, _bound(), cases, _NOT_BOUND, look=_value_and_slope)


def _value_and_slope(function, scores, codes):
    """Look at a function of scores and codes: its value, and its slopes in the scores, 0 where there are none."""
    scores = scores.clone().requires_grad_()
    value = tensor(call(function, scores, codes), ())
    slope = torch.autograd.grad(value, scores, allow_unused=True)[0] if value.requires_grad else None
    return {"it": value.detach(), "the slopes": torch.zeros_like(scores) if slope is None else slope}


def _bound(entropy=lambda s: math.log(s.shape[1]), sign=-1, named=cross_entropy, scale=1.0):
    """Return the bound L_I, or one with a mistake in it."""
    return lambda scores, codes: scale * (entropy(scores) + sign * named(scores, codes))


_NOT_BOUND = [
    ("H(c) is missing: log K", _bound(entropy=lambda s: 0)),
    ("the sign: the bound falls where Q's cross-entropy rises", _bound(sign=1)),
    ("the sign: this is minus the bound, a loss to minimise; give the bound itself", _bound(scale=-1.0)),
    ("this is the cross-entropy alone; the bound is log K minus it", lambda s, c: cross_entropy(s, c)),
    ("K is the number of codes, which is the number of columns, not of rows", _bound(
        entropy=lambda s: math.log(s.shape[0])
    )),
    ("K is not always 10: take the number of columns", _bound(entropy=lambda s: math.log(10))),
    ("take the mean over the samples, not the sum", _bound(
        named=lambda s, c: cross_entropy(s, c, reduction="sum")
    )),
    ("this is in bits: take natural logarithms", _bound(scale=1 / math.log(2))),
    ("cross_entropy takes the scores themselves: no softmax before it", _bound(
        named=lambda s, c: cross_entropy(s.softmax(1), c)
    )),
    ("the log of a softmax overflows for large scores: cross_entropy, or log_softmax", _bound(
        named=lambda s, c: -s.softmax(1).log().gather(1, c[:, None]).mean()
    )),
    (
        "right values, but no slope comes back: use the scores as they come, without detach, item or no_grad",
        lambda s, c: _bound()(s, c).detach(),
    ),
]  # fmt: skip


def check_4(value):
    value = number(value)
    if abs(value - 31 / 60) < 5e-3:
        return None
    for wrong, hint in (
        (24 / 60, "that is code by code from the largest number on; there is a better way"),
        (33 / 60, "that lets two codes have the same digit: one to one"),
        (13 / 60, "the codes come in any order: code 0 need not make zeros"),
        (31, "these are the samples; give their share of the 60"),
        (0.5, "near, and a little more is possible"),
    ):
        if abs(value - wrong) < 5e-3:
            return hint
    if not 0 <= value <= 1:
        return f"{value:g} is not it: a share is from 0 to 1, not above and not below"
    return f"{value:g} is not it: try all six ways to match three codes with three digits"


EVIDENCE = {
    "A": "it grants one request in ten, as chance does, and its variety is that of all classes together",
    "B": "a variety of 0 means that all samples for a request are the same image",
    "C": "it agrees more often than real test images do, and varies less than they do: which D asks for that?",
    "D": "chance would grant a tenth; this one makes single classes, as the variety shows, and the wrong ones",
}


def check_5(named):
    right = {"A": "deaf", "B": "frozen", "C": "auxiliary", "D": "shifted"}
    return choices(named, right, EVIDENCE, "generator")
