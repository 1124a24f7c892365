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
# # 17 · 3-D shapes: when pixels become voxels
#
# **You will** turn chairs by hand, count what a third dimension costs, train a 3D-GAN with the rule that holds its D back, and find out whether its chairs are new.
#
# **Needs** lessons 06 and 07; lesson 08 for R1, 09 for copies.
#
# **Time** 45 minutes to read and play, and 30 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.4 算法应用领域, 3D建模 (3-D modelling), where the document names 3D-GAN.
#
# **Papers** Wu et al. 2016 (3D-GAN) · Mescheder et al. 2018 (R1)

# %% [markdown]
# ## The question
#
# A picture has pixels; a body in space has **voxels** (体素): small cubes, each of which is full or empty. Put a third axis on every convolution of DCGAN, and you have 3D-GAN. Is that all? What does the third axis cost, and by what would you notice that a made chair is no chair, or somebody's?

# %%
from gan_lessons import losses, metrics, networks, plots  # before torch: it says how torch's threads wait

import time
from itertools import islice

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn.functional import max_pool3d
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import Batches, shapes
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import LossBoard, VoxelViewer

# %% tags=["parameters"]
SEED = 0
BATCH = 32
STEPS = 400  # of each of the three trainings

# %% [markdown]
# ## 1 · Furniture of small cubes
#
# The shapes of this lesson are models of real furniture: 59 chairs, 40 tables and 22 sofas, each cut into 16 × 16 × 16 voxels, 1 where there is something and 0 where there is not. A shape is a tensor (1, 16, 16, 16): one channel, then depth from front to back, rows from top to bottom, columns from left to right. Of each model there are nine copies: itself, and eight that are stretched a little along each axis. Every fifth model is held out. (Their makers are named in `data/shapes/credits.csv`.)
#
# **Predict** before you look: of the 4,096 voxels of a chair, how many are full?

# %%
train, held_out = shapes("chair"), shapes("chair", train=False)
chairs, new_chairs = train.voxels, held_out.voxels  # (423, 1, 16, 16, 16), (108, 1, 16, 16, 16)
_, ax = plt.subplots(figsize=(9, 2.6), layout="constrained")
plots.show_shapes(ax, chairs[::27], columns=8, title="sixteen chairs, seen from the front, the right and above")
plt.show()
full = metrics.occupied(chairs).mean().item()
assert 0.1 < full < 0.2
print("full are, in the mean, between 10 and 20 % of the voxels")

# %% [markdown]
# Turn some by hand: drag them, or use the arrow keys. A drawing shows three sides of a body and hides the rest, so never judge a shape by a single view.

# %%
VoxelViewer(chairs[::54], names=[train.names[int(number)] for number in train.models[::54]])

# %% [markdown]
# **See**: a chair is mostly air, about one voxel in seven is full. So a network that says "empty" everywhere is right for 86 % of the voxels. An error per voxel says little; the measures of section 4 compare what is *full*.

# %% [markdown]
# ## 2 · What a third dimension costs
#
# A kernel of 4 × 4 pixels has 16 weights for each pair of channels; one of 4 × 4 × 4 voxels has 64. A layer's result of side $n$ has $n^2$ numbers in a picture, $n^3$ in space. So double the side, and a picture costs four times as much, a shape eight times. 3D-GAN made 64 × 64 × 64 voxels, in 2016 on GPUs; we make 16 × 16 × 16 on two cores.
#
# **Predict**: how many times as long does one layer take at 32³ as at 8³?


