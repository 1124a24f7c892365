"""Real data in the clone, 2-D mixtures with known centres, and endless shuffled batches."""

from .avatars import AvatarSet, avatars
from .files import DATA, _cache, _sums, _writable, verified
from .films import FilmSet, films
from .glyphs import GlyphSet, glyphs
from .images import Batches, ImageSet, _image_set, digits, fashion_mnist, image_set, to_float
from .poems import PoemSet, RhymeBook, poems, rhyme_book, to_characters, to_text
from .points import Mixture, grid, line, moons, ring, spiral
from .shapes import ShapeSet, shapes
from .speech import SpeechSet, readings, speech

__all__ = [
    "DATA",
    "AvatarSet",
    "Batches",
    "FilmSet",
    "GlyphSet",
    "ImageSet",
    "Mixture",
    "PoemSet",
    "RhymeBook",
    "ShapeSet",
    "SpeechSet",
    "_cache",
    "_image_set",
    "_sums",
    "_writable",
    "avatars",
    "digits",
    "fashion_mnist",
    "films",
    "glyphs",
    "grid",
    "image_set",
    "line",
    "moons",
    "poems",
    "readings",
    "rhyme_book",
    "ring",
    "shapes",
    "speech",
    "spiral",
    "to_characters",
    "to_float",
    "to_text",
    "verified",
]
