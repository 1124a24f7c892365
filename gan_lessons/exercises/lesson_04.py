"""Checks of lesson 04's exercises."""

import math

import torch

from . import Wrong, call, described, number


def check_1(factor):
    factor = number(factor)
    if abs(factor - math.exp(10)) < 600:
        return None
    if abs(factor - math.exp(-10)) < 1e-6:
        return "upside down: the non-saturating pull is the larger one, near 1"
    if abs(factor - 10) < 0.5:
        return "10 is the difference of the logits; the pulls are sigmoids of them: their ratio is an exponential"
    if abs(factor - 10**10) < 1e9:
        return "base e, not base 10: σ(a) = 1/(1 + e^(−a))"
    if abs(factor - 1) < 0.1:
        return "1 is the non-saturating pull itself; divide it by that of minimax, which is tiny here"
    return f"{factor:g} is not it: divide 1 − σ(−10) by σ(−10)"


# centres: two 4 apart, one alone, and a pair 1 apart, so that what is near to one may be near to the other too
CENTRES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [9.0, 9.0], [10.0, 9.0]])
POINTS = torch.tensor(
    [[0.0, 0.1], [0.2, 0.0], [0.9, 0.9], [4.0, 1.5], [1.2, 5.2], [9.3, 9.0], [9.4, 9.0], [9.6, 9.0], [-9.0, -9.0]]
)


def check_2(covered):
    """With std ½, near is up to 1.5: 3, 1, 0, 3 and 3 points are near the five centres."""

    def answer(enough, std=0.5):
        value = number(call(covered, POINTS, CENTRES, std, enough))
        if value != value or value != int(value):
            raise Wrong(f"return a whole number of modes, not {value}")
        return int(value)

    counts = {enough: answer(enough) for enough in (1, 2, 3, 4)}
    if counts == {1: 4, 2: 3, 3: 3, 4: 0}:
        if answer(3, std=0.25) != 2:
            return "right for one std, but not for another: near is up to 3 times the std that you are given"
        return None
    if counts[1] == 8 or counts[1] == 7:
        return "this counts points near some centre; count centres with points near them"
    if counts[1] == 5:
        return "too many: a nearest point is not near enough, nor one that is within 3 std in each coordinate alone"
    if counts[1] == counts[2] == counts[3] == counts[4] == 4:
        return "a centre with fewer than `enough` points near it is not covered: where does `enough` come in?"
    if counts[1] == 3:
        return "near is up to and including 3 std (<=), and exactly `enough` points are enough (>=)"
    if counts[1] == 4:
        return "a point can be near to two centres, and counts for both; distance is along the straight line"
    return f"with enough=1 four of the five centres are covered; yours says {counts[1]}"


EVIDENCE = {
    "A": "the losses are those of a perfect run, but one mode is covered: who is ahead of whom?",
    "B": "D is sure of everything, with logits of 9 and −9, and G stands still: which of the two is too strong?",
    "C": "everything goes up and down with a period: what carries on in yesterday's direction?",
}


def check_3(first_aid):
    if not isinstance(first_aid, dict):
        return f'give a dict, {{"A": "…", "B": "…", "C": "…"}}, not {described(first_aid)}'
    choices = {"A": "slow G down", "B": "weaken D", "C": "less momentum"}
    for run, choice in choices.items():
        if run not in first_aid:
            return f"what about run {run}?"
        given = str(first_aid[run]).strip()
        if given not in choices.values():
            return f'for {run} choose one of "slow G down", "weaken D" and "less momentum", not {given!r}'
        if given != choice:
            return f"run {run}: {EVIDENCE[run]}"
