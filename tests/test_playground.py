"""The playground without a browser: the game is exact, the thread stops, the page gets what it needs."""

import json
import math
import signal
import threading
import time

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _remove_buffers
from torch import nn

from gan_lessons import losses
from gan_lessons.data import Mixture, ring
from gan_lessons.diagnosis import diagnose
from gan_lessons.networks import mlp
from gan_lessons.runtime import set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import Playground
from gan_lessons.widgets.playground import jobs as module
from gan_lessons.widgets.playground import worker
from gan_lessons.widgets.playground.controls import BY_HAND, CONTROLS, DATA, YOURS
from gan_lessons.widgets.playground.history import History
from gan_lessons.widgets.playground.picture import FIELD_SIZE, Looker


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    set_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make():
    """Make playgrounds that are closed after the test, so that no thread outlives it."""
    made = []

    def new(*arguments, **settings):
        made.append(Playground(*arguments, **{"width": 16, "batch": 32} | settings))
        return made[-1]

    yield new
    for playground in made:
        playground.close()
    assert not playing()


def playing():
    return [thread for thread in threading.enumerate() if thread.name == "playground"]


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def click(playground, **message):
    playground._handle_custom_msg(message, [])


def click_and_wait(playground, **message):
    click(playground, **message)
    until(lambda: playground._worker is None)


def weights(*networks):
    return torch.cat([p.detach().flatten() for network in networks for p in network.parameters()]).clone()


def of(playground):
    return weights(playground.G, playground.D)


def points(values):
    return torch.frombuffer(bytearray(values), dtype=torch.float32).view(-1, 2)


# the game


def test_a_reset_repeats_the_run_to_the_last_bit_and_another_seed_does_not(make):
    playground = make(penalty="gradient penalty to 1", every=4, loss="relativistic")
    playground.run(30)
    first, measures = of(playground), playground.measures
    playground.reset()
    assert playground.frame["step"] == 0 and not torch.equal(of(playground), first)
    playground.run(30)
    assert torch.equal(of(playground), first) and playground.measures == measures
    playground.change(seed=1)
    playground.run(30)
    assert not torch.equal(of(playground), first)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"d_per_g": 3, "penalty": "R1"},
        {"loss": "relativistic", "penalty": "gradient penalty to 0", "every": 4},
        {"d_opt": "RMSprop", "g_opt": "descent, momentum 0.9", "z": "uniform", "z_dim": 1},
    ],
)
def test_whole_steps_half_steps_and_parts_are_the_same_training(make, settings):
    ends = []
    for way in ("steps", "halves", "parts", "mixed"):
        playground = make(**settings)
        d_per_g = playground.settings["d_per_g"]
        if way == "steps":
            playground.run(6)
        elif way == "halves":
            for _ in range(6):
                playground.half_steps("D", d_per_g)
                playground.half_steps("G")
        else:
            for i in range(6 * (d_per_g + 1) * 6 if way == "parts" else 9):
                part = playground._game.part()
                assert part.index == i % 6 and part.text.endswith(".")
            playground.run(0 if way == "parts" else 5)  # after the rest of the step that was begun
        game = playground._game
        assert (game.d_updates, game.g_updates) == (6 * d_per_g, 6)
        ends.append((of(playground), game.step))
    assert all(torch.equal(end, ends[0][0]) for end, _ in ends)
    assert [step for _, step in ends] == [6, 0, 6, 6]


