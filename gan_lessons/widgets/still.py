"""What the widgets share: PNG bytes, and the picture that a reader without a kernel sees."""

import struct
import zlib
from base64 import b64encode
from pathlib import Path

import ipywidgets
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

STORED = (Path(__file__).parent / "stored.js").read_text()  # the page's part of `store`


def png(image):
    """Return a grey or RGB PIL image as PNG bytes.

    Rows are left unfiltered, which takes less than half the time of Pillow's encoder: that one tries every filter
    on every row, and a live picture is encoded five times a second.
    """
    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + pixels[0].size), dtype=np.uint8)  # each row begins with 0: no filter
    rows[:, 1:] = pixels.reshape(height, -1)
    colour = 2 if pixels.ndim == 3 else 0
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def rendered(figure):
    """Return a matplotlib Figure, made without pyplot, as an RGB PIL image."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return picture_of(canvas)


def picture_of(canvas):
    """Return what is drawn on an Agg canvas as an RGB PIL image."""
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")


class Picture(ipywidgets.Image):
    """An image of PNG bytes whose `tooltip` is its name, for those who do not see it.

    An ipywidgets Image has no alternative text; its tooltip becomes the title of the picture, which serves as one.
    But its view fails over a tooltip unless there is a description too, if only an empty one.
    """

    description = traitlets.Unicode("").tag(sync=True)


class StillBox(ipywidgets.VBox):
    """A box of widgets that carries a still picture and a caption wherever its live view can not be shown."""

    def still(self):
        """Return the present picture as a PIL image."""
        raise NotImplementedError

    def caption(self):
        """Return one line of text that stays the same from run to run."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        return super()._repr_mimebundle_(**kwargs) | {
            "image/png": png(self.still()),
            "text/plain": self.caption(),
        }


def store(widget, handles, keeper):
    """Put a widget's present still picture into its notebook: by its display handles, and by the page, if there is one.

    `keeper`: the widget with the trait ``stored``. Without a page, as in nbclient, the handles do it. After a page was
    loaded anew they do nothing any more.
    """
    bundle = widget._repr_mimebundle_()
    for handle in handles:
        handle.update(bundle, raw=True)
    data = {"image/png": b64encode(bundle["image/png"]).decode(), "text/plain": bundle["text/plain"]}
    keeper.stored = {"id": widget.model_id, "data": data}
