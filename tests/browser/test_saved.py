"""What is saved: the last picture of a run, also where its page was loaded anew or its tab was closed meanwhile."""

from base64 import b64decode, b64encode

import pytest

from .lab import WIDGET_VIEW, Notebook
from .playground import Page

BOARD = """
import time
from gan_lessons.widgets import LossBoard
board = LossBoard(60)
"""
TRAINING = """
for step in board.watch(range(60)):
    time.sleep(0.1)
    board.update({"d_loss": 1 + step / 60, "g_loss": 1 - step / 60, "d_real": step / 30, "d_fake": -step / 30})
"""
PNG = "from base64 import b64encode; print(b64encode({}._repr_mimebundle_()['image/png']).decode())"
PLAY = "from gan_lessons.widgets import Playground\nplay = Playground(width=16, batch=32)\nplay"
CELL = 1


@pytest.fixture
def opened(server, window):
    notebooks = []

    def open_(name, *sources):
        notebooks.append(Notebook(server, window, server.write(name, sources)))
        return notebooks[0]

    yield open_
    for notebook in notebooks:
        assert notebook.errors() == []
        notebook.shut_down_kernel()
        notebook.page.close()


def stored(saved):
    """Return the picture that stands in a notebook's file for the widget."""
    (data,) = [output.data for output in saved.cells[CELL].outputs if WIDGET_VIEW in output.get("data", {})]
    return data["image/png"].strip()


def told(notebook):
    """Run the last cell, which prints the present picture."""
    notebook.run("cell", CELL + 1)
    return notebook.text(CELL + 1).strip()


@pytest.mark.parametrize("left", ["page loaded anew", "tab closed"])
def test_a_run_that_outlives_its_page_is_saved_with_its_last_picture(opened, left):
    notebook = opened("outlives", BOARD, TRAINING, PNG.format("board"))
    notebook.run("cell", 0)
    notebook.begin_run("cell", CELL)
    notebook.until(lambda: "step 1" in notebook.text(CELL), "ten steps or more")
    first = stored(notebook.save())
    if left == "tab closed":
        notebook.close()
        notebook.reopen()
    else:
        notebook.reload()
    notebook.scroll_to(CELL)
    notebook.until(lambda: "step 60 of 60" in notebook.text(CELL), "the end of the run on the board")
    last = told(notebook)
    notebook.scroll_to(CELL)
    notebook.until(lambda: stored(notebook.save()) == last, "the last picture in the file", timeout=10)
    assert first != last and b64decode(last).startswith(b"\x89PNG") and len(b64encode(b64decode(last))) < 50_000


def test_a_picture_is_kept_in_a_page_that_was_loaded_anew(opened):
    notebook = opened("kept", "1", PLAY, PNG.format("play"))
    notebook.run()
    first = stored(notebook.save())
    notebook.reload()
    page = Page(notebook, CELL)
    page.play_until(50)
    page.click("Keep picture")
    notebook.until(lambda: stored(notebook.save()) != first, "another picture in the file", timeout=10)
    assert stored(notebook.save()) == told(notebook)
    notebook.scroll_to(CELL)
    steps = page.counts[0]
    page.click("Step")
    page.until(lambda: page.counts[0] == steps + 1, "the playground to answer after that")
