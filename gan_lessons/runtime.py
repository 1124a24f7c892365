"""Seeds, threads, the device, and interrupts that wait for a whole step."""

import contextlib
import os
import random
import signal
import threading
from pathlib import Path

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
    thread costs more than it saves. For convolutions as many as this process may use. TypeError where something
    else than networks is given.
    """
    for network in networks:
        if not isinstance(network, torch.nn.Module):
            raise TypeError(f"set_threads takes networks (torch.nn.Module), as in set_threads(G, D), not {network!r}")
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
    """Return how many cores this process may use, 1 or more, which can be fewer than the machine has.

    The smallest of its CPU affinity, the CPU quota of its control groups (Linux; a container's limit), where a
    part of a core does not count, and ``OMP_NUM_THREADS``.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()  # a list has a number for each nested level
    if wanted.isdecimal() and int(wanted):
        cores = min(cores, int(wanted))
    return max(1, int(min([cores, *_quotas()])))


def _quotas(own=Path("/proc/self/cgroup"), mounted=Path("/sys/fs/cgroup")):
    """Yield the CPU quotas of this process's control groups, of version 1 or 2, and of those around them, in cores."""
    for line in _read(own).splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        for root in [mounted / controllers, mounted / "cpu"] if controllers else [mounted, mounted / "unified"]:
            folder = root / group.lstrip("/")
            for place in (folder, *folder.parents):  # in a container the path may be the host's, and lead nowhere
                if place.is_relative_to(root):
                    v1 = f"{_read(place / 'cpu.cfs_quota_us')} {_read(place / 'cpu.cfs_period_us')}"
                    quota, *period = (v1 if controllers else _read(place / "cpu.max")).split() or ["max"]
                    if quota.isdecimal() and period and int(period[0]):
                        yield int(quota) / int(period[0])


def _read(path):
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


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
