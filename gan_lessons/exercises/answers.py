"""What a learner gives: called on inputs of its own, and taken in every form that means the same."""

import inspect

import numpy as np
import torch

from .guard import Wrong


class NotAttempted(Exception):
    """Raised where a learner's function still returns its dots."""


def call(function, *arguments):
    """Call a learner's function on copies of the tensors in `arguments`, and return what it returns.

    NotAttempted where it is still a stub. Wrong where it is no function, returns nothing, or changes one of the tensors
    in place; since it had a copy, the next call does not meet that change.
    """
    if not callable(function):
        raise Wrong(f"give the function itself, not {described(function)}")
    given = [value.clone() if isinstance(value, torch.Tensor) else value for value in arguments]
    result = function(*given)
    if result is ...:
        raise NotAttempted
    if result is None:
        raise Wrong("your function returned nothing: end it with return")
    for i, (value, before) in enumerate(zip(given, arguments, strict=True)):
        if isinstance(value, torch.Tensor) and not torch.equal(value, before):
            raise Wrong(
                f"your function changes its input {_parameter(function, i)} in place, so whoever calls it loses "
                "the old values: compute a new tensor, or clone it first"
            )
    return result


def _parameter(function, i):
    """Return the name that a function has for its argument number `i`, as far as Python can tell."""
    try:
        return list(inspect.signature(function).parameters)[i]
    except (ValueError, TypeError, IndexError):
        return f"number {i + 1}"


def number(value, nan=False):
    """Return one number of any type, or a tensor or array of one element, as a float; Wrong for anything else.

    NaN is no number, unless `nan`: then the caller must see to it that it is not taken for right.
    """
    try:
        if isinstance(value, str | bytes | bool) or getattr(value, "dtype", None) in (torch.bool, np.dtype(bool)):
            raise TypeError
        found = float(value.reshape(()) if isinstance(value, np.ndarray | torch.Tensor) else value)
    except (TypeError, ValueError, RuntimeError):  # several numbers, a complex one, none
        raise Wrong(f"give one number, not {described(value)}") from None
    if found != found and not nan:
        raise Wrong("your answer is not a number (nan): is there 0/0, ∞ − ∞, or the logarithm of a negative number?")
    return found


def whole(value):
    """Return a whole number of any type, 16.0 too, as an int; Wrong for anything else."""
    try:
        found = number(value, nan=True)
    except Wrong:
        raise Wrong(f"give a whole number, not {described(value)}") from None
    if not found.is_integer():
        raise Wrong(f"give a whole number, not {found:g}")
    return int(found)


def rounded(value, right, decimals):
    """Is `value` as near to `right` as that is when rounded to `decimals`? More decimals must be right too."""
    return abs(value - right) <= abs(round(right, decimals) - right) + 1e-5 * max(1, abs(right))


def tensor(value, shape):
    """Return `value`, a tensor or an array of `shape`, as a tensor; Wrong for anything else.

    Where no dimensions are wanted, one element is enough, whatever its shape.
    """
    shape = tuple(shape)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        value = torch.from_numpy(value)
    if not isinstance(value, torch.Tensor) or not (value.shape == shape or (shape == () and value.numel() == 1)):
        raise Wrong(f"return a tensor of shape {shape}, not {described(value)}")
    return value.reshape(shape)


def name_among(value, known):
    """Return the one of the texts `known` that `value` means, whatever its case and blanks, or None."""
    return {_plain(text): text for text in known}.get(_plain(value))


def choices(given, right, evidence, what):
    """Return None where the dict `given` has the choice of `right` for each name, else a hint.

    `what` the names stand for, such as "run"; `evidence`: for each, what a reader who chose wrongly may look at again.
    """
    if not isinstance(given, dict):
        names = ", ".join(f'"{name}": "…"' for name in right)
        return f"give a dict, {{{names}}}, not {described(given)}"
    given = {name_among(name, right): choice for name, choice in given.items()}
    for name, choice in right.items():
        if name not in given:
            return f"what about {what} {name}?"
        chosen = name_among(given[name], right.values())
        if chosen is None:
            *some, last = (f'"{text}"' for text in sorted(set(right.values())))  # in an order that tells nothing
            return f"for {name} choose one of {', '.join(some)} and {last}, not {str(given[name])!r}"
        if chosen != choice:
            return f"{what} {name}: {evidence[name]}"


def _plain(text):
    return " ".join(str(text).split()).casefold()


def described(value):
    """Return a few words that say what `value` is."""
    kind = type(value).__name__
    shape = f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else ""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}{shape}"