def test_the_game_is_the_packages_own_loop_on_the_learners_own_objects(make):
    G, D = mlp(2, 2, 16), mlp(2, 1, 16)
    G_copy, D_copy = mlp(2, 2, 16), mlp(2, 1, 16)
    G_copy.load_state_dict(G.state_dict())
    D_copy.load_state_dict(D.state_dict())
    d_opt, g_opt = torch.optim.SGD(D.parameters(), 0.1, momentum=0.5), torch.optim.Adam(G.parameters(), 1e-2)
    seen = []
    loss = losses.Loss(lambda *logits: seen.append(1) or losses.hinge.d(*logits), losses.hinge.g)
    playground = make(G, D, loss, ring(5), penalty=losses.r2(0.3), d_opt=d_opt, g_opt=g_opt, seed=3)
    assert playground.G is G and playground.D is D
    assert [playground.settings[n] for n in ("loss", "data", "penalty", "d_opt", "d_rate")] == [YOURS] * 4 + [0.1]
    playground.run(8)
    assert len(seen) == 8

    noise, places = torch.Generator().manual_seed(3), torch.Generator().manual_seed(10_003)
    optimisers = torch.optim.SGD(D_copy.parameters(), 0.1, momentum=0.5), torch.optim.Adam(G_copy.parameters(), 1e-2)
    real = (ring(5).sample(32, places) for _ in range(8))

    def z():
        return torch.randn(32, 2, generator=noise)

    hinge = losses.hinge
    for _ in adversarial_steps(
        real,
        lambda x: d_step(G_copy, D_copy, optimisers[0], hinge, x, z(), penalty=losses.r2(0.3)),
        lambda x: g_step(G_copy, D_copy, optimisers[1], hinge, z()),
    ):
        pass
    assert torch.equal(weights(G, D), weights(G_copy, D_copy))


def test_reset_gives_the_learners_networks_and_optimisers_back_as_they_were(make):
    G, D = mlp(2, 2, 16), mlp(2, 1, 16)
    g_opt = torch.optim.Adam(G.parameters(), 1e-2)
    before = weights(G, D)
    playground = make(G, D, g_opt=g_opt)
    playground.change(g_rate=0.5)
    playground.run(5)
    after = weights(G, D)
    assert g_opt.state and g_opt.param_groups[0]["lr"] == 0.5
    playground.reset()
    assert torch.equal(weights(G, D), before) and not g_opt.state
    assert g_opt.param_groups[0]["lr"] == playground.settings["g_rate"] == 0.5
    playground.run(5)
    assert torch.equal(weights(G, D), after)


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_changes_what_follows_and_restarts_only_where_it_says_so(make, name):
    start = {"penalty": "R1"} if name in ("strength", "every") else {}
    other = {"seed": 5, "strength": 2.0, "d_rate": 0.05, "g_rate": 0.05, "d_per_g": 4}.get(name)
    control = CONTROLS[name]
    playground, same = make(**start), make(**start)
    value = other or next(v for v in control.options if v not in (playground.settings[name], BY_HAND))
    for each in (playground, same):
        each.run(5)
    kept = same.G, same.D
    playground.change(**{name: value})
    assert playground.settings[name] == value == playground._game.settings[name]
    assert playground.frame["step"] == (0 if control.restarts else 5)
    assert ("anew" in playground.status["message"]) == control.restarts
    assert control.label[1:] in playground.status["message"]
    for each in (playground, same):
        each.run(5)
    assert (same.G, same.D) == kept
    changed = of(playground).shape != of(same).shape or not torch.equal(of(playground), of(same))
    assert changed == (name not in ("half_steps", "pace"))


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_takes_all_of_its_values_and_no_other(make, name):
    control, playground = CONTROLS[name], make()
    for value in control.options or (control.low, control.high):
        playground.change(**{name: value})
        playground.run(1)
        assert playground.settings[name] == value
    for value in ("nonsense", None, -1, True, 10**6, 2.5, [1]):
        with pytest.raises(ValueError, match=f"{name} must be"):
            playground.change(**{name: value if value != 2.5 or control.kind != "log" else math.nan})
    assert playground.settings[name] == (control.options or (control.high,))[-1]


def test_depth_counts_hidden_layers(make):
    for depth in (1, 3):
        layers = [layer for layer in make(depth=depth, width=8).D if isinstance(layer, nn.Linear)]
        assert [layer.in_features for layer in layers] == [2] + [8] * depth


