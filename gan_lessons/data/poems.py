"""Tang and Song poems of four lines of five characters, and the book of rhymes, gathered by data/poems/make.py."""

import csv
import gzip
from functools import cache
from typing import NamedTuple

import torch

from ..checks import as_tensor
from . import files
from .glyphs import SIDE, glyphs
from .images import _split

LINES, WIDTH = 4, 5  # of a poem, and characters of a line
HELD_OUT = 10  # every tenth group of poems that belong together is held out


class PoemSet(NamedTuple):
    """Poems, int64 (N, 20), numbers of characters in `alphabet`, a string of 1,500; and which are quatrains, bool (N,).

    The others are halves of eight-line poems. `to_text` reads them.
    """

    characters: torch.Tensor
    quatrain: torch.Tensor
    alphabet: str


class RhymeBook(NamedTuple):
    """What the Pingshui rhyme book (13th century) says of the alphabet's characters.

    `groups`: the names of its G groups, each a tone, 平 level or 仄 oblique, and a rhyme. `member`: which groups a
    character is in, bool (1500, G): one for most, several where it has several readings or stands for several
    traditional characters, none where the book lacks it. `level` and `oblique`: which tones it has, bool (1500,).
    """

    groups: tuple
    member: torch.Tensor
    level: torch.Tensor
    oblique: torch.Tensor


def poems(train=True):
    """Return 22,386 training or 2,431 held-out poems, all different; a `PoemSet`.

    No held-out poem shares a line with a training poem, nor is it the other half of one. Read from the clone. Raises
    FileNotFoundError or ValueError where a file is missing or altered.
    """
    _split(train)
    characters, quatrain, held_out = _all()
    chosen = ~held_out if train else held_out
    return PoemSet(characters[chosen], quatrain[chosen], _alphabet())


def to_characters(text):
    """Return the numbers of the characters of `text` in the poems' alphabet, int64 (L,); blanks do not count.

    Raises ValueError for characters that are not among the 1,500.
    """
    numbers, letters = _numbers(), "".join(text.split())
    if unknown := [*dict.fromkeys(letter for letter in letters if letter not in numbers)]:
        raise ValueError(
            f"{' '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not among the poems' {len(numbers):,} "
            "characters, which are simplified Chinese; PoemSet.alphabet holds them all"
        )
    return torch.tensor([numbers[letter] for letter in letters], dtype=torch.long)


def to_text(characters):
    """Return the text of numbers (L,), or a list of the texts of numbers (N, L), from 0 to 1,499.

    Raises ValueError for other shapes, floats, and numbers that are not in the alphabet.
    """
    characters = check_characters(characters)
    if characters.dim() > 2:
        raise ValueError(f"characters must be (L,) or (N, L), not {tuple(characters.shape)}")
    alphabet = _alphabet()
    texts = [
        "".join(alphabet[number] for number in row) for row in characters.reshape(-1, characters.shape[-1]).tolist()
    ]
    return texts if characters.dim() == 2 else texts[0]


def check_characters(characters, width=None):
    """Return numbers of characters as a detached int64 tensor (…, L) or, where `width` is given, (N, width) with N ≥ 1.

    Raises ValueError for other shapes, floats, and numbers that are not in the alphabet.
    """
    wanted = "(N, L)" if width is None else f"(N, {width})"
    characters = as_tensor(characters, "characters", wanted)
    shape = tuple(characters.shape)
    if not shape or (width and (len(shape) != 2 or shape[1] != width or not shape[0])):
        advice = "; characters[None] makes one poem a batch" if shape == (width,) else ""
        raise ValueError(f"characters must be {wanted}, not {shape}{advice}")
    if characters.is_floating_point() or characters.is_complex() or characters.dtype == torch.bool:
        raise ValueError(
            f"characters must be whole numbers, not {characters.dtype}; of logits, draw or take the argmax"
        )
    count = len(_alphabet())
    if characters.numel() and not 0 <= characters.min() <= characters.max() < count:
        low, high = characters.min().item(), characters.max().item()
        raise ValueError(f"characters must be numbers from 0 to {count - 1}, not from {low} to {high}")
    return characters.long().cpu()


@cache
def rhyme_book():
    """Return the tones and rhymes of the alphabet's characters; a `RhymeBook`. Raises as `poems` does."""
    entries = [line.split()[1:] for line in _entries()]
    groups = sorted({group for entry in entries for group in entry})
    member = torch.tensor([[group in entry for group in groups] for entry in entries])
    level = torch.tensor([group.startswith("平") for group in groups])
    return RhymeBook(tuple(groups), member, member[:, level].any(1), member[:, ~level].any(1))


@cache
def pictures():
    """Return the alphabet's characters in print, uint8 (1500, 1, 32, 32), black (0) on white (255)."""
    found = {}
    for part in (glyphs(), glyphs(train=False)):
        found |= dict(zip(part.characters, part.print, strict=True))
    missing = [letter for letter in _alphabet() if letter not in found]
    drawn = torch.from_numpy(files.tiles("poems/characters.png", "L", SIDE, len(missing)))
    found |= dict(zip(missing, drawn, strict=True))
    return torch.stack([found[letter] for letter in _alphabet()])


@cache
def _all():
    with gzip.open(files.verified("poems/poems.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    characters = to_characters("".join(row["text"] for row in rows)).view(-1, LINES * WIDTH)
    quatrain = torch.tensor([row["kind"] == "quatrain" for row in rows])
    return characters, quatrain, torch.tensor([int(row["together"]) % HELD_OUT == 0 for row in rows])


def _entries():
    return files.verified("poems/rhymes.txt").read_text(encoding="utf-8").splitlines()


@cache
def _alphabet():
    return "".join(line[0] for line in _entries())


@cache
def _numbers():
    return {letter: number for number, letter in enumerate(_alphabet())}
