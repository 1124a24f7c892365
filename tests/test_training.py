"""One step of D and of G, the iterator that alternates them, and interrupts at every moment."""

import copy
import random
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons import losses, runtime, training
from gan_lessons.data import ring
from gan_lessons.losses import Lazy, gradient_penalty, r1, r2
from gan_lessons.training import adversarial_steps, d_step, g_step

LOSSES = ["minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic"]
PENALTIES = {
    "none": lambda: None,
    "r1": lambda: r1(1.0),
    "r2": lambda: r2(1.0),
    "gradient_penalty": lambda: gradient_penalty(),
    "zero-centred": lambda: gradient_penalty(centre=0.0),
    "lazy": lambda: Lazy(r1(1.0), every=4),
}
SHAPES = {
    "1-D": (3,),
    "points": (2,),
    "images": (2, 4, 4),
    "audio": (2, 8),
    "video": (1, 3, 4, 4),
    "voxels": (1, 4, 4, 4),
}


@pytest.fixture(autouse=True)
def seeded_and_with_pythons_own_interrupt():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.manual_seed(0)
    yield
    signal.signal(signal.SIGINT, before)


class Generator(nn.Module):
    """Samples of any shape from 4 numbers of noise, and a label out of 3 where `conditional`."""

    def __init__(self, shape, conditional=False):
        super().__init__()
        self.shape = shape
        self.labels = nn.Embedding(3, 4) if conditional else None
        self.out = nn.Linear(4, torch.Size(shape).numel())

    def forward(self, z, *condition):
        if self.labels is not None:
            (label,) = condition
            z = z + self.labels(label)
        return self.out(z).tanh().view(len(z), *self.shape)


class Discriminator(nn.Module):
    """Logits of samples of any shape, by a linear layer or a convolution of as many dimensions."""

    def __init__(self, shape, conditional=False):
        super().__init__()
        convolutions = {2: nn.Conv1d, 3: nn.Conv2d, 4: nn.Conv3d}
        first = nn.Linear(shape[0], 8) if len(shape) == 1 else convolutions[len(shape)](shape[0], 2, 3, padding=1)
        self.features = nn.Sequential(first, nn.LeakyReLU(0.2), nn.Flatten())
        width = self.features(torch.zeros(1, *shape)).shape[1]
        self.labels = nn.Embedding(3, width) if conditional else None
        self.out = nn.Linear(width, 1)

    def forward(self, x, *condition):
        features = self.features(x)
        if self.labels is not None:
            (label,) = condition
            features = features * self.labels(label)
        return self.out(features).squeeze(1)


def parameters(network):
    return [p.detach().clone() for p in network.parameters()]


def equal(ours, theirs):
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(
    ("shape", "loss", "penalty", "conditional"),
    [
        *product(SHAPES, LOSSES, PENALTIES, ["unconditional"]),
        *product(SHAPES, ["non_saturating"], PENALTIES, ["conditional"]),
    ],
)
def test_each_step_moves_its_own_network_alone(shape, loss, penalty, conditional):
    shape, conditional = SHAPES[shape], conditional == "conditional"
    G, D = Generator(shape, conditional), Discriminator(shape, conditional)
    G_optimizer, D_optimizer = (torch.optim.SGD(net.parameters(), lr=0.1) for net in (G, D))
    loss, penalty = getattr(losses, loss), PENALTIES[penalty]()
    real, z = torch.randn(5, *shape), torch.randn(5, 4)
    condition = (torch.tensor([0, 1, 2, 0, 1]),) if conditional else ()

    G_before, D_before = parameters(G), parameters(D)
    logs = d_step(G, D, D_optimizer, loss, real, z, condition, penalty)
    assert logs.keys() == {"d_loss", "d_real", "d_fake"} | ({"penalty"} if penalty else set())
    assert all(isinstance(value, float) for value in logs.values())
    assert equal(G_before, parameters(G)) and all(p.grad is None for p in G.parameters())
    assert not equal(D_before, parameters(D))

    D_before, D_gradients = parameters(D), [p.grad.clone() for p in D.parameters()]
    logs = g_step(G, D, G_optimizer, loss, z, condition, real=real)
    assert logs.keys() == {"g_loss"} and isinstance(logs["g_loss"], float)
    assert equal(D_before, parameters(D)) and equal(D_gradients, [p.grad for p in D.parameters()])
    assert not equal(G_before, parameters(G))


