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
# # 07 · DCGAN: five rules, and what they are worth
#
# **You will** write a transposed convolution as a matrix, build a DCGAN and break its rules one at a time, meet three traps of BatchNorm, and ask what D has learned and whether G can calculate.
#
# **Needs** lesson 06: its loop, its measures, BatchNorm in a sentence.
#
# **Time** 60 minutes to read, and 35 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.4 算法应用领域 (fields of application), 图像生成 (image generation), which names DCGAN; §1.2 and §2.1, which describe the networks.
#
# **Papers** Radford, Metz and Chintala 2015 (DCGAN) · Ioffe and Szegedy 2015 (BatchNorm) · Odena, Dumoulin and Olah 2016 (checkerboards) · Shoemake 1985 (walks along an arc)

# %% [markdown]
# ## The question
#
# Lesson 06 made garments with convolutions, and changed many things at once to get there. The paper that made GANs convolutional, *DCGAN* (deep convolutional GAN, 深度卷积生成对抗网络), gave a list of rules, and nearly every GAN program since has copied them. Which of them carry weight in a small GAN, and how would you find out?
#
# > **In the document** (§1.2, §2.1). Generator and discriminator are "usually fully connected". That is true of the first paper, of 2014. Since DCGAN, GANs for images have been convolutional.

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

import copy
import math
import statistics
from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.data import Batches, fashion_mnist, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard
from gan_lessons.widgets.explorer import spherical

# %% tags=["parameters"]
SEED = 0
BATCH = 64
Z = 64  # numbers in the noise vector z
WIDTH = 16  # channels of the layer next to the image; the layer further in has twice as many
RATE = 5e-4  # Adam's learning rate, for both networks
BETAS = (0.5, 0.999)  # of Adam, as in the paper
STEPS = 1000  # with all rules
SHORT_STEPS = 300  # with a rule broken
KEEP = (100, 300, 1000)  # steps after which D is copied, for section 7
DECAY = 0.99  # of the averages of G's weights, for section 6
LABELS = 1000  # labelled images, for section 7

# %% [markdown]
# ## 1 · Down and up by strides
#
# D has to turn 28×28 pixels into one number, and G has to turn a few numbers into 28×28 pixels. Before DCGAN, networks shrank an image by *pooling*: they kept the largest of each 2×2 pixels. DCGAN lets a convolution do it, by moving its filter two pixels at a time, with a *stride* of 2. G does the reverse with a *transposed convolution* (转置卷积).
#
# The name is exact. A convolution is linear, so on a row of 8 numbers it is a matrix. To find the matrix, feed it the unit vectors.


# %%
def matrix_of(layer, size):
    """Return the matrix of a linear `layer` on `size` numbers: its columns are what becomes of the unit vectors."""
    units = torch.eye(size, dtype=torch.float64)[:, None]  # (size, 1, size)
    return layer(units)[:, 0].T


kernel = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]], dtype=torch.float64)
down = matrix_of(lambda x: F.conv1d(x, kernel, stride=2, padding=1), 8)  # (4, 8)
up = matrix_of(lambda x: F.conv_transpose1d(x, kernel, stride=2, padding=1), 4)  # (8, 4)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
plots.show_table(
    axes[0], down, range(4), range(8), form="{:.0f}", title="A convolution with stride 2: 8 in, 4 out"
)
plots.show_table(axes[1], up, range(8), range(4), form="{:.0f}", title="The transposed one: 4 in, 8 out")
for ax in axes:
    ax.set(xlabel="input", ylabel="output")
plt.show()
assert torch.equal(up, down.T) and not torch.equal(up @ down, torch.eye(8).double())
print("the matrix of the transposed convolution is the transpose of the other, number for number")

# %% [markdown]
# **See**: on the left, each row is the filter 1 2 3 4, two places further on. (`padding=1` puts a zero beyond each end; the first row's 1 and the last row's 4 fall on those.) On the right the same filter stands in the columns: each input number writes a copy of the filter, weighted by itself, into the output, and where copies overlap they add up.
#
# It is a transpose, and not an inverse: going down and up again does not bring the numbers back. With channels and in two dimensions the matrix is too large to draw, but there is a test for a transpose that needs no matrix: $\langle Ax, y\rangle = \langle x, A^\top y\rangle$ for all x and y.

# %%
x, y = torch.randn(1, 3, 28, 28, dtype=torch.float64), torch.randn(1, 5, 14, 14, dtype=torch.float64)
weight = torch.randn(5, 3, 4, 4, dtype=torch.float64)  # from 3 channels to 5, and back again
there = (F.conv2d(x, weight, stride=2, padding=1) * y).sum()
back = (x * F.conv_transpose2d(y, weight, stride=2, padding=1)).sum()
assert torch.allclose(there, back, rtol=1e-10)
print("⟨conv(x), y⟩ = ⟨x, transposed(y)⟩, for 3 channels, 5 channels and 28×28 pixels, to ten digits")

# %% [markdown]
# (So the gradient of a convolution is a transposed convolution, and the reverse: D's strided layers send their gradients up to G by the very operation that G uses to draw.)
#
# ## 2 · How often is a pixel reached?
#
# With stride 2 and a filter of 3×3, copies of the filter overlap in some places and not in others. Count how many inputs reach each output pixel: transpose a convolution whose weights are all 1, and feed it ones.


# %%
def reached(size, inputs=7):
    """Return how many of inputs² numbers reach each output pixel, for a filter of size² and stride 2."""
    ones = torch.ones(1, 1, size, size)
    return F.conv_transpose2d(
        torch.ones(1, 1, inputs, inputs), ones, stride=2, padding=1, output_padding=size % 2
    )[0, 0]


fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
for ax, size, words in zip(axes, (3, 4), ("a checkerboard", "even, but for the rim"), strict=True):
    drawn = ax.imshow(reached(size), cmap="cividis", vmin=0, vmax=4)
    ax.set(title=f"Filter {size}×{size}, stride 2: {words}", xlabel="output column", ylabel="output row")
