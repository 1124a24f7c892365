"""The voxel viewer without a browser: what it hands to the page, and what stays of it in a notebook."""

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from gan_lessons.data import shapes
from gan_lessons.plots import show_shapes
from gan_lessons.widgets import VoxelViewer
from gan_lessons.widgets.still import rendered

VOXELS = torch.rand(3, 1, 4, 5, 6, generator=torch.Generator().manual_seed(0))


def test_the_page_gets_the_values_as_they_are():
    viewer = VoxelViewer(VOXELS, ["a", "b", "c"], threshold=0.3)
    state = viewer.page.get_state()
    assert state["size"] == [3, 4, 5, 6] and state["names"] == ["a", "b", "c"]
    assert (state["chosen"], state["threshold"], state["start"]) == (0, 0.3, 0.3)
    values = np.frombuffer(state["voxels"], dtype="<f4").reshape(3, 1, 4, 5, 6)
    np.testing.assert_array_equal(values, VOXELS)


def test_truth_values_and_arrays_are_shown_too():
    for voxels in (VOXELS > 0.5, (VOXELS > 0.5).numpy(), (VOXELS > 0.5).double()):
        state = VoxelViewer(voxels).page.get_state()
        np.testing.assert_array_equal(np.frombuffer(state["voxels"], "<f4"), (VOXELS > 0.5).float().flatten())
        assert state["names"] == ["", "", ""]


def drawn(voxels, threshold=0.5):
    figure = Figure(figsize=(1.2 * max(3, len(voxels)), 1.5), layout="constrained")
    show_shapes(figure.subplots(), voxels, threshold=threshold)
    return rendered(figure)


def test_the_still_picture_has_the_first_eight_shapes_at_the_present_threshold():
    many = shapes(stretched=False).voxels[:11].float() * 0.8
    viewer = VoxelViewer(many)
    assert viewer.still() == drawn(many[:8])
    viewer.page.threshold = 0.9
    assert viewer.still() == drawn(many[:8], 0.9) != drawn(many[:8])
    assert VoxelViewer(VOXELS[:1]).still() == drawn(VOXELS[:1])


def test_the_output_is_small_and_its_text_the_same_each_time():
    voxels = shapes("all").voxels[::9]
    viewer, other = VoxelViewer(voxels), VoxelViewer(voxels)
    bundle = viewer._repr_mimebundle_()
    assert bundle.keys() == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == viewer.model_id
    assert Image.open(io.BytesIO(bundle["image/png"])).convert("RGB") == viewer.still()
    assert len(bundle["image/png"]) < 80_000
    text = "Voxel viewer: 96 shapes to turn by hand, and a slider for the threshold."
    assert bundle["text/plain"] == text == other._repr_mimebundle_()["text/plain"]
    assert VoxelViewer(VOXELS[:1]).caption().startswith("Voxel viewer: 1 shape to turn")


@pytest.mark.parametrize(
    ("voxels", "settings", "match"),
    [
        (VOXELS[:, 0], {}, r"voxels must be \(N, 1, D, H, W\), not \(3, 4, 5, 6\)"),
        (2 * VOXELS - 1, {}, r"beyond \[0, 1\]; end G in a sigmoid"),
        (VOXELS * torch.nan, {}, "3 of 3 voxels are NaN"),
        (VOXELS, {"names": ["a"]}, "1 names for 3 shapes"),
        (VOXELS, {"threshold": 1.5}, "threshold must be from 0 to 1, not 1.5"),
    ],
)
def test_what_can_not_be_viewed_is_refused(voxels, settings, match):
    with pytest.raises(ValueError, match=match):
        VoxelViewer(voxels, **settings)
