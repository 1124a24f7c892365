"""The loss board and the latent explorer: what they record, draw and leave in a notebook."""

import html
import io
import math
import signal
import subprocess
import sys
import threading
import time
import warnings
from base64 import b64decode
from contextlib import suppress
from itertools import count, islice
from types import SimpleNamespace

import ipywidgets
import nbclient
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from gan_lessons import plots
from gan_lessons.checks import fitted
from gan_lessons.data import ring
from gan_lessons.losses import non_saturating
from gan_lessons.metrics import share_interval
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import (
    FigureExplorer,
    ImageExplorer,
    LatentExplorer,
    LossBoard,
    Player,
    Quiz,
    Writer,
    loss_board,
)
from gan_lessons.widgets.explorer import principal_directions, spherical
from gan_lessons.widgets.still import png

LOGS = {"d_loss": 1.25, "g_loss": 0.5, "d_real": 2.0, "d_fake": -1.0}
Z_DIM = 6


@pytest.fixture(autouse=True)
def seeded_and_with_pythons_own_interrupt():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.manual_seed(0)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def clock(monkeypatch):
    """The loss board's clock, which stands still unless a test moves its ``now``."""
    fake = SimpleNamespace(now=100.0)
    monkeypatch.setattr(loss_board, "time", SimpleNamespace(perf_counter=lambda: fake.now))
    return fake


class Sample:
    """A sample function that counts the redraws that ask for it."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return torch.zeros(2, 1, 4, 4)


def descendants(widget, kind):
    """Return the widgets of a kind in a box and in its boxes, from top to bottom."""
    found = [widget] if isinstance(widget, kind) else []
    return found + [each for child in getattr(widget, "children", ()) for each in descendants(child, kind)]


def status(board):
    return descendants(board, ipywidgets.HTML)[-1].value.removeprefix("<code>").removesuffix("</code>")


def curve(board, name):
    board.redraw()
    return np.asarray(board._chart._lines[name].get_ydata())


def ink(board, colour):
    """Return how many of the still picture's pixels have about this colour."""
    pixels = np.asarray(board.still().convert("RGB"), dtype=float) / 255
    return int((np.abs(pixels - to_rgb(colour)).sum(2) < 0.1).sum())


def opened(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


# The loss board: curves


def test_the_history_is_what_was_fed():
    board, fed = LossBoard(5), [LOGS | {"d_loss": float(i), "penalty": 0.1} for i in range(4)]
    for logs in fed:
        board.update(logs)
    expected = [dict(logs) for logs in fed]
    fed[0].clear()  # the board keeps its own
    assert board.history == expected


def test_a_point_of_a_curve_is_the_mean_of_its_steps():
    board, values = LossBoard(1000), torch.randn(1000).tolist()
    for value in values[:990]:
        board.update({"d_loss": value, "g_loss": -value})
    means = np.full(250, np.nan)
    for i in range(248):
        means[i] = np.mean(values[4 * i : min(4 * i + 4, 990)])
    np.testing.assert_allclose(curve(board, "d_loss"), means)
    np.testing.assert_allclose(curve(board, "g_loss"), -means)
    assert board._chart._lines["d_loss"].get_xdata()[:2].tolist() == [
        2,
        6,
    ]  # the middles of steps 0–4 and 4–8
    assert not np.isfinite(curve(board, "d_real")).any()


@pytest.mark.parametrize("steps", [7, 100, 260])
def test_a_short_run_leaves_no_gap_in_its_curves(steps):
    board, blank = LossBoard(steps), LossBoard(steps)
    for _ in range(steps):
        board.update(LOGS)
    for name, value in LOGS.items():
        assert (curve(board, name) == value).all()
    for colour in (plots.DISCRIMINATOR, plots.GENERATOR, plots.REAL, plots.FAKE):
        assert ink(board, colour) > ink(blank, colour) + 100


def test_curves_beyond_the_axes_widen_them(clock):
    board = LossBoard(10)
    for value in (0.5, 40.0, -300.0):
        board.update({"d_loss": value, "d_real": 1.0})
        board.redraw()
    losses, outputs = (ax.get_ylim() for ax in board._chart._axes)
    assert losses[0] < -300 and losses[1] > 40
    assert outputs[0] > -1 and 1 < outputs[1] < 2  # each pair of curves has its own range


def test_a_redraw_leaves_nothing_of_the_picture_before(clock):
    board = LossBoard(1000)
    for value in (0.1, 0.2, 5.0, -3.0, 1.0, -8.0, 1.0, 0.5):  # within the range of y and beyond it
        for _ in range(3):  # 4 steps are one point, which so moves
            board.update({"d_loss": value, "d_real": -value})
        board.redraw()
    seen = board.still()
    board._chart._background = None
    board.redraw()
    assert board.still() == seen


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_leaves_a_gap_and_no_error(bad):
    board = LossBoard(6)
    for value in (1.0, bad, 1.0, 1.0):
        board.update(LOGS | {"d_loss": value})
    drawn = curve(board, "d_loss")
    assert np.isfinite(drawn).tolist() == [True, False, True, True, False, False]
    assert all(math.isfinite(limit) and abs(limit) < 10 for ax in board._chart._axes for limit in ax.get_ylim())


def test_logs_may_hold_losses_alone():
    board, blank = LossBoard(4), LossBoard(4)
    for _ in range(4):
        board.update({"d_loss": 1.0, "g_loss": 2.0})
    assert ink(board, plots.GENERATOR) > ink(blank, plots.GENERATOR)
    assert ink(board, plots.REAL) == ink(blank, plots.REAL)
    LossBoard(1).update({})


@pytest.mark.parametrize("steps", [0, -3])
def test_a_board_of_no_steps_is_refused(steps):
    with pytest.raises(ValueError, match=f"1 or more, not {steps}"):
        LossBoard(steps)


# The loss board: when it draws, and what that does to training


def test_it_redraws_five_times_a_second_and_at_the_end(clock):
    sample = Sample()
    board = LossBoard(4096, sample)
    at_start = sample.calls
    for _ in range(4095):
        clock.now += 1 / 1024  # 4 seconds in all
        board.update(LOGS)
    assert sample.calls - at_start in (19, 20)
    before = sample.calls
    board.update(LOGS)  # the clock stands still, but it is the last
    assert sample.calls == before + 1
    assert status(board).startswith("step 4,096 of 4,096")


def test_every_sets_the_time_between_redraws(clock):
    sample = Sample()
    board = LossBoard(100, sample, every=2)
    at_start = sample.calls
    for _ in range(17):
        clock.now += 0.5
        board.update(LOGS)
    assert sample.calls - at_start == 4


@pytest.mark.parametrize(("seconds", "share"), [(0.03, 0.05), (1.0, 0.5)])
def test_slow_redraws_come_less_often_but_at_least_once_a_second(clock, seconds, share):
    sample = Sample()

    def slow():
        clock.now += seconds
        return sample()

    board = LossBoard(10_000, slow)
    at_start, began = sample.calls, clock.now
    for _ in range(2000):
        clock.now += 0.01
        board.update(LOGS)
    redraws = sample.calls - at_start
    assert seconds * redraws / (clock.now - began) == pytest.approx(share, rel=0.15)


def test_the_status_says_step_speed_time_left_and_losses(clock):
    board = LossBoard(4000)
    assert status(board) == "step 0 of 4,000"
    for _ in range(1001):  # the clock starts with the first
        clock.now += 1 / 64
        board.update(LOGS)
    board.redraw()
    assert status(board) == "step 1,001 of 4,000 · 64 steps/s · 47 s left · D's loss 1.250 · G's loss 0.500"


def test_the_speed_leaves_out_the_time_between_two_runs(clock):
    board = LossBoard(100)
    for _ in range(2):
        for number in board.watch(range(33)):
            clock.now += 1 / 32
            board.update(LOGS)
            if number == 32:
                board.redraw()
                at_the_end = status(board)
        clock.now += 1000
    assert at_the_end.startswith("step 66 of 100 · 32 steps/s · 1 s left")


def trained(board=None):
    torch.manual_seed(3)
    G, D = torch.nn.Linear(3, 2), torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0))
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), lr=0.01) for net in (G, D))
    steps = adversarial_steps(
        ring().batches(8),
        lambda real: d_step(G, D, d_adam, non_saturating, real, torch.randn(8, 3)),
        lambda real: g_step(G, D, g_adam, non_saturating, torch.randn(8, 3)),
    )
    history = []
    for logs in islice(steps, 8):
        history.append(logs)
        if board:
            board.update(logs)
    return history


