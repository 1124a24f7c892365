"""Lesson 20: what its text says of counting, of accusing, of marks and of notes, without a training."""

import math
import re

import numpy as np
import pytest
import torch
from lessons import SOURCES, names_of
from sklearn.metrics import roc_curve

from gan_lessons import metrics

SOURCE = (SOURCES / "20_responsible_use.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson():
    return names_of(20, "faces, new_faces", "SECRET", "def write")


@pytest.fixture(scope="module")
def garments():
    from gan_lessons.data import fashion_mnist, to_float

    return to_float(fashion_mnist(train=False).images[:2000])


def test_a_fifth_of_training_faces_wears_a_hat_and_a_quarter_has_the_lightest_skin(lesson):
    shares = {group: lesson["share"](lesson["faces"].labels, group) for group in lesson["GROUPS"]}
    assert round(shares["hat"], 2) == 0.19 and round(shares["lightest skin"], 2) == 0.24
    assert "19 of 100 training faces wear a hat, and 24 of 100 have the lightest" in SOURCE


@pytest.mark.parametrize("size", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("value", [0, 3])
def test_a_minority_set_has_the_share_that_is_asked_for_and_all_of_one_group(lesson, size, value):
    rare = lesson["faces"].label("skin") == value
    chosen = lesson["minority_set"](rare, size)
    assert chosen.unique().numel() == len(chosen)
    assert rare[chosen].double().mean().item() == pytest.approx(size, abs=1e-3)
    assert rare[chosen].sum() == rare.sum() or (~rare)[chosen].sum() == (~rare).sum()


def test_chance_alone_leaves_the_share_of_1500_samples_between_85_and_115():
    reach = 2 * math.sqrt(0.1 * 0.9 / 1500)
    assert f"{100 * (0.1 - reach):.1f} and {100 * (0.1 + reach):.1f}" == "8.5 and 11.5"
    assert "between 8.5 and 11.5 %" in SOURCE


def test_one_other_in_fifty_makes_a_tenth_seem_nearly_a_fifth_larger():
    assert 0.17 < 0.02 * 0.9 / 0.1 < 0.2


def test_at_psi_0_every_face_is_the_mean_one(lesson):
    w = torch.randn(3, 64)
    drawn = lesson["draw"](torch.lerp(torch.ones(64), w, 0.0))
    assert torch.allclose(drawn[0], drawn[1], atol=0.01) and drawn.shape == (3, 3, 16, 16)  # but for the noise
    assert not torch.allclose(*lesson["draw"](w)[:2], atol=0.1)


def test_found_out_is_what_sklearn_says(lesson):
    generator = torch.Generator().manual_seed(0)
    members, others = torch.randn(150, generator=generator) + 1, torch.randn(2000, generator=generator)
    auc, caught = lesson["found_out"](members, others)
    above = (members[:, None] > others).double().mean().item()  # AUC: who of a pair has the higher score
    assert auc == pytest.approx(above)
    alarms, hits, _ = roc_curve([1] * 150 + [0] * 2000, torch.cat([members, others]), drop_intermediate=False)
    assert caught == pytest.approx(hits[alarms <= 0.01].max(), abs=0.01)
    same = lesson["found_out"](others[:1000], others[1000:])
    assert abs(same[0] - 0.5) < 0.05 and same[1] < 0.05


def test_the_nearer_an_image_is_to_a_sample_the_higher_its_score(lesson):
    samples = torch.stack([torch.zeros(1, 2, 2), torch.ones(1, 2, 2)])
    scores = lesson["nearness"](samples)(torch.stack([torch.ones(1, 2, 2), torch.full((1, 2, 2), 0.6)]))
    assert scores.tolist() == pytest.approx([0.0, -0.8])


def test_a_detector_is_rated_as_by_hand(lesson):
    real, made = (torch.tensor(x).view(-1, 1, 1, 1) for x in ([-2.0, -1.0, 0.5, 1.0], [0.6, 2.0, 3.0, -0.5]))
    accuracy, best, auc, accused, _ = lesson["rated"](lambda x: x.flatten(), real, made)
    assert (accuracy, accused) == (0.625, 0.5) and auc == pytest.approx(13 / 16)
    assert best >= accuracy


def test_a_threshold_that_is_off_costs_accuracy_and_no_rank(lesson):
    real, made = torch.randn(500, 1, 1, 1) - 2, torch.randn(500, 1, 1, 1) + 2
    there, shifted = (lesson["rated"](lambda x, s=s: x.flatten() + s, real, made) for s in (0, 3))
    assert there[2] == pytest.approx(shifted[2]) and there[0] - shifted[0] > 0.2 and shifted[1] > 0.9


def test_jpeg_keeps_the_shape_and_is_worse_the_lower_its_quality(lesson, garments):
    x = garments[:50]
    off = [(lesson["jpeg"](x, quality) - x).abs().mean().item() for quality in (95, 50, 10)]
    assert lesson["jpeg"](x, 50).shape == x.shape and off[0] < 0.7 * off[1] < 0.7 * 0.7 * off[2]


def test_the_table_of_base_rates_is_bayes():
    rows = {made: 0.01 * (1000 - made) / (0.99 * made + 0.01 * (1000 - made)) for made in (10, 1)}
    assert rows[10] == pytest.approx(0.5) and rows[1] == pytest.approx(10 / 11, abs=0.002)
    assert "half of them" in SOURCE and "ten in eleven" in SOURCE


def test_patterns_have_length_1_and_their_frequencies_alone(lesson):
    from scipy.fft import dctn

    found = lesson["patterns"](4, 14, 24, seed=0)
    assert torch.allclose(found.norm(dim=1), torch.ones(4))
    spectrum = torch.from_numpy(dctn(found.view(4, 28, 28).numpy(), axes=(1, 2), norm="ortho")).abs()
    order = torch.arange(28)[:, None] + torch.arange(28)
    assert spectrum[:, (order < 14) | (order > 24)].max() < 1e-5 < spectrum[:, order == 20].max()


def test_a_picture_that_knows_nothing_of_the_key_has_half_of_the_bits_right(lesson, garments):
    mark = lesson["Mark"](0)
    mark.centre = (garments[1000:].flatten(1) @ mark.key.T).median(0).values
    right = mark.read(garments[:1000]).double()
    assert abs(right.mean() - 16) < 0.7 and (right >= 26).double().mean() < 0.005
    written = garments[:100] + (mark.bits @ mark.key).view(28, 28) * 5
    assert (mark.read(written) == 32).double().mean() > 0.95


def test_26_of_32_bits_are_right_by_chance_in_27_of_100000(lesson):
    tail = sum(math.comb(32, j) for j in range(26, 33)) / 2**32
    throws = np.random.default_rng(0).binomial(32, 0.5, 2_000_000)
    assert tail == pytest.approx((throws >= 26).mean(), rel=0.1) and 2.6e-4 < tail < 2.8e-4


def test_writing_raises_the_bits_that_are_right(lesson):
    from gan_lessons.checkpoints import load_weights
    from gan_lessons.networks import ConvGenerator

    generator = load_weights(ConvGenerator(), "generator").requires_grad_(False)
    before = [p.clone() for p in generator.parameters()]
    torch.manual_seed(0)
    mark = lesson["Mark"](0)
    marked = lesson["write"](generator, mark, steps=60)
    z = torch.randn(200, 16)
    rise = mark.read(marked(z)).double().mean() - mark.read(generator(z)).double().mean()
    assert rise > 3 and all(torch.equal(a, b) for a, b in zip(before, generator.parameters(), strict=True))


def test_a_dearer_change_leaves_better_pictures_and_less_of_the_mark(lesson):
    from gan_lessons.checkpoints import load_weights
    from gan_lessons.networks import ConvGenerator

    generator = load_weights(ConvGenerator(), "generator").requires_grad_(False)
    z, found = torch.randn(200, 16, generator=torch.Generator().manual_seed(1)), []
    for price in (0.08, 1.0):
        torch.manual_seed(0)
        mark = lesson["Mark"](0)
        marked = lesson["write"](generator, mark, steps=60, price=price)(z)
        found.append(((marked - generator(z)).square().mean().item(), mark.read(marked).double().mean().item()))
    assert found[1][0] < 0.5 * found[0][0] and found[1][1] < found[0][1] - 2


def test_a_note_is_valid_altered_or_gone(lesson):
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    notes = {"claim": "made", "seal": lesson["sealed"]("made", pixels)}
    verified, to_png = lesson["verified"], lesson["to_png"]
    assert verified(to_png(pixels, **notes)) == "valid"
    for row in (0, 27):
        other = pixels.copy()
        other[row, row] ^= 1
        assert verified(to_png(other, **notes)) == "altered"
    assert verified(to_png(pixels.reshape(14, 56), **notes)) == "altered"
    assert verified(to_png(pixels, **notes | {"claim": "real"})) == "altered"
    assert verified(to_png(pixels, claim="made")) == verified(to_png(pixels)) == "nothing to check"


def test_each_rule_of_the_table_has_its_article_and_its_date():
    rows = re.findall(r"^# \| (.*\d.*) \| (.*) \| (.*) \| (.*) \|$", SOURCE[SOURCE.index("## 5 ·") :], re.MULTILINE)
    assert len(rows) == 5
    assert all(re.search(r"Article|GB 45438", rule) and re.search(r"20\d\d", date) for rule, date, *_ in rows)
    assert "as of November 2026" in SOURCE and "no legal advice" in SOURCE


def test_the_open_exercise_is_a_folded_list_and_is_not_checked():
    opened = SOURCE[SOURCE.index("### Exercise 20.5 (open") : SOURCE.index("## What you now know")]
    assert "<details><summary>Points to compare with" in opened and "check(" not in opened
    assert opened.count("\n# - **") >= 8


def test_the_judge_of_faces_errs_seldom_on_new_ones(lesson):
    from gan_lessons.data import to_float

    new = lesson["new_faces"]
    says = metrics.predicted_attributes(to_float(new.images))[0]
    for column in (1, 7):  # skin and hat
        assert (says[:, column] == new.labels[:, column]).double().mean() > 0.98
