"""One step of D, one step of G, and the iterator that alternates them."""

import math
from itertools import count

import torch

from .runtime import WholeSteps

CAUSES = (
    "usual causes: a learning rate that is too high; log(sigmoid(x)) in place of the losses on logits; "
    "a square root or a division at zero; a critic without a penalty"
)


def d_step(G, D, optimizer, loss, real, z, condition=(), penalty=None):
    """Update D once on a real batch and a fresh, detached fake batch; G is left as it is.

    `real`: (N, …) real samples. `z`: (N, …) noise for G. `loss`: a pair from `gan_lessons.losses`.
    `condition`: further arguments for both networks, called as ``G(z, *condition)`` and ``D(x, *condition)``.
    `penalty`: a function of ``(D, real, fake)``.

    Returns the floats ``d_loss`` (without the penalty), ``d_real`` and ``d_fake`` (mean logits), and
    ``penalty`` where one is given. Raises ValueError where D's output is not (N,) or the fakes are not shaped
    like the real samples, FloatingPointError, before the update, where the loss is not finite.
    """
    with torch.no_grad():
        fake = G(z, *condition)
    if fake.shape[1:] != real.shape[1:]:
        raise ValueError(
            f"G makes samples of shape {tuple(fake.shape[1:])}, the real ones have {tuple(real.shape[1:])}"
        )
    real_logits, fake_logits = logits_of(D, real, condition), logits_of(D, fake, condition)
    value = loss.d(real_logits, fake_logits)
    logs = {"d_loss": value.item(), "d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()}
    if penalty is not None:
        extra = penalty(lambda x: D(x, *condition), real, fake)
        logs["penalty"] = extra.item()
        value = value + extra
    _update(optimizer, value, "D")
    return logs


def g_step(G, D, optimizer, loss, z, condition=(), real=None):
    """Update G once through D; D and its gradients are left as they are.

    Arguments and errors as for `d_step`. `real`: a real batch of N samples for the relativistic loss, which
    compares with it; the others need none. Returns the float ``g_loss``.
    """
    fake_logits = logits_of(D, G(z, *condition), condition)
    real_logits = None
    if real is not None:
        with torch.no_grad():
            real_logits = logits_of(D, real, condition)
    value = loss.g(fake_logits, real_logits)
    _update(optimizer, value, "G")
    return {"g_loss": value.item()}


def adversarial_steps(batches, d_update, g_update, d_per_g=1, start=0):
    """Train for as long as the caller asks: each ``next`` is `d_per_g` steps of D and one of G.

    `batches`: an iterable of real batches. `d_update(batch)` and `g_update(batch)`: each does one update and
    returns a dict of floats. Yields the two dicts as one, after every whole step; `g_update` sees D's last batch.
    Ends when `batches` does. `start`: the number of the first step, when a run is continued.

    An interrupt waits until the step and the body of the loop around it are done. Raises ValueError where
    `d_per_g` is below 1, FloatingPointError, with the step's number, where a logged value is not finite.
    """
    if d_per_g < 1:
        raise ValueError(f"d_per_g must be 1 or more, not {d_per_g}")
    batches = iter(batches)
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


def logits_of(D, x, condition):
    logits = D(x, *condition)
    if logits.shape != (len(x),):
        raise ValueError(
            f"D must return one raw logit a sample, of shape ({len(x)},), not {tuple(logits.shape)}; "
            "end its forward with .squeeze(1) where the last layer has one output"
        )
    return logits


def _update(optimizer, value, name):
    """Step `optimizer` down the gradient of `value`, touching the gradients of its own parameters alone."""
    if not math.isfinite(value.item()):
        raise FloatingPointError(
            f"the loss of {name} is {value.item()}; {CAUSES}. The networks are as before this update"
        )
    optimizer.zero_grad()
    own = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    value.backward(inputs=own)
    optimizer.step()


def _finite(step, update, batch):
    try:
        logs = update(batch)
    except FloatingPointError as error:
        raise FloatingPointError(f"at step {step} {error}") from None
    for name, value in logs.items():
        if not math.isfinite(value):
            raise FloatingPointError(f"at step {step} {name} is {value}; {CAUSES}")
    return logs