def line_networks():
    """Return G(z) = z/2 + 1 and D(x) = 2x - 1 on the real line."""
    G, D = nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1), nn.Flatten(0))
    with torch.no_grad():
        for parameter, value in zip([*G.parameters(), *D.parameters()], [0.5, 1.0, 2.0, -1.0], strict=True):
            parameter.fill_(value)
    return G, D


def values(network):
    return [p.item() for p in network.parameters()]


REAL, Z = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [2.0]])  # so that fake is 1 and 2


@pytest.mark.parametrize(
    ("loss", "penalty", "logs", "after"),
    [
        # Logits 1 and 5 for real, 1 and 3 for fake. Slopes: w: mean(1, 2) - mean(1, 3) = -0.5; c: 0.
        ("wasserstein", None, {"d_loss": -1}, [2.05, -1.0]),
        # The penalty w²/2 = 2 has the slope w = 2, so 2 - 0.1 · (-0.5 + 2).
        ("wasserstein", r1(1.0), {"d_loss": -1, "penalty": 2}, [1.85, -1.0]),
        # ((1-1)² + (5-1)²)/4 + (1² + 3²)/4 = 6.5. Slopes: w: (0·1 + 4·3)/2 + (1·1 + 3·2)/2 = 9.5; c: 2 + 2.
        ("least_squares", None, {"d_loss": 6.5}, [1.05, -1.4]),
    ],
)
def test_a_step_of_d_worked_out_by_hand(loss, penalty, logs, after):
    G, D = line_networks()
    optimizer = torch.optim.SGD(D.parameters(), lr=0.1)
    found = d_step(G, D, optimizer, getattr(losses, loss), REAL, Z, penalty=penalty)
    assert found == pytest.approx({"d_real": 3, "d_fake": 2} | logs)
    assert values(D) == pytest.approx(after)
    assert values(G) == [0.5, 1.0]


@pytest.mark.parametrize(
    ("loss", "g_loss", "after"),
    [
        # -mean(1, 3) = -2. Slopes: a: -2 · mean(0, 2) = -2; b: -2.
        ("wasserstein", -2, [0.7, 1.2]),
        # ((1-1)² + (3-1)²)/4 = 1. Slopes: a: (0·2·0 + 2·2·2)/2 = 4; b: (0·2 + 2·2)/2 = 2.
        ("least_squares", 1, [0.1, 0.8]),
    ],
)
def test_a_step_of_g_worked_out_by_hand(loss, g_loss, after):
    G, D = line_networks()
    optimizer = torch.optim.SGD(G.parameters(), lr=0.1)
    assert g_step(G, D, optimizer, getattr(losses, loss), Z) == pytest.approx({"g_loss": g_loss})
    assert values(G) == pytest.approx(after)
    assert values(D) == [2.0, -1.0]


def test_two_steps_do_not_add_up_their_gradients():
    G, D = line_networks()
    D_optimizer, G_optimizer = (torch.optim.SGD(net.parameters(), lr=0.1) for net in (D, G))
    for _ in range(2):  # twice the slope -0.5 of the case above
        d_step(G, D, D_optimizer, losses.wasserstein, REAL, Z)
    assert values(D) == pytest.approx([2.1, -1.0])
    for _ in range(2):  # twice the slope -w · mean(z) = -2.1
        g_step(G, D, G_optimizer, losses.wasserstein, Z)
    assert values(G) == pytest.approx([0.5 + 0.42, 1 + 0.42])