# %% tags=["nbval-ignore-output"]
def seconds(layer, inputs, repeats=10):
    """Return the shortest time of forward and backward, in seconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        layer(inputs).sum().backward()
        times.append(time.perf_counter() - started)
    return min(times)


sides = torch.tensor([8, 16, 32])
flat = [seconds(nn.Conv2d(16, 16, 4, 2, 1), torch.randn(32, 16, n, n)) for n in sides]
solid = [seconds(nn.Conv3d(16, 16, 4, 2, 1), torch.randn(32, 16, n, n, n)) for n in sides]
_, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
left.loglog(sides, flat, "o--", label="pictures")
left.loglog(sides, solid, "s-", label="shapes")
left.set(xlabel="side n", ylabel="seconds", title="one convolution, forward and backward")
left.legend()
right.loglog(sides, 4 * sides**2, "o--", label="pictures, 4n²")
right.loglog(sides, 4 * sides**3, "s-", label="shapes, 4n³")
right.set(xlabel="side n", ylabel="bytes of one channel", title="memory of one channel")
right.legend()
for ax in (left, right):
    ax.set_xticks(sides, [str(int(n)) for n in sides])
    ax.minorticks_off()
plt.show()
print(f"from 8³ to 32³ the layer takes {solid[2] / solid[0]:.0f} times as long, for 64 times the voxels")
assert solid[2] > 4 * solid[0] and solid[2] > flat[2]

# %% [markdown]
# **See**: the curve of shapes is the steeper one. (Small layers cost less than they should have saved: part of the time is for starting anything at all.)
#
# And most of what is paid for is air. A body's *surface* grows with $n^2$, the space around it with $n^3$. Look at the chairs at half and at a quarter of their resolution (a coarse voxel is full if any fine one in it is):

# %%
shares = [metrics.occupied(max_pool3d(chairs.float(), k)).mean().item() for k in (4, 2, 1)]
_, ax = plt.subplots(figsize=(4.6, 2.5), layout="constrained")
ax.plot([4, 8, 16], shares, "o-")
ax.set(
    xlabel="side n", ylabel="share of full voxels", ylim=(0, 0.6), xticks=[4, 8, 16], title="finer is emptier"
)
plt.show()
assert shares[0] > 1.5 * shares[1] > 1.5 * 1.5 * shares[2]
print("with each doubling of the side the share of full voxels falls by more than a third")

# %% [markdown]
# **See**: the price rises eightfold with each step, and what it buys is air. That is why today's systems of 3-D shapes seldom make dense grids: they make points, surfaces, or functions that can be asked at any place.

# %% [markdown]
# ## 3 · 3D-GAN, and a rule that holds D back
#
# Wu et al. (2016) took DCGAN and made all its convolutions three-dimensional. G leads 200 numbers through five transposed convolutions (转置卷积) to 64 × 64 × 64 voxels, each a number from 0 to 1 by a sigmoid; D is its mirror image. Ours has three of them, and 64 numbers for z.


# %% tags=["networks"]
class VoxelGenerator(nn.Module):
    """z (N, 64) to voxels (N, 1, 16, 16, 16) in [0, 1]."""

    def __init__(self, z_dim=64, width=96):
        super().__init__()
        a, b, c = width, width // 2, width // 4
        self.layers = nn.Sequential(
            nn.Linear(z_dim, a * 2 * 2 * 2), nn.Unflatten(1, (a, 2, 2, 2)), nn.BatchNorm3d(a), nn.ReLU(),
            nn.ConvTranspose3d(a, b, 4, stride=2, padding=1), nn.BatchNorm3d(b), nn.ReLU(),  # 4×4×4
            nn.ConvTranspose3d(b, c, 4, stride=2, padding=1), nn.BatchNorm3d(c), nn.ReLU(),  # 8×8×8
            nn.ConvTranspose3d(c, 1, 4, stride=2, padding=1), nn.Sigmoid(),  # 16×16×16
        )  # fmt: skip

    def forward(self, z):
        return self.layers(z)


# %% tags=["networks"]
class VoxelDiscriminator(nn.Module):
    """Voxels (N, 1, 16, 16, 16) to logits (N,)."""

    def __init__(self, width=16):
        super().__init__()
        a, b, c = width, 2 * width, 4 * width
        self.features = nn.Sequential(
            nn.Conv3d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 8×8×8
            nn.Conv3d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 4×4×4
            nn.Conv3d(b, c, 4, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),  # 2×2×2
        )  # fmt: skip
        self.last = nn.Linear(c * 2 * 2 * 2, 1)

    def forward(self, voxels):
        return self.last(self.features(voxels)).squeeze(1)


# %% [markdown]
# A sigmoid at G's end and none at D's: a voxel is full or empty, so G's result is a number from 0 to 1; D's is a logit, as always. (With a tanh, and a cut at 0.5, one gets thinner shapes than the network meant: the middle of [−1, 1] is 0.)
#
# D has an easy task here: in space there are many ways to be wrong at once. The authors gave D a far smaller learning rate than G (0.00001 and 0.0025), and a **rule**: D learns from a batch only if it was right for *at most 80 %* of it, real and fake ones together. Whoever wins too clearly has to wait.
#
# $$\text{right} = \tfrac12\,\big(\text{share of real with } D(x) > 0\big) + \tfrac12\,\big(\text{share of fake with } D(G(z)) < 0\big)$$
#
# Three trainings follow, all with the non-saturating loss of lesson 05: with **nothing** that holds D back; with the **rule**; and with **R1**, the penalty of lesson 08, which holds back D's slope instead of its steps. **Predict**: how often will D be let learn under the rule?


# %% tags=["networks"]
def share_right(real_logits, fake_logits):
    """Return the share of both batches for which D's verdict is right."""
    return ((real_logits > 0).float().mean() + (fake_logits < 0).float().mean()).item() / 2


