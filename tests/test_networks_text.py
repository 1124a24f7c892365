"""Lesson 16's networks: shapes, what a place may see, attention by hand, and the lesson's own classes."""

import math

import pytest
import torch
from lessons import names_of

from gan_lessons import networks
from gan_lessons.data import poems


@pytest.fixture
def gpt():
    torch.manual_seed(0)
    return networks.GPT(characters=11, places=6, width=8, layers=2, heads=2).eval()


def test_gpt_gives_logits_of_each_character_and_of_the_next(gpt):
    so_far = torch.randint(11, (3, 4))
    assert gpt(so_far).shape == (3, 5, 11)
    assert gpt(so_far[:, :0]).shape == (3, 1, 11)
    assert torch.allclose(gpt(so_far)[:, :3], gpt(so_far[:, :2]), atol=1e-6)


def test_gpt_sees_nothing_ahead_and_all_before(gpt):
    so_far = torch.tensor([[1, 2, 3, 4, 5]])
    for place in range(5):
        other = so_far.clone()
        other[0, place] = 9
        changed = (gpt(so_far) - gpt(other)).abs().amax((0, 2)) > 0
        assert changed.tolist() == [False] * (place + 1) + [True] * (5 - place)


def test_attention_is_that_of_the_formula():
    torch.manual_seed(1)
    attention, x = networks.text.Attention(6, heads=2), torch.randn(2, 4, 6)
    query, key, value = attention.ask(x).chunk(3, 2)
    parts = []
    for head in (slice(0, 3), slice(3, 6)):
        scores = query[..., head] @ key[..., head].transpose(1, 2) / math.sqrt(3)
        weights = scores.masked_fill(torch.ones(4, 4).triu(1).bool(), -math.inf).softmax(2)
        parts.append(weights @ value[..., head])
    assert torch.allclose(attention(x), attention.out(torch.cat(parts, 2)), atol=1e-6)


def test_each_character_has_one_vector_at_the_entrance_and_at_the_exit(gpt):
    assert sum(weight.numel() for weight in networks.GPT().parameters()) == 789_760
    assert not any(name.startswith(("head", "out")) for name, _ in gpt.named_parameters())
    loss = gpt(torch.tensor([[1, 1]])).log_softmax(2)[0, 2, 7]
    loss.backward()
    assert gpt.character.weight.grad[7].abs().sum() > 0  # not among those that were read


def test_the_discriminator_takes_the_strongest_answer_wherever_it_stands():
    torch.manual_seed(2)
    D = networks.SequenceDiscriminator(characters=7).eval()
    texts = torch.randint(7, (5, 9))
    assert D(texts).shape == (5,)
    alone = torch.full((1, 12), 3)
    first, later = alone.clone(), alone.clone()
    first[0, 3:6], later[0, 6:9] = torch.tensor([1, 2, 4]), torch.tensor([1, 2, 4])
    assert torch.allclose(D(first), D(later), atol=1e-6) and (D(first) - D(alone)).abs() > 1e-4


def test_the_lesson_shows_the_package_s_networks():
    lesson = names_of(16)
    some = poems(train=False).characters[:3]
    for name, arguments in (("GPT", ()), ("SequenceDiscriminator", ())):
        torch.manual_seed(3)
        ours = getattr(networks, name)(*arguments).eval()
        torch.manual_seed(3)
        theirs = lesson[name](*arguments).eval()
        given = some[:, :-1] if name == "GPT" else some
        assert ours.state_dict().keys() == theirs.state_dict().keys()
        assert torch.equal(ours(given), theirs(given))
