"""Checks of lesson 12's exercises."""

import torch

from .answers import call, choices, number, tensor
from .compare import Case, compared


def check_1(entry):
    """The kernel (3, 4) under the style (2, 1) is (6, 4), of length √52."""
    found = number(entry)
    if abs(found - 4 / 52**0.5) < 5e-3:
        return None
    if abs(found - 6 / 52**0.5) < 5e-3:
        return "this is the first entry: the second is asked for"
    if abs(found - 0.8) < 5e-3:
        return "this is the second entry without the style: multiply the kernel by the style first, entry by entry"
    if abs(found - 4 / 52) < 5e-3:
        return "divide by the length of the kernel, not by its square: a root is missing"
    if abs(found - 4) < 5e-3:
        return "that is the kernel after modulation; now divide it by its own length"
    if abs(found - 8 / 73**0.5) < 5e-3:
        return "the style is the wrong way round: its first entry belongs to the first input channel"
    return f"{found:g} is not it: multiply 3 and 4 by 2 and 1, then divide by the length of what you have"


def check_2(truncated):
    def case(words, pictures, layers, psi, first, why=""):
        generator = torch.Generator().manual_seed(pictures)
        w = torch.randn(pictures, layers, 2, generator=generator)
        mean = torch.tensor([0.7, -1.3])
        return Case(words, (w, mean, psi, first), why)

    cases = [
        case("two pictures of three layers, ψ = 0.25 and the first 2 layers", 2, 3, 0.25, 2, "towards the mean"),
        case("three pictures of two layers, ψ = 0.8 and the first layer", 3, 2, 0.8, 1),
        case("ψ = 0 and all of two layers", 1, 2, 0.0, 2, "at 0 every style is the mean"),
        case("ψ = 1.5 and 2 of four layers", 1, 4, 1.5, 2, "above 1 it goes away from the mean"),
        case("no layer at all", 2, 2, 0.5, 0, "then nothing changes"),
    ]
    return compared(truncated, _truncated(), cases, _NOT_TRUNCATED, look=_like_first)


def _like_first(function, first, *others):
    """Look at a function whose result has the shape of its first argument."""
    return {"it": tensor(call(function, first, *others), first.shape)}


def _truncated(to=torch.lerp, chosen=lambda i, layers, first: i < first):
    """Return w with some of its layers moved towards the mean, or with a mistake."""

    def truncated(w, mean, psi, first):
        layers = w.shape[1]
        some = chosen(torch.arange(layers), layers, first)[:, None]
        return torch.where(some, to(mean.expand_as(w), w, psi), w)

    return truncated


_NOT_TRUNCATED = [
    ("these are the last layers: truncate the first ones", _truncated(
        chosen=lambda i, layers, first: i >= layers - first
    )),
    ("this truncates all layers: keep those from number `layers` on", _truncated(
        chosen=lambda i, layers, first: i >= 0
    )),
    ("this truncates one layer more than it should", _truncated(chosen=lambda i, layers, first: i <= first)),
    ("this truncates the other layers: keep those from number `layers` on", _truncated(
        chosen=lambda i, layers, first: i >= first
    )),
    ("this goes towards 0; the mean of all w is not 0", _truncated(to=lambda mean, w, psi: psi * w)),
    ("ψ is what is *left* of the way from the mean to w: at ψ = 1 nothing changes", _truncated(
        to=lambda mean, w, psi: torch.lerp(w, mean, psi)
    )),
    ("the way from the mean is shortened, but then the mean has to be added again", _truncated(
        to=lambda mean, w, psi: psi * (w - mean)
    )),
    ("this adds the mean to ψ · w: shorten the way *from the mean*, w − mean", _truncated(
        to=lambda mean, w, psi: mean + psi * w
    )),
]  # fmt: skip


def check_3(apart):
    def case(words, direction, other, why=""):
        return Case(words, (torch.tensor(direction), torch.tensor(other)), why)

    cases = [
        case("(1, 1, 0) and (2, 0, 0)", [1.0, 1.0, 0.0], [2.0, 0.0, 0.0], "the second need not have length 1"),
        case("(3, −1) and (1, 2)", [3.0, -1.0], [1.0, 2.0]),
        case("(0.5, 2, −1, 1) and (1, −1, 1, 3)", [0.5, 2.0, -1.0, 1.0], [1.0, -1.0, 1.0, 3.0]),
    ]
    return compared(apart, _apart(), cases, _NOT_APART, look=_like_first)


def _apart(share=lambda n, m: (n @ m) / (m @ m), sign=1):
    return lambda n, m: n - sign * share(n, m) * m


_NOT_APART = [
    ("the other direction need not have length 1: divide by its square", _apart(share=lambda n, m: n @ m)),
    ("divide by the *square* of the other direction's length", _apart(share=lambda n, m: (n @ m) / m.norm())),
    ("this divides by the square of the first direction's length: take the other's", _apart(
        share=lambda n, m: (n @ m) / (n @ n)
    )),
    ("the wrong sign: what the two have in common is taken *away*", _apart(sign=-1)),
    ("this subtracts the whole other direction: take away as much of it as the first holds", _apart(
        share=lambda n, m: 1.0
    )),
    ("this is the part that the two have in common: it is the part to take away", lambda n, m: (
        (n @ m) / (m @ m) * m
    )),
    ("this makes the *other* direction apart from the first", lambda n, m: m - (n @ m) / (n @ n) * n),
    ("right but for its length: leave the rest of the direction as long as it is", lambda n, m: (
        _apart()(n, m) / _apart()(n, m).norm()
    )),
]  # fmt: skip

EVIDENCE = {
    "A": "it is about how *strong* a layer's output is, and about layers that multiply: see section 1.3",
    "B": "each picture is right as long as all layers have one style: what did training never show its layers?",
    "C": "a w alone decides every pixel: which input can differ between two pictures of one w?",
    "D": "it is about the optimiser, before there is any picture to look at: see section 1.1",
}


def check_4(missing):
    right = {"A": "demodulation", "B": "style mixing", "C": "noise", "D": "equalised rate"}
    return choices(missing, right, EVIDENCE, "generator")
