"""Build the notebooks from their sources, and from the same sources a page of solutions and graded assignments.

python notebooks/build.py [NN …]              the lessons, or those named
python notebooks/build.py document            notebooks/from_the_document.md: its mistakes, and where each is mended
python notebooks/build.py solutions           notebooks/solutions.md: each exercise solved, and why that is right
python notebooks/build.py assignments FOLDER  an nbgrader course that holds the exercises, in a new FOLDER

Each ``src/NN_slug.py`` (jupytext's py:percent format) becomes ``NN_slug.ipynb``: solutions are replaced by
stubs, cells get stable ids, and the notebook is executed from a clean kernel with its outputs kept.
"""

import hashlib
import re
import sys
import time
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "src"
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^### Exercise (\d\d\.\d+) \((★+), \d+ min\).*$", re.MULTILINE)
CHECK = re.compile(r'^check\("[\d.]+", (.*)\)$', re.MULTILINE)
BOX = re.compile(r"^> \*\*In the document\*\*(?: \(([^)]*)\))?\. (.*?)$(?=\n(?!>)|\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (\d\.[\d., ]*) \| (.*) \| (.*) \| ([\d, –]*)(.*) \|$", re.MULTILINE)
CHAPTERS = {  # of the document, with its titles
    "1.1": "问题由来",
    "1.2": "问题核心关键点",
    "1.3": "问题研究意义",
    "2.1": "核心概念概述",
    "2.2.1": "GANs的训练流程",
    "2.2.2": "GANs的架构设计",
    "2.2.3": "GANs的应用场景",
    "2.3": "核心概念的整体架构",
    "3.1": "算法原理概述",
    "3.2.1": "初始化",
    "3.2.2": "生成和判别过程",
    "3.2.3": "损失函数",
    "3.2.4": "梯度下降",
    "3.3": "算法优缺点",
    "3.4": "算法应用领域",
    "4.1": "数学模型构建",
    "4.2": "公式推导过程",
    "4.3": "案例分析与讲解",
    "5.1": "开发环境搭建",
    "5.2": "源代码详细实现",
    "5.3": "代码解读与分析",
    "5.4": "(missing)",
}
IMPORT_CHECK = "from gan_lessons.exercises import check\n"
PRELUDE = f"""\
import math
import warnings

import torch
from torch import nn
from torch.nn.functional import cross_entropy, softplus

{IMPORT_CHECK}
warnings.simplefilter("ignore")  # nbgrader takes a warning for a failed test"""


def learner_notebook(source):
    """Return the notebook of a source file, with stubs for solutions and without outputs."""
    notebook = jupytext.read(source)
    notebook.cells = [cell for cell in notebook.cells if not _is_reason(cell)]
    seen = {}
    for cell in notebook.cells:
        cell.source = SOLUTION.sub(_stub, cell.source)
        key = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[key] = seen.get(key, -1) + 1
        cell.id = f"{key}-{seen[key]}"
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _is_reason(cell):
    return "solution" in cell.metadata.get("tags", [])


def _stub(match):
    """Return the stub of a solution: inside a function a return, elsewhere each assigned name, of dots."""
    indent, solution = match.groups()
    if indent:
        return f"{indent}return ...  # replace the dots; you may add lines above"
    return "\n".join(f"{name} = ...  # replace the dots" for name in _assigned(solution))


def _assigned(solution):
    return dict.fromkeys(re.findall(r"^(\w+) = ", solution, re.MULTILINE))


def build(source):
    """Build the notebook of one source file, executed, and return its path."""
    notebook = learner_notebook(source)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with tqdm(total=len(cells), desc=source.stem, unit="cell") as bar:
        client = NotebookClient(
            notebook,
            timeout=600,
            resources={"metadata": {"path": str(HERE)}},
            store_widget_state=False,
            record_timing=False,
            on_cell_executed=lambda **_: bar.update(),
        )
        client.execute()
    for cell in cells:
        for output in cell.outputs:
            _shrink(output)
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    path = HERE / f"{source.stem}.ipynb"
    nbformat.validate(notebook)
    temporary = path.with_suffix(".ipynb.tmp")
    nbformat.write(notebook, temporary)
    temporary.replace(path)
    return path


def _shrink(output):
    """Store a figure of an output with 256 colours, where that is smaller; a widget's picture stays as it is."""
    data = output.get("data", {})
    if "image/png" in data and WIDGET not in data:
        figure, small = Image.open(BytesIO(b64decode(data["image/png"]))).convert("RGB"), BytesIO()
        figure.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        data["image/png"] = min(data["image/png"], b64encode(small.getvalue()).decode(), key=len)


