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
# # 18 · The life of a model: trained before, adapted, asked, and taught again
#
# **You will** teach a trained pair of networks a new garment from a hundred images in five ways, catch D learning them by heart, see an augmentation leak into what G makes, and watch a generator forget one class after the other.
#
# **Needs** lessons 06 and 09; 11 for conditions, 08 for R1. Section 6 asks lesson 16's GPT.
#
# **Time** 55 minutes to read and play, and 30 for the exercises; the notebook computes for about 2½ minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §2.3 核心概念的整体架构, the document's last chart of concepts.
#
# **Papers** Wang et al. 2018 (transferring GANs) · Mo et al. 2020 (FreezeD) · Hu et al. 2021 (low-rank adaptation) · Karras et al. 2020 (adaptive augmentation) · Zhao et al. 2020 (differentiable augmentation) · Kirkpatrick et al. 2017 (elastic weight consolidation) · Seff et al. 2017 (the same for GANs)

# %% [markdown]
# ## The question
#
# A model is seldom trained once and then left alone. It is trained on much, adapted to little, asked for things, and some day has to learn something new. The document's chart of §2.3 shows that life, box by box. But its boxes speak of *language* models; no G, no D and no z occur in it.
#
# What is each box for a GAN? Most have an answer that works, some have one that fails, and one has none; section 7 says which. Here is the chart, with the section that looks into each box:
#
# | box of the chart | for a GAN | section |
# | --- | --- | --- |
# | 预训练 pre-training | train G *and* D on much | 1 |
# | 全参数微调 full fine-tuning | go on with all weights | 2 |
# | 参数高效微调 parameter-efficient fine-tuning | train few weights: freeze some of D, or change G by matrices of low rank | 2 |
# | 下游任务适应 adapting to a task | a hundred images, and a D that knows them by heart | 2, 3, 4 |
# | 持续学习, 模型更新 continual learning, updates | one class after the other | 5 |
# | 提示学习, 零样本, 少样本 prompts, zero and few examples | ask with a condition, or search for one | 6 |

# %%
from gan_lessons import losses, metrics, networks, plots  # before torch: it says how torch's threads wait

import copy
import math
from itertools import islice

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn.functional import affine_grid, conv2d, cross_entropy, grid_sample, linear
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import Batches, digits, fashion_mnist, poems, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard

# %% tags=["parameters"]
SEED = 0
IMAGES = 100  # of the new garment
BATCH = 32
STEPS = 300  # of each adaptation
RANK = 4  # of the change of G's weights
TARGET = 0.2  # of r_t, which steers the augmentation
FLIP_STEPS = 200  # of each training of section 4
TASK_STEPS = 200  # for each digit of section 5
SHARES = (0.5, 0.125, 0.0)  # of replayed digits in a batch
PRICES = (100.0, 10.0, 1.0, 0.0)  # of a change of weights that mattered

# %% [markdown]
# ## 1 · Trained before
#
# The pair of networks of lesson 06 was trained for 4,000 steps on *eight* of Fashion-MNIST's ten classes (`python data/checkpoints/train_pretrained.py`). It has never seen a bag or an ankle boot. Both networks are kept, since D is to learn the new task, too.


# %%
def pretrained():
    """Return G and D as they were trained on eight kinds of garments, ready to learn."""
    pair = load_weights(
        nn.ModuleDict({"G": networks.ConvGenerator(), "D": networks.ConvDiscriminator()}), "pretrained"
    )
    return pair["G"].train(), pair["D"].train()


def make(G, count=1000):
    """Return `count` images of G in eval mode, always from the same z."""
    mode = G.training
    with torch.no_grad():
        images = G.eval()(torch.randn(count, 16, generator=torch.Generator().manual_seed(1)))
    G.train(mode)
    return images


G, D = pretrained()
made = make(G)
kinds = metrics.predicted_classes(made)[0].bincount(minlength=10) / len(made)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.9), layout="constrained")
plots.show_images(left, made[:24], columns=8, title="made by the trained G")
plots.show_bars(right, kinds, fashion_mnist().classes)
right.set(xlabel="share", title="what the judge sees in 1,000")
plt.show()
BAG, BOOT = 8, 9
print("seen in less than 2 % of its images: bags and ankle boots together")
assert kinds[[BAG, BOOT]].sum() < 0.02

# %% [markdown]
# **See**: it makes what it was shown; the two kinds that it was not shown hardly occur.
#
# Now the new task: **a hundred ankle boots**. The judge's 64 features tell us how near we are: FD, precision and recall (lesson 09) of 1,000 made images against the 1,000 test images of boots, and the share of *copies*. For these, a thousand other boots are set aside. Of them, 1 in 100 lies within some small distance of one of the hundred; which share of the made boots does? Where nothing is copied that is about 1 %, too. (The boots that are set aside come back in section 3.)

# %%
train, test = fashion_mnist(), fashion_mnist(train=False)
boots = train.images[train.labels == BOOT]
boots = boots[torch.randperm(len(boots), generator=torch.Generator().manual_seed(SEED))]
hundred, many, aside = boots[:IMAGES], boots[:5000], boots[-1000:]
test_features, aside_features = (
    metrics.features(to_float(some)) for some in (test.images[test.labels == BOOT], aside)
)


def scores(images, known):
    """Return FD, precision, recall and the share of copies of `known` for 1,000 images."""
    features, known = metrics.features(images), metrics.features(to_float(known))
    precision, recall = metrics.precision_recall(features, test_features)
    copies = metrics.distance_to_training(features, known, aside_features).closer
    return metrics.frechet_distance(features, test_features), precision, recall, copies


floor, before = scores(to_float(many[-1000:]), hundred), scores(make(G), hundred)
assert floor[0] < 0.3 < 50 < before[0]
print("FD of real boots is below 0.3, of what the trained G makes above 50")