def test_each_image_of_a_board_has_bytes_with_samples_and_without():
    for sample, images in ((None, 1), (lambda: torch.zeros(4, 1, 8, 8), 2)):
        shown = descendants(LossBoard(3, sample=sample), ipywidgets.Image)
        assert len(shown) == images and all(image.value for image in shown)


def test_training_is_the_same_with_a_board_as_without():
    gradients = []

    def sample():
        gradients.append(torch.is_grad_enabled())
        return torch.rand(4, 1, 5, 5)

    board = LossBoard(8, sample, every=0)
    assert trained(board) == trained() == board.history
    assert len(gradients) >= 3 and not any(gradients)


def test_the_samples_are_drawn():
    sample = torch.rand(5, 3, 6, 6)
    board = LossBoard(3, lambda: sample)
    assert opened(descendants(board, ipywidgets.Image)[1].value) == plots.image_grid(sample)


def test_a_sample_may_be_a_figure():
    gradients = []

    def sample():
        gradients.append(torch.is_grad_enabled())
        figure = Figure(figsize=(2, 1), facecolor=plots.FAKE)
        torch.randn(1)
        return figure

    state = torch.get_rng_state()
    board = LossBoard(3, sample)
    assert torch.equal(torch.get_rng_state(), state) and gradients == [False]
    picture = opened(descendants(board, ipywidgets.Image)[1].value)
    assert picture.size == (200, 100) and picture.getpixel((5, 5)) == (0xD5, 0x5E, 0x00)
    assert board.still().width == 640 + 200


# The loss board: watching a loop


def test_watch_stops_after_the_steps_and_takes_no_more():
    board, source = LossBoard(5), count()
    for number in board.watch(source):
        board.update(LOGS | {"d_loss": number})
    assert [logs["d_loss"] for logs in board.history] == [0, 1, 2, 3, 4]
    assert next(source) == 5
    assert list(board.watch(source)) == []
    board.update(LOGS)  # one too many is no error, then or later
    assert list(board.watch(source)) == []


def test_watch_ends_with_its_iterator_and_draws():
    board = LossBoard(5)
    for _ in board.watch(range(2)):
        board.update(LOGS)
    assert status(board).startswith("step 2 of 5")


class Failed(Exception):
    pass


@pytest.mark.parametrize("how", ["interrupt", "break", "error"])
def test_a_loop_that_was_stopped_has_its_last_picture_and_goes_on_from_there(how, clock):
    sample, source = Sample(), count()
    board = LossBoard(8, sample)
    before = sample.calls
    with suppress(KeyboardInterrupt, Failed):
        for number in board.watch(source):
            if number == 2 and how == "interrupt":
                signal.raise_signal(signal.SIGINT)  # the rest of the body is still done
            board.update(LOGS | {"d_loss": number})
            if number == 2 and how == "break":
                break
            if number == 2 and how == "error":
                raise Failed
    assert len(board.history) == 3
    assert sample.calls == before + 1
    assert status(board).startswith("step 3 of 8")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    for number in board.watch(source):
        board.update(LOGS | {"d_loss": number})
    assert [logs["d_loss"] for logs in board.history] == list(range(8))


def test_an_interrupt_waits_for_the_step_and_the_body_around_it():
    board, done = LossBoard(50), []

    def d_update(batch):
        if len(done) == 3:
            signal.raise_signal(signal.SIGINT)
        return {"d_loss": 1.0}

    def g_update(batch):
        done.append(batch)
        return {"g_loss": 1.0}

    for expected in (4, 50):  # stopped in the fourth step; then the same loop once more
        try:
            for logs in board.watch(adversarial_steps(count(), d_update, g_update)):
                board.update(logs)
        except KeyboardInterrupt:
            pass
        assert len(done) == len(board.history) == expected
    assert all(logs == {"d_loss": 1.0, "g_loss": 1.0} for logs in board.history)


# The loss board: how a loop ended, and odd logs


def notes(board):
    return [html.unescape(note) for note in status(board).split("<br>")[1:]]


def test_a_whole_float_is_a_number_of_steps():
    assert status(LossBoard(3e3)) == "step 0 of 3,000"
    for steps in (2.5, math.nan, math.inf, "3", None):
        with pytest.raises(ValueError, match="steps must be a whole number, 1 or more, not"):
            LossBoard(steps)


