"""Checks of lesson 09's exercises."""

import torch

from .answers import choices, described, name_among
from .compare import Case, compared


def check_1(coverage):
    """On the line, with k = 1, the balls around 0, 1, 2, 6, … have radius 1, 1, 1, 4, …: 3 lies on an edge."""

    def case(words, fake, real, k, why=""):
        return Case(words, (_points(fake), _points(real), k), why)

    line = [0.0, 1.0, 2.0, 6.0, 10.0, 14.5, 30.0]
    plane = [[0.0, 0.0], [3.0, 0.2], [0.5, 2.0], [4.0, 4.0], [1.0, 5.0], [9.0, 1.0], [7.0, 8.0]]
    cases = [
        case("seven real points in the plane and k = 2", [[1.0, 1.0], [8.6, 7.5], [8.5, 7.6], [-9.0, 9.0]], plane, 2),
        case(
            "made samples at 0.4, 3, 18 and 99 and k = 1",
            [0.4, 3.0, 18.0, 99.0],
            line,
            1,
            "the edge of a ball is inside (<=)",
        ),
        case("the same and k = 2", [0.4, 3.0, 18.0, 99.0], line, 2, "the ball reaches to the k-th other real sample"),
        case("made samples at 0.4 and 0.45 and k = 3", [0.4, 0.45], line, 3),
        case("five real points in the plane and k = 3", [[9.0, 9.0], [4.0, 6.5], [-3.0, -3.1]], plane[:5], 3),
    ]
    return compared(coverage, _coverage(), cases, _NOT_COVERAGE)


def _points(values):
    points = torch.tensor(values)
    return points if points.dim() == 2 else points[:, None]


def _coverage(itself=False, strict=False, k_given=None, over="real", reach="real", p=2.0, more=0):
    """Return coverage, or one with a mistake in it."""

    def share(fake, real, k):
        k = min((k_given or k) + more, len(real) - 1)
        distances = torch.cdist(real, real, p=p)
        if not itself:
            distances.fill_diagonal_(torch.inf)
        if reach == "fake":
            distances = torch.cdist(real, fake, p=p)
        radius = distances.sort(1).values[:, min(k, distances.shape[1]) - 1, None]
        to_fake = torch.cdist(real, fake, p=p)
        inside = (to_fake < radius if strict else to_fake <= radius).double()
        return {
            "real": lambda: inside.amax(1).mean(),
            "fake": lambda: inside.amax(0).mean(),
            "pairs": lambda: inside.mean(),
            "density": lambda: inside.sum() / (k * len(fake)),
            "count": lambda: inside.amax(1).sum(),
        }[over]()

    return share


_NOT_COVERAGE = [
    (
        "each real sample is its own nearest neighbour here, at distance 0: leave it out, or take one more",
        _coverage(itself=True),
    ),
    ("what lies exactly on the edge of a ball is inside (<=)", _coverage(strict=True)),
    (
        "this is a precision, the share of *made* samples in some ball: take that of real ones",
        _coverage(over="fake"),
    ),
    ("this is density, which counts how often; coverage asks whether", _coverage(over="density")),
    ("this is the share of all pairs: a ball with one made sample in it is covered wholly", _coverage(over="pairs")),
    ("this is the number of covered balls: divide by the number of real samples", _coverage(over="count")),
    ("the ball reaches one neighbour too far: to the k-th other real sample", _coverage(more=1)),
    *[("where does k come in? use the one that you are given", _coverage(k_given=k)) for k in (1, 5)],
    ("distance is along the straight line, not along the axes, added up", _coverage(p=1.0)),
    (
        "the two sets have changed places: the balls are those of the real samples",
        lambda fake, real, k: _coverage()(real, fake, k),
    ),
]


def check_2(without_bias):
    cases = [
        Case("FD 3.5 at 400 and 2.75 at 1,000", (400, 3.5, 1000, 2.75), "two equations, FD∞ + c/N"),
        Case("FD 1.3 at 3,000 and 2.61 at 700", (3000, 1.3, 700, 2.61), "the larger number may come first"),
        Case("FD 0.44 at 5,000 and 0.217 at 10,000", (5000, 0.44, 10000, 0.217)),
    ]
    return compared(without_bias, _without_bias, cases, _NOT_WITHOUT_BIAS)


def _without_bias(n, fd_n, m, fd_m):
    return (n * fd_n - m * fd_m) / (n - m)


def _line_in_n(n, fd_n, m, fd_m):
    return fd_n - n * (fd_n - fd_m) / (n - m)


_NOT_WITHOUT_BIAS = [
    (
        "this is c, the slope of the bias: FD for N → ∞ is what is left when c/N is gone",
        lambda n, a, m, b: (a - b) / (1 / n - 1 / m),
    ),
    ("this is the mean of the two; both are too large", lambda n, a, m, b: (a + b) / 2),
    (
        "this is the mean weighted by N: it has less bias than the smaller set, but some",
        lambda n, a, m, b: (n * a + m * b) / (n + m),
    ),
    ("this is FD of the larger set, which has a bias too", lambda n, a, m, b: a if n > m else b),
    ("this is a line in N, read off at N = 0: the line is in 1/N. Or have n and m changed places?", _line_in_n),
    ("the sign is wrong: n · FD(n) − m · FD(m) belongs to n − m", lambda n, a, m, b: -_without_bias(n, a, m, b)),
]

LINES = {
    "a": "the bias of FD at 500 samples is twenty times that at 10,000",
    "b": "the same features for both are as it should be",
    "c": "a network that was trained on [-1, 1] sees other images in [0, 1], and says nothing",
    "d": "whoever hands out training images would win",
    "e": "a floor makes the numbers readable, and harms nobody",
    "f": "the best of five is better than a typical one, by luck",
    "g": "that is how samples should be drawn",
}
AT_FAULT = {"a", "c", "d", "f"}


def check_3(faults):
    if isinstance(faults, str) or not hasattr(faults, "__iter__"):
        return f'give a set of letters, such as {{"a", "b"}}, not {described(faults)}'
    given = set()
    for each in faults:
        letter = name_among(each, LINES)
        if letter is None:
            return f"{str(each)!r} is not among the lines: they are a to g"
        given.add(letter)
    if innocent := sorted(given - AT_FAULT):
        return f"line {innocent[0]} is no fault: {LINES[innocent[0]]}"
    if missing := sorted(AT_FAULT - given):
        more = f"{len(missing)} more {'is' if len(missing) == 1 else 'are'} at fault"
        return f"{more}; one hint: {LINES[missing[0]]}" if given else more


EVIDENCE = {
    "A": "its precision is above that of real images, and its recall very low: what brings images closer together?",
    "B": "a quarter of its samples lie nearer to the training set than real images do",
    "C": "no number is near its floor, and none far off; nothing lies too near to the training set",
    "D": "FD is high, but the two-sample test is nearly a guess: single images are right, so what is missing?",
}


def check_4(suspects):
    right = {"A": "blurred", "B": "thief", "C": "honest", "D": "collapsed"}
    return choices(suspects, right, EVIDENCE, "generator")