@pytest.mark.parametrize("present", [False, True], ids=["none", "present"])
def test_the_other_networks_gradients_stay_as_they_were(present):
    G, D = line_networks()
    for parameter in [*G.parameters(), *D.parameters()]:
        parameter.grad = torch.full_like(parameter, 7.0) if present else None
    expected = [7.0, 7.0] if present else [None, None]

    def gradients(network):
        return [p.grad if p.grad is None else p.grad.item() for p in network.parameters()]

    g_step(G, D, torch.optim.SGD(G.parameters(), lr=0.1), losses.relativistic, Z, real=REAL)
    assert gradients(D) == expected
    for parameter in G.parameters():
        parameter.grad = torch.full_like(parameter, 7.0) if present else None
    d_step(G, D, torch.optim.SGD(D.parameters(), lr=0.1), losses.relativistic, REAL, Z, penalty=r2(1.0))
    assert gradients(G) == expected


def test_a_frozen_parameter_stays_and_an_unused_one_does_no_harm():
    G, D = line_networks()
    D[0].bias.requires_grad_(False)
    unused = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([*D.parameters(), unused], lr=0.1)
    d_step(G, D, optimizer, losses.least_squares, REAL, Z)
    assert values(D) == pytest.approx([1.05, -1.0]) and unused.item() == 1


def test_no_graph_reaches_from_d_to_g_nor_from_g_to_the_real_batch():
    G, D = line_networks()
    seen = []

    class Watched(nn.Module):
        def forward(self, x):
            seen.append((x.requires_grad, torch.is_grad_enabled()))
            return D(x)

    d_step(G, Watched(), torch.optim.SGD(D.parameters(), lr=0.1), losses.hinge, REAL, Z)
    assert seen == [(False, True), (False, True)]  # real and fake, both without a history
    seen.clear()
    g_step(G, Watched(), torch.optim.SGD(G.parameters(), lr=0.1), losses.relativistic, Z, real=REAL)
    assert seen == [(True, True), (False, False)]  # fake with its history, real without a graph


def test_the_condition_reaches_both_networks_and_the_penalty():
    G, D = line_networks()
    seen = []

    def conditional(network, name):
        return lambda x, *condition: seen.append((name, condition)) or network(x)

    condition = ("label", "time")
    arguments = conditional(G, "G"), conditional(D, "D"), torch.optim.SGD(D.parameters(), lr=0.1)
    d_step(*arguments, losses.hinge, REAL, Z, condition, penalty=r1(1.0))
    assert seen == [("G", condition), ("D", condition), ("D", condition), ("D", condition)]
    seen.clear()
    optimizer = torch.optim.SGD(G.parameters(), lr=0.1)
    g_step(*arguments[:2], optimizer, losses.relativistic, Z, condition, real=REAL)
    assert seen == [("G", condition), ("D", condition), ("D", condition)]


def test_the_penalty_sees_real_and_fake_in_this_order():
    G, D = line_networks()
    seen = []

    def penalty(D, real, fake):
        seen.append((real.flatten().tolist(), fake.flatten().tolist()))
        return torch.zeros(())

    d_step(G, D, torch.optim.SGD(D.parameters(), lr=0.1), losses.hinge, REAL, Z, penalty=penalty)
    assert seen == [([1.0, 3.0], [1.0, 2.0])]


def test_a_relativistic_step_of_g_without_a_real_batch_says_what_to_give():
    G, D = line_networks()
    with pytest.raises(TypeError, match="give g_step real="):
        g_step(G, D, torch.optim.SGD(G.parameters(), lr=0.1), losses.relativistic, Z)
    assert values(G) == [0.5, 1.0]


@pytest.mark.parametrize("side", ["D", "G"])
def test_a_column_of_logits_is_refused_with_the_remedy(side):
    G, D = nn.Linear(1, 1), nn.Linear(1, 1)  # D returns (N, 1)
    before = values(G) + values(D)
    optimizer = torch.optim.SGD([*G.parameters(), *D.parameters()], lr=0.1)
    with pytest.raises(ValueError, match=r"of shape \(2,\), not \(2, 1\).*\.squeeze\(1\)"):
        if side == "D":
            d_step(G, D, optimizer, losses.hinge, REAL, Z)
        else:
            g_step(G, D, optimizer, losses.hinge, Z)
    assert values(G) + values(D) == before


