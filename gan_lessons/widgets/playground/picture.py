"""What the playground shows of a game: the frame for the page, the measures, the diagnosis, the still picture."""

import contextlib
import math

import numpy as np
import torch
from matplotlib.figure import Figure

from ...diagnosis import diagnose
from ...metrics import js_divergence, modes
from ...plots import DISCRIMINATOR, FAKE, FIELD, GENERATOR, REAL
from ..still import rendered
from .controls import YOURS
from .parts import norm

SHOWN, ARROWS = 300, 80  # generated points in the picture, and those of them with an arrow
FIELD_SIZE = 40  # points along a side of D's field
MAP_SIZE = 17  # lines of the latent grid in each direction
MEASURED = 2000  # samples behind the measures
EARLY = 300  # steps before which a run is not judged

THRESHOLDS = {"minimax": 0.0, "non-saturating": 0.0, "hinge": 0.0, "least squares": 0.5, YOURS: 0.0}
STATES = {"mode collapse": "collapse", "oscillation": "oscillation"}  # as the page calls the diseases
STATES |= dict.fromkeys(("vanishing gradients", "divergence", "D far ahead"), "D wins")


class Looker:
    """Looks at a game without a trace: networks in eval mode, and random numbers of its own, always the same.

    What it measures is entered in the game's history, for the curves and the diagnosis.
    """

    def __init__(self, game):
        self.game = game

    def frame(self, fake=None):
        """Return the frame for the page, see playground.js. `fake`: points to show instead of fixed z's images."""
        game = self.game
        with looking(game.G, game.D):
            shown = game.G(self._z(SHOWN)) if fake is None else fake[:SHOWN]
            field, scale, label = self._field(shown)
            latent, shape = self._latent_grid()
            picture = {
                "step": game.step,
                "d_updates": game.d_updates,
                "g_updates": game.g_updates,
                "fake": _bytes(shown),
                "arrows": _bytes(self._pull(shown[:ARROWS])),
                "field": _bytes(field),
                "field_size": FIELD_SIZE,
                "field_scale": scale,
                "field_label": label,
                "map": _bytes(game.G(latent)),
                "map_shape": shape,
                "measures": self.measure(),
            }
        return picture | {"summary": self._summary(picture["measures"])}

    def measure(self):
        """Return the measures of the present networks, and enter them in the game's history."""
        game = self.game
        with looking(game.G, game.D):
            points = game.G(self._z(MEASURED))
        found = modes(points, game.data)
        values = {"covered": found.covered, "total": found.total, "good": found.high_quality}
        values["jsd"] = js_divergence(points, self._real(10_000), self.reach)
        slope = norm(p.grad for p in game.G.parameters())
        if game.history.entries:
            game.history.note(values | ({"g_grad": slope} if slope else {}))
        last = {name: _last(curve) for name, curve in game.history.curves()[1].items()}
        return values | {"d_loss": last["d_loss"], "g_loss": last["g_loss"]}

    def data(self):
        """Return the real data for the page."""
        return {
            "centres": _bytes(self.game.data.centres),
            "std": self.game.data.std,
            "points": _bytes(self._real(SHOWN)),
            "reach": self.reach,
        }

    @property
    def reach(self):
        """Half the side of the square that is shown: 3, or more where the data need it."""
        return max(3.0, 1.2 * float(self.game.data.centres.abs().max()))

    def curves(self):
        """Return the curves for the page: names, number of bins, and float32 bytes, row by row."""
        steps, found = self.game.history.curves()
        found["covered"] = found["covered"] / found["total"]
        for name in ("jsd", "covered", "good"):  # which are measured now and then, unlike the losses
            known = np.isfinite(found[name])
            if known.any():
                found[name] = np.interp(steps, steps[known], found[name][known], left=np.nan)
        names = ["d_loss", "g_loss", "jsd", "covered", "good"]
        values = np.stack([steps, *(found[name] for name in names)]).astype("<f4")
        return {"curves": values.tobytes(), "curve_names": ["step", *names], "bins": len(steps)}

    def diagnosis(self):
        """Return the package's reading of the run so far, as a list of states with their text."""
        rows = self.game.history.rows()
        if self.game.history.entries < EARLY or len(rows) < 40:
            return [{"state": "too early", "text": f"the diagnosis begins at step {EARLY}"}]
        found = [_state(finding) for finding in diagnose(rows)]
        return found or [{"state": "healthy", "text": "none of the diseases of lesson 04 shows in this run so far"}]

    def _z(self, count):
        return self.game.z(count, torch.Generator().manual_seed(0))

    def _real(self, count):
        return self.game.data.sample(count, torch.Generator().manual_seed(0))

    def _field(self, shown):
        """Return D's output on a grid, less its threshold, (size²,), its scale, and what the colour says."""
        ticks = torch.linspace(-self.reach, self.reach, FIELD_SIZE)
        x2, x1 = torch.meshgrid(ticks, ticks, indexing="ij")
        field, loss = self.game.D(torch.stack([x1.flatten(), x2.flatten()], 1)), self.game.settings["loss"]
        if loss in THRESHOLDS:
            probability = loss not in ("hinge", "least squares")
            return field - THRESHOLDS[loss], 1.0 if probability else 0.25, "D's P(real)" if probability else "D's score"
        # only differences count: half way between D's means is the best guess at where it draws the line
        field = field - (self.game.D(self._real(SHOWN)).mean() + self.game.D(shown).mean()) / 2
        return field, max(float(field.abs().max()) / 4, 1e-6), "D's score, scaled"

    def _pull(self, points):
        """Return minus the gradient of each point's part of G's loss in the point, (N, 2)."""
        with torch.enable_grad():
            points = points.detach().requires_grad_()
            logits, real = self.game.D(points), None
            if self.game.settings["loss"] in ("relativistic", YOURS):
                real = self.game.D(self._real(len(points)))
            (slope,) = torch.autograd.grad(self.game.loss.g(logits, real) * len(points), points)
        return -slope

    def _latent_grid(self):
        """Return z on a grid with equally probable cells, in its first two numbers, (a·b, z_dim), and [a, b]."""
        shares = torch.linspace(0.02, 0.98, MAP_SIZE if self.game.settings["z_dim"] > 1 else MAP_SIZE**2)
        ticks = 2 * shares - 1
        if self.game.settings["z"] == "normal":
            ticks = math.sqrt(2) * torch.erfinv(ticks)
        if self.game.settings["z_dim"] == 1:
            return ticks[:, None], [len(ticks), 1]
        z = torch.zeros(MAP_SIZE**2, self.game.settings["z_dim"])
        z[:, :2] = torch.cartesian_prod(ticks, ticks)
        return z, [MAP_SIZE, MAP_SIZE]

    def _summary(self, found):
        text = f"Step {self.game.step:,}. "
        if found["d_loss"] is not None and found["g_loss"] is not None:
            text += f"D's loss {found['d_loss']:.2f}, G's loss {found['g_loss']:.2f}. "
        return text + (
            f"The generated points cover {found['covered']} of {found['total']} modes of the real data; "
            f"{found['good']:.0%} of them are good, which is within three standard deviations of a mode. "
            f"JS divergence {found['jsd']:.2f} of at most {math.log(2):.2f}."
        )


