"""Every lesson can be run cell by cell, and each cell a second time before the next."""

import matplotlib
import pytest
from short import SOURCES, short


@pytest.mark.parametrize("source", sorted(SOURCES.glob("[0-9][0-9]_*.py")), ids=lambda path: path.stem)
def test_each_cell_runs_twice(source, monkeypatch):
    matplotlib.use("Agg")
    namespace = {"__name__": "lesson"}
    for number, cell in enumerate(short(source).cells):
        if cell.cell_type == "code":
            for _ in range(2):
                exec(compile(cell.source, f"{source.stem}, cell {number}", "exec"), namespace)
