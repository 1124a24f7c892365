"""Shapes of voxels: how full they are, which known shape is nearest, what hangs loose, whether left is like right.

All take voxels (N, 1, D, H, W): truth values, or floats in [0, 1], of which those above a threshold are occupied.
Raises ValueError for other shapes, dtypes and values.
"""

from typing import NamedTuple

import torch

from ..checks import check_voxels

THRESHOLD = 0.5


class Overlap(NamedTuple):
    """For each shape its intersection over union with the nearest other one, and that one's number; both (N,)."""

    iou: torch.Tensor
    nearest: torch.Tensor


def occupied(voxels, threshold=THRESHOLD):
    """Return the share of each shape's voxels that are occupied, (N,)."""
    return _cut(voxels, threshold).flatten(1).float().mean(1)


def iou(voxels, others, threshold=THRESHOLD):
    """Return the intersection over union of each shape with each of `others`, (N, M).

    1 where two are the same, voxel by voxel; 0 where they share no voxel, as with a shape without voxels. Raises
    ValueError where the two differ in size.
    """
    ours, theirs = _cut(voxels, threshold), _cut(others, threshold, "others")
    if ours.shape[1:] != theirs.shape[1:]:
        raise ValueError(f"voxels {tuple(ours.shape)} and others {tuple(theirs.shape)} must be of the same size")
    ours, theirs = ours.flatten(1).float(), theirs.flatten(1).float()  # counts below 2^24 are exact in them
    both = ours @ theirs.T
    return _share(both, ours.sum(1)[:, None] + theirs.sum(1) - both)


def nearest_iou(voxels, others, threshold=THRESHOLD):
    """Return for each shape the largest `iou` with one of `others`, and which it is; an `Overlap`.

    The first is named where several are as near. Raises as `iou` does.
    """
    return Overlap(*iou(voxels, others, threshold).max(1))


def loose_parts(voxels, threshold=THRESHOLD):
    """Return which share of each shape's occupied voxels is not joined to its largest part, (N,).

    Voxels are joined where they share a face. 0 for a shape of one part, and for one without voxels.
    """
    from scipy.ndimage import label

    shares = []
    for shape in _cut(voxels, threshold)[:, 0].numpy():
        parts, _ = label(shape)
        sizes = torch.from_numpy(parts).flatten().long().bincount()[1:]
        shares.append(1 - float(sizes.max() / sizes.sum()) if len(sizes) else 0.0)
    return torch.tensor(shares)


def symmetry(voxels, threshold=THRESHOLD):
    """Return the intersection over union of each shape with its mirror image, left for right, (N,).

    1 for a shape whose sides are the same, 0 for one without voxels.
    """
    shapes = _cut(voxels, threshold)
    mirrored = shapes.flip(-1)
    return _share((shapes & mirrored).flatten(1).sum(1), (shapes | mirrored).flatten(1).sum(1))


def _share(part, whole):
    return part / whole.clamp(min=1)  # nothing of nothing is 0


def _cut(voxels, threshold, name="voxels"):
    voxels = check_voxels(voxels, name)
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1, not {threshold}")
    return voxels if voxels.dtype == torch.bool else voxels > threshold
