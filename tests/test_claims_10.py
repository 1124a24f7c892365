"""Lesson 10: its landscape and its matrices against independent ones, and what its text says of its explorer."""

import ast
import math
import re
from pathlib import Path

import jupytext
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = next((ROOT / "notebooks/src").glob("10_*.py"))
WANTED = (
    "def best_d",
    "def over",
    "def step_matrix",
    "X = torch",
    "WIDTH = ",
    "def draw_landscape",
    "H = 0.2",
    "def lazy_matrix",
    "PRICES",
    "CHANGES = ",
    "TABLE = ",
)
DEFINES = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.Assign


def drawing(node):
    return isinstance(node, ast.Assign) and any(word in ast.unparse(node) for word in ("plt.", "medians"))


@pytest.fixture(scope="module")
def lesson():
    """The lesson's imports, functions and names, without its prints, figures and trainings."""
    namespace = {"__name__": "lesson"}
    for number, cell in enumerate(cell for cell in jupytext.read(SOURCE).cells if cell.cell_type == "code"):
        tags = {*cell.metadata.get("tags", [])}
        if number == 0 or {"parameters", "networks"} & tags:
            exec(cell.source, namespace)
        elif any(mark in cell.source for mark in WANTED):
            tree = ast.parse(cell.source)
            tree.body = [node for node in tree.body if isinstance(node, DEFINES) and not drawing(node)]
            exec(compile(tree, SOURCE.stem, "exec"), namespace)
    return namespace


def worth(A, y, width, price):
    """φ of a best D that scipy finds: D's values at the four points, with their price in the kernel's norm."""
    places = np.concatenate([[-1.0, 1.0], y])
    K = np.exp(-((places[:, None] - places[None]) ** 2) / (2 * width**2)) + 1e-9 * np.eye(4)
    A, inverse = A.numpy(), np.linalg.inv(K)

    def cost(values):
        return np.logaddexp(0, -A @ values).mean() + price * values @ inverse @ values

    def slope(values):
        return -A.T @ (1 / (1 + np.exp(A @ values))) / len(A) + 2 * price * inverse @ values

    found = minimize(cost, np.zeros(4), jac=slope, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
    return -found.fun / math.log(2)


@pytest.mark.parametrize("loss", ["minimax", "fixed pairs", "all pairs"])
@pytest.mark.parametrize("price", [0.1, 0.003])
def test_the_landscape_is_that_of_an_optimiser_of_scipy(lesson, loss, price):
    places = [(-1.6, 0.3), (0.2, 1.4), (-1.0, 1.0), (0.9, -0.4)]
    y = torch.tensor(places, dtype=torch.float64)[..., None]
    found = lesson["best_d"](lesson["COMPARED"][loss], y, lesson["WIDTH"], price)[2]
    for value, place in zip(found.tolist(), places, strict=True):
        assert value == pytest.approx(worth(lesson["COMPARED"][loss], place, lesson["WIDTH"], price), abs=2e-5)


def test_g_s_step_with_d_standing_still_is_the_slope_of_the_landscape(lesson):
    """The envelope theorem: what D would do next does not change the slope."""
    A, price, y = lesson["COMPARED"]["all pairs"], 0.01, torch.tensor([[[-0.7], [0.4]]], dtype=torch.float64)
    step = (lesson["descend"](A, y, price, steps=1, length=1e-4)[1] - y).flatten()
    value = [
        lesson["best_d"](A, y + 1e-5 * move, lesson["WIDTH"], price)[2].item()
        for move in (
            torch.tensor([[[1.0], [0]]]),
            torch.tensor([[[-1.0], [0]]]),
            torch.tensor([[[0], [1.0]]]),
            torch.tensor([[[0], [-1.0]]]),
        )
    ]
    slope = -torch.tensor([value[0] - value[1], value[2] - value[3]], dtype=torch.float64)
    assert torch.allclose(step / step.norm(), slope / slope.norm(), atol=1e-3)


def shown(lesson, loss, price):
    """Draw the explorer's figure; returns the hill's height, and how many descents end right and beside one point."""
    with torch.no_grad():
        text = lesson["draw_landscape"](Figure(), loss, price)
    return [float(number) for number in re.search(r"hill ([\d.]+) .* (\d+) end right, (\d+) with both", text).groups()]


def test_the_explorer_shows_a_hill_that_pairs_or_a_dear_d_take_away(lesson):
    for price in (0.1, 0.03, 0.01, 0.003, 0.001):
        assert shown(lesson, "fixed pairs", price)[0] == 0
        assert shown(lesson, "fixed pairs", price)[2] == 0
        assert 3 < shown(lesson, "minimax", price)[2] < 8  # some stay in the valley, however low the hill
    assert shown(lesson, "minimax", 0.1)[0] < 0.02 < 0.05 < shown(lesson, "minimax", 0.01)[0]
    minimax, all_pairs = shown(lesson, "minimax", 0.003), shown(lesson, "all pairs", 0.003)
    assert all_pairs[0] > minimax[0] > 0.1 and min(all_pairs[2], minimax[2]) > 3


def test_the_matrix_of_a_step_is_the_one_worked_out_by_hand(lesson):
    """D moves ψ ← (1 − hγ)ψ − hθ/2, then G moves θ ← θ + hψ/2 with the new ψ (lesson 05)."""
    h, gamma = lesson["H"], 0.7
    d_part = torch.tensor([[1, 0], [-h / 2, 1 - h * gamma]], dtype=torch.float64)
    g_part = torch.tensor([[1, h / 2], [0, 1]], dtype=torch.float64)
    found = lesson["step_matrix"](penalty=lesson["losses"].r1(gamma))
    assert torch.allclose(found, g_part @ d_part, atol=1e-12)
    assert torch.allclose(lesson["lazy_matrix"](gamma, 1), found, atol=1e-12)


def test_the_table_has_a_row_for_each_change(lesson):
    assert [*lesson["TABLE"]] == [*lesson["CHANGES"]]
    assert all(len(seeds) == 3 for seeds in lesson["TABLE"].values())
