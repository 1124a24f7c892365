"""The playground widget: a game, one thread that plays it when asked to, and what the page is told."""

import ctypes
import threading
import time
import traceback
import weakref
from collections import deque
from itertools import islice
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from ... import plots
from ...runtime import set_threads, threads_for
from ..still import STORED, png, store
from .controls import CONTROLS, GROUPS, YOURS
from .game import Game
from .parts import PARTS
from .picture import Looker, still
from .recording import Recording
from .settings import accepted, effect, heaps, start_settings, unavailable

HERE = Path(__file__).parent
PERIOD = 1 / 14  # seconds between two pictures, at least
SHARE = 8  # a picture that takes t is followed by a pause of this many t, so that most of the time is left to training
SLOWEST = 0.25  # seconds between two pictures, at most
AHEAD = 10  # pictures that may be on their way to the page
UNSEEN = 10  # seconds without an answer from the page after which the run is paused
HUNG = 2  # seconds in one step after which Pause interrupts it
BEGINNINGS = ("play", "slow", "part", "step", "half_d", "half_g")  # what the page can ask to be begun
ENDINGS = ("pause", "reset")  # what ends it at once
LAYERS = {
    "field": "D's field and decision line",
    "real": "real points",
    "fake": "generated points",
    "arrows": "arrows: where G's loss pulls them",
    "map": "G's map: the grid of latent space",
}


class Stopped(Exception):
    """Raised inside a network that did not come to an end."""


