"""Checks of lesson 02's exercises."""

import math

import torch
from torch.nn.functional import softplus

from .answers import number, rounded
from .compare import Case, compared
from .guard import Wrong
from .toys import LEFT_OVER, NOT_THE_MEAN, Game, mean_of, returned_loss


def check_1(logit):
    logit = number(logit)
    if rounded(logit, math.log(1 / 3), 2):
        return None
    if abs(logit - math.log(1 / 3)) < 0.06:
        return "close: give it to two decimals"
    if abs(logit - math.log(3)) < 6e-3:
        return "that is log q/p: a high logit means real, and here real samples are the rare ones"
    if abs(logit - 0.25) < 6e-3:
        return "0.25 is the probability of real; its logit is log of p/q"
    if abs(logit - 1 / 3) < 6e-3:
        return "1/3 is the ratio p/q itself; the logit is its logarithm"
    if abs(logit - math.log10(1 / 3)) < 6e-3:
        return "use the natural logarithm, to base e"
    if logit > 0:
        return "a logit above 0 says that real is likelier; here generated samples are"
    return f"{logit:g} is not it: the logit is log p(x)/q(x), and q is three times p"


def check_2(real_mean):
    """Logits up to 30: above 88 their exponential is infinite in float32, which the exercise does not ask about."""

    def case(words, values, logits, why="", dtype=torch.float32):
        return Case(words, (torch.tensor(values, dtype=dtype), torch.tensor(logits, dtype=dtype)), why)

    cases = [
        case("values 1 and 4 with weights in the ratio 3 to 1", [1.0, 4.0], [math.log(3) + 1, 1.0]),
        case("five other points", [5.0, -1.0, 2.0, 0.5, 3.0], [-1.0, 2.0, 0.0, 0.7, -0.3]),
        case("logits of 30, 29 and −1000", [1.0, 2.0, 9.0], [30.0, 29.0, -1000.0], "exp of a logit, as large as it is"),
        case("three points in float64", [2.0, 4.0, 9.0], [0.1, -2.0, 0.5], dtype=torch.float64),
    ]
    return compared(real_mean, _real_mean, cases, _NOT_REAL_MEAN)


def _weighted(weight, divide_by=torch.sum):
    def mean(values, logits):
        weights = weight(logits)
        return (weights * values).sum() / divide_by(weights)

    return mean


_real_mean = _weighted(torch.exp)
_NO_LOGITS = "this is the mean over the generated points: where do D's logits come in?"
_NO_SIGMOID = "the weight is p/q = exp(logit), not the probability sigmoid(logit) = p/(p+q)"
_NOT_REAL_MEAN = [
    (_NO_LOGITS, _weighted(torch.ones_like)),
    (
        "right weights, but divided by the number of points: a weighted mean divides by the sum of its weights",
        _weighted(torch.exp, len),
    ),
    (
        "this is the weighted sum: to get a mean, divide by the sum of the weights",
        _weighted(torch.exp, lambda weights: 1),
    ),
    *[(_NO_SIGMOID, _weighted(torch.sigmoid, divide)) for divide in (torch.sum, len, lambda weights: 1)],
    ("a logit is the logarithm of the weight: take its exponential", _weighted(lambda a: a)),
    (
        "the weights are upside down: where D says real, a generated point counts for more",
        _weighted(lambda a: torch.exp(-a)),
    ),
    ("this is the value of the likeliest point: every point counts, by its weight", lambda v, a: v[a.argmax()]),
]


def check_3(d_half):
    why = "the mean of softplus(−D(real)) and that of softplus(D(G(z))), added"
    cases = [
        Case("a batch of 4 at rate 0.5", (2.0, 0.5, 0.5, [0.2, 3.0, -0.5, 1.0], [0.5, -2.0, 1.5, -1.0]), why),
        Case("a batch of 3 at rate 0.1", (-1.0, 0.8, 0.1, [2.0, 0.3, -1.0], [0.4, 1.0, -0.7]), why),
    ]
    return compared(d_half, _d_half(), cases, _NOT_D_HALF, look=_play_d_half)


def _play_d_half(d_half, g, d, rate, real, z):
    game = Game("D", g, d, rate)
    real, z = torch.tensor(real)[:, None], torch.tensor(z)[:, None]
    loss = game.play(d_half, game.G, game.D, game.optimizers["D"], real, z)
    left = game.G.weight.grad
    if left is None or left.item() == 0:
        raise Wrong("G's gradients were wiped: leave them alone, and cut the fakes off from G instead")
    if left.item() != LEFT_OVER:
        raise Wrong("gradients were added to G's: make the fakes under torch.no_grad(), or detach them")
    return {**game.weights(), "the loss returned": returned_loss(loss)}


def _d_half(real_sign=-1, fake_sign=1, real_part=1.0, fake_part=1.0, on_real=mean_of, on_fake=mean_of):
    """Return D's half of a step, or one with a mistake in it."""

    def step(G, D, d_opt, real, z):
        loss = real_part * on_real(lambda a: softplus(real_sign * a), D(real))
        loss = loss + fake_part * on_fake(lambda a: softplus(fake_sign * a), D(G(z).detach()))
        d_opt.zero_grad()
        loss.backward()
        d_opt.step()
        return loss.item()

    return step


_NOT_D_HALF = [
    (
        "D learns to call real samples generated: its loss must fall when logits on real rise",
        _d_half(real_sign=1, fake_sign=-1),
    ),
    ("the sign of the real term is wrong: D's loss must fall when its logits on them rise", _d_half(real_sign=1)),
    ("the sign of the term with fakes is wrong: D's loss must fall when logits on them fall", _d_half(fake_sign=-1)),
    ("only the real term arrives: D's loss has one with fakes too", _d_half(fake_part=0.0)),
    ("only the term with fakes arrives: D's loss has one with real samples too", _d_half(real_part=0.0)),
    (
        "half as far as it should: D's loss is the sum of two means, not their mean",
        _d_half(real_part=0.5, fake_part=0.5),
    ),
    *[
        (f"{where}{hint}", _d_half(**dict.fromkeys(terms, wrong)))
        for hint, wrong in NOT_THE_MEAN
        for where, terms in (
            ("", ("on_real", "on_fake")),
            ("in the real term, ", ("on_real",)),
            ("in the term with fakes, ", ("on_fake",)),
        )
    ],
]
