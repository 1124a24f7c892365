"""Lesson 11: its formulas against independent ones, and what its text says of the stored table and the widgets."""

import ast
import math
from pathlib import Path

import jupytext
import matplotlib
import pytest
import torch
from torch.nn.functional import one_hot

from gan_lessons import metrics
from gan_lessons.data import to_float

SOURCE = next((Path(__file__).resolve().parent.parent / "notebooks/src").glob("11_*.py"))
CELLS = [cell for cell in jupytext.read(SOURCE).cells if cell.cell_type == "code"]
NEEDED = (
    "torch.manual_seed(SEED)\nreal_centres",
    "ticks = ",
    "people, held_out",
    "class FaceG",
    "def face_d",
    "def face_game",
    "def mix",
    "def portrait",
)


@pytest.fixture(scope="module")
def lesson():
    """The lesson's networks, judges and widgets, over networks that are not trained."""
    matplotlib.use("Agg")
    names = {"__name__": "lesson"}
    for number, cell in enumerate(CELLS):
        if number == 0 or {"parameters", "networks"} & {*cell.metadata.get("tags", [])}:
            exec(cell.source, names)
        elif cell.source.startswith(NEEDED):
            if cell.source.startswith("def mix"):
                names["average"], _ = names["garment_game"]("projection, conditional norm", 0, 1)
                names["face_g"], _ = names["face_game"](names["wish"], torch.ones(3000, dtype=torch.bool), 0, 1)
            exec(cell.source, names)
    return names


@pytest.fixture(scope="module")
def medians():
    """The stored table's medians by design: agreement, FD within, variety, FD of all."""
    source = next(cell.source for cell in CELLS if cell.source.startswith("STORED"))
    stored = next(
        node.value.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "STORED"
    )
    rows = {}
    for line in stored.strip().splitlines():
        name, _, *numbers = line.rsplit(maxsplit=5)
        rows.setdefault(name, []).append([float(number) for number in numbers])
    assert all(len(seeds) == 3 for seeds in rows.values())
    return {name: [sorted(column)[1] for column in zip(*seeds, strict=True)] for name, seeds in rows.items()}


def test_the_table_says_what_the_text_says(medians):
    blind, concatenated, projected, normalised, auxiliary = medians.values()
    assert blind[0] < 0.12
    assert 0.4 < projected[1] / concatenated[1] < 0.65 and normalised[1] < projected[1]
    assert abs(auxiliary[1] / concatenated[1] - 1) < 0.25
    assert max(column[3] for column in (projected, normalised)) < 0.6 * blind[3]


def test_the_loss_of_the_best_d_agrees_with_samples(lesson):
    """Monte Carlo over both densities, for a shift by one."""
    generator = torch.Generator().manual_seed(0)
    centres, fakes = lesson["real_centres"], lesson["real_centres"].roll(1, 0)
    losses = []
    for k in range(8):
        real, fake = (
            centre[k] + 0.5 * torch.randn(50_000, 2, generator=generator, dtype=torch.float64)
            for centre in (centres, fakes)
        )
        logit = lambda x, k=k: 2 * ((x - fakes[k]).square().sum(1) - (x - centres[k]).square().sum(1))  # noqa: E731
        losses.append((torch.nn.functional.softplus(-logit(real)) + torch.nn.functional.softplus(logit(fake))).mean())
    assert math.isclose(lesson["paid"][1], sum(losses) / 8, abs_tol=0.005)


def test_the_judges_are_the_packages(lesson):
    images, labels = lesson["test"].images, lesson["test"].labels
    chosen = torch.cat([images[labels == k][:500] for k in range(10)])
    agreement, within, variety, fd = lesson["judged"](lesson["real_features"])
    named, _ = metrics.predicted_classes(to_float(chosen))
    assert math.isclose(agreement, (named == lesson["WISHES"]).double().mean().item(), abs_tol=1e-6)
    assert within < 1e-3 and fd < 1e-3 and math.isclose(variety, 1, abs_tol=1e-6)


def test_one_image_for_each_class_has_full_agreement_and_no_variety(lesson):
    features = lesson["real_features"]
    named = metrics.classifier().out(features).argmax(-1)
    first = [int((named[k] == k).nonzero()[0]) for k in range(10)]
    same = torch.stack([features[k, i].expand(500, -1) for k, i in enumerate(first)])
    agreement, within, variety, _ = lesson["judged"](same)
    assert agreement == 1 and variety == 0 and within > 1