def test_a_board_says_that_the_data_ran_out_and_goes_on_with_more():
    board = LossBoard(100)
    for _ in board.watch(range(37)):
        board.update(LOGS)
    assert notes(board) == ["ended after 37 of 100 steps: the data ran out"]
    for _ in board.watch(count()):
        board.update(LOGS)
    assert len(board.history) == 100 and notes(board) == []


@pytest.mark.parametrize("how", ["break", "error", "interrupt"])
def test_a_loop_that_was_stopped_is_not_said_to_lack_data(how):
    board = LossBoard(5)
    with suppress(KeyboardInterrupt, Failed):
        for number in board.watch(count()):
            if number == 2 and how == "interrupt":
                signal.raise_signal(signal.SIGINT)
            board.update(LOGS)
            if number == 2 and how == "break":
                break
            if number == 2 and how == "error":
                raise Failed
    assert len(board.history) == 3 and notes(board) == []


def test_the_cell_of_a_finished_run_run_again_says_so_and_takes_nothing():
    board, source = LossBoard(3), count()
    for number in board.watch(source):
        board.update(LOGS | {"number": number})
    for number in board.watch(source):
        raise AssertionError(number)
    assert notes(board) == ["finished before, so this loop trains nothing; make a new LossBoard to train again"]
    assert number == 2 and next(source) == 3  # what the first run left is still there


def test_a_body_without_update_is_told_at_its_end():
    board, seen = LossBoard(4), []
    for _ in board.watch(count()):
        seen.append(notes(board))
    assert seen[1:] == [["board.update(logs) must be called once in each body of the loop"]] * 3
    assert notes(board) == seen[-1]
    twice = LossBoard(4)
    for _ in twice.watch(range(2)):
        twice.update(LOGS)
        twice.update(LOGS)
    assert notes(twice) == seen[-1]


def test_tensors_in_the_logs_become_floats_without_their_graph():
    weight = torch.nn.Parameter(torch.tensor(2.0))
    board = LossBoard(3)
    logs = {"d_loss": weight * 3, "g_loss": np.float32(0.5), "d_real": (weight + 1)[None]}
    board.update(logs | {"other": torch.stack([weight, weight])})
    (logs,) = board.history
    assert (logs["d_loss"], logs["g_loss"], logs["d_real"]) == (6.0, 0.5, 3.0)
    assert type(logs["d_loss"]) is float and not logs["other"].requires_grad


@pytest.mark.parametrize("value", ["1.0", None, torch.zeros(3), [1.0]])
def test_a_loss_that_is_no_number_is_named_and_not_recorded(value):
    board = LossBoard(3)
    with pytest.raises(ValueError, match="'g_loss' of the logs must be one number, such as a mean, not"):
        board.update(LOGS | {"g_loss": value})
    with pytest.raises(TypeError, match="update needs the logs of one step, a dict such as"):
        board.update(value)
    assert board.history == []


def test_logs_under_other_names_and_values_that_are_no_number_are_told():
    board = LossBoard(5)
    board.update({"loss_D": 1.0})
    board.update(LOGS | {"g_loss": math.nan})
    board.redraw()
    assert notes(board) == [
        "no curves: the logs hold (loss_D), not d_loss, g_loss, d_real, d_fake",
        "g_loss is nan at step 2: a gap in its curve",
    ]


@pytest.mark.parametrize(
    ("images", "note"),
    [
        (torch.linspace(0, 1, 16), "no pixel of the samples is negative"),
        (torch.linspace(-1, 4, 16), "samples reach from -1 to 4, beyond [-1, 1]"),
        (torch.full((16,), math.nan), "1 of 1 samples hold NaN"),
    ],
    ids=["0 to 1", "beyond", "NaN"],
)
def test_doubtful_samples_are_drawn_and_told_without_a_warning(images, note):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        board = LossBoard(3, lambda: images.view(1, 1, 4, 4))
        board.update(LOGS)
    assert len(notes(board)) == 1 and notes(board)[0].startswith(note)
    assert np.asarray(board._still_grid).shape == (8, 8)


@pytest.mark.parametrize("images", [torch.zeros(4, 784), torch.zeros(4, 8, 8, 3), torch.zeros(4, 1, 8, 8).byte(), None])
def test_samples_that_are_no_images_are_refused_before_the_run(images):
    with pytest.raises(ValueError, match="samples must be"):
        LossBoard(3, lambda: images)


# The latent explorer


class Linear:
    """A generator x = W z of images (N, 1, 6, 6) that keeps the z it was called with."""

    def __init__(self, scale=0.1):
        self.W = scale * torch.randn(36, Z_DIM)
        self.calls = []

    def __call__(self, z):
        self.calls.append(z)
        return (z @ self.W.T).view(-1, 1, 6, 6)


@pytest.fixture
def generate():
    return Linear()


@pytest.fixture
def explorer(generate):
    return LatentExplorer(generate, Z_DIM, directions=4)


def of_seed(seed):
    return torch.randn(Z_DIM, generator=torch.Generator().manual_seed(seed))


def pictures(explorer):
    return [picture.value for picture in descendants(explorer, ipywidgets.Image)]


def test_it_takes_any_function_and_draws_what_it_returns(generate, explorer):
    z = generate.calls[-1]
    large, strip, grid = (opened(picture) for picture in pictures(explorer))
    images = generate(z)
    assert z.shape == (1 + 8 + 24, Z_DIM)
    assert large.resize((6, 6), Image.Resampling.NEAREST) == plots.image_grid(images[:1], scale=1).convert("RGB")
    assert strip == plots.image_grid(images[1:9]).convert("RGB")
    assert grid == plots.image_grid(images[9:]).convert("RGB")


def test_a_network_runs_without_gradients():
    seen = []
    network = torch.nn.Sequential(torch.nn.Linear(Z_DIM, 4), torch.nn.Unflatten(1, (1, 2, 2)), torch.nn.Tanh())
    network.register_forward_hook(lambda module, arguments, images: seen.append(images.requires_grad))
    LatentExplorer(network, Z_DIM).sliders[0].value = 1
    assert seen and not any(seen)


def test_every_slider_changes_all_pictures(explorer):
    for slider in explorer.sliders:
        before = pictures(explorer)
        slider.value = 2
        assert all(new != old for new, old in zip(pictures(explorer), before, strict=True))


def test_other_controls_change_what_they_name(explorer):
    for control, changes in (
        (explorer.walk, [True, False, False]),
        (explorer.target, [True, True, False]),
        (explorer.truncation, [True, True, True]),
        (explorer.seed, [True, True, True]),
    ):
        before = pictures(explorer)
        control.value = control.value + 1 if control in (explorer.seed, explorer.target) else 0.5
        assert [new != old for new, old in zip(pictures(explorer), before, strict=True)] == changes


