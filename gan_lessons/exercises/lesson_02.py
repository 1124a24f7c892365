"""Checks of lesson 02's exercises."""

import math

import torch

from . import call, described, number
from .toys import Scale, Score


def check_1(logit):
    logit = number(logit)
    if abs(logit - math.log(1 / 3)) < 6e-3:
        return None
    if abs(logit - math.log(3)) < 6e-3:
        return "that is log q/p: a high logit means real, and here real samples are the rare ones"
    if abs(logit - 0.25) < 6e-3:
        return "0.25 is the probability of real; its logit is log of p/q"
    if abs(logit - 1 / 3) < 6e-3:
        return "1/3 is the ratio p/q itself; the logit is its logarithm"
    if abs(logit - math.log10(1 / 3)) < 6e-3:
        return "use the natural logarithm, to base e"
    if logit > 0:
        return "a logit above 0 says that real is likelier; here generated samples are"
    return f"{logit:g} is not it: the logit is log p(x)/q(x), and q is three times p"


def check_2(real_mean):
    values, logits = torch.tensor([1.0, 4.0]), torch.log(torch.tensor([3.0, 1.0])) + 1.0  # weights 3e and e
    answer = number(call(real_mean, values, logits))
    if abs(answer - 1.75) < 1e-4:
        return None
    if abs(answer - 2.5) < 1e-4:
        return "this is the mean over the generated points: where do D's logits come in?"
    if abs(answer - 7 * math.e / 2) < 1e-3:
        return "right weights, but divided by the number of points: a weighted mean divides by the sum of its weights"
    if abs(answer - 7 * math.e) < 1e-3:
        return "this is the weighted sum: to get a mean, divide by the sum of the weights"
    probabilities = torch.sigmoid(logits)
    if min(abs(answer - (probabilities * values).sum().item() / n) for n in (1, 2, probabilities.sum().item())) < 1e-4:
        return "the weight is p/q = exp(logit), not the probability sigmoid(logit) = p/(p+q)"
    if abs(answer - ((logits * values).sum() / logits.sum()).item()) < 1e-4:
        return "a logit is the logarithm of the weight: take its exponential"
    if abs(answer - 3.25) < 1e-4:
        return "the weights are upside down: where D says real, a generated point counts for more"
    return f"values 1 and 4 with weights in the ratio 3 to 1 have the mean 1.75; yours is {answer:.3f}"


def check_3(d_half):
    """G(z) = 2 z, D(x) = w x from w = ½, SGD with rate ½, on real samples of 1 and fakes of -4.

    D's loss falls along σ(-w) from the real term, and along 4 σ(-4 w) from the one with fakes.
    """
    G, D = Scale(2), Score(0.5)
    G.weight.grad = torch.tensor(7.0)  # must be there afterwards
    D.weight.grad = torch.tensor(100.0)  # left over from G's half: must not be added
    real, z = torch.ones(4, 1), torch.full((4, 1), -2.0)
    loss = call(d_half, G, D, torch.optim.SGD(D.parameters(), lr=0.5), real, z)
    moved = D.weight.item() - 0.5
    if G.weight.item() != 2.0:
        return "G's weights have changed: only D's optimiser may step"
    if not G.weight.requires_grad:
        return "G was left frozen: its next half-step would teach it nothing"
    if G.weight.grad is None or G.weight.grad.item() == 0:
        return "G's gradients were wiped: leave them alone, and cut the fakes off from G instead"
    if G.weight.grad.item() != 7.0:
        return "gradients were added to G's: make the fakes under torch.no_grad(), or detach them"
    if abs(moved) > 10:
        return "the gradient left over from before was added: clear it with d_opt.zero_grad() before backward"
    if moved == 0:
        return "D has not changed: after backward, its optimiser must step"
    right_real, right_fake = 0.5 * _sigmoid(-0.5), 0.5 * 4 * _sigmoid(-2.0)
    wrong_real, wrong_fake = -0.5 * _sigmoid(0.5), -0.5 * 4 * _sigmoid(2.0)
    hints = {
        wrong_real + wrong_fake: "D learns to call real samples generated: its loss must fall when logits on real rise",
        wrong_real + right_fake: "the sign of the real term is wrong: D's loss must fall when its logits on them rise",
        right_real
        + wrong_fake: "the sign of the term with fakes is wrong: D's loss must fall when logits on them fall",
        right_real: "only the real term arrives: D's loss has one with fakes too",
        right_fake: "only the term with fakes arrives: D's loss has one with real samples too",
        (right_real + right_fake) / 2: "half as far as it should: D's loss is the sum of two means, not their mean",
    }
    for wrong, hint in hints.items():
        if abs(moved - wrong) < 1e-4:
            return hint
    right = right_real + right_fake
    if abs(moved - right) > 1e-4:
        return f"D's weight should move by {right:.3f} in the test, yours moved by {moved:.3f}: real, G(z), two means?"
    if not isinstance(loss, float):
        return f"right step, but return the loss as a float with .item(), not {described(loss)}"
    value = -math.log(_sigmoid(0.5)) - math.log(_sigmoid(2.0))
    if abs(loss - value) > 1e-4:
        return f"the step is right; the loss returned should be {value:.3f} here, not {loss:.3f}"


def _sigmoid(a):
    return 1 / (1 + math.exp(-a))
