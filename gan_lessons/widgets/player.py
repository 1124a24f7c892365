"""The player: films, which are pictures over time, to go through by hand."""

import warnings

import ipywidgets

from ..checks import as_tensor, check_images, range_doubt, whole
from ..plots import tiled
from .still import Picture, StillBox, png

STRIP = 8  # frames in the still picture


class Player(StillBox):
    """Films side by side, with a slider for the time: drag it, or hold an arrow key.

    `films`: (N, T, C, H, W) in [-1, 1], C = 1 or 3, or one film (T, C, H, W); T frames, 2 or more. `columns`: films in
    a row. `scale`: how wide a pixel is shown. Raises ValueError for other shapes, integers and numbers below 1. The
    still picture has frames of the first film, or of each where there are at most four.
    """

    def __init__(self, films, columns=8, scale=2):
        columns, scale = whole(columns, "columns"), whole(scale, "scale")
        films = as_tensor(films, "films", "(N, T, C, H, W)")
        shape = tuple(films.shape)
        if len(shape) not in (4, 5) or shape[-4] < 2 or 0 in shape:
            raise ValueError(f"films must be (N, T, C, H, W), or one (T, C, H, W), with T of 2 or more, not {shape}")
        self._films = films if len(shape) == 5 else films[None]
        if doubt := range_doubt(check_images(self._films.flatten(0, 1), "frames"), "frames"):
            warnings.warn(doubt, stacklevel=2)
        self._frames = [tiled(frame, columns, scale) for frame in self._films.unbind(1)]
        last = len(self._frames) - 1
        self.slider = ipywidgets.IntSlider(
            0, min=0, max=last, description="frame", tooltip="frame", layout={"width": "380px"}
        )
        self._image = Picture(format="png", tooltip=self.caption(), layout={"align_self": "flex-start"})
        self.slider.observe(lambda change: self._show(change.new), "value")
        super().__init__([self._image, self.slider])
        self._show(0)

    def _show(self, frame):
        self._image.value = png(self._frames[frame])

    def still(self):
        times = [round(i * (len(self._frames) - 1) / (STRIP - 1)) for i in range(STRIP)]
        films = self._films[: 4 if len(self._films) <= 4 else 1, sorted({*times})]
        return tiled(films.flatten(0, 1), columns=films.shape[1]).convert("RGB")

    def caption(self):
        count, frames = self._films.shape[:2]
        return f"Player: {count} film{'s' if count > 1 else ''} of {frames} frames, to go through by hand."
