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
# # 04 · Strengths and failures
#
# **You will** produce each of the well-known weaknesses of GANs on purpose, measure it, and see what reduces it. At the end a function reads a training history and says what it finds.
#
# **Needs** lesson 03. **Time** 55 minutes to read and play, and 20 for the exercises; the notebook computes for about 2½ minutes. **First** clear all outputs.
#
# **Follows** §3.3 算法优缺点 (strengths and weaknesses of the algorithm).
#
# **Papers** Goodfellow et al. 2014 · Arjovsky and Bottou 2017 (vanishing gradients) · Metz et al. 2017 (mode collapse, the ring) · Mescheder et al. 2018 (R1) · Gulrajani et al. 2017 (gradient penalty) · Lin et al. 2018 (PacGAN) · Yazıcı et al. 2019 (averaging)

# %% [markdown]
# ## The question
#
# GANs have three well-known weaknesses: training is unstable (训练不稳定; with vanishing gradients, 梯度消失, and mode collapse, 模式崩溃), sample quality is uneven, and it takes much computing. But a list does not help at two in the morning. *Which* of them does my run have, how can I tell, and what made it so?
#
# > **In the document** (§3.3). These are its three weaknesses, in this order, and all are true. It gives neither a cause nor a cure for any.

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

import math
import textwrap
import time
from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.data import Mixture, grid, ring
from gan_lessons.diagnosis import diagnose
from gan_lessons.exercises import check
from gan_lessons.networks import mlp
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard, Playground

# %% tags=["parameters"]
SEED = 0
SEEDS = [3 * SEED + i for i in range(3)]  # runs are repeated with these
BATCH = 256
Z = 2
RATE = 2e-3  # Adam's learning rate, for both networks; β₁ = 0, β₂ = 0.99
GAMMA = 0.05  # strength of R1 where it is used
STEPS = 1200  # of a run in which D and G take equal turns
ROUNDS = 40  # of a run in which G runs ahead: one step of D, and …
G_PER_D = 50  # … this many of G
FROZEN_STEPS = 1200  # of D against a frozen G
MOMENTUM_STEPS = 800  # of the runs with and without momentum
LOOK = 20  # steps between two looks at the samples
PATIENT_STEPS = 400  # of each run of the patient in section 8

# %% [markdown]
# ## 1 · The strengths, first
#
# A GAN can make samples of high quality, its structure is simple (结构简单), and it is easy to extend (可扩展性强). The second is the reason why this lesson can run at all: a GAN is two networks and two losses, and 25 lines train it. A fourth strength is *speed of sampling*: one pass through G makes a sample. A diffusion model, which starts from noise and cleans it bit by bit, needs a pass for every bit; an autoregressive model, which writes one word or pixel after the other, needs one for each of them.
#
# > **In the document** (§3.3). It names the first three, and leaves out the speed of sampling.
#
# One function makes all the games of this lesson. Besides the loop of lesson 03 it has knobs: more steps of D or G in a turn, a penalty, another optimiser, a falling learning rate. Adam runs without momentum here (β₁ = 0).


# %%
def adam(parameters):
    return torch.optim.Adam(parameters, lr=RATE, betas=(0.0, 0.99), fused=True)


def new_game(
    data, seed, loss=losses.non_saturating, penalty=None, d_per_g=1, g_per_d=1, optimiser=adam, fall=None
):
    """Return G, D, and an iterator that trains them; `fall`: steps over which the learning rate falls to 0."""
    seed_everything(seed)
    G, D = mlp(Z, 2), mlp(2, 1)
    set_threads(G, D)
    g_opt, d_opt = optimiser(G.parameters()), optimiser(D.parameters())
    decay = [torch.optim.lr_scheduler.CosineAnnealingLR(opt, fall) for opt in (g_opt, d_opt)] if fall else []

    def d_update(real):
        return d_step(G, D, d_opt, loss, real, torch.randn(BATCH, Z), penalty=penalty)

    def g_update(real):
        for _ in range(g_per_d):
            logs = g_step(G, D, g_opt, loss, torch.randn(BATCH, Z))
        for schedule in decay:
            schedule.step()
        return logs

    return G, D, adversarial_steps(data.batches(BATCH, seed), d_update, g_update, d_per_g)


# %%
def samples(G, n=2000):
    with torch.no_grad():
        return G(torch.randn(n, Z, generator=torch.Generator().manual_seed(0)))


