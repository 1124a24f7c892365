"""How 2-D points spread over a mixture's modes, and how far apart two sets of points are."""

import math
from typing import NamedTuple

import torch

from ..checks import check_points, whole


class Modes(NamedTuple):
    """How samples spread over a mixture's modes."""

    covered: int  #: modes with at least one high-quality sample in a hundred of their fair share
    total: int
    high_quality: float  #: share of samples within 3σ of some centre
    reverse_kl: float  #: KL(samples' modes ‖ uniform) in nats; 0 is even, log(total) one mode alone


def modes(points, mixture):
    """Tell how `points` (N, 2) spread over the modes of a `gan_lessons.data.Mixture`; a `Modes`.

    A point counts for its nearest centre, and is of high quality within 3σ of it. A mode is covered by at
    least max(1, N / (100 K)) of its high-quality points. Raises ValueError for another shape, no points, or NaN.
    """
    if not hasattr(mixture, "centres") or not hasattr(mixture, "std"):
        raise TypeError(f"mixture must be a Mixture(centres, std), not {type(mixture).__name__}")
    points = check_points(points)
    distances, nearest = torch.cdist(points, mixture.centres.to(points)).min(1)
    good = distances <= 3 * mixture.std
    total = len(mixture.centres)
    counts = torch.bincount(nearest[good], minlength=total)
    shares = torch.bincount(nearest, minlength=total).double() / len(points)
    return Modes(
        covered=int((counts >= max(1, len(points) / (100 * total))).sum()),
        total=total,
        high_quality=good.double().mean().item(),
        reverse_kl=float(torch.xlogy(shares, shares).sum() + math.log(total)),
    )


def js_divergence(a, b, reach=3.0, cells=30):
    """Return the Jensen-Shannon divergence of two point sets (N, 2) and (M, 2), counted on a grid; 0 to log 2 nats.

    The square from -`reach` to `reach` is cut into `cells`² equal cells; a point outside counts in the nearest one.
    Finite samples of one distribution are some hundredths apart: compare values of equal N and M alone. Raises
    ValueError for another shape, no points, or NaN.
    """
    a, b, cells = check_points(a, "a"), check_points(b, "b"), whole(cells, "cells")
    if not reach > 0:
        raise ValueError(f"reach must be above 0, not {reach}")

    def shares(points):
        index = ((points + reach) * (cells / (2 * reach))).clamp(0, cells - 1).long()
        counts = torch.bincount(index[:, 0] * cells + index[:, 1], minlength=cells**2)
        return counts.cpu().double() / len(points)

    p, q = shares(a), shares(b)
    m = (p + q) / 2
    entropy = -torch.xlogy(torch.stack([m, p, q]), torch.stack([m, p, q])).sum(1)
    return float(entropy[0] - (entropy[1] + entropy[2]) / 2)
