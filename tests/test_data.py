"""The images in the clone, endless batches, mixtures with known centres, and missing or damaged files."""

import gzip
import hashlib
import math
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torchvision.datasets  # noqa: F401 - here, since its first import makes a folder among the temporary ones
from sklearn.datasets import load_digits
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from gan_lessons import data
from gan_lessons.data import (
    Batches,
    Mixture,
    avatars,
    fashion_mnist,
    files,
    glyphs,
    grid,
    image_set,
    line,
    moons,
    ring,
    spiral,
    to_float,
)

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
FILES = {True: "train", False: "t10k"}
real_cache = files._cache


def raw(root, name, header):
    """Return the bytes after the header of a packed file of Fashion-MNIST."""
    with gzip.open(root / "FashionMNIST/raw" / f"{name}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


@pytest.fixture(scope="module")
def clothes():
    return {train: fashion_mnist(train=train) for train in (True, False)}


@pytest.mark.parametrize(("train", "count"), [(True, 60_000), (False, 10_000)])
def test_fashion_mnist_is_what_its_files_hold(train, count, clothes):
    images, labels, classes = clothes[train]
    assert images.shape == (count, 1, 28, 28) and images.dtype == torch.uint8
    assert labels.shape == (count,) and labels.dtype == torch.int64
    assert np.array_equal(images.numpy().ravel(), raw(files.DATA, f"{FILES[train]}-images-idx3", header=16))
    assert np.array_equal(labels.numpy(), raw(files.DATA, f"{FILES[train]}-labels-idx1", header=8))
    assert classes == CLASSES


@pytest.mark.parametrize(("train", "each"), [(True, 6_000), (False, 1_000)])
def test_fashion_mnist_has_as_many_images_of_each_class(train, each, clothes):
    assert clothes[train].labels.bincount().tolist() == [each] * 10
    assert clothes[train].images.min() == 0 and clothes[train].images.max() == 255


def test_digits_are_scikit_learns_with_its_16_grey_levels_spread_over_255():
    images, labels, classes = data.digits()
    theirs = load_digits()
    assert images.shape == (1797, 1, 8, 8) and images.dtype == torch.uint8 and labels.dtype == torch.int64
    assert images.min() == 0 and images.max() == 255
    assert np.array_equal(images[:, 0].double().mul(16 / 255).round().numpy(), theirs.images)
    assert np.array_equal(labels.numpy(), theirs.target)
    assert classes == tuple("0123456789")


def test_to_float_spreads_0_to_255_over_minus_1_to_1_and_keeps_its_argument():
    images = torch.arange(256).to(torch.uint8).view(1, 1, 16, 16)
    floats = to_float(images)
    assert floats.dtype == torch.float32 and floats.shape == images.shape
    assert floats.min() == -1 and floats.max() == 1
    np.testing.assert_allclose(floats.numpy().ravel(), np.linspace(-1, 1, 256), atol=1e-7)
    assert torch.equal(images, torch.arange(256).to(torch.uint8).view(1, 1, 16, 16))


COUNT = 10
NUMBERED = torch.arange(COUNT).to(torch.uint8).view(COUNT, 1, 1, 1).expand(COUNT, 1, 2, 2)


def numbers(batch):
    """Return which of the numbered images a batch holds."""
    return ((batch[:, 0, 0, 0] + 1) * 127.5).round().long().tolist()


def drawn(batches, count):
    return [number for batch in islice(batches, count) for number in numbers(batch)]


@pytest.mark.parametrize("size", [1, 3, 4, 7, 10])
def test_batches_draw_every_image_once_in_each_round(size):
    order = drawn(Batches(NUMBERED, size), 30)
    rounds = [order[i : i + COUNT] for i in range(0, len(order), COUNT)]
    assert len(order) == 30 * size
    assert all(sorted(one) == list(range(COUNT)) for one in rounds)
    assert rounds[0] != sorted(rounds[0]) and rounds[0] != rounds[1]  # shuffled, each round anew


def test_batches_are_floats_of_one_size_in_minus_1_to_1():
    images = torch.arange(256).to(torch.uint8).view(16, 1, 4, 4)
    for batch in islice(Batches(images, 5), 7):
        assert batch.shape == (5, 1, 4, 4) and batch.dtype == torch.float32
        assert batch.min() >= -1 and batch.max() <= 1
        assert {tuple(image.flatten().tolist()) for image in batch} <= {
            tuple(image.flatten().tolist()) for image in to_float(images)
        }


def test_batches_depend_on_their_seed_alone():
    torch.manual_seed(1)
    first = drawn(Batches(NUMBERED, 4, seed=5), 10)
    torch.manual_seed(2)
    again = Batches(NUMBERED, 4, seed=5)
    torch.rand(3)
    assert drawn(again, 10) == first
    assert drawn(Batches(NUMBERED, 4, seed=6), 10) != first


def test_batches_leave_torchs_random_state_and_the_images_alone():
    before, images = torch.get_rng_state(), NUMBERED.clone()
    drawn(Batches(images, 4), 10)
    assert torch.equal(torch.get_rng_state(), before) and torch.equal(images, NUMBERED)


@pytest.mark.parametrize("done", range(8))
def test_batches_go_on_from_their_state(done):
    batches, other = Batches(NUMBERED, 4, seed=1), Batches(NUMBERED, 4, seed=2)
    drawn(batches, done)
    state = batches.state_dict()
    ahead = drawn(batches, 12)
    other.load_state_dict(state)
    assert drawn(other, 12) == ahead


def test_batches_refuse_the_state_of_a_set_of_another_size_and_go_on_as_they_were():
    batches, other = Batches(NUMBERED, 4), Batches(NUMBERED, 4)
    with pytest.raises(ValueError, match="the state is of 9 images, but there are 10 here"):
        batches.load_state_dict(Batches(NUMBERED[:9], 4, seed=1).state_dict())
    assert drawn(batches, 10) == drawn(other, 10)


def test_to_float_never_touches_what_it_is_given_and_takes_arrays():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(to_float(pixels), to_float(torch.from_numpy(pixels)))
    assert np.array_equal(pixels.ravel(), np.arange(256))
    for images in (torch.linspace(-1, 1, 16), torch.linspace(0, 255, 16), torch.linspace(0, 1, 16).double()):
        kept = images.clone()
        with pytest.raises(ValueError, match=r"must be uint8, not torch.float(32|64); .* 2 \* x - 1 .* x.round"):
            to_float(images)
        assert torch.equal(images, kept)
    with pytest.raises(ValueError, match=r"not torch.int64; x.to\(torch.uint8\)"):
        to_float(torch.arange(16))


def test_batches_take_arrays_and_whole_floats():
    theirs = Batches(NUMBERED.numpy().copy(), 4.0, labels=np.arange(COUNT, dtype=np.uint8))
    ours = Batches(NUMBERED, 4, labels=torch.arange(COUNT))
    for (a, label_a), (b, label_b) in islice(zip(theirs, ours, strict=True), 5):
        assert torch.equal(a, b) and torch.equal(label_a, label_b)


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        (list(range(COUNT)), torch.int64),
        (np.arange(COUNT, dtype=np.int32), torch.int64),
        (torch.arange(COUNT).to(torch.uint8), torch.int64),
        (torch.arange(COUNT) > 4, torch.int64),  # as an index, truth values would choose other rows
        (np.linspace(0, 1, COUNT), torch.float64),
        (torch.zeros(COUNT, 3, dtype=torch.uint8), torch.int64),
    ],
)
def test_labels_of_any_kind_can_be_an_index(labels, dtype):
    for images, drawn_labels in islice(Batches(NUMBERED, 3, labels=labels), 5):
        assert drawn_labels.dtype == dtype
        assert torch.equal(drawn_labels, torch.as_tensor(labels)[numbers(images)].to(dtype))


