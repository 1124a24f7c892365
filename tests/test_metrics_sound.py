"""Voices: their pitch against tones whose pitch is known and against librosa's; the four tones; distances of sounds."""

import math

import librosa
import numpy as np
import pytest
import torch

from gan_lessons import metrics
from gan_lessons.data import sound, speech
from gan_lessons.data.speech import RATE


def voice(frequencies, harmonics=(1, 2, 3, 4, 5)):
    """Return a wave with these harmonics of a pitch that is given at each sample, in Hz."""
    phase = 2 * math.pi * (torch.as_tensor(frequencies).double() / RATE).cumsum(0)
    return (sum((k * phase).sin() / k for k in harmonics) / 3).float()


@pytest.fixture(scope="module")
def held_out():
    return speech(train=False)


@pytest.mark.parametrize("hertz", [85, 123.4, 200, 311.1, 440, 590])
@pytest.mark.parametrize("harmonics", [(1,), (1, 2, 3, 4, 5), (2, 3, 4)], ids=["pure", "voice", "no fundamental"])
def test_the_pitch_of_a_steady_tone_is_found_to_one_percent(hertz, harmonics):
    found = metrics.pitch(voice([hertz] * 4000, harmonics))
    assert found.shape == (62,)
    np.testing.assert_allclose(found[4:-4], hertz, rtol=0.01)


def test_the_pitch_of_a_glide_is_followed_frame_by_frame():
    glide = torch.linspace(400, 150, 4096)
    found = metrics.pitch(voice(glide))
    middle = glide.unfold(0, 64, 64).mean(1)  # of each frame
    np.testing.assert_allclose(found[4:-4], middle[4:-4], rtol=0.025)


def test_where_there_is_no_voice_there_is_no_pitch():
    assert metrics.pitch(torch.zeros(1024)).isnan().all()
    noise = torch.randn(8000, generator=torch.Generator().manual_seed(0))
    assert metrics.pitch(noise).isnan().float().mean() > 0.98
    half = torch.cat([voice([200] * 2048), 0.001 * noise[:2048]])
    found = metrics.pitch(torch.stack([half, half.flip(0)]))
    assert found.shape == (2, 64)
    assert not found[0, 2:28].isnan().any() and found[0, 36:].isnan().all() and found[1, :28].isnan().all()


def test_the_pitch_of_real_voices_is_that_of_librosas_pyin(held_out):
    differences = []
    for wave, length in zip(held_out.waves[:30], held_out.lengths[:30].tolist(), strict=True):
        wave = wave[: length - length % 64]
        theirs, *_ = librosa.pyin(
            np.pad(wave.numpy(), 224), fmin=80, fmax=600, sr=RATE, frame_length=512, hop_length=64, center=False
        )
        differences.append(12 * np.log2(metrics.pitch(wave).numpy() / theirs))
    both = np.abs(np.concatenate(differences))
    both = both[~np.isnan(both)]
    assert len(both) > 500 and np.median(both) < 0.2 and (both < 1).mean() > 0.97


def test_the_shape_of_a_tone_is_its_pitch_at_the_start_in_the_middle_and_at_the_end():
    steps = torch.tensor([300.0] * 1280 + [200.0] * 1280 + [250.0] * 1280)
    shape = metrics.tone_shape(torch.nn.functional.pad(voice(steps), (320, 640))[None])
    np.testing.assert_allclose(shape, [[300, 200, 250]], rtol=0.01)
    assert metrics.tone_shape(torch.zeros(2, 1000)).isnan().all()


def test_the_four_tones_stay_rise_dip_and_fall():
    found = metrics.tone_templates()
    measured = [[399, 394], [345, 376], [283, 191], [349, 216]]  # medians by another program: starts and ends
    np.testing.assert_allclose(found[:, [0, 2]], measured, rtol=0.05)
    assert found[2, 1].item() == pytest.approx(182, rel=0.02)
    level, rising, dipping, falling = found
    assert (level / level.median()).log2().abs().max() < 0.25 / 12
    assert rising[0] < rising[1] < rising[2] and falling[0] > falling[1] > falling[2]
    assert dipping[1] < dipping[2] < dipping[0]


