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
# # 02 · Concepts: who sees what, and who learns when
#
# **You will** take the game between two networks apart into its half-steps, check that a trained discriminator measures how much likelier real data are than generated data, find out by hand why a generator collapses, and correct the document's charts.
#
# **Needs** lessons 00 and 01. **Time** 55 minutes to read and play, and 20 for the exercises; the notebook computes for about 40 seconds. **First** clear all outputs.
#
# **Follows** §2 核心概念与联系 (core concepts and how they hang together): §2.1 核心概念概述, §2.2.1 GANs的训练流程 (how training flows), §2.2.2 GANs的架构设计 (architecture), §2.3 核心概念的整体架构 (the overall architecture).
#
# **Papers** Goodfellow et al. 2014 (GAN), proposition 1 · Kahng et al. 2018 (GAN Lab, the idea of arrows on samples)

# %% [markdown]
# ## The question
#
# In lesson 01, G found a distribution from D's opinion alone. So what does D know? And if both learn from one number that comes out of D, how is it that one of them gets better at telling, and the other at deceiving?

# %%
from gan_lessons import losses, plots  # before torch: it says how torch's threads wait

import copy
import math
from itertools import islice

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import softplus

from gan_lessons.data import moons, ring
from gan_lessons.exercises import check
from gan_lessons.networks import mlp
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard, Playground

# %% tags=["parameters"]
SEED = 0
BATCH = 256
Z = 2  # numbers in the noise vector
RATE = 2e-3  # Adam's learning rate, for both networks
D_STEPS = 1500  # of D alone, in section 2
STEPS = 1500  # of the game, in section 4
KEEP = (0, 10, 30, 60, 100, 200, 400, 800, 1500)  # steps after which samples and D are kept
D_DESCENT, G_DESCENT = 0.1, 0.2  # learning rates of plain gradient descent, in section 5
RING_STEPS = 1500  # of each half of a game in section 5
BROKEN_STEPS = 300  # of each of the two broken games

# %% [markdown]
# ## 1 · The charts, corrected
#
# A chart of a GAN has to show two things that are easily forgotten: what goes *in*, and what is *held still*. Without the noise, G has nothing to make samples from; without the real data, D has nothing to compare with. Section 7 leaves each of them out, to see.
#
# > **In the document** (§2.1, §2.2.1). One chart serves for the notions and for the training: GAN → generator, discriminator → their losses → adversarial training → gradient descent. It shows neither noise nor real data, nor which network is held still.
#
# A step of training has two halves. Here is **D's half**:
#
# ```mermaid
# graph LR
#     z["noise z"] --> G["G · frozen"] --> fake["generated samples"] --> D["D · learns"]
#     data["real data"] --> D --> a["logits"] --> L["D's loss"]
#     L -. "gradient, to D alone" .-> D
# ```
#
# Read: noise goes through a frozen G, D judges its samples and real ones, and the gradient of D's loss changes D alone. (*Frozen* means that the weights stay as they are.)
#
# And **G's half**:
#
# ```mermaid
# graph LR
#     z["fresh noise z"] --> G["G · learns"] --> fake["generated samples"] --> D["D · frozen"] --> a["logits"] --> L["G's loss"]
#     L -. "gradient, through D" .-> D -. "… to G alone" .-> G
# ```
#
# Read: fresh noise goes through G and then through D; the gradient of G's loss flows back *through* D, but only G changes. No real data are needed.
#
# The architecture, as a flow of data, is this:
#
# ```mermaid
# graph LR
#     z["noise z (N, Z)"] --> G --> x["samples, shaped like the data"] --> D --> a["one logit a sample (N,)"]
#     data["real data"] --> D
# ```
#
# Read: G maps noise to samples, and D maps samples of either kind to one number each.
#
# > **In the document** (§2.2.2). The chart of the architecture is a line: GAN → generator → discriminator → adversarial training.