# %% [markdown]
# ## 2 · Five ways to learn from a hundred images
#
# 1. **From scratch** (从头训练): forget the trained pair, and begin with random weights.
# 2. **All weights** (全参数微调): go on from the trained pair.
# 3. **FreezeD** (Mo et al. 2020): the same, but the first layers of D stay as they are. They see edges and textures, which boots have too, and there are fewer weights left with which to learn a list.
# 4. **Low rank** (低秩适应, Hu et al. 2021, made for language models): G's weights stay, and each layer gets a *change* of low rank. (The rank of a table says how many independent rows it has; a product of a tall table and a flat one has no more than the flat one has rows.)
# 5. **All weights, augmented** (数据增强): D sees every image, real or made, shifted, brightened or cut into, by chance.
#
# A layer's weight $W$ is a table with a row for each output and a column for each input (the kernel's places count as inputs). With $o$ outputs and $i$ inputs, its change is a product of two thin tables, $r$ wide:
#
# $$W' = W + BA, \qquad B \in \mathbb R^{o \times r},\quad A \in \mathbb R^{r \times i}$$
#
# | symbol | code | |
# | --- | --- | --- |
# | $W$ | `layer.weight` | frozen, $o \times i$ |
# | $A$ | `self.a` | random, $r \times i$ |
# | $B$ | `self.b` | zero at first, so that the layer begins as it was, $o \times r$ |
#
# Only $r(o + i)$ numbers are trained in place of $o \cdot i$.


# %% tags=["networks"]
class LowRank(nn.Module):
    """A frozen linear or convolutional layer whose weight is changed by a product of two thin tables."""

    def __init__(self, layer, rank):
        super().__init__()
        self.layer = layer.requires_grad_(False)
        outputs, inputs = layer.weight.flatten(1).shape
        self.a = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x):
        weight = self.layer.weight + (self.b @ self.a).view_as(self.layer.weight)
        if isinstance(self.layer, nn.Linear):
            return linear(x, weight, self.layer.bias)
        return conv2d(x, weight, self.layer.bias, padding=self.layer.padding)


def trained_weights(net):
    """Return how many numbers of `net` are trained."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def low_rank(net, rank):
    """Put a `LowRank` around each linear and convolutional layer of `net`, and return it."""
    for name, child in net.named_children():
        if isinstance(child, (nn.Linear, nn.Conv2d)):
            setattr(net, name, LowRank(child, rank))
        else:
            low_rank(child, rank)
    return net


# %%
seed_everything(SEED)
G, D = pretrained()
z = torch.randn(8, 16)
before_change = G.eval()(z)
whole = trained_weights(G)
low_rank(G, RANK)
assert torch.allclose(G(z), before_change, atol=1e-5)
print("trained weights of G:", f"{whole:,} in full, {trained_weights(G):,} with changes of rank {RANK}")

# %% [markdown]
# Most of these numbers are in G's first layer, a table of 3,136 × 16: a change of rank 4 takes 4 × (3,136 + 16) = 12,608. (BatchNorm's scales and shifts are trained too.)
#
# **Augmentation** has to be part of D's eyes: `D(T(x))` for real *and* made images, with T by chance and differentiable, since G learns through it. Section 4 shows what happens otherwise. Each of the three parts of T is done with probability `p`:


# %% tags=["networks"]
class Augment(nn.Module):
    """Shift images (N, 1, 28, 28) by up to 3 pixels, change their light, cut a square out: each with chance p."""

    def __init__(self, p=0.0):
        super().__init__()
        self.p = p

    def forward(self, x):
        if self.p == 0:
            return x
        n = len(x)
        chosen = (torch.rand(3, n, 1, 1, 1) < self.p).float()
        move = torch.eye(2, 3).repeat(n, 1, 1)
        move[:, :, 2] = torch.randint(-3, 4, (n, 2)) * 2 / 28 * chosen[0, :, 0, 0]
        light = grid_sample(x + 1, affine_grid(move, list(x.shape), False), "nearest", align_corners=False)
        light = light * torch.exp(0.4 * torch.randn(n, 1, 1, 1) * chosen[1])
        middle, places = torch.randint(0, 28, (2, n, 1)), torch.arange(28)
        rows, columns = ((places - each).abs() < 6 for each in middle)
        square = (rows[:, :, None] & columns[:, None, :])[:, None] * chosen[2]
        return (light * (1 - square) - 1).clamp(max=1)


# %%
seed_everything(SEED)
eight = to_float(hundred[:8])
shown = torch.cat([eight, Augment(0.8)(eight), Augment(0.8)(eight)])
_, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
plots.show_images(ax, shown, columns=8, title="eight of the hundred boots; and as D may see them, twice")
plt.show()
assert torch.equal(Augment(0)(shown), shown) and not torch.equal(Augment(0.8)(shown), shown)
print("with p = 0 the images are as they were; with p = 0.8 most of them are shifted, brightened or cut")

# %% [markdown]
# How strong? Karras et al. (2020) let D tell. While D learns, look at how often it calls *training* images real:
#
# $$r_t = \mathbb E\big[\operatorname{sign} D(T(x_{\text{train}}))\big]$$
#
# 0 is a coin's answer: as many are called real as made; at 1 all are called real. Where $r_t$ is above a target, p is raised a little, and lowered where it is below. Karras et al. aim at 0.6. Our D is small and held by a strong R1, and seldom that sure, so we aim at `TARGET = 0.2`. All of it in one class, which the five ways share ($r_t$ is taken over the last 8 batches, p moves by 0.01 a step and stays below 0.8; both learning rates fall to 0 over the second half):


# %% tags=["networks"]
def players(way):
    """Return G and D for one of the five ways, with what is not to learn frozen."""
    if way == "from scratch":
        return networks.ConvGenerator(), networks.ConvDiscriminator()
    G, D = pretrained()
    if way == "FreezeD":
        D.layers[:4].requires_grad_(False)  # two of its three convolutions
    if way == "low rank":
        low_rank(G, RANK)
    return G, D


class Adaptation:
    """G and D on the way to new images; `watched` holds D's opinion every 30 steps, and `p` the augmentation's."""

    def __init__(self, way, images, adaptive=False, steps=STEPS, seed=SEED):
        seed_everything(seed)
        self.G, self.D = players(way)
        set_threads(self.G, self.D)
        self.images, self.adaptive, self.steps, self.seed = images, adaptive, steps, seed
        self.augment, self.rate, self.p = Augment(), 0.01, []
        self.average = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True)
        self.opts = [
            torch.optim.Adam([p for p in net.parameters() if p.requires_grad], 4e-3, (0.0, 0.99), fused=True)
            for net in (self.D, self.G)
        ]
        self.plans = [LambdaLR(opt, lambda step: min(1.0, 2 * (1 - step / steps))) for opt in self.opts]
        self.watched, self.signs = [], []


# %% tags=["networks"]
def opinion(D, average, images):
    """Return D's mean logit of the training images, of real ones that were set aside, and of made ones."""
    with torch.no_grad():
        real = [D(to_float(some[:250])).mean().item() for some in (images, aside)]
        return *real, D(make(average, 250)).mean().item()


