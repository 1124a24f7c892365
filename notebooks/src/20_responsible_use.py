# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 20 · Responsible use: what a generator owes to those in its data, and to those who see its output
#
# **You will** count who is missing from samples, find out who was in a training set, accuse innocent pictures with a detector, and write a mark into a generator that survives some things and not others.
#
# **Needs** lessons 06 and 09; lesson 12 for truncation.
#
# **Time** 60 minutes to read and play, and 45 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §1.3 问题研究意义 (why it matters) and §3.4 算法应用领域 (where it is used), from where the document stops: it says what GANs are good for, and not for whom, or at whose cost.
#
# **Papers** Jain et al. 2020 and Maluleke et al. 2022 (bias) · Hayes et al. 2017, Chen et al. 2020 (membership) · Wang et al. 2020 (detection) · Yu et al. 2021, Fernandez et al. 2023 (marks)

# %% [markdown]
# ## The question
#
# A generator is made of other people's pictures, and its pictures are shown to other people. The first may ask: *am I in there, and can it be found out? Is someone like me still in there at all?* The second may ask: *is this real, and who says so?* Each of these questions has an answer that can be measured. This lesson measures them, on garments and on drawn faces; the faces belong to nobody. Then it says what the law asks, and what no measurement settles.

# %%
from gan_lessons import losses, metrics, networks, plots  # before torch: it says how torch's threads wait

import copy
import hashlib
import hmac
import math
from io import BytesIO
from itertools import islice

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import nn
from torch.nn.functional import conv2d, interpolate, softplus
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import Batches, avatars, fashion_mnist, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import ImageExplorer

# %% tags=["parameters"]
SEED = 0
BATCH = 32
FACE_STEPS = (300, 500)  # of the short and the long trainings in section 1
FACE_SEEDS = 3  # of each
MEMBER_STEPS = 800  # of each training in section 2, and of the other GAN in section 3
DETECTOR_STEPS = 800  # of the detector in section 3
MARK_STEPS = 400  # with which the mark is written, in section 4

# %% [markdown]
# ## 1 · Who is missing?
#
# A **minority** (少数群体) here is whoever has a look that is rare in the training set. If a stock-photo generator, or one that fills up a training set for another system, makes fewer of them than there are, then they are seen less, and the other system learns them less well. The people harmed are not users of the generator, and never learn of it.
#
# Two papers disagree on when that happens. Jain et al. (2020) trained GANs on portraits of engineering professors, and found more male and light-skinned faces among the samples than in the data: training *amplifies* the bias. Maluleke et al. (2022) trained StyleGAN2 on sets of faces with known shares, and found the shares *kept*, and the imbalance made worse by **truncation** (截断), which users switch on to get cleaner pictures. Lesson 12 showed it: each w is drawn towards the mean of all, $w' = \bar w + \psi\,(w - \bar w)$.
#
# Take lesson 12's StyleGAN, and count. The counting is done by the judge of lesson 11; how often it is wrong itself comes below. **Predict**: 19 of 100 training faces wear a hat, and 24 of 100 have the lightest of four tones of skin. What is left of each at ψ = 0.5?

# %%
faces, new_faces = avatars(), avatars(train=False)
style = load_weights(networks.StyleGenerator(), "stylegan_avatars")
set_threads(style)
PSIS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
GROUPS = {  # the attribute, and its value
    "hat": ("hat", 1),
    "lightest skin": ("skin", 0),
    "darkest skin": ("skin", 3),
    "second tone": ("skin", 1),
    "black hair": ("hair colour", 2),
}


def share(labels, group):
    """Return which share of faces with these labels (N, 8) belongs to a group."""
    attribute, value = GROUPS[group]
    return (labels[:, [*faces.attributes].index(attribute)] == value).double().mean().item()


@torch.no_grad()
def draw(w):
    """Return the faces of w (N, 64), (N, 3, 16, 16)."""
    layers = w[:, None].expand(-1, 5, -1)
    return torch.cat([style.synthesis(part) for part in layers.split(250)]).clamp(-1, 1)


# %%
seed_everything(SEED)
with torch.no_grad():
    mean, w = style.mapping(torch.randn(10_000, 64)).mean(0), style.mapping(torch.randn(1000, 64))
seen = {psi: metrics.predicted_attributes(draw(torch.lerp(mean, w, psi)))[0] for psi in PSIS}
_, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
ratio = {}
for group, line in zip(GROUPS, ("o-", "s--", "^-.", "v:", "D-")):
    ratio[group] = [share(seen[psi], group) / share(faces.labels, group) for psi in PSIS]
    ax.plot(PSIS, ratio[group], line, label=group)
ax.axhline(1, color="gray", lw=0.8)
ax.set(xlabel="ψ", ylabel="share, of that in the data", title="Truncation thins out some, and not others")
ax.legend(fontsize="small", loc="lower left")
ax.invert_xaxis()
plt.show()
assert all(0.65 < ratio[group][0] < 1.35 for group in ("hat", "lightest skin")) and ratio["black hair"][0] < 0.8
assert ratio["hat"][-1] < 0.8 and ratio["lightest skin"][-1] < 0.5 and ratio["second tone"][-1] > 1.15
print("ψ = 1: hats and the lightest skin come as often as in the data, within a third; black hair less")
print("ψ = 0.5: of hats less than 0.8 are left, of the lightest skin less than half;")
print("and the second tone of skin comes more often than in the data")

# %% [markdown]
# **See**: both papers are right here, about different things. *Training* kept the shares of hats and of skin, more or less, and lost black hair; the network, or chance, decided which. *Truncation* then takes away step by step who is far from the mean. That need not be a small group: the lightest tone is a quarter of the data, but lies at the end of a scale, and the second tone lies near its middle. And hats and skin fall at a ψ at which, by lesson 12, the samples get *better* marks for density.
#
# Whoever publishes samples drawn at ψ = 0.5 publishes that choice as well. Drag ψ, and look who goes:

# %%
first_w = w[:48]


def truncated(psi):
    images = draw(torch.lerp(mean, first_w, psi))
    labels = metrics.predicted_attributes(images)[0]
    found = ", ".join(
        f"{group} {share(labels, group):.0%} ({share(faces.labels, group):.0%})" for group in GROUPS
    )
    return images, f"in these 48 (in the data): {found}"


ImageExplorer(truncated, columns=16, scale=3, psi=(0.0, 1.0, 0.1, 1.0))

# %% [markdown]
# ### One network is one throw of dice
#
# One training says nothing about training. So let us make a set in which a minority has *exactly* 10 %, the darkest of the four tones, and train small GANs on it from different seeds. z has no mapping network here; the truncation is $z' = \psi z$. What would be no surprise? Of 1,500 samples, chance alone leaves the share between 8.5 and 11.5 % (twice the standard error of a binomial, 二项分布). Some are trained for 300 steps, some for 500. **Predict**: which shares will lie within that? And at ψ = 0.5?