def test_directions_of_a_linear_generator_are_its_singular_vectors():
    values = torch.tensor([8.0, 5.0, 3.0, 2.0, 1.0, 0.5]) / 8
    left, right = torch.linalg.qr(torch.randn(36, Z_DIM)).Q, torch.linalg.qr(torch.randn(Z_DIM, Z_DIM)).Q
    generate = Linear()
    generate.W = left * values @ right.T
    explorer = LatentExplorer(lambda z: generate(z) + 0.3, Z_DIM, directions=5)  # a constant changes nothing
    torch.testing.assert_close(explorer.directions @ explorer.directions.T, torch.eye(5))
    torch.testing.assert_close((explorer.directions @ right).abs(), torch.eye(5, Z_DIM), atol=1e-4, rtol=0)


def test_directions_of_a_curved_generator_are_orthonormal_and_always_the_same():
    hidden = torch.randn(Z_DIM, 16)
    found = []
    for seed in (0, 1):  # torch's random state is not theirs
        torch.manual_seed(seed)
        found.append(principal_directions(lambda z: (z @ hidden).tanh().view(-1, 1, 4, 4), Z_DIM, Z_DIM))
    torch.testing.assert_close(found[0] @ found[0].T, torch.eye(Z_DIM))
    assert torch.equal(*found)
    largest = found[0].gather(1, found[0].abs().argmax(1, keepdim=True))
    assert (largest > 0).all()  # of the two signs a direction could have


@pytest.mark.parametrize("directions", [-1, 0, Z_DIM + 1])
def test_directions_out_of_range_are_refused(generate, directions):
    with pytest.raises(ValueError, match=f"from 1 to the {Z_DIM} dimensions of z, not {directions}"):
        LatentExplorer(generate, Z_DIM, directions)


def test_spherical_follows_the_arc():
    a, b = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([0.0, 3.0, 0.0])
    torch.testing.assert_close(spherical(a, b, 0), a)
    torch.testing.assert_close(spherical(a, b, 1), b)
    torch.testing.assert_close(spherical(a, b, 0.5), torch.tensor([4.5, 4.5, 0.0]).sqrt())
    third = torch.tensor([3 * math.cos(math.pi / 6), 3 * math.sin(math.pi / 6), 0.0])
    torch.testing.assert_close(spherical(a, b, 1 / 3), third)
    x, y = (5 * v / v.norm() for v in torch.randn(2, 64))
    for share in torch.linspace(0, 1, 7):
        torch.testing.assert_close(spherical(x, y, share).norm(), torch.tensor(5.0))


def test_spherical_between_equal_and_opposite_directions_is_a_straight_line():
    a = torch.tensor([2.0, 1.0])
    torch.testing.assert_close(spherical(a, a, 0.4), a)
    torch.testing.assert_close(spherical(a, 3 * a, 0.5), 2 * a)
    for v in torch.randn(50, 64):  # the cosine of some with themselves is rounded to above 1
        torch.testing.assert_close(spherical(v, v, 0.4), v)
    torch.testing.assert_close(spherical(a[:1], -a[:1], 0.25), 0.5 * a[:1])  # of one dimension, one of two pairs


def test_z_is_the_sliders_move_alone_at_truncation_zero(generate, explorer):
    explorer.truncation.value = 0
    explorer.sliders[0].value, explorer.sliders[2].value = 1.5, -0.5
    move = 1.5 * explorer.directions[0] - 0.5 * explorer.directions[2]
    torch.testing.assert_close(explorer.z, move)
    torch.testing.assert_close(generate.calls[-1], move.expand(33, Z_DIM))


def test_the_walk_leads_from_seed_a_to_seed_b(generate, explorer):
    explorer.truncation.value, explorer.seed.value, explorer.target.value = 0.5, 7, 3
    explorer.sliders[1].value = 2
    move = 2 * explorer.directions[1]
    a, b = 0.5 * of_seed(7) + move, 0.5 * of_seed(3) + move
    for share, end in ((0, a), (1, b)):
        explorer.walk.value = share
        torch.testing.assert_close(explorer.z, end)
    z = generate.calls[-1]
    torch.testing.assert_close(z[1], a)
    torch.testing.assert_close(z[8], b)
    torch.testing.assert_close(z[4], spherical(0.5 * of_seed(7), 0.5 * of_seed(3), 3 / 7) + move)
    torch.testing.assert_close(z[9:], torch.stack([0.5 * of_seed(7 + i) for i in range(1, 25)]) + move)


def test_z_is_what_the_generator_got(generate, explorer):
    explorer.walk.value, explorer.truncation.value, explorer.sliders[3].value = 0.3, 1.2, -3.3
    assert torch.equal(explorer.z, generate.calls[-1][0])


def test_the_readout_holds_the_first_numbers_of_z(explorer):
    readout = descendants(explorer, ipywidgets.HTML)[-1]
    explorer.sliders[0].value, explorer.walk.value = 3.5, 0.4
    numbers = ", ".join(f"{value:.2f}" for value in explorer.z)
    assert f"z = ({numbers}, …), {Z_DIM} numbers, length {explorer.z.norm():.2f}" in readout.value


def test_reset_brings_all_back(explorer):
    controls = descendants(explorer, (ipywidgets.FloatSlider, ipywidgets.BoundedIntText))
    start, values = pictures(explorer), [control.value for control in controls]
    for control in controls:
        control.value = control.max
    assert pictures(explorer) != start
    (reset,) = descendants(explorer, ipywidgets.Button)
    reset.click()
    assert [control.value for control in controls] == values
    assert pictures(explorer) == start


def test_every_control_has_a_label_of_its_own(explorer):
    controls = descendants(explorer, (ipywidgets.FloatSlider, ipywidgets.BoundedIntText, ipywidgets.Button))
    labels = [control.description.strip() for control in controls]
    assert len(labels) == 4 + 4 + 1
    assert all(labels) and len(set(labels)) == len(labels)