# %% tags=["networks"]
def steps_of(adaptation, pair=losses.non_saturating):
    """Return the iterator that trains it."""
    a, penalty = adaptation, losses.Lazy(losses.r1(1.0), every=8)
    seen = nn.Sequential(a.augment, a.D)  # what D is shown, real or made

    def d_update(real):
        if a.adaptive:
            with torch.no_grad():
                a.signs = [*a.signs[-7:], seen(real).sign().mean().item()]
            a.augment.p = min(
                max(a.augment.p + a.rate * (1 if sum(a.signs) > TARGET * len(a.signs) else -1), 0), 0.8
            )
        a.p.append(a.augment.p)
        return d_step(a.G, seen, a.opts[0], pair, real, torch.randn(BATCH, 16), penalty=penalty)

    def g_update(real):
        logs = g_step(a.G, seen, a.opts[1], pair, torch.randn(BATCH, 16))
        a.average.update_parameters(a.G)
        for plan in a.plans:
            plan.step()
        if len(a.p) % 30 == 0:
            a.watched.append(opinion(a.D, a.average, a.images))
        return logs

    return islice(adversarial_steps(Batches(a.images, BATCH, a.seed), d_update, g_update), a.steps)


# %% [markdown]
# **Predict** before you run: which of the five ends with the lowest FD? Is the start from scratch behind the others?

# %%
ways = {"from scratch": Adaptation("from scratch", hundred)}
board = LossBoard(STEPS, sample=lambda: make(ways["from scratch"].average, 16))
for logs in board.watch(steps_of(ways["from scratch"])):
    board.update(logs)

# %%
ways["all weights"] = Adaptation("all weights", hundred)
board = LossBoard(STEPS, sample=lambda: make(ways["all weights"].average, 16))
for logs in board.watch(steps_of(ways["all weights"])):
    board.update(logs)

# %% [markdown]
# Two boards are enough to look at; the other ways train without, and so does a sixth run for comparison: all weights again, from *5,000* boots.

# %%
others = {
    "FreezeD": ("FreezeD", hundred, False),
    "low rank": ("low rank", hundred, False),
    "augmented": ("all weights", hundred, True),
    "5,000 images": ("all weights", many, False),
}
for name, settings in others.items():
    ways[name] = Adaptation(*settings)
    for _ in steps_of(ways[name]):
        pass
    print(f"{name}: trained")

# %%
table = torch.tensor(
    [[trained_weights(a.G), trained_weights(a.D), *scores(make(a.average), hundred)] for a in ways.values()]
)
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), width_ratios=(3, 2), layout="constrained")
plots.show_table(
    left, table, [*ways], ["weights of G", "of D", "FD", "precision", "recall", "copies"],
    better=["low", "low", "low", "high", "high", "low"],
    form=["{:,.0f}", "{:,.0f}", "{:.1f}", "{:.2f}", "{:.2f}", "{:.3f}"],
    title="a hundred boots in five ways, and 5,000",
)  # fmt: skip
shown = torch.cat([make(a.average, 8) for a in ways.values()])
plots.show_images(right, shown, columns=8, title="a row each, in the order of the table")
plt.show()

fd, recall, copied = ({name: row[k].item() for name, row in zip(ways, table)} for k in (2, 4, 5))
assert max(fd["all weights"], fd["5,000 images"]) < 0.8 * fd["from scratch"]
assert fd["low rank"] > fd["all weights"] and max(copied.values()) < 0.05
print("FD: all weights, and 5,000 images, below 0.8 × from scratch; low rank above all weights;")
print("copies: below 5 % everywhere")

# %% [markdown]
# **See**: the trained pair is worth something: with the same hundred boots and the same steps its FD is lower than that of the start from scratch. Look at what else is there:
#
# - **FreezeD** trains fewer weights of D. Its authors found it better, for large networks and other data. Here it was not: of ten seeds that we tried its FD was the lower one with none, though often by very little.
# - **Low rank** trains less than a quarter of G's weights, and has a higher FD after the same steps. It is for those who keep a G for each of many tasks: 17,072 numbers a task in place of 77,204. For a G of this size, nobody needs it.
# - **Augmentation** is no clear gain in FD here. Look for it in the next section.
# - More *images*: look at the last row. With 5,000 boots FD was lower than with a hundred and all weights for nine of ten seeds.
#
# And the copies? All rows are near the 1 % that real boots have: a hundred boots, seen 96 times each, are not handed out again. (Lesson 20 trains on fewer images.)

