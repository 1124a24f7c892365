"""Checks of lesson 14's exercises."""

import torch

from .answers import call, choices, tensor
from .compare import Case, compared


def check_1(compose):
    def case(words, seed, films, frames, why=""):
        generator = torch.Generator().manual_seed(seed)
        foreground, mask = (torch.randn(films, frames, 1, 4, 4, generator=generator) for _ in range(2))
        background = torch.randn(films, 1, 1, 4, 4, generator=generator)
        return Case(words, (foreground.tanh(), mask.sigmoid(), background.tanh()), why)

    cases = [case("two films of three frames", 0, 2, 3), case("one film of five frames", 1, 1, 5)]
    return compared(compose, _compose(), cases, _NOT_COMPOSE, look=_film)


def _film(compose, foreground, mask, background):
    return {"the film": tensor(call(compose, foreground, mask, background), foreground.shape)}


def _compose(front=lambda m: m, back=lambda m: 1 - m, join=lambda front, back: front + back):
    def compose(foreground, mask, background):
        return join(front(mask) * foreground, back(mask) * background)

    return compose


_NOT_COMPOSE = [
    ("the mask is 1 where the *foreground* is to be seen", _compose(lambda m: 1 - m, lambda m: m)),
    ("the background has to give way where the mask is 1: it counts 1 − mask", _compose(back=lambda m: 1)),
    ("the foreground is to be seen through the mask: it counts mask", _compose(lambda m: 1)),
    ("the mask is no yes or no: between 0 and 1 it blends both", _compose(
        lambda m: (m > 0.5).float(), lambda m: (m <= 0.5).float()
    )),
    ("the background is missing", _compose(back=lambda m: 0)),
    ("the two are added, not averaged: mask and 1 − mask make 1 already", _compose(
        join=lambda front, back: (front + back) / 2
    )),
]  # fmt: skip

SLICES = {
    "A": "its stripe leans: to which side, as time goes down?",
    "B": "its stripe swings to one side and back: what goes both ways along x?",
    "C": "its stripe is upright: x stays as it is. Which motion is along y alone?",
    "D": "its stripe leans: to which side, as time goes down?",
}


def check_2(named):
    return choices(named, {"A": "left", "B": "circle", "C": "hop", "D": "right"}, SLICES, "slice")


def check_3(jolt):
    def case(words, seed, films, frames, why=""):
        steps = torch.randn(films, frames, 2, generator=torch.Generator().manual_seed(seed))
        return Case(words, (steps.cumsum(1),), why)

    steady = 2.0 * torch.arange(6)[None, :, None] * torch.tensor([1.0, -0.5]) + 3
    cases = [
        case("two paths of five frames", 0, 2, 5),
        Case("a steady path", (steady,), "a path of even steps has no jolt"),
        case("one path of three frames", 1, 1, 3),
    ]
    return compared(jolt, _jolt(), cases, _NOT_JOLT, look=_by_film)


def _by_film(jolt, centres):
    return {"the result": tensor(call(jolt, centres), centres.shape[:1])}


def _jolt(order=2, length=lambda x: x.norm(dim=-1), mean=lambda x: x.mean(1)):
    def jolt(centres):
        return mean(length(centres.diff(n=order, dim=1)))

    return jolt


_NOT_JOLT = [
    ("this is the length of the steps; take the change from one step to the next", _jolt(order=1)),
    ("this is the change of the change: one difference less", _jolt(order=3)),
    ("the length of a change is the root of the sum of the squares of x and y", _jolt(
        length=lambda x: x.square().sum(-1)
    )),
    ("the length is that of x and y together, √(x² + y²), not |x| + |y|", _jolt(length=lambda x: x.abs().sum(-1))),
    ("take the length of each change before the mean: changes to and fro would cancel", lambda centres: (
        centres.diff(n=2, dim=1).mean(1).norm(dim=-1)
    )),
    ("take the *mean* over the changes, not the sum", _jolt(mean=lambda x: x.sum(1))),
    ("divide by the number of changes, which is two less than that of frames", _jolt(
        mean=lambda x: x.sum(1) / (x.shape[1] + 2)
    )),
]  # fmt: skip

EVIDENCE = {
    "A": "its garment stays itself, and its path is far off, though less than in D: does it jump, or not move at all?",
    "B": "its garment becomes another one from frame to frame",
    "C": "its garment stays itself, and its path and FD are nearest to those of real films",
    "D": "its garment stays itself, and its path is the furthest off: does it stand still, or jump about?",
}
LIARS = {"A": "frozen", "B": "changing", "C": "backwards", "D": "shuffled"}


def check_4(named):
    return choices(named, LIARS, EVIDENCE, "line")