def play(data, seed, steps, look=LOOK, **knobs):
    """Train; returns G and the history, which every `look` steps says what the samples are like."""
    G, _, game = new_game(data, seed, **knobs)
    history = []
    for step, logs in enumerate(islice(game, steps)):
        if step % look == 0 or step == steps - 1:
            points = samples(G)
            found = metrics.modes(points, data)
            logs |= {"covered": found.covered, "total": found.total, "high_quality": found.high_quality}
            logs |= {"mean": points.mean(0).tolist(), "spread": points.std(0).max().item()}
        history.append(logs)
    return G, history


# %% [markdown]
# The real data of this lesson lie in heaps, its *modes* (模式). A sample is of *high quality* if it lies within three standard deviations of the centre of some mode; a mode is *covered* if it gets enough such samples (at least 1 % of its fair share). Coverage asks only whether a mode was forgotten: a blur over everything covers all. Read it together with the quality.
#
# ## 2 · Vanishing gradients
#
# **On purpose**: freeze G, and train D on and on. Real data lie on a ring; G is new, and its points lie in the middle. As D grows surer, what is left of G's gradient? We compute its norm, from D's logits, for the two losses of 2014:
#
# $$\text{minimax: } \log(1-\sigma(a)), \text{ slope } -\sigma(a) \qquad\qquad \text{non-saturating: } -\log\sigma(a), \text{ slope } -(1-\sigma(a))$$
#
# **Predict** both curves.

# %%
ring_of_8, grid_of_25 = ring(), grid(spacing=1.0)


def g_gradient(G, D, loss, z):
    """Return the norm of the gradient of G's loss in all of G's weights."""
    slopes = torch.autograd.grad(loss.g(D(G(z))), list(G.parameters()))
    return torch.cat([slope.flatten() for slope in slopes]).norm().item()


G, D, _ = new_game(ring_of_8, SEED)
d_opt, z = adam(D.parameters()), torch.randn(BATCH, Z)
frozen_history, curves = [], {"minimax": [], "non-saturating": []}
for step, real in enumerate(islice(ring_of_8.batches(BATCH, SEED), FROZEN_STEPS)):
    if step % 10 == 0:
        for name, loss in (("minimax", losses.minimax), ("non-saturating", losses.non_saturating)):
            curves[name].append(g_gradient(G, D, loss, z))
    logs = d_step(G, D, d_opt, losses.minimax, real, torch.randn(BATCH, Z))
    frozen_history.append(logs | {"g_grad": curves["minimax"][-1]})

# %%
fig, ax = plt.subplots(figsize=(6.5, 2.8))
for (name, values), dash in zip(curves.items(), ("--", "-")):
    ax.semilogy(range(0, FROZEN_STEPS, 10), values, dash, color=plots.GENERATOR, label=name)
ax.set(title="The better D, the less minimax teaches G", xlabel="D's steps", ylabel="norm of G's gradient")
ax.legend()
plt.show()
fell, grew = (values[-1] / values[0] for values in curves.values())
assert fell < 1e-3 and grew > 1
print("minimax: G's gradient fell to less than a thousandth; non-saturating: it is larger than at the start")
print(diagnose(frozen_history)[0].disease)

# %% [markdown]
# **See**: an excellent D is of no use to a G that learns by minimax. The non-saturating loss gives G a gradient again. But this gradient *grows*, and its direction comes from a D that is sure of everything: large is not the same as useful (Arjovsky and Bottou 2017), and section 8 shows a game that it does not save.
#
# **What reduces it**: not to let D become sure. D and G take equal turns, or a penalty limits D's slope: *R1* of lesson 02, which charges D for its slope at the real points.

# %% [markdown]
# ## 3 · Mode collapse
#
# **On purpose**: let G take fifty steps for each one of D. Against a D that stands still, the best reply is to put *all* samples where D's output is highest (lesson 01). Then D takes its step, and the best place is another.
#
# **Predict**: with real data in 8 heaps, how many of them will such a G cover after 40 rounds? And will it stay where it is?


# %%
import copy
from matplotlib.figure import Figure


def draw_samples(ax, data, G, D):
    """Draw 400 samples in a frame that holds them all, over D's field; returns them."""
    points = samples(G, 400)
    reach = max(3.0, 1.1 * points.abs().max().item())  # half the side of the frame
    plots.show_field(ax, lambda x: torch.sigmoid(D(x)), low=0.3, high=0.7, reach=reach)
    plots.show_points(ax, data.sample(400, torch.Generator().manual_seed(0)), points)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), title="P(real): orange 0.3, blue 0.7")
    return points


