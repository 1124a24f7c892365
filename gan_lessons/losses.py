"""Losses as pairs of functions of logits, and penalties on the discriminator.

A loss is a pair ``(d, g)``. ``d(real_logits, fake_logits)`` and ``g(fake_logits, real_logits=None)`` take the
discriminator's raw outputs, of shape (N,), high for real, and return a scalar to *minimise*. Only the
relativistic loss looks at ``real_logits`` in ``g``. A plain tuple of two functions of your own is a loss too, and
its ``g`` may leave ``real_logits`` out.

A penalty is a function of ``(D, real, fake)`` that returns a scalar to add to the discriminator's loss.
"""

from collections.abc import Callable
from functools import lru_cache
from inspect import signature
from numbers import Integral
from typing import NamedTuple

import torch
from torch.nn.functional import relu, softplus


class Loss(NamedTuple):
    """The discriminator's loss ``d`` and the generator's loss ``g``."""

    d: Callable
    g: Callable


def as_pair(loss):
    """Return a pair ``(d, g)`` of functions as a `Loss` whose ``g`` takes real logits too; else TypeError."""
    if isinstance(loss, tuple | list) and len(loss) == 2 and all(map(callable, loss)):
        loss = Loss(*loss)
    if hasattr(loss, "d") and hasattr(loss, "g"):
        return loss if _takes_two(loss.g) else Loss(loss.d, lambda fake_logits, real_logits=None: loss.g(fake_logits))
    known = ", ".join(f"losses.{name}" for name, value in globals().items() if isinstance(value, Loss))
    raise TypeError(f"loss must be a pair (d, g) of functions of logits, such as {known}, not {loss!r}")


@lru_cache(maxsize=64)
def _takes_two(function):
    try:
        signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # it is written in C and does not tell
        return True
    return True


def _cross_entropy_d(real_logits, fake_logits):
    # -log D(x) - log(1 - D(G(z))) with D = sigmoid(logit): softplus(-a) = -log sigmoid(a), without overflow
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def _minimax_g(fake_logits, real_logits=None):
    return -softplus(fake_logits).mean()


def _non_saturating_g(fake_logits, real_logits=None):
    return softplus(-fake_logits).mean()


def _least_squares_d(real_logits, fake_logits):
    return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())


def _least_squares_g(fake_logits, real_logits=None):
    return 0.5 * (fake_logits - 1).square().mean()


def _hinge_d(real_logits, fake_logits):
    return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()


def _wasserstein_d(real_logits, fake_logits):
    return fake_logits.mean() - real_logits.mean()


def _mean_g(fake_logits, real_logits=None):
    return -fake_logits.mean()


def _relativistic_d(real_logits, fake_logits):
    _must_pair(real_logits, fake_logits)
    return softplus(fake_logits - real_logits).mean()


def _relativistic_g(fake_logits, real_logits=None):
    if real_logits is None:
        raise TypeError("the relativistic loss of G compares with real logits: give g_step real=<a real batch>")
    _must_pair(real_logits, fake_logits)
    return softplus(real_logits - fake_logits).mean()


def _must_pair(real_logits, fake_logits):
    if real_logits.shape != fake_logits.shape:
        raise ValueError(
            f"the relativistic loss pairs each real sample with a generated one, but there are {len(real_logits)} and "
            f"{len(fake_logits)}; draw as many z as there are real samples: len(real)"
        )


#: Goodfellow et al. 2014, eq. 1. G minimises E[log(1 - D(G(z)))], which saturates while D is ahead.
minimax = Loss(_cross_entropy_d, _minimax_g)

#: Goodfellow et al. 2014, section 3. G minimises -E[log D(G(z))] instead.
non_saturating = Loss(_cross_entropy_d, _non_saturating_g)

#: LSGAN, Mao et al. 2017, eq. 9, with targets 0 for fake and 1 for real.
least_squares = Loss(_least_squares_d, _least_squares_g)

#: Lim and Ye 2017; Miyato et al. 2018, eqs. 16 and 17.
hinge = Loss(_hinge_d, _mean_g)

#: WGAN, Arjovsky et al. 2017, eq. 2. D must be kept Lipschitz, by a penalty or otherwise.
wasserstein = Loss(_wasserstein_d, _mean_g)

#: Relativistic pairing, Jolicoeur-Martineau 2019; Huang et al. 2024 (R3GAN), eq. 2. Both logits matter to both.
relativistic = Loss(_relativistic_d, _relativistic_g)


def _squared_slopes(D, x):
    """Return the squared norm of D's gradient at each sample of `x`, shape (N,), as part of the graph."""
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def r1(gamma):
    """Return the penalty γ/2 · E[‖∇D(x)‖²] at real samples (Mescheder et al. 2018, eq. 9); ValueError if γ < 0."""
    _must_not_be_negative("gamma", gamma)
    return lambda D, real, fake: 0.5 * gamma * _squared_slopes(D, real).mean()


def r2(gamma):
    """Return the penalty γ/2 · E[‖∇D(x)‖²] at generated ones (Mescheder et al. 2018, eq. 10); ValueError if γ < 0."""
    _must_not_be_negative("gamma", gamma)
    return lambda D, real, fake: 0.5 * gamma * _squared_slopes(D, fake).mean()


def gradient_penalty(weight=10.0, centre=1.0, generator=None):
    """Return the penalty weight · E[(‖∇D(x̂)‖ - centre)²] (Gulrajani et al. 2017, eq. 3).

    Each x̂ lies at random on the line between one real and one generated sample, so the two batches must have
    one shape; ValueError if not, or if `weight` or `centre` is below 0. ``centre=0`` gives the zero-centred
    penalty. `generator`: a ``torch.Generator`` to draw the places from, else torch's global one.
    """
    _must_not_be_negative("weight", weight)
    _must_not_be_negative("centre", centre)

    def penalty(D, real, fake):
        if real.shape != fake.shape:
            raise ValueError(f"real {tuple(real.shape)} and fake {tuple(fake.shape)} must have the same shape")
        size = (len(real), *[1] * (real.dim() - 1))
        share = torch.rand(size, generator=generator, dtype=real.dtype, device=real.device)
        squared = _squared_slopes(D, torch.lerp(fake, real, share))
        if centre == 0:
            return weight * squared.mean()
        # the square root has no slope at 0; the tiny offset keeps its gradient finite there
        return weight * ((squared + 1e-12).sqrt() - centre).square().mean()

    return penalty


def _must_not_be_negative(name, value):
    if not value >= 0:  # so that NaN is refused too
        raise ValueError(f"{name} must be 0 or more, not {value}")


class Lazy:
    """Apply `penalty` at every `every`-th call only, `every` times as strong (Karras et al. 2020, appendix B).

    The first call applies it. The count is its state: save it with a checkpoint like a network's.
    """

    def __init__(self, penalty, every):
        if not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every must be a whole number, 1 or more, not {every}")
        self.penalty, self.every, self.calls = penalty, every, 0

    def __call__(self, D, real, fake):
        due = self.calls % self.every == 0
        self.calls += 1
        return self.every * self.penalty(D, real, fake) if due else real.new_zeros(())

    def state_dict(self):
        return {"calls": self.calls}

    def load_state_dict(self, state):
        self.calls = state["calls"]
