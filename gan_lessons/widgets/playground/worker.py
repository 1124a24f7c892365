"""The worker: a thread that fulfils wishes, goes on with a job between them, and is halted even where it hangs."""

import ctypes
import threading
import time
import traceback
from collections import deque
from pathlib import Path

from ...runtime import set_threads

HUNG = 2  # seconds in one step after which Pause interrupts it
BEGINNINGS = ("play", "slow", "part", "step", "half_d", "half_g")  # what the page can ask to be begun
ENDINGS = ("pause", "reset")  # what ends it at once


class Stopped(Exception):
    """Raised inside a network that did not come to an end."""


class Work:
    """Wishes and a job, and the worker that sees to them: the only thread that touches the game while it lives.

    `fulfil`: a function of a wish, (kind, value, content). An exception in it, or in the job, is told to the `page`.
    Attributes: ``job``, what was begun, a generator of the seconds to pause, or None; ``worker``, the thread, which
    begins with a wish and ends, as None, when there is neither a wish nor a job.
    """

    def __init__(self, game, page, fulfil):
        self._game, self._page, self._fulfil = game, page, fulfil
        self._gate, self._woken = threading.Lock(), threading.Event()
        self._wishes, self.job, self.worker = deque(), None, None
        self._beat = 0.0

    def ask(self, kind, value, content=None):
        """Hand a wish to the worker, and start it if there is none."""
        with self._gate:
            if value in ENDINGS:  # of what waits to be begun too
                self._wishes = deque(wish for wish in self._wishes if wish[1] not in BEGINNINGS)
            self._wishes.append((kind, value, content))
            self._woken.set()
            if self.worker is None:
                self.worker = threading.Thread(target=self._run, name="playground", daemon=True)
                self._beat = time.perf_counter()
                self.worker.start()
        if value in ENDINGS:
            self._interrupt_if_hung()

    def _interrupt_if_hung(self):
        worker = self.worker
        if worker is not None and time.perf_counter() - self._beat > HUNG:
            stopped = ctypes.py_object(Stopped)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), stopped)

    def halt(self):
        """Pause, and wait until the worker is done."""
        worker = self.worker
        if worker is None or worker is threading.current_thread():
            return
        self.ask("do", "pause")
        worker.join(HUNG + 1)
        if worker.is_alive():
            self._interrupt_if_hung()
            worker.join(1)

    def _run(self):
        set_threads(self._game.G, self._game.D)
        while True:
            with self._gate:
                self._woken.clear()
                if not self._wishes and self.job is None:
                    self.worker = None
                    return
                wish = self._wishes.popleft() if self._wishes and not self._must_wait() else None
            self._beat = time.perf_counter()
            self.guarded(self._fulfil, *wish) if wish else self.guarded(self._go_on)

    def _must_wait(self):
        """Return whether the next wish has to wait until what was begun, and has an end of its own, is done."""
        if self.job is None or self._page.mode != "busy" or any(value in ENDINGS for _, value, _ in self._wishes):
            return False
        kind, value, _ = self._wishes[0]
        return kind == "scrub" or value in BEGINNINGS

    def guarded(self, action, *arguments):
        """Do something that runs the learner's code: an exception ends the job, and is shown."""
        try:
            action(*arguments)
        except BaseException as error:
            self.job = None
            self._page.fail(_last_line(error))

    def _go_on(self):
        delay = next(self.job, None)
        if delay is None:
            self.job = None
            self._page.say(mode="paused", speed=None)
        elif delay and not self._wishes:
            self._woken.wait(delay)


def _last_line(error):
    """Return the last line of a traceback, and the line of the learner's own code in which it arose."""
    if isinstance(error, Stopped):
        return f"Stopped: one step had run for more than {HUNG} seconds. Reset, or correct the networks."
    message = str(error).splitlines() or [""]
    text = f"{type(error).__name__}: {message[0]}"
    package = str(Path(__file__).parents[2])
    own = [
        f for f in traceback.extract_tb(error.__traceback__)
        if not f.filename.startswith(package) and "site-packages" not in f.filename
    ]  # fmt: skip
    return f"{text} – in: {own[-1].line}" if own and own[-1].line else text
