"""Train lesson 18's pair on eight of the ten kinds of garments, and write pretrained.safetensors

Bags and ankle boots are left out: they are what the lesson teaches it afterwards.
"""

import hashlib
import sys
from pathlib import Path

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from gan_lessons.checkpoints import save_weights
from gan_lessons.data import Batches, fashion_mnist
from gan_lessons.losses import Lazy, non_saturating, r1
from gan_lessons.networks import ConvDiscriminator, ConvGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

STEPS = 4_000
BATCH = 32
RATE = 4e-3
LEFT_OUT = ("Bag", "Ankle boot")


def train(steps=STEPS, seed=0):
    """Train by lesson 06's recipe; returns the averaged G and D as one module of two, ``G`` and ``D``."""
    seed_everything(seed)
    G, D = (net.to(memory_format=torch.channels_last) for net in (ConvGenerator(), ConvDiscriminator()))
    set_threads(G, D)
    d_opt, g_opt = (torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (D, G))
    plans = [LambdaLR(opt, lambda step: min(1.0, 2 * (1 - step / steps))) for opt in (d_opt, g_opt)]
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.999), use_buffers=True)
    penalty = Lazy(r1(1.0), every=8)
    images, labels, classes = fashion_mnist()
    kept = ~torch.isin(labels, torch.tensor([classes.index(name) for name in LEFT_OUT]))

    def d_update(real):
        return d_step(G, D, d_opt, non_saturating, real, torch.randn(BATCH, 16), penalty=penalty)

    def g_update(real):
        return g_step(G, D, g_opt, non_saturating, torch.randn(BATCH, 16))

    bar = tqdm(adversarial_steps(Batches(images[kept], BATCH, seed), d_update, g_update), total=steps, disable=None)
    for step, _ in enumerate(bar, start=1):
        average.update_parameters(G)
        for plan in plans:
            plan.step()
        if step == steps:
            return nn.ModuleDict({"G": average.module, "D": D})


if __name__ == "__main__":
    path = Path(__file__).with_name("pretrained.safetensors")
    save_weights(train(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS), path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
