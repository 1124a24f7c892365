"""Checks of lesson 07's exercises."""

import torch

from .answers import call, whole
from .compare import Case, compared


def check_1(inputs):
    """A filter of 5 and stride 2 reach an output from 3 or 2 places a dimension."""
    found = whole(inputs)
    if found == 9:
        return None
    if found == 3:
        return "3 is right for one dimension: an image has two, and each place in a row goes with each in a column"
    if found in (4, 6):
        return f"{found} inputs reach other pixels: the question is for the pixel that is reached by the most"
    if found == 25:
        return "25 would be right for stride 1: with stride 2 the copies are two pixels apart"
    if found == 5:
        return "5 would be right for one dimension and stride 1"
    return f"{found} is not it: along one dimension, which of …, −4, −2, 0, 2, 4, … lie within a filter of 5?"


def check_2(sees):
    cases = [
        Case("one layer (4, 2)", ([(4, 2)],), "a single layer sees its own filter, whatever its stride"),
        Case("two layers (4, 2)", ([(4, 2), (4, 2)],), "one step in the second layer is 2 pixels in the image"),
        Case("(3, 1), (3, 1), (3, 1)", ([(3, 1), (3, 1), (3, 1)],), "with stride 1 each layer adds its size less 1"),
        Case("(3, 2), (2, 3), (5, 1)", ([(3, 2), (2, 3), (5, 1)],), "the strides of all layers before multiply"),
        Case("(5, 3), (3, 2), (4, 2), (3, 1)", ([(5, 3), (3, 2), (4, 2), (3, 1)],), "mind the order of the layers"),
        Case("no layer", ([],), "without any layer a unit is a pixel"),
    ]
    return compared(sees, _sees(), cases, _NOT_SEES, look=_width)


def _width(sees, layers):
    return {"the width": whole(call(sees, list(layers)))}


def _sees(own=False, added=False, less=1, back=False, apart=None):
    """Return the width of what a unit sees, or one with a mistake in it."""

    def width(layers):
        seen, step = 1, 1
        for size, stride in reversed(layers) if back else layers:
            if own:
                step *= stride
            seen += (size - less) * (apart or step)
            if not own:
                step = step + stride if added else step * stride
        return seen

    return width


def _product(layers):
    found = 1
    for size, _ in layers:
        found *= size
    return found


_NOT_SEES = [
    ("the strides are left out: one step in a layer is several pixels in the image", _sees(apart=1)),
    ("a layer's own stride does not widen what it sees: multiply by it after its filter", _sees(own=True)),
    ("strides multiply: two layers of stride 2 step by 4 pixels", _sees(added=True)),
    ("a filter of size k adds k − 1 steps, since its first place is counted already", _sees(less=0)),
    ("begin with the layer next to the image", _sees(back=True)),
    ("the sizes do not multiply: neighbouring filters overlap", _product),
]


def check_3(next_variance):
    why = "the old value keeps 1 − momentum of its weight"
    cases = [
        Case("five numbers", (torch.tensor([1.0, 2.0, 4.0, 8.0, 5.0]), 1.0, 0.1), why),
        Case("three numbers and momentum 0.3", (torch.tensor([-3.0, 0.5, 1.0]), 2.5, 0.3), why),
        Case("two numbers and momentum 1", (torch.tensor([0.25, 1.75]), 4.0, 1.0), "momentum 1 forgets the old value"),
        Case("numbers far from 0", (torch.tensor([101.0, 103.0, 104.5, 100.0]), 0.5, 0.25), "subtract the mean first"),
    ]
    return compared(next_variance, _next(), cases, _NOT_NEXT)


def _next(correction=1, turned=False, spread=lambda x, correction: x.var(correction=correction), keep=True):
    """Return the running variance after a batch, or one with a mistake in it."""

    def variance(x, old, momentum):
        share = 1 - momentum if turned else momentum
        return (1 - share if keep else 1) * old + share * spread(x, correction)

    return variance


def _around_zero(x, correction):
    return x.square().sum() / (len(x) - correction)


_TURNED = "turned round: the new variance has the weight momentum, the old value 1 − momentum"
_AROUND = "a variance is taken around the mean of the batch, not around 0"
_NOT_NEXT = [
    ("this divides by N, as the normalisation does; the running variance divides by N − 1", _next(correction=0)),
    (_TURNED, _next(turned=True)),
    (_TURNED + "; and divide by N − 1", _next(0, turned=True)),
    ("this is the standard deviation: keep its square", _next(spread=lambda x, c: x.std(correction=c))),
    (_AROUND, _next(spread=_around_zero)),
    (_AROUND + "; and divide by N − 1", _next(0, spread=_around_zero)),
    ("this adds to the old value and takes nothing away: it keeps 1 − momentum of its weight", _next(keep=False)),
    ("the old value has a weight too: 1 − momentum", lambda x, old, momentum: momentum * x.var()),
    ("this is the variance of the batch alone: mix it with the old value", lambda x, old, momentum: x.var()),
]