class Training:
    """A 3D-GAN in training: its average G, its D, and for each step how often D was right before it."""

    def __init__(self, limit=1.0, penalty=None, rate=1e-3, beta=0.5, seed=SEED):
        seed_everything(seed)
        self.G, self.D = VoxelGenerator(), VoxelDiscriminator()
        set_threads(self.G, self.D)
        self.average = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True)
        self.limit, self.penalty, self.right = limit, penalty, []
        self.d_opt, self.g_opt = (
            torch.optim.Adam(net.parameters(), lr=rate, betas=(beta, 0.99), fused=True)
            for net in (self.D, self.G)
        )

    def d_update(self, real):
        with torch.no_grad():
            self.right.append(share_right(self.D(real), self.D(self.G(torch.randn(BATCH, 64)))))
        if self.right[-1] > self.limit:
            return {}  # D waits
        z = torch.randn(BATCH, 64)
        return d_step(self.G, self.D, self.d_opt, losses.non_saturating, real, z, penalty=self.penalty)


# %% tags=["networks"]
def steps_of(training, steps=STEPS):
    """Return the iterator that trains G and D; the rates fall to 0 over the second half."""
    optimizers = training.d_opt, training.g_opt
    plans = [LambdaLR(each, lambda step: min(1.0, 2 * (1 - step / steps))) for each in optimizers]

    def g_update(real):
        logs = g_step(training.G, training.D, training.g_opt, losses.non_saturating, torch.randn(BATCH, 64))
        training.average.update_parameters(training.G)
        for plan in plans:
            plan.step()
        return logs

    return islice(adversarial_steps(Batches(chairs, BATCH, seed=SEED), training.d_update, g_update), steps)


def make(G, count=400, seed=1):
    """Return `count` shapes of G in eval mode, floats, from noise that depends on `seed` alone."""
    mode = G.training
    with torch.no_grad():
        made = G.eval()(torch.randn(count, 64, generator=torch.Generator().manual_seed(seed)))
    G.train(mode)
    return made


# %%
games = {
    "nothing": Training(),
    "rule": Training(limit=0.8),
    "R1": Training(penalty=losses.Lazy(losses.r1(1.0), every=8), rate=2e-3, beta=0.0),
}


def silhouettes(name):
    return 2 * make(games[name].average, 8).amax(2) - 1  # from the front, in [−1, 1]


board = LossBoard(STEPS, sample=lambda: silhouettes("nothing"))
for logs in board.watch(steps_of(games["nothing"])):
    board.update(logs)

# %%
board = LossBoard(STEPS, sample=lambda: silhouettes("rule"))
for logs in board.watch(steps_of(games["rule"])):
    board.update(logs)

# %%
board = LossBoard(STEPS, sample=lambda: silhouettes("R1"))
for logs in board.watch(steps_of(games["R1"])):
    board.update(logs)

# %% [markdown]
# The pictures are silhouettes from the front. How often was D right in each training, and what came of it?

# %%
made = {name: make(game.average) for name, game in games.items()}
_, (left, right) = plt.subplots(1, 2, figsize=(9.5, 2.8), width_ratios=(2, 3), layout="constrained")
for name, line in zip(games, ("-", "--", ":")):
    smooth = torch.tensor(games[name].right).unfold(0, 20, 1).mean(1)
    left.plot(smooth, line, label=name)
