"""A thousand modes: three garments stacked as colours, and how many of the 1,000 combinations a GAN makes.

python tests/benchmarks/stacked.py [--minutes 10] [--recipe NAME …] [--seed 0]

Lesson 10's networks with three channels, trained with each loss and penalty. Counted on 20,000 samples: a classifier
names the garment in each channel. Also given: the KL divergence of the shares from even ones, in nats.
"""

import argparse
import json

import quality
from lessons import names_of

LOSSES = {
    "non-saturating": {},
    "non-saturating, R1": {"penalties": ["r1"]},
    "non-saturating, R1 + R2": {"penalties": ["r1", "r2"]},
    "relativistic, R1": {"loss": "relativistic", "penalties": ["r1"]},
    "relativistic, R1 + R2": {"loss": "relativistic", "penalties": ["r1", "r2"]},
}
MODERN = {"channels": 3, "d_norm": False, "adam": "modern", "average": True, "up": "repeat"}
COUNT = 20_000


def modes(names, images):
    """Return how many combinations images (N, 3, 28, 28) hold, and the KL divergence of their shares from even ones."""
    counts = names["garments"](images).unique(dim=0, return_counts=True)[1]
    share = counts / len(images)
    return len(counts), (share * (1000 * share).log()).sum().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--recipe", nargs="+", choices=LOSSES, metavar="NAME", default=[*LOSSES], help=", ".join(LOSSES)
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = names_of(10)
    real = next(names["Batches"](names["fashion_mnist"]().images, 3 * COUNT)).view(-1, 3, 28, 28)
    found = {"real images": modes(names, real)}
    print(
        f"{'':<24}  steps  modes     KL\n{'real images':<31} {found['real images'][0]:6} {found['real images'][1]:6.3f}"
    )
    for recipe in options.recipe:
        G, z_dim, steps = quality.train(names, MODERN | LOSSES[recipe], 60 * options.minutes, options.seed)
        found[recipe] = modes(names, names["sample"](G, z_dim, COUNT))
        print(f"{recipe:<24} {steps:6} {found[recipe][0]:6} {found[recipe][1]:6.3f}", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
