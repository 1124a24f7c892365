"""Lesson 12: its modulation against an independent one, its measures on known cases, and what its mixer shows."""

import ast
import math
from pathlib import Path

import jupytext
import pytest
import torch
from torch.nn import functional as F

from gan_lessons import networks
from gan_lessons.data import DATA

ROOT = Path(__file__).resolve().parent.parent
SOURCE = next((ROOT / "notebooks/src").glob("12_*.py"))
KEPT = {"NO_NOISE", "G", "held_out", "mean", "loud", "NOISES", "GARMENTS"}  # names that the tests need


def wanted(node):
    """Is it a function, or the assignment of one of the names that the tests need?"""
    return isinstance(node, ast.FunctionDef) or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in KEPT)


@pytest.fixture(scope="module")
def lesson():
    """The lesson's imports, functions and names, without its prints, figures and trainings."""
    namespace = {"__name__": "lesson"}
    for number, cell in enumerate(cell for cell in jupytext.read(SOURCE).cells if cell.cell_type == "code"):
        tags = {*cell.metadata.get("tags", [])}
        if number == 0 or {"parameters", "networks"} & tags or "train, test = avatars()" in cell.source:
            exec(cell.source.split("fig, ax")[0], namespace)
        else:
            tree = ast.parse(cell.source)
            tree.body = [node for node in tree.body if wanted(node)]
            exec(compile(tree, SOURCE.stem, "exec"), namespace)
    return namespace


def by_hand(x, weight, style):
    """Equations 1 and 3 of Karras et al. 2020, number by number."""
    pictures, (outputs, inputs, _, _) = len(x), weight.shape
    padded, size = F.pad(x, (1, 1, 1, 1)), x.shape[-1]
    result = torch.zeros(pictures, outputs, size, size, dtype=x.dtype)
    for n in range(pictures):
        for o in range(outputs):
            kernel = torch.stack([style[n, i] * weight[o, i] for i in range(inputs)])
            kernel = kernel / math.sqrt(sum(k.item() ** 2 for k in kernel.flatten()) + 1e-8)
            for row in range(size):
                for column in range(size):
                    result[n, o, row, column] = (kernel * padded[n, :, row : row + 3, column : column + 3]).sum()
    return result


def test_both_modulations_and_the_package_s_layer_are_the_paper_s_equations(lesson):
    torch.manual_seed(0)
    layer = networks.StyleLayer(3, 2, w_dim=5).double()
    x, w = torch.randn(2, 3, 4, 4).double(), torch.randn(2, 5).double()
    style = layer.style(w)
    right = by_hand(x, layer.weight, style).detach()
    for found in (lesson["modulated_slowly"](x, layer.weight, style), lesson["modulated"](x, layer.weight, style)):
        assert torch.allclose(found, right, atol=1e-10)
    noise = torch.randn(2, 1, 4, 4).double()
    layer.strength.data.fill_(0.3)
    layer.bias.data.copy_(torch.tensor([0.5, -1.0]))
    raw = right + 0.3 * noise + torch.tensor([0.5, -1.0]).double()[:, None, None]
    assert torch.allclose(layer(x, w, noise), torch.where(raw > 0, raw, 0.2 * raw) * 2**0.5, atol=1e-10)


def test_a_louder_style_changes_nothing_after_demodulation_and_everything_before(lesson):
    torch.manual_seed(0)
    x, weight, style = torch.randn(2, 8, 5, 5).double(), torch.randn(4, 8, 3, 3).double(), torch.randn(2, 8).double()
    slowly = lesson["modulated_slowly"]
    assert torch.allclose(slowly(x, weight, 7 * style), slowly(x, weight, style), atol=1e-8)
    assert torch.allclose(slowly(x, weight, 7 * style, False), 7 * slowly(x, weight, style, False))


def test_the_ways_begin_and_end_at_the_two_faces_and_z_s_stays_on_its_sphere(lesson):
    torch.manual_seed(0)
    a, b = torch.randn(2, 5, 64)
    mapped, lesson["G"].mapping = lesson["G"].mapping, torch.nn.Identity()
    try:
        for t in (0.0, 0.3, 1.0):
            w = lesson["on_the_way"](a, b, torch.full((5, 1), t), "Z")
            assert torch.allclose(w.square().mean(1), torch.ones(5), atol=1e-4)
    finally:
        lesson["G"].mapping = mapped
    for space in "ZW":
        for t, z in ((0.0, a), (1.0, b)):
            w = lesson["on_the_way"](a, b, torch.full((5, 1), t), space)
            assert torch.allclose(w, lesson["G"].mapping(z), atol=1e-4)


