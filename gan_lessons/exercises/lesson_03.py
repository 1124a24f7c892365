"""Checks of lesson 03's exercises."""

import torch
from torch.nn.functional import softplus

from .answers import call, number, rounded, tensor
from .compare import Case, compared
from .guard import Wrong
from .toys import NOT_THE_MEAN, Game, mean_of, returned_loss


def check_1(g_loss):
    far = "where D is sure, compute both loss and slope from the logits, with softplus"
    cases = [
        Case("the logits −2, 1 and 0.5", (torch.tensor([-2.0, 1.0, 0.5]),)),
        Case("five logits in float64", (torch.tensor([0.3, -1.0, 2.0, -0.4, 0.9], dtype=torch.float64),)),
        Case("the logits −200 and −20", (torch.tensor([-200.0, -20.0]),), far),
        Case("the logits −1000, 1000 and 30", (torch.tensor([-1000.0, 1000.0, 30.0]),), far),
    ]
    return compared(g_loss, _g_loss(softplus, -1), cases, _NOT_G_LOSS, look=_value_and_slopes)


def _value_and_slopes(g_loss, logits):
    logits = logits.clone().requires_grad_()
    value = tensor(call(g_loss, logits), ())
    (slopes,) = torch.autograd.grad(value, logits, allow_unused=True) if value.requires_grad else (None,)
    return {"it": value, "the slopes": torch.zeros_like(logits) if slopes is None else slopes}


def _g_loss(loss, sign, mean=mean_of):
    return lambda logits: mean(lambda a: loss(sign * a), logits)


def _minus(loss):
    return lambda a: -loss(a)


_NOT_G_LOSS = [
    (
        "your loss falls when D is fooled less, and is infinite where D is sure: look at the sign, and use softplus",
        _g_loss(lambda a: torch.log(torch.sigmoid(a)), 1),
    ),
    ("your loss falls when D is fooled less: look at the sign", _g_loss(_minus(softplus), -1)),
    (
        "right where D is unsure, but for a logit of −200 it is inf and not 200: compute it with softplus",
        _g_loss(lambda a: -torch.log(torch.sigmoid(a)), 1),
    ),
    (
        "this is the minimax loss, log(1 − σ(a)): it saturates; the non-saturating one is −log σ(a)",
        _g_loss(_minus(softplus), 1),
    ),
    ("your loss falls when D's logits fall: look at the sign inside softplus", _g_loss(softplus, 1)),
    (
        "this is minus the mean probability, the document's loss: the logarithm is missing",
        _g_loss(_minus(torch.sigmoid), 1),
    ),
    *[(hint, _g_loss(softplus, -1, mean)) for hint, mean in NOT_THE_MEAN],
    (
        "right values, but no slope comes back: compute it from the logits as they come, without detach or no_grad",
        lambda logits: softplus(-logits.detach()).mean(),
    ),
]


def check_2(radius):
    radius = number(radius)
    if rounded(radius, 1.01**50, 2):
        return None
    if abs(radius - 1.01**50) < 0.06:
        return "close: give it to two decimals"
    if abs(radius - 1) < 1e-6:
        return "the continuous game circles at distance 1; steps of finite size leave the circle at every step"
    if abs(radius - 1.01**100) < 6e-3:
        return "1 + h² is the factor of the *squared* distance: take the root"
    if abs(radius - 1.1**100) < 1 or abs(radius - 11) < 1e-6:
        return (
            "the step is at a right angle to the line from (0, 0), so the distance does not grow by h: use Pythagoras"
        )
    if radius < 1:
        return "it goes outwards: every simultaneous step multiplies the distance by √(1 + h²) > 1"
    return f"{radius:.3f} is not it: the distance grows by the factor √(1 + h²) at each of 100 steps"


