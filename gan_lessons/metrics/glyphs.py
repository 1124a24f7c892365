"""Characters measured by the course's own reader: its features for FD, what it reads, and which face it sees.

The features are the 64 penultimate ones of a network that reads the characters in all three faces. FDs on them can be
compared with each other alone.
"""

from functools import cache

from ..checkpoints import load_weights
from ..data.glyphs import FACES, SIDE, glyphs
from ..networks import GlyphReader
from .images import judged


@cache
def glyph_reader():
    """Return the course's trained reader of characters, in eval mode, its weights frozen."""
    return load_weights(GlyphReader(len(_characters()), len(FACES)), "reader").requires_grad_(False)


def glyph_features(images):
    """Return the reader's 64 features of characters (N, 1, 32, 32) in [-1, 1], as (N, 64).

    Raises ValueError for other shapes, dtypes and values; warns where no pixel is negative.
    """
    return _judged(images, glyph_reader().features)


def predicted_glyphs(images):
    """Return what the reader sees in pictures (N, 1, 32, 32) in [-1, 1]: a string of N characters, and their faces.

    The faces are numbers (N,), 0 for print, 1 for brush and 2 for round. Raises ValueError for other shapes, dtypes
    and values; warns where no pixel is negative.
    """
    characters, faces = glyph_reader().split(_judged(images, glyph_reader()))
    return "".join(_characters()[i] for i in characters.argmax(1).tolist()), faces.argmax(1)


@cache
def _characters():
    """Return all characters in the order of the reader's outputs: by code point."""
    return "".join(sorted(glyphs().characters + glyphs(train=False).characters))


def _judged(images, function):
    others = "the course's reader knows 32×32 characters in grey alone"
    return judged(images, glyph_reader(), function, (1, SIDE, SIDE), others)
