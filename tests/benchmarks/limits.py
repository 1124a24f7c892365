"""Losses × limits on D's slope: every pair on the ring of eight heaps and on Fashion-MNIST, after equal steps.

python tests/benchmarks/limits.py [--task ring|fashion] [--seeds 3]

Lesson 08 stores what this prints. A step is one of D and one of G. The strengths of the limits are fixed for each task;
they were chosen with the non-saturating and the Wasserstein loss, on a seed that the table does not use.
"""

import argparse
import math
import time
from itertools import islice

import gan_lessons  # noqa: F401 - before torch, as every lesson does

# isort: split
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons import losses, metrics
from gan_lessons.data import Batches, fashion_mnist, ring
from gan_lessons.networks import ConvDiscriminator, ConvGenerator, mlp
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

LOSSES = {name: getattr(losses, name) for name in ("non_saturating", "least_squares", "hinge", "wasserstein")}
LIMITS = ("none", "clipping", "penalty", "spectral", "R1")
RATE = 2e-3  # of Adam at the start, for both networks; β₁ = 0, β₂ = 0.99
TASKS = {  # strengths: c of clipping, λ of the gradient penalty, γ of R1; decay: of the average of G
    "ring": {"steps": 1000, "batch": 256, "z": 2, "decay": 0.99, "clipping": 0.03, "penalty": 1.0, "R1": 0.5},
    "fashion": {"steps": 400, "batch": 32, "z": 16, "decay": 0.98, "clipping": 0.03, "penalty": 1.0, "R1": 1.0},
}


def networks(task):
    """Return a new G and D."""
    if task == "ring":
        return mlp(2, 2), mlp(2, 1)
    G, D = ConvGenerator(widths=(32, 16, 8)), ConvDiscriminator((8, 16, 32))
    return (net.to(memory_format=torch.channels_last) for net in (G, D))


def train(task, loss, limit, seed):
    """Train one pair; returns the averaged G, and the CPU seconds of a step."""
    setting = TASKS[task]
    batch, z_dim, steps = (setting[name] for name in ("batch", "z", "steps"))
    seed_everything(seed)
    G, D = networks(task)
    set_threads(G, D)
    if limit == "spectral":
        for layer in [m for m in D.modules() if isinstance(m, nn.Linear | nn.Conv2d)]:
            spectral_norm(layer)
    penalty = None
    if limit == "penalty":
        penalty = losses.gradient_penalty(setting["penalty"])
    elif limit == "R1":
        penalty = losses.r1(setting["R1"])
    optimizers = [torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (D, G)]
    d_opt, g_opt = optimizers
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(setting["decay"]), use_buffers=True)

    def d_update(real):
        logs = d_step(G, D, d_opt, loss, real, torch.randn(batch, z_dim), penalty=penalty)
        if limit == "clipping":
            with torch.no_grad():
                for weights in D.parameters():
                    weights.clamp_(-setting["clipping"], setting["clipping"])
        return logs

    def g_update(real):
        return g_step(G, D, g_opt, loss, torch.randn(batch, z_dim))

    batches = ring().batches(batch, seed) if task == "ring" else Batches(fashion_mnist().images, batch, seed)
    started = time.process_time()
    for step, _ in enumerate(islice(adversarial_steps(batches, d_update, g_update), steps)):
        average.update_parameters(G)
        for optimizer in optimizers:  # half a cosine
            optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * (step + 1) / steps))
    return average.module.eval(), (time.process_time() - started) / steps


def carried(a, b):
    """Return the Wasserstein distance of two sets of points (N, 2): the mean distance of the cheapest pairing."""
    cost = torch.cdist(a.double(), b.double())
    return cost[linear_sum_assignment(cost)].mean().item()


def scores(task, G):
    """Return, by name, what 2,000 samples on the ring, or 5,000 images, are like."""
    noise = torch.Generator().manual_seed(1)
    with torch.no_grad():
        if task == "ring":
            points = G(torch.randn(2000, 2, generator=noise))
            found = metrics.modes(points, ring())
            distance = carried(points, ring().sample(2000, noise))
            return {"W": distance, "covered": found.covered, "good": found.high_quality}
        z = torch.randn(5000, TASKS[task]["z"], generator=noise)
        images = torch.cat([G(part) for part in z.split(500)])
    return {"FD": metrics.frechet_distance(metrics.features(images), metrics.test_features()[:5000])}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", choices=TASKS, action="append")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for task in options.task or TASKS:
        print(f"{task}: {TASKS[task]}")
        print("loss            limit     seed  ms a step  scores")
        for name, loss in LOSSES.items():
            for limit in LIMITS:
                for seed in range(options.seeds):
                    G, seconds = train(task, loss, limit, seed)
                    text = "  ".join(f"{score} {value:.3f}" for score, value in scores(task, G).items())
                    print(f"{name:<15} {limit:<9} {seed:4} {1000 * seconds:10.2f}  {text}", flush=True)
