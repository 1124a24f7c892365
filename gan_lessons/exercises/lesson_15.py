"""Checks of lesson 15's exercises."""

import math

import torch
from torch.nn.functional import pad

from .answers import call, choices, tensor
from .compare import Case, compared

LN_256 = math.log(256)


def check_1(squeeze):
    def case(words, seed, *shape):
        return Case(words, (2 * torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) - 1,))

    cases = [
        case("seven samples", 0, 7),
        case("two waves of five samples", 1, 2, 5),
        Case("a sample of 0", (torch.tensor([0.0, 0.25, -0.001]),), "silence must stay silence"),
    ]
    return compared(squeeze, _squeeze(), cases, _NOT_SQUEEZE, look=_same_shape)


def _same_shape(function, x):
    return {"the result": tensor(call(function, x), x.shape)}


def _squeeze(inner=lambda x: 1 + 255 * x.abs(), sign=torch.sign, log=torch.log, whole=LN_256):
    def squeeze(x):
        return sign(x) * log(inner(x)) / whole

    return squeeze


_NOT_SQUEEZE = [
    ("what is below 0 must stay below 0: the sign is missing", _squeeze(sign=torch.ones_like)),
    ("the logarithm of 255 |x| alone is −∞ at 0; take that of 1 + 255 |x|", _squeeze(lambda x: 255 * x.abs())),
    ("divide by ln 256, so that 1 stays 1", _squeeze(whole=1.0)),
    ("divide by ln 256, not by ln 255: so 1 stays 1", _squeeze(whole=math.log(255))),
    ("divide by ln 256, the logarithm, not by 256", _squeeze(whole=256.0)),
    ("256 levels, but μ is 255", _squeeze(lambda x: 1 + 256 * x.abs())),
    ("both logarithms must be of one kind: this is log₁₀ over ln", _squeeze(log=torch.log10)),
    ("this is the way back; here x is squeezed, not stretched", lambda x: (
        x.sign() * torch.expm1(x.abs() * LN_256) / 255
    )),
]  # fmt: skip


def check_2(reach):
    cases = [
        Case("dilations (1, 2, 4), a kernel of 2 and a rate of 16,000", ((1, 2, 4), 2, 16_000)),
        Case("dilations (1, 3, 9), a kernel of 3 and a rate of 22,050", ((1, 3, 9), 3, 22_050)),
        Case("dilations (1, 2, 1, 2), a kernel of 2 and a rate of 7,000", ((1, 2, 1, 2), 2, 7_000)),
        Case("dilations (5,), a kernel of 4 and a rate of 44,100", ((5,), 4, 44_100)),
    ]
    return compared(reach, _reach(), cases, _NOT_REACH)


def _reach(first=1, further=lambda dilations, kernel: (kernel - 1) * sum(dilations), unit=lambda rate: 1000 / rate):
    def reach(dilations, kernel, rate):
        return (first + further(dilations, kernel)) * unit(rate)

    return reach


_NOT_REACH = [
    ("the place itself is seen, too: one more", _reach(0)),
    ("a kernel of k looks at k − 1 places besides the one where it stands", _reach(
        further=lambda dilations, kernel: kernel * sum(dilations)
    )),
    ("a kernel of k looks at k places, the first of them where it stands: what does it add for each dilation?", _reach(
        0, lambda dilations, kernel: kernel * sum(dilations)
    )),
    ("where does the kernel come in? This is right for a kernel of 2 alone", _reach(
        further=lambda dilations, kernel: sum(dilations)
    )),
    ("each layer adds to what the ones before have seen: add the dilations up, the largest alone is too little", _reach(
        further=lambda dilations, kernel: (kernel - 1) * max(dilations)
    )),
    ("places add up from layer to layer, they do not multiply", lambda dilations, kernel, rate: (
        math.prod(1 + (kernel - 1) * d for d in dilations) * 1000 / rate
    )),
    ("without dilation each layer would see so many; the dilations count", _reach(
        further=lambda dilations, kernel: (kernel - 1) * len(dilations)
    )),
    ("this is in samples; how long is a sample?", _reach(unit=lambda rate: 1)),
    ("this is in seconds; a second has a thousand milliseconds", _reach(unit=lambda rate: 1 / rate)),
]  # fmt: skip


def check_3(fold):
    def case(words, seed, waves, samples, period, why=""):
        return Case(words, (torch.randn(waves, samples, generator=torch.Generator().manual_seed(seed)), period), why)

    cases = [
        case("two waves of 12 samples and period 3", 0, 2, 12, 3),
        case("one wave of 13 samples and period 5", 1, 1, 13, 5, "the last row is not full: fill it up with zeros"),
        case("three waves of 4 samples and period 7", 2, 3, 4, 7),
    ]
    return compared(fold, _fold, cases, _NOT_FOLD, look=_folded)


def _folded(fold, waves, period):
    rows = -(-waves.shape[1] // period)
    return {"the folded waves": tensor(call(fold, waves, period), (len(waves), rows, period))}


def _fold(waves, period):
    return pad(waves, (0, -waves.shape[1] % period)).view(len(waves), -1, period)


_NOT_FOLD = [
    ("each *row* has the next samples, from left to right; here they go down the columns", lambda waves, period: (
        pad(waves, (0, -waves.shape[1] % period)).view(len(waves), period, -1).transpose(1, 2)
    )),
    ("fill up at the end, not at the start", lambda waves, period: (
        pad(waves, (-waves.shape[1] % period, 0)).view(len(waves), -1, period)
    )),
    ("fill up with zeros; here the wave begins again", lambda waves, period: (
        torch.cat([waves] * (1 + period), 1)[:, : -(-waves.shape[1] // period) * period].reshape(
            len(waves), -1, period
        )
    )),
    ("fill up with zeros; here the last sample is repeated", lambda waves, period: (
        torch.cat([waves, waves[:, -1:].expand(-1, period)], 1)[:, : -(-waves.shape[1] // period) * period].reshape(
            len(waves), -1, period
        )
    )),
]  # fmt: skip

HEARD = {
    "A": "every number is a little off, as of a wave that was rebuilt; which of the four is one that was rebuilt well?",
    "B": "its pitch is perfect, and its mel distance is the same at every pitch: what is it, if not another sound?",
    "C": "its samples differ as much as they can, and all else not at all",
    "D": "its pitch is five semitones off and few tones are right",
}
SOUNDS = {"A": "Griffin–Lim", "B": "quieter", "C": "upside down", "D": "another"}


def check_4(named):
    return choices(named, SOUNDS, HEARD, "line")
