"""Checks of lesson 18's exercises."""

import torch
from torch.nn.functional import conv2d

from .answers import call, number, tensor
from .compare import Case, compared, with_slopes


def _draw(seed, *shapes):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def check_1(changed):
    def case(words, seed, count, inputs, outputs, kernel, rank, side=6, why=""):
        x, weight, a, b, bias = _draw(
            seed,
            (count, inputs, side, side),
            (outputs, inputs, kernel, kernel),
            (rank, inputs * kernel * kernel),
            (outputs, rank),
            (outputs,),
        )
        return Case(words, (x, weight, a, b, bias), why)

    cases = [
        case("a 3 × 3 kernel and rank 2", 0, 2, 3, 4, 3, 2),
        case("a 1 × 1 kernel and rank 1", 1, 3, 4, 2, 1, 1, why="the padding is half the kernel, rounded down"),
        case("a 5 × 5 kernel and rank 3", 2, 1, 2, 3, 5, 3, side=7, why="the padding is half the kernel"),
    ]
    return compared(changed, _changed(), cases, _NOT_CHANGED, look=_picture)


def _picture(function, x, weight, a, b, bias):
    shape = (len(x), len(weight), *x.shape[2:])
    return {"it": tensor(call(function, x, weight, a, b, bias), shape)}


def _changed(change=lambda a, b: b @ a, whole=lambda weight, change: weight + change, with_bias=True):
    def changed(x, weight, a, b, bias):
        new = whole(weight, change(a, b).reshape(weight.shape))
        return conv2d(x, new, bias if with_bias else None, padding=weight.shape[-1] // 2)

    return changed


_NOT_CHANGED = [
    ("this is the layer as it was: add the change B A to its weight", _changed(whole=lambda weight, change: weight)),
    ("this is the change alone: add it to the weight", _changed(whole=lambda weight, change: change)),
    ("the change is added, not taken away", _changed(whole=lambda weight, change: weight - change)),
    ("the bias is missing", _changed(with_bias=False)),
    ("B A has a row for each output: it is b @ a, not the other way round", _changed(
        change=lambda a, b: (b @ a).T.contiguous()
    )),
    ("the change is B A itself, not divided by the rank", _changed(change=lambda a, b: b @ a / len(a))),
]  # fmt: skip


def check_2(by_heart):
    def case(words, *logits, why=""):
        return Case(words, tuple(torch.tensor(some) for some in logits), why)

    cases = [
        case(
            "a D that knows half by heart", [3.0, 1.0, 2.5, 1.5], [1.0, -1.0, 0.5, 1.5, 0.5], [-1.0, -1.0, -2.0, -0.4]
        ),
        case("numbers that differ in count", [0.7, 2.0, 1.1], [0.3, -0.9, 0.4, 1.0, 2.0], [-3.0, 0.2]),
        case("new images that D likes better", [1.0, 2.0], [2.5, 1.9], [-1.0, -0.5, 0.4], why="then it is below 0"),
        case("new images that D takes for worse than made ones", [1.0, 4.0], [-2.0], [-1.0, 0.5], why="it is above 1"),
        case("logits of some dozens", [40.0, 30.0, 26.0], [25.0, -30.0], [-35.0, 10.0, -300.0]),
    ]
    return compared(by_heart, _by_heart(), cases, _NOT_BY_HEART)


def _by_heart(mean=torch.mean, above=lambda known, new, made: known - new, below=lambda known, new, made: known - made):
    def by_heart(train_logits, aside_logits, made_logits):
        known, new, made = mean(train_logits), mean(aside_logits), mean(made_logits)
        return above(known, new, made) / below(known, new, made)

    return by_heart


_NOT_BY_HEART = [
    ("this is the other way round: 0 is for a D that treats new images like training images", _by_heart(
        above=lambda known, new, made: new - made
    )),
    ("the denominator is training minus *made*", _by_heart(below=lambda known, new, made: new - made)),
    ("divide by how far D tells training images from made ones", _by_heart(below=lambda known, new, made: 1)),
    ("the sign is wrong: a D that knows its training images gives them more than new ones", _by_heart(
        above=lambda known, new, made: new - known
    )),
    ("this is the numerator divided by its own part: divide by training minus made", _by_heart(
        below=lambda known, new, made: known
    )),
    ("take the mean of the logits, not their median", _by_heart(mean=torch.median)),
    ("logits, not probabilities: no sigmoid here", _by_heart(mean=lambda x: x.sigmoid().mean())),
    ("the mean of the signs is r_t: here the mean of the logits is asked for", _by_heart(
        mean=lambda x: x.sign().mean()
    )),
    ("cut nothing off: it may be below 0 or above 1", lambda *given: _by_heart()(*given).clamp(0, 1)),
]  # fmt: skip


def check_3(spring):
    def case(words, seed, count, price, why=""):
        weights, old, importance = _draw(seed, count, count, count)
        return Case(words, (weights, old, importance.square(), price), why)

    cases = [
        case("five weights and a price of 3", 0, 5, 3.0),
        case("three weights and a price of 10", 1, 3, 10.0),
        case("four weights and no price", 2, 4, 0.0, why="then nothing is held"),
    ]
    return compared(spring, _spring(), cases, _NOT_SPRING, look=_value_and_slope)


def _value_and_slope(spring, weights, old, importance, price):
    value, (slope,) = with_slopes(spring, (weights,), old, importance, price)
    return {"it": value, "the slope": slope}


def _spring(pull=torch.square, hardness=lambda F: F, add=torch.sum, half=0.5, scale=lambda price: price):
    def spring(weights, old, F, price):
        return half * scale(price) * add(hardness(F) * pull(weights - old))

    return spring


_NOT_SPRING = [
    ("the half is missing: λ/2", _spring(half=1.0)),
    ("sum over the weights, without dividing by their number", _spring(add=torch.mean)),
    ("the distance is to be squared, not taken absolutely", _spring(pull=torch.abs)),
    ("the difference is to be squared: a weight may move either way", _spring(pull=lambda x: x)),
    ("each weight has its own hardness: multiply by F before summing", _spring(hardness=torch.ones_like)),
    ("F is a mean square already: do not square it again", _spring(hardness=torch.square)),
    ("F goes in as it is, not by its root", _spring(hardness=torch.sqrt)),
    ("the price is missing", _spring(scale=lambda price: 1.0)),
    ("the sign is wrong: the weights are pulled back, not pushed away", _spring(half=-0.5)),
    ("nothing holds the weights: the old weights stand still, the new ones must keep their slope", lambda *given: (
        _spring()(*given).detach()
    )),
]  # fmt: skip


def check_4(p):
    found = number(p)
    if abs(found - 0.75) < 5e-3:
        return None
    hints = {
        0.5: "½ is the answer for two positions; here there are four",
        0.25: "at ¼ three images in four are still as they were: D sees which position is the most frequent",
        1.0: "at 1 no image is upright, and D sees just that",
        1 / 3: "each of the three turns is to be as frequent as what is left upright",
        0.8: "at 0.8 each turn is a little more frequent than upright: D could still tell, by what is rarer",
    }
    for value, hint in hints.items():
        if abs(found - value) < 5e-3:
            return hint
    return f"{found:g} is not it: D is blind where all four positions are equally frequent, whatever G makes"
