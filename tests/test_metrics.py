"""The measures agree with formulas by hand, and rise when samples get worse."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.spatial.distance import jensenshannon
from torchvision.transforms.functional import gaussian_blur

from gan_lessons import metrics
from gan_lessons.data import fashion_mnist, ring, to_float


@pytest.fixture(scope="module")
def images():
    """10,000 training images as floats, in an order of our own."""
    train = fashion_mnist().images
    return to_float(train[torch.randperm(len(train), generator=torch.Generator().manual_seed(7))[:10_000]])


@pytest.fixture(scope="module")
def labels():
    labels = fashion_mnist().labels
    return labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(7))[:10_000]]


def normal(seed, n=2000, size=6):
    return torch.randn(n, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def distance(x):
    return metrics.frechet_distance(metrics.features(x), metrics.test_features())


def test_frechet_distance_of_gaussians_agrees_with_the_formula():
    mix = normal(2, 6)
    a, b = normal(0), 1.5 * normal(1) @ mix + 0.7
    mean = (a.mean(0) - b.mean(0)).square().sum().item()
    covariances = [np.cov(x.numpy(), rowvar=False) for x in (a, b)]
    spread = np.trace(covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1]).real)
    assert metrics.frechet_distance(a, b) == pytest.approx(mean + spread, rel=1e-9)
    assert metrics.frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_frechet_distance_of_a_shift_is_its_square():
    assert metrics.frechet_distance(normal(0), normal(0) + 2) == pytest.approx(6 * 4, rel=1e-9)


def test_kernel_distance_is_the_unbiased_cubic_mmd():
    a, b = normal(0, 1000), normal(1, 1000) + 0.5

    def kernel(x, y):
        return (x @ y.T / 6 + 1) ** 3

    within = [(kernel(x, x).sum() - kernel(x, x).diag().sum()) / (1000 * 999) for x in (a, b)]
    by_hand = (within[0] + within[1] - 2 * kernel(a, b).mean()).item()
    assert metrics.kernel_distance(a, b, subsets=1, size=1000) == pytest.approx(by_hand, rel=1e-9)
    assert abs(metrics.kernel_distance(normal(2, 5000), normal(3, 5000))) < 0.02


def test_precision_and_recall_of_separate_and_of_nested_sets():
    real, narrow = normal(0, 1000, 2), 0.05 * normal(1, 1000, 2)
    assert metrics.precision_recall(real + 100, real) == (0, 0)
    precision, recall = metrics.precision_recall(narrow, real)
    assert precision > 0.95 and recall < 0.2
    precision, recall = metrics.precision_recall(real, narrow)  # the two sets change places, so do the two measures
    assert precision < 0.2 and recall > 0.95


def test_the_floor_is_low_and_the_classifier_is_good():
    test = fashion_mnist(train=False)
    chosen, confidence = metrics.predicted_classes(to_float(test.images))
    assert (chosen == test.labels).double().mean() >= 0.91
    assert confidence.min() >= 0.1 and confidence.max() <= 1
    floor = metrics.floor()
    assert floor.fd < 0.05 and abs(floor.kid) < 0.01 and min(floor.precision, floor.recall) > 0.8


def test_frechet_distance_rises_with_noise_blur_and_dropped_classes(images, labels):
    clean = distance(images)
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    for worse in (
        [(images + s * noise).clamp(-1, 1) for s in (0.1, 0.3)],
        [gaussian_blur(images, 5, s) for s in (0.7, 1.5)],
        [images[labels < k][:3000].repeat(3, 1, 1, 1) for k in (8, 5)],
    ):
        a, b = map(distance, worse)
        assert clean < a < b


def test_dropped_classes_lower_recall_and_noise_lowers_precision(images, labels):
    reference = metrics.test_features()
    noisy = (images + torch.randn(images.shape, generator=torch.Generator().manual_seed(0))).clamp(-1, 1)
    precision, _ = metrics.precision_recall(metrics.features(noisy), reference)
    _, recall = metrics.precision_recall(metrics.features(images[labels < 5]), reference)
    assert precision < 0.6 and recall < 0.6


def test_features_are_of_unit_size_and_leave_the_threads_alone(images):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    features = metrics.features(images[:1000])
    assert torch.get_num_threads() == 1
    torch.set_num_threads(threads)
    assert features.shape == (1000, 64) and not features.requires_grad and features.min() >= 0
    assert features.square().mean().item() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("shape", [(9999, 1, 28, 28), (10_000, 28, 28)])
def test_quality_needs_ten_thousand_images(shape):
    with pytest.raises(ValueError, match="10000"):
        metrics.quality(torch.zeros(1).expand(shape))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda x: (x + 1) / 2, r"no pixel of the images is negative: if they are in \[0, 1\], then 2 \* images - 1"),
        (lambda x: (x + 1) * 127.5, r"from 0 to 255, as grey levels do; images / 127.5 - 1"),
        (lambda x: ((x + 1) * 127.5).byte(), r"floats in \[-1, 1\], not torch.uint8; gan_lessons.data.to_float"),
        (lambda x: 3 * x, r"from -3 to 3, beyond \[-1, 1\]; end G in a tanh, or use images.clamp\(-1, 1\)"),
        (lambda x: x.where(x < 0.99, math.nan), "images hold NaN or infinite pixels"),
        (lambda x: x.permute(0, 2, 3, 1), r"the channels are last here; .*permute\(0, 3, 1, 2\)"),
        (lambda x: x[:, 0], r"images\[:, None\] adds the channel of grey images"),
        (lambda x: x.flatten(1), r"unflatten them first"),
        (lambda x: x.repeat(1, 3, 1, 1), r"the course's classifier knows 28×28 grey images alone.*features \(N, F\)"),
        (lambda x: x[:, :, :20, :20], r"the course's classifier knows 28×28 grey images alone"),
    ],
    ids=["0 to 1", "0 to 255", "uint8", "beyond", "NaN", "NHWC", "NHW", "flat", "colour", "20×20"],
)
def test_what_is_no_image_in_minus_1_to_1_is_said_with_the_remedy(change, match, images):
    with pytest.raises(ValueError, match=match):
        metrics.quality(change(images))
    small = change(images[:4])
    for measure in (metrics.features, metrics.predicted_classes):
        if small.dtype == torch.float32 and 0 <= small.min() and small.max() <= 1:  # four images may well be so
            with pytest.warns(UserWarning, match=match):
                measure(small)
        else:
            with pytest.raises(ValueError, match=match):
                measure(small)


def test_quality_of_another_number_says_what_takes_it():
    with pytest.raises(
        ValueError, match=r"not \(500, 1, 28, 28\); features, frechet_distance and precision_recall take"
    ):
        metrics.quality(torch.zeros(500, 1, 28, 28))


def test_features_take_other_dtypes_arrays_and_gradients(images):
    few = images[:3]
    expected = metrics.features(few)
    for same in (few.double(), few.numpy(), few.clone().requires_grad_()):
        assert torch.equal(metrics.features(same), expected)


def test_the_table_takes_qualities_alone():
    with pytest.raises(TypeError, match=r"mine must be a Quality, not float; quality_table\(mine=quality\(images\)\)"):
        metrics.quality_table(mine=3.5)


def test_frechet_distance_of_no_more_samples_than_features_is_refused():
    with pytest.raises(ValueError, match="FD needs more samples than the 6 features, not 6: the covariance"):
        metrics.frechet_distance(normal(0, 6), normal(1))
    assert metrics.frechet_distance(normal(0, 7), normal(1, 7)) > 0
    with pytest.warns(UserWarning, match="FD of 500 and 2,000 samples: its bias depends on the numbers"):
        metrics.frechet_distance(normal(0, 500), normal(1))


each_unfit_set = pytest.mark.parametrize(
    ("a", "match"),
    [
        (normal(0, size=5), r"one width F, not \(2000, 5\) and \(2000, 6\)"),
        (normal(0)[0], r"two sets \(N, F\) of one width F, not \(6,\)"),
        (normal(0)[:0], r"not \(0, 6\)"),
        (normal(0).where(normal(0) < 2, math.nan), "samples are NaN or infinite"),
        ([normal(0), normal(1)], "one tensor or array .*, not a list"),
    ],
    ids=["width", "one sample", "none", "NaN", "list"],
)


@pytest.mark.parametrize("measure", [metrics.frechet_distance, metrics.kernel_distance, metrics.precision_recall])
@each_unfit_set
def test_features_that_do_not_fit_are_named(measure, a, match):
    with pytest.raises(ValueError, match=match):
        measure(a, normal(1))
    with pytest.raises(ValueError):
        measure(normal(1), a)


@pytest.mark.parametrize(
    "measure",
    [metrics.frechet_distance, partial(metrics.kernel_distance, subsets=1, size=100), metrics.precision_recall],
    ids=["FD", "KID", "precision and recall"],
)
def test_features_may_be_of_any_dtype_on_either_side(measure):
    a, b = normal(0).mul(20).round(), normal(1).mul(20).round() + 3  # whole, so that every dtype holds them
    expected = measure(a, b)
    for same in (a.float(), a.numpy(), a.long(), a.clone().requires_grad_()):
        assert measure(same, b) == pytest.approx(expected, rel=1e-4)


def test_too_few_samples_for_kid_and_for_neighbours_are_counted():
    with pytest.raises(ValueError, match=r"subsets of 1000 from 2000 and 300 samples; .*a size of at most 300"):
        metrics.kernel_distance(normal(0), normal(1, 300))
    with pytest.raises(ValueError, match="3 fake and 2000 real samples are too few for the 3 nearest"):
        metrics.precision_recall(normal(0, 3), normal(1))


@pytest.mark.parametrize(
    ("points", "match"),
    [
        (torch.tensor([[0.0, math.nan], [0.0, 0.0]]), "1 of 2 .* are NaN or infinite"),
        (torch.zeros(0, 2), r"must be \(N, 2\) with N ≥ 1, not \(0, 2\)"),
        (torch.zeros(5, 3), r"must be \(N, 2\) with N ≥ 1, not \(5, 3\)"),
        (torch.zeros(2), r"must be \(N, 2\) with N ≥ 1, not \(2,\)"),
        (None, "not a NoneType"),
    ],
    ids=["NaN", "none", "3-D", "one", "nothing"],
)
def test_points_that_can_not_be_counted_are_named(points, match):
    with pytest.raises(ValueError, match=match):
        metrics.modes(points, ring())
    with pytest.raises(ValueError, match=match):
        metrics.js_divergence(points, torch.zeros(4, 2))
    with pytest.raises(ValueError, match=match):
        metrics.js_divergence(torch.zeros(4, 2), points)


def test_modes_and_divergence_of_arrays_are_those_of_tensors():
    points = ring().sample(500, torch.Generator().manual_seed(0))
    assert metrics.modes(points.numpy().astype(np.float64), ring()) == metrics.modes(points.double(), ring())
    assert metrics.js_divergence(points.numpy(), points) == 0
    with pytest.raises(TypeError, match=r"must be a Mixture\(centres, std\), not Tensor"):
        metrics.modes(points, ring().centres)
    far = torch.full((3, 2), 1e30)
    assert metrics.js_divergence(far, torch.full((3, 2), 2.99)) == 0  # beyond what an integer holds


def test_nearest_neighbours_leave_float_images_as_they_are_and_find_copies_among_them():
    train = to_float(fashion_mnist().images[:300])
    kept = train.clone()
    index, distance = metrics.nearest_neighbours(train[[5, 200]].double(), train)
    assert torch.equal(train, kept)
    assert index.tolist() == [5, 200] and distance.max() < 0.05
    with pytest.raises(ValueError, match=r"images \(2, 1, 28, 28\) and training images \(300, 1, 8, 8\)"):
        metrics.nearest_neighbours(train[:2], torch.zeros(300, 1, 8, 8).byte())
    with pytest.raises(ValueError, match="training_images reach from 0 to 255, as grey levels do"):
        metrics.nearest_neighbours(train[:2], (train + 1) * 127.5)
    with pytest.raises(ValueError, match=r"floats in .*, not torch.uint8"):
        metrics.nearest_neighbours(fashion_mnist().images[:2], train)


def test_the_table_always_ends_in_the_floor():
    lines = metrics.quality_table(my_G=metrics.Quality(1.5, 0.25, 0.5, 0.25)).splitlines()
    assert lines[1].split() == ["my", "G", "1.50", "0.2500", "0.50", "0.25"]
    assert "floor" in lines[-1] and f"{metrics.floor().fd:.2f}" in lines[-1]


def test_modes_by_hand():
    mixture = ring(4, radius=1, std=0.1)
    points = torch.cat([mixture.centres[[0] * 6 + [1] * 2], mixture.centres[1:2] * 0.6, torch.tensor([[0.0, 0.2]])])
    result = metrics.modes(points, mixture)
    # 6 on mode 0; 2 on mode 1, and 2 that lie nearest to it but further than 3σ = 0.3
    assert (result.covered, result.total, result.high_quality) == (2, 4, 0.8)
    assert result.reverse_kl == pytest.approx(0.6 * math.log(0.6) + 0.4 * math.log(0.4) + math.log(4), rel=1e-9)


def test_modes_of_the_mixture_itself_and_of_a_collapse():
    mixture = ring(8)
    whole = metrics.modes(mixture.sample(20_000, torch.Generator().manual_seed(0)), mixture)
    assert whole.covered == 8 and whole.reverse_kl < 0.001
    assert whole.high_quality == pytest.approx(1 - math.exp(-4.5), abs=0.003)  # 3σ of a round 2-D Gaussian
    collapsed = metrics.modes(mixture.centres[:1].repeat(100, 1), mixture)
    assert collapsed.covered == 1 and collapsed.reverse_kl == pytest.approx(math.log(8))


def test_nearest_neighbours_find_copies_and_agree_with_a_loop():
    train = fashion_mnist().images[:25_000]
    index, distance = metrics.nearest_neighbours(to_float(train[[3, 20_000]]), train)
    assert index.tolist() == [3, 20_000] and distance.max() < 0.05
    probe = to_float(fashion_mnist(train=False).images[:1])
    by_loop = (to_float(train) - probe).flatten(1).norm(dim=1)
    index, distance = metrics.nearest_neighbours(probe, train)
    assert index.item() == by_loop.argmin() and distance.item() == pytest.approx(by_loop.min().item(), rel=1e-4)


def test_js_divergence_agrees_with_scipy_and_has_its_limits():
    a, b = normal(0, 3000, 2), normal(1, 2000, 2) * 0.5 + 0.3
    edges = np.linspace(-3, 3, 31)
    counts = [np.histogram2d(*x.clamp(-2.999, 2.999).T.numpy(), bins=[edges, edges])[0].ravel() for x in (a, b)]
    assert metrics.js_divergence(a, b) == pytest.approx(jensenshannon(*counts) ** 2, rel=1e-9)
    assert metrics.js_divergence(a, b) == pytest.approx(metrics.js_divergence(b, a))
    assert metrics.js_divergence(a, a) == pytest.approx(0, abs=1e-12)
    assert metrics.js_divergence(a.clamp(max=-1), a.clamp(min=1)) == pytest.approx(math.log(2))
    outside = torch.full((5, 2), 100.0)
    assert metrics.js_divergence(outside, outside.clamp(max=2.99)) == pytest.approx(0, abs=1e-12)


def test_variety_is_the_spread_of_samples_as_a_share_of_that_of_the_real():
    real = torch.randn(500, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    assert metrics.variety(real.flip(0), real) == pytest.approx(1)
    assert metrics.variety(0.25 * real + 3, real) == pytest.approx(0.25)
    assert metrics.variety(real[:1].repeat(9, 1, 1, 1), real) == 0
    by_hand = real[:20].double().std(0).square().mean().sqrt() / real.double().std(0).square().mean().sqrt()
    assert metrics.variety(real[:20], real) == pytest.approx(by_hand.item())
    for samples, others in ((real[:1], real), (real[:, :, :2], real)):
        with pytest.raises(ValueError, match="two or more samples"):
            metrics.variety(samples, others)
    with pytest.raises(ValueError, match="all alike"):
        metrics.variety(real, torch.zeros_like(real))
