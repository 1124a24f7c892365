"""Lesson 15's vocoder and what belongs to it: a reader of the pitch, and judges of waves, for 8,000 samples a second.

Mel spectrograms are (N, T, 40) as `gan_lessons.data.sound.log_mel` gives them; waves (N, T · 64) in [-1, 1].
"""

import torch
from torch import nn
from torch.nn.functional import avg_pool1d, interpolate, leaky_relu, pad

from ..data.sound import RATE
from .speech import scaled


class Residual(nn.Module):
    """Three convolutions that look ever further, each added to what it was given: (N, channels, L) → the same."""

    def __init__(self, channels, dilations=(1, 3, 9)):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(channels, channels, 3, dilation=d, padding=d) for d in dilations)

    def forward(self, x):
        for conv in self.convs:
            x = x + conv(leaky_relu(x, 0.1))
        return x


class PitchReader(nn.Module):
    """Mels (N, T, 40) → the pitch of each frame in Hz, and the logit that there is a voice, each (N, T)."""

    def __init__(self, width=64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(40, width, 5, padding=2), nn.ReLU(), nn.Conv1d(width, width, 5, padding=2), nn.ReLU(),
            nn.Conv1d(width, 2, 1),
        )  # fmt: skip

    def forward(self, mels):
        octaves, voice = self.layers(scaled(mels).mT).unbind(1)
        return 250 * octaves.clamp(-1.6, 1.3).exp2(), voice

    @torch.no_grad()
    def hum(self, mels):
        """Return a wave (N, T · 64) that hums the pitch of mels where there is a voice, and is 0 elsewhere."""
        pitch, voice = self(mels)
        pitch = interpolate(pitch[:, None], scale_factor=64, mode="linear")[:, 0]
        turns = (pitch / RATE).cumsum(1)
        return (2 * torch.pi * (turns % 1)).sin() * (voice > 0).repeat_interleave(64, 1)


class Vocoder(nn.Module):
    """Mels (N, T, 40), their hum (N, T · 64) → waves (N, T · 64) in [-1, 1]: three times, four places are made of one.

    Transposed convolutions with residual blocks (Kumar et al. 2019, MelGAN); a hum as source (Wang et al. 2019, NSF).
    """

    def __init__(self, width=88):
        super().__init__()
        a, b, c, d = width, width // 2, width // 4, width // 8
        self.first = nn.Sequential(nn.Conv1d(40, a, 7, padding=3), *self.up(a, b), *self.up(b, c))
        self.slow, self.fast = nn.Conv1d(1, c, 8, stride=4, padding=2), nn.Conv1d(1, d, 7, padding=3)
        self.second = nn.Sequential(*self.up(c, d))
        self.out = nn.Sequential(Residual(d), nn.LeakyReLU(0.1), nn.Conv1d(d, 1, 7, padding=3), nn.Tanh())

    @staticmethod
    def up(inputs, outputs):
        """Return layers that make four places of one."""
        return nn.LeakyReLU(0.1), nn.ConvTranspose1d(inputs, outputs, 8, stride=4, padding=2), Residual(outputs)

    def forward(self, mels, hum):
        x = self.first(scaled(mels).mT) + self.slow(hum[:, None])
        wave = self.out(self.second(x) + self.fast(hum[:, None]))
        return (wave - avg_pool1d(wave, 255, 1, 127)).squeeze(1)  # no drift: no band would hear it


class PeriodJudge(nn.Module):
    """Waves (N, L), folded at a period, to logits (N, K), with all that was found on the way (HiFi-GAN's MPD)."""

    def __init__(self, period, width=16):
        super().__init__()
        self.period = period
        a, b, c = width, 2 * width, 4 * width
        self.convs = nn.ModuleList(
            nn.Conv2d(i, o, (5, 1), stride=(3, 1), padding=(2, 0)) for i, o in ((1, a), (a, b), (b, c))
        )
        self.convs.append(nn.Conv2d(c, c, (3, 1), padding=(1, 0)))
        self.logits = nn.Conv2d(c, 1, (3, 1), padding=(1, 0))

    def forward(self, waves):
        rows = pad(waves, (0, -waves.shape[1] % self.period)).unflatten(1, (-1, self.period))
        return judged_by(rows[:, None], self.convs, self.logits)


class ScaleJudge(nn.Module):
    """Waves (N, L), each `scale` samples made into their mean, to logits (N, K), with what was found (MelGAN's MSD)."""

    def __init__(self, scale, width=16):
        super().__init__()
        self.scale = scale
        a, b, c = width, 2 * width, 4 * width
        self.convs = nn.ModuleList([
            nn.Conv1d(1, a, 15, padding=7),
            nn.Conv1d(a, b, 21, stride=4, padding=10, groups=4),
            nn.Conv1d(b, c, 21, stride=4, padding=10, groups=4),
            nn.Conv1d(c, c, 5, padding=2),
        ])  # fmt: skip
        self.logits = nn.Conv1d(c, 1, 3, padding=1)

    def forward(self, waves):
        return judged_by(avg_pool1d(waves[:, None], self.scale), self.convs, self.logits)


def judged_by(x, convs, logits):
    """Return logits (N, K) of x, and a list of what each convolution found."""
    found = []
    for conv in convs:
        x = leaky_relu(conv(x), 0.1)
        found.append(x)
    return logits(x).flatten(1), found


class Judges(nn.Module):
    """Waves (N, L) to a list of pairs, logits (N, K) and features: of each period and of each scale."""

    def __init__(self, periods=(2, 3, 5), scales=(1, 2)):
        super().__init__()
        self.all = nn.ModuleList([*map(PeriodJudge, periods), *map(ScaleJudge, scales)])

    def forward(self, waves):
        return [judge(waves) for judge in self.all]