@pytest.mark.parametrize(
    ("images", "size", "seed", "labels", "match"),
    [
        (list(NUMBERED), 2, 0, None, r"one tensor or array of uint8 \(N, C, H, W\), not a list; join .* torch.stack"),
        (None, 2, 0, None, "not a NoneType"),
        (torch.zeros(5, 8, 8, 3).byte(), 2, 0, None, r"not torch.uint8 \(5, 8, 8, 3\); .*permute\(0, 3, 1, 2\)"),
        (NUMBERED[:, 0].numpy(), 2, 0, None, r"\(10, 2, 2\); images\[:, None\] adds the channel"),
        (NUMBERED / 255, 2, 0, None, r"not torch.float32 \(10, 1, 2, 2\); .*2 \* x - 1"),
        (NUMBERED, 2.5, 0, None, "size must be a whole number, from 1 to the 10 images, not 2.5"),
        (NUMBERED, "2", 0, None, "size must be a whole number, from 1 to the 10 images, not '2'"),
        (NUMBERED, math.nan, 0, None, "not nan"),
        (NUMBERED, 2, -1, None, "seed must be a whole number, 0 or more, not -1"),
        (NUMBERED, 2, 0.5, None, "seed must be a whole number, 0 or more, not 0.5"),
        (NUMBERED, 2, 0, torch.zeros(COUNT, 1), r"labels must be \(10,\), not \(10, 1\); labels.flatten\(\)"),
        (NUMBERED, 2, 0, 3, "no labels for 10 images"),
        (NUMBERED, 2, 0, ["a"] * COUNT, r"labels must be one tensor or array of numbers \(N,\), not a list"),
    ],
)
def test_batches_say_what_to_do_about_what_they_can_not_draw(images, size, seed, labels, match):
    with pytest.raises(ValueError, match=match):
        Batches(images, size, seed, labels)


