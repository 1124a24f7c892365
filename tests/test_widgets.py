"""The loss board and the latent explorer: what they record, draw and leave in a notebook."""

import html
import io
import math
import signal
import subprocess
import sys
import threading
import time
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
from gan_lessons.data import ring
from gan_lessons.losses import non_saturating
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LatentExplorer, LossBoard, loss_board
from gan_lessons.widgets.explorer import principal_directions, spherical

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


# What stays in a notebook


@pytest.mark.parametrize("widget", ["board", "board with samples", "explorer", "figure"])
def test_the_bundle_has_a_live_view_a_picture_and_a_stable_line_of_text(widget, generate):
    def make():
        if widget == "explorer":
            return LatentExplorer(generate, Z_DIM)
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
    ]  # the board is in the cell that trains, after 4 steps and 200
    trained, _, _, blank = outputs
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
