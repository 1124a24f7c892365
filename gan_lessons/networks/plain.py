"""A network of linear layers, and lesson 06's pair."""

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
