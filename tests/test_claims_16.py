"""Lesson 16: what its text says of judges, estimators, the writer and its roll-outs, without a training."""

import re

import pytest
import torch
from lessons import SOURCES, names_of
from torch import nn

from gan_lessons import metrics
from gan_lessons.data import poems, to_characters

SOURCE = (SOURCES / "16_text.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson():
    return names_of(16, "known, held_out", "fixed =", "def drawn_from")


@pytest.fixture(scope="module")
def world(lesson):
    """Return the lesson with an oracle of another seed."""
    lesson["oracle"], lesson["texts"], lesson["validation"], lesson["test"] = lesson["new_oracle"](seed=3)
    return lesson


def liars(lesson, seed):
    known, held_out = lesson["known"], lesson["held_out"]
    dice = torch.Generator().manual_seed(seed)
    real = held_out[torch.randperm(len(held_out), generator=dice)[:1000]]
    good = next(p for p in held_out if metrics.rhyme(p[None]) == 1 and metrics.tone_contrast(p[None]) == 1)
    return {
        "copied": known[torch.randperm(len(known), generator=dice)[:1000]],
        "shuffled": real.flatten()[torch.randperm(real.numel(), generator=dice)].view(-1, 20),
        "bigrams": metrics.CharacterModel(known).sample(1000, dice),
        "one poem": good.expand(1000, -1),
    }


@pytest.mark.parametrize("seed", [5, 6])
def test_the_table_of_exercise_4_is_what_the_judges_say_of_liars(lesson, seed):
    rows = re.findall(r"^# \| ([A-D]) \| " + r" \| ".join([r"(-?[\d.]+)"] * 6) + r" \|$", SOURCE, re.MULTILINE)
    named = dict(re.findall(r'"([A-D])": "([\w ]+)"', SOURCE[SOURCE.index("name the liars") :]))
    made = liars(lesson, seed)
    assert len(rows) == 4 and set(named.values()) == set(made)
    for letter, *numbers in rows:
        found = lesson["scores"](made[named[letter]])
        assert found.tolist() == pytest.approx([float(number) for number in numbers], abs=0.06), letter


def test_one_poem_makes_the_form_perfect_and_a_thief_is_caught_by_unseen_lines_alone(lesson):
    made, real = liars(lesson, 0), lesson["scores"](lesson["held_out"][:1000])
    thief, one = (lesson["scores"](made[name]) for name in ("copied", "one poem"))
    assert (thief - real).abs()[[0, 1, 2, 4, 5]].max() < 0.06 and thief[3] == 0
    assert one[:4].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("seed", range(4))
def test_estimators_are_biased_or_wild_for_any_seed(lesson, seed):
    torch.manual_seed(seed)
    f, logits, gumbel = lesson["f"], lesson["LOGITS"], lesson["gumbel_softmax"]
    mean = (logits.softmax(0) * f(lesson["CHARACTERS"])).sum()
    measure = lesson["bias_and_spread"]
    plain, based = measure(lesson["reinforce"]), measure(lambda x: lesson["reinforce"](x, mean))
    soft = [measure(lambda x, tau=tau: gumbel(x, tau)) for tau in (0.1, 3)]
    assert max(plain[0], based[0]) < 0.1 and plain[1] > 3 and based[1] < 0.6 * plain[1]
    assert soft[0][1] > plain[1] and 0.4 < soft[1][0] < 0.6 and soft[1][1] < 0.5
    assert measure(lesson["straight_through"])[0] > 0.5


def test_of_a_linear_verdict_straight_through_has_no_bias(lesson):
    weights = torch.arange(6.0, dtype=torch.double)
    logits = lesson["LOGITS"].clone().requires_grad_()
    p = logits.softmax(0)
    (exact,) = torch.autograd.grad((p * weights).sum(), logits, retain_graph=True)
    drawn = lesson["CHARACTERS"][2] + p - p.detach()
    (found,) = torch.autograd.grad(drawn @ weights, logits)
    assert torch.allclose(found, exact)


def test_mmd_is_zero_for_equal_clouds_and_that_of_the_closed_form(lesson):
    mmd = lesson["mmd"]
    cloud = torch.randn(50, 3, generator=torch.Generator().manual_seed(1))
    assert mmd(cloud, cloud.flip(0)).abs() < 1e-5
    a, b = torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0], [1.0]])
    e = torch.tensor(-1.0).exp()
    by_hand = (1 + e**2) / 2 + 1 - 2 * e**0.5  # kernels exp(−d²/2) of the distances 0, 2 | 0 | 1
    assert mmd(a, b, widths=(1.0,)).item() == pytest.approx(by_hand.item(), abs=1e-6)
    for m in (0.5, 3.0):
        points = torch.randn(2, 3000, 1, generator=torch.Generator().manual_seed(2))
        closed = 2 / 3**0.5 * (1 - torch.tensor(-(m**2) / 6).exp())
        assert abs(mmd(points[0], points[1] + m, widths=(1.0,)) - closed) < 0.04


