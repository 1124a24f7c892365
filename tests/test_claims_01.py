"""Lesson 01: what its text says that the board, the slider and the frozen judge will show.

With the environment variable TEN_SEEDS set, it is computed for ten seeds.
"""

import os
from pathlib import Path

import jupytext
import matplotlib
import pytest

SOURCE = next((Path(__file__).resolve().parent.parent / "notebooks/src").glob("01_*.py"))
SEEDS = range(10) if os.environ.get("TEN_SEEDS") else [0]


@pytest.fixture(scope="module", params=SEEDS)
def lesson(request):
    """All that lesson 01 has computed by the end of its section 5."""
    matplotlib.use("Agg")
    namespace = {"__name__": "lesson"}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code":
            exec(cell.source.replace("SEED = 0", f"SEED = {request.param}"), namespace)
            if "frozen = [" in cell.source:
                return namespace
    raise AssertionError("lesson 01 has no frozen judge")


def first(values, reached):
    return next(step for step, value in enumerate(values) if reached(value))


def test_the_width_comes_first_then_the_place_then_too_narrow_then_too_wide_and_the_swings_die_away(lesson):
    widths, places = [abs(moment[0]) for moment in lesson["path"]], [moment[1] for moment in lesson["path"]]
    mean, std = lesson["MEAN"], lesson["STD"]
    width, place = first(widths, lambda value: value <= std), first(places, lambda value: value >= mean)
    narrowest = widths.index(min(widths))
    widest = widths.index(max(widths[narrowest:]), narrowest)
    assert 0 < width < place < 2 * width < narrowest < widest
    assert widths[narrowest] < std / 5 and widths[widest] > 1.4 * std
    swings = [max(abs(value - std) for value in widths[i : i + 300]) for i in range(300, len(widths) - 299, 300)]
    assert swings == sorted(swings, reverse=True) and swings[-1] < 0.2 * std
    assert max(places) > mean + 0.1 > max(places[-300:])


def test_the_slider_stops_where_each_of_these_can_be_seen(lesson):
    widths = {step: abs(lesson["path"][step][0]) for step in lesson["moments"]}
    places = {step: lesson["path"][step][1] for step in lesson["moments"]}
    mean, std = lesson["MEAN"], lesson["STD"]
    assert widths[40] < 1.1 * std and places[40] < mean - 0.4  # the width is right before the place
    assert abs(places[60] - mean) < 0.15
    assert widths[200] < std / 5 and widths[400] > 1.3 * std


def test_against_the_frozen_judge_g_is_still_on_its_way_to_what_that_judge_likes_best(lesson):
    _, linear, square = lesson["D"].w.tolist()
    assert square < 0 and -linear / (2 * square) > 5 > lesson["frozen"][-1] > lesson["frozen"][-500]
