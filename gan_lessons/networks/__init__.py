"""Small networks that are no lesson's subject, or whose lesson has taught them already."""

from .judges import AttributeClassifier, Classifier, FilmJudge, GlyphReader
from .plain import ConvDiscriminator, ConvGenerator, mlp
from .styles import (
    EqualConv2d,
    EqualLinear,
    Mapping,
    StyleDiscriminator,
    StyleGenerator,
    StyleLayer,
    Synthesis,
    activation,
    unit_length,
)

__all__ = [
    "AttributeClassifier",
    "Classifier",
    "ConvDiscriminator",
    "ConvGenerator",
    "EqualConv2d",
    "EqualLinear",
    "FilmJudge",
    "GlyphReader",
    "Mapping",
    "StyleDiscriminator",
    "StyleGenerator",
    "StyleLayer",
    "Synthesis",
    "activation",
    "mlp",
    "unit_length",
]
