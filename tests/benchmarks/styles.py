"""StyleGAN's generator on Fashion-MNIST beside lesson 10's, after equal seconds; and what its layers decide.

python tests/benchmarks/styles.py [--seconds 90] [--seeds 3]

Both train on one thread, and the seconds are the processor's, so that a busy machine changes little. It runs the cells
tagged "networks" of lessons 10 and 12. The last line is JSON: all rows.
"""

import argparse
import json
import time
from itertools import islice

from lessons import names_of

# isort: split
import torch

from gan_lessons import metrics
from gan_lessons.data import fashion_mnist
from gan_lessons.runtime import seed_everything

WIDTHS = (64, 32, 32, 16, 16)  # channels at 7×7, 14×14 twice, 28×28 twice
RECIPE_10 = "small batch, short z"
PAIRS = 2000


def on_one_thread(number):
    """Return the names of a lesson, whose networks are trained on one thread."""
    names = names_of(number)
    names["set_threads"] = lambda *networks: torch.set_num_threads(1)
    return names


def train_12(names, seconds, seed):
    """Train StyleGAN's generator; returns it and the steps done."""

    def game(steps):
        seed_everything(seed)
        G = names["StyleGenerator"](widths=WIDTHS, start=7, channels=1)
        D = names["StyleDiscriminator"](widths=(16, 32, 64), channels=1, side=28)
        return names["new_game"](G, D, fashion_mnist().images, steps, seed=seed)

    _, trial = game(100)
    next(trial)
    started = time.process_time()
    for _ in islice(trial, 40):
        pass
    steps = int(40 * seconds / (time.process_time() - started))
    G, whole = game(steps)
    for _ in islice(whole, steps):
        pass
    return G, steps


def train_10(names, seconds, seed):
    """Train lesson 10's generator; returns it, the length of z and the steps done."""
    started = time.process_time()
    G, z_dim, game = names["new_game"](
        lambda: (time.process_time() - started) / seconds, seed, **names["RECIPES"][RECIPE_10]
    )
    started = time.process_time()
    for steps, _ in enumerate(game, start=1):
        if time.process_time() - started >= seconds:
            return G, z_dim, steps


@torch.no_grad()
def from_b(G):
    """Return in which share of pairs that differ in class the face has B's, where B gave layers 1 to 3, and 4 and 5;
    and the same for which of the two it is nearer to in the mean of its pixels."""
    w_a, w_b = (G.mapping(torch.randn(PAIRS, 64))[:, None].repeat(1, 5, 1) for _ in range(2))

    def seen(w):
        images = torch.cat([G.synthesis(part, [0.0] * 5) for part in w.split(250)]).clamp(-1, 1)
        return metrics.predicted_classes(images)[0], images.mean((1, 2, 3))

    (class_a, light_a), (class_b, light_b) = seen(w_a), seen(w_b)
    found = []
    for layers in (slice(0, 3), slice(3, 5)):
        w = w_a.clone()
        w[:, layers] = w_b[:, layers]
        kind, light = seen(w)
        differ = class_a != class_b
        found.append((kind == class_b)[differ].float().mean().item())
        found.append(((light - light_b).abs() < (light - light_a).abs())[differ].float().mean().item())
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    lesson_10, lesson_12 = on_one_thread(10), on_one_thread(12)
    rows = {"lesson 10": [], "StyleGAN": []}
    print("generator  seed  steps     FD  precision  recall  from B: class by 1–3, 4–5; lightness by 1–3, 4–5")
    for seed in range(options.seeds):
        for name, kept in rows.items():
            if name == "StyleGAN":
                G, steps = train_12(lesson_12, options.seconds, seed)
                z_dim, styles = 64, from_b(G)
            else:
                (G, z_dim, steps), styles = train_10(lesson_10, options.seconds, seed), []
            q = metrics.quality(lesson_10["sample"](G, z_dim).clamp(-1, 1))
            kept.append([round(value, 3) for value in (q.fd, q.precision, q.recall, *styles)])
            text = " ".join(f"{value:.2f}" for value in (styles[0::2] + styles[1::2]))
            print(f"{name:<10} {seed:4} {steps:6} {q.fd:6.2f} {q.precision:10.2f} {q.recall:7.2f}  {text}", flush=True)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
