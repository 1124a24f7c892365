"""Checks of lesson 05's exercises."""

import math

import torch

from . import call, number


def check_1(value):
    value = number(value)
    if abs(value) < 2e-3:
        return None
    if abs(value + math.log(4)) < 2e-3:
        return "that is the value where p = q, and D cannot tell; here D is never wrong"
    if abs(value - math.log(2)) < 2e-3:
        return "log 2 is JSD itself; V is twice that, minus log 4"
    if abs(value - math.log(4)) < 2e-3:
        return "2 JSD is log 4 here; and then log 4 is taken away"
    if value > 0:
        return "V is a mean of logarithms of probabilities: it cannot be above 0"
    return f"{value:g} is not it: what is log D(x) for a D that gives 1 to every real sample?"


def check_2(jensen_shannon):
    def answer(p, q, dtype=torch.float64):
        return number(call(jensen_shannon, torch.tensor(p, dtype=dtype), torch.tensor(q, dtype=dtype)))

    value = answer([0.5, 0.5], [0.9, 0.1])
    kl = {name: sum(a * math.log(a / b) for a, b in zip(x, y, strict=True)) for name, x, y in _PAIRS}
    right = (kl["pm"] + kl["qm"]) / 2
    if math.isnan(value):
        return "your answer is not a number (nan) for p = (½, ½), q = (0.9, 0.1)"
    if abs(value - 2 * right) < 1e-6:
        return "twice too large: each of the two terms counts half"
    if abs(value - right / math.log(2)) < 1e-6:
        return "this is in bits: use the natural logarithm"
    if min(abs(value - kl[name]) for name in ("pq", "qp")) < 1e-6:
        return "this is KL of one against the other; JSD compares each with their mean m"
    if (
        min(abs(value - kl[name]) for name in ("pm", "qm")) < 1e-6
        or min(abs(value - kl[name] / 2) for name in ("pm", "qm")) < 1e-6
    ):
        return "this is one of the two terms: JSD is the mean of KL(p, m) and KL(q, m)"
    if abs(value + right) < 1e-6:
        return "the sign is wrong: a divergence is not negative; it is log(p/m), not log(m/p)"
    if abs(value - (kl["pq"] + kl["qp"]) / 2) < 1e-6:
        return "this is the mean of KL(p, q) and KL(q, p); JSD compares each with their mean m"
    if abs(value - (2 * right - math.log(4))) < 1e-6:
        return "that is V against the best D; JSD is half of V + log 4"
    if abs(value - right) > 1e-6:
        return f"for p = (½, ½) and q = (0.9, 0.1) it must be {right:.4f}, yours is {value:.4f}"
    apart = answer([1.0, 0.0], [0.0, 1.0])
    if math.isnan(apart) or abs(apart - math.log(2)) > 1e-6:
        return f"for p = (1, 0) and q = (0, 1) it must be log 2 = 0.693, yours is {apart:.3f}: 0 log 0 counts as 0"
    if math.isnan(empty := answer([0.5, 0.5, 0.0], [0.9, 0.1, 0.0])) or abs(empty - right) > 1e-6:
        return f"an outcome that neither has must change nothing, but yours becomes {empty:.3f}: there m is 0 too"
    if not abs(answer([0.5, 0.5, 0.0], [0.9, 0.1, 0.0], torch.float32) - right) < 1e-5:
        return "right in float64, but not in float32, torch's default: a tiny constant such as 1e-300 is 0 there"


_P, _Q, _M = (0.5, 0.5), (0.9, 0.1), (0.7, 0.3)
_PAIRS = (("pq", _P, _Q), ("qp", _Q, _P), ("pm", _P, _M), ("qm", _Q, _M))


def check_3(best_d):
    value = number(call(best_d, 0.6, 0.1, 0.25))
    if abs(value - 2 / 3) < 1e-6:  # 0.15 / (0.15 + 0.075)
        if abs(number(call(best_d, 0.3, 0.3, 1 / 129)) - 1 / 129) > 1e-6:
            return "right at one point, but for p = q it must be r, whatever p is"
        return None
    if abs(value - 1 / 3) < 1e-6:
        return "that is the probability of *generated*; D gives the probability of real"
    if abs(value - 6 / 7) < 1e-6:
        return "this is p/(p+q), the best D for equal shares: where does r come in?"
    if abs(value - 0.45 / 0.475) < 1e-6:
        return "r is the share of *real* samples: it belongs to p, and 1 − r to q"
    if abs(value - 0.15) < 1e-6:
        return "the numerator alone: divide by what real and generated samples have there together"
    if abs(value - 0.6) < 1e-6:
        return "generated samples have the share 1 − r, not 1: q gets its factor too"
    if not 0 <= value <= 1:
        return f"a probability lies between 0 and 1; yours is {value:.3f}"
    return f"for p = 0.6, q = 0.1, r = ¼ it must be ⅔, yours is {value:.3f}: put r·p for p, (1 − r)·q for q"