left.axhline(0.8, color="gray", lw=0.8)
left.set(xlabel="step", ylabel="share", ylim=(0.4, 1.02), title="D is right")
left.legend()
shown = torch.cat([some[:6] for some in made.values()])
plots.show_shapes(right, shown, columns=6, title="a row each: nothing, rule, R1")
plt.show()
late = {name: sum(game.right[-100:]) / 100 for name, game in games.items()}
waited = sum(right > 0.8 for right in games["rule"].right) / STEPS
assert waited > 0.2 and late["rule"] < late["nothing"] - 0.03
print("under the rule D waits in more than a fifth of the steps, and is right less often than without")

# %% [markdown]
# **See**: with nothing to hold it back D soon tells nearly every fake, and the shapes in its row are all the same: whatever z is, G makes one thing. The rule keeps D near the line of 80 %, by letting it wait again and again. It does what it says; look at its row before you call that a success. With R1, D is right as often as it likes, but its slope is small. Is its row of one kind, too? Section 4 counts.
#
# (R1 has another learning rate and another β₁ than the other two: what is usual with it, and without. So three recipes are compared here, not R1 alone.)

# %% [markdown]
# ## 4 · Measures, and what they do not see
#
# Six numbers for a set of shapes. Each is a count on voxels that are cut at 0.5; none needs a trained judge.
#
# - **Full** (占用率): the share of full voxels.
# - **Loose** (散块): the share of full voxels that do not belong to the largest part. A chair hangs together.
# - **Mirrored** (对称): how much of a shape lies on its own mirror image, left for right, by their intersection over union (IoU, 交并比). Two shapes share some voxels; divide their number by that of the voxels that either has: 1 for the same shape, 0 where nothing is shared. Most chairs are symmetric.
# - **Alike** (相似): the IoU of two shapes of the set, in the mean over all pairs.
# - **To training**: the IoU with the *nearest* training chair.
# - **From held-out**: the other way round: for each *held-out* chair, the IoU with the nearest made one. It falls if a kind of chair is missing.
#
# Here are four liars again, made without a generator: 400 **copies** of training chairs; **one** chair 400 times; the **mean** chair, cut at 0.5; and real chairs whose voxels are **scattered** at random. **Predict**: which number catches which?


# %% tags=["networks"]
COLUMNS = ("full", "loose", "mirrored", "alike", "to training", "from held-out")


def alike(voxels):
    """Return the mean IoU of two different ones among shapes (N, 1, 16, 16, 16)."""
    pairs = metrics.iou(voxels, voxels)
    return (pairs.sum() - pairs.trace()) / (len(pairs) * (len(pairs) - 1))


def scores(voxels):
    """Return the six measures of shapes (N, 1, 16, 16, 16)."""
    there = metrics.nearest_iou(voxels, chairs).iou.mean()
    back = metrics.nearest_iou(new_chairs, voxels).iou.mean()
    single = [measure(voxels).mean() for measure in (metrics.occupied, metrics.loose_parts, metrics.symmetry)]
    return torch.stack([*single, alike(voxels), there, back])


# %% tags=["networks"]
def liars(seed=SEED):
    """Return sets of 400 shapes that lie, a dict of bools (400, 1, 16, 16, 16)."""
    generator = torch.Generator().manual_seed(seed)
    copies = chairs[torch.randperm(len(chairs), generator=generator)[:400]]
    order = torch.rand(400, 4096, generator=generator).argsort(1)
    return {
        "copies": copies,
        "one": copies[:1].expand_as(copies),
        "mean": (chairs.float().mean(0, keepdim=True) > 0.5).expand_as(copies),
        "scattered": copies.flatten(1).gather(1, order).view_as(copies),
    }


def show_scores(found, title):
    _, ax = plt.subplots(figsize=(7.5, 0.5 + 0.3 * len(found)), layout="constrained")
    better = ["high", "low", "high", "low", "high", "high"]
    plots.show_table(ax, torch.stack([*found.values()]), [*found], COLUMNS, better=better, title=title)
    plt.show()


