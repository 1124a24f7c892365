"""Checks of lesson 04's exercises."""

import math

import torch

from .answers import call, choices, number, rounded, whole
from .compare import Case, compared


def check_1(factor):
    factor = number(factor)
    if rounded(factor, math.exp(10), -3):
        return None
    if abs(factor - math.exp(10)) < 2000:
        return f"close, but {factor:g} is not it to the nearest thousand: what is e^10?"
    if abs(factor - math.exp(-10)) < 1e-6:
        return "upside down: the non-saturating pull is the larger one, near 1"
    if abs(factor - 10) < 0.5:
        return "10 is the difference of the logits; the pulls are sigmoids of them: their ratio is an exponential"
    if abs(factor - 10**10) < 1e9:
        return "base e, not base 10: σ(a) = 1/(1 + e^(−a))"
    if abs(factor - 1) < 0.1:
        return "1 is the non-saturating pull itself; divide it by that of minimax, which is tiny here"
    return f"{factor:g} is not it: divide 1 − σ(−10) by σ(−10)"


def check_2(covered):
    """With std ½, near is up to 1.5: 3, 1, 0, 3 and 3 points are near the first five centres."""
    # two 4 apart, one alone, and a pair 1 apart, so that what is near to one may be near to the other too
    five = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [9.0, 9.0], [10.0, 9.0]])
    points = torch.tensor(
        [[0.0, 0.1], [0.2, 0.0], [0.9, 0.9], [4.0, 1.5], [1.2, 5.2], [9.3, 9.0], [9.4, 9.0], [9.6, 9.0], [-9.0, -9.0]]
    )
    three, pairs = five[:3] / 2, torch.tensor([[0.0, 0.2], [0.1, 0.0], [2.0, 0.7], [2.1, -0.2], [0.0, 2.7], [3.0, 3.0]])
    cases = [
        *[Case(f"nine points, five centres and enough = {n}", (points, five, 0.5, n)) for n in (1, 2, 3, 4)],
        Case("six points, three centres, std 0.25 and enough = 2", (pairs, three, 0.25, 2)),
        Case("the same with enough = 1", (pairs, three, 0.25, 1)),
        Case("nine points, five centres and std 0.25", (points, five, 0.25, 3)),
    ]
    return compared(covered, _covered(), cases, _NOT_COVERED, look=_modes)


def _modes(covered, *arguments):
    return {"the number of covered centres": whole(call(covered, *arguments))}


def _covered(over=0, p=2.0, within=3.0, strict=False, std=None, enough=None, more=0):
    """Return the count, or one with a mistake in it: `std` and `enough` set whatever is given."""

    def count(points, centres, given_std, given_enough):
        distances, radius = torch.cdist(points, centres, p=p), within * (std or given_std)
        near = distances < radius if strict else distances <= radius
        return (near.sum(over) >= (enough or given_enough) + more).sum()

    return count


_DISTANCE = "distance is along the straight line, not along the axes"
_NOT_COVERED = [
    ("this counts points near some centre; count centres with points near them", _covered(over=1)),
    *[
        ("this counts points near some centre; count centres with points near them", near_any)
        for near_any in (
            lambda points, centres, std, enough: (torch.cdist(points, centres) <= 3 * std).any(1).sum(),
            lambda points, centres, std, enough: (torch.cdist(points, centres) <= 3 * std).sum(),
        )
    ],
    (
        "a centre with fewer than `enough` points near it is not covered: where does `enough` come in?",
        _covered(enough=1),
    ),
    (
        "a point can be near to two centres, and counts for both: do not look for the nearest alone",
        lambda points, centres, std, enough: _by_nearest(points, centres, 3 * std, enough),
    ),
    *[
        ("too many: the nearest point is not near enough, if it is more than 3 std away", nearest)
        for nearest in (
            lambda points, centres, std, enough: _by_nearest(points, centres, float("inf"), 1),
            lambda points, centres, std, enough: _by_nearest(points, centres, float("inf"), enough),
        )
    ],
    (
        "a point is not near enough that is within 3 std in each coordinate alone: " + _DISTANCE,
        _covered(p=float("inf")),
    ),
    (_DISTANCE + ", added up", _covered(p=1.0)),
    ("right for std ½, but not for another: near is up to 3 times the std that you are given", _covered(std=0.5)),
    ("near is up to and including 3 std (<=)", _covered(strict=True)),
    ("near is up to and including 3 std (<=), not one std", _covered(within=1.0)),
    ("near is up to and including 3 std (<=), not two std", _covered(within=2.0)),
    ("exactly `enough` points are enough (>=)", _covered(more=1)),
]


def _by_nearest(points, centres, radius, enough):
    distances, nearest = torch.cdist(points, centres).min(1)
    return (torch.bincount(nearest[distances <= radius], minlength=len(centres)) >= enough).sum()


EVIDENCE = {
    "A": "the losses are those of a perfect run, but one mode is covered: who is ahead of whom?",
    "B": "D is sure of everything, with logits of 9 and −9, and G stands still: which of the two is too strong?",
    "C": "everything goes up and down with a period: what carries on in yesterday's direction?",
}


def check_3(first_aid):
    return choices(first_aid, {"A": "slow G down", "B": "weaken D", "C": "less momentum"}, EVIDENCE, "run")
