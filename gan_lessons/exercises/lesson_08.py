"""Checks of lesson 08's exercises."""

import torch
from torch import nn
from torch.nn.functional import softplus

from .answers import call, number, tensor
from .compare import Case, compared, value_and_slopes
from .guard import Wrong
from .toys import NOT_THE_MEAN


class Bowl(nn.Module):
    """f(x) = w/2 · ‖x‖² for images, (N, C, H, W) → (N,): its slope at x is w x."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(weight)))

    def forward(self, x):
        return self.weight / 2 * x.flatten(1).square().sum(1)


def check_1(penalty):
    def images(*shape, scale=1.0):
        return scale * torch.randn(shape, generator=torch.Generator().manual_seed(len(shape) + shape[0]))

    flat = torch.cat([torch.zeros(1, 1, 2, 2), images(2, 1, 2, 2)])
    cases = [
        Case("three images of 2×2×2", (0.3, images(3, 2, 2, 2)), "one norm over all the pixels of each image?"),
        Case("five images of 1×3×2", (-0.7, images(5, 1, 3, 2)), "one norm over all the pixels of each image?"),
        Case("slopes below 1", (0.2, images(4, 1, 2, 2, scale=0.5)), "a slope below 1 is charged too"),
        Case("three images, at one of which D is flat", (0.5, flat), "the square root has no slope at 0: take .norm"),
    ]
    return compared(penalty, _penalty(), cases, _NOT_PENALTY, look=_charge)


def _charge(penalty, weight, x):
    D = Bowl(weight)
    value = tensor(call(penalty, D, x), ())
    if D.weight.grad is not None:
        raise Wrong("gradients were added to D's weights: take the slope with torch.autograd.grad, not with backward")
    (slope,) = torch.autograd.grad(value, D.weight, allow_unused=True) if value.requires_grad else (None,)
    return {"it": value, "its slope in D's weight": torch.zeros(()) if slope is None else slope}


def _norm(slope):
    return slope.flatten(1).norm(dim=1)


def _penalty(norm=_norm, of=torch.sum, charge=lambda s: (s - 1).square(), reduce=torch.mean, graph=True):
    """Return the penalty, or one with a mistake in it."""

    def penalty(D, x):
        x = x.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(of(D(x)), x, create_graph=graph)
        return reduce(charge(norm(slope)))

    return penalty


_EACH = "an image has one slope, and one norm over all its channels, rows and columns: flatten(1) first"
_NOT_PENALTY = [
    *[(_EACH, _penalty(norm=lambda slope, dim=dim: slope.norm(dim=dim))) for dim in (1, 2, 3, (2, 3))],
    (
        "this is one norm over the whole batch: each image has a norm of its own",
        _penalty(norm=lambda slope: slope.norm()),
    ),
    (
        "these are the slopes of the mean over the batch, N times too small: take them of D(x).sum()",
        _penalty(of=torch.mean),
    ),
    ("this compares the squared norm with 1: take its root first", _penalty(norm=lambda slope: _norm(slope).square())),
    ("the distance from 1 is squared", _penalty(charge=lambda s: (s - 1).abs())),
    (
        "this charges for slopes above 1 only; those below 1 are charged too",
        _penalty(charge=lambda s: torch.relu(s - 1).square()),
    ),
    (
        "this charges for any slope, as R1 does; here it is the distance of the norm from 1",
        _penalty(charge=torch.square),
    ),
    (
        "this adds up absolute values: the norm is the root of the sum of squares",
        _penalty(norm=lambda slope: slope.flatten(1).abs().sum(1)),
    ),
    ("this is the sum over the batch: take the mean", _penalty(reduce=torch.sum)),
    (
        "take the mean of the charges, not the charge of the mean slope",
        _penalty(charge=lambda s: (s.mean() - 1).square()),
    ),
    (
        "right values, but no slope comes back to D's weights: create_graph=True, and neither detach nor no_grad",
        _penalty(graph=False),
    ),
    (
        "where D is flat, the root of a sum of squares has no slope (it is nan): take .norm, or add a tiny constant",
        _penalty(norm=lambda slope: slope.flatten(1).square().sum(1).sqrt()),
    ),
]


def check_2(estimate):
    def case(words, *shape, why=""):
        draw = torch.Generator().manual_seed(shape[0])
        return Case(words, (torch.randn(shape, generator=draw), torch.randn(shape[0], generator=draw)), why)

    why = "reshape the kernel to (out, everything else) first"
    cases = [
        case("a matrix of 4×3", 4, 3),
        case("a kernel of shape (3, 2, 2, 2)", 3, 2, 2, 2, why=why),
        case("a kernel of shape (5, 1, 3, 3)", 5, 1, 3, 3, why=why),
    ]
    return compared(estimate, _estimate(), cases, _NOT_ESTIMATE)


def _estimate(times=1, flat=lambda weight: weight.flatten(1), scale_v=True, last=lambda W, u, v: (W @ v).norm()):
    """Return σ after one power iteration, or an estimate with a mistake in it."""

    def estimate(weight, u):
        W = flat(weight)
        for _ in range(times):
            v = W.mT @ u
            v = v / v.norm() if scale_v else v
            old, u = u, W @ v / (W @ v).norm()
        return last(W, old, v)

    return estimate


_ALL = "a kernel's rows and columns count too: reshape it to (out, in · height · width), without adding anything up"
_NOT_ESTIMATE = [
    ("v has to be scaled to length 1 before W is applied to it", _estimate(scale_v=False)),
    *[
        ("the u in uᵀWv is the *new* one, of length 1: W v scaled", _estimate(last=last))
        for last in (lambda W, u, v: u @ W @ v, lambda W, u, v: u @ W @ v / u.norm())
    ],
    (
        "this is the largest singular value itself; one iteration does not get there yet",
        lambda weight, u: torch.linalg.svdvals(weight.flatten(1))[0],
    ),
    ("this is the root of the sum of all squares, not the spectral norm", lambda weight, u: weight.norm()),
    ("this is σ²: uᵀWv has W once, and u of length 1", _estimate(last=lambda W, u, v: (W @ v).square().sum())),
    ("these are two iterations: one is asked for", _estimate(times=2)),
    *[
        (_ALL, _estimate(flat=lambda weight, add=add: add(weight.flatten(2), 2) if weight.dim() > 2 else weight))
        for add in (torch.sum, torch.mean)
    ],
]


def check_3(critic_loss):
    def case(words, real, fake, dtype=torch.float32, why=""):
        return Case(words, (torch.tensor(real, dtype=dtype), torch.tensor(fake, dtype=dtype)), why)

    cases = [
        case("three real and three generated samples", [1.0, 2.513, -0.5], [0.3, -1.0, -2.042]),
        case("a critic that is wrong", [-1.0, -2.0, 0.7], [3.0, 1.5, 0.25], why="its loss is then above 0"),
        case("two real and five generated samples, in float64", [0.3, 4.0], [1.0, -3.0, 2.0, 0.2, 0.9], torch.float64),
        case("outputs of 40 and 300", [40.0, 300.0], [-40.0, 7.0, -90.0], why="a critic's outputs have no ends"),
    ]
    return compared(critic_loss, _critic_loss(), cases, _NOT_CRITIC_LOSS, look=value_and_slopes)


def _critic_loss(real=-1, fake=1, mean=torch.mean, inner=lambda a: a, outer=lambda a: a):
    """Return the critic's loss, or one with a mistake in it."""
    return lambda real_logits, fake_logits: outer(real * mean(inner(real_logits)) + fake * mean(inner(fake_logits)))