# %%
lies = liars()
_, ax = plt.subplots(figsize=(8, 1.6), layout="constrained")
pairs = torch.cat([lie[:2] for lie in lies.values()])
plots.show_shapes(ax, pairs, title="copies · one · mean · scattered, two of each")
plt.show()
found = {"held-out chairs": scores(new_chairs)} | {name: scores(lie) for name, lie in lies.items()}
found["held-out chairs"][5] = torch.nan  # against themselves
show_scores(found, "real chairs, and four liars")
real, copies, one, mean, scattered = found.values()
assert copies[4] == one[4] == 1 > real[4] and copies[5] > 0.5 > 0.3 > max(one[5], mean[5], scattered[5])
assert scattered[1] > 0.5 and scattered[0] == copies[0] and mean[0] < 0.5 * copies[0]
assert min(real[2], copies[2]) > 0.9 and scattered[2] < 0.2
assert min(one[3], mean[3]) > 0.999 and max(real[3], copies[3], scattered[3]) < 0.3
print("full: scattered passes. Loose: one and copies pass. Mirrored: all but scattered pass.")
print(
    "Alike: copies and scattered pass. To training: copies and one are perfect. From held-out: copies alone pass."
)

# %% [markdown]
# **See**: each number has a liar that passes it, and *the copies pass all six*. They are 1.00 from the training set, and that is too good: held-out chairs, which are as new as a chair can be, have 0.55. So "to training" is not to be as high as possible. It is to be **as high as that of held-out chairs**: lower, and it is no chair; higher, and it is somebody's. The mean chair is hardly there at all: few voxels are full in more than half of all chairs.

# %%
found |= {name: scores(some) for name, some in made.items()}
show_scores(found, "and three generators")
nothing, rule, r1 = (found[name] for name in made)
assert min(nothing[3], rule[3]) > 0.7 and max(nothing[5], rule[5]) < 0.35
assert min(nothing[1], rule[1], r1[1]) > real[1] + 0.01
print("with nothing and with the rule, 400 chairs are nearly one; all three leave voxels loose")

# %% [markdown]
# **See**: the rule's G is hardly better than the one without: its shapes are alike, and "from held-out" is about as low as for *one* chair. With R1 many kinds begin to come, in as many steps; in nine of ten trainings with different seeds, that is: in one, they were all alike by then, too. All three leave more voxels loose than real chairs do: nobody told G that a chair hangs together.
#
# > **Break it**: in `games`, give the rule `limit=0.6`, and run all cells from there to this one again. D waits more. Do the shapes get better?

# %% [markdown]
# ## 5 · New, or copied?
#
# Four hundred steps are few. The third generator, trained with R1 for 3,000 steps, is stored (`python data/checkpoints/train_shapes.py`, 15 minutes of one core). Its training set has 47 models in nine copies. With so few, a generator could learn them by heart; lesson 09 called that copying. The number "to training" tells: a chair that is really new overlaps with the nearest training chair *as much as a held-out chair does*, not more. **Predict**: will ours be nearer than that, or further off?

# %%
chairs_3d = load_weights(networks.VoxelGenerator(), "chairs3d").eval()
new = make(chairs_3d)
found["3D-GAN"] = scores(new)
overlap = metrics.nearest_iou(new, chairs)
known = metrics.nearest_iou(new_chairs, chairs)
_, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
bins = torch.linspace(0, 1, 21)
ax.hist(known.iou, bins, density=True, alpha=0.6, color=plots.REAL, label="held-out chairs")
ax.hist(overlap.iou, bins, density=True, histtype="step", lw=2, color=plots.FAKE, label="made chairs")
ax.set(xlabel="IoU with the nearest training chair", ylabel="density", title="copies would stand at 1")
ax.legend()
plt.show()
models = train.models[overlap.nearest].unique().numel()
assert found["3D-GAN"][3] < 0.35 and found["3D-GAN"][2] < real[2] - 0.1  # alike, mirrored
assert 0.05 < overlap.iou.median() - known.iou.median() < 0.2 and overlap.iou.max() < 0.98 and models > 35
print("made chairs are nearer to training chairs than held-out ones are; none of 400 is a copy;")
print("more than 35 of the 47 models are the nearest of some made chair")