@pytest.mark.parametrize("real", [(5, 3), (5, 2, 2), (5,)], ids=str)
def test_fakes_of_another_shape_than_the_real_samples_are_refused(real):
    G, D = Generator((2,)), Discriminator((2,))
    before = parameters(D)
    with pytest.raises(ValueError, match=r"G makes samples of shape \(2,\), the real ones have"):
        d_step(G, D, torch.optim.SGD(D.parameters(), lr=0.1), losses.hinge, torch.zeros(real), torch.randn(5, 4))
    assert equal(before, parameters(D))


def log_of_sigmoid(logits):
    return -torch.log(torch.sigmoid(logits)).mean()


# log(sigmoid(-1000)) is -inf, and 0/0 is NaN
NOT_FINITE = {
    "inf": losses.Loss(
        lambda real, fake: log_of_sigmoid(-1000 * real), lambda fake, real: log_of_sigmoid(-1000 * fake)
    ),
    "nan": losses.Loss(lambda real, fake: (0 * real / 0).mean(), lambda fake, real: (0 * fake / 0).mean()),
}


@pytest.mark.parametrize("kind", NOT_FINITE)
def test_a_loss_that_is_not_finite_stops_before_the_update(kind):
    G, D = line_networks()
    D_optimizer, G_optimizer = (torch.optim.Adam(net.parameters(), lr=0.1) for net in (D, G))
    with pytest.raises(FloatingPointError, match=f"the loss of D is {kind}.*networks are as before"):
        d_step(G, D, D_optimizer, NOT_FINITE[kind], REAL, Z)
    with pytest.raises(FloatingPointError, match=f"the loss of G is {kind}.*networks are as before"):
        g_step(G, D, G_optimizer, NOT_FINITE[kind], Z)
    assert values(G) == [0.5, 1.0] and values(D) == [2.0, -1.0]
    assert not D_optimizer.state and not G_optimizer.state


def test_a_penalty_that_is_not_finite_stops_before_the_update():
    G, D = line_networks()
    optimizer = torch.optim.SGD(D.parameters(), lr=0.1)
    with pytest.raises(FloatingPointError, match="the loss of D is nan"):
        d_step(
            G,
            D,
            optimizer,
            losses.hinge,
            REAL,
            Z,
            penalty=lambda D, real, fake: D(real * float("nan")).mean(),
        )
    assert values(D) == [2.0, -1.0]


@pytest.mark.parametrize("side", ["D", "G"])
@pytest.mark.parametrize("start", [0, 100])
def test_training_names_the_step_that_went_wrong_and_the_usual_causes(side, start):
    G, D = line_networks()
    D_optimizer, G_optimizer = (torch.optim.SGD(net.parameters(), lr=1e-3) for net in (D, G))
    batches = [REAL, REAL, REAL, REAL * float("nan"), REAL]
    if side == "D":
        d_update = lambda real: d_step(G, D, D_optimizer, losses.hinge, real, Z)  # noqa: E731
    else:
        d_update = lambda real: {}  # noqa: E731
    steps = adversarial_steps(
        batches,
        d_update,
        lambda real: g_step(G, D, G_optimizer, losses.relativistic, Z, real=real),
        start=start,
    )
    for _ in range(3):
        next(steps)
    before = values(G) + values(D)
    with pytest.raises(FloatingPointError, match=f"at step {start + 3} .*loss of {side} is nan") as caught:
        next(steps)
    assert values(G) + values(D) == before
    for cause in ("learning rate", "log(sigmoid(x))", "square root", "critic without a penalty"):
        assert cause in str(caught.value)


