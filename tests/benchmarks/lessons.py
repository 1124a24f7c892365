"""What the lessons' own cells define, for benchmarks that run a lesson's networks outside of its notebook."""

from pathlib import Path

import jupytext

SOURCES = Path(__file__).resolve().parents[2] / "notebooks/src"


def names_of(number, *beginnings, names=None):
    """Return the names that lesson `number` defines: in its imports, parameters, networks and cells that begin so.

    With `names`, a dict that has them already, only the cells that begin so are run, and their names added to it.
    """
    found = {} if names is None else names
    (source,) = SOURCES.glob(f"{number:02}_*.py")
    for i, cell in enumerate(cell for cell in jupytext.read(source).cells if cell.cell_type == "code"):
        first = names is None and (i == 0 or {"parameters", "networks"} & {*cell.metadata.get("tags", [])})
        if first or cell.source.startswith(beginnings):
            exec(cell.source, found)
    return found
