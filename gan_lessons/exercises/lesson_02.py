"""Checks of lesson 02's exercises."""

import math

import torch

from . import call, number, tensor
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
    answer = tensor(torch.as_tensor(call(real_mean, values, logits)), ()).item()
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
    """G(z) = z and D(x) = w x, SGD: one step from w = 0 on real 1 and fake -1 moves w by +rate."""
    G, D = Scale(1), Score(0)
    D.weight.grad = torch.tensor(100.0)  # left over from G's half
    real, z = torch.ones(4, 1), -torch.ones(4, 1)
    loss = call(d_half, G, D, torch.optim.SGD(D.parameters(), lr=0.5), real, z)
    moved = D.weight.item()
    if G.weight.item() != 1.0:
        return "G's weights have changed: only D's optimiser may step"
    if not G.weight.requires_grad:
        return "G was left frozen: its next half-step would teach it nothing"
    if G.weight.grad is not None:
        return "G was left with gradients: make the fakes under torch.no_grad(), or detach them"
    if moved == 0:
        return "D has not changed: after backward, its optimiser must step"
    if abs(moved) > 5:
        return "the gradient left over from before was added: clear it with d_opt.zero_grad() before backward"
    if moved < 0:
        return "D learns to call real samples generated: its loss must fall when logits on real samples rise"
    if abs(moved - 0.25) < 1e-4:
        return "only one of the two terms arrives: D's loss has one for real and one for generated samples"
    if abs(moved - 0.5) > 1e-4:
        return f"D's weight should move by 0.5 in the test, yours moved by {moved:.3f}: is each term a mean?"
    if not isinstance(loss, float):
        return f"right step, but return the loss as a float with .item(), not a {type(loss).__name__}"
    if abs(loss - 2 * math.log(2)) > 1e-4:
        return f"the step is right; the loss returned should be 2 log 2 = 1.386 here, not {loss:.3f}"
