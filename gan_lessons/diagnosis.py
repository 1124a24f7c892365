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
    ``LossBoard.history`` and `adversarial_steps` have them. Some diseases show in further numbers alone, which any
    of the dicts may hold: ``g_grad``, the norm of G's gradient; ``covered`` and ``total``, the modes that samples
    cover (`gan_lessons.metrics.modes`) and that there are. Without ``covered`` a mode collapse goes unseen.

    It compares the quarters of the run, so a run has to be long enough to show something: ValueError for fewer
    than 40 steps, or where a step lacks ``d_real`` or ``d_fake``. The limits are rules of thumb.
    """
    if len(history) < 40:
        raise ValueError(f"{len(history)} steps are too few to tell; give the history of 40 or more")
    try:
        d_real, d_fake = (np.array([logs[name] for logs in history]) for name in ("d_real", "d_fake"))
    except KeyError as missing:
        raise ValueError(f"a step of the history lacks {missing}, which d_step returns") from None
    found = [
        _vanishing_gradients(_logged(history, "g_grad"), d_real, d_fake),
        _mode_collapse(_logged(history, "covered"), _logged(history, "total")),
        _divergence(d_real - d_fake) or _oscillation(d_fake),
    ]
    return [finding for finding in found if finding]


def _vanishing_gradients(g_grad, d_real, d_fake):
    advice = "the non-saturating loss, R1, fewer steps of D for each of G"
    real, fake = _quarter(d_real, 3), _quarter(d_fake, 3)
    if real - fake < 2:  # near equilibrium small gradients are as they should be
        return None
    if len(g_grad) and (last := _quarter(g_grad, 3)) < 0.01 * g_grad.max():
        evidence = (
            f"G's gradient fell to {last / g_grad.max():.1g} of its largest, and D's logits lie {real - fake:.0f} apart"
        )
        return Finding("vanishing gradients", evidence, advice)
    if real > 2 and fake < -2:
        evidence = (
            f"D is sure of both kinds at the end (mean logits {real:.1f} and {fake:.1f}): minimax stands still there"
        )
        return Finding("D far ahead", evidence, advice)
    return None


def _mode_collapse(covered, total):
    if not len(covered) or total[-1] < 2 or (last := _quarter(covered, 3)) >= 0.9 * total[-1]:
        return None
    evidence = f"the samples cover {last:.0f} of {total[-1]:.0f} modes in the last quarter"
    return Finding("mode collapse", evidence, "a slower G or more steps of D, R1, larger batches; look at the samples")


def _divergence(gap):
    before, last = _quarter(np.abs(gap), 1), _quarter(np.abs(gap), 3)
    if last < 20 or last < 1.5 * before:
        return None
    evidence = (
        f"D's logits of real and generated samples are {last:.0f} apart at the end, and were {before:.0f} earlier"
    )
    return Finding("divergence", evidence, "R1 or a gradient penalty, a lower learning rate")


def _oscillation(d_fake):
    width = max(1, len(d_fake) // 100)
    smooth = np.convolve(d_fake, np.ones(width) / width, "valid")[len(d_fake) // 2 :]
    steps = np.arange(len(smooth))
    swing = smooth - np.polyval(np.polyfit(steps, smooth, 1), steps)
    crossings = int((np.diff(np.sign(swing)) != 0).sum())
    if swing.std() < 0.3 or crossings < 4:
        return None
    evidence = (
        f"D's mean logit of generated samples swings by ±{swing.std():.1f} and crosses its trend {crossings} times"
    )
    return Finding("oscillation", evidence, "less momentum (Adam's β₁ = 0), R1, a lower or falling learning rate")


def _logged(history, name):
    return np.array([logs[name] for logs in history if name in logs], dtype=float)


def _quarter(values, i):
    """Return the median of the quarter number `i`, 0 to 3, of `values`."""
    return float(np.median(values[i * len(values) // 4 : max((i + 1) * len(values) // 4, i * len(values) // 4 + 1)]))
