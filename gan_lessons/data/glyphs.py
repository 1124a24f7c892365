"""The same Chinese characters in three faces: print, brush and round, drawn by data/glyphs/make.py."""

from functools import cache
from typing import NamedTuple

import torch

from . import files
from .images import _split

SIDE = 32
HELD_OUT = 10  # every tenth character is held out


class GlyphSet(NamedTuple):
    """Characters, a string of N, and each face's pictures of them, uint8 (N, 1, 32, 32), black (0) on white (255)."""

    characters: str
    print: torch.Tensor
    brush: torch.Tensor
    round: torch.Tensor


FACES = GlyphSet._fields[1:]


def glyphs(train=True):
    """Return 3,375 training or 376 held-out characters in three faces, in the order of their readings; a `GlyphSet`.

    The most frequent ones of GB 2312, its level 1. Read from the clone. Raises FileNotFoundError or ValueError where
    a file is missing or altered.
    """
    _split(train)
    whole = _all()
    held_out = torch.arange(len(whole.characters)) % HELD_OUT == 0
    chosen = ~held_out if train else held_out
    characters = "".join(c for c, taken in zip(whole.characters, chosen.tolist(), strict=True) if taken)
    return GlyphSet(characters, *(pictures[chosen] for pictures in whole[1:]))


@cache
def _all():
    characters = "".join(files.verified("glyphs/characters.txt").read_text(encoding="utf-8").split())
    sheets = (files.tiles(f"glyphs/{face}.png", "L", SIDE, len(characters)) for face in FACES)
    return GlyphSet(characters, *map(torch.from_numpy, sheets))
