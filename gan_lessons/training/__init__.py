"""One step of D, one step of G, and the iterator that alternates them."""

import math
from itertools import count
from numbers import Integral

import numpy as np
import torch

from ..losses import as_pair
from ..runtime import WholeSteps
from .checks import check_arguments, check_gradients, check_optimizer, check_samples, kind, logits_of, one_number

CAUSES = (
    "usual causes: a learning rate that is too high; log(sigmoid(x)) in place of the losses on logits; "
    "a square root or a division at zero; a critic without a penalty; NaN in the real data"
)


def d_step(G, D, optimizer, loss, real, z, condition=(), penalty=None):
    """Update D once on a real batch and a fresh, detached fake batch; G is left as it is.

    `real`: (N, …) real samples. `z`: (N, …) noise for G; another N than that of `real` suits only a loss and a
    penalty that do not pair the samples. `optimizer`: of D's weights. `loss`: a pair from `gan_lessons.losses`, or
    your own functions ``(d, g)``. `condition`: a tuple of further arguments for both networks, called as
    ``G(z, *condition)`` and ``D(x, *condition)``. `penalty`: a function of ``(D, real, fake)``.

    Returns the floats ``d_loss`` (without the penalty), ``d_real`` and ``d_fake`` (mean logits), and ``penalty``
    where one is given. Before the update it raises ValueError or TypeError for arguments that do not fit: logits
    that are not (N,), fakes unlike the real samples, a loss that is not one number, an optimizer that would train
    nothing, a network that learns in eval mode; FloatingPointError where the loss is not finite.
    """
    loss = as_pair(loss)
    check_arguments(D, "D", z, condition, real)
    with torch.no_grad():
        fake = G(z, *condition)
    check_samples(fake, real)
    real_logits, fake_logits = logits_of(D, real, condition), logits_of(D, fake, condition)
    value = one_number(loss.d(real_logits, fake_logits), "the loss of D")
    logs = {"d_loss": value.item(), "d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()}
    if penalty is not None:
        extra = one_number(penalty(lambda x: D(x, *condition), real, fake), "the penalty")
        logs["penalty"] = extra.item()
        value = value + extra
    _update(optimizer, value, "D")
    return logs


def g_step(G, D, optimizer, loss, z, condition=(), real=None):
    """Update G once through D; D and its gradients are left as they are.

    Arguments and errors as for `d_step`; `optimizer`: of G's weights, and none of D's. `real`: a real batch of N
    samples for the relativistic loss, which compares with it; the others need none. Returns the float ``g_loss``.
    """
    loss = as_pair(loss)
    check_arguments(G, "G", z, condition, real)
    fake = G(z, *condition)
    check_samples(fake, real)
    fake_logits = logits_of(D, fake, condition)
    check_optimizer(optimizer, fake, fake_logits)
    real_logits = None
    if real is not None:
        with torch.no_grad():
            real_logits = logits_of(D, real, condition)
    value = one_number(loss.g(fake_logits, real_logits), "the loss of G")
    _update(optimizer, value, "G")
    return {"g_loss": value.item()}


def adversarial_steps(batches, d_update, g_update, d_per_g=1, start=0):
    """Train for as long as the caller asks: each ``next`` is `d_per_g` steps of D and one of G.

    `batches`: real batches. What can be gone through again, such as a list or a DataLoader, is begun anew at its
    end, so that the caller's count of steps alone ends the training; a generator or another iterator ends it where
    it ends itself. `d_update(batch)` and `g_update(batch)`: each does one update and returns a dict of floats.
    Yields the two dicts as one, after every whole step; `g_update` sees D's last batch. `start`: the number of the
    first step, when a run is continued.

    An interrupt waits until the step and the body of the loop around it are done. Raises ValueError where
    `d_per_g` is not a whole number, 1 or more, or `batches` has no batch, TypeError where it is one tensor or an
    update returns no dict, FloatingPointError, with the step's number, where a logged value is not finite.
    """
    if not isinstance(d_per_g, Integral) or d_per_g < 1:
        raise ValueError(f"d_per_g must be a whole number, 1 or more, not {d_per_g!r}")
    batches = _again_and_again(batches)
    whole = WholeSteps()
    try:
        for step in count(start):
            whole.begin()
            logs = {}
            for _ in range(d_per_g):
                try:
                    batch = next(batches)
                except StopIteration:
                    return
                logs = _finite(step, d_update, batch)
            yield logs | _finite(step, g_update, batch)
    finally:
        whole.end()


def _update(optimizer, value, name):
    """Step `optimizer` down the gradient of `value`, touching the gradients of its own parameters alone."""
    if not math.isfinite(value.item()):
        raise FloatingPointError(
            f"the loss of {name} is {value.item()}; {CAUSES}. The networks are as before this update"
        )
    optimizer.zero_grad()
    own = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    if own:
        value.backward(inputs=own)
    check_gradients(own, name)
    optimizer.step()


def _again_and_again(batches):
    """Yield from `batches`, without end where it is no iterator; ValueError where there is no batch at all."""
    if isinstance(batches, torch.Tensor | np.ndarray):
        raise TypeError(f"batches is {kind(batches)}, and would be gone through row by row; cut it into batches")
    iterator = iter(batches)
    while True:
        empty = True
        for batch in iterator:
            empty = False
            yield batch
        if empty:
            raise ValueError(
                "there is no batch: the loader is empty (fewer samples than a batch, with drop_last), or an iterator "
                "that was used up before, which has to be made anew"
            )
        if iterator is batches:
            return
        iterator = iter(batches)


def _finite(step, update, batch):
    try:
        logs = update(batch)
    except FloatingPointError as error:
        raise FloatingPointError(f"at step {step} {error}") from None
    if not isinstance(logs, dict):
        raise TypeError(f"an update must return a dict of floats, not {kind(logs)}; begin with: return d_step(…")
    for name, value in logs.items():
        if not math.isfinite(value):
            raise FloatingPointError(f"at step {step} {name} is {value}; {CAUSES}")
    return logs
