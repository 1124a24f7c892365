"""Lesson 04: what its text says that the slider and the playground will show, when the reader does what it says.

With the environment variable TEN_SEEDS set, it is computed for ten seeds.
"""

import os
from pathlib import Path

import jupytext
import matplotlib
import pytest
import torch
from matplotlib.figure import Figure

from gan_lessons.diagnosis import EQUAL, LIMIT
from gan_lessons.widgets import Playground
from gan_lessons.widgets.playground import picture

SOURCE = next((Path(__file__).resolve().parent.parent / "notebooks/src").glob("04_*.py"))
SEEDS = range(10) if os.environ.get("TEN_SEEDS") else [0]


@pytest.fixture(scope="module", params=SEEDS)
def moments(request):
    """What lesson 04 has defined when its slider of rounds stands: `kept`, `draw_moment`, `board` and so on."""
    matplotlib.use("Agg")
    names = {"__name__": "lesson"}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type != "code" or "The better D" in cell.source:  # section 2, which is not needed here
            continue
        code = cell.source.replace("FROZEN_STEPS = 1200", "FROZEN_STEPS = 10")
        exec(code.replace("SEED = 0", f"SEED = {request.param}"), names)
        if "FigureExplorer(draw_moment" in code:
            return names
    raise AssertionError("lesson 04 has no slider of rounds")


def test_the_frame_holds_all_samples_at_every_round(moments):
    moments["plots"].show_field = lambda *arguments, **more: None  # which takes long, and is not looked at
    assert len(moments["kept"]) == 40
    for rounds in moments["kept"]:
        figure = Figure()
        moments["draw_moment"](figure, rounds)
        (ax,) = figure.axes
        real, fake = (next(c for c in ax.collections if c.get_label() == kind) for kind in ("real", "generated"))
        for points, count in ((real.get_offsets(), 400), (fake.get_offsets(), 400)):
            (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
            x, y = points.T
            assert len(points) == count and ((left < x) & (x < right) & (low < y) & (y < high)).all(), rounds


def test_the_losses_of_the_collapsed_run_mostly_lie_where_those_of_a_good_one_do(moments):
    late = moments["board"].history[20:]
    d_loss, g_loss = (torch.tensor([logs[name] for logs in late]).median().item() for name in ("d_loss", "g_loss"))
    assert abs(d_loss - 1.386) < 0.15 and abs(g_loss - 0.693) < 0.15
    assert moments["board"].history[1]["d_loss"] > 3  # in the first rounds D is badly wrong


PATIENT = {"loss": "minimax", "penalty": "none", "d_per_g": 20}


@pytest.fixture(scope="module", params=SEEDS)
def patient(request):
    ground = Playground(seed=request.param, **PATIENT)
    ground.run(400)
    yield ground
    ground.close()


def test_the_box_says_what_to_do_and_the_loss_is_not_in_it(patient):
    first, covered = patient.frame["diagnosis"][0], patient.measures["covered"]
    assert first["state"] == "D wins" and covered <= 4
    assert LIMIT in first["text"] and ("D far ahead" not in first["text"] or EQUAL in first["text"])
    assert not any("loss" in found["text"] for found in patient.frame["diagnosis"])
    assert set(picture.STATES.values()) == {"collapse", "oscillation", "D wins"}


def test_the_patient_s_arrows_are_there_and_many_are_at_full_length(patient):
    lengths = torch.frombuffer(bytearray(patient.frame["arrows"]), dtype=torch.float32).view(-1, 2).norm(dim=1)
    assert (lengths >= 0.01).float().mean() > 0.5 and (lengths >= 0.6).float().mean() > 0.3


def test_equal_turns_without_reset_come_too_late_and_with_reset_are_a_fresh_run(patient):
    patient.change(d_per_g=1)
    assert patient.run(1200)["covered"] <= 6 and patient.diagnosis != ["healthy"]
    patient.reset()
    patient.run(400)
    fresh = Playground(seed=patient.settings["seed"], **PATIENT | {"d_per_g": 1})
    fresh.run(400)
    assert patient.diagnosis == fresh.diagnosis == ["healthy"]
    for ours, theirs in zip(patient.G.parameters(), fresh.G.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    fresh.close()


def test_r1_without_reset_cures_soon(patient):
    patient.change(**PATIENT)
    patient.reset()
    assert patient.run(400)["covered"] <= 4
    patient.change(penalty="R1")
    assert patient.run(400)["covered"] >= 7
