"""What lesson 07 tells the reader to compare and to try, without a browser."""

from itertools import islice

import pytest
import torch
from lessons import names_of
from torch import nn


@pytest.fixture(scope="module")
def lesson():
    return names_of(7, "def layers", "RULES =", "def reached")


def sizes(net, kind):
    return [module for module in net.modules() if isinstance(module, kind)]


def test_a_filter_of_five_reaches_a_pixel_nine_times(lesson):
    assert {*lesson["reached"](5)[3:-3, 3:-3].int().flatten().tolist()} == {4, 6, 9}


def test_a_unit_of_the_second_layer_depends_on_ten_by_ten_pixels(lesson):
    D = lesson["discriminator"]().eval()
    x = torch.rand(1, 1, 28, 28, requires_grad=True)
    unit = nn.Sequential(*[*D][:4])(x)[0, 0, 3, 3]  # convolution, LeakyReLU, convolution, BatchNorm
    rows, columns = torch.autograd.grad(unit, x)[0][0, 0].nonzero().unbind(1)
    for places in (rows, columns):
        assert places.max() - places.min() + 1 == 10
        assert places.min() == 4 * 3 - 3  # as `strongest` cuts it out


def test_the_running_variance_forgets_as_the_solution_says():
    norm, shares = nn.BatchNorm1d(1), [1.0]
    for _ in range(44):
        norm(torch.zeros(4, 1))
        shares.append(norm.running_var.item())  # what is left of the 1 of the beginning
    assert shares[6] > 0.5 > shares[7] and shares[43] > 0.01 > shares[44]


def test_each_variant_breaks_its_rule_alone_and_plays(lesson):
    for name, broken in lesson["BROKEN"].items():
        G, D, game = lesson["new_game"](**broken)
        norms = len(sizes(G, nn.BatchNorm2d)), len(sizes(D, nn.BatchNorm2d))
        assert norms == {"2a": (0, 1), "2b": (2, 0), "2c": (0, 0), "2d": (0, 0)}.get(name[:2], (2, 1)), name
        assert bool(sizes(D, nn.MaxPool2d)) == bool(sizes(G, nn.Upsample)) == (name[:2] == "1a"), name
        assert len(sizes(G, nn.Linear)) == len(sizes(D, nn.Linear)) == (2 if name[0] == "3" else 1), name
        assert bool(sizes(G, nn.Tanh)) == (name[0] != "4"), name
        assert {layer.negative_slope for layer in sizes(D, nn.LeakyReLU)} == {0.0 if name[0] == "5" else 0.2}, name
        assert (sizes(D, nn.Conv2d)[0].weight.std() < 0.03) == ("start" not in broken), name
        logs = next(game)
        assert {"d_loss", "g_loss"} <= logs.keys()
        assert lesson["sample"](G, 3).shape == (3, 1, 28, 28) and G.training


def test_the_stored_table_has_a_row_for_each_variant(lesson):
    assert [*lesson["RULES"]] == [*lesson["BROKEN"]]
    assert {len(rows) for rows in lesson["RULES"].values()} == {3}


def test_the_samples_of_the_long_run_are_those_of_a_short_one(lesson):
    """The lesson takes the samples of "all rules" from its long run, which samples for its board on the way."""
    found = []
    for looks in (True, False):
        G, _, game = lesson["new_game"]()
        for _ in islice(game, 3):
            if looks:
                lesson["sample"](G, 32)
        found.append(lesson["sample"](G, 5))
    assert torch.equal(*found)
