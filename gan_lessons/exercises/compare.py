"""An answer beside the right one: on several cases, and beside the mistakes that others have made."""

from typing import NamedTuple

import torch

from .answers import call, number, tensor
from .guard import Wrong

FEW = 12  # entries of a tensor that are told


class Case(NamedTuple):
    """One call of a learner's function: give unequal entries, another size and another setting in the next."""

    words: str  # that name it after "for", such as "z = 0.9 and rate 2"
    arguments: tuple
    why: str = ""  # what who fails here first may have overlooked


def one_number(function, *arguments):
    """Look at a function that returns one number."""
    return {"it": number(call(function, *arguments), nan=True)}


def value_and_slopes(loss, real_logits, fake_logits):
    """Look at a loss of two batches of logits: its value, and its slopes in each of them, 0 where there are none."""
    value, slopes = with_slopes(loss, (real_logits, fake_logits))
    return {"it": value, "the slopes": torch.cat(slopes)}


def with_slopes(loss, given, *others):
    """Return a loss of the tensors `given` and of `others`, and its slope in each of `given`, 0 where there is none."""
    given = [value.clone().requires_grad_() for value in given]
    value = tensor(call(loss, *given, *others), ())
    slopes = torch.autograd.grad(value, given, allow_unused=True) if value.requires_grad else [None] * len(given)
    return value, [torch.zeros_like(a) if slope is None else slope for a, slope in zip(given, slopes, strict=True)]


def compared(answer, right, cases, mistakes=(), look=one_number, tolerance=1e-5):
    """Return None where `answer` does on each of the `cases` what `right` does, else a hint.

    `look(function, *arguments)` calls a function and returns what is to be seen of it, a dict of numbers or tensors by
    name, the most important first; it raises Wrong for what is wrong in any case. `mistakes`: pairs of a hint and a
    function that makes that mistake. A hint is given where its mistake explains the first wrong quantity in all
    cases; otherwise the quantity is told. `tolerance` is absolute below 1, and relative above. NaN is never right.
    """
    wanted = [look(right, *case.arguments) for case in cases]
    found = []
    for case in cases:
        try:
            found.append(look(answer, *case.arguments))
        except Exception as error:
            if _first_wrong(found, wanted, tolerance):
                break  # a wrong value in a case before says more
            if found:
                error.add_note(f"for {case.words}")
            raise
    if not (wrong := _first_wrong(found, wanted, tolerance)):
        return None
    name, i = wrong
    for hint, mistake in mistakes:
        try:
            made = [look(mistake, *case.arguments) for case in cases[: len(found)]]
        except Wrong:  # then it would not have come so far
            continue
        begins_there = (_first_wrong(made, wanted, tolerance) or (None,))[0] == name  # all before it is right
        if begins_there and all(
            _same(a[name], b[name], tolerance) or (j != i and not _finite(a[name]))  # a second mistake
            for j, (a, b) in enumerate(zip(found, made, strict=True))
        ):
            return hint
    begins_well = not _first_wrong(found[:1], wanted[:1], tolerance)
    before = f"right for {cases[0].words}, but " if begins_well else ""
    must, given = apart(wanted[i][name], found[i][name])
    why = f": {cases[i].why}" if cases[i].why else ""
    return f"{before}for {cases[i].words} {name} must be {must}, not {given}{why}"


def _first_wrong(found, wanted, tolerance):
    """Return the first quantity that differs in any case, and the first case in which it does, or None."""
    for name in wanted[0]:
        for i, (a, b) in enumerate(zip(found, wanted, strict=False)):
            if not _same(a[name], b[name], tolerance):
                return name, i
    return None


def _same(a, b, tolerance):
    a, b = (torch.as_tensor(value).detach().double() for value in (a, b))
    return a.shape == b.shape and torch.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _finite(value):
    return torch.as_tensor(value).isfinite().all()


def apart(a, b):
    """Return two numbers, or tensors, as texts with digits enough to tell them apart; of many the first unlike."""
    a, b = (torch.as_tensor(value).detach().double() for value in (a, b))
    if a.shape == b.shape and a.numel() > FEW:
        first = int((~torch.isclose(a, b, 1e-5, 1e-5)).flatten().int().argmax())
        chosen = slice(min(first, a.numel() - 3), first + 3)
        texts = apart(a.flatten()[chosen], b.flatten()[chosen])
        return tuple(f"(… {text[1:-1]} …)" for text in texts)
    for digits in range(4, 18):
        texts = _text(a, digits), _text(b, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _text(value, digits):
    texts = [f"{x + 0:.{digits}g}".replace("-", "−") for x in value.flatten().tolist()]
    return texts[0] if not value.ndim else f"({', '.join(texts)})"