class Exercise(NamedTuple):
    """An exercise of a source: all that stands from its title to the next heading."""

    name: str  # "06.1"
    title: str  # "Exercise 06.1 (★, 5 min): how uneven?"
    stars: int
    text: list  # its markdown cells before the code, from its title on
    code: str  # its code cell, with solution and check
    hints: list  # its markdown cells after the code
    reason: str  # its cell tagged "solution": why the solution is right

    @property
    def answer(self):
        """What `check` is given, as code."""
        return CHECK.search(self.code).group(1)

    @property
    def task(self):
        """The code cell without the check and its import."""
        return CHECK.sub("", self.code.replace(IMPORT_CHECK, "")).strip()


def exercises(source):
    """Yield each `Exercise` of a source file, in order; ValueError for one without a single checked solution."""
    cells, inside = jupytext.read(source).cells, []
    for cell in [*cells, new_markdown_cell("## ")]:
        begins = TITLE.search(cell.source) if cell.cell_type == "markdown" else None
        if inside and cell.cell_type == "markdown" and re.match("##", cell.source):
            yield _exercise(inside)
            inside = []
        if begins:
            cell.source = cell.source[begins.start() :]
        if begins or inside:
            inside.append(cell)


def _exercise(cells):
    title = TITLE.match(cells[0].source)
    code = [i for i, cell in enumerate(cells) if cell.cell_type == "code"]
    if len(code) != 1 or not (SOLUTION.search(cells[code[0]].source) and CHECK.search(cells[code[0]].source)):
        raise ValueError(f"exercise {title.group(1)} needs one code cell, with a solution and a check in it")
    at = code[0]
    return Exercise(
        name=title.group(1),
        title=title.group().removeprefix("### "),
        stars=len(title.group(2)),
        text=[cell.source for cell in cells[:at]],
        code=cells[at].source,
        hints=[cell.source for cell in cells[at + 1 :] if not _is_reason(cell)],
        reason="\n\n".join(cell.source for cell in cells if _is_reason(cell)),
    )


def lesson_title(source):
    """Return the first line of a source's prose, such as "00 · Start here"."""
    return jupytext.read(source).cells[0].source.splitlines()[0].removeprefix("# ")


def solutions(sources):
    """Return the page of solutions as markdown."""
    parts = ["# Solutions", "Try an exercise, and its hint, before you look here. Other solutions can be right too."]
    for source in sources:
        parts.append(f"## {lesson_title(source)}")
        for exercise in exercises(source):
            solved = SOLUTION.sub(lambda match: match.group(2).rstrip(), exercise.task)
            parts += [f"### {exercise.title}", f"```python\n{solved}\n```", exercise.reason]
    return "\n\n".join(parts) + "\n"


class Mistake(NamedTuple):
    """One line of the page for those who come from the document."""

    sections: list  # of the document, such as ["3.2.3", "4.1"]
    said: str
    fact: str  # or "" where the lesson's text says it
    source: Path
    heading: str  # of the lesson's section, such as "4 · Whose loss?"

    @property
    def link(self):
        """A link to the heading, by the anchor that Jupyter gives it."""
        lesson = f"{self.source.name[:2]}, *{self.heading}*"
        return f"[{lesson}]({self.source.stem}.ipynb#{self.heading.replace(' ', '-')})"


def mistakes(source):
    """Yield each `Mistake` of the document that a source names: in a box of its own, or in a table at the end."""
    headings = []
    for cell in jupytext.read(source).cells:
        if cell.cell_type != "markdown":
            continue
        found = [*re.finditer(r"^#+ (.*)$", cell.source, re.MULTILINE), *BOX.finditer(cell.source)]
        for match in sorted([*found, *ROW.finditer(cell.source)], key=lambda match: match.start()):
            if match.re is BOX:
                text = " ".join(line.lstrip("> ") for line in match.group(2).splitlines() if "|" not in line)
                said, _, fact = text.partition("**In fact** ")
                said = said.replace("**The document says** ", "It says ").strip()
                yield Mistake(_chapters(match.group(1) or "5.4"), said, fact, source, headings[-1])
            elif match.re is ROW:
                sections, said, fact, place, _ = match.groups()
                number = re.match(r"\d*", place).group()
                heading = next(text for text in headings if text.startswith(f"{number} ·"))
                yield Mistake(_chapters(sections), said, fact, source, heading)
            else:
                headings.append(match.group(1).strip())


def _chapters(text):
    """Return the document's sections that a text names; of one with parts, such as 3.2, the first."""
    return [next(name for name in CHAPTERS if name.startswith(found)) for found in re.findall(r"\d(?:\.\d)*", text)]


