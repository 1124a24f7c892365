"""Networks, optimisers, losses and batches of one's own: what fits trains, what does not is named before the update."""

import copy
from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, TensorDataset

from gan_lessons import losses
from gan_lessons.losses import Lazy, gradient_penalty, r1, r2
from gan_lessons.training import adversarial_steps, d_step, g_step

REAL, Z = torch.randn(6, 2, generator=torch.Generator().manual_seed(0)), torch.linspace(-1, 1, 12).view(6, 2)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def networks():
    G = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
    D = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
    return G, D


def sgd(*networks):
    return torch.optim.SGD([p for network in networks for p in network.parameters()], lr=0.1)


def state(*networks):
    return [tensor.clone() for network in networks for tensor in network.state_dict().values()]


def equal(ours, theirs):
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def both(G, D, d_opt, g_opt, loss=losses.non_saturating, real=REAL, z=Z, condition=(), penalty=None):
    """Do both halves, and tell which network each of them moved."""
    moved = []
    for half in (
        lambda: d_step(G, D, d_opt, loss, real, z, condition, penalty),
        lambda: g_step(G, D, g_opt, loss, z, condition, real=real),
    ):
        before = state(G), state(D)
        half()
        moved.append("".join(name for name, b, n in zip("GD", before, (G, D), strict=True) if not equal(b, state(n))))
    return moved


# optimisers


def of_others(G, D):
    return sgd(*networks())


OPTIMISERS = {
    "D's is of networks made before": (
        "D",
        of_others,
        "the loss of D depends on no weight in the optimizer given for D",
    ),
    "G's is of networks made before": (
        "G",
        of_others,
        "the loss of G depends on no weight in the optimizer given for G",
    ),
    "D's is G's": ("D", lambda G, D: sgd(G), "the loss of D depends on no weight.* of the other network"),
    "G's is D's": ("G", lambda G, D: sgd(D), "the optimizer given for G holds 4 weights of D"),
    "G's is of both": ("G", lambda G, D: sgd(G, D), "the optimizer given for G holds 4 weights of D"),
    "G's has D in a second group": (
        "G",
        lambda G, D: torch.optim.Adam([{"params": list(n.parameters())} for n in (G, D)], lr=0.1),
        "the optimizer given for G holds 4 weights of D",
    ),
}


@pytest.mark.parametrize("wrap", ["module", "function"])
@pytest.mark.parametrize("case", OPTIMISERS)
def test_an_optimiser_that_trains_nothing_or_the_other_network_is_refused(case, wrap):
    side, make, match = OPTIMISERS[case]
    G, D = networks()
    optimizer, before = make(G, D), state(G, D)
    ours, theirs = (G, D) if wrap == "module" else (lambda z: G(z), lambda x: D(x))
    with pytest.raises(ValueError, match=match):
        if side == "D":
            d_step(ours, theirs, optimizer, losses.hinge, REAL, Z)
        else:
            g_step(ours, theirs, optimizer, losses.hinge, Z)
    assert equal(before, state(G, D)) and not optimizer.state


def test_a_detached_or_frozen_network_is_refused():
    G, D = networks()
    before = state(G, D)
    detached = lambda network: lambda x: network(x).detach()  # noqa: E731
    with pytest.raises(ValueError, match=r"the loss of G depends on no weight in .* detaches its output"):
        g_step(detached(G), D, sgd(G), losses.hinge, Z)
    with pytest.raises(ValueError, match="the optimizer given for G holds 4 weights of D"):
        g_step(detached(G), D, sgd(D), losses.hinge, Z)
    for step in (
        lambda: g_step(G, detached(D), sgd(G), losses.hinge, Z),
        lambda: d_step(G, detached(D), sgd(D), losses.hinge, REAL, Z),
        lambda: d_step(G, D.requires_grad_(False), sgd(D), losses.hinge, REAL, Z),
    ):
        with pytest.raises(ValueError, match=r"the loss of [DG] is .* but no gradient leads from it to a weight"):
            step()
    with pytest.raises(ValueError, match=r"optimizer given for G are frozen; G.requires_grad_\(True\)"):
        g_step(G.requires_grad_(False), D.requires_grad_(True), sgd(G), losses.hinge, Z)
    assert equal(before, state(G, D))


