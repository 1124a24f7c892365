"""Checks of lesson 01's exercises."""

import math

import torch

from . import call, described, number, tensor


def check_1(printed):
    printed = number(printed)
    if abs(printed - math.log(2)) < 1e-3:
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
    z = torch.tensor([0.0, 0.5, 0.9], dtype=torch.float64)
    samples = tensor(call(exponential, z, 2.0), (3,)).double()
    above = -torch.log1p(-z) / 2

    def like(values):  # z = 0 is left aside, where some answers guard a logarithm of 0
        return torch.allclose(samples[1:], values[1:], atol=1e-5)

    if like(above):
        if abs(samples[0].item()) < 1e-5:
            return None
        return f"right for z = 0.5 and 0.9, but for z = 0 the sample is 0, and yours is {samples[0].item():.3g}"
    if like(-above):
        return "your samples are negative: log(1 − z) is below 0, so a minus sign is missing"
    if like(4 * above):
        return "a high rate makes small samples: divide by rate"
    if like(2 * above):
        return "right for rate 1 only: where does rate come in?"
    if like(torch.log(z) / 2):
        return "large z must give large samples, none below 0: a minus sign, and the share 1 − z that lies above"
    if like(-torch.log(z) / 2):
        return "the right distribution, but large z must give large samples: use the share 1 − z that lies above"
    if like(torch.exp(-2 * z)) or like(1 - torch.exp(-2 * z)):
        return "this gives the share for a sample; you need the sample for a share: solve for t"
    return f"with rate 2, z = 0.9 must give log(10)/2 = 1.151; yours gives {samples[2].item():.3f}"


def check_3(names):
    if not isinstance(names, set | frozenset | list | tuple):
        return f"give a set of names, not {described(names)}"
    names = {str(name).strip() for name in names}
    known = {"StyleGAN", "DCGAN", "VideoGAN", "Tacotron", "WaveNet", "SeqGAN", "GPT", "3D-GAN", "TextGAN"}
    if unknown := names - known:
        return f"{min(unknown)!r} is not among the nine names"
    if "TextGAN" in names:
        return "TextGAN stands in the wrong row of the document, but it is trained against a discriminator"
    if "SeqGAN" in names:
        return "SeqGAN goes round the missing gradient with a reward, but the reward is a discriminator's opinion"
    if wrong := names & {"StyleGAN", "DCGAN", "VideoGAN", "3D-GAN"}:
        return f"{min(wrong)} has a discriminator: it is a GAN"
    if missing := {"Tacotron", "WaveNet", "GPT"} - names:
        return f"{len(missing)} more: which of the rest are trained by regression or likelihood?"
