"""What is made of the exercises: the page of solutions, and assignments that nbgrader releases and grades."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from test_lessons import NOTEBOOKS, SOURCES, build, each_lesson

from gan_lessons.exercises import verdict

EXERCISES = {f"lesson_{source.name[:2]}": list(build.exercises(source)) for source in SOURCES}
UNCHANGED = ("lesson_00", "lesson_06")  # lessons of which a student hands in the notebook as released


def test_an_exercise_reaches_from_its_title_to_the_next_heading(tmp_path):
    source = tmp_path / "00_x.py"
    cells = [
        "[markdown]\n# ## Exercises\n#\n# ### Exercise 00.1 (★★, 5 min): x\n#\n# Set `x`.",
        "[markdown]\n# One more thing.",
        '\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n\ncheck("00.1", (x, 2))',
        "[markdown]\n# <details>A hint</details>",
        '[markdown] tags=["solution"]\n# Because.',
        "[markdown]\n# ### Exercise 00.2 (★, 5 min)",
        '\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n\n\ncheck("00.2", f)',
        "[markdown]\n# ## What you now know",
        '[markdown] tags=["solution"]\n# Of no exercise.',
    ]
    source.write_text("\n\n".join(f"# %% {cell}" for cell in cells))
    first, second = build.exercises(source)
    assert (first.name, first.stars, first.title) == ("00.1", 2, "Exercise 00.1 (★★, 5 min): x")
    assert first.text == ["### Exercise 00.1 (★★, 5 min): x\n\nSet `x`.", "One more thing."]
    assert (first.answer, first.hints, first.reason) == ("(x, 2)", ["<details>A hint</details>"], "Because.")
    assert (second.name, second.answer, second.hints, second.reason) == ("00.2", "f", [], "")
    assert second.task.startswith("def f():") and "check(" not in second.task
    prose = "".join(cell.source for cell in build.learner_notebook(source).cells)
    assert "A hint" in prose and "Because" not in prose


def test_an_exercise_without_a_checked_solution_is_named(tmp_path):
    source = tmp_path / "00_x.py"
    source.write_text("# %% [markdown]\n# ### Exercise 00.7 (★, 5 min)\n\n# %%\n1 + 1\n")
    with pytest.raises(ValueError, match=r"00\.7"):
        list(build.exercises(source))


def test_the_page_of_solutions_solves_and_explains_every_exercise():
    page = build.solutions(SOURCES)
    parts = dict(zip([e.title for found in EXERCISES.values() for e in found], page.split("\n### ")[1:], strict=True))
    for exercise in (e for found in EXERCISES.values() for e in found):
        part = parts[exercise.title]
        assert part.startswith(f"{exercise.title}\n") and "SOLUTION" not in part and 'check("' not in part
        code = part.split("```python\n")[1].split("```")[0]
        namespace = {}
        exec(f"{build.PRELUDE}\n{code}\nanswer = {exercise.answer}", namespace)
        assert verdict(exercise.name, namespace["answer"]) == "right"
        assert len(exercise.reason) > 40 and exercise.reason in part


def test_the_command_writes_the_page_beside_the_notebooks(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(build, "HERE", tmp_path)
    build.main(["solutions"])
    assert (tmp_path / "solutions.md").read_text(encoding="utf-8") == build.solutions(SOURCES)
    ignored = (NOTEBOOKS.parent / ".gitignore").read_text().splitlines()
    assert "notebooks/solutions.md" in ignored and "solutions.md" in capsys.readouterr().out


def test_assignments_never_overwrite(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(SystemExit, match="not an empty folder"):
            build.main(["assignments", str(folder)])
    with pytest.raises(SystemExit, match="name one folder"):
        build.main(["assignments"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@each_lesson
def test_assignment_is_the_same_each_time_and_gives_a_point_for_each_star(source):
    notebook, again = build.assignment(source), build.assignment(source)
    assert notebook == again
    names = [cell.id for cell in notebook.cells]
    assert len(set(names)) == len(names) and names == [cell.metadata.nbgrader.grade_id for cell in notebook.cells]
    graded = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade]
    assert [cell.metadata.nbgrader.points for cell in graded] == [e.stars for e in build.exercises(source)]
    prose = "".join(cell.source for cell in notebook.cells)
    assert not [e.name for e in build.exercises(source) if e.reason in prose]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Every lesson released, handed in by three students, and graded, by nbgrader's own commands."""
    pytest.importorskip("nbgrader", reason='nbgrader is not installed: pip install -e ".[classroom]"')
    folder = tmp_path_factory.mktemp("classroom") / "course"
    build.main(["assignments", str(folder)])
    nbgrader(folder, "generate_assignment", "lesson_*")
    for lesson, exercises in EXERCISES.items():
        first = exercises[0].name
        hand_in(folder, "all", lesson, right=[e.name for e in exercises])
        hand_in(folder, "first", lesson, right=[first], wrong=[e.name for e in exercises[1::2]])
        if lesson in UNCHANGED:
            hand_in(folder, "unchanged", lesson)
    nbgrader(folder, "autograde", "lesson_*")
    return SimpleNamespace(folder=folder, points=points(folder))


