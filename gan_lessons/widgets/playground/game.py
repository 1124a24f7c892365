"""The game behind the playground: whole steps, half-steps and their parts, from a seed; no widget, no thread."""

import copy
import math
from contextlib import closing
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch

from ...data import Mixture
from ...losses import Lazy, as_pair
from ...networks import mlp
from ...runtime import threads_for
from ...training import CAUSES, adversarial_steps, d_step, g_step
from ...training.checks import check_arguments, check_gradients, check_optimizer, check_samples, logits_of, one_number
from .controls import BY_HAND, CONTROLS, DATA, LOSSES, OPTIMISERS, PENALTIES, YOURS

PARTS = ("draw z", "generate", "score", "loss", "gradient", "update")


class Part(NamedTuple):
    """One of the six parts of a half-step, after it was done."""

    who: str  # "D" or "G"
    index: int  # into PARTS
    text: str  # what happened, with its numbers
    fake: torch.Tensor | None  # the generated points of this half-step, (batch, 2), once there are any


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
            logs |= yield from self._d_parts() if who == "D" else self._g_parts()
        self._count(logs, whole)

    def _d_parts(self):
        """D's half-step, the same as `training.d_step`, one part after the other; returns the logs."""
        G, D, real, z = self.G, self.D, self._next_real(), self._next_z()
        yield Part("D", 0, f"{len(z)} random z of {z.shape[1]} numbers each, and {len(real)} real points.", None)
        check_arguments(D, "D", z, (), real)
        with torch.no_grad():
            fake = G(z)
        check_samples(fake, real)
        yield Part("D", 1, "G turns each z into a point. This half-step is D's: G stays as it is.", fake)
        real_logits, fake_logits = logits_of(D, real, ()), logits_of(D, fake, ())
        logs = {"d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()}
        text = f"D's mean logit: {logs['d_real']:+.2f} on real points, {logs['d_fake']:+.2f} on generated ones."
        yield Part("D", 2, text, fake)
        value = one_number(self.loss.d(real_logits, fake_logits), "the loss of D")
        logs["d_loss"], text = value.item(), f"D's loss is {value.item():.3f}"
        if self.penalty is not None:
            extra = one_number(self.penalty(D, real, fake), "the penalty")
            logs["penalty"], value, text = extra.item(), value + extra, f"{text}, and its penalty {extra.item():.3f}"
        yield Part("D", 3, f"{text}; small where D scores real points high and generated ones low.", fake)
        yield Part("D", 4, f"Backward: the slope of that in {_backward(self.d_opt, value, 'D')}.", fake)
        moved = _update(self.d_opt)
        self.d_updates += 1
        yield Part("D", 5, f"D's optimiser moves D's weights by {moved:.2g}: the field changes, no point does.", fake)
        return logs

    def _g_parts(self):
        """G's half-step, the same as `training.g_step`, one part after the other; returns the logs."""
        z, real = self._next_z(), self._real_of_g()
        yield Part("G", 0, f"{len(z)} new random z of {z.shape[1]} numbers each.", None)
        check_arguments(self.G, "G", z, (), real)
        fake = self.G(z)
        check_samples(fake, real)
        shown = fake.detach()
        yield Part("G", 1, "G turns each z into a point, and remembers how.", shown)
        logits, real_logits = logits_of(self.D, fake, ()), None
        check_optimizer(self.g_opt, fake, logits)
        if real is not None:
            with torch.no_grad():
                real_logits = logits_of(self.D, real, ())
        yield Part("G", 2, f"D's mean logit on them is {logits.mean():+.2f}. No real point is needed.", shown)
        value = one_number(self.loss.g(logits, real_logits), "the loss of G")
        yield Part("G", 3, f"G's loss is {value.item():.3f}; small where D takes generated points for real.", shown)
        slope = _backward(self.g_opt, value, "G")
        yield Part("G", 4, f"Backward through D, which stays as it is, to {slope}. Arrows: the pull.", shown)
        moved = _update(self.g_opt)
        self.g_updates += 1
        yield Part("G", 5, f"G's optimiser moves G's weights by {moved:.2g}: points move, the field stays.", shown)
        return {"g_loss": value.item()}


def _set_rate(optimiser, rate):
    for group in optimiser.param_groups:
        group["lr"] = rate


def _own(optimiser):
    return [p for group in optimiser.param_groups for p in group["params"] if p.requires_grad]


def _backward(optimiser, value, name):
    """Put the gradient of `value` in the optimiser's own weights, and return its size in words."""
    if not math.isfinite(value.item()):
        raise FloatingPointError(f"a loss is {value.item()}; {CAUSES}")
    optimiser.zero_grad()
    own = _own(optimiser)
    if own:
        value.backward(inputs=own)
    check_gradients(own, name)
    return f"each of {sum(p.numel() for p in own):,} weights, {norm(p.grad for p in own):.2g} long in all"


def _update(optimiser):
    """Step the optimiser, and return how far its weights moved."""
    before = [p.detach().clone() for p in _own(optimiser)]
    optimiser.step()
    return norm(p.detach() - old for p, old in zip(_own(optimiser), before, strict=True))


def norm(tensors):
    """Return the norm of all tensors as one vector; None among them counts as zero."""
    return math.sqrt(sum(float(t.square().sum()) for t in tensors if t is not None))


class History:
    """The means of whatever was logged, in at most `BINS` bins of equally many entries: it never grows beyond."""

    NAMES = ("d_loss", "g_loss", "d_real", "d_fake", "jsd", "covered", "total", "good", "g_grad")
    BINS = 400

    def __init__(self):
        self._sums, self._counts = np.zeros((2, len(self.NAMES), self.BINS))
        self._width, self.entries = 1, 0  # of a bin, in entries

    def append(self, logs):
        """Begin a new entry with the values of `logs` that have a name here."""
        if self.entries == self.BINS * self._width:
            for array in (self._sums, self._counts):
                array[:, : self.BINS // 2] = array[:, ::2] + array[:, 1::2]
                array[:, self.BINS // 2 :] = 0
            self._width *= 2
        self.entries += 1
        self.note(logs)

    def note(self, logs):
        """Add values to the last entry."""
        where = max(self.entries - 1, 0) // self._width
        for i, name in enumerate(self.NAMES):
            if name in logs:
                self._sums[i, where] += logs[name]
                self._counts[i, where] += 1

    def forget(self, *names):
        """Drop all values of these names."""
        where = [self.NAMES.index(name) for name in names]
        self._sums[where] = self._counts[where] = 0

    def curves(self):
        """Return the number of the middle entry of each bin, (bins,), and a dict of means (bins,), NaN where none."""
        bins = -(-self.entries // self._width)
        with np.errstate(invalid="ignore"):
            means = self._sums[:, :bins] / self._counts[:, :bins]
        return (np.arange(bins) + 0.5) * self._width, dict(zip(self.NAMES, means, strict=True))

    def rows(self):
        """Return the bins that have D's logits as a list of dicts, as `gan_lessons.diagnosis.diagnose` reads them."""
        curves = self.curves()[1]
        rows = (dict(zip(curves, row, strict=True)) for row in zip(*(v.tolist() for v in curves.values()), strict=True))
        return [{k: v for k, v in row.items() if v == v} for row in rows if row["d_real"] == row["d_real"]]
