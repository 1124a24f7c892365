"""Checks of lesson 06's exercises."""

import torch

from .compare import Case, compared
from .toys import NOT_THE_MEAN, Game, mean_of, returned_loss


def check_1(unevenness):
    def case(words, classes, *K, why=""):
        return Case(words, (torch.tensor(classes), *K), why)

    cases = [
        case("five of each class", [*range(10)] * 5, why="subtract 1/K from each share"),
        case("all in class 3", [3] * 50, why="are these shares, counts divided by N?"),
        case("shares of ½, ¼, ⅛ and ⅛ of ten classes", [0, 9, 0, 4, 0, 9, 0, 2], why="half the sum over all classes"),
        case("K = 2 and shares ¾ and ¼", [0, 0, 0, 1], 2, why="use K, not 10"),
        case("K = 5 and six samples", [4, 4, 1, 0, 4, 1], 5, why="use K and N as they are given"),
    ]
    return compared(unevenness, _unevenness(), cases, _NOT_UNEVENNESS)


def _unevenness(half=0.5, all_classes=True, even=True, K_given=True, reduce=torch.sum):
    """Return the total variation, or one with a mistake in it."""

    def distance(classes, K=10):
        K = K if K_given else 10
        shares = torch.bincount(classes, minlength=K if all_classes else 0) / len(classes)
        return half * reduce((shares - (1 / K if even else 0)).abs())

    return distance


_OTHERS = "classes that do not occur count too: use minlength=K"
_NOT_UNEVENNESS = [
    ("twice too large: the formula has ½ before the sum", _unevenness(half=1.0)),
    ("subtract 1/K from each share: even shares must give 0", _unevenness(even=False)),
    (_OTHERS, _unevenness(all_classes=False)),
    (_OTHERS, lambda classes, K=10: 0.5 * (classes.unique(return_counts=True)[1] / len(classes) - 1 / K).abs().sum()),
    ("use K, not 10", _unevenness(K_given=False)),
    *[
        (
            "this is the largest deviation of a share: add those of all classes, and halve the sum",
            _unevenness(half, reduce=torch.max),
        )
        for half in (0.5, 1.0)
    ],
    *[
        ("this is the mean over the classes: the formula has a sum", _unevenness(half, reduce=torch.mean))
        for half in (0.5, 1.0)
    ],
    *[
        ("take the absolute differences, not their squares", _unevenness(half, reduce=lambda a: a.square().sum()))
        for half in (0.5, 1.0)
    ],
]


def check_2(hinge_g_step):
    """D(G(z)) = d g z, so the loss is -d g E[z], and g moves by the rate times d E[z]."""
    why = "minus the mean of D's logits?"
    cases = [
        Case("four z at rate 0.1", (1.0, 0.5, 0.1, [1.5, 3.0, -0.5, 1.0]), why),
        Case("five z at rate 0.3", (-0.5, 0.7, 0.3, [0.5, -1.0, 2.0, 4.0, 0.3]), why),
    ]
    return compared(hinge_g_step, _hinge(), cases, _NOT_HINGE, look=_play_hinge)


def _play_hinge(step, g, d, rate, z):
    game = Game("G", g, d, rate)
    loss = game.play(step, game.G, game.D, game.optimizers["G"], torch.tensor(z)[:, None])
    return {**game.weights(), "the loss returned": returned_loss(loss)}


def _hinge(sign=-1, mean=mean_of, loss=lambda a: a, after=False):
    """Return one step of G, or one with a mistake in it."""

    def step(G, D, g_opt, z):
        value = sign * mean(loss, D(G(z)))
        g_opt.zero_grad()
        value.backward()
        g_opt.step()
        return (sign * mean(loss, D(G(z))) if after else value).item()

    return step


_NOT_HINGE = [
    ("your step makes D's logit on fakes fall: look at the sign of the loss", _hinge(sign=1)),
    *[(hint, _hinge(mean=mean)) for hint, mean in NOT_THE_MEAN if "mean logit" not in hint],  # the loss is linear
    (
        "this is D's half of the hinge, relu(1 − a): G's half has no relu, it is −a",
        _hinge(sign=1, loss=lambda a: torch.relu(1 - a)),
    ),
    (
        "this is the non-saturating loss, softplus(−a): the hinge's is −a",
        _hinge(sign=1, loss=lambda a: torch.nn.functional.softplus(-a)),
    ),
    ("the step is right, but the loss returned is that after it: compute it before the step", _hinge(after=True)),
]