# %% [markdown]
# ## 3 · What D knows by heart
#
# D sees the same hundred boots, 32 of them at each step: each boot 96 times in 300 steps. What it learns about *boots* helps G; what it learns about *these* boots does not. The boots that were set aside tell the two apart, since D has not been shown them. If D calls them what it calls training images, it has learned boots; if it calls them what it calls made ones, it has learned a list:
#
# $$r_v = \frac{\mathbb E\,D(x_{\text{train}}) - \mathbb E\,D(x_{\text{aside}})}{\mathbb E\,D(x_{\text{train}}) - \mathbb E\,D(G(z))}$$
#
# 0 is a D that does not know which real images it was shown; 1 is one that takes new boots for made ones. (The figure cuts it off at −0.2 and 1.2.)
#
# **Predict**: how large is $r_v$ at the end for a hundred images? For 5,000? And will FreezeD or augmentation hold it down?


# %% tags=["networks"]
def by_heart(watched):
    """Return r_v of D's opinions (training, aside, made), (…, 3)."""
    known, new, made = torch.as_tensor(watched).unbind(-1)
    return (known - new) / (known - made)


# %%
steps = torch.arange(1, STEPS // 30 + 1) * 30
fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3), layout="constrained")
lines = dict(zip(ways, ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 3)))))
for name, a in ways.items():
    left.plot(steps, by_heart(a.watched).clamp(-0.2, 1.2), linestyle=lines[name], label=name)
left.axhline(0, color="gray", lw=0.8)
left.set(xlabel="step", ylabel="r_v", title="how much of D's opinion is a list")
left.legend(fontsize="small", ncols=2)
for name, line in (("augmented", "-"), ("all weights", "--")):
    right.plot(ways[name].p, line, label=name)
right.set(xlabel="step", ylabel="p", ylim=(-0.05, 0.85), title="how often D's view is changed")
right.legend()
plt.show()
at_the_end = {name: by_heart(a.watched[-3:]).mean().item() for name, a in ways.items()}
assert at_the_end["all weights"] > 0.5 and abs(at_the_end["5,000 images"]) < 0.2
assert max(at_the_end["augmented"], at_the_end["low rank"]) < at_the_end["all weights"] - 0.1
print("r_v at the end: all weights above 0.5, 5,000 images below 0.2;")
print("augmented, and low rank, lower than 'all weights' by 0.1 or more")

# %% [markdown]
# **See**: with a hundred images D's opinion becomes a list: at the end a *new* boot is, to D, more than half of the way from a training boot to a made one. With 5,000 images nothing of the kind happens, in as many steps. Augmentation holds it down, since D seldom sees the same view twice. The $r_v$ of low rank is lower, too; but it divides by how far D tells *made* boots from training boots, and a G that is slower to catch up makes that larger. Freezing layers of D does not help here.
#
# On the right is what $r_t$ made of p. Put the paper's `TARGET = 0.6` into the cell of parameters, and see how much lower p stays.

# %% [markdown]
# ## 4 · The leak
#
# Now an augmentation that looks harmless: flip half of the boots, left for right. A boot remains a boot. But in Fashion-MNIST every boot points to the left.
#
# Let $s$ be the share of made boots that point to the right, and $p$ the chance of a flip.
#
# | flipped is | D sees to the right, of real ones | of made ones | equal, so that D can not tell, at |
# | --- | --- | --- | --- |
# | the real images alone | $p$ | $s$ | $s = p$ |
# | all that D sees | $p$ | $p + (1 - 2p)\,s$ | $s = 0$, unless $p = \tfrac12$ |
#
# So flips of real images alone *ask* for boots that point to the right: the augmentation leaks. Flips of all that D sees ask for $s = 0$, as the data do; but with $p = \tfrac12$ D is blind to direction, and asks for nothing.
#
# Three trainings from the trained pair, of 200 steps each: fifty of the hundred real images are flipped, and nothing else; all that D sees is flipped with chance ¼; and with chance ½. Beside them stands section 2's way with all weights. **Predict**: what share of the made boots will point to the right in each?


