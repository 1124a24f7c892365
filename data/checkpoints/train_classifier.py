"""Train the classifier that measures samples, and write classifier.safetensors: python train_classifier.py"""

import time

import torch
from judges import fit, write
from torch.nn.functional import cross_entropy

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
batches = Batches(train.images, BATCH, seed=SEED, labels=train.labels)

started = time.perf_counter()
fit(classifier, batches, steps, LEARNING_RATE, lambda images, labels: cross_entropy(classifier(images), labels))
with torch.no_grad():
    right = sum(
        (classifier(to_float(images)).argmax(1) == labels).sum().item()
        for images, labels in zip(test.images.split(500), test.labels.split(500), strict=True)
    )
print(f"test accuracy {right / len(test.labels):.2%} after {time.perf_counter() - started:.0f} s")
write(classifier, classifier.hidden, train.images, "classifier")
