"""Lesson 05: what its text says that its explorers will show, and what it says of the Dirac-GAN."""

import ast
import itertools
import math
from pathlib import Path

import jupytext
import pytest
import torch

SOURCE = next((Path(__file__).resolve().parent.parent / "notebooks/src").glob("05_*.py"))
DEFINES = ast.Import | ast.ImportFrom | ast.FunctionDef


@pytest.fixture(scope="module")
def lesson():
    """The lesson's imports, parameters and functions; nothing else of it is run."""
    namespace = {"__name__": "lesson"}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            if "parameters" not in cell.metadata.get("tags", []):
                tree.body = [node for node in tree.body if isinstance(node, DEFINES)]
            exec(compile(tree, SOURCE.stem, "exec"), namespace)
    return namespace


def value(lesson, mean, std):
    X = lesson["X"]
    return 2 * lesson["jsd"](lesson["normal"](X, 0, 1), lesson["normal"](X, mean, std)) - math.log(4)


@pytest.mark.parametrize("std", [0.25, 1.0, 1.5])  # the ends of the slider, and its start
def test_the_value_is_flat_where_q_is_far(lesson, std):
    values = torch.stack([value(lesson, mean, std) for mean in torch.arange(0, 6.3, 0.25)])
    slopes = values.diff()
    assert slopes[-1] < 0.15 * slopes.max() and 2 < slopes.argmax() < 12  # steepest well before the end
    assert values[-1] > -0.1


def test_minimax_pulls_most_near_one_and_a_half_and_the_other_loss_ever_more(lesson):
    thetas = torch.arange(0.1, 5.05, 0.1, dtype=torch.float64)
    pulls = [lesson["left_side"](theta.item(), lambda a: -torch.nn.functional.softplus(a)) for theta in thetas]
    top = max(pulls)
    assert 1.4 < thetas[pulls.index(top)] < 1.7 and 0.46 < top < 0.47
    assert pulls[pulls.index(top) :] == sorted(pulls[pulls.index(top) :], reverse=True)
    assert 0.09 < pulls[-1] / top < 0.11  # a tenth of it is left at 5
    others = [lesson["left_side"](theta.item(), lambda a: torch.nn.functional.softplus(-a)) for theta in thetas]
    assert others == sorted(others)


def test_what_2_kl_charges_for_leaving_out_and_for_making_up(lesson):
    eight, cost = [1 / 8] * 8, lesson["cost"]
    assert cost(eight, [0.0] + [1 / 7] * 7) < 0.02 * 8
    assert math.isclose(cost(eight, [1.0] + [0.0] * 7), 1.09, abs_tol=0.005)
    made_up = [cost([*eight, rare], [7 / 64] * 8 + [1 / 8]) for rare in (1e-3, 1e-6, 1e-9, 1e-12)]
    steps = [b - a for a, b in itertools.pairwise(made_up)]
    assert min(steps) > 0.8  # a thousandth as much real data: as much more again, without end


def test_without_r1_simultaneous_steps_end_on_a_ring_from_inside_and_from_outside(lesson):
    radii = [
        lesson["simulate"](lesson["STEP_SIZE"], 0.0, False, 4000, start=(start, 0.0)).norm(dim=1)
        for start in (0.01, 1.0)
    ]
    assert radii[0][100] > radii[0][0] and radii[1][100] < radii[1][0]
    inside, outside = (radius[-500:].mean() for radius in radii)
    assert math.isclose(inside, outside, rel_tol=0.05) and 0.1 < inside < 0.9


def test_without_r1_alternating_steps_run_round_an_ellipse(lesson):
    radius = lesson["simulate"](lesson["STEP_SIZE"], 0.0, True, 400, start=(0.01, 0.0)).norm(dim=1)
    assert 0.8 < radius.min() / 0.01 < 1 and 1 <= radius.max() / 0.01 < 1.2


def largest(lesson, h, gamma):
    return [torch.linalg.eigvals(lesson["linear_map"](h, gamma, kind)).abs().max().item() for kind in (False, True)]


def test_smaller_steps_bring_the_eigenvalues_into_the_circle(lesson):
    assert min(largest(lesson, 1.2, 2.0)) > 1  # where the explorer opens
    simultaneous, alternating = largest(lesson, 1.0, 2.0)
    assert simultaneous < 1 < alternating
    assert max(largest(lesson, 0.9, 2.0)) < 1


@pytest.mark.parametrize("alternating", [False, True])
def test_the_simulated_steps_of_the_explorer_do_what_the_eigenvalues_say(lesson, alternating):
    for h in (0.2, 0.5, 0.9, 1.2, 1.6):
        for gamma in (0.3, 1.0, 2.0, 3.0):
            size = largest(lesson, h, gamma)[alternating]
            if abs(size - 1) > 0.05:  # 120 steps do not tell on the verge
                end = lesson["simulate"](h, gamma, alternating, 120, start=(0.5, 0.0))[-1].norm()
                assert (end < 0.1) == (size < 1), (h, gamma, size, end)
