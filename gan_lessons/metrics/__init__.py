"""How good and how varied samples are: FD, KID, precision, recall, density, coverage, modes, nearest neighbours."""

from .avatars import attribute_classifier, avatar_features, predicted_attributes
from .distances import Extrapolated, extrapolated_distance, frechet_distance, kernel_distance, precision_recall
from .films import (
    Paths,
    content_change,
    film_centres,
    film_features,
    film_judge,
    nearest_paths,
    predicted_films,
)
from .glyphs import glyph_features, glyph_reader, predicted_glyphs
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
from .neighbours import TrainingDistance, TwoSample, density_coverage, distance_to_training, two_sample_test
from .people import share_interval
from .points import Modes, js_divergence, modes
from .shapes import THRESHOLD, Overlap, loose_parts, nearest_iou, occupied, symmetry

__all__ = [
    "SAMPLES",
    "THRESHOLD",
    "Extrapolated",
    "Modes",
    "Overlap",
    "Paths",
    "Quality",
    "TrainingDistance",
    "TwoSample",
    "attribute_classifier",
    "avatar_features",
    "classifier",
    "content_change",
    "density_coverage",
    "distance_to_training",
    "extrapolated_distance",
    "features",
    "film_centres",
    "film_features",
    "film_judge",
    "floor",
    "frechet_distance",
    "glyph_features",
    "glyph_reader",
    "js_divergence",
    "kernel_distance",
    "loose_parts",
    "modes",
    "nearest_iou",
    "nearest_neighbours",
    "nearest_paths",
    "occupied",
    "precision_recall",
    "predicted_attributes",
    "predicted_classes",
    "predicted_films",
    "predicted_glyphs",
    "quality",
    "quality_table",
    "share_interval",
    "symmetry",
    "test_features",
    "two_sample_test",
    "variety",
]
