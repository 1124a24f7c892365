"""The playground in JupyterLab: every button, control, layer and key, networks that break, kernels that end."""

import re

import pytest

from .axe import violations
from .lab import Notebook
from .playground import Page

SETUP = """
import threading, time
import torch
from torch import nn
from gan_lessons.networks import mlp
from gan_lessons.widgets import Playground

class Fragile(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers, self.fault = mlp(2, 2, 16), None
    def forward(self, z):
        if self.fault == "raise" and self.training:
            raise RuntimeError("a fault on purpose")
        while self.fault == "hang" and self.training:
            pass
        return self.layers(z)

def threads():
    return sum(thread.name == "playground" for thread in threading.enumerate())
"""
PLAY = "play = Playground(width=16, batch=32, pace=0.3)\nplay"
FRAGILE = "G = Fragile()\nplay = Playground(G, batch=32)\nplay"
FOLDS = ("Diagnosis", "More controls", "In words")
SIZE = {"width": 1400, "height": 1000}  # of the window
# the words on the page that do not fit where they stand, or stand outside of the playground
CUT_OFF = """root => {
    const pen = document.createElement("canvas").getContext("2d"), right = root.getBoundingClientRect().right;
    const words = ({value, text, options, selectedIndex}) => options ? [...options].map(each => each.text) : [];
    return [...root.querySelectorAll("label, button, select, summary, th, td, legend, li, p, span, output, input")]
        .filter(each => !each.closest(".gan-hidden") && each.checkVisibility()).filter(each => {
            const style = getComputedStyle(each), box = each.getBoundingClientRect();
            pen.font = style.font;
            const widest = Math.max(0, ...words(each).map(word => pen.measureText(word).width));
            const arrow = 16, padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
            const room = each.clientWidth - padding - arrow;
            const broken = each.scrollWidth > Math.max(each.clientWidth, 1) + 1 && style.display !== "inline";
            return broken || (widest && widest > room) || box.right > right + 1;
        }).map(each => each.outerHTML.slice(0, 120));
}"""
CELL = 1  # the playground's, after the setup; the cell after it is for questions to the kernel


@pytest.fixture(scope="module")
def opened(server, window):
    """Open a new notebook whose cells were run: the setup, what is given, and a cell for questions."""

    def open_(playground, name):
        notebook = Notebook(server, window, server.write(name, (SETUP, playground, "1")))
        notebook.run()
        return notebook

    return open_


@pytest.fixture(scope="module")
def notebook(opened):
    notebook = opened(PLAY, "playground")
    yield notebook
    assert notebook.errors() == []
    notebook.shut_down_kernel()
    notebook.page.close()


@pytest.fixture
def page(notebook):
    """The playground, paused and reset, with its controls as at the start."""
    page = Page(notebook, CELL)
    page.click("Reset")  # which ends what runs
    page.idle()
    page.at(0, 0, 0)
    return page


def test_play_trains_and_draws_until_pause_and_then_costs_nothing(page):
    before = page.picture()
    page.click("Play")
    page.until(lambda: page.counts[0] > 100 and "steps/s" in page.root.inner_text(), "a hundred steps and their speed")
    assert page.has_button("Pause")
    page.notebook.screenshot("playing")
    page.click("Pause")
    page.paused()
    page.idle()
    after, counts = page.picture(), page.counts
    assert after != before
    spent = page.ask("[threads(), time.process_time(), time.sleep(1), time.process_time()]")
    assert spent[0] == 0 and spent[3] - spent[1] < 0.2, spent
    assert page.counts == counts and page.picture() == after
    assert re.search(r"\d of 8", page.root.locator("table").inner_text())
    page.unfold("In words")
    assert f"Step {counts[0]:,}." in page.root.locator(".gan-summary").inner_text()


def test_steps_half_steps_and_the_next_part(page):
    page.click("Step")
    page.at(1, 1, 1)
    for who, button, counts in (("D", "D alone", (1, 2, 1)), ("G", "G alone", (1, 2, 2))):
        page.record_parts()
        page.click(button)
        page.until(lambda counts=counts: page.counts == counts, f"the end of {who}'s half-step")
        found = [part for part in page.recorded_parts() if part[0] == who]
        assert [name for _, name, _ in found] == ["draw z", "generate", "score", "loss", "gradient", "update"]
        assert len({text for _, _, text in found}) == 6
        page.at(*counts)
    page.click("Next part")
    page.until(lambda: page.part[0] == ("D", "draw z"), "the first part of D's half-step")
    assert "32 random z of 2 numbers each" in page.part[1]
    page.click("Next part")
    page.until(lambda: page.part[0] == ("D", "generate"), "the second part")
    page.notebook.screenshot("part")


