"""The sound player in JupyterLab: it is heard, by mouse and by keyboard, and its pictures follow menu and slider."""

import pytest

from .axe import violations
from .lab import Notebook

CELLS = [
    """
import torch
from gan_lessons.widgets import SoundPlayer
tones = {f"{hertz} Hz": 0.5 * torch.sin(2 * torch.pi * hertz * torch.arange(12_000) / 8000) for hertz in (200, 400)}
SoundPlayer(tones)
""",
]


@pytest.fixture(scope="module")
def player(server, window):
    notebook = Notebook(server, window, server.write("sound", CELLS))
    notebook.run()
    notebook.scroll_to(0)
    notebook.settled(0)
    yield notebook
    notebook.shut_down_kernel()
    notebook.page.close()


def audio(player, what):
    return player.output(0).locator("audio").evaluate(f"audio => audio.{what}")


def button(player):
    return player.output(0).get_by_role("button")


def assert_plays(player, start):
    """Assert that the sound begins anew at `start`, goes on, and can be stopped in its midst."""
    start()
    player.until(lambda: audio(player, "currentTime") > 0.3, "the sound to go on", 10)
    assert not audio(player, "paused") and button(player).inner_text() == "■ Stop"
    button(player).click()
    player.until(lambda: audio(player, "paused"), "the sound to stop", 5)
    assert 0.3 < audio(player, "currentTime") < audio(player, "duration")
    assert button(player).inner_text() == "▶ Play"


def test_the_sound_is_played_and_stopped_by_mouse_and_by_keyboard(player):
    assert audio(player, "duration") == pytest.approx(1.7, abs=0.01)  # with a tenth of a second before and after
    assert audio(player, "currentTime") == 0 and button(player).get_attribute("aria-label") == "Play 200 Hz"
    assert_plays(player, button(player).click)
    for key in ("Enter", "Space"):
        button(player).focus()
        assert_plays(player, lambda key=key: button(player).press(key))


def test_a_sound_that_ends_leaves_the_button_ready(player):
    button(player).click()
    player.until(lambda: audio(player, "ended"), "the sound to end", 10)
    player.until(lambda: button(player).inner_text() == "▶ Play", "the button to say Play again", 5)


def test_a_chosen_sound_is_the_one_that_is_seen_and_heard(player):
    before, source = player.settled(0), audio(player, "src")
    button(player).click()
    player.output(0).locator("select").select_option("400 Hz")
    after = player.changed(0, before, "another sound is chosen")
    assert all(a != b for a, b in zip(before[0], after[0], strict=True)) and len(after[0]) == 2
    assert audio(player, "src") != source and audio(player, "paused") and "pitch is 400 Hz at the start" in after[1]
    assert button(player).get_attribute("aria-label") == "Play 400 Hz"
    player.output(0).locator("select").select_option("200 Hz")
    player.changed(0, after, "the first sound is chosen again")


def test_the_slider_folds_the_wave_anew(player):
    (slider,) = player.sliders(0)
    before = player.settled(0)
    slider.drag(0.6)
    dragged = player.changed(0, before, "the period is dragged")
    assert dragged[0][0] == before[0][0] and dragged[0][1] != before[0][1]  # the wave stays, its fold does not
    slider.key_until("40", "ArrowLeft")
    assert "folded at 40 samples: stripes stand upright where the pitch is 200 Hz" in player.settled(0)[1]
    player.screenshot("folded", 0)


def test_the_player_can_be_reached_and_read_without_seeing(player):
    stops, count = player.tab_stops(0)
    assert count == 4 and stops == [0, 1, 2, 3, -1]  # menu, button, slider, and its readout
    player.centre(0)
    assert violations(player.page, '[data-windowed-list-index="0"] .widget-box') == []
    assert "羅竺" in player.text(0)
    assert player.errors() == []
