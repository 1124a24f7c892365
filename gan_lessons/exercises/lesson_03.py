"""Checks of lesson 03's exercises."""

import torch

from . import call, number, tensor
from .toys import Scale, Score


def check_1(g_loss):
    logits = torch.tensor([-2.0, 1.0], dtype=torch.float64)
    right = torch.nn.functional.softplus(-logits).mean().item()
    value = tensor(call(g_loss, logits), ()).item()
    if abs(value + right) < 1e-6:
        return "your loss falls when D is fooled less: look at the sign"
    if abs(value - 2 * right) < 1e-6:
        return "this is the sum over the batch: take the mean, so that the batch size does not matter"
    if abs(value + torch.nn.functional.softplus(logits).mean().item()) < 1e-6:
        return "this is the minimax loss, log(1 − σ(a)): it saturates; the non-saturating one is −log σ(a)"
    if abs(value - torch.nn.functional.softplus(logits).mean().item()) < 1e-6:
        return "your loss falls when D's logits fall: look at the sign inside softplus"
    if abs(value + torch.sigmoid(logits).mean().item()) < 1e-6:
        return "this is minus the mean probability, the document's loss: the logarithm is missing"
    if abs(value - right) > 1e-6:
        return f"for the logits −2 and 1 it must be {right:.4f}, yours is {value:.4f}"
    sure = torch.tensor([-200.0], requires_grad=True)
    far = call(g_loss, sure)
    if abs(far.item() - 200) > 1e-3:
        return f"right where D is unsure, but for a logit of −200 it is {far.item():.4g} and not 200: use softplus"
    if far.requires_grad:
        far.backward()
    if sure.grad is None or abs(sure.grad.item() + 1) > 1e-3:
        return "right values, but no slope comes back where D is sure: compute it from the logits with softplus"


def check_2(radius):
    radius = number(radius)
    if abs(radius - 1.01**50) < 5e-3:
        return None
    if abs(radius - 1) < 1e-6:
        return "the continuous game circles at distance 1; steps of finite size leave the circle at every step"
    if abs(radius - 1.01**100) < 6e-3:
        return "1 + h² is the factor of the *squared* distance: take the root"
    if abs(radius - 1.1**100) < 1 or abs(radius - 11) < 1e-6:
        return (
            "the step is at a right angle to the line from (0, 0), so the distance does not grow by h: use Pythagoras"
        )
    if radius < 1:
        return "it goes outwards: every simultaneous step multiplies the distance by √(1 + h²) > 1"
    return f"{radius:.3f} is not it: the distance grows by the factor √(1 + h²) at each of 100 steps"


def check_3(least_squares_step):
    """G(z) = g z, D(x) = w x from g = 1, w = ½, both by SGD with rate 0.1, on real 1, z_d = 2, z_g = ½.

    D: dL/dw = (w - 1) + 4 w = 1.5, so w becomes 0.35. G: dL/dg = (w g / 2 - 1) w / 2, so g moves by 0.0144375.
    """
    G, D = Scale(1), Score(0.5)
    G.weight.grad, D.weight.grad = torch.tensor(100.0), torch.tensor(100.0)  # left over from an earlier step
    g_opt, d_opt = (torch.optim.SGD(net.parameters(), lr=0.1) for net in (G, D))
    real, z_d, z_g = torch.ones(4, 1), torch.full((4, 1), 2.0), torch.full((4, 1), 0.5)
    result = call(least_squares_step, G, D, g_opt, d_opt, real, z_d, z_g)
    w, moved = D.weight.item(), G.weight.item() - 1
    if abs(w - 0.5) > 5 or abs(moved) > 5:
        return "a gradient left over from an earlier step was added: clear both optimisers' gradients before backward"
    hints = {
        0.5: "D has not changed: its optimiser must step after its backward",
        0.2: "D moved twice too far: each squared distance is halved",
        0.55: "the term with fakes does not reach D: it pays for its distance from 0 on them",
        0.3: "the term with real samples does not reach D: it pays for its distance from 1 on them",
        0.45: "D learns the opposite: its target is 1 on real and 0 on generated samples",
        0.15: "D's target on fakes is 0, not −1",
        0.5375: "D's half is to make its fakes from z_d",
    }
    for wrong, hint in hints.items():
        if abs(w - wrong) < 1e-4:
            return hint
    if abs(w - 0.35) > 1e-4:
        return f"D's weight should move from 0.5 to 0.35 in the test, yours to {w:.3f}: targets 1 and 0, means, z_d?"
    if moved == 0:
        return "G has not changed: its optimiser must step after its backward"
    if abs(moved - 0.028875) < 1e-4:
        return "G moved twice too far: its squared distance is halved too"
    if abs(moved - 0.01875) < 1e-4:
        return "G's half saw the D of before: D's half comes first"
    if abs(moved - 0.021) < 1e-4:
        return "G's half is to make its fakes from z_g"
    if abs(moved + 0.0855625) < 1e-4:
        return "D's loss has pulled at G too: cut the fakes off in D's half, with detach or no_grad"
    if moved < 0:
        return "G moves away from fooling D: its target for D's output is 1, on fakes from z_g"
    if abs(moved - 0.0144375) > 1e-4:
        return f"G's weight should move by 0.0144 in the test, yours by {moved:.4f}: target 1, and a mean?"
    if not (isinstance(result, tuple | list) and len(result) == 2 and all(isinstance(x, float) for x in result)):
        return "right steps; return both losses as floats: d_loss.item(), g_loss.item()"
    if abs(result[0] - 0.625) > 1e-4 or abs(result[1] - 0.3403125) > 1e-4:
        return f"right steps, but the losses should be 0.625 and 0.340 here, not {result[0]:.3f} and {result[1]:.3f}"