def test_slow_motion_goes_through_both_halves(page):
    page.click("Slow motion")
    page.until(lambda: page.part[0] == ("D", "loss"), "D's loss")
    page.until(lambda: page.part[0] == ("G", "generate"), "G's half")
    page.click("Pause")
    page.paused()
    assert page.counts == (0, 1, 0)


def test_reset_repeats_the_run_exactly(page):
    ends = []
    for _ in range(2):
        for i in range(1, 4):
            page.click("Step")
            page.at(i, i, i)
        ends.append((page.picture(), page.root.locator("table").inner_text()))
        page.click("Reset")
        page.at(0, 0, 0)
    assert ends[0] == ends[1]
    page.unfold("More controls")
    page.control("seed").fill("7")
    page.control("seed").press("Enter")
    page.until(lambda: "anew" in page.message, "the message that the run began anew")
    page.click("Step")
    page.at(1, 1, 1)
    assert page.picture() != ends[0][0]
    page.control("seed").fill("0")
    page.control("seed").press("Enter")
    page.at(0, 0, 0)


def test_each_layer_can_be_shown_and_hidden(page):
    page.play_until(50)  # at the start the arrows are too short to be seen
    checks = page.root.get_by_role("group", name="Layers").get_by_role("checkbox")
    assert checks.count() == 5
    for check in checks.all():
        before, state = page.picture(), check.is_checked()
        check.press(" ")
        page.until(lambda before=before: page.picture() != before, "the picture to change with the layer")
        assert check.is_checked() != state
        check.click()
        page.until(lambda before=before: page.picture() == before, "the picture to be as before")
    checks.nth(3).check()
    page.until(lambda: page.ask("play.layers") == ["field", "real", "fake", "arrows"], "the kernel to know the layers")
    checks.nth(3).uncheck()


def test_each_control_takes_effect_and_says_so(page):
    settings = page.ask("play.settings")
    page.unfold("More controls")
    for name, label in page.ask("[[c['name'], c['label']] for c in play.about['controls']]"):
        control = page.control(name)
        if control.evaluate("node => node.tagName") == "SELECT":
            texts = control.evaluate("node => [...node.options].map(each => each.text)")
            control.select_option(label=next(t for t in reversed(texts) if t != str(settings[name])))
        elif control.get_attribute("type") == "range":
            control.press("ArrowRight")
        else:
            control.fill("3")
            control.press("Enter")
        start = f"{label[0].upper()}{label[1:]}: "
        page.until(lambda start=start: page.message.startswith(start), f"the message of {label}")
    changed = page.ask("play.settings")
    assert [name for name in settings if changed[name] == settings[name]] == []
    page.click("Play")
    page.until(lambda: page.counts[0] > 5, "a few steps with all of them changed")
    page.click("Pause")
    page.paused()
    assert not page.error and page.counts[1] == 3 * page.counts[2]
    page.notebook.screenshot("controls")
    settings["data"] = "ring"
    assert page.ask(f"play.change(**{settings!r})") is None
    page.until(lambda: page.control("depth").input_value() == "2", "the page to show it")


def test_each_data_set_is_shown(page):
    checks = page.root.get_by_role("group", name="Layers").get_by_role("checkbox")
    field, real, fake = checks.nth(0), checks.nth(1), checks.nth(2)
    field.uncheck()
    fake.uncheck()
    control, ring = page.control("data"), page.picture()
    shown = {ring}
    for name in ("grid", "spiral", "moons", "line"):
        control.select_option(label=name)
        page.until(lambda: page.picture() not in shown, f"a picture of its own for the {name}")
        shown.add(page.picture())
    control.select_option(label="ring")
    page.until(lambda: page.picture() == ring, "the ring as before")
    real.uncheck()
    page.until(lambda: page.picture() not in shown, "no points")
    for check in (field, real, fake):
        check.check()