# %% [markdown]
# ## 2 · What D knows
#
# Hold G still, and let D alone learn. To be able to check D, we choose both distributions so that their densities are known. Real points come from five round heaps, with density p. Our "generator" is $G(z)=z$, so its density q is the standard Gaussian. D is a small network with two hidden layers of 128 units.
#
# For fixed p and q, the paper of 2014 proves which D has the lowest loss:
#
# $$D^*(x) = \frac{p(x)}{p(x)+q(x)}, \qquad\text{as a logit:}\quad \log\frac{p(x)}{q(x)}$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $p(x)$ | `heaps.log_density(x).exp()` | density of the real data |
# | $q(x)$ | `q_log_density(x).exp()` | density of the generated samples |
# | $D^*(x)$ | `best(x)` (N,) | the best possible probability of "real" |
#
# Lesson 05 derives it. In words, for a D that gets equally many of both: if real points are three times as frequent at x as generated ones, the right answer there is ¾.


# %%
heaps = ring(modes=5, radius=1.5, std=0.4)


def q_log_density(x):  # (N, 2) → (N,): the standard Gaussian
    return -x.square().sum(1) / 2 - math.log(2 * math.pi)


def best(x):
    return torch.sigmoid(heaps.log_density(x) - q_log_density(x))


middle = torch.zeros(1, 2)
by_hand = heaps.log_density(middle).exp() / (heaps.log_density(middle).exp() + q_log_density(middle).exp())
assert torch.isclose(best(middle), by_hand).all()
print("p/(p+q) equals the sigmoid of log p − log q")

# %% [markdown]
# **Predict**: between the heaps, in the middle, there are many generated points and hardly any real ones. What will D say there – near 0, near ½ or near 1? And far outside, where there are hardly any of either?

# (`Adam` is a gradient descent that finds a step size for each weight; the schedule lets its learning rate fall to zero along half a cosine, so that D settles.)

# %%
seed_everything(SEED)
D = mlp(2, 1)
set_threads(D)
d_opt = torch.optim.Adam(D.parameters(), lr=RATE, fused=True)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(d_opt, D_STEPS)
for _ in range(D_STEPS):
    real, fake = heaps.sample(BATCH), torch.randn(BATCH, Z)
    d_loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    decay.step()

# %%
ticks = torch.linspace(-4, 4, 161)
points = torch.cartesian_prod(ticks, ticks)
with torch.no_grad():
    error = (torch.sigmoid(D(points)) - best(points)).abs()
weight = (heaps.log_density(points).exp() + q_log_density(points).exp()) / 2  # where the training points lie
mean_error = (error * weight).sum() / weight.sum()

fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.9), layout="constrained")
plots.show_field(axes[0], lambda x: torch.sigmoid(D(x)))
drawn = plots.show_field(axes[1], best)
fig.colorbar(drawn, ax=axes[:2], label="P(real)", ticks=(0, 0.5, 1))
plots.show_points(axes[2], heaps.sample(400), torch.randn(400, 2))
axes[2].set(xlim=(-3, 3), ylim=(-3, 4.5))
for ax, title in zip(axes, ("D, after training", "p / (p + q), computed", "what D was shown")):
    ax.set_title(title)
plt.show()
assert mean_error < 0.03 and error[weight > 0.01].max() < 0.15
print(
    "D's mean distance from p/(p+q), over the training points: below 0.03; at most 0.15 where there are points"
)

# %% [markdown]
# **See**: D found the ratio of two densities from samples, without an estimate of either. The middle is near 0 as it should be: at a place where almost all points are generated, it is right to say so. Far outside the formula says 0 too. D has seen next to nothing there and guesses: here rightly, but nothing in its training holds it to that.
#
# That D knows the ratio can be checked in another way. If its logit is $\log p/q$, then $e^{\text{logit}}$ says how many times likelier each generated point is among the real data. So generated points, weighted by it, must have the averages of the *real* data. Take the mean squared distance from the origin: it is 2 for the generated points, and $1.5^2 + 2\cdot 0.4^2 = 2.57$ for the real ones.

# %%
fake = torch.randn(20_000, 2)
with torch.no_grad():
    weights = D(fake).exp()
