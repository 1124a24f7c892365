"""Lesson 17: what its text says of voxels, liars, thresholds and blends, without a training."""

import re

import pytest
import torch
from lessons import SOURCES, names_of
from torch import nn

from gan_lessons import metrics, networks

SOURCE = (SOURCES / "17_shapes.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson():
    return names_of(17, "train, held_out")


def test_the_lessons_networks_are_those_of_the_checkpoints(lesson):
    for name in ("VoxelGenerator", "VoxelDiscriminator"):
        torch.manual_seed(0)
        ours = lesson[name]()
        torch.manual_seed(0)
        packaged = getattr(networks, name)()
        assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), packaged.parameters(), strict=True))
        x = torch.rand(3, 64) if name == "VoxelGenerator" else torch.rand(3, 1, 16, 16, 16)
        assert torch.equal(ours.eval()(x), packaged.eval()(x))


def test_a_transposed_convolution_in_space_is_the_transpose_of_its_convolutions_matrix():
    torch.manual_seed(0)
    up = nn.ConvTranspose3d(2, 1, 4, stride=2, padding=1, bias=False).double()
    down = nn.Conv3d(1, 2, 4, stride=2, padding=1, bias=False).double()
    down.weight.data = up.weight.data
    each_voxel = torch.eye(4**3, dtype=torch.double).view(-1, 1, 4, 4, 4)
    matrix = down(each_voxel).flatten(1).T  # (2·2³, 4³): column by column
    x = torch.randn(1, 2, 2, 2, 2, dtype=torch.double)
    assert torch.allclose(up(x).flatten(), matrix.T @ x.flatten())


def test_the_sixteen_chairs_that_are_shown_are_sixteen_models(lesson):
    shown = lesson["train"].models[::27]
    assert len(shown) == 16 and shown.unique().numel() == 16


def test_the_rule_lets_d_learn_up_to_the_limit_and_not_above(lesson):
    right = lesson["share_right"]
    assert right(torch.tensor([1.0, -1.0]), torch.tensor([-1.0, -1.0, -1.0, 2.0])) == pytest.approx(0.625)
    for limit, learns in ((1.0, True), (0.0, False)):
        training = lesson["Training"](limit=limit)
        before = [p.clone() for p in training.D.parameters()]
        logs = training.d_update(lesson["chairs"][:32].float())
        changed = any(not torch.equal(a, b) for a, b in zip(before, training.D.parameters(), strict=True))
        assert changed == learns == bool(logs) and len(training.right) == 1


def test_the_liars_are_what_the_text_says(lesson):
    chairs, lies = lesson["chairs"], lesson["liars"](seed=5)
    assert all(lie.shape == (400, 1, 16, 16, 16) and lie.dtype == torch.bool for lie in lies.values())
    assert (metrics.nearest_iou(lies["copies"], chairs).iou == 1).all()
    assert lies["one"].unique(dim=0).shape[0] == lies["mean"].unique(dim=0).shape[0] == 1
    assert torch.equal(lies["scattered"].flatten(1).sum(1), lies["copies"].flatten(1).sum(1))
    assert (lies["mean"][0].float() - ((chairs.float().mean(0)) > 0.5).float()).abs().max() == 0


def test_the_table_of_exercise_4_is_what_the_measures_say_of_liars(lesson):
    rows = re.findall(r"# \| ([A-D])" + 6 * r" \| ([\d.]+)" + r" \|", SOURCE)
    named = dict(re.findall(r'"([A-D])": "(\w+)"', SOURCE[SOURCE.index("name the liars") :]))
    made = lesson["liars"](seed=7)
    assert len(rows) == 4
    for letter, *numbers in rows:
        found = lesson["scores"](made[named[letter]]).tolist()
        assert [f"{value:.2f}" for value in found] == numbers


def test_a_blend_is_the_first_shape_until_the_middle_and_the_second_from_there_on(lesson):
    a, b = lesson["chairs"][0].float(), lesson["chairs"][40].float()
    for t in (0.1, 0.3, 0.49):
        assert torch.equal(torch.lerp(a, b, t) > 0.5, a > 0.5)
        assert torch.equal(torch.lerp(a, b, 1 - t) > 0.5, b > 0.5)


def test_most_values_of_the_made_chairs_are_near_0_or_1_and_thin_parts_go_first(lesson):
    made = lesson["make"](networks_of_the_course(), count=100)
    middling = ((made > 0.2) & (made < 0.8)).float().mean()
    assert middling < 0.1
    full = [metrics.occupied(made, threshold).mean() for threshold in (0.1, 0.5, 0.8)]
    assert full[0] > 1.1 * full[1] and full[2] < 0.95 * full[1]


def networks_of_the_course():
    from gan_lessons.checkpoints import load_weights

    return load_weights(networks.VoxelGenerator(), "chairs3d").eval()