@pytest.mark.parametrize("side", ["D", "G"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_of_a_learners_own_update_that_is_not_finite_is_found(side, value):
    good, bad = (lambda batch: {"other": 1.0}), (lambda batch: {"fine": 0.0, "score": value})
    steps = adversarial_steps([1], bad if side == "D" else good, bad if side == "G" else good, start=4)
    with pytest.raises(FloatingPointError, match=f"at step 4 score is {value}; usual causes"):
        next(steps)


@pytest.mark.parametrize(
    ("d_per_g", "events"),
    [
        (
            1,
            [
                "D a",
                "G a",
                "body",
                "D b",
                "G b",
                "body",
                "D c",
                "G c",
                "body",
                "D d",
                "G d",
                "body",
                "D e",
                "G e",
                "body",
            ],
        ),
        (2, ["D a", "D b", "G b", "body", "D c", "D d", "G d", "body", "D e"]),
        (5, ["D a", "D b", "D c", "D d", "D e", "G e", "body"]),
    ],
)
def test_each_step_is_d_per_g_updates_of_d_one_of_g_on_the_last_batch_and_the_body(d_per_g, events):
    found = []

    def update(name):
        return lambda batch: found.append(f"{name} {batch}") or {}

    for _ in adversarial_steps(iter("abcde"), update("D"), update("G"), d_per_g):
        found.append("body")
    assert found == events


def test_a_step_yields_the_logs_of_both_with_those_of_ds_last_update():
    batches = iter([1.0, 2.0, 3.0, 4.0])
    steps = adversarial_steps(batches, lambda b: {"d": b, "both": b}, lambda b: {"g": -b, "both": 0.0}, 2)
    assert list(steps) == [{"d": 2.0, "g": -2.0, "both": 0.0}, {"d": 4.0, "g": -4.0, "both": 0.0}]


def test_nothing_happens_before_the_first_next():
    batches = iter([1.0])
    adversarial_steps(batches, lambda b: {}, lambda b: {})
    assert next(batches) == 1.0


@pytest.mark.parametrize("d_per_g", [0, -1, 1.0, 2.5, "2", None])
def test_a_step_without_an_update_of_d_is_refused(d_per_g):
    with pytest.raises(ValueError, match=f"d_per_g must be a whole number, 1 or more, not {d_per_g!r}"):
        next(adversarial_steps([1], lambda b: {}, lambda b: {}, d_per_g))


class Run:
    """A small run with all that changes during training, to be compared with itself."""

    def __init__(self):
        torch.manual_seed(0)
        self.G = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
        self.D = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Flatten(0))
        self.G_optimizer, self.D_optimizer = (torch.optim.Adam(net.parameters(), lr=1e-2) for net in (self.G, self.D))
        self.ema = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
        self.batches = ring().batches(8)
        self.noise = torch.Generator().manual_seed(1)
        self.history = []

    def z(self):
        return torch.randn(8, 2, generator=self.noise)

    def d_update(self, real):
        return d_step(self.G, self.D, self.D_optimizer, losses.non_saturating, real, self.z(), penalty=r1(0.1))

    def g_update(self, real):
        return g_step(self.G, self.D, self.G_optimizer, losses.non_saturating, self.z())

    def train(self, until):
        steps = adversarial_steps(self.batches, self.d_update, self.g_update, start=len(self.history))
        for logs in islice(steps, until - len(self.history)):
            self.ema.update_parameters(self.G)
            self.history.append(logs)

    def state(self):
        networks = [network.state_dict() for network in (self.G, self.D, self.ema)]
        optimizers = [optimizer.state_dict()["state"] for optimizer in (self.G_optimizer, self.D_optimizer)]
        return copy.deepcopy([*networks, *optimizers, self.history])


class Unbroken:
    """The states of a run that nothing interrupts, after each of its steps."""

    def __init__(self):
        self._run = Run()
        self._states = [self._run.state()]

    def after(self, steps):
        while len(self._states) <= steps:
            self._run.train(until=len(self._states))
            self._states.append(self._run.state())
        return self._states[steps]


@pytest.fixture(scope="module")
def unbroken():
    return Unbroken()


def assert_whole_and_goes_on(run, unbroken):
    """Check that `run` is exactly as after its last whole step, and stays so in the next."""
    for until in (len(run.history), len(run.history) + 1):
        run.train(until)
        torch.testing.assert_close(run.state(), unbroken.after(until), rtol=0, atol=0)


@pytest.mark.parametrize("moment", range(30))
def test_an_interrupt_at_a_random_moment_leaves_a_whole_step(moment, unbroken):
    run = Run()
    timer = threading.Timer(random.Random(moment).uniform(0, 0.03), signal.raise_signal, [signal.SIGINT])
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        run.train(until=10**6)
    timer.join()
    assert_whole_and_goes_on(run, unbroken)


# an interrupt in the very last line, while Python clears the generator away, can only be reported
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_leaves_a_whole_step(unbroken):
    files = {training.__file__, runtime.__file__, __file__}

    def interrupted_at(line, run):
        """Interrupt `run` of two steps at its `line`-th line, and tell whether it has so many."""
        count = 0

        def trace(frame, event, argument):
            nonlocal count
            if frame.f_code.co_filename not in files:
                return None
            count += event == "line"
            if event == "line" and count == line:
                signal.raise_signal(signal.SIGINT)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            run.train(until=2)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        return count >= line

    line = 1
    while interrupted_at(line, run := Run()):
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert_whole_and_goes_on(run, unbroken)
        line += 1
    assert line > 80  # the two steps have at least so many lines


def test_an_interrupt_waits_for_the_step_and_the_body_of_the_loop():
    found = []

    def d_update(batch):
        signal.raise_signal(signal.SIGINT)
        found.append("D")
        return {}

    with pytest.raises(KeyboardInterrupt, match="after a whole step"):
        for _ in adversarial_steps([1, 2, 3], d_update, lambda batch: found.append("G") or {}):
            found.append("body")
    assert found == ["D", "G", "body"]


def test_a_second_interrupt_is_raised_at_once():
    found = []

    def d_update(batch):
        signal.raise_signal(signal.SIGINT)
        found.append("after the first")
        signal.raise_signal(signal.SIGINT)
        found.append("after the second")
        return {}

    with pytest.raises(KeyboardInterrupt, match="at once"):
        next(adversarial_steps([1], d_update, lambda batch: {}))
    assert found == ["after the first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def by_the_last_batch(steps):
    list(steps)


def by_islice(steps):
    list(islice(steps, 2))


def by_break(steps):
    for _ in steps:
        break


def by_an_error_in_the_body(steps):
    for _ in steps:
        raise LookupError


@pytest.mark.parametrize("end", [by_the_last_batch, by_islice, by_break, by_an_error_in_the_body])
def test_after_the_loop_the_previous_handler_is_back(end):
    ours = lambda number, frame: None  # noqa: E731
    signal.signal(signal.SIGINT, ours)
    during = []

    def d_update(batch):
        during.append(signal.getsignal(signal.SIGINT))
        return {}

    try:
        end(adversarial_steps(iter([1, 2, 3]), d_update, lambda batch: {}))
    except LookupError:
        pass
    assert ours not in during and during
    assert signal.getsignal(signal.SIGINT) is ours


def test_in_another_thread_it_trains_and_leaves_signals_alone(unbroken):
    run = Run()
    with ThreadPoolExecutor(1) as pool:
        handler = pool.submit(lambda: run.train(until=3) or signal.getsignal(signal.SIGINT)).result()
    assert handler is signal.default_int_handler
    assert_whole_and_goes_on(run, unbroken)


def test_the_ema_in_the_body_of_the_loop_is_its_recursion_buffers_included():
    run, decay, expected = Run(), 0.9, None

    def floats(network):
        return {k: v.double() for k, v in network.state_dict().items() if v.is_floating_point()}

    for until in range(1, 21):
        run.train(until)
        now = floats(run.G)
        expected = now if expected is None else {k: decay * expected[k] + (1 - decay) * now[k] for k in now}
    found = floats(run.ema.module)
    assert {"1.running_mean", "1.running_var"} <= found.keys()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-7)
    assert not torch.allclose(found["1.running_mean"], floats(run.G)["1.running_mean"], rtol=1e-3)


def test_spectral_norm_keeps_d_at_slope_1_while_it_learns():
    G, D = Generator((2,)), nn.Sequential(spectral_norm(nn.Linear(2, 1), n_power_iterations=5), nn.Flatten(0))
    optimizer = torch.optim.SGD(D.parameters(), lr=0.1)
    before = parameters(D)
    for _ in range(5):
        d_step(G, D, optimizer, losses.hinge, torch.randn(8, 2) + 3, torch.randn(8, 4), penalty=r1(0.1))
    assert not equal(before, parameters(D))
    assert torch.linalg.matrix_norm(D[0].weight, 2).item() == pytest.approx(1, abs=1e-4)
