"""Seeds, threads, the device, and interrupts that wait for a whole step."""

import contextlib
import os
import random
import signal
import threading

import numpy as np
import torch


def seed_everything(seed):
    """Seed Python's, NumPy's and torch's global random state with the integer `seed` (0 or more)."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def device():
    """Return the fastest ``torch.device`` here: CUDA, Apple's MPS, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def set_threads(*networks):
    """Set torch's CPU threads to suit `networks`, and return their number.

    One thread for networks without a convolution: their layers are so small that handing work to a second
    thread costs more than it saves. All cores for convolutions.
    """
    convolutional = any(
        isinstance(module, torch.nn.modules.conv._ConvNd) for network in networks for module in network.modules()
    )
    torch.set_num_threads(available_cores() if convolutional else 1)
    return torch.get_num_threads()


@contextlib.contextmanager
def threads_for(*networks):
    """Set torch's CPU threads to suit `networks` inside a ``with`` block, and as they were after it."""
    before = torch.get_num_threads()
    set_threads(*networks)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def available_cores():
    """Return how many cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


class WholeSteps:
    """Hold Ctrl-C (Jupyter's Stop button) back until the step under way is complete.

    Call `begin` before each step: it raises KeyboardInterrupt if one was held back since, and otherwise sees
    to it that the next one waits. A second interrupt while one is waiting is raised at once, so that nothing
    can hang. Call `end` when no more steps follow. Where one loop runs inside another, the outer one holds.
    Outside the main thread, where Python delivers no interrupts, both do nothing.
    """

    def __init__(self):
        self._active = self._waiting = False
        self._previous = None

    def begin(self):
        if threading.current_thread() is not threading.main_thread():
            return
        current = signal.getsignal(signal.SIGINT)
        outer = getattr(current, "__self__", None)
        if isinstance(outer, WholeSteps) and outer is not self and outer._active:
            return
        self._active = True
        if current != self._hold:
            self._previous = current
            signal.signal(signal.SIGINT, self._hold)
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt("stopped after a whole step; run the loop again to go on")

    def end(self):
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) == self._hold:
            signal.signal(signal.SIGINT, self._previous)
        self._active = False  # last, so that an interrupt meanwhile can not leave the handler behind

    def _hold(self, number, frame):
        if self._waiting or not self._active:
            self._waiting = False
            raise KeyboardInterrupt("stopped at once, perhaps in the middle of a step")
        self._waiting = True
