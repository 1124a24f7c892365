"""Train lesson 15's WaveNet, wavenet.safetensors: python train_wavenet.py [steps]"""

import hashlib
import math
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from gan_lessons.checkpoints import save_weights
from gan_lessons.data import speech
from gan_lessons.data.sound import log_mel, mu_law
from gan_lessons.networks import WaveNet
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
BATCH, SIZE = 8, 2048  # waves, and samples of each
RATE = 2e-3


def batch(some):
    """Return cuts of random syllables, (BATCH, SIZE)."""
    rows = torch.randint(len(some.waves), (BATCH, 1))
    starts = (torch.rand(BATCH, 1) * (some.lengths[rows] - SIZE).clamp(min=0)).long()
    return some.waves[rows, starts + torch.arange(SIZE)]


def bits(W, waves):
    """Return the mean bits a sample of waves (N, L)."""
    levels = mu_law(waves)
    return cross_entropy(W(levels, log_mel(waves)).flatten(0, 1), levels.flatten()) / math.log(2)


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    train, held_out = speech(), speech(train=False)
    seed_everything(SEED)
    held = torch.cat([batch(held_out) for _ in range(4)])
    W = WaveNet()
    set_threads(W)
    optimizer = Adam(W.parameters(), RATE)
    plan = LambdaLR(optimizer, lambda step: min(1.0, 2 * (1 - step / steps)))
    started = time.perf_counter()
    for step in range(1, steps + 1):
        loss = bits(W, batch(train))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        plan.step()
        if step % 250 == 0 or step == steps or step in (30, 60, 120):
            with torch.no_grad():
                at_held = bits(W, held)
            print(
                f"step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: {loss:.3f} bits a sample, held "
                f"out {at_held:.3f}",
                flush=True,
            )
    path = Path(__file__).with_name("wavenet.safetensors")
    save_weights(W, path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
