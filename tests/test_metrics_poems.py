"""The judges of poems: on lines whose rhymes and tones can be counted by hand; on real, shuffled and drawn poems."""

import math
from collections import Counter

import numpy as np
import pytest
import torch

from gan_lessons import metrics
from gan_lessons.data import poems, to_characters, to_text

#: 流 and 楼 rhyme; by the rules: oblique oblique level level oblique, and so on
STORKS = "白日依山尽黄河入海流欲穷千里目更上一层楼"
SPRING = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少"  # lines 1, 2 and 4 rhyme, in an oblique tone


def numbers(*texts):
    return torch.stack([to_characters(text) for text in texts])


def with_ends(*ends):
    """Return poems whose line ends are these four characters, and all else 山."""
    return numbers(*("".join("山山山山" + end for end in four) for four in ends))


@pytest.fixture(scope="module")
def train():
    return poems().characters


@pytest.fixture(scope="module")
def held_out():
    return poems(train=False).characters


@pytest.fixture(scope="module")
def shuffled(held_out):
    generator = torch.Generator().manual_seed(0)
    return torch.stack([poem[torch.randperm(20, generator=generator)] for poem in held_out])


@pytest.fixture(scope="module")
def bigrams(train):
    return metrics.CharacterModel(train)


def test_rhymes_of_two_known_poems():
    assert metrics.rhyming_ends(numbers(STORKS, SPRING)).tolist() == [
        [False, True, False, True],
        [True, True, False, True],
    ]
    assert metrics.rhyme(numbers(STORKS, SPRING)) == 1


def test_what_does_not_rhyme():
    found = metrics.rhyming_ends(with_ends("流流月楼", "楼流目流", "流目楼月", "啼流啼楼", "啼啼目啼", "流流流楼"))
    assert found.tolist() == [
        [False, True, False, True],  # line 1 ends as line 2 does: the same character is no rhyme
        [False, False, False, False],  # so do 2 and 4
        [False, False, False, False],  # 1 and 3 alone do not count
        [False, True, False, True],  # the book lacks 啼
        [False, False, False, False],
        [False, True, False, True],
    ]
    assert metrics.rhyme(with_ends("流流月楼", "楼流目流")) == 0.5


def test_tones_of_a_known_poem():
    tones = metrics.tones(numbers(STORKS))
    assert tones[0, :15].tolist() == [-1, -1, 1, 1, -1, 1, 1, -1, -1, 1, -1, 1, 1, -1, -1]
    assert tones[0, 15:].tolist() == [0, -1, -1, 1, 1]  # 更 has two readings of different tone
    assert metrics.tone_contrast(numbers(STORKS)) == 1
    assert metrics.level_ends(numbers(STORKS)) == [0, 1, 0, 1]


def test_uncertain_tones_do_not_count():
    flat, uncertain = "山山山山山" * 3, "山更山目山"
    assert metrics.tone_contrast(numbers(flat + "山山山目山")) == 0.25
    assert metrics.tone_contrast(numbers(flat + uncertain)) == 0
    assert math.isnan(metrics.tone_contrast(numbers(uncertain * 4)))
    ends = metrics.level_ends(with_ends("山更目啼", "目更目山"))
    assert ends[0] == 0.5 and math.isnan(ends[1]) and ends[2:] == [0, 1]


def test_lines_are_seen_at_any_place_and_whole():
    known = numbers(STORKS)
    moved = numbers("黄河入海流" + "河入海流欲" + "白日依山山" + "更上一层楼")
    assert metrics.unseen_lines(moved, known) == 0.5
    assert metrics.unseen_lines(known, known) == 0


def test_distinct_runs_are_counted_by_hand():
    assert metrics.distinct_ngrams(numbers(STORKS), 1) == 1
    assert metrics.distinct_ngrams(numbers("山" * 20), 1) == 1 / 20
    assert metrics.distinct_ngrams(numbers("山" * 20)) == 1 / 16
    assert metrics.distinct_ngrams(numbers("山水山水山" * 4)) == 2 / 16
    assert metrics.distinct_ngrams(numbers(STORKS, STORKS), 5) == 4 / 8
    assert metrics.distinct_ngrams(numbers(STORKS).expand(3, -1), 5) == 4 / 12
    with pytest.raises(ValueError, match="from 1 to the 5 characters of a line, not 6"):
        metrics.distinct_ngrams(numbers(STORKS), 6)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_distinct_runs_are_those_of_a_count_of_strings(held_out, n):
    runs = [t[i : i + 5][j : j + n] for t in to_text(held_out) for i in range(0, 20, 5) for j in range(6 - n)]
    assert metrics.distinct_ngrams(held_out, n) == len({*runs}) / len(runs)


def test_real_poems_keep_the_rules_and_others_do_not(train, held_out, shuffled, bigrams):
    drawn = bigrams.sample(2431, torch.Generator().manual_seed(0))
    assert metrics.rhyme(held_out) == pytest.approx(0.932, abs=5e-4)
    assert metrics.tone_contrast(held_out) == pytest.approx(0.885, abs=5e-4)
    assert metrics.level_ends(held_out) == pytest.approx([0.12, 0.90, 0.08, 0.91], abs=6e-3)
    for made in (shuffled, drawn):
        assert metrics.rhyme(made) < 0.04
        assert 0.45 < metrics.tone_contrast(made) < 0.56
        assert all(0.4 < end < 0.6 for end in metrics.level_ends(made))
    assert metrics.unseen_lines(held_out, train) == 1 and metrics.unseen_lines(drawn, train) > 0.99
    halves = poems(train=False)
    quatrains = halves.characters[halves.quatrain]
    assert metrics.rhyme(quatrains) == pytest.approx(0.848, abs=5e-4)  # among them older and freer ones