def from_the_document(sources):
    """Return the page for those who come from the document: its sections, what is wrong, and where it is mended."""
    parts = [
        "# From the document to the lessons",
        'For readers of the article that the course follows, "Generative Design原理与代码实例讲解": each of its '
        "sections, what it says there that is wrong or missing, what is true, and where a lesson shows it. "
        "`python notebooks/build.py document` makes this page from the lessons.",
    ]
    found = [mistake for source in sources for mistake in mistakes(source)]
    for number, title in CHAPTERS.items():
        here = [mistake for mistake in found if number in mistake.sections]
        rows = [f"| {m.said} | {m.fact or 'the lesson shows it'} | {m.link} |" for m in here]
        table = "\n".join(["| the document | in fact | where |", "| --- | --- | --- |", *rows])
        parts += [f"## §{number} {title}", table if here else "The lessons found nothing wrong here."]
    return "\n\n".join(parts) + "\n"


def assignment(source):
    """Return the nbgrader source notebook of a lesson's exercises, or None for a lesson without.

    It runs in seconds: the exercises stand after one cell of imports, without the lesson. nbgrader takes out
    what stands between the markers, and gives a point for each star.
    """
    found = list(exercises(source))
    if not found:
        return None
    about = (
        f"# {lesson_title(source)}: exercises\n\n"
        f"They belong to the lesson in `notebooks/{source.stem}.ipynb`, which explains what they use. Run the cell of "
        "imports. Then put your answers where `raise NotImplementedError()` stands, and run each check."
    )
    cells = [_graded(new_markdown_cell(about), "about"), _graded(new_code_cell(PRELUDE), "imports")]
    for exercise in found:
        name = exercise.name.replace(".", "-")
        for i, text in enumerate(exercise.text):
            cells.append(_graded(new_markdown_cell(text), f"text-{name}-{i}"))
        cells.append(_graded(_answer_cell(exercise), f"answer-{name}", solution=True, locked=False))
        test = (
            f'check("{exercise.name}", {exercise.answer})\n'
            "### BEGIN HIDDEN TESTS\n"
            "from gan_lessons.exercises import verdict\n\n"
            f'found = verdict("{exercise.name}", {exercise.answer})\n'
            "assert found == 'right', found\n"
            "### END HIDDEN TESTS"
        )
        cells.append(_graded(new_code_cell(test), f"test-{name}", grade=True, points=exercise.stars))
        # what else stands there speaks of the lesson's variables
        for i, hint in enumerate(re.findall(r"<details>.*?</details>", "\n".join(exercise.hints), re.DOTALL)):
            cells.append(_graded(new_markdown_cell(hint), f"hint-{name}-{i}"))
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    nbformat.validate(notebook)
    return notebook


def _answer_cell(exercise):
    """Return the cell of the answer; a value is of dots, not undefined, where nbgrader takes the solution out."""
    match = SOLUTION.search(exercise.task)
    if match.group(1):
        return new_code_cell(exercise.task)
    dots = "".join(f"{name} = ...\n" for name in _assigned(match.group(2)))
    code = exercise.task[: match.start()] + dots + exercise.task[match.start() :]
    return new_code_cell(code, metadata={"tags": ["raises-exception"]})  # so that Run All goes on to the next


def _graded(cell, name, **options):
    """Return the cell with nbgrader's metadata; without options its text is locked."""
    cell.id = name
    default = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}
    cell.metadata["nbgrader"] = default | {"grade_id": name, "cell_type": cell.cell_type} | options
    return cell


def write_assignments(sources, folder):
    """Write an nbgrader course into a new or empty folder, and return the paths of its notebooks."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        sys.exit(f"{folder} exists and is not an empty folder; name a new one, so that nothing in it is overwritten")
    paths = []
    for source in sources:
        if notebook := assignment(source):
            name = f"lesson_{source.name[:2]}"
            paths.append(folder / "source" / name / f"{name}.ipynb")
            paths[-1].parent.mkdir(parents=True)
            nbformat.write(notebook, paths[-1])
    config = 'c = get_config()  # noqa: F821\nc.CourseDirectory.course_id = "gan-lessons"\n'
    (folder / "nbgrader_config.py").write_text(config)
    return paths


def main(arguments):
    sources = sorted(SOURCES.glob("[0-9][0-9]_*.py"))
    if arguments == ["solutions"]:
        (HERE / "solutions.md").write_text(solutions(sources), encoding="utf-8")
        print(HERE / "solutions.md")
        return
    if arguments == ["document"]:
        (HERE / "from_the_document.md").write_text(from_the_document(sources), encoding="utf-8")
        print(HERE / "from_the_document.md")
        return
    if arguments[:1] == ["assignments"]:
        if len(arguments) != 2:
            sys.exit("name one folder: python notebooks/build.py assignments FOLDER")
        for path in write_assignments(sources, Path(arguments[1])):
            print(path)
        return
    unknown = set(arguments) - {source.name[:2] for source in sources}
    if unknown:
        sys.exit(
            f"no lesson {', '.join(sorted(unknown))} in {SOURCES}; there are {', '.join(s.name[:2] for s in sources)}"
        )
    for source in sources:
        if not arguments or source.name[:2] in arguments:
            started = time.perf_counter()
            path = build(source)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