squared = fake.square().sum(1)
weighted = (weights * squared).sum() / weights.sum()
assert abs(squared.mean() - 2) < 0.1 and abs(weighted - 2.57) < 0.2
print(
    f"generated points: about {squared.mean():.0f}; the same points, weighted by D: within 0.2 of 2.57,",
    "the real value",
)

# %% [markdown]
# This works because the generated points reach everywhere where real ones are. Where they do not, a few points with huge weights would have to stand for all that is missing.
#
# ### Move the fakes
#
# The sliders move and stretch the generated points; the field is the best possible D for each place, computed from the densities. Where does the boundary, D = ½, lie when the fakes are far off? What does D say when they cover the real ones as well as one Gaussian can?


# %%
def draw_best(figure, shift, spread):
    def q_log(x):
        moved = (x - torch.tensor([shift, 0.0])) / spread
        return q_log_density(moved) - 2 * math.log(spread)

    def optimum(x):
        return torch.sigmoid(heaps.log_density(x) - q_log(x))

    generator = torch.Generator().manual_seed(0)
    fake = torch.randn(300, 2, generator=generator) * spread + torch.tensor([shift, 0.0])
    ax = figure.subplots()
    figure.colorbar(plots.show_field(ax, optimum), label="best P(real)", ticks=(0, 0.5, 1))
    plots.show_points(ax, heaps.sample(300, generator), fake, title="The best D for these fakes")
    ax.set(xlim=(-3, 3), ylim=(-3, 3))
    sure = (optimum(fake) < 0.1).float().mean()
    return f"the best D is sure (below 0.1) of {sure:.0%} of these generated points"


assert " 96% " in draw_best(Figure(), 3.0, 0.5) and " 25% " in draw_best(Figure(), 0.0, 1.2)
FigureExplorer(draw_best, size=(5.5, 4), shift=(-3.0, 3.0, 0.1, 1.5), spread=(0.2, 2.0, 0.1, 0.5))

# %% [markdown]
# **See**: at the start (shift 1.5, spread 0.5) the boundary bends round the fakes. Far off (shift 3) it runs between them and the ring, and the best D is sure of nearly all of them. With shift 0 and spread 1.2 it is sure of a quarter; it still says "real" on the heaps and "generated" in the middle: one Gaussian cannot be a ring.

# %% [markdown]
# ## 3 · What each half-step changes
#
# Two networks, each with weights (权重) and gradients (梯度). The cell takes one step of the game apart and looks at all four after every action. The code of a half-step is that of lesson 01, with `no_grad` in place of `detach`: either keeps G out of D's half.

# %%
seed_everything(SEED)
moon_points = moons()
G, D = mlp(Z, 2), mlp(2, 1)
g_opt = torch.optim.Adam(G.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)
d_opt = torch.optim.Adam(D.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)


def state():
    """Return copies of the weights and of the gradients of D and of G, by name."""
    found = {}
    for name, network in (("D", D), ("G", G)):
        found[f"{name}'s weights"] = [p.detach().clone() for p in network.parameters()]
        found[f"{name}'s gradients"] = [
            None if p.grad is None else p.grad.clone() for p in network.parameters()
        ]
    return found


def changed(before, after):
    """Return the names of what differs between two states."""
    names = []
    for name in before:
        for a, b in zip(before[name], after[name]):
            same = a is b if a is None or b is None else torch.equal(a, b)
            if not same and name not in names:
                names.append(name)
    return names


# %%
def d_backward():
    with torch.no_grad():
        fake = G(torch.randn(BATCH, Z))
    d_loss = softplus(-D(moon_points.sample(BATCH))).mean() + softplus(D(fake)).mean()
    d_opt.zero_grad()
    d_loss.backward()


def g_backward():
    g_loss = softplus(-D(G(torch.randn(BATCH, Z)))).mean()
    g_opt.zero_grad()
    g_loss.backward()


log = {}
for title, action in (
    ("D's half: backward", d_backward),
    ("D's half: optimiser steps", d_opt.step),
    ("G's half: backward", g_backward),
    ("G's half: optimiser steps", g_opt.step),
):
    before = state()
    action()
    log[title] = changed(before, state())
    print(f"{title:<26} changes {' and '.join(log[title])}")

