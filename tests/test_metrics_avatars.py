"""The judge of avatars: right on held-out faces, at floor on real ones, and clear about what it can not judge."""

import pytest
import torch

from gan_lessons import metrics
from gan_lessons.data import avatars, to_float


@pytest.fixture(scope="module")
def held_out():
    return avatars(train=False)


def test_the_judge_is_right_on_held_out_faces(held_out):
    labels, confidence = metrics.predicted_attributes(to_float(held_out.images))
    right = (labels == held_out.labels).float().mean(0)
    assert dict(zip(held_out.attributes, (right > 0.98).tolist(), strict=True)) == {
        name: name != "hair colour" for name in held_out.attributes
    }
    assert right[list(held_out.attributes).index("hair colour")] > 0.9  # hats hide some
    assert confidence.shape == labels.shape and 0 < confidence.min() and confidence.max() <= 1


def test_features_of_real_faces_are_near_and_of_blurred_ones_far(held_out):
    real = metrics.avatar_features(to_float(held_out.images))
    train = metrics.avatar_features(to_float(avatars().images[:1000]))
    assert real.shape == (1000, 64) and 0.8 < real.square().mean() < 1.25
    blurred = torch.nn.functional.avg_pool2d(to_float(held_out.images), 3, 1, 1)
    floor = metrics.frechet_distance(train, real)
    assert metrics.frechet_distance(metrics.avatar_features(blurred), real) > 10 * floor


@pytest.mark.parametrize(
    ("images", "match"),
    [
        (torch.zeros(2, 1, 28, 28) - 1, r"images must be \(N, 3, 16, 16\), not \(2, 1, 28, 28\); the course's judge"),
        (torch.zeros(2, 3, 16, 16, dtype=torch.uint8), "to_float"),
        (torch.full((2, 3, 16, 16), float("nan")), "NaN"),
    ],
)
def test_other_images_are_refused(images, match):
    with pytest.raises(ValueError, match=match):
        metrics.predicted_attributes(images)
