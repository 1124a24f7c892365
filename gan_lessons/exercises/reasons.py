"""Why a solution is right, as it stands with the exercise in the lesson's source in the clone."""

import re
from pathlib import Path

from IPython.display import display

SOURCES = Path(__file__).resolve().parents[2] / "notebooks/src"


def show_reason(name):
    """Show why the solution of the exercise `name` is right: folded in a notebook, as plain text elsewhere.

    Nothing is shown where it is not found, as in a package that was installed without its clone.
    """
    if text := reason(name):
        display(_Folded(text))


def reason(name):
    """Return the text of the cell tagged "solution" of the exercise `name`, or "" where there is none to read."""
    try:
        source = next(SOURCES.glob(f"{name[:2]}_*.py")).read_text(encoding="utf-8")
    except (StopIteration, OSError, ValueError):
        return ""
    exercise = re.search(rf"^# ### Exercise {re.escape(name)} .*?(?=^# ##|\Z)", source, re.MULTILINE | re.DOTALL)
    cells = re.split(r"^# %%", exercise.group(), flags=re.MULTILINE) if exercise else []
    reasons = [cell.partition("\n")[2] for cell in cells if cell.startswith(' [markdown] tags=["solution"]')]
    return "\n\n".join(re.sub(r"^# ?", "", cell, flags=re.MULTILINE).strip() for cell in reasons)


class _Folded:
    """A text that unfolds under a click where markdown is shown."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return f"<details><summary>Why</summary>\n\n{self.text}\n\n</details>"
