"""Shapes: measured on cubes that can be counted by hand, and against scipy, scikit-learn and numpy."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN

from gan_lessons import metrics
from gan_lessons.data import shapes


def cubes(*corners, side=4, size=16):
    """Return one shape (1, 1, size, size, size), with a cube of `side` at each corner (slice, row, column)."""
    shape = torch.zeros(1, 1, size, size, size, dtype=torch.bool)
    for z, y, x in corners:
        shape[0, 0, z : z + side, y : y + side, x : x + side] = True
    return shape


def chair():
    """Return a chair of 8×8 voxels with a back of 8 rows and four legs of 4: 64 + 64 + 16 = 144 voxels."""
    shape = torch.zeros(1, 1, 16, 16, 16, dtype=torch.bool)
    shape[0, 0, 4:12, 11, 4:12] = True
    shape[0, 0, 11, 3:11, 4:12] = True
    for z in (4, 11):
        for x in (4, 11):
            shape[0, 0, z, 12:, x] = True
    return shape


EMPTY = torch.zeros(1, 1, 16, 16, 16, dtype=torch.bool)
RANDOM = torch.rand(30, 1, 5, 6, 7, generator=torch.Generator().manual_seed(0))


def test_occupied_counts_voxels():
    found = metrics.occupied(torch.cat([cubes((0, 0, 0)), cubes((0, 0, 0), (8, 8, 8)), chair(), EMPTY, ~EMPTY]))
    assert (found * 4096).tolist() == [64, 128, 144, 0, 4096]


def test_floats_are_occupied_above_the_threshold():
    voxels = torch.tensor([0.0, 0.3, 0.5, 0.500001, 0.9, 1.0, 1.0, 1.0]).view(1, 1, 2, 2, 2)
    assert metrics.THRESHOLD == 0.5
    for threshold, count in ((None, 5), (0.2, 7), (0.95, 3), (0.0, 7), (1.0, 0)):
        settings = {} if threshold is None else {"threshold": threshold}
        assert metrics.occupied(voxels, **settings).item() * 8 == count
    other = torch.zeros(1, 1, 2, 2, 2)
    other[0, 0, 1] = 0.7
    assert metrics.nearest_iou(voxels, other).iou.item() == pytest.approx(4 / 5)
    assert metrics.nearest_iou(voxels, other, threshold=0.2).iou.item() == pytest.approx(4 / 7)
    assert metrics.nearest_iou(voxels, other, threshold=0.8).iou.item() == 0


def test_a_cube_and_the_same_one_shifted():
    others = torch.cat([cubes((4, 4, 6)), cubes((4, 4, 5)), cubes((9, 9, 9)), cubes((4, 4, 5))])
    iou, nearest = metrics.nearest_iou(torch.cat([cubes((4, 4, 4)), cubes((9, 9, 9)), cubes((0, 0, 0)), EMPTY]), others)
    assert iou.tolist() == pytest.approx([48 / 80, 1, 0, 0])  # a shift by one leaves three of four layers
    assert nearest[:2].tolist() == [1, 2]


def test_iou_is_one_minus_scipys_jaccard_distance():
    ours, theirs = RANDOM[:12], RANDOM[12:]
    flat = [(part > 0.5).flatten(1).numpy() for part in (ours, theirs)]
    expected = 1 - cdist(*flat, metric="jaccard")
    iou, nearest = metrics.nearest_iou(ours, theirs)
    np.testing.assert_allclose(iou, expected.max(1), rtol=1e-6)
    np.testing.assert_array_equal(nearest, expected.argmax(1))


def test_two_cubes_apart_and_a_chair_with_a_voxel_in_the_air():
    floating = chair()
    floating[0, 0, 0, 0, 0] = True
    corner = cubes((4, 4, 4), (8, 8, 8))  # the two share a corner alone
    edge = cubes((4, 4, 4), (8, 8, 4))
    face = cubes((4, 4, 4), (8, 4, 4))
    found = metrics.loose_parts(torch.cat([chair(), floating, corner, edge, face, EMPTY, ~EMPTY]))
    assert found.tolist() == pytest.approx([0, 1 / 145, 0.5, 0.5, 0, 0, 0])


def test_loose_parts_are_those_of_another_library():
    """DBSCAN of the voxels' places with a reach of 1 joins those that share a face."""
    expected = []
    for shape in (RANDOM > 0.7)[:, 0].numpy():
        labels = DBSCAN(eps=1.01, min_samples=1).fit_predict(np.argwhere(shape))
        expected.append(1 - np.bincount(labels).max() / len(labels))
    np.testing.assert_allclose(metrics.loose_parts(RANDOM, threshold=0.7), expected, rtol=1e-5)
    assert max(expected) > 0.5


