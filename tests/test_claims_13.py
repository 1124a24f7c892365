"""Lesson 13: what its text says of its networks, of its stored table and of what is typed, without a training."""

import ast
import math

import pytest
import torch
from lessons import SOURCES, names_of
from torch import nn

from gan_lessons import losses

SOURCE = (SOURCES / "13_image_to_image.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson():
    return names_of(13, "FACES =", "def strokes", "def best_row")


@pytest.fixture(scope="module")
def medians():
    """The stored table's medians by task and losses: read there, distance, read back, there and back."""
    tree = ast.parse(SOURCE)
    stored = next(
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "STORED"
    )
    rows = {}
    for line in stored.strip().splitlines():
        name, _, *numbers = line.rsplit(maxsplit=5)
        rows.setdefault(name, []).append([float(number) for number in numbers])
    assert {len(seeds) for seeds in rows.values()} == {3} and len(rows) == 9
    return {name: [sorted(column)[1] for column in zip(*seeds, strict=True)] for name, seeds in rows.items()}


def test_the_table_says_what_the_text_reads_in_it(medians):
    assert all(row[0] > 0.7 for name, row in medians.items() if name.startswith("round"))
    for task, without in (("round", 0.7), ("mosaics", 0.1)):
        with_it, others = medians[f"{task}, cycle and identity"], ("identity alone", "neither")
        assert all(medians[f"{task}, {name}"][2] < without * with_it[2] for name in others)
        assert all(medians[f"{task}, {name}"][3] > 3 * with_it[3] for name in others)
    assert medians["brush, cycle and identity"][0] > 0.7 and 0.232 < medians["brush, cycle and identity"][1] < 0.243
    stored = SOURCE[SOURCE.index("STORED = ") :]
    alone = [line.split()[-3:] for line in stored.splitlines() if line.startswith("mosaics, cycle alone")]
    assert [(line[0], line[2]) for line in alone] == [("0.063", "0.036"), ("0.057", "0.036"), ("0.146", "0.038")]


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_the_stroke_of_the_median_is_gone_from_twice_the_width_on(lesson, width):
    kept = {places: lesson["strokes"](places, width).median(0).values.sum().item() for places in range(1, 16)}
    assert all((ink == 0) == (places >= 2 * width) for places, ink in kept.items())


def test_the_median_and_the_mean_are_the_cheapest_rows(lesson):
    rows = lesson["strokes"](5)
    for best, loss in ((rows.median(0).values, torch.abs), (rows.mean(0), torch.square)):
        cost = loss(best - rows).mean()
        assert all(loss(best + 0.05 * torch.randn(24) - rows).mean() > cost for _ in range(100))


def test_a_net_without_skips_sees_the_picture_through_its_bottom_alone(lesson):
    seen = {}
    for skips in (True, False):
        net = lesson["UNet"](skips=skips).eval()
        net.bottom.register_forward_hook(lambda module, given, result: torch.zeros_like(result))
        with torch.no_grad():
            a, b = (net(torch.randn(1, 1, 32, 32)) for _ in range(2))
        seen[skips] = not torch.allclose(a, b)
    assert seen == {True: True, False: False}


def test_z_reaches_the_result_and_pictures_keep_their_size(lesson):
    net = lesson["UNet"](z_dim=8).eval()
    x = torch.randn(2, 1, 32, 32)
    with torch.no_grad():
        assert net(x).shape == x.shape
        assert not torch.allclose(net(x, torch.zeros(2, 8)), net(x, torch.ones(2, 8)))
        assert torch.equal(net(x, torch.ones(2, 8)), net(x, torch.ones(2, 8)))


def test_the_loss_of_d_is_that_of_the_course_and_r1_comes_at_every_eighth_step(lesson):
    torch.manual_seed(0)
    D = nn.Conv2d(1, 1, 32)  # one logit: (N, 1, 1, 1)
    real, fake = torch.randn(2, 3, 1, 32, 32)

    def judge(pictures):
        return D(pictures).squeeze(1)

    plain = losses.non_saturating.d(judge(real), judge(fake)).item()
    value, logs = lesson["verdict_on"](judge, real, fake, step=1)
    assert math.isclose(value.item(), plain, rel_tol=1e-6) and math.isclose(logs["d_loss"], plain, rel_tol=1e-6)
    value, _ = lesson["verdict_on"](judge, real, fake, step=8, gamma=2.0)
    slope = D.weight.square().sum().item()  # D is linear: the slope is its weight
    assert math.isclose(value.item(), plain + 8 * 2.0 / 2 * slope, rel_tol=1e-5)


def test_no_character_is_in_both_sets_of_the_training_without_pairs(lesson):
    characters = lesson["train"].characters
    assert not {*characters[::2]} & {*characters[1::2]} and not {*characters} & {*lesson["held_out"].characters}
    assert "PRINT[::2], ROUND[1::2]" in SOURCE and "PRINT[::2], mosaic(PRINT)[1::2]" in SOURCE


def test_the_cycle_trains_both_maps(lesson):
    G, F, game = lesson["cycle_game"](lesson["PRINT"][::2], lesson["ROUND"][1::2])
    before = [parameter.clone() for net in (G, F) for parameter in net.parameters()]
    logs = next(game)
    assert {"d_loss", "g_loss", "d_real", "d_fake"} <= logs.keys()
    after = [parameter for net in (G, F) for parameter in net.parameters()]
    assert sum(not torch.equal(a, b) for a, b in zip(before, after, strict=True)) > 0.9 * len(after)


def test_a_mosaic_has_one_grey_for_each_block_and_nothing_is_hidden_in_it(lesson):
    tiles = lesson["mosaic"](lesson["printed"])
    assert torch.allclose(lesson["mosaic"](tiles), tiles, atol=1e-6)
    assert tiles.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4).std(4).max() == 0


def test_the_characters_to_paste_are_held_out(lesson):
    (line,) = [line for line in SOURCE.splitlines() if line.startswith("# 2. Paste ten held-out ones: ")]
    pasted = line.removeprefix("# 2. Paste ten held-out ones: ").split(".")[0].split()
    assert len(pasted) == 10 and {*pasted} <= {*lesson["held_out"].characters}