# %% [markdown]
# **See**: these chairs are not alike: two of them overlap by less than 0.35, in the mean. Nor are they as symmetric as real ones: nobody asked for that, either. No made chair is a copy, and nearly every training chair has made ones around it. But as a whole they lean towards the training set: the orange curve lies to the right of the blue one. They are new as a variation is new. That is what 47 models can teach; lesson 09's test says it here without any features, since two shapes of voxels can be laid one upon the other.

# %%
order = overlap.iou.argsort()
shown = order[torch.linspace(20, 399, 8).long()]
_, ax = plt.subplots(figsize=(9, 2.9), layout="constrained")
pairs = torch.cat([new[shown] > 0.5, chairs[overlap.nearest[shown]]])
plots.show_shapes(
    ax, pairs, columns=8, title="above: made, less to more like a training chair; below: that chair"
)
plt.show()
print("eight made chairs, and below each the training chair that is nearest to it")

# %% [markdown]
# Now turn them. G's numbers are no cubes yet: they lie between 0 and 1, and the **threshold** (阈值) decides. Move it, and look at the histogram.

# %%
VoxelViewer(new[:12])

# %% [markdown]
# 1. Where do most of the values lie? How many are between 0.2 and 0.8?
# 2. Find a chair with a thin leg. What becomes of the leg at a threshold of 0.8? What comes up at 0.1?

# %% [markdown]
# ## 6 · What D has learned
#
# Wu et al. threw G away and kept D: a network that can tell real furniture from false must know something about furniture. They gave a linear classifier D's features, and it named the kind of a shape nearly as well as networks that were trained with labels. Let us do the same: a D that was trained on chairs, tables and sofas *without* being told which is which; its 512 features; a linear classifier that sees only a few labelled models of each kind. Beside it, as always, what costs nothing: the 4,096 raw voxels, and the features of a D that was never trained. **Predict** the order.
#
# (The classifier needs the 121 shapes' features only up to a rotation, so they are first turned into 121 numbers each: the same answers, in less time.)


# %% tags=["networks"]
def features_of(D, voxels):
    with torch.no_grad():
        return D.eval().features(voxels.float())


def accuracy(features, kinds, labelled, draws=10):
    """Return the mean accuracy of linear classifiers that see `labelled` models of each kind, on all others."""
    generator, right = torch.Generator().manual_seed(SEED), []
    for _ in range(draws):
        order = torch.randperm(len(kinds), generator=generator)
        seen = torch.cat([order[kinds[order] == kind][:labelled] for kind in range(3)])
        rest = torch.ones(len(kinds), dtype=torch.bool)
        rest[seen] = False
        fitted = LogisticRegression(max_iter=2000).fit(features[seen], kinds[seen])
        right.append(fitted.score(features[rest], kinds[rest]))
    return sum(right) / draws


# %%
everything = [shapes("all", train=part, stretched=False) for part in (True, False)]
furniture, kinds = (torch.cat([getattr(some, name) for some in everything]) for name in ("voxels", "kinds"))
seed_everything(SEED)
untrained = networks.VoxelDiscriminator()
trained = load_weights(networks.VoxelDiscriminator(), "furniture3d")
inputs = {
    "raw voxels": furniture.flatten(1).float(),
    "D, untrained": features_of(untrained, furniture),
    "D, trained": features_of(trained, furniture),
}
inputs = {name: (some - some.mean(0)) / some.std(0).mean() for name, some in inputs.items()}
inputs = {name: some @ torch.linalg.svd(some, full_matrices=False)[2].T for name, some in inputs.items()}
named = torch.tensor(
    [[accuracy(some, kinds, labelled) for labelled in (1, 2, 5, 10)] for some in inputs.values()]
)
_, ax = plt.subplots(figsize=(5.5, 1.6), layout="constrained")
plots.show_table(ax, named, [*inputs], [f"{n} of each" for n in (1, 2, 5, 10)], title="right about the kind")
plt.show()
assert named[2, 2] > named[:2, 2].max() + 0.03 and named[1, 2] < named[0, 2] + 0.03
print("from five labelled models of each kind: D's features are the best; an untrained D's gain nothing")

# %% [markdown]
# **See**: D's features are the best of the three at five models of each kind, and an untrained D's are no better than no D at all. So it is the training, without labels, that makes them useful. The differences are some percent, not a miracle: with ten labelled models raw voxels are right in five cases of six, too. In the paper, 83.3 % on the 40 kinds of ModelNet40, from features of a D that had seen seven other kinds.