def shared_trunk():
    """Return G and D that share their first layer."""
    shared = nn.Linear(2, 2)
    G, D = networks()
    return nn.Sequential(shared, *G), nn.Sequential(shared, *D)


def with_frozen_layers():
    G, D = networks()
    D[0].requires_grad_(False)
    return G, D


def with_many_groups(network):
    return torch.optim.Adam([{"params": [p], "lr": 0.01 * (i + 1)} for i, p in enumerate(network.parameters())])


def compiled():
    return [torch.compile(network, backend="aot_eager") for network in networks()]


LEGAL = {
    "plain": networks,
    "frozen layers": with_frozen_layers,
    "data parallel": lambda: [nn.DataParallel(network) for network in networks()],
    "averaged": lambda: [AveragedModel(network) for network in networks()],
    "compiled": compiled,
}


@pytest.mark.parametrize("optimizer", [sgd, with_many_groups], ids=["one group", "many groups"])
@pytest.mark.parametrize("kind", LEGAL)
def test_wrapped_and_partly_frozen_networks_learn_each_by_its_own_optimiser(kind, optimizer):
    G, D = LEGAL[kind]()
    assert both(G, D, optimizer(D), optimizer(G), penalty=None if kind == "compiled" else r1(0.1)) == ["D", "G"]


def test_d_may_be_frozen_while_g_learns():
    G, D = networks()
    before = state(G)
    g_step(G, D.requires_grad_(False), sgd(G), losses.hinge, Z)
    assert not equal(before, state(G))


def test_weights_that_both_networks_share_are_of_both():
    G, D = shared_trunk()
    assert both(G, D, sgd(D), sgd(G)) == ["GD", "GD"]
    with pytest.raises(ValueError, match="holds 4 weights of D"):  # and not the 6 with those that are shared
        g_step(G, D, sgd(D), losses.hinge, Z)


def test_points_that_are_moved_as_weights_are_a_g_too():
    points, D = nn.Parameter(Z.clone()), networks()[1]
    g_step(lambda z: points, D, torch.optim.SGD([points], 0.1), losses.hinge, Z)
    assert not torch.equal(points, Z)


# batches, networks and losses


def test_g_or_d_that_returns_more_than_one_tensor_is_named():
    G, D = networks()
    pair = lambda network: lambda x: (network(x), "features")  # noqa: E731
    with pytest.raises(TypeError, match=r"G must return one tensor of samples, not a tuple of 2; .*\[0\]"):
        d_step(pair(G), D, sgd(D), losses.hinge, REAL, Z)
    with pytest.raises(TypeError, match="G must return one tensor of samples, not a tuple of 2"):
        g_step(pair(G), D, sgd(G), losses.hinge, Z)
    with pytest.raises(TypeError, match="D must return one tensor of logits, not a tuple of 2"):
        g_step(G, pair(D), sgd(G), losses.hinge, Z)


BATCHES = {
    "images and labels": ({"real": [REAL, torch.zeros(6)]}, TypeError, r"real is a list of 2; .* give real=images"),
    "NumPy": ({"real": REAL.numpy()}, TypeError, "real must be a tensor, not a ndarray; use torch.as_tensor"),
    "z of NumPy": ({"z": Z.numpy()}, TypeError, "z is a NumPy array; give a tensor"),
    "float64": ({"real": REAL.double()}, ValueError, r"real is torch.float64, but G makes torch.float32; give real.to"),
    "uint8": ({"real": REAL.to(torch.uint8)}, ValueError, r"real is torch.uint8, but .*data.to_float\(real\)"),
    "another device": ({"real": REAL.to("meta")}, ValueError, "real is on meta, but G's samples are on cpu"),
    "a bare condition": ({"condition": torch.zeros(6)}, TypeError, r"must be a tuple .*not a Tensor; give \(labels,\)"),
}


@pytest.mark.parametrize("case", BATCHES)
def test_batches_that_do_not_fit_are_named(case):
    change, error, match = BATCHES[case]
    G, D = networks()
    before = state(G, D)
    arguments = {"real": REAL, "z": Z} | change
    with pytest.raises(error, match=match):
        d_step(G, D, sgd(D), losses.hinge, **arguments)
    with pytest.raises(error, match=match):
        g_step(G, D, sgd(G), losses.hinge, **arguments)
    assert equal(before, state(G, D))


