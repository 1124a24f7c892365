"""Films of one bright thing that moves over a dark background: where it is, whether it stays itself, how it moves.

Places are computed from the frames alone. What moves, and how, is told by the course's own judge of films, whose 64
features are for FD; these FDs can be compared with each other alone.
"""

from functools import cache
from typing import NamedTuple

import torch
from torch.nn.functional import pad

from ..checkpoints import load_weights
from ..checks import as_tensor, check_images
from ..data.films import FRAMES, GARMENTS, MOTIONS, SIDE
from ..networks import FilmJudge
from ..runtime import threads_for
from .images import _in_range

LIGHT = -0.35  # between the lightest background and the darkest garment
REACH = 7  # pixels on each side of a garment's centre that are compared from frame to frame


class Paths(NamedTuple):
    """For each film, how far its path is from the nearest one, in pixels, and that one's number; both (N,)."""

    distance: torch.Tensor
    nearest: torch.Tensor


def film_centres(films):
    """Return where the bright thing of each frame is: centres of brightness (N, T, 2), x and y in pixels.

    `films`: (N, T, 1, H, W) in [-1, 1]. What is darker than -0.35 does not count; a frame without anything lighter
    has its centre in its middle. Raises ValueError for other shapes, dtypes and values.
    """
    light = _light(films)
    total = light.sum((2, 3))
    x, y = torch.arange(light.shape[3]) + 0.0, torch.arange(light.shape[2]) + 0.0
    middle = torch.stack([x.mean(), y.mean()])
    sums = torch.stack([light.sum(2) @ x, light.sum(3) @ y], dim=-1)
    return torch.where(total[..., None] > 0, sums / total[..., None].clamp(min=1e-12), middle)


def content_change(films):
    """Return by how much the bright thing of each film changes from frame to frame, (N,), wherever it goes.

    Each frame is cut out around its centre, 15×15 pixels, and compared with the one before: the sum of the absolute
    differences, as a share of all its light; 0 if nothing changes, about 1 if each frame shows something else. A film
    without light changes by 0. `films` as for `film_centres`.
    """
    light = _light(films)
    # The corner of the cut-out, once a frame has got REACH more on each side. A square of even side has its centre on a
    # half: `round` would take it up and down in turn, and rounding errors as well.
    corners = (film_centres(films) + 0.501).floor().long()
    film, time = torch.arange(len(light))[:, None, None, None], torch.arange(light.shape[1])[:, None, None]
    width = torch.arange(2 * REACH + 1)
    column, row = (corners[..., axis, None] + width for axis in (0, 1))
    cut = pad(light, (REACH,) * 4)[film, time, row[..., :, None], column[..., None, :]]
    return cut.diff(dim=1).abs().sum((2, 3)).mean(1) / cut.sum((2, 3)).mean(1).clamp(min=1e-12)


def nearest_paths(films, real):
    """Return how far each film's path of centres is from the nearest path of `real` films; `Paths`.

    The distance of two paths is the root of the mean square, over all frames. Both (N, T, 1, H, W) as for
    `film_centres`, with the same T.
    """
    paths, others = (film_centres(some).flatten(1) for some in (films, real))
    distance, nearest = torch.cdist(paths, others).min(1)
    return Paths(distance / (paths.shape[1] / 2) ** 0.5, nearest)


@cache
def film_judge():
    """Return the course's trained judge of films, in eval mode, its weights frozen."""
    return load_weights(FilmJudge(len(GARMENTS), len(MOTIONS)), "films").requires_grad_(False)


def film_features(films):
    """Return the judge's 64 features of films (N, 12, 1, 24, 24) in [-1, 1], as (N, 64).

    Raises ValueError for other shapes, dtypes and values.
    """
    return _judged(films, film_judge().features)


def predicted_films(films):
    """Return what moves in films (N, 12, 1, 24, 24) in [-1, 1], and how: two tensors (N,), numbered as `films` does.

    Raises ValueError for other shapes, dtypes and values.
    """
    garments, motions = film_judge().split(_judged(films, film_judge()))
    return garments.argmax(1), motions.argmax(1)


def _checked(films):
    films = as_tensor(films, "films", "(N, T, 1, H, W)")
    if films.dim() != 5 or films.shape[2] != 1:
        raise ValueError(f"films must be (N, T, 1, H, W), not {tuple(films.shape)}")
    return _in_range(check_images(films.flatten(0, 1), "frames")).cpu().float().unflatten(0, films.shape[:2])


def _light(films):
    """Return by how much each pixel of checked films is lighter than the background may be, (N, T, H, W)."""
    return (_checked(films)[:, :, 0] - LIGHT).clamp(min=0)


def _judged(films, function):
    films = _checked(films)
    if films.shape[1:] != (FRAMES, 1, SIDE, SIDE):
        known = f"the course's judge knows {FRAMES} frames of {SIDE}×{SIDE} pixels alone"
        raise ValueError(f"films must be (N, {FRAMES}, 1, {SIDE}, {SIDE}), not {tuple(films.shape)}; {known}")
    with torch.no_grad(), threads_for(film_judge()):
        return torch.cat([function(part) for part in films.split(100)])
