"""Each lesson in JupyterLab: it runs, and every widget in it answers to the mouse and to the keyboard.

Its trainings are cut short, for this is about the hand. A lesson is run once, and its tests follow one upon the other,
as in a person's session with it: the run, the widgets, close and reopen, restart.
"""

import ast
import re
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell
from shortened import shortened

from .axe import violations
from .in_sight import SLOWED, begin_in_sight
from .lab import FAILURES, LESSONS, Notebook
from .playground import Page

WIDGETS = {
    *("FigureExplorer", "ImageExplorer", "LatentExplorer", "LossBoard"),
    *("Player", "Playground", "PoemPage", "PoemReader", "Quiz", "SoundPlayer", "VoxelViewer", "Writer"),
}
ROOT = ":is(.widget-box, .gan-playground)"
STEP = re.compile(r"step ([\d,]+) of ([\d,]+)")
STOPPED = "06"  # the lesson whose first training is stopped in its midst, and run again
RERUN = ("00", "01")  # the lessons that are run again after a restart: short ones


@pytest.fixture(scope="module")
def pages():
    """The page in which the last lesson was opened: the next one is opened in it, too."""
    return []


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request, server, window, pages):
    """A lesson that has been run, and in `begin` the state of each widget's cell before anything was moved.

    In `captions` it has the outputs of these cells as text, and in `sights` what was to be seen of its first board, if
    it has one.
    """
    cells = [new_code_cell(SLOWED), *shortened(request.param).cells]
    training = next((i for i, cell in enumerate(cells) if "board.watch(" in cell.source), None)
    notebook = Notebook(server, window, server.write(request.param, cells), *pages)
    pages[:] = [notebook.page]
    notebook.screenshot("opened")
    if training is None:
        notebook.sights = []
        notebook.run()
    else:
        notebook.sights = [begin_in_sight(notebook, training)]
        if request.param.startswith(STOPPED):
            stop(notebook, training)
        notebook.until(lambda: notebook.count(training), "the end of the first training", 600)
        notebook.run("all-below", training + 1)
    cells, notebook.begin = notebook.cells(), {}
    for cell in notebook.widget_cells():
        notebook.scroll_to(cell)
        notebook.begin[cell] = notebook.settled(cell)
    notebook.captions = {cell: str(cells[cell]["outputs"]) for cell in notebook.begin}
    yield notebook
    notebook.shut_down_kernel()
    notebook.close()


def stop(notebook, board):
    """Stop the training that a board shows, which is under way, in its midst, and run its cell again.

    `notebook.stop` then has the states of the board's cell at the stop and at the end, how many steps were done at the
    stop, how many the board showed next, and the errors in the outputs of the stopped cell.
    """
    notebook.scroll_to(board)
    notebook.until(lambda: steps(notebook, board)[0] > steps(notebook, board)[1] / 10, "a tenth of the steps", 300)
    notebook.interrupt()
    notebook.until(lambda: notebook.count(board), "the stopped cell to end")
    at_stop, (done, _) = notebook.settled(board), steps(notebook, board)
    errors = [output.get("ename") for output in notebook.cells()[board]["outputs"] if "ename" in output]
    notebook.screenshot("stopped", board)
    ended = notebook.begin_run("cell", board)
    notebook.scroll_to(board)
    notebook.until(
        lambda: STEP.search(notebook.text(board)) and steps(notebook, board)[0] > done, "the board to show a later step"
    )
    next_done, _ = steps(notebook, board)
    notebook.wait_for_run(ended)
    end = notebook.settled(board)
    notebook.stop = SimpleNamespace(at_stop=at_stop, done=done, next_done=next_done, end=end, errors=errors)


def steps(notebook, board):
    """Return the steps that a loss board says are done, and those to do in all."""
    return tuple(int(number.replace(",", "")) for number in STEP.search(notebook.text(board)).groups())


def boards(notebook):
    """Return the numbers of the cells that show a loss board."""
    cells = notebook.cells()
    return [cell for cell in shown(cells) if "board.watch(" in cells[cell]["source"]]


