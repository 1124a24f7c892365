"""How good and how varied samples are: FD, KID, precision and recall, mode coverage, nearest neighbours."""

from .distances import frechet_distance, kernel_distance, precision_recall
from .images import (
    SAMPLES,
    Quality,
    classifier,
    features,
    floor,
    nearest_neighbours,
    predicted_classes,
    quality,
    quality_table,
    test_features,
    variety,
)
from .points import Modes, js_divergence, modes

__all__ = [
    "SAMPLES",
    "Modes",
    "Quality",
    "classifier",
    "features",
    "floor",
    "frechet_distance",
    "js_divergence",
    "kernel_distance",
    "modes",
    "nearest_neighbours",
    "precision_recall",
    "predicted_classes",
    "quality",
    "quality_table",
    "test_features",
    "variety",
]
