"""Small networks that are no lesson's subject, or whose lesson has taught them already."""

import torch
from torch import nn
from torch.nn.functional import leaky_relu


class Classifier(nn.Module):
    """A small convolutional classifier of 28×28 grey images, whose 64 penultimate features measure samples.

    Takes images (N, 1, 28, 28) in [-1, 1] and returns the logits of 10 classes, (N, 10).
    """

    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 32, 14, 14)
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 64, 7, 7)
            nn.Flatten(),
        )  # fmt: skip
        self.hidden = nn.Linear(64 * 7 * 7, 64)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(64, 10)

    def features(self, images):
        """Return the 64 penultimate features of each image, (N, 64), all 0 or more."""
        return self.hidden(self.convolutions(images)).relu()

    def forward(self, images):
        return self.out(self.dropout(self.features(images)))
