"""Lesson 12's networks: StyleGAN in small."""

import math

import torch
from torch import nn
from torch.nn.functional import conv2d, interpolate, leaky_relu, linear


class EqualLinear(nn.Linear):
    """A linear layer with an equalised learning rate (Karras et al. 2018, section 4.1): weights N(0, 1), of which
    1/√inputs is used. `start`: of the biases."""

    def __init__(self, inputs, outputs, start=0.0):
        super().__init__(inputs, outputs)
        nn.init.normal_(self.weight)
        nn.init.constant_(self.bias, start)

    def forward(self, x):
        return linear(x, self.weight / math.sqrt(self.in_features), self.bias)


class EqualConv2d(nn.Conv2d):
    """A convolution with an equalised learning rate: weights N(0, 1), of which 1/√(inputs · kernel²) is used."""

    def __init__(self, inputs, outputs, size, stride=1, padding=0):
        super().__init__(inputs, outputs, size, stride, padding)
        nn.init.normal_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x):
        return conv2d(x, self.weight / math.sqrt(self.weight[0].numel()), self.bias, self.stride, self.padding)


def activation(x):
    """Return LeakyReLU(x) · √2, whose mean square is that of a normal x, nearly."""
    return leaky_relu(x, 0.2) * math.sqrt(2)


def unit_length(z):
    """Return z (N, z_dim) with a mean square of 1 in each row."""
    return z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class Mapping(nn.Module):
    """StyleGAN's mapping network, z (N, z_dim) → w (N, w_dim), of `depth` layers; of none, w is z on its sphere."""

    def __init__(self, z_dim=64, w_dim=64, depth=3):
        super().__init__()
        self.layers = nn.ModuleList(EqualLinear(w_dim if i else z_dim, w_dim) for i in range(depth))

    def forward(self, z):
        w = unit_length(z)
        for layer in self.layers:
            w = activation(layer(w))
        return w


class StyleLayer(nn.Conv2d):
    """A modulated and demodulated 3×3 convolution, noise, bias and activation (Karras et al. 2020, section 2.2)."""

    def __init__(self, inputs, outputs, w_dim=64):
        super().__init__(inputs, outputs, 3, padding=1)
        nn.init.normal_(self.weight)
        nn.init.zeros_(self.bias)
        self.style = EqualLinear(w_dim, inputs, start=1.0)
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, x, w, noise):
        """Return (N, outputs, H, W) for x (N, inputs, H, W), w (N, w_dim) and noise that broadcasts to (N, 1, H, W)."""
        style = self.style(w)  # (N, inputs)
        norm = (style.square() @ self.weight.square().sum((2, 3)).T + 1e-8).rsqrt()  # (N, outputs)
        x = conv2d(x * style[:, :, None, None], self.weight, padding=1) * norm[:, :, None, None]
        return activation(x + self.strength * noise + self.bias[:, None, None])


class Synthesis(nn.Module):
    """StyleGAN's synthesis network in small: styles w → images (N, 3, 16, 16), about [-1, 1].

    A constant of 4×4, and a style layer for each of `widths`; before those of the set `doubling` the picture is
    doubled. `w`: (N, w_dim) for all layers, or (N, layers, w_dim), one for each.
    """

    def __init__(self, w_dim=64, widths=(64, 64, 64, 48, 32), start=4, doubling=(1, 3), channels=3):
        super().__init__()
        self.constant = nn.Parameter(torch.randn(1, widths[0], start, start))
        inputs = (widths[0], *widths)
        self.layers = nn.ModuleList(StyleLayer(a, b, w_dim) for a, b in zip(inputs, widths, strict=False))
        self.to_rgb = EqualConv2d(widths[-1], channels, 1)
        self.doubling = doubling

    def forward(self, w, noise=None):
        """`noise`: for each layer what broadcasts to (N, 1, H, W), such as 0 for none; fresh noise where not given."""
        w = w if w.dim() == 3 else w[:, None].expand(-1, len(self.layers), -1)
        x = self.constant.expand(len(w), -1, -1, -1)
        for i, layer in enumerate(self.layers):
            if i in self.doubling:
                x = interpolate(x, scale_factor=2)
            here = torch.randn(len(w), 1, *x.shape[2:], device=x.device) if noise is None else noise[i]
            x = layer(x, w[:, i], here)
        return self.to_rgb(x)


class StyleGenerator(nn.Module):
    """Lesson 12's generator: z (N, 64) → images (N, 3, 16, 16), about [-1, 1], through w (N, 64)."""

    def __init__(self, z_dim=64, w_dim=64, depth=3, **synthesis):
        super().__init__()
        self.mapping = Mapping(z_dim, w_dim, depth)
        self.synthesis = Synthesis(w_dim, **synthesis)

    def forward(self, z, noise=None):
        return self.synthesis(self.mapping(z), noise)


class StyleDiscriminator(nn.Module):
    """Lesson 12's discriminator: images (N, 3, 16, 16) → logits (N,)."""

    def __init__(self, widths=(32, 64, 96), channels=3, side=16):
        super().__init__()
        a, b, c = widths
        self.layers = nn.ModuleList([
            EqualConv2d(channels, a, 3, padding=1),  # (N, 32, 16, 16)
            EqualConv2d(a, b, 4, stride=2, padding=1),  # (N, 64, 8, 8)
            EqualConv2d(b, c, 4, stride=2, padding=1),  # (N, 96, 4, 4)
        ])  # fmt: skip
        self.out = EqualLinear(c * (side // 4) ** 2, 1)

    def forward(self, x):
        for layer in self.layers:
            x = activation(layer(x))
        return self.out(x.flatten(1)).squeeze(1)
