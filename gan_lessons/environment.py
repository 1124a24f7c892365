"""A check of the machine that the lessons run on."""

import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version

import torch
from packaging.requirements import Requirement

from .data import DATA, ring
from .losses import non_saturating
from .networks import mlp
from .runtime import available_cores, device, threads_for
from .training import adversarial_steps, d_step, g_step

REFERENCE = 320  # steps a second of `toy_speed` on the two cores on which the lessons' times were measured


def report(seconds=2.0):
    """Print the versions beside the course's, the cores, and how fast this machine trains a small GAN."""
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    print(f"{'✓' if good else '✗'} Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for requirement in requirements():
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            found = "none"
        good = found != "none" and requirement.specifier.contains(found)
        print(f"✓ {requirement.name} {found}" if good else f"✗ {requirement.name} {found}, not {requirement.specifier}")
    speed = toy_speed(seconds)
    print(f"\n{available_cores()} CPU cores; fastest device: {device()}")
    print(f"a small GAN trains here at {speed:,.0f} steps a second, {speed / REFERENCE:.1f} times our reference")
    print(f"so lesson 06, which takes 3 minutes there, will take about {max(1, 3 * REFERENCE / speed):.0f} here")


def requirements():
    """Return the course's pinned requirements, as ``packaging.requirements.Requirement``."""
    lines = (DATA.parent / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def toy_speed(seconds):
    """Return the steps a second at which a GAN of small MLPs learns a ring of 8, measured for `seconds`."""
    G, D = mlp(2, 2), mlp(2, 1)
    d_opt, g_opt = (torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.999)) for net in (D, G))
    with threads_for(G, D):
        started = time.perf_counter()
        steps = adversarial_steps(
            ring().batches(256),
            lambda real: d_step(G, D, d_opt, non_saturating, real, torch.randn(256, 2)),
            lambda real: g_step(G, D, g_opt, non_saturating, torch.randn(256, 2)),
        )
        done = 0
        while (elapsed := time.perf_counter() - started) < seconds or not done:
            next(steps)
            done += 1
        steps.close()
    return done / elapsed
