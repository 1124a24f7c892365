"""How good and how varied samples are: FD, KID, precision, recall, density, coverage, modes, neighbours, pitch."""

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
from .sound import (
    mel_distance,
    pitch,
    pitch_distance,
    predicted_tones,
    spectral_distance,
    tone_shape,
    tone_templates,
)

__all__ = [
    "SAMPLES",
    "Extrapolated",
    "Modes",
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
    "mel_distance",
    "modes",
    "nearest_neighbours",
    "nearest_paths",
    "pitch",
    "pitch_distance",
    "precision_recall",
    "predicted_attributes",
    "predicted_classes",
    "predicted_films",
    "predicted_glyphs",
    "predicted_tones",
    "quality",
    "quality_table",
    "share_interval",
    "spectral_distance",
    "test_features",
    "tone_shape",
    "tone_templates",
    "two_sample_test",
    "variety",
]