def test_symmetry_is_left_for_right_alone():
    lame = chair()
    lame[0, 0, 4, 12:, 4] = False  # a front leg: its four voxels are alone on the other side
    found = metrics.symmetry(torch.cat([chair(), lame, cubes((0, 0, 0)), cubes((0, 3, 6)), EMPTY]))
    assert found.tolist() == pytest.approx([1, 136 / 144, 0, 1, 0])
    flat = (RANDOM > 0.5).numpy()
    mirrored = flat[..., ::-1]
    expected = (flat & mirrored).sum((1, 2, 3, 4)) / (flat | mirrored).sum((1, 2, 3, 4))
    np.testing.assert_allclose(metrics.symmetry(RANDOM), expected, rtol=1e-6)


def test_arrays_will_do():
    assert metrics.occupied(chair().numpy()).item() == pytest.approx(144 / 4096)
    assert metrics.symmetry(chair().double().numpy()).item() == 1


def test_real_chairs_are_whole_and_held_out_ones_are_no_copies():
    train, held_out = shapes(), shapes(train=False)
    assert 0.12 < metrics.occupied(train.voxels).mean() < 0.16
    assert metrics.loose_parts(train.voxels).mean() < 0.002
    assert metrics.symmetry(train.voxels).mean() > 0.9
    assert metrics.nearest_iou(train.voxels, train.voxels).iou.min() == 1
    novel = metrics.nearest_iou(held_out.voxels, train.voxels).iou
    assert 0.4 < novel.mean() < 0.65 and novel.max() < 0.95


BAD = torch.rand(2, 1, 4, 4, 4)


@pytest.mark.parametrize(
    ("voxels", "match"),
    [
        (BAD[:, 0], r"voxels must be \(N, 1, D, H, W\), not \(2, 4, 4, 4\); voxels\[:, None\] adds their channel"),
        (BAD[0, 0], r"not \(4, 4, 4\); voxels\[None, None\] makes a batch of one shape"),
        (BAD.expand(2, 3, 4, 4, 4), r"not \(2, 3, 4, 4, 4\); give one batch"),
        (BAD[:0], r"not \(0, 1, 4, 4, 4\)"),
        (
            2 * BAD - 1,
            r"voxels reach from -.* beyond \[0, 1\]; end G in a sigmoid, or after a tanh .*\(voxels \+ 1\) / 2",
        ),
        (BAD.mul(255).byte(), r"truth values or floats in \[0, 1\], not torch.uint8"),
        (torch.where(BAD == BAD.max(), torch.nan, BAD), "1 of 2 voxels are NaN or infinite"),
        (None, "voxels must be one tensor or array"),
    ],
)
def test_other_voxels_are_refused(voxels, match):
    for measure in (metrics.occupied, metrics.loose_parts, metrics.symmetry):
        with pytest.raises(ValueError, match=match):
            measure(voxels)
    with pytest.raises(ValueError, match=match.replace("voxels", "others")):
        metrics.nearest_iou(BAD, voxels)


def test_sizes_and_thresholds_that_can_not_be_are_refused():
    with pytest.raises(
        ValueError, match=r"voxels \(2, 1, 4, 4, 4\) and others \(1, 1, 16, 16, 16\) must be of the same"
    ):
        metrics.nearest_iou(BAD, chair())
    for threshold in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="threshold must be from 0 to 1, not"):
            metrics.occupied(BAD, threshold)