def nbgrader(folder, *arguments):
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),  # nbgrader calls alembic
        "HOME": str(home),
        **{f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")},
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr


def hand_in(folder, student, lesson, right=(), wrong=()):
    """Submit the released notebook, with the solutions of some exercises put in, and wrong answers to others."""
    notebook = nbformat.read(folder / "release" / lesson / f"{lesson}.ipynb", as_version=4)
    solved = nbformat.read(folder / "source" / lesson / f"{lesson}.ipynb", as_version=4)
    solutions = {cell.id: cell.source for cell in solved.cells}
    for cell in notebook.cells:
        name = cell.id.removeprefix("answer-").replace("-", ".")
        if name in right:  # a warning on the way does not make it wrong
            cell.source = solutions[cell.id].replace("### BEGIN SOLUTION", "warnings.warn('on the way')")
        elif name in wrong:
            cell.source = cell.source.replace("raise NotImplementedError()", "return None")
    path = folder / "submitted" / student / lesson / f"{lesson}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def points(folder):
    """Return nbgrader's points by student, lesson and exercise."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, lesson): {
                grade.name.removeprefix("test-").replace("-", "."): grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for lesson in EXERCISES
            for submission in gradebook.assignment_submissions(lesson)
        }


@pytest.mark.parametrize("lesson", EXERCISES)
def test_a_right_submission_gets_a_point_for_each_star(course, lesson):
    assert course.points["all", lesson] == {e.name: e.stars for e in EXERCISES[lesson]}


@pytest.mark.parametrize("lesson", EXERCISES)
def test_one_right_answer_gets_its_points_and_no_others(course, lesson):
    first, *others = EXERCISES[lesson]
    assert course.points["first", lesson] == {first.name: first.stars, **{e.name: 0 for e in others}}


@pytest.mark.parametrize("lesson", UNCHANGED)
def test_the_released_notebook_gets_nothing_and_says_so(course, lesson):
    assert course.points["unchanged", lesson] == {e.name: 0 for e in EXERCISES[lesson]}
    graded = nbformat.read(course.folder / "autograded" / "unchanged" / lesson / f"{lesson}.ipynb", as_version=4)
    printed = "".join(output.get("text", "") for cell in graded.cells for output in cell.get("outputs", []))
    assert printed.splitlines() == [f"{e.name}: not attempted yet" for e in EXERCISES[lesson]]


@pytest.mark.parametrize("lesson", EXERCISES)
def test_a_released_notebook_gives_nothing_away(course, lesson):
    notebook = nbformat.read(course.folder / "release" / lesson / f"{lesson}.ipynb", as_version=4)
    prose = "\n".join(cell.source for cell in notebook.cells)
    assert "SOLUTION" not in prose and "HIDDEN" not in prose and "verdict" not in prose
    for exercise in EXERCISES[lesson]:
        assert f'check("{exercise.name}", {exercise.answer})' in prose and exercise.reason not in prose
        for match in build.SOLUTION.finditer(exercise.code):
            assert match.group(2).strip() not in prose
    for cell in notebook.cells:
        assert cell.metadata.get("editable", True) == cell.id.startswith("answer-")