# %%
assert log["D's half: backward"] == ["D's gradients"] and log["D's half: optimiser steps"] == ["D's weights"]
assert log["G's half: optimiser steps"] == ["G's weights"]
assert log["G's half: backward"] == ["D's gradients", "G's gradients"]
print("G's backward pass also fills D's gradients")

# %% [markdown]
# **See**: one line of four is a surprise. The gradient of G's loss passes through D's layers, and PyTorch computes it for every weight on the way: D's weights now hold the gradient of *G's* loss, that is, what D would have to do to please G. D must never take that step, so D's half clears its gradients before its own `backward`. Lesson 03 leaves that line out, to see. (The package's `g_step` asks for G's gradients alone.)

# %% [markdown]
# ## 4 · The game on two-dimensional data
#
# Now both halves in turn, on points in the shape of two half-moons. The package's `d_step` and `g_step` are the two halves; `adversarial_steps` alternates them; `losses.non_saturating` is the pair of losses of lesson 01, whose name lesson 03 explains. The board shows the losses, and the game itself: real points in blue, generated ones in orange, and D's probability of "real" as the background. The arrows show where the gradient of G's loss pushes each generated point.


# %%
def draw_game(ax, G, D, count=200):
    generator = torch.Generator().manual_seed(0)
    real, fake = moon_points.sample(count, generator), G(torch.randn(count, Z, generator=generator)).detach()
    plots.show_field(ax, lambda x: torch.sigmoid(D(x)))
    plots.show_points(ax, real, fake)
    with torch.enable_grad():  # where would each generated point go to lower G's loss?
        moved = fake[:40].requires_grad_()
        (slope,) = torch.autograd.grad(softplus(-D(moved)).sum(), moved)
    pull = -slope * (0.5 / slope.norm(dim=1, keepdim=True)).clamp(max=1)  # cut at 0.5, so that all fit in
    ax.quiver(
        *moved.detach().T, *pull.T, color=plots.GENERATOR, width=0.006, angles="xy", scale_units="xy", scale=0.5
    )
    ax.set(xlim=(-3, 3), ylim=(-3, 3), title="D's field, and its pull on the samples")


# %%
def picture():
    figure = Figure(figsize=(4, 3.4), layout="constrained")
    draw_game(figure.subplots(), G, D)
    return figure


seed_everything(SEED)
G, D = mlp(Z, 2), mlp(2, 1)
g_opt = torch.optim.Adam(G.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)
d_opt = torch.optim.Adam(D.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)
decay = [torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS) for opt in (g_opt, d_opt)]
game = adversarial_steps(
    moon_points.batches(BATCH, SEED),
    d_update=lambda real: d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(BATCH, Z)),
    g_update=lambda _: g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, Z)),  # needs no real batch
)
board = LossBoard(STEPS, sample=picture)
kept = {0: copy.deepcopy((G, D))}

# %%
for logs in board.watch(game):
    for schedule in decay:
        schedule.step()
    board.update(logs)
    if len(board.history) in KEEP:
        kept[len(board.history)] = copy.deepcopy((G, D))


# %%
def near_real(points):
    """Return the share of points within three standard deviations of the centre of some real heap."""
    return (torch.cdist(points, moon_points.centres).min(1).values < 3 * moon_points.std).float().mean().item()


def reached(points):
    """Return the share of real heaps with a generated point within three standard deviations of the centre."""
    return (torch.cdist(points, moon_points.centres).min(0).values < 3 * moon_points.std).float().mean().item()


with torch.no_grad():
    before, after = (kept[step][0](torch.randn(4000, Z)) for step in (0, STEPS))
assert near_real(before) < 0.2 and near_real(after) > 0.85 and reached(after) > 0.9
print("generated points near the moons: fewer than 20 % before, more than 85 % after")
print("parts of the moons that generated points reach after training: more than 90 %")

