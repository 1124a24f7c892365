"""The player: films, which are pictures over time, to play, stop and go through by hand."""

import warnings
from base64 import b64encode
from pathlib import Path

import anywidget
import traitlets

from ..checks import as_tensor, check_images, range_doubt, whole
from ..plots import tiled
from .still import StillBox, png

STRIP = 8  # frames in the still picture
RATE = 8  # frames a second


class _Page(anywidget.AnyWidget):
    """The player in the page, which plays by itself: see player.js."""

    _esm = Path(__file__).parent / "player.js"
    frames = traitlets.List(traitlets.Unicode()).tag(sync=True)  # data URIs of PNG files
    rate = traitlets.Int(RATE).tag(sync=True)
    width = traitlets.Int().tag(sync=True)  # of the picture, in CSS pixels
    name = traitlets.Unicode().tag(sync=True)


class Player(StillBox):
    """Films side by side, with Play and a slider for the time; both go on without a kernel.

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
        frames = [tiled(frame, columns, 1) for frame in self._films.unbind(1)]
        uris = [f"data:image/png;base64,{b64encode(png(frame)).decode()}" for frame in frames]
        self.page = _Page(frames=uris, width=scale * frames[0].width, name=self.caption())
        super().__init__([self.page])

    def still(self):
        times = [round(i * (len(self.page.frames) - 1) / (STRIP - 1)) for i in range(STRIP)]
        films = self._films[: 4 if len(self._films) <= 4 else 1, sorted({*times})]
        return tiled(films.flatten(0, 1), columns=films.shape[1]).convert("RGB")

    def caption(self):
        count, frames = self._films.shape[:2]
        return f"Player: {count} film{'s' if count > 1 else ''} of {frames} frames, to play and to go through by hand."
