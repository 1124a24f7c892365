"""Chairs, tables and sofas as voxels, from models of real furniture, made by data/shapes/make.py."""

import csv
from functools import cache
from typing import NamedTuple

import torch

from . import files
from .images import _split

SIDE = 16
COPIES = 9  # of each model: itself, and eight that are stretched at random
HELD_OUT = 5  # every fifth model of a kind is held out
KINDS = ("chair", "table", "sofa")


class ShapeSet(NamedTuple):
    """Shapes, bool (N, 1, 16, 16, 16): slices from front to back, each with its rows from top to bottom, left to right.

    `models` (N,): which model each is a copy of, a number into `names`; `kinds` (N,): what it is, into `kind_names`.
    """

    voxels: torch.Tensor
    models: torch.Tensor
    kinds: torch.Tensor
    names: tuple
    kind_names: tuple


def shapes(kind="chair", train=True, stretched=True):
    """Return pieces of furniture as 16×16×16 voxels, True where one is occupied; a `ShapeSet`.

    `kind`: "chair" (47 models to train with, 12 held out), "table" (32, 8), "sofa" (17, 5), or "all" (96, 25). All
    stand on the floor and look to the front, and the largest extent of each is 16 voxels. With `stretched` each model
    is followed by eight copies, each axis stretched by a factor between e^-0.22 and e^0.22 of its own; else it comes
    alone. Read from the clone. Raises ValueError for another kind, FileNotFoundError or ValueError where a file is
    missing or altered.
    """
    _split(train)
    if not isinstance(stretched, bool):
        raise ValueError(f"stretched must be True, for nine copies of each model, or False, for one, not {stretched!r}")
    if kind not in (*KINDS, "all"):
        raise ValueError(f"no kind of shapes {kind!r}; there are {', '.join(KINDS)}, and all")
    sets = [_models(each, train) for each in (KINDS if kind == "all" else (kind,))]
    voxels = torch.cat([voxels for voxels, _ in sets])
    copies = COPIES if stretched else 1
    count = torch.tensor([len(names) for _, names in sets])
    kinds = torch.tensor([KINDS.index(each) for each in (KINDS if kind == "all" else (kind,))])
    return ShapeSet(
        voxels[:, :copies].flatten(0, 1),
        torch.arange(len(voxels)).repeat_interleave(copies),
        kinds.repeat_interleave(count * copies),
        tuple(name for _, names in sets for name in names),
        KINDS,
    )


@cache
def _models(kind, train):
    """Return the models of one kind, bool (M, 9, 1, 16, 16, 16), and their names."""
    with files.verified("shapes/credits.csv").open(newline="", encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file) if row["kind"] == kind]
    slices = files.tiles(f"shapes/{kind}.png", "L", SIDE, len(names) * COPIES * SIDE)
    voxels = torch.from_numpy(slices > 0).view(len(names), COPIES, 1, SIDE, SIDE, SIDE)
    chosen = (torch.arange(len(names)) % HELD_OUT != 0) == train
    return voxels[chosen], [name for name, taken in zip(names, chosen.tolist(), strict=True) if taken]