@pytest.mark.parametrize("size", [3, 10])
def test_labels_stay_with_their_images(size):
    labels = 100 + 3 * torch.arange(COUNT)
    for images, batch_labels in islice(Batches(NUMBERED, size, labels=labels), 20):
        assert batch_labels.tolist() == [100 + 3 * number for number in numbers(images)]


@pytest.mark.parametrize(
    ("images", "size", "labels", "match"),
    [
        (NUMBERED.float(), 2, None, r"uint8 \(N, C, H, W\), not torch.float32 \(10, 1, 2, 2\)"),
        (NUMBERED[:, 0], 2, None, r"uint8 \(N, C, H, W\), not torch.uint8 \(10, 2, 2\)"),
        (NUMBERED, 0, None, "from 1 to the 10 images, not 0"),
        (NUMBERED, -3, None, "from 1 to the 10 images, not -3"),
        (NUMBERED, 11, None, "from 1 to the 10 images, not 11"),
        (NUMBERED, 2, torch.arange(9), "9 labels for 10 images"),
    ],
)
def test_batches_refuse_what_they_can_not_draw(images, size, labels, match):
    with pytest.raises(ValueError, match=match):
        Batches(images, size, labels=labels)


def test_ring_is_eight_points_evenly_spaced_on_a_circle_of_radius_2():
    centres = ring().centres
    assert centres.shape == (8, 2)
    torch.testing.assert_close(centres.norm(dim=1), torch.full((8,), 2.0))
    gaps = (centres - centres.roll(1, 0)).norm(dim=1)  # neighbours, the last and the first too
    torch.testing.assert_close(gaps, torch.full((8,), 4 * math.sin(math.pi / 8)))
    assert torch.pdist(centres).min() > 1.5  # no two coincide


def test_grid_is_a_square_lattice_centred_on_the_origin():
    ticks = (-4.0, -2.0, 0.0, 2.0, 4.0)
    assert sorted(map(tuple, grid().centres.tolist())) == sorted((x, y) for x in ticks for y in ticks)


def test_line_is_five_points_one_apart_on_the_horizontal_axis():
    assert line().centres.tolist() == [[-2, 0], [-1, 0], [0, 0], [1, 0], [2, 0]]


