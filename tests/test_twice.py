"""A lesson can be run cell by cell, and each cell a second time before the next; its trainings are cut short for it."""

import matplotlib.pyplot as plt
import pytest
from shortened import NOTEBOOKS, PARAMETERS, shortened

LESSONS = sorted(path.stem for path in (NOTEBOOKS / "src").glob("[0-9][0-9]_*.py"))


def test_each_lesson_has_its_short_parameters():
    assert [name[:2] for name in LESSONS] == list(PARAMETERS)


@pytest.mark.parametrize("name", LESSONS)
def test_each_cell_runs_twice(name, monkeypatch, tmp_path):
    plt.switch_backend("Agg")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    namespace = {"__name__": "lesson"}
    for number, cell in enumerate(shortened(name).cells):
        if cell.cell_type != "code":
            continue
        for _ in range(2):
            try:
                exec(compile(cell.source, f"{name}, cell {number}", "exec"), namespace)
            except Exception:
                if "raises-exception" not in cell.metadata.get("tags", []):
                    raise
        plt.close("all")
