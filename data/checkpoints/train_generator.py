"""Train lesson 06's generator for longer, and write generator.safetensors: python train_generator.py [seconds]"""

import hashlib
import math
import sys
import time
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from gan_lessons import metrics
from gan_lessons.checkpoints import save_weights
from gan_lessons.data import Batches, fashion_mnist
from gan_lessons.losses import Lazy, non_saturating, r1
from gan_lessons.networks import ConvDiscriminator, ConvGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

BATCH = 32
Z = 16
RATE = 4e-3
GAMMA = 1.0
LAZY = 8
DECAY = 0.99


def train(seconds, seed, decay=DECAY):
    """Train by lesson 06's recipe for some seconds; returns the averaged generator and the steps done."""
    seed_everything(seed)
    G, D = (net.to(memory_format=torch.channels_last) for net in (ConvGenerator(Z), ConvDiscriminator()))
    set_threads(G, D)
    optimizers = [torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (D, G)]
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
    penalty = Lazy(r1(GAMMA), every=LAZY)
    d_opt, g_opt = optimizers

    def d_update(real):
        return d_step(G, D, d_opt, non_saturating, real, torch.randn(BATCH, Z), penalty=penalty)

    def g_update(real):
        return g_step(G, D, g_opt, non_saturating, torch.randn(BATCH, Z))

    batches = Batches(fashion_mnist().images, BATCH, seed=seed)
    started = time.perf_counter()
    bar = tqdm(adversarial_steps(batches, d_update, g_update), disable=None, unit="step")
    for steps, _ in enumerate(bar, start=1):
        average.update_parameters(G)
        share = (time.perf_counter() - started) / seconds
        if share >= 1:
            return average.module.eval(), steps
        for optimizer in optimizers:  # half a cosine over the time, as the lesson's is over the steps
            optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * share))


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 900
    G, steps = train(seconds, seed=0, decay=0.999)
    path = Path(__file__).with_name("generator.safetensors")
    save_weights(G, path)
    with torch.no_grad():
        z = torch.randn(metrics.SAMPLES, Z, generator=torch.Generator().manual_seed(1))
        images = torch.cat([G(part) for part in z.split(500)])
    print(f"{steps:,} steps in {seconds:.0f} s")
    print(metrics.quality_table(generator=metrics.quality(images)))
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