# %% tags=["networks"]
class FaceGenerator(nn.Sequential):
    """z (N, 32) to faces (N, 3, 16, 16) in [-1, 1]."""

    def __init__(self):
        super().__init__(
            nn.Linear(32, 32 * 4 * 4), nn.Unflatten(1, (32, 4, 4)), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Upsample(scale_factor=2), nn.Conv2d(32, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Upsample(scale_factor=2), nn.Conv2d(24, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 3, 3, padding=1), nn.Tanh(),
        )  # fmt: skip


class FaceDiscriminator(nn.Sequential):
    """Faces (N, 3, 16, 16) to logits (N,)."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 16, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 16, 8, 8)
            nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 32, 4, 4)
            nn.Conv2d(32, 32, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),
            nn.Linear(32 * 4 * 4, 1), nn.Flatten(0),
        )  # fmt: skip


# %% tags=["networks"]
def minority_set(rare, size=0.1, seed=0):
    """Return indices of as many faces as can be, of which the `rare` ones, (N,) bools, are the share `size`."""
    generator = torch.Generator().manual_seed(seed)
    some, others = rare.nonzero().flatten(), (~rare).nonzero().flatten()
    total = min(len(some) / size, len(others) / (1 - size))
    drawn = [
        group[torch.randperm(len(group), generator=generator)[: round(part * total)].sort().values]
        for group, part in ((some, size), (others, 1 - size))
    ]
    return torch.cat(drawn[::-1])


# %% tags=["networks"]
def trained(G, D, images, z_dim, steps, rate, seed):
    """Train G and D on uint8 images by lesson 06's loss and penalty; return G's average, and D, in eval mode."""
    set_threads(G, D)
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
    d_opt, g_opt = (torch.optim.Adam(n.parameters(), lr=rate, betas=(0.0, 0.99), fused=True) for n in (D, G))
    penalty = losses.Lazy(losses.r1(1.0), every=8)
    game = adversarial_steps(
        Batches(images, BATCH, seed=seed),
        lambda real: d_step(
            G, D, d_opt, losses.non_saturating, real, torch.randn(BATCH, z_dim), penalty=penalty
        ),
        lambda real: g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, z_dim)),
    )
    for step, _ in enumerate(islice(game, steps)):
        average.update_parameters(G)
        for optimizer in (d_opt, g_opt):  # the rate falls to 0 over the second half
            optimizer.param_groups[0]["lr"] = rate * min(1.0, 2 * (1 - step / steps))
    return average.module.eval(), D.eval()


@torch.no_grad()
def sample(G, z):
    return torch.cat([G(part) for part in z.split(250)])


# %%
darkest = faces.label("skin") == 3
tenth = faces.images[minority_set(darkest)]
curves, shown = {steps: [] for steps in FACE_STEPS}, []
for steps in FACE_STEPS:
    for seed in range(FACE_SEEDS * SEED, FACE_SEEDS * (SEED + 1)):
        seed_everything(seed)
        G, _ = trained(FaceGenerator(), FaceDiscriminator(), tenth, 32, steps, 2e-3, seed)
        z = torch.randn(1500, 32)
        shown.append(sample(G, z[:16]))
        made = [metrics.predicted_attributes(sample(G, psi * z))[0] for psi in PSIS]
        curves[steps].append([share(labels, "darkest skin") for labels in made])
short, long = (torch.tensor(curve) for curve in curves.values())

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2), width_ratios=(2, 3), layout="constrained")
left.axhspan(0.085, 0.115, color=plots.REAL, alpha=0.2, label="10 %, and chance")
for table, line, steps in ((short, "s:", FACE_STEPS[0]), (long, "o-", FACE_STEPS[1])):
    drawn = left.plot(PSIS, table.T, line, color=plots.FAKE, lw=1, ms=3)
    drawn[0].set_label(f"{steps} steps")
left.set(xlabel="ψ", ylabel="share of the minority", title="A line for each training", ylim=(0, None))
left.invert_xaxis()
left.legend(fontsize="small", loc="upper right")
plots.show_images(right, torch.cat(shown), columns=16, title="ψ = 1, a row for each: above short, below long")
plt.show()
assert short[:, 0].mean() < long[:, 0].mean() and 0.06 < long[:, 0].mean() < 0.15
assert (long[:, -1] < 0.06).all() and (long[:, -1] < 0.5 * long[:, 0]).all()
print("ψ = 1: in the mean short trainings have less of the minority than long ones; these have 6 to 15 %")
print("ψ = 0.5, long trainings: in each it has less than half of its share at ψ = 1")

# %% tags=["nbval-ignore-output"]
for name, table in (("short", short), ("long", long)):
    for column, psi in ((0, 1.0), (-1, 0.5)):
        print(f"{name}, ψ = {psi}:", "  ".join(f"{value:.3f}" for value in table[:, column].tolist()))

# %% [markdown]
# **See**: here is room for both papers. Where a training is broken off early, the minority comes too seldom, in the mean: the many are learned first. (The faces are still smeared, so that the judge's answers are less sure than on real ones.) The longer trainings lie nearer to 10 %, give or take what differs from seed to seed. And truncation takes most of the minority away again, in every training. So a share is a property of data, network, length, seed *and* ψ. One number from one training says little.
#
# > **Break it**: put `minority_set(darkest, 0.5)` in the place of `minority_set(darkest)`, and run that cell again. Now every second face has the darkest tone. Does truncation still take it away? Compare what is left at ψ = 0.5 with what was there at ψ = 1. (The mean has moved.)

# %% [markdown]
# ### The judge is not neutral
#
# The shares were counted by a network. If it misses some of the minority, or takes others for it, the count is wrong, and for a *rare* group false alarms weigh most: one other in fifty taken for a member of a group of 10 % makes it seem larger by nearly a fifth. With the judge's hit rate h and its false alarms f, both from *held-out real faces*, the share s that it sees is
#
# $$s = h\,p + f\,(1 - p) \quad\Rightarrow\quad p = \frac{s - f}{h - f}$$
#
# (Rogan and Gladen 1978, for blood tests.) Exercise 20.1 is about it.

# %%
judged = metrics.predicted_attributes(to_float(new_faces.images))[0]
for group, (attribute, value) in GROUPS.items():
    column = [*faces.attributes].index(attribute)
    truly, says = new_faces.labels[:, column] == value, judged[:, column] == value
    hit, alarm = says[truly].double().mean().item(), says[~truly].double().mean().item()
    print(f"{group:<14} hits {hit:.2f}, false alarms {alarm:.2f}")
    assert hit > 0.85 and alarm < 0.03

# %% [markdown]
# **See**: for hats and skin the judge hardly errs, on *real* faces; on a hat that G has drawn badly nobody has tested it. Here a drawing has the colour that its file names. For photographs of people the "truth" is somebody's opinion of somebody's looks, and that a group can be read off a face at all is an assumption with a bad history. Count what you must, and say who named the groups.
#
# **What helps**: shares of groups at the ψ that is published, from several trainings, with intervals; truncation around the mean of *each* group in place of the one mean; more data of the group. **What does not**: a good FD. It is made of means and covariances, in which a tenth is a tenth.

# %% [markdown]
# ## 2 · Were you in the training set?
#
# *Membership inference* (成员推断): someone has a picture of you, and the published network, and wants to know whether the picture was trained on. If the training set was "patients of this clinic", the answer alone gives you away. Two attacks:
#
# - **By D** (Hayes et al. 2017): D was told "real" of each training picture, again and again. Are its logits for them higher than for others?
# - **By distance** (Chen et al. 2020): without D, from G's samples alone: is one of 2,000 samples nearer to a training picture than to others?
#
# An attack sorts pictures by its score. Two numbers: **AUC**, how often a member gets a higher score than a non-member, where 0.5 is a guess; and what an accuser needs, the share of members found where *only 1 in 100 others is accused* (Carlini et al. 2022). The non-members are 2,000 pictures of the same training split that were left out. The control is a D that was never trained.
#
# **Predict**: GANs are trained on 50, 200 and 1,000 garments, with as many steps. How large is D's AUC for each?


# %% tags=["networks"]
class PlainGenerator(nn.Sequential):
    """z (N, 32) to images (N, 1, 28, 28) in [-1, 1]."""

    def __init__(self):
        super().__init__(networks.mlp(32, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))


class PlainDiscriminator(nn.Sequential):
    """Images (N, 1, 28, 28) to logits (N,)."""

    def __init__(self):
        super().__init__(
            nn.Flatten(), nn.Linear(784, 128), nn.LeakyReLU(0.2), nn.Linear(128, 128), nn.LeakyReLU(0.2),
            nn.Linear(128, 1), nn.Flatten(0),
        )  # fmt: skip


def nearness(samples):
    """Return the score of images (N, …) that is higher, the nearer one of the samples (M, …) is."""
    return lambda images: -torch.cdist(images.flatten(1), samples.flatten(1)).amin(1)


def found_out(members, others, alarms=0.01):
    """Return an attack's AUC, and the share of members found while `alarms` of the others are accused."""
    scores = torch.cat([members, others])
    auc = roc_auc_score([1] * len(members) + [0] * len(others), scores)
    threshold = others.sort(descending=True).values[int(alarms * len(others))]
    return auc, (members > threshold).double().mean().item()


# %%
train, held_out = fashion_mnist(), fashion_mnist(train=False)
order = torch.randperm(len(train.images), generator=torch.Generator().manual_seed(SEED))
left_out = to_float(train.images[order[-2000:]])
SIZES = (50, 200, 1000)
attacks = {}
for size in SIZES:
    seed_everything(SEED)
    D_new = PlainDiscriminator().eval()
    members = train.images[order[:size]]
    G, D = trained(PlainGenerator(), PlainDiscriminator(), members, 32, MEMBER_STEPS, 1e-3, SEED)
    members = to_float(members)
    samples = sample(G, torch.randn(2000, 32))
    with torch.no_grad():
        by = {"D": D, "distance": nearness(samples), "untrained D": D_new}
        attacks[size] = {name: found_out(score(members), score(left_out)) for name, score in by.items()}

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(9, 2.9), layout="constrained")
for name, line in zip(("D", "distance", "untrained D"), ("o-", "s--", "^:")):
    auc, caught = torch.tensor([attacks[size][name] for size in SIZES]).T
    colour = {"D": plots.DISCRIMINATOR, "distance": plots.GENERATOR}.get(name, "gray")
    left.semilogx(SIZES, auc, line, color=colour, label=name)
    right.semilogx(SIZES, caught, line, color=colour, label=name)
