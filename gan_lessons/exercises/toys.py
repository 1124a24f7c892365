"""Networks with one weight and a game between them, for checks whose answer can be worked out by hand.

Making them draws no random number.
"""

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from .answers import call, number
from .guard import Wrong

LEFT_OVER = 1000.0  # the gradient that both networks carry from an earlier step


class Scale(nn.Module):
    """Multiplies by one weight, (N, 1) → (N, 1)."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(weight)))

    def forward(self, x):
        return self.weight * x


class Score(Scale):
    """The same, as logits: (N, 1) → (N,)."""

    def forward(self, x):
        return super().forward(x).squeeze(1)


class Game:
    """G(z) = g z and D(x) = d x, with an SGD optimiser of rate `rate` for those who learn.

    `learns`: "G", "D" or "GD". `play` calls an answer that is to do a step, and raises Wrong for what is wrong with
    any loss: a network left frozen, in eval mode or unmoved, one moved that should not be, gradients left over, an
    optimiser that did not step once.
    """

    def __init__(self, learns, g, d, rate):
        self.G, self.D = Scale(g), Score(d)
        self.networks = {"D": self.D, "G": self.G}
        self.before = {name: network.weight.item() for name, network in self.networks.items()}
        self.optimizers = {name: torch.optim.SGD(self.networks[name].parameters(), lr=rate) for name in learns}
        self.backwards = dict.fromkeys("DG", 0)  # how often a gradient arrived
        self.gradients = {name: [] for name in learns}  # with which the optimiser stepped
        for name, network in self.networks.items():
            network.weight.grad = torch.tensor(LEFT_OVER)
            network.weight.register_post_accumulate_grad_hook(lambda _, name=name: self._arrived(name))
        for name, optimizer in self.optimizers.items():
            optimizer.register_step_pre_hook(lambda *_, name=name: self._stepping(name))

    def _arrived(self, name):
        self.backwards[name] += 1

    def _stepping(self, name):
        gradient = self.networks[name].weight.grad
        self.gradients[name].append(0.0 if gradient is None else gradient.item())

    def play(self, function, *arguments):
        """Return what `function` returns; what is to be moved has moved, and what is to be kept is kept."""
        with _Pairs(len(arguments[-1])) as pairs:
            result = call(function, *arguments)
        if pairs.seen:
            n = pairs.n
            raise Wrong(
                f"one of your tensors has shape ({n}, 1) and meets D's logits, of shape ({n},): together they "
                f"become ({n}, {n}), each compared with all; give both the same shape"
            )
        for name, network in self.networks.items():
            if not network.weight.requires_grad:
                raise Wrong(f"{name} was left frozen: its next step would teach it nothing, so set requires_grad back")
            if not network.training:
                raise Wrong(f"{name} was left in eval mode: what follows would train it so; call {name}.train()")
        for name in self.networks:
            self._moved(name) if name in self.optimizers else self._kept(name)
        return result

    def weights(self):
        """Return the weights of those who learn, D's first, for `compared`."""
        return {f"{name}'s weight": self.networks[name].weight.item() for name in "DG" if name in self.optimizers}

    def _kept(self, name):
        if self.networks[name].weight.item() != self.before[name]:
            other = "D" if name == "G" else "G"
            raise Wrong(f"{name}'s weights have changed: only {other}'s optimiser may step")

    def _moved(self, name):
        moved, gradients = self.networks[name].weight.item() != self.before[name], self.gradients[name]
        if not gradients and moved:
            raise Wrong(f"{name} was moved, but not by the optimiser that you are given: let that one step")
        if not gradients:
            raise Wrong(f"{name} has not changed: after backward, its optimiser must step")
        if len(gradients) > 1:
            raise Wrong(f"{name}'s optimiser stepped {len(gradients)} times: once is asked for")
        if abs(gradients[0]) > LEFT_OVER / 2:
            raise Wrong(f"a gradient left over from an earlier step was added to {name}'s: clear it before backward")
        if not moved and self.backwards[name]:
            raise Wrong(
                f"{name}'s gradient was 0 when its optimiser stepped: clear it before backward, not after, "
                "and let no clamp make the loss flat"
            )
        if not moved:
            raise Wrong(
                f"{name}'s optimiser stepped, but no gradient had reached {name}: its loss must come from {name}'s "
                "output, neither detached nor made under no_grad"
            )


class _Pairs(TorchFunctionMode):
    """Sees whether a tensor (n,) meets one of shape (n, 1), which torch broadcasts to (n, n)."""

    def __init__(self, n):
        super().__init__()
        self.n, self.seen = n, False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        shapes = {tuple(value.shape) for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor)}
        result = function(*args, **kwargs)
        if {(self.n,), (self.n, 1)} <= shapes:  # a loss of both is one number; of products and slopes nothing is said
            self.seen = self.seen or getattr(result, "shape", None) in ((self.n, self.n), ())
        return result


def returned_loss(value):
    """Return a loss that is to be a float; Wrong where it still carries its graph, or is no number."""
    if isinstance(value, torch.Tensor) and value.requires_grad:
        raise Wrong("return the loss as a float, with .item(): a tensor like yours keeps its whole graph in memory")
    return number(value, nan=True)


def mean_of(loss, logits):
    """What a loss does with a batch: `loss` of each sample's logit, then the mean."""
    return loss(logits).mean()


NOT_THE_MEAN = [  # (hint, what is done in place of `mean_of`)
    (
        "this is the sum over the batch: take the mean, so that the batch size does not matter",
        lambda loss, logits: loss(logits).sum(),
    ),
    (
        "this is the loss of the mean logit: take the loss of each sample's logit, and then the mean",
        lambda loss, logits: loss(logits.mean()),
    ),
    ("this is the median over the batch: take the mean", lambda loss, logits: loss(logits).median()),
    ("this is the largest of the batch: take the mean", lambda loss, logits: loss(logits).max()),
    ("this is the smallest of the batch: take the mean", lambda loss, logits: loss(logits).min()),
    ("only the first sample counts here: take the mean over the batch", lambda loss, logits: loss(logits[0])),
    ("only the last sample counts here: take the mean over the batch", lambda loss, logits: loss(logits[-1])),
]