def shown(cells):
    """Return the numbers of the cells that show a widget of the course: a board where it is watched, any other where
    the last line is its construction or its name.

    A function that constructs a playground counts as a construction. AssertionError where another number of widgets
    is constructed: one of them would go untested. (Playgrounds are also constructed to count with, and not shown.)
    """
    widgets = imported(cells) & WIDGETS  # a lesson may have a class of its own by such a name
    makers, names, found, constructed, playgrounds = set(widgets), set(), [], 0, 0
    for i, cell in enumerate(cells):
        if cell["type"] != "code" or not (body := ast.parse(cell["source"]).body):
            continue
        nodes = [node for statement in body for node in ast.walk(statement)]
        constructed += sum(constructs(node, widgets - {"Playground"}) for node in nodes)
        for function in (node for node in body if isinstance(node, ast.FunctionDef)):
            if any(constructs(node, {"Playground"}) for node in ast.walk(function)):
                makers.add(function.name)
        made = [node for node in nodes if isinstance(node, ast.Assign) and constructs(node.value, makers)]
        names |= {target.id for node in made for target in node.targets if isinstance(target, ast.Name)}
        last = body[-1].value if isinstance(body[-1], ast.Expr) else None
        watched = any(isinstance(node, ast.Attribute) and node.attr == "watch" for node in nodes)
        if watched or constructs(last, makers) or getattr(last, "id", None) in names:
            found.append(i)
            playgrounds += not watched and not any(name in cell["source"] for name in widgets - {"Playground"})
    assert len(found) - playgrounds == constructed, f"{constructed} are constructed, {len(found) - playgrounds} shown"
    return found


def imported(cells):
    """Return the names that cells import from the package of widgets."""
    trees = [ast.parse(cell["source"]) for cell in cells if cell["type"] == "code"]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports if node.module.startswith("gan_lessons.widgets") for alias in node.names}


def constructs(node, makers):
    return isinstance(node, ast.Call) and getattr(node.func, "id", None) in makers


def captioned(notebook, caption):
    """Return the numbers of the cells that show a widget whose caption has these words."""
    return [cell for cell in notebook.begin if caption in notebook.captions[cell]]


def playgrounds(notebook):
    return captioned(notebook, "Playground: a GAN")


def viewers(notebook):
    return captioned(notebook, "Voxel viewer: ")


def players(notebook):
    return captioned(notebook, "Player: ")


def quizzes(notebook):
    return captioned(notebook, "Quiz: ")


def writers(notebook):
    return captioned(notebook, "Writer: ")


def sound_players(notebook):
    return captioned(notebook, "Sound player: ")


def boxes(notebook):
    """Return the numbers of the cells that show another widget, one made of ipywidgets."""
    others = playgrounds(notebook) + viewers(notebook) + players(notebook)
    return [cell for cell in notebook.begin if cell not in others]


def move(notebook, cell, slider):
    """Drag a slider, then key it: each time its readout and the picture in its cell must change. Then key it back.

    Back, so that each slider is judged where the lesson begins: a path that has arrived, say, shows no more steps.
    """
    before, start, at = notebook.settled(cell), slider.readout, slider.share()
    for how in "dragged", "keyed":
        readout = slider.readout
        if how == "dragged":
            slider.drag(0.25 if slider.share() > 0.5 else 0.75)
        else:
            slider.key(inwards(slider))
        before = notebook.changed(cell, before, f"'{slider.label}' is {how}")
        assert slider.readout != readout
    slider.drag(at)
    slider.key_until(start, "ArrowLeft" if slider.share() > at else "ArrowRight")


def inwards(slider):
    return "ArrowLeft" if slider.share() > 0.5 else "ArrowRight"


