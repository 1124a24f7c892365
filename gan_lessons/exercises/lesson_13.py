"""Checks of lesson 13's exercises."""

import torch
from torch.nn.functional import softplus

from .answers import choices, number
from .compare import Case, compared, with_slopes


def check_1(times):
    """One wrong pixel for the white row; 2 · 4/5 for a guess."""
    found = number(times)
    if abs(found - 1.6) < 5e-3:
        return None
    if abs(found - 2) < 5e-3:
        return "2 is right for a wrong guess; one guess in five is right, and costs nothing"
    if abs(found - 1 / 1.6) < 5e-3:
        return "this is the other way round: the distance of the second, divided by that of the first"
    if abs(found - 0.8) < 5e-3:
        return "a wrong guess is wrong in *two* pixels: where it put ink, and where it did not"
    if abs(found - 0.16) < 5e-3:
        return "this is the mean distance of the guess itself; divide it by that of the white row"
    if abs(found - 0.4) < 5e-3:
        return "four guesses in five are wrong, and one is right"
    return f"{found:g} is not it: how many pixels are wrong in the mean, for each of the two?"


def _pictures(seed, *shapes):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def check_2(loss):
    def case(words, seed, count, weight, side=8, strength=1, why=""):
        logits, made, target = _pictures(seed, (count, side, side), (count, 1, 32, 32), (count, 1, 32, 32))
        return Case(words, (strength * logits, made, target, weight), why)

    cases = [
        case("two pictures and a weight of 10", 0, 2, 10.0),
        case("three pictures and a weight of 0", 1, 3, 0.0, why="then D's verdict alone counts"),
        case("one picture, 4 × 4 patches and a weight of 2.5", 2, 1, 2.5, side=4),
        case("logits of some hundred", 3, 2, 1.0, strength=200, why="is the logarithm of a sigmoid stable?"),
    ]
    return compared(loss, _pix2pix(), cases, _NOT_PIX2PIX, look=_value_and_slopes)


def _value_and_slopes(loss, logits, made, target, weight):
    """Look at the value, and at its slopes in the logits and in what was made, 0 where there are none."""
    value, slopes = with_slopes(loss, (logits, made), target, weight)
    return {"it": value, "the slopes": torch.cat([slope.flatten() for slope in slopes])}


def _pix2pix(verdict=lambda logits: softplus(-logits).mean(), distance=torch.abs, mean=torch.mean, share=None):
    def loss(logits, made, target, weight):
        first, second = verdict(logits), mean(distance(made - target))
        return share(first, second, weight) if share else first + weight * second

    return loss


_NOT_PIX2PIX = [
    ("softplus(logits) is D's loss of generated pictures: G wants high logits, softplus(−logits)", _pix2pix(
        verdict=lambda logits: softplus(logits).mean()
    )),
    ("this is the minimax loss, which saturates: use softplus(−logits)", _pix2pix(
        verdict=lambda logits: -softplus(logits).mean()
    )),
    ("this is the square of the difference, L2", _pix2pix(distance=torch.square)),
    ("the sign of the difference gets lost in a mean: take its absolute value", _pix2pix(distance=lambda x: x)),
    ("the distance is a *mean* over the pixels, not a sum", _pix2pix(mean=torch.sum)),
    ("the verdict is a *mean* over the patches, not a sum", _pix2pix(
        verdict=lambda logits: softplus(-logits).sum()
    )),
    ("the weight belongs to the distance", _pix2pix(share=lambda first, second, weight: weight * first + second)),
    ("the distance is to be multiplied by `weight`", _pix2pix(share=lambda first, second, weight: first + second)),
    ("the distance is missing: it is added, times `weight`", _pix2pix(share=lambda first, second, weight: first)),
    ("the mean of the logits is a critic's loss: use softplus(−logits)", _pix2pix(
        verdict=lambda logits: -logits.mean()
    )),
    ("no slope leads to what G made: nothing of G's may be detached here", _pix2pix(
        share=lambda first, second, weight: first + weight * second.detach()
    )),
    ("no slope leads to the logits: nothing of G's may be detached here", _pix2pix(
        share=lambda first, second, weight: first.detach() + weight * second
    )),
]  # fmt: skip


def check_3(loss):
    def case(words, seed, count, why=""):
        x, y, scale = _pictures(seed, (count, 1, 4, 4), (count, 1, 4, 4), (2,))

        def there(pictures):
            return scale[0] * pictures.flip(3) + 0.3

        def back(pictures):
            return scale[1] * pictures.transpose(2, 3) - 0.1

        return Case(words, (x, y, there, back), why)

    cases = [case("two maps and two pictures of each face", 3, 2), case("two other maps and one picture of each", 4, 1)]
    return compared(loss, _cycle(), cases, _NOT_CYCLE)


def _cycle(distance=lambda a, b: (a - b).abs().mean(), first=1, second=1, ways=lambda x, y, G, F: (F(G(x)), G(F(y)))):
    def loss(x, y, G, F):
        back_x, back_y = ways(x, y, G, F)
        return first * distance(back_x, x) + second * distance(back_y, y)

    return loss


_NOT_CYCLE = [
    ("only x goes there and back: y has a way, too, through F and then G", _cycle(second=0)),
    ("only y goes there and back: x has a way, too, through G and then F", _cycle(first=0)),
    ("the maps are in the wrong order: F(G(x)) takes x to the other face first", _cycle(
        ways=lambda x, y, G, F: (G(F(x)), F(G(y)))
    )),
    ("this is the identity loss: x has to go there *and* back", _cycle(ways=lambda x, y, G, F: (F(x), G(y)))),
    ("this compares what was made with what was given: it has to go back first", _cycle(
        ways=lambda x, y, G, F: (G(x), F(y))
    )),
    ("the mean of the squares is L2: take the absolute difference", _cycle(
        distance=lambda a, b: (a - b).square().mean()
    )),
    ("take the *mean* absolute difference, not the sum", _cycle(distance=lambda a, b: (a - b).abs().sum())),
    ("the two parts are added, not averaged", _cycle(first=0.5, second=0.5)),
    ("y is of the other face already: F comes first, then G", _cycle(ways=lambda x, y, G, F: (F(G(x)), F(G(y))))),
    ("the sign of a difference gets lost in a mean: take its absolute value", _cycle(
        distance=lambda a, b: (a - b).mean()
    )),
    ("compare what comes back with what set out: F(G(x)) with x, G(F(y)) with y", _cycle(
        ways=lambda x, y, G, F: (F(G(x)) - y + x, G(F(y)) - x + y)
    )),
    ("x and y are no pair, so G(x) is not to be compared with y: go back first", _cycle(
        ways=lambda x, y, G, F: (G(x) - y + x, F(y) - x + y)
    )),
]  # fmt: skip

EVIDENCE = {
    "A": "look at its grey, which is far off: what leaves so many pixels neither black nor white?",
    "B": "all can be read, and none is taken for brush: what did it change?",
    "C": "its grey is nearly that of real pictures, and most of what it makes can be read",
    "D": "an FD of 0 needs real brushed pictures, and none of them is the right one",
}


def check_4(named):
    return choices(named, {"A": "L2", "B": "copy", "C": "both", "D": "other"}, EVIDENCE, "translator")