# %% tags=["networks"]
class Flip(nn.Module):
    """Mirror each image (N, C, H, W) left for right with chance p."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        chosen = torch.rand(len(x), 1, 1, 1) < self.p
        return torch.where(chosen, x.flip(3), x)


def flipped(of_real, of_all):
    """Train with a share of the real images mirrored, or of all that D sees, and return 1,000 boots."""
    a = Adaptation("all weights", hundred, steps=FLIP_STEPS)
    a.augment = Flip(of_all)
    if of_real:
        mirrored = hundred.clone()
        mirrored[: int(of_real * len(hundred))] = mirrored[: int(of_real * len(hundred))].flip(3)
        a.images = mirrored
    for _ in steps_of(a):
        pass
    return make(a.average)


# %%
one_way = to_float(many[:2000]).flatten(1)
other_way = to_float(many[:2000]).flip(3).flatten(1)
direction = LogisticRegression(C=0.01, max_iter=300).fit(
    torch.cat([one_way, other_way]), [0] * 2000 + [1] * 2000
)
new_boots = to_float(aside)
right_of_real = [direction.predict(some.flatten(1)).mean() for some in (new_boots, new_boots.flip(3))]
assert right_of_real[0] < 0.02 and right_of_real[1] > 0.98
print(
    "a judge of directions: of a thousand new boots less than 2 % point to the right, mirrored more than 98 %"
)

# %%
leaks = {
    "none": (0.0, 0.0), "half, of the real ones alone": (0.5, 0.0), "a quarter, of all": (0.0, 0.25),
    "half, of all": (0.0, 0.5),
}  # fmt: skip
mirrored = {"none": make(ways["all weights"].average)}
for name in list(leaks)[1:]:
    mirrored[name] = flipped(*leaks[name])
    print(f"{name}: trained")
turned = {name: direction.predict(images.flatten(1)).mean() for name, images in mirrored.items()}
fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 2.6), layout="constrained")
plots.show_bars(left, list(turned.values()), list(turned))
left.set(xlim=(0, 1), xlabel="share that points to the right", title="flips that leak")
plots.show_images(
    right, torch.cat([images[:10] for images in mirrored.values()]), columns=10, title="a row each"
)
plt.show()
shares = list(turned.values())
assert shares[0] < 0.05 and shares[1] > 0.2 and shares[2] < 0.05
print("to the right: more than 20 % where half of the real ones alone were flipped,")
print("below 5 % without flips, and where a quarter of all that D saw was flipped")

# %% [markdown]
# **See**: flips of the real images alone come out of G. Flips of a quarter of everything do not. And at one half it is left to chance, as the table says: D asks for nothing. Of ten seeds that we tried, with seven G kept the direction that it had (it began with sneakers and sandals, which point to the left, too), and with three a third or more of its boots turned round.
#
# That is why an augmentation belongs into `D(T(x))` and not into the data set. (It is a common mistake: most libraries put augmentation where images are loaded, and for a *classifier* that is right.)

# %% [markdown]
# ## 5 · One class after the other
#
# The chart ends with **continual learning** (持续学习): the model goes on to new tasks and is to keep the old ones. So let G learn digits, one class after the other: first zeros, then ones, then twos, then threes, 200 steps each. G is asked with a condition y (lesson 11), so that one can ask for an old class at any time. Two small networks of a few layers will do; the digits have 8 × 8 pixels. The judge is no network: the three nearest of all 1,797 real digits.

# %%
K, Z = 4, 16
images, labels, _ = digits()
images = to_float(images)
nearest = KNeighborsClassifier(3).fit(images.flatten(1), labels)


def leaky():
    return nn.LeakyReLU(0.2)


def layers(inputs, outputs, unit=leaky):
    return nn.Sequential(
        nn.Linear(inputs, 128), unit(), nn.Linear(128, 128), unit(), nn.Linear(128, outputs)
    )  # fmt: skip


# %% tags=["networks"]
class DigitGenerator(nn.Module):
    """z (N, 16) and y (N, 4) to digits (N, 1, 8, 8)."""

    def __init__(self, unit=leaky):
        super().__init__()
        self.layers = layers(Z + K, 64, unit)

    def forward(self, z, y):
        return self.layers(torch.cat([z, y], 1)).tanh().unflatten(1, (1, 8, 8))


# %% tags=["networks"]
class DigitDiscriminator(nn.Module):
    """Digits (N, 1, 8, 8) and y (N, 4) to logits (N,)."""

    def __init__(self):
        super().__init__()
        self.layers = layers(64 + K, 1)

    def forward(self, x, y):
        return self.layers(torch.cat([x.flatten(1), y], 1)).squeeze(1)


def asked(G, y, count=300, seed=7):
    """Return `count` digits of G for the request y (4,), always from the same z."""
    with torch.no_grad():
        return G(torch.randn(count, Z, generator=torch.Generator().manual_seed(seed)), y.expand(count, K))


def granted(G):
    """Return for each digit the share of made ones that the judge calls what was asked for, (4,)."""
    wishes = [asked(G, y).flatten(1) for y in torch.eye(K)]
    return torch.tensor([(nearest.predict(some) == c).mean() for c, some in enumerate(wishes)])


# %% [markdown]
# Two remedies. **Replay** (重放, Shin et al. 2017, Wu et al. 2018): before a new task begins, keep a copy of G, and let a share of each "real" batch be old digits that the *copy* makes. No old image has to be kept; the old G is the memory.
#
# **Elastic weight consolidation** (EWC, 弹性权重巩固, Kirkpatrick et al. 2017): hold each weight of G where it was, by a spring, the harder the more it mattered for the old tasks:
#
# $$L_G + \frac{\lambda}{2} \sum_i F_i\,(\theta_i - \theta_i^{\text{old}})^2$$
#
# There is such a sum for each of the old tasks. (D has no springs: only G is kept. And the code divides each $F$ by its mean, so that a price means the same for every task.) $F$ is the diagonal of the Fisher information (费希尔信息): the mean square of the slope of the log-likelihood. But a GAN has no likelihood. Seff et al. (2017) took D's opinion in its place. We take G's image, for a given z, as the mean of a Gaussian of variance 1. Then F is, exactly, how far a weight moves the pixels $x_1 \dots x_{64}$ of $G(z, y)$:
#
# $$F_i = \mathbb E_z \sum_{k=1}^{64} \Big(\frac{\partial x_k}{\partial \theta_i}\Big)^2$$
#
# The sum over 64 pixels needs no 64 backward passes: for a random direction v with independent entries of mean 0 and variance 1, $\mathbb E_v\big(\partial (v \cdot x)/\partial \theta_i\big)^2$ is the same sum.


# %% tags=["networks"]
def importance(G, y, count=200):
    """Return by name how far each weight of G moves the digits of request y (4,): F, divided by its mean."""
    weights = {name: p.detach() for name, p in G.named_parameters()}

    def along(weights, z, v):
        return (functional_call(G, weights, (z[None], y[None]))[0, 0] * v).sum()

    z, v = torch.randn(count, Z), torch.randn(count, 8, 8)
    slopes = vmap(grad(along), in_dims=(None, 0, 0))(weights, z, v)
    squares = {name: slope.square().mean(0) for name, slope in slopes.items()}
    mean = torch.cat([each.flatten() for each in squares.values()]).mean()
    return {name: each / mean for name, each in squares.items()}


# %%
G, y = DigitGenerator(), torch.eye(K)[0]
found = importance(G, y, 1000)
z = torch.randn(2000, Z)
hidden = G.layers[:-1](torch.cat([z, y.expand(2000, K)], 1))  # what the last layer sees
slope = 1 - G(z, y.expand(2000, K)).flatten(1).square()  # of the tanh
exact = (slope.square().T @ hidden.square()) / 2000  # of the last layer's weights, by hand
ratio = found["layers.4.weight"] / exact
assert ratio.std() / ratio.mean() < 0.25
print("the last layer, worked out by hand: the same, up to one factor for all and a scatter of less than 25 %")


# %% tags=["networks"]
def spring(G, memory, price):
    """Return λ/2 Σ F (θ - θ_old)², with `memory` the pairs (F, old weights) of the tasks before."""
    now = dict(G.named_parameters())
    pulls = [(F[name] * (p - old[name]).square()).sum() for F, old in memory for name, p in now.items()]
    return price / 2 * sum(pulls) if pulls else 0.0


def task(c, share, old, generator):
    """Yield batches of digits of class c with a `share` of replayed ones, and what each is, (N, 4)."""
    mine = images[labels == c]
    replayed = int(share * BATCH) if old else 0
    while True:
        chosen = torch.randint(len(mine), (BATCH - replayed,), generator=generator)
        before = torch.randint(max(c, 1), (replayed,), generator=generator)
        y = torch.eye(K)[torch.cat([torch.full((BATCH - replayed,), c), before])]
        x = mine[chosen]
        if replayed:
            with torch.no_grad():
                x = torch.cat([x, old(torch.randn(replayed, Z, generator=generator), y[-replayed:])])
        yield x, y


# %% tags=["networks"]
def learn(G, D, batches, pair, steps):
    """Train G and D by R1 and Adam for some steps, and give G the average of its weights."""
    d_opt, g_opt = (torch.optim.Adam(net.parameters(), 2e-3, (0.0, 0.99), fused=True) for net in (D, G))
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.98))
    penalty = losses.Lazy(losses.r1(0.3), every=4)

    def d_update(batch):
        x, y = batch
        return d_step(G, D, d_opt, pair, x, torch.randn(BATCH, Z), (y,), penalty)

    def g_update(batch):
        return g_step(G, D, g_opt, pair, torch.randn(BATCH, Z), (batch[1],))

    for _ in islice(adversarial_steps(batches, d_update, g_update), steps):
        average.update_parameters(G)
    G.load_state_dict(average.module.state_dict())


# %% tags=["networks"]
def one_after_the_other(share=0.0, price=0.0, unit=leaky, steps=TASK_STEPS, seed=SEED):
    """Return, after each task, which share of each digit is granted, (tasks, 4), and the last G."""
    seed_everything(seed)
    generator = torch.Generator().manual_seed(seed)
    G, D, old, memory, rows = DigitGenerator(unit), DigitDiscriminator(), None, [], []

    def g_loss(fake_logits, real_logits=None):
        return losses.non_saturating.g(fake_logits) + spring(G, memory, price)

    for c in range(K):
        learn(G, D, task(c, share, old, generator), losses.Loss(losses.non_saturating.d, g_loss), steps)
        rows.append(granted(G))
        old = copy.deepcopy(G)
        if price:
            memory.append((importance(G, torch.eye(K)[c]), {n: p.detach() for n, p in old.named_parameters()}))
    return torch.stack(rows), G


# %% [markdown]
# **Predict**: after the fourth task, how many of ten zeros that one asks for will be zeros? With nothing, with replay, with springs?

# %%
seed_everything(SEED)
set_threads(DigitGenerator())
grid = {}
for share in SHARES:
    for price in PRICES:
        grid[share, price] = one_after_the_other(share, price)
    print(f"replay {share:.0%} of a batch: trained at {len(PRICES)} prices")


# %%
def draw_forgetting(figure, replay, price):
    """Draw the table task × class for one replayed share and one price, and digits that the last G makes."""
    table, G = grid[replay, price]
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    after = [f"after {c}" for c in range(K)]
    plots.show_table(left, table, after, [f"asked: {c}" for c in range(K)], form="{:.0%}", title="granted")
    rows = torch.cat([asked(G, y, 8) for y in torch.eye(K)])
    plots.show_images(right, rows, columns=8, title="asked after the last task: 0, 1, 2, 3")
    return f"replay {replay:.1%}, price {price:g}: {table[-1].mean():.0%} granted after the last task"


FigureExplorer(draw_forgetting, size=(9, 2.9), replay=list(SHARES), price=list(PRICES))

# %%
last = {name: table[-1] for name, (table, _) in grid.items()}
nothing, replayed, stiff = last[0.0, 0.0], last[0.5, 0.0], last[0.0, 100.0]
springs = torch.stack([last[0.0, price] for price in PRICES]).mean(1)
assert nothing[:3].max() < 0.2 and nothing[3] > 0.9 and replayed.min() > 0.7
assert stiff[0] > 0.8 and stiff[3] < 0.3 and springs.max() < replayed.mean() - 0.1
print("granted after the last task: nothing, old digits below 20 %; replay of a half, each above 70 %;")
print("springs of price 100: the first above 80 %, the last below 30 %; at no price as much as with replay")

# %% [markdown]
# Touch the sliders. **See**:
#
# - **Nothing**: only the last digit is left. G was not asked for zeros any more, so it paid nothing for losing them. Forgetting is the rule for networks, and it has a name: catastrophic forgetting (灾难性遗忘).
# - **Replay** of half a batch keeps all four. (Half of every batch is old then; and what the old G makes badly, the new one learns as real.)
# - **Springs** alone give a choice, not a cure: soft ones forget, stiff ones keep the first digit and cannot learn the last, and in between there is a little of both. At none of the three prices do they come to what replay does.
# - **Both** together: set replay to an eighth, and go through the prices. What do the springs add, or take away?
#
# **Break it**: the networks have LeakyReLU. Put ReLU into G, and give the springs the stiffest price. **Predict**: is the first digit kept, as it was?

# %%
broken, _ = one_after_the_other(price=PRICES[0], unit=nn.ReLU)
assert broken[-1, 0] < 0.5 < stiff[0]
print("zeros granted at the end, price 100: with LeakyReLU above 80 %, with ReLU below 50 %")

# %% [markdown]
# **See**: it is lost. A unit of ReLU that is off for every zero has slope 0 there, so that $F$ gives the weights that lead to it no spring at all. The next task moves them freely, and where that turns the unit on, it may go on for zeros too. With LeakyReLU every unit has a slope. $F$ looks at slopes where G *is*, and knows nothing of what lies a step away.

# %% [markdown]
# ## 6 · Asking instead of training
#
# The remaining boxes are **prompts** (提示学习): the weights stay, and the *input* says what is wanted. With an instruction alone it is called zero-shot (零样本), with some examples few-shot (少样本). Take the language model first, since the chart is about one: lesson 16's GPT, which has read 22,386 poems of four lines of five characters, and tells the probability of each next one.
#
# Give it a poem whose lines before the last are (a) from another poem, (b) partly its own, or (c) the *last line itself*, once, twice, three times. The more it understands of what it is given, the less the last line surprises it: its negative log-likelihood (NLL, in nats a character) falls: 0 for what is certain, 7.3 for a guess among 1,500 characters. Whoever has seen a line three times knows the fourth. **Predict**: how far does the NLL of the last line fall in (c)?

# %%
held_out = poems(train=False).characters[:1000]
gpt = load_weights(networks.GPT(), "gpt")
lines = held_out.view(-1, 4, 5)


@torch.no_grad()
def surprise(some):
    """Return GPT's mean NLL of the last lines of poems (N, 4, 5), in nats a character."""
    parts = []
    for part in some.flatten(1).split(250):
        parts.append(cross_entropy(gpt(part[:, :-1])[:, 15:].transpose(1, 2), part[:, 15:]).item())
    return sum(parts) / len(parts)


