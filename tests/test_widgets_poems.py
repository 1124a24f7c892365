"""Poems in a widget: what is marked in HTML, in words and in the still picture, and what follows slider and seed."""

import re

import numpy as np
import pytest
import torch

from gan_lessons import metrics
from gan_lessons.data import poems, to_characters, to_text
from gan_lessons.data.poems import pictures
from gan_lessons.widgets import PoemPage, PoemReader
from gan_lessons.widgets.poems import described

STORKS = "白日依山尽黄河入海流欲穷千里目更上一层楼"


def numbers(*texts):
    return torch.stack([to_characters(text) for text in texts])


def shown(widget):
    return widget.children[0].value if isinstance(widget, PoemPage) else widget._page.value


def marked(page):
    """Return the characters that are boxed and underlined."""
    return re.findall(r'<span style="[^"]*underline[^"]*"><ruby>(.)', page)


def test_a_page_marks_each_tone_and_the_ends_that_rhyme():
    page = shown(PoemPage(numbers(STORKS)))
    assert re.findall(r"<ruby>(.)<rt[^>]*>(.)</rt></ruby>", page) == list(
        zip(STORKS, "●●○○●○○●●○●○○●●·●●○○", strict=True)
    )
    assert marked(page) == ["流", "楼"]
    assert page.count('role="img"') == 1 and 'lang="zh-Hans"' in page
    assert marked(shown(PoemPage(numbers("山" * 20)))) == []


def test_a_page_says_in_words_what_it_marks():
    words = re.search(r'aria-label="([^"]*)"', shown(PoemPage(numbers(STORKS)))).group(1)
    assert words == (
        "白日依山尽，黄河入海流，欲穷千里目，更上一层楼。 Lines 2 and 4 rhyme. "
        "Tones: oblique oblique level level oblique; "
        "level level oblique oblique level; oblique level level oblique oblique; either oblique oblique level level."
    )
    assert "Lines 1, 2 and 4 rhyme." in described(STORKS, [0] * 20, [True, True, False, True])
    assert "Lines 2 and 4 do not rhyme." in described(STORKS, [0] * 20, [False] * 4)


def test_titles_stand_over_their_poems_as_text():
    page = shown(PoemPage(numbers(STORKS, STORKS), ["a <b>", "second"]))
    assert page.index("a &lt;b&gt;") < page.index("白") < page.index("second") < page.rindex("白")
    with pytest.raises(ValueError, match="a title for each of the 2 poems, not 1"):
        PoemPage(numbers(STORKS, STORKS), ["one"])


def test_the_still_picture_has_all_characters_and_marks():
    picture = np.asarray(PoemPage(numbers(STORKS)).still()).astype(int)
    for place, character in enumerate(to_characters(STORKS).tolist()):
        x, y = 22 + place % 5 * 34, 11 + place // 5 * 46 + 12
        cut, drawn = picture[y : y + 32, x : x + 32], pictures()[character, 0].numpy()
        blue = place in (9, 19)
        assert ((cut == (0xCF, 0xE6, 0xF5)).all(2) & (drawn == 255)).any() == blue
        if not blue:
            assert (cut == drawn[:, :, None]).all()
        centre = picture[y - 6, x + 16, 0]  # of the tone's mark: a ring is white within
        assert (centre == 255) == (place in (2, 3, 5, 6, 9, 11, 12, 18, 19))
    assert PoemPage(numbers(*[STORKS] * 6)).still().size == (22 + 4 * 192, 11 + 2 * 206)


def test_without_a_kernel_there_are_a_picture_and_a_line_that_stays_the_same():
    for made in (PoemPage(numbers(STORKS)), reader()[0]):
        bundle = made._repr_mimebundle_()
        assert bundle.keys() == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
        assert bundle["text/plain"] == made.caption() and "\n" not in made.caption()
    board = reader()[0]
    before = board.caption(), board.still().tobytes()
    board.slider.value = 0.5
    assert board.caption() == before[0] and board.still().tobytes() != before[1]
    assert PoemPage(numbers(STORKS)).caption() == "Poem page: 1 poem of four lines, with tones and rhymes marked."


def reader(**settings):
    """A reader of a model that writes real poems below a temperature of 1, and others at random; and its calls."""
    real, calls = poems().characters, []

    def sample(temperature, count):
        calls.append((temperature, count, torch.is_grad_enabled()))
        if temperature >= 1.4:
            raise RuntimeError("too < hot")
        chosen = real[torch.randint(len(real), (count,))]
        return chosen if temperature < 1 else torch.randint(1500, (count, 20))

    return PoemReader(sample, **{"known": real, "count": 100} | settings), calls