fig.colorbar(drawn, ax=axes, label="inputs that reach the pixel")
plt.show()
for size in (3, 4):
    counts = reached(size)[1:-1, 1:-1].unique().int().tolist()
    print(
        f"filter {size}×{size}: away from the rim a pixel is reached by {' or '.join(map(str, counts))} inputs"
    )

# %% [markdown]
# This is where the *checkerboard* comes from of which many GAN samples suffered. The usual advice is to take a filter whose size is a multiple of the stride, 4×4 here. **Predict**: does that end it?
#
# Look at G before any training, with its contrast stretched to be seen, with three ways to double the size: transposed 3×3, transposed 4×4, and repeating each pixel before an ordinary 3×3 convolution. For a number, take the Fourier transform: the finest pattern that pixels can show changes sign from each row, or column, to the next. How much of the image's energy lies in it?

# %% tags=["networks"]
UPSAMPLINGS = {
    "transposed 3×3": lambda a, b: [nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1)],
    "transposed 4×4": lambda a, b: [nn.ConvTranspose2d(a, b, 4, stride=2, padding=1)],
    "repeat, convolve": lambda a, b: [nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, padding=1)],
}


# %% tags=["networks"]
def finest(images):
    """Return the share of the energy of images (N, 1, 28, 28), without their means, at the finest pattern."""
    energy = torch.fft.fft2(images[:, 0] - images[:, 0].mean((1, 2), keepdim=True)).abs().square()
    lines = energy[:, 14].sum(1) + energy[:, :, 14].sum(1) - energy[:, 14, 14]  # rows, columns, counted once
    return (lines / energy.sum((1, 2))).mean().item()


# %%
thin, thick = (
    torch.tensor(pattern).repeat(7).expand(1, 1, 28, 28) for pattern in ([1.0, -1, 1, -1], [1.0, 1, -1, -1])
)
assert math.isclose(finest(thin), 1, rel_tol=1e-6) and finest(thick) < 1e-6
print("stripes one pixel wide lie in it whole, and stripes two pixels wide not at all")

# %%
train, test = fashion_mnist(), fashion_mnist(train=False)
shares, first = {"real images": finest(to_float(test.images[:2000]))}, []
for name, doubled in UPSAMPLINGS.items():
    torch.manual_seed(SEED)
    layers_of_G = [nn.Linear(Z, 32 * 7 * 7), nn.Unflatten(1, (32, 7, 7)), nn.BatchNorm2d(32), nn.ReLU()]
    net = nn.Sequential(
        *layers_of_G, *doubled(32, 16), nn.BatchNorm2d(16), nn.ReLU(), *doubled(16, 1), nn.Tanh()
    )
    with torch.no_grad():
        images = net(torch.randn(500, Z))
    shares[name] = finest(images)
    first.append(images[:4] / images[:4].abs().amax())  # stretched to the whole range, to be seen
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.2), layout="constrained")
plots.show_images(left, torch.cat(first), columns=4, title="Before training: 3×3, 4×4, repeated")
plots.show_bars(right, shares.values(), list(shares), colour=plots.GENERATOR)
right.set(title="The finest pattern's share", xlabel="share of the energy", xscale="log")
plt.show()
print("finest pattern's share in real images:", round(shares["real images"], 4))
assert min(shares["transposed 3×3"], shares["transposed 4×4"]) > 10 * shares["real images"]
print("before training: with either transposed convolution more than 10 times as much, for 4×4 too")
assert shares["repeat, convolve"] < 1.5 * shares["real images"]
print("with repeated pixels: no more than half as much again as in real images")

# %% [markdown]
# **See**: the advice is about the *count*, and the count is not all. With a 4×4 filter every pixel is reached by four inputs, but a pixel in an even row by the filter's odd rows, and its neighbour by the even ones: four sorts of pixels, each with weights of its own. They agree only if training makes them. Repeated pixels begin smooth here: where the input is flat, the output is flat whatever the weights, which no transposed convolution can promise. Section 5 asks whether it matters after training.
#
# ## 3 · Five rules
#
# | | the rule | in the code |
# | --- | --- | --- |
# | 1 | strides in place of pooling, in D; transposed convolutions in G | `stride=2` |
# | 2 | BatchNorm in both, but not at G's end and D's beginning | `BatchNorm2d` |
# | 3 | no fully connected hidden layers | one `Linear` in each, at z and at the logit |
# | 4 | in G, ReLU, and tanh at the end | `ReLU`, `Tanh` |
# | 5 | in D, LeakyReLU | `LeakyReLU(0.2)` |
#
# To these come the settings with which the paper trained: all weights begin as draws from N(0, 0.02), that is with standard deviation 0.02; Adam has β₁ = 0.5 and a rate of 0.0002. (Ours is 0.0005, since our networks are small and a minute is short.) The code below follows them all, and each argument breaks one.


# %% tags=["networks"]
def generator(norm=True, doubled=UPSAMPLINGS["transposed 4×4"], end=nn.Tanh, hidden=False):
    """Return G: z (N, Z) → images (N, 1, 28, 28)."""
    a, b = 2 * WIDTH, WIDTH
    return nn.Sequential(
        *([nn.Linear(Z, Z), nn.ReLU()] if hidden else []),
        nn.Linear(Z, a * 7 * 7), nn.Unflatten(1, (a, 7, 7)),
        *([nn.BatchNorm2d(a)] if norm else []), nn.ReLU(),  # (N, 32, 7, 7)
        *doubled(a, b),
        *([nn.BatchNorm2d(b)] if norm else []), nn.ReLU(),  # (N, 16, 14, 14)
        *doubled(b, 1), end(),  # (N, 1, 28, 28)
    )  # fmt: skip


# %% tags=["networks"]
def halved(inputs, outputs, pool):
    """Return the layers that halve height and width."""
    if pool:
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.MaxPool2d(2)]
    return [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)]