# %%
own, examples = [], []
for shots in range(4):
    before = lines.clone()
    before[:, : 3 - shots] = lines.roll(500, 0)[:, : 3 - shots]  # the others come from another poem
    own.append(surprise(before))
    before[:, 3 - shots : 3] = lines[:, 3:]
    examples.append(surprise(before))
_, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
ax.plot(own, "o-", label="lines of its own poem")
ax.plot(examples, "s--", label="the last line itself")
ax.axhline(0, color="gray", lw=0.8, label="knows the line")
ax.set(
    xlabel="lines before it that tell something",
    xticks=range(4),
    ylabel="nats a character",
    title="surprise at the last line",
)
ax.legend(fontsize="small")
plt.show()
assert own[0] > own[1] + 0.8 > own[1] > own[3] + 0.2 and own[3] > examples[3] > 3.5
print("context lowers the surprise by more than a nat; three examples of the line leave more than 3.5 of it")

# %% [markdown]
# **See**: context counts: lines of its own poem tell GPT more than a nat a character about the last. But of what three examples would tell anyone, more than half is left. In poems lines do not repeat, so that hardly anything taught this model "what came three times comes a fourth time". Learning from examples in the prompt is itself *learned*, from texts in which examples help, and by models that are far larger: Brown et al. (2020) saw it grow with size up to 175 billion weights. Ours has 790 thousand.
#
# And a GAN? What is asked for enters as y. Take the G of section 5 that learned with replay. **Zero examples**: y for a digit that it knows is a request that is granted. For a digit that it has never seen, such as the 4, there is no y; the best one can do is to *search* one. **Few examples**: take ten images, and look for the one y, and a z for each image, with which G's digits come nearest; no weight changes. (For language models this is prompt tuning, Lester et al. 2021.) Then ask with that y and fresh z. We try it with ten 3s, which G has learned, and with ten 4s, which it has not.

