"""The convolutional GAN on Fashion-MNIST that loop.py and widgets.py time."""

import copy

import gan_lessons  # noqa: F401 - before torch, as every lesson does

# isort: split
import torch

from gan_lessons.data import Batches, fashion_mnist
from gan_lessons.losses import non_saturating
from gan_lessons.networks import ConvDiscriminator, ConvGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

BATCH, Z_DIM = 32, 16


def training():
    """Return (G, its endless training): `next` does one step of D and one of G."""
    seed_everything(0)
    G, D = (net.to(memory_format=torch.channels_last) for net in (ConvGenerator(Z_DIM), ConvDiscriminator()))
    set_threads(G, D)
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.99)) for net in (G, D))
    steps = adversarial_steps(
        Batches(fashion_mnist().images, BATCH),
        lambda real: d_step(G, D, d_adam, non_saturating, real, torch.randn(BATCH, Z_DIM)),
        lambda real: g_step(G, D, g_adam, non_saturating, torch.randn(BATCH, Z_DIM)),
    )
    return G, steps


def frozen(G):
    """Return a copy of `G` in eval mode, as an average of its weights would be."""
    return copy.deepcopy(G).eval().requires_grad_(False)
