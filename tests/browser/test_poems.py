"""Poems in JupyterLab: they are there to see and to be told, and a model's follow the slider and the seed."""

import pytest

from .axe import violations
from .lab import Notebook

PAGE = """
from gan_lessons import metrics
from gan_lessons.data import poems, to_characters
from gan_lessons.widgets import PoemPage, PoemReader
train = poems()
PoemPage(to_characters("白日依山尽黄河入海流欲穷千里目更上一层楼")[None], ["Wang Zhihuan"])
"""
READER = """
model = metrics.CharacterModel(train.characters)
def sample(temperature, count):
    if temperature == 1.5:
        raise RuntimeError("too hot")
    return model.sample(count) if temperature > 0.9 else model.sample(1).expand(count, -1)
PoemReader(sample, known=train.characters)
"""
PAGE_CELL, READER_CELL = 0, 1


@pytest.fixture(scope="module")
def opened(server, window):
    notebook = Notebook(server, window, server.write("poems", [PAGE, READER]))
    notebook.run()
    yield notebook
    assert notebook.errors() == []
    notebook.shut_down_kernel()
    notebook.page.close()


def test_a_page_shows_its_poem_and_tells_it_to_those_who_do_not_see_it(opened):
    opened.scroll_to(PAGE_CELL)
    (poem,) = opened.output(PAGE_CELL).locator("[role=img]").all()
    assert poem.is_visible() and "Lines 2 and 4 rhyme." in poem.get_attribute("aria-label")
    assert "".join(poem.locator("ruby").all_inner_texts()).replace("\n", "").startswith("白●日●依○")
    underlined = poem.locator("span").all()
    assert [each.inner_text()[0] for each in underlined] == ["流", "楼"]
    assert "underline" in underlined[0].evaluate("each => getComputedStyle(each).textDecoration")
    opened.screenshot("page", PAGE_CELL)


def test_a_reader_follows_slider_and_seed_by_mouse_and_keyboard(opened):
    opened.scroll_to(READER_CELL)
    (slider,) = opened.sliders(READER_CELL)
    before = opened.settled(READER_CELL)
    assert slider.label == "temperature" and len(before[0]) == 4 and "200 at 1" in before[1]
    opened.screenshot("reader", READER_CELL)
    slider.drag(0.25)
    before = opened.changed(READER_CELL, before, "the slider is dragged")
    assert len({*before[0]}) == 1  # below .9 this model writes one poem again and again
    assert f"200 at {float(slider.readout):g}" in before[1]
    while float(slider.readout) <= 0.9:
        slider.key("ArrowRight")
    before = opened.changed(READER_CELL, before, "the slider is keyed")
    field = opened.output(READER_CELL).locator("input[type=number]")
    field.fill("123")
    field.press("Enter")
    before = opened.changed(READER_CELL, before, "a seed is typed")
    slider.key("End")
    opened.until(lambda: "RuntimeError: too hot" in opened.text(READER_CELL), "the error")
    assert opened.settled(READER_CELL)[0] == before[0]  # the poems stay
    slider.key("ArrowLeft")
    opened.until(lambda: "RuntimeError" not in opened.text(READER_CELL), "the error to go")


def test_tab_reaches_slider_and_seed_and_axe_finds_nothing_wrong(opened):
    for cell in PAGE_CELL, READER_CELL:
        opened.centre(cell)
        assert violations(opened.page, f'[data-windowed-list-index="{cell}"] .widget-box') == []
    opened.scroll_to(READER_CELL)
    stops, count = opened.tab_stops(READER_CELL)
    assert stops == [*range(count), -1] and count >= 2


def test_as_a_page_without_a_kernel_a_picture_stands_for_each(opened, browser, tmp_path):
    from nbconvert import HTMLExporter

    path = tmp_path / "poems.html"
    path.write_text(HTMLExporter().from_notebook_node(opened.save())[0], encoding="utf-8")
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto(path.as_uri())
        shown = page.locator(".jp-OutputArea img")
        assert shown.count() == 2
        assert all(shown.nth(i).evaluate("each => each.naturalWidth") > 190 for i in range(2))
    finally:
        context.close()
