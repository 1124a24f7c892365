"""Images measured by the course's own Fashion-MNIST classifier, and nearest neighbours.

The features are the 64 penultimate ones of the classifier. FD is therefore not the FID of papers, which uses
Inception's features: compare FDs with each other alone.
"""

import math
import warnings
from functools import cache
from typing import NamedTuple

import torch

from ..checkpoints import load_weights
from ..checks import as_tensor, check_images, layout_advice, range_doubt, range_fault
from ..data import fashion_mnist, to_float
from ..networks import Classifier
from ..runtime import threads_for
from .distances import frechet_distance, kernel_distance, precision_recall

SAMPLES = 10_000


class Quality(NamedTuple):
    """FD ≥ 0 and KID (both lower is better), precision and recall in [0, 1] (both higher is better)."""

    fd: float
    kid: float
    precision: float
    recall: float


def quality(images):
    """Score 10,000 images (10000, 1, 28, 28) in [-1, 1] against Fashion-MNIST's test split; a `Quality`.

    Raises ValueError for another number or shape, since FD depends on the number of samples, and for values that are
    no images in [-1, 1]: NaN, values beyond, or not one that is negative.
    """
    shape = tuple(getattr(images, "shape", ()))
    if shape != (SAMPLES, 1, 28, 28):
        advice = layout_advice(shape, "images") or (
            "features, frechet_distance and precision_recall take other numbers of images"
            if shape[1:] == (1, 28, 28)
            else _OTHERS
        )
        raise ValueError(f"quality needs images ({SAMPLES}, 1, 28, 28), not {shape or type(images).__name__}; {advice}")
    if doubt := range_doubt(check_images(images)):  # of so many images some pixel is negative
        raise ValueError(f"quality needs images in [-1, 1]; {doubt}")
    return _compare(features(images), test_features())


@cache
def floor():
    """Return the `Quality` of 10,000 real training images against the test split: the best one can hope for."""
    train = fashion_mnist().images
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:SAMPLES]
    return _compare(features(to_float(train[chosen])), test_features())


def quality_table(**scores):
    """Return a text table of `Quality` rows by name, with the real-against-real floor as its last row."""
    for name, score in scores.items():
        if not isinstance(score, Quality):
            raise TypeError(
                f"{name} must be a Quality, not {type(score).__name__}; quality_table({name}=quality(images)) makes one"
            )
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
    network = load_weights(Classifier(), "classifier").requires_grad_(False)
    return network.to(memory_format=torch.channels_last)  # max-pooling is several times faster so


def features(images):
    """Return the classifier's 64 features of images (N, 1, 28, 28) in [-1, 1], as (N, 64).

    Raises ValueError for other shapes, dtypes and values; warns where no pixel is negative.
    """
    return judged(images, classifier(), classifier().features)


def predicted_classes(images):
    """Return the classifier's class of each image (N, 1, 28, 28) in [-1, 1], (N,), and its confidence, (N,) in [0, 1].

    Raises ValueError for other shapes, dtypes and values; warns where no pixel is negative.
    """
    confidence, chosen = judged(images, classifier(), lambda part: classifier()(part).softmax(1)).max(1)
    return chosen, confidence


_OTHERS = (
    "the course's classifier knows 28×28 grey images alone; for others, give features (N, F) of a network that was "
    "trained on such images to frechet_distance, kernel_distance and precision_recall"
)


def judged(images, network, function, shape=(1, 28, 28), others=_OTHERS):
    """Return ``function(images)`` part by part, for images (N, *shape) in [-1, 1]; `network` is what it runs through.

    Raises ValueError for other shapes, ending in `others`, for other dtypes and values; warns where no pixel is
    negative.
    """
    images = _in_range(check_images(images))
    if images.shape[1:] != shape:
        raise ValueError(f"images must be (N, {', '.join(map(str, shape))}), not {tuple(images.shape)}; {others}")
    with torch.no_grad(), threads_for(network):
        # The results get their place before the loop. Small tensors that are made between the large ones of the layers
        # would keep the memory of those from being used again: 1.3 GB for 10,000 images in place of 0.8.
        found = torch.empty(len(images), *function(images[:1].cpu().float()).shape[1:])
        for part, place in zip(images.split(100), found.split(100), strict=True):
            place.copy_(function(part.cpu().float()))
    return found


def _in_range(images):
    """Return images after an error for values that can not be in [-1, 1], and a warning for those that may not be."""
    if fault := range_fault(images):
        raise ValueError(fault)
    if doubt := range_doubt(images):
        warnings.warn(doubt, stacklevel=4)
    return images


@cache
def test_features():
    """Return the features of Fashion-MNIST's 10,000 test images, (10000, 64)."""
    return features(to_float(fashion_mnist(train=False).images))


def _compare(fake, real):
    return Quality(frechet_distance(fake, real), kernel_distance(fake, real), *precision_recall(fake, real))


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

    The training images may be floats in [-1, 1] too. The distance is Euclidean over pixels in [-1, 1]; both results
    have shape (M,). Raises ValueError for other shapes, dtypes and values.
    """
    images = _in_range(check_images(images)).cpu().float()
    training_images = as_tensor(training_images, "training_images", "(N, C, H, W)").cpu()
    if training_images.shape[1:] != images.shape[1:] or len(training_images) == 0:
        raise ValueError(
            f"images {tuple(images.shape)} and training images {tuple(training_images.shape)} must be of one size"
        )
    if training_images.dtype != torch.uint8:
        training_images = check_images(training_images, "training_images").float()
        if fault := range_fault(training_images, "training_images"):
            raise ValueError(fault)
    best = torch.full((len(images),), math.inf)
    index = torch.zeros(len(images), dtype=torch.long)
    for start in range(0, len(training_images), 5_000):
        part = training_images[start : start + 5_000]
        part = to_float(part) if part.dtype == torch.uint8 else part
        distance, where = torch.cdist(images.flatten(1), part.flatten(1)).min(1)
        closer = distance < best
        best[closer], index[closer] = distance[closer], where[closer] + start
    return index, best