def discriminator(norm=True, pool=False, slope=0.2, hidden=False):
    """Return D: images (N, 1, 28, 28) → logits (N,)."""
    b, a = WIDTH, 2 * WIDTH
    return nn.Sequential(
        *halved(1, b, pool), nn.LeakyReLU(slope),  # (N, 16, 14, 14)
        *halved(b, a, pool), *([nn.BatchNorm2d(a)] if norm else []), nn.LeakyReLU(slope),  # (N, 32, 7, 7)
        nn.Flatten(),
        *([nn.Linear(a * 7 * 7, Z), nn.LeakyReLU(slope)] if hidden else []),
        nn.Linear(Z if hidden else a * 7 * 7, 1), nn.Flatten(0),
    )  # fmt: skip


def as_in_the_paper(net):
    """Draw the weights of `net` anew: those of layers from N(0, 0.02), BatchNorm's factors from N(1, 0.02)."""
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0, 0.02)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
    return net


# %% [markdown]
# The loop is lesson 06's, from the package. G draws samples in *eval mode*; section 6 shows why that matters.


# %% tags=["networks"]
def new_game(seed=SEED, start=as_in_the_paper, g=None, d=None):
    """Return a new G and D and their training, an iterator; `g` and `d` are arguments of the two networks."""
    seed_everything(seed)
    G, D = (
        start(net).to(memory_format=torch.channels_last)
        for net in (generator(**g or {}), discriminator(**d or {}))
    )
    set_threads(G, D)
    g_opt, d_opt = (torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in (G, D))

    def d_update(real):
        return d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(BATCH, Z))

    def g_update(real):
        return g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, Z))

    return G, D, adversarial_steps(Batches(fashion_mnist().images, BATCH, seed), d_update, g_update)


# %% tags=["networks"]
def images_of(G, z):
    """Return G's images of z (N, Z) in eval mode, within [−1, 1]; G stays in the mode it was in."""
    mode = G.training
    with torch.no_grad():
        images = torch.cat([G.eval()(part) for part in z.split(500)]).clamp(-1, 1)
    G.train(mode)
    return images


def sample(G, count=metrics.SAMPLES):
    """Return `count` images of always the same z."""
    return images_of(G, torch.randn(count, Z, generator=torch.Generator().manual_seed(1)))


# %% [markdown]
# And here are the ways to break a rule, one a line.

# %% tags=["networks"]
BROKEN = {
    "all rules": {},
    "1a repeat and pool": {"g": {"doubled": UPSAMPLINGS["repeat, convolve"]}, "d": {"pool": True}},
    "1b filters of 3×3 in G": {"g": {"doubled": UPSAMPLINGS["transposed 3×3"]}},
    "2a no BatchNorm in G": {"g": {"norm": False}},
    "2b no BatchNorm in D": {"d": {"norm": False}},
    "2c no BatchNorm": {"g": {"norm": False}, "d": {"norm": False}},
    "2d none, PyTorch's start": {"start": nn.Identity(), "g": {"norm": False}, "d": {"norm": False}},
    "3  hidden dense layers": {"g": {"hidden": True}, "d": {"hidden": True}},
    "4  no tanh": {"g": {"end": nn.Identity}},
    "5  ReLU in D": {"d": {"slope": 0.0}},
    "6  all, PyTorch's start": {"start": nn.Identity()},
}

# %% [markdown]
# ## 4 · All rules
#
# **Predict**: lesson 06's D had a penalty, and its loss stayed near 2 log 2 ≈ 1.39. This D has none. Where will its loss end: near 1.39, near 0, or between?
#
# Beside the training, the loop keeps two averages of G's weights, one by hand and one by PyTorch, and copies of D. Sections 6 and 7 need them.

# %%
G, D, game = new_game()
by_hand = copy.deepcopy(G)  # to become an average of G's weights
by_torch = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
kept = {0: copy.deepcopy(D).eval()}  # D before training
board = LossBoard(STEPS, sample=lambda: sample(G, 32))

# %%
for logs in board.watch(game):
    with torch.no_grad():
        for mean, weight in zip(by_hand.parameters(), G.parameters(), strict=True):
            mean.lerp_(weight, 1 - DECAY)  # DECAY of the old mean, 1 − DECAY of the weight now
    by_torch.update_parameters(G)
    board.update(logs)
    if len(board.history) in KEEP:
        kept[len(board.history)] = copy.deepcopy(D).eval()
    if len(board.history) == SHORT_STEPS:
        early = sample(G)


# %%
def distance(images):
    """Return FD of 10,000 images against the test images: lower is better."""
    return metrics.frechet_distance(metrics.features(images), metrics.test_features())


made = sample(G)
d_loss, g_loss = (sum(logs[name] for logs in board.history[-200:]) / 200 for name in ("d_loss", "g_loss"))
assert 0.3 < d_loss < 1.3 and g_loss > math.log(2)
print("over the last 200 steps D's loss is on average between 0.3 and 1.3, and G's above log 2: D is ahead")
early_fd, fd = distance(early), distance(made)
assert fd < 0.85 * early_fd
print(f"and from step {SHORT_STEPS} to the end FD falls by more than a seventh")

# %% tags=["nbval-ignore-output"]
print(
    f"D's loss {d_loss:.2f}, G's loss {g_loss:.2f}; FD {early_fd:.1f} after {SHORT_STEPS} steps, {fd:.1f} at the end"
)

# %% [markdown]
# **See**: garments, with D ahead. Many readers of DCGAN programs ask what to do when D's loss is small and G's is large. Alone that is no fault: here the images get better meanwhile. It becomes one where D's loss stays at 0 and G's keeps growing, and the images no longer change.
#
# ## 5 · One rule broken at a time
#
# **Break it**: each of the rules, one after the other. **Predict**: which will cost the most?
#
# One run per rule would tell you about that run. So the table below was made beforehand, with three seeds and 600 steps for each row, by `python tests/benchmarks/rules.py` in the project's folder, which runs this notebook's own networks; it takes some 15 minutes on two idle cores. It shows medians. The numbers in the cell are FD, the variety of the samples (1: they differ as much as real images do), and the share of the finest pattern.