def test_callbacks_may_come_from_several_threads_at_once():
    running, overlaps = threading.Lock(), []
    linear = Linear()

    def generate(z):
        overlaps.append(not running.acquire(blocking=False))
        time.sleep(0.002)
        if not overlaps[-1]:
            running.release()
        return linear(z)

    explorer = LatentExplorer(generate, Z_DIM, directions=3)

    def drag(slider):
        for value in range(1, 5):
            slider.value = value

    before = pictures(explorer)
    threads = [threading.Thread(target=drag, args=(slider,)) for slider in explorer.sliders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert not any(overlaps)
    assert torch.equal(linear.calls[-1][0], explorer.z)
    assert all(new != old for new, old in zip(pictures(explorer), before, strict=True))


class DCGAN(torch.nn.Sequential):
    """A generator that begins with a convolution and wants z (N, 6, 1, 1)."""

    def __init__(self, channels=3):
        super().__init__(torch.nn.ConvTranspose2d(Z_DIM, channels, 4), torch.nn.BatchNorm2d(channels), torch.nn.Tanh())


def flat_network(z_dim=Z_DIM):
    return torch.nn.Sequential(torch.nn.Linear(z_dim, 16), torch.nn.Unflatten(1, (1, 4, 4)), torch.nn.Tanh())


def readout(explorer):
    return html.unescape(descendants(explorer, ipywidgets.HTML)[-1].value)


def test_a_network_gets_z_in_its_own_dtype():
    network = flat_network()
    expected = pictures(LatentExplorer(network, Z_DIM))
    explorer = LatentExplorer(network.double(), Z_DIM)
    assert explorer.directions.dtype == torch.float32
    for ours, theirs in zip(pictures(explorer), expected, strict=True):
        difference = np.asarray(opened(ours), dtype=int) - np.asarray(opened(theirs), dtype=int)
        assert abs(difference).max() <= 1


def test_z_goes_to_the_device_of_the_weights():
    with pytest.raises(ValueError, match="the network is on the meta device, where weights have no values"):
        LatentExplorer(flat_network().to("meta"), Z_DIM)
    moved = []

    class Asked(torch.Tensor):
        def to(self, *where):
            moved.append(where)
            return self

    module = torch.nn.Linear(1, 1).bfloat16()
    fitted(torch.zeros(1).as_subclass(Asked), module)
    assert moved == [(torch.device("cpu"), torch.bfloat16)]


def test_colour_images_are_shown_in_colour():
    network = DCGAN().eval()
    explorer = LatentExplorer(lambda z: network(z[:, :, None, None]), Z_DIM)
    assert all(still.mode == "RGB" for still in explorer._stills)
    assert len(np.unique(np.asarray(explorer._stills[0]).reshape(-1, 3), axis=0)) > 3


def two_inputs(z, labels):
    return z.view(-1, 1, 2, 3)


@pytest.mark.parametrize(
    ("generate", "match"),
    [
        (two_inputs, r"a function of z alone, and takes 2 inputs; fix the others, such as lambda z: G\(z, labels"),
        (DCGAN().eval(), r"begins with a convolution, which wants z \(N, z_dim, 1, 1\): give lambda z: G\(z\[:, :, N"),
        (DCGAN(), r"train mode and has BatchNorm: .*call G.eval\(\) first"),
        (flat_network(9), "fails on z of shape .4, 6.: RuntimeError: .* is z_dim = 9?"),
        (lambda z: z.view(-1, 1, 2, 3) / 0 * 0, "G returns NaN or infinite pixels for 2000 of 2000 normal z"),
        (lambda z: z, r"the images of G must be \(N, 1 or 3, H, W\), not \(4, 6\)"),
        (lambda z: (z, z, z), "the images of G must be one tensor or array .*, not a tuple"),
        (lambda z: z[:1].view(-1, 1, 2, 3), "one image for each z, 4 here, not 1"),
        (lambda z: z.view(-1, 1, 2, 3).byte(), "the images of G must be floats"),
        (3, "generate fails on z .*TypeError"),
    ],
    ids=["inputs", "DCGAN", "train", "z_dim", "NaN", "flat", "three", "one", "uint8", "no function"],
)
def test_a_generator_that_can_not_be_explored_is_told_why(generate, match):
    with pytest.raises(ValueError, match=match):
        LatentExplorer(generate, Z_DIM)


def test_a_network_in_train_mode_keeps_its_statistics():
    network = DCGAN()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ValueError, match="train mode"):
        LatentExplorer(network, Z_DIM)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_images_that_depend_on_their_batch_are_told():
    network = DCGAN()
    explorer = LatentExplorer(lambda z: network(z[:, :, None, None]), Z_DIM)
    assert "put G into eval mode with G.eval()" in readout(explorer)
    assert "eval" not in readout(LatentExplorer(flat_network(), Z_DIM))


def test_what_goes_wrong_under_a_slider_shows_in_the_widget():
    linear = Linear()

    def generate(z):
        if z.abs().max() > 12:
            raise RuntimeError("too < far")
        return linear(z) if z.abs().max() < 9 else linear(z) * math.nan

    explorer = LatentExplorer(generate, Z_DIM, directions=1)
    before = pictures(explorer)
    explorer.truncation.value, explorer.sliders[0].max, explorer.sliders[0].value = 0, 99, 60
    assert readout(explorer) == "RuntimeError: too < far" and len(before) == 3
    explorer.sliders[0].value = 9.5 / explorer.directions.abs().max().item()
    assert "33 of 33 images hold NaN" in readout(explorer)
    explorer.sliders[0].value = 0
    assert "NaN" not in readout(explorer) and "Error" not in readout(explorer)


@pytest.mark.parametrize("options", [{"z_dim": 0}, {"z_dim": 2.5}, {"directions": 1.5}, {"seeds": (0, 10_000)}])
def test_numbers_that_can_not_be_are_refused(generate, options):
    with pytest.raises(ValueError, match="must be a whole number"):
        LatentExplorer(generate, **({"z_dim": Z_DIM} | options))


# The figure explorer


def test_the_figure_is_drawn_anew_with_every_sliders_value():
    calls = []

    def draw(figure, **values):
        assert not torch.is_grad_enabled()
        torch.randn(1)
        calls.append((figure, values))
        figure.subplots().plot([0, values["slope"]], [0, 1])
        return f"a < b & {values}"

    state = torch.get_rng_state()
    explorer = FigureExplorer(draw, size=(3, 2), slope=(0.0, 2.0, 0.5, 1.0), steps=(0, 10, 2, 4), kind=["one", "two"])
    first = opened(explorer.children[-2].value)
    assert first.size == (300, 200) and explorer.still() == first
    assert calls[0][1] == {"slope": 1.0, "steps": 4, "kind": "two"}
    for name, value in (("slope", 1.5), ("steps", 6), ("kind", "one")):
        explorer.sliders[name].value = value
        assert calls[-1][1][name] == value
    assert len(calls) == 4 and len({id(figure) for figure, _ in calls}) == 4
    assert torch.equal(torch.get_rng_state(), state)
    assert opened(explorer.children[-2].value) == explorer.still() != first
    assert explorer.children[-1].value == f"<code>{html.escape(f'a < b & {calls[-1][1]}')}</code>"


