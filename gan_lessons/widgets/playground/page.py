"""What the page is told: the controls once, the state of the run, and pictures of it."""

import time

import numpy as np

from ... import plots
from .controls import CONTROLS, GROUPS, YOURS
from .parts import PARTS
from .settings import unavailable

LAYERS = {
    "field": "D's field and decision line",
    "real": "real points",
    "fake": "generated points",
    "arrows": "arrows: where G's loss pulls them",
    "map": "G's map: the grid of latent space",
}


class Page:
    """Tells the page of a widget the state of a run, and pictures of it, which it counts and records.

    `widget`: has the traits ``data``, ``frame`` and ``status``, by which the page is told.
    Attributes: ``number`` of the newest picture, which was told at ``drawn``; ``seen``, that of the newest one that the
    page has answered, at ``seen_at``. Both times are those of `time.perf_counter`.
    """

    def __init__(self, widget, looker, recording):
        self._widget, self._looker, self._recording = widget, looker, recording
        self.number = self.seen = 0
        self.seen_at = self.drawn = 0.0

    def answered(self, number):
        """Note that the page has seen the picture of this number."""
        self.seen, self.seen_at = number, time.perf_counter()

    @property
    def mode(self):
        """What the run is at: "paused", "playing", "slow", or "busy" with what has an end of its own."""
        return self._widget.status["mode"]

    def say(self, **changes):
        """Tell what has changed in the state of the run."""
        self._widget.status = self._widget.status | changes

    def fail(self, text):
        """Tell an exception, which has paused the run."""
        self._widget.status = new_status("paused", error=text)
        self._widget.send_state("settings")  # so that a control on the page goes back to what it was

    def show_anew(self):
        """Begin a recording with the present state."""
        self._recording.clear()
        self.look_at_data()
        self.show()

    def look_at_data(self):
        """Let pictures from now on have the present real data."""
        self._data = self._looker.data()

    def show(self, part=None):
        """Look at the game, record it where a half-step is complete, and tell the page."""
        frame = self._looker.frame(part and part.fake) | {"diagnosis": self._looker.diagnosis()}
        if part is None or part.index == len(PARTS) - 1:
            self._recording.add(frame | {"data": self._data})
        if part is not None:
            self.say(part={"who": part.who, "index": part.index, "text": part.text})
        self._tell(frame | {"data": self._data, "at": None})

    def show_recorded(self, index):
        """Show a moment of the recording, and pause there."""
        frames = self._recording.frames
        index = min(max(int(index), 0), len(frames) - 1)
        self.say(mode="paused", speed=None, part=None)
        self._tell(frames[index] | {"at": index if index < len(frames) - 1 else None})

    def _tell(self, frame):
        """Tell the page a frame, and the data that were the real ones then."""
        self.number += 1
        self.drawn = time.perf_counter()
        self._widget.data = frame.pop("data")
        recorded = [recorded["step"] for recorded in self._recording.frames]
        self._widget.frame = frame | self._looker.curves() | {"number": self.number, "recorded": recorded}


def about(yours):
    """Return what the page is told once: the controls, the parts of a half-step, the layers and the colours."""
    controls = []
    for control in CONTROLS.values():
        options = [YOURS, *control.options] if control.name in yours else list(control.options)
        steps = {"min": control.low, "max": control.high, "step": 0.1 if control.kind == "log" else 1}
        told = {name: getattr(control, name) for name in ("name", "label", "group", "kind", "restarts")}
        told["options"] = [[option, str(option)] for option in options]
        told["unavailable"] = unavailable(control.name, yours)
        controls.append(told | steps)
    colours = {name: getattr(plots, name.upper()) for name in ("real", "fake", "discriminator", "generator")}
    field = (plots.FIELD(np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
    return {
        "colours": colours | {"field": field.tobytes()},
        "controls": controls,
        "groups": list(GROUPS),
        "parts": {"D": list(PARTS), "G": list(PARTS)},
        "layers": [list(item) for item in LAYERS.items()],
    }


def new_status(mode, message="", error="", speed=None, part=None):
    """Return the state of a run as the page is told it."""
    return {"mode": mode, "message": message, "error": error, "speed": speed, "part": part}
