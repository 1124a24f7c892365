"""Sound as numbers: 256 levels by the μ-law, spectrograms, mel spectrograms, and the way back by Griffin and Lim."""

import math
from functools import cache

import torch
from torch.nn.functional import pad

from ..checks import whole

LEVELS = 256
RATE = 8_000  # samples a second
N_FFT, HOP = 256, 64  # samples under the window, 32 ms, and from one frame to the next, 8 ms
MELS, F_MIN, F_MAX = 40, 50, 4_000  # bands of the mel spectrogram; where they begin and end, in Hz
FLOOR = 1e-4  # what is weaker in a band is about the noise of the 256 levels


def mu_law(wave):
    """Return a wave in 256 levels that lie the closer the nearer to silence: int64 of the same shape, 0 to 255.

    `wave`: floats in [-1, 1], of any shape; what is beyond is clipped. The μ-law of ITU-T G.711 as a formula, as in
    van den Oord et al. 2016 (WaveNet), section 2.2: sign(x) · ln(1 + 255 |x|) / ln 256, rounded.
    """
    wave = _wave(wave).clamp(-1, 1)
    squeezed = wave.sign() * torch.log1p((LEVELS - 1) * wave.abs()) / math.log(LEVELS)
    return ((squeezed + 1) / 2 * (LEVELS - 1) + 0.5).long()


def mu_law_inverse(levels):
    """Return the wave, floats in [-1, 1], that `mu_law` gives as `levels`, integers from 0 to 255 of any shape.

    Raises ValueError for other numbers.
    """
    levels = torch.as_tensor(levels)
    if levels.is_floating_point() or (levels.numel() and not 0 <= int(levels.min()) <= int(levels.max()) < LEVELS):
        raise ValueError(f"levels must be integers from 0 to {LEVELS - 1}, as mu_law returns; not {_range(levels)}")
    squeezed = 2 * levels.float() / (LEVELS - 1) - 1
    return squeezed.sign() * torch.expm1(squeezed.abs() * math.log(LEVELS)) / (LEVELS - 1)


def spectrogram(wave, n_fft=N_FFT, hop=HOP):
    """Return how strong each frequency is over time: (..., L // hop, n_fft // 2 + 1), the magnitudes of the STFT.

    `wave`: floats (..., L). A Hann window of `n_fft` samples moves on by `hop`; frame t is centred on the samples from
    t · hop to (t + 1) · hop, and the wave is mirrored at its ends. Bin k is k · rate / n_fft Hz. Can be derived. Raises
    ValueError for waves shorter than a window, and for a hop that does not leave the window an even rest.
    """
    wave, n_fft = _wave(wave), whole(n_fft, "n_fft", 2)
    hop = whole(hop, "hop", high=n_fft)
    if wave.shape[-1] < n_fft or (n_fft - hop) % 2:
        raise ValueError(
            f"a wave must be {n_fft} samples, one window, or more, and n_fft - hop even; not {wave.shape[-1]} samples "
            f"and {n_fft} - {hop}"
        )
    window = torch.hann_window(n_fft, dtype=wave.dtype, device=wave.device)
    mirrored = pad(wave.reshape(-1, wave.shape[-1]), ((n_fft - hop) // 2,) * 2, mode="reflect")
    whole_fft = torch.stft(mirrored, n_fft, hop, window=window, center=False, return_complex=True)
    # of 0, a complex number's absolute value has a derivative of 0; the square root of its square has none
    return whole_fft.abs().mT.unflatten(0, wave.shape[:-1]) if wave.dim() > 1 else whole_fft[0].abs().mT


@cache
def mel_bank(n_fft=N_FFT, n_mels=MELS, rate=RATE, f_min=F_MIN, f_max=F_MAX):
    """Return the weights that sum a spectrogram's bins into bands as the ear does: float32 (n_fft // 2 + 1, n_mels).

    Triangles that are even up to 1,000 Hz and in the logarithm above (Slaney's mel scale), each of the same area, as
    librosa makes them, and HiFi-GAN takes them from there. ``spectrogram(wave) @ mel_bank()`` is a mel spectrogram.
    Shared: change a clone.
    """
    from librosa.filters import mel

    return torch.from_numpy(mel(sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=f_min, fmax=f_max)).T.contiguous()


def log_mel(wave):
    """Return the mel spectrogram of a wave (..., L) at 8,000 samples a second, in logarithm: (..., L // 64, 40).

    Natural logarithms of the magnitudes in 40 bands from 50 to 4,000 Hz, at least ln 1e-4 = -9.2; a frame is 8 ms. Can
    be derived, so that it can be a loss (Kong et al. 2020, HiFi-GAN, eq. 5). Raises as `spectrogram` does.
    """
    strong = spectrogram(wave)
    return (strong @ mel_bank().to(strong)).clamp(min=FLOOR).log()


def griffin_lim(log_mels, iterations=32):
    """Return a wave whose mel spectrogram is about as given: float32 (..., T · 64) from (..., T, 40), `log_mel`'s.

    No training: a spectrogram is sought that gives these bands, then phases that fit its magnitudes (Griffin and Lim
    1984), both by librosa. The first call on a machine compiles for a quarter of a minute. The same wave each time.
    Raises ValueError for other shapes, and for fewer than 4 frames.
    """
    import librosa

    log_mels = torch.as_tensor(log_mels).detach().cpu()
    if log_mels.dim() < 2 or log_mels.shape[-1] != MELS or log_mels.shape[-2] < N_FFT // HOP:
        raise ValueError(f"log_mels must be (..., T, {MELS}) with T of 4 or more, not {tuple(log_mels.shape)}")
    bands = log_mels.float().exp().mT.numpy()
    strong = librosa.util.nnls(mel_bank().T.numpy(), bands)
    wave = librosa.griffinlim(
        strong, n_iter=whole(iterations, "iterations"), hop_length=HOP, n_fft=N_FFT, center=False, random_state=0
    )
    edge = (N_FFT - HOP) // 2
    return torch.from_numpy(wave[..., edge:-edge].copy()).float()


def _wave(wave):
    """Return a wave as a tensor of floats, with its gradient."""
    wave = torch.as_tensor(wave)
    if not wave.is_floating_point() or wave.dim() == 0:
        raise ValueError(f"a wave must be floats in [-1, 1], one after the other, not {_range(wave)}")
    return wave


def _range(values):
    low, high = (value.item() for value in values.aminmax()) if values.numel() else (None, None)
    return f"{values.dtype} {tuple(values.shape)} from {low} to {high}"