def test_a_live_change_says_so_and_an_impossible_one_says_why(make):
    playground = make(penalty=None)
    playground.change(strength=1.0)
    assert "no effect while the penalty is none" in playground.status["message"]
    own = make(mlp(2, 2, 16), mlp(2, 1, 16))
    for name in ("width", "depth", "z_dim"):
        with pytest.raises(ValueError, match="your own networks"):
            own.change(**{name: 4})
    own.change(seed=4)
    with pytest.raises(TypeError, match="no setting 'rate'; there are data, loss"):
        own.change(rate=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "hing"}, "loss must be one of 'minimax'"),
        ({"data": "circle"}, "data must be one of 'ring'"),
        ({"penalty": "R3"}, "penalty must be one of 'none'"),
        ({"layers": ["fields"]}, "no layer 'fields'; there are field"),
        ({"d_opt": torch.optim.SGD(mlp(2, 1).parameters(), 0.1)}, "give its network too, D="),
        ({"width": 5}, "width must be one of 4"),
        ({"G": nn.Linear(2, 2, device="meta")}, "G must be on the CPU"),
        ({"D": mlp(2, 1).double()}, r"weights of D must be torch.float32, not torch.float64; give D.float\(\)"),
        ({"data": 3}, r"data must be the centres of heaps \(K, 2\), all finite, or a Mixture, or one of 'ring'"),
        ({"data": torch.zeros(9, 3)}, "data must be the centres"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Playground(**arguments)
    with pytest.raises(TypeError, match="no setting 'lr'"):
        Playground(lr=1)


def optimisers_that_do_not_fit():
    def adam(*networks):
        return torch.optim.Adam([p for network in networks for p in network.parameters()])

    G, D, other = mlp(2, 2, 16), mlp(2, 1, 16), mlp(2, 2, 16)
    yield G, D, {"g_opt": adam(other)}, "g_opt holds no weight of G; make it for this G alone"
    yield G, D, {"d_opt": adam(other)}, "d_opt holds no weight of D; make it for this D alone"
    yield G, D, {"d_opt": adam(G)}, "d_opt holds weights of G"
    yield G, D, {"g_opt": adam(D)}, "g_opt holds weights of D"
    yield G, D, {"g_opt": adam(G, D)}, "g_opt holds weights of D"
    yield None, D, {"d_opt": adam(G)}, "d_opt holds no weight of D"


def test_an_optimiser_of_other_networks_is_refused():
    for G, D, optimiser, message in optimisers_that_do_not_fit():
        with pytest.raises(ValueError, match=message):
            Playground(G, D, **optimiser)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"G": lambda z: z}, r"G must be a network \(torch.nn.Module\), not <function"),
        ({"loss": (losses.hinge.d,)}, r"loss must be a pair \(d, g\) of functions"),
        ({"loss": losses.hinge.d}, r"loss must be a pair \(d, g\) of functions"),
    ],
)
def test_arguments_of_a_wrong_kind_are_named(arguments, message):
    with pytest.raises(TypeError, match=message):
        Playground(**arguments)


@pytest.mark.parametrize("g", [losses.hinge.g, lambda fake: -fake.mean()])
def test_a_plain_pair_is_a_loss_in_steps_and_in_parts(make, g):
    own, known = make(loss=(losses.hinge.d, g)), make(loss="hinge")
    for playground in (own, known):
        playground.run(3)
        for _ in range(12):
            playground._game.part()
    assert torch.equal(of(own), of(known))


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = mlp(2, 2, 16)

    def forward(self, z):
        return self.inner(z).detach()


@pytest.mark.parametrize("way", ["steps", "parts"])
def test_what_would_train_nothing_is_said_in_steps_and_in_parts(make, way):
    def go(playground):
        before = of(playground)
        with pytest.raises((ValueError, TypeError)) as caught:
            for _ in range(12):
                playground._game.part() if way == "parts" else playground._game.half_step("DG"[_ % 2])
        return str(caught.value), torch.equal(of(playground), before)

    frozen = make(mlp(2, 2, 16), mlp(2, 1, 16).requires_grad_(False), penalty=None)
    assert go(frozen)[0].startswith("the loss of D is")
    assert go(make(Detached()))[0].startswith("the loss of G depends on no weight")
    assert go(make(mlp(2, 2, 16).requires_grad_(False)))[0].startswith("all weights in the optimizer given for G")
    assert go(make(mlp(2, 3, 16), mlp(3, 1, 16)))[0] == "G makes samples of shape (3,), the real ones have (2,)"
    vector = (lambda real, fake: fake, losses.hinge.g)
    assert go(make(loss=vector)) == ("the loss of D must be one number, not of shape (32,); end it with .mean()", True)
    normed = nn.Sequential(mlp(2, 2, 16), nn.BatchNorm1d(2)).eval()
    assert go(make(normed))[0].endswith("call G.train() first")