class Playground(anywidget.AnyWidget):
    """Play, stop, step and take apart the training of a GAN on 2-D points; see its controls for what can be changed.

    `G`: your generator, (N, z_dim) → (N, 2). `D`: your discriminator, (N, 2) → logits (N,). `loss`: a pair
    from `gan_lessons.losses`, your own, or a name. `data`: a name, a `gan_lessons.data.Mixture`, or the centres
    of round heaps, (K, 2). `penalty`: a name, a function of ``(D, real, fake)``, or None for none. `d_opt`, `g_opt`:
    optimisers of your networks, or names. `layers`: names of the layers to show at first. Everything left out is the
    playground's own. `settings`: start values of its other controls, such as ``seed=1`` or ``d_rate=1e-3``.

    Training runs in one background thread, begun by a click alone and ended by Pause; one playground plays at a
    time. Weights begin as you gave them, and do so again at Reset, which then repeats the run exactly, unless your
    own networks, loss or penalty draw random numbers of their own.

    ValueError for a setting that can not be, TypeError for one that does not exist. An exception in your networks
    is shown in the widget.
    """

    _esm = STORED + (HERE / "playground.js").read_text()
    _css = HERE / "playground.css"
    about = traitlets.Dict().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    stored = traitlets.Dict().tag(sync=True)

    _last = None  # a weak reference to the playground that plays, or was the last to do so

    def __init__(self, G=None, D=None, loss="non-saturating", data="ring", *, penalty="R1", d_opt=None, g_opt=None,
                 layers=("field", "real", "fake"), **settings):  # fmt: skip
        self._gate, self._woken = threading.Lock(), threading.Event()
        self._wishes, self._job, self._worker = deque(), None, None
        self._handles, self._beat = [], 0.0
        self._number = self._seen = 0
        self._seen_at = self._drawn = 0.0
        if unknown := [layer for layer in layers if layer not in LAYERS]:
            raise ValueError(f"no layer {unknown[0]!r}; there are {', '.join(LAYERS)}")
        given = {"G": G, "D": D}
        chosen = {"loss": loss, "data": data, "penalty": penalty or "none", "d_opt": d_opt, "g_opt": g_opt}
        values, yours = start_settings(given, chosen, settings)
        self._game = Game(values, yours)
        self._looker = Looker(self._game)
        self._recording = Recording()
        super().__init__(
            about=_about(values, yours), settings=dict(values), layers=list(layers), status=_status("paused")
        )
        self._halt_other()
        self._guarded(self._picture_anew)

    # what a lesson may ask for: all of it in the foreground, on the thread that asks

    @property
    def G(self):
        """The generator."""
        return self._game.G

    @property
    def D(self):
        """The discriminator."""
        return self._game.D

    @property
    def measures(self):
        """A dict of ``d_loss``, ``g_loss``, ``jsd``, ``covered``, ``total`` and ``good``, as they are shown."""
        return dict(self.frame["measures"])

    @property
    def diagnosis(self):
        """The states found in the run so far, such as ``["collapse"]`` or ``["healthy"]``."""
        return [found["state"] for found in self.frame["diagnosis"]]

    def run(self, steps):
        """Train for `steps` whole steps, as Play does, and show the result; returns the `measures`."""
        self._halt()
        with threads_for(self.G, self.D):
            for part in _shares(steps, 40):
                self._game.run(part)
                self._show()
        return self.measures

    def half_steps(self, who, count=1):
        """Do `count` half-steps of "D" or of "G" alone, and show the result; returns the `measures`."""
        if who not in ("D", "G"):
            raise ValueError(f'half-steps are of "D" or of "G", not of {who!r}')
        self._halt()
        with threads_for(self.G, self.D):
            for part in _shares(count, 10):
                for _ in range(part):
                    self._game.half_step(who)
                self._show()
        return self.measures

    def change(self, **settings):
        """Set some of the controls."""
        self._halt()
        for name, value in settings.items():
            self._change(name, value)

    def reset(self):
        """Begin anew from the seed."""
        self._halt()
        self._reset()

    def close(self):
        """Stop, and take the widget off the page."""
        self._halt()
        super().close()

    # what the page asks for

    def _handle_custom_msg(self, content, buffers):
        if "seen" in content:
            self._seen, self._seen_at = content["seen"], time.perf_counter()
        elif "gone" in content:
            self._ask("do", "pause")
        else:
            kind = next(iter(content), "")  # of every message the first name says what it is
            self._ask(kind, content.get(kind), content)

    def _ask(self, kind, value, content=None):
        """Hand a wish to the worker, and start it if there is none."""
        with self._gate:
            if value in ENDINGS:  # of what waits to be begun too
                self._wishes = deque(wish for wish in self._wishes if wish[1] not in BEGINNINGS)
            self._wishes.append((kind, value, content))
            self._woken.set()
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="playground", daemon=True)
                self._beat = time.perf_counter()
                self._worker.start()
        if value in ENDINGS:
            self._interrupt_if_hung()

    def _interrupt_if_hung(self):
        worker = self._worker
        if worker is not None and time.perf_counter() - self._beat > HUNG:
            stopped = ctypes.py_object(Stopped)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), stopped)

    def _halt(self):
        """Pause, and wait until the worker is done."""
        worker = self._worker
        if worker is None or worker is threading.current_thread():
            return
        self._ask("do", "pause")
        worker.join(HUNG + 1)
        if worker.is_alive():
            self._interrupt_if_hung()
            worker.join(1)

    def _halt_other(self):
        other = Playground._last and Playground._last()
        if other is not None and other is not self:
            other._halt()
        Playground._last = weakref.ref(self)

    # the worker: the only thread that touches the game while it lives

    def _work(self):
        set_threads(self.G, self.D)
        while True:
            with self._gate:
                self._woken.clear()
                if not self._wishes and self._job is None:
                    self._worker = None
                    return
                wish = self._wishes.popleft() if self._wishes and not self._must_wait() else None
            self._beat = time.perf_counter()
            self._guarded(self._fulfil, *wish) if wish else self._guarded(self._go_on)

    def _must_wait(self):
        """Return whether the next wish has to wait until what was begun, and has an end of its own, is done."""
        if self._job is None or self.status["mode"] != "busy" or any(value in ENDINGS for _, value, _ in self._wishes):
            return False
        kind, value, _ = self._wishes[0]
        return kind == "scrub" or value in BEGINNINGS

    def _guarded(self, action, *arguments):
        """Do something that runs the learner's code: an exception ends the job, and is shown."""
        try:
            action(*arguments)
        except BaseException as error:
            self._job = None
            self.status = _status("paused", error=_last_line(error))
            self.send_state("settings")  # so that a control on the page goes back to what it was

    def _go_on(self):
        delay = next(self._job, None)
        if delay is None:
            self._job = None
            self.status = self.status | {"mode": "paused", "speed": None}
        elif delay and not self._wishes:
            self._woken.wait(delay)

    def _fulfil(self, kind, value, content):
        if kind == "do" and value == "pause":
            self._pause()
        elif kind == "do" and value in ("play", "slow"):
            self._halt_other()
            self._begin(value)
        elif kind == "do" and value in BEGINNINGS:
            self._begin(value)
        elif kind == "do" and value == "reset":
            self._reset()
        elif kind == "do" and value == "keep":
            self._keep()
        elif kind == "set":
            self._change(value, content["value"])
        elif kind == "layers":
            self.layers = [layer for layer in LAYERS if layer in value]
        elif kind == "heaps":
            self._place_heaps(value)
        elif kind == "scrub":
            self._scrub(value)

    def _begin(self, mode):
        jobs = {"play": self._play, "slow": self._slow, "part": self._part, "step": self._step}
        count = self._game.settings["half_steps"]  # as it is now
        jobs |= {"half_d": lambda: self._half("D", count), "half_g": lambda: self._half("G", count)}
        self._job = jobs[mode]()
        self.status = _status({"play": "playing", "slow": "slow"}.get(mode, "busy"), part=self.status["part"])

    def _pause(self, message=""):
        if self._job is not None:
            self._job = None
            if self.status["mode"] == "playing":
                self._show()
        self.status = self.status | {"mode": "paused", "speed": None, "message": message}

    def _play(self):
        self._seen_at = start = time.perf_counter()
        first, told = self._game.step, start
        self.status = self.status | {"part": None}
        due = 0.0
        for _ in self._game.steps():
            now = time.perf_counter()
            if now >= due:
                if now - self._seen_at > UNSEEN:
                    self._pause(f"Paused: the page has not answered for {UNSEEN} seconds.")
                    return
                if self._number - self._seen <= AHEAD or now - self._drawn > 1:
                    self._show()
                    if now - told > 0.5:
                        speed = (self._game.step - first) / (now - start)
                        self.status = self.status | {"speed": speed}
                        told = now
                took = time.perf_counter() - now
                due = now + max(PERIOD, min(SHARE * took, SLOWEST))
            yield 0

    def _slow(self):
        while True:
            self._show(self._game.part())
            yield self._game.settings["pace"]

    def _part(self):
        self._show(self._game.part())
        yield 0

    def _step(self):
        for _ in islice(self._game.steps(), 1):
            self.status = self.status | {"part": None}
            self._show()
        yield 0

    def _half(self, who, count):
        if count == 1:
            self._game.begin_half(who)
            for i in range(len(PARTS)):
                self._show(self._game.part())
                if i < len(PARTS) - 1:
                    yield self._game.settings["pace"]
            return
        self.status = self.status | {"part": None}
        for _ in range(count):
            self._game.half_step(who)
            if time.perf_counter() - self._drawn > PERIOD:
                self._show()
            yield 0
        self._show()

    def _reset(self):
        self._job = None
        self._game.restart()
        self.status = _status("paused", f"Back at seed {self._game.settings['seed']}, step 0.")
        self._picture_anew()

    def _change(self, name, value):
        value = accepted(name, value, self._game.yours)
        self._game.change(name, value)
        self.settings = dict(self._game.settings)
        control = CONTROLS[name]
        self.status = self.status | {"message": effect(control, self._game), "error": ""}
        if control.restarts:
            self._picture_anew()
        else:
            if name == "data":
                self._data = self._looker.data()
            self._show()
        if self.status["mode"] == "playing":
            self._job = self._play()  # with the new setting
        elif self.status["mode"] == "busy" and control.restarts:
            self._job = None  # it was of the run before
            self.status = self.status | {"mode": "paused"}

    def _place_heaps(self, centres):
        points = heaps(centres)
        self._game.place_heaps(points)
        self.settings = dict(self._game.settings)
        self.status = self.status | {"message": f"The real data are {len(points)} heaps by hand from now on."}
        self._data = self._looker.data()
        self._show()

    def _scrub(self, index):
        self._job = None
        frames = self._recording.frames
        index = min(max(int(index), 0), len(frames) - 1)
        self.status = self.status | {"mode": "paused", "speed": None, "part": None}
        self._tell(frames[index] | {"at": index if index < len(frames) - 1 else None})

    def _keep(self):
        store(self, self._handles, self)

    # pictures

    def _picture_anew(self):
        """Begin a recording with the present state."""
        self._recording.clear()
        self._data = self._looker.data()
        self._show()

    def _show(self, part=None):
        """Look at the game, record it where a half-step is complete, and tell the page."""
        frame = self._looker.frame(part and part.fake) | {"diagnosis": self._looker.diagnosis()}
        if part is None or part.index == len(PARTS) - 1:
            self._recording.add(frame | {"data": self._data})
        if part is not None:
            self.status = self.status | {"part": {"who": part.who, "index": part.index, "text": part.text}}
        self._tell(frame | {"data": self._data, "at": None})

    def _tell(self, frame):
        """Tell the page a frame, and the data that were the real ones then."""
        self._number += 1
        self._drawn = time.perf_counter()
        self.data = frame.pop("data")
        recorded = [recorded["step"] for recorded in self._recording.frames]
        self.frame = frame | self._looker.curves() | {"number": self._number, "recorded": recorded}

    def still(self):
        """Return moments of the recording, and the curves, as a PIL image."""
        return still(self._looker, self._recording.frames)

    def caption(self):
        """Return a line of text that says what the widget is."""
        settings = self._game.settings
        return (
            f"Playground: a GAN on 2-D points (data: {settings['data']}; loss: {settings['loss']}; penalty: "
            f"{settings['penalty']}) to play, step and take apart; moments of its run above, its curves below."
        )

    def __repr__(self):
        return self.caption()

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return data | {"image/png": png(self.still()), "text/plain": self.caption()}

    def _ipython_display_(self):
        self._handles.append(display(self._repr_mimebundle_(), raw=True, display_id=True))


