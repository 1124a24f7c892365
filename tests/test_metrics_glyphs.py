"""The judge of glyphs: what it reads, the face it sees, and distances that tell faces and not characters apart."""

import pytest
import torch

from gan_lessons import metrics
from gan_lessons.data import glyphs, to_float


@pytest.fixture(scope="module")
def held_out():
    return glyphs(train=False)


def read(images, characters):
    """Return the share of images that are read as they should be, and their faces."""
    found, faces = metrics.predicted_glyphs(images)
    return sum(a == b for a, b in zip(found, characters, strict=True)) / len(characters), faces


@pytest.mark.parametrize("face", [0, 1, 2])
def test_it_reads_each_face_and_names_it(held_out, face):
    share, faces = read(to_float(held_out[1 + face]), held_out.characters)
    assert share > 0.99 and (faces == face).float().mean() > 0.99


def test_it_reads_what_is_moved_and_not_what_is_blank(held_out):
    moved = to_float(held_out.brush).roll((1, 1), (2, 3))
    share, faces = read(moved, held_out.characters)
    assert share > 0.9 and (faces == 1).float().mean() > 0.9
    blank, _ = read(torch.ones(376, 1, 32, 32), held_out.characters)
    assert blank < 0.01


def test_features_are_near_for_one_face_and_far_for_another(held_out):
    brush = metrics.glyph_features(to_float(held_out.brush))
    others = metrics.glyph_features(to_float(glyphs().brush[:376]))
    printed = metrics.glyph_features(to_float(held_out.print))
    assert brush.shape == (376, 64) and 0.8 < brush.square().mean() < 1.25
    assert metrics.frechet_distance(printed, brush) > 4 * metrics.frechet_distance(others, brush)


@pytest.mark.parametrize(
    ("images", "match"),
    [
        (torch.zeros(2, 1, 28, 28) - 1, r"images must be \(N, 1, 32, 32\), not \(2, 1, 28, 28\); the course's reader"),
        (torch.zeros(2, 1, 32, 32, dtype=torch.uint8), "to_float"),
        (torch.full((2, 1, 32, 32), float("nan")), "NaN"),
    ],
)
def test_other_images_are_refused(images, match):
    with pytest.raises(ValueError, match=match):
        metrics.predicted_glyphs(images)
