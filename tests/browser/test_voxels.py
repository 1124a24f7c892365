"""The voxel viewer in JupyterLab: what turns a shape, what the threshold cuts off, how quickly it follows the hand."""

import itertools
import re
from collections import Counter

import numpy as np
import pytest
import torch

from gan_lessons.data import shapes
from gan_lessons.metrics import occupied

from .axe import violations
from .lab import Notebook

# three real shapes, one with values of all sizes, i / 4095 in each voxel, and voxels strewn at random
MAKE = """
import torch
from gan_lessons.data import shapes
from gan_lessons.widgets import VoxelViewer
real = shapes("all", stretched=False).voxels[[0, 50, 90]].float()
strewn = torch.rand(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0)) < 0.1
voxels = torch.cat([real, torch.linspace(0, 1, 4096).view(1, 1, 16, 16, 16), strewn.float()])
viewer = VoxelViewer(voxels, ["chair", "table", "sofa", "ramp", "strewn"])
viewer
"""
ASK = "print(viewer.page.chosen, round(viewer.page.threshold, 2))"
# drags by turns to the right and to the left before each picture of the screen, for two seconds; returns how often the
# canvas was cleared and drawn in a second, and how many different pictures 10 of them were
RATE = """async canvas => {
    const box = canvas.getBoundingClientRect(), context = canvas.getContext("2d"), clear = context.clearRect;
    let drawn = 0, x = box.x + 100;
    context.clearRect = (...where) => { drawn++; clear.apply(context, where); };
    const event = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind,
        {pointerId: 1, isPrimary: true, bubbles: true, clientX: x, clientY: box.y + 100}));
    canvas.setPointerCapture = () => {};
    event("pointerdown", x);
    const pictures = new Set(), begin = performance.now();
    let frames = 0;
    while (performance.now() - begin < 2000) {
        event("pointermove", (x += 3));
        await new Promise(requestAnimationFrame);
        if (frames++ < 10) pictures.add(canvas.toDataURL());
    }
    const seconds = (performance.now() - begin) / 1000;
    event("pointerup", x);
    delete context.clearRect;
    delete canvas.setPointerCapture;
    return [drawn / seconds, pictures.size];
}"""


@pytest.fixture(scope="module")
def notebook(server, window):
    opened = Notebook(server, window, server.write("voxels", [MAKE, ASK]))
    opened.run()
    opened.scroll_to(0)
    yield opened
    assert opened.errors() == []
    opened.shut_down_kernel()
    opened.page.close()


@pytest.fixture
def viewer(notebook):
    """The viewer, with all back at its beginning."""
    found = notebook.output(0).locator(".gan-voxels")
    found.get_by_role("button", name="Reset").click()
    notebook.settled(0)
    return found


def shape(notebook):
    """Return the hash of the picture of the shape, once it stays."""
    return notebook.settled(0)[0][0]


def count(viewer):
    return int(re.search(r"([\d,]+) of 4,096 voxels", viewer.inner_text()).group(1).replace(",", ""))


def drag(notebook, viewer, right, down):
    box = viewer.locator(".gan-shape").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + right, y + down, steps=5)
    notebook.page.mouse.up()


def test_a_drag_turns_the_shape_and_back_is_where_it_was(notebook, viewer):
    begin = shape(notebook)
    drag(notebook, viewer, 60, 0)
    turned = shape(notebook)
    drag(notebook, viewer, 0, 40)
    above = shape(notebook)
    assert len({begin, turned, above}) == 3
    notebook.screenshot("turned", 0)
    drag(notebook, viewer, -60, 0)
    drag(notebook, viewer, 0, -40)
    assert shape(notebook) == begin
    notebook.page.mouse.move(5, 5)
    assert shape(notebook) == begin  # a pointer that holds nothing turns nothing


def test_keys_and_buttons_turn_it_as_a_drag_does(notebook, viewer):
    canvas, begin = viewer.locator(".gan-shape"), shape(notebook)
    active = notebook.js("return panel.content.activeCellIndex")
    for key, name, right, down in (
        ("ArrowRight", "Turn to the right", 30, 0),
        ("ArrowLeft", "Turn to the left", -30, 0),
        ("ArrowUp", "Turn up", 0, -30),
        ("ArrowDown", "Turn down", 0, 30),
    ):
        seen = []
        for how in "key", "button", "enter", "drag":
            if how == "key":
                canvas.press(key)
            elif how == "drag":
                drag(notebook, viewer, right, down)
            elif how == "button":
                viewer.get_by_role("button", name=name).click()
            else:
                viewer.get_by_role("button", name=name).press("Enter")
            seen.append(shape(notebook))
            viewer.get_by_role("button", name="Reset").click()
            assert shape(notebook) == begin
        assert len({*seen}) == 1 and seen[0] != begin
    assert notebook.js("return panel.content.activeCellIndex") == active  # the keys were the shape's alone
    for _ in range(24):  # all around
        canvas.press("ArrowRight")
    assert shape(notebook) == begin