# %% [markdown]
# **See**: D's loss is near 2 log 2 at the end – and was so at the start. It says that D cannot tell the two apart, which a new D cannot either; the *points* say that G is good. Now run the next cell, and move its slider through the game. At step 0, D is close to a plane: the arrows agree, and are tiny. Then D finds where points are missing, and the arrows grow and part. At the end the field is nearly flat at ½ where the points are, and nearly all arrows are short again: there is little left to learn from.


# %%
def draw_step(figure, step):
    draw_game(figure.subplots(), *kept[step])
    return f"after step {step}"


FigureExplorer(draw_step, size=(6, 4.6), step=list(kept))


# %%
def typical_pull(G, D):
    """Return the median length of the arrows."""
    moved = G(torch.randn(1000, Z)).detach().requires_grad_()
    (slope,) = torch.autograd.grad(softplus(-D(moved)).sum(), moved)
    return slope.norm(dim=1).median().item()


pulls = {step: typical_pull(*networks) for step, networks in kept.items()}
assert pulls[STEPS] < 0.6 * max(pulls.values()) and pulls[0] < 0.5 * max(pulls.values())
print("the median pull is small at the start and at the end, and larger in between")

# %% [markdown]
# ## 5 · Ask the playground: why does a ring collapse?
#
# The moons were kind. Here is a harder case: eight small heaps of real data on a ring, plain gradient descent for both networks, and a G that learns at twice D's rate. G could make eight heaps. What it makes instead is called *mode collapse* (模式崩溃), and no chart of §2 explains it. You can find the reason yourself, with a **playground**. It plays with any two networks, here those of the next cell, and you decide who moves:
#
# | | |
# | --- | --- |
# | **Play**, **Pause**, **Step** | whole steps: D's half, then G's half |
# | **D alone**, **G alone** | half a step; the other network is frozen. **Half-steps a click** makes it 1, 10 or 100 (lesson 03 uses **Next part** and **Slow motion**) |
# | **Layers** | what the picture shows: among them the arrows of section 4, and *G's map*, a square grid of z as G bends it. The black line of the field is where D says ½ |
# | **Recording** | shows earlier moments; the run itself stays at its right end |
# | **modes covered** | heaps that get at least a few of the generated points. It asks for little: a thin cloud over everything covers all of them |
# | **good samples** | the share of generated points that lie within a heap. Judge by both: *many* heaps covered, and *many* points good |
# | **JS divergence** | how far apart real and generated points are: 0 if they lie alike, log 2 = 0.69 if they have nothing in common (lesson 05) |
# | the controls beside the picture | take effect at once; **More controls** opens the rest. **Reset** goes back to step 0, with the weights as they were handed over; the controls stay as you set them |
#
# **Predict**: how many of the eight heaps will G cover, and will it stay with them?


# %%
def network(inputs, outputs, width=64):
    """Return a network of two hidden layers, (N, inputs) → (N, outputs), or → (N,) for one output."""
    layers = [nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2)]
    layers.append(nn.Linear(width, outputs))
    return nn.Sequential(*layers, nn.Flatten(0)) if outputs == 1 else nn.Sequential(*layers)


def ring_game(**settings):
    """Return a playground with new networks that has played for `RING_STEPS` steps without a penalty."""
    seed_everything(SEED)
    G, D = network(Z, 2), network(2, 1)
    game = Playground(
        G, D, losses.non_saturating, data="ring", penalty=None, strength=1.0, seed=SEED,
        d_opt="gradient descent", g_opt="gradient descent", d_rate=D_DESCENT, g_rate=G_DESCENT, **settings,
    )  # fmt: skip
    game.run(RING_STEPS)
    return game


ring_game(half_steps=10)

