"""Build the notebooks from their sources: python notebooks/build.py [NN …]

Each ``src/NN_slug.py`` (jupytext's py:percent format) becomes ``NN_slug.ipynb``: solutions are replaced by
stubs, cells get stable ids, and the notebook is executed from a clean kernel with its outputs kept.
"""

import hashlib
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "src"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION$", re.MULTILINE | re.DOTALL)


def learner_notebook(source):
    """Return the notebook of a source file, with stubs for solutions and without outputs."""
    notebook = jupytext.read(source)
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


def _stub(match):
    """Return the stub of a solution: inside a function a return, elsewhere each assigned name, of dots."""
    indent, solution = match.groups()
    if indent:
        return f"{indent}return ...  # replace the dots; you may add lines above"
    names = dict.fromkeys(re.findall(r"^(\w+) = ", solution, re.MULTILINE))
    return "\n".join(f"{name} = ...  # replace the dots" for name in names)


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
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    path = HERE / f"{source.stem}.ipynb"
    nbformat.validate(notebook)
    temporary = path.with_suffix(".ipynb.tmp")
    nbformat.write(notebook, temporary)
    temporary.replace(path)
    return path


def main(numbers):
    sources = sorted(SOURCES.glob("[0-9][0-9]_*.py"))
    unknown = set(numbers) - {source.name[:2] for source in sources}
    if unknown:
        sys.exit(
            f"no lesson {', '.join(sorted(unknown))} in {SOURCES}; there are {', '.join(s.name[:2] for s in sources)}"
        )
    for source in sources:
        if not numbers or source.name[:2] in numbers:
            started = time.perf_counter()
            path = build(source)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