# %%
_, G = grid[0.5, 0.0]
G.requires_grad_(False)


def searched(c, count=10, steps=400):
    """Return the y (4,) with which G, with a z for each, comes nearest to `count` digits of class c."""
    seed_everything(SEED)
    target = images[labels == c][:count]
    y, z = torch.full((K,), 1 / K, requires_grad=True), torch.randn(count, Z, requires_grad=True)
    optimizer = torch.optim.Adam([y, z], 0.03)
    for _ in range(steps):
        loss = (G(z, y.expand(count, K)) - target).square().mean() + 0.003 * z.square().mean()  # z: not far out
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return y.detach()


found = {c: searched(c) for c in (3, 4)}
seen = {c: torch.from_numpy(nearest.predict(asked(G, y).flatten(1))) for c, y in found.items()}
rows = torch.cat([torch.cat([images[labels == c][:10], asked(G, y, 10)]) for c, y in found.items()])
_, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
plots.show_images(ax, rows, columns=10, title="ten 3s; asked with the y found for them; ten 4s; the same")
plt.show()
shares = {c: (some == c).double().mean().item() for c, some in seen.items()}
assert shares[3] > 0.6 and shares[4] < 0.3
print("with the y found for ten 3s more than 60 % are 3s; with that for ten 4s less than 30 % are 4s")

# %% [markdown]
# **See**: ten 3s lead to a y that asks for 3s. Ten 4s lead to a y as well, one that fits the ten best; but what G makes of it is, by the judge, seldom a 4. A prompt finds what is in a model. It puts nothing in.
#
# In lesson 11 a request did reach what no image had shown: a *combination* of two attributes, each of which was known. That is the zero-shot learning that a conditional GAN can do. For a class of which it has seen nothing, weights have to change.

