"""Checks of lesson 16's exercises."""

import math

import torch

from .answers import call, choices, tensor
from .compare import Case, compared, with_slopes


def check_1(policy_loss):
    def case(words, seed, count, length, why=""):
        generator = torch.Generator().manual_seed(seed)
        log_p = -torch.rand(count, length, generator=generator) * 4 - 0.1
        return Case(words, (log_p, torch.rand(count, length, generator=generator)), why)

    log_p, rewards = case("", 3, 3, 2).arguments
    cases = [
        case("two texts of three characters", 0, 2, 3),
        case("four texts of five characters", 1, 4, 5),
        Case("rewards of some hundred", (log_p, 300 * rewards + 500), "the baseline is the mean reward at that place"),
    ]
    return compared(policy_loss, _policy(), cases, _NOT_POLICY, look=_value_and_slopes)


def _value_and_slopes(loss, log_p, rewards):
    """Look at the value, and at its slopes in log_p and in the rewards, 0 where there are none."""
    value, slopes = with_slopes(loss, (log_p, rewards))
    return {"it": value, "the slopes in log_p": slopes[0], "the slopes in the rewards": slopes[1]}


def _policy(
    baseline=lambda r: r.mean(0), sign=-1, join=lambda x: x.sum(1).mean(), keep=torch.Tensor.detach, p=lambda x: x
):
    def loss(log_p, rewards):
        return sign * join((keep(rewards) - keep(baseline(rewards))) * p(log_p))

    return loss


_NOT_POLICY = [
    ("the sign: a loss is made *small*, and what is better than the mean must grow, so take minus it", _policy(
        sign=1
    )),
    ("the baseline is missing: take the mean over the texts away from the rewards", _policy(
        baseline=lambda r: torch.zeros_like(r)
    )),
    ("each place has a baseline of its own: the mean over the texts, dim 0, not over everything", _policy(
        baseline=lambda r: r.mean()
    )),
    ("the mean is to be taken over the texts, dim 0, not along a text", _policy(
        baseline=lambda r: r.mean(1, keepdim=True)
    )),
    ("add the places of a text up, and take the mean over the texts alone", _policy(join=torch.mean)),
    ("take the mean over the texts, not the sum", _policy(join=torch.sum)),
    ("log_p is a logarithm already: multiply with it, not with the probability", _policy(p=torch.exp)),
    ("a slope leads to the rewards: they are what D said, not what G may change; detach them", _policy(
        keep=lambda x: x
    )),
    ("a slope leads to the rewards through the baseline: detach it as well", lambda log_p, rewards: _policy(
        keep=lambda x: x
    )(log_p, rewards) + (rewards * log_p).sum(1).mean() - (rewards.detach() * log_p).sum(1).mean()),
    ("no slope leads to log_p: that is the one thing not to be detached", _policy(p=torch.Tensor.detach)),
]  # fmt: skip


def check_2(tempered):
    def case(words, seed, count, kinds, temperature, more=0, why=""):
        logits = torch.randn(count, kinds, generator=torch.Generator().manual_seed(seed)) + more
        return Case(words, (logits, temperature), why)

    cases = [
        case("two rows and T = 0.5", 0, 2, 4, 0.5),
        case("three rows and T = 2", 1, 3, 5, 2.0),
        case("logits of some hundred", 2, 2, 3, 0.8, 300, "does exp overflow?"),
    ]
    return compared(tempered, _tempered(), cases, _NOT_TEMPERED, look=_rows)


def _rows(function, logits, temperature):
    return {"the result": tensor(call(function, logits, temperature), logits.shape)}


def _tempered(scale=lambda x, t: x / t, to_p=lambda x: x.softmax(1)):
    return lambda logits, temperature: to_p(scale(logits, temperature))


_NOT_TEMPERED = [
    ("below 1 the likely must become likelier: divide by the temperature", _tempered(lambda x, t: x * t)),
    ("where does the temperature come in?", _tempered(lambda x, t: x)),
    ("the sum of each *row* must be 1: softmax along dim 1", _tempered(to_p=lambda x: x.softmax(0))),
    ("the sum of each row must be 1: a softmax, not a sigmoid", _tempered(to_p=torch.sigmoid)),
    ("probabilities, not their logarithms", _tempered(to_p=lambda x: x.log_softmax(1))),
    ("divide the logits *before* the softmax: after it, rows no longer sum to 1", lambda x, t: x.softmax(1) / t),
]  # fmt: skip


def check_3(look_back):
    def case(words, seed, length, strength=1.0, why=""):
        return Case(
            words, (strength * torch.randn(length, length, generator=torch.Generator().manual_seed(seed)),), why
        )

    cases = [
        case("three places", 0, 3),
        case("five places", 1, 5),
        case("scores of some hundred", 2, 4, 300.0, "does exp overflow, or a hidden place win?"),
    ]
    return compared(look_back, _look_back(), cases, _NOT_LOOK_BACK, look=_weights)


def _weights(function, scores):
    return {"the result": tensor(call(function, scores), scores.shape)}


def _look_back(hidden=lambda n: torch.ones(n, n).triu(1).bool(), fill=-math.inf, dim=1):
    return lambda scores: scores.masked_fill(hidden(len(scores)), fill).softmax(dim)


_NOT_LOOK_BACK = [
    ("nothing is hidden: a place must not see later ones", _look_back(lambda n: torch.zeros(n, n).bool())),
    ("each place sees *itself* too: hide only what is later, above the diagonal", _look_back(
        lambda n: torch.ones(n, n).triu().bool()
    )),
    ("this hides what is earlier: row i is the place that looks, column j the one that is seen", _look_back(
        lambda n: torch.ones(n, n).tril(-1).bool()
    )),
    ("a score of 0 is still looked at, since exp(0) = 1: hide with −∞, before the softmax", _look_back(fill=0.0)),
    ("hide *before* the softmax: after it, rows no longer sum to 1", lambda scores: scores.softmax(1).tril()),
    ("the weights of a *row* sum to 1: softmax along dim 1", _look_back(dim=0)),
]  # fmt: skip

EVIDENCE = {
    "A": "its rhyme and tones are chance: what knows nothing of form? And its pairs are few, for what is it drawn?",
    "B": "its form is right, and none of its lines is new",
    "C": "its form is chance, and its pairs are the most: what has no order at all?",
    "D": "its form is perfect, and nearly nothing in it differs from anything else",
}


def check_4(named):
    return choices(named, {"A": "bigrams", "B": "copied", "C": "shuffled", "D": "one poem"}, EVIDENCE, "line")