# %% [markdown]
# ## 7 · Between two chairs
#
# Take two chairs A and B. A *blend* of their voxels, $(1-t)A + tB$, cut at 0.5, is easy to say in advance. **Predict**: what does it look like at t = 0.3? At 0.7? And if t goes from one z to the other, and G makes the shape?

# %%
steps = torch.linspace(0, 1, 8)
generator = torch.Generator().manual_seed(3)
ends = torch.randn(2, 64, generator=generator)
with torch.no_grad():
    walk = chairs_3d(torch.lerp(ends[0], ends[1], steps[:, None])) > 0.5
blend = torch.lerp(walk[0].float(), walk[-1].float(), steps[:, None, None, None, None]) > 0.5
_, ax = plt.subplots(figsize=(9.5, 2.8), layout="constrained")
plots.show_shapes(ax, torch.cat([blend, walk]), columns=8, title="above: voxels blended; below: z blended")
plt.show()


def largest_step(path):
    """Return which share of all voxels that change on the way changes in the largest of its steps."""
    changed = (path[1:] ^ path[:-1]).flatten(1).sum(1)
    return (changed.max() / changed.sum()).item()


assert largest_step(blend) == 1 and largest_step(walk) < 0.6
print("blended voxels: all that changes changes in one step; blended z: less than 60 % in any")

# %% [markdown]
# **See**: the blend is A until the middle, and B from there on: a voxel that is full in A alone has the value 1 − t, which is above 0.5 until t = 0.5. There is no chair between. On the way through z there are chairs at every step, and they change part by part. They need not be *good* ones; look at their loose voxels.

# %% [markdown]
# And **arithmetic**, as with faces: take the mean z of made chairs with high backs, subtract that of made chairs without one, and add the difference to the z of others. Height is counted, as the share of full voxels that lie in the upper half.


# %%
def upper(voxels):
    """Return which share of each shape's full voxels lies in the upper half, (N,)."""
    full = (voxels > 0.5).flatten(1).sum(1).clamp(min=1)
    return (voxels[:, :, :, :8] > 0.5).flatten(1).sum(1) / full


z = torch.randn(1000, 64, generator=torch.Generator().manual_seed(4))
with torch.no_grad():
    order = upper(chairs_3d(z)).argsort()
    back = z[order[-100:]].mean(0) - z[order[:100]].mean(0)
    low = z[order[:100:17]]
    raised = [chairs_3d(low + k * back) for k in (0, 1, 2)]
_, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
plots.show_shapes(ax, torch.cat(raised), columns=6, title="low chairs · plus one back · plus two")
plt.show()
heights = [upper(some).mean().item() for some in raised]
assert heights[1] > heights[0] + 0.2 and heights[2] > heights[1]
print("the share of full voxels in the upper half rises by more than 0.2, and again")

# %% [markdown]
# **See**: a back grows. One direction in z does it for all six chairs, though they are of different kinds. What else changes with it, nobody asked: the seats change too. Lesson 12 has measures for that.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 17.1 (★, 5 min): overlap
#
# Write the intersection over union of two shapes. `a` and `b` are (D, H, W), floats from 0 to 1; a voxel is full where it is *above* 0.5. Return one number; two shapes without any full voxel have none in common: 0.


# %%
def iou(a, b):
    ### BEGIN SOLUTION
    a, b = a > 0.5, b > 0.5
    return ((a & b).sum() / (a | b).sum().clamp(min=1)).item()
    ### END SOLUTION


check("17.1", iou)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Cut both at 0.5 first. Count the voxels that are full in both, and those that are full in either.
#
# </details>

# %% [markdown] tags=["solution"]
# Cut first, count then. The union is at least 1 where anything is full at all, so `clamp(min=1)` changes the empty case alone.

# %% [markdown]
# ### Exercise 17.2 (★, 5 min): is D right?
#
# Write what the rule of section 3 asks: of both batches together, the share for which D's answer is right. `real` and `fake` are D's logits, (N,) and (M,), *not* always as many of one as of the other; a logit of exactly 0 is no answer, and not right. Return one number.