def test_sliders_of_a_figure_have_labels_ranges_and_kinds():
    explorer = FigureExplorer(lambda figure, **values: None, step_size=(0.1, 2.0, 0.1, 0.5), n=(1, 9, 1, 3))
    step_size, n = explorer.sliders.values()
    assert (step_size.description, n.description) == ("step size", "n")
    assert isinstance(n, ipywidgets.IntSlider) and isinstance(step_size, ipywidgets.FloatSlider)
    assert (step_size.min, step_size.max, step_size.step, step_size.value) == (0.1, 2.0, 0.1, 0.5)
    assert explorer.children[-1].value == "<code></code>"


def test_a_figure_that_fails_under_a_slider_stays_and_the_error_shows():
    def draw(figure, a):
        figure.subplots().plot([0, 1 / a])
        return "fine"

    explorer = FigureExplorer(draw, a=(-1, 1, 1, 1))
    before = explorer.children[-2].value
    explorer.sliders["a"].value = 0
    assert explorer.children[-1].value == "<code>ZeroDivisionError: division by zero</code>"
    assert explorer.children[-2].value == before
    explorer.sliders["a"].value = 1
    assert explorer.children[-1].value == "<code>fine</code>"
    with pytest.raises(ZeroDivisionError):
        FigureExplorer(draw, a=(0, 1, 1, 0))
    with pytest.raises(TypeError, match="draw must return the line of text to show below, or nothing, not 3"):
        FigureExplorer(lambda figure, a: 3, a=(0, 1, 1, 0))


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ((0, 1, 0.1, 2), "needs low < high, a step above 0 and a start between, not"),
        ((0, 1, 0.1, -0.5), "a start between"),
        ((1, 1, 0.1, 1), "low < high"),
        ((0, 1, 0, 0), "a step above 0"),
        ((0, math.nan, 1, 0), "low < high"),
        ((0, 1, 0.1), r"must be \(low, high, step, start\) or a list of values, not \(0, 1, 0.1\)"),
        (3, "or a list of values, not 3"),
        ((0, 1, 0.1, "x"), "or a list of values, not"),
        ([], "has an empty list of values"),
    ],
)
def test_a_slider_that_can_not_be_is_refused_by_its_name(values, match):
    with pytest.raises(ValueError, match=f"the slider speed .*{match}"):
        FigureExplorer(lambda figure, speed: None, speed=values)


def test_sliders_of_numpys_whole_numbers_and_of_mixed_numbers():
    low, high, start = np.array([0, 9, 3])
    explorer = FigureExplorer(lambda figure, **values: None, whole=(low, high, 1, start), mixed=(0, 9.5, 1, 3))
    values = [slider.value for slider in explorer.sliders.values()]
    assert values == [3, 3.0] and [type(value) for value in values] == [int, float]


def test_a_list_of_texts_is_a_menu():
    seen = []
    explorer = FigureExplorer(lambda figure, **values: seen.append(values), kind=["a", "b"], step=[0, 10])
    assert isinstance(explorer.sliders["kind"], ipywidgets.Dropdown)
    assert isinstance(explorer.sliders["step"], ipywidgets.SelectionSlider)
    explorer.sliders["kind"].value = "a"
    assert seen == [{"kind": "b", "step": 10}, {"kind": "a", "step": 10}]


def test_images_are_made_anew_with_every_sliders_value():
    calls = []

    def draw(**values):
        assert not torch.is_grad_enabled()
        calls.append((values, torch.randn(1)))
        return torch.full((3, 3, 2, 2), values["grey"]), f"a < b {values['kind']}"

    state = torch.get_rng_state()
    explorer = ImageExplorer(draw, columns=2, scale=5, grey=(-1.0, 1.0, 0.1, 0.0), kind=["one", "two"])
    picture = opened(explorer.children[-2].value)
    assert picture.size == (2 * 10 + 5, 2 * 10 + 5) and explorer.still() == picture  # images of 10, a gap of 5
    assert picture.getpixel((0, 0)) == (128, 128, 128) and picture.getpixel((24, 24)) == (255, 255, 255)
    explorer.sliders["grey"].value = -1.0
    assert opened(explorer.children[-2].value).getpixel((0, 0)) == (0, 0, 0)
    assert explorer.children[-1].value == "<code>a &lt; b two</code>"
    assert [values for values, _ in calls] == [{"grey": 0.0, "kind": "two"}, {"grey": -1.0, "kind": "two"}]
    assert torch.equal(torch.get_rng_state(), state) and calls[0][1] == calls[1][1]
    assert explorer.caption() == "Image explorer: images that are made anew by sliders for grey, kind."


def test_images_alone_will_do_and_what_are_none_is_refused():
    explorer = ImageExplorer(lambda a: torch.zeros(1, 1, 2, 2), a=(0, 1, 1, 0))
    assert explorer.children[-1].value == "<code></code>"
    with pytest.raises(ValueError, match="the images of draw must be"):
        ImageExplorer(lambda a: torch.zeros(2, 2), a=(0, 1, 1, 0))
    with pytest.raises(TypeError, match="draw must return images, or a pair of images and the line of text"):
        ImageExplorer(lambda a: (torch.zeros(1, 1, 2, 2), 3), a=(0, 1, 1, 0))


# The player


def films(count=3, frames=5):
    """Films of which frame t of film n is all of one grey, another for each n and t."""
    greys = torch.linspace(-1, 1, count * frames).view(count, frames, 1, 1, 1)
    return greys.expand(count, frames, 1, 4, 4)


def test_each_frame_of_the_player_has_all_films_side_by_side():
    page = Player(films(), scale=3).page
    wanted = [plots.tiled(films()[:, frame], 8, 1).convert("RGB") for frame in range(5)]
    assert [opened(b64decode(uri.partition(",")[2])) for uri in page.frames] == wanted
    assert (
        page.width == 3 * wanted[0].width
        and page.name == "Player: 3 films of 5 frames, to play and to go through by hand."
    )


