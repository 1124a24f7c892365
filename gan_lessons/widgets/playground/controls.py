"""The playground's controls: what can be set, and what it may be set to."""

from typing import NamedTuple

import torch

from ... import losses
from ...data import grid, line, moons, ring, spiral

YOURS = "yours"  # the choice that stands for an object that the learner gave
BY_HAND = "by hand"

DATA = {"ring": ring, "grid": lambda: grid(spacing=1.0), "spiral": spiral, "moons": moons, "line": line}

LOSSES = {
    "minimax": losses.minimax,
    "non-saturating": losses.non_saturating,
    "least squares": losses.least_squares,
    "hinge": losses.hinge,
    "Wasserstein": losses.wasserstein,
    "relativistic": losses.relativistic,
}

#: each a function of (strength, generator) that returns the penalty
PENALTIES = {
    "none": lambda strength, generator: None,
    "R1": lambda strength, generator: losses.r1(strength),
    "R2": lambda strength, generator: losses.r2(strength),
    "gradient penalty to 1": lambda strength, generator: losses.gradient_penalty(strength, 1.0, generator),
    "gradient penalty to 0": lambda strength, generator: losses.gradient_penalty(strength, 0.0, generator),
}


def _adam(momentum):
    return lambda parameters, rate: torch.optim.Adam(parameters, lr=rate, betas=(momentum, 0.99), fused=True)


#: each a function of (parameters, rate) that returns the optimiser
OPTIMISERS = {
    "Adam, β₁ = 0": _adam(0.0),
    "Adam, β₁ = 0.5": _adam(0.5),
    "Adam, β₁ = 0.9": _adam(0.9),
    "gradient descent": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
    "descent, momentum 0.9": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
    "RMSprop": lambda parameters, rate: torch.optim.RMSprop(parameters, lr=rate, alpha=0.99),
}


class Control(NamedTuple):
    """A control: its name in the settings, its label, where it stands, and its values.

    `kind`: "choice" of `options`, "number" (a whole one) or "log" (a real one on a logarithmic scale), both from
    `low` to `high`. `restarts`: a change begins the run anew.
    """

    name: str
    label: str
    group: str
    kind: str
    start: object
    options: tuple = ()
    low: float = 0
    high: float = 0
    restarts: bool = False

    def accepts(self, value):
        """Return `value` where it is one that this control can take, as the type it should be; else ValueError."""
        if self.kind == "choice":
            if value in self.options and not isinstance(value, bool):
                return self.options[self.options.index(value)]
            raise ValueError(f"{self.name} must be one of {', '.join(map(repr, self.options))}, not {value!r}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        slack = 1e-9 if self.kind == "log" else 0  # a power of ten may come out a little off
        inside = number and self.low * (1 - slack) <= value <= self.high * (1 + slack)
        if not inside or (self.kind == "number" and value != int(value)):
            kind = "a whole number" if self.kind == "number" else "a number"
            raise ValueError(f"{self.name} must be {kind} from {self.low:g} to {self.high:g}, not {value!r}")
        return float(value) if self.kind == "log" else int(value)


def _choice(name, label, group, start, options, **more):
    return Control(name, label, group, "choice", start, tuple(options), **more)


def _number(name, label, group, start, low, high, **more):
    return Control(name, label, group, "number", start, low=low, high=high, **more)


def _log(name, label, group, start, low, high):
    return Control(name, label, group, "log", start, low=low, high=high)


GAME, RUN, STEPS, NETWORKS = "The game", "The run", "Optimisers", "Networks and noise"
CONTROLS = {
    control.name: control
    for control in (
        _choice("data", "real data", GAME, "ring", (*DATA, BY_HAND)),
        _choice("loss", "loss", GAME, "non-saturating", LOSSES),
        _choice("penalty", "penalty on D", GAME, "R1", PENALTIES),
        _log("strength", "its strength", GAME, 0.1, 1e-3, 10),
        _number("d_per_g", "steps of D for one of G", GAME, 1, 1, 50),
        _choice("half_steps", "half-steps a click", GAME, 1, (1, 10, 100)),
        _number("seed", "seed", RUN, 0, 0, 9999, restarts=True),
        _choice("pace", "slow motion: seconds a part", RUN, 0.7, (0.3, 0.7, 1.5)),
        _choice("every", "penalty once in … steps", RUN, 1, (1, 4, 16)),
        _choice("d_opt", "D's optimiser", STEPS, "Adam, β₁ = 0.5", OPTIMISERS),
        _log("d_rate", "D's learning rate", STEPS, 2e-3, 1e-5, 1),
        _choice("g_opt", "G's optimiser", STEPS, "Adam, β₁ = 0.5", OPTIMISERS),
        _log("g_rate", "G's learning rate", STEPS, 2e-3, 1e-5, 1),
        _choice("width", "units in a layer", NETWORKS, 64, (4, 8, 16, 32, 64, 128, 256), restarts=True),
        _choice("depth", "hidden layers", NETWORKS, 2, (1, 2, 3, 4), restarts=True),
        _choice("z_dim", "numbers in z", NETWORKS, 2, (1, 2, 4, 8, 16), restarts=True),
        _choice("z", "z is drawn from", NETWORKS, "normal", ("normal", "uniform")),
        _choice("batch", "batch", NETWORKS, 128, (16, 32, 64, 128, 256, 512)),
    )
}
GROUPS = (GAME, RUN, STEPS, NETWORKS)  # the first is always in sight, the others are folded
