"""Reading a training history: which diseases it shows, by what evidence, and what to try."""

from typing import NamedTuple

import numpy as np


class Finding(NamedTuple):
    """A disease, the evidence for it in the history, and what to try first."""

    disease: str
    evidence: str
    advice: str

    def __str__(self):
        return f"{self.disease}: {self.evidence}. Try: {self.advice}."


def diagnose(history):
    """Return what is wrong with a run, as a list of `Finding`, empty for a healthy one.

    `history`: a list of dicts, one for each step, with the mean logits ``d_real`` and ``d_fake``, as
    ``LossBoard.history`` and `adversarial_steps` have them. Some of the dicts may hold more: ``g_grad``, the norm of
    G's gradient; ``covered`` and ``total``, how many modes the samples cover (`gan_lessons.metrics.modes`) and how
    many there are. The diseases, and what counts as one:

    - divergence: D's mean logits are 20 or more apart in the last quarter, half as much again as in the second
    - oscillation: where nothing diverges, D's mean logit of the fakes, smoothed over 1 % of the steps and at least 5,
      swings in the second half by 0.3 or more about its trend and crosses it 4 times, with a period or without
    - vanishing gradients: ``g_grad`` fell below 1 % of its largest while the logits are 2 or more apart
    - D far ahead: otherwise, mean logits above 2 and below -2 in the last quarter
    - mode collapse: ``covered`` is below 90 % of ``total`` in the last quarter; it goes unseen without ``covered``

    The limits are rules of thumb from small games. ValueError for fewer than 40 steps, for a step without ``d_real``
    or ``d_fake``, for ``covered`` without ``total``, and for values that are not finite.
    """
    if len(history) < 40:
        raise ValueError(f"{len(history)} steps are too few to tell; give the history of 40 or more")
    for name in ("d_real", "d_fake"):
        if missing := [step for step, logs in enumerate(history) if name not in logs]:
            raise ValueError(f"step {missing[0]} of the history lacks {name!r}, which d_step returns")
    if any("covered" in logs and "total" not in logs for logs in history):
        raise ValueError("where a step has 'covered' it needs 'total' too, the number of modes that there are")
    d_real, d_fake, g_grad, covered, total = (
        _series(history, name) for name in ("d_real", "d_fake", "g_grad", "covered", "total")
    )
    found = [
        _divergence(d_real - d_fake) or _oscillation(d_fake),
        _vanishing_gradients(d_real, d_fake, g_grad),
        _mode_collapse(covered, total),
    ]
    return [finding for finding in found if finding]


def _series(history, name):
    """Return the values of `name`, (steps,), with NaN where a step does not have it."""
    values = np.array([logs.get(name, np.nan) for logs in history], dtype=float)
    if not np.isfinite([logs[name] for logs in history if name in logs]).all():
        raise ValueError(f"{name!r} is not finite in the history: the run broke down")
    return values


def _quarter(values, i):
    """Return the median of the values in quarter number `i`, 0 to 3, of the steps; NaN where there are none."""
    part = values[i * len(values) // 4 : (i + 1) * len(values) // 4]
    return float(np.nanmedian(part)) if np.isfinite(part).any() else np.nan


def _divergence(gap):
    before, last = _quarter(np.abs(gap), 1), _quarter(np.abs(gap), 3)
    if last < 20 or last < 1.5 * before:
        return None
    evidence = (
        f"D's logits of real and generated samples are {last:.0f} apart at the end, and were {before:.0f} earlier"
    )
    return Finding("divergence", evidence, "R1 or a gradient penalty, a lower learning rate")


def _oscillation(d_fake):
    width = max(5, len(d_fake) // 100)  # single batches scatter; that is no swing
    smooth = np.convolve(d_fake, np.ones(width) / width, "valid")[len(d_fake) // 2 :]
    steps = np.arange(len(smooth))
    swing = smooth - np.polyval(np.polyfit(steps, smooth, 1), steps)
    crossings = int((np.diff(np.sign(swing)) != 0).sum())
    if swing.std() < 0.3 or crossings < 4:
        return None
    evidence = (
        f"D's mean logit of generated samples swings by ±{swing.std():.1f}, and crosses its trend {crossings} times"
    )
    return Finding("oscillation", evidence, "less momentum (Adam's β₁ = 0), R1, a lower or falling learning rate")


def _vanishing_gradients(d_real, d_fake, g_grad):
    real, fake = _quarter(d_real, 3), _quarter(d_fake, 3)
    if real - fake < 2:  # near equilibrium small gradients are as they should be
        return None
    advice = "the non-saturating loss, R1, fewer steps of D for each of G"
    last, largest = _quarter(g_grad, 3), np.nanmax(g_grad, initial=0)
    if last <= 0.01 * largest:  # NaN, where nothing was logged, is not
        share = last / largest if largest else 0
        evidence = f"G's gradient fell to {share:.1g} of its largest, with D's logits {real - fake:.0f} apart"
        return Finding("vanishing gradients", evidence, advice)
    if real > 2 and fake < -2:
        evidence = (
            f"D is sure of both kinds at the end (mean logits {real:.1f} and {fake:.1f}): minimax stands still there"
        )
        return Finding("D far ahead", evidence, advice)
    return None


def _mode_collapse(covered, total):
    last, modes = _quarter(covered, 3), np.nanmax(total, initial=1)
    if not last < 0.9 * modes or modes < 2:  # NaN, where nothing was logged, is not below
        return None
    evidence = f"the samples cover {last:g} of {modes:g} modes in the last quarter"
    return Finding("mode collapse", evidence, "a slower G or more steps of D, R1, larger batches; look at the samples")
