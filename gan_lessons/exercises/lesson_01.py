"""Checks of lesson 01's exercises."""

import math
from collections.abc import Iterable

import torch

from .answers import call, described, name_among, number, rounded, tensor
from .compare import Case, compared


def check_1(printed):
    printed = number(printed)
    if rounded(printed, math.log(2), 3):
        return None
    if abs(printed - math.log(2)) < 6e-3:
        return "close: give it to three decimals"
    if abs(printed - 2 * math.log(2)) < 1e-3:
        return "that is the sum of the two means; this program takes one mean over the whole batch"
    if printed < 0:
        return "a logarithm of 0.5 is negative; the loss is minus that"
    if printed == 0:
        return "a loss of 0 would be a D that is always right and sure of it; this one knows nothing"
    if printed == 0.5:
        return "0.5 is the probability; the loss is −log 0.5"
    if abs(printed - 1) < 1e-3 or abs(printed - math.log10(2)) < 1e-3:
        return "the losses use the natural logarithm, to base e"
    return f"{printed:g} is not it: every number in the batch contributes −log 0.5"


def check_2(exponential):
    cases = [
        Case("z = (0.9, 0.5, 0.2) and rate 2", (torch.tensor([0.9, 0.5, 0.2]), 2.0)),
        Case(
            "z = (0.3, 0.9999, 0.01, 0.6, 0.05) and rate 0.5",
            (torch.tensor([0.3, 0.9999, 0.01, 0.6, 0.05]), 0.5),
            "−log(1 − z) / rate, each sample in the place of its z",
        ),
        Case("z = (0, 0.25) and rate 2", (torch.tensor([0.0, 0.25], dtype=torch.float64), 2.0), "z may be 0"),
    ]
    return compared(exponential, _exponential, cases, _NOT_EXPONENTIAL, look=_samples)


def _samples(exponential, z, rate):
    return {"the samples": tensor(call(exponential, z, rate), z.shape)}


def _exponential(z, rate):
    return -torch.log1p(-z) / rate


_NOT_EXPONENTIAL = [
    ("your samples are negative: log(1 − z) is below 0, so a minus sign is missing", lambda z, r: -_exponential(z, r)),
    ("a high rate makes small samples: divide by rate", lambda z, r: _exponential(z, 1 / r)),
    ("right for rate 1 only: where does rate come in?", lambda z, r: _exponential(z, 1)),
    ("right for rate 2 only: divide by the rate that you are given", lambda z, r: _exponential(z, 2)),
    ("each sample belongs in the place of its z: do not sort", lambda z, r: _exponential(z, r).sort().values),
    *[
        (hint, lambda z, r, sign=sign, least=least: sign * torch.log(z.clamp_min(least)) / r)
        for hint, sign in (
            ("large z must give large samples, none below 0: a minus sign, and the share 1 − z that lies above", 1),
            ("the right distribution, but large z must give large samples: use the share 1 − z that lies above", -1),
        )
        for least in (0, 1e-12, 1e-8)
    ],
    *[
        ("this gives the share for a sample; you need the sample for a share: solve for t", share)
        for share in (lambda z, r: torch.exp(-r * z), lambda z, r: 1 - torch.exp(-r * z))
    ],
]


def check_3(names):
    if isinstance(names, str) or not isinstance(names, Iterable):
        return f"give a set of names, not {described(names)}"
    given, names = list(names), set()
    for name in given:
        names.add(name_among(name, _NINE))
        if None in names:
            return f"{str(name)!r} is not among the nine names"
    if "TextGAN" in names:
        return "TextGAN stands in the wrong row of the document, but it is trained against a discriminator"
    if "SeqGAN" in names:
        return "SeqGAN goes round the missing gradient with a reward, but the reward is a discriminator's opinion"
    if wrong := names & {"StyleGAN", "DCGAN", "VideoGAN", "3D-GAN"}:
        return f"{min(wrong)} has a discriminator: it is a GAN"
    if missing := {"Tacotron", "WaveNet", "GPT"} - names:
        return f"{len(missing)} more: which of the rest are trained by regression or likelihood?"


_NINE = ("StyleGAN", "DCGAN", "VideoGAN", "Tacotron", "WaveNet", "SeqGAN", "GPT", "3D-GAN", "TextGAN")
