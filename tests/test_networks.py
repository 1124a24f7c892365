"""The small networks: their shapes, and depths that can not be."""

import pytest
import torch

from gan_lessons.networks import mlp


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_mlp_has_as_many_hidden_layers_as_asked_for(depth):
    network = mlp(2, 3, width=5, depth=depth)
    assert sum(isinstance(layer, torch.nn.ReLU) for layer in network) == depth
    assert network(torch.zeros(7, 2)).shape == (7, 3) and mlp(2, 1, 5, depth)(torch.zeros(7, 2)).shape == (7,)


@pytest.mark.parametrize("depth", [0, -1])
def test_an_mlp_without_a_hidden_layer_is_refused(depth):
    with pytest.raises(ValueError, match=f"depth must be 1 hidden layer or more, not {depth}"):
        mlp(2, 2, depth=depth)
