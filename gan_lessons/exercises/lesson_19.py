"""Checks of lesson 19's exercises."""

import os
import tempfile
from pathlib import Path

import torch

from .answers import call, number, tensor
from .compare import Case, compared
from .guard import Wrong


def check_1(combined):
    def case(words, seed, counts, length, why=""):
        means = torch.randn(len(counts), length, generator=torch.Generator().manual_seed(seed))
        counts = torch.tensor(counts)
        return Case(words, (torch.where(counts[:, None] > 0, means, 0), counts), why)

    cases = [
        case("counts (3, 1)", 0, (3, 1), 4, "does each sample count alike?"),
        case("counts (5, 5, 2)", 1, (5, 5, 2), 3, "does each sample count alike?"),
        case("counts (4, 0, 1)", 2, (4, 0, 1), 2, "a rank without samples has nothing to say"),
    ]
    return compared(combined, _combined(), cases, _NOT_COMBINED, look=_vector)


def _vector(function, means, counts):
    return {"the gradient": tensor(call(function, means, counts), means.shape[1:])}


def _combined(weight=lambda counts: counts, whole=lambda counts: counts.sum()):
    def combined(means, counts):
        counts = counts.to(means.dtype)
        return (means * weight(counts)[:, None]).sum(0) / whole(counts)

    return combined


_NOT_COMBINED = [
    ("this is the mean of means: a rank with few samples counts for as much as one with many", _combined(
        weight=torch.ones_like, whole=len
    )),
    ("this is the mean over the ranks that have samples: each sample is to count alike", _combined(
        weight=torch.ones_like, whole=lambda counts: (counts > 0).sum()
    )),
    ("this adds the ranks' means up, and divides by nothing", _combined(weight=torch.ones_like, whole=lambda c: 1)),
    ("this is the sum over all samples; divide by how many there are", _combined(whole=lambda counts: 1)),
    ("divide by the number of samples, not of ranks", _combined(whole=len)),
    ("this divides each mean by its count: multiply, since a mean times its count is a sum", _combined(
        weight=lambda counts: 1 / counts.clamp(min=1), whole=lambda counts: (1 / counts.clamp(min=1)).sum()
    )),
]  # fmt: skip


def check_2(share):
    cases = [
        Case("12 samples, rank 1 of 3", (12, 1, 3)),
        Case("10 samples, rank 0 of 4", (10, 0, 4), "none may be left out"),
        Case("10 samples, rank 3 of 4", (10, 3, 4), "none may be repeated"),
        Case("7 samples, rank 0 of 1", (7, 0, 1), "a single process has them all"),
    ]
    return compared(share, _share, cases, _NOT_SHARE, look=_samples)


def _share(count, rank, ranks):
    return torch.arange(rank, count, ranks)


def _samples(function, count, rank, ranks):
    found = call(function, count, rank, ranks)
    if isinstance(found, list | tuple | range):
        found = torch.tensor(list(found))
    if len(getattr(found, "shape", ())) != 1:
        found = tensor(found, (len(range(rank, count, ranks)),))
    return {"the result": tensor(found, found.shape)}