def picture():
    figure = Figure(figsize=(3.8, 3.4), layout="constrained")
    draw_samples(figure.subplots(), ring_of_8, G, D)
    return figure


G, D, game = new_game(ring_of_8, SEED, g_per_d=G_PER_D)
board = LossBoard(ROUNDS, sample=picture)
kept = {}

# %%
for logs in board.watch(game):
    board.update(logs)
    kept[len(board.history)] = copy.deepcopy((G, D))


# %%
def draw_moment(figure, rounds):
    points = draw_samples(figure.subplots(), ring_of_8, *kept[rounds])
    found, middle = metrics.modes(samples(kept[rounds][0]), ring_of_8), points.mean(0)
    return (
        f"after round {rounds}: {found.covered} of 8 modes covered; the middle of the samples is at "
        f"({middle[0]:.1f}, {middle[1]:.1f}), and they spread by {points.std(0).max():.2f} about it"
    )


FigureExplorer(draw_moment, size=(5.5, 4.4), rounds=list(kept))

# %%
far = [samples(G).abs().amax(1).median().item() for G, _ in kept.values()]
spread = [samples(G).std(0).max().item() for G, _ in kept.values()]
back = next((i for i, distance in enumerate(far) if distance < 3), 0)  # the first round that comes back
assert max(far[:back]) > 20 and sorted(spread[back : back + 10])[5] < 0.3
print("at first the samples fly off, farther than 20 (the ring has a radius of 2); then they come back, and")
print("in the ten rounds from there they typically spread by less than 0.3 (the ring spreads by 1.4)")

# %% [markdown]
# **See**: move the slider above, and mind the numbers at the axes: the frame always holds all samples. In the first rounds they fly off, to ten times the radius of the ring and farther. D has never seen a point out there, and its logit just goes on rising. Its loss shows how wrong it is. Then the samples come back as one small heap, and hop from place to place, away from each place that D has found out. (Some later round may throw them out once more, or smear them over several places.) From here on both losses mostly lie near 2 log 2 and log 2, as in a run that works, while the samples are still collapsed.
#
# One run proves nothing. So: the ring of 8 and the grid of 25, three seeds each, in three ways: fifty steps of G for one of D (40 rounds: 2,000 steps of G and 40 of D); one step for one (1,200 of each); and one for one with R1 and a learning rate that falls to zero. (Real points are blue, generated ones orange. The eighteen games take a minute or two.)

# %%
WAYS = {
    "50 : 1": {"steps": ROUNDS, "g_per_d": G_PER_D, "look": 1},
    "1 : 1": {"steps": STEPS},
    "1 : 1, R1": {"steps": STEPS, "penalty": losses.r1(GAMMA), "fall": STEPS},
}
PLACES = {"ring": ring_of_8, "grid": grid_of_25}
runs = {
    (place, way, seed): play(data, seed, **knobs)
    for place, data in PLACES.items() for way, knobs in WAYS.items() for seed in SEEDS
}  # fmt: skip

# %%
fig, axes = plt.subplots(2, 3, figsize=(9, 5.8), layout="constrained")
for row, place in zip(axes, PLACES):
    for ax, way in zip(row, WAYS):
        G, history = runs[place, way, SEEDS[0]]
        plots.show_points(ax, PLACES[place].sample(500), samples(G, 500))
        ax.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="", ylabel="")
        end = history[-1]
        ax.set_title(f"{place}, {way}: {end['covered']} covered, {end['high_quality']:.0%} good", fontsize=10)
        ax.get_legend().remove()
plt.show()
counts = {}
for (place, way, _), (_, history) in runs.items():
    counts.setdefault((place, way), []).append(history[-1]["covered"])
assert sorted(counts["ring", "50 : 1"])[1] <= 2 and sorted(counts["grid", "50 : 1"])[1] <= 4
print("fifty steps of G for one of D: at most 2 of 8 modes, and at most 4 of 25, with two seeds or all three")
assert min(counts["ring", "1 : 1"]) >= 5 and min(counts["grid", "1 : 1"]) >= 12
print("one step for one: at least 5 of 8, and at least 12 of 25")
assert min(counts["ring", "1 : 1, R1"]) == 8 and min(counts["grid", "1 : 1, R1"]) >= 23
print("with R1 and a falling rate as well: all 8 of 8, and at least 23 of 25")

