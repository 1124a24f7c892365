"""Explorers: any figure, or grid of images, that depends on a few values, with a slider or a menu for each of them."""

import html
import threading
from numbers import Integral, Real

import ipywidgets
import torch
from matplotlib.figure import Figure

from ..checks import check_images, whole
from ..plots import tiled
from .still import Picture, StillBox, png, rendered


class _Explorer(StillBox):
    """Sliders over a picture, which a subclass makes in ``_picture(values)``, with the line of text below it."""

    def __init__(self, sliders):
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
            try:
                self._draw()
            except Exception as error:  # in a callback it would be lost in the server's log
                self._readout.value = f"<code>{html.escape(f'{type(error).__name__}: {error}')}</code>"

    def _draw(self):
        values = {name: slider.value for name, slider in self.sliders.items()}
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            self._still, text = self._picture(values)
        self._image.value = png(self._still)
        self._image.tooltip = text or self.caption()  # an Image's name for those who do not see it
        self._readout.value = f"<code>{html.escape(text or '')}</code>"

    def still(self):
        return self._still

    def _names(self):
        return ", ".join(name.replace("_", " ") for name in self.sliders)


class FigureExplorer(_Explorer):
    """A figure with sliders: ``draw(figure, **values)`` draws it anew whenever a slider moves.

    `draw`: gets an empty matplotlib Figure, and each slider's value by its name; returns the line of text to show
    below, or nothing. It runs without gradients and leaves torch's random state alone; where it raises, once the
    first figure is there, the figure stays and the error shows below. `size`: width and height in inches.
    `sliders`: by name, ``(low, high, step, start)``, of whole numbers alone where `draw` is to get an int, or a list of
    values, where the last is the start; a list of texts, such as classes, is a menu to pick from. Raises ValueError for
    a slider that can not be.
    """

    def __init__(self, draw, size=(7, 3), **sliders):
        self._draw_on, self._size = draw, size
        super().__init__(sliders)

    def _picture(self, values):
        figure = Figure(figsize=self._size, layout="constrained")
        text = self._draw_on(figure, **values)
        _must_be_text(text, "draw must return the line of text to show below, or nothing")
        return rendered(figure), text

    def caption(self):
        return f"Figure explorer: a figure that is drawn anew by sliders for {self._names()}."


class ImageExplorer(_Explorer):
    """A grid of images with sliders: ``draw(**values)`` makes them anew whenever a slider moves.

    Faster than a figure, for what has to follow the hand. `draw` gets each slider's value by its name and returns
    images (N, C, H, W) in [-1, 1], C = 1 or 3, or a pair of them and the line of text to show below; random state,
    errors and `sliders` are as for `FigureExplorer`. `columns` and `scale`: images in a row, and how many pixels of the
    screen a pixel becomes. Raises ValueError for what are no images.
    """

    def __init__(self, draw, columns=8, scale=4, **sliders):
        self._make, self._columns, self._scale = draw, whole(columns, "columns"), whole(scale, "scale")
        super().__init__(sliders)

    def _picture(self, values):
        made = self._make(**values)
        images, text = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
        _must_be_text(text, "draw must return images, or a pair of images and the line of text to show below")
        return tiled(check_images(images, "the images of draw"), self._columns, self._scale, gap=self._scale), text

    def caption(self):
        return f"Image explorer: images that are made anew by sliders for {self._names()}."


def _must_be_text(text, wanted):
    if text is not None and not isinstance(text, str):
        raise TypeError(f"{wanted}, not {text!r:.80}")


def _slider(name, values):
    wide = {
        "style": {"description_width": "140px"},
        "layout": {"width": "480px"},
        "description": name.replace("_", " "),
        "tooltip": name.replace("_", " "),
    }
    if isinstance(values, list):
        if not values:
            raise ValueError(f"the slider {name} has an empty list of values")
        kind = ipywidgets.Dropdown if all(isinstance(value, str) for value in values) else ipywidgets.SelectionSlider
        return kind(options=values, value=values[-1], **wide)
    if not isinstance(values, tuple) or len(values) != 4 or not all(isinstance(value, Real) for value in values):
        raise ValueError(f"the slider {name} must be (low, high, step, start) or a list of values, not {values!r}")
    low, high, step, start = values
    if not (low < high and step > 0 and low <= start <= high):
        raise ValueError(f"the slider {name} needs low < high, a step above 0 and a start between, not {values}")
    counts = all(isinstance(value, Integral) for value in values)  # NumPy's too
    kind, number = (ipywidgets.IntSlider, int) if counts else (ipywidgets.FloatSlider, float)
    return kind(value=number(start), min=number(low), max=number(high), step=number(step), **wide)