def test_under_autocast_samples_and_real_ones_may_differ_in_type():
    G, D = networks()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert both(G, D, sgd(D), sgd(G)) == ["D", "G"]


def test_only_what_pairs_the_samples_wants_as_many_of_each():
    G, D = networks()
    more = torch.randn(9, 2)
    d_step(G, D, sgd(D), losses.hinge, REAL, more, penalty=r2(0.1))
    for z in (more, more[:1]):  # one alone would be compared with all
        with pytest.raises(ValueError, match=rf"pairs each real sample .* 6 and {len(z)}; draw as many z"):
            d_step(G, D, sgd(D), losses.relativistic, REAL, z)
        with pytest.raises(ValueError, match=rf"there are 6 and {len(z)}"):
            g_step(G, D, sgd(G), losses.relativistic, z, real=REAL)
        with pytest.raises(ValueError, match=rf"real \(6, 2\) and fake \({len(z)}, 2\)"):
            d_step(G, D, sgd(D), losses.hinge, REAL, z, penalty=gradient_penalty())


@pytest.mark.parametrize("g", [losses.hinge.g, lambda fake: -fake.mean(), lambda fake, real: -fake.mean()])
def test_a_plain_pair_of_functions_is_a_loss(g):
    G, D = networks()
    G2, D2 = copy.deepcopy((G, D))
    plain, optimizers = (losses.hinge.d, g), (sgd(D), sgd(G), sgd(D2), sgd(G2))
    for real in (None, REAL):
        for ours, theirs in ((plain, losses.hinge), (losses.Loss(*plain), losses.hinge)):
            d_step(G, D, optimizers[0], ours, REAL, Z)
            g_step(G, D, optimizers[1], ours, Z, real=real)
            d_step(G2, D2, optimizers[2], theirs, REAL, Z)
            g_step(G2, D2, optimizers[3], theirs, Z, real=real)
    assert equal(state(G, D), state(G2, D2))


@pytest.mark.parametrize("loss", ["hinge", "hing", (losses.hinge.d,), losses.hinge.d, None])
def test_what_is_no_loss_is_named_with_those_there_are(loss):
    G, D = networks()
    for step in (lambda: d_step(G, D, sgd(D), loss, REAL, Z), lambda: g_step(G, D, sgd(G), loss, Z)):
        with pytest.raises(TypeError, match=r"loss must be a pair \(d, g\).*losses.minimax, .*losses.hinge.*, not "):
            step()


