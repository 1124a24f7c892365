"""Films: what is drawn is what is said to be drawn, and it moves as it is said to."""

import pytest
import torch

from gan_lessons.data import Batches, fashion_mnist, films
from gan_lessons.data.films import BRIGHT, DARK, GARMENTS, small


@pytest.fixture(scope="module")
def train():
    return films()


def test_there_are_so_many_films_of_all_kinds(train):
    held_out = films(train=False)
    assert train.films.shape == (5000, 12, 1, 24, 24) and train.films.dtype == torch.uint8
    assert held_out.films.shape == (1000, 12, 1, 24, 24) and len(held_out.garments) == 1000
    kinds = torch.stack([train.garments, train.motions], 1)
    counts = kinds.unique(dim=0, return_counts=True)[1]
    assert len(counts) == 20 and counts.min() > 200 and counts.max() < 300  # independent of each other
    assert train.garment_names == ("T-shirt", "trouser", "dress", "bag", "ankle boot")
    assert train.motion_names == ("right", "left", "hop", "circle")


def test_each_frame_shows_its_garment_where_it_says_over_the_same_background(train):
    for film, corners in zip(train.films[:50, :, 0], train.corners[:50], strict=True):
        garments = torch.stack(
            [f[y : y + 12, x : x + 12] for f, (x, y) in zip(film, corners.tolist(), strict=True)]
        )  # (12, 12, 12)
        bright = garments >= BRIGHT
        assert torch.equal(bright, bright[:1].expand_as(bright)) and bright.any()
        assert torch.equal(garments * bright, (garments * bright)[:1].expand_as(garments))
        assert (film >= BRIGHT).sum() == bright.sum()  # nothing bright elsewhere
        dark = torch.where(film < BRIGHT, film, 0).max(0).values
        assert ((film == dark) | (film >= BRIGHT)).all() and dark.max() <= DARK


def test_each_motion_goes_its_way(train):
    steps = train.corners.diff(dim=1).float()
    right, left, hop = (steps[train.motions == motion] for motion in range(3))
    assert (right == torch.tensor([1, 0])).all() and (left == torch.tensor([-1, 0])).all()
    assert (hop[..., 0] == 0).all()
    corners = train.corners[train.motions == 2][..., 1].float()
    assert torch.equal(corners[:, :6], corners[:, 6:]) and (corners.max(1).values == 12).all()  # on the ground twice
    around = train.corners[train.motions == 3].float() - 6
    assert ((around.norm(dim=-1) - 5).abs() < 0.8).all()
    turn = around[:, :-1, 0] * around[:, 1:, 1] - around[:, :-1, 1] * around[:, 1:, 0]
    assert (turn > 0).all()  # clockwise, since y points down
    assert train.corners.min() == 0 and train.corners.max() == 12


def test_garments_are_those_of_fashion_mnist(train):
    images, labels, _ = fashion_mnist()
    wanted = torch.tensor([*GARMENTS])
    made = small(images[torch.isin(labels, wanted)])
    frame = train.films[train.motions == 0][0, 0, 0]
    x, y = train.corners[train.motions == 0][0, 0].tolist()
    cut = frame[y : y + 12, x : x + 12]
    same = (torch.where(cut >= BRIGHT, cut, 0) == made[:, 0]).flatten(1).all(1)
    kinds = torch.searchsorted(wanted, labels[torch.isin(labels, wanted)])
    assert same.sum() == 1 and kinds[same] == train.garments[train.motions == 0][0]


def test_films_are_the_same_each_time_and_their_owner_s_own(train):
    again = films()
    assert torch.equal(again.films, train.films)
    again.films.zero_()
    assert films().films.any()
    with pytest.raises(ValueError, match="train must be True"):
        films("train")


def test_batches_of_films(train):
    batch, motions = next(Batches(train.films, 8, labels=train.motions))
    assert batch.shape == (8, 12, 1, 24, 24) and motions.shape == (8,) and batch.min() >= -1
    with pytest.raises(ValueError, match="the channels are last"):
        Batches(train.films.movedim(2, 4), 8)
