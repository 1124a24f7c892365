"""Speech: the syllables are what they are said to be; sound in levels, in frequencies, in bands, and back."""

import math
import subprocess
import sys

import librosa
import numpy as np
import pytest
import scipy.signal
import torch

from gan_lessons.data import files, readings, sound, speech
from gan_lessons.data.speech import CREDIT, RATE
from gan_lessons.metrics import share_interval


def tone(frequency, samples=2048):
    return 0.5 * torch.sin(2 * math.pi * frequency * torch.arange(samples, dtype=torch.float64) / RATE)


@pytest.fixture(scope="module")
def train():
    return speech()


@pytest.fixture(scope="module")
def held_out():
    return speech(train=False)


# The syllables


def test_all_syllables_are_there_once_and_are_spoken_in_five_tones(train, held_out):
    pairs = [*zip(train.syllables, train.tones.tolist(), strict=True)]
    others = [*zip(held_out.syllables, held_out.tones.tolist(), strict=True)]
    assert (len(pairs), len(others)) == (1043, 112) and len({*pairs, *others}) == 1155
    assert (train.tones.bincount() + held_out.tones.bincount(minlength=6)).tolist() == [0, 303, 235, 287, 319, 11]
    for part in (train, held_out):
        assert len(part.waves) == len(part.lengths) == len(part.tones) == len(part.bopomofo) == len(part.syllables)
    at = pairs.index(("ma", 1)), pairs.index(("zhuang", 4)), pairs.index(("ju", 2))
    assert [train.bopomofo[i] for i in at] == ["ㄇㄚ", "ㄓㄨㄤ", "ㄐㄩ"]


def test_what_is_held_out_is_spoken_in_training_in_another_way(train, held_out):
    """Every held-out syllable has another tone in training; every tenth of those that can be is taken, evenly."""
    assert {*held_out.syllables} <= {*train.syllables} and {*held_out.tones.tolist()} <= {*train.tones.tolist()}
    for tone in range(1, 5):
        low, high = share_interval(int((held_out.tones == tone).sum()), len(held_out.tones))
        assert low < (train.tones == tone).float().mean() < high


def test_the_sounds_begin_and_end_without_a_click_and_hold_nothing_afterwards(train):
    assert train.waves.dtype == torch.float32 and train.waves.shape == (1043, train.lengths.max())
    assert 0.13 < train.waves.abs().amax(1).min() and train.waves.abs().max() < 1
    ends = torch.arange(train.waves.shape[1]) >= train.lengths[:, None]
    assert (train.waves[ends] == 0).all()
    last = train.waves.gather(1, train.lengths[:, None] - 1 - torch.arange(4)).abs()
    assert max(last.max(), train.waves[:, :4].abs().max()) < 0.02
    seconds = train.lengths / RATE
    assert 0.15 < seconds.min() and seconds.max() < 0.4


def test_the_levels_are_those_stored_in_the_file(train, held_out):
    with np.load(files.DATA / "speech/syllables.npz", allow_pickle=False) as stored:
        levels = stored["mu_law"]
    assert len(levels) == train.lengths.sum() + held_out.lengths.sum()
    first = held_out.waves[0, : held_out.lengths[0]]  # the first of all is held out
    assert np.array_equal(sound.mu_law(first).numpy(), levels[: len(first)])


def test_syllables_are_their_owner_s_own(train):
    speech().waves.zero_()
    assert torch.equal(speech().waves, train.waves) and train.waves.any()
    with pytest.raises(ValueError, match="train must be True"):
        speech("train")


def test_the_voice_has_its_credit():
    assert all(part in CREDIT for part in ("羅竺", "徵音梅林開發委員會錄音組", "Chu Lo", "ChionMeilin", "CC BY 3.0"))
    assert "\n" not in CREDIT and CREDIT in (files.DATA / "README.md").read_text(encoding="utf-8")


def test_a_line_is_read_in_syllables_of_the_voice(train):
    line = readings("床前明月光")
    assert line == [("chuang", 2), ("qian", 2), ("ming", 2), ("yue", 4), ("guang", 1)]
    assert {syllable for syllable, _ in line} <= {*train.syllables}
    assert readings("") == [] and readings("女子") == [("nü", 3), ("zi", 3)]
    with pytest.raises(ValueError, match=r"no reading is known for '，' 'x'; leave out"):
        readings("床，x")


# The μ-law


def test_the_mu_law_is_the_formula_and_what_torchaudio_gives():
    wave = torch.sin(2 * math.pi * 200 * torch.arange(10) / RATE)
    assert sound.mu_law(wave).tolist() == [128, 213, 228, 237, 243, 247, 250, 252, 254, 255]  # torchaudio 2.11's
    wave = np.random.default_rng(0).uniform(-1, 1, 10_000)
    squeezed = librosa.mu_compress(wave, mu=255, quantize=False)
    assert np.array_equal(sound.mu_law(torch.from_numpy(wave)).numpy(), np.round((squeezed + 1) * 127.5))


def test_the_256_levels_come_back_and_no_wave_is_farther_than_half_a_step():
    levels = torch.arange(256)
    wave = sound.mu_law_inverse(levels)
    assert torch.equal(sound.mu_law(wave), levels) and wave[0] == -1 and wave[-1] == 1
    np.testing.assert_allclose(wave, librosa.mu_expand(levels.numpy() / 127.5 - 1, mu=255, quantize=False), atol=1e-6)
    assert torch.equal(sound.mu_law_inverse(levels.to(torch.uint8)), wave)
    between = torch.linspace(-1, 1, 5001)
    back = sound.mu_law_inverse(sound.mu_law(between))
    assert ((back - between).abs() <= (between.abs() + 1 / 255) * (256 ** (1 / 255) - 1)).all()
    assert sound.mu_law(torch.tensor([-3.0, 3.0])).tolist() == [0, 255]