VALUES = {
    "a vector": (lambda logits: logits, ValueError, r"the loss of D must be one number, not of shape \(6,\); .*mean"),
    "nothing": (lambda logits: None, TypeError, "the loss of D must be a tensor of one number, not None"),
    "a float": (lambda logits: logits.mean().item(), ValueError, "the loss of D is .* but no gradient leads from it"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_loss_or_penalty_that_is_not_one_number_with_a_gradient_is_named(case):
    function, error, match = VALUES[case]
    G, D = networks()
    before = state(G, D)
    with pytest.raises(error, match=match):
        d_step(G, D, sgd(D), (lambda real, fake: function(real), None.__class__), REAL, Z)
    with pytest.raises(error, match=match.replace("loss of D", "loss of G")):
        g_step(G, D, sgd(G), (losses.hinge.d, function), Z)
    with pytest.raises(error, match=match.replace("the loss of D", "the penalty")):
        d_step(G, D, sgd(D), losses.hinge, REAL, Z, penalty=lambda D, real, fake: function(D(real)))
    assert equal(before, state(G, D))


def test_a_penalty_without_create_graph_is_refused_and_a_plain_zero_is_none():
    G, D = networks()

    def without(D, real, fake):
        real = real.clone().requires_grad_(True)
        return torch.autograd.grad(D(real).sum(), real)[0].square().sum(1).mean()

    with pytest.raises(ValueError, match=r"the penalty is .*create_graph=True"):
        d_step(G, D, sgd(D), losses.hinge, REAL, Z, penalty=without)
    assert d_step(G, D, sgd(D), losses.hinge, REAL, Z, penalty=lambda D, real, fake: 0)["penalty"] == 0.0


def test_a_network_that_learns_in_eval_mode_is_refused_where_that_matters():
    G, D = networks()
    G, D = nn.Sequential(*G, nn.BatchNorm1d(2)), nn.Sequential(nn.Dropout(0.1), *D)
    with pytest.raises(ValueError, match=r"G learns, but its batch norm or dropout is in eval mode; call G.train\(\)"):
        g_step(G.eval(), D, sgd(G), losses.hinge, Z)
    with pytest.raises(ValueError, match=r"D learns, but"):
        d_step(G, D.eval(), sgd(D), losses.hinge, REAL, Z)
    assert both(G.train(), D.train(), sgd(D), sgd(G))[1].startswith("G")
    D[0].eval()  # one layer, on purpose
    d_step(G, D, sgd(D), losses.hinge, REAL, Z)
    plain = [network.eval() for network in networks()]
    assert both(*plain, sgd(plain[1]), sgd(plain[0])) == ["D", "G"]


def test_nan_in_the_data_is_among_the_causes():
    G, D = networks()
    with pytest.raises(FloatingPointError, match="NaN in the real data"):
        d_step(G, D, sgd(D), losses.hinge, REAL * float("nan"), Z)


@pytest.mark.parametrize("make", [r1, r2, gradient_penalty, lambda value: gradient_penalty(centre=value)])
@pytest.mark.parametrize("value", [-1.0, float("nan")])
def test_a_penalty_can_not_reward(make, value):
    with pytest.raises(ValueError, match=f"must be 0 or more, not {value}"):
        make(value)


@pytest.mark.parametrize("every", [2.5, 4.0, "4"])
def test_lazy_counts_in_whole_numbers(every):
    with pytest.raises(ValueError, match="every must be a whole number, 1 or more, not"):
        Lazy(r1(1.0), every)
    assert Lazy(r1(1.0), np.int64(4)).every == 4


# loaders


def seen(batches, steps, d_per_g=1):
    found = []
    update = lambda batch: found.append(batch) or {}  # noqa: E731
    for _ in islice(adversarial_steps(batches, update, lambda batch: {}, d_per_g), steps):
        pass
    return found


def test_what_can_be_gone_through_again_is_and_an_iterator_is_not():
    assert seen([1, 2, 3], 7) == [1, 2, 3, 1, 2, 3, 1]
    assert seen([1, 2, 3], 2, np.int64(2)) == [1, 2, 3, 1]
    assert seen(iter([1, 2, 3]), 7) == [1, 2, 3] == seen((i for i in (1, 2, 3)), 7)


def test_a_data_loader_is_shuffled_anew_in_every_round():
    loader = DataLoader(torch.arange(20), batch_size=10, shuffle=True)
    found = [batch.tolist() for batch in seen(loader, 4)]
    first, second = found[0] + found[1], found[2] + found[3]
    assert sorted(first) == sorted(second) == list(range(20)) and first != second


def used_up():
    batches = iter([1])
    next(batches)
    return batches


@pytest.mark.parametrize(
    "batches",
    [list, used_up, lambda: DataLoader(torch.zeros(3, 2), batch_size=8, drop_last=True)],
    ids=["an empty list", "an iterator used up", "a loader that drops its only batch"],
)
def test_where_there_is_no_batch_it_says_so_and_does_not_wait(batches):
    with pytest.raises(ValueError, match=r"there is no batch: the loader is empty .* used up before"):
        seen(batches(), 3)


@pytest.mark.parametrize("batches", [torch.zeros(9, 2), np.zeros((9, 2))], ids=["tensor", "NumPy"])
def test_one_tensor_is_not_taken_for_batches(batches):
    with pytest.raises(TypeError, match=r"batches is a .*, and would be gone through row by row"):
        seen(batches, 3)


def test_an_update_that_returns_nothing_is_named():
    with pytest.raises(TypeError, match="an update must return a dict of floats, not None; begin with: return d_step"):
        next(adversarial_steps([1], lambda batch: None, lambda batch: {}))


def test_a_labelled_data_loader_trains_through_its_pairs():
    G, D = networks()
    d_opt, g_opt = sgd(D), sgd(G)
    steps = adversarial_steps(
        DataLoader(TensorDataset(REAL, torch.arange(6)), batch_size=3),
        lambda batch: d_step(G, D, d_opt, losses.hinge, batch[0], Z[: len(batch[0])]),
        lambda batch: g_step(G, D, g_opt, losses.hinge, Z),
    )
    assert len(list(islice(steps, 5))) == 5
