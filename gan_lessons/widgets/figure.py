"""The figure explorer: any figure that depends on a few numbers, with a slider for each of them."""

import html
import threading

import ipywidgets
import torch
from matplotlib.figure import Figure

from .still import Picture, StillBox, png, rendered


class FigureExplorer(StillBox):
    """A figure with sliders: ``draw(figure, **values)`` draws it anew whenever a slider moves.

    `draw`: gets an empty matplotlib Figure, and each slider's value by its name; returns the line of text to show
    below. It runs without gradients and leaves torch's random state alone. `size`: width and height in inches.
    `sliders`: by name, ``(low, high, step, start)``, or a list of values, where the last is the start.
    """

    def __init__(self, draw, size=(7, 3), **sliders):
        self._draw_on, self._size = draw, size
        self._lock = threading.Lock()
        self.sliders = {name: _slider(name, values) for name, values in sliders.items()}
        self._image = Picture(format="png", layout={"align_self": "flex-start"})  # not stretched to the cell
        self._readout = ipywidgets.HTML()
        for slider in self.sliders.values():
            slider.observe(self._changed, "value")
        super().__init__([*self.sliders.values(), self._image, self._readout])
        self._draw()

    def _changed(self, change):
        with self._lock:
            self._draw()

    def _draw(self):
        figure = Figure(figsize=self._size, layout="constrained")
        values = {name: slider.value for name, slider in self.sliders.items()}
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            text = self._draw_on(figure, **values)
        self._still = rendered(figure)
        self._image.value = png(self._still)
        self._image.tooltip = text or self.caption()  # an Image's name for those who do not see it
        self._readout.value = f"<code>{html.escape(text or '')}</code>"

    def still(self):
        return self._still

    def caption(self):
        names = ", ".join(name.replace("_", " ") for name in self.sliders)
        return f"Figure explorer: a figure that is drawn anew by sliders for {names}."


def _slider(name, values):
    wide = {
        "style": {"description_width": "140px"},
        "layout": {"width": "480px"},
        "description": name.replace("_", " "),
        "tooltip": name.replace("_", " "),
    }
    if isinstance(values, list):
        return ipywidgets.SelectionSlider(options=values, value=values[-1], **wide)
    low, high, step, start = values
    kind = ipywidgets.IntSlider if all(isinstance(value, int) for value in values) else ipywidgets.FloatSlider
    return kind(value=start, min=low, max=high, step=step, **wide)