def test_the_writer_s_log_probabilities_are_those_it_draws_by(world):
    G = world["oracle"]
    texts = G.write(3)
    state, before, by_steps = None, torch.full((3, 1), 64), []
    for place in range(10):
        logits, state = G(before, state)
        before = texts[:, place : place + 1]
        by_steps.append(logits[:, 0].log_softmax(1).gather(1, before))
    assert torch.allclose(G.log_p(texts), torch.cat(by_steps, 1), atol=1e-5)
    assert G.write(500, 0.05).unique(dim=0).shape[0] < G.write(500).unique(dim=0).shape[0] / 3


def test_a_roll_out_keeps_the_beginning_and_writes_the_rest(world):
    G = world["oracle"]
    begun, keep = G.write(400), torch.arange(400) % 11
    finished = G.write(400, begun=begun, keep=keep)
    kept = torch.arange(10) < keep[:, None]
    assert torch.equal(finished[kept], begun[kept])
    assert (finished[~kept] != begun[~kept]).float().mean() > 0.5
    open_ = keep < 10
    first = keep[open_][:, None]  # the first place that is written anew
    assert (finished[open_].gather(1, first) != begun[open_].gather(1, first)).float().mean() > 0.3


def test_a_reward_is_what_a_beginning_leads_to(world):
    class Likes(nn.Module):
        def forward(self, texts):  # a text is good if its fourth character is below 32
            return torch.where(texts[:, 3] < 32, 20.0, -20.0)

    made = world["oracle"].write(64)
    found = world["rewards"](world["oracle"], Likes(), made, roll_outs=8)
    good = (made[:, 3] < 32).float()
    assert found.shape == (64, 10)
    assert torch.allclose(found[:, 3:], good[:, None].expand(-1, 7), atol=1e-6)  # it is decided from there on
    assert ((found[:, 0] > 0.01) & (found[:, 0] < 0.99)).float().mean() > 0.3  # and open before


def test_a_soft_text_lets_the_slope_of_the_last_place_back_to_the_first(lesson):
    torch.manual_seed(0)
    G = lesson["SoftWriter"]()
    z = torch.randn(2, 32, requires_grad=True)
    soft = G(z)
    assert soft.shape == (2, 10, 64) and torch.allclose(soft.sum(2), torch.ones(2, 10), atol=1e-5)
    soft[:, 9, 0].sum().backward()
    assert z.grad.abs().sum(1).min() > 0 and G.character.weight.grad.abs().sum() > 0
    assert torch.equal(G(z).argmax(2), soft.argmax(2))  # given z, a text is certain


def test_one_good_text_for_ever_has_a_low_nll_of_the_oracle(world):
    oracle, test = world["oracle"], world["test"]
    log_p = oracle.log_p(test).mean(1)
    assert -log_p.max() < -log_p.mean() - 0.7


def test_the_prompt_is_in_the_alphabet_and_english_is_not():
    assert len(to_characters("白日依山尽")) == 5
    with pytest.raises(ValueError, match="not among the poems'"):
        to_characters("Write a poem about spring")


def test_what_the_text_says_of_the_data():
    counts = [len(poems(train=train).characters) for train in (True, False)]
    assert sum(counts) == 24_817 and 0.09 < counts[1] / sum(counts) < 0.11
    assert 10_000 * 64 / counts[0] == pytest.approx(30, abs=2)  # rounds of the GPT's training
