"""Time to import what the lessons import, over that of torch and torchvision alone; goal 1.15 at most."""

import json
import subprocess
import sys
import time
from statistics import median

MODULES = "gan_lessons, gan_lessons.runtime, gan_lessons.data, gan_lessons.losses, gan_lessons.training, "
MODULES += "gan_lessons.checkpoints, gan_lessons.networks"
IMPORTS = {
    "torch": "torch",
    "torch, torchvision": "torch, torchvision",
    "modules of the lessons": MODULES,
    "  and .plots": f"{MODULES}, gan_lessons.plots",
    "  and .metrics": f"{MODULES}, gan_lessons.metrics",
    "  and .widgets": f"{MODULES}, gan_lessons.widgets",
}


def seconds(names):
    """Return how long a fresh Python takes to start, to import `names`, and to end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {names}"], check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    rounds = [{row: seconds(names) for row, names in IMPORTS.items()} for _ in range(7)]
    del rounds[0]  # it filled the caches
    reference, lessons = "torch, torchvision", "modules of the lessons"
    print(f"{'import':<26}seconds")
    for row in IMPORTS:
        print(f"{row:<26}{median(times[row] for times in rounds):7.2f}")
    print(f"goal: {lessons} over {reference} 1.15 at most")
    print(json.dumps({"ratio": round(median(times[lessons] / times[reference] for times in rounds), 3)}))
