"""Losses and penalties against values worked out by hand and against independent formulas."""

from math import log

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from gan_lessons import losses
from gan_lessons.losses import Lazy, gradient_penalty, r1, r2

NAMES = ["minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic"]
PENALTIES = {
    "r1": r1(3.0),
    "r2": r2(3.0),
    "gradient_penalty": gradient_penalty(10.0),
    "zero-centred": gradient_penalty(10.0, centre=0.0),
    "centre 0.5": gradient_penalty(10.0, centre=0.5),
    "lazy": Lazy(r1(3.0), every=1),
}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def as_logits(*probabilities):
    return [log(p / (1 - p)) for p in probabilities]


def random_logits(n=50):
    generator = torch.Generator().manual_seed(0)
    return 3 * torch.randn(2, n, generator=generator, dtype=torch.float64)


# D gives the real samples the probabilities 3/4 and 1/4, the fake ones 1/2 and 1/8
PROBABILITIES = as_logits(3 / 4, 1 / 4), as_logits(1 / 2, 1 / 8)
INTEGERS = [2.0, -1.0], [0.0, -3.0]


@pytest.mark.parametrize(
    ("name", "logits", "d", "g"),
    [
        # d: -(log 3/4 + log 1/4)/2 - (log 1/2 + log 7/8)/2;  g: (log 1/2 + log 7/8)/2
        ("minimax", PROBABILITIES, log(16 / 3) / 2 + log(16 / 7) / 2, log(7 / 16) / 2),
        # g: -(log 1/2 + log 1/8)/2 = (log 16)/2
        ("non_saturating", PROBABILITIES, log(16 / 3) / 2 + log(16 / 7) / 2, log(16) / 2),
        # d: ((2-1)² + (-1-1)²)/4 + (0² + (-3)²)/4 = 5/4 + 9/4;  g: ((0-1)² + (-3-1)²)/4
        ("least_squares", INTEGERS, 3.5, 17 / 4),
        # d: (max(0, 1-2) + max(0, 1+1))/2 + (max(0, 1+0) + max(0, 1-3))/2 = 1 + 1/2;  g: -(0 - 3)/2
        ("hinge", INTEGERS, 1.5, 1.5),
        # d: (0 - 3)/2 - (2 - 1)/2;  g: -(0 - 3)/2
        ("wasserstein", INTEGERS, -2.0, 1.5),
        # real - fake: log 3 - log 1 and log 1/3 - log 1/7 = log 7/3, so softplus gives, for real - fake,
        # log(1 + 3) and log(1 + 7/3), and for fake - real, log(1 + 1/3) and log(1 + 3/7)
        ("relativistic", PROBABILITIES, log(4 / 3) / 2 + log(10 / 7) / 2, log(4) / 2 + log(10 / 3) / 2),
    ],
)
def test_values_worked_out_by_hand(name, logits, d, g):
    real, fake = (torch.tensor(values, dtype=torch.float64) for values in logits)
    loss = getattr(losses, name)
    assert loss.d(real, fake).item() == pytest.approx(d, abs=1e-12)
    assert loss.g(fake, real).item() == pytest.approx(g, abs=1e-12)


def cross_entropy(logits, target):
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def half_square(logits, target):
    return mse_loss(logits, torch.full_like(logits, target)) / 2