left.axhline(0.5, color="gray", lw=0.8)
right.axhline(0.01, color="gray", lw=0.8)
left.set(title="The fewer pictures, the surer the attack", ylabel="AUC", ylim=(0.4, 1))
right.set(title="Found, with 1 in 100 others accused", ylabel="share of members", ylim=(0, None))
for ax in (left, right):
    ax.set_xlabel("training pictures")
    ax.set_xticks(SIZES, [str(size) for size in SIZES])
    ax.minorticks_off()
left.legend()
plt.show()
D_auc, near_auc, new_auc = (
    [attacks[size][name][0] for size in SIZES] for name in ("D", "distance", "untrained D")
)
assert D_auc[0] > 0.75 > 0.6 > D_auc[2] and D_auc[0] > D_auc[1] + 0.05 and D_auc[1] > D_auc[2]
assert D_auc[0] > near_auc[0] > 0.57 > near_auc[2] and all(abs(auc - 0.5) < 0.15 for auc in new_auc)
assert max(attacks[50][name][1] for name in ("D", "distance")) > 0.05
print("D's AUC is above 0.75 for 50 pictures and below 0.6 for 1,000; distance: above 0.57, and below it")
print("of 50 members one of the two finds more than 5 %, while 1 % of the others are accused")

# %% [markdown]
# **See**: D gives members away, all the more the fewer there are; the samples give away less. With 1,000 pictures, and as many steps, both attacks are little better than guessing. Two things differ along the axis: with 50 pictures each was also shown to D twenty times as often as with 1,000. That is what a small data set comes to in practice.
#
# "Little better than guessing" is a mean. An attack that fails for nearly all may work for one picture that is unlike all others, and that person is not consoled by an average. Nor are two attacks all attacks: what was not found may be found by a better one.
#
# **What a checkpoint gives away**: lesson 06's `save_checkpoint` keeps D, both optimisers and the order of the batches, since a run is to be continued. To *use* a generator none of it is needed. So publish G alone, its average, as `save_weights` writes it. It is the cheapest protection there is. The safest is not to train on what must stay secret. In between lies training with noise that bounds the influence of each single picture (differential privacy, 差分隐私), which costs quality, and most of it for minorities (Bagdasaryan et al. 2019, of classifiers).

# %% [markdown]
# ## 3 · Is this real? A detector, and whom it accuses
#
# Let a classifier learn to tell real garments from the samples of the course's generator (lesson 00's), then ask it about pictures that it has not seen: new samples; the same, as JPEG files; and samples of *another* GAN, the fully connected one of section 2, trained on all garments. Each time the table below gives the share that is *right* if a logit above 0 means "made"; the share that would be right at the *best cut*, which only who knows the truth can find; AUC; the real pictures *accused*; and AP (average precision), which papers on detectors report: like AUC it looks at the order alone, and 0.5 is a guess. **Predict**: which will it recognise?


