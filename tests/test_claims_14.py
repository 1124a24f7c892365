"""Lesson 14: what its text says of films, slices and liars, and what the sliders show, without a training."""

import re
from itertools import pairwise

import pytest
import torch
from lessons import SOURCES, names_of

from gan_lessons import metrics
from gan_lessons.data import films, to_float

SOURCE = (SOURCES / "14_video.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson():
    return names_of(14, "train, held_out", "def changing", "COLUMNS =")


@pytest.fixture(scope="module")
def lies(lesson):
    return lesson["liars"](films(train=False), seed=5)


def test_a_stripe_of_one_pixel_a_frame_leans_and_a_hop_blinks(lesson):
    real, one_each = lesson["real"], lesson["one_each"]
    light = real > metrics.films.LIGHT
    for film, name in ((0, "right"), (7, "left"), (12, "hop"), (18, "circle")):
        frames = light[one_each[film], :, 0]
        row = frames.sum((0, 2)).argmax()  # the orange line where the garment is
        left_edges = [int(line.nonzero()[0]) for line in frames[:, row] if line.any()]
        steps = {later - earlier for earlier, later in pairwise(left_edges)}
        if name in ("right", "left"):
            assert steps == {1 if name == "right" else -1} and len(left_edges) == 12
        if name == "circle":
            x = metrics.film_centres(real[one_each[film]][None])[0, :, 0]
            assert x.diff().max() > 1.5 and x.diff().min() < -1.5
    for film in range(10, 15):  # hops: some row is light at some times and dark at others, in turn
        frames = light[one_each[film], :, 0].any(2)
        assert any((row.int().diff() != 0).sum() >= 3 for row in frames.T)
        height = metrics.film_centres(real[one_each[film]][None])[0, :, 1]
        turns = (height.diff().sign().diff() != 0).sum()
        assert turns >= 3  # two arches: up, down, up, down
        assert metrics.film_centres(real[one_each[film]][None])[0, :, 0].std() < 0.5


def test_hops_are_the_fastest_motion(lesson):
    steps = lesson["train"].corners.diff(dim=1).abs().amax((1, 2))
    fastest = [int(steps[lesson["train"].motions == motion].max()) for motion in range(4)]
    assert fastest == [1, 1, 6, 3] and lesson["MOTIONS"] == ("right", "left", "hop", "circle")


def test_each_frame_of_a_liar_is_a_real_frame(lesson, lies):
    held_out = lesson["held_out"]
    true = {frame.numpy().tobytes() for frame in to_float(held_out.films).flatten(0, 1)}
    for lie in lies.values():
        assert {frame.contiguous().numpy().tobytes() for frame in lie.flatten(0, 1)} <= true


def test_a_changing_film_is_where_the_film_that_it_follows_is(lesson, lies):
    real, lie = lesson["real"], lies["changing"]
    _, path = lesson["held_out"].corners.flatten(1).unique(dim=0, return_inverse=True)
    several = path.bincount()[path] > 1  # a path that no other film has cannot change its garment
    assert several.float().mean() > 0.95
    off = (metrics.film_centres(lie) - metrics.film_centres(real)).norm(dim=2)
    assert off.mean() < 1.5  # garments are not all centred alike
    assert (lie[several] != real[several]).flatten(2).any(2)[:, 1:].float().mean() > 0.8


def test_backwards_three_motions_of_four_are_real_ones(lesson, lies):
    real, motions = lesson["real"], lesson["held_out"].motions
    off = metrics.nearest_paths(lies["backwards"], to_float(lesson["train"].films)).distance
    by_motion = [off[motions == motion].mean() for motion in range(4)]
    assert max(by_motion[:3]) < 0.5 and by_motion[3] > 3
    there = metrics.nearest_paths(lies["backwards"][motions == 0], real).nearest
    assert (motions[there] == 1).all()  # what goes to the right, backwards, goes to the left


def test_a_mean_over_frames_does_not_know_their_order(lesson, lies):
    judge = torch.nn.Sequential(torch.nn.Flatten(1), torch.nn.Linear(24 * 24, 1)).double()
    with torch.no_grad():
        logits = [
            judge(made.double().flatten(0, 1)).view(len(made), -1).mean(1)
            for made in (lesson["real"], lies["shuffled"])
        ]
    assert (logits[0] - logits[1]).abs().max() < 1e-12


def test_the_slices_of_exercise_2_show_what_its_answer_names(lesson):
    text = SOURCE[SOURCE.index("four films from the side") :]
    rows = [re.findall(r"[·▒█]+", line) for line in text.splitlines() if line.startswith("# ·") or "█" in line]
    named = re.findall(r'"[A-D]": "(\w+)"', re.search(r"named = \{(.*?)\}\n", text)[1])
    from_the_side = lesson["real"][:, :, 0].amax(2)  # (1000, 12, 24)
    shades = (from_the_side > -0.35).int() + (from_the_side > 0.2)
    assert len(rows) == 12
    for letter, motion in enumerate(named):
        drawn = torch.tensor([["·▒█".index(mark) for mark in row[letter]] for row in rows])
        same = (shades == drawn).flatten(1).all(1).nonzero().flatten()
        assert {lesson["MOTIONS"][lesson["held_out"].motions[int(n)]] for n in same} == {motion}


def test_the_table_of_exercise_4_is_what_the_measures_say_of_liars(lesson):
    rows = re.findall(r"# \| ([A-D]) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", SOURCE)
    named = dict(re.findall(r'"([A-D])": "(\w+)"', SOURCE[SOURCE.index("name the liars") :]))
    assert len(rows) == 4
    made = lesson["liars"](lesson["train"])
    for letter, *numbers in rows:
        found = lesson["scores"](made[named[letter]][1000:2000])  # other films than those of section 2
        assert found.tolist() == pytest.approx([float(number) for number in numbers], rel=0.1, abs=0.05), letter


def test_a_frozen_film_has_no_jolt_and_is_nearer_to_a_path_than_a_shuffled_one(lesson, lies):
    jolt = [metrics.film_centres(lies[name]).diff(n=2, dim=1).norm(dim=2).mean() for name in ("frozen", "shuffled")]
    assert jolt[0] < 1e-5 and jolt[1] > 1
    off = [metrics.nearest_paths(lies[name], lesson["real"]).distance.mean() for name in ("frozen", "shuffled")]
    assert off[0] < off[1]