def test_spiral_goes_outwards_to_its_radius_in_even_strides():
    centres = spiral().centres
    assert centres.shape == (60, 2)
    radii = centres.norm(dim=1)
    assert (radii.diff() > 0).all() and radii[0] < 0.3 and radii[-1].item() == pytest.approx(2)
    strides = centres.diff(dim=0).norm(dim=1)
    assert strides.max() / strides.min() < 1.6
    turned = torch.atan2(centres[:, 1], centres[:, 0]).diff().remainder(2 * math.pi).sum() / (2 * math.pi)
    assert turned.item() == pytest.approx(1.5 * (1 - 0.02**0.5), abs=1e-4)


def test_moons_are_two_half_circles_that_mirror_each_other_in_the_origin():
    centres = moons().centres
    assert centres.shape == (40, 2)
    upper, lower = centres.split(20)
    torch.testing.assert_close(upper, -lower)
    middle = torch.tensor([-0.75, -0.375])
    torch.testing.assert_close((upper - middle).norm(dim=1), torch.full((20,), 1.5))
    assert (upper[:, 1] >= middle[1] - 1e-6).all()


MIXTURES = {"ring": ring, "grid": grid, "spiral": spiral, "moons": moons, "line": line}


@pytest.mark.parametrize("name", ["ring", "grid", "line"])
def test_samples_have_the_centres_shares_and_spread_that_are_claimed(name):
    mixture, n = MIXTURES[name](), 50_000
    points = mixture.sample(n, torch.Generator().manual_seed(0))
    modes = len(mixture.centres)
    nearest = torch.cdist(points, mixture.centres).argmin(1)
    residuals = points - mixture.centres[nearest]
    shares = nearest.bincount(minlength=modes) / n
    assert (shares - 1 / modes).abs().max() < 5 * math.sqrt(1 / modes / n)
    for mode in range(modes):  # each mean within five standard errors
        mean = residuals[nearest == mode].mean(0)
        assert mean.abs().max() < 5 * mixture.std / math.sqrt(n * shares[mode])
    torch.testing.assert_close(residuals.std(0), torch.full((2,), 0.05), rtol=0.02, atol=0)
    assert abs(torch.corrcoef(residuals.T)[0, 1]) < 0.025


def test_the_density_integrates_to_1():
    mixture = Mixture([[0.0, 0.0], [1.0, 0.5], [-0.5, 1.0]], std=0.25)
    step = 0.02
    ticks = torch.arange(-3, 4, step, dtype=torch.float64)
    density = mixture.log_density(torch.cartesian_prod(ticks, ticks)).exp()
    assert density.sum().item() * step**2 == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", MIXTURES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-3)], ids=str)
def test_the_log_density_is_that_of_torchs_own_mixture(name, dtype, tolerance):
    mixture = MIXTURES[name]()
    centres = mixture.centres.double()
    theirs = MixtureSameFamily(
        Categorical(torch.ones(len(centres), dtype=torch.float64)),
        Independent(Normal(centres, mixture.std), 1),
    )
    points = torch.cat([mixture.sample(100), 6 * torch.rand(100, 2) - 3])
    ours = mixture.log_density(points.to(dtype))
    assert ours.shape == (200,) and ours.dtype == dtype
    torch.testing.assert_close(ours.double(), theirs.log_prob(points.double()), rtol=tolerance, atol=tolerance)


def test_batches_of_a_mixture_depend_on_their_seed_alone_and_differ_from_each_other():
    before = torch.get_rng_state()
    first, second = islice(ring().batches(4, seed=1), 2)
    again, _ = islice(ring().batches(4, seed=1), 2)
    other, _ = islice(ring().batches(4, seed=2), 2)
    assert first.shape == (4, 2) and first.dtype == torch.float32
    assert torch.equal(first, again) and not torch.equal(first, second) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("centres", "std"), [([[0.0, 0.0]], 0), ([[0.0, 0.0]], -1), ([[0.0, 0.0, 0.0]], 1), ([0.0, 0.0], 1)]
)
def test_a_mixture_needs_2_d_centres_and_a_spread(centres, std):
    with pytest.raises(ValueError, match=r"centres must be \(K, 2\) and std above 0"):
        Mixture(centres, std)


@pytest.mark.parametrize("std", [math.nan, math.inf, torch.ones(3), "wide"])
def test_a_mixture_has_one_finite_spread(std):
    with pytest.raises(ValueError, match="std"):
        Mixture(torch.zeros(3, 2), std)