# %%
RULES = {
    "all rules": [(22.2, 0.95, 0.0058), (23.0, 0.95, 0.008), (23.1, 0.98, 0.0076)],
    "1a repeat and pool": [(19.0, 0.98, 0.0036), (15.0, 0.98, 0.0034), (18.1, 0.95, 0.0031)],
    "1b filters of 3×3 in G": [(26.4, 0.96, 0.0057), (25.1, 0.96, 0.0057), (21.6, 0.94, 0.0054)],
    "2a no BatchNorm in G": [(24.5, 1.0, 0.0358), (23.9, 1.03, 0.0186), (25.3, 0.94, 0.0083)],
    "2b no BatchNorm in D": [(25.8, 0.94, 0.0097), (24.8, 0.91, 0.0227), (29.1, 0.86, 0.0065)],
    "2c no BatchNorm": [(25.9, 1.05, 0.0053), (25.9, 0.8, 0.0343), (30.6, 0.71, 0.0269)],
    "2d none, PyTorch's start": [(25.5, 0.95, 0.0251), (27.5, 0.91, 0.0685), (25.3, 0.89, 0.0098)],
    "3  hidden dense layers": [(41.2, 0.63, 0.0139), (41.6, 0.49, 0.0084), (42.9, 0.78, 0.0094)],
    "4  no tanh": [(31.9, 0.91, 0.0148), (32.3, 0.92, 0.0104), (25.5, 0.92, 0.0098)],
    "5  ReLU in D": [(22.9, 0.98, 0.0072), (23.9, 1.01, 0.0074), (22.7, 0.98, 0.0061)],
    "6  all, PyTorch's start": [(24.4, 0.98, 0.0061), (24.7, 0.94, 0.0073), (26.4, 0.91, 0.0075)],
}
names, columns = [*RULES], ("FD", "variety", "finest pattern")
medians = [[statistics.median(column) for column in zip(*seeds, strict=True)] for seeds in RULES.values()]
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
form, better = ["{:.1f}", "{:.2f}", "{:.4f}"], ["low", "high", "low"]
plots.show_table(
    ax, torch.tensor(medians), names, columns, better, form, title="Hidden dense layers cost the most"
)
plt.show()
fds = {name: [fd for fd, *_ in seeds] for name, seeds in RULES.items()}
full = fds["all rules"]
print(f"FD with all rules: {min(full)} to {max(full)}")
for words, holds in (
    ("worse for each of the three seeds", lambda found: min(found) > max(full)),
    ("better for each of them", lambda found: max(found) < min(full)),
):
    print(f"{words}:", ", ".join(name.split()[0] for name, found in fds.items() if holds(found)))

# %% [markdown]
# **See**: go through the rules with the table.
#
# 1. Strides in place of pooling: here the other way is *better*, for each seed. (The row changes G and D at once, so it does not say which half wins.) It has its price: filters of 3×3 at twice the height and width take (9 · 4)/16 = 2.25 times as many multiplications as 4×4 with stride 2. At equal steps it wins; at equal time, measure. The 3×3 filter in G, whose overlap is uneven, is worse for two seeds of three, and yet it leaves *no* more of the finest pattern than 4×4 does: training has brought both near the share in real images (section 2). Coarser patterns, such as stripes two pixels wide, this measure does not see.
# 2. BatchNorm: each way of leaving it out costs something, and none is a disaster in networks of this depth. Without it the finest pattern is stronger in the median, and not in each run.
# 3. No hidden dense layers: breaking this one costs by far the most. One dense layer in each network, and FD nearly doubles. (With this start, that is: weights from N(0, 0.02) also make the numbers smaller with each dense layer that is passed. With PyTorch's start it was not tried.)
# 4. The tanh: without it G's values may leave the range of the real images, and two seeds of three are far worse.
# 5. LeakyReLU in D: no difference that three seeds can tell.
#
# And the last row: the start from N(0, 0.02) is a little better than PyTorch's in these networks. (Three seeds: where the difference is one or two, as for 2a and 6, three more could turn it round.)

# %% [markdown]
# ### Two rows live
#
# Watch the costliest row, and the one without any BatchNorm, beside the run with all rules at the same step.


# %%
def short(name):
    """Return samples after a short training in which the rule `name` is broken."""
    G, _, game = new_game(**BROKEN[name])
    for _ in islice(game, SHORT_STEPS):
        pass
    return sample(G)


live = {"all rules": early} | {name: short(name) for name in ("2c no BatchNorm", "3  hidden dense layers")}
fig, ax = plt.subplots(figsize=(5.2, 2.4))
rows = torch.cat([images[:8] for images in live.values()])
title = f"After {SHORT_STEPS} steps: all rules (top), no BatchNorm, hidden dense layers (bottom)"
plots.show_images(ax, rows, title=title)
plt.show()
varied = {name: metrics.variety(images, to_float(test.images)) for name, images in live.items()}
apart = {name: distance(images) for name, images in live.items()}
assert varied["2c no BatchNorm"] < varied["all rules"]
print("so early, samples without BatchNorm differ less from each other than those with all rules")
assert apart["3  hidden dense layers"] > 1.2 * apart["all rules"]
print("with hidden dense layers FD is more than a fifth higher")
assert varied["3  hidden dense layers"] < 0.6
print("and the samples differ from each other by less than 0.6 of what real images do")

# %% tags=["nbval-ignore-output"]
for name in live:
    print(f"{name:<24} variety {varied[name]:.2f}, FD {apart[name]:.1f}")

# %% [markdown]
# **See**: with hidden dense layers the samples are still much alike, with the seed of this page one and the same image: so early, G has hardly found out what to do with z. Without BatchNorm the garments come, and are more alike. How much more depends on the step: after 600 steps, in the table, one seed of three has caught up. A statement about a rule is a statement about a moment, too.
#
# You may have read that without BatchNorm a DCGAN collapses at once to one image. With these sizes, this rate and these seeds it does not; it may with others.
#
# ## 6 · Three traps of BatchNorm
#
# BatchNorm makes deep networks trainable, and it is the only layer in this lesson that behaves in two ways. In *train mode* it uses the mean and the spread of the batch before it. In *eval mode* it uses running averages of those, its *buffers*, which it kept while training. None of the following mistakes raises an error.
#
# ### 6.1 Samples in train mode
#
# Is G to be sampled in train mode or in eval mode? Give G one z in eight batches, each time beside 63 others.