def scores(board):
    """Return the table's rows: name, the model's figure, that of real poems."""
    rows = re.findall(
        r'<th scope="row"[^>]*>([^<]*)</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>', board._table.value
    )
    return {name: (float(model), float(real)) for name, model, real in rows}


def test_the_slider_makes_other_poems_and_scores():
    board, calls = reader()
    assert calls == [(1.0, 100, False)]
    first, table = shown(board), scores(board)
    assert table["lines 2 and 4 rhyme"][0] < 0.15 < 0.85 < table["lines 2 and 4 rhyme"][1]
    assert table["lines unseen"] == (1, 1) and "100 at 1<" in board._table.value
    assert first.count('role="img"') == 4
    board.slider.value = 0.5
    assert calls[1:] == [(0.5, 100, False)] and shown(board) != first
    table = scores(board)
    assert table["lines 2 and 4 rhyme"][0] > 0.85 and table["lines unseen"] == (0, 1)
    assert table["line 2 ends level"][0] > 0.8 > 0.2 > table["line 3 ends level"][0]
    assert "100 at 0.5<" in board._table.value


def test_the_scores_are_the_judges():
    fixed = poems(train=False).characters[-50:]
    table = scores(PoemReader(lambda temperature, count: fixed, count=50))
    assert "lines unseen" not in table  # nothing is known of the training
    assert table["lines 2 and 4 rhyme"][0] == pytest.approx(metrics.rhyme(fixed), abs=0.006)
    assert table["tones contrast in a line"][0] == pytest.approx(metrics.tone_contrast(fixed), abs=0.006)
    assert table["pairs of characters that differ"][0] == pytest.approx(metrics.distinct_ngrams(fixed), abs=0.006)
    ends = [table[f"line {i} ends level"][0] for i in (1, 2, 3, 4)]
    assert ends == pytest.approx(metrics.level_ends(fixed), abs=0.006)


def test_the_seed_alone_chooses_the_poems_and_torchs_random_state_stays():
    state = torch.get_rng_state()
    board, other = reader()[0], reader()[0]
    assert shown(board) == shown(other)
    board.seed.value = 7
    assert shown(board) != shown(other) and shown(board) == shown(reader(seed=7)[0])
    board.seed.value = 0
    assert shown(board) == shown(other) and torch.equal(torch.get_rng_state(), state)


def test_the_first_of_the_judged_are_shown():
    fixed = poems().characters[:30]
    board = PoemReader(lambda temperature, count: fixed, count=30, shown=2)
    assert re.findall(r"<ruby>(.)", shown(board)) == [*"".join(to_text(fixed[:2]))]
    assert board.caption().startswith("Poem reader: 2 of 30 poems")


def test_an_error_under_the_slider_is_shown_and_the_poems_stay():
    board, _ = reader()
    before = shown(board), board._table.value
    board.slider.value = 1.5
    assert board._readout.value == "<code>RuntimeError: too &lt; hot</code>"
    assert (shown(board), board._table.value) == before
    board.slider.value = 1.2
    assert board._readout.value == ""


@pytest.mark.parametrize(
    ("made", "settings", "match"),
    [
        (lambda t, n: torch.zeros(n - 1, 20).long(), {}, "sample must return 200 poems, as many as .*, not 199"),
        (lambda t, n: torch.zeros(n, 28).long(), {}, r"\(N, 20\), not \(200, 28\)"),
        (lambda t, n: torch.zeros(n, 20), {}, "whole numbers"),
        (lambda t, n: torch.zeros(n, 20).long(), {"count": 0}, "count must be a whole number, from 1 to the 2431"),
        (lambda t, n: torch.zeros(n, 20).long(), {"shown": 300}, "shown must be a whole number, from 1 to the 200"),
        (lambda t, n: torch.zeros(n, 20).long(), {"seed": -1}, "seed must be a whole number"),
        (lambda t, n: torch.zeros(n, 20).long(), {"temperature": (1, 1, 1, 1)}, "the slider temperature needs low <"),
        (lambda t, n: torch.zeros(n, 20).long(), {"known": torch.zeros(20).long()}, r"makes one poem a batch"),
    ],
)
def test_what_can_not_be_read_is_refused(made, settings, match):
    with pytest.raises(ValueError, match=match):
        PoemReader(made, **settings)


def test_each_control_has_a_label():
    board, _ = reader()
    assert (board.slider.description, board.seed.description) == ("temperature", "seed")
