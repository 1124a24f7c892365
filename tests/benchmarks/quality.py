"""FD, precision and recall after equal training time: lesson 06's recipe and the classic DCGAN's, or lesson 10's steps.

python tests/benchmarks/quality.py [--seconds 60] [--seeds 3] [--recipe all | NAME …] [--gamma 1]

`--recipe` runs the steps of lesson 10's table, from its cells tagged "networks"; `--gamma` sets the strength of their
penalties. The last line is JSON: the medians, and the ratio of each FD to the classic recipe's.
"""

import argparse
import json
import statistics
import sys
import time

from lessons import names_of

from gan_lessons import metrics
from gan_lessons.data import DATA

sys.path.insert(0, str(DATA / "checkpoints"))
import train_generator


def train(names, recipe, seconds, seed):
    """Train by a recipe of lesson 10 for some seconds; returns G, the length of z, and the steps done."""
    started = time.perf_counter()
    G, z_dim, game = names["new_game"](lambda: (time.perf_counter() - started) / seconds, seed, **recipe)
    started = time.perf_counter()
    for steps, _ in enumerate(game, start=1):
        if time.perf_counter() - started >= seconds:
            return G, z_dim, steps


def train_06(seconds, seed):
    """Train by lesson 06's recipe; returns the same."""
    G, steps = train_generator.train(seconds, seed)
    return G, train_generator.Z, steps


def main():
    names = names_of(10)
    recipes = names["RECIPES"]
    classic = next(iter(recipes))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--recipe", nargs="+", choices=["all", *recipes], metavar="NAME", help=f"all, {', '.join(recipes)}"
    )
    parser.add_argument("--gamma", type=float, help="strength of the penalties in the recipes")
    options = parser.parse_args()
    if options.gamma is not None and not options.recipe:
        parser.error("--gamma belongs to lesson 10's recipes: give --recipe too")
    chosen = [*recipes] if options.recipe and "all" in options.recipe else options.recipe or ["lesson 06", classic]
    print(f"{options.seconds:.0f} s of training each\n{'recipe':<26} seed  steps      FD  precision  recall")
    found = {name: [] for name in chosen}
    for seed in range(options.seeds):
        for name in chosen:
            if name == "lesson 06":
                G, z_dim, steps = train_06(options.seconds, seed)
            else:
                recipe = recipes[name] | ({} if options.gamma is None else {"gamma": options.gamma})
                G, z_dim, steps = train(names, recipe, options.seconds, seed)
            row = metrics.quality(names["sample"](G, z_dim))
            found[name].append((row.fd, row.precision, row.recall))
            print(f"{name:<26} {seed:4} {steps:6} {row.fd:7.2f} {row.precision:10.3f} {row.recall:7.3f}", flush=True)
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    first = medians[classic][0] if classic in medians else None
    result = {name: {"fd": row[0], "precision": row[1], "recall": row[2]} for name, row in medians.items()}
    for row in result.values():
        row["ratio"] = first and round(row["fd"] / first, 3)
    print(json.dumps({"floor": metrics.floor().fd, "median": result}))


if __name__ == "__main__":
    main()
