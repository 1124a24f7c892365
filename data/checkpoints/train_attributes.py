"""Train the judge of avatars, and write attributes.safetensors: python train_attributes.py"""

import hashlib
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from gan_lessons.checkpoints import save_weights
from gan_lessons.data import Batches, avatars, to_float
from gan_lessons.networks import AttributeClassifier
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
EPOCHS = 40
BATCH = 100
LEARNING_RATE = 2e-3
NOISE = 0.3  # largest standard deviation of what is added to the pixels: the faces to be judged are not clean

seed_everything(SEED)
train, test = avatars(), avatars(train=False)
classifier = AttributeClassifier(len(values) for values in train.attributes.values())
set_threads(classifier)
steps = EPOCHS * len(train.images) // BATCH
optimizer = torch.optim.Adam(classifier.parameters(), lr=LEARNING_RATE)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
batches = Batches(train.images, BATCH, seed=SEED, labels=train.labels)


def noisy(images):
    """Return the images with noise, of another strength in each."""
    return (images + NOISE * torch.rand(len(images), 1, 1, 1) * torch.randn_like(images)).clamp(-1, 1)


started = time.perf_counter()
for step in range(1, steps + 1):
    images, labels = next(batches)
    parts = classifier.split(classifier(noisy(images)))
    loss = sum(cross_entropy(part, label) for part, label in zip(parts, labels.T, strict=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step % 200 == 0:
        print(f"step {step:,} of {steps:,}, loss {loss.item():.3f}", flush=True)

classifier.eval()
with torch.no_grad():
    parts = classifier.split(classifier(to_float(test.images)))
    right = torch.stack([part.argmax(1) for part in parts], 1) == test.labels
    # A ReLU lets a factor move from one layer to the next: scale the features to a mean square of 1, the logits stay.
    size = classifier.features(to_float(train.images)).square().mean().sqrt()
    for parameter in (classifier.hidden.weight, classifier.hidden.bias):
        parameter.div_(size)
    classifier.out.weight.mul_(size)

path = Path(__file__).with_name("attributes.safetensors")
save_weights(classifier, path)
print(f"after {time.perf_counter() - started:.0f} s, right on held-out faces:")
for attribute, share in zip(test.attributes, right.float().mean(0).tolist(), strict=True):
    print(f"  {attribute:<12} {share:.1%}")
print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
