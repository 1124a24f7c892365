"""Checks of lesson 01's exercises."""

import math

import torch

from . import call, number, tensor


def check_1(printed):
    printed = number(printed)
    if abs(printed - math.log(2)) < 1e-3:
        return None
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
    right = -torch.log1p(-z) / 2
    if torch.allclose(samples, right, atol=1e-5):
        return None
    if torch.allclose(samples, -right, atol=1e-5):
        return "your samples are negative: log(1 − z) is below 0, so a minus sign is missing"
    if torch.allclose(samples, 4 * right, atol=1e-5):
        return "a high rate makes small samples: divide by rate"
    if torch.allclose(samples, 2 * right, atol=1e-5):
        return "right for rate 1 only: where does rate come in?"
    if torch.allclose(samples[1:], torch.log(z[1:]) / 2, atol=1e-5):
        return "large z must give large samples, none below 0: a minus sign, and the share 1 − z that lies above"
    if torch.allclose(samples, -torch.log(z) / 2, atol=1e-5):
        return "the right distribution, but large z must give large samples: use the share 1 − z that lies above"
    if torch.allclose(samples, torch.exp(-2 * z), atol=1e-5) or torch.allclose(
        samples, 1 - torch.exp(-2 * z), atol=1e-5
    ):
        return "this gives the share for a sample; you need the sample for a share: solve for t"
    median = samples[1].item()
    return f"with rate 2 and z = 0.5 the sample must be log(2)/2 = 0.347, the median; yours is {median:.3f}"


def check_3(names):
    if not isinstance(names, set | frozenset | list | tuple):
        return f"give a set of names, not a {type(names).__name__}"
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
