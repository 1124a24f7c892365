"""What is in sight while a person goes through a lesson with Shift+Enter, on a screen of 1366 × 768 pixels."""

import pytest
from shortened import shortened

from .lab import LESSONS, NOTEBOOKS, Notebook

WATCH = "board.watch("
TRAINING = [name for name in LESSONS if WATCH in (NOTEBOOKS / f"src/{name}.py").read_text()]
# a training that lasts as long on every machine
SLOWED = """
import time
from gan_lessons.widgets import LossBoard
def slowed(self, logs, update=LossBoard.update):
    time.sleep(0.1)
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


@pytest.fixture(scope="module")
def small_window(browser):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context
    context.close()


def test_there_are_lessons_that_train():
    assert {name[:2] for name in TRAINING} >= {"01", "02", "03", "04", "06"}


@pytest.mark.parametrize("name", TRAINING)
def test_the_board_is_in_sight_while_it_trains(name, server, small_window):
    cells = shortened(name).cells
    loop = next(i for i, cell in enumerate(cells) if cell.cell_type == "code" and WATCH in cell.source)
    first = next(cell for cell in cells if cell.cell_type == "code")
    first.source = SLOWED + first.source
    notebook = Notebook(server, small_window, server.write(name, cells))
    try:
        notebook.run("all-above", loop)
        notebook.scroll_to(max(0, loop - 3))
        notebook.page.wait_for_timeout(300)
        for cell in range(max(0, loop - 3), loop + 1):  # with the keys that a person presses
            assert notebook.js("return panel.content.activeCellIndex") == cell
            notebook.page.keyboard.press("Shift+Enter")
        share = lambda: notebook.js(SHARE, loop)  # noqa: E731
        notebook.until(lambda: share() is not None and "steps/s" in notebook.text(loop), "the board, with some steps")
        found = []
        for _ in range(3):
            notebook.page.wait_for_timeout(500)
            found.append(share())
        notebook.screenshot("in_sight")
        assert not notebook.js("return panel.content.widgets[it].model.executionCount", loop), "it trained too fast"
        assert min(found) >= 0.9, found
    finally:
        notebook.shut_down_kernel()
        notebook.page.close()
