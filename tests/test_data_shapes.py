"""Shapes: as many as are said, each as what it is, standing on the floor and looking to the front."""

import csv
import shutil
from itertools import islice

import pytest
import torch
from PIL import Image

from gan_lessons.data import Batches, files, shapes

COUNTS = {"chair": (47, 12), "table": (32, 8), "sofa": (17, 5), "all": (96, 25)}


@pytest.fixture(scope="module")
def everything():
    """All models alone, those to train with before those held out."""
    return [shapes("all", train, stretched=False) for train in (True, False)]


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", COUNTS)
def test_there_are_so_many_of_each_kind(kind, train):
    count = COUNTS[kind][0 if train else 1]
    many, alone = shapes(kind, train), shapes(kind, train, stretched=False)
    assert many.voxels.shape == (9 * count, 1, 16, 16, 16) and many.voxels.dtype == torch.bool
    assert alone.voxels.shape == (count, 1, 16, 16, 16)
    assert torch.equal(many.voxels[::9], alone.voxels)  # each model, and then its copies
    assert many.models.tolist() == [model for model in range(count) for _ in range(9)]
    assert alone.models.tolist() == list(range(count)) and len(many.names) == count == len(alone.kinds)
    assert many.kind_names == ("chair", "table", "sofa") and torch.equal(many.kinds[::9], alone.kinds)


def test_all_kinds_are_each_kind_in_turn():
    whole, start = shapes("all"), 0
    for number, kind in enumerate(whole.kind_names):
        one = shapes(kind)
        part = slice(start, start + len(one.voxels))
        assert torch.equal(whole.voxels[part], one.voxels) and (whole.kinds[part] == number).all()
        assert (one.kinds == number).all()
        assert [whole.names[i] for i in whole.models[part]] == [one.names[i] for i in one.models]
        start = part.stop
    assert start == len(whole.voxels)


def test_every_fifth_model_of_the_credits_is_held_out():
    with files.verified("shapes/credits.csv").open(newline="") as file:
        credits = list(csv.DictReader(file))
    assert all(row["creator"] and row["licence"].startswith(("CC0 1.0", "Creative Commons A")) for row in credits)
    assert len({row["id"] for row in credits}) == len(credits) == 121
    for kind in ("chair", "table", "sofa"):
        names = [row["name"] for row in credits if row["kind"] == kind]
        assert shapes(kind, train=False).names == tuple(names[::5])
        assert shapes(kind).names == tuple(name for i, name in enumerate(names) if i % 5)


def test_the_sheets_are_slices_a_model_a_row():
    with Image.open(files.DATA / "shapes/sofa.png") as sheet:
        assert sheet.mode == "1" and sheet.size == (9 * 16 * 16, 22 * 16)
        slice_ = sheet.convert("L").crop(((2 * 16 + 5) * 16, 16, (2 * 16 + 6) * 16, 32))  # of the first to train with
    pixels = torch.tensor(list(slice_.tobytes())).view(16, 16) > 0
    assert pixels.any() and torch.equal(shapes("sofa").voxels[2, 0, 5], pixels)


def test_each_shape_stands_on_the_floor_in_the_middle_and_is_sixteen_voxels_long():
    for train in (True, False):
        whole = shapes("all", train).voxels[:, 0]
        assert whole[:, :, 15].flatten(1).any(1).all()
        depth, rows, columns = whole.any(3).any(2), whole.any(3).any(1), whole.any(2).any(1)  # (N, 16) each
        lengths = torch.stack([places.sum(1) for places in (depth, rows, columns)])
        assert (lengths.amax(0) == 16).all() and (lengths >= 3).all()
        for places in (depth, columns):
            ends = torch.tensor([[where.min(), where.max()] for where in map(torch.nonzero, places)])
            assert ((ends.sum(1) - 15).abs() <= 1).all()