# %%
one = torch.randn(1, Z, generator=torch.Generator().manual_seed(SEED))
company = torch.randn(8, BATCH - 1, Z, generator=torch.Generator().manual_seed(SEED + 1))
train_mode, eval_mode = copy.deepcopy(G).train(), copy.deepcopy(G).eval()
with torch.no_grad():
    rows = [
        torch.cat([net(torch.cat([one, others]))[:1] for others in company]) for net in (train_mode, eval_mode)
    ]
difference = (3 * (rows[0] - rows[1][:1])).clamp(-1, 1)
fig, ax = plt.subplots(figsize=(5.2, 1.6))
title = "One z in train mode, in eight batches; below, what differs from eval mode, times 3"
plots.show_images(ax, torch.cat([rows[0][:8], difference[:8]]), title=title)
plt.show()
spread = [images.std(0).max().item() for images in rows]
assert spread[0] > 0.05 and spread[1] < 1e-5
print(
    "train mode: the pixel that varies most does so with a standard deviation above 0.05; eval mode: below 0.00001"
)

# %% [markdown]
# **See**: in train mode an image depends on its neighbours in the batch. In eval mode it depends on z alone. Sample in eval mode, and go back to train mode before the next step: a G that trains in eval mode is another G.
#
# ### 6.2 Real and generated images in one batch
#
# It looks thrifty to put both into one batch and to call D once. Look at D's logits for the same 64 real and 64 generated images: in a batch each, which is how D was trained; in one batch; and in eval mode.

# %%
real, fake = next(Batches(test.images, BATCH, seed=SEED)), made[:BATCH]
judge = copy.deepcopy(D).train()
with torch.no_grad():
    seen = {
        "a batch each": (judge(real), judge(fake)),
        "one batch": judge(torch.cat([real, fake])).split(BATCH),
    }
    seen["eval mode"] = judge.eval()(real), judge(fake)
fig, axes = plt.subplots(1, 3, figsize=(10, 2.4), sharex=True, sharey=True, layout="constrained")
for ax, (name, pair) in zip(axes, seen.items(), strict=True):
    for logits, colour, label in zip(pair, (plots.REAL, plots.FAKE), ("real", "generated"), strict=True):
        ax.hist(logits, bins=20, range=(-5, 5), color=colour, alpha=0.6, label=label)
    ax.set(title=name, xlabel="D's logit", ylabel="images")
axes[0].legend(loc="upper left", fontsize="small")
fig.suptitle("The same images and the same D: three answers")
plt.show()
moved = [(seen["a batch each"][0] - seen[name][0]).abs().mean().item() for name in ("one batch", "eval mode")]
assert min(moved) > 0.03
print("for the same real images D's logit moves by more than 0.03 on average, in one batch and in eval mode")

# %% tags=["nbval-ignore-output"]
for name, (a, b) in seen.items():
    print(f"{name:<13} mean logit: real {a.mean():.2f}, generated {b.mean():.2f}")

# %% [markdown]
# **See**: in train mode, D's logit of an image depends on the rest of its batch. With a batch each, that is company of its own kind, as in all of D's training. In one batch, real and generated images share the mean and the spread, and D sees something it was never trained on: how far its answers move depends on the run. Either way of training can be made to work; changing between them is the mistake. And in train mode a D with BatchNorm has no opinion of a single image, which is why a penalty on D's slope at each image, like lesson 06's, goes with a D without it.
#
# ### 6.3 An average without its buffers
#
# Lesson 06 showed G's moving average instead of G. `by_hand` averaged all of G's *parameters*. What did it leave out?

# %%
mended = copy.deepcopy(by_hand)
for mine, buffer in zip(mended.buffers(), G.buffers(), strict=True):
    mine.copy_(buffer)  # the running means and variances
averages = {"weights alone": by_hand, "with G's buffers": mended, "PyTorch's": by_torch}
distances = {name: distance(sample(net)) for name, net in averages.items()}
fig, ax = plt.subplots(figsize=(5.2, 2.4))
rows = torch.cat([sample(net, 8) for net in averages.values()])
title = "The average of the weights alone (top), with G's buffers, and PyTorch's (bottom)"
plots.show_images(ax, rows, title=title)
plt.show()
assert distances["weights alone"] > 1.5 * distances["with G's buffers"]
assert math.isclose(distances["with G's buffers"], distances["PyTorch's"], rel_tol=0.01)
print("FD without the buffers is more than half as high again as with them; with them it is PyTorch's to 1 %")

# %% tags=["nbval-ignore-output"]
print(", ".join(f"{name}: FD {value:.1f}" for name, value in distances.items()))

# %% [markdown]
# **See**: the buffers are no parameters. `by_hand` still has those of the untrained G: mean 0 and variance 1, which have nothing to do with its weights. PyTorch's `AveragedModel` takes the model's buffers along.
#
# ## 7 · What has D learned?
#
# D saw no label. To tell real from generated it may still have learned what sleeves and heels are. The paper tested that with a *linear probe*: take what D's layers say about an image as *features*, and fit a linear classifier to a few labelled ones. Ours has 1,000 labels, and 5,000 test images judge it.
#
# What does the accuracy have to be compared with? With the same probe on raw pixels, to be sure. And with the same probe on a D *before any training*. **Predict**: pixels alone give about 78 %. What will the untrained D give, and what the trained one?


# %%
def layers(D, x):
    """Return what the two convolutional layers of D make of images x: a list of (N, C, H, W)."""
    found = []
    with torch.no_grad():
        for module in D:
            x = module(x)
            if isinstance(module, nn.LeakyReLU):
                found.append(x)
    return found


# %% [markdown]
# The probe is a regression of the ten targets (1 for the right class, −1 for the others) on the features, with a *ridge* that keeps its weights small. How strong the ridge should be, the labelled images decide: each is predicted from the other 999. That needs no other fit: with K the products of the images' features and $\alpha = (K+\lambda)^{-1}y$, a number per image, the error in predicting image i from the others is $\alpha_i / (K+\lambda)^{-1}_{ii}$, a known identity of ridge regression.