# %% [markdown]
# ## 7 · The chart again
#
# | box | for a GAN | what it came to here |
# | --- | --- | --- |
# | pre-training | G **and** D, on much | a better start: lower FD from the same hundred images |
# | full fine-tuning | all weights | the best of the five ways here, or equal to it |
# | parameter-efficient fine-tuning | FreezeD: fewer weights of D; low rank: few of G | some loss by either, less by the first; worth it for large networks or many tasks |
# | adapting to a task | D learns few images by heart | augmentation inside D holds that down; outside, it leaks |
# | continual learning | one class after the other | replay keeps; springs choose what to lose |
# | zero-shot | a condition that was trained | combinations of what is known (lesson 11); no new class |
# | few-shot, by a prompt | search for y and z | finds what G knows; a new class needs weights |
# | examples in the prompt | no counterpart: G reads no examples | and our GPT, which does, has not learned to use them |
#
# > **In the document** (§2.3). **The document says** that this chart is the overall architecture of the core concepts of GANs. **In fact** it is the life of a large language model, and no G, D or z is in it. Most of its boxes have a meaning for a GAN, once D is thought of too; examples in a prompt have none.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 18.1 (★★, 10 min): a convolution, changed
#
# Write the convolution whose weight is changed by a product of two thin tables. `x` is (N, C, H, W), `weight` (O, C, k, k) with an odd k, `a` (r, C·k·k), `b` (O, r), `bias` (O,). The result, (N, O, H, W), has the height and width of `x`. Return a tensor.


# %%
def changed(x, weight, a, b, bias):
    ### BEGIN SOLUTION
    new = weight + (b @ a).reshape(weight.shape)
    return torch.nn.functional.conv2d(x, new, bias, padding=weight.shape[-1] // 2)
    ### END SOLUTION


check("18.1", changed)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `b @ a` is (O, C·k·k): a row for each output. Give it the shape of `weight`. With an odd kernel, a padding of k // 2 keeps height and width.
#
# </details>

# %% [markdown] tags=["solution"]
# A convolution is linear in its weight, so that the change could also be computed as a convolution of its own and added. One convolution with the sum is cheaper; and after training, the sum can be stored as an ordinary weight, which costs nothing at all when G is used.

# %% [markdown]
# ### Exercise 18.2 (★, 5 min): a list, or boots?
#
# Write $r_v$ of section 3. `train_logits`, `aside_logits` and `made_logits` are what D says of training images, of real images that were set aside, and of made ones, not always equally many. Return one number.


# %%
def by_heart_of(train_logits, aside_logits, made_logits):
    ### BEGIN SOLUTION
    known, new, made = train_logits.mean(), aside_logits.mean(), made_logits.mean()
    return ((known - new) / (known - made)).item()
    ### END SOLUTION


check("18.2", by_heart_of)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three means, and two differences, both from the mean of the training images.
#
# </details>

# %% [markdown] tags=["solution"]
# It says where new real images lie on the way from training images (0) to made ones (1). It need not lie between the two: a D may take new boots for worse than made ones.

# %% [markdown]
# ### Exercise 18.3 (★★, 5 min): the spring
#
# Write the term that EWC adds to G's loss. `weights`, `old` and `F` are (n,), `price` is λ. Return one number, a tensor that keeps its slope in `weights`.


# %%
def spring_of(weights, old, F, price):
    ### BEGIN SOLUTION
    return price / 2 * (F * (weights - old) ** 2).sum()
    ### END SOLUTION


check("18.3", spring_of)

# %% [markdown]
# <details><summary>Hint</summary>
#
# It is the formula of section 5, for one task: λ/2, and a sum over the weights.
#
# </details>

# %% [markdown] tags=["solution"]
# The slope is λ F (θ − θ_old): a spring. At the moment when a new task begins it is zero, so a spring does not slow the first step; it pulls more the farther a weight has gone.

# %% [markdown]
# ### Exercise 18.4 (★★, 5 min): four positions
#
# An augmentation turns each image that D sees, real or made, with probability p by one of 90, 180 or 270 degrees, each as often as the others; else it leaves it upright. All real images are upright. For which p can D *not* tell whether G makes upright images? Give p to two decimals.

# %%
### BEGIN SOLUTION
p = 0.75
### END SOLUTION

check("18.4", p)

# %% [markdown]
# <details><summary>Hint</summary>
#
# How often does D see an upright image, and how often one of each turn, if G makes upright ones? If it makes all of them turned by 90 degrees?
#
# </details>

# %% [markdown] tags=["solution"]
# If G makes upright images, D sees them upright with 1 − p and in each other position with p/3. These are equal at p = ¾, and then every position is as frequent as any other whatever G makes. For every other p the most frequent position (or, above ¾, the rarest) gives G away in the long run; near ¾ only faintly. That is for turns that are all equally frequent. For the augmentations of Karras et al. (2020), of which several act at once, leaks became likely above p = 0.8, and they keep p below it.

# %% [markdown]
# ## What you now know
#
# - A trained pair is a better start than none, from a hundred images. The danger is in D: it learns few images by heart, and $r_v$ shows it.
# - Augmentation belongs inside D, for real and made images, with a chance that leaves D able to tell. Outside, G makes what the augmentation makes.
# - A generator forgets at once what it is no longer asked for. Its own old copy is a memory that holds; springs on the weights trade the old against the new, and see no further than a slope.
# - A prompt finds what a model holds. It adds nothing to it.
#
# **What this does not show**: scale. Transfer was studied with networks of tens of millions of weights, on faces, animals and rooms, from 25 to some thousand images, and adaptive augmentation with StyleGAN2 on up to 140,000; there, the papers report, the gains are far larger than here. Our boots are one easy class of 28 × 28 pixels. How long to train before is a question of its own: a pair that we trained for 20,000 steps in place of 4,000 was no better a start, in the few runs that we made. Continual learning was tried on four digits with networks that have room for all of them.
#
# **Further reading**
#
# - Karras et al., "Training Generative Adversarial Networks with Limited Data" (2020): section 2 on what leaks, and why.
# - Mo, Cho and Shin, "Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs" (2020): five pages.
# - Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks" (2017): the springs.
# - Wu et al., "Memory Replay GANs: Learning to Generate New Categories without Forgetting" (2018): replay, and a second use of the old G.
# - Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021): why low rank, and what it saves.