_NOT_SHARE = [
    ("these are neighbours; deal the samples out one by one: r, r + n, r + 2n, …", lambda count, rank, ranks: (
        torch.arange(count).tensor_split(ranks)[rank]
    )),
    ("these are neighbours, and the rest is left out", lambda count, rank, ranks: (
        torch.arange(rank * (count // ranks), (rank + 1) * (count // ranks))
    )),
    ("the rest is left out: shares may differ by one sample", lambda count, rank, ranks: (
        torch.arange(rank, count // ranks * ranks, ranks)
    )),
    ("some samples are repeated so that all shares are equal; none is to be here", lambda count, rank, ranks: (
        torch.arange(rank, -(-count // ranks) * ranks, ranks) % count
    )),
    ("these numbers go beyond the last sample", lambda count, rank, ranks: (
        torch.arange(rank, -(-count // ranks) * ranks, ranks)
    )),
    ("every process would see all samples", lambda count, rank, ranks: torch.arange(count)),
    ("start at the rank, not at 0: else all get the same", lambda count, rank, ranks: torch.arange(0, count, ranks)),
]  # fmt: skip


def check_3(ring_seconds):
    cases = [
        Case("2 processes, 1,000 floats, 1,000 bytes a second and 0.5 s", (2, 1000, 1000.0, 0.5)),
        Case("8 processes, 3,000 floats, 700 bytes a second and 0.25 s", (8, 3000, 700.0, 0.25)),
        Case("5 processes, 20 floats, 1,000 bytes a second and 2 s", (5, 20, 1000.0, 2.0)),
        Case("one process, 500 floats, 100 bytes a second and 1 s", (1, 500, 100.0, 1.0), "whom does it wait for?"),
    ]
    return compared(ring_seconds, _ring(), cases, _NOT_RING)


def _ring(share=lambda n: 2 * (n - 1) / n, turns=lambda n: 2 * (n - 1), size=4, rate=lambda bytes_, b: bytes_ / b):
    return lambda n, floats, bandwidth, latency: (
        share(n) * rate(size * floats, bandwidth) + turns(n) * latency
    )  # fmt: skip


_NOT_RING = [
    ("a float has 4 bytes", _ring(size=1)),
    ("a float has 4 bytes, not 8", _ring(size=8)),
    ("the way there and the way back: 2(n − 1) turns, not n − 1", _ring(lambda n: (n - 1) / n, lambda n: n - 1)),
    ("each turn moves an n-th part of the numbers, not all of them", _ring(share=lambda n: 2 * (n - 1))),
    ("each turn moves an n-th part, and there are 2(n − 1) turns, not 2n", _ring(lambda n: 2.0, lambda n: 2 * n)),
    ("2(n − 1) turns carry 2(n − 1)/n of the bytes, not 2 of them", _ring(share=lambda n: 2.0)),
    ("there is a latency in *each* turn, not one for all", _ring(turns=lambda n: 1)),
    ("where is the latency?", _ring(turns=lambda n: 0)),
    ("the latency of a turn is no smaller for a part: 2(n − 1) of them", _ring(turns=lambda n: 2 * (n - 1) / n)),
    ("the bytes go twice round as well: 2(n − 1)/n of them", _ring(share=lambda n: (n - 1) / n)),
    ("seconds are bytes *divided* by the bandwidth", _ring(rate=lambda bytes_, b: bytes_ * b)),
]  # fmt: skip

OLD = b"the old file, whole"


class _Cut(Exception):
    """What the pieces raise in the midst."""


def check_4(save):
    cases = [
        Case("pieces of 5 and 7 bytes", ((5, 7), True)),
        Case("pieces of 1, 0 and 30 bytes, the first file ever", ((1, 0, 30), False)),
    ]
    return compared(save, _save, cases, look=_saved)


def _save(path, pieces):
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(b"".join(pieces))
    return os.replace(new, path) or path.stat().st_size


def _saved(function, sizes, there):
    """Call `save` in a folder of its own, with pieces that look at the file, then with some that break off."""
    with tempfile.TemporaryDirectory() as folder:
        path, kept = Path(folder) / "checkpoint", Path(folder) / "kept"
        if there:
            path.write_bytes(OLD)
            os.link(path, kept)  # a second name for the file itself, which a new file beside it does not touch
        found = number(call(function, path, _pieces(path, sizes, there)), nan=True)
        new = b"".join(_piece(i, size) for i, size in enumerate(sizes))
        if not path.exists() or path.read_bytes() != new:
            raise Wrong("afterwards, the file at path must hold the new bytes, all of them, in their order")
        if there and kept.read_bytes() != OLD:
            raise Wrong("you wrote over the old file itself: a kill in the midst of that leaves a broken one")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint"
        path.write_bytes(OLD)
        try:
            call(function, path, _pieces(path, sizes, True, cut=True))
        except _Cut:
            _must_be_old(path, "after an error in the midst")
        else:
            raise Wrong("the pieces raised an error in the midst, and nobody hears of it: let it through")
    return {"the number of bytes": found}


def _piece(i, size):
    return bytes([65 + i]) * size


def _pieces(path, sizes, there, cut=False):
    for i, size in enumerate(sizes):
        if there:
            _must_be_old(path, "while the pieces come")
        elif path.exists():
            raise Wrong("while the pieces come, a file stands at path that is not whole yet")
        if cut and i:
            raise _Cut("the pieces break off here")
        yield _piece(i, size)
    if there:
        _must_be_old(path, "after the last piece was asked for")


def _must_be_old(path, when):
    if not path.exists():
        raise Wrong(f"{when}, there is no file at path: the old one must stay until the new one is complete")
    if path.read_bytes() != OLD:
        raise Wrong(f"{when}, the file at path is not the old one, whole: who opens it then finds a broken one")