@pytest.mark.parametrize("name", ["grid", "spiral", "moons", "line"])
def test_another_data_set_is_told_to_the_page(make, name):
    playground = make()
    before = playground.data["points"]
    playground.change(data=name)
    assert torch.equal(points(playground.data["centres"]), DATA[name]().centres)
    assert playground.data["points"] != before
    playground.change(data="ring")
    assert playground.data["points"] == before


# what is shown


class Random(nn.Module):
    """A network with all that a look could disturb: batch statistics, dropout, a mixture of modes."""

    def __init__(self, outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, outputs)
        )
        self.layers[2].eval()

    def forward(self, x):
        out = self.layers(x)
        return out.squeeze(1) if out.shape[1] == 1 else out


def test_a_look_leaves_no_trace(make):
    torch.manual_seed(5)
    expected = torch.rand(3)
    G, D = Random(2), Random(1)
    torch.manual_seed(5)
    playground = make(G, D)
    state = [value.clone() for network in (G, D) for value in network.state_dict().values()]
    modes = [module.training for module in (*G.modules(), *D.modules())]
    first = playground._looker.frame()
    again = playground._looker.frame()
    make()
    assert first == again
    assert torch.equal(torch.rand(3), expected)
    assert [module.training for module in (*G.modules(), *D.modules())] == modes and not all(modes)
    now = [value for network in (G, D) for value in network.state_dict().values()]
    assert all(map(torch.equal, now, state))
    assert all(p.grad is None for p in G.parameters())


@pytest.mark.parametrize(("loss", "threshold"), [("minimax", 0), ("hinge", 0), ("least squares", 0.5)])
def test_the_field_is_d_on_a_grid_less_its_threshold(make, loss, threshold):
    playground = make(loss=loss)
    field = np.frombuffer(playground.frame["field"], "<f4").reshape(FIELD_SIZE, FIELD_SIZE)
    for row, column in ((0, 0), (3, 30), (39, 10)):
        x = torch.tensor([[-3 + 6 * column / 39, -3 + 6 * row / 39]])
        assert field[row, column] == pytest.approx(playground.D(x).item() - threshold, abs=1e-5)


def test_without_an_absolute_score_the_line_lies_half_way_between_the_means(make):
    playground = make(loss="Wasserstein")
    playground.run(3)
    real, fake = points(playground.data["points"]), points(playground.frame["fake"])
    with torch.no_grad():
        half = (playground.D(real).mean() + playground.D(fake).mean()) / 2
        corner = playground.D(torch.tensor([[-3.0, -3.0]])) - half
    assert np.frombuffer(playground.frame["field"], "<f4")[0] == pytest.approx(corner.item(), abs=1e-5)


@pytest.mark.parametrize("loss", ["minimax", "non-saturating", "least squares", "Wasserstein", "relativistic"])
def test_an_arrow_is_minus_the_slope_of_gs_loss_at_its_point(make, loss):
    playground = make(loss=loss)
    playground.run(5)
    fake, arrows = points(playground.frame["fake"]), points(playground.frame["arrows"])
    pair, D = playground._game.loss, playground.D.double()
    real = Looker(playground._game)._real(len(arrows)).double()

    def loss_at(i, point):
        return pair.g(D(point[None]), D(real[i : i + 1])).item()

    for i in (0, 7, 41):
        at = fake[i].double()
        for axis, unit in enumerate(torch.eye(2).double() * 1e-5):
            slope = (loss_at(i, at + unit) - loss_at(i, at - unit)) / 2e-5
            assert arrows[i, axis].item() == pytest.approx(-slope, abs=2e-4)


@pytest.mark.parametrize(("z_dim", "z"), [(1, "normal"), (2, "uniform"), (2, "normal"), (8, "normal")])
def test_the_map_has_cells_of_equal_probability(make, z_dim, z):
    playground = make(z_dim=z_dim, z=z)
    grid, shape = playground._looker._latent_grid()
    assert shape == ([289, 1] if z_dim == 1 else [17, 17]) and grid.shape == (289, z_dim)
    share = (grid[:, 0] + 1) / 2 if z == "uniform" else torch.special.ndtr(grid[:, 0])
    lines = share.view(shape)[:, 0]
    assert torch.allclose(lines.diff(), torch.full((shape[0] - 1,), 0.96 / (shape[0] - 1)), atol=1e-5)
    assert not grid[:, 2:].any()
    assert torch.allclose(points(playground.frame["map"]), playground.G(grid), atol=1e-5)


