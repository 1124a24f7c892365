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
# # 01 · Background: the smallest GAN there is
#
# **You will** train a GAN with five numbers in all, watch it find a distribution that it is never told, and place GANs among the other generative models of the last years.
#
# **Needs** lesson 00. **Time** 30 minutes to read; the notebook computes for about 10 seconds. **First** clear all outputs.
#
# **Follows** §1 背景介绍 (background): §1.1 问题由来 (where it comes from), §1.2 问题核心关键点 (the key notions), §1.3 问题研究意义 (what it is for), with the chart of §2.2.3 GANs的应用场景 (applications).
#
# **Papers** Goodfellow et al. 2014 (GAN) · and those of the timeline below

# %% [markdown]
# ## The question
#
# Lesson 00 showed a network that turns numbers into garments. Nobody can say what makes a picture a picture of a shoe; so how could anyone write down what that network should learn?
#
# A *generative model* (生成模型) is given examples of something, the *real data* (真实数据), and learns to make more of the same kind, *generated data* or *fakes* (伪造数据). The examples come from some distribution; the model is to draw new samples from it. The idea of 2014 is to let a second network judge the samples, and to let it learn as well. In this lesson both are so small that you can follow every number.

# %%
from gan_lessons import plots  # before torch: it says how torch's threads wait

import math

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import softplus

from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.widgets import FigureExplorer, LossBoard

# %% tags=["parameters"]
SEED = 0
MEAN, STD = 1.0, 0.5  # of the real data; neither network is told
BATCH = 256  # real numbers in a step, and as many generated ones
STEPS = 1500
D_RATE = 0.3  # how far D goes in one step of gradient descent
G_RATE = 0.03
FROZEN_STEPS = 2000  # of the last experiment

# %% [markdown]
# ## 1 · The data, and the direct way
#
# The real data are single numbers: a bell curve, a *Gaussian*, around 1, with a standard deviation of 0.5. The networks see samples only.


# %%
def real_batch():
    return MEAN + STD * torch.randn(BATCH)  # (N,)


seed_everything(SEED)
many = torch.cat([real_batch() for _ in range(400)])
assert abs(many.mean() - MEAN) < 0.01 and abs(many.std() - STD) < 0.01
print(f"measured on {len(many):,} samples: mean {many.mean():.1f}, standard deviation {many.std():.1f}")

# %% [markdown]
# If you know that the data are Gaussian, you are done: the line above *is* the fitted model, and hard for a GAN to beat. It works because you wrote the formula of the density down, with two numbers to fill in. Nobody can write one down for images of shoes. A GAN needs none: it only ever compares samples. We try it here because the right answer is known and can be checked.

# %% [markdown]
# ## 2 · Two players, five numbers
#
# **G**, the generator (生成器), takes noise z (随机噪声) from a standard Gaussian, and stretches and shifts it:
#
# $$G(z) = \text{scale}\cdot z + \text{shift}$$
#
# **D**, the discriminator (判别器), gets a number x, real or generated, and returns a *logit*: high for "real", low for "generated". $\sigma(\text{logit}) = 1/(1+e^{-\text{logit}})$ turns it into a probability. A parabola is all that D needs to tell two Gaussians apart (lesson 05 shows why):
#
# $$\text{logit}(x) = w_0 + w_1 x + w_2 x^2$$
#
# | symbol | variable | shape |
# | --- | --- | --- |
# | $z$, $x$ | `z`, `x` | (N,) |
# | scale, shift | `G.scale`, `G.shift` | one number each |
# | $w_0, w_1, w_2$ | `D.w` | (3,) |


# %%
class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(-1.0))

    def forward(self, z):  # (N,)
        return self.scale * z + self.shift


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(3))

    def forward(self, x):  # (N,)
        return self.w[0] + self.w[1] * x + self.w[2] * x**2


seed_everything(SEED)
G, D = Generator(), Discriminator()
set_threads(G, D)
print("numbers to learn:", sum(p.numel() for net in (G, D) for p in net.parameters()))
print(
    "D's probability that 0.7 is real, before it has learned anything:",
    torch.sigmoid(D(torch.tensor([0.7]))).item(),
)

# %% [markdown]
# > **In the document** (§1.2). Both networks are "usually fully connected" (通常为多层全连接神经网络). That was mostly so in 2014. Images have been made by convolutional networks since 2015 (lesson 07). Ours have no layers at all, and nothing in what follows depends on it.

