"""Lesson 02, section 5: what its text says that the playground will show, when the reader does what it says.

With the environment variable TEN_SEEDS set, it is computed for ten seeds.
"""

import os

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize, softplus

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
    """The game after 1,500 steps, and its measures every 50."""
    game = new_game(request.param)
    return game, [game.run(50) for _ in range(30)]


def test_first_a_thin_cloud_over_the_ring_and_then_a_clump(played):
    _, looks = played
    cloud = looks[:8]  # to step 400
    assert max(look["covered"] for look in cloud) >= 7
    assert max(look["good"] for look in cloud) < 0.1
    assert max(look["covered"] for look in looks[26:]) <= 3  # from step 1,350 on
    assert looks[-1]["covered"] <= 2


def test_the_arrows_agree_and_the_half_steps_move_what_the_text_says(played):
    game, _ = played
    points, pull = arrows(game)
    assert pull.mean(0).norm() > 0.9  # all point the same way
    field = game.D(points).detach()
    game.half_steps("D", 40)
    still, before = arrows(game)
    assert torch.equal(points, still) and not torch.equal(field, game.D(points))
    field = game.D(points).detach()
    game.half_steps("G", 10)
    assert torch.equal(field, game.D(points))
    moved, _ = arrows(game)
    assert (moved - points).mean(0).norm() > (moved - points).std(0).norm()  # together
    game.half_steps("D", 10)
    _, after = arrows(game)
    one, other = (normalize(unit.mean(0), dim=0) for unit in (before, after))
    assert (one * other).sum() < 0.8  # to some other place