def test_a_linear_classifier_finds_what_is_linear_and_nothing_in_noise(lesson):
    torch.manual_seed(0)
    x = torch.randn(3 * lesson["COUNT"], 64)
    y = torch.stack([(x[:, 0] > 0).long(), torch.randint(0, 2, (len(x),)), 2 * (x[:, 1] > 0) + (x[:, 2] > 0)], dim=1)
    linear, noise, four = lesson["linear_accuracy"](x, y).tolist()
    assert linear > 0.95 and abs(noise - 0.5) < 0.05 and four > 0.75


def test_an_edit_stops_at_the_first_step_that_shows_the_attribute(lesson):
    with torch.no_grad():
        w = lesson["styles"](1500)
        seen = lesson["labels"](lesson["draw"](w))
        target = lesson["ATTRIBUTES"].index("glasses")
        start = w[seen[:, target] == 0][:60]
        move = lesson["apart"](w) * lesson["direction"](w, seen[:, target])
        found, success, side = lesson["edited"](start, move, target)
    assert success > 0.9 and 0 <= side < 3
    share = ((found - start) @ move) / (move @ move)  # of the way
    assert torch.allclose(20 * share, (20 * share).round(), atol=1e-2) and share.min() >= 0.05 - 1e-4
    before = lesson["labels"](lesson["draw"](found - 0.05 * move))[:, target]
    assert (before[lesson["labels"](lesson["draw"](found))[:, target] == 1] == 0).all()


def test_the_mixer_goes_from_b_to_a_as_the_crossover_rises(lesson):
    mixer = lesson["mixer"]
    with torch.no_grad():
        for crossover, same in ((0, 2), (5, 0)):
            images, text = mixer(3, 8, crossover, 1.0, "off")
            assert torch.equal(images[1], images[same]) and text.startswith("the judge sees in the mixture: ")
        middle, _ = mixer(3, 8, 3, 1.0, "off")
        assert not torch.equal(middle[1], middle[0]) and not torch.equal(middle[1], middle[2])
        mean_face, _ = mixer(3, 8, 3, 0.0, "off")
        assert torch.allclose(mean_face[0], mean_face[2], atol=1e-5)


def test_what_the_text_says_of_the_mixer_holds_for_many_seeds(lesson):
    """At crossover 3 B decides background and clothes far more often than hair and glasses; raised noise shows."""
    names, mixer = lesson["ATTRIBUTES"], lesson["mixer"]
    came, differ = torch.zeros(8), torch.zeros(8)
    with torch.no_grad():
        for seed in range(40):
            a, mixture, b = lesson["labels"](mixer(seed, 99 - seed, 3, 1.0, "off")[0])
            differ += a != b
            came += (a != b) & (mixture == b)
        quiet, spotted = (mixer(3, 8, 3, 1.0, noise)[0] for noise in ("off", "raised to 0.2"))
    share = dict(zip(names, (came / differ).tolist(), strict=True))
    assert min(share["background"], share["clothing"]) > 0.4 > 0.3 > max(share["hair"], share["glasses"])
    assert ((quiet - spotted).abs().amax((1, 2, 3)) > 0.2).all()


def test_the_checkpoint_is_small():
    assert (DATA / "checkpoints/stylegan_avatars.safetensors").stat().st_size < 1_000_000


def test_the_lesson_and_the_trainer_have_one_recipe():
    lesson, trainer = SOURCE.read_text(), (DATA / "checkpoints/train_stylegan.py").read_text()
    for name in ("BATCH", "Z", "RATE", "D_RATE", "GAMMA", "LAZY", "MIXING", "DECAY"):
        values = [
            next(line.split("#")[0].split("=")[1] for line in text.splitlines() if line.startswith(f"{name} = "))
            for text in (lesson, trainer)
        ]
        assert float(values[0]) == float(values[1]), name


def test_the_table_of_garments_has_three_seeds_of_each(lesson):
    assert [len(rows) for rows in lesson["GARMENTS"].values()] == [3, 3]
