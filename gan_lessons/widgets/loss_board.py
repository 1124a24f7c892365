"""The loss board: both losses, D's outputs and samples, live while a loop trains in the foreground."""

import html
import math
import time
from itertools import islice
from numbers import Number
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import torch
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from ..checks import check_images, range_doubt, whole
from ..plots import tiled
from ..runtime import WholeSteps
from .chart import LINES, Chart
from .still import STORED, Picture, StillBox, png, rendered, store

HERE = Path(__file__).parent
BINS = 250  # points of a curve at most: each is the mean of its share of the steps


class _Page(anywidget.AnyWidget):
    """The board's part in the page, which shows nothing: see loss_board.js."""

    _esm = STORED + (HERE / "loss_board.js").read_text()
    stored = traitlets.Dict().tag(sync=True)
    trainings = traitlets.Int().tag(sync=True)  # begun under the eyes of the page


class LossBoard(StillBox):
    """Live curves of a run of `steps` steps, with samples.

    Loop over ``board.watch(iterator)``, which shows the board in the output of the cell that trains, and end the body
    with ``board.update(logs)``:

        board = LossBoard(3000)
        for logs in board.watch(adversarial_steps(batches, d_update, g_update)):
            board.update(logs)

    `sample`: a function without arguments that returns images (N, C, H, W) in [-1, 1], best from a fixed z, or a
    matplotlib Figure; it runs without gradients and leaves torch's random state alone; a network with BatchNorm
    belongs in eval mode.
    `every`: seconds between two redraws, more on a machine that needs more than a twentieth of its time for them.
    ``board.history`` holds the logs of all steps so far: dicts with ``d_loss``, ``g_loss``, ``d_real``, ``d_fake``.
    """

    def __init__(self, steps, sample=None, every=0.2):
        steps = whole(steps, "steps")
        if not every >= 0:
            raise ValueError(f"every must be 0 seconds or more, not {every}")
        self.history = []
        self._steps, self._sample, self._every, self._pause = steps, sample, every, every
        self._bins = min(BINS, steps)  # a bin without a step would be a gap in the curve
        self._sums, self._counts = np.zeros((2, len(LINES), self._bins))
        self._started = self._drawn = None
        self._end, self._doubts = "", {}  # how the loop ended, and what is odd about logs and samples, by kind
        self._before = 0
        self._handles = []
        self._chart = Chart(steps, self._bins)
        self._curves = Picture(format="png", tooltip=self.caption())
        self._grid = Picture(format="png", tooltip="Samples", layout={"align_self": "flex-start"})
        self._text = ipywidgets.HTML()
        self._page = _Page()
        shown = [self._curves] if sample is None else [self._curves, self._grid]  # an image without bytes looks broken
        pictures = ipywidgets.HBox(shown, layout={"flex_flow": "row wrap"})
        super().__init__([pictures, self._text, self._page])
        self.redraw()

    def update(self, logs):
        """Record the logs of one step, numbers by name, and redraw if it is time; tensors of one number become floats.

        Raises TypeError where `logs` is no dict, ValueError where a loss or a logit in it is no number.
        """
        step = len(self.history)
        logs = self._numbers(logs)
        self.history.append(logs)
        if self._started is None:  # the clock starts at the end of a first step, which so does not count
            self._started = self._drawn = time.perf_counter()
            self._before = len(self.history)
        where = min(step * self._bins // self._steps, self._bins - 1)
        for i, name in enumerate(LINES):
            if name in logs:
                self._sums[i, where] += logs[name]
                self._counts[i, where] += 1
        if len(self.history) == self._steps:
            self.finish()
        elif (due := time.perf_counter()) - self._drawn >= self._pause:
            self.redraw()
            self._drawn = time.perf_counter()
            # where a redraw takes long, the next one waits longer, up to a second: drawing stays below 5 % of the time
            self._pause = max(self._every, min(1.0, 19 * (self._drawn - due)))

    def watch(self, iterator):
        """Show the board here, and yield from `iterator` for the steps still to do; each body must end in ``update``.

        An interrupt waits for the end of the body, and a last picture is drawn however the loop ends; looping
        over ``watch`` again goes on from there. The board says so where the iterator ends too soon, where ``update``
        is not called once in each body, and where the run was finished before, so that the loop does nothing.
        """
        done, given, self._end = len(self.history), 0, ""
        if done >= self._steps:
            self._end = "finished before, so this loop trains nothing; make a new LossBoard to train again"
            self._write()
        if InteractiveShell.initialized():  # elsewhere there is no cell to show it in
            display(self)
            self._page.trainings += 1
        whole = WholeSteps()
        try:
            whole.begin()
            for item in islice(iterator, max(0, self._steps - done)):
                yield item
                given += 1
                if len(self.history) - done != given and not self._end:
                    self._end = "board.update(logs) must be called once in each body of the loop"
                    self._write()
                whole.begin()
            if done + given < self._steps and not self._end:
                self._end = f"ended after {len(self.history):,} of {self._steps:,} steps: the data ran out"
        finally:
            whole.end()
            if len(self.history) < self._steps:
                self.finish()

    def finish(self):
        """Draw the present state, also into the picture that stays in the notebook."""
        self.redraw()
        self._started = None
        store(self, self._handles, self._page)

    def redraw(self):
        """Draw the present state now."""
        with np.errstate(invalid="ignore"):
            means = self._sums / self._counts
        self._still_curves = self._chart.draw(dict(zip(LINES, means, strict=True)))
        self._curves.value = png(self._still_curves)
        self._still_grid = None
        if self._sample is not None:
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                drawn = self._sample()
            if isinstance(drawn, Figure):
                self._still_grid = rendered(drawn)
            else:
                images = check_images(drawn, "samples")
                self._doubts["samples"] = range_doubt(images, "samples")
                self._still_grid = tiled(images)
            self._grid.value = png(self._still_grid)
        self._write()

    def _write(self):
        notes = "".join(f"<br>{html.escape(note)}" for note in (self._end, *self._doubts.values()) if note)
        self._text.value = f"<code>{self._status()}{notes}</code>"

    def _numbers(self, logs):
        """Return `logs` with its tensors of one number as numbers, and note what is odd about it."""
        if not isinstance(logs, dict):
            raise TypeError(f"update needs the logs of one step, a dict such as {{'d_loss': 1.4}}, not {logs!r:.60}")
        logs = {name: _number(value) for name, value in logs.items()}
        for name in LINES:
            value = logs.get(name, 0.0)
            if not isinstance(value, Number):
                raise ValueError(f"{name!r} of the logs must be one number, such as a mean, not {value!r:.80}")
            if not math.isfinite(value) and "gap" not in self._doubts:
                self._doubts["gap"] = f"{name} is {value} at step {len(self.history) + 1:,}: a gap in its curve"
        if not LINES.keys() & logs.keys():
            self._doubts["names"] = f"no curves: the logs hold ({', '.join(map(str, logs))}), not {', '.join(LINES)}"
        return logs

    def _status(self):
        done = len(self.history)
        parts = [f"step {done:,} of {self._steps:,}"]
        if self._started is not None and done > self._before:
            speed = (done - self._before) / max(time.perf_counter() - self._started, 1e-9)
            parts += [f"{speed:,.0f} steps/s", f"{(self._steps - done) / speed:,.0f} s left"]
        if done:
            last = self.history[-1]
            parts += [
                f"{who}'s loss {last[name]:.3f}" for who, name in (("D", "d_loss"), ("G", "g_loss")) if name in last
            ]
        return " · ".join(parts)

    def still(self):
        if self._still_grid is None:
            return self._still_curves
        left, right = self._still_curves, self._still_grid.convert("RGB")
        both = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
        both.paste(left, (0, 0))
        both.paste(right, (left.width, 0))
        return both

    def caption(self):
        return (
            f"Loss board of {self._steps:,} steps: losses of D and G, D's mean output on real and on generated samples."
        )

    def _ipython_display_(self):
        self._handles.append(display(self._repr_mimebundle_(), raw=True, display_id=True))


def _number(value):
    """Return a tensor or array of one number as that number, a larger tensor without its graph, all else as it is."""
    if isinstance(value, torch.Tensor):
        value = value.detach()
    return value.item() if isinstance(value, (torch.Tensor, np.ndarray)) and math.prod(value.shape) == 1 else value
