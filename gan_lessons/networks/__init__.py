"""Small networks that are no lesson's subject, or whose lesson has taught them already."""

from .films import (
    FilmAndFrame,
    FilmDiscriminator,
    FrameDiscriminator,
    MotionContentGenerator,
    TwoStreamGenerator,
)
from .judges import AttributeClassifier, Classifier, FilmJudge, GlyphReader
from .plain import ConvDiscriminator, ConvGenerator, mlp
from .shapes import VoxelDiscriminator, VoxelGenerator
from .speech import Tacotron, WaveNet, say, speak, spelled
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
from .text import GPT, SequenceDiscriminator
from .vocoders import Judges, PeriodJudge, PitchReader, ScaleJudge, Vocoder

__all__ = [
    "GPT",
    "AttributeClassifier",
    "Classifier",
    "ConvDiscriminator",
    "ConvGenerator",
    "EqualConv2d",
    "EqualLinear",
    "FilmAndFrame",
    "FilmDiscriminator",
    "FilmJudge",
    "FrameDiscriminator",
    "GlyphReader",
    "Judges",
    "Mapping",
    "MotionContentGenerator",
    "PeriodJudge",
    "PitchReader",
    "ScaleJudge",
    "SequenceDiscriminator",
    "StyleDiscriminator",
    "StyleGenerator",
    "StyleLayer",
    "Synthesis",
    "Tacotron",
    "TwoStreamGenerator",
    "Vocoder",
    "VoxelDiscriminator",
    "VoxelGenerator",
    "WaveNet",
    "activation",
    "mlp",
    "say",
    "speak",
    "spelled",
    "unit_length",
]
