"""The chart of a loss board: the curves of losses and logits, redrawn several times a second."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..plots import DISCRIMINATOR, FAKE, GENERATOR, REAL
from .still import picture_of

LINES = {
    "d_loss": (0, DISCRIMINATOR, "-", "D's loss"),
    "g_loss": (0, GENERATOR, "--", "G's loss"),
    "d_real": (1, REAL, "-", "on real"),
    "d_fake": (1, FAKE, "--", "on generated"),
}
BELOW_LEGEND = 0.75  # the share of the height that the curves may use; the legend lies at the top


class Chart:
    """Two Axes whose curves are redrawn over a kept background: a whole redraw only when a range grows."""

    def __init__(self, steps, bins):
        self._figure = Figure(figsize=(6.4, 2.5), layout="constrained")
        self._canvas = FigureCanvasAgg(self._figure)
        self._axes = self._figure.subplots(1, 2)
        for ax, title, label in zip(
            self._axes, ("Losses", "D's mean output (logit)"), ("loss", "logit, high is real"), strict=True
        ):
            ax.set(title=title, xlabel="step", ylabel=label, xlim=(0, steps), ylim=(-0.1, 0.1))
            ax.grid(alpha=0.3)
        x = (np.arange(bins) + 0.5) * steps / bins
        self._lines = {}
        for name, (where, colour, dash, label) in LINES.items():
            (self._lines[name],) = self._axes[where].plot(
                x, np.full(bins, np.nan), dash, color=colour, label=label, animated=True
            )
        for ax in self._axes:
            ax.legend(loc="upper right", fontsize="small")
        self._background = None

    def draw(self, curves):
        """Return the chart with `curves`, a dict of (bins,) arrays with NaN where nothing is known, as a PIL image."""
        for name, values in curves.items():
            self._lines[name].set_ydata(values)
        grown = [self._grow(ax) for ax in self._axes]
        if self._background is None or any(grown):
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self._figure.bbox)
        self._canvas.restore_region(self._background)
        for line in self._lines.values():
            line.axes.draw_artist(line)
        return picture_of(self._canvas)

    def _grow(self, ax):
        """Widen the y range of `ax`, with room to spare, where a curve leaves its part; tell whether it was so."""
        values = np.concatenate([line.get_ydata() for line in ax.lines if line in self._lines.values()])
        values = values[np.isfinite(values)]
        low, high = ax.get_ylim()
        if not len(values) or (values.min() >= low and values.max() <= low + BELOW_LEGEND * (high - low)):
            return False
        if values.min() < low:
            low = values.min() - 0.2 * (max(high, values.max()) - values.min())
        if values.max() > low + BELOW_LEGEND * (high - low):
            high = low + (values.max() - low) / (BELOW_LEGEND - 0.1)
        ax.set_ylim(low, high)
        return True