# %% tags=["networks"]
class Detector(nn.Sequential):
    """Images (N, 1, 28, 28) to logits (N,): above 0 is "made"."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 16, 14, 14)
            nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),  # (N, 32, 7, 7)
            nn.Linear(32 * 7 * 7, 1), nn.Flatten(0),
        )  # fmt: skip


def learned(real, made, steps, seed=SEED):
    """Return a detector that has learned from real and made images, floats (N, 1, 28, 28)."""
    seed_everything(seed)
    detector = Detector()
    set_threads(detector)
    optimizer = torch.optim.Adam(detector.parameters(), lr=2e-3, fused=True)
    for _ in range(steps):
        a, b = (images[torch.randint(len(images), (64,))] for images in (real, made))
        loss = softplus(detector(a)).mean() + softplus(-detector(b)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return detector.eval()


# %% tags=["networks"]
BLUR = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])[None, None] / 16


def to_bytes(images):
    """Return images in [-1, 1] as a picture file has them, uint8."""
    return images.add(1).mul(127.5).round().clamp(0, 255).byte()


def jpeg(images, quality):
    """Return images (N, 1, H, W) in [-1, 1] as they come back from JPEG files."""
    back = []
    for image in to_bytes(images)[:, 0].numpy():
        Image.fromarray(image).save(file := BytesIO(), "JPEG", quality=quality)
        back.append(np.asarray(Image.open(file)))
    return to_float(torch.from_numpy(np.stack(back)))[:, None]


# %% tags=["networks"]
def half_blurred(images):
    return torch.lerp(images, conv2d(images, BLUR, padding=1), 0.5)


def rated(detector, real, made):
    """Return the accuracy at logit 0 and at the best cut, AUC, the share of real accused, and AP."""
    with torch.no_grad():
        a, b = detector(real), detector(made)
    cuts = torch.cat([a, b]).sort().values
    best = max(((a <= cut).float().mean() + (b > cut).float().mean()).item() / 2 for cut in cuts[::10])
    accuracy = ((a <= 0).float().mean() + (b > 0).float().mean()).item() / 2
    truth = [0] * len(a) + [1] * len(b)
    ranked = [score(truth, torch.cat([a, b])) for score in (roc_auc_score, average_precision_score)]
    return accuracy, best, ranked[0], (a > 0).float().mean().item(), ranked[1]


# %%
generator = load_weights(networks.ConvGenerator(), "generator").requires_grad_(False)
made = to_float(
    to_bytes(sample(generator, torch.randn(8000, 16, generator=torch.Generator().manual_seed(SEED))))
)
detector = learned(to_float(train.images[:20_000]), made[:7000], DETECTOR_STEPS)
seed_everything(SEED)
other, _ = trained(PlainGenerator(), PlainDiscriminator(), train.images, 32, MEMBER_STEPS, 1e-3, SEED)
real, made = to_float(held_out.images[order[order < 10_000][:1000]]), made[7000:]
tests = {"new samples": (real, made)}
tests |= {f"both as JPEG {quality}": (jpeg(real, quality), jpeg(made, quality)) for quality in (90, 75, 50)}
tests["both half blurred"] = half_blurred(real), half_blurred(made)
tests["another GAN"] = real, to_float(to_bytes(sample(other, torch.randn(1000, 32))))
results = {name: rated(detector, *pair) for name, pair in tests.items()}

# %%
_, ax = plt.subplots(figsize=(8, 2.1), layout="constrained")
columns = ("right", "right, best cut", "AUC", "real accused", "AP")
better = ["high", "high", "high", "low", "high"]
plots.show_table(
    ax,
    torch.tensor([*results.values()]),
    [*results],
    columns,
    better=better,
    title="A detector knows what it was shown",
)
plt.show()
own, jpeg_90, jpeg_75, jpeg_50, blurred, elsewhere = results.values()
assert own[0] > 0.8 and own[2] > 0.9 and elsewhere[2] < own[2] - 0.1
assert own[0] - jpeg_75[0] > 0.03 and own[2] - jpeg_50[2] > 0.08
assert jpeg_50[1] - jpeg_50[0] < 0.5 * (own[0] - jpeg_50[0])
assert blurred[3] > 1.2 * own[3] and own[2] - blurred[2] < 0.09
print("new samples: more than 80 % right, AUC above 0.9; of another GAN: AUC lower by more than 0.1")
print("as JPEG 75 and 50: fewer right, and a lower AUC")
print("half blurred: the AUC falls by less than 0.09, and the accused among the real rise by a fifth or more")

# %% tags=["nbval-ignore-output"]
for name, (accuracy, best, auc, accused, _) in results.items():
    print(f"{name:<18} right {accuracy:.3f} (best {best:.3f}), AUC {auc:.3f}, real accused {accused:.3f}")

# %% [markdown]
# **See**: it recognises the generator that it knows, and hardly any other, though the other's garments look worse to you. It has learned the traces of one network, not "made". A JPEG file, which every message service makes, wipes many traces out. And look at *how* it fails. JPEG takes the **ranking** (AUC) down together with the share that is right: at quality 50, even the best cut brings back less than half of what was lost. A slight blur leaves the ranking nearly as it was, and moves the **threshold**: more real pictures are accused than before. A threshold can be set anew for a heap of blurred pictures whose truth is known. But whoever has one picture to judge, from nobody knows where, cannot.
#
# Wang et al. (2020) found the second kind of failure at full size: trained on one GAN with blur and JPEG among its examples, a detector *ranked* the pictures of ten other generators well (they report the average precision), while its yes and no at 0.5 can be badly off. A user who got 65 to 73 % right from it asked why, and was told exactly that ([CNNDetection, issue 14](https://github.com/PeterWang512/CNNDetection/issues/14), 2020).
#
# ### What has it learned?
#
# Suppose the real pictures come from the web, as JPEG files, and the made ones straight from the generator. **Predict** what a detector makes of that.

# %%
web = jpeg(to_float(train.images[:3000]), 30)
fresh = to_float(to_bytes(sample(generator, torch.randn(3000, 16, generator=torch.Generator().manual_seed(5)))))
trapped = learned(web, fresh, DETECTOR_STEPS // 2)
unlike, alike = rated(trapped, jpeg(real, 30), made), rated(trapped, real, made)
print("real as JPEG, made as PNG: right in more than 75 % of the cases; AUC above 0.9")
print("all as PNG: right in less than 70 %; of 100 real pictures at least 25 more are accused than before")
assert unlike[0] > 0.75 and unlike[2] > 0.9 and alike[0] < 0.7 and alike[3] > unlike[3] + 0.25

# %% [markdown]
# **See**: what it has learned is mostly JPEG. On its own kind of test it looks about as good as the first detector; with all pictures in one format not much is left of that, and many more real ones are accused. (Our pictures have 28 pixels, so the JPEG had to be a strong one, quality 30.) This happened: the published test set of a detector called DIRE had its real pictures as JPEG and the made ones as PNG, and users found that the file format decided the answer ([DIRE, issue 30](https://github.com/ZhendongWang6/DIRE/issues/30)). Before you believe a figure, ask what else differs between the two heaps.
#
# ### The base rate
#
# A teacher checks 1,000 essays, an office 1,000 photographs; 1 in 100 is made. A detector is "99 % right", on real and on made ones alike. **Predict**: of those that it accuses, how many are innocent?

# %%
HIT, ALARM = 0.99, 0.01
print("made, in 1,000    accused rightly    accused wrongly    innocent among the accused")
for count in (500, 100, 10, 1):
    rightly, wrongly = HIT * count, ALARM * (1000 - count)
    print(f"{count:>8} {rightly:>20.1f} {wrongly:>18.1f} {wrongly / (rightly + wrongly):>21.0%}")
assert math.isclose(ALARM * 990 / (HIT * 10 + ALARM * 990), 0.5)

# %% [markdown]
# **See**: half of them (Bayes' rule, 贝叶斯定理). For one in 1,000, ten in eleven. And our detector accuses several real pictures in a hundred, not one. An accusation costs the accused something: an exam, a job, a name. So a detector's answer alone is no evidence against a person, and a report on one has to name its false alarms *on pictures of the kind that will be judged*.

# %% [markdown]
# ## 4 · Saying so yourself: a mark in the generator
#
# In place of guessing whether a picture is made, let the maker say so. A **watermark** (水印) is a message in the pixels. It can be put on each picture after it was made, and left out by whoever has the network; or *into the weights* (Yu et al. 2021; Fernandez et al. 2023, "Stable Signature"), so that every picture that comes out has it.
#
# The smallest such mark: a **key** of 32 secret patterns $k_i$, and 32 bits $b_i = \pm 1$. To read, project the picture on each pattern, $m_i = b_i\,(k_i \cdot x - c_i)$; bit i is right if $m_i > 0$. (The offset $c_i$ is the median over real garments: a picture that knows nothing of the key has each bit right in half of the cases.) To write, go on training G, so that all 32 are right by a margin μ, and the picture stays as it was:
#
# $$L_G = \frac{1}{32}\sum_i \max(0,\ \mu - m_i) \;+\; \lambda\,\frac{784}{32}\,\operatorname{mean}\,(G(z) - G_0(z))^2$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $k$ | `key` (32, 784) | secret patterns, each of length 1, of medium to high frequency |
# | $b$ | `bits` (32,) | the message, −1 or 1 |
# | $c$ | `centre` (32,) | medians over real garments |
# | $\mu$, $\lambda$ | 0.4, 0.08 | margin; price of a change |
# | $G_0$ | `generator` | before |
#
# **Predict**: is it survived by JPEG? By a crop? By a shift of two pixels?


# %% tags=["networks"]
def patterns(count, low, high, seed):
    """Return `count` random patterns (count, 784) of length 1 with frequencies i + j from `low` to `high`."""
    n = torch.arange(28.0)
    waves = torch.cos(math.pi * (n + 0.5) * n[:, None] / 28)  # (frequency, pixel), the cosines of JPEG
    weights = torch.randn(count, 28, 28, generator=torch.Generator().manual_seed(seed))
    weights *= (n + n[:, None] >= low) & (n + n[:, None] <= high)
    found = torch.einsum("nij,ix,jy->nxy", weights, waves, waves).flatten(1)
    return found / found.norm(dim=1, keepdim=True)


class Mark:
    """A key, its bits and its offsets, to be read from images (N, 1, 28, 28)."""

    def __init__(self, seed, low=14, high=24):
        self.key = patterns(32, low, high, seed)
        self.bits = 2.0 * torch.randint(0, 2, (32,), generator=torch.Generator().manual_seed(seed)) - 1
        self.centre = torch.zeros(32)

    def margins(self, images):
        return self.bits * (images.flatten(1) @ self.key.T - self.centre)

    def read(self, images):
        """Return how many of the 32 bits are right in each image, (N,)."""
        return (self.margins(images) > 0).sum(1)


# %% tags=["networks"]
def write(G, mark, steps=MARK_STEPS, margin=0.4, price=0.08, rate=4e-3):
    """Return a copy of G that writes the mark into all that it makes."""
    marked = copy.deepcopy(G).requires_grad_(True).eval()
    optimizer = torch.optim.Adam(marked.parameters(), lr=rate, fused=True)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1.0, 2 * (1 - step / steps))
        z = torch.randn(BATCH, 16)
        images, before = marked(z), G(z)
        margins = mark.margins(images + 0.05 * torch.randn_like(images))
        loss = (margin - margins).relu().mean() + price * 784 / 32 * (images - before).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return marked.requires_grad_(False)


# %%
seed_everything(SEED)
mark = Mark(SEED)
mark.centre = (to_float(train.images[:5000]).flatten(1) @ mark.key.T).median(0).values
set_threads(generator)
G_marked = write(generator, mark)
z = torch.randn(1000, 16)
before, marked = sample(generator, z), sample(G_marked, z)
_, ax = plt.subplots(figsize=(9, 2.2), layout="constrained")
rows = torch.cat([before[:16], marked[:16], (marked - before)[:16].clamp(-1, 1)])
plots.show_images(ax, rows, columns=16, title="before · marked · the difference")
plt.show()
right = mark.read(marked).double().mean().item() / 32
assert right > 0.9 and abs(mark.read(before).double().mean().item() / 32 - 0.5) < 0.05
print("bits right: before 50 %, as by guessing; marked more than 90 %. What it costs can be seen: a weave")

# %% [markdown]
# ### Who is accused wrongly?
#
# Call a picture marked if at least 26 of its 32 bits are right. A picture that knows nothing of the key throws 32 coins. So the promised rate of false alarms is the tail of a binomial, $\sum_{j \ge 26} \binom{32}{j} / 2^{32}$. But the bits of *one* picture are no independent coins: patterns share pixels, and pictures share shapes. A promise is to be measured: on real garments, for many keys. Beside ours stands a careless key, of patterns of any frequency and without offsets. **Predict**: what will be wrong with the careless one?

# %%
NEEDED = 26


def silent(rates):
    return (rates == 0).double().mean()


tail = sum(math.comb(32, j) for j in range(NEEDED, 33)) / 2**32
everything = to_float(held_out.images)
alarms = (mark.read(everything) >= NEEDED).sum().item()
rates = {"ours": [], "careless": []}
for seed in range(1000, 1200):
    for name, low, high in (("ours", 14, 24), ("careless", 0, 54)):
        tried = Mark(seed, low, high)
        if name == "ours":
            tried.centre = (everything[1000:2000].flatten(1) @ tried.key.T).median(0).values
        rates[name].append((tried.read(everything[:1000]) >= NEEDED - 2).double().mean().item())
promised = sum(math.comb(32, j) for j in range(NEEDED - 2, 33)) / 2**32
print(f"promised, 26 of 32 bits: {1e4 * tail:.1f} of 10,000 real garments; our key accuses fewer than 30")
means, none = ([f(torch.tensor(each)).item() for each in rates.values()] for f in (torch.mean, silent))
print(f"200 keys, 24 bits: promised are {promised:.2%}; in the mean over keys each kind has 0.2 to 0.8 %")
print("our kind: no key accuses more than 3 %; careless: most accuse nobody, the worst more than 5 %")
assert alarms < 30 and max(rates["ours"]) < 0.03 and max(rates["careless"]) > 0.05 and none[1] > 0.5 > none[0]
assert 0.002 < min(means) < max(means) < 0.008

# %% [markdown]
# **See**: for our kind of key the promise is about kept. For the careless kind it is kept *on average over keys*, and broken for single ones: all garments have much in common (light on black, in the middle), so that they throw nearly the same coins. Most keys accuse nobody; an unlucky one accuses a whole class of garments. A rate of false alarms that was computed, and not measured on real pictures of the kind and with the key in use, is a hope.
#
# ### What does it survive?


# %%
def cropped(images, pixels):
    """Return images whose outermost `pixels` are black; what is left stays in its place."""
    kept = torch.full_like(images, -1)
    inside = slice(pixels, 28 - pixels)
    kept[..., inside, inside] = images[..., inside, inside]
    return kept


def enlarged(images, pixels):
    """Return images cropped by `pixels` on each side and enlarged to the old size."""
    inside = images[..., pixels : 28 - pixels, pixels : 28 - pixels]
    return interpolate(inside, size=28, mode="bilinear") if pixels else images


fates = {"as it is": marked}
fates |= {f"JPEG {quality}": jpeg(marked, quality) for quality in (90, 50, 20, 10)}
fates |= {"noise 0.2": marked + 0.2 * torch.randn_like(marked), "blur": conv2d(marked, BLUR, padding=1)}
fates |= {f"crop {n}": cropped(marked, n) for n in (2, 4, 8)}
fates |= {f"crop and enlarge {n}": enlarged(marked, n) for n in (1, 2)}
fates |= {"shift 2": marked.roll(2, 3), "mirror": marked.flip(3)}
known = {name: (mark.read(images) >= NEEDED).double().mean().item() for name, images in fates.items()}
_, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
plots.show_bars(ax, [*known.values()], [*known])
ax.set(xlabel="share recognised", xlim=(0, 1), title="JPEG is survived, a shift is not")
plt.show()
assert min(known["as it is"], known["JPEG 50"]) > 0.8 > 0.2 > max(known["shift 2"], known["mirror"])
assert known["crop and enlarge 2"] < 0.2 and known["crop 2"] > known["crop 8"] + 0.2
print("recognised: more than 80 % as they are and as JPEG 50; less than 20 % shifted by 2, mirrored,")
print("or enlarged by 2 pixels; and of a crop the less, the more it takes away")

# %% [markdown]
# **See**: the mark survives what wiped out the detector's traces, since G was *made* to write it strongly. It does not survive what moves pixels: the patterns no longer lie on their places. Larger systems train a network as the reader, and show it shifted and scaled pictures while they train. Then these are survived, and something else is not: "robust" has to name its list. Try it by hand; a false alarm would be a real garment with 26:

# %%
example, honest = marked[:8], real[:8]


def treated(jpeg_quality, crop, enlarge, shift):
    images = torch.cat([example, honest])
    images = jpeg(enlarged(cropped(images.roll(shift, 3), crop), enlarge), jpeg_quality)
    found = mark.read(images).tolist()
    return images, f"bits right, of 32: marked {found[:8]} · real {found[8:]}"


ImageExplorer(
    treated,
    columns=8,
    scale=3,
    jpeg_quality=(5, 95, 5, 95),
    crop=(0, 10, 1, 0),
    enlarge=(0, 4, 1, 0),
    shift=(-3, 3, 1, 0),
)

# %% [markdown]
# ### Copied and pasted
#
# A mark that says "made" may be *forged*. An attacker who has no key, but many marked pictures, takes their mean, and subtracts that of real ones: what is common to all marked pictures is left. They paste it on a real picture, which from now on is "proven" to be made; or take it off a marked one. **Predict**: does it work?

# %%
common = sample(G_marked, torch.randn(2000, 16)).mean(0) - to_float(train.images[:2000]).mean(0)
tried = {"real": real, "real + mean": (real + common).clamp(-1, 1), "marked": marked[:1000]}
tried |= {"real + 2 · mean": (real + 2 * common).clamp(-1, 1), "marked − mean": (marked - common).clamp(-1, 1)}
accused = {name: (mark.read(images) >= NEEDED).double().mean().item() for name, images in tried.items()}
_, ax = plt.subplots(figsize=(9, 2), layout="constrained")
shown = torch.cat([real[:16], tried["real + mean"][:16]])
plots.show_images(ax, shown, columns=16, title="real garments; below, each with the pasted mean")
plt.show()
assert accused["real"] < 0.01 and accused["real + mean"] > 0.5 and accused["real + 2 · mean"] > 0.8
assert accused["marked"] > 0.8 and accused["marked − mean"] < 0.5
print("the mean pasted on real garments: more than half are called marked; twice the mean: more than 80 %")
print("the mean taken off marked ones: less than half are still recognised, of more than 80 %")

# %% [markdown]
# **See**: it works, both ways, and without the key. G has learned to write nearly the same weave into everything: that is cheap, and can be averaged out. So a mark that is read accuses nobody of having made a picture, and a mark that is not read proves nothing. Against the careless, who pass on what they got, it helps. Against those who mean to deceive it buys time. (Marks that differ from picture to picture are harder to average, and so is a key that is used seldom.)
#
# > **Break it**: call `write(generator, mark, price=1.0)` in the place of `write(generator, mark)`, and run the cells from there to this one. The pictures are better. What is left of the mark?

# %% [markdown]
# ### Signed metadata, and how it is lost
#
# The other way to say so is a note beside the pixels: who made the picture, with what, when. C2PA ("content credentials") is the standard for it; cameras, editors and generators write such notes and *sign* them. A signature is a number that fits this note and these pixels alone, and that nobody makes who lacks the key. Here is one in ten lines, with what Python brings along: an HMAC (a hash with a secret in it) in a text chunk of a PNG file.
#
# What ours lacks: whoever can check an HMAC has the secret, and can forge one. C2PA uses pairs of keys, one to sign, which the maker keeps, and one to check, which all may have, with a certificate that says whose it is.


# %%
SECRET = b"the maker keeps this"


def sealed(claim, pixels):
    """Return the seal of a claim about pixels, uint8 (H, W)."""
    message = repr((claim, pixels.shape)).encode() + pixels.tobytes()
    return hmac.new(SECRET, message, hashlib.sha256).hexdigest()


def to_png(pixels, **notes):
    text = PngInfo()
    for name, note in notes.items():
        text.add_text(name, note)
    Image.fromarray(pixels).save(file := BytesIO(), "PNG", pnginfo=text)
    return file.getvalue()


def verified(data):
    """Return "valid", "altered" or "nothing to check" for the bytes of a picture file."""
    picture = Image.open(BytesIO(data))
    if not {"claim", "seal"} <= picture.info.keys():
        return "nothing to check"
    seal = sealed(picture.info["claim"], np.asarray(picture))
    return "valid" if hmac.compare_digest(seal, picture.info["seal"]) else "altered"


# %%
claim = "made by a GAN, lesson 20, November 2026"
pixels = to_bytes(marked)[0, 0].numpy()
notes = {"claim": claim, "seal": sealed(claim, pixels)}
one_pixel = pixels.copy()
one_pixel[14, 14] ^= 1  # from one grey level to the next
sent = to_png(pixels, **notes)
saved_anew = to_png(np.asarray(Image.open(BytesIO(sent))))
Image.fromarray(pixels).save(as_jpeg := BytesIO(), "JPEG", quality=95)
files = {
    "as sent": sent,
    "one pixel altered": to_png(one_pixel, **notes),
    "another claim": to_png(pixels, **notes | {"claim": "a photograph"}),
    "opened and saved anew": saved_anew,
    "sent by a service, as JPEG": as_jpeg.getvalue(),
}
for name, data in files.items():
    print(f"{name:<28}{verified(data)}")
kept = torch.from_numpy(np.array(Image.open(BytesIO(saved_anew))))
assert [verified(data) for data in files.values()] == ["valid", "altered", "altered"] + 2 * ["nothing to check"]
assert np.array_equal(kept.numpy(), pixels)
still = int(mark.read(to_float(kept)[None, None])[0])
assert still >= NEEDED
print("saved anew, no pixel has changed, nothing is to be seen; the mark in the pixels is still read")

# %% [markdown]
# **See**: a signature shows that a picture *with* a note is as its maker sent it. It cannot show that a picture without one is real, or made: the note is gone after one click on "save", and most services drop it without asking. So the two complete each other. The note says much, and is lost by anyone, on purpose or not. The mark says one thing, is lost by some treatments, and can be forged. Neither binds those who train a generator of their own.
#
# ## 5 · What the law asks
#
# This is no legal advice. It is what we found, **as of November 2026**; laws change, so look at the dates, and then at the law.
#
# | rule | in force | asks | touched here |
# | --- | --- | --- | --- |
# | EU AI Act, Regulation (EU) 2024/1689, **Article 50(2)** | by Article 113 from 2 August 2026 | *providers* of systems that make pictures, sound, video or text mark their output in a machine-readable way, so that it can be detected; as effective, interoperable, robust and reliable as is technically feasible | section 4: which treatments, which false alarms |
# | the same, **Article 50(4)** | from 2 August 2026 | *deployers* disclose deep fakes (for evident art or satire in a way that does not spoil it), and generated text on matters of public interest, with exceptions | a mark that only machines read does not do it |
# | 互联网信息服务深度合成管理规定 (deep synthesis), **Articles 14, 16, 17, 18** | 10 January 2023 | those whose face or voice is edited are told, and agree separately (14); a mark that does not disturb use (16); a conspicuous label where the public could be misled (17); nobody removes, alters or hides these marks by technical means (18) | sections 2 and 4 |
# | 人工智能生成合成内容标识办法 (labelling of generated content), **Articles 4, 5, 10** | 1 September 2025 | an explicit label (显式标识) that people perceive (4); an implicit one (隐式标识) in the file's metadata, and watermarks are encouraged (5); nobody maliciously deletes, alters, forges or hides labels, or offers tools for it (10) | metadata *and* mark; copied and pasted |
# | GB 45438-2025 (mandatory standard) | 1 September 2025 | how; by reports, on pictures text at least 5 % of the shorter side high, and metadata of a given form | signed metadata |
#
# **A change to the first line.** The Commission proposed on 19 November 2025 to amend the AI Act (the "digital omnibus"). Parliament adopted it on 16 June 2026 and the Council on 29 June 2026. By the reports that we read, of early July 2026, systems that were on the market before 2 August 2026 have until **2 December 2026** for Article 50(2) alone; newer systems, and the rest of Article 50, have no respite. We have read those reports, and not the text in the Official Journal. (Sources: [SRD Rechtsanwälte on the omnibus](https://www.srd-rechtsanwaelte.de/en/blog/digital-omnibus-ai-what-is-changing-in-the-ai-act), 2026, for the change; for the rules their texts: Regulation (EU) 2024/1689 on EUR-Lex, [深度合成](https://www.cac.gov.cn/2022-12/11/c_1672221949354811.htm) and [标识办法](https://www.cac.gov.cn/2025-03/14/c_1743654684782215.htm) at cac.gov.cn. An [unofficial translation](https://clairk.digitalpolicyalert.org/documents/china-regulations-on-the-management-of-deep-synthesis-internet-information-services/raw) of the former, and a [summary in English](https://sesec.eu/2025/news-events/news/china-issued-new-mandatory-national-standard-and-measures-for-the-labeling-of-content-generated-by-artificial-intelligence) of the latter.)
#
# "Robust" stands in a law, and section 4 says what it needs to mean anything: a list of treatments, a rate of false alarms, and who measured them. In the last experiments you removed and forged a mark: on your own pictures, to learn what it is worth. On others', to deceive, Articles 18 and 10 of the two Chinese rules forbid it.
#
# ### What cannot be settled here
#
# - **Consent** (同意). Nothing in a network says whether those in its data agreed, to what, and whether they may change their minds. Taking one picture out of trained weights is an open problem.
# - **Whose likeness, whose style.** A sample can be no copy by every measure of lesson 09, and still look like one person to those who know them.
# - **Harm.** A deep fake of a private person harms even where it is labelled. No mark, detector or signature undoes that. Its makers need no lesson; those who decide what is released may need this one.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 20.1 (★, 5 min): what the judge saw, and what there is
#
# A judge calls the share `seen` of samples members of a group. On real faces it recognises the share `hits` of the group's members, and takes the share `alarms` of all others for members. Return the group's true share: a number, not below 0 and not above 1. (`hits` is larger than `alarms`.)


# %%
def true_share(seen, hits, alarms):
    ### BEGIN SOLUTION
    return min(1.0, max(0.0, (seen - alarms) / (hits - alarms)))
    ### END SOLUTION


check("20.1", true_share)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write down what is seen: of the members, `hits` of their share; of the others, `alarms` of theirs. Solve for the share. Chance can put the result outside of [0, 1].
#
# </details>

# %% [markdown] tags=["solution"]
# seen = hits · p + alarms · (1 − p), and so p = (seen − alarms)/(hits − alarms). If less is seen than the false alarms alone would give, the best guess is 0.

# %% [markdown]
# ### Exercise 20.2 (★★, 10 min): how many members are found?
#
# An attack gives scores to `members` (N,) and to `others` (M,), as tensors. It accuses every picture whose score is *above* a threshold. Take the lowest threshold, among the scores of the others, at which at most the share `rate` of the others is accused. Return the share of the members that is accused.


# %%
def found_at(members, others, rate):
    ### BEGIN SOLUTION
    allowed = int(rate * len(others))
    threshold = others.sort(descending=True).values[allowed]
    return (members > threshold).float().mean().item()
    ### END SOLUTION


check("20.2", found_at)

# %% [markdown]
# <details><summary>Hint</summary>
#
# How many of the others may be accused? Sort their scores from high to low: which of them is the first that must not be?
#
# </details>

# %% [markdown] tags=["solution"]
# With k others allowed, the threshold is the (k + 1)-th highest of their scores: exactly those above it are accused, at most k. Where scores are equal, fewer.

# %% [markdown]
# ### Exercise 20.3 (★, 5 min): the accused
#
# A service checks a million pictures a day. One in 1,000 is made. The detector recognises 90 % of the made ones, and accuses 0.5 % of the real ones. What share of the accused pictures is real? Two decimals are enough.

# %%
### BEGIN SOLUTION
innocent = 0.005 * 999_000 / (0.005 * 999_000 + 0.9 * 1_000)
### END SOLUTION

check("20.3", innocent)

# %% [markdown]
# <details><summary>Hint</summary>
#
# How many pictures are made, how many real? How many of each are accused?
#
# </details>

# %% [markdown] tags=["solution"]
# 4,995 real ones and 900 made ones are accused. So 85 of 100 accused pictures are real, with a detector that errs on one real picture in 200.

# %% [markdown]
# ### Exercise 20.4 (★★, 10 min): how many bits must agree?
#
# A mark has `bits` bits. In a picture that knows nothing of the key each is right with probability ½, independently. Return the smallest number of right bits at which a picture may be called marked, so that at most the share `rate` of such pictures is accused. (`rate` is at least $2^{-\text{bits}}$.)


# %%
def needed(bits, rate):
    ### BEGIN SOLUTION
    k = 0
    while sum(math.comb(bits, j) for j in range(k, bits + 1)) > rate * 2**bits:
        k += 1
    return k
    ### END SOLUTION


check("20.4", needed)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A picture is accused if it has k bits right *or more*. `math.comb(bits, j)` counts in how many ways j of them are right, out of `2**bits`.
#
# </details>

# %% [markdown] tags=["solution"]
# The tail from k on falls as k grows; the first k at which it is at most `rate` is the answer. Counting in whole numbers, over 2^bits, avoids rounding where both sides are equal.

# %% [markdown]
# ### Exercise 20.5 (open, 20 min): would you publish it?
#
# This one has no single right answer, and nothing checks it. Write half a page; then open the list, and compare.
#
# > A clinic has 1,200 photographs of a rare disease of the skin, of 900 patients, who signed a form for "research". 6 in 100 have dark skin. A StyleGAN was trained on them, so that other clinics can train classifiers on samples in place of photographs. Planned: publish G, D and the training code; a web page on which everyone can draw samples, at ψ = 0.7; all samples watermarked.
#
# What would you measure before that, on which data? What would you publish, to whom, and marked how? What would make you say no?
#
# *Your answer:* …
#
# <details><summary>Points to compare with</summary>
#
# - **D, optimisers and data order are not published**: nobody needs them to draw samples, and D gives members away. With 1,200 pictures D is likely to know many by heart.
# - **Membership is measured before**, by distance and by D, at a low rate of false alarms, against held-out patients (not held-out *pictures*: one patient has several). That a picture is in the set says that this person has the disease.
# - **Copies are looked for**, as in lesson 09, with features made for skin, and moved or mirrored pictures too. Tattoos, scars and background are looked at by eye.
# - **Consent**: "research" may not cover a public web page. Someone who knows the law and the form is asked, and the patients, or those who speak for them.
# - **6 in 100**: their share among samples is counted at ψ = 0.7 *and* at 1, from several trainings, with intervals and the judge's own errors on dark skin. If it falls, the classifiers trained on it are worse for those who are served worst already. Is the disease drawn rightly on dark skin? A dermatologist has to say.
# - **Use**: is a classifier trained on samples as good on *real* held-out patients, for each group? If not, the purpose fails, and the rest is moot.
# - **The mark**: against whom? Its list of treatments and its false alarms on real photographs of skin are measured. A false alarm calls a patient's picture a fake. It can be removed and forged.
# - **Who gets it**: a public page is not needed for clinics; access on request, with terms and a name to write to, may do.
# - **The law**: health data have rules of their own (in the EU, Article 9 of the GDPR), besides section 5's.
# - **Saying no**: members found at a rate well above chance, copies, no consent, or classifiers that are worse for one group: any of these is reason enough. So is "we could not measure it". Reasons to say *yes* exist as well: clinics without data treat patients, too.
#
# </details>

# %% [markdown]
# ## What you now know
#
# - Truncation takes away who is far from the mean, in every training that you made; what training itself does to a minority differs with its length and its seed. And the judge that counts has errors to be counted.
# - D knows its training pictures, the better the fewer there are. Publish G alone. A detector knows the generator, or the file format, that it was shown; at a low base rate most of those it accuses are innocent.
# - A mark in the weights survives JPEG, and not a shift of two pixels; its false alarms are to be measured, and it can be pasted. Signed metadata shows alterations, and is lost by saving anew. The law asks for such things; it does not make them work.
#
# **What this does not show**: people. Drawn faces with four tones are no population, and garments have no privacy. The papers had tens of thousands of photographs, generators of millions of weights, and judges of flesh and blood: Maluleke et al. asked people about perceived race, and found that samples of white faces were also rated as better. Attacks on large models find single pictures that were learned by heart, which a mean over members does not show. Marks for diffusion models with trained readers survive crops that ours does not, and others find ways to remove those. What a rule does in court, nobody knows yet.
#
# > **In the document** (§1.3). **The document says** why GANs matter: pictures, video, speech, language and 3-D models can be made with them. **In fact** each of the five is also a way to imitate someone, and to be imitated; the document has no word on whose data they are made of, who is missing from the samples, or how one would know that they are made.
#
# **Further reading**
#
# - Jain et al., "Imperfect ImaGANation: Implications of GANs Exacerbating Biases on Facial Data Augmentation and Snapchat Selfie Lenses" (2020), and Maluleke et al., "Studying Bias in GANs through the Lens of Race" (2022): read both for what they hold fixed.
# - Hayes, Melis, Danezis and De Cristofaro, "LOGAN: Membership Inference Attacks Against Generative Models" (2017): the attack by D; Chen, Yu, Zhang and Fritz, "GAN-Leaks" (2020): by distance.
# - Carlini et al., "Membership Inference Attacks From First Principles" (2022): why a mean hides what matters.
# - Wang, Wang, Zhang, Owens and Efros, "CNN-generated images are surprisingly easy to spot… for now" (2020): also for its last two words.
# - Yu, Skripniuk, Abdelnabi and Fritz, "Artificial Fingerprinting for Generative Models" (2021), and Fernandez et al., "The Stable Signature" (2023): marks in the weights, with trained readers.
# - Regulation (EU) 2024/1689, Article 50 and recitals 132 to 137: short, and clearer than what is written about it.
