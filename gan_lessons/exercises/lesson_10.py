"""Checks of lesson 10's exercises."""

import math

import torch
from torch.nn.functional import softplus

from .answers import number, whole
from .compare import Case, compared, value_and_slopes


def check_1(value):
    value = number(value)
    if abs(value + 0.4) < 5e-3:
        return None
    if abs(value - 0.4) < 5e-3:
        return "the size is right; φ is minus D's loss, so it is 0 or below"
    if abs(value + 0.6) < 5e-3:
        return "these are the pairs that D can tell apart: each of them adds nothing. Which pairs can it not?"
    if abs(value + 0.4 * math.log(2)) < 5e-3:
        return "right in plain units: give it in units of log 2"
    if abs(value + 0.2) < 5e-3 or abs(value + 0.8) < 5e-3:
        return "count the pairs whose two points lie on each other: first with first, second with second, and so on"
    if abs(value + 2) < 5e-3:
        return "this is the sum over the pairs: φ has their mean"
    return (
        f"{value:g} is not it: a pair on one place adds −1, a pair that D can tell apart 0; take the mean of five pairs"
    )


def check_2(all_pairs):
    def case(words, real, fake, dtype=torch.float32, why=""):
        return Case(words, (torch.tensor(real, dtype=dtype), torch.tensor(fake, dtype=dtype)), why)

    cases = [
        case("three real and three generated samples", [1.0, 2.513, -0.5], [0.3, -1.0, -2.042]),
        case(
            "two real and four generated samples", [0.7, 2.0], [1.0, -3.0, 2.4, 0.2], why="every real with every fake"
        ),
        case("a wrong D, in float64", [-1.0, -2.0, 0.7], [3.0, 1.5, 0.25], torch.float64),
        case("logits of 40 and −200", [40.0, -200.0], [300.0, -40.0], why="softplus does not overflow"),
    ]
    return compared(all_pairs, _all_pairs(), cases, _NOT_ALL_PAIRS, look=value_and_slopes)


def _all_pairs(sign=1, inner=softplus, reduce=torch.mean):
    """Return the loss over all pairs, or one with a mistake in it."""
    return lambda real, fake: reduce(inner(sign * (fake[None, :] - real[:, None])))


_NOT_ALL_PAIRS = [
    ("this is G's half: D's loss is small where *real* logits are above", _all_pairs(sign=-1)),
    ("these are fixed pairs, first with first: let each real sample meet each generated one", lambda real, fake: (
        softplus(fake[: min(len(real), len(fake))] - real[: min(len(real), len(fake))]).mean()
    )),
    ("this is the sum over all pairs: take the mean", _all_pairs(reduce=torch.sum)),
    ("this is one softplus of the difference of the means: each pair has its own", lambda real, fake: softplus(
        fake.mean() - real.mean()
    )),
    (
        "this compares each sample with the mean of the others' side; here each pair is compared",
        lambda real, fake: softplus(fake.mean() - real).mean(),
    ),
    (
        "this compares each sample with the mean of the others' side; here each pair is compared",
        lambda real, fake: softplus(fake - real.mean()).mean(),
    ),
    (
        "this is the loss of 2014, which compares with 0; here a real and a generated logit are compared",
        lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
    ),
    ("a difference of logits alone has no bottom: take softplus of it", _all_pairs(inner=lambda m: m)),
    (
        "right values, but no slope comes back: use the logits as they come, without detach or no_grad",
        lambda real, fake: _all_pairs()(real, fake).detach(),
    ),
]  # fmt: skip


def check_3(every):
    every = whole(every)
    if every == 19:
        return None
    if every == 20:
        return "at 20 the factor is exactly −1: ψ jumps from side to side for ever, and does not shrink"
    if every in (9, 10):
        return "that is where ψ no longer changes its sign; it may overshoot, as long as it shrinks"
    if every in (199, 200):
        return "hγ is 0.01 · 10 = 0.1: where did the factor 10 go?"
    if every == 1:
        return "1 shrinks, and so do larger ones: find the largest"
    return f"{every} is not it: the factor of a charge is 1 − hkγ; for which k is its size below 1?"


def check_4(distance):
    def case(words, names, why=""):
        return Case(words, (torch.tensor(names), 3), why)

    even = [[a, b] for a in range(3) for b in range(3)]
    cases = [
        case("one kind alone", [[2, 1]] * 5, "0 · log 0 counts as 0"),
        case("all nine kinds once", even, "that is even: KL is 0"),
        case(
            "five samples of three kinds", [[0, 1], [0, 1], [1, 0], [2, 2], [0, 1]], "(0, 1) and (1, 0) are two kinds"
        ),
        Case(
            "samples of three names of two", (torch.tensor([[0, 1, 1], [1, 1, 1], [1, 1, 1], [0, 0, 0]]), 2), "2³ kinds"
        ),
    ]
    return compared(distance, _kl(), cases, _NOT_KL)


def _kl(
    kinds=lambda names, K: (names * K ** torch.arange(names.shape[1])).sum(1),
    of=None,
    log=torch.log,
    count=lambda K, channels: K**channels,
):
    """Return the KL divergence from an even share of all kinds, or one with a mistake in it."""

    def distance(names, K):
        total = K ** names.shape[1]
        share = torch.bincount(kinds(names, K), minlength=total).double() / len(names)
        if of is not None:
            return of(share, total)
        held = share[share > 0]
        return (held * log(held * count(K, names.shape[1]))).sum()

    return distance


_NOT_KL = [
    ("there are K names in *each* channel, so Kᶜ kinds with C channels, not K", _kl(count=lambda K, channels: K)),
    ("0 · log 0 counts as 0, not nan: leave the empty kinds out", _kl(of=lambda share, total: (
        share * (share * total).log()
    ).sum())),
    ("the other way round: the samples' shares come first, the even share second", _kl(of=lambda share, total: (
        -(share[share > 0] * total).log().sum() / total
    ))),
    ("the sign: this is minus the KL divergence", _kl(of=lambda share, total: -(
        share[share > 0] * (share[share > 0] * total).log()
    ).sum())),
    ("this is the entropy of the shares: KL is log of the number of kinds minus that", _kl(of=lambda share, total: -(
        share[share > 0] * share[share > 0].log()
    ).sum())),
    ("this is in bits: take the natural logarithm", _kl(log=torch.log2)),
    ("this counts kinds: (0, 1) and (1, 0) are two of them, K · first + second", _kl(
        kinds=lambda names, K: names.sum(1)
    )),
    ("this is the number of kinds that occur; the question is how even they are", _kl(
        of=lambda share, total: (share > 0).sum()
    )),
]  # fmt: skip
