"""Small networks that are no lesson's subject, or whose lesson has taught them already."""

from torch import nn


def mlp(inputs, outputs, width=128, depth=2):
    """Return a network of `depth` ≥ 1 hidden ReLU layers, (N, inputs) → (N, outputs), or → (N,) for one output."""
    if depth < 1:
        raise ValueError(f"depth must be 1 hidden layer or more, not {depth}")
    layers = [nn.Linear(inputs, width), nn.ReLU()]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    layers.append(nn.Linear(width, outputs))
    return nn.Sequential(*layers, nn.Flatten(0)) if outputs == 1 else nn.Sequential(*layers)


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


class AttributeClassifier(nn.Module):
    """A small convolutional classifier of faces, whose 64 penultimate features measure samples.

    Takes images (N, 3, 16, 16) in [-1, 1]. `counts`: how many values each attribute has. Returns the logits of all of
    them side by side, (N, sum of counts); `split` parts them.
    """

    def __init__(self, counts):
        super().__init__()
        self.counts = list(counts)
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(),  # (N, 32, 16, 16)
            nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.ReLU(), nn.Flatten(),  # (N, 64 · 8 · 8)
        )  # fmt: skip
        self.hidden = nn.Linear(64 * 8 * 8, 64)
        self.out = nn.Linear(64, sum(self.counts))

    def features(self, images):
        """Return the 64 penultimate features of each image, (N, 64), all 0 or more."""
        return self.hidden(self.convolutions(images)).relu()

    def split(self, logits):
        """Return the logits (N, sum of counts) as one tensor (N, values) for each attribute."""
        return logits.split(self.counts, dim=1)

    def forward(self, images):
        return self.out(self.features(images))


class ConvGenerator(nn.Module):
    """Lesson 06's generator: z (N, 16) → images (N, 1, 28, 28) in [-1, 1]. `widths`: channels at 7×7 … 14×14."""

    def __init__(self, z_dim=16, widths=(64, 32, 16)):
        super().__init__()
        a, b, c = widths
        self.first = nn.Linear(z_dim, a * 7 * 7)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, 3, padding=1),  # (N, 32, 7, 7)
            nn.BatchNorm2d(b), nn.ReLU(), nn.Upsample(scale_factor=2),  # (N, 32, 14, 14)
            nn.Conv2d(b, c, 3, padding=1),  # (N, 16, 14, 14)
            nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, 4, 3, padding=1),  # (N, 4, 14, 14)
            nn.PixelShuffle(2), nn.Tanh(),  # (N, 1, 28, 28)
        )  # fmt: skip

    def forward(self, z):
        return self.layers(self.first(z).unflatten(1, (-1, 7, 7)))


class ConvDiscriminator(nn.Module):
    """Lesson 06's discriminator: images (N, 1, 28, 28) → logits (N,)."""

    def __init__(self, widths=(16, 32, 64)):
        super().__init__()
        a, b, c = widths
        self.layers = nn.Sequential(
            nn.Conv2d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 16, 14, 14)
            nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 32, 7, 7)
            nn.Conv2d(b, c, 3, padding=1), nn.LeakyReLU(0.2),  # (N, 64, 7, 7)
            nn.Flatten(), nn.Linear(c * 7 * 7, 1),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x).squeeze(1)
