"""Train lesson 12's generator of avatars, and write stylegan_avatars.safetensors: python train_stylegan.py [steps]"""

import hashlib
import sys
import time
from itertools import islice
from pathlib import Path

import torch
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons import metrics
from gan_lessons.checkpoints import save_weights
from gan_lessons.data import Batches, avatars, to_float
from gan_lessons.losses import Lazy, non_saturating, r1
from gan_lessons.networks import StyleDiscriminator, StyleGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

SEED = 0
BATCH = 32
Z = 64
RATE = 2e-3  # of G; its mapping learns at a tenth of it
D_RATE = 1e-2
GAMMA = 3.0
LAZY = 8
MIXING = 0.5
DECAY = 0.995


def mixed(G, z):
    """Return images of z (N, z_dim), half of them with another z's styles from a random layer on."""
    w = G.mapping(z)
    layers = len(G.synthesis.layers)
    other = w[torch.randperm(len(w))]
    cross = torch.randint(1, layers, (len(w), 1))
    cross[torch.rand(len(w), 1) >= MIXING] = layers
    late = (torch.arange(layers) >= cross)[..., None]  # (N, layers, 1)
    return G.synthesis(torch.where(late, other[:, None], w[:, None]))


def training(G, D, average, batches, steps):
    """Return the iterator over the training of G, D and the average of G; the rates fall to 0 over `steps`."""
    slow = {"params": G.mapping.parameters(), "lr": RATE / 10}
    g_opt = Adam([{"params": G.synthesis.parameters()}, slow], lr=RATE, betas=(0.0, 0.99), fused=True)
    d_opt = Adam(D.parameters(), lr=D_RATE, betas=(0.0, 0.99), fused=True)
    schedules = [CosineAnnealingLR(opt, steps) for opt in (d_opt, g_opt)]
    penalty = Lazy(r1(GAMMA), every=LAZY)

    def make(z):
        return mixed(G, z)

    def d_update(real):
        return d_step(make, D, d_opt, non_saturating, real, torch.randn(BATCH, Z), penalty=penalty)

    def g_update(real):
        logs = g_step(make, D, g_opt, non_saturating, torch.randn(BATCH, Z))
        average.update_parameters(G)
        for schedule in schedules:
            schedule.step()
        return logs

    return adversarial_steps(batches, d_update, g_update)


def score(G, count=1000):
    """Return FD of `count` samples against the held-out faces, precision and recall."""
    with torch.no_grad():
        z = torch.randn(count, Z, generator=torch.Generator().manual_seed(1))
        fake = metrics.avatar_features(torch.cat([G(part) for part in z.split(250)]).clamp(-1, 1))
    real = metrics.avatar_features(to_float(avatars(train=False).images))
    return metrics.frechet_distance(fake, real), *metrics.precision_recall(fake, real)


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 14_000
    seed_everything(SEED)
    G, D = (net.to(memory_format=torch.channels_last) for net in (StyleGenerator(Z), StyleDiscriminator()))
    set_threads(G, D)
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    path = Path(__file__).with_name("stylegan_avatars.safetensors")
    started = time.perf_counter()
    run = training(G, D, average, Batches(avatars().images, BATCH, seed=SEED), steps)
    for step, logs in enumerate(islice(run, steps), start=1):
        if step % 500 == 0 or step == steps:
            fd, precision, recall = score(average.module)
            d, g, seconds = logs["d_loss"], logs["g_loss"], time.perf_counter() - started
            text = f"step {step:,} of {steps:,}, {seconds:.0f} s: D {d:.2f}, G {g:.2f}, FD {fd:.2f}, "
            print(f"{text}precision {precision:.2f}, recall {recall:.2f}", flush=True)
            save_weights(average.module, path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
