"""Measures by neighbours, and the extrapolated FD, agree with slow formulas of their own and with closed forms."""

import math
import warnings

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from test_metrics import each_unfit_set, normal

from gan_lessons import metrics


def prdc(fake, real, k):
    """Density and coverage as Naeem et al. 2020 write them, with scikit-learn's neighbours."""
    radii = NearestNeighbors(n_neighbors=k + 1).fit(real).kneighbors(real)[0][:, -1]  # the first is the point itself
    inside = np.linalg.norm(real.numpy()[:, None] - fake.numpy()[None], axis=2) <= radii[:, None]  # (real, fake)
    return inside.sum() / (k * len(fake)), inside.any(1).mean()


@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize("sizes", [(700, 500), (300, 1200)], ids=["more fakes", "more reals"])
def test_density_and_coverage_agree_with_a_table_of_all_distances(k, sizes):
    fake, real = 0.8 * normal(0, sizes[0]) + 0.3, normal(1, sizes[1])
    assert metrics.density_coverage(fake, real, k) == pytest.approx(prdc(fake, real, k), abs=1e-12)


def test_density_and_coverage_of_twice_the_same_distribution_are_those_of_the_paper():
    """Naeem et al. 2020 derive it: density 1 and coverage 1 - (N-1)…(N-k) / (2N-1)…(2N-k) are expected."""
    n, k = 2000, 5
    density, coverage = metrics.density_coverage(normal(0, n, 3), normal(1, n, 3), k)
    expected = 1 - math.prod((n - i) / (2 * n - i) for i in range(1, k + 1))
    assert density == pytest.approx(1, abs=0.05) and coverage == pytest.approx(expected, abs=0.01)


def test_an_outlier_among_the_reals_raises_precision_and_leaves_density():
    real = torch.cat([normal(0, 1000, 2), torch.full((1, 2), 40.0, dtype=torch.float64)])  # its ball holds all the data
    fake = normal(1, 1000, 2) + 20
    assert metrics.precision_recall(fake, real)[0] > 0.9
    density, coverage = metrics.density_coverage(fake, real)
    assert density < 0.25 and coverage < 0.01


def test_the_two_sample_test_agrees_with_scikit_learn():
    fake, real = normal(0, 300) + 0.5, normal(1, 300)
    points, labels = np.concatenate([real, fake]), np.repeat([1, 0], 300)
    right = []
    for i in range(600):
        others = np.arange(600) != i
        nearest = KNeighborsClassifier(n_neighbors=1).fit(points[others], labels[others])
        right.append(nearest.predict(points[i : i + 1])[0] == labels[i])
    found = metrics.two_sample_test(fake, real)
    assert found == pytest.approx((np.mean(right), np.mean(right[:300]), np.mean(right[300:])), abs=1e-12)


def test_the_two_sample_test_knows_alike_apart_collapsed_and_copied():
    real = normal(0, 1500)
    assert metrics.two_sample_test(normal(1, 1500), real).accuracy == pytest.approx(0.5, abs=0.03)
    assert metrics.two_sample_test(real + 100, real) == (1, 1, 1)
    collapsed = metrics.two_sample_test(normal(1, 100).repeat(15, 1), real)
    assert collapsed.on_fake == 1 and 0.85 < collapsed.on_real < 1
    assert metrics.two_sample_test(real + 1e-3, real).accuracy == 0  # each one's nearest is its copy
    assert metrics.two_sample_test(torch.zeros(4, 2), torch.zeros(4, 2)) == (0.5, 0.5, 0.5)  # ties count half


def test_distance_to_training_agrees_with_scikit_learn():
    samples, training, held_out = 0.7 * normal(0, 800), normal(1, 12_000), normal(2, 500)
    near, baseline = (
        NearestNeighbors(n_neighbors=1).fit(training).kneighbors(x)[0].ravel() for x in (samples, held_out)
    )
    expected = np.sort(near)[399], np.sort(baseline)[249], (near < np.sort(baseline)[4]).mean()  # torch's lower median
    assert metrics.distance_to_training(samples, training, held_out) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_thief_is_seen_at_his_share(dtype):
    training, held_out, fresh = normal(1, 12_000).to(dtype), normal(2).to(dtype), normal(3).to(dtype)
    honest = metrics.distance_to_training(fresh, training, held_out)
    assert honest.closer < 0.02 and honest.samples == pytest.approx(honest.held_out, rel=0.05)
    for share in (0.1, 0.4, 0.6):
        stolen = torch.cat([training[: int(2000 * share)], fresh[int(2000 * share) :]])
        found = metrics.distance_to_training(stolen, training, held_out)
        assert found.closer == pytest.approx(share, abs=0.02)
        assert (found.samples == 0) == (share > 0.5)  # exactly 0, in float32 too


