"""Films: where the thing is, whether it stays itself, how it moves; on a square whose answers are known."""

import pytest
import torch

from gan_lessons import metrics
from gan_lessons.data import films, to_float


def square(corners, side=4, size=24):
    """Return one film (1, T, 1, size, size) of a white square with its upper left corner at each of `corners`."""
    film = -torch.ones(1, len(corners), 1, size, size)
    for frame, (x, y) in zip(film[0], corners, strict=True):
        frame[0, y : y + side, x : x + side] = 1
    return film


@pytest.fixture(scope="module")
def held_out():
    return films(train=False)


@pytest.fixture(scope="module")
def real(held_out):
    return to_float(held_out.films)


def test_the_centre_of_a_square_that_moves_one_pixel_a_frame():
    centres = metrics.film_centres(square([(t, 9) for t in range(12)]))
    assert torch.allclose(centres[0], torch.tensor([[t + 1.5, 10.5] for t in range(12)]))


def test_a_frame_without_light_has_its_centre_in_the_middle():
    film = square([(0, 0), (5, 5)])
    film[0, 0] = -0.36
    assert metrics.film_centres(film)[0, 0].tolist() == [11.5, 11.5]
    assert metrics.content_change(-torch.ones(1, 3, 1, 24, 24)).item() == 0


def test_content_that_moves_is_unchanged_and_content_that_grows_is_not():
    assert metrics.content_change(square([(t, 2 * t) for t in range(10)])).item() == 0
    grows = torch.cat([square([(5, 5)], side) for side in (3, 5)], 1)  # 9 pixels, then 25: 16 differ, of 17 on average
    assert metrics.content_change(grows).item() == pytest.approx(16 / 17)


def test_the_distance_of_two_paths_is_the_root_of_the_mean_square():
    real = torch.cat([square([(t, 9) for t in range(8)]), square([(9, t) for t in range(8)])])
    distance, nearest = metrics.nearest_paths(square([(t, 9 + (t % 2) * 2) for t in range(8)]), real)
    assert nearest.item() == 0 and distance.item() == pytest.approx(2**0.5)  # 0 and 2 pixels off in turn


def test_the_films_move_as_they_say_and_stay_themselves(held_out, real):
    centres = metrics.film_centres(real)
    moved = centres.diff(dim=1) - held_out.corners.diff(dim=1)
    assert moved.abs().max() < 1e-3
    assert metrics.content_change(real).max() < 1e-3
    _, nearest = metrics.nearest_paths(real, to_float(films().films))
    assert (films().motions[nearest] == held_out.motions).float().mean() > 0.98


def test_the_judge_tells_what_moves_and_how(held_out, real):
    garments, motions = metrics.predicted_films(real)
    assert (garments == held_out.garments).float().mean() > 0.8
    assert (motions == held_out.motions).float().mean() > 0.98


def test_features_are_far_for_frozen_and_for_shuffled_films(real):
    features = metrics.film_features(real)
    assert features.shape == (1000, 64)
    train = to_float(films().films[:1000])
    near = metrics.frechet_distance(metrics.film_features(train), features)
    frozen = train[:, :1].expand_as(train)
    shuffled = train[:, torch.randperm(12, generator=torch.Generator().manual_seed(0))]
    for liar in (frozen, shuffled):
        assert metrics.frechet_distance(metrics.film_features(liar), features) > 5 * near


@pytest.mark.parametrize(
    ("moving", "match"),
    [
        (torch.zeros(2, 1, 24, 24) - 1, r"films must be \(N, T, 1, H, W\), not \(2, 1, 24, 24\)"),
        (torch.zeros(2, 11, 1, 24, 24) - 1, "12 frames of 24×24 pixels alone"),
        (torch.zeros(2, 12, 3, 24, 24) - 1, r"films must be \(N, T, 1, H, W\)"),
        (torch.zeros(2, 12, 1, 24, 24, dtype=torch.uint8), "to_float"),
        (torch.full((2, 12, 1, 24, 24), float("nan")), "NaN"),
    ],
)
def test_other_films_are_refused(moving, match):
    with pytest.raises(ValueError, match=match):
        metrics.film_features(moving)