def test_a_number_half_typed_is_not_overwritten(page):
    page.unfold("More controls")
    page.root.get_by_role("group", name="Layers").get_by_role("checkbox").nth(3).check()  # its echo from the kernel
    page.control("seed").fill("7")  # comes while this is typed
    page.notebook.page.wait_for_timeout(1500)
    assert page.control("seed").input_value() == "7" and page.ask("play.settings['seed']") == 0


def test_heaps_by_mouse(page):
    page.tool("Add heaps")
    page.stroke((-1, 0), (1, 0))
    page.until(lambda: "heaps by hand" in page.message, "the heaps to arrive")
    page.until(lambda: page.ask("len(play._game.data.centres)") >= 8 + 12, "all of them")
    assert page.ask("play.settings['data']") == "by hand"
    page.notebook.screenshot("heaps")
    page.tool("Remove heaps")
    page.stroke((-1.2, 0), (1.2, 0))
    page.until(lambda: page.message == "The real data are 8 heaps by hand from now on.", "the heaps to go")
    page.tool("Move heaps")
    page.stroke((2, 0), (1, 0.5), (0.5, 0.5))
    page.until(
        lambda: page.ask("(play._game.data.centres[0] - torch.tensor([0.5, 0.5])).norm().item() < 0.1"), "the move"
    )
    page.control("data").select_option(label="ring")
    page.until(lambda: page.message.startswith("Real data: ring"), "the ring")


def test_another_data_set_can_be_chosen_right_after_drawing(page):
    page.tool("Add heaps")
    page.stroke((-1, 0), (1, 0))
    page.control("data").select_option(label="ring")
    page.until(lambda: page.message.startswith("Real data: ring"), "the ring")
    page.stroke((0, 0))  # while the first stroke is still fresh
    page.until(lambda: page.message.startswith("The real data are "), "a heap to be added")
    page.until(lambda: page.ask("len(play._game.data.centres)") == 9, "the ring's heaps and one")
    page.control("data").select_option(label="ring")
    page.until(lambda: page.message.startswith("Real data: ring"), "the ring")


@pytest.mark.parametrize("device", ["pen", "touch"])
def test_heaps_by_pen_and_by_touch(page, device):
    stroke = page.pen_stroke if device == "pen" else page.touch_stroke
    page.notebook.js(
        "it.addEventListener('pointerdown', event => { window.device = event.pointerType; }, {once: true})",
        page.root.locator("canvas.gan-picture").element_handle(),
    )
    page.tool("Add heaps")
    stroke((-1, 0), (-0.5, 0), (0, 0), (0.5, 0))
    page.until(lambda: "heaps by hand" in page.message, "the heaps to arrive")
    assert page.notebook.page.evaluate("window.device") == device
    page.until(lambda: page.ask("len(play._game.data.centres)") >= 8 + 9, "all of them")
    page.control("data").select_option(label="ring")
    page.until(lambda: page.message.startswith("Real data: ring"), "the ring")


def test_heaps_by_keyboard(page):
    canvas, keys = page.root.locator("canvas.gan-picture"), page.notebook.page.keyboard
    page.tool("Add heaps")
    canvas.focus()
    for _ in range(3):
        keys.press("ArrowRight")
    keys.press("Enter")
    page.until(lambda: "are 9 heaps by hand" in page.message, "a heap")
    assert page.ask("(play._game.data.centres[8] - torch.tensor([0.3, 0.0])).norm().item()") < 1e-5
    page.tool("Move heaps")
    canvas.focus()
    for key in ("ArrowRight", " ", "Shift+ArrowUp", "Enter"):
        keys.press(key)
    far = "(play._game.data.centres[8] - torch.tensor([{}, 0.5])).norm().item()"
    page.until(lambda: page.ask(far.format(0.1)) < 0.25, "the heap to be carried")
    page.tool("Remove heaps")
    canvas.focus()
    keys.press("Shift+ArrowUp")
    keys.press(" ")
    page.until(lambda: "are 8 heaps by hand" in page.message, "the heap to go")
    page.control("data").select_option(label="ring")
    page.until(lambda: page.message.startswith("Real data: ring"), "the ring")


