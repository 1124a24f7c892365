"""Faces in pixel art whose attributes are known: DiceBear's "Pixel Art", drawn by data/avatars/make.mjs."""

import csv
from functools import cache
from typing import NamedTuple

import torch

from . import files
from .images import _split

SIDE = 16
TRAIN = 3_000  # of the 4,000 faces; the others are held out

#: Each attribute's values, in the order of its labels.
ATTRIBUTES = {
    "background": ("white", "sand", "sky", "lilac"),
    "skin": ("tone 1", "tone 2", "tone 3", "tone 4"),  # from light to dark
    "hair colour": ("blond", "brown", "black", "red", "blue", "green"),
    "clothing": ("blue", "green", "red", "yellow"),
    "hair": ("short", "long"),
    "mouth": ("sad", "happy"),
    "glasses": ("no", "yes"),
    "hat": ("no", "yes"),
}
_COLOURS = {  # of the file's columns; clothes have three shades of each
    "background": ("ffffff", "ffdfbf", "b6e3f4", "c0aede"),
    "skin": ("ffdbac", "e0b687", "b68655", "8d5524"),
    "hair_colour": ("cab188", "83623b", "28150a", "bd1700", "009bbd", "91cb15"),
    "clothing_colour": ("5bc0de 428bca 03396c", "88d8b0 44c585 00b159", "ff6f69 d11141 ae0001", "ffeead ffd969 ffc425"),
}


class AvatarSet(NamedTuple):
    """Faces with what is known of them: uint8 (N, 3, 16, 16), int64 (N, 8), and each attribute's values by name."""

    images: torch.Tensor
    labels: torch.Tensor
    attributes: dict

    def label(self, attribute):
        """Return the labels of one attribute, such as "glasses", (N,). Raises ValueError for an unknown name."""
        if attribute not in self.attributes:
            raise ValueError(f"no attribute {attribute!r}; there are {', '.join(self.attributes)}")
        return self.labels[:, list(self.attributes).index(attribute)]


def avatars(train=True):
    """Return 3,000 training or 1,000 held-out faces, all different, with eight attributes; an `AvatarSet`.

    Read from the clone. Raises FileNotFoundError or ValueError where a file is missing or altered.
    """
    _split(train)
    images, labels = _all()
    part = slice(TRAIN) if train else slice(TRAIN, None)
    return AvatarSet(images[part].clone(), labels[part].clone(), dict(ATTRIBUTES))


@cache
def _all():
    with files.verified("avatars/attributes.csv").open(newline="") as file:
        labels = torch.tensor([_labels(row) for row in csv.DictReader(file)])
    return torch.from_numpy(files.tiles("avatars/avatars.png", "RGB", SIDE, len(labels))), labels


def _labels(row):
    """Return one face's labels, in the order of `ATTRIBUTES`."""
    colours = [
        next(label for label, shades in enumerate(values) if row[column] in shades.split())
        for column, values in _COLOURS.items()
    ]
    long, happy = row["hair"].startswith("long"), row["mouth"].startswith("happy")
    return [*colours, int(long), int(happy), int(row["glasses"] != "none"), int(row["hat"] != "none")]
