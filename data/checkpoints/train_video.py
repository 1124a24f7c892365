"""Train lesson 14's two generators of films, vgan.safetensors and mocogan.safetensors: python train_video.py [steps]"""

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
from gan_lessons.data import Batches, films, to_float
from gan_lessons.losses import Lazy, non_saturating, r1
from gan_lessons.networks import FilmAndFrame, FilmDiscriminator, MotionContentGenerator, TwoStreamGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

SEED = 0
BATCH = 16
RATE = 2e-3
GAMMA = 1.0
LAZY = 8
DECAY = 0.99
PRICE = 1.0  # of VGAN's mask: its mean is added to G's loss
PRICED = 0.3, 0.5  # the price rises from 0 to this between these parts of the training: see lesson 14


def training(G, D, average, batches, noise, steps):
    """Return the iterator over the training of G, D and the average of G; the rates fall to 0 over the second half.

    `noise(n)` returns G's arguments for n films.
    """

    def g_loss(fake_logits, real_logits):
        done = d_plan.last_epoch / steps
        price = PRICE * min(1.0, max(0.0, (done - PRICED[0]) / (PRICED[1] - PRICED[0])))
        paid = price * G.mask.mean() if isinstance(G, TwoStreamGenerator) else 0
        return non_saturating.g(fake_logits, real_logits) + paid

    loss = non_saturating.d, g_loss
    optimizers = [Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (D, G)]
    d_plan, g_plan = (LambdaLR(each, lambda step: min(1.0, 2 * (1 - step / steps))) for each in optimizers)
    d_opt, g_opt = optimizers
    penalty = Lazy(r1(GAMMA), every=LAZY)

    def make(z):
        return G(*z)

    def d_update(real):
        return d_step(make, D, d_opt, loss, real, noise(BATCH), penalty=penalty)

    def g_update(real):
        logs = g_step(make, D, g_opt, loss, noise(BATCH))
        average.update_parameters(G)
        d_plan.step()
        g_plan.step()
        return logs

    return adversarial_steps(batches, d_update, g_update)


def vgan_noise(count):
    return (torch.randn(count, 64),)


def mocogan_noise(count):
    return torch.randn(count, 32), torch.randn(count, 13, 16)


def scores(G, noise, real, count=1000):
    """Return content change, distance of the path and FD of `count` films against `real` ones."""
    torch.manual_seed(1)
    with torch.no_grad():
        made = torch.cat([G(*noise(100)) for _ in range(count // 100)])
    path = metrics.nearest_paths(made, real).distance.mean().item()
    fd = metrics.frechet_distance(metrics.film_features(made), metrics.film_features(real))
    return metrics.content_change(made).mean().item(), path, fd


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    train, real = films(), to_float(films(train=False).films)
    for name, kind, judge, noise in (
        ("vgan", TwoStreamGenerator, FilmDiscriminator, vgan_noise),
        ("mocogan", MotionContentGenerator, FilmAndFrame, mocogan_noise),
    ):
        seed_everything(SEED)
        G, D = kind(), judge()
        set_threads(G, D)
        average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
        started = time.perf_counter()
        game = training(G, D, average, Batches(train.films, BATCH, seed=SEED), noise, steps)
        for step, logs in enumerate(islice(game, steps), 1):
            if step % 1000 == 0 or step == steps:
                average.eval()
                change, path, fd = scores(average, noise, real)
                average.train()
                print(
                    f"{name}, step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: content changes by "
                    f"{change:.3f}, off the path by {path:.2f} px, FD {fd:.2f}; D {logs['d_loss']:.2f}",
                    flush=True,
                )
        path = Path(__file__).with_name(f"{name}.safetensors")
        save_weights(average.module, path)
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
