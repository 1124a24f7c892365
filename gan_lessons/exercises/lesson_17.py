"""Checks of lesson 17's exercises."""

import torch

from .answers import choices, whole
from .compare import Case, compared


def check_1(iou):
    def case(words, seed, *shape, why=""):
        a, b = torch.rand(2, *shape, generator=torch.Generator().manual_seed(seed))
        return Case(words, (a, b), why)

    half = torch.tensor([0.5, 0.5, 0.9, 0.1]).view(1, 2, 2)
    cases = [
        case("two shapes of 5×5×5", 0, 5, 5, 5),
        case("two shapes of 3×5×3", 1, 3, 5, 3),
        Case("voxels of exactly 0.5", (half, half.flip(2)), "a voxel is full *above* 0.5"),
        Case("two empty shapes", (torch.zeros(2, 2, 2), torch.full((2, 2, 2), 0.2)), "they have nothing in common"),
    ]
    return compared(iou, _iou(), cases, _NOT_IOU)


def _iou(cut=lambda x: (x > 0.5).float(), part=lambda both, one, other: both / (one + other - both).clamp(min=1e-9)):
    def iou(a, b):
        a, b = cut(a), cut(b)
        return part((a * b).sum(), a.sum(), b.sum())

    return iou


_NOT_IOU = [
    ("cut both shapes at 0.5 first: a voxel is full or empty", _iou(cut=lambda x: x)),
    ("a voxel of exactly 0.5 is not *above* 0.5", _iou(cut=lambda x: (x >= 0.5).float())),
    ("this is the intersection; divide it by the union", _iou(part=lambda both, one, other: both)),
    ("this divides by all voxels: divide by those that are full in either", lambda a, b: (
        ((a > 0.5) & (b > 0.5)).float().mean()
    )),
    ("this divides by the first shape alone: the union is what is full in either", _iou(
        part=lambda both, one, other: both / one.clamp(min=1e-9)
    )),
    ("this divides by the second shape alone: the union is what is full in either", _iou(
        part=lambda both, one, other: both / other.clamp(min=1e-9)
    )),
    ("one plus the other counts the intersection twice: the union counts it once", _iou(
        part=lambda both, one, other: both / (one + other).clamp(min=1e-9)
    )),
    ("this is Dice's coefficient, 2·both / (one + other); IoU divides by the union", _iou(
        part=lambda both, one, other: 2 * both / (one + other).clamp(min=1e-9)
    )),
]  # fmt: skip


def check_2(right_share):
    def case(words, seed, real, fake, why=""):
        generator = torch.Generator().manual_seed(seed)
        return Case(words, tuple(torch.randn(n, generator=generator) for n in (real, fake)), why)

    zeros = torch.tensor([0.0, 2.0, -1.0, 3.0]), torch.tensor([0.0, -3.0, 0.0, 1.0])
    cases = [
        case("seven real and seven fake", 1, 7, 7),
        case("three real and eleven fake", 7, 3, 11, why="is each of them counted alike?"),
        Case("some logits of exactly 0", zeros, "0 is no answer"),
    ]
    return compared(right_share, _right(), cases, _NOT_RIGHT)


def _right(real=lambda x: x > 0, fake=lambda x: x < 0, join=None):
    def right(ours, theirs):
        first, second = real(ours).float(), fake(theirs).float()
        return join(first, second) if join else torch.cat([first, second]).mean()

    return right


_NOT_RIGHT = [
    ("this is how often D is *wrong*", _right(lambda x: x < 0, lambda x: x > 0)),
    ("D is right about a fake where its logit is *negative*", _right(fake=lambda x: x > 0)),
    ("only the real ones are counted", _right(join=lambda first, second: first.mean())),
    ("only the fakes are counted", _right(join=lambda first, second: second.mean())),
    ("the mean of two shares counts the samples of a small batch for more: count both together", _right(
        join=lambda first, second: (first.mean() + second.mean()) / 2
    )),
    ("this is the sum of two shares", _right(join=lambda first, second: first.mean() + second.mean())),
    ("this is a number of samples; divide it by that of all", _right(
        join=lambda first, second: first.sum() + second.sum()
    )),
    ("a logit of exactly 0 is not right", _right(lambda x: x >= 0, lambda x: x <= 0)),
    ("logits are no probabilities: 0 is the border, not 0.5", _right(lambda x: x > 0.5, lambda x: x < 0.5)),
]  # fmt: skip


def check_3(times):
    found = whole(times)
    hints = {
        32: "32 times as many numbers come out; and each sees more weights",
        4: "each number sees 4 times as many weights; and there are more numbers",
        64: "64 is the number of weights in one kernel; a picture's kernel has 16, not 1",
        8: "8 is what doubling the side costs; here a dimension is added",
        512: "a picture's kernel has 16 weights, not 4",
        2048: "compare with the picture's layer: it needs 16 products for each of its numbers, too",
    }
    return None if found == 128 else hints.get(found, f"{found} is not it: count the numbers, and the weights of each")


EVIDENCE = {
    "A": "each of its shapes is a training chair, and held-out chairs find little in it",
    "B": "nearly all of its voxels hang loose",
    "C": "each of its shapes is a training chair, and held-out chairs find some that are near",
    "D": "its shapes are all alike, and none is a training chair",
}
LIARS = {"A": "one", "B": "scattered", "C": "copies", "D": "mean"}


def check_4(named):
    return choices(named, LIARS, EVIDENCE, "line")