@pytest.mark.parametrize("centres", [[[math.nan, 0.0]], np.zeros((0, 2)), None])
def test_a_mixture_has_finite_centres(centres):
    with pytest.raises(ValueError, match="centres must be"):
        Mixture(centres, 1)


def test_a_mixture_takes_arrays_and_keeps_what_it_was_given():
    centres = np.array([[0.0, 1.0], [2.0, 3.0]], dtype=np.float32)
    mixture = Mixture(centres, torch.tensor([0.5]))
    centres += 1
    assert mixture.centres.tolist() == [[0, 1], [2, 3]] and mixture.std == 0.5
    points = np.array([[0.0, 1.0], [5.0, 5.0]])
    torch.testing.assert_close(mixture.log_density(points), mixture.log_density(torch.tensor(points).float()))
    with pytest.raises(ValueError, match=r"points must be \(N, 2\), not \(2, 3\)"):
        mixture.log_density(torch.zeros(2, 3))


def test_a_moon_too_many_is_not_left_out_in_silence():
    with pytest.raises(ValueError, match="modes must be even, half for each moon, not 41"):
        moons(41)


@pytest.mark.parametrize("size", [0, 2.5])
def test_a_mixture_refuses_batches_of_no_or_of_broken_size(size):
    with pytest.raises(ValueError, match=f"size must be a whole number, 1 or more, not {size}"):
        next(ring().batches(size))


def idx(array):
    """Return an array of bytes in the format of MNIST's files."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def small_set():
    """Return the contents of the four files of a set of 5 training and 3 test images, by name."""
    generator = np.random.default_rng(0)
    contents = {}
    for name, count in (("train", 5), ("t10k", 3)):
        contents[f"{name}-images-idx3-ubyte"] = idx(generator.integers(0, 256, (count, 28, 28), np.uint8))
        contents[f"{name}-labels-idx1-ubyte"] = idx(np.arange(count, dtype=np.uint8))
    return contents


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Put a small Fashion-MNIST, just cloned, in the place of the real one, and return the files' folder."""
    folder = tmp_path / "clone/data/FashionMNIST/raw"
    folder.mkdir(parents=True)
    for name, content in small_set().items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(files, "DATA", tmp_path / "clone/data")
    monkeypatch.setattr(files, "_cache", lambda: tmp_path / "cache")
    list_sums(folder)
    yield folder
    files._sums.cache_clear()


def list_sums(folder):
    lines = [f"{sha256(path)}  FashionMNIST/raw/{path.name}\n" for path in sorted(folder.glob("*.gz"))]
    (files.DATA / "SHA256SUMS").write_text("".join(lines))
    files._sums.cache_clear()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_reads_the_small_set():
    for train, name in FILES.items():
        images, labels, _ = fashion_mnist(train=train)
        assert idx(images[:, 0].numpy()) == small_set()[f"{name}-images-idx3-ubyte"]
        assert idx(labels.numpy().astype(np.uint8)) == small_set()[f"{name}-labels-idx1-ubyte"]


def test_files_are_unpacked_once_on_first_use_and_nothing_else_is_left(clone):
    packed = set(clone.iterdir())
    assert_reads_the_small_set()
    unpacked = {clone / name for name in small_set()}
    assert set(clone.iterdir()) == packed | unpacked
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in unpacked)
    times = {path: path.stat().st_mtime_ns for path in unpacked}
    assert_reads_the_small_set()
    assert {path: path.stat().st_mtime_ns for path in unpacked} == times


