"""What keeps a notebook usable while a learner's answer runs: a time limit, and state that is put back."""

import contextlib
import inspect
import random
import signal
import sys
import threading
from _thread import interrupt_main

import numpy as np
import torch


class Wrong(Exception):
    """Raised where an answer is wrong; its text is the hint that the learner reads."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise Wrong in the block when it takes longer than `seconds`; does nothing outside the main thread.

    It interrupts as Ctrl-C does, and again each second. One call into torch or NumPy runs to its end first.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    lock, done, fired = threading.Lock(), threading.Event(), False

    def watch():
        nonlocal fired
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    fired = True
                    _interrupt()
            wait = 1.0

    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as in a job that a script started in the background
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=watch, daemon=True).start()
    try:
        try:
            yield
        finally:
            with lock:  # from here on it cannot fire; if it just did, the interrupt arrives inside this try
                done.set()
    except BaseException:
        if not fired:
            raise
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    if fired:  # whatever the answer made of the interrupt
        raise Wrong(f"your answer ran for more than {seconds:g} seconds and was stopped: does a loop end?")


def _interrupt():
    if hasattr(signal, "pthread_kill"):  # not on Windows; it wakes a sleep too
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        interrupt_main()


@contextlib.contextmanager
def kept_state(answer):
    """Put state back after the block that runs `answer`, and raise Wrong, naming it, where the block had changed it.

    That is the random state of Python, NumPy and torch; torch's default dtype, gradient mode and number of threads;
    and the networks that have a name in the notebook: weights, buffers, gradients, what of them learns (requires_grad),
    and train or eval mode. A network whose layers or shapes were changed is named, and only its modes and what is as
    before are put back. Optimisers, and networks inside lists, are not watched.
    """
    before, states = _settings(), (random.getstate(), np.random.get_state(), torch.get_rng_state())
    networks = {
        name: network
        for namespace in (vars(sys.modules["__main__"]), getattr(inspect.unwrap(answer), "__globals__", {}))
        for name, network in list(namespace.items())
        if isinstance(network, torch.nn.Module)
    }
    copies = {name: (_tensors(network), _modes(network)) for name, network in networks.items()}
    try:
        yield
    finally:
        changed = [text for text, value in _settings().items() if value != before[text]]
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
        torch.set_default_dtype(before["torch's default dtype"])
        torch.set_grad_enabled(before["torch's gradient mode"])
        torch.set_num_threads(before["torch's number of threads"])
        for name, network in networks.items():
            tensors, modes = copies[name]
            if not _same(_tensors(network), tensors) or _modes(network) != modes:
                changed.append(f"the notebook's network {name}: use the networks that your function is given")
                _put_back(network, tensors, modes)
    if changed:
        raise Wrong(f"your answer changes {'; and '.join(changed)}")


def _settings():
    numpy_state = np.random.get_state()
    states = random.getstate(), numpy_state[1].tobytes(), numpy_state[2:], torch.get_rng_state().numpy().tobytes()
    return {
        "the random state: use the numbers that you are given, and set no seed": states,
        "torch's default dtype": torch.get_default_dtype(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's number of threads": torch.get_num_threads(),
    }


def _tensors(network):
    """Return copies of the weights and buffers of `network`, and of their gradients or None, by name."""
    return {
        name: (value.detach().clone(), None if value.grad is None else value.grad.clone())
        for name, value in (*network.named_parameters(), *network.named_buffers())
    }


def _modes(network):
    """Return whether each module of `network` is in train mode, and each parameter learns."""
    return {module: module.training for module in network.modules()}, {p: p.requires_grad for p in network.parameters()}


def _same(a, b):
    return a.keys() == b.keys() and all(_equal(x, y) for name in a for x, y in zip(a[name], b[name], strict=True))


def _equal(x, y):
    if x is None or y is None:
        return x is y
    return x.shape == y.shape and x.dtype == y.dtype and torch.allclose(x, y, rtol=0, atol=0, equal_nan=True)


def _put_back(network, copies, modes):
    for module, training in modes[0].items():
        module.training = training
    for parameter, learns in modes[1].items():
        parameter.requires_grad_(learns)
    values = dict((*network.named_parameters(), *network.named_buffers()))
    with torch.no_grad():
        for name, (data, gradient) in copies.items():
            if name in values and values[name].shape == data.shape:
                values[name].copy_(data)
                values[name].grad = gradient
