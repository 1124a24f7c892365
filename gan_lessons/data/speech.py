"""Speech: 1,155 Mandarin syllables, each in one of its tones, spoken by one person; cut by data/speech/make.py."""

import csv
from functools import cache
from typing import NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from . import files
from .images import _split
from .sound import RATE, mu_law_inverse

CREDIT = "Voice: 羅竺 (Chu Lo) and 徵音梅林開發委員會錄音組 (ChionMeilin), of gcin-voice; CC BY 3.0; cut, 8 kHz, μ-law."
__all__ = ["CREDIT", "RATE", "SpeechSet", "readings", "speech"]
HELD_OUT = 10  # every tenth clip is held out, of those whose syllable is there in another tone, too


class SpeechSet(NamedTuple):
    """Sounds float32 (N, L) in [-1, 1], zero after each one's end; their lengths in samples, int64 (N,); what is said.

    `syllables`: N syllables in Latin letters (pinyin) without tones. `tones`: int64 (N,), 1 level, 2 rising,
    3 dipping, 4 falling, 5 neutral. `bopomofo`: the syllables in Chinese phonetic signs.
    """

    waves: torch.Tensor
    lengths: torch.Tensor
    syllables: tuple
    tones: torch.Tensor
    bopomofo: tuple


def speech(train=True):
    """Return 1,043 training or 112 held-out Mandarin syllables at 8,000 samples a second; a `SpeechSet`.

    All are of one voice, whose `CREDIT` stands wherever it is heard; no pair of syllable and tone is there twice. Each
    held-out syllable is there for training in another tone, and each tone with other syllables. Read from the clone.
    Raises FileNotFoundError or ValueError where a file is missing or altered.
    """
    _split(train)
    whole = _all()
    held_out = set(_spoken_otherwise(whole.syllables)[::HELD_OUT])
    chosen = [i for i in range(len(whole.syllables)) if (i in held_out) != train]
    lengths = whole.lengths[chosen]
    return SpeechSet(
        whole.waves[chosen, : lengths.max()],
        lengths,
        tuple(whole.syllables[i] for i in chosen),
        whole.tones[chosen],
        tuple(whole.bopomofo[i] for i in chosen),
    )


def readings(text):
    """Return how each character of a text is read aloud: a list of pairs, syllable and tone, as `speech` names them.

    Each of 6,777 characters, those of GB 2312 and some more, has one reading, whatever stands beside it; in spoken
    Chinese some have several. Raises ValueError for all else, such as punctuation.
    """
    known = _readings()
    if unknown := [character for character in text if character not in known]:
        raise ValueError(
            f"no reading is known for {' '.join(map(repr, unknown[:5]))}; leave out what is not read aloud"
        )
    return [known[character] for character in text]


def _spoken_otherwise(syllables):
    """Return the places in `syllables`, which are sorted, of those that are there more than once."""
    return [i for i, syllable in enumerate(syllables) if syllable in (*syllables[i - 1 : i], *syllables[i + 1 : i + 2])]


def _rows(name):
    with files.verified(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _readings():
    return {row["character"]: (row["syllable"], int(row["tone"])) for row in _rows("speech/readings.csv")}


@cache
def _all():
    import numpy as np

    rows = _rows("speech/syllables.csv")
    lengths = [int(row["samples"]) for row in rows]
    with np.load(files.verified("speech/syllables.npz"), allow_pickle=False) as stored:
        clips = mu_law_inverse(torch.from_numpy(stored["mu_law"])).split(lengths)
    return SpeechSet(
        pad_sequence(clips, batch_first=True),
        torch.tensor(lengths),
        tuple(row["syllable"] for row in rows),
        torch.tensor([int(row["tone"]) for row in rows]),
        tuple(row["bopomofo"] for row in rows),
    )
