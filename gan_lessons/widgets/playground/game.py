"""The game behind the playground: whole steps, half-steps and their parts, from a seed; no widget, no thread."""

import copy
from contextlib import closing
from itertools import islice

import torch

from ...data import Mixture
from ...losses import Lazy, as_pair
from ...networks import mlp
from ...runtime import threads_for
from ...training import adversarial_steps, d_step, g_step
from .controls import BY_HAND, CONTROLS, DATA, LOSSES, OPTIMISERS, PENALTIES, YOURS
from .history import History
from .parts import PARTS, d_parts, g_parts


class Game:
    """G, D, their optimisers and all random numbers, set by a dict of settings and restarted from its seed.

    `settings`: a value for each of `controls.CONTROLS`. `yours`: the learner's own objects, by the name of the
    setting that then says "yours" (loss, penalty, data, g_opt, d_opt), and the networks "G" and "D".
    Attributes: ``G``, ``D``, ``step`` (whole steps), ``d_updates``, ``g_updates``, ``history``, ``data``.
    """

    def __init__(self, settings, yours):
        self.settings, self.yours = settings, yours
        self._given = {
            name: copy.deepcopy(yours[name].state_dict()) for name in ("G", "D", "g_opt", "d_opt") if name in yours
        }
        self.by_hand = None
        self.restart()

    def restart(self):
        """Begin anew from the seed: the same settings give the same run, to the last bit."""
        seed = self.settings["seed"]
        self._noise, self._points, self._places = (
            torch.Generator().manual_seed(seed + 10_000 * i) for i in range(3)
        )  # of z, of the real points, and of places between them
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.G, self.D = self._network("G"), self._network("D")
        self.step = self.d_updates = self.g_updates = 0
        self.history = History()
        self.real = self._pending = None
        for name in ("data", "loss", "penalty", "d_opt", "g_opt"):
            self._apply(name)

    def _network(self, name):
        if name in self.yours:
            network = self.yours[name]
            network.load_state_dict(self._given[name])
            return network
        inputs, outputs = (self.settings["z_dim"], 2) if name == "G" else (2, 1)
        return mlp(inputs, outputs, self.settings["width"], self.settings["depth"])

    def change(self, name, value):
        """Set one setting; ValueError where it can not have this value. Restarts the run where it has to."""
        self.settings[name] = value
        if CONTROLS[name].restarts:
            self.restart()
        else:
            self._apply(name)

    def place_heaps(self, centres):
        """Let the real data be round heaps at `centres` (K, 2), as wide as the present ones."""
        self.by_hand = Mixture(centres, self.data.std)
        self.settings["data"] = BY_HAND
        self._apply("data")

    def _apply(self, name):
        """Let the setting `name` take effect from the next half-step on."""
        settings, value = self.settings, self.settings[name]
        if name == "data":
            if value == BY_HAND:
                self.data = self.by_hand = self.by_hand or self.data  # by hand begins with what is there
            else:
                self.data = self.yours["data"] if value == YOURS else DATA[value]()
            self.history.forget("jsd", "covered", "total", "good")  # they were of other data
        elif name == "loss":
            self.loss = as_pair(self.yours["loss"] if value == YOURS else LOSSES[value])
        elif name in ("penalty", "strength", "every"):
            if settings["penalty"] == YOURS:
                self.penalty = self.yours["penalty"]
            else:
                self.penalty = PENALTIES[settings["penalty"]](settings["strength"], self._places)
            if self.penalty is not None and settings["every"] > 1:
                self.penalty = Lazy(self.penalty, settings["every"])
        elif name in ("d_opt", "g_opt"):
            self._new_optimiser(name)
        elif name in ("d_rate", "g_rate"):
            _set_rate(getattr(self, f"{name[0]}_opt"), value)

    def _new_optimiser(self, name):
        if self.settings[name] == YOURS:
            optimiser = self.yours[name]
            optimiser.load_state_dict(copy.deepcopy(self._given[name]))  # which keeps what it is given
            rate = self.settings[f"{name[0]}_rate"]
            if rate != optimiser.param_groups[0]["lr"]:  # it was changed by hand
                _set_rate(optimiser, rate)
        else:
            network = self.D if name == "d_opt" else self.G
            optimiser = OPTIMISERS[self.settings[name]](list(network.parameters()), self.settings[f"{name[0]}_rate"])
        setattr(self, name, optimiser)

    def z(self, count, generator):
        """Draw `count` z from the present distribution, (count, z_dim)."""
        size = count, self.settings["z_dim"]
        if self.settings["z"] == "normal":
            return torch.randn(size, generator=generator)
        return 2 * torch.rand(size, generator=generator) - 1

    def _next_z(self):
        return self.z(self.settings["batch"], self._noise)

    def _next_real(self):
        self.real = self.data.sample(self.settings["batch"], self._points)
        return self.real

    def _real_batches(self):
        while True:
            yield self._next_real()

    def _real_of_g(self):
        """Return the real batch for G's loss, which the relativistic one, and perhaps yours, compares with."""
        if self.settings["loss"] not in ("relativistic", YOURS):
            return None
        return self._next_real() if self.real is None else self.real

    def _d_update(self, real):
        logs = d_step(self.G, self.D, self.d_opt, self.loss, real, self._next_z(), penalty=self.penalty)
        self.d_updates += 1
        return logs

    def _g_update(self, real=None):
        logs = g_step(self.G, self.D, self.g_opt, self.loss, self._next_z(), real=self._real_of_g())
        self.g_updates += 1
        return logs

    def _count(self, logs, whole):
        self.step += whole
        self.history.append(logs)

    def steps(self):
        """Yield after every whole step, without end. A step that was begun in parts is finished first."""
        self.finish()
        turns = adversarial_steps(
            self._real_batches(), self._d_update, self._g_update, self.settings["d_per_g"], self.step
        )
        with closing(turns):
            for logs in turns:
                self._count(logs, whole=True)
                yield logs

    def run(self, steps):
        """Train for some whole steps."""
        with threads_for(self.G, self.D), closing(self.steps()) as turns:
            for _ in islice(turns, steps):
                pass

    def half_step(self, who):
        """Do one half-step of "D" or of "G" alone."""
        self.finish()
        self._count(self._d_update(self._next_real()) if who == "D" else self._g_update(), whole=False)

    def begin_half(self, who):
        """Begin a half-step of "D" or of "G" alone, to be done part by part."""
        self.finish()
        self._begin(who, whole=False)

    def part(self):
        """Do the next `Part` of what was begun, or of a new whole step, and return it."""
        if self._pending is None:
            self._begin(*["D"] * self.settings["d_per_g"], "G", whole=True)
        try:
            part = next(self._pending)
        except BaseException:
            self._pending = None
            raise
        if part.index == len(PARTS) - 1 and part.who == self._last:
            self.finish()  # nothing is left of it but to be counted
        return part

    def finish(self):
        """Do the parts that are left of what was begun in parts."""
        pending, self._pending = self._pending, None
        for _ in pending or ():
            pass

    def _begin(self, *halves, whole):
        self._pending, self._last = self._in_parts(halves, whole), halves[-1]

    def _in_parts(self, halves, whole):
        logs = {}
        for who in halves:
            if who == "D":
                logs |= yield from d_parts(self, self._next_real(), self._next_z())
            else:
                logs |= yield from g_parts(self, self._next_z(), self._real_of_g())
        self._count(logs, whole)


def _set_rate(optimiser, rate):
    for group in optimiser.param_groups:
        group["lr"] = rate
