"""The small networks: their shapes, and depths that can not be."""

import pytest
import torch

from gan_lessons.networks import EqualConv2d, EqualLinear, Mapping, StyleDiscriminator, StyleGenerator, mlp


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_mlp_has_as_many_hidden_layers_as_asked_for(depth):
    network = mlp(2, 3, width=5, depth=depth)
    assert sum(isinstance(layer, torch.nn.ReLU) for layer in network) == depth
    assert network(torch.zeros(7, 2)).shape == (7, 3) and mlp(2, 1, 5, depth)(torch.zeros(7, 2)).shape == (7,)


@pytest.mark.parametrize("depth", [0, -1])
def test_an_mlp_without_a_hidden_layer_is_refused(depth):
    with pytest.raises(ValueError, match=f"depth must be 1 hidden layer or more, not {depth}"):
        mlp(2, 2, depth=depth)


def test_an_equalised_layer_returns_numbers_of_size_one_from_weights_of_size_one():
    torch.manual_seed(0)
    for layer, x in (
        (EqualLinear(512, 400), torch.randn(300, 512)),
        (EqualConv2d(64, 200, 3, padding=1), torch.randn(4, 64, 16, 16)),
    ):
        assert layer.weight.std().item() == pytest.approx(1, abs=0.02)
        y = layer(x)
        inside = y if y.dim() == 2 else y[:, :, 1:-1, 1:-1]
        assert inside.square().mean().item() == pytest.approx(1, abs=0.05)


def test_styles_and_noise_are_all_that_a_synthesis_draws_from():
    torch.manual_seed(0)
    G = StyleGenerator(z_dim=8, w_dim=8)
    z = torch.randn(3, 8)
    assert G(z).shape == (3, 3, 16, 16)
    assert torch.equal(G(z), G(z))  # the strengths of noise begin at 0
    torch.nn.init.constant_(G.synthesis.layers[2].strength, 1.0)
    assert not torch.equal(G(z), G(z)) and torch.equal(G(z, [0.0] * 5), G(z, [0.0] * 5))
    one, each = G.mapping(z), G.mapping(z)[:, None].repeat(1, 5, 1)
    assert torch.equal(G.synthesis(one, [0.0] * 5), G.synthesis(each, [0.0] * 5))
    each[:, 4] = one[[1, 2, 0]]
    assert not torch.equal(G.synthesis(one, [0.0] * 5), G.synthesis(each, [0.0] * 5))


def test_a_mapping_looks_at_the_direction_of_z_alone_and_one_of_no_layers_is_a_sphere():
    torch.manual_seed(0)
    z = torch.randn(5, 64)
    for depth in (0, 2):
        mapping = Mapping(64, 64, depth)
        assert torch.allclose(mapping(3 * z), mapping(z), atol=1e-4)
    assert torch.allclose(Mapping(64, 64, 0)(z).square().mean(1), torch.ones(5), atol=1e-4)


def test_a_style_discriminator_takes_other_sides_and_channels():
    assert StyleDiscriminator()(torch.zeros(2, 3, 16, 16)).shape == (2,)
    assert StyleDiscriminator(channels=1, side=28)(torch.zeros(2, 1, 28, 28)).shape == (2,)