def test_the_recording_can_be_scrubbed_back_and_forth(page):
    page.play_until(200)
    last, steps = page.picture(), page.counts[0]
    slider = page.control("recording")
    slider.press("Home")
    page.until(lambda: page.counts[0] == 0, "the first frame")
    assert page.picture() != last
    for key in ("ArrowRight", "ArrowRight"):
        before = page.counts[0]
        slider.press(key)
        page.until(lambda before=before: page.counts[0] != before, "another frame")
    assert 0 < page.counts[0] < steps
    slider.press("End")
    page.until(lambda: page.counts[0] == steps and page.picture() == last, "the present")
    page.click("Step")
    page.until(lambda: page.counts[0] == steps + 1, "a step further")


def test_a_recorded_moment_shows_the_data_of_its_time(page):
    start = page.picture()
    page.play_until(20)
    steps = page.counts[0]
    page.control("data").select_option(label="line")
    page.click("Step")
    page.until(lambda: page.counts[0] == steps + 1, "a step with the line")
    line = page.picture()
    page.control("recording").press("Home")
    page.until(lambda: page.picture() == start, "the first frame, with the ring")
    page.control("recording").press("End")
    page.until(lambda: page.counts[0] == steps + 1 and page.picture() == line, "the present, with the line")
    page.control("data").select_option(label="ring")
    page.until(lambda: page.message.startswith("Real data: ring"), "the ring")


def test_keys_on_it_are_no_shortcuts_of_the_notebook(page):
    cells = len(page.notebook.cells())
    for name in ("loss", "recording", "d_per_g"):
        page.control(name).focus()
        for key in ("x", "a", "d", "d", "c"):
            page.notebook.page.keyboard.press(key)
    page.root.locator("canvas.gan-picture").focus()
    for key in ("a", "b", "x", "ArrowDown"):
        page.notebook.page.keyboard.press(key)
    assert len(page.notebook.cells()) == cells and page.root.is_visible()
    page.control("loss").select_option(label="non-saturating")


def test_what_is_needed_most_is_in_sight_on_a_small_screen(page):
    page.play_until(300)  # so that there are measures and a diagnosis
    for name in FOLDS:
        page.fold(name)
    browser = page.notebook.page
    browser.set_viewport_size({"width": 1366, "height": 768})
    page.notebook.page.wait_for_timeout(300)  # until the notebook has its new size
    page.notebook.scroll_to(CELL)
    page.notebook.output(CELL).evaluate("node => node.scrollIntoView({block: 'center'})")
    page.notebook.screenshot("small_screen")
    assert page.notebook.output(CELL).bounding_box()["height"] <= 640
    panel = page.notebook.js("return panel.content.node.getBoundingClientRect().toJSON()")
    needed = "button, .gan-picture, table, .gan-game .gan-control, .gan-row label, .gan-charts canvas, summary"
    seen = page.root.locator(needed)
    assert seen.count() == 8 + 1 + 1 + 6 + 8 + 2 + 3  # of each kind
    for each in seen.all():
        box = each.bounding_box()
        assert box and panel["top"] <= box["y"] and box["y"] + box["height"] <= panel["bottom"], each.inner_text()
    for name in ("penalty", "strength", "loss", "d_per_g", "half_steps", "data"):
        assert page.control(name).is_visible()
    browser.set_viewport_size(SIZE)


@pytest.mark.parametrize("width", [1000, 1100, 1200, 1366, 1536, 1920])
def test_no_label_is_cut_off(page, width):
    page.notebook.page.set_viewport_size({"width": width, "height": 900})
    for name in FOLDS:
        page.unfold(name)
    page.notebook.page.wait_for_timeout(300)  # until the notebook has its new size
    page.notebook.screenshot(f"wide_{width}", CELL)
    found = page.root.evaluate(CUT_OFF)
    page.notebook.page.set_viewport_size(SIZE)
    assert found == []


def test_folds_open_by_key_and_stay_open(page):
    summary = page.root.get_by_text("In words", exact=True)
    page.fold("In words")
    summary.press("Enter")
    assert page.root.locator(".gan-summary").is_visible()
    page.click("Keep picture")  # the notebook draws the widget anew
    page.until(lambda: page.root.locator(".gan-summary").is_visible(), "the fold to be open again")
    summary.press(" ")
    assert not page.root.locator(".gan-summary").is_visible()


