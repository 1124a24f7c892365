"""What keeps a notebook usable while a learner's answer runs: a time limit, and state that is put back."""

import contextlib
import random
import threading
from _thread import interrupt_main

import numpy as np
import torch


class Wrong(Exception):
    """Raised where an answer is wrong; its text is the hint that the learner reads."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise Wrong in the block when it takes longer than `seconds`; does nothing outside the main thread.

    It interrupts as Ctrl-C does, so that it works on every system. One call into torch or NumPy runs to its end first.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    lock, fired, done = threading.Lock(), False, False

    def fire():
        nonlocal fired
        with lock:
            if not done:
                fired = True
                interrupt_main()

    timer = threading.Timer(seconds, fire)
    timer.daemon = True
    timer.start()
    try:
        try:
            yield
        finally:
            timer.cancel()
            with lock:  # from here on it cannot fire; if it just did, the interrupt arrives inside this try
                done = True
    except KeyboardInterrupt:
        if fired:
            raise Wrong(
                f"your answer ran for more than {seconds:g} seconds and was stopped: does a loop end?"
            ) from None
        raise


@contextlib.contextmanager
def kept_state(answer):
    """Put global state back after the block, and raise Wrong, naming it, where the block had changed it.

    That is the random state of Python, NumPy and torch; torch's default dtype, gradient mode and number of threads;
    and weights, buffers and gradients of the networks that stand beside the function `answer` in its notebook.
    """
    beside = getattr(answer, "__globals__", {})
    networks = {name: value for name, value in beside.items() if isinstance(value, torch.nn.Module)}
    before, copies = _state(), {name: _tensors(network) for name, network in networks.items()}
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        after = _state()
        changed = [text for (text, old), new in zip(before.items(), after.values(), strict=True) if old != new]
        changed += [
            f"the notebook's network {name}: use the networks that your function is given"
            for name, network in networks.items()
            if not _equal(_tensors(network), copies[name])
        ]
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
        torch.set_default_dtype(before["torch's default dtype"])
        torch.set_grad_enabled(before["torch's gradient mode"])
        torch.set_num_threads(before["torch's number of threads"])
        for name, network in networks.items():
            _put_back(network, copies[name])
    if changed:
        raise Wrong(f"your answer changes {'; and '.join(changed)}")


def _state():
    numpy_state = np.random.get_state()
    states = random.getstate(), numpy_state[1].tobytes(), numpy_state[2:], torch.get_rng_state().numpy().tobytes()
    return {
        "the random state: use the numbers that you are given, and set no seed": states,
        "torch's default dtype": torch.get_default_dtype(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's number of threads": torch.get_num_threads(),
    }


def _tensors(network):
    """Return copies of the weights and buffers of `network`, each with its gradient or None."""
    return [
        (value.detach().clone(), None if value.grad is None else value.grad.clone())
        for value in (*network.parameters(), *network.buffers())
    ]


def _equal(a, b):
    return all(
        torch.equal(x, y) if x is not None and y is not None else x is y
        for pair, other in zip(a, b, strict=True)
        for x, y in zip(pair, other, strict=True)
    )


def _put_back(network, copies):
    with torch.no_grad():
        for value, (data, gradient) in zip((*network.parameters(), *network.buffers()), copies, strict=True):
            value.copy_(data)
            value.grad = gradient
