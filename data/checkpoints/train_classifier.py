"""Train the classifier that measures samples, and write classifier.safetensors: python train_classifier.py"""

import hashlib
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from gan_lessons.checkpoints import save_weights
from gan_lessons.data import Batches, fashion_mnist, to_float
from gan_lessons.networks import Classifier
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
EPOCHS = 8
BATCH = 128
LEARNING_RATE = 2e-3

seed_everything(SEED)
train, test = fashion_mnist(), fashion_mnist(train=False)
classifier = Classifier()
set_threads(classifier)
steps = EPOCHS * len(train.images) // BATCH
optimizer = torch.optim.Adam(classifier.parameters(), lr=LEARNING_RATE)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
batches = Batches(train.images, BATCH, seed=SEED, labels=train.labels)

started = time.perf_counter()
for step in range(1, steps + 1):
    images, labels = next(batches)
    loss = cross_entropy(classifier(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step % 500 == 0:
        print(f"step {step:,} of {steps:,}, loss {loss.item():.3f}", flush=True)

classifier.eval()
with torch.no_grad():
    right = sum(
        (classifier(to_float(images)).argmax(1) == labels).sum().item()
        for images, labels in zip(test.images.split(500), test.labels.split(500), strict=True)
    )
# A ReLU lets a factor move from one layer to the next: scale the features to a mean square of 1, the logits stay.
with torch.no_grad():
    size = torch.cat([classifier.features(to_float(part)) for part in train.images.split(500)]).square().mean().sqrt()
    for parameter in (classifier.hidden.weight, classifier.hidden.bias):
        parameter.div_(size)
    classifier.out.weight.mul_(size)

path = Path(__file__).with_name("classifier.safetensors")
save_weights(classifier, path)
print(f"test accuracy {right / len(test.labels):.2%} after {time.perf_counter() - started:.0f} s")
print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
