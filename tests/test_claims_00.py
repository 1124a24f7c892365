"""Lesson 00: what its text says that the sliders over the shipped generator will show."""

from functools import partial

import pytest
import torch

from gan_lessons import metrics
from gan_lessons.checkpoints import load_weights
from gan_lessons.data import fashion_mnist
from gan_lessons.networks import ConvGenerator
from gan_lessons.runtime import threads_for
from gan_lessons.widgets import LatentExplorer
from gan_lessons.widgets.explorer import spherical

Z = 16
normal = partial(torch.randn, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def G():
    with threads_for():  # a second thread costs more than it saves where others are busy
        yield load_weights(ConvGenerator(), "generator")


@pytest.fixture(scope="module")
def explorer(G):
    return LatentExplorer(G, z_dim=Z, seeds=(4, 6))


def images(G, z):
    with torch.no_grad():
        return G(z)


def names(images):
    classes = fashion_mnist(train=False).classes
    return [classes[k] for k in metrics.predicted_classes(images)[0]]


def test_the_directions_change_the_images_more_than_any_other_does_on_average(G, explorer):
    def change(direction):
        z = normal(200, Z)
        return (images(G, z + 2 * direction) - images(G, z - 2 * direction)).flatten(1).mean(0).norm()

    changes = [change(direction) for direction in explorer.directions]
    assert changes[0] > changes[1] > max(changes[2:])
    others = normal(10, Z)
    assert max(change(other / other.norm()) for other in others) < changes[0]


def test_one_end_of_the_first_two_directions_makes_the_same_kind_of_garment_everywhere(G, explorer):
    z = 0.8 * normal(200, Z)  # as at ψ = 0.8
    first, second = explorer.directions[:2]
    kinds = [names(images(G, z + end)) for end in (-4 * first, 4 * first, -4 * second, 4 * second)]
    shoes, tops = {"Sandal", "Sneaker", "Ankle boot"}, {"T-shirt/top", "Pullover", "Coat", "Shirt", "Dress"}
    assert sum(kind in shoes for kind in kinds[0]) > 190 and sum(kind in tops for kind in kinds[1]) > 180
    assert kinds[2].count("Bag") > 120 and kinds[3].count("Trouser") > 180


def test_no_z_is_near_the_middle_where_the_image_is_nearly_black_since_little_passes_the_first_layer(G):
    assert 1.2 < normal(100_000, Z).norm(dim=1).min()
    middle = torch.zeros(1, Z)
    assert images(G, middle).max() < -0.7  # of the range from -1 to 1
    first = torch.nn.Sequential(G.first, torch.nn.Unflatten(1, (-1, 7, 7)), *G.layers[:2])  # up to its ReLU
    black, usual = (images(first, z).mean() for z in (middle, normal(1000, Z)))
    assert 0 < black < usual / 20


def test_near_the_middle_images_are_dark_and_become_brighter_with_the_length_of_z(G):
    z = normal(200, Z)
    brightness = [images(G, psi * z).mean() for psi in (0, 0.2, 0.4, 0.8, 1.5)]
    assert brightness == sorted(brightness)
    assert (normal(100_000, Z).norm(dim=1) > 1.5 * z.norm(dim=1).mean()).float().mean() < 0.01


def test_a_walk_leads_from_one_garment_to_another_by_what_mostly_looks_like_one(G):
    sure = []
    for a, b in normal(30, 2, Z):
        walk = torch.stack([0.8 * spherical(a, b, share) for share in torch.linspace(0, 1, 9)])
        sure.append(metrics.predicted_classes(images(G, walk))[1] > 0.5)
    sure = torch.stack(sure)
    assert sure[:, 1:-1].float().mean() > 0.8 and not sure.all()


def test_seed_a_is_another_point_to_start_from(G, explorer):
    before = explorer.z
    explorer.seed.value += 1
    assert not torch.equal(before, explorer.z)
    explorer.seed.value -= 1