# %%
def probe(a, b):
    """Fit the labels of `few` to features a (n, F); return the accuracy on `many`, whose features are b (N, F)."""
    spread = a.std(0) + 0.01 * a.std()  # a feature that hardly varies is not blown up
    a, b = ((x - a.mean(0)) / spread for x in (a, b))
    values, vectors = torch.linalg.eigh((a @ a.T).double() / a.shape[1])
    target, best = 2.0 * F.one_hot(few_labels, 10).double() - 1, (0.0, None)
    for ridge in (0.01, 0.1, 1.0, 10.0):
        inverse = (vectors / (values.clamp(min=0) + ridge)) @ vectors.T
        weights = inverse @ target  # α: a number per image and class
        left_out = target - weights / inverse.diagonal()[:, None]  # each image predicted from the others
        right = (left_out.argmax(1) == few_labels).double().mean().item()
        best = max(best, (right, weights), key=lambda pair: pair[0])
    guess = (b @ a.T / a.shape[1]) @ best[1].float()
    return (guess.argmax(1) == many_labels).float().mean().item()


chosen = torch.randperm(len(train.images), generator=torch.Generator().manual_seed(SEED))[:LABELS]
few, few_labels = to_float(train.images[chosen]), train.labels[chosen]
many, many_labels = to_float(test.images[:5000]), test.labels[:5000]

# %%
pixels = probe(few.flatten(1), many.flatten(1))
accuracy = {
    (layer, step): probe(a.flatten(1), b.flatten(1))
    for step, net in kept.items()
    for layer, a, b in zip(("layer 1", "layer 2"), layers(net, few), layers(net, many), strict=True)
}
untrained = max(accuracy["layer 1", 0], accuracy["layer 2", 0])
trained = accuracy["layer 2", STEPS]
assert pixels < untrained < trained
print("the untrained D beats the pixels, and the trained D beats the untrained one")


# %% tags=["nbval-ignore-output"]
print(f"accuracy: pixels {pixels:.1%}, untrained D {untrained:.1%}, trained D {trained:.1%}")

# %% [markdown]
# **See**: a part of the gain needs no training at all. Random filters answer to edges and spots, and a linear map of such answers already beats the pixels. Training adds to that; the line above says how much (between half a point and two points in the ten runs that we tried). Who compares with pixels alone credits all of it to the training. (The paper's own D is far larger, was trained for far longer, and has no untrained row beside it.)
#
# **What does a layer look at?** Each channel of a layer is one filter, moved over the image. Below are the patches of 1,000 test images to which each of six channels answers most strongly, a row for each channel. **Try**: compare layer 2 before and after training. Can you name what a row has in common?


# %%
def strongest(layer, step, channels=6, count=8):
    """Return the patches that excite a layer's first channels the most, (channels · count, 1, size, size)."""
    size, rim, stride = {"layer 1": (4, 1, 2), "layer 2": (10, 3, 4)}[layer]  # what a unit sees: exercise 07.2
    padded = F.pad(many[:1000], [rim] * 4, value=-1.0)
    found = []
    for answers in layers(kept[step], many[:1000])[int(layer[-1]) - 1][:, :channels].unbind(1):  # (1000, H, W)
        best, place = answers.flatten(1).max(1)
        for i in best.topk(count).indices:
            top, left = (stride * int(k) for k in divmod(place[i].item(), answers.shape[2]))
            found.append(padded[i, :, top : top + size, left : left + size])
    return torch.stack(found)


patches = {(layer, step): strongest(layer, step) for layer, step in accuracy}


# %%
def look(figure, layer, step):
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    steps = list(kept)
    for name, marker in (("layer 1", "o-"), ("layer 2", "s--")):
        left.plot(
            range(len(steps)), [accuracy[name, k] for k in steps], marker, label=name, color=plots.DISCRIMINATOR
        )
    left.axhline(pixels, color="black", lw=1, ls=":", label="pixels")
    left.plot(steps.index(step), accuracy[layer, step], "o", ms=16, mfc="none", mec="black")
    left.set(title="Accuracy of the probe", xlabel="step", ylabel="share right", xticks=range(len(steps)))
    left.set_xticklabels(steps)
    left.legend(fontsize="small")
    plots.show_images(right, patches[layer, step], columns=8, title=f"What six channels of {layer} look for")
    return f"{layer} at step {step}: {accuracy[layer, step]:.1%} of 5,000 test images; pixels: {pixels:.1%}"


# %%
FigureExplorer(look, size=(8.4, 3.1), layer=["layer 1", "layer 2"], step=list(kept))

# %% [markdown]
# ## 8 · Can G calculate?
#
# The paper's best-known figure adds and subtracts latent points: *smiling woman − neutral woman + neutral man* gave a smiling man. The figure shows a few cases. We count.
#
# Our images have two properties that can be measured: the class, which the classifier names, and how bright the garment is. So: *bright pullover − dark pullover + dark boot* should be a **bright boot**, of the class of the boot and not of the pullover. Each term is the mean of some z whose images have the property; the paper took the mean of three.

# %%
z = torch.randn(6000, Z, generator=torch.Generator().manual_seed(SEED))
pool = images_of(G, z)
classes, _ = metrics.predicted_classes(pool)


def brightness(images):
    """Return how bright that part of each image is which is not background, from 0 to 1, (N,)."""
    garment = images > -0.8
    return ((images + 1) / 2 * garment).sum((1, 2, 3)) / garment.sum((1, 2, 3)).clamp(min=1)


