"""Measures by nearest neighbours among features: density, coverage, two-sample test, distance to the training set."""

from typing import NamedTuple

import torch

from ..checks import whole
from .distances import _pair

ROWS = 1_000  # of a table of distances, computed at a time: 10,000 columns of floats are then 40 MB


def density_coverage(fake, real, neighbours=5):
    """Return (density, coverage) of features (N, F): how many real neighbourhoods hold a fake, and which share of them.

    The neighbourhood of a real sample reaches to its `neighbours`-th nearest real one. Density counts for each fake the
    neighbourhoods that it lies in, divided by `neighbours`: about 1 for real samples, and it can be above. Coverage, in
    [0, 1], is the share of neighbourhoods with a fake in them; it depends on the number of fakes: compare equal
    numbers. Naeem et al. 2020, section 3. Raises ValueError for no more real samples than `neighbours`.
    """
    fake, real = _pair(fake, real)
    neighbours = whole(neighbours, "neighbours")
    if len(real) <= neighbours:
        raise ValueError(f"{len(real)} real samples are too few for the {neighbours} nearest neighbours of each")
    inside, covered = 0, 0
    for start in range(0, len(real), ROWS):
        part = real[start : start + ROWS]
        to_real = _without_itself(torch.cdist(part, real), start)
        near = torch.cdist(part, fake) <= to_real.topk(neighbours, largest=False).values[:, -1:]
        inside += int(near.sum())
        covered += int(near.any(1).sum())
    return inside / (neighbours * len(fake)), covered / len(real)


class TwoSample(NamedTuple):
    """How often a sample's nearest neighbour is of its own kind: ½ where the two sets can not be told apart."""

    accuracy: float  #: the mean of the other two
    on_real: float  #: low where many fakes lie right beside real samples
    on_fake: float  #: high where fakes are alike


def two_sample_test(fake, real):
    """Return the accuracy of the leave-one-out nearest-neighbour classifier of features (N, F); a `TwoSample`.

    Each sample is called what its nearest neighbour among all others is; where a real and a fake one are equally near,
    it counts half. 1 where the two sets lie apart, ½ where they come from one distribution, and below where each
    fake lies at a real sample. Lopez-Paz and Oquab 2017; on real and on fake apart, Xu et al. 2018, section 2. Raises
    ValueError where the sets differ in number, since ½ means nothing then, and for fewer than 2.
    """
    fake, real = _pair(fake, real)
    if len(fake) != len(real) or len(real) < 2:
        raise ValueError(
            f"the two-sample test needs as many fake as real samples, 2 or more, not {len(fake)} and {len(real)}; "
            "take as many of the larger set as the smaller has"
        )
    on_real, on_fake = _share_of_own_kind(real, fake), _share_of_own_kind(fake, real)
    return TwoSample((on_real + on_fake) / 2, on_real, on_fake)


class TrainingDistance(NamedTuple):
    """How near samples lie to the training set, beside real images that were held out."""

    samples: float  #: median distance of a sample to its nearest training image
    held_out: float  #: the same of held-out real images: the baseline
    closer: float  #: share of samples nearer to it than 99 in 100 held-out images are: about 0.01 where none is copied


def distance_to_training(samples, training, held_out):
    """Compare distances of `samples` (N, F) to the nearest `training` features (M, F) with those of `held_out` (K, F).

    Returns a `TrainingDistance`. A thief who hands out a share s of training images is seen in ``closer``, about s, and
    only above one half in the median. Held-out images are real ones that were not trained on. The share of copies as
    in Meehan et al. 2020, who rank the same distances. Raises ValueError for fewer than 100 held-out ones.
    """
    samples, training = _pair(samples, training)
    held_out, training = _pair(held_out, training)
    if len(held_out) < 100:
        raise ValueError(
            f"{len(held_out)} held-out samples are too few to say where the nearest 1 in 100 lie; give 100 or more"
        )
    near, baseline = (_nearest(x.to(training), training) for x in (samples, held_out))
    bound = baseline.kthvalue(max(1, len(baseline) // 100)).values
    return TrainingDistance(float(near.median()), float(baseline.median()), float((near < bound).double().mean()))


def _share_of_own_kind(own, other):
    """Return the share of samples of `own` whose nearest neighbour is of `own` too; a tie counts half."""
    score = 0.0
    for start in range(0, len(own), ROWS):
        part = own[start : start + ROWS]
        to_own = _without_itself(torch.cdist(part, own), start).amin(1)
        to_other = torch.cdist(part, other).amin(1)
        score += float((to_own < to_other).sum() + 0.5 * (to_own == to_other).sum())
    return score / len(own)


def _without_itself(distances, start):
    """Return distances (R, N) of the samples from `start` on to all N, that of each to itself made infinite."""
    distances.diagonal(start).fill_(torch.inf)
    return distances


def _nearest(points, others):
    """Return the distance of each of `points` (N, F) to the nearest of `others`, exact where it is near zero too."""
    found = []
    for part in points.split(ROWS):
        nearest = torch.full((len(part),), torch.inf, dtype=part.dtype)
        where = torch.zeros(len(part), dtype=torch.long)
        for start in range(0, len(others), 10 * ROWS):
            distance, index = torch.cdist(part, others[start : start + 10 * ROWS]).min(1)
            closer = distance < nearest
            nearest[closer], where[closer] = distance[closer], index[closer] + start
        found.append((part - others[where]).norm(dim=1))  # cdist of many rows is off by some thousandths near zero
    return torch.cat(found)
