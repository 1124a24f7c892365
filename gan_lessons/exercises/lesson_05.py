"""Checks of lesson 05's exercises."""

import math

import torch

from .answers import number
from .compare import Case, compared


def check_1(value):
    value = number(value)
    if abs(value) < 5e-4:  # 2 · 0.6931 − 1.3863 too
        return None
    if abs(value + math.log(4)) < 2e-3:
        return "that is the value where p = q, and D cannot tell; here D is never wrong"
    if abs(value - math.log(2)) < 2e-3:
        return "log 2 is JSD itself; V is twice that, minus log 4"
    if abs(value - math.log(4)) < 2e-3:
        return "2 JSD is log 4 here; and then log 4 is taken away"
    if value > 0:
        return "V is a mean of logarithms of probabilities: it cannot be above 0"
    return f"{value:g} is not it: what is log D(x) for a D that gives 1 to every real sample?"


def check_2(jensen_shannon):
    def case(words, p, q, why="", dtype=torch.float64):
        return Case(words, (torch.tensor(p, dtype=dtype), torch.tensor(q, dtype=dtype)), why)

    cases = [
        case("p = (½, ½) and q = (0.9, 0.1)", [0.5, 0.5], [0.9, 0.1]),
        case("p = (0.2, 0.3, 0.5) and q = (0.6, 0.3, 0.1)", [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]),
        case("p = (1, 0) and q = (0, 1)", [1.0, 0.0], [0.0, 1.0], "0 log 0 counts as 0"),
        case("p = (½, ½, 0) and q = (0.9, 0.1, 0)", [0.5, 0.5, 0], [0.9, 0.1, 0], "where neither has any, m is 0 too"),
        case(
            "p = (½, ½, 0) and q = (0.9, 0.1, 0) in float32, torch's default,",
            [0.5, 0.5, 0],
            [0.9, 0.1, 0],
            "a tiny constant such as 1e-300 is 0 there",
            torch.float32,
        ),
    ]
    return compared(jensen_shannon, _jsd, cases, _NOT_JSD, tolerance=1e-6)


def _kl(p, q):
    return torch.xlogy(p, torch.where(p > 0, p / q, 1.0)).sum()


def _jsd(p, q):
    return (_kl(p, (p + q) / 2) + _kl(q, (p + q) / 2)) / 2


_ONE_TERM = "this is one of the two terms: JSD is the mean of KL(p, m) and KL(q, m)"
_NOT_JSD = [
    ("twice too large: each of the two terms counts half", lambda p, q: 2 * _jsd(p, q)),
    ("this is in bits: use the natural logarithm", lambda p, q: _jsd(p, q) / math.log(2)),
    *[
        ("this is KL of one against the other; JSD compares each with their mean m", kl)
        for kl in (_kl, lambda p, q: _kl(q, p))
    ],
    *[
        (_ONE_TERM, lambda p, q, i=i, part=part: part * _kl((p, q)[i], (p + q) / 2))
        for i in (0, 1)
        for part in (1, 0.5)
    ],
    ("the sign is wrong: a divergence is not negative; it is log(p/m), not log(m/p)", lambda p, q: -_jsd(p, q)),
    (
        "this is the mean of KL(p, q) and KL(q, p); JSD compares each with their mean m",
        lambda p, q: (_kl(p, q) + _kl(q, p)) / 2,
    ),
    ("that is V against the best D; JSD is half of V + log 4", lambda p, q: 2 * _jsd(p, q) - math.log(4)),
    ("this is the root of JSD, a distance: JSD itself is asked for", lambda p, q: _jsd(p, q).sqrt()),
]


def check_3(best_d):
    cases = [
        Case("p = 0.6, q = 0.1, r = ¼", (0.6, 0.1, 0.25), "put r·p for p, (1 − r)·q for q"),
        Case("p = q = 0.3, r = 1/129", (0.3, 0.3, 1 / 129), "for p = q it must be r, whatever p is"),
        Case("p = 0.05, q = 2, r = 0.9", (0.05, 2.0, 0.9)),
        Case("p = 3, q = 0.4, r = ½", (3.0, 0.4, 0.5)),
    ]
    return compared(best_d, _best_d, cases, _NOT_BEST_D, tolerance=1e-6)


def _best_d(p, q, r):
    return r * p / (r * p + (1 - r) * q)


_NOT_BEST_D = [
    (
        "that is the probability of *generated*; D gives the probability of real",
        lambda p, q, r: 1 - _best_d(p, q, r),
    ),
    ("this is p/(p+q), the best D for equal shares: where does r come in?", lambda p, q, r: _best_d(p, q, 0.5)),
    ("r is the share of *real* samples: it belongs to p, and 1 − r to q", lambda p, q, r: _best_d(p, q, 1 - r)),
    ("the numerator alone: divide by what real and generated samples have there together", lambda p, q, r: r * p),
    ("generated samples have the share 1 − r, not 1: q gets its factor too", lambda p, q, r: r * p / (r * p + q)),
    ("real samples have the share r, not 1: p gets its factor too", lambda p, q, r: p / (p + (1 - r) * q)),
    (
        "this is p/q, which can be above 1; a probability lies between 0 and 1: divide by both together",
        lambda p, q, r: p / q,
    ),
    (
        "this is r p over (1 − r) q: a probability divides by both together",
        lambda p, q, r: r * p / ((1 - r) * q),
    ),
    (
        "this is the *logit* of the best D: its sigmoid is the probability that is asked for",
        lambda p, q, r: math.log(r * p / ((1 - r) * q)),
    ),
]
