"""What is in sight while a person goes through a lesson with Shift+Enter, on a screen of 1366 × 768 pixels."""

from pathlib import Path
from types import SimpleNamespace

SMALL = {"width": 1366, "height": 768}
# a cell before all others: while the file `slowed` is there, a training lasts long enough to be looked at
SLOWED = """
import time
from pathlib import Path
from gan_lessons.widgets import LossBoard
def slowed(self, logs, update=LossBoard.update):
    time.sleep(0.2 if Path("slowed").exists() else 0)
    update(self, logs)
LossBoard.update = slowed
"""
# the share of the pictures in a cell's output that lies within the notebook's panel
SHARE = """
    const panel_ = panel.content.node.getBoundingClientRect(), within = (low, high) => Math.max(0, high - low);
    const output = panel.content.widgets[it].node.querySelector(".jp-Cell-outputArea");
    const pictures = [...(output?.querySelectorAll(".widget-image") ?? [])].map(each => each.getBoundingClientRect());
    if (!pictures.some(each => each.height > 100)) return null;
    const seen = each => within(Math.max(each.top, panel_.top), Math.min(each.bottom, panel_.bottom))
        * within(Math.max(each.left, panel_.left), Math.min(each.right, panel_.right));
    const sum = numbers => numbers.reduce((a, b) => a + b, 0);
    return sum(pictures.map(seen)) / sum(pictures.map(each => each.width * each.height));
"""


def begin_in_sight(notebook, loop):
    """Run a notebook whose first cell is `SLOWED` up to the cell `loop`, and begin to run that one as a person does.

    Returns what was to be seen of its board: `shares`, of the board's pictures, by the half second; and whether it
    trained still when the last of them was measured.
    """
    notebook.run("all-above", loop)
    window, slowed = notebook.page.viewport_size, notebook.server.root / Path(notebook.path).parent / "slowed"
    slowed.touch()
    notebook.page.set_viewport_size(SMALL)
    notebook.scroll_to(loop - 3)
    notebook.page.wait_for_timeout(300)
    for cell in range(loop - 3, loop + 1):  # with the keys that a person presses
        assert notebook.js("return panel.content.activeCellIndex") == cell
        notebook.page.keyboard.press("Shift+Enter")
    share = lambda: notebook.js(SHARE, loop)  # noqa: E731
    notebook.until(lambda: share() is not None and "steps/s" in notebook.text(loop), "the board, with some steps")
    shares = []
    for _ in range(3):
        notebook.page.wait_for_timeout(500)
        shares.append(share())
    notebook.screenshot("in_sight")
    trains = not notebook.count(loop)
    slowed.unlink()
    notebook.page.set_viewport_size(window)
    return SimpleNamespace(shares=shares, trains=trains)