# %% [markdown]
# It has played for 1,500 steps already. Now ask it, in this order; it takes ten minutes. (The line **Diagnosis** under the picture opens to advice; leave it closed. Lesson 04 explains it.)
#
# 1. Drag **Recording** to its left end, and slowly to the right. How many heaps are covered during the first 400 steps? How many samples are good meanwhile? And what becomes of the points after that?
# 2. Switch on the **arrows**. Compare those of different points, in the thin cloud and at the right end.
# 3. Press **D alone** four times (ten half-steps each), then **G alone** once, then **D alone** once more, and so on in turn, up to twelve times. Each time: what moves, and what stands still? Do the arrows ever turn back to where the points came from?
# 4. So what would have to be different about D's field? A *penalty* is a term added to D's loss that charges D for its slope: R1 at the real points, R2 at the generated ones, a gradient penalty in between; "to 0" asks for no slope, "to 1" for a slope of 1. Choose one in the control **penalty on D** (its strength is set to 1), press **Play**, and give it some 1,500 steps. For the next one: **Reset**, penalty *none*, **Play** until the line above the picture says step 1,500, **Pause**, and choose again. Which of them bring all eight heaps back, and how good do the samples get?
#
# <details><summary>What you should have seen</summary>
#
# 1. At first the points spread over the whole ring: seven or eight heaps are covered for a while. But fewer than one point in ten is good, so it is a thin cloud rather than eight heaps. Then the cloud draws together to a clump. At the end it covers no heap or one or two, and it hops from place to place.
# 2. In the thin cloud the arrows point all ways. At the end they agree far more; mostly nearly all of them point the same way. The generated points sit together, so each asks D's field at nearly the same place, and gets the same answer. Nothing in G's loss says that there are too many of them.
# 3. D alone: the points stand still, and the field changes under them. G alone: the field stands still, and the points move, all of them together. D alone again: often the arrows turn straight back at once, else after some more turns. So it goes on. D is right about where the points *are*. But some place always scores higher than all others, and D is so steep that every point is pulled towards it.
# 4. A field that is *gentle*: then no place is much better than another, and the points can spread. **R1** does it, and the arrows of different points now point in different directions. Some 15 to 25 of 100 samples are good, more than in the thin cloud of the beginning, and far from all. **R2**, which asks for the same at the generated points, and the gradient penalty **to 0**, in between, bring the heaps back too, with most seeds; with some, at this strength, the numbers overflow, and the widget says so. The gradient penalty **to 1** asks for a slope: heaps come and go. (We tried each with ten seeds; the cell below computes R1.) With **Keep picture**, your own run goes into the notebook file.
#
# </details>
#
# Your eyes have judged. The next cell plays the same again, from the same start, and counts.


# %%
def agreement(G, D):
    """Return the length of the mean of the arrows' directions: 1 if they agree, near 0 if they are mixed."""
    moved = G(torch.randn(500, Z)).detach().requires_grad_()
    (slope,) = torch.autograd.grad(softplus(-D(moved)).sum(), moved)
    return nn.functional.normalize(-slope, dim=1).mean(0).norm().item()


def steepness(D):
    """Return the median length of the slope of D's logit at real points."""
    x = ring().sample(500).requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x)
    return slope.norm(dim=1).median().item()


covered, good, same_way, steep = {}, {}, {}, {}
for penalty in ("none", "R1"):
    game = ring_game()
    game.change(penalty=penalty)
    game.run(RING_STEPS - 500)
    looks = []
    for _ in range(5):  # over the last 500 steps
        now = game.run(100)
        looks.append((now["covered"], now["good"], agreement(game.G, game.D), steepness(game.D)))
    covered[penalty], good[penalty], same_way[penalty], steep[penalty] = map(sorted, zip(*looks))

# %%
assert covered["none"][-1] <= 3 and covered["R1"][2] >= 7  # the most, and the median
print("heaps covered, in five looks from step 2,600 to 3,000:")
print("without a penalty at most 3 of 8, with R1 mostly 7 or 8")
assert good["R1"][2] > 0.1
print("good samples with R1: typically more than one in ten")
assert same_way["none"][2] > 0.8 and same_way["R1"][-1] < 0.5
print("agreement of the arrows: typically above 0.8 without a penalty, and below 0.5 with R1")
assert steep["none"][2] > 2 * steep["R1"][2]
print("D's typical slope at real points: more than twice as steep without a penalty")