light, dark, bright = brightness(pool), {}, {}  # dark and bright: a third of each class, as places in z
between = torch.full((10,), math.nan)  # above it an image counts as bright for its class
for k in range(10):
    mine = (classes == k).nonzero()[:, 0]
    if len(mine) >= 60:  # G may hardly make a class
        ranked = mine[light[mine].argsort()]
        dark[k], bright[k] = ranked[: len(mine) // 3], ranked[-(len(mine) // 3) :]
        between[k] = (light[dark[k]].median() + light[bright[k]].median()) / 2
assert len(dark) >= 6
print("at least 6 of the 10 classes have enough images")

# %% [markdown]
# Two things need care. A sum of three random points is too long: z has a length near √64 = 8, and bright images may come from the mere length. So the result is brought back to that length. And there must be a *control*: the same with any two means of the first class in place of bright and dark ones, so that nothing is asked for.


# %%
def mean_of(places, count, generator):
    """Return the mean of the z at `count` of these places, drawn with repetition, (Z,)."""
    return z[places[torch.randint(len(places), (count,), generator=generator)]].mean(0)


def to_length(points):
    return points * (math.sqrt(Z) / points.norm(dim=-1, keepdim=True))


def analogies(count, control=False):
    """Return bright a − dark a + dark c, (N, Z), for all pairs of classes four times, and the classes c, (N,)."""
    generator, points, wanted = torch.Generator().manual_seed(SEED), [], []
    for a in dark:
        any_of_a = torch.cat([dark[a], bright[a]])
        plus, minus = (any_of_a, any_of_a) if control else (bright[a], dark[a])
        for c in [c for c in dark if c != a] * 4:
            terms = (mean_of(places, count, generator) for places in (plus, minus, dark[c]))
            points.append(next(terms) - next(terms) + next(terms))
            wanted.append(c)
    return torch.stack(points), torch.tensor(wanted)


def judged(points, wanted):
    """Return the shares of images of the class wanted, of images bright for it, and of those that are both."""
    images = images_of(G, points)
    same, brighter = metrics.predicted_classes(images)[0] == wanted, brightness(images) > between[wanted]
    return [found.float().mean().item() for found in (same, brighter, same & brighter)]


# %%
counts = (1, 3, 10, 30)
both, control = (
    [judged(to_length(points), wanted)[2] for points, wanted in (analogies(n, empty) for n in counts)]
    for empty in (False, True)
)
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.semilogx(counts, both, "o-", color=plots.GENERATOR, label="bright A − dark A + dark C")
ax.semilogx(counts, control, "s--", color="grey", label="control: any A − any A + dark C")
ax.set(title="The more examples a term has, the better it calculates", xlabel="z in each mean")
ax.set(ylabel="share of bright C", xticks=counts, xticklabels=counts, ylim=(0, 1))
ax.legend()
plt.show()
assert both[2] > both[0] + 0.1 and all(a > b + 0.05 for a, b in zip(both[:3], control[:3], strict=True))
print("with 10 examples a term it works more often than with 1, by over 10 points")
print("and with 1, with 3 and with 10 more often than the control, by over 5 points")

# %% tags=["nbval-ignore-output"]
for n, a, b in zip(counts, both, control, strict=True):
    print(f"{n:2} z in each mean: {a:.0%} bright and of class C; control {b:.0%}")

# %% [markdown]
# **See**: there is something in it. It is a tendency, which means of many points bring out, and no algebra: with single examples most results are not bright images of class C. (With 30 it depends on the run: a mean of many dark boots, brought to length, is a point of its own, whose image can be bright. For one of ten seeds that we tried, the control did nearly as well there.) What would have been seen without the care? Leave the length alone:

# %%
plain, shorter = (
    judged(change(analogies(1, control=True)[0]), analogies(1, control=True)[1])[1]
    for change in (lambda p: p, to_length)
)
assert plain > shorter + 0.05
print(
    "control with single z: left at their length, results are bright more often, by over 5 points, and nobody asked"
)

# %% [markdown]
# The sliders below show single sums, *bright A − dark A + dark C*. Each image is G's image of a mean; on the right is the training image that is nearest to the result, pixel by pixel. **Try**: the same classes with 1 and with 30 z in each mean, and some picks of each. Which classes lose their shape?

# %%
names = [test.classes[k] for k in dark]
library = train.images[:10_000]


def calculate(figure, A, C, z_in_each_mean, pick):
    generator, (a, c) = torch.Generator().manual_seed(pick), (test.classes.index(name) for name in (A, C))
    terms = [mean_of(places, z_in_each_mean, generator) for places in (bright[a], dark[a], dark[c])]
    result = to_length(terms[0] - terms[1] + terms[2])
    images = images_of(G, torch.stack([*map(to_length, terms), result]))
    near = to_float(library[metrics.nearest_neighbours(images[3:], library)[0]])
    words = (
        f"bright {A}",
        f"− dark {A}",
        f"+ dark {C}",
        "= ?",
        "nearest real",
    )
    for ax, image, text in zip(figure.subplots(1, 5), torch.cat([images, near]), words, strict=True):
        plots.show_images(ax, image[None], title=text)
    kind, sure = metrics.predicted_classes(images[3:])
    value = brightness(images[3:]).item()
    verdict = "bright" if value > between[c] else "dark"
    says = f"the classifier says {test.classes[kind]} ({sure.item():.0%})"
    return f"{says}; for the class {C} it is {verdict} ({value:.2f})"


# %%
FigureExplorer(
    calculate, size=(9, 2.2), A=names[::-1], C=names, z_in_each_mean=[1, 3, 10, 30], pick=(0, 9, 1, 0)
)

# %% [markdown]
# ### A walk
#
# The paper also walks from one z to another. If G had stored images, one would fade into the other half-way. Compare two ways to the middle of 200 pairs: along the arc, which keeps the length of z (Shoemake 1985), and a *fade*, the mean of the two images, which is not G's work at all.

# %%
a, b = torch.randn(2, 200, Z, generator=torch.Generator().manual_seed(SEED))
middle = {
    "ends": images_of(G, a),
    "arc": images_of(G, torch.stack([spherical(*pair, 0.5) for pair in zip(a, b, strict=True)])),
    "fade": (images_of(G, a) + images_of(G, b)) / 2,
}
certain = {name: metrics.predicted_classes(images)[1].median().item() for name, images in middle.items()}
far = {name: metrics.nearest_neighbours(images, library)[1].median().item() for name, images in middle.items()}
fig, ax = plt.subplots(figsize=(5.2, 1.6))
title = "Half-way along the arc (top), and the two ends faded into each other (below)"
plots.show_images(ax, torch.cat([middle["arc"][:8], middle["fade"][:8]]), title=title)
plt.show()
assert certain["fade"] < certain["arc"]
print("of what lies half-way along the arc the classifier is surer than of a fade")
assert far["fade"] < far["ends"]
print("yet by distance in pixels a fade lies nearer to some training image than a sample does")

# %% [markdown]
# **See**: G's way does not fade: what it makes half-way looks more like one garment than a fade of two does, though a sample at the ends may look better still. But another judge would prefer the fade: it lies nearer to the training images than G's own samples do, because a mean of two images is smooth, and smooth images are near to everything. One measure alone would have misled us, and lesson 09 is about that.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 07.1 (★, 5 min): five by five
#
# A transposed convolution has a filter of 5×5 and stride 2. Away from the rim, how many inputs reach the pixel that is reached by the most of them? Work it out on paper; `reached(5)` tells you afterwards what is true (its pixels at the rim get fewer).

# %%
### BEGIN SOLUTION
most = 3 * 3
### END SOLUTION

check("07.1", most)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Think of one dimension first: copies of a filter of 5 places lie two places apart. How many of them cover one place? Then each such copy along the rows goes with each along the columns.
#
# </details>

# %% [markdown] tags=["solution"]
# Along one dimension a place is covered by the copies that begin 0, 2 or 4 places before it, which are three, or by those that begin 1 or 3 places before, which are two. In two dimensions the counts multiply: 3 · 3 = 9, beside pixels with 3 · 2 = 6 and 2 · 2 = 4. A filter of 5 is no multiple of the stride, so the checkerboard is back.

# %% [markdown]
# ### Exercise 07.2 (★★, 10 min): what a unit sees
#
# A unit in D's first layer looks at 4×4 pixels, one in its second layer at more. That patch is called its *receptive field* (感受野). Write a function that returns its width in pixels. `layers` is a list of pairs (size of the filter, stride), and the first pair is the layer next to the image.


# %%
def sees(layers):  # such as [(4, 2), (4, 2)], D's two layers
    ### BEGIN SOLUTION
    width, step = 1, 1  # of a pixel; pixels from one place to the next
    for size, stride in layers:
        width += (size - 1) * step
        step *= stride
    return width
    ### END SOLUTION


check("07.2", sees)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Go from the image upwards and keep two numbers: the width that a unit sees, and how many pixels lie between two units side by side. A filter of size k sees k − 1 such steps more than a single unit.
#
# </details>
#
# When it is right, compare it with a measurement: give D an image, take the gradient of one unit of its second layer, and count the pixels on which it depends. (Put D into eval mode first. Do you see why?)

# %% [markdown] tags=["solution"]
# A unit sees what its k neighbours below see: as much as one of them, and k − 1 steps more. A step is one pixel at the image; each layer's stride multiplies it for all layers above, and not for the layer itself. D's layers: 1 + 3 · 1 = 4, then 4 + 3 · 2 = 10. In train mode BatchNorm would make the unit depend on all pixels of all images of the batch.

# %% [markdown]
# ### Exercise 07.3 (★★, 10 min): the other variance
#
# In train mode BatchNorm divides by the batch's own spread, and beside that it keeps a *running variance*, for eval mode. After each batch this is mixed: the old value keeps $1-m$ of its weight, and the variance of the batch gets the weight $m$, the *momentum*. Write the update for one channel. Mind one detail, in which PyTorch's running variance differs from the variance it normalises with: it divides by $N-1$, and so is unbiased.


# %%
def next_variance(x, old, momentum):  # x: (N,), all numbers of the channel in the batch
    ### BEGIN SOLUTION
    return (1 - momentum) * old + momentum * x.var(correction=1)
    ### END SOLUTION


check("07.3", next_variance)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `x.var(correction=1)` divides by N − 1, and `x.var(correction=0)` by N.
#
# </details>
#
# When it is right, think about this: the running variance begins at 1. After how many batches has it forgotten that? And what does eval mode do to a network that was trained for five steps?

# %% [markdown] tags=["solution"]
# The variance is taken around the batch's own mean, with N − 1. With momentum 0.1, what was there before keeps nine tenths with each batch: the 1 of the beginning counts for a half after 7 batches, and for a hundredth after 44. A network that was trained for five steps is far from its own statistics in eval mode.

# %% [markdown]
# ## What you now know
#
# - A transposed convolution is the transpose of a convolution's matrix. Its checkerboard has two sources: uneven overlap, which a filter of a multiple of the stride ends, and weights that differ from pixel to pixel, which it does not.
# - Rules are tested by breaking them one at a time, at equal steps, with several seeds. In this small GAN one of the five made things worse (strides), one carried by far the most (no hidden dense layers), tanh helped clearly in two seeds of three, BatchNorm and the start a little in each, and LeakyReLU not that three seeds can tell.
# - BatchNorm behaves in two ways: sample in eval mode, keep to one way of making batches, and take its buffers along.
# - A claim about features or about arithmetic needs its control: an untrained D, and a sum that asks for nothing.
#
# **What this does not show**: what the rules are worth in larger networks, on larger images, and over days. The paper trained G with four upsampling layers on 64×64 pixels; depth is where BatchNorm and the start matter most. Nor does it show that DCGAN is the best that can be done in the time: lesson 10 compares.
#
# **The document says** that the networks of a GAN are usually fully connected, and lists DCGAN among the systems for images (§3.4). **In fact** DCGAN is what ended the first: it is the GAN whose networks are convolutions throughout.
#
# **Further reading**
#
# - Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional GANs" (2015): the rules in section 3, the probe in section 5, the arithmetic in section 6.
# - Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts" (2016): the overlap, with pictures to play with.
# - Ioffe and Szegedy, "Batch Normalization" (2015): the layer, and why it keeps two sets of statistics.
# - Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016): all the sizes, strides and paddings, drawn.
