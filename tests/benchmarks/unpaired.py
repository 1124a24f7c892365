"""Lesson 13's table: CycleGAN to round, mosaics and brush, with and without its two further losses.

python tests/benchmarks/unpaired.py [--seeds 3] [--steps 600]

The networks and trainings are the lesson's own: its cells tagged "networks" are run.
"""

import argparse

from lessons import names_of

VARIANTS = {
    "cycle and identity": {},
    "cycle alone": {"identity": 0},
    "identity alone": {"cycle": 0},
    "neither": {"cycle": 0, "identity": 0},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, help="the lesson's own, if not given")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    names = names_of(13, "FACES =")
    names["CYCLE_STEPS"] = options.steps or names["CYCLE_STEPS"]
    brush, read, l1, printed = (names[name] for name in ("brush", "read", "l1", "printed"))
    tasks = {"round": (names["ROUND"], names["rounded"])}
    tasks["mosaics"] = tuple(map(names["mosaic"], (names["PRINT"], printed)))
    tasks["brush"] = names["BRUSH"], names["brushed"]
    print(f"{'task, losses':<30} seed  read, there  distance  read, back  there and back")
    for task, (targets, right) in tasks.items():
        for name, weights in [*VARIANTS.items()][: 1 if task == "brush" else None]:
            for seed in range(options.seeds):
                G, F, game = names["cycle_game"](names["PRINT"][::2], targets[1::2], seed=seed, **weights)
                for _ in game:
                    pass
                made = brush(G, printed)
                numbers = read(made), l1(made, right) / 2, read(brush(F, right)), l1(brush(F, made), printed) / 2
                print(f"{task + ', ' + name:<30} {seed:>4}", *(f"{number:.3f}" for number in numbers), flush=True)


if __name__ == "__main__":
    main()
