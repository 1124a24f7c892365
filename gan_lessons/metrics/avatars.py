"""Avatars measured by the course's own judge of their attributes: its features for FD, and its answers.

The features are the 64 penultimate ones of a network that tells the attributes of real avatars apart. FDs on them can
be compared with each other alone.
"""

from functools import cache

import torch

from ..checkpoints import load_weights
from ..data.avatars import ATTRIBUTES, SIDE
from ..networks import AttributeClassifier
from .images import judged


@cache
def attribute_classifier():
    """Return the course's trained judge of avatars, in eval mode, its weights frozen."""
    counts = [len(values) for values in ATTRIBUTES.values()]
    return load_weights(AttributeClassifier(counts), "attributes").requires_grad_(False)


def avatar_features(images):
    """Return the judge's 64 features of faces (N, 3, 16, 16) in [-1, 1], as (N, 64).

    Raises ValueError for other shapes, dtypes and values; warns where no pixel is negative.
    """
    return _judged(images, attribute_classifier().features)


def predicted_attributes(images):
    """Return the judge's labels of faces (N, 3, 16, 16) in [-1, 1], (N, 8), and its confidence in each, in [0, 1].

    The columns are those of `avatars`. Raises ValueError for other shapes, dtypes and values; warns where no pixel is
    negative.
    """
    parts = attribute_classifier().split(_judged(images, attribute_classifier()))
    confidence, labels = zip(*(part.softmax(1).max(1) for part in parts), strict=True)
    return torch.stack(labels, 1), torch.stack(confidence, 1)


def _judged(images, function):
    others = "the course's judge of attributes knows 16×16 faces in colour alone"
    return judged(images, attribute_classifier(), function, (3, SIDE, SIDE), others)
