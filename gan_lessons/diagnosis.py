"""Reading a training history: which diseases it shows, by what evidence, and what to try."""

from typing import NamedTuple

import numpy as np

# The advice. Each piece was followed on the games of tests/test_diagnosis.py, and cured there.
LOGITS = "let D return logits: take the sigmoid off its end, the losses apply it"
EQUAL = "equal steps and equal learning rates for D and G"
STEADY = "no momentum (Adam's β₁ = 0; in plain descent with a rate 1/(1 - β) times as high)"
LIMIT = "R1 on D (γ about 1)"
COUNT = "log 'covered' and 'total' (gan_lessons.metrics.modes), or for images 'variety' (gan_lessons.metrics.variety)"


class Finding(NamedTuple):
    """A disease, the evidence for it in the history, and what to try: the first of `advice` that is not so already."""

    disease: str
    evidence: str
    advice: tuple

    def __str__(self):
        return f"{self.disease}: {self.remedy}"

    @property
    def remedy(self):
        """The evidence and the advice, as a text."""
        return f"{self.evidence}. Try: {'; if that is so already: '.join(self.advice)}."


def diagnose(history):
    """Return what is wrong with a run, as a list of `Finding`, what to do first first; empty for a healthy one.

    `history`: a list of dicts, one for each step, with the mean logits ``d_real`` and ``d_fake``, as
    ``LossBoard.history`` and `adversarial_steps` have them, and best with ``d_loss`` too. Some of the dicts should
    say what the samples are like: ``covered`` and ``total``, how many modes they cover (`gan_lessons.metrics.modes`)
    and how many there are, or ``variety`` (`gan_lessons.metrics.variety`). Some may hold ``g_grad``, the norm of G's
    gradient. In this order, the diseases, and what counts as one:

    - D ends in a sigmoid: no mean output of D ever left [0, 1], and the loss is not that of least squares
    - vanishing gradients: ``g_grad`` fell below 1 % of its largest while the logits are 2 or more apart
    - divergence: D's mean logits are 20 or more apart in the last quarter, half as much again as in the second
    - D far ahead, or G: otherwise, mean logits 4 or more apart in the last quarter, except for the Wasserstein loss;
      G is where the fakes' logit is the higher one, as with a D that does not learn
    - oscillation: with none of these, D's mean logit of the fakes, smoothed over 1 % of the steps and at least 5,
      swings in the second half by 0.3 or more about its trend and crosses it 4 times, with a period or without
    - mode collapse: in the last quarter ``covered`` is below 90 % of ``total``, or ``variety`` below a half
    - not looked at: the last quarter has neither of them, so a collapse would not be seen

    A collapse that comes with another disease is treated as that one. The limits are rules of thumb from small games,
    and so is the advice: each piece was followed on three seeds, and cured two or more. ValueError for fewer than 40
    steps, for a step without ``d_real`` or ``d_fake``, for ``covered`` without ``total``, and for values that are not
    finite.
    """
    if len(history) < 40:
        raise ValueError(f"{len(history)} steps are too few to tell; give the history of 40 or more")
    for name in ("d_real", "d_fake"):
        if missing := [step for step, logs in enumerate(history) if name not in logs]:
            raise ValueError(f"step {missing[0]} of the history lacks {name!r}, which d_step returns")
    if any("covered" in logs and "total" not in logs for logs in history):
        raise ValueError("where a step has 'covered' it needs 'total' too, the number of modes that there are")
    d_real, d_fake, d_loss, g_grad, covered, total, variety = (
        _series(history, name) for name in ("d_real", "d_fake", "d_loss", "g_grad", "covered", "total", "variety")
    )
    cause = (
        _sigmoid(d_real, d_fake, d_loss)
        or _vanishing_gradients(d_real - d_fake, g_grad)
        or _divergence(d_real - d_fake)
        or _one_ahead(d_real, d_fake, d_loss)
        or _oscillation(d_fake)
    )
    found = [cause, _collapse(covered, total, variety, cause)]
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


def _sigmoid(d_real, d_fake, d_loss):
    outputs = np.concatenate([d_real, d_fake])
    inside = outputs.min() >= 0 and outputs.max() <= 1
    moved = outputs.max() >= 0.25  # else it may be a D that has learned nothing, near logits of 0
    least_squares = _quarter(d_loss, 3) < 0.3  # its targets are 0 and 1; the others' losses stay above 0.31
    if not inside or not moved or least_squares:
        return None
    loss = _quarter(d_loss, 3)
    stuck = (
        "" if np.isnan(loss) else f", and its loss is {loss:.3f}, where 1.386 (or 0.693) means that it knows nothing"
    )
    return Finding("D ends in a sigmoid", f"D's mean outputs never leave [0, 1]{stuck}", (LOGITS,))


def _vanishing_gradients(gap, g_grad):
    apart, last, largest = _quarter(gap, 3), _quarter(g_grad, 3), np.nanmax(g_grad, initial=0)
    if apart < 2 or not last <= 0.01 * largest:  # near equilibrium small gradients are as they should be
        return None
    share = last / largest if largest else 0
    evidence = f"G's gradient fell to {share:.1g} of its largest, with D's logits {apart:.0f} apart"
    return Finding("vanishing gradients", evidence, (EQUAL,))


def _divergence(gap):
    before, last = _quarter(np.abs(gap), 1), _quarter(np.abs(gap), 3)
    if last < 20 or last < 1.5 * before:
        return None
    evidence = (
        f"D's logits of real and generated samples are {last:.0f} apart at the end, and were {before:.0f} earlier"
    )
    return Finding("divergence", evidence, (LIMIT,))


def _one_ahead(d_real, d_fake, d_loss):
    real, fake = _quarter(d_real, 3), _quarter(d_fake, 3)
    wasserstein = np.allclose(d_loss, d_fake - d_real, rtol=1e-3, atol=1e-3)  # whose slope does not level off
    if abs(real - fake) < 4 or wasserstein:
        return None
    if fake > real:
        evidence = f"D takes generated samples for real ones (mean logit {fake:.1f}) rather than the real ({real:.1f})"
        return Finding("G far ahead", evidence, (EQUAL,))
    evidence = f"D tells both kinds apart with ease at the end (mean logits {real:.1f} and {fake:.1f})"
    return Finding("D far ahead", evidence, (EQUAL, LIMIT))


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
    return Finding("oscillation", evidence, (STEADY, LIMIT))


def _collapse(covered, total, variety, cause):
    modes, last, varied = np.nanmax(total, initial=1), _quarter(covered, 3), _quarter(variety, 3)
    if modes > 1 and last < 0.9 * modes:  # NaN, where nothing was logged, is not below
        evidence = f"the samples cover {last:g} of {modes:g} modes in the last quarter"
    elif varied < 0.5:
        evidence = f"the samples vary {varied:.2f} times as much as the real ones in the last quarter"
    elif np.isnan(last) and np.isnan(varied):
        evidence = "losses and logits show no mode collapse, and what the samples are like is not in the history"
        return Finding("not looked at", evidence, (COUNT,))
    else:
        return None
    return Finding("mode collapse", evidence, cause.advice if cause else (EQUAL, STEADY, LIMIT))
