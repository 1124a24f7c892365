"""Do the lessons' claims hold for ten seeds? A slow test, run by hand: python tests/ten_seeds.py [NN …]

Runs every cell of the lessons named (of all that have a SEED, if none is) with ``SEED`` set to 0, 1, … 9, and prints
for each lesson for how many seeds all assertions hold, and what failed for the others. The printed lines must be those
of seed 0 too, where a cell is not tagged ``nbval-ignore-output``. It ends with status 1 if anything failed. About an
hour and a half on two cores for all.
"""

import contextlib
import io
import re
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import jupytext
from tqdm import tqdm

SOURCES = Path(__file__).resolve().parent.parent / "notebooks/src"
SEED = re.compile(r"^SEED = 0\b", re.MULTILINE)
SEEDS = range(10)


def run(source, seed):
    """Run a lesson with one seed; returns (errors, printed), dicts by cell number."""
    import matplotlib

    matplotlib.use("Agg")
    errors, printed, namespace = {}, {}, {"__name__": "lesson"}
    for number, cell in enumerate(jupytext.read(source).cells):
        if cell.cell_type != "code":
            continue
        code = SEED.sub(f"SEED = {seed}", cell.source)
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):
                exec(compile(code, f"{source.stem}, cell {number}", "exec"), namespace)
        except Exception as error:
            failed = code.splitlines()[_line(error) - 1].strip()
            errors[number] = f"{type(error).__name__}: {str(error) or failed}"
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            printed[number] = output.getvalue()
    return errors, printed


def _line(error):
    """Return the line of the cell in which `error` was raised."""
    traceback = error.__traceback__.tb_next
    return traceback.tb_lineno if traceback else 1


def main(numbers):
    sources = {source.name[:2]: source for source in sorted(SOURCES.glob("*.py")) if SEED.search(source.read_text())}
    if unknown := set(numbers) - sources.keys():
        sys.exit(f"no lesson with a SEED: {', '.join(sorted(unknown))}; there are {', '.join(sources)}")
    sources = [sources[number] for number in numbers or sources]
    with ProcessPoolExecutor(max_workers=2, max_tasks_per_child=1) as pool:
        runs = {(source, seed): pool.submit(run, source, seed) for source in sources for seed in SEEDS}
        for _ in tqdm(as_completed(runs.values()), total=len(runs), unit="run"):
            pass
        trouble = False
        for source in sources:
            held, first = 0, runs[source, 0].result()[1]
            for seed in SEEDS:
                errors, printed = runs[source, seed].result()
                lines = [f"cell {number}: {text}" for number, text in errors.items()]
                lines += [f"cell {n} prints {text!r}" for n, text in printed.items() if text != first[n]]
                held += not lines
                for line in lines:
                    print(f"{source.stem}, seed {seed}: {line}", flush=True)
            print(f"{source.stem}: all claims hold for {held} of {len(SEEDS)} seeds", flush=True)
            trouble = trouble or held < len(SEEDS)
    return trouble


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
