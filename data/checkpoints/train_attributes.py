"""Train the judge of avatars, and write attributes.safetensors: python train_attributes.py"""

import time

import torch
from judges import fit, write
from torch.nn.functional import cross_entropy

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
batches = Batches(train.images, BATCH, seed=SEED, labels=train.labels)


def loss(images, labels):
    """Return the cross-entropies of all attributes, summed, of the images with noise, of another strength in each."""
    noisy = (images + NOISE * torch.rand(len(images), 1, 1, 1) * torch.randn_like(images)).clamp(-1, 1)
    parts = classifier.split(classifier(noisy))
    return sum(cross_entropy(part, label) for part, label in zip(parts, labels.T, strict=True))


started = time.perf_counter()
fit(classifier, batches, steps, LEARNING_RATE, loss)
with torch.no_grad():
    parts = classifier.split(classifier(to_float(test.images)))
right = torch.stack([part.argmax(1) for part in parts], 1) == test.labels
print(f"after {time.perf_counter() - started:.0f} s, right on held-out faces:")
for attribute, share in zip(test.attributes, right.float().mean(0).tolist(), strict=True):
    print(f"  {attribute:<12} {share:.1%}")
write(classifier, classifier.hidden, train.images, "attributes")