def test_the_still_picture_of_the_player_has_frames_of_each_film_or_of_the_first():
    assert Player(films(3, 5)).still() == plots.tiled(films(3, 5).flatten(0, 1), columns=5).convert("RGB")
    assert Player(films(6, 20)).still() == plots.tiled(
        films(6, 20)[0, [0, 3, 5, 8, 11, 14, 16, 19]], columns=8
    ).convert("RGB")
    one = Player(films(1, 2)[0])
    assert one.still() == plots.tiled(films(1, 2)[0], columns=2).convert("RGB")
    assert "1 film of 2 frames" in one.caption()


def test_films_of_numpy_are_played_and_a_doubtful_range_is_said():
    with pytest.warns(UserWarning, match="no pixel of the frames is negative"):
        player = Player(films().add(1).div(2).numpy())
    assert player.still() == plots.tiled(films().add(1).div(2).flatten(0, 1), columns=5).convert("RGB")


@pytest.mark.parametrize(
    ("films", "settings", "match"),
    [
        (torch.zeros(2, 1, 4, 4, 4, 4), {}, "films must be"),
        (torch.zeros(1, 1, 4, 4), {}, "with T of 2 or more"),
        (torch.zeros(0, 5, 1, 4, 4), {}, "films must be"),
        (torch.zeros(2, 5, 2, 4, 4), {}, "frames must be"),
        (torch.zeros(2, 5, 1, 4, 4, dtype=torch.uint8), {}, "frames must be floats"),
        ("film", {}, "films must be one tensor or array"),
        (torch.zeros(2, 5, 1, 4, 4), {"columns": 0}, "columns must be a whole number"),
    ],
)
def test_films_that_can_not_be_played_are_refused(films, settings, match):
    with pytest.raises(ValueError, match=match):
        Player(films, **settings)


# The writer


def writer(generate=lambda x: -x, text="bab", **settings):
    """A writer of the characters a to f, whose pictures are greys; those wanted are a little darker."""
    seen = torch.linspace(-1, 1, 6).view(6, 1, 1, 1).expand(6, 1, 4, 4)
    return Writer(generate, "abcdef", seen, seen * 0.5, **{"held_out": "bf", "text": text, "scale": 1} | settings)


def test_what_is_typed_is_made_in_its_order_and_those_held_out_are_marked():
    board = writer()
    line, readout, buttons = board.children[1:4]
    assert board.still() == plots.tiled(-torch.linspace(-1, 1, 6)[[1, 0, 1]].view(3, 1, 1, 1).expand(3, 1, 4, 4), 12, 1)
    assert [label for label, _ in buttons.options] == ["b*", "a"]
    assert readout.value == "<code>held out, marked *: b</code>"
    before = line.value
    board.field.value = "cd e"
    assert line.value != before and buttons.options == (("c", "c"), ("d", "d"), ("e", "e"))
    assert buttons.value == "e"  # the one just typed
    assert readout.value == "<code>all of these were trained on</code>"


def test_a_click_shows_what_was_seen_made_and_wanted():
    board = writer()
    close, names = board.children[4:]
    board.buttons.value = "a"
    assert names.value == "<code>a (trained on): seen · made · should be</code>"
    a = torch.full((1, 4, 4), -1.0)
    assert opened(close.value) == plots.tiled(torch.stack([a, -a, a / 2]), columns=3, scale=3).convert("RGB")
    board.buttons.value = "b"
    assert names.value == "<code>b (held out): seen · made · should be</code>"
    board.field.value = "b"  # fewer than before
    assert names.value.startswith("<code>b ")


def test_other_characters_are_named_and_too_many_are_cut():
    board = writer()
    board.field.value = "a<z<"
    assert board.buttons.options == (("a", "a"),)
    assert board.children[2].value == "<code>not among the 6: &lt; z; all of these were trained on</code>"
    board.field.value = 15 * "ab"
    assert "the first 24 of 30 are shown" in board.children[2].value
    assert board.still() == plots.tiled(
        torch.tensor([1.0, 0.6]).repeat(12).view(24, 1, 1, 1).expand(24, 1, 4, 4), 12, 1
    )
    board.field.value = " "
    assert board.buttons.options == (("a", "a"),)  # a picture stays
    assert "nothing to brush: a is shown instead" in board.children[2].value


def test_an_error_of_the_network_is_shown_and_what_was_there_stays():
    broken = []

    def generate(x):
        if broken:
            raise RuntimeError("a < b")
        return x

    board = writer(generate)
    before = board.children[1].value
    broken.append(True)
    board.field.value = "c"
    assert board.children[2].value == "<code>RuntimeError: a &lt; b</code>" and board.children[1].value == before


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("ab", torch.zeros(3, 1, 4, 4), torch.zeros(3, 1, 4, 4)), "as many and of one size, not 2, "),
        (("ab", torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 5)), "of one size"),
        (("a", torch.zeros(1, 4, 4), torch.zeros(1, 4, 4)), "seen must be"),
    ],
)
def test_pictures_that_do_not_fit_the_characters_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        Writer(lambda x: x, *arguments)


def test_a_network_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"generate must return images \(3, 1, 4, 4\), not \(3, 1, 2, 2\)"):
        writer(lambda x: x[:, :, :2, :2])


# What stays in a notebook


@pytest.mark.parametrize("widget", ["board", "board with samples", "explorer", "figure", "player", "writer"])
def test_the_bundle_has_a_live_view_a_picture_and_a_stable_line_of_text(widget, generate):
    def make():
        if widget == "explorer":
            return LatentExplorer(generate, Z_DIM)
        if widget == "player":
            return Player(torch.linspace(-1, 1, 3 * 8 * 28 * 28).view(3, 8, 1, 28, 28))
        if widget == "writer":
            seen = torch.linspace(-1, 1, 12 * 32 * 32).view(12, 1, 32, 32)
            return Writer(lambda x: x, "abcdefghijkl", seen, seen, text="abcdefghijkl")
        if widget == "figure":
            return FigureExplorer(lambda figure, a: figure.subplots().plot([0, a])[0].get_label(), a=(0, 9, 1, 3))
        return LossBoard(1200, (lambda: torch.zeros(4, 1, 60, 60)) if "samples" in widget else None)

    made = make()
    bundle, other = made._repr_mimebundle_(), make()._repr_mimebundle_()
    assert bundle.keys() == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == made.model_id
    picture = opened(bundle["image/png"])
    assert picture == made.still().convert("RGB")
    assert picture.width > 300 and len(picture.getcolors(10**6)) > 10
    assert bundle["text/plain"] == other["text/plain"] == made.caption()
    assert "\n" not in made.caption() and "0x" not in made.caption()
    if widget.startswith("board"):
        assert "1,200 steps" in made.caption()
        made.update(LOGS)
        made.redraw()
        assert made._repr_mimebundle_()["text/plain"] == made.caption() == bundle["text/plain"]


