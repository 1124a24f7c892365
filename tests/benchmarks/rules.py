"""Lesson 07's table: each rule of DCGAN broken, at equal steps; FD, variety and the finest pattern.

python tests/benchmarks/rules.py [--steps 600] [--seeds 3] [--only "all rules"]

The networks and the ways to break a rule are the lesson's own: its cells tagged "networks" are run.
"""

import argparse
import json
import time
from itertools import islice

from lessons import names_of

# isort: split

from gan_lessons import metrics
from gan_lessons.data import fashion_mnist, to_float


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", help="one variant")
    options = parser.parse_args()
    names = names_of(7)
    if options.only not in (None, *names["BROKEN"]):
        parser.error(f"there is no variant {options.only!r}; there are {', '.join(names['BROKEN'])}")
    real = to_float(fashion_mnist(train=False).images)
    found = {}
    print(f"{options.steps} steps each\n{'variant':<30} seed      FD  variety   finest  seconds")
    for name in [options.only] if options.only else names["BROKEN"]:
        for seed in range(options.seeds):
            G, _, game = names["new_game"](seed=seed, **names["BROKEN"][name])
            started = time.perf_counter()
            for _ in islice(game, options.steps):
                pass
            seconds = time.perf_counter() - started
            images = names["sample"](G)
            fd = metrics.frechet_distance(metrics.features(images), metrics.test_features())
            row = round(fd, 1), round(metrics.variety(images, real), 2), round(names["finest"](images), 4)
            found.setdefault(name, []).append(row)
            print(f"{name:<30} {seed:4}  {row[0]:6.1f}  {row[1]:7.2f}  {row[2]:7.4f}  {seconds:7.1f}", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
