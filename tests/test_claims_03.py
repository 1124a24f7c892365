"""Lesson 03: its tests accept every right step and turn down the wrong ones, and its text says what will be seen.

With the environment variable TEN_SEEDS set, what depends on training is computed for ten seeds.
"""

import os
from pathlib import Path

import jupytext
import matplotlib
import pytest

SOURCE = next((Path(__file__).resolve().parent.parent / "notebooks/src").glob("03_*.py"))
SEEDS = range(10) if os.environ.get("TEN_SEEDS") else [0]

STEP = """
def step(G, D, g_opt, d_opt, real):
    with torch.no_grad():
        fake = G(torch.randn(len(real), Z))
    d_loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    g_loss = softplus(-D(G(torch.randn(len(real), Z)))).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    return d_loss.item(), g_loss.item()
"""
ONCE = """with torch.no_grad():
        both = torch.cat([real, G(torch.randn(len(real), Z))])
    real_logits, fake_logits = D(both).chunk(2)
    d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()"""
TWICE = """with torch.no_grad():
        fake = G(torch.randn(len(real), Z))
    d_loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()"""
G_LOSS = "g_loss = softplus(-D(G(torch.randn(len(real), Z)))).mean()"


@pytest.fixture(scope="module", params=SEEDS)
def lesson(request):
    """What lesson 03 has defined when its tests stand: `run_tests`, `Z` and so on."""
    matplotlib.use("Agg")
    namespace = {"__name__": "lesson"}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code":
            exec(cell.source.replace("SEED = 0", f"SEED = {request.param}"), namespace)
            if "def run_tests" in cell.source:
                return namespace
    raise AssertionError("lesson 03 has no run_tests")


def red(lesson, code):
    exec(code, lesson)
    return lesson["TESTS"].keys() - set(lesson["run_tests"](lesson["step"]))


def changed(*pairs):
    code = STEP
    for old, new in pairs:
        assert old in code
        code = code.replace(old, new)
    return code


@pytest.mark.parametrize(
    "code",
    [
        STEP,
        changed((TWICE, ONCE)),  # D is asked once for both batches
        changed(("with torch.no_grad():\n        fake = G(torch.randn(len(real), Z))",
                 "fake = G(torch.randn(len(real), Z)).detach()")),
        changed((".mean()", ".sum()"), ("d_opt.zero_grad()", "d_loss = d_loss / len(real); d_opt.zero_grad()"),
                ("g_opt.zero_grad()", "g_loss = g_loss / len(real); g_opt.zero_grad()")),
    ],
    ids=["the lesson's", "both batches in one", "detach", "sum over N"],
)  # fmt: skip
def test_a_right_step_passes(lesson, code):
    assert red(lesson, code) == set()


@pytest.mark.parametrize(
    "code, name",
    [
        (changed(("with torch.no_grad():\n        fake", "if True:\n        fake")), "does no work for nothing"),
        (changed(("softplus(-D(real)).mean()", "softplus(-D(real).mean())")), "lets every sample count by itself"),
        (changed(("softplus(D(fake)).mean()", "softplus(D(fake).mean())")), "lets every sample count by itself"),
        (changed((G_LOSS, G_LOSS.replace(")))).mean()", "))).mean())"))), "lets every sample count by itself"),
        (changed(("-D(real)", "D(real)")), "D learns to tell"),
        (changed(("d_opt.zero_grad()", "pass")), "ignores gradients left from before"),
    ],
    ids=["no detach", "mean of real logits", "mean of fake logits", "mean of G's logits", "sign", "zero_grad"],
)
def test_a_wrong_step_turns_its_test_red(lesson, code, name):
    assert name in red(lesson, code)
