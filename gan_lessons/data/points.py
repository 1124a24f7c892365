"""Mixtures of 2-D Gaussians with known centres."""

import math

import torch

from ..checks import as_tensor, whole


class Mixture:
    """An equal mixture of round 2-D Gaussians: `centres` (K, 2), tensor or array, one standard deviation `std` > 0."""

    def __init__(self, centres, std):
        self.centres = as_tensor(centres, "centres", "(K, 2)").to(torch.float32, copy=True)
        spread, shape = as_tensor(std, "std", "of one number"), tuple(self.centres.shape)
        self.std = float(spread) if spread.numel() == 1 else math.nan
        fits = len(shape) == 2 and shape[0] > 0 and shape[1] == 2 and bool(torch.isfinite(self.centres).all())
        if not (fits and 0 < self.std < math.inf):
            raise ValueError(
                "centres must be (K, 2) and std above 0, all finite, with one std for all centres; "
                f"given are centres {shape} and std {std!r}"
            )

    def sample(self, n, generator=None):
        """Return `n` points, (n, 2)."""
        n = whole(n, "n", 0)
        chosen = torch.randint(len(self.centres), (n,), generator=generator)
        return self.centres[chosen] + self.std * torch.randn(n, 2, generator=generator)

    def log_density(self, points):
        """Return the log density at `points` (N, 2), as (N,)."""
        if not isinstance(points, torch.Tensor):
            points = torch.as_tensor(points, dtype=torch.float32)
        if points.dim() != 2 or points.shape[1] != 2:
            raise ValueError(f"points must be (N, 2), not {tuple(points.shape)}")
        squared = torch.cdist(points, self.centres.to(points)).square()
        weight = torch.log(torch.tensor(2 * torch.pi * self.std**2 * len(self.centres), dtype=points.dtype))
        return torch.logsumexp(-squared / (2 * self.std**2), dim=1) - weight

    def batches(self, size, seed=0):
        """Yield fresh batches of `size` points without end; their sequence depends on `seed` alone."""
        size, generator = whole(size, "size"), torch.Generator().manual_seed(whole(seed, "seed", 0))
        while True:
            yield self.sample(size, generator)


def ring(modes=8, radius=2.0, std=0.05):
    """Return `modes` Gaussians spaced evenly on a circle."""
    angles = 2 * torch.pi * torch.arange(modes) / modes  # not linspace(0, 2π, modes): its ends coincide
    return Mixture(radius * torch.stack([angles.cos(), angles.sin()], dim=1), std)


def grid(side=5, spacing=2.0, std=0.05):
    """Return `side`² Gaussians on a square lattice centred on the origin."""
    ticks = (torch.arange(side) - (side - 1) / 2) * spacing
    return Mixture(torch.cartesian_prod(ticks, ticks), std)


def spiral(modes=60, turns=1.5, radius=2.0, std=0.06):
    """Return Gaussians that follow a spiral from near the origin outwards, evenly along its length."""
    share = torch.linspace(0.02, 1, modes).sqrt()
    angles = 2 * torch.pi * turns * share
    return Mixture((radius * share)[:, None] * torch.stack([angles.cos(), angles.sin()], dim=1), std)


def moons(modes=40, std=0.1):
    """Return two interleaved half circles of `modes` Gaussians in all (an even number), centred on the origin."""
    if whole(modes, "modes", 2) % 2:
        raise ValueError(f"modes must be even, half for each moon, not {modes}")
    angles = torch.linspace(0, torch.pi, int(modes) // 2)
    upper = torch.stack([angles.cos() - 0.5, angles.sin() - 0.25], dim=1)
    return Mixture(1.5 * torch.cat([upper, -upper]), std)


def line(modes=5, length=4.0, std=0.05):
    """Return `modes` Gaussians spaced evenly on a horizontal line."""
    return Mixture(torch.stack([torch.linspace(-length / 2, length / 2, modes), torch.zeros(modes)], dim=1), std)