_NOT_CRITIC_LOSS = [
    (
        "the sign is wrong: this is the gap, which is to be large; the loss, which is minimised, is minus that",
        _critic_loss(1, -1),
    ),
    ("this is the sum of the two means: the one is subtracted from the other", _critic_loss(1, 1)),
    ("only the generated samples are in it: where are the real ones?", _critic_loss(real=0)),
    ("only the real samples are in it: where are the generated ones?", _critic_loss(fake=0)),
    ("a critic has no sigmoid: its outputs are used as they are", _critic_loss(inner=torch.sigmoid)),
    (
        "this is the loss of 2014; the critic's is a difference of two means",
        lambda real_logits, fake_logits: softplus(-real_logits).mean() + softplus(fake_logits).mean(),
    ),
    ("without its sign, the loss cannot tell a good critic from a wrong one", _critic_loss(outer=torch.abs)),
    ("there is no half in it", _critic_loss(-0.5, 0.5)),
    *[
        (hint, _critic_loss(mean=lambda a, mean=mean: mean(lambda b: b, a)))
        for hint, mean in NOT_THE_MEAN
        if "mean logit" not in hint  # the loss is linear
    ],
    (
        "right values, but no slope comes back: use the logits as they come, without detach or no_grad",
        lambda real_logits, fake_logits: (fake_logits.mean() - real_logits.mean()).detach(),
    ),
]


def check_4(weight):
    weight = number(weight)
    if abs(weight - 6) < 5e-3:
        return None
    if abs(weight - 12) < 1e-2:
        return "12 is 2λ: the slope is 1 + θ/2λ"
    if abs(weight - 1.2) < 1e-2:
        return "1.2 is θ/2 divided by the slope: first take away the 1 that the penalty asks for"
    if abs(weight - 1 / 6) < 1e-2:
        return "upside down: with a larger λ the slope comes nearer to 1"
    if abs(weight - 1.125) < 1e-2:
        return "1.125 is the slope with λ = 12; solve 1 + θ/2λ = 1.25 for λ"
    if abs(weight - 2.4) < 1e-2:
        return "2.4 is θ divided by the slope; that is the γ of R1, whose slope is θ/γ"
    return f"{weight:g} is not it: solve 1 + θ/2λ = 1.25 with θ = 3 for λ"
