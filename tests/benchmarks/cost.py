"""What each lesson costs: wall and processor seconds, and peak memory, of a run from the top, one after the other.

python tests/benchmarks/cost.py [NN …]

The last line is JSON: the longest lesson's seconds, all lessons' seconds, the largest peak in GB. The clock includes
the start of the kernel. Close what else runs: with other work on the cores the seconds mean nothing.
"""

import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run(path):
    """Execute a notebook in a kernel of its own; returns wall and processor seconds, and the kernel's peak in GB.

    The operating system tells the peak of the processes that this one has waited for, so each lesson needs a fresh one.
    """
    started = time.perf_counter()
    NotebookClient(
        nbformat.read(path, 4), timeout=2000, kernel_name="python3", resources={"metadata": {"path": NOTEBOOKS}}
    ).execute()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1024**3 if sys.platform == "darwin" else 1024**2  # macOS counts bytes, Linux kilobytes
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / unit


def main(numbers):
    paths = {path.name[:2]: path for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))}
    if unknown := set(numbers) - paths.keys():
        sys.exit(f"no lesson {', '.join(sorted(unknown))}; there are {', '.join(paths)}")
    found = []
    print("lesson                            wall s   cpu s  peak GB")
    for number in numbers or paths:
        with ProcessPoolExecutor(max_workers=1) as pool:
            found.append(pool.submit(run, paths[number]).result())
        print(f"{paths[number].stem:<32}  {found[-1][0]:6.1f}  {found[-1][1]:6.1f}  {found[-1][2]:7.2f}", flush=True)
    wall, _, peaks = zip(*found, strict=True)
    totals = {"longest_s": round(max(wall), 1), "total_s": round(sum(wall), 1), "peak_gb": round(max(peaks), 2)}
    print(json.dumps(totals))


if __name__ == "__main__":
    main(sys.argv[1:])
