"""What the widgets share: PNG bytes, and the picture that a reader without a kernel sees."""

import io

import ipywidgets


def png(image):
    """Return a PIL image as PNG bytes, encoded for speed."""
    buffer = io.BytesIO()
    image.save(buffer, "png", compress_level=1)
    return buffer.getvalue()


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
