"""The playground widget: what a lesson and the page may ask of it, and how it does that with a game and a page."""

import weakref
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from ...runtime import threads_for
from ..still import STORED, png, store
from .controls import CONTROLS
from .game import Game
from .jobs import job, shares
from .page import LAYERS, Page, about, new_status
from .picture import Looker, still
from .recording import Recording
from .settings import accepted, effect, heaps, start_settings
from .worker import BEGINNINGS, Work

HERE = Path(__file__).parent


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
    _work = None  # until all that was given is found to be good

    def __init__(self, G=None, D=None, loss="non-saturating", data="ring", *, penalty="R1", d_opt=None, g_opt=None,
                 layers=("field", "real", "fake"), **settings):  # fmt: skip
        if unknown := [layer for layer in layers if layer not in LAYERS]:
            raise ValueError(f"no layer {unknown[0]!r}; there are {', '.join(LAYERS)}")
        given = {"G": G, "D": D}
        chosen = {"loss": loss, "data": data, "penalty": penalty or "none", "d_opt": d_opt, "g_opt": g_opt}
        values, yours = start_settings(given, chosen, settings)
        self._game = Game(values, yours)
        self._looker = Looker(self._game)
        self._recording = Recording()
        self._page = Page(self, self._looker, self._recording)
        self._work = Work(self._game, self._page, self._fulfil)
        self._handles = []
        super().__init__(about=about(yours), settings=dict(values), layers=list(layers), status=new_status("paused"))
        self._halt_other()
        self._work.guarded(self._page.show_anew)

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
        self._work.halt()
        with threads_for(self.G, self.D):
            for part in shares(steps, 40):
                self._game.run(part)
                self._page.show()
        return self.measures

    def half_steps(self, who, count=1):
        """Do `count` half-steps of "D" or of "G" alone, and show the result; returns the `measures`."""
        if who not in ("D", "G"):
            raise ValueError(f'half-steps are of "D" or of "G", not of {who!r}')
        self._work.halt()
        with threads_for(self.G, self.D):
            for part in shares(count, 10):
                for _ in range(part):
                    self._game.half_step(who)
                self._page.show()
        return self.measures

    def change(self, **settings):
        """Set some of the controls."""
        self._work.halt()
        for name, value in settings.items():
            self._change(name, value)

    def reset(self):
        """Begin anew from the seed."""
        self._work.halt()
        self._reset()

    def close(self):
        """Stop, and take the widget off the page."""
        if self._work is not None:
            self._work.halt()
        super().close()

    @property
    def _worker(self):
        """The thread that plays, or None where nothing is under way."""
        return self._work.worker

    @property
    def _number(self):
        """The number of the newest picture that the page was told."""
        return self._page.number

    # what the page asks for

    def _handle_custom_msg(self, content, buffers):
        if "seen" in content:
            self._page.answered(content["seen"])
        elif "gone" in content:
            self._work.ask("do", "pause")
        else:
            kind = next(iter(content), "")  # of every message the first name says what it is
            self._work.ask(kind, content.get(kind), content)

    def _halt_other(self):
        other = Playground._last and Playground._last()
        if other is not None and other is not self:
            other._work.halt()
        Playground._last = weakref.ref(self)

    def _fulfil(self, kind, value, content):
        if kind == "do" and value == "pause":
            self._pause()
        elif kind == "do" and value in BEGINNINGS:
            self._begin(value)
        elif kind == "do" and value == "reset":
            self._reset()
        elif kind == "do" and value == "keep":
            store(self, self._handles, self)
        elif kind == "set":
            self._change(value, content["value"])
        elif kind == "layers":
            self.layers = [layer for layer in LAYERS if layer in value]
        elif kind == "heaps":
            self._place_heaps(value)
        elif kind == "scrub":
            self._scrub(value)

    def _begin(self, mode):
        if mode in ("play", "slow"):
            self._halt_other()
        self._work.job = job(mode, self._game, self._page)
        self.status = new_status({"play": "playing", "slow": "slow"}.get(mode, "busy"), part=self.status["part"])

    def _pause(self):
        if self._work.job is not None:
            self._work.job = None
            if self.status["mode"] == "playing":
                self._page.show()
        self._page.say(mode="paused", speed=None, message="")

    def _reset(self):
        self._work.job = None
        self._game.restart()
        self.status = new_status("paused", f"Back at seed {self._game.settings['seed']}, step 0.")
        self._page.show_anew()

    def _change(self, name, value):
        value = accepted(name, value, self._game.yours)
        self._game.change(name, value)
        self.settings = dict(self._game.settings)
        control = CONTROLS[name]
        self._page.say(message=effect(control, self._game), error="")
        if control.restarts:
            self._page.show_anew()
        else:
            if name == "data":
                self._page.look_at_data()
            self._page.show()
        if self.status["mode"] == "playing":
            self._work.job = job("play", self._game, self._page)  # with the new setting
        elif self.status["mode"] == "busy" and control.restarts:
            self._work.job = None  # it was of the run before
            self._page.say(mode="paused")

    def _place_heaps(self, centres):
        points = heaps(centres)
        self._game.place_heaps(points)
        self.settings = dict(self._game.settings)
        self._page.say(message=f"The real data are {len(points)} heaps by hand from now on.")
        self._page.look_at_data()
        self._page.show()

    def _scrub(self, index):
        self._work.job = None
        self._page.show_recorded(index)

    # what is left of it where no page is

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