def test_measures_summary_and_diagnosis_tell_a_good_run_from_a_collapsed_one(make):
    heaps = Mixture([[2.0, 0.0], [-2.0, 0.0]], 0.1)

    class Perfect(nn.Module):
        def __init__(self, sides):
            super().__init__()
            self.nothing, self.sides = nn.Parameter(torch.zeros(1)), sides

        def forward(self, z):
            side = torch.sign(z[:, :1]) if self.sides == 2 else torch.ones_like(z[:, :1])
            return torch.cat([2 * side, torch.zeros_like(side)], 1) + 0.1 * z[:, 1:3] + self.nothing

    good, bad = (make(Perfect(sides), None, data=heaps, g_rate=1e-5, z_dim=4) for sides in (2, 1))
    assert good.measures["covered"] == good.measures["total"] == 2 and good.measures["good"] > 0.95
    assert bad.measures["covered"] == 1 and bad.measures["jsd"] > good.measures["jsd"] + 0.1
    assert "cover 1 of 2 modes" in bad.frame["summary"] and "Step 0." in bad.frame["summary"]
    assert bad.diagnosis == ["too early"]
    for playground in (good, bad):
        playground.run(400)
    assert "collapse" in bad.diagnosis and "collapse" not in good.diagnosis
    text = " ".join(found["text"] for found in bad.frame["diagnosis"])
    assert "1 of 2 modes" in text and "mode collapse" not in text  # "collapse" stands before the text, as its state
    bad.change(data="ring")
    bad.run(1)
    assert bad.measures["total"] == 8


def test_the_message_of_a_picture_is_below_50_kb(make):
    playground = make(data="spiral", width=256)
    playground.run(1000)
    state, _, buffers = _remove_buffers(playground.get_state("frame"))
    size = len(json.dumps(state)) + sum(memoryview(buffer).nbytes for buffer in buffers)
    assert 10_000 < size < 50_000