@pytest.mark.parametrize("design", ["concatenation", "projection", "projection, conditional norm"])
def test_a_d_that_is_not_blind_sees_the_request(lesson, design):
    torch.manual_seed(0)
    _, new_d = lesson["DESIGNS"][design]
    D, x = new_d(), torch.rand(6, 1, 28, 28) * 2 - 1
    a, b = (D(x, one_hot(torch.full((6,), k), 10).float()) for k in (2, 7))
    assert a.shape == (6,) and (a != b).all()


def test_the_projection_is_the_formula(lesson):
    torch.manual_seed(0)
    D = lesson["Projection"](torch.nn.Identity(), 5, 3)
    x, y = torch.randn(4, 5), torch.tensor([0, 2, 1, 2])
    by_hand = [D.psi.weight[0] @ h + D.psi.bias[0] + D.v.weight[:, k] @ h for h, k in zip(x, y, strict=True)]
    assert torch.allclose(D(x, one_hot(y, 3).float()), torch.stack(by_hand), atol=1e-6)


def test_conditional_norm_begins_as_batch_norm_and_then_hears_the_request(lesson):
    torch.manual_seed(0)
    norm, x = lesson["ConditionalNorm"](4), torch.randn(8, 4, 3, 3)
    y = one_hot(torch.arange(8), 10).float()
    assert torch.allclose(norm(x, y), torch.nn.BatchNorm2d(4)(x), atol=1e-6)
    torch.nn.init.normal_(norm.scale.weight)
    assert not torch.allclose(norm(x, y), norm(x, y.roll(1, 0)))


def test_the_bound_is_below_the_information_and_meets_it_with_the_true_posterior():
    """For a channel from 4 codes to 6 images whose information is known."""
    generator = torch.Generator().manual_seed(0)
    channel = torch.rand(4, 6, generator=generator, dtype=torch.float64)
    channel = channel / channel.sum(1, keepdim=True)  # p(x | c)
    joint = channel / 4
    information = (joint * (joint / (joint.sum(0) * 0.25)).log()).sum()
    posterior = joint / joint.sum(0)

    def bound(Q):
        return math.log(4) + (joint * Q.log()).sum()

    assert math.isclose(bound(posterior), information, rel_tol=1e-12)
    for _ in range(20):
        guess = torch.rand(4, 6, generator=generator, dtype=torch.float64)
        assert bound(guess / guess.sum(0)) < information


def test_a_request_of_faces_has_a_one_for_each_attribute(lesson):
    labels = lesson["held_out"].labels[:50]
    y = lesson["wish"](labels)
    assert y.shape == (50, 26) and set(y.unique().tolist()) == {0.0, 1.0}
    start = 0
    for column, count in zip(labels.T, lesson["COUNTS"], strict=True):
        assert torch.equal(y[:, start : start + count].argmax(1), column)
        start += count
    assert start == 26


def test_there_are_more_requests_than_faces(lesson):
    assert math.prod(lesson["COUNTS"]) == 6144
    both = (lesson["people"].labels[:, lesson["GLASSES"]] == 1) & (lesson["people"].labels[:, lesson["HAT"]] == 1)
    assert len(both) == 3000 and both.sum() == 232
    glasses, hat = (lesson["people"].label(name) for name in ("glasses", "hat"))
    assert torch.equal(both, (glasses == 1) & (hat == 1))


def test_the_mixer_begins_at_one_request_and_ends_at_the_other(lesson):
    mix, average = lesson["mix"], lesson["average"]
    z = torch.randn(16, 16, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        for share, name in ((0.0, "Bag"), (1.0, "Sandal")):
            images, line = mix("Bag", "Sandal", share, 3)
            y = one_hot(torch.tensor(lesson["test"].classes.index(name)), 10).float().expand(16, -1)
            assert torch.allclose(images, average(z, y), atol=1e-6) and f"100% {name}" in line


def test_the_faces_begin_with_the_pair_that_was_left_out(lesson):
    sliders = lesson["portraits"].sliders
    assert sliders["glasses"].value == sliders["hat"].value == "yes"
    before = lesson["portraits"]._image.value
    sliders["hair_colour"].value = "red"
    assert lesson["portraits"]._image.value != before
