"""Voices: their pitch over time, which of the four tones it is, and how far one sound is from another.

All is computed from the waves. Pitches are in Hz, their differences in semitones, a twelfth of an octave.
"""

from functools import cache

import torch
from torch.nn.functional import pad

from ..checks import as_tensor
from ..data.sound import HOP, RATE, log_mel, spectrogram
from ..data.speech import speech

LOWEST, HIGHEST = 80, 600  # Hz: where a voice is looked for
WINDOW = 256  # samples that are compared with those a period later: 32 ms
VOICED = 0.5  # the least correlation of a wave with itself a period later
AUDIBLE = 0.05  # of a wave's loudest frame
SHORTEST = 0.85  # of the best correlation: the shortest period that reaches it, since its multiples do as well
FINE = 512, 128  # window and hop of the fine spectral distance, in samples
WEAK = 1e-3  # magnitudes below are about the noise of 256 levels


def pitch(waves):
    """Return the pitch of each frame in Hz, from 80 to 600, NaN where there is no voice: (..., L // 64).

    `waves`: floats (..., L) at 8,000 samples a second; frame t is that of `log_mel`, 8 ms long. The period is the
    shortest of those after which the wave is most like itself, by the normalised correlation (Talkin 1995, RAPT),
    refined by a parabola. A frame has a voice if that is above 0.5, and the frame not below a twentieth of the loudest
    one. Raises ValueError for other shapes and dtypes.
    """
    waves = _waves(waves)
    shortest, longest = RATE // HIGHEST, RATE // LOWEST
    size = WINDOW + longest + 1
    left = (size - HOP) // 2
    frames = pad(waves, (left, size - HOP - left)).unfold(-1, size, HOP)  # (..., T, size)
    alike = _correlations(frames, longest + 2)
    here = alike[..., shortest : longest + 1]
    peaks = (here >= alike[..., shortest - 1 : longest]) & (here >= alike[..., shortest + 1 :])
    heights = torch.where(peaks, here, 0)
    best = heights.amax(-1, keepdim=True)
    lag = (heights >= SHORTEST * best).int().argmax(-1, keepdim=True) + shortest
    before, at, after = (alike.gather(-1, lag + step)[..., 0] for step in (-1, 0, 1))
    summit = (before - after) / (2 * (before - 2 * at + after)).clamp(max=-1e-9)
    loud = frames[..., left : left + HOP].square().mean(-1).sqrt()
    voiced = (best[..., 0] > VOICED) & (loud > AUDIBLE * loud.amax(-1, keepdim=True))
    return torch.where(voiced, RATE / (lag[..., 0] + summit.clamp(-0.5, 0.5)), torch.nan)


def tone_shape(waves):
    """Return the median pitch at the start, in the middle and at the end of each syllable, in Hz: (N, 3).

    `waves`: (N, L) as for `pitch`, each one syllable. Start, middle and end are the first, middle and last fifth of the
    frames with a voice. NaN where these are fewer than five. Raises as `pitch` does.
    """
    return torch.stack([_three(row[~row.isnan()]) for row in pitch(_batch(waves))])


@cache
def tone_templates():
    """Return the median `tone_shape` of the training syllables in each of the tones 1 to 4, in Hz: (4, 3)."""
    train = speech()
    shapes = tone_shape(train.waves)
    return torch.stack([shapes[train.tones == tone].nanmedian(0).values for tone in (1, 2, 3, 4)])


def predicted_tones(waves):
    """Return which tone each syllable (N, L) has, int64 (N,): 1 to 4, or 0 where there is too little voice to tell.

    It is the one whose template is nearest to the syllable's `tone_shape`, in semitones: nothing is trained. The pitch
    counts as it is, so this is for the voice of `speech`. Raises as `pitch` does.
    """
    shapes = tone_shape(waves)
    tones = torch.cdist(shapes.nan_to_num(1).log2(), tone_templates().log2()).argmin(1) + 1
    return torch.where(shapes.isnan().any(1), 0, tones)


def pitch_distance(waves, real):
    """Return how far the pitch of waves is from that of real ones, in semitones: (...), the mean of the frames.

    Frames count in which both have a voice; NaN where there are none. Both (..., L) as for `pitch`.
    """
    waves, real = _pair(waves, real)
    return 12 * (pitch(waves) / pitch(real)).log2().abs().nanmean(-1)


def mel_distance(waves, real):
    """Return the mean absolute difference of two waves' log mel spectrograms: (...), in natural logarithms.

    Frames in which `real` is exactly 0, as after a syllable's end, do not count. Both (..., L) as for `pitch`, of one
    shape. Raises ValueError for others.
    """
    waves, real = _pair(waves, real)
    return _mean((log_mel(waves) - log_mel(real)).abs(), spectrogram(real))


def spectral_distance(waves, real):
    """Return the mean absolute difference of two waves' log spectrograms, finer than `mel_distance` sees: (...).

    A window of 512 samples moves on by 128, so that the bins are 15.6 Hz apart and the harmonics of a voice stand apart
    at all heights; in natural logarithms, at least ln 1e-3. `waves` and `real` as for `mel_distance`.
    """
    waves, real = _pair(waves, real)
    strong, wanted = (spectrogram(wave, *FINE) for wave in (waves, real))
    return _mean((strong.clamp(min=WEAK).log() - wanted.clamp(min=WEAK).log()).abs(), wanted)


def _correlations(frames, lags):
    """Return the normalised correlation of each frame's first WINDOW samples with those 0 to lags - 1 later."""
    length = 1 << (frames.shape[-1] + WINDOW).bit_length()
    first, whole = (torch.fft.rfft(part, length) for part in (frames[..., :WINDOW], frames))
    products = torch.fft.irfft(first.conj() * whole, length)[..., :lags]
    sums = pad(frames.square().cumsum(-1), (1, 0))
    energies = (sums[..., WINDOW:] - sums[..., :-WINDOW])[..., :lags].clamp(min=0)
    return products / (energies[..., :1] * energies).clamp(min=1e-12).sqrt()


def _three(voiced):
    """Return the medians of the first, the middle and the last fifth of the pitches (T,)."""
    fifth, middle = len(voiced) // 5, len(voiced) // 2
    if not fifth:
        return torch.full((3,), torch.nan)
    start = middle - fifth // 2
    return torch.stack([part.median() for part in (voiced[:fifth], voiced[start : start + fifth], voiced[-fifth:])])


def _mean(differences, real):
    """Return the mean of differences (..., T, K) over the frames in which the spectrogram `real` is not empty."""
    counts = (real.amax(-1) > 0).float()
    return (differences.mean(-1) * counts).sum(-1) / counts.sum(-1)


def _waves(waves):
    waves = as_tensor(waves, "waves", "(..., L)")
    if not waves.is_floating_point() or waves.dim() == 0 or waves.shape[-1] < WINDOW:
        raise ValueError(
            f"waves must be floats (..., L) in [-1, 1] with L of {WINDOW} or more, not {waves.dtype} "
            f"{tuple(waves.shape)}"
        )
    return waves.float().cpu()


def _batch(waves):
    waves = _waves(waves)
    if waves.dim() != 2:
        raise ValueError(
            f"waves must be (N, L), a syllable each, not {tuple(waves.shape)}; waves[None] makes one N = 1"
        )
    return waves


def _pair(waves, real):
    waves, real = _waves(waves), _waves(real)
    if waves.shape != real.shape:
        raise ValueError(
            f"waves {tuple(waves.shape)} and real {tuple(real.shape)} must be of one shape; cut the longer"
        )
    return waves, real
