"""Lesson 15: what its text says of levels, spectrograms, liars, WaveNet, attention and judges, without a training."""

import math
import re

import pytest
import torch
from lessons import SOURCES, names_of

from gan_lessons import metrics, networks
from gan_lessons.checkpoints import load_weights
from gan_lessons.data import readings, speech
from gan_lessons.data.sound import log_mel, mu_law

SOURCE = (SOURCES / "15_speech.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson():
    return names_of(15, "train, held_out", "def draw_reach")


def parameters_and_outputs(network, *given):
    network.eval()
    with torch.no_grad():
        return [*network.parameters(), *flat(network(*given))]


def flat(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [tensor for part in result for tensor in flat(part)]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("WaveNet", (torch.arange(128)[None], torch.randn(1, 2, 40))),
        ("Tacotron", (torch.tensor([[1, 5, 29, 0, 0, 0, 0, 0]]),)),
        ("Vocoder", (torch.randn(1, 6, 40), torch.randn(1, 384))),
        ("PitchReader", (torch.randn(1, 6, 40),)),
        ("Judges", (torch.randn(2, 700),)),
    ],
)
def test_the_lessons_networks_are_those_of_the_checkpoints(lesson, name, given):
    made = []
    for kind in (lesson[name], getattr(networks, name)):
        torch.manual_seed(0)
        made.append(parameters_and_outputs(kind(), *given))
    assert all(torch.equal(a, b) for a, b in zip(*made, strict=True)) and len(made[0]) > 2


def test_the_lessons_functions_are_those_of_the_package(lesson):
    syllables, tones = ["ma", "nü", "zhuang"], [3, 3, 1]
    assert torch.equal(lesson["spelled"](syllables, tones), networks.spelled(syllables, tones))
    torch.manual_seed(0)
    wavenet, mels = networks.WaveNet(channels=8, dilations=(1, 2)), torch.randn(2, 2, 40)
    said = []
    for speak in (lesson["speak"], networks.speak):
        torch.manual_seed(1)
        said.append(speak(wavenet, mels))
    assert torch.equal(*said)
    tacotron = networks.Tacotron().eval()
    letters = networks.spelled(syllables, tones)
    for a, b in zip(lesson["say"](tacotron, letters), networks.say(tacotron, letters), strict=True):
        assert torch.equal(a, b)


def test_syllables_longer_than_three_letters_are_there_to_be_drawn():
    held_out = speech(train=False)
    assert sum(len(syllable) > 3 for syllable in held_out.syllables) >= 4


def test_each_held_out_syllable_was_heard_in_another_tone():
    train, held_out = speech(), speech(train=False)
    assert {*held_out.syllables} <= {*train.syllables}
    pairs = {*zip(train.syllables, train.tones.tolist(), strict=True)}
    assert not pairs & {*zip(held_out.syllables, held_out.tones.tolist(), strict=True)}
    assert len(held_out.waves) == 112 and len(train.waves) + 112 == 1155


def test_the_training_syllables_are_four_and_a_half_minutes():
    assert 4.4 < speech().lengths.sum() / 8000 / 60 < 4.7 and "4½ minutes of syllables" in SOURCE


def test_the_line_has_two_words_that_were_never_heard():
    line = re.search(r'LINES = "(.+)"', SOURCE)[1]
    train = speech()
    known = {*zip(train.syllables, train.tones.tolist(), strict=True)}
    new = [word for word in readings(line) if word not in known]
    assert len(line) == 10 and new == [("di", 4), ("shuang", 1)]


def test_a_whisper_has_the_bands_of_the_voice_and_no_pitch(lesson):
    torch.manual_seed(0)
    voice = speech(train=False).waves[:20, :2560]
    whisper = lesson["whispered"](voice)
    assert whisper.shape == voice.shape
    voiced = [(~metrics.pitch(some).isnan()).float().mean() for some in (voice, whisper)]
    assert voiced[1] < 0.1 < 0.5 < voiced[0]
    assert (
        metrics.mel_distance(whisper, voice).mean() < 0.95 < 1.5 < metrics.mel_distance(voice.roll(7, 0), voice).mean()
    )
    loud = [log_mel(some).mean(2).flatten() for some in (voice, whisper)]
    assert torch.corrcoef(torch.stack(loud))[0, 1] > 0.9


