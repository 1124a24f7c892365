"""Lesson 18: what its text says of changes of low rank, augmentations, springs and replay, without a training."""

import copy

import pytest
import torch
from lessons import names_of
from torch import nn
from torch.func import functional_call

from gan_lessons import networks


@pytest.fixture(scope="module")
def lesson():
    return names_of(18, "K, Z = 4, 16")


def test_a_change_of_low_rank_begins_as_nothing_and_is_the_layer_with_the_sum(lesson):
    torch.manual_seed(0)
    G, x = networks.ConvGenerator().eval(), torch.randn(3, 16)
    before, whole = G(x), sum(p.numel() for p in G.parameters())
    changed = lesson["low_rank"](copy.deepcopy(G), 4)
    assert torch.equal(changed(x), before)
    inside = [m for m in changed.modules() if isinstance(m, lesson["LowRank"])]
    assert len(inside) == sum(isinstance(m, nn.Linear | nn.Conv2d) for m in G.modules())
    for m in inside:
        nn.init.normal_(m.b)
    plain = [m for m in G.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    for ours, theirs in zip(inside, plain, strict=True):  # the sum, stored as an ordinary weight
        theirs.weight.data += (ours.b @ ours.a).view_as(theirs.weight).detach()
    assert torch.allclose(changed(x), G(x), atol=1e-5) and not torch.allclose(G(x), before, atol=1e-2)
    assert lesson["trained_weights"](changed) == 17_072 and whole == 77_204


def test_only_the_thin_tables_and_the_scales_learn(lesson):
    changed = lesson["low_rank"](networks.ConvGenerator(), 2)
    changed(torch.randn(4, 16)).square().sum().backward()
    learn = {name.rsplit(".", 1)[-1] for name, p in changed.named_parameters() if p.grad is not None}
    assert learn == {"a", "b", "weight", "bias"}
    frozen = [name for name, p in changed.named_parameters() if p.grad is None]
    assert frozen and all(".layer." in name for name in frozen)


def test_an_augmentation_happens_with_its_chance_and_lets_slopes_through(lesson):
    torch.manual_seed(0)
    x = (2 * torch.rand(2000, 1, 28, 28) - 1).requires_grad_()
    assert torch.equal(lesson["Augment"](0)(x), x)
    for p in (0.1, 0.4):
        kept = (lesson["Augment"](p)(x) - x).abs().flatten(1).amax(1) < 1e-5
        unmoved = 1 / 49 * p + 1 - p  # a shift by (0, 0) is no shift
        assert abs(kept.float().mean() - unmoved * (1 - p) ** 2) < 0.04
    (slope,) = torch.autograd.grad(lesson["Augment"](0.5)(x).sum(), x)
    assert (slope.flatten(1).abs().sum(1) > 0).all()


def test_an_augmentation_shifts_brightens_and_cuts_inside_the_range(lesson):
    torch.manual_seed(0)
    x = -torch.ones(500, 1, 28, 28)
    x[:, :, 14, 14] = 0.5
    seen = lesson["Augment"](1.0)(x)
    assert seen.min() >= -1 and seen.max() <= 1
    where = (seen > -1).nonzero()[:, 2:]
    assert where.min() == 11 and where.max() == 17  # up to three pixels each way
    assert 0.1 < ((seen > -1).flatten(1).sum(1) == 0).float().mean() < 0.3  # an eleventh by eleventh square, mostly


@pytest.mark.parametrize("p", [0.0, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("s", [0.0, 0.3, 1.0])
def test_flips_of_all_show_the_share_that_the_table_says(lesson, p, s):
    torch.manual_seed(0)
    x = torch.zeros(20_000, 1, 1, 2)
    right = torch.rand(len(x)) < s
    x[right, 0, 0, 1], x[~right, 0, 0, 0] = 1, 1
    seen = (lesson["Flip"](p)(x)[:, 0, 0, 1]).mean().item()
    assert abs(seen - (p + (1 - 2 * p) * right.float().mean().item())) < 0.015


def test_r_v_says_where_new_images_lie_between_training_and_made_ones(lesson):
    by_heart = lesson["by_heart"]
    assert by_heart([[2.0, 2.0, -1.0], [2.0, -1.0, -1.0], [2.0, 0.5, -1.0]]).tolist() == [0, 1, 0.5]


def test_importance_is_the_sum_of_squared_slopes_of_all_pixels(lesson):
    torch.manual_seed(0)
    G, y = lesson["DigitGenerator"]().double(), torch.eye(4, dtype=torch.double)[1]
    weights = {name: p.detach() for name, p in G.named_parameters()}
    z = torch.randn(4, 16, dtype=torch.double)
    exact = {name: 0.0 for name in weights}
    for each in z:
        slopes = torch.func.jacrev(lambda w, each=each: functional_call(G, w, (each[None], y[None])).flatten())(weights)
        exact = {name: exact[name] + slopes[name].square().sum(0) / len(z) for name in weights}
    torch.manual_seed(1)
    draws = torch.randn
    try:  # the same four z again and again, with a new direction each time
        torch.randn = lambda *shape: z.repeat(1000, 1) if shape == (4000, 16) else draws(*shape, dtype=torch.double)
        found = lesson["importance"](G, y, 4000)
    finally:
        torch.randn = draws
    mean = torch.cat([each.flatten() for each in exact.values()]).mean()
    for name, each in exact.items():
        large = each > each.mean()
        ratio = found[name][large] * mean / each[large]
        assert abs(ratio.mean() - 1) < 0.05 and ratio.std() < 0.2, name


def test_a_spring_pulls_by_price_times_importance_times_distance(lesson):
    torch.manual_seed(0)
    G = lesson["DigitGenerator"]()
    old = {name: torch.randn_like(p) for name, p in G.named_parameters()}
    F = {name: torch.rand_like(p) for name, p in G.named_parameters()}
    value = lesson["spring"](G, [(F, old), (F, old)], 3.0)
    slopes = torch.autograd.grad(value, list(G.parameters()))
    for (name, p), slope in zip(G.named_parameters(), slopes, strict=True):
        assert torch.allclose(slope, 2 * 3.0 * F[name] * (p - old[name]), atol=1e-4)
    assert lesson["spring"](G, [], 3.0) == 0


def test_a_task_replays_its_share_from_the_old_generator_and_only_what_was_learned(lesson):
    torch.manual_seed(0)
    old = lesson["DigitGenerator"]()
    batches = lesson["task"](2, 0.5, old, torch.Generator().manual_seed(0))
    kinds = set()
    for _ in range(20):
        x, y = next(batches)
        new = y[:16].argmax(1)
        assert x.shape == (32, 1, 8, 8) and (new == 2).all()
        kinds |= set(y[16:].argmax(1).tolist())
        assert x[:16].min() >= -1 and not torch.equal(x[16], x[17])
    assert kinds == {0, 1}
    first, y = next(lesson["task"](0, 0.5, None, torch.Generator().manual_seed(0)))
    assert (y.argmax(1) == 0).all() and len(first) == 32
