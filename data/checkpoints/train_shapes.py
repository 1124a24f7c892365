"""Train lesson 17's 3D-GANs: chairs3d.safetensors, a G of chairs, and furniture3d.safetensors, a D of three kinds.

python train_shapes.py [steps]
"""

import hashlib
import sys
import time
from itertools import islice
from pathlib import Path

import torch
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons import metrics
from gan_lessons.checkpoints import save_weights
from gan_lessons.data import Batches, shapes
from gan_lessons.losses import Lazy, non_saturating, r1
from gan_lessons.networks import VoxelDiscriminator, VoxelGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

SEED = 0
BATCH = 32
RATE = 2e-3
GAMMA = 1.0
LAZY = 8
DECAY = 0.99


def training(G, D, average, batches, steps):
    """Return the iterator over the training of G, D and the average of G; the rates fall to 0 over the second half."""
    optimizers = [Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (D, G)]
    d_plan, g_plan = (LambdaLR(each, lambda step: min(1.0, 2 * (1 - step / steps))) for each in optimizers)
    d_opt, g_opt = optimizers
    penalty = Lazy(r1(GAMMA), every=LAZY)

    def d_update(real):
        return d_step(G, D, d_opt, non_saturating, real, torch.randn(BATCH, 64), penalty=penalty)

    def g_update(real):
        logs = g_step(G, D, g_opt, non_saturating, torch.randn(BATCH, 64))
        average.update_parameters(G)
        d_plan.step()
        g_plan.step()
        return logs

    return adversarial_steps(batches, d_update, g_update)


def scores(G, real, count=400):
    """Return the shares of occupied and of loose voxels, and the overlap there and back, of `count` shapes of G."""
    torch.manual_seed(1)
    with torch.no_grad():
        made = G(torch.randn(count, 64)) > metrics.THRESHOLD
    there, back = metrics.nearest_iou(made, real).iou.mean(), metrics.nearest_iou(real, made).iou.mean()
    return [value.item() for value in (metrics.occupied(made).mean(), metrics.loose_parts(made).mean(), there, back)]


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    for name, kind in (("chairs3d", "chair"), ("furniture3d", "all")):
        real = shapes(kind).voxels
        seed_everything(SEED)
        G, D = VoxelGenerator(), VoxelDiscriminator()
        set_threads(G, D)
        average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
        started = time.perf_counter()
        game = training(G, D, average, Batches(real, BATCH, seed=SEED), steps)
        for step, logs in enumerate(islice(game, steps), 1):
            if step % 500 == 0 or step == steps:
                average.eval()
                occupied, loose, there, back = scores(average, real)
                average.train()
                print(
                    f"{name}, step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: occupied "
                    f"{occupied:.3f}, loose {loose:.3f}, IoU with the nearest real one {there:.2f}, of a real one with "
                    f"the nearest {back:.2f}; D {logs['d_loss']:.2f}",
                    flush=True,
                )
        path = Path(__file__).with_name(f"{name}.safetensors")
        save_weights(average.module if kind == "chair" else D, path)
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
