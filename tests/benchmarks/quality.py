"""FD after equal training time, lesson 06's recipe against the classic DCGAN recipe.

python tests/benchmarks/quality.py [--seconds 60] [--seeds 3]
"""

import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn

from gan_lessons import metrics
from gan_lessons.data import DATA, Batches, fashion_mnist
from gan_lessons.losses import non_saturating
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

sys.path.insert(0, str(DATA / "checkpoints"))
import train_generator

BATCH = 64
Z = 64


def classic_networks():
    """Return the classic recipe's G and D in the lesson's widths, with weights from N(0, 0.02)."""
    G = nn.Sequential(
        nn.Unflatten(1, (Z, 1, 1)),
        nn.ConvTranspose2d(Z, 64, 7, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 1, 3, 1, 1), nn.Tanh(),
    )  # fmt: skip
    D = nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 1), nn.Flatten(0),
    )  # fmt: skip
    for module in [*G.modules(), *D.modules()]:
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
    return (net.to(memory_format=torch.channels_last) for net in (G, D))


def train_classic(seconds, seed):
    """Train by the classic recipe for some seconds; returns the generator and the steps done."""
    seed_everything(seed)
    G, D = classic_networks()
    set_threads(G, D)
    d_opt, g_opt = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True) for net in (D, G))

    def d_update(real):
        return d_step(G, D, d_opt, non_saturating, real, torch.randn(BATCH, Z))

    def g_update(real):
        return g_step(G, D, g_opt, non_saturating, torch.randn(BATCH, Z))

    batches = Batches(fashion_mnist().images, BATCH, seed=seed)
    started = time.perf_counter()
    for steps, _ in enumerate(adversarial_steps(batches, d_update, g_update), start=1):
        if time.perf_counter() - started >= seconds:
            return G.eval(), steps


def distance(G, z_dim):
    """Return FD of 10,000 samples against the test split."""
    z = torch.randn(metrics.SAMPLES, z_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        images = torch.cat([G(part) for part in z.split(500)])
    return metrics.frechet_distance(metrics.features(images), metrics.test_features())


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--seeds", type=int, default=3)
options = parser.parse_args()

recipes = {"lesson 06": (train_generator.train, train_generator.Z), "classic DCGAN": (train_classic, Z)}
found = {name: [] for name in recipes}
print(f"{options.seconds:.0f} s of training each\nrecipe         seed  steps      FD")
for seed in range(options.seeds):
    for name, (train, z_dim) in recipes.items():
        G, steps = train(options.seconds, seed)
        found[name].append(distance(G, z_dim))
        print(f"{name:<13}  {seed:4}  {steps:5}  {found[name][-1]:6.2f}", flush=True)

ours, classic = (statistics.median(values) for values in found.values())
floor = metrics.floor().fd
print(f"median: lesson 06 {ours:.2f}, classic {classic:.2f}, ratio {ours / classic:.3f}; floor {floor:.2f}")
print(json.dumps({"ratio": round(ours / classic, 3), "fd": ours, "fd_classic": classic, "floor": floor}))
