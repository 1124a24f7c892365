"""Checks of lesson 04's exercises."""

import math

import torch

from . import Wrong, call, number


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


def check_2(covered):
    centres = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    points = torch.tensor([[0.0, 0.1], [0.2, 0.0], [0.0, -0.1], [4.0, 1.5], [9.0, 9.0]])
    counts = {enough: _whole(call(covered, points, centres, 0.5, enough)) for enough in (1, 2, 4)}
    if counts[1] == 4:
        return "this counts points near some centre; count centres with a point near them"
    if counts[1] == 3:
        return "a point far from all centres still has a nearest one: only those within 3 std count"
    if (counts[1], counts[2], counts[4]) == (1, 1, 0):
        return "near is up to and including 3 std (<=), and exactly `enough` points are enough (>=)"
    if counts[1] != 2:
        return f"two of the three centres have a point within 3 std; yours says {counts[1]}"
    if counts[2] == 2:
        return "a centre with a single point near it is not covered when enough=2: where does `enough` come in?"
    if (counts[2], counts[4]) != (1, 0):
        return f"with enough=2 one centre is covered, and with enough=4 none; yours says {counts[2]} and {counts[4]}"


def _whole(value):
    if number(value) != int(value):
        raise Wrong(f"return a whole number of modes, not {value}")
    return int(value)


EVIDENCE = {
    "A": "the losses are those of a perfect run, but one mode is covered: who is ahead of whom?",
    "B": "D is sure of everything, with logits of 9 and −9, and G stands still: which of the two is too strong?",
    "C": "everything goes up and down with a period: what carries on in yesterday's direction?",
}


def check_3(first_aid):
    if not isinstance(first_aid, dict):
        return f'give a dict, {{"A": "…", "B": "…", "C": "…"}}, not a {type(first_aid).__name__}'
    choices = {"A": "slow G down", "B": "weaken D", "C": "less momentum"}
    for run, choice in choices.items():
        if run not in first_aid:
            return f"what about run {run}?"
        given = str(first_aid[run]).strip()
        if given not in choices.values():
            return f'for {run} choose one of "slow G down", "weaken D" and "less momentum", not {given!r}'
        if given != choice:
            return f"run {run}: {EVIDENCE[run]}"
