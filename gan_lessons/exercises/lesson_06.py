"""Checks of lesson 06's exercises."""

import torch

from . import call
from .toys import Scale, Score


def check_1(unevenness):
    """Total variation between class shares and even shares."""
    even, one = torch.arange(10).repeat(5), torch.full((50,), 3)
    answers = {name: float(call(unevenness, classes)) for name, classes in (("even", even), ("one", one))}
    if abs(answers["one"] - 1.8) < 1e-4:
        return "twice too large: the formula has ½ before the sum"
    if abs(answers["even"]) > 1e-4:
        return f"five of each class must give 0, yours gives {answers['even']:.3f}: subtract 1/K from each share"
    if min(abs(answers["one"] - wrong) for wrong in (0.45, 0.6)) < 1e-4:
        return "all in class 3 must give 0.9: classes that do not occur count too, use minlength=K"
    if abs(answers["one"] - 0.9) > 1e-4:
        return f"all in class 3 must give 0.9, yours gives {answers['one']:.3f}: are these shares, counts divided by N?"
    if abs(float(call(unevenness, torch.tensor([0, 0, 0, 1]), 2)) - 0.25) > 1e-4:
        return "with K = 2 and shares ¾ and ¼ it must be 0.25: use K, not 10"


def check_2(hinge_g_step):
    """One SGD step of a G with one weight: D(G(z)) = 2 w z, so dL/dw = -2 E[z]."""
    torch_state = torch.get_rng_state()
    G, D = Scale(1.0), Score(2.0)
    z = torch.tensor([[1.0], [3.0]])
    G.weight.grad = torch.tensor(100.0)  # left over from an earlier step
    loss = call(hinge_g_step, G, D, torch.optim.SGD(G.parameters(), lr=0.1), z)
    if not torch.equal(torch.get_rng_state(), torch_state):
        return "use the z that you are given; draw none yourself"
    if D.weight.item() != 2.0:
        return "D's weights have changed: let only G's optimiser step"
    moved = G.weight.item() - 1.0
    if moved == 0:
        return "G has not changed: after backward, its optimiser must step"
    if abs(moved) > 5:
        return "a gradient left over from an earlier step was added: clear it before backward"
    if moved < 0:
        return "your step makes D's logit on fakes fall: look at the sign of the loss"
    if abs(moved - 0.4) > 1e-5:
        return f"G's weight should move by 0.4 in the test, yours moved by {moved:.3f}: is it the mean of the logits?"
    if not isinstance(loss, float):
        return f"right step, but return the loss as a float with .item(), not a {type(loss).__name__}"
    if abs(loss + 4.0) > 1e-5:
        return f"the step is right, but the loss returned should be −4, not {loss:.3f}: compute it before the step"
