"""How good and how varied samples are: FD, KID, precision and recall, mode coverage, nearest neighbours.

The features are the 64 penultimate ones of the course's own Fashion-MNIST classifier. FD is therefore not the
FID of papers, which uses Inception's features: compare FDs with each other alone.
"""

import math
from functools import cache
from typing import NamedTuple

import torch

from .checkpoints import load_weights
from .data import fashion_mnist, to_float
from .networks import Classifier
from .runtime import threads_for

SAMPLES = 10_000


class Quality(NamedTuple):
    """FD ≥ 0 and KID (both lower is better), precision and recall in [0, 1] (both higher is better)."""

    fd: float
    kid: float
    precision: float
    recall: float


def quality(images):
    """Score 10,000 images (10000, 1, 28, 28) in [-1, 1] against Fashion-MNIST's test split; a `Quality`.

    Raises ValueError for another number or shape: FD depends on the number of samples.
    """
    if images.shape != (SAMPLES, 1, 28, 28):
        raise ValueError(f"quality needs images ({SAMPLES}, 1, 28, 28), not {tuple(images.shape)}")
    return _compare(features(images), test_features())


@cache
def floor():
    """Return the `Quality` of 10,000 real training images against the test split: the best one can hope for."""
    train = fashion_mnist().images
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:SAMPLES]
    return _compare(features(to_float(train[chosen])), test_features())


def quality_table(**scores):
    """Return a text table of `Quality` rows by name, with the real-against-real floor as its last row."""
    rows = {name.replace("_", " "): score for name, score in scores.items()}
    rows["real training images (floor)"] = floor()
    width = max(map(len, rows))
    lines = [f"{'10,000 images against the test split':<{width}}      FD      KID  precision  recall"]
    for name, s in rows.items():
        lines.append(f"{name:<{width}}  {s.fd:6.2f}  {s.kid:7.4f}  {s.precision:9.2f}  {s.recall:6.2f}")
    return "\n".join(lines)


@cache
def classifier():
    """Return the course's trained Fashion-MNIST classifier, in eval mode, its weights frozen."""
    return load_weights(Classifier(), "classifier").requires_grad_(False)


def features(images):
    """Return the classifier's 64 features of images (N, 1, 28, 28) in [-1, 1], as (N, 64)."""
    with torch.no_grad(), threads_for(classifier()):
        return torch.cat([classifier().features(part) for part in images.split(200)])


def predicted_classes(images):
    """Return the classifier's class of each image, (N,), and its confidence in it, (N,) in [0, 1]."""
    with torch.no_grad(), threads_for(classifier()):
        chances = torch.cat([classifier()(part).softmax(1) for part in images.split(200)])
    confidence, chosen = chances.max(1)
    return chosen, confidence


@cache
def test_features():
    """Return the features of Fashion-MNIST's 10,000 test images, (10000, 64)."""
    return features(to_float(fashion_mnist(train=False).images))


def frechet_distance(a, b):
    """Return the Fréchet distance ‖μa - μb‖² + tr(Σa + Σb - 2(Σa Σb)^½) of two sets of features (N, F), N > F.

    Heusel et al. 2017, eq. 6, by torch-fidelity. It is biased upwards, the more the fewer the samples.
    """
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    statistics = [fid_features_to_statistics(x.double()) for x in (a, b)]
    return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])


def kernel_distance(a, b, subsets=50, size=1000):
    """Return KID, the unbiased squared MMD under a cubic kernel, of two sets of features (N, F), N ≥ `size`.

    Bińkowski et al. 2018, section 4, by torch-fidelity: the mean over random subsets of `size`. It can be
    slightly negative.
    """
    from torch_fidelity.metric_kid import kid_features_to_metric

    result = kid_features_to_metric(
        a.double(), b.double(), kid_subsets=subsets, kid_subset_size=size, verbose=False, rng_seed=0
    )
    return float(result["kernel_inception_distance_mean"])


def precision_recall(fake, real, neighbours=3):
    """Return (precision, recall) of features (N, F): the share of fakes near the reals, and of reals near the fakes.

    Near is: within the distance of some point to its `neighbours`-th nearest of its own kind. Kynkäänniemi et
    al. 2019, eqs. 1 and 2, by torch-fidelity.
    """
    from torch_fidelity.metric_prc import calculate_precision_recall_part

    return calculate_precision_recall_part(fake, real, neighbours, batch_size=200)


def _compare(fake, real):
    return Quality(frechet_distance(fake, real), kernel_distance(fake, real), *precision_recall(fake, real))


class Modes(NamedTuple):
    """How samples spread over a mixture's modes."""

    covered: int  #: modes with at least one high-quality sample in a hundred of their fair share
    total: int
    high_quality: float  #: share of samples within 3σ of some centre
    reverse_kl: float  #: KL(samples' modes ‖ uniform) in nats; 0 is even, log(total) one mode alone


def modes(points, mixture):
    """Tell how `points` (N, 2) spread over the modes of a `gan_lessons.data.Mixture`; a `Modes`.

    A point counts for its nearest centre, and is of high quality within 3σ of it. A mode is covered by at
    least max(1, N / (100 K)) of its high-quality points.
    """
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
    Finite samples of one distribution are some hundredths apart: compare values of equal N and M alone.
    """

    def shares(points):
        index = ((points + reach) * (cells / (2 * reach))).long().clamp(0, cells - 1)
        counts = torch.bincount(index[:, 0] * cells + index[:, 1], minlength=cells**2)
        return counts.double() / len(points)

    p, q = shares(a), shares(b)
    m = (p + q) / 2
    entropy = -torch.xlogy(torch.stack([m, p, q]), torch.stack([m, p, q])).sum(1)
    return float(entropy[0] - (entropy[1] + entropy[2]) / 2)


def variety(samples, real):
    """Return how far `samples` (N, …) differ from each other, as a share of how far `real` ones (M, …) do.

    The root of the variance of a pixel, or coordinate, over the samples, averaged over all of these, divided by that
    of the real ones: 0 where all samples are alike, about 1 where they vary as the data do. A low value is a
    collapse; a high one is no proof, since noise varies too, and so do two samples that are repeated. Both must be
    floats of the same range and shape of a sample; ValueError for fewer than 2, and for real ones that are all alike.
    """
    if samples.shape[1:] != real.shape[1:] or min(len(samples), len(real)) < 2:
        raise ValueError(
            f"variety needs two or more samples, and two or more real ones of the same shape, "
            f"not {tuple(samples.shape)} and {tuple(real.shape)}"
        )
    spread, spread_of_real = (x.double().flatten(1).var(0).mean().sqrt().item() for x in (samples, real))
    if spread_of_real == 0:
        raise ValueError("the real samples are all alike, so that nothing can be compared with their variety")
    return spread / spread_of_real


def nearest_neighbours(images, training_images):
    """Return, for each image (M, C, H, W) in [-1, 1], the index of its nearest of uint8 (N, C, H, W), and the distance.

    The distance is Euclidean over pixels in [-1, 1]; both results have shape (M,).
    """
    best = torch.full((len(images),), math.inf)
    index = torch.zeros(len(images), dtype=torch.long)
    for start in range(0, len(training_images), 5_000):
        part = to_float(training_images[start : start + 5_000]).flatten(1)
        distance, where = torch.cdist(images.flatten(1), part).min(1)
        closer = distance < best
        best[closer], index[closer] = distance[closer], where[closer] + start
    return index, best