FORMULAS = {
    "minimax": (
        lambda real, fake: cross_entropy(real, 1) + cross_entropy(fake, 0),
        lambda real, fake: torch.log(1 - torch.sigmoid(fake)).mean(),
    ),
    "non_saturating": (
        lambda real, fake: cross_entropy(real, 1) + cross_entropy(fake, 0),
        lambda real, fake: cross_entropy(fake, 1),
    ),
    "least_squares": (
        lambda real, fake: half_square(real, 1) + half_square(fake, 0),
        lambda real, fake: half_square(fake, 1),
    ),
    "hinge": (
        lambda real, fake: -np.minimum(0, real.numpy() - 1).mean() - np.minimum(0, -fake.numpy() - 1).mean(),
        lambda real, fake: -np.mean(fake.numpy()),
    ),
    "wasserstein": (
        lambda real, fake: -(np.mean(real.numpy()) - np.mean(fake.numpy())),
        lambda real, fake: -np.mean(fake.numpy()),
    ),
    "relativistic": (
        lambda real, fake: cross_entropy(real - fake, 1),
        lambda real, fake: cross_entropy(fake - real, 1),
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_losses_equal_an_independent_formula(name):
    real, fake = random_logits()
    d, g = FORMULAS[name]
    loss = getattr(losses, name)
    assert loss.d(real, fake).item() == pytest.approx(float(d(real, fake)), rel=1e-12)
    assert loss.g(fake, real).item() == pytest.approx(float(g(real, fake)), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minimax", 2 * log(2)),
        ("non_saturating", 2 * log(2)),
        ("relativistic", log(2)),
        ("hinge", 2.0),
        ("least_squares", 0.5),
        ("wasserstein", 0.0),
    ],
)
def test_d_at_logits_of_zero(name, value):
    assert getattr(losses, name).d(torch.zeros(4), torch.zeros(4)).item() == pytest.approx(value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", [-1000.0, 1000.0])
@pytest.mark.parametrize("other", [-1000.0, 1000.0])
def test_extreme_logits_give_finite_losses_and_slopes(name, side, other):
    real = torch.tensor([side, 0.0], requires_grad=True)
    fake = torch.tensor([other, 0.0], requires_grad=True)
    loss = getattr(losses, name)
    for value in (loss.d(real, fake), loss.g(fake, real)):
        slopes = torch.autograd.grad(value, (real, fake), allow_unused=True)
        assert value.isfinite()
        assert all(slope is None or slope.isfinite().all() for slope in slopes)


def test_cross_entropy_keeps_its_value_and_slope_where_a_sigmoid_would_be_0_or_1():
    real, fake = torch.tensor([-1000.0], requires_grad=True), torch.tensor([1000.0], requires_grad=True)
    value = losses.non_saturating.d(real, fake)  # -log sigmoid(-1000) - log(1 - sigmoid(1000)) = 1000 + 1000
    assert value.item() == 2000
    assert [slope.item() for slope in torch.autograd.grad(value, (real, fake))] == [-1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_slopes_are_those_of_finite_differences(name):
    real, fake = random_logits(6).requires_grad_(True).unbind()
    loss = getattr(losses, name)
    assert torch.autograd.gradcheck(loss.d, (real, fake))
    assert torch.autograd.gradcheck(loss.g, (fake, real if name == "relativistic" else None))


@pytest.mark.parametrize("name", NAMES)
def test_high_means_real_for_every_loss(name):
    real = torch.tensor([0.2, -0.1], requires_grad=True)
    fake = torch.tensor([0.3, 0.4], requires_grad=True)
    loss = getattr(losses, name)
    up_for_real, up_for_fake = torch.autograd.grad(loss.d(real, fake), (real, fake))
    assert (up_for_real < 0).all() and (up_for_fake > 0).all()
    (up_for_g,) = torch.autograd.grad(loss.g(fake, real), fake)
    assert (up_for_g < 0).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "relativistic"])
def test_only_the_relativistic_g_looks_at_real_logits(name):
    real, fake = random_logits()
    loss = getattr(losses, name)
    assert loss.g(fake) == loss.g(fake, real)


def test_relativistic_g_without_real_logits_says_what_to_give():
    with pytest.raises(TypeError, match="give g_step real="):
        losses.relativistic.g(torch.zeros(3))


def linear(*slopes):
    """Return D(x) = w · x, whose slope is w everywhere, for x of any shape."""
    w = torch.tensor(slopes, requires_grad=True)
    return w, lambda x: x.flatten(1) @ w


@pytest.mark.parametrize("penalty", [r1, r2])
def test_r1_and_r2_of_a_linear_d_are_half_gamma_times_its_squared_slope(penalty):
    _, D = linear(3.0, 4.0)
    real, fake = torch.randn(5, 2), torch.randn(7, 2)
    assert penalty(3.0)(D, real, fake).item() == pytest.approx(3 / 2 * 25)


@pytest.mark.parametrize(("centre", "value"), [(1.0, 0.0), (0.0, 10.0), (0.25, 10 * 0.75**2), (3.0, 40.0)])
def test_gradient_penalty_of_slope_1(centre, value):
    _, D = linear(0.6, 0.8)
    real, fake = torch.randn(2, 5, 2)
    assert gradient_penalty(10.0, centre)(D, real, fake).item() == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("centre", "value"), [(1.0, 10.0), (0.0, 0.0), (3.0, 90.0)])