def _about(values, yours):
    controls = []
    for control in CONTROLS.values():
        options = [YOURS, *control.options] if control.name in yours else list(control.options)
        steps = {"min": control.low, "max": control.high, "step": 0.1 if control.kind == "log" else 1}
        about = {name: getattr(control, name) for name in ("name", "label", "group", "kind", "restarts")}
        about |= {"options": [[option, str(option)] for option in options], "unavailable": None} | steps
        about["unavailable"] = unavailable(control.name, yours)
        controls.append(about)
    colours = {name: getattr(plots, name.upper()) for name in ("real", "fake", "discriminator", "generator")}
    field = (plots.FIELD(np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
    return {
        "colours": colours | {"field": field.tobytes()},
        "controls": controls,
        "groups": list(GROUPS),
        "parts": {"D": list(PARTS), "G": list(PARTS)},
        "layers": [list(item) for item in LAYERS.items()],
    }


def _status(mode, message="", error="", speed=None, part=None):
    return {"mode": mode, "message": message, "error": error, "speed": speed, "part": part}


def _last_line(error):
    """Return the last line of a traceback, and the line of the learner's own code in which it arose."""
    if isinstance(error, Stopped):
        return f"Stopped: one step had run for more than {HUNG} seconds. Reset, or correct the networks."
    message = str(error).splitlines() or [""]
    text = f"{type(error).__name__}: {message[0]}"
    package = str(HERE.parent.parent)
    own = [
        f for f in traceback.extract_tb(error.__traceback__)
        if not f.filename.startswith(package) and "site-packages" not in f.filename
    ]  # fmt: skip
    return f"{text} – in: {own[-1].line}" if own and own[-1].line else text


def _shares(count, most):
    """Return `count` as a list of at most `most` whole numbers of about the same size."""
    pieces = min(count, most)
    return [count * (i + 1) // pieces - count * i // pieces for i in range(pieces)]
