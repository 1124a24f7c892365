"""Lesson 15's networks: what depends on what, which weights sum to one, and waves of the right length."""

import pytest
import torch

from gan_lessons.data import speech
from gan_lessons.data.sound import log_mel
from gan_lessons.networks import (
    Judges,
    PeriodJudge,
    PitchReader,
    ScaleJudge,
    Tacotron,
    Vocoder,
    WaveNet,
    say,
    speak,
    spelled,
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def some_mels(count, frames):
    return 2 * torch.randn(count, frames, 40) - 5


def test_a_sample_of_wavenet_depends_on_no_later_one_and_on_as_many_as_the_dilations_reach():
    network, x = WaveNet(dilations=(1, 2, 4)), torch.randn(2, 64, 40, requires_grad=True)
    network.through(x, some_mels(2, 1))[0, 30].square().sum().backward()
    reached = x.grad[0].abs().sum(1)
    assert (reached[31:] == 0).all() and (reached[23:31] > 0).all() and (reached[:23] == 0).all()
    assert (x.grad[1] == 0).all()


def test_the_logits_of_a_level_do_not_depend_on_itself_nor_on_later_ones():
    network, mels = WaveNet(), some_mels(1, 8)
    levels = torch.randint(256, (1, 512))
    changed = levels.clone()
    changed[0, 300:] = (changed[0, 300:] + 100) % 256
    with torch.no_grad():
        a, b = network(levels, mels), network(changed, mels)
    assert torch.equal(a[:, :301], b[:, :301]) and not torch.allclose(a[:, 301:], b[:, 301:])


def test_wavenet_speaks_with_queues_what_it_would_say_of_the_whole():
    network, mels = WaveNet(channels=8, dilations=(1, 2, 4, 8, 1, 2)), some_mels(3, 3)
    torch.manual_seed(1)
    levels = speak(network, mels)
    assert levels.shape == (3, 192) and levels.dtype == torch.int64
    with torch.no_grad():
        logits = network(levels, mels)
    torch.manual_seed(1)
    again = torch.stack([torch.multinomial(logits[:, i].softmax(1), 1)[:, 0] for i in range(192)], 1)
    assert torch.equal(levels, again)


def test_words_are_spelled_with_their_tone_and_zeros_after_the_end():
    letters = spelled(["a", "nü", "zhuang"], torch.tensor([5, 3, 1]))
    assert letters.tolist() == [
        [1, 32, 0, 0, 0, 0, 0, 0],
        [14, 27, 30, 0, 0, 0, 0, 0],
        [26, 8, 21, 1, 14, 7, 28, 0],
    ]
    for part in (speech(), speech(train=False)):
        assert spelled(part.syllables, part.tones).unique(dim=0).shape == (len(part.waves), 8)


def test_attention_sums_to_one_and_gives_nothing_to_what_is_after_the_end():
    T, letters = Tacotron(width=16).eval(), spelled(["a", "zhuang"], [1, 3])
    mels, ends, weights = T(letters, some_mels(2, 10))
    assert mels.shape == (2, 10, 40) and ends.shape == (2, 5) and weights.shape == (2, 5, 8)
    assert torch.allclose(weights.sum(2), torch.ones(2, 5)) and (weights >= 0).all()
    assert (weights[0, :, 2:] == 0).all() and (weights[1, :, 7] == 0).all() and (weights[1, :, :7] > 0).all()


def test_a_frame_depends_on_the_real_ones_before_it_alone():
    T, letters = Tacotron(width=16).eval(), spelled(["ma"], [3])
    real = some_mels(1, 10).requires_grad_()
    T(letters, real)[0][0, 5].sum().backward()  # of the third step
    depends = real.grad[0].abs().sum(1) > 0
    assert depends.tolist() == [False, True, False, True] + [False] * 6  # the last frame of each step before


def test_what_it_says_ends_where_it_says_so():
    T, letters = Tacotron(width=16).eval(), spelled(["ma", "a"], [3, 1])
    torch.nn.init.constant_(T.decoder.end.bias, -100.0)
    assert [mel.shape for mel in say(T, letters)] == [(60, 40)] * 2
    torch.nn.init.constant_(T.decoder.end.bias, 100.0)
    assert [mel.shape for mel in say(T, letters)] == [(2, 40)] * 2


def test_a_vocoder_makes_64_samples_of_a_frame_and_cannot_hum_alone():
    G = Vocoder()
    with torch.no_grad():
        waves = G(some_mels(2, 20), torch.zeros(2, 1280))
        sung = G(some_mels(1, 1).expand(1, 60, 40), torch.zeros(1, 3840))[0, 1280:2560]
    assert waves.shape == (2, 1280) and waves.abs().max() <= 2
    assert (sung[64:] - sung[:-64]).abs().max() < 1e-5 and sung.std() > 0
    assert (sung[32:] - sung[:-32]).abs().max() > 1e-3


def test_a_vocoder_has_no_constant_in_its_voice():
    with torch.no_grad():
        wave = Vocoder()(some_mels(1, 60), torch.zeros(1, 3840))[0]
    assert wave[640:-640].mean().abs() < 1e-3


def test_a_hum_has_the_pitch_that_was_read_and_none_where_there_is_no_voice():
    class Steady(PitchReader):
        def forward(self, mels):
            voice = torch.ones(len(mels), mels.shape[1])
            voice[:, mels.shape[1] // 2 :] = -1
            return torch.full_like(voice, 312.5), voice

    hum = Steady().hum(some_mels(2, 50))
    assert hum.shape == (2, 3200) and (hum[:, 1600:] == 0).all()
    spectrum = torch.fft.rfft(hum[0, :1600]).abs()
    assert spectrum.argmax() * 8000 / 1600 == pytest.approx(312.5, abs=2.5)


def test_a_pitch_reader_stays_among_voices():
    pitch, voice = PitchReader()(100 * torch.randn(2, 9, 40))
    assert pitch.shape == voice.shape == (2, 9) and 80 < pitch.min() and pitch.max() < 620


@pytest.mark.parametrize(("period", "sees"), [(2, 2), (3, 3), (5, 5)])
def test_a_period_judge_compares_samples_that_are_a_period_apart(period, sees):
    waves = torch.randn(1, 300, requires_grad=True)
    logits, found = PeriodJudge(period)(waves)
    assert logits.shape[0] == 1 and len(found) == 4
    logits[0, 1].backward()  # the first row's second column
    reached = waves.grad[0].nonzero()[:, 0]
    assert len(reached) > 5 and (reached % sees == 1).all()


def test_a_scale_judge_hears_the_mean_of_its_samples():
    waves = torch.randn(1, 400)
    swapped = waves.view(1, 200, 2).flip(2).reshape(1, 400)
    slow, fine = ScaleJudge(2), ScaleJudge(1)
    assert torch.allclose(slow(waves)[0], slow(swapped)[0], atol=1e-6)
    assert not torch.allclose(fine(waves)[0], fine(swapped)[0], atol=1e-4)


def test_judges_are_as_many_as_periods_and_scales():
    given = Judges()(torch.randn(2, 1024))
    assert len(given) == 5 and all(logits.shape[0] == 2 and len(found) == 4 for logits, found in given)
    assert Judges((), ())(torch.randn(2, 1024)) == []


def test_the_wave_that_a_vocoder_makes_has_a_mel_spectrogram_of_as_many_frames():
    mels = log_mel(speech(train=False).waves[:2, :2048])
    G, reader = Vocoder(), PitchReader()
    made = log_mel(G(mels, reader.hum(mels)))
    assert made.shape == mels.shape
    made.mean().backward()
    assert all(p.grad is not None for p in G.parameters()) and all(p.grad is None for p in reader.parameters())