# %% [markdown]
# ## 3 · What each of them wants
#
# D wants high logits on real and low logits on generated numbers. G wants D's logits on its numbers to be high. Each gets a *loss function* (损失函数), a number that falls when it does better:
#
# $$L_D = -\mathbb{E}\,[\log \sigma(\text{logit}_{\text{real}})] - \mathbb{E}\,[\log (1 - \sigma(\text{logit}_{\text{fake}}))], \qquad L_G = -\mathbb{E}\,[\log \sigma(\text{logit}_{\text{fake}})]$$
#
# `softplus(-a)` is $-\log\sigma(a)$ and `softplus(a)` is $-\log(1-\sigma(a))$; lesson 03 shows why one writes it so.


# %%
def d_loss_of(real_logits, fake_logits):
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def g_loss_of(fake_logits):
    return softplus(-fake_logits).mean()


undecided = torch.zeros(5)
assert math.isclose(d_loss_of(undecided, undecided).item(), 2 * math.log(2), rel_tol=1e-6)
print(f"where D gives one half to everything: L_D = {d_loss_of(undecided, undecided):.4f} = 2 log 2")

# %% [markdown]
# ## 4 · The game
#
# The next cell but one shows a board of three pictures: the two losses; D's mean logits on real and on generated numbers; and the game itself. There the blue curve is the density of the real data, the orange one that of G's numbers. Both are drawn for your eyes; the networks only get samples. The green line is D's probability of "real". Before training it is flat, at one half.
#
# **Predict**: at the start G's curve stands on the left of the real one, and is too wide. Which will come right first – the place, the width, or both at once? And will it go straight to its goal?


# %%
def bell(x, mean, std):
    return torch.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))


def draw_game(figure, scale, shift, w):
    x = torch.linspace(-4, 4, 200)
    ax = figure.subplots()
    ax.plot(x, bell(x, MEAN, STD), color=plots.REAL, label="real density")
    ax.plot(x, bell(x, shift, max(abs(scale), 0.01)), "--", color=plots.FAKE, label="G's density")
    ax.plot(x, torch.sigmoid(w[0] + w[1] * x + w[2] * x**2), ":", color=plots.DISCRIMINATOR, label="D: P(real)")
    ax.set(xlabel="x", ylim=(0, 1.6), ylabel="density; P(real)", title="Densities, and D's answer")
    ax.legend(fontsize="small", loc="upper right")


def picture():
    figure = Figure(figsize=(3.6, 2.8), layout="constrained")
    draw_game(figure, G.scale.item(), G.shift.item(), D.w)
    return figure


g_opt = torch.optim.SGD(G.parameters(), lr=G_RATE)
d_opt = torch.optim.SGD(D.parameters(), lr=D_RATE)
path = []  # the five numbers after every step
board = LossBoard(STEPS, sample=picture)

# %% [markdown]
# Now run the loop, and watch the board. The six notions of §1.2 are marked in the code.