@pytest.mark.parametrize("levels", [[0.5], [256], [-1]])
def test_what_is_no_level_is_refused(levels):
    with pytest.raises(ValueError, match="levels must be integers from 0 to 255"):
        sound.mu_law_inverse(levels)


# Spectrograms


def test_a_spectrogram_is_that_of_numpy_with_scipys_window():
    wave = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mine = sound.spectrogram(wave)
    assert mine.shape == (2, 1000 // 64, 129)
    padded = np.pad(wave[1].numpy(), 96, mode="reflect")
    window = scipy.signal.get_window("hann", 256)
    for frame in (0, 7, 14):
        expected = np.abs(np.fft.rfft(window * padded[64 * frame : 64 * frame + 256]))
        np.testing.assert_allclose(mine[1, frame], expected, atol=1e-10)
    assert torch.equal(sound.spectrogram(wave[1]), mine[1])
    assert sound.spectrogram(wave, n_fft=512, hop=128).shape == (2, 7, 257)


def test_a_tone_is_in_its_bin_and_in_its_band():
    strong = sound.spectrogram(tone(625))  # 20 · 8000 / 256
    assert (strong[2:-2].argmax(-1) == 20).all()  # at the ends the tone is mirrored
    assert strong[10, 20].item() == pytest.approx(0.5 * 128 / 2, rel=1e-6)  # half of the sum of the window
    low, step = 50, (librosa.hz_to_mel(4000) - librosa.hz_to_mel(50)) / 41 * 200 / 3  # below 1 kHz, where mels are even
    for band in (3, 9):
        assert (sound.log_mel(tone(low + (band + 1) * step))[4:-4].argmax(-1) == band).all()
    assert sound.log_mel(tone(625)).shape == (32, 40)


def test_the_bands_cover_all_between_50_and_4000_hz_each_with_the_same_area():
    bank = sound.mel_bank()
    assert bank.shape == (129, 40) and bank.dtype == torch.float32
    assert bank.sum(0).mul(RATE / 256).tolist() == pytest.approx([1] * 40, abs=0.35)  # coarse where bands are narrow
    assert (bank[2:-1].sum(1) > 0).all() and bank[0].sum() == bank[1].sum() == 0
    assert sound.mel_bank(512, 32, 16_000, 0, 8000).shape == (257, 32)


def test_a_log_mel_has_a_floor_and_a_gradient():
    wave = torch.zeros(3, 512, requires_grad=True)
    bands = sound.log_mel(wave)
    assert bands.shape == (3, 8, 40) and bands.detach().unique().tolist() == [pytest.approx(math.log(1e-4))]
    bands.sum().backward()
    assert wave.grad.isfinite().all()
    loud = tone(400, 512).float().requires_grad_()
    sound.log_mel(loud).mean().backward()
    assert loud.grad.abs().max() > 0
    assert torch.autograd.gradcheck(sound.log_mel, tone(400, 260).requires_grad_(), eps=1e-6, atol=1e-4)


@pytest.mark.parametrize(
    ("wave", "settings", "match"),
    [
        (torch.zeros(255), {}, "a wave must be 256 samples, one window, or more"),
        (torch.zeros(300), {"n_fft": 256, "hop": 63}, "n_fft - hop even"),
        (torch.zeros(300).long(), {}, "a wave must be floats"),
        (torch.tensor(0.5), {}, "one after the other"),
        (torch.zeros(300), {"hop": 0}, "hop must be a whole number, from 1 to 256"),
    ],
)
def test_what_has_no_spectrogram_is_refused(wave, settings, match):
    with pytest.raises(ValueError, match=match):
        sound.spectrogram(wave, **settings)


# Back to sound


def test_griffin_and_lim_give_back_a_tone_and_a_voice(held_out):
    back = sound.griffin_lim(sound.log_mel(tone(625).float()))
    assert back.shape == (2048,) and back.dtype == torch.float32
    strong = sound.spectrogram(back)[4:-4].mean(0)
    assert strong.argmax() in (19, 20, 21) and 0.3 < back.abs()[200:-200].max() < 0.8
    spoken = sound.log_mel(held_out.waves[:20, :1920])
    again = sound.griffin_lim(spoken)
    assert again.shape == (20, 1920)
    off = (sound.log_mel(again) - spoken).abs().mean()
    assert off < 0.3 < 0.5 * (spoken - spoken.mean((0, 1))).abs().mean()
    assert off < (sound.log_mel(sound.griffin_lim(spoken, iterations=1)) - spoken).abs().mean()
    assert torch.equal(sound.griffin_lim(spoken[3]), sound.griffin_lim(spoken[3]))


@pytest.mark.parametrize("shape", [(40,), (8, 39), (3, 40)])
def test_what_is_no_mel_spectrogram_has_no_way_back(shape):
    with pytest.raises(ValueError, match=r"log_mels must be \(\.\.\., T, 40\) with T of 4 or more"):
        sound.griffin_lim(torch.zeros(shape))


def test_neither_the_package_nor_the_syllables_load_librosa():
    code = (
        "import sys; from gan_lessons import metrics, widgets; from gan_lessons.data import speech; speech();"
        "assert not {'librosa', 'numba'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
