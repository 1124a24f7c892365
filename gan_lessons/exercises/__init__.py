"""Exercises that check themselves: ``check("06.1", answer)`` says whether an answer is right, or what is wrong."""

from importlib import import_module

import torch

from .guard import Wrong, kept_state, time_limit

SECONDS = 5.0  # that a check, with all its calls of the learner's function, may take


def check(name, answer):
    """Print whether `answer` to the exercise `name`, such as "06.1", is right, and a hint where it is not.

    Whatever an answer raises is printed, not raised; only the learner's own interrupt passes. What it does to random
    states, torch's settings and the weights of the notebook's networks is put back. ValueError for a name that no
    lesson has.
    """
    print(f"{name}: {verdict(name, answer)}")


def verdict(name, answer):
    """Return what `check` prints: "right", "not attempted yet" (the stub still holds its dots), or a hint."""
    lesson, _, number = str(name).partition(".")
    try:
        test = getattr(import_module(f".lesson_{lesson}", __name__), f"check_{number}")
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"there is no exercise {name!r}; its number stands in its title") from None
    if answer is ...:
        return "not attempted yet"
    try:
        with kept_state(answer), time_limit(SECONDS):
            return test(answer) or "right"
    except (NotAttempted, NotImplementedError):
        return "not attempted yet"
    except Wrong as wrong:
        return str(wrong)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and the like too: a check is not to end the notebook
        return f"your answer raised {type(error).__name__}: {error}"


class NotAttempted(Exception):
    """Raised where a learner's function still returns its dots."""


def call(function, *arguments):
    """Call a learner's function for a check; NotAttempted where it is still a stub, Wrong if it is no function."""
    if not callable(function):
        raise Wrong(f"give the function itself, not {described(function)}")
    result = function(*arguments)
    if result is ...:
        raise NotAttempted
    if result is None:
        raise Wrong("your function returned nothing: end it with return")
    return result


def number(value):
    """Return `value` as a float; Wrong where it is no single number."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "ndim", 0):
        raise Wrong(f"give one number, not {described(value)}")
    return float(value)


def tensor(value, shape):
    """Return `value`, detached; Wrong where it is no tensor of `shape`."""
    if not isinstance(value, torch.Tensor) or tuple(value.shape) != tuple(shape):
        raise Wrong(f"return a tensor of shape {tuple(shape)}, not {described(value)}")
    return value.detach()


def described(value):
    """Return a few words that say what `value` is."""
    kind = type(value).__name__
    shape = f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else ""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}{shape}"