def test_gradient_penalty_of_slope_0_has_a_finite_slope_itself(centre, value):
    w, D = linear(0.0, 0.0)
    real, fake = torch.randn(2, 5, 2)
    penalty = gradient_penalty(10.0, centre)(D, real, fake)
    penalty.backward()
    assert penalty.item() == pytest.approx(value, rel=1e-5)
    assert w.grad.isfinite().all()


A = torch.tensor([[1.0, 0.5], [0.5, -2.0]], dtype=torch.float64)
B = torch.tensor([0.3, -0.7], dtype=torch.float64)


def quadratic(x):
    """Return D(x) = x·Ax/2 + b·x, whose slope is Ax + b."""
    return 0.5 * ((x @ A) * x).sum(1) + x @ B


def squared_slopes_by_hand(x):
    return np.sum((x.numpy() @ A.numpy() + B.numpy()) ** 2, axis=1)


def test_r1_takes_the_slopes_at_real_and_r2_those_at_fake_samples():
    real, fake = torch.randn(2, 6, 2, dtype=torch.float64)
    assert r1(3.0)(quadratic, real, fake).item() == pytest.approx(1.5 * squared_slopes_by_hand(real).mean())
    assert r2(3.0)(quadratic, real, fake).item() == pytest.approx(1.5 * squared_slopes_by_hand(fake).mean())


@pytest.mark.parametrize("centre", [1.0, 0.0, 0.5])
def test_gradient_penalty_takes_the_slopes_between_real_and_fake(centre):
    real, fake = torch.randn(2, 6, 2, dtype=torch.float64)
    torch.manual_seed(3)
    penalty = gradient_penalty(4.0, centre)(quadratic, real, fake)
    torch.manual_seed(3)
    share = torch.rand(6, 1, dtype=torch.float64)
    slopes = np.sqrt(squared_slopes_by_hand(share * real + (1 - share) * fake))
    assert penalty.item() == pytest.approx(4 * np.mean((slopes - centre) ** 2), rel=1e-9)


def test_gradient_penalty_draws_one_place_on_the_line_for_each_sample():
    seen = []

    def D(x):
        seen.append(x.detach())
        return x.flatten(1).sum(1)

    gradient_penalty()(D, torch.ones(1000, 2, 3, 4), torch.zeros(1000, 2, 3, 4))  # x̂ is the share of real
    (places,) = seen
    per_sample = places.flatten(1)
    assert (per_sample == per_sample[:, :1]).all()  # the same for all values of an image
    assert len(per_sample[:, 0].unique()) > 990  # another one for each image
    # uniform on [0, 1]: mean 1/2 and standard deviation 1/√12, with standard errors of about 0.009 and 0.005
    assert per_sample.min() >= 0 and per_sample.max() <= 1
    assert per_sample[:, 0].mean().item() == pytest.approx(0.5, abs=0.04)
    assert per_sample[:, 0].std().item() == pytest.approx(12**-0.5, abs=0.02)


def test_a_slope_is_one_norm_over_all_the_values_of_an_image():
    _, D = linear(0.5, 0.5, 0.5, 0.5)  # over all four values the norm is 1; over any two it is 1/√2
    real, fake = torch.randn(2, 3, 1, 2, 2)
    assert r1(3.0)(D, real, fake).item() == pytest.approx(1.5)
    assert gradient_penalty(10.0)(D, real, fake).item() == pytest.approx(0, abs=1e-9)


