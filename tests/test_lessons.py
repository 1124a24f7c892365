"""Every lesson: built from its source, run in order, whole in its parts, its exercises solvable."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SOURCES = sorted((NOTEBOOKS / "src").glob("[0-9][0-9]_*.py"))
each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)

spec = importlib.util.spec_from_file_location("build", NOTEBOOKS / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


def built(source):
    return nbformat.read(NOTEBOOKS / f"{source.stem}.ipynb", as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_lessons():
    assert {f"{number:02}" for number in range(21)} <= {source.name[:2] for source in SOURCES}
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == {source.stem for source in SOURCES}


@each_lesson
def test_notebook_is_built_from_its_source(source):
    fresh, stored = build.learner_notebook(source), built(source)
    assert [(c.id, c.cell_type, c.source, c.metadata.get("tags")) for c in fresh.cells] == [
        (c.id, c.cell_type, c.source, c.metadata.get("tags")) for c in stored.cells
    ], f"run: python notebooks/build.py {source.name[:2]}"


@each_lesson
def test_notebook_was_run_from_the_top_without_errors(source):
    cells = code_cells(built(source))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error" and output.get("name") != "stderr", cell.source
    assert "widgets" not in built(source).metadata


@each_lesson
def test_notebook_is_small_and_its_cells_are_short(source):
    assert (NOTEBOOKS / f"{source.stem}.ipynb").stat().st_size < 1_000_000
    for cell in code_cells(built(source)):
        assert len(cell.source.splitlines()) <= 30, cell.source


@each_lesson
def test_no_line_of_code_runs_out_of_a_window_1366_pixels_wide(source):
    """Beside JupyterLab's file browser and a scroll bar a cell shows 117 characters there."""
    for cell in code_cells(build.learner_notebook(source)):
        assert max(map(len, cell.source.splitlines())) <= 117, cell.source


@each_lesson
def test_no_printed_line_runs_out_of_it_either(source):
    outputs = [output for cell in code_cells(built(source)) for output in cell.outputs]
    lines = [line for output in outputs if output.output_type == "stream" for line in output.text.splitlines()]
    assert [line for line in lines if len(line) > 117] == []


@each_lesson
def test_the_hyperparameters_stand_in_the_cell_that_papermill_sets(source):
    tagged = [c for c in code_cells(built(source)) if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == (source.name[:2] != "00")
    assert all(re.match(r"SEED = 0\b", cell.source) for cell in tagged)


@each_lesson
def test_a_board_shows_in_the_cell_that_trains(source):
    """And in no cell of its own, which Shift+Enter would scroll out of sight."""
    for cell in code_cells(build.learner_notebook(source)):
        assert cell.source.splitlines()[-1].strip() != "board", cell.source


@each_lesson
def test_notebook_holds_no_solution_and_says_so_of_each_exercise(source):
    notebook, found = built(source), list(build.exercises(source))
    assert len(found) == source.read_text(encoding="utf-8").count("### BEGIN SOLUTION") > 0
    prose = "".join(cell.source for cell in notebook.cells)
    assert "SOLUTION" not in prose
    text = "".join(output.get("text", "") for cell in code_cells(notebook) for output in cell.outputs)
    for exercise in found:
        assert f"{exercise.name}: not attempted yet" in text
        assert exercise.reason and exercise.reason not in prose


@each_lesson
def test_notebook_has_the_parts_of_a_lesson(source):
    prose = "\n".join(cell.source for cell in built(source).cells if cell.cell_type == "markdown")
    parts = [f"# {source.name[:2]} · ", "**You will**", "**Needs**", "**Time**", "**Follows**", "### Exercise"]
    parts += ["<details>", "## What you now know", "**What this does not show**"]
    if source.name[:2] != "00":
        parts += [
            "**First** clear all outputs.",
            "**Papers**",
            "**Predict**",
            "**See**",
            "**Break it**",
            "**The document says**",
            "**Further reading**",
        ]
    assert [part for part in parts if part not in prose] == []
    assert re.search(r"★+, \d+ min", prose)


@each_lesson
def test_every_picture_without_a_kernel_has_its_text(source):
    for cell in code_cells(built(source)):
        for output in cell.outputs:
            data = output.get("data", {})
            if "application/vnd.jupyter.widget-view+json" in data:
                assert "image/png" in data and len(data["text/plain"]) > 40, cell.source
            elif "image/png" in data:
                assert "print(" in cell.source, f"a figure without a line in words: {cell.source}"


@pytest.mark.parametrize(
    "exercise", [exercise for source in SOURCES for exercise in build.exercises(source)], ids=lambda x: x.name
)
def test_each_solution_is_right_and_then_the_reason_is_shown(exercise, capsys):
    exec(f"{build.PRELUDE}\n{exercise.code}", {})
    assert capsys.readouterr().out == f"{exercise.name}: right\n{exercise.reason}\n"


def test_stubs_of_values_and_of_functions():
    value = "### BEGIN SOLUTION\na = 1\nb = a\n### END SOLUTION"
    function = "def f(x):\n    ### BEGIN SOLUTION\n    y = x\n    return y\n    ### END SOLUTION"
    assert re.findall(r"^(\w+) = \.\.\.", build.SOLUTION.sub(build._stub, value), re.MULTILINE) == ["a", "b"]
    stub = build.SOLUTION.sub(build._stub, function)
    assert "y = x" not in stub
    namespace = {}
    exec(stub, namespace)
    assert namespace["f"](1) is ...


def test_the_map_of_lessons_leads_to_each_of_them():
    prose = "\n".join(cell.source for cell in built(NOTEBOOKS / "00_start_here.ipynb").cells)
    rows = re.findall(r"^\| \[(\d\d) · .*\]\((\w+)\.ipynb\) \| .* \|$", prose, re.MULTILINE)
    assert rows == [(source.name[:2], source.stem) for source in SOURCES]
    readme = (NOTEBOOKS.parent / "README.md").read_text()
    assert set(re.findall(r"\(notebooks/(\d\d)_\w+\.ipynb\)", readme)) == {source.name[:2] for source in SOURCES}
