"""Films: garments of Fashion-MNIST that move over a still background, made when they are asked for, from a seed."""

from functools import cache
from typing import NamedTuple

import torch
from torch.nn.functional import adaptive_avg_pool2d, interpolate, pad

from .images import _split, fashion_mnist

FRAMES, SIDE, GARMENT = 12, 24, 12  # frames of a film; pixels of a frame's and of a garment's side
GARMENTS = {0: "T-shirt", 1: "trouser", 3: "dress", 8: "bag", 9: "ankle boot"}  # by their Fashion-MNIST class
MOTIONS = ("right", "left", "hop", "circle")
DARK = 70  # the lightest background
BRIGHT = 100  # the darkest pixel of a garment
COUNTS = {True: 5000, False: 1000}


class FilmSet(NamedTuple):
    """Films uint8 (N, T, 1, H, W), dark (0) to light (255); what moves, and how, int64 (N,); the names of both.

    `corners` (N, T, 2) is where the garment's upper left corner lies, x and y in pixels.
    """

    films: torch.Tensor
    garments: torch.Tensor
    motions: torch.Tensor
    corners: torch.Tensor
    garment_names: tuple
    motion_names: tuple


def films(train=True):
    """Return 5,000 films made of training garments, or 1,000 of test garments; a `FilmSet`.

    Each has 12 frames of 24×24 pixels: one of five kinds of garment, 12×12 pixels, moves by whole pixels to the right,
    to the left, in hops or in a circle, over a background that is dark and still. Garment, motion, place and background
    are drawn independently, from a seed. Raises as `fashion_mnist` does.
    """
    _split(train)
    made = _made(train)
    return made._replace(**{name: part.clone() for name, part in made._asdict().items() if torch.is_tensor(part)})


@cache
def _made(train):
    generator = torch.Generator().manual_seed(int(not train))
    count = COUNTS[train]
    images, labels, _ = fashion_mnist(train)
    kinds = torch.tensor([*GARMENTS])
    chosen = torch.isin(labels, kinds).nonzero().squeeze(1)
    chosen = chosen[torch.randperm(len(chosen), generator=generator)[:count]]
    motions = torch.randint(len(MOTIONS), (count,), generator=generator)
    corners = paths(motions, generator)
    moving = _drawn(small(images[chosen]), backgrounds(count, generator), corners)
    return FilmSet(
        moving, torch.searchsorted(kinds, labels[chosen]), motions, corners, tuple(GARMENTS.values()), MOTIONS
    )


def paths(motions, generator):
    """Return corners (N, T, 2), x and y in whole pixels from 0 to 12, that move as `motions` (N,) say."""
    space = SIDE - GARMENT
    t = torch.arange(FRAMES)

    def drawn(high):
        return torch.randint(high, (len(motions), 1), generator=generator)

    start, place, phase = drawn(space - FRAMES + 2), drawn(space + 1), drawn(FRAMES)
    right = start + t
    height = 10 * (1 - (((t + phase) % 6 - 3) / 3) ** 2)  # a ball's, twice in a film
    angle = 2 * torch.pi * (t + phase) / FRAMES
    still = place.expand(-1, FRAMES)
    x = torch.stack([right, space - right, still, space / 2 + 5 * angle.cos()])
    y = torch.stack([still, still, space - height, space / 2 + 5 * angle.sin()])
    film = torch.arange(len(motions))
    return torch.stack([x[motions, film], y[motions, film]], dim=-1).round().long()


def backgrounds(count, generator):
    """Return backgrounds uint8 (count, 1, 24, 24): each a gradient of greys from 0 to 70."""
    ends = DARK * torch.rand(count, 4, generator=generator)  # the greys of the corners
    grey = interpolate(ends.view(count, 1, 2, 2), SIDE, mode="bilinear", align_corners=True)
    return grey.round().to(torch.uint8)


def small(images):
    """Return images uint8 (N, 1, 28, 28) as garments uint8 (N, 1, 12, 12): 0 beside them, from 100 on within."""
    images = adaptive_avg_pool2d(images.float(), GARMENT)
    return torch.where(images > 25, BRIGHT + images / 255 * (255 - BRIGHT), 0).round().to(torch.uint8)


def _drawn(garments, behind, corners):
    """Return films (N, T, 1, 24, 24): garments (N, 1, 12, 12) at corners (N, T, 2) over backgrounds (N, 1, 24, 24)."""
    framed = pad(garments, (1, 1, 1, 1))[:, 0]  # what lies outside is 0
    film = torch.arange(len(garments))[:, None, None]
    frames = []
    for x, y in corners.permute(1, 2, 0):  # of each time, for all films
        column, row = ((torch.arange(SIDE) - corner[:, None]).clamp(-1, GARMENT) + 1 for corner in (x, y))
        frames.append(torch.maximum(framed[film, row[:, :, None], column[:, None, :]][:, None], behind))
    return torch.stack(frames, dim=1)