def test_every_cell_runs_without_an_error(lesson):
    code = [cell for cell in lesson.cells() if cell["type"] == "code"]
    assert [cell["source"] for cell in code if not cell["count"]] == []
    outputs = [output for cell in code for output in cell["outputs"]]
    assert [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"] == []


def test_every_widget_of_the_source_is_there_to_see(lesson):
    assert list(lesson.begin) == shown(lesson.cells()) != []
    for cell, (_, text, _) in lesson.begin.items():
        lesson.scroll_to(cell)
        assert lesson.output(cell).locator(ROOT).count()
        assert [picture for picture in lesson.pictures(cell) if picture["seen"]]
        assert not any(failure in text for failure in FAILURES)
        lesson.screenshot(f"cell_{cell:02}", cell)


def test_the_first_board_is_in_sight_while_it_trains(lesson):
    assert len(lesson.sights) == bool(boards(lesson))
    for sight in lesson.sights:
        assert sight.trains, "it trained too fast"
        assert min(sight.shares) >= 0.9, sight.shares


def test_there_is_no_kind_of_control_but_those_tested_below(lesson):
    others = "input:not([type=number], [type=text]), textarea, [tabindex]:not(.noUi-handle)"
    others += ", [role]:not(.noUi-handle, [role=img])"
    for cell in boxes(lesson):
        assert lesson.output(cell).locator(f".widget-box :is({others})").count() == 0


def test_each_loss_board_has_come_to_its_last_step(lesson):
    for board in boards(lesson):
        lesson.scroll_to(board)
        done, of = steps(lesson, board)
        assert done == of


@pytest.mark.parametrize("lesson", [name for name in LESSONS if name.startswith(STOPPED)], indirect=True)
def test_a_stopped_training_keeps_picture_and_step_and_goes_on_from_there(lesson):
    stop = lesson.stop
    assert stop.errors == ["KeyboardInterrupt"]
    assert f"step {stop.done:,} of" in stop.at_stop[1] and f"step {stop.next_done:,} of" not in stop.at_stop[1]
    assert stop.next_done > stop.done
    at_stop, end = stop.at_stop[0], stop.end[0]
    assert len(at_stop) == len(end) == 2  # curves and samples
    assert all(a != b for a, b in zip(at_stop, end, strict=True))


def test_each_slider_can_be_dragged_and_keyed(lesson):
    for cell in lesson.begin:
        lesson.scroll_to(cell)
        for slider in lesson.sliders(cell):
            assert slider.label and slider.readout
            move(lesson, cell, slider)
        lesson.screenshot(f"cell_{cell:02}_moved", cell)


def test_each_number_can_be_typed(lesson):
    for cell in boxes(lesson):
        lesson.scroll_to(cell)
        for field in lesson.output(cell).locator("input[type=number]").all():
            before = lesson.settled(cell)
            field.fill("123")
            field.press("Enter")
            lesson.changed(cell, before, "a number is typed")


def test_each_menu_can_be_chosen_from(lesson):
    for cell in boxes(lesson):
        lesson.scroll_to(cell)
        for menu in lesson.output(cell).locator("select").all():
            before, begin = lesson.settled(cell), menu.evaluate("menu => menu.selectedIndex")
            options = menu.locator("option").all_inner_texts()  # by number: their blanks are no-break spaces
            for i, option in enumerate(options):
                if i != begin:
                    menu.select_option(index=i)
                    before = lesson.changed(cell, before, f"{option} is chosen")
            menu.select_option(index=begin)
            lesson.changed(cell, before, f"{options[begin]} is chosen again")


def test_each_button_is_a_reset(lesson):
    others = quizzes(lesson) + writers(lesson) + sound_players(lesson)
    for cell in (cell for cell in boxes(lesson) if cell not in others):
        begin = lesson.begin[cell]
        lesson.scroll_to(cell)
        for button in lesson.output(cell).locator("button").all():
            slider = lesson.sliders(cell)[0]
            slider.key(inwards(slider))
            assert lesson.settled(cell) != begin
            button.click()
            lesson.until(
                lambda cell=cell, begin=begin: lesson.state(cell) == begin,
                lambda button=button: f"'{button.inner_text()}' to bring back all that was there at first",
            )


def test_each_quiz_takes_answers_by_mouse_and_by_keyboard(lesson):
    for cell in quizzes(lesson):
        lesson.scroll_to(cell)
        real, made = lesson.output(cell).locator("button").all()
        assert (real.inner_text(), made.inner_text()) == ("real", "made")
        for asked, (button, press) in enumerate([(real, False), (made, True)], start=2):
            before = lesson.settled(cell)
            if press:
                button.focus()
                button.press("Enter")
            else:
                button.click()
            lesson.changed(cell, before, "a question is answered")
            assert f"question {asked} of " in lesson.text(cell) and f"of {asked - 1} right" in lesson.text(cell)
        lesson.screenshot(f"cell_{cell:02}_answered", cell)


def test_each_writer_takes_text_and_shows_the_character_that_is_clicked(lesson):
    for cell in writers(lesson):
        lesson.scroll_to(cell)
        field, before = lesson.output(cell).locator("input[type=text]"), lesson.settled(cell)
        field.fill("水滴石穿")
        before = lesson.changed(cell, before, "characters are typed")
        buttons = lesson.output(cell).locator("button")
        lesson.until(lambda buttons=buttons: buttons.count() == 4, "a button for each")
        assert [text.rstrip("*") for text in buttons.all_inner_texts()] == [*"水滴石穿"]
        buttons.first.click()
        before = lesson.changed(cell, before, "a character is clicked")
        assert "水 (" in lesson.text(cell)
        field.press("End")
        field.press_sequentially("Q")
        lesson.changed(cell, before, "a letter is typed")
        assert "not among the 3,751: Q" in lesson.text(cell)
        lesson.screenshot(f"cell_{cell:02}_typed", cell)


def test_each_voxel_viewer_turns_and_cuts_and_goes_back_to_its_start(lesson):
    for cell in viewers(lesson):
        lesson.scroll_to(cell)
        viewer, before = lesson.output(cell).locator(".gan-voxels"), lesson.settled(cell)
        viewer.locator(".gan-shape").press("ArrowLeft")
        before = lesson.changed(cell, before, "a shape is keyed")
        viewer.locator("input").press("ArrowRight")
        lesson.changed(cell, before, "the threshold is keyed")
        viewer.get_by_role("button", name="Reset").click()
        lesson.until(lambda cell=cell: lesson.state(cell) == lesson.begin[cell], "all that was there at first")


def test_each_player_plays_stops_and_is_gone_through_by_key(lesson):
    for cell in players(lesson):
        lesson.scroll_to(cell)
        player = lesson.output(cell).locator(".gan-player")
        button, before = player.get_by_role("button"), lesson.settled(cell)
        assert "frame 1 of " in player.inner_text()
        button.click()
        lesson.until(lambda player=player: "frame 3 of " in player.inner_text(), "the films to go on", 30)
        button.click()
        before = lesson.changed(cell, before, "films have been played")
        assert lesson.settled(cell) == before and button.inner_text() == "▶ Play"  # they have stopped
        player.locator("input").press("End")
        before = lesson.changed(cell, before, "the last frame is asked for")
        player.locator("input").press("ArrowLeft")
        lesson.changed(cell, before, "the frame before is asked for")
        player.locator("input").press("Home")
        lesson.until(lambda cell=cell: lesson.state(cell) == lesson.begin[cell], "all that was there at first")


def test_each_sound_player_plays(lesson):
    for cell in sound_players(lesson):
        lesson.scroll_to(cell)
        button, audio = (lesson.output(cell).locator(kind) for kind in ("button", "audio"))
        button.click()
        lesson.until(lambda audio=audio: audio.evaluate("audio => audio.currentTime") > 0.1, "the sound to go on", 10)


def test_each_playground_steps_plays_scrubs_and_goes_back_to_its_start(lesson):
    for cell in playgrounds(lesson):
        touch(Page(lesson, cell))
        lesson.screenshot(f"cell_{cell:02}_reset", cell)


def touch(page):
    """Do with a playground what a person does first."""
    before, (step, _, g) = page.picture(), page.counts
    page.click("Step")
    page.until(lambda: page.counts[0] == step + 1 and page.counts[2] == g + 1, "a step")
    page.until(lambda: page.picture() != before, "another picture")
    page.play_until(step + 5)
    d = page.counts[1]
    page.click("D alone")
    page.until(lambda: page.counts[1] > d and page.has_button("Play"), "a half-step of D")
    assert page.counts[0] >= step + 5 and not page.error
    page.control("recording").press("Home")
    page.until(lambda: page.counts[0] == 0, "the first frame")
    page.click("Reset")
    page.at(0, 0, 0)


def test_tab_goes_through_the_controls_in_their_order_and_out(lesson):
    for cell in boxes(lesson):
        lesson.scroll_to(cell)
        stops, count = lesson.tab_stops(cell)
        assert stops == ([*range(count), -1] if count else [])


def test_axe_finds_nothing_wrong_with_names_contrast_and_focus(lesson):
    for cell in lesson.begin:
        lesson.centre(cell)  # axe-core does not judge the contrast of text outside the window
        assert violations(lesson.page, f'[data-windowed-list-index="{cell}"] {ROOT}') == []


def test_closed_and_opened_again_the_widgets_still_answer(lesson):
    whole = {cell: parts(lesson, cell) for cell in lesson.begin}
    lesson.close()
    lesson.reopen()
    for cell in lesson.begin:
        lesson.until(lambda cell=cell: parts(lesson, cell) == whole[cell], f"all of the widget in cell {cell}")
        for slider in lesson.sliders(cell)[:1]:
            move(lesson, cell, slider)


def parts(lesson, cell):
    """Return how many pictures, numbers and sliders a cell's widget shows."""
    lesson.scroll_to(cell)
    pictures, _, numbers = lesson.state(cell)
    return len(pictures), len(numbers), len(lesson.sliders(cell))


def test_after_a_restart_the_pictures_stay_and_a_run_makes_the_widgets_answer(lesson):
    lesson.restart_kernel()
    for cell in lesson.begin:
        lesson.scroll_to(cell)
        assert [picture for picture in lesson.pictures(cell) if picture["seen"]]
        assert not any(failure in lesson.text(cell) for failure in FAILURES)
        lesson.screenshot(f"cell_{cell:02}_restarted", cell)
    if lesson.name[:2] in RERUN:
        lesson.run()
        for cell in lesson.begin:
            lesson.scroll_to(cell)
            for slider in lesson.sliders(cell)[:1]:
                move(lesson, cell, slider)


def test_the_console_shows_no_errors(lesson):
    assert lesson.errors() == []