# %% [markdown]
# **See**: a steep D pushes all of G's points the same way; a gentle one pushes each towards what is missing near it. The penalty changes nothing about G or its loss; it changes what G can learn from D. Nor is the run good yet: the heaps are covered, and most points lie between them, as **good samples** says. Lesson 04 shows more of what collapse looks like in numbers; lesson 05 proves for the smallest case that with R1 and small steps the game comes to rest.

# %% [markdown]
# ## 6 · The six notions, and where you met them
#
# Lesson 01 introduced six notions (§1.2 of the document). Here they are once more, each with its place in this notebook.
#
# | §2.1 | English | in this notebook |
# | --- | --- | --- |
# | 生成对抗网络 | generative adversarial network | the loop of section 4 |
# | 生成器 | generator | `G`: noise (N, 2) → points (N, 2) |
# | 判别器 | discriminator | `D`: points (N, 2) → logits (N,), an estimate of $\log p/q$ |
# | 损失函数 | loss function | `losses.non_saturating`: a pair, one for each network |
# | 对抗训练 | adversarial training | the two halves in turn |
# | 梯度下降 | gradient descent | `d_opt.step()` and `g_opt.step()`, each on its own network |
#
# ## 7 · Break it: a game without one of its inputs
#
# **Break it**: leave out the noise, or the real data, as a chart without them would have it.
#
# **Predict** for each: what will G's samples look like without noise, that is with the same z in every batch? And what will D believe if it never sees real data?


# %%
def broken(noise=True, data=True):
    """Play without noise or without real data; returns samples of G, and D's P(real) on real points."""
    seed_everything(SEED)
    G, D = mlp(Z, 2), mlp(2, 1)
    g_opt, d_opt = (
        torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (G, D)
    )
    for real in islice(moon_points.batches(BATCH, SEED), BROKEN_STEPS):
        z = torch.randn(BATCH, Z) if noise else torch.ones(BATCH, Z)
        with torch.no_grad():
            fake = G(z)
        d_loss = softplus(D(fake)).mean() + (softplus(-D(real)).mean() if data else 0)
        d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()
        g_loss = softplus(-D(G(z))).mean()
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
    with torch.no_grad():
        return G(z), torch.sigmoid(D(moon_points.sample(500)))


without_noise, _ = broken(noise=False)
assert without_noise.std(0).max() < 1e-5
print(f"without noise: {len(without_noise)} samples, all at the same point")
_, belief = broken(data=False)
assert belief.mean() < 0.1
print("without real data: D calls real points generated, with a mean probability of real below 0.1")

# %% [markdown]
# **See**: without noise G is a function without input, and can make one sample. Without real data "generated" is the right answer to everything, and D learns just that. Both inputs belong in the chart.

# %% [markdown]
# ## 8 · The chart of §2.3, which is about something else
#
# > **In the document** (§2.3). It promises the overall architecture of the core concepts (核心概念的整体架构), and shows the life of a large language model: pre-training on text, fine-tuning, prompting, continual learning. No generator, no discriminator and no noise occur in it.
#
# It is a good chart, of another thing. What could its boxes mean for a GAN?
#
# | box | of a language model | for a GAN | lesson |
# | --- | --- | --- | --- |
# | 预训练 pre-training | learn from large amounts of text | train on a large, broad image set | 18; a first one in 06 |
# | 全参数微调 full fine-tuning | go on training all weights on a new task | go on training G and D on new images | 18 |
# | 参数高效微调 parameter-efficient fine-tuning | train a few added weights | freeze the first layers of D, or change G by tables of low rank | 18 |
# | 提示学习, 零样本, 少样本: prompting, zero- and few-shot | say in the input what is wanted | condition G on a class (lesson 11), or search for the z of an example; adapt with ten images | 11, 18 |
# | 下游任务 downstream task | translate, summarise, … | edit images, fill gaps, translate between image domains | 13 |
# | 持续学习 continual learning | learn new things without forgetting | the same, and GANs forget quickly | 18 |

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 02.1 (★, 3 min): the best answer at one point
#
# **Predict.** At some point x, generated samples are three times as frequent as real ones: $q(x) = 3\,p(x)$. Which *logit* should the best D return there? Give it to two decimals.

