"""Lesson 11's table: five designs of a conditional GAN on Fashion-MNIST, at equal steps, judged in four ways.

python tests/benchmarks/conditional.py [--steps 700] [--seeds 3] [--only "projection"]

The networks, the game and the judges are the lesson's own: its cells tagged "networks" are run.
"""

import argparse
import json
import time

from lessons import names_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", help="one design")
    options = parser.parse_args()
    names = names_of(11)
    if options.only not in (None, *names["DESIGNS"]):
        parser.error(f"there is no design {options.only!r}; there are {', '.join(names['DESIGNS'])}")
    found = {}
    print(f"{options.steps} steps each\n{'design':<30} seed  agreement  FD within  variety  FD of all  seconds")
    for design in [options.only] if options.only else names["DESIGNS"]:
        for seed in range(options.seeds):
            G, game = names["garment_game"](design, seed, options.steps)
            started = time.perf_counter()
            for _ in game:
                pass
            seconds = time.perf_counter() - started
            row = tuple(round(value, 3) for value in names["judge"](G))
            found.setdefault(design, []).append(row)
            print(
                f"{design:<30} {seed:4}  {row[0]:9.3f}  {row[1]:9.2f}  {row[2]:7.2f}  {row[3]:9.2f}  {seconds:7.1f}",
                flush=True,
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
