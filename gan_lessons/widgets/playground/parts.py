"""The six parts of a half-step, done one after the other, each with a text that says what happened."""

import math
from typing import NamedTuple

import torch

from ...training import CAUSES
from ...training.checks import check_arguments, check_gradients, check_optimizer, check_samples, logits_of, one_number

PARTS = ("draw z", "generate", "score", "loss", "gradient", "update")


class Part(NamedTuple):
    """One of the six parts of a half-step, after it was done."""

    who: str  # "D" or "G"
    index: int  # into PARTS
    text: str  # what happened, with its numbers
    fake: torch.Tensor | None  # the generated points of this half-step, (batch, 2), once there are any


def d_parts(game, real, z):
    """D's half-step, the same as `training.d_step`, one part after the other; returns the logs.

    Of the `game`, it takes at each part what is set then.
    """
    G, D = game.G, game.D
    yield Part("D", 0, f"{len(z)} random z of {z.shape[1]} numbers each, and {len(real)} real points.", None)
    check_arguments(D, "D", z, (), real)
    with torch.no_grad():
        fake = G(z)
    check_samples(fake, real)
    yield Part("D", 1, "G turns each z into a point. This half-step is D's: G stays as it is.", fake)
    real_logits, fake_logits = logits_of(D, real, ()), logits_of(D, fake, ())
    logs = {"d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()}
    text = f"D's mean logit: {logs['d_real']:+.2f} on real points, {logs['d_fake']:+.2f} on generated ones."
    yield Part("D", 2, text, fake)
    value = one_number(game.loss.d(real_logits, fake_logits), "the loss of D")
    logs["d_loss"], text = value.item(), f"D's loss is {value.item():.3f}"
    if game.penalty is not None:
        extra = one_number(game.penalty(D, real, fake), "the penalty")
        logs["penalty"], value, text = extra.item(), value + extra, f"{text}, and its penalty {extra.item():.3f}"
    yield Part("D", 3, f"{text}; small where D scores real points high and generated ones low.", fake)
    yield Part("D", 4, f"Backward: the slope of that in {_backward(game.d_opt, value, 'D')}.", fake)
    moved = _update(game.d_opt)
    game.d_updates += 1
    yield Part("D", 5, f"D's optimiser moves D's weights by {moved:.2g}: the field changes, no point does.", fake)
    return logs


def g_parts(game, z, real):
    """G's half-step, the same as `training.g_step`, one part after the other; returns the logs.

    Of the `game`, it takes at each part what is set then.
    """
    yield Part("G", 0, f"{len(z)} new random z of {z.shape[1]} numbers each.", None)
    check_arguments(game.G, "G", z, (), real)
    fake = game.G(z)
    check_samples(fake, real)
    shown = fake.detach()
    yield Part("G", 1, "G turns each z into a point, and remembers how.", shown)
    logits, real_logits = logits_of(game.D, fake, ()), None
    check_optimizer(game.g_opt, fake, logits)
    if real is not None:
        with torch.no_grad():
            real_logits = logits_of(game.D, real, ())
    yield Part("G", 2, f"D's mean logit on them is {logits.mean():+.2f}. No real point is needed.", shown)
    value = one_number(game.loss.g(logits, real_logits), "the loss of G")
    yield Part("G", 3, f"G's loss is {value.item():.3f}; small where D takes generated points for real.", shown)
    slope = _backward(game.g_opt, value, "G")
    yield Part("G", 4, f"Backward through D, which stays as it is, to {slope}. Arrows: the pull.", shown)
    moved = _update(game.g_opt)
    game.g_updates += 1
    yield Part("G", 5, f"G's optimiser moves G's weights by {moved:.2g}: points move, the field stays.", shown)
    return {"g_loss": value.item()}


def _own(optimiser):
    return [p for group in optimiser.param_groups for p in group["params"] if p.requires_grad]


def _backward(optimiser, value, name):
    """Put the gradient of `value` in the optimiser's own weights, and return its size in words."""
    if not math.isfinite(value.item()):
        raise FloatingPointError(f"a loss is {value.item()}; {CAUSES}")
    optimiser.zero_grad()
    own = _own(optimiser)
    if own:
        value.backward(inputs=own)
    check_gradients(own, name)
    return f"each of {sum(p.numel() for p in own):,} weights, {norm(p.grad for p in own):.2g} long in all"


def _update(optimiser):
    """Step the optimiser, and return how far its weights moved."""
    before = [p.detach().clone() for p in _own(optimiser)]
    optimiser.step()
    return norm(p.detach() - old for p, old in zip(_own(optimiser), before, strict=True))


def norm(tensors):
    """Return the norm of all tensors as one vector; None among them counts as zero."""
    return math.sqrt(sum(float(t.square().sum()) for t in tensors if t is not None))