def check_3(least_squares_step):
    why = "targets 1 and 0, and a mean over the batch for each term?"
    cases = [
        Case("a batch of 4 at rate 0.1", (1.0, 0.5, 0.1, [1.0, 1.5, -0.5, 2.0], [1.2, -1.0, 2.0, 0.4], _Z_G[:4]), why),
        Case("a batch of 3 at rate 0.25", (-0.7, 0.8, 0.25, [0.5, -1.0, 2.5], [1.0, 0.3, -0.8], _Z_G[4:]), why),
    ]
    return compared(least_squares_step, _least_squares(), cases, _NOT_LEAST_SQUARES, look=_play_least_squares)


_Z_G = [0.5, -2.0, 1.0, 1.5, 0.7, -1.2, 0.4]


def _play_least_squares(step, g, d, rate, *batches):
    game = Game("DG", g, d, rate)
    batches = (torch.tensor(batch)[:, None] for batch in batches)
    losses = game.play(step, game.G, game.D, game.optimizers["G"], game.optimizers["D"], *batches)
    if game.backwards["G"] > 1:
        raise Wrong("D's loss pulls at G too: cut the fakes off in D's half, with detach or no_grad")
    if not (isinstance(losses, tuple | list) and len(losses) == 2):
        raise Wrong("return two losses, D's and G's, as floats: d_loss.item(), g_loss.item()")
    d_loss, g_loss = (returned_loss(loss) for loss in losses)
    return {**game.weights(), "D's loss, returned first,": d_loss, "G's loss, returned second,": g_loss}


def _least_squares(targets=(1, 0, 1), parts=(0.5, 0.5, 0.5), means=(mean_of,) * 3, batches=(0, 1, 2), g_first=False):
    """Return the step, or one with a mistake in it; `targets` and the like are for D's two terms and G's one."""

    def step(G, D, g_opt, d_opt, *given):
        def term(i, logits):
            return parts[i] * means[i](lambda a: (a - targets[i]).square(), logits)

        def backward(loss, optimizer):
            optimizer.zero_grad()
            loss.backward()

        real, z_d, z_g = (given[i] for i in batches)
        if g_first:
            backward(g_loss := term(2, D(G(z_g))), g_opt)
        backward(d_loss := term(0, D(real)) + term(1, D(G(z_d).detach())), d_opt)
        d_opt.step()
        if not g_first:
            backward(g_loss := term(2, D(G(z_g))), g_opt)
        g_opt.step()
        return d_loss.item(), g_loss.item()

    return step


_NOT_LEAST_SQUARES = [
    ("D moved twice too far: each squared distance is halved", _least_squares(parts=(1, 1, 0.5))),
    (
        "the term with fakes does not reach D: it pays for its distance from 0 on them",
        _least_squares(parts=(0.5, 0, 0.5)),
    ),
    (
        "the term with real samples does not reach D: it pays for its distance from 1 on them",
        _least_squares(parts=(0, 0.5, 0.5)),
    ),
    ("D learns the opposite: its target is 1 on real and 0 on generated samples", _least_squares(targets=(0, 1, 1))),
    ("D's target on fakes is 0, not −1", _least_squares(targets=(1, -1, 1))),
    ("D's half is to make its fakes from z_d", _least_squares(batches=(0, 2, 2))),
    ("G moved twice too far: its squared distance is halved too", _least_squares(parts=(0.5, 0.5, 1))),
    ("G's half saw the D of before: D's half comes first", _least_squares(g_first=True)),
    ("G's half is to make its fakes from z_g", _least_squares(batches=(0, 1, 1))),
    (
        "G moves away from fooling D: its target for D's output is 1, on fakes from z_g",
        _least_squares(targets=(1, 0, 0)),
    ),
    *[
        (f"in {where}, {hint}", _least_squares(means=[wrong if i in terms else mean_of for i in range(3)]))
        for hint, wrong in NOT_THE_MEAN
        for where, terms in (
            ("both terms of D", (0, 1)),
            ("the real term", (0,)),
            ("D's term with fakes", (1,)),
            ("G's term", (2,)),
        )
    ],
]
