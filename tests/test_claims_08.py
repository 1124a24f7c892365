"""Lesson 08: what its text says that its explorer will show, its formulas, and the numbers that it stores."""

import ast
import itertools
import math
from pathlib import Path

import jupytext
import pytest
import torch
from matplotlib.figure import Figure
from scipy.stats import wasserstein_distance
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
SOURCE = next((ROOT / "notebooks/src").glob("08_*.py"))
DEFINES = ast.Import | ast.ImportFrom | ast.FunctionDef


def run(wanted):
    """Run the cells of the lesson that `wanted` takes, and of the others their imports and functions."""
    namespace = {"__name__": "lesson"}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            if not wanted(cell) and "parameters" not in cell.metadata.get("tags", []):
                tree.body = [node for node in tree.body if isinstance(node, DEFINES)]
            exec(compile(tree, SOURCE.stem, "exec"), namespace)
    return namespace


@pytest.fixture(scope="module")
def lesson():
    """The lesson's functions, section 3's critics and the shelf of its explorer."""
    made = ("judge = ", "critics = {}", "clipped = {", 'critics["', "SHELF")
    return run(lambda cell: any(mark in cell.source for mark in made))


def shown(lesson, limit, strength):
    """Draw the explorer's figure; returns the line below it, and the critic."""
    figure = Figure()
    with torch.no_grad():
        text = lesson["draw_critic"](figure, limit, strength)
    assert len(figure.axes) == 3
    return text, lesson["SHELF"][limit][strength - 1][1]


def test_the_explorer_shows_clipped_weights_at_the_ends_and_square_level_lines(lesson):
    for strength, c in enumerate((0.01, 0.03, 0.1, 0.3), start=1):
        text, D = shown(lesson, "clipping", strength)
        assert f"c = {c:g}" in text and lesson["share_at_the_end"](D, c) > 0.5
        _, round_one = shown(lesson, "gradient penalty", 2)
        assert lesson["corners"](D) > 1.1 * lesson["corners"](round_one)


def test_the_explorer_shows_that_gamma_changes_the_scale_and_not_the_shape_of_f(lesson):
    steepest = []
    for strength in (1, 2, 3, 4):
        _, D = shown(lesson, "R1", strength)
        steepest.append(lesson["slopes"](D, lesson["REAL"]).mean().item())
    for a, b in itertools.pairwise(steepest):
        assert a / b == pytest.approx(10, rel=0.15)


def test_the_explorer_shows_after_how_many_iterations_all_singular_values_are_at_most_one(lesson):
    largest = []
    for strength in (1, 2, 3, 4):
        _, D = shown(lesson, "spectral norm", strength)
        largest.append(max(torch.linalg.svdvals(layer.weight)[0].item() for layer in lesson["layers"](D)))
    assert largest[0] > 1.1 and largest[0] > largest[1] > largest[2] and max(largest[2:]) < 1.05


def test_the_pairing_gives_the_wasserstein_distance_of_scipy(lesson):
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(50, 1, generator=draw), 3 * torch.rand(50, 1, generator=draw)
    found = wasserstein_distance(a.flatten().numpy(), b.flatten().numpy())
    assert lesson["carried"](a, b) == pytest.approx(found, rel=1e-6)


def test_no_critic_sees_more_than_all_of_w(lesson):
    for D in (*lesson["critics"].values(), nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))):
        assert lesson["judged"](D)[2] < 1


def test_the_theory_of_the_penalty_is_the_best_of_many_slopes(lesson):
    """The formula's slope, point by point, against one that is searched on a grid."""
    mu, weight, x = 2.0, 10.0, torch.linspace(-6, 8, 1401, dtype=torch.float64)
    step, shares = 0.01, (torch.arange(200) + 0.5) / 200
    d = torch.cumsum(lesson["normal"](x, 0) - lesson["normal"](x, mu), 0) * step
    rho = sum(lesson["normal"](x, mu * t, math.sqrt(t**2 + (1 - t) ** 2)) for t in shares.tolist()) / 200
    slopes = torch.linspace(0, 6, 1201, dtype=torch.float64)[:, None]
    best = slopes[(slopes * d - weight * rho * (slopes - 1) ** 2).argmax(0)].squeeze(1)
    assert ((best * d).sum() * step).item() == pytest.approx(lesson["theory"](mu, weight)[1], rel=2e-3)


def test_the_norm_of_a_convolution_is_that_of_its_matrix_with_a_stride_too(lesson):
    kernel = torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(1)).double()
    how = {"stride": 2, "padding": 1}
    exact = torch.linalg.svdvals(lesson["operator_matrix"](kernel, 8, **how))[0].item()
    assert lesson["operator_norm"](kernel, 8, **how) == pytest.approx(exact, rel=1e-4)