def test_likelihoods_fall_from_a_guess_over_unigrams_to_bigrams(train, held_out, bigrams):
    assert metrics.CharacterModel(train, order=1).nll(held_out) == pytest.approx(6.608, abs=1e-3)
    assert bigrams.nll(held_out) == pytest.approx(5.859, abs=1e-3)
    assert bigrams.nll(train) < bigrams.nll(held_out) < math.log(1500)


def test_the_bigrams_are_those_counted_by_hand(held_out):
    few = held_out[:30]
    table = metrics.CharacterModel(few).table
    assert table.shape == (1501, 1500) and torch.allclose(table.sum(1), torch.ones(1501).double())
    texts = to_text(few)
    shares = Counter("".join(texts))
    one, total = lambda c: (shares[c] + 1) / (600 + 1500), Counter()
    for text in texts:
        for i in range(20):
            total[text[i - 1] if i % 5 else "", text[i]] += 1
    alphabet = poems().alphabet
    for before, row in (("", 1500), (texts[0][0], few[0, 0])):
        seen = sum(count for (first, _), count in total.items() if first == before)
        wanted = [(total[before, c] + 200 * one(c)) / (seen + 200) for c in alphabet]
        assert np.allclose(table[row], wanted, rtol=1e-12)
    log = [math.log(table[few[0, i - 1] if i % 5 else 1500, few[0, i]]) for i in range(20)]
    assert metrics.CharacterModel(few).nll(few[:1]) == pytest.approx(-sum(log) / 20)


def test_samples_follow_the_model_and_the_generator(bigrams):
    drawn = [bigrams.sample(3000, torch.Generator().manual_seed(0)) for _ in range(2)]
    assert drawn[0].shape == (3000, 20) and drawn[0].dtype == torch.int64 and torch.equal(*drawn)
    entropy = -(bigrams.table * bigrams.table.log()).sum(1)
    before = drawn[0].roll(1, 1)
    before[:, ::5] = 1500
    assert bigrams.nll(drawn[0]) == pytest.approx(entropy[before].mean().item(), abs=0.02)
    with pytest.raises(ValueError, match="count must be a whole number, 1 or more"):
        bigrams.sample(0)
    with pytest.raises(ValueError, match="order must be a whole number, from 1 to 2, not 3"):
        metrics.CharacterModel(drawn[0], order=3)


@pytest.mark.parametrize(
    "judge", ["rhyme", "tones", "tone_contrast", "level_ends", "distinct_ngrams", "CharacterModel"]
)
@pytest.mark.parametrize(
    ("characters", "match"),
    [
        (torch.zeros(20, dtype=torch.long), r"\(N, 20\), not \(20,\); characters\[None\] makes one poem a batch"),
        (torch.zeros(2, 28, dtype=torch.long), r"\(N, 20\), not \(2, 28\)"),
        (torch.zeros(0, 20, dtype=torch.long), r"\(N, 20\), not \(0, 20\)"),
        (torch.zeros(2, 20, 1500), r"\(N, 20\), not \(2, 20, 1500\)"),
        (torch.zeros(2, 20), "whole numbers"),
        (torch.full((2, 20), 1500), "from 0 to 1499"),
    ],
)
def test_what_are_no_poems_is_refused(judge, characters, match):
    with pytest.raises(ValueError, match=match):
        getattr(metrics, judge)(characters)


def test_the_judges_leave_their_poems_alone(held_out):
    before = held_out.clone()
    metrics.CharacterModel(held_out).nll(held_out), metrics.rhyme(held_out), metrics.unseen_lines(held_out, held_out)
    assert torch.equal(before, held_out)


def test_self_bleu_is_that_of_nltk(held_out):
    """Means of nltk 3.10.4's sentence_bleu of each poem against the others, equal weights, without smoothing."""
    few = held_out[:4] % 6  # with many repetitions, so that counts are clipped
    for some, wanted in ((held_out[:30], (0.5933333, 0.0825024, 0)), (few, (0.9375, 0.7991534, 0.5329644, 0))):
        found = [metrics.self_bleu(some, n) for n in range(1, len(wanted) + 1)]
        assert found == pytest.approx(wanted, abs=1e-6)


def test_self_bleu_of_copies_is_1_of_strangers_0_and_of_one_poem_nothing(held_out):
    assert metrics.self_bleu(held_out[:1].expand(3, -1)) == 1
    assert metrics.self_bleu(torch.arange(60).view(3, 20)) == 0
    assert metrics.self_bleu(torch.cat([torch.arange(20).expand(2, -1), torch.arange(20, 40)[None]])) == pytest.approx(
        2 / 3
    )
    with pytest.raises(ValueError, match="number of poems must be"):
        metrics.self_bleu(held_out[:1])
    with pytest.raises(ValueError, match="n must be"):
        metrics.self_bleu(held_out[:4], 5)