@contextlib.contextmanager
def looking(*networks):
    """Put the networks in eval mode without gradients, and each of their modules back as it was."""
    before = [(module, module.training) for network in networks for module in network.modules()]
    try:
        for network in networks:
            network.eval()
        with torch.no_grad():
            yield
    finally:
        for module, training in before:
            module.training = training


def still(looker, frames):
    """Return a picture of some recorded frames, the last at the end, above the curves of the run, as a PIL image."""
    figure = Figure(figsize=(9, 4.6), layout="constrained", dpi=80)
    if not frames:
        figure.text(0.5, 0.5, "There is no picture: the networks raised an exception.", ha="center")
        return rendered(figure)
    chosen = [frames[i] for i in sorted({round(i * (len(frames) - 1) / 3) for i in range(4)})]
    above, below = figure.subfigures(2, 1, height_ratios=(1.2, 1))
    for ax, frame in zip(above.subplots(1, 4, squeeze=False)[0], chosen, strict=False):
        _draw_frame(ax, frame)
    for ax in above.axes[len(chosen) :]:
        ax.set_axis_off()
    _draw_curves(below.subplots(1, 2), looker)
    return rendered(figure)


def _draw_frame(ax, frame):
    data = frame["data"]
    reach = (-data["reach"], data["reach"])
    ticks = np.linspace(*reach, FIELD_SIZE)
    field = _array(frame["field"]).reshape(FIELD_SIZE, FIELD_SIZE) / frame["field_scale"]
    ax.contourf(ticks, ticks, 1 / (1 + np.exp(-np.clip(field, -30, 30))), np.linspace(0, 1, 11), cmap=FIELD)
    for points, colour, marker in ((data["points"], REAL, "o"), (frame["fake"], FAKE, "X")):
        ax.scatter(*_array(points).reshape(-1, 2).T, s=6, c=colour, marker=marker, lw=0.2, ec="white")
    ax.set(aspect="equal", xlim=reach, ylim=reach, xticks=[], yticks=[])
    ax.set_title(f"step {frame['step']:,}", fontsize=9)


def _draw_curves(axes, looker):
    steps, found = looker.game.history.curves()
    lines = [
        (0, found["d_loss"], DISCRIMINATOR, "-", "D's loss"),
        (0, found["g_loss"], GENERATOR, "--", "G's loss"),
        (1, found["jsd"] / math.log(2), DISCRIMINATOR, "-", "JS divergence / log 2"),
        (1, found["covered"] / found["total"], REAL, "--", "share of modes covered"),
        (1, found["good"], FAKE, ":", "share of good samples"),
    ]
    for where, values, colour, dash, label in lines:
        known = np.isfinite(values)
        axes[where].plot(steps[known], values[known], dash, color=colour, label=label)
    axes[1].set_ylim(-0.05, 1.05)
    for ax in axes:
        ax.set_xlabel("step", fontsize=8)
        ax.tick_params(labelsize=8)
        ax.legend(fontsize=7)
        ax.grid(alpha=0.3)


def _state(finding):
    """Return a finding as the page shows it: a state, and a text that names the disease where the state does not."""
    state = STATES.get(finding.disease, finding.disease)
    return {"state": state, "text": str(finding) if state == "D wins" else finding.remedy}


def _last(curve):
    known = curve[np.isfinite(curve)]
    return float(known[-1]) if len(known) else None


def _bytes(values):
    return values.detach().contiguous().numpy().astype("<f4", copy=False).tobytes()


def _array(values):
    return np.frombuffer(values, "<f4")