def met(solid, around, above, points):
    """Return what rays of sight through `points` (K, 2) of the picture meet first in `solid` (16, 16, 16).

    For each three times the number of the voxel, plus the axis of its side; -1 where it meets none. `solid` and the
    view are as in voxels.js: x to the right, y up, z to the front; degrees to the right of the front, and above the
    floor.
    """
    a, b = np.radians([around, above])
    right = np.array([np.cos(a), 0, -np.sin(a)])
    eye = np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])
    up, scale = np.cross(eye, right), 0.92 * 320 / (16 * 3**0.5)
    flat = (points - 160) / scale
    found = np.full(len(points), -1)
    for distance in np.arange(14, -14, -0.02):
        place = 8 + flat[:, :1] * right - flat[:, 1:] * up + distance * eye
        cell = np.floor(place).astype(int)
        inside = ((cell >= 0) & (cell < 16)).all(1)
        hit = inside & solid[tuple(np.where(inside[:, None], cell, 0).T)] & (found < 0)
        to_side = np.where(eye > 0, 1 - place % 1, place % 1) / abs(eye)  # how far it has gone in, along the ray
        number = np.ravel_multi_index(np.clip(cell, 0, 15).T, (16,) * 3)
        found[hit] = (3 * number + to_side.argmin(1))[hit]
    return found


@pytest.mark.parametrize(
    ("keys", "around", "above"),
    [("", 40, 28), ("ArrowRight " * 6 + "ArrowUp " * 4, 310, -32), ("ArrowLeft " * 7 + "ArrowDown", 145, 43)],
)
def test_what_is_painted_is_what_rays_of_sight_meet(notebook, viewer, keys, around, above):
    viewer.locator("select").select_option(index=4)
    for key in keys.split():
        viewer.locator(".gan-shape").press(key)
    notebook.settled(0)
    strewn = torch.rand(16, 16, 16, generator=torch.Generator().manual_seed(0)) < 0.1
    solid = strewn.flip(0, 1).permute(2, 1, 0).numpy()
    points = np.random.default_rng(0).integers(60, 260, (4000, 2))
    corners = itertools.product((-1.2, 1.2), (-1.2, 1.2))
    beside = [met(solid, around, above, points + 0.5 + np.array(corner)) for corner in corners]
    one = (np.array(beside) == beside[0]).all(0) & (beside[0] >= 0)  # well within the side of one voxel
    pixels = viewer.locator(".gan-shape").evaluate(
        "(canvas, points) => points.map(([x, y]) => canvas.getContext('2d').getImageData(x, y, 1, 1).data.join())",
        points[one].tolist(),
    )
    sides = beside[0][one] % 3
    colours = [Counter(np.array(pixels)[sides == axis].tolist()) for axis in range(3)]
    assert min(colour.total() for colour in colours) > 30
    main = [colour.most_common(1)[0] for colour in colours]
    assert len({name for name, _ in main}) == 3
    for (_, count_), colour in zip(main, colours, strict=True):
        assert count_ > 0.95 * colour.total()  # the rest lie under a line of the floor


def test_the_menu_chooses_the_shape_and_its_text_says_how_full_it_is(notebook, viewer):
    expected = occupied(shapes("all", stretched=False).voxels[[0, 50, 90]])
    seen = set()
    for i, name in enumerate(("chair", "table", "sofa")):
        viewer.locator("select").select_option(index=i)
        seen.add(shape(notebook))
        assert count(viewer) == round(float(expected[i]) * 4096)
        label = viewer.locator(".gan-shape").get_attribute("aria-label")
        assert label.startswith(f"shape {i + 1} of 5, {name}: {100 * expected[i]:.1f} % occupied at threshold 0.50")
    assert len(seen) == 3
    notebook.run("cell", 1)
    assert notebook.text(1).strip() == "2 0.5"
    notebook.scroll_to(0)


def test_the_threshold_cuts_voxels_off(notebook, viewer):
    viewer.locator("select").select_option(index=3)
    ramp, slider, before = torch.linspace(0, 1, 4096), viewer.locator("input[type=range]"), notebook.settled(0)
    assert count(viewer) == int((ramp > 0.5).sum()) == 2048
    box = slider.bounding_box()
    notebook.page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    after = notebook.settled(0)
    assert before[0][0] != after[0][0] and before[0][1] != after[0][1]  # the shape, and the histogram
    threshold = float(slider.input_value())
    assert 0.75 < threshold < 0.85 and count(viewer) == int((ramp > threshold).sum())
    slider.press("ArrowLeft")
    notebook.settled(0)
    lower = round(threshold - 0.01, 2)
    assert float(slider.input_value()) == lower and count(viewer) == int((ramp > lower).sum())
    notebook.screenshot("cut", 0)
    notebook.run("cell", 1)
    assert notebook.text(1).strip() == f"3 {lower}"
    notebook.scroll_to(0)


def test_it_follows_the_hand(notebook, viewer):
    """With ``pytest -s`` it also says how fast."""
    for i in range(5):
        viewer.locator("select").select_option(index=i)
        notebook.settled(0)
        rate, different = viewer.locator(".gan-shape").evaluate(RATE)
        print(f"shape {i + 1}: {rate:.0f} pictures a second")
        assert different == 10


def test_the_keyboard_reaches_all_of_it_and_axe_finds_nothing_wrong(notebook, viewer):
    assert viewer.locator("canvas, select, input, button").count() == 9
    stops, number = notebook.tab_stops(0)
    assert number == 8 and stops == [*range(8), -1]
    notebook.centre(0)
    assert violations(notebook.page, '[data-windowed-list-index="0"] .widget-box') == []


def test_opened_again_it_shows_what_was_chosen(notebook, viewer):
    viewer.locator("select").select_option(index=1)
    before = notebook.settled(0)
    notebook.close()
    notebook.reopen()
    notebook.scroll_to(0)
    notebook.until(lambda: notebook.state(0) == before, "the shape that was chosen")
