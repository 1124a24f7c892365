"""Poems: so many, in whole and known lines, none of them on both sides; and what the rhyme book says of them."""

import csv
import gzip
from collections import defaultdict

import numpy as np
import pytest
import torch

from gan_lessons.data import files, glyphs, poems, rhyme_book, to_characters, to_text
from gan_lessons.data.poems import pictures

STORKS = "白日依山尽黄河入海流欲穷千里目更上一层楼"  # by Wang Zhihuan
AUTUMN = "空山新雨后天气晚来秋明月松间照清泉石上流"  # half of an eight-line poem by Wang Wei


@pytest.fixture(scope="module")
def train():
    return poems()


@pytest.fixture(scope="module")
def held_out():
    return poems(train=False)


def lines(texts):
    return {text[i : i + 5] for text in texts for i in range(0, 20, 5)}


def test_there_are_so_many_poems_all_different(train, held_out):
    assert train.characters.shape == (22386, 20) and held_out.characters.shape == (2431, 20)
    assert train.characters.dtype == torch.int64 and train.quatrain.dtype == torch.bool
    assert train.quatrain.shape == (22386,) and int(train.quatrain.sum() + held_out.quatrain.sum()) == 3153
    texts = to_text(train.characters) + to_text(held_out.characters)
    assert len({*texts}) == 24817 and set("".join(texts)) == set(train.alphabet)
    assert len(train.alphabet) == len({*train.alphabet}) == 1500 and train.alphabet == held_out.alphabet


def test_known_poems_are_there_and_are_what_they_are(train, held_out):
    kinds = {
        text: kind.item() for part in (train, held_out) for text, kind in zip(to_text(part[0]), part[1], strict=True)
    }
    assert kinds[STORKS] is True and kinds[AUTUMN] is False


def test_no_line_and_no_other_half_is_on_both_sides(train, held_out):
    texts, others = to_text(train.characters), to_text(held_out.characters)
    assert not lines(texts) & lines(others)
    with gzip.open(files.DATA / "poems/poems.csv.gz", "rt", encoding="utf-8") as file:
        together = {row["text"]: row["together"] for row in csv.DictReader(file)}
    assert not {together[text] for text in texts} & {together[text] for text in others}


def test_halves_of_one_poem_are_held_together():
    with gzip.open(files.DATA / "poems/poems.csv.gz", "rt", encoding="utf-8") as file:
        rows = {row["text"]: row for row in csv.DictReader(file)}
    # "Happy rain on a spring night" by Du Fu: its first and its second half
    first, second = (
        rows[text] for text in ("好雨知时节当春乃发生随风潜入夜润物细无声", "野径云俱黑江船火独明晓看红湿处花重锦官城")
    )
    assert first["together"] == second["together"] and first["kind"] == second["kind"] == "half"
    assert len({row["together"] for row in rows.values()}) == 20_300
    sharing = defaultdict(set)
    for text, row in rows.items():
        for line in lines([text]):
            sharing[line].add(row["together"])
    assert all(len(numbers) == 1 for numbers in sharing.values())


def test_text_becomes_numbers_and_text_again(train):
    numbers = to_characters("白日依山尽 黄河入海流\n")
    assert numbers.shape == (10,) and numbers.dtype == torch.int64
    assert [train.alphabet[number] for number in numbers.tolist()] == [*"白日依山尽黄河入海流"]
    assert to_text(numbers) == "白日依山尽黄河入海流"
    assert to_text(numbers.view(2, 5)) == ["白日依山尽", "黄河入海流"] == to_text(numbers.view(2, 5).numpy())
    assert to_text(numbers[:1].expand(3, 2)) == ["白白"] * 3  # however it lies in memory
    assert to_text(numbers.view(2, 5).T) == ["白黄", "日河", "依入", "山海", "尽流"]
    assert to_text(torch.zeros(0, 20, dtype=torch.long)) == [] and to_characters("").shape == (0,)


def test_other_characters_are_named_once():
    with pytest.raises(ValueError, match="電 x are not among the poems' 1,500 characters, which are simplified"):
        to_characters("電x白x")
    with pytest.raises(ValueError, match="東 is not among"):
        to_characters("東")


@pytest.mark.parametrize(
    ("characters", "match"),
    [
        (torch.zeros(2, 20), r"whole numbers, not torch.float32; of logits, draw or take the argmax"),
        (torch.zeros(2, 20, dtype=torch.bool), "whole numbers, not torch.bool"),
        ([1500], "from 0 to 1499, not from 1500 to 1500"),
        ([-1, 3], "from 0 to 1499, not from -1 to 3"),
        (torch.tensor(3), r"not \(\)"),
        (torch.zeros(2, 3, 4, dtype=torch.long), r"\(L,\) or \(N, L\), not \(2, 3, 4\)"),
        ("白", "characters must be one tensor or array"),
    ],
)
def test_what_is_no_text_in_numbers_is_refused(characters, match):
    with pytest.raises(ValueError, match=match):
        to_text(characters)


def test_the_rhyme_book_knows_tones_and_rhymes():
    book, (flow, tower, exhausted, eye, moon) = rhyme_book(), to_characters("流楼尽目月")
    assert book.member.shape == (1500, len(book.groups)) and len(book.groups) == 105
    assert sum(group.startswith("平") for group in book.groups) == 30  # as the book has it: 15 and 15
    assert [book.groups[i] for i in book.member[flow].nonzero()] == ["平尤"]
    assert torch.equal(book.member[flow], book.member[tower])
    for character, level, oblique in ((flow, True, False), (exhausted, False, True), (eye, False, True)):
        assert (book.level[character], book.oblique[character]) == (level, oblique)
    assert [book.groups[i] for i in book.member[moon].nonzero()] == ["仄月"]
    assert (int((book.level & book.oblique).sum()), int((~book.level & ~book.oblique).sum())) == (194, 23)
    assert not book.member[to_characters("啼")].any()  # written otherwise in the book


def test_pictures_and_characters_fit(train):
    missing = sorted({*train.alphabet} - {*glyphs().characters + glyphs(train=False).characters})
    pictures = files.tiles("poems/characters.png", "L", 32, len(missing))
    assert pictures.shape == (74, 1, 32, 32) and len(np.unique(pictures.reshape(74, -1), axis=0)) == 74
    assert (pictures.reshape(74, -1).mean(1) < 240).all()


def test_a_change_to_a_set_stays_with_its_owner():
    first = poems()
    before = first.characters.clone()
    first.characters.zero_(), first.quatrain.zero_()
    assert torch.equal(poems().characters, before) and poems().quatrain.any()


def test_only_true_and_false_choose():
    with pytest.raises(ValueError, match="train must be True"):
        poems("train")


def test_each_character_has_its_picture(train):
    drawn, printed = pictures(), glyphs()
    assert drawn.shape == (1500, 1, 32, 32) and len(drawn.flatten(1).unique(dim=0)) == 1500
    for letter in "白日山":
        assert torch.equal(drawn[to_characters(letter)][0], printed.print[printed.characters.index(letter)])
    (one,) = drawn[to_characters("莺")]  # not among the glyphs
    assert 60 < (one < 128).sum() < 500