def test_extrapolated_distance_of_gaussians_is_that_of_the_formula():
    """FD of N(0, I) and N(m, 4 I) in F dimensions is |m|² + F; from N samples it is above, and less so from more."""
    a, b = normal(0, 6000), 2 * normal(1, 6000) + 0.5
    exact = 6 * 0.5**2 + 6 * (2 - 1) ** 2
    found = metrics.extrapolated_distance(a, b)
    assert found.fd == pytest.approx(exact, abs=0.15) and found.slope > 0
    assert found.sizes == tuple(6000 // k for k in range(1, 11))
    assert found.values[0] == pytest.approx(metrics.frechet_distance(a, b), rel=1e-9)
    line = np.polyfit(1 / np.array(found.sizes), found.values, 1)
    assert (found.slope, found.fd) == pytest.approx(tuple(line), rel=1e-6)


def test_extrapolated_distance_of_one_distribution_is_near_zero_where_the_plain_one_is_not():
    a, b = normal(0, 5000, 40), normal(1, 5000, 40)
    assert metrics.frechet_distance(a, b) > 0.12
    assert abs(metrics.extrapolated_distance(a, b).fd) < 0.04


def test_extrapolated_distance_of_sorted_samples_shuffles_them():
    a, b = normal(0, 5000, 3).sort(0).values, normal(1, 5000, 3).sort(0, descending=True).values  # small against large
    assert abs(metrics.extrapolated_distance(a, b).fd) < 0.01
    assert metrics.extrapolated_distance(a, b) == metrics.extrapolated_distance(a, b)


def test_extrapolated_distance_of_unequal_numbers_cuts_both_alike_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.extrapolated_distance(normal(0, 900), normal(1, 5000)).sizes[0] == 900


@pytest.mark.parametrize(
    "measure",
    [
        metrics.density_coverage,
        metrics.two_sample_test,
        metrics.extrapolated_distance,
        lambda a, b: metrics.distance_to_training(a, b, b),
        lambda a, b: metrics.distance_to_training(b, b, a),
    ],
    ids=["density", "two-sample", "extrapolated", "samples", "held out"],
)
@each_unfit_set
def test_features_that_do_not_fit_are_named(measure, a, match):
    with pytest.raises(ValueError, match=match):
        measure(a, normal(1))


@pytest.mark.parametrize(
    "measure",
    [metrics.density_coverage, metrics.two_sample_test, lambda a, b: metrics.distance_to_training(a, b, b)],
    ids=["density", "two-sample", "distance"],
)
def test_features_may_be_of_any_dtype_and_are_left_as_they_are(measure):
    a, b = normal(0).mul(20).round(), normal(1).mul(20).round() + 3
    kept, expected = (a.clone(), b.clone()), measure(a, b)
    for same in (a.numpy(), a.long(), a.clone().requires_grad_()):
        assert measure(same, b) == pytest.approx(expected, abs=1e-3)
    assert torch.equal(a, kept[0]) and torch.equal(b, kept[1])


def test_numbers_that_do_not_fit_are_named_with_what_to_do():
    with pytest.raises(ValueError, match="5 real samples are too few for the 5 nearest neighbours"):
        metrics.density_coverage(normal(0), normal(1, 5))
    with pytest.raises(ValueError, match="neighbours must be a whole number, 1 or more, not 0"):
        metrics.density_coverage(normal(0), normal(1), 0)
    with pytest.raises(ValueError, match=r"as many fake as real samples, 2 or more, not 300 and 2000; take as many"):
        metrics.two_sample_test(normal(0, 300), normal(1))
    with pytest.raises(ValueError, match=r"99 held-out samples are too few .*; give 100 or more"):
        metrics.distance_to_training(normal(0), normal(1), normal(2, 99))
    with pytest.raises(ValueError, match="200 samples cut into 10 parts leave 20 in each; for 6 features take 30"):
        metrics.extrapolated_distance(normal(0, 200), normal(1, 200))
    with pytest.raises(ValueError, match="parts must be a whole number, 2 or more, not 1"):
        metrics.extrapolated_distance(normal(0), normal(1), parts=1)


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (7, 20), (20, 20), (0, 20), (512, 1000)])
def test_the_interval_of_a_share_is_wilsons(right, count):
    theirs = binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert metrics.share_interval(right, count) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_an_interval_of_what_can_not_be_is_refused():
    with pytest.raises(ValueError, match="right must be a whole number, from 0 to the 5 answers, not 6"):
        metrics.share_interval(6, 5)
    with pytest.raises(ValueError, match="count must be a whole number, 1 or more, not 0"):
        metrics.share_interval(0, 0)


def test_what_lies_on_the_edge_of_a_ball_is_inside():
    real = torch.tensor([[0.0], [1.0], [2.0], [10.0]])  # balls of radius 1, 1, 1 and 8 for one neighbour
    assert metrics.density_coverage(torch.tensor([[0.5], [3.0]]), real, 1) == (2.0, 1.0)
    assert metrics.density_coverage(torch.tensor([[-1.0], [-1.5]]), real, 1) == (0.5, 0.25)