# %%
for _ in board.watch(range(STEPS)):  # ① a GAN: two networks that learn in turn
    real = real_batch()
    fake = G(torch.randn(BATCH))  # ② the generator makes samples from noise
    real_logits, fake_logits = (
        D(real),
        D(fake.detach()),
    )  # ③ the discriminator judges; detach leaves G out of it
    d_loss = d_loss_of(real_logits, fake_logits)  # ④ a loss function for each: this one is D's
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()  # ⑥ gradient descent (梯度下降): a small step against the slope of D's own loss

    g_loss = g_loss_of(D(G(torch.randn(BATCH))))  # ④ and this one G's
    g_opt.zero_grad()
    # ⑤ adversarial training: the slope of G's loss comes back through D (反向传播, backpropagation)
    g_loss.backward()
    g_opt.step()  # ⑥ only G's numbers change

    path.append((G.scale.item(), G.shift.item(), *D.w.tolist()))
    logs = {"d_loss": d_loss.item(), "g_loss": g_loss.item()}
    board.update(logs | {"d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()})

# %%
scale, shift = (sum(column) / 100 for column in list(zip(*path[-100:]))[:2])
assert abs(shift - MEAN) < 0.1 and abs(abs(scale) - STD) < 0.1
print("G's shift is within 0.1 of the real mean, and its scale within 0.1 of the real standard deviation")
assert abs(sum(logs["d_loss"] for logs in board.history[-100:]) / 100 - 2 * math.log(2)) < 0.03
print("D's loss is at 2 log 2 again: it does no better than by saying one half to everything")

# %% [markdown]
# **See**: G learned the mean and the width of a distribution that it never saw; all it got was D's opinion of its own numbers. But it did not go straight. Move the slider through the run: G passes the right width first and the right place soon after, goes on shrinking to a small part of the right width, widens too much, and swings around its goal until the swings die away.

# %%
moments = [0, 20, 40, 60, 80, 100, 150, 200, 300, 400, 600, 1000, STEPS - 1]


def draw_moment(figure, step):
    scale, shift, *w = path[step]
    draw_game(figure, scale, shift, w)
    parabola = f"{w[0]:.2f} {w[1]:+.2f} x {w[2]:+.2f} x²"
    return f"step {step}: scale {scale:.2f}, shift {shift:.2f}, D's parabola {parabola}"


FigureExplorer(draw_moment, size=(6, 3), step=moments)

# %%
scales, shifts = (torch.tensor(column) for column in list(zip(*path))[:2])
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
for ax, values, goal, name in ((left, shifts, MEAN, "shift"), (right, scales.abs(), STD, "scale")):
    ax.plot(values, color=plots.GENERATOR, label=f"G's {name}")
    ax.axhline(goal, color=plots.REAL, linestyle="--", label="real")
    ax.set(title=f"G's {name}", xlabel="step", ylabel=name)
    ax.legend()
fig.suptitle("Both swing around their goals, and the swings die away")
plt.show()
assert scales.abs().min() < 0.5 * STD and shifts.max() > MEAN + 0.05
print("on its way, G's scale falls below half of what is right, and its shift goes past the mean")
bends = torch.tensor([w2 for *_, w2 in path])[:-1]  # D's parabola: below 0 it opens downwards
agree = (scales.abs().diff().sign() == bends.sign()).float().mean()
assert agree > 0.8
print(
    "G's scale shrinks while D's parabola opens downwards, and grows while it opens upwards,",
    "in over 80 % of the steps",
)

# %% [markdown]
# Why too narrow? While D's parabola opens downwards, its top pays best, and spreading out only costs. So G shrinks, until D has learned that the middle is overcrowded: then its parabola opens upwards, and the sides pay. This is a small relative of *mode collapse* (模式崩溃), where G makes few kinds of sample and leaves out the rest. Lesson 04 shows when the rescue fails.

# %% [markdown]
# ## 5 · Break it: no adversary
#
# **Break it**: is the second player needed? Let D learn for 20 steps against the first G, and then freeze it. G goes on alone against that fixed judge.

# %%
seed_everything(SEED)
G, D = Generator(), Discriminator()
g_opt, d_opt = torch.optim.SGD(G.parameters(), lr=G_RATE), torch.optim.SGD(D.parameters(), lr=D_RATE)
for _ in range(20):
    d_loss = d_loss_of(D(real_batch()), D(G(torch.randn(BATCH)).detach()))
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()

frozen = [G.shift.item()]
for _ in range(FROZEN_STEPS):
    g_loss = g_loss_of(D(G(torch.randn(BATCH))))
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    frozen.append(G.shift.item())

fig, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(frozen, color=plots.GENERATOR, label="G's shift against a frozen D")
ax.axhline(MEAN, color=plots.REAL, linestyle="--", label="mean of the real data")
ax.set(title="Against a frozen D, G runs past the real data", xlabel="step", ylabel="shift")
ax.legend()
plt.show()
assert frozen[-1] > MEAN + 3 * STD and abs(G.scale.item()) < 0.1 * STD
print(
    f"after {FROZEN_STEPS:,} steps G is more than 3 standard deviations beyond the mean,",
    "and its scale below a tenth of the right one",
)

# %% [markdown]
# **See**: a fixed judge can be satisfied without being right. G shrinks to one number and runs towards whatever this D likes best. The *adversarial* part (对抗训练) is what turns "please the judge" into "match the data": whenever G leaves the data, D learns to say so.

# %% [markdown]
# ## 6 · Where GANs stand
#
# GANs were proposed in 2014 by eight people: Ian Goodfellow, Jean Pouget-Abadie, Mehdi Mirza, Bing Xu, David Warde-Farley, Sherjil Ozair, Aaron Courville and Yoshua Bengio.
#
# > **In the document** (§1.1). It names four authors: Goodfellow, "Juan" Pouget-Abadie, Courville, and Mehryar Mohri, who is not among them.
#
# The timeline shows GANs among two other families of generative models (variational autoencoders and flows are left out). They differ in what they are trained on; the Chinese names are not in the document:
#
# - **Adversarial**: a second network's opinion, as above. One pass through G makes a sample.
# - **Autoregressive** (自回归): predict the next pixel, sound sample or word from those before; trained mostly by *likelihood* (似然), how probable the model finds the real data. One pass for each word or pixel.
# - **Diffusion** (扩散): take a little noise away; trained by regression on noisy examples. Several passes, often dozens, make a sample.

# %%
LANDMARKS = {
    "adversarial": [
        (2014.5, "GAN"), (2015.9, "DCGAN"), (2016.8, "SeqGAN, VideoGAN, 3D-GAN"), (2017.1, "WGAN"),
        (2017.3, "CycleGAN"), (2018.1, "R1, spectral norm"), (2018.75, "BigGAN"), (2018.95, "StyleGAN"),
        (2020.8, "HiFi-GAN"),
        (2021.0, "VQGAN"), (2023.2, "GigaGAN"), (2023.9, "adversarial distillation"), (2025.0, "R3GAN"),
    ],
    "autoregressive": [(2016.1, "PixelRNN"), (2016.7, "WaveNet"), (2017.2, "Tacotron"), (2018.5, "GPT"),
                       (2020.4, "GPT-3"), (2022.9, "ChatGPT")],
    "diffusion": [(2015.2, "first diffusion model"), (2020.5, "DDPM"), (2021.4, "“Diffusion Models Beat GANs”"),
                  (2021.95, "latent diffusion"), (2024.1, "Sora")],
}  # fmt: skip

fig, axes = plt.subplots(3, 1, figsize=(9.5, 6), sharex=True, layout="constrained", height_ratios=(5, 3, 3))
for ax, (family, events), colour in zip(axes, LANDMARKS.items(), (plots.FAKE, plots.REAL, plots.DISCRIMINATOR)):
    for i, (year, name) in enumerate(events):
        ax.plot(year, -i, "o", color=colour)
        ax.text(year + 0.1, -i, name, va="center", fontsize=9)
    ax.set(title=family, yticks=[], xlim=(2014, 2027), ylim=(-len(events) + 0.3, 0.7))
    ax.grid(axis="x", alpha=0.3)
fig.suptitle("GANs began as one idea, and now stand beside two other families")
axes[-1].set_xlabel("year of first publication")
plt.show()
print("landmarks:", ", ".join(f"{len(events)} {family}" for family, events in LANDMARKS.items()))

# %% [markdown]
# From about 2021, diffusion models took over from GANs where images are made from text: they are easier to train, and leave out less of the data. Text is still mostly autoregressive, though there are diffusion models for text too. GANs stayed where a sample must be made in *one* pass, and adversarial losses live on inside other systems:
#
# - in the *autoencoder* of latent diffusion, which turns pixels into a small code and back: an adversarial loss keeps its pictures sharp;
# - in *vocoders* such as HiFi-GAN, which turn a spectrogram (a picture of which pitches sound when) into sound;
# - in *distillation*: dozens of diffusion steps are taught to a network that needs one to four, judged by a discriminator.
#
# The timeline was drawn in November 2026, and ends where we were sure of what mattered.

# %% [markdown]
# ### The five fields of §1.3
#
# §1.3 and the chart of §2.2.3 list five fields, and §3.4 gives systems for each as if all were GANs. Of these nine, three are not GANs and one stands in the wrong row.
#
# ```mermaid
# graph LR
#     GAN["trained against a discriminator"] --> image["images"] --- i["StyleGAN, DCGAN"]
#     GAN --> video["video"] --- v["VideoGAN"]
#     GAN --> language["language"] --- l["SeqGAN, TextGAN"]
#     GAN --> shapes["3-D"] --- s["3D-GAN"]
#     other["trained by likelihood or regression"] -.-> speech["speech"] -.- t["Tacotron, WaveNet"]
#     other -.-> language2["language"] -.- g["GPT"]
# ```
#
# Read: six of the nine are trained against a discriminator (solid lines), for images, video, language and 3-D; Tacotron, WaveNet and GPT (dashed) are not.
#
# | field | systems of §3.4 | in fact | lesson |
# | --- | --- | --- | --- |
# | images (图像生成) | StyleGAN, DCGAN | both are GANs | 07, 12 |
# | video (视频生成) | VideoGAN | a GAN, for clips of about a second | 14 |
# | speech (语音合成) | Tacotron, WaveNet | neither is a GAN: Tacotron is trained by regression on spectrograms, WaveNet by likelihood, sound sample by sound sample | 15 |
# | language (自然语言处理) | SeqGAN, GPT | SeqGAN is a GAN, which has to do without a gradient, since none passes through the choice of a word; GPT is not, it is trained by likelihood | 16 |
# | 3-D (3D建模) | 3D-GAN, TextGAN | 3D-GAN is a GAN over voxels (pixels in 3-D); TextGAN makes text and belongs one row up | 16, 17 |

# %% [markdown]
# ### The other side of it
#
# What makes samples that pass for real can be used to deceive: faces of people who do not exist, voices and videos of people who do, false reviews in bulk. Such misuse is not a thing of the future. The false faces were made by GANs; most false voices and videos came from other models. Detectors are discriminators, and you have just seen what a generator does to a frozen discriminator. Lesson 20 is about what can be done.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 01.1 (★, 3 min): a D that cannot tell
#
# **Predict.** Someone's program shows D one batch that holds real and generated numbers in equal parts, and prints the *mean* of $-\log$ (the probability that D gave to the right answer) over the whole batch, not our sum of two means. D gives 0.5 to everything. Which number does it print? Give it to three decimals.

# %%
### BEGIN SOLUTION
printed = 0.693
### END SOLUTION

check("01.1", printed)

# %% [markdown]
# <details><summary>Hint</summary>
#
# What is $-\log 0.5$, with the natural logarithm? Every number in the batch has the same value.
#
# </details>

# %% [markdown] tags=["solution"]
# Every sample contributes −log 0.5 = log 2 = 0.693, so that is the mean. Our D's loss is the sum of two such means, 2 log 2 = 1.386. Both values are worth knowing by heart: a D whose loss stays there cannot tell real from generated. That may mean that G is perfect, or that D has learned nothing.

# %% [markdown]
# ### Exercise 01.2 (★★, 10 min): another shape
#
# A stretch and a shift turn a Gaussian into a Gaussian. Other functions make other shapes. Write a generator by hand: z is now *uniform* between 0 and 1, and your samples must follow the exponential distribution with the given `rate`, for which a sample exceeds t with probability $e^{-\text{rate}\,\cdot\, t}$. Large z must give large samples. No randomness is needed besides z.


# %%
def exponential(z, rate):  # z: (N,), uniform in [0, 1)
    ### BEGIN SOLUTION
    return -torch.log(1 - z) / rate
    ### END SOLUTION


check("01.2", exponential)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The sample made from z has the share $1 - z$ of all samples above it. So solve $1 - z = e^{-\text{rate}\,\cdot\, t}$ for t.
#
# </details>

# %% [markdown] tags=["solution"]
# A share 1 − z of all samples lies above the one made from z, so 1 − z = exp(−rate · t), which gives t = −log(1 − z) / rate. This is how a fixed function of noise can have any distribution in one dimension: the inverse of its distribution function. A trained G finds such a function without being given the formula.

# %% [markdown]
# ### Exercise 01.3 (★, 3 min): which are GANs?
#
# Of the nine systems of §3.4, collect those that are *not* trained as GANs in a set of names, like `{"…", "…"}`. The names are "StyleGAN", "DCGAN", "VideoGAN", "Tacotron", "WaveNet", "SeqGAN", "GPT", "3D-GAN" and "TextGAN".

# %%
### BEGIN SOLUTION
not_gans = {"Tacotron", "WaveNet", "GPT"}
### END SOLUTION

check("01.3", not_gans)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three. Ask of each: is there a second network that tells its samples from real ones?
#
# </details>

# %% [markdown] tags=["solution"]
# Tacotron (regression), WaveNet and GPT (likelihood) have no discriminator. TextGAN stands in the wrong row of the document, but it is a GAN.

# %% [markdown]
# ## What you now know
#
# - A GAN needs no formula for the data. D learns to tell samples apart, and G learns from D's opinion of its own samples.
# - The two losses are different functions, and each changes its own network alone. Where D cannot tell, its loss is 2 log 2.
# - The way there is not straight: G overshoots and swings, and against a judge that does not learn it goes astray.
#
# **What this does not show**: that it works as well with networks of thousands of numbers. This run converged for ten seeds out of ten (`tests/ten_seeds.py` tries them), with rates that were searched for; lesson 04 shows games that do not.
#
# **The document says** that Goodfellow, "Juan" Pouget-Abadie, Mohri and Courville proposed GANs, that both networks are usually fully connected, and that Tacotron, WaveNet and GPT are GANs. **In fact** the paper has eight authors and Mohri is none of them; convolutional networks have been usual since 2015; and those three have no discriminator.
#
# **Further reading**
#
# - Goodfellow et al., "Generative Adversarial Nets" (2014): nine pages; the algorithm and the proofs.
# - Zhang et al., "Dive into Deep Learning", section 20.1: the same experiment on a 2-D Gaussian, with small networks.
# - Dhariwal and Nichol, "Diffusion Models Beat GANs on Image Synthesis" (2021): how the lead changed, in measured numbers.
# - Sauer et al., "Adversarial Diffusion Distillation" (2023): an adversarial loss inside a diffusion model.