# %%
### BEGIN SOLUTION
logit = -1.10
### END SOLUTION

check("02.1", logit)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The logit of the best D is $\log p/q$, with the natural logarithm.
#
# </details>

# %% [markdown] tags=["solution"]
# The best D's logit is log p/q = log ⅓ = −1.10. Its probability there is ¼: of four samples at x, one is real.

# %% [markdown]
# ### Exercise 02.2 (★★, 8 min): real averages from generated points
#
# Write the trick of section 2 as a function. It gets the value of something at each generated point, `values` (N,), and D's logits at the same points (N,), and returns the estimate of its mean over the *real* data. Return a number or a tensor without dimensions.


# %%
def real_mean(values, logits):
    ### BEGIN SOLUTION
    weights = torch.exp(logits)
    return (weights * values).sum() / weights.sum()
    ### END SOLUTION


check("02.2", real_mean)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A point with weight 2 counts as two points. What does a mean divide by, then? (For a perfect D, N would do as well; the sum of the weights also cancels a constant error in D's logits.)
#
# </details>

# %% [markdown] tags=["solution"]
# e^logit = p/q is the weight of each generated point: how many real points it stands for. A weighted mean divides by the sum of the weights, not by N; with a perfect D and many points the two agree, and the sum also cancels a constant error in D's logits.

# %% [markdown]
# ### Exercise 02.3 (★★, 10 min): correct a half-step
#
# This is meant to be D's half of a step. It raises no error, and three things are wrong with it: it also leaves its mark on G, it lets D learn the opposite, and it adds to what was left from the step before.
#
# ```python
# def d_half(G, D, d_opt, real, z):
#     fake = G(z)
#     d_loss = softplus(D(real)).mean() + softplus(-D(fake)).mean()
#     d_loss.backward()
#     d_opt.step()
#     return d_loss.item()
# ```
#
# Write it as it should be. G's weights *and gradients* must be as before; return D's loss as a float.


# %%
def d_half(G, D, d_opt, real, z):
    ### BEGIN SOLUTION
    with torch.no_grad():
        fake = G(z)
    d_loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    return d_loss.item()
    ### END SOLUTION


check("02.3", d_half)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Section 3 has D's half: `d_backward`, and then `d_opt.step()`. Compare them line by line. `softplus(-a)` is small where a is high.
#
# </details>

# %% [markdown] tags=["solution"]
# `torch.no_grad()` (or `.detach()`) cuts the path back to G, so that G gets no gradients. The signs were exchanged: D's loss must fall when logits on real samples rise, so softplus(−D(real)). And `zero_grad` belongs before `backward`, or the gradient of the step before (and the one that G's half left in D) is added.

# %% [markdown]
# ## What you now know
#
# - A D that was trained long enough against a fixed G says p/(p+q), and its logit is the log of the density ratio. Averages over real data can be computed from it, where generated points reach all of them.
# - In D's half G is frozen, in G's half D is; the gradient of G's loss flows through D and also fills D's gradients, which D must throw away.
# - Where D is steep, all generated points get the same advice, and move together: that is mode collapse. A penalty on D's slope parts them.
# - Noise and real data are the two inputs; without either there is no game.
#
# **What this does not show**: that D is ever trained long enough *during* the game. There D has one step before G moves on, and is always a little behind. Nor that a network can find the ratio in high dimensions, with finite data.
#
# **The document says** that the chart of the notions is also the flow of training, without noise, data or a frozen network, and that the life of a language model is the overall architecture. **In fact** both inputs and both half-steps are needed to say what a GAN does, and §2.3 shows no GAN.
#
# **Further reading**
#
# - Goodfellow et al., "Generative Adversarial Nets" (2014), section 4.1: the proof that the best D is p/(p+q), in half a page.
# - Sugiyama, Suzuki and Kanamori, "Density Ratio Estimation in Machine Learning" (2012): the same idea without a generator.
# - Kahng et al., "GAN Lab" (2018): a GAN on 2-D data in the browser, with arrows on the samples.