def altered(content):
    content = bytearray(content)
    content[len(content) // 2] ^= 1
    return bytes(content)


@pytest.mark.parametrize("unpacked", [False, True], ids=["just cloned", "used before"])
@pytest.mark.parametrize("name", [f"{name}.gz" for name in small_set()])
def test_a_missing_file_is_named_with_its_hash_and_the_remedy(name, unpacked, clone):
    if unpacked:
        fashion_mnist()
    expected = sha256(clone / name)
    (clone / name).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist()
    for part in (str(clone / name), expected, f"git checkout -- data/FashionMNIST/raw/{name}"):
        assert part in str(caught.value)


@pytest.mark.parametrize("damage", [altered, lambda c: c[: len(c) // 2], lambda c: b"", lambda c: c + b"\0"])
@pytest.mark.parametrize("name", [f"{name}.gz" for name in small_set()])
def test_a_damaged_file_is_named_with_both_hashes_and_the_remedy(damage, name, clone):
    expected = sha256(clone / name)
    (clone / name).write_bytes(damage((clone / name).read_bytes()))
    with pytest.raises(ValueError) as caught:
        fashion_mnist()
    for part in (
        str(clone / name),
        f"expected SHA-256 {expected}",
        f"found {sha256(clone / name)}",
        "git checkout",
    ):
        assert part in str(caught.value)
    assert not (clone / name).with_suffix("").exists()


@pytest.mark.parametrize("left", [b"", b"\x1f\x8b"], ids=["empty", "2 bytes"])
def test_a_packed_file_cut_to_nothing_is_named_also_where_it_was_unpacked_before(left, clone):
    fashion_mnist()
    path = clone / "train-labels-idx1-ubyte.gz"
    path.write_bytes(left)
    with pytest.raises(ValueError, match=f"{path.name} was cut short or altered"):
        fashion_mnist()


def test_missing_sums_are_named(clone):
    (files.DATA / "SHA256SUMS").unlink()
    files._sums.cache_clear()
    with pytest.raises(FileNotFoundError, match="SHA256SUMS is missing: install the course from its clone"):
        fashion_mnist()


@pytest.mark.parametrize("damage", [altered, lambda c: c[: len(c) // 2], lambda c: b""])
@pytest.mark.parametrize("name", small_set())
def test_an_unpacked_file_that_is_damaged_is_unpacked_again(damage, name, clone):
    fashion_mnist()
    (clone / name).write_bytes(damage((clone / name).read_bytes()))
    assert_reads_the_small_set()


def test_unpacking_that_fails_half_way_leaves_no_file(clone):
    path = clone / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-500])
    list_sums(clone)  # so that the file is the one expected, and the fault appears in the middle
    with pytest.raises(EOFError):
        fashion_mnist()
    assert not [path.name for path in clone.iterdir() if "train-images" in path.name and path.suffix != ".gz"]


def test_from_a_folder_that_can_not_be_written_it_unpacks_into_the_cache(clone, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_writable", lambda folder: False)
    packed = set(clone.iterdir())
    assert_reads_the_small_set()
    unpacked = tmp_path / "cache/FashionMNIST/raw"
    assert set(clone.iterdir()) == packed
    assert {path.name for path in unpacked.iterdir()} == small_set().keys()
    times = {path: path.stat().st_mtime_ns for path in unpacked.iterdir()}
    assert_reads_the_small_set()
    assert {path: path.stat().st_mtime_ns for path in unpacked.iterdir()} == times


def test_a_cache_that_was_half_unpacked_is_completed(clone, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_writable", lambda folder: False)
    fashion_mnist()
    first, second, *_ = sorted((tmp_path / "cache/FashionMNIST/raw").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:-3])
    assert_reads_the_small_set()


@pytest.mark.parametrize("cache", ["not a folder/gan_lessons", None], ids=["read-only", "no home"])
def test_where_nothing_can_be_written_it_unpacks_for_the_moment_and_says_so(cache, clone, tmp_path, monkeypatch):
    (tmp_path / "not a folder").write_text("")
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(files, "_writable", lambda folder: False)
    if cache:
        monkeypatch.setattr(files, "_cache", lambda: tmp_path / cache)
    else:  # as in a container whose user is in no list of users
        for name in ("HOME", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        pwd = pytest.importorskip("pwd")
        monkeypatch.setattr(pwd, "getpwuid", lambda uid: {}[uid])
        monkeypatch.setattr(files, "_cache", real_cache)
    before = set(tmp_path.rglob("*"))
    with pytest.warns(UserWarning, match="unpacked into a temporary folder.*can not be written.*set XDG_CACHE_HOME"):
        assert_reads_the_small_set()
    assert set(tmp_path.rglob("*")) == before  # nothing is left, and no folder is called ~


def test_where_there_is_no_room_at_all_every_reason_is_named(clone, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    monkeypatch.setattr(files, "_writable", lambda folder: False)
    monkeypatch.setattr(files, "_cache", lambda: tmp_path / "file/cache")
    with pytest.raises(OSError, match=r"no place to unpack the images: .*can not be written.*file/cache.*XDG_CACHE"):
        fashion_mnist()


def test_a_full_disk_under_the_clone_sends_the_images_to_the_cache(clone, tmp_path, monkeypatch):
    unpack = files._unpack

    def full(source, root):
        if root == files.DATA:
            raise OSError(28, "No space left on device")
        unpack(source, root)

    monkeypatch.setattr(files, "_unpack", full)
    assert_reads_the_small_set()
    assert {path.name for path in (tmp_path / "cache/FashionMNIST/raw").iterdir()} == small_set().keys()


@pytest.mark.parametrize("train", ["test", 0, None])
def test_the_split_is_true_or_false(train):
    for read in (fashion_mnist, lambda train: image_set("MNIST", train)):
        with pytest.raises(ValueError, match=r"train must be True, .* or False, .*not"):
            read(train)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_processes_that_start_at_once_on_a_fresh_clone_both_read_all(clothes, tmp_path):
    target = tmp_path / "FashionMNIST/raw"
    target.mkdir(parents=True)
    shutil.copy(files.DATA / "SHA256SUMS", tmp_path)
    for path in (files.DATA / "FashionMNIST/raw").glob("*.gz"):
        shutil.copy(path, target)
    program = (
        "import hashlib, os, sys; from pathlib import Path; from gan_lessons import data\n"
        "from torchvision.datasets import FashionMNIST\n"
        "data.files.DATA = Path(sys.argv[1])\n"
        "os.fork()\n"  # from here on there are two
        "found = hashlib.sha256(data.fashion_mnist().images.numpy()).hexdigest()\n"
        "os.write(1, f'{found}\\n'.encode())"  # at once: two that print can write into each other's line
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    both = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    whole = hashlib.sha256(clothes[True].images.numpy()).hexdigest()
    assert both.stdout.split() == [whole, whole], both.stderr
    assert len(list(target.iterdir())) == 8  # four packed, four unpacked, no temporary file


@pytest.fixture
def offline(monkeypatch):
    """Refuse every connection before it is made."""

    def refuse(*arguments, **options):
        raise OSError("no network here")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("writable", [True, False], ids=["writable", "read-only"])
@pytest.mark.parametrize("name", ["MNIST", "KMNIST", "CIFAR10", "CIFAR100"])
def test_a_set_that_can_not_be_downloaded_is_named(name, writable, clone, offline, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(files, "_writable", lambda folder: writable)
    root = files.DATA if writable else tmp_path / "cache"
    with pytest.raises(ConnectionError, match=f"{name} is not in {root} and could not be downloaded") as caught:
        image_set(name)
    assert "fashion_mnist()" in str(caught.value)
    assert capsys.readouterr().out == ""


def test_a_set_that_is_in_data_needs_no_network(clone, offline):
    folder = files.DATA / "KMNIST/raw"
    folder.mkdir(parents=True)
    for name, content in small_set().items():
        (folder / name).write_bytes(content)
    for train, name in FILES.items():
        images, labels, classes = image_set("KMNIST", train=train)
        assert images.dtype == torch.uint8 and labels.dtype == torch.int64 and len(classes) == 10
        assert idx(images[:, 0].numpy()) == small_set()[f"{name}-images-idx3-ubyte"]
        assert labels.tolist() == list(range(len(images)))


def test_a_set_that_is_in_data_is_read_from_there_also_where_it_can_not_be_written(clone, offline, monkeypatch):
    test_a_set_that_is_in_data_needs_no_network(clone, offline)
    monkeypatch.setattr(files, "_writable", lambda folder: False)
    assert len(image_set("KMNIST").images) == 5


def test_a_damaged_set_in_data_is_named(clone, offline):
    test_a_set_that_is_in_data_needs_no_network(clone, offline)
    path = files.DATA / "KMNIST/raw/train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises((ValueError, ConnectionError), match=f"KMNIST .*{files.DATA}"):
        image_set("KMNIST")


@pytest.mark.parametrize("train", [True, False])
def test_fashion_mnist_by_name_is_the_one_in_the_clone(train, clone, offline):
    ours, theirs = image_set("FashionMNIST", train), fashion_mnist(train)
    assert torch.equal(ours.images, theirs.images) and torch.equal(ours.labels, theirs.labels)


@pytest.mark.parametrize("name", ["mnist", "ImageNet", ""])
def test_an_unknown_set_is_named_with_those_that_there_are(name):
    with pytest.raises(ValueError, match=f"no image set '{name}'; there are FashionMNIST, MNIST, KMNIST, CIFAR10"):
        image_set(name)


def test_colour_images_are_turned_to_channels_first():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)  # as CIFAR's
    images, labels, classes = data._image_set(SimpleNamespace(data=pixels, targets=[3, 1, 0, 2], classes=["a", "b"]))
    assert images.shape == (4, 3, 32, 32) and images.is_contiguous()
    for channel in range(3):
        assert np.array_equal(images[:, channel].numpy(), pixels[..., channel])
    assert labels.tolist() == [3, 1, 0, 2] and classes == ("a", "b")


def test_avatars_are_faces_with_known_attributes():
    faces, held_out = avatars(), avatars(train=False)
    assert faces.images.shape == (3000, 3, 16, 16) and held_out.images.shape == (1000, 3, 16, 16)
    assert faces.images.dtype == torch.uint8 and faces.labels.shape == (3000, 8) and faces.labels.dtype == torch.int64
    together = torch.cat([faces.images, held_out.images]).flatten(1)
    assert len(together.unique(dim=0)) == 4000  # all differ
    for attribute, values in faces.attributes.items():
        assert faces.label(attribute).unique().tolist() == list(range(len(values)))
    # the picture shows what the labels say: the top left pixel is the background of a face without long hair or hat
    bare = (held_out.label("hair") == 0) & (held_out.label("hat") == 0)
    colours = {0: [255, 255, 255], 1: [255, 223, 191], 2: [182, 227, 244], 3: [192, 174, 222]}
    for label, colour in colours.items():
        corners = held_out.images[bare & (held_out.label("background") == label)][:, :, 0, 0]
        assert (corners == torch.tensor(colour)).all(1).float().mean() > 0.9
    assert torch.corrcoef(faces.labels.float().T).fill_diagonal_(0).abs().max() < 0.1  # nearly independent
    with pytest.raises(ValueError, match="no attribute 'ears'; there are background, "):
        faces.label("ears")


def test_a_change_to_an_avatar_set_stays_with_its_owner():
    faces = avatars()
    faces.images.zero_(), faces.labels.zero_(), faces.attributes.clear()
    assert avatars().images.any() and avatars().labels.any() and avatars().attributes


def test_glyphs_are_the_same_characters_in_three_faces():
    train, held_out = glyphs(), glyphs(train=False)
    assert len(train.characters) == 3375 and len(held_out.characters) == 376
    assert not set(train.characters) & set(held_out.characters)
    assert set(train.characters + held_out.characters) < {bytes([r, c]).decode("gb2312", "ignore") for r, c in LEVEL_1}
    for pictures in train[1:]:
        assert pictures.shape == (3375, 1, 32, 32) and pictures.dtype == torch.uint8
        assert (pictures.flatten(1).float().mean(1) > 128).all()  # black on white
        assert len(pictures.flatten(1).unique(dim=0)) == 3375
    one = train.characters.index("一")  # "one" is one level stroke: wide, and not high
    for pictures in train[1:]:
        ink = pictures[one, 0] < 128
        assert ink.any(0).sum() > 2 * ink.any(1).sum()


LEVEL_1 = [(row, column) for row in range(0xB0, 0xD8) for column in range(0xA1, 0xFF)]