# %%
for place in PLACES:
    histories = [runs[place, "50 : 1", seed][1] for seed in SEEDS]
    paths = [torch.tensor([logs["mean"] for logs in history]) for history in histories]
    assert min(path.diff(dim=0).norm(dim=1).sum() for path in paths) > 100
    assert sorted(min(logs["spread"] for logs in history[-12:]) for history in histories)[1] < 0.5
print("the middle of the samples travels more than 100 (the ring has a radius of 2);")
print("at their tightest they spread by less than 0.5, with two seeds or all three")

# %% [markdown]
# **See**: a G that runs ahead collapses nearly always (of thirty such games on the ring that we tried, one had found five modes after 40 rounds). Not letting it run ahead is most of the cure here, and R1 with a falling rate does the rest: R1 keeps D's slope gentle, so that no single place is much better than all others. (The picture shows one seed: there the ring has little left to gain, and the grid has.) Even then, on the grid, many samples lie between the modes: it is covered, and not yet good.
#
# **What else is used**: to let D see several samples at once, so that sameness itself gives G away (PacGAN, Lin et al. 2018; lesson 08).

# %% [markdown]
# ## 4 · Oscillation and divergence
#
# **Oscillation on purpose**: momentum (动量). On one hill it helps: it carries on in the direction that was right before. In a game the right direction turns all the time. Real data are now a single heap at (1, 1). Both networks learn by gradient descent: with momentum 0.95; without momentum, at a rate twenty times as high, so that each slope moves the weights as far in the end; and with momentum and R1.


# %%
def descent(rate, momentum):
    return lambda parameters: torch.optim.SGD(parameters, lr=rate, momentum=momentum)


one_heap = Mixture([[1.0, 1.0]], std=0.05)
VARIANTS = {
    "momentum": {"optimiser": descent(0.005, 0.95)},
    "no momentum": {"optimiser": descent(0.1, 0.0)},
    "momentum and R1": {"optimiser": descent(0.005, 0.95), "penalty": losses.r1(1.0)},
}
swings = {name: play(one_heap, SEED, MOMENTUM_STEPS, look=4, **knobs)[1] for name, knobs in VARIANTS.items()}
means = {
    name: torch.tensor([logs["mean"] for logs in history if "mean" in logs]) for name, history in swings.items()
}

fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.8), sharey=True, layout="constrained")
for ax, (name, path) in zip(axes, means.items()):
    ax.plot(torch.arange(len(path)) * 4, path[:, 0], color=plots.FAKE, label="samples")
    ax.axhline(1, color=plots.REAL, linestyle="--", label="real")
    ax.set(title=name, xlabel="step", ylim=(-1, 3))