def test_axe_finds_nothing_wrong_and_tab_goes_through_it(page):
    for name in FOLDS:
        page.unfold(name)
    assert violations(page.notebook.page, ".gan-playground") == []
    page.root.get_by_role("button", name="Play", exact=True).focus()
    names = []
    for _ in range(12):
        names.append(
            page.notebook.page.evaluate("document.activeElement.innerText.trim() || document.activeElement.className")
        )
        page.notebook.page.keyboard.press("Tab")
    order = ["Play", "Slow motion", "Next part", "Step", "D alone", "G alone", "Reset", "Keep picture", "gan-picture"]
    assert names[: len(order)] == order


def test_keep_picture_changes_what_is_stored_in_the_notebook(page):
    stored = page.notebook.cells()[CELL]["outputs"][0]["data"]["image/png"]
    page.play_until(50)
    page.click("Keep picture")
    kept = lambda: page.notebook.cells()[CELL]["outputs"][0]["data"]["image/png"]  # noqa: E731
    page.until(lambda: kept() != stored, "another picture in the notebook")
    page.root.wait_for()
    steps = page.counts[0]
    page.click("Step")
    page.until(lambda: page.counts[0] == steps + 1, "the playground to answer after that")


def test_running_the_cell_again_stops_what_played(page):
    page.click("Play")
    page.until(lambda: page.counts[0] > 20, "a run")
    page.notebook.run("cell", CELL)
    again = Page(page.notebook, CELL)
    again.until(lambda: again.counts == (0, 0, 0), "a new playground")
    assert again.ask("threads()") == 0
    again.click("Step")
    again.at(1, 1, 1)


def test_closing_the_tab_stops_it_and_opening_it_again_shows_it_live(page):
    page.click("Play")
    page.until(lambda: page.counts[0] > 20, "a run")
    page.notebook.close()
    page.notebook.page.wait_for_timeout(11_000)  # the kernel gives the page ten seconds to answer
    page.notebook.reopen()
    again = Page(page.notebook, CELL)
    again.paused()
    before = again.counts[0]
    assert before >= 20 and "has not answered" in again.message and again.ask("threads()") == 0
    again.click("Step")
    again.until(lambda: again.counts[0] == before + 1, "a step after opening it again")


def test_a_restarted_kernel_is_said_and_a_run_makes_it_live_again(page):
    page.click("Play")
    page.until(lambda: page.counts[0] > 20, "a run")
    page.notebook.restart_kernel()
    page.until(lambda: "The kernel is gone" in page.message, "the message that the kernel is gone")
    assert page.root.locator("button:not([disabled])").count() == 0
    page.notebook.screenshot("kernel_gone")
    page.notebook.run()
    again = Page(page.notebook, CELL)
    again.click("Step")
    again.at(1, 1, 1)


def test_networks_that_break_are_shown_and_the_notebook_stays_usable(opened):
    notebook = opened(FRAGILE, "fragile")
    page = Page(notebook, CELL)
    page.click("Play")
    page.until(lambda: page.counts[0] > 20, "a run")
    page.ask("setattr(G, 'fault', 'raise')")
    page.until(lambda: "RuntimeError: a fault on purpose" in page.error, "the error")
    page.paused()
    notebook.screenshot("error")
    assert page.ask("setattr(G, 'fault', None)") is None
    page.click("Play")
    counts = page.counts
    page.until(lambda: page.counts[0] > counts[0] and not page.error, "the run to go on")
    page.ask("setattr(G, 'fault', 'hang')")
    notebook.page.wait_for_timeout(2500)  # the time after which Pause interrupts a step
    assert page.ask("[threads(), 6 * 7]") == [1, 42]
    page.click("Pause")
    page.until(lambda: "Stopped: one step had run" in page.error, "the step that hangs to be stopped")
    page.idle()
    page.ask("setattr(G, 'fault', None)")
    steps = page.counts[0]
    page.click("Step")
    page.until(lambda: page.counts[0] > steps and not page.error, "a step")
    assert notebook.errors() == []
    notebook.shut_down_kernel()
    notebook.page.close()


def test_networks_of_a_wrong_shape_are_shown_in_it(opened):
    notebook = opened("play = Playground(mlp(3, 2))\nplay", "misfit")
    page = Page(notebook, CELL)
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied" in page.error
    page.click("Play")
    page.idle()
    assert page.has_button("Play") and "mat1 and mat2" in page.error and notebook.errors() == []
    notebook.shut_down_kernel()
    notebook.page.close()
