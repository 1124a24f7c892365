"""The sound player: what is heard is the sound, what is seen is the sound, and what stays in a notebook is small."""

import io
import math
import wave
from base64 import b64decode

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lessons.data.speech import CREDIT
from gan_lessons.widgets import SoundPlayer
from gan_lessons.widgets.sound import FOLDED, folded

VIEW = "application/vnd.jupyter.widget-view+json"


def tone(hertz, samples=2400):
    return 0.5 * torch.sin(2 * math.pi * hertz * torch.arange(samples) / 8000)


def heard(player):
    """Return the file that the page gets to play: its rate, and its samples."""
    head, data = player.button.wav.split(",")
    assert head == "data:audio/wav;base64"
    with wave.open(io.BytesIO(b64decode(data))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


def seen(picture):
    return Image.open(io.BytesIO(picture.value)).convert("RGB")


@pytest.fixture
def player():
    return SoundPlayer({"low": tone(200), "high": tone(400), "loud": 3 * tone(100)})


def test_what_is_heard_is_the_chosen_sound_with_silence_around_it(player):
    rate, samples = heard(player)
    assert rate == 8000 and player.button.name == "low"
    np.testing.assert_allclose(samples, np.pad(tone(200), 800), atol=1e-4)
    player.menu.value = "loud"
    np.testing.assert_allclose(heard(player)[1], np.pad((3 * tone(100)).clamp(-1, 1), 800), atol=1e-4)
    assert player.button.name == "loud" and len(player.button.wav) < 11_000


def test_the_readout_says_length_and_pitch(player):
    low = "low: 0.30 s; its pitch is 200 Hz at the start, 200 in the middle, 200 at the end"
    assert low in player._readout.value
    player.menu.value = "high"
    assert "high: 0.30 s; its pitch is 400 Hz at the start" in player._readout.value
    assert "no pitch is found" in SoundPlayer({"nothing": torch.zeros(800)})._readout.value


def test_each_choice_has_its_picture_and_its_fold(player):
    pictures, folds = [], []
    for name in player.menu.options:
        player.menu.value = name
        pictures.append(seen(player._picture).tobytes())
        folds.append(seen(player._fold).tobytes())
        assert name in player._picture.tooltip and name in player._fold.tooltip
    assert len({*pictures}) == len({*folds}) == 3
    player.menu.value = "low"
    assert seen(player._picture).tobytes() == pictures[0]


def test_stripes_stand_upright_at_the_period_of_the_pitch_alone(player):
    def upright(picture):
        return (np.ptp(np.asarray(picture.convert("L")), axis=0) < 8).all()

    for period in range(38, 43):
        player.slider.value = period
        assert upright(seen(player._fold)) == (period == 40)  # 8000 / 200
        assert f"folded at {period} samples" in player._readout.value
    player.slider.value = 80
    assert upright(seen(player._fold)) and "pitch is 100 Hz" in player._readout.value


def test_a_fold_has_the_next_samples_in_the_next_row_and_loses_only_the_rest():
    wave = torch.cat([torch.tensor([1.0, -1, 0.5, 0.5, -1, 0, 0.02, 0]), torch.tensor([9.0])])
    picture = folded(wave, 2)
    assert picture.size == FOLDED
    cells = np.asarray(picture)[30::60, 75::150]  # the middle of each of 4 × 2
    assert cells.tolist() == [[255, 0], [255, 255], [0, 128], [178, 128]]  # the last against a twentieth of 1


def test_the_credit_stands_where_a_voice_is_heard():
    assert CREDIT in SoundPlayer({"a": tone(200)}).children[-1].value
    other = SoundPlayer({"a": tone(200)}, credit="Nobody's <voice>").children[-1].value
    assert "Nobody&#x27;s &lt;voice&gt;" in other and CREDIT not in other
    assert "folded at" in SoundPlayer({"a": tone(200)}, credit="").children[-1].value


@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_what_stays_in_a_notebook_is_a_picture_of_at_most_four_sounds_and_a_stable_line(count):
    noise = torch.Generator().manual_seed(0)
    sounds = {f"sound {i}": tone(150 + 40 * i) + 0.05 * torch.randn(2400, generator=noise) for i in range(count)}
    player = SoundPlayer(sounds)
    bundle, other = player._repr_mimebundle_(), SoundPlayer(sounds)._repr_mimebundle_()
    assert bundle.keys() == {VIEW, "image/png", "text/plain"} and bundle[VIEW]["model_id"] == player.model_id
    assert bundle["text/plain"] == other["text/plain"] == player.caption()
    assert bundle["image/png"] == other["image/png"] and len(bundle["image/png"]) < 120_000
    assert Image.open(io.BytesIO(bundle["image/png"])).width == (520 if count < 3 else 1040)
    plural = "" if count == 1 else "s"
    assert player.caption() == f"Sound player: {count} sound{plural}, to hear and to see as wave and spectrogram."


@pytest.mark.parametrize(
    ("sounds", "match"),
    [
        ({}, "sounds must be a dict of waves by their names"),
        (tone(200), "sounds must be a dict of waves by their names, not tensor"),
        ({"a": tone(200)[None]}, r"sound 'a' must be finite floats \(L,\) .* not torch.float32 \(1, 2400\)"),
        ({"a": tone(200, 255)}, "256 to 80,000 samples"),
        ({"a": tone(200, 80_001)}, "256 to 80,000 samples"),
        ({"a": torch.zeros(800).long()}, "not torch.int64"),
        ({"b": torch.full((800,), math.nan)}, "sound 'b' must be .* not NaN or infinity"),
        ({"c": "wave"}, r"sound 'c' must be one tensor or array \(L,\), not a str"),
    ],
)
def test_what_can_not_be_heard_is_refused(sounds, match):
    with pytest.raises(ValueError, match=match):
        SoundPlayer(sounds)


def test_arrays_are_sounds_too():
    assert np.array_equal(heard(SoundPlayer({"a": tone(200).double().numpy()}))[1], heard_tone())


def heard_tone():
    return heard(SoundPlayer({"a": tone(200)}))[1]