def test_chairs_and_sofas_have_their_backs_behind(everything):
    slices, flat = torch.arange(16) + 0.0, []
    for found in everything:
        for shape, kind, name in zip(found.voxels[:, 0].float(), found.kinds, found.names, strict=True):
            if kind != 1:
                top = int(shape.any(2).any(0).nonzero()[0])
                upper, places = shape[:, top : top + 2].sum((1, 2)), shape.sum((1, 2)).nonzero()
                behind = (slices @ upper) / upper.sum() - places.float().mean()
                assert behind > 0.15 or behind == 0
                flat += [name] if behind == 0 else []
    assert flat == ["Folding chair", "Stool", "Stool"]  # these have no back


def test_tables_have_a_top_and_legs(everything):
    for found in everything:
        areas = found.voxels[found.kinds == 1, 0].sum((1, 3))  # of each row
        assert (areas.amax(1) > 2 * areas[:, 15]).all() and (areas[:, 15] > 0).all()
        assert (areas.argmax(1) - (areas > 0).int().argmax(1) <= 3).all()  # the largest is near the top


def test_the_copies_of_a_model_are_alike_and_not_the_same():
    voxels = shapes().voxels.view(47, 9, 4096)
    both = (voxels[:, :1] & voxels[:, 1:]).sum(2) / (voxels[:, :1] | voxels[:, 1:]).sum(2)
    assert (both.amax(1) > 0.45).all() and both.amax(1).mean() > 0.75
    assert len(voxels.flatten(0, 1).unique(dim=0)) > 415  # of 423


def test_shapes_are_their_owner_s_own():
    first = shapes()
    first.voxels.zero_()
    assert shapes().voxels.any()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"kind": "bed"}, "no kind of shapes 'bed'; there are chair, table, sofa, and all"),
        ({"kind": None}, "no kind of shapes None"),
        ({"train": 1}, "train must be True"),
        ({"stretched": 9}, "stretched must be True, for nine copies of each model, or False, for one, not 9"),
    ],
)
def test_what_there_is_not_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        shapes(**arguments)


def test_a_file_that_was_altered_is_named(monkeypatch, tmp_path):
    from gan_lessons.data.shapes import _models

    shutil.copytree(files.DATA / "shapes", tmp_path / "shapes")
    shutil.copy(files.DATA / "SHA256SUMS", tmp_path)
    (tmp_path / "shapes/sofa.png").write_bytes(b"no picture")
    monkeypatch.setattr(files, "DATA", tmp_path)
    _models.cache_clear()
    with pytest.raises(ValueError, match=r"sofa.png was cut short or altered.*git checkout -- data/shapes/sofa.png"):
        shapes("sofa")
    assert len(shapes("table").names) == 32
    _models.cache_clear()


def test_batches_of_voxels_are_floats_from_0_to_1_and_each_is_drawn_once_a_round():
    found = shapes("sofa")
    numbers = torch.arange(len(found.voxels))
    drawn = []
    for voxels, number in islice(Batches(found.voxels, 9, labels=numbers), 17):
        assert voxels.shape == (9, 1, 16, 16, 16) and voxels.dtype == torch.float32
        assert torch.equal(voxels == 1, found.voxels[number]) and torch.equal(voxels == 0, ~found.voxels[number])
        drawn += number.tolist()
    assert sorted(drawn) == numbers.tolist()
    assert torch.equal(next(Batches(found.voxels.numpy(), 4)), next(Batches(found.voxels, 4)))


def test_voxels_of_another_layout_are_told_what_to_do():
    voxels = shapes("sofa").voxels
    with pytest.raises(ValueError, match=r"not torch.bool \(153, 16, 16, 16\); .*voxels\[:, None\] adds their channel"):
        Batches(voxels[:, 0], 4)
    with pytest.raises(ValueError, match=r"voxels are truth values \(N, 1, D, H, W\)"):
        Batches(voxels.expand(-1, 3, -1, -1, -1), 4)