# %%
def right_share(real, fake):
    ### BEGIN SOLUTION
    return ((real > 0).sum() + (fake < 0).sum()).item() / (len(real) + len(fake))
    ### END SOLUTION


check("17.2", right_share)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Count the right ones of both, and divide by the number of all.
#
# </details>

# %% [markdown] tags=["solution"]
# With batches of one size this is the mean of the two shares, as in section 3. With different sizes it is not: the mean of two shares would count each sample of the smaller batch for more.

# %% [markdown]
# ### Exercise 17.3 (★, 5 min): the price of a dimension
#
# A layer of a picture GAN makes 32 × 32 pixels with kernels of 4 × 4; the same layer in space makes 32 × 32 × 32 voxels with kernels of 4 × 4 × 4. Channels are the same. How many times as many multiplications does it need?

# %%
### BEGIN SOLUTION
times = 32 * 4
### END SOLUTION

check("17.3", times)

# %% [markdown]
# <details><summary>Hint</summary>
#
# How many numbers come out? How many weights does each of them see?
#
# </details>

# %% [markdown] tags=["solution"]
# 32 times as many numbers come out, and each is a sum over 4 times as many products: 128.

# %% [markdown]
# ### Exercise 17.4 (★★, 10 min): name the liars
#
# Four sets of 400 shapes were scored as in section 4:
#
# | | full | loose | mirrored | alike | to training | from held-out |
# | --- | --- | --- | --- | --- | --- | --- |
# | A | 0.17 | 0.00 | 1.00 | 1.00 | 1.00 | 0.13 |
# | B | 0.14 | 0.92 | 0.08 | 0.06 | 0.12 | 0.14 |
# | C | 0.14 | 0.00 | 0.96 | 0.16 | 1.00 | 0.55 |
# | D | 0.02 | 0.11 | 0.98 | 1.00 | 0.32 | 0.12 |
#
# Which is `"copies"`, `"one"`, `"mean"`, `"scattered"`? Give a dict: `{"A": "…", "B": "…", "C": "…", "D": "…"}`.

# %%
### BEGIN SOLUTION
named = {"A": "one", "B": "scattered", "C": "copies", "D": "mean"}
### END SOLUTION

check("17.4", named)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Which sets hold nothing but training chairs? Which of these knows many of them?
#
# </details>

# %% [markdown] tags=["solution"]
# A and C overlap with a training chair completely: both hold nothing else. Held-out chairs find something near them in C, and not in A. B hangs together nowhere. D's shapes are all alike, as A's are, but none of them is a training chair.

# %% [markdown]
# ## What you now know
#
# - A third axis on every convolution is the smaller part. Side for side, a shape costs n³; most of it is air, and an error per voxel is mostly about air.
# - 3D-GAN's rule makes D wait while it is right too often. It held D at the line, and did not keep G from making one shape; with R1 and more steps, G makes many. (What the rule would have come to in as many steps, we have not tried.)
# - Shapes can be laid one upon the other, so that "new or copied?" is a count. The goal is not the highest overlap with the training set, but that of held-out shapes.
# - The six numbers of section 4 are passed by copies; each alone by something that is no chair, or one chair only.
# - D, which nobody taught a kind, tells kinds from few labels better than raw voxels do. An untrained one does not.
# - Blended voxels jump; blended z does not.
#
# **What this does not show**: the original's shapes had 64 × 64 × 64 voxels, learned from ShapeNet's thousands of models a class on GPUs; and it made shapes from photographs, with an encoder in front of G (3D-VAE-GAN). Ours are 47 chairs. What you see at 16 voxels is the coarse form; a real designer's chair is in what is finer. Today's systems use points, meshes, signed distances or radiance fields, and mostly diffusion models.
#
# > **In the document** (§3.4). **The document says** that 3D modelling is done by models such as 3D-GAN and TextGAN. **In fact** TextGAN makes text (lesson 16); it stands in that line by mistake. 3D-GAN is rightly there. The document has no network, loss or measure for shapes.
#
# **Further reading**
#
# - Wu, Zhang, Xue, Freeman and Tenenbaum, "Learning a Probabilistic Latent Space of Object Shapes via 3D Generative-Adversarial Modeling" (2016): section 3.1 for the rule, 4.2 for the features.
# - Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018): why R1 holds where nothing does.