def test_the_tone_of_most_held_out_syllables_is_told(held_out):
    tones = metrics.predicted_tones(held_out.waves)
    four = held_out.tones < 5
    assert (tones == held_out.tones)[four].float().mean() > 0.93  # 107 of 110
    shuffled = held_out.tones[four][torch.randperm(int(four.sum()), generator=torch.Generator().manual_seed(0))]
    assert (tones[four] == shuffled).float().mean() < 0.4


def test_tones_of_synthetic_voices_and_of_none():
    for tone, shape in enumerate(metrics.tone_templates(), 1):
        steps = torch.nn.functional.interpolate(shape[None, None], 2400, mode="linear", align_corners=True)[0, 0]
        assert metrics.predicted_tones(voice(steps)[None]).tolist() == [tone]
    assert metrics.predicted_tones(torch.zeros(1, 2400)).tolist() == [0]


def test_the_distance_of_pitches_is_in_semitones():
    low, high = voice([200] * 2048), voice([400] * 2048)
    assert metrics.pitch_distance(high, low).item() == pytest.approx(12, abs=0.1)
    assert metrics.pitch_distance(low, high).item() == pytest.approx(12, abs=0.1)
    assert metrics.pitch_distance(low, low) == 0
    assert metrics.pitch_distance(torch.zeros(2048), low).isnan()


@pytest.mark.parametrize("distance", [metrics.mel_distance, metrics.spectral_distance])
def test_a_wave_twice_as_loud_is_ln_2_away_and_silence_after_it_does_not_count(distance):
    noise = 0.1 * torch.randn(3, 2048, generator=torch.Generator().manual_seed(0))
    assert distance(noise, noise).tolist() == [0, 0, 0]
    np.testing.assert_allclose(distance(2 * noise, noise), [math.log(2)] * 3, rtol=1e-3)
    padded = torch.nn.functional.pad(noise, (0, 4096))
    np.testing.assert_allclose(distance(2 * padded, padded), [math.log(2)] * 3, rtol=1e-2)


def test_the_fine_distance_sees_what_the_bands_do_not(held_out):
    """Griffin and Lim fit the bands; but their harmonics are blurred."""
    real = held_out.waves[:, :1920]
    made = sound.griffin_lim(sound.log_mel(real))
    mel, fine = (distance(made, real).mean() for distance in (metrics.mel_distance, metrics.spectral_distance))
    others = [distance(real.roll(1, 0), real).mean() for distance in (metrics.mel_distance, metrics.spectral_distance)]
    assert mel < 0.2 * others[0] and fine > 0.4 * others[1]


def test_the_fine_distance_tells_harmonics_that_are_6_hz_apart_and_more():
    noise = 0.01 * torch.randn(2048, generator=torch.Generator().manual_seed(0))
    one, other = (voice([hertz] * 2048, range(1, 20)) + noise for hertz in (200, 206))
    assert metrics.spectral_distance(one, other) > 2 * metrics.mel_distance(one, other)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: metrics.pitch(torch.zeros(2048).long()), r"waves must be floats \(\.\.\., L\) .* not torch.int64"),
        (lambda: metrics.pitch(torch.zeros(255)), "L of 256 or more"),
        (lambda: metrics.tone_shape(torch.zeros(2048)), r"waves must be \(N, L\), .* waves\[None\]"),
        (lambda: metrics.predicted_tones(torch.zeros(1, 1, 2048)), r"waves must be \(N, L\)"),
        (lambda: metrics.mel_distance(torch.zeros(2048), torch.zeros(2049)), "must be of one shape; cut the longer"),
        (lambda: metrics.pitch_distance(torch.zeros(2, 512), torch.zeros(1, 512)), "must be of one shape"),
    ],
)
def test_what_is_no_wave_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
