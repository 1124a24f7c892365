"""What the trainings of the judges share: networks with 64 penultimate features, by which samples are measured."""

import hashlib
from pathlib import Path

import torch

from gan_lessons.checkpoints import save_weights
from gan_lessons.data import to_float


def fit(network, batches, steps, rate, loss):
    """Train by Adam, whose rate falls from `rate` along half a cosine, on `loss(images, labels)` of each batch."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(1, steps + 1):
        value = loss(*next(batches))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step:,} of {steps:,}, loss {value.item():.3f}", flush=True)
    network.eval()


def write(network, layer, images, name):
    """Scale the features to a mean square of 1 over uint8 `images`, and write the weights beside this file.

    `layer` is the one before the features' ReLU, which lets a factor move on to `out`: the logits stay as they are.
    """
    with torch.no_grad():
        size = torch.cat([network.features(to_float(part)) for part in images.split(500)]).square().mean().sqrt()
        for parameter in (layer.weight, layer.bias):
            parameter.div_(size)
        network.out.weight.mul_(size)
    path = Path(__file__).with_name(f"{name}.safetensors")
    save_weights(network, path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
