"""The voxel viewer: shapes to turn by hand, with a slider for the threshold above which a voxel is occupied."""

from pathlib import Path

import anywidget
import traitlets
from matplotlib.figure import Figure

from ..checks import check_voxels
from ..plots import show_shapes
from .still import StillBox, rendered

HERE = Path(__file__).parent
MOST = 8  # shapes in the still picture


class _Page(anywidget.AnyWidget):
    """The viewer in the page, which paints and turns the shapes by itself: see voxels.js."""

    _esm = HERE / "voxels.js"
    _css = HERE / "voxels.css"
    voxels = traitlets.Bytes().tag(sync=True)  # float32, of the shape that `size` tells
    size = traitlets.List().tag(sync=True)  # N, D, H, W
    names = traitlets.List().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    threshold = traitlets.Float().tag(sync=True)
    start = traitlets.Float().tag(sync=True)  # the threshold to which Reset goes back


class VoxelViewer(StillBox):
    """One of several shapes, to turn by dragging or with keys and buttons; which one, and at what threshold.

    `voxels`: (N, 1, D, H, W), truth values or floats in [0, 1]: slices from front to back, their rows from top to
    bottom, their columns from left to right. `names`: a text for each, such as "real" or "made". `threshold`: from 0
    to 1; what is above it is occupied. Beside the shape stands a histogram of its values, with counts on a logarithmic
    scale. The still picture has the first eight shapes. Raises ValueError for other shapes, dtypes and values.
    """

    def __init__(self, voxels, names=None, threshold=0.5):
        self._voxels = check_voxels(voxels).float()
        count, _, *size = self._voxels.shape
        names = [""] * count if names is None else [str(name) for name in names]
        if len(names) != count:
            raise ValueError(f"{len(names)} names for {count} shapes")
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold must be from 0 to 1, not {threshold}")
        at = {"threshold": float(threshold), "start": float(threshold)}
        self.page = _Page(voxels=self._voxels.numpy().tobytes(), size=[count, *size], names=names, **at)
        super().__init__([self.page])

    def still(self):
        figure = Figure(figsize=(1.2 * min(MOST, max(3, len(self._voxels))), 1.5), layout="constrained")
        show_shapes(figure.subplots(), self._voxels[:MOST], MOST, self.page.threshold)
        return rendered(figure)

    def caption(self):
        count = len(self._voxels)
        return f"Voxel viewer: {count} shape{'s' if count > 1 else ''} to turn by hand, and a slider for the threshold."