CELLS = [
    "import torch\n"
    "from gan_lessons.widgets import LatentExplorer, LossBoard\n"
    "logs = {'d_loss': 1.0, 'g_loss': 0.5, 'd_real': 2.0, 'd_fake': -2.0}\n"
    "board = LossBoard(4, sample=lambda: torch.zeros(2, 1, 4, 4))\n"
    "for _ in board.watch(range(9)):\n    board.update(logs)",
    "again = LossBoard(300, every=0.01)\nfor _ in again.watch(range(200)):\n    again.update(logs)",
    "LatentExplorer(lambda z: z.view(-1, 1, 2, 2), 4, directions=2)",
    "LossBoard(4, sample=lambda: torch.zeros(2, 1, 4, 4))",
    "from gan_lessons.widgets import VoxelViewer\nVoxelViewer(torch.eye(4).expand(2, 1, 4, 4, 4))",
]


def test_an_executed_notebook_keeps_the_last_picture_and_passes_nbval(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, kernel_name="python3", store_widget_state=False).execute()
    outputs = [cell.outputs for cell in notebook.cells]
    assert [len(each) for each in outputs] == [
        1,
        1,
        1,
        1,
        1,
    ]  # the board is in the cell that trains, after 4 steps and 200
    trained, _, _, blank, _ = outputs
    assert "widgets" not in notebook.metadata
    data = trained[0].data
    assert data.keys() == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["text/plain"] == blank[0].data["text/plain"]
    after, before = (opened(b64decode(each[0].data["image/png"])) for each in (trained, blank))
    assert after.size == before.size and after != before

    path = tmp_path / "widgets.ipynb"
    nbformat.write(notebook, path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--nbval",
        "--nbval-current-env",
    ]
    run = subprocess.run([*command, path], capture_output=True, text=True, cwd=tmp_path)
    assert f"{len(CELLS)} passed" in run.stdout, run.stdout


REAL_ONES, MADE_ONES = 0.5 * torch.ones(40, 1, 4, 4), -0.5 * torch.ones(30, 1, 4, 4)


def quiz(questions=6, seed=0):
    """A quiz whose real images are bright and whose made ones are dark, and which of its questions are real."""
    found = Quiz(REAL_ONES, MADE_ONES, questions, seed)
    return found, [bool(image.mean() > 0) for image in found._images]


def test_a_quiz_takes_answers_by_its_buttons_and_says_the_score_with_its_interval():
    asked, is_real = quiz()
    real, made = asked._buttons
    assert (real.description, made.description) == ("real", "made")
    for i, truth in enumerate(is_real):
        assert f"question {i + 1} of 6" in asked._readout.value and not real.disabled
        before = asked._image.value
        (real if truth or i == 2 else made).click()  # the third is called real in any case
        assert asked._image.value != before or is_real[i + 1 : i + 2] == [truth]
        assert f"the last one was {'real' if truth else 'made'}" in asked._readout.value
    assert asked.answers == [truth or i != 2 for i, truth in enumerate(is_real)]
    low, high = share_interval(sum(asked.answers), 6)
    assert f"{sum(asked.answers)} of 6 right, 95 % interval {low:.0%} to {high:.0%}" in asked._readout.value
    assert real.disabled and made.disabled
    asked.answer(True)
    assert len(asked.answers) == 6


def test_a_quiz_ends_with_what_was_misjudged():
    asked, is_real = quiz(20)
    for i, truth in enumerate(is_real):
        asked.answer(truth if i else not truth)
    assert asked._image.value == png(plots.tiled(asked._images[:1], columns=10)) and "misjudged" in asked._image.tooltip
    asked, is_real = quiz(20)
    for truth in is_real:
        asked.answer(truth)
    assert asked._image.value == png(plots.tiled(asked._images, columns=10)) and "none was misjudged" in (
        asked._readout.value
    )


def test_a_quiz_tosses_a_coin_for_each_question_and_asks_no_image_twice():
    counts = [sum(quiz(20, seed)[1]) for seed in range(50)]
    assert 8 < sum(counts) / 50 < 12 and len({*counts}) > 4
    different = torch.arange(30.0).view(30, 1, 1, 1) / 60
    asked = Quiz(different, -0.5 - different, questions=30)
    assert len({image.item() for image in asked._images}) == 30
    assert torch.equal(asked._images, Quiz(different, -0.5 - different, questions=30)._images)


def test_a_quiz_without_a_kernel_shows_all_its_images():
    asked, _ = quiz(20)
    bundle = asked._repr_mimebundle_()
    assert bundle["image/png"] == png(plots.tiled(asked._images, columns=10).convert("RGB"))
    assert bundle["text/plain"].startswith("Quiz: 20 images, each real or made")
    colour = Quiz(torch.zeros(3, 3, 4, 4) - 0.1, torch.zeros(3, 3, 4, 4) - 0.2, 3)
    assert colour.still().mode == "RGB" and colour._repr_mimebundle_()["image/png"]


@pytest.mark.parametrize(
    ("real", "made", "more", "match"),
    [
        (REAL_ONES, MADE_ONES[:, :, :2], {}, r"\(40, 1, 4, 4\) and made images \(30, 1, 2, 4\) must be of one size"),
        (REAL_ONES[:, 0], MADE_ONES, {}, r"real\[:, None\] adds the channel"),
        (REAL_ONES, (MADE_ONES + 1) * 127.5, {}, "made images reach from 63.75 to 63.75, as grey levels do"),
        (REAL_ONES * math.nan, MADE_ONES, {}, "40 of 40 real images hold NaN"),
        (REAL_ONES, MADE_ONES[:0], {}, "must hold at least one image"),
        (REAL_ONES, MADE_ONES, {"questions": 31}, "from 1 to the 30 images of each kind, not 31"),
        (REAL_ONES, MADE_ONES, {"questions": 0}, "questions must be a whole number"),
        (REAL_ONES, MADE_ONES, {"seed": -1}, "seed must be a whole number, 0 or more"),
    ],
)
def test_a_quiz_of_what_can_not_be_asked_is_refused(real, made, more, match):
    with pytest.raises(ValueError, match=match):
        Quiz(real, made, **more)
