"""A lesson without a training can be run cell by cell, and each cell a second time before the next."""

from pathlib import Path

import jupytext
import matplotlib
import pytest

SOURCES = Path(__file__).resolve().parent.parent / "notebooks/src"


@pytest.mark.parametrize("source", sorted(SOURCES.glob("0[05]_*.py")), ids=lambda path: path.stem)
def test_each_cell_runs_twice(source):
    matplotlib.use("Agg")
    namespace = {"__name__": "lesson"}
    for number, cell in enumerate(jupytext.read(source).cells):
        if cell.cell_type == "code":
            for _ in range(2):
                exec(compile(cell.source, f"{source.stem}, cell {number}", "exec"), namespace)