axes[0].set_ylabel("mean of $x_1$")
axes[0].legend()
fig.suptitle("With momentum alone, G does not come to rest")
plt.show()
rest = {name: path[len(path) // 2 :].std(0).max().item() for name, path in means.items()}
assert rest["momentum"] > 0.12 > max(rest["no momentum"], rest["momentum and R1"])
print("standard deviation of the samples' mean in the second half:")
print("above 0.12 with momentum, below 0.12 in the others")
print("with momentum:", *(found.disease for found in diagnose(swings["momentum"])))

# %% [markdown]
# **Divergence on purpose**: the Wasserstein loss (lesson 08) is the difference of D's mean outputs. It has no end: D can always make it larger by making *everything* larger, unless something limits its slope. A gradient penalty does. D takes ten steps for each of G, since this loss wants a D that is near its best.

# %%
free, limited = (
    play(ring_of_8, SEED, 200, loss=losses.wasserstein, penalty=penalty, d_per_g=10)[1]
    for penalty in (None, losses.gradient_penalty(1.0))
)
gaps = {name: [abs(logs["d_real"] - logs["d_fake"]) for logs in history]
        for name, history in (("without a limit", free), ("gradient penalty", limited))}  # fmt: skip
fig, ax = plt.subplots(figsize=(6.5, 2.6))
for (name, values), dash in zip(gaps.items(), ("-", "--")):
    ax.semilogy(values, dash, color=plots.DISCRIMINATOR, label=name)
ax.set(title="Without a limit, D's output grows and grows", xlabel="step", ylabel="|real logits − fake logits|")
ax.legend()
plt.show()
late_gaps = {name: sorted(values[-50:])[25] for name, values in gaps.items()}
assert late_gaps["without a limit"] > 100 and late_gaps["gradient penalty"] < 3
print(
    "the gap between D's mean outputs, median of 50 steps: above 100 without a limit, below 3 with the penalty"
)
print("without a limit:", diagnose(free)[0].disease)

# %% [markdown]
# ## 5 · Uneven quality
#
# §3.3 says that sample quality is uneven (样本质量不一). There are three kinds of it: among the samples of one G, as on the grid above; from one moment to the next of the same run; and from seed to seed. The ring again, with one step for one, without R1 and at a constant rate. Beside G we keep an *exponential moving average* (EMA) of its weights: after each step, it moves 1 % of the way towards G's.
#
# **Predict**: will this averaged G be as good as a typical G of the run, or better?

# %%
quality = {}
for seed in SEEDS:
    G, D, game = new_game(ring_of_8, seed)
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    rows = []
    for step, _ in enumerate(islice(game, STEPS)):
        average.update_parameters(G)
        if step % LOOK == 0:
            rows.append([metrics.modes(samples(network), ring_of_8).high_quality for network in (G, average)])
    quality[seed] = torch.tensor(rows)  # (looks, 2)

fig, axes = plt.subplots(1, len(SEEDS), figsize=(9.5, 2.6), sharey=True, layout="constrained")
for ax, (seed, rows) in zip(axes, quality.items()):
    ax.plot(range(0, STEPS, LOOK), rows[:, 0], color=plots.FAKE, label="G")
    ax.plot(range(0, STEPS, LOOK), rows[:, 1], "--", color=plots.GENERATOR, label="average of G")
    ax.set(title=f"seed {seed}: G jumps, its average climbs", xlabel="step", ylim=(0, 1))
    ax.title.set_fontsize(10)
axes[0].set_ylabel("high-quality share")
axes[0].legend()
plt.show()
late = torch.stack([rows[-15:] for rows in quality.values()])  # (seeds, looks, 2)
jump, jump_of_average = late.std(1).mean(0)
assert jump > 2 * jump_of_average and (late.mean(1)[:, 1] > late.mean(1)[:, 0] + 0.1).all()
print("over the last 300 steps G's share of good samples jumps more than twice as much as its average's,")
print("and for every seed the average is better by more than 0.1")

# %% [markdown]
# **See**: which G you get depends on when you stop. Once it has caught up, the average is not only steadier, it is *better* than G: if G moves around a good place, the middle of its path is nearer to that place than G is. (It can do nothing for a G that has collapsed.)
#
# From seed to seed the rule is simple: run more than one, and report all of them. That is why the claims of sections 3 and 5 are made for three seeds, and those of the other sections were tried with more than one: `tests/ten_seeds.py` runs this lesson with ten values of `SEED`.

# %% [markdown]
# ## 6 · The cost
#
# "Needs much computing" (计算资源消耗大) can be put in numbers. A layer of width w has about $w^2$ weights. Training keeps each of them four times: the weight, its gradient, and Adam's two averages. The outputs of the layers are kept too, for the backward pass; they grow with width × batch. Time grows with weights × batch, once these are large.


# %% tags=["nbval-ignore-output"]
def seconds_a_step(width, batch, repeats=12):
    """Return the median time of a step of D and G."""
    G, D = mlp(Z, 2, width), mlp(2, 1, width)
    g_opt, d_opt, times = adam(G.parameters()), adam(D.parameters()), []
    for real in islice(ring_of_8.batches(batch), repeats):
        started = time.perf_counter()
        d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(batch, Z))
        g_step(G, D, g_opt, losses.non_saturating, torch.randn(batch, Z))
        times.append(time.perf_counter() - started)
    return sorted(times)[repeats // 2]


timed = {(width, batch): seconds_a_step(width, batch) for width in (64, 256, 1024) for batch in (64, 1024)}
print("milliseconds a step   batch 64   batch 1024")
for width in (64, 256, 1024):
    print(f"width {width:>5} {1000 * timed[width, 64]:19.1f} {1000 * timed[width, 1024]:12.1f}")


# %%
def megabytes(width, batch):
    """Return how many weights G and D have, and the memory for them and for their layers' outputs, in MB."""
    networks, outputs = (mlp(Z, 2, width), mlp(2, 1, width)), []
    for network in networks:
        for layer in network:
            layer.register_forward_hook(lambda layer, given, out: outputs.append(out.numel()))
    networks[1](networks[0](torch.zeros(batch, Z)))
    weights = sum(p.numel() for network in networks for p in network.parameters())
    return weights, 4 * 4 * weights / 1e6, 4 * sum(outputs) / 1e6  # numbers of 4 bytes


print("                 weights   MB for weights   MB for outputs, batch 64   batch 1024")
for width in (64, 256, 1024):
    weights, kept_mb, small = megabytes(width, 64)
    print(f"width {width:>5} {weights:>12,} {kept_mb:16.1f} {small:26.1f} {megabytes(width, 1024)[2]:12.1f}")
assert 200 < megabytes(1024, 64)[0] / megabytes(64, 64)[0] < 256
assert timed[1024, 1024] > 10 * timed[64, 64]
print("16 times as wide: 200 to 256 times the weights,")
print("and with 16 times the batch more than 10 times as long a step")

# %% [markdown]
# **See**: small networks pay mostly for being called, so 16 times the batch costs them far less than 16 times the time; the wider the networks, the more they pay for every multiplication. BigGAN (2018), with over a hundred million weights, was trained on 2,048 images a batch. That is the true part of the sentence. The other part: each run of this lesson took seconds on your machine.

# %% [markdown]
# ## 7 · What ails my GAN?
#
# | symptom | look at | try |
# | --- | --- | --- |
# | D's loss goes to 0, G stands still | D's mean logits on real and fake; the norm of G's gradient | equal steps and rates for D and G; R1 |
# | samples are all alike, or change all together | the *samples*, and what they cover; never the loss | equal steps and rates; no momentum; R1; packs (section 3) |
# | losses and samples swing | D's mean logit of fakes over time | no momentum (β₁ = 0); R1; an average of G |
# | D's outputs or losses grow without end | the gap of D's mean logits | R1 or another limit on D's slope |
# | D's outputs stay between 0 and 1 | D's last layer | take its sigmoid away: the loss applies it |
# | a good G, and a bad one 100 steps later | quality at several late moments | an average of G; a falling rate |
# | another seed, another result | three seeds or more | report all of them; R1; an average of G |
# | losses at 2 log 2 and log 2 from the first step on | the samples: perfect, or D learns nothing? | is D's optimiser given D's weights? are the data in range? |
# | it takes too long | weights, batch, cores, data loading | a smaller width first; lesson 19 |
#
# The first five can be read off a run's history. `diagnose` does that. It takes the list of logs that the loop yields, and returns what it finds, in the order in which to act: each finding has a disease, the evidence, and advice, of which you follow the first piece that is not so already. Each piece was followed on small games with that disease, and cured at least two seeds of three (`tests/benchmarks/advice.py`); what did not is not advised.
#
# It can only see what is logged: the norm of G's gradient (without it, a vanished gradient is called "D far ahead"), and what the samples are like. Where the modes are known, log how many are covered. For images, log how much they vary, as a share of how much the real ones do; far below 1 is a collapse, near 1 is no proof that there is none:
#
# ```python
# logs["variety"] = metrics.variety(G(z), real_images)
# ```

# %%
histories = {
    "D trained on, G frozen": frozen_history,
    "fifty steps of G for one of D": runs["ring", "50 : 1", SEEDS[0]][1],
    "momentum 0.95": swings["momentum"],
    "momentum 0.95 and R1": swings["momentum and R1"],
    "Wasserstein without a limit": free,
    "ring, with R1": runs["ring", "1 : 1, R1", SEEDS[0]][1],
    "grid, with R1": runs["grid", "1 : 1, R1", SEEDS[0]][1],
}
diseases = {name: [found.disease for found in diagnose(history)] for name, history in histories.items()}
for name, found in diseases.items():  # the first finding of each; there may be more
    print(f"{name:<30} {found[0] if found else 'nothing found'}")
assert "vanishing gradients" in diseases["D trained on, G frozen"]
assert (
    "mode collapse" in diseases["fifty steps of G for one of D"] and "oscillation" in diseases["momentum 0.95"]
)
assert "divergence" in diseases["Wasserstein without a limit"]
assert not diseases["momentum 0.95 and R1"] and not diseases["ring, with R1"] and not diseases["grid, with R1"]

# %% tags=["nbval-ignore-output"]
for found in diagnose(swings["momentum"]):
    print(textwrap.fill(str(found), 100))

# %% [markdown]
# **Break it**: what does `diagnose` say of the collapsed run if the samples were never looked at?

# %%
blind = [
    {name: logs[name] for name in ("d_loss", "g_loss", "d_real", "d_fake")}
    for logs in runs["ring", "50 : 1", SEEDS[0]][1]
]
found = diagnose(blind)
assert "mode collapse" not in [finding.disease for finding in found] and found[-1].disease == "not looked at"
print(textwrap.fill(str(found[-1]), 100))

# %% [markdown]
# **See**: the samples cover at most 2 of 8 modes, and losses and logits say nothing of it. So it says that it could not look.

# %% [markdown]
# ## 8 · A patient for your hands
#
# So far you knew the cause, since you had made it. The patient in this playground has three suspects: the minimax loss of 2014, no penalty, and a D that takes 20 steps for each one of G, because somebody read that D should be near its best. It has run for 400 steps. The line **Diagnosis** under the picture opens to what `diagnose` reads off this run; it calls what it finds *collapse*, *oscillation*, or *D wins*, which stands for a D far ahead, vanishing gradients and divergence.
#
# **Predict**: two of these changes make it healthy. Which one does not?
#
# - (a) **loss**: non-saturating, since minimax gives G no gradient against a good D (section 2)
# - (b) **penalty on D**: R1
# - (c) **steps of D for one of G**: 1

# %%
PATIENT = {"loss": "minimax", "penalty": "none", "d_per_g": 20}
CHANGES = {
    "(a) non-saturating loss": {"loss": "non-saturating"},
    "(b) R1": {"penalty": "R1"},
    "(c) one step of D for one of G": {"d_per_g": 1},
}


def patient(**change):
    """Return a playground in which the patient, with `change`, has run for `PATIENT_STEPS` steps."""
    ground = Playground(seed=SEED, layers=("field", "real", "fake", "arrows"), **(PATIENT | change))
    ground.run(PATIENT_STEPS)
    return ground


ground = patient()
readings = {"no change": (ground.diagnosis, ground.measures["covered"])}  # before your hands change it
advice = ground.frame["diagnosis"][0]["text"]
ground

# %% [markdown]
# 1. Read the diagnosis, and then look for its evidence: where are the generated points, and how long are the arrows (none is drawn below 0.01, and none longer than 0.6)? Is it that G has no slope?
# 2. Press **Reset**, change one thing, and **Play** for some 400 steps. Read the diagnosis again. Before you try the next, put it back: *minimax*, *none*, 20. (With 20 turns of D in each, steps are slow.)
# 3. Make it ill once more, for 400 steps. Now make the change that you trust most *without* Reset, and play on for 1,200 steps. Is it too late for a cure? (The diagnosis reads the last quarter or half of the whole run, so it lags behind; the picture does not.)
#
# The next cell plays all three, each from its start, which takes about half a minute.

# %%
for name, change in CHANGES.items():
    changed = patient(**change)
    readings[name] = changed.diagnosis, changed.measures["covered"]
for name, (states, _) in readings.items():
    print(f"{name:<32} {'healthy' if states == ['healthy'] else 'ill'}")
states, covered = zip(*readings.values())
assert "healthy" not in states[0] and "healthy" not in states[1] and states[2] == states[3] == ["healthy"]
assert max(covered[:2]) <= 4 and min(covered[2:]) >= 6
print("heaps covered: at most 4 of 8 without a change and with (a), at least 6 with (b) and (c)")
assert "R1" in advice and "loss" not in advice
print("diagnose's first advice names R1, alone or after equal steps, and not the loss")

# %% [markdown]
# **See**: the loss was the textbook's answer. `diagnose` does not name it, and it does not cure: it gives G a gradient where minimax gave none (section 2), but from the same D, trained far beyond G. Nor was a missing slope the trouble here. Most arrows are drawn, and many at full length, but they all come from a D that is steep and sure. (b) and (c) both act on that D. Without Reset, R1 still cures, and soon, whatever D was before: it charges D for every slope. Equal turns alone come too late: they let D go no further, but make it no gentler. (Good samples mislead here: the ill runs have the larger share. The few heaps that they cover, they cover well.) "D wins" and "collapse" are readings, not causes: two runs with the same reading may need different cures, and the way to find out is to change one thing.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 04.1 (★, 3 min): how much weaker?
#
# **Predict.** D gives a fake the logit −10. By what factor is the pull of the non-saturating loss on G larger than the pull of minimax? Give it to the nearest thousand.

# %%
### BEGIN SOLUTION
factor = math.exp(10)
### END SOLUTION

check("04.1", factor)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The pulls are $1-\sigma(a)$ and $\sigma(a)$. What is $(1-\sigma(a))/\sigma(a)$, with $\sigma(a) = 1/(1+e^{-a})$?
#
# </details>

# %% [markdown] tags=["solution"]
# (1 − σ(a)) / σ(a) = e^(−a), and e^10 is about 22,026. Each unit of logit by which D is ahead costs minimax a factor of e.

# %% [markdown]
# ### Exercise 04.2 (★★, 10 min): count the modes
#
# Write a function that counts how many of the `centres` (K, 2) are *covered* by the `points` (N, 2): a centre is covered if at least `enough` points lie within 3 `std` of it (at exactly 3 `std` counts). Return a whole number.


# %%
def covered(points, centres, std, enough=1):
    ### BEGIN SOLUTION
    near = torch.cdist(points, centres) <= 3 * std  # (N, K)
    return int((near.sum(0) >= enough).sum())
    ### END SOLUTION


check("04.2", covered)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.cdist(points, centres)` gives all distances, (N, K). Over which of the two dimensions do you count points?
#
# </details>

# %% [markdown] tags=["solution"]
# `cdist` gives a distance for each pair (N, K); the comparison says which points lie near which centre; the sum over the points (dimension 0) counts them for each centre; and a centre is covered where that count reaches `enough`.

# %% [markdown]
# ### Exercise 04.3 (★★, 5 min): three patients
#
# Three runs on the ring of 8, each by its numbers in the last quarter:
#
# | run | G's loss | D's loss | mean logits, real and fake | samples cover | how it goes |
# | --- | --- | --- | --- | --- | --- |
# | A | non-saturating | about 1.39 | 0.02 and −0.01 | 1 of 8 | another mode every few steps |
# | B | minimax | 0.04 | 9.1 and −8.7 | 3 of 8 | G hardly moves |
# | C | non-saturating | 0.5 to 2.1 | −1 to 2 and −2 to 1 | 0 to 8 of 8 | up and down every 60 steps |
#
# For each, what would you change *first*? Choose among "slow G down", "weaken D" and "less momentum": `{"A": "…", "B": "…", "C": "…"}`.

# %%
### BEGIN SOLUTION
first_aid = {"A": "slow G down", "B": "weaken D", "C": "less momentum"}
### END SOLUTION

check("04.3", first_aid)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Whose numbers are odd? In B it is D's, in A only the samples' coverage is.
#
# </details>

# %% [markdown] tags=["solution"]
# A has collapsed: losses look perfect, and one mode is covered; G runs ahead of D. In B, D is far ahead and sure of everything, and minimax gives G no slope there: weaken D (R1, fewer steps of D). C swings with a period: that is momentum, or too high a rate.

# %% [markdown]
# ## What you now know
#
# - Each disease was switched on by one cause, and off again by one or two changes: minimax against a D that is trained too far, a G that runs ahead, momentum in a game, a loss without an end.
# - A collapsed run can have the losses of a perfect one: look at the samples, and count what they cover and how many are good.
# - R1, equal turns, no momentum, a falling rate and an average of G are cheap; each was seen to help here.
#
# **What this does not show**: that these cures are enough for images, where "covered" can only be estimated (lesson 09), or what a disease looks like when two come together. `diagnose` has limits that were set on small games; it is a first look, no proof.
#
# > **In the document** (§3.3). **The document says** that vanishing gradients, mode collapse, uneven quality and cost are weaknesses of the algorithm, without a cause or a cure. **In fact** each has causes that you can switch on, and cheap measures against it; and it leaves out oscillation, which was there in lesson 01 already.
#
# **Further reading**
#
# - Arjovsky and Bottou, "Towards Principled Methods for Training Generative Adversarial Networks" (2017): the vanishing gradient, measured and proved.
# - Metz et al., "Unrolled Generative Adversarial Networks" (2017): the hopping heap on a ring of 8, and what helps when G sees D's next steps.
# - Lin et al., "PacGAN" (2018): the grid of 25, and why judging samples in packs helps.
# - Yazıcı et al., "The Unusual Effectiveness of Averaging in GAN Training" (2019): averages of G in many GANs, and why they damp cycles.
