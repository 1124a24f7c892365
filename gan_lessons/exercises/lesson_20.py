"""Checks of lesson 20's exercises."""

import math

import torch

from .answers import number, rounded
from .compare import Case, compared


def check_1(true_share):
    cases = [
        Case("seen 0.1237, hits 0.95 and alarms 0.02", (0.1237, 0.95, 0.02)),
        Case("seen 0.31, hits 0.78 and alarms 0.13", (0.31, 0.78, 0.13)),
        Case("seen 0.01, hits 0.9 and alarms 0.03", (0.01, 0.9, 0.03), "a share is not below 0"),
        Case("seen 0.93, hits 0.85 and alarms 0.04", (0.93, 0.85, 0.04), "a share is not above 1"),
    ]
    return compared(true_share, _share(), cases, _NOT_SHARE)


def _share(solve=lambda s, h, f: (s - f) / (h - f), low=0.0, high=1.0):
    return lambda seen, hits, alarms: min(high, max(low, solve(seen, hits, alarms)))


_NOT_SHARE = [
    ("chance can put it outside of [0, 1]: not below 0, not above 1", _share(low=-math.inf, high=math.inf)),
    ("chance can put it below 0: a share is at least 0", _share(low=-math.inf)),
    ("chance can put it above 1: a share is at most 1", _share(high=math.inf)),
    ("this is what is seen; some of it are false alarms, and some members are missed", _share(lambda s, h, f: s)),
    ("this takes the false alarms off; members that were missed are to be added", _share(lambda s, h, f: s - f)),
    ("this makes up for those missed; take the false alarms off first", _share(lambda s, h, f: s / h)),
    ("false alarms come from the others alone: divide by hits − alarms, not by hits", _share(
        lambda s, h, f: (s - f) / h
    )),
    ("this goes from the true share to the one seen: solve it for the true one", _share(
        lambda s, h, f: h * s + f * (1 - s)
    )),
    ("this is how sure one accused is a member; the share of members among all is asked for", _share(
        lambda s, h, f: h * s / (h * s + f * (1 - s))
    )),
]  # fmt: skip


def check_2(found_at):
    def case(words, seed, members, others, rate, why=""):
        generator = torch.Generator().manual_seed(seed)
        scores = torch.randn(members, generator=generator) + 1, torch.randn(others, generator=generator)
        return Case(f"{words} and rate {rate:g}", (*scores, rate), why)

    tied = torch.tensor([2.0, 1.0, 3.0, 0.0, 2.5]), torch.tensor([2.0, 2.0, 1.0, 0.0, -1.0, 2.0, -2.0, 0.5])
    cases = [
        case("40 members, 100 others", 0, 40, 100, 0.05),
        case("70 members, 64 others", 1, 70, 64, 0.25),
        case("30 members, 90 others", 2, 30, 90, 0.0, "nobody may be accused wrongly"),
        case("200 members, 33 others", 3, 200, 33, 0.1, "of 33, three are at most a tenth; four are more"),
        Case("some equal scores and rate 0.25", (*tied, 0.25), "accused is who lies *above* the threshold"),
    ]
    return compared(found_at, _found(), cases, _NOT_FOUND)


def _found(
    count=lambda rate, n: int(rate * n),
    above=lambda a, t: a > t,
    of=lambda members, others: members,
    from_=lambda members, others: others,
    descending=True,
):
    def found(members, others, rate):
        base = from_(members, others)
        ordered = base.sort(descending=descending).values
        threshold = ordered[min(max(count(rate, len(base)), 0), len(base) - 1)]
        return above(of(members, others), threshold).double().mean()

    return found


_NOT_FOUND = [
    ("one less is accused than may be: the threshold is the first that must *not* be accused", _found(
        lambda rate, n: int(rate * n) - 1
    )),
    ("accused is who lies *above* the threshold, not on it", _found(above=lambda a, t: a >= t)),
    ("this accuses one more of the others than the rate allows: round down", _found(
        lambda rate, n: math.ceil(rate * n)
    )),
    ("the threshold comes from the scores of the *others*; this takes it from the members", _found(
        from_=lambda members, others: members
    )),
    ("this is the share of the *others* that is accused; the members' is asked for", _found(
        of=lambda members, others: others
    )),
    ("sort from high to low: the others that may be accused are those with the highest scores", _found(
        descending=False
    )),
    ("accused is who lies *above* the threshold: this counts those below", _found(above=lambda a, t: a < t)),
    ("this is a number of members; divide by how many there are", lambda members, others, rate: (
        _found()(members, others, rate) * len(members)
    )),
]  # fmt: skip


def check_3(value):
    value = number(value)
    real, made = 0.005 * 999_000, 0.9 * 1_000
    if rounded(value, real / (real + made), 2):
        return None
    for wrong, hint in (
        (made / (real + made), "that share of the accused is made; the rest is real"),
        (0.005, "that share of the *real* pictures is accused; of the accused, most may be real all the same"),
        (0.1, "that share of the *made* pictures is missed; nothing is said of the accused yet"),
        ((real + made) / 1e6, "that share of all pictures is accused; which of the accused are real?"),
        (0.999, "that share of *all* pictures is real; the accused are not drawn from them at random"),
        (real / made, "that is real ones to each made one; divide by all that are accused"),
        (0.005 / 0.905, "that would be so if half of all pictures were made; one in 1,000 is"),
        (0.995, "that share of the real pictures is left alone; how many are accused?"),
    ):
        if rounded(value, wrong, 2 if wrong > 0.01 else 3):
            return hint
    if not 0 <= value <= 1:
        return f"{value:g} is no share: it lies between 0 and 1"
    return f"{value:.4g} is not close enough: how many real ones are accused, and how many made ones?"


def check_4(needed):
    cases = [
        Case("32 bits and rate 0.001", (32, 0.001)),
        Case("16 bits and rate 0.05", (16, 0.05)),
        Case("48 bits and rate 1e-06", (48, 1e-6)),
        Case("10 bits and rate 11/1024", (10, 11 / 1024), "at most the rate: equal is allowed"),
        Case("8 bits and rate 1/256", (8, 1 / 256), "all eight have to be right"),
    ]
    return compared(needed, _needed(), cases, _NOT_NEEDED)


def _needed(accused=lambda bits, k: range(k, bits + 1), allowed=lambda tail, rate: tail <= rate):
    def needed(bits, rate):
        for k in range(bits + 1):
            if allowed(sum(math.comb(bits, j) for j in accused(bits, k)) / 2**bits, rate):
                return k
        return bits + 1

    return needed


_NOT_NEEDED = [
    ("k bits *or more* accuse: the tail begins with k itself", _needed(lambda bits, k: range(k + 1, bits + 1))),
    ("one more than is needed: at this number the tail is at most the rate already, and equal is allowed", _needed(
        allowed=lambda tail, rate: tail < rate
    )),
    ("this counts pictures with k bits right or *fewer*", lambda bits, rate: max(
        (k for k in range(bits + 1) if sum(math.comb(bits, j) for j in range(k + 1)) <= rate * 2**bits), default=0
    )),
    ("this looks at exactly k right bits, not at k or more, and counts from the middle", lambda bits, rate: next(
        (k for k in range(bits // 2, bits + 1) if math.comb(bits, k) <= rate * 2**bits), bits + 1
    )),
    ("exactly 0 right bits are rare, too: sum over k *or more*", _needed(lambda bits, k: [k])),
    ("a fixed share of the bits is not it: the fewer bits, the larger the share that chance gets right", lambda b, r: (
        math.ceil(0.8 * b)
    )),
]  # fmt: skip