def test_norms_are_taken_of_each_sample_before_the_mean():
    # slopes 0 and 2: the mean of (slope - 1)² is 1, whereas the mean slope is 1 and would cost nothing
    D = lambda x: x.square().sum(1) / 2  # noqa: E731
    x = torch.tensor([[0.0, 0.0], [0.0, 2.0]])
    assert gradient_penalty(1.0)(D, x, x).item() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES.keys())
def test_penalties_have_the_right_slope_in_the_parameters_of_d(penalty):
    generator = torch.Generator().manual_seed(1)
    real, fake = torch.randn(2, 4, 3, generator=generator, dtype=torch.float64)
    w = torch.randn(3, 2, generator=generator, dtype=torch.float64, requires_grad=True)

    def of_parameter(w):
        torch.manual_seed(2)  # the same places between real and fake at every call
        return penalty(lambda x: torch.tanh(x @ w).sum(1), real, fake)

    assert torch.autograd.gradcheck(of_parameter, (w,))


@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES.keys())
def test_penalties_leave_gradients_alone(penalty):
    w, D = linear(1.0, 2.0)
    real, fake = torch.randn(2, 5, 2)
    penalty(D, real, fake)
    assert w.grad is None and not real.requires_grad and not fake.requires_grad


def test_gradient_penalty_refuses_batches_of_two_shapes():
    _, D = linear(1.0, 2.0)
    with pytest.raises(ValueError, match=r"real \(5, 2\) and fake \(4, 2\)"):
        gradient_penalty()(D, torch.randn(5, 2), torch.randn(4, 2))


def test_lazy_applies_every_third_call_three_times_as_strong():
    _, D = linear(3.0, 4.0)
    real, fake = torch.randn(2, 5, 2)
    lazy = Lazy(r1(1.0), every=3)  # 1/2 · 25 = 12.5, three times as strong 37.5
    values = [lazy(D, real, fake).item() for _ in range(7)]
    assert values == pytest.approx([37.5, 0, 0, 37.5, 0, 0, 37.5])


@pytest.mark.parametrize("every", [1, 2, 16])
def test_lazy_is_on_average_the_penalty_itself(every):
    real, fake = torch.randn(2, 6, 2, dtype=torch.float64)
    lazy = Lazy(r1(3.0), every)
    mean = sum(lazy(quadratic, real, fake).item() for _ in range(every)) / every
    assert mean == pytest.approx(r1(3.0)(quadratic, real, fake).item())


def test_lazy_asks_d_for_slopes_only_where_it_is_due():
    calls = []

    def D(x):
        calls.append(x)
        return x.sum(1)

    lazy = Lazy(r1(1.0), every=4)
    for _ in range(8):
        lazy(D, torch.ones(2, 2), torch.ones(2, 2))
    assert len(calls) == 2


def test_lazy_goes_on_from_its_state():
    _, D = linear(3.0, 4.0)
    real, fake = torch.randn(2, 5, 2)
    first, second = Lazy(r1(1.0), every=3), Lazy(r1(1.0), every=3)
    for _ in range(2):
        first(D, real, fake)
    second.load_state_dict(first.state_dict())
    ahead = [[lazy(D, real, fake).item() for _ in range(5)] for lazy in (first, second)]
    assert ahead[0] == ahead[1] == pytest.approx([0, 37.5, 0, 0, 37.5])


@pytest.mark.parametrize("every", [0, -1])
def test_lazy_refuses_to_apply_less_than_every_call(every):
    with pytest.raises(ValueError, match=f"1 or more, not {every}"):
        Lazy(r1(1.0), every)


def test_gradient_penalty_draws_from_its_own_generator_alone():
    real, fake = torch.randn(2, 5, 2, dtype=torch.float64)
    values = []
    for seed in (1, 1, 2):
        penalty = gradient_penalty(10.0, generator=torch.Generator().manual_seed(seed))
        state = torch.get_rng_state()
        values.append(penalty(lambda x: x.pow(3).sum(1), real, fake).item())
        assert torch.equal(torch.get_rng_state(), state)
    assert values[0] == values[1] != values[2]