def test_history_keeps_the_means_of_everything_in_a_few_bins():
    history, rng = History(), np.random.default_rng(0)
    values = rng.normal(size=2500)
    for i, value in enumerate(values):
        history.append({"d_real": value, "d_fake": -value, "step": 1})
        if i % 100 == 0:
            history.note({"covered": i, "total": 5000})
    x, curves = history.curves()
    assert history.entries == 2500 and len(x) == math.ceil(2500 / 8) and x[0] == 4
    for i in (0, 100, len(x) - 1):
        assert curves["d_real"][i] == pytest.approx(values[8 * i : 8 * i + 8].mean())
    assert np.isnan(curves["g_loss"]).all() and curves["covered"][300 // 8] == 300
    rows = history.rows()
    assert len(rows) == len(x) and set(rows[0]) == {"d_real", "d_fake", "covered", "total"}
    assert "covered" not in rows[1] and "mode collapse" in [finding.disease for finding in diagnose(rows)]
    history.forget("covered")
    assert "covered" not in history.rows()[0]


def test_the_recording_stays_small_keeps_the_newest_and_can_be_scrubbed(make):
    playground = make()
    for _ in range(350):
        playground.run(1)
    steps = playground.frame["recorded"]
    assert 50 <= len(steps) <= 101 and steps[0] == 0 and steps[-1] == 350 and steps == sorted(set(steps))
    gaps = np.diff(steps[:-1])
    assert gaps.min() == gaps.max() == 4
    assert sum(len(v) for f in playground._recording.frames for v in f.values() if isinstance(v, bytes)) < 2_000_000
    click_and_wait(playground, scrub=10)
    assert playground.frame["step"] == 40 and playground.frame["at"] == 10
    assert playground.frame["fake"] == playground._recording.frames[10]["fake"]
    for i in (10**6, len(steps) - 1):
        click_and_wait(playground, scrub=i)
        assert playground.frame["step"] == 350 and playground.frame["at"] is None
    click_and_wait(playground, do="step")
    assert playground.frame["step"] == 351


def test_a_recorded_moment_has_the_data_of_its_time(make):
    playground = make()
    ring = playground.data
    playground.run(5)
    playground.change(data="line")
    playground.run(5)
    line = playground.data
    assert line["points"] != ring["points"]
    for i, data in ((1, ring), (-1, line), (0, ring)):
        click_and_wait(playground, scrub=i % len(playground.frame["recorded"]))
        assert playground.data == data
    click_and_wait(playground, do="step")
    assert playground.data == line


def test_it_carries_a_still_picture_and_a_line_that_stays_the_same(make, monkeypatch):
    playground = make()
    first = playground._repr_mimebundle_()
    playground.run(20)
    bundle = playground._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["image/png"] != first["image/png"]
    assert len(bundle["image/png"]) < 200_000
    assert bundle["text/plain"] == first["text/plain"] == repr(playground) and "ring" in repr(playground)
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == playground.model_id
    updates = []
    playground._handles.append(type("Handle", (), {"update": lambda self, data, raw: updates.append(data)})())
    click_and_wait(playground, do="keep")
    assert updates[0]["image/png"] == bundle["image/png"]


# the thread


def test_play_trains_until_pause_and_then_nothing_runs(make):
    playground = make()
    assert not playing()
    click(playground, do="play")
    until(lambda: playground.frame["step"] > 20)
    assert playground.status["mode"] == "playing" and len(playing()) == 1
    click(playground, do="pause")
    until(lambda: not playing())
    step = playground._game.step
    assert playground.status["mode"] == "paused" and playground.frame["step"] == step
    time.sleep(0.1)
    assert playground._game.step == step


def test_playing_in_the_thread_is_the_same_training(make):
    playground, same = make(), make()
    click(playground, do="play")
    until(lambda: playground._game.step > 50)
    click(playground, do="pause")
    until(lambda: not playing())
    same.run(playground._game.step)
    assert torch.equal(of(playground), of(same))


def test_the_threads_of_the_notebook_stay_as_they_were(make):
    torch.set_num_threads(2)
    playground = make()
    playground.run(2)
    click(playground, do="play")
    until(lambda: playground._game.step > 20)
    assert torch.get_num_threads() == 2
    click(playground, do="pause")
    until(lambda: not playing())
    assert torch.get_num_threads() == 2


def test_a_step_half_steps_and_parts_by_click(make):
    playground = make(pace=0.3)
    click_and_wait(playground, do="step")
    assert playground.frame["step"] == 1
    click_and_wait(playground, do="part")
    assert playground.status["part"] == {"who": "D", "index": 0, "text": playground.status["part"]["text"]}
    seen = []
    playground.observe(lambda change: seen.append(change["new"]["part"]), "status")
    click(playground, do="half_g")
    until(lambda: playground.status["part"]["index"] == 2)
    click(playground, set="half_steps", value=10)  # in the middle of it
    until(lambda: playground._worker is None)
    indices = [part["index"] for part in seen if part and part["who"] == "G"]
    assert sorted(set(indices)) == list(range(6))
    assert playground._game.d_updates == 2 and playground._game.g_updates == 3 and playground._game.step == 2
    click_and_wait(playground, do="half_d")
    assert playground._game.d_updates == 12 and playground._game.g_updates == 3


class Waiting(nn.Module):
    """A generator that goes on only while it may."""

    def __init__(self):
        super().__init__()
        self.layers, self.may, self.waits = mlp(2, 2, 8), threading.Event(), threading.Event()

    def forward(self, z):
        if self.training and not self.may.is_set():
            self.waits.set()
            self.may.wait(20)
        return self.layers(z)


def clicks_during_a_step(playground, *messages):
    """Click "Step", and while it works all the rest; wait for the end."""
    click(playground, do="step")
    playground.G.waits.wait(20)
    for message in messages:
        click(playground, **message)
    playground.G.may.set()
    until(lambda: playground._worker is None)


def test_no_click_on_a_step_is_lost_however_fast_they_come(make):
    playground = make(Waiting(), pace=0.3)
    clicks = [{"do": wish} for wish in ("step", "step", "part", "half_g", "step")]
    clicks_during_a_step(playground, *clicks, {"scrub": 0}, {"do": "keep"})
    game = playground._game
    assert (game.step, game.d_updates, game.g_updates) == (5, 5, 6)  # the part began a step, which was finished too
    assert playground.frame["step"] == 0 and playground.status["mode"] == "paused"


def test_all_half_steps_of_a_click_are_done_before_what_is_clicked_next(make):
    playground = make(Waiting(), half_steps=100)
    clicks = [{"do": wish} for wish in ("half_d", "step", "half_g", "half_d")]
    settings = {"set": "half_steps", "value": 10}, {"layers": ["fake"]}
    clicks_during_a_step(playground, *clicks, *settings, {"do": "half_g"}, {"do": "play"}, {"do": "part"})
    game = playground._game
    assert (game.step, game.d_updates, game.g_updates) == (2, 202, 112)
    assert playground.status["part"]["index"] == 0 and playground.layers == ["fake"]


@pytest.mark.parametrize("wish", ["pause", "reset"])
def test_pause_and_reset_end_the_half_steps_of_a_click(make, wish):
    playground = make(Waiting(), half_steps=100)
    click(playground, do="half_g")
    playground.G.waits.wait(20)
    click(playground, scrub=0)  # waits for the end of them, and so does not stand in the way
    click(playground, do=wish)
    playground.G.may.set()
    until(lambda: playground._worker is None)
    assert playground._game.g_updates == {"pause": 1, "reset": 0}[wish] and playground.status["mode"] == "paused"


def test_a_control_that_restarts_ends_a_half_step(make):
    playground = make(pace=0.3)
    click(playground, do="half_g")
    until(lambda: playground.status["part"] and playground.status["part"]["index"] >= 2)
    click(playground, set="width", value=8)
    until(lambda: playground._worker is None)
    game = playground._game
    assert (game.step, game.d_updates, game.g_updates) == (0, 0, 0) and playground.status["mode"] == "paused"
    click_and_wait(playground, do="step")
    assert (game.step, game.d_updates, game.g_updates) == (1, 1, 1)


def test_pause_puts_aside_the_clicks_that_wait(make):
    playground = make(Waiting())
    clicks_during_a_step(playground, {"do": "step"}, {"do": "play"}, {"set": "d_per_g", "value": 2}, {"do": "pause"})
    assert playground._game.step == 1 and playground.status["mode"] == "paused"
    assert playground.settings["d_per_g"] == 2  # a setting is not put aside


def test_pause_does_not_put_aside_a_reset(make):
    playground = make(Waiting())
    clicks_during_a_step(playground, {"do": "reset"}, {"do": "pause"})
    assert playground._game.step == 0 and playground.frame["recorded"] == [0]


def test_slow_motion_goes_part_by_part_until_paused(make):
    playground = make(pace=0.3)
    click(playground, do="slow")
    until(lambda: playground.status["part"] and playground.status["part"]["index"] == 1)
    assert playground.status["mode"] == "slow"
    click(playground, do="pause")
    until(lambda: not playing())
    assert playground._game.step == 0
    click_and_wait(playground, do="step")  # ends the step that was begun, and does one
    assert playground._game.step == 2


def test_controls_layers_and_heaps_by_click_while_it_plays(make):
    playground = make()
    click(playground, do="play")
    click(playground, set="d_per_g", value=3)
    click(playground, layers=["arrows", "nonsense", "real"])
    until(lambda: playground.layers == ["real", "arrows"] and playground._game.d_updates > 60)
    game = playground._game
    assert playground.status["mode"] == "playing" and game.d_updates > 2 * game.g_updates
    click(playground, heaps=[[1, 1], [-1, 0.5]])
    until(lambda: playground.settings["data"] == BY_HAND and len(points(playground.data["centres"])) == 2)
    assert torch.equal(points(playground.data["centres"]), torch.tensor([[1.0, 1.0], [-1.0, 0.5]]))
    click(playground, set="width", value=8)
    until(lambda: playground.frame["step"] < 30 and playground.G[0].out_features == 8)
    assert playground.status["mode"] == "playing"
    click(playground, do="reset")
    until(lambda: not playing())
    assert playground.frame["step"] == 0 and game.by_hand.centres.shape == (2, 2)


@pytest.mark.parametrize("heaps", [[], [[1]], [[math.nan, 0]], [[0, 0]] * 301, "x"])
def test_bad_heaps_and_bad_messages_are_shown_and_nothing_breaks(make, heaps):
    playground = make()
    click_and_wait(playground, heaps=heaps)
    assert playground.status["error"] and playground.settings["data"] == "ring"
    for message in ({"set": "loss", "value": "x"}, {"set": "x", "value": 1}):
        click_and_wait(playground, **message)
        assert "Error" in playground.status["error"]
    click_and_wait(playground, do="step")
    assert playground.frame["step"] == 1 and not playground.status["error"]


def test_only_one_plays_and_a_new_one_or_closing_stops_it(make):
    a, b = make(), make()
    click(a, do="play")
    until(lambda: a._game.step > 5)
    click(b, do="play")
    until(lambda: b._game.step > 5 and a.status["mode"] == "paused")
    assert len(playing()) == 1
    make()  # as when the cell is run again
    until(lambda: not playing())
    click(b, do="play")
    until(lambda: playing())
    b.close()
    assert not playing()
    click(a, do="play")
    until(lambda: playing())
    click(a, gone=True)
    until(lambda: not playing())


class Broken(nn.Module):
    """A network that does as it is told from some call on."""

    def __init__(self, what):
        super().__init__()
        self.layer, self.what, self.on = nn.Linear(2, 2), what, False

    def forward(self, z):
        if self.on and self.training:
            self.what()
        return self.layer(z)


def fail():
    raise RuntimeError("the first line\nof two")


def hang():
    while True:
        pass


def test_an_exception_in_a_network_is_shown_and_the_rest_stays_usable(make):
    G = Broken(fail)
    playground = make(G)
    click(playground, do="play")
    until(lambda: playground._game.step > 5)
    G.on = True
    until(lambda: not playing())
    assert playground.status["mode"] == "paused"
    assert playground.status["error"].startswith("RuntimeError: the first line – in: raise RuntimeError(")
    G.on = False
    click_and_wait(playground, do="step")
    assert playground.status["error"] == ""


def test_networks_that_do_not_fit_are_shown_and_not_raised(make):
    playground = make(mlp(3, 2, 16), None)
    assert playground.status["error"].startswith("RuntimeError: mat1 and mat2 shapes cannot be multiplied")
    assert playground._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
    click_and_wait(playground, do="play")
    assert "mat1 and mat2" in playground.status["error"]
    three = make(None, nn.Linear(2, 1))
    click_and_wait(three, do="step")
    assert three.status["error"]
    diverging = make(loss="Wasserstein", d_opt="gradient descent", d_rate=1.0, g_rate=1.0, width=64)
    click(diverging, do="play")
    until(lambda: diverging._worker is None)
    assert "FloatingPointError: at step" in diverging.status["error"]


def test_a_network_that_hangs_is_interrupted_by_pause(make, monkeypatch):
    monkeypatch.setattr(worker, "HUNG", 0.2)
    G = Broken(hang)
    playground = make(G)
    click(playground, do="play")
    until(lambda: playground._game.step > 5)
    G.on = True
    time.sleep(0.4)
    assert playing()
    click(playground, do="pause")
    until(lambda: not playing())
    assert "Stopped: one step had run for more than" in playground.status["error"]
    G.on = False


def test_a_page_that_does_not_answer_gets_few_pictures_and_then_a_pause(make, monkeypatch):
    monkeypatch.setattr(module, "UNSEEN", 3)
    playground = make()
    sent = []
    playground.observe(lambda change: sent.append(change["new"]["number"]), "frame")
    click(playground, do="play")
    start = time.monotonic()
    until(lambda: not playing())
    assert time.monotonic() - start >= 3 and module.AHEAD - 2 <= len(sent) <= module.AHEAD + 4
    assert "has not answered" in playground.status["message"]


def test_a_page_that_answers_gets_pictures_without_end(make, monkeypatch):
    monkeypatch.setattr(module, "UNSEEN", 3)
    playground = make()
    playground.observe(lambda change: click(playground, seen=change["new"]["number"]), "frame")
    click(playground, do="play")
    start = time.monotonic()
    until(lambda: time.monotonic() > start + 4 and playground._number > 2 * module.AHEAD, 60)
    assert playing()


def test_loops_of_the_main_thread_stay_interruptible_after_steps_in_the_foreground(make):
    before = signal.getsignal(signal.SIGINT)
    playground = make()
    playground.run(2)
    playground.half_steps("D", 2)
    with pytest.raises(ValueError, match="half-steps are of"):
        playground.half_steps("E")
    assert signal.getsignal(signal.SIGINT) is before
