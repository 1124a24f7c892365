"""Lesson 02, section 5: what its text says that the playground will show, when the reader does what it says.

With the environment variable TEN_SEEDS set, it is computed for ten seeds.
"""

import os
from statistics import median

import pytest
import torch
from torch import nn
from torch.nn.functional import cosine_similarity, normalize, softplus

from gan_lessons import losses
from gan_lessons.runtime import seed_everything
from gan_lessons.widgets import Playground

SEEDS = range(10) if os.environ.get("TEN_SEEDS") else [0]


def network(inputs, outputs, width=64):
    layers = [nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2)]
    layers.append(nn.Linear(width, outputs))
    return nn.Sequential(*layers, nn.Flatten(0)) if outputs == 1 else nn.Sequential(*layers)


def new_game(seed):
    """The lesson's ring_game at step 0; the same weights and numbers."""
    seed_everything(seed)
    return Playground(
        network(2, 2), network(2, 1), losses.non_saturating, data="ring", penalty=None, strength=1.0, seed=seed,
        d_opt="gradient descent", g_opt="gradient descent", d_rate=0.1, g_rate=0.2, half_steps=10,
    )  # fmt: skip


def arrows(game):
    """Return 300 generated points and their unit arrows, (300, 2) each."""
    z = torch.randn(300, 2, generator=torch.Generator().manual_seed(1))
    points = game.G(z).detach().requires_grad_()
    (slope,) = torch.autograd.grad(softplus(-game.D(points)).sum(), points)
    return points.detach(), normalize(-slope, dim=1)


@pytest.fixture(scope="module", params=SEEDS)
def played(request):
    """The game after 1,500 steps; its measures, and how far its arrows agree, every 50."""
    game = new_game(request.param)
    looks = [game.run(50) | {"agreement": arrows(game)[1].mean(0).norm().item()} for _ in range(30)]
    return game, looks


def test_first_a_thin_cloud_over_the_ring_and_then_a_clump_whose_arrows_agree(played):
    _, looks = played
    cloud = looks[:8]  # to step 400
    assert max(look["covered"] for look in cloud) >= 7
    assert max(look["good"] for look in cloud) < 0.1
    assert max(look["covered"] for look in looks[26:]) <= 3  # from step 1,350 on
    assert looks[-1]["covered"] <= 2
    agreement = [look["agreement"] for look in looks]
    assert median(agreement[1:16]) < 0.5  # in the cloud, from step 100 to 800
    assert median(agreement[-6:]) > 2 * median(agreement[1:16])


def test_the_half_steps_move_what_the_text_says_and_the_arrows_turn(played):
    game, _ = played
    points, _ = arrows(game)
    field = game.D(points).detach()
    game.half_steps("D", 40)
    still, before = arrows(game)
    assert torch.equal(points, still) and not torch.equal(field, game.D(points))
    field = game.D(points).detach()
    game.half_steps("G", 10)
    assert torch.equal(field, game.D(points))
    moved, _ = arrows(game)
    assert (moved - points).mean(0).norm() > (moved - points).std(0).norm()  # together
    turned = []
    for _ in range(12):
        game.half_steps("D", 10)
        _, after = arrows(game)
        turned.append(cosine_similarity(before.mean(0), after.mean(0), dim=0))
        game.half_steps("G", 10)
    assert min(turned) < 0  # sooner or later they turn back