def test_cuts_are_of_training_syllables_and_begin_anywhere(lesson):
    torch.manual_seed(0)
    made = lesson["cuts"](speech(), 50, size=512)
    assert made.shape == (50, 512) and made.abs().amax(1).min() > 0.005


def test_the_bits_of_a_network_that_knows_nothing_are_eight(lesson):
    def nothing(levels, mels):
        return torch.zeros(*levels.shape, 256)

    assert lesson["bits"](nothing, torch.randn(2, 256) / 4) == pytest.approx(8)


def test_the_targets_of_tacotron_end_where_the_syllable_does(lesson):
    mels, last = lesson["targets"](speech(train=False))
    assert mels.shape[1] % 2 == 0 and (last < mels.shape[1] // 2).all()
    for row in range(5):
        after = mels[row, 2 * int(last[row]) + 6 :]
        assert (after < -9.2).all() and mels[row, : 2 * int(last[row])].mean() > -8


def test_the_loss_of_tacotron_is_zero_where_it_says_what_was_said(lesson):
    mels, last = lesson["targets"](speech(train=False))

    def parrot(letters, real):
        steps = real.shape[1] // 2
        ends = torch.where(torch.arange(steps) >= last[:, None], 50.0, -50.0)
        return real, ends, None

    frames, ends = lesson["difference"](parrot, None, mels, last)
    assert frames == 0 and ends < 1e-6
    frames, ends = lesson["difference"](lambda *given: (parrot(*given)[0] + 1, *parrot(*given)[1:]), None, mels, last)
    assert frames == pytest.approx(1, abs=1e-4)


def test_hums_have_500_hz_and_any_phase(lesson):
    torch.manual_seed(0)
    hums = lesson["hums"](400)
    power = torch.fft.rfft(hums).abs().square().sum(0)
    assert power[2] / power.sum() > 0.999 and hums.mean(0).abs().max() < 0.15
    assert hums.square().mean() == pytest.approx(0.5, abs=1e-3)


def test_a_stretched_mel_is_nearest_to_itself(lesson):
    mels = lesson["frames_of"](speech(train=False), range(20))
    assert torch.equal(lesson["nearest"](mels, mels), torch.arange(20))
    slower = [mel.repeat_interleave(2, 0) for mel in mels]
    assert torch.equal(lesson["nearest"](slower, mels), torch.arange(20))


def test_the_picture_of_reach_counts_the_places(lesson):
    from matplotlib.figure import Figure

    said = [lesson["draw_reach"](Figure(), layers, doubling) for layers, doubling in ((4, 1), (4, 0), (6, 1))]
    assert [int(re.search(r": (\d+) samples", words)[1]) for words in said] == [16, 5, 64]
    assert 1 + 510 * 1 == 511 and "510 layers" in SOURCE


def test_curves_of_a_steady_tone_are_level(lesson):
    t = torch.arange(4000) / 8000
    waves = torch.stack([torch.sin(2 * math.pi * f * t) for f in (200, 250, 300, 350)])
    found = lesson["curves"](waves, torch.tensor([1, 2, 3, 4]))
    assert found.shape == (4, 20)
    assert torch.allclose(found, torch.tensor([200.0, 250, 300, 350])[:, None].expand(4, 20), rtol=0.01)


def test_what_the_originals_had_is_larger(lesson):
    assert 0.08e6 < sum(p.numel() for p in lesson["Vocoder"]().parameters()) < 0.12e6


def test_stored_networks_fit_and_are_small():
    from gan_lessons.data.files import verified

    for name, network in (("wavenet", networks.WaveNet()), ("tacotron", networks.Tacotron())):
        load_weights(network, name)
        assert verified(f"checkpoints/{name}.safetensors").stat().st_size < 3_000_000
    assert verified("checkpoints/vocoders.safetensors").stat().st_size < 3_000_000


def test_levels_of_silence_are_what_wavenet_begins_with():
    assert mu_law(torch.zeros(3)).tolist() == [128, 128, 128]
