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
# # 12 · StyleGAN: a knob for each layer
#
# **You will** build StyleGAN's generator part by part, see what each part prevents, and measure what its layers and its two latent spaces keep apart.
#
# **Needs** lesson 06 for the loop, lesson 09 for the measures. Lesson 10 for R1.
#
# **Time** 60 minutes to read and play, and 35 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.4 算法应用领域 (fields of application), 图像生成 (image generation), which names StyleGAN.
#
# **Papers** Karras, Laine and Aila 2019 (StyleGAN) · Karras et al. 2020 (StyleGAN2) · Karras et al. 2018 (equalised learning rate) · Abdal, Qin and Wonka 2019 (inversion)

# %% [markdown]
# ## The question
#
# In every generator so far z went in at the front, once, and all that makes up a picture was mixed in it: move one number of z, and hair, skin and background change together. *StyleGAN* (风格生成对抗网络) lets the latent vector in *at every layer*, as a *style* (风格). Can one network keep "what" apart from "how": the cut of the hair from its colour, the glasses from the face?
#
# To answer that with numbers, the truth has to be known. So the data are *avatars*: faces in pixel art, 16×16, drawn by a program that chose skin, hair, clothes, mouth, glasses, hat and background at random, each without regard to the others. A small classifier, the *judge*, tells the eight attributes of a picture. On held-out avatars it is right in 99 to 100 of 100 cases, for the colour of the hair in 92.
#
# The StyleGAN of the paper, for photographs of 1024×1024, trained for about a week on eight graphics cards. Ours is the same design in small: 0.19 million weights in G in place of 26 million, and less than half an hour of one processor core in place of the week.

# %%
from gan_lessons import metrics, plots  # before torch: it says how torch's threads wait

import copy
import math
import statistics
from itertools import islice

import matplotlib.pyplot as plt
import torch
from matplotlib.collections import LineCollection
from torch import nn
from torch.nn import functional as F
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons import networks
from gan_lessons.checkpoints import load_weights
from gan_lessons.data import Batches, avatars, to_float
from gan_lessons.exercises import check
from gan_lessons.losses import Lazy, non_saturating, r1
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import ImageExplorer, LossBoard

# %% tags=["parameters"]
SEED = 0
BATCH = 32
Z = 64  # numbers in z, and in w
RATE = 2e-3  # G's learning rate; its mapping, whose every step moves all layers, learns at a tenth of it
D_RATE = 1e-2  # D's
GAMMA = 3.0  # of R1
LAZY = 8  # R1 at every 8th step
MIXING = 0.5  # share of the pictures that get two styles
DECAY = 0.995  # of the average of G
STEPS = 600  # of the training before your eyes
COUNT = 1000  # faces, or pairs of faces, in a measurement
GRAIN_STEPS = 300  # of the training on grainy avatars
INVERT_STEPS = 200  # of the search for a style

# %% [markdown]
# Real avatars, and what is known of the first of them:

# %%
train, test = avatars(), avatars(train=False)
ATTRIBUTES = [*train.attributes]
real = to_float(test.images)


def show(images, title):
    """Show faces in rows of 12, with sharp pixels."""
    _, ax = plt.subplots(figsize=(6.4, 0.7 + len(images) / 24))
    plots.show_images(ax, images, columns=12, title=title).set_interpolation("nearest")
    plt.show()


show(real[:24], "Avatars: sixteen pixels wide, eight attributes known")
first = [values[label] for values, label in zip(test.attributes.values(), test.labels[0])]
print("the first:", ", ".join(f"{name} {value}" for name, value in zip(ATTRIBUTES, first)))

# %% [markdown]
# ## 1 · The parts
#
# StyleGAN's G has two halves. The *mapping network* (映射网络) turns z into a vector w of the same length. The *synthesis network* (合成网络) starts from a picture of 4×4 that is always the same, a learned constant, and turns it into a face; w tells each of its layers how. Here is the whole of it:
#
# | step | size | what w does there |
# | --- | --- | --- |
# | constant | 64 channels, 4×4 | nothing |
# | layer 1 | 64, 4×4 | style |
# | double, layers 2 and 3 | 64, 8×8 | a style for each |
# | double, layers 4 and 5 | 48 and 32, 16×16 | a style for each |
# | to RGB, a 1×1 convolution | 3, 16×16 | nothing |
#
# (This follows StyleGAN2. One thing that it leaves out shows in the table: StyleGAN2 has a to-RGB layer for each size, and they have styles, too. The end of the lesson lists the rest.)
#
# ### 1.1 A learning rate that is the same for all layers
#
# Adam moves each weight by about the learning rate, whatever the size of the gradient. But weights are not of one size. PyTorch starts a layer of n inputs with weights of about $1/\sqrt{3n}$, so that its outputs do not grow with n: the more inputs, the smaller the weights, and the larger the share by which *one* step changes them. **Predict**: after ten steps of Adam with RATE, which of two layers has changed more, one of 8 inputs or one of 1024?
#
# The *equalised learning rate* (Karras et al. 2018) stores weights of size 1 in every layer, and divides by $\sqrt n$ when the layer runs.


# %% tags=["networks"]
class EqualLinear(nn.Linear):
    """Weights N(0, 1), of which 1/√inputs is used; `start`: of the biases."""

    def __init__(self, inputs, outputs, start=0.0):
        super().__init__(inputs, outputs)
        nn.init.normal_(self.weight)
        nn.init.constant_(self.bias, start)

    def forward(self, x):
        return F.linear(x, self.weight / math.sqrt(self.in_features), self.bias)


class EqualConv2d(nn.Conv2d):
    """The same for a convolution, whose inputs are channels · kernel²."""

    def __init__(self, inputs, outputs, size, stride=1, padding=0):
        super().__init__(inputs, outputs, size, stride, padding)
        nn.init.normal_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x):
        return F.conv2d(
            x, self.weight / math.sqrt(self.weight[0].numel()), self.bias, self.stride, self.padding
        )


# %%
def changed(kind, inputs, steps=10):
    """Return by what share of their size the weights of a layer have changed after `steps` of Adam."""
    layer = kind(inputs, 64)
    before = layer.weight.detach().clone()
    opt = torch.optim.Adam([layer.weight], lr=RATE, betas=(0.0, 0.99))
    x, y = torch.randn(256, inputs), torch.randn(256, 64)
    for _ in range(steps):
        opt.zero_grad()
        (layer(x) * y).mean().backward()
        opt.step()
    return ((layer.weight - before).norm() / before.norm()).item()


seed_everything(SEED)
INPUTS = (8, 32, 128, 512, 1024)
change = {kind: [changed(kind, n) for n in INPUTS] for kind in (nn.Linear, EqualLinear)}
fig, ax = plt.subplots(figsize=(5, 2.4), layout="constrained")
ax.loglog(INPUTS, change[nn.Linear], "o-", color=plots.FAKE, label="PyTorch's layer")
ax.loglog(INPUTS, change[EqualLinear], "s--", color=plots.GENERATOR, label="equalised")
ax.set(xlabel="inputs of the layer", ylabel="change, as a share", title="Ten steps move wide layers far more")
ax.legend()
plt.show()
plain, equal = change[nn.Linear], change[EqualLinear]
assert plain[-1] / plain[0] > 8 and max(equal) / min(equal) < 1.2
print(
    "after ten steps: PyTorch's layer of 1,024 inputs has changed by more than 8 times the share of that of 8;"
)
print("the equalised layers have all changed by the same share, to within a fifth")

# %% [markdown]
# **See**: $\sqrt{1024/8}$ is 11.3. With one rate for all layers, PyTorch's wide ones run ahead of the narrow ones; equalised ones keep pace with each other.
#
# ### 1.2 The mapping
#
# z is normal, and so its cloud is round. Looks are not spread like that: one is rarer than another, and in photographs some combinations never occur, so that there would have to be a hole in the cloud. Somewhere between the round cloud and the looks, space has to be bent. The mapping bends it beforehand, so that the synthesis need not. It is a plain network of three layers. z is first scaled to a mean square of 1, so that only its direction counts. And each LeakyReLU is multiplied by $\sqrt 2$, since it lets about half of a mean square pass.


# %% tags=["networks"]
def activation(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def unit_length(z):
    """Return z (N, z_dim) with a mean square of 1 in each row."""
    return z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class Mapping(nn.Module):
    def __init__(self, z_dim=Z, w_dim=Z, depth=3):
        super().__init__()
        self.layers = nn.ModuleList(EqualLinear(w_dim if i else z_dim, w_dim) for i in range(depth))

    def forward(self, z):
        w = unit_length(z)
        for layer in self.layers:
            w = activation(layer(w))
        return w


# %% [markdown]
# ### 1.3 Modulation and demodulation
#
# How does a style act? A small linear layer turns w into one number $s_i$ for each *input channel* of a convolution, and the kernel $k$ is multiplied by it. That is *modulation* (调制): the style says how loud each channel is. Then the loudness of the result is taken out again, *demodulation* (解调): each output channel's kernel is divided by its own length (Karras et al. 2020, eqs. 1 and 3).
#
# Why by its length? Suppose that the inputs are independent numbers of size 1. An output is a sum of inputs, each times a number of the kernel, and variances add: that of the output is the sum of the squares of those numbers. Its root is the kernel's length. Divided by it, the output has size 1 again, and what is left of the style is how loud the channels are *beside each other*.
#
# $$k'_{oixy} = s_i\,k_{oixy}, \qquad k''_{oixy} = \frac{k'_{oixy}}{\sqrt{\sum_{i,x,y} k'^2_{oixy} + \epsilon}}$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $s_i$ | `style` (N, inputs) | the style of each picture, from w |
# | $k_{oixy}$ | `weight` (outputs, inputs, 3, 3) | the kernel, one for all pictures |
# | $k''_{oixy}$ | `kernels` (N, outputs, inputs, 3, 3) | a kernel for each picture |


# %%
def modulated_slowly(x, weight, style, demodulate=True):
    """Return the convolution of x (N, inputs, H, W), each picture with its own kernel, as the paper has it."""
    kernels = weight * style[:, None, :, None, None]  # (N, outputs, inputs, 3, 3)
    if demodulate:
        kernels = kernels / (kernels.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()
    return torch.cat([F.conv2d(image[None], kernel, padding=1) for image, kernel in zip(x, kernels)])


# %% [markdown]
# A loop over pictures is slow. But to make a kernel's input channel louder is to make the *picture's* channel louder, and the division can wait until after the convolution. So one kernel does for the whole batch:


# %%
def modulated(x, weight, style):
    norm = (style.square() @ weight.square().sum((2, 3)).T + 1e-8).rsqrt()  # (N, outputs)
    return F.conv2d(x * style[:, :, None, None], weight, padding=1) * norm[:, :, None, None]


seed_everything(SEED)
x, weight, style = torch.randn(4, 64, 8, 8), torch.randn(48, 64, 3, 3), torch.randn(4, 64)
assert torch.allclose(modulated(x, weight, style), modulated_slowly(x, weight, style), atol=1e-4)
print("modulated and demodulated, kernel by kernel and all at once: the same")

# %% [markdown]
# **Break it**: what is the division for? Send random pictures through five such layers with the activation, each with a style of its own, and look at the size (the root of the mean square) of what comes out. Once with demodulation, once with the kernel divided by the fixed $\sqrt{n}$ of section 1.1 in its place. The styles are normal numbers around 1, multiplied by a loudness: 1, and then 1.5 and 0.5, as training may well make them.


# %%
def sizes(loudness, demodulate, layers=5, channels=64):
    """Return the root mean square of the input, and after each layer."""
    x = torch.randn(64, channels, 16, 16)
    found = [x.square().mean().sqrt().item()]
    for _ in range(layers):
        weight = torch.randn(channels, channels, 3, 3) / math.sqrt(9 * channels)
        style = loudness * (1 + 0.5 * torch.randn(64, channels))
        x = activation(modulated(x, weight, style) if demodulate else modulated_slowly(x, weight, style, False))
        found.append(x.square().mean().sqrt().item())
    return found


seed_everything(SEED)
fig, ax = plt.subplots(figsize=(5.2, 2.7), layout="constrained")
ends = {}
for demodulate, colour, style in ((False, plots.FAKE, "--"), (True, plots.GENERATOR, "-")):
    for loudness, marker in ((1.5, "^"), (1.0, "o"), (0.5, "v")):
        found = sizes(loudness, demodulate)
        ends[demodulate, loudness] = found
        name = f"{'with' if demodulate else 'without'}, loudness {loudness}"
        ax.semilogy(range(6), found, style, marker=marker, color=colour, label=name)
ax.set(xlabel="layer", ylabel="size", title="Demodulation keeps every layer near size 1")
ax.legend(fontsize="x-small")
plt.show()
assert all(0.6 < size < 1.6 for loudness in (0.5, 1.0, 1.5) for size in ends[True, loudness])
assert ends[False, 1.5][-1] > 5 and ends[False, 0.5][-1] < 0.1
print("with demodulation every layer's output has a size between 0.6 and 1.6, whatever the style's loudness;")
print("without it, five layers multiply: above 5 for loudness 1.5, below 0.1 for 0.5")

# %% [markdown]
# **See**: without the division each layer passes its loudness on to the next, and five layers multiply it. (Earlier StyleGANs divided each channel of each *picture* by its own spread instead. Their pictures had a bright spot somewhere, a "droplet". The authors' explanation: one very bright spot decides the spread of its channel, and so lets G set the size of all else.) Demodulation divides by what the kernel would do to normal numbers, and looks at no picture. A style can still say which of the channels are louder than others. It cannot shout.
#
# ### 1.4 Noise, and the whole layer
#
# Where exactly a strand of hair lies is neither "what" nor "how". For such things each layer adds one number of *noise* (噪声) per pixel, the same in all channels, times a strength that is learned and starts at 0. Without it, G would have to make randomness out of w.


# %% tags=["networks"]
class StyleLayer(nn.Conv2d):
    """A modulated convolution, noise, bias and activation."""

    def __init__(self, inputs, outputs, w_dim=Z):
        super().__init__(inputs, outputs, 3, padding=1)
        nn.init.normal_(self.weight)
        nn.init.zeros_(self.bias)
        self.style = EqualLinear(w_dim, inputs, start=1.0)
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, x, w, noise):
        style = self.style(w)  # (N, inputs)
        norm = (style.square() @ self.weight.square().sum((2, 3)).T + 1e-8).rsqrt()  # (N, outputs)
        x = F.conv2d(x * style[:, :, None, None], self.weight, padding=1) * norm[:, :, None, None]
        return activation(x + self.strength * noise + self.bias[:, None, None])


# %% [markdown]
# ### 1.5 The constant, and all together
#
# The synthesis has no other input than styles and noise, so whatever two pictures differ in, a style or a noise has said. And since each layer takes a style of its own, w may be another one in each layer: `w` is (N, 64) for all layers alike, or (N, 5, 64).


# %% tags=["networks"]
class Synthesis(nn.Module):
    def __init__(self, w_dim=Z, widths=(64, 64, 64, 48, 32), start=4, doubling=(1, 3), channels=3):
        super().__init__()
        self.constant = nn.Parameter(torch.randn(1, widths[0], start, start))
        self.layers = nn.ModuleList(StyleLayer(a, b, w_dim) for a, b in zip((widths[0], *widths), widths))
        self.to_rgb = EqualConv2d(widths[-1], channels, 1)
        self.doubling = doubling

    def forward(self, w, noise=None):
        w = w if w.dim() == 3 else w[:, None].expand(-1, len(self.layers), -1)
        x = self.constant.expand(len(w), -1, -1, -1)
        for i, layer in enumerate(self.layers):
            if i in self.doubling:
                x = F.interpolate(x, scale_factor=2)
            here = torch.randn(len(w), 1, *x.shape[2:]) if noise is None else noise[i]
            x = layer(x, w[:, i], here)
        return self.to_rgb(x)


class StyleGenerator(nn.Module):
    def __init__(self, z_dim=Z, w_dim=Z, depth=3, **synthesis):
        super().__init__()
        self.mapping = Mapping(z_dim, w_dim, depth)
        self.synthesis = Synthesis(w_dim, **synthesis)

    def forward(self, z, noise=None):
        return self.synthesis(self.mapping(z), noise)


# %% [markdown]
# D is a plain convolutional one with equalised layers: nothing about it is new.


# %% tags=["networks"]
class StyleDiscriminator(nn.Module):
    def __init__(self, widths=(32, 64, 96), channels=3, side=16):
        super().__init__()
        a, b, c = widths
        self.layers = nn.ModuleList([
            EqualConv2d(channels, a, 3, padding=1),  # (N, 32, 16, 16)
            EqualConv2d(a, b, 4, stride=2, padding=1),  # (N, 64, 8, 8)
            EqualConv2d(b, c, 4, stride=2, padding=1),  # (N, 96, 4, 4)
        ])  # fmt: skip
        self.out = EqualLinear(c * (side // 4) ** 2, 1)

    def forward(self, x):
        for layer in self.layers:
            x = activation(layer(x))
        return self.out(x.flatten(1)).squeeze(1)


# %%
for mine, theirs in (
    (StyleGenerator, networks.StyleGenerator),
    (StyleDiscriminator, networks.StyleDiscriminator),
):
    made = []
    for kind in (mine, theirs):
        seed_everything(SEED)
        made.append(kind()(torch.randn(2, Z) if kind.__name__ == "StyleGenerator" else real[:2]))
    assert torch.equal(*made)
weights = sum(p.numel() for p in StyleGenerator().parameters())
print(f"the package has the same two networks; G has {weights:,} weights")

# %% [markdown]
# ## 2 · A minute of training
#
# The loop is lesson 06's: the non-saturating loss, R1 at every eighth step, Adam without momentum, an average of G's weights. One thing is new, *style mixing* (风格混合): for half of the pictures of a batch, the layers from some random one on get the w of *another* z. D judges such mixtures like all other pictures. So G is to make each layer's style work beside any style of the next.


# %% tags=["networks"]
def mixed(G, z, share=MIXING):
    """Return images of z (N, z_dim), a `share` of them with another z's styles from a random layer on."""
    w = G.mapping(z)
    layers = len(G.synthesis.layers)
    other = w[torch.randperm(len(w))]
    first = torch.randint(1, layers, (len(w), 1))  # of the layers that get the other style
    first[torch.rand(len(w), 1) >= share] = layers
    late = (torch.arange(layers) >= first)[..., None]  # (N, layers, 1)
    return G.synthesis(torch.where(late, other[:, None], w[:, None]))


# %% tags=["networks"]
def new_game(G, D, images, steps, share=MIXING, seed=SEED):
    """Return the average of G, and the training, an iterator; the rates fall to 0 over `steps`."""
    G, D = (net.to(memory_format=torch.channels_last) for net in (G, D))
    set_threads(G, D)
    slow = {"params": G.mapping.parameters(), "lr": RATE / 10}
    g_opt = Adam([{"params": G.synthesis.parameters()}, slow], lr=RATE, betas=(0.0, 0.99), fused=True)
    d_opt = Adam(D.parameters(), lr=D_RATE, betas=(0.0, 0.99), fused=True)
    schedules = [CosineAnnealingLR(opt, steps) for opt in (d_opt, g_opt)]
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    penalty = Lazy(r1(GAMMA), every=LAZY)

    def make(z):
        return mixed(G, z, share)

    def d_update(real):
        return d_step(make, D, d_opt, non_saturating, real, torch.randn(BATCH, Z), penalty=penalty)

    def g_update(real):
        logs = g_step(make, D, g_opt, non_saturating, torch.randn(BATCH, Z))
        average.update_parameters(G)
        for schedule in schedules:
            schedule.step()
        return logs

    return average.module, adversarial_steps(Batches(images, BATCH, seed), d_update, g_update)


# %%
seed_everything(SEED)
live_G, game = new_game(StyleGenerator(), StyleDiscriminator(), train.images, STEPS)
shown = torch.randn(32, Z)[:16]
board = LossBoard(STEPS, sample=lambda: live_G(shown).clamp(-1, 1))

# %%
for logs in board.watch(game):
    board.update(logs)

# %% [markdown]
# Half an hour does more than a minute. The same networks after 14,000 steps (`python data/checkpoints/train_stylegan.py` in the project's folder, 23 minutes of one processor core) are in the clone. Both are scored against 1,000 held-out avatars: FD on the judge's 64 features, precision and recall. 1,000 *real* avatars of the training set show what the best score would be.

# %%
NO_NOISE = [0.0] * 5
G = load_weights(StyleGenerator(), "stylegan_avatars").to(memory_format=torch.channels_last)


@torch.no_grad()
def draw(w, noise=NO_NOISE, G=G):
    """Return the pictures of styles w (N, 64), or (N, 5, 64), in [−1, 1]; with fresh noise if it is None."""
    return torch.cat([G.synthesis(part, noise) for part in w.split(100)]).clamp(-1, 1)


@torch.no_grad()
def styles(count, G=G):
    """Return w (count, 64) of fresh z."""
    return G.mapping(torch.randn(count, Z))


held_out = metrics.avatar_features(real)


def score(images):
    """Return FD, precision and recall of 1,000 pictures against the held-out avatars."""
    fake = metrics.avatar_features(images)
    return metrics.frechet_distance(fake, held_out), *metrics.precision_recall(fake, held_out)


# %%
seed_everything(SEED)
made = {"a minute": draw(styles(1000, live_G), None, live_G), "half an hour": draw(styles(1000), None)}
made["real"] = to_float(train.images[torch.randperm(len(train.images))[:1000]])
rows = torch.cat([images[:12] for images in made.values()])
show(rows, "After a minute (top), after half an hour, and real ones (bottom)")
scores = {name: score(images) for name, images in made.items()}
minute, longer, best = scores.values()
assert longer[0] < 0.5 * minute[0] and longer[2] > minute[2] + 0.2 and best[0] < 0.3 < longer[0]
print("half an hour has less than half the FD of a minute, and more recall; real avatars are better in both")

# %% tags=["nbval-ignore-output"]
for name, (fd, precision, recall) in scores.items():
    print(f"{name:<14} FD {fd:5.2f}, precision {precision:.2f}, recall {recall:.2f}")

# %% [markdown]
# **See**: after a minute there are faces, with grain, blurred edges and little variety: recall says that near a real avatar there is hardly ever a made one. After half an hour they are pixel art; precision is that of real avatars, and recall about half of theirs. So G has learned to draw well, and not all there is to draw. (It has seen 3,000 faces, each some 150 times.)
#
# All that follows uses the G of half an hour, but for the end of section 6. It is not trained any more; the seed only decides which z are drawn.
#
# ## 3 · Which layer decides what?
#
# Take two faces, A and B, and give *one* layer of A the style of B. What does the new face have of B? The judge says: of all pairs that differ in an attribute, in which share has the new face B's value?
#
# **Predict**: layers 1 to 3 work on 4×4 and 8×8, layers 4 and 5 on 16×16. Which will decide the cut of the hair? Which the colour of the background?


# %%
def labels(images):
    """Return what the judge sees: the eight attributes of each picture, (N, 8)."""
    return metrics.predicted_attributes(images)[0]


def taken(new, a, b):
    """Return, of the pairs whose labels a and b (N, 8) differ, the share in which `new` has b's, (8,)."""
    differ = a != b
    return ((new == b) & differ).sum(0) / differ.sum(0)


def exchanged(w_a, w_b, layers):
    """Return w_a (N, 64) as styles for the five layers, (N, 5, 64), in which `layers` have w_b."""
    w = w_a[:, None].repeat(1, 5, 1)
    w[:, layers] = w_b[:, None]
    return w


# %%
seed_everything(SEED)
w_a, w_b = styles(COUNT), styles(COUNT)
a, b, third = (labels(draw(w)) for w in (w_a, w_b, styles(COUNT)))
ROWS = {f"layer {i + 1} alone": [i] for i in range(5)} | {"layers 1 to 3": [0, 1, 2], "layers 4 and 5": [3, 4]}
shares = [taken(labels(draw(exchanged(w_a, w_b, layers))), a, b) for layers in ROWS.values()]
shares = torch.stack([*shares, taken(third, a, b)])
fig, ax = plt.subplots(figsize=(7.6, 2.7), layout="constrained")
rows = [*ROWS, "chance: a third face"]
title = "Share of pairs in which B's value comes with the layer"
plots.show_table(ax, shares, rows, ATTRIBUTES, title=title)
plt.show()
alone = dict(zip(ATTRIBUTES, shares[:5].T))
share = {name: dict(zip(ATTRIBUTES, row.tolist())) for name, row in zip(rows, shares)}
early, late = share["layers 1 to 3"], share["layers 4 and 5"]
assert min(early[name] for name in ("hair", "glasses", "mouth")) > 0.65 and early["hat"] > 0.5
assert max(late[name] for name in ("hair", "glasses")) < 0.25
print("layers 1 to 3 bring B's cut of the hair, glasses and mouth in more than 65 of 100 pairs;")
print("4 and 5 bring its cut of the hair and its glasses in less than 25")
assert min(late[name] for name in ("background", "clothing")) > 0.5
assert max(early[name] for name in ("background", "clothing")) < 0.3
print("4 and 5 bring B's background and colour of clothes in more than 50, layers 1 to 3 in less than 30")
assert shares[:5, ATTRIBUTES.index("skin")].max() < share["chance: a third face"]["skin"]
print("no layer alone brings B's skin as often as a third face has it by chance")

# %% [markdown]
# **See**: read each column against its last number. A third face that has nothing to do with B has B's value that often; for an attribute of two values, in half of the pairs that differ. Shapes come early, and the colours of large areas late. Hair, glasses and mouth are settled by layers 1 to 3, on 4×4 and 8×8: by layer 5 they come over in hardly any pair. Background and clothes are the reverse, and most of that is layer 5 alone.
#
# Skin and the colour of the hair are *not* that simple. No layer alone brings them over, and neither half does it as surely as with the others. It is the same for the paper's photographs: "coarse", "middle" and "fine" styles are a tendency that the sizes of the layers suggest to G. Nothing in the loss asks for it, and nobody told G what an attribute is.
#
# ### The mixer
#
# Mix for yourself. The row shows A, the mixture and B: in the mixture, as many layers as the crossover says have A's style, and the others B's. ψ and the noise belong to sections 5 and 6.
#
# **Try**:
#
# 1. Leave the crossover at 3, and step through seed B. Background and clothes follow B; the cut of the hair and the glasses stay A's, nearly always.
# 2. Crossover 0: the mixture is B. Crossover 5: it is A.
# 3. ψ = 0: all three are one face. (Section 5 says which.)
# 4. Raise the noise: all three get spots. (Section 6 says how much noise G itself has chosen.)


# %%
def with_noise(raised):
    """Return G with the noise of the layers `raised` at a strength of 0.2."""
    noisy = copy.deepcopy(G)
    for i in raised:
        nn.init.constant_(noisy.synthesis.layers[i].strength, 0.2)
    return noisy


def of_seed(seed):
    return G.mapping(torch.randn(1, Z, generator=torch.Generator().manual_seed(seed)))


mean = styles(10_000).mean(0)
loud = with_noise(range(5))


# %%
NOISES = {"raised to 0.2": (loud, None), "off": (G, NO_NOISE)}


def mixer(seed_A, seed_B, crossover, psi, noise):
    w_a, w_b = (torch.lerp(mean, of_seed(seed), psi) for seed in (seed_A, seed_B))
    three = torch.cat([exchanged(w_a, w_b, [*range(first, 5)]) for first in (5, crossover, 0)])
    network, given = NOISES[noise]
    images = draw(three, given, network)
    named = zip(train.attributes.items(), labels(images[1:2])[0])
    seen = ", ".join(f"{name} {values[i]}" for (name, values), i in named)
    return images, f"the judge sees in the mixture: {seen}"


ImageExplorer(
    mixer,
    columns=3,
    scale=8,
    seed_A=(0, 99, 1, 3),
    seed_B=(0, 99, 1, 8),
    crossover=(0, 5, 1, 3),
    psi=(0.0, 1.5, 0.1, 1.0),
    noise=[*NOISES],
)

# %% [markdown]
# ## 4 · W against Z
#
# Is W, the space of w, a better place to move in than Z, the space of z? Three measures, each with its control.
#
# ### 4.1 How long is the way?
#
# Walk from one face to another, and measure how fast the picture changes on the way: the mean of the *squared* speed, on the judge's features. The papers call it the *perceptual path length* (感知路径长度). It is smallest, 1 in the unit below, for a way on which the features move straight and at an even speed: each detour, and each sudden change, makes it larger. The way in Z is an arc (lesson 07), since only the direction of z counts; the way in W is a straight line. Both begin and end at the same two faces.
#
# $$\ell = \mathbb{E}_{t}\left[\frac{1}{\varepsilon^2}\big\lVert f(G_t) - f(G_{t+\varepsilon})\big\rVert^2\right] \Big/\; \mathbb{E}\,\big\lVert f(G_0) - f(G_1)\big\rVert^2$$
#
# with $G_t$ the picture at the share t of the way, t drawn evenly from 0 to 0.99, ε = 0.01, and f the judge's features. (Karras et al. 2019, section 4.1, without the floor that we divide by; they measure differences with a network, VGG, whose features were weighted to agree with what people find similar.)


# %%
@torch.no_grad()
def on_the_way(z_a, z_b, t, space):
    """Return w at the share t (N, 1) of the way from z_a to z_b (N, 64), in "Z" or in "W"."""
    if space == "W":
        return torch.lerp(G.mapping(z_a), G.mapping(z_b), t)
    a, b = unit_length(z_a), unit_length(z_b)
    angle = torch.acos((a * b).mean(1, keepdim=True))
    return G.mapping((torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle))


def squared_change(before, after):
    """Return how far the judge's features move from one w to another: the mean square."""
    before, after = (metrics.avatar_features(draw(w)) for w in (before, after))
    return (before - after).square().sum(1).mean().item()


seed_everything(SEED)
z_a, z_b, t = torch.randn(COUNT, Z), torch.randn(COUNT, Z), 0.99 * torch.rand(COUNT, 1)
straight = squared_change(G.mapping(z_a), G.mapping(z_b))
length = {}
for space in "ZW":
    here, there = (on_the_way(z_a, z_b, at, space) for at in (t, t + 0.01))
    length[space] = squared_change(here, there) / 0.01**2 / straight

# %%
steps = torch.linspace(0, 1, 12)[:, None]
rows = torch.cat([draw(on_the_way(z_a[:1], z_b[:1], steps, space)) for space in "ZW"])
show(rows, "From one face to another: on an arc in Z (top), straight in W")
assert 1 < length["W"] < 0.8 * length["Z"]
print("in units of the straight line's, the way in W is less than 0.8 of that in Z; none is shorter than 1")

# %% tags=["nbval-ignore-output"]
print(", ".join(f"{space}: {value:.2f}" for space, value in length.items()))

# %% [markdown]
# **See**: on both ways the face changes unevenly, or takes detours; in W less of it than in Z.
#
# What does the mapping do to make it shorter? Take a patch of a plane through Z, lay a grid on it, and see where its nodes go in W. (W has 64 dimensions; shown are the two along which the patch extends the most.) The colour of a line says how much the picture changes along it. (Z is scaled to length 1 before the mapping, and that alone draws the rim of the patch together; look at the middle.)

# %%
seed_everything(SEED)
corner, right, up = torch.linalg.qr(torch.randn(Z, 3)).Q.T
ticks = torch.linspace(-1.2, 1.2, 11)
nodes = corner + torch.cartesian_prod(ticks, ticks) @ torch.stack([right, up])  # (121, 64)
with torch.no_grad():
    w = G.mapping(nodes)
seen = metrics.avatar_features(draw(w))
flat = (w - w.mean(0)) @ torch.linalg.svd(w - w.mean(0), full_matrices=False).Vh[:2].T
index = torch.arange(121).view(11, 11)
pairs = torch.cat(
    [torch.stack([i[1:], i[:-1]], dim=-1).flatten(0, 1) for i in (index, index.T)]
)  # (220, 2): the ends of each line
moved = (seen[pairs[:, 0]] - seen[pairs[:, 1]]).norm(dim=1)
fig, axes = plt.subplots(1, 2, figsize=(6.6, 2.7), layout="constrained")
for ax, places, name in zip(axes, (torch.cartesian_prod(ticks, ticks), flat), ("Z", "W")):
    drawn = ax.add_collection(LineCollection(places[pairs].numpy(), cmap="cividis", array=moved.numpy()))
    ax.autoscale()
    ax.set(title=f"The grid in {name}", xlabel="first direction", ylabel="second direction", aspect="equal")
fig.colorbar(drawn, ax=axes, label="change of the picture")
plt.show()
print("the even grid of Z is warped in W")

# %% [markdown]
# One patch may be a chance. Count: take 1,000 small steps in Z, in random places and directions, all about equally long. How much does the picture change in the quarter of them that the mapping makes the longest in W, against the quarter that it makes the shortest?

# %%
z = unit_length(torch.randn(1000, Z))
with torch.no_grad():
    w, near = G.mapping(z), G.mapping(unit_length(z + 0.1 * torch.randn(1000, Z)))
moved = (metrics.avatar_features(draw(w)) - metrics.avatar_features(draw(near))).norm(dim=1)
order = (w - near).norm(dim=1).argsort()
ratio = (moved[order[-250:]].mean() / moved[order[:250]].mean()).item()
assert ratio > 1.6
print("in the quarter that W stretches most, the picture changes more than 1.6 times as much as in the other")

# %% tags=["nbval-ignore-output"]
print(f"{ratio:.2f} times as much")

# %% [markdown]
# **See**: this is what the mapping is for. Where a step in Z changes the picture much, because it crosses from one look to another, the mapping makes the step in W long; where little changes, W is squeezed together. So W follows the looks better than Z does.
#
# ### 4.2 Is an attribute a direction?
#
# If "wears glasses" is one direction of a space, then a *linear* classifier can tell from a point of it who wears them. (Karras et al. 2019, section 4.2: *linear separability*, 线性可分性.) Draw faces, let the judge name their attributes, fit a linear classifier for each attribute to two thirds of them, and count on the others.
#
# Two controls. W has gone through a network, and that may help a linear classifier even if the network has learned nothing: so take the w of an *untrained* mapping too. And the floor is always to name the most frequent value.


# %%
def with_one(x):
    return torch.cat([x, torch.ones(len(x), 1)], dim=1)


def linear_accuracy(x, y, fitted=2 * COUNT):
    """Return how often a linear classifier of x (N, 64) is right on each of the attributes y (N, 8), (8,)."""
    x = with_one((x - x.mean(0)) / x.std(0))
    right = []
    for label in y.T:
        fit = torch.linalg.lstsq(x[:fitted], F.one_hot(label[:fitted]).float()).solution
        right.append(((x[fitted:] @ fit).argmax(1) == label[fitted:]).float().mean())
    return torch.stack(right)


seed_everything(SEED)
z = unit_length(torch.randn(3 * COUNT, Z))
with torch.no_grad():
    w, untrained = G.mapping(z), Mapping()(z)
y = labels(draw(w))
accuracy = {
    "most frequent value": torch.stack([label.bincount().max() / len(y) for label in y.T]),
    "w, untrained mapping": linear_accuracy(untrained, y),
    "z": linear_accuracy(z, y),
    "w": linear_accuracy(w, y),
}

# %%
fig, ax = plt.subplots(figsize=(7.6, 1.9), layout="constrained")
title = "How often a linear classifier names the attribute: W is best"
plots.show_table(ax, torch.stack([*accuracy.values()]), [*accuracy], ATTRIBUTES, title=title)
plt.show()
gain = accuracy["w"] - accuracy["z"]
untrained, in_z, in_w = (accuracy[name].mean() for name in ("w, untrained mapping", "z", "w"))
assert (gain > 0.02).sum() >= 7 and in_w > in_z + 0.05 and in_z > untrained + 0.1
print(
    "W is better than Z by 2 points or more for at least seven of the eight attributes, by more than 5 on average;"
)
print("an untrained mapping makes it worse than Z, by more than 10 points on average")

# %% [markdown]
# **See**: in W the attributes lie more linearly than in Z, with the hat the least. The control says that it is a thing *learned*: three layers with random weights would make matters worse. Nobody gave G labels. The authors' explanation: pictures are easier to make from a space in which their differences are straight, so training unbends W.
#
# (Z is not bad either: most of its accuracies are far above the floor. The z of a face that wears glasses are on the whole on one side, with a bent border.)
#
# ### 4.3 Put glasses on
#
# The proof of a direction is to walk along it. Take each attribute that is yes or no, and faces that lack it. Go along the linear classifier's direction in small steps, and stop as soon as the judge says yes. Two numbers come of it: the *success*, how many get there within the distance between two random faces; and the *side effects*, how many of the seven *other* attributes have changed by then. Once in Z, once in W, and, as a control, in W along a random direction.


# %%
def direction(x, label):
    """Return the direction of length 1 along which a linear classifier of x finds `label`, 0 or 1, to grow."""
    fit = torch.linalg.lstsq(with_one(x), label[:, None].float()).solution[:-1, 0]
    return fit / fit.norm()


def apart(x):
    """Return the usual distance between two of the points x (N, 64)."""
    return (x[1:] - x[:-1]).norm(dim=1).median()


@torch.no_grad()
def edited(start, move, target, to_w=lambda x: x, steps=20):
    """Go from `start` to `start` + `move` until attribute `target` is there; return w, success and side effects."""
    before, x = labels(draw(to_w(start))), start.clone()
    active = torch.arange(len(start))
    for i in range(1, steps + 1):
        x[active] = start[active] + i / steps * move
        active = active[labels(draw(to_w(x[active])))[:, target] == 0]
        if not len(active):
            break
    after = labels(draw(to_w(x)))
    done = after[:, target] == 1
    return to_w(x), done.float().mean().item(), ((after != before).sum(1)[done] - 1.0).mean().item()


# %%
EDITED = [name for name, values in train.attributes.items() if len(values) == 2]
seed_everything(SEED)
results, moves = {}, {}
for name in EDITED:
    target = ATTRIBUTES.index(name)
    lack = (y[:, target] == 0).nonzero().flatten()[:200]
    moves[name] = apart(w) * direction(w, y[:, target])
    aimless = apart(w) * F.normalize(torch.randn(Z), dim=0)
    _, *in_z = edited(z[lack], apart(z) * direction(z, y[:, target]), target, G.mapping)
    with_it, *in_w = edited(w[lack], moves[name], target)
    _, *at_random = edited(w[lack], aimless, target)
    results[name] = [*in_z, *in_w, *at_random]
    if name == "glasses":
        pair = torch.cat([draw(w[lack[:12]]), draw(with_it[:12])])

# %%
show(pair, "Before (top), and moved in W until the judge sees glasses (bottom)")
table = torch.tensor([*results.values()])
fig, axes = plt.subplots(1, 2, figsize=(7.6, 1.9), layout="constrained")
titles = {"Success": ("high", table[:, 0::2]), "Side effects, of 7 attributes": ("low", table[:, 1::2])}
for ax, (title, (better, part)) in zip(axes, titles.items()):
    plots.show_table(ax, part, EDITED, ["in Z", "in W", "random, in W"], better, title=title)
plt.show()
assert table[:, [0, 2]].min() > 0.6 and table[:, 4].mean() < 0.4
side = {name: table[EDITED.index(name), [1, 3]] for name in EDITED}  # in Z, in W
assert all(side[name][1] < 0.8 * side[name][0] for name in ("mouth", "glasses"))
assert table[:, 3].mean() < 0.9 * table[:, 1].mean()
print(
    "in Z and in W more than 60 of 100 faces get each attribute; along random directions less than 40 on average;"
)
print(
    "mouth and glasses: W changes less than 0.8 of the other attributes that Z does; mean of all four: below 0.9"
)

# %% [markdown]
# **See**: a direction found by a linear classifier works in both spaces, and a random one does not. (Its side effects are those of the few faces that got there.) For the mouth and the glasses, W leaves more of the face alone. For the cut of the hair the difference is smaller, and hats are put on more surely in Z, where the move is an arc, though at a higher price. So W is better on the whole, and not for everything.
#
# Two cautions. Side effects are counted where the edit succeeded, so Z and W are judged on somewhat different faces. And z is scaled to length 1 after the step, so a step in Z cannot lead as far as one in W.
#
# Side effects are left in either space: one straight step does not put glasses on *and nothing else*. Exercise 12.3 takes one disturbing attribute out of a direction.
#
# ## 5 · Truncation
#
# Rare looks lie far out from the mean of all w. G has seldom drawn them, and draws them less well. *Truncation* (截断) moves each w towards the mean of all: $w' = \bar w + \psi\,(w - \bar w)$. At ψ = 1 nothing changes, at ψ = 0 every picture is that of the mean, the "average face".
#
# **Predict**: what will a smaller ψ do to precision, and what to recall?

# %%
seed_everything(SEED)
mean, w = styles(10_000).mean(0), styles(1000)
PSIS = (1.0, 0.8, 0.6, 0.4, 0.2)
curve = {}
for psi in PSIS:
    features = metrics.avatar_features(draw(torch.lerp(mean, w, psi)))
    density, _ = metrics.density_coverage(features, held_out)
    curve[psi] = (*metrics.precision_recall(features, held_out), density)
rows = torch.cat([draw(torch.lerp(mean, w[:12], psi)) for psi in PSIS[::2]])
show(rows, "The same w at ψ = 1 (top), 0.6 and 0.2 (bottom)")
print("from row to row the twelve faces grow more alike, and end near the average face")

# %%
fig, ax = plt.subplots(figsize=(5, 2.4), layout="constrained")
for values, name, style in zip(zip(*curve.values()), ("precision", "recall", "density"), ("o-", "s--", "^:")):
    ax.plot(PSIS, values, style, color=plots.FAKE if name == "recall" else plots.REAL, label=name)
ax.set(
    xlabel="ψ",
    ylabel="share, or density",
    title="A smaller ψ: denser among real faces, fewer kinds",
    ylim=(0, 2),
)
ax.legend(fontsize="small", loc="upper center", ncols=3)
plt.show()
precisions, recalls, densities = zip(*curve.values())
assert recalls[0] > recalls[1] > recalls[2] > 0.1 > recalls[3] and recalls[0] > 0.3
assert densities[0] < densities[1] < densities[2] and min(precisions[:4]) > 0.9
print("from ψ = 1 to 0.6 density rises and recall falls, step by step; at 0.4 recall is below 0.1")
print("precision is above 0.9 from ψ = 1 to 0.4: real avatars have no more")

# %% tags=["nbval-ignore-output"]
for psi, (precision, recall, density) in curve.items():
    print(f"ψ = {psi}: precision {precision:.2f}, recall {recall:.2f}, density {density:.2f}")

# %% [markdown]
# **See**: recall goes down step by step, since G keeps to fewer looks. For StyleGANs of photographs precision goes up meanwhile (Kynkäänniemi et al. 2019). Here it cannot: at ψ = 1 it is as high as that of real avatars. *Density* (lesson 09), which counts in how many real neighbourhoods a made face lies, has no such ceiling, and goes up until ψ = 0.4; at 0.2 both are lower again.
#
# Do not go too far: the average face itself, to which the last row comes near, is a blend that no avatar looks like. Truncation is a choice of the *user*, made when samples are drawn, and costs nothing. Whoever publishes samples says at which ψ they were drawn; FDs at different ψ are not to be compared.
#
# ## 6 · What does the noise do?
#
# Draw 200 w twice, with fresh noise. How many attributes has the judge seen change, and how much does a pixel vary over the noise, against how much it varies over w? The first row has the strengths that G has learned. In each of the others the strength of *one* layer is raised by hand to 0.2.

# %%
seed_everything(SEED)
w, noise_rows = styles(200), {}
LAYERS = {"as learned": []} | {f"layer {i + 1} raised": [i] for i in range(5)}
over_w = draw(w).std(0).mean()
for name, raised in LAYERS.items():
    one, other = (draw(w, None, with_noise(raised)) for _ in range(2))
    changed = (labels(one) != labels(other)).float().mean(0)
    over_noise = (one - other).square().mean().sqrt() / math.sqrt(2) / over_w
    noise_rows[name] = torch.cat([changed, over_noise[None]])
fig, ax = plt.subplots(figsize=(7.6, 2.2), layout="constrained")
title = "How often fresh noise changes an attribute; last, how much it moves a pixel"
plots.show_table(ax, torch.stack([*noise_rows.values()]), [*noise_rows], [*ATTRIBUTES, "pixels"], title=title)
plt.show()
learned, *raised = noise_rows.values()
assert learned.max() < 0.02 and min(row[-1] for row in raised) > 0.1
print(
    "as learned, the noise changes next to nothing; raised, it moves pixels by more than a tenth of what w does"
)

# %% [markdown]
# **See**: G has left the noise switched off, and it is right to. Pixel art has no random strands: given the look, every pixel is fixed. Then noise can only harm, in whatever layer, and its strengths stay where they began, at 0. In the paper's photographs noise moves curls and pores, and nothing else.
#
# **Break it**: give the avatars something that *is* random. Add grain to each, the same in all three colours, and train anew for half of the steps.

# %%
grain = 40 * torch.randn(len(train.images), 1, 16, 16, generator=torch.Generator().manual_seed(SEED))
grainy = (train.images + grain).clamp(0, 255).byte()
seed_everything(SEED)
grainy_G, game = new_game(StyleGenerator(), StyleDiscriminator(), grainy, GRAIN_STEPS)
for _ in islice(game, GRAIN_STEPS):
    pass
clean, with_grain = (
    max(abs(layer.strength.item()) for layer in net.synthesis.layers) for net in (live_G, grainy_G)
)
assert with_grain > 3 * clean
print("the largest strength of noise is more than 3 times that of the G of clean avatars, in half of the steps")

# %% tags=["nbval-ignore-output"]
print(f"largest strength: clean avatars {clean:.4f}, grainy avatars {with_grain:.4f}")

# %% [markdown]
# **See**: the strengths have begun to grow. What G does with an input is decided by the data, not by the one who drew the diagram.
#
# ## 7 · Back into the latent space
#
# To edit a *given* picture, one has to find its w first: *inversion* (反演). Start from the mean of all w, and let Adam move w until G's picture is the given one, pixel by pixel. Abdal et al. (2019) found that for real photographs one w is not enough, and gave each layer a w of its own. That space is called W+; here it has 5 · 64 numbers.
#
# Invert faces that G has made itself, so that a perfect w exists, and real ones that it has never seen. Then put a hat on what was found, along the direction of section 4.3.
#
# **Predict**: for which of the four will the error be the largest?


# %%
def invert(images, separate, rate=0.1):
    """Return styles (N, 5, 64) whose pictures are near `images`: one w for all layers, or `separate` ones."""
    w = mean.repeat(len(images), 5 if separate else 1, 1).requires_grad_()
    opt = torch.optim.Adam([w], lr=rate, fused=True)
    for step in range(INVERT_STEPS):
        opt.param_groups[0]["lr"] = rate * (1 - step / INVERT_STEPS)
        loss = (G.synthesis(w.expand(-1, 5, -1), NO_NOISE) - images).square().mean((1, 2, 3)).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return w.detach().expand(-1, 5, -1)


G.requires_grad_(False)
seed_everything(SEED)
given = {"made": draw(styles(32)), "real": real[torch.randperm(len(real))[:32]]}
found = {
    (kind, "W+" if separate else "W"): invert(images, separate)
    for kind, images in given.items()
    for separate in (False, True)
}

# %%
recovered, target = {}, ATTRIBUTES.index("hat")
for (kind, space), w in found.items():
    images, again = given[kind], draw(w)
    error = (again - images).square().mean().sqrt().item()
    kept = (labels(again) == labels(images)).float().mean().item()
    bare = labels(again)[:, target] == 0
    _, success, side = edited(w[bare], moves["hat"], target)
    recovered[f"{kind}, {space}"] = [error, kept, success, side]
for kind, images in given.items():
    again = draw(mean[None]).expand_as(images)
    kept = (labels(again) == labels(images)).float().mean().item()
    recovered[f"{kind}: the mean face"] = [
        (again - images).square().mean().sqrt().item(),
        kept,
        math.nan,
        math.nan,
    ]
columns = ("error", "attributes kept", "hat: success", "side effects")
fig, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
title = "Real faces come back less well than made ones; W+ helps"
plots.show_table(
    ax, torch.tensor([*recovered.values()]), [*recovered], columns, ["low", "high", "high", "low"], title=title
)
plt.show()
errors = {name: row[0] for name, row in recovered.items()}
assert errors["real, W"] > 3 * errors["made, W"] and errors["real, W+"] < 0.85 * errors["real, W"]
assert 2 * errors["real, W"] < errors["real: the mean face"]
print("the error of real faces is more than 3 times that of made ones, less than half of the mean face's;")
print("for real faces, W+ has less than 0.85 of the error of W")


# %%
for kind in given:
    faces = torch.cat([given[kind][:12], *(draw(found[kind, space][:12]) for space in ("W", "W+"))])
    show(faces, f"{kind} faces (top), found in W, and in W+ (bottom)")
kept = {name: row[1] for name, row in recovered.items()}
assert min(kept["made, W"], kept["made, W+"], kept["real, W+"]) > 0.9 > 0.65 > kept["real: the mean face"]
print("more than 90 of 100 attributes are kept, of made faces in W and W+ and of real ones in W+;")
print("the mean face has less than 65 of those of real faces")

# %% [markdown]
# **See**: a face that G made is found again almost exactly, in W already. A real one is not: W holds a relative of it, and W+, which has five times as many numbers, comes closer. That is the sign that G does not know all faces, as its recall said.
#
# It is often written that W+ is bought with worse edits, since five styles that never came together in training lie outside of what G knows. Here that cannot be seen: in W+ hats are put on about as often as in W, at about the same price (with 32 faces, small differences say nothing). With five layers, and style mixing in training, W+ is close to home. Do not count on it with eighteen layers.

# %% [markdown]
# ## 8 · And garments?
#
# Is a StyleGAN generator simply better? Fashion-MNIST, lesson 10's modern recipe on one side, the networks of this lesson with a start of 7×7 on the other, 90 seconds of one processor core each, three seeds. The table was made beforehand by `python tests/benchmarks/styles.py` in the project's folder, which runs the cells of both lessons.
#
# **Predict**: whose FD is lower?

# %%
GARMENTS = {  # FD, precision, recall; of StyleGAN what B brings: class and lightness by 1–3, then by 4 and 5
    "lesson 10": [
        (2.68, 0.69, 0.7),
        (2.45, 0.7, 0.66),
        (2.3, 0.69, 0.7),
    ],
    "StyleGAN": [
        (31.76, 0.86, 0.02, 0.5, 0.73, 0.11, 0.27),
        (30.94, 0.86, 0.01, 0.48, 0.72, 0.13, 0.27),
        (29.77, 0.87, 0.02, 0.56, 0.71, 0.1, 0.27),
    ],
}


# %%
medians = {
    name: [statistics.median(column) for column in zip(*seeds, strict=True)] for name, seeds in GARMENTS.items()
}
fig, ax = plt.subplots(figsize=(6, 1.8), layout="constrained")
values = torch.tensor([row[:3] for row in medians.values()])
columns, better, form = ("FD", "precision", "recall"), ["low", "high", "high"], ["{:.1f}", "{:.2f}", "{:.2f}"]
plots.show_table(
    ax, values, [*medians], columns, better, form, title="At equal seconds, lesson 10's G is far ahead"
)
plt.show()
ours, theirs = ([fd for fd, *_ in GARMENTS[name]] for name in ("StyleGAN", "lesson 10"))
assert min(ours) > 10 * max(theirs)
print("the lowest FD of StyleGAN's G is more than 10 times the highest of lesson 10's")
kind_early, _, kind_late, _ = medians["StyleGAN"][3:]
print(
    f"pairs of different garments: layers 1 to 3 bring B's kind in {kind_early:.0%}, 4 and 5 in {kind_late:.0%}"
)

# %% [markdown]
# **See**: at equal seconds it is not better; its FD is more than ten times as high. Two things count against it: a step costs more than twice as much (some 800 steps against 2,100), since G is larger; and nothing here was tuned on garments, while lesson 10's recipe was. D and the rates differ, too, so this is a comparison of two recipes, not of two generators. Its precision is high and its recall next to nothing: a few looks, well drawn. Whether it would catch up in hours, this table does not say. FD in a minute is not what the design is for.
#
# What the style buys is the last line: even here the early layers hold the *kind* of garment, and the late ones hardly any of it. Lesson 10's G has no knob of that sort: its z goes in once, at the front. But not everything comes apart. How light a garment is comes with layers 1 to 3 as well (72 of 100 pairs end nearer to B's lightness, against 27 with layers 4 and 5), so that here even "how" is settled early.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 12.1 (★, 5 min): by hand
#
# A modulated 1×1 convolution has two input channels and one output channel. Its kernel is (3, 4), and the style of a picture is (2, 1). What is the *second* entry of that picture's kernel after modulation and demodulation? (ε is too small to matter.)

# %%
### BEGIN SOLUTION
entry = 4 / math.sqrt(52)
### END SOLUTION

check("12.1", entry)

# %% [markdown]
# <details><summary>Hint</summary>
#
# First multiply entry by entry. Then divide by the length of the result.
#
# </details>

# %% [markdown] tags=["solution"]
# Modulation makes (6, 4) of (3, 4). Its length is √(36 + 16) = √52, so the second entry is 4/√52 = 0.555. The style (4, 2), twice as loud, gives (12, 8), of length 2√52: the same kernel.

# %% [markdown]
# ### Exercise 12.2 (★★, 8 min): truncate some layers
#
# Truncation can be confined to the early layers: then shapes become ordinary, and colours stay as they are. Write it: of styles `w` (N, L, D) move the first `layers` layers towards `mean` (D,), so that a share `psi` of the way is left, and return all of w, (N, L, D).


# %%
def truncated(w, mean, psi, layers):
    ### BEGIN SOLUTION
    early = torch.lerp(mean.expand_as(w), w, psi)[:, :layers]
    return torch.cat([early, w[:, layers:]], dim=1)
    ### END SOLUTION


check("12.2", truncated)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `mean + psi * (w - mean)` for `w[:, :layers]`; `torch.cat` puts it together with the rest. Assigning into w would change the caller's w.
#
# </details>
#
# When it is right, try `plots.image_grid(draw(truncated(exchanged(w_a[:12], w_a[:12], []), mean, 0.3, 3)), 12)`.

# %% [markdown] tags=["solution"]
# Only layers before number `layers` are moved; with `layers` = 0 nothing is, and the slices are right there too. Karras et al. (2019) truncated the layers up to 32×32 alone, so that hair and pores would keep their variety.

# %% [markdown]
# ### Exercise 12.3 (★★, 8 min): glasses, and nothing else
#
# An edit along direction n changes other attributes, since their directions are not at right angles to it. If one of them disturbs, take its part away (Shen et al. 2020). Return the part of n (D,) that is at right angles to `other` (D,). The length of `other` may be any.


# %%
def at_right_angles(n, other):
    ### BEGIN SOLUTION
    return n - (n @ other) / (other @ other) * other
    ### END SOLUTION


check("12.3", at_right_angles)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The result plus some multiple of `other` is n, and the result times `other` is 0. Solve for the multiple.
#
# </details>

# %% [markdown] tags=["solution"]
# Write n = r + c · other with r · other = 0. Multiply by other: n · other = c (other · other), which gives c. The result is shorter than n; nothing asks for length 1 here, and where two directions are nearly the same, little is left, which is worth knowing.

# %% [markdown]
# ### Exercise 12.4 (★★, 6 min): what is missing?
#
# Four generators, each without one part: "demodulation", "noise", "style mixing" or "equalised rate". Which lacks which?
#
# - A: if its styles come out a little louder, its pictures turn into blinding black and white.
# - B: its pictures are good, but with the late layers of another face they are smears.
# - C: the same w always gives the same picture, down to the last pixel, though no one has set a seed.
# - D: in the first hundred steps the layer with the most inputs has changed the most, as a share of its weights.

# %%
### BEGIN SOLUTION
missing = {"A": "demodulation", "B": "style mixing", "C": "noise", "D": "equalised rate"}
### END SOLUTION

check("12.4", missing)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Sections 1.3, 2, 1.4 and 1.1 each have one of them.
#
# </details>

# %% [markdown] tags=["solution"]
# A: without the division the loudness of all layers multiplies. B: whoever never sees mixtures in training may let layers rely on each other. C: w and noise are all that goes in. D: with plain layers the same rate is a larger share of smaller weights, and these belong to the layers with more inputs.

# %% [markdown]
# ## What you now know
#
# - A style says how loud each channel of a layer is, and demodulation takes the loudness of the whole out again, so that layers do not multiply. The equalised rate lets all layers learn at one pace.
# - Layers divide the work by the size at which they draw: shapes early, colours of areas late, and some attributes between several. The mapping stretches where looks change, so that ways in W are shorter, attributes lie more linearly, and edits disturb less than in Z.
# - Truncation trades recall for density. G left the noise unused for pixel art, and began to use it when the data had grain. A real face comes back from W as a relative, from W+ as a closer one.
#
# **What this does not show**: photographs, eighteen layers, weeks of training. One checkpoint, of one seed, stands behind sections 3 to 7: ten seeds of z were tried on it, and no second training. What we left out of StyleGAN2: to-RGB layers with styles at each size, the penalty on path length in G's training, residual D with statistics over the batch, smooth up- and downsampling. Nor have we measured what style mixing and the depth of the mapping are worth: each would take trainings of its own.
#
# > **In the document** (§3.4). **The document says** that StyleGAN makes images of high quality for games, films and advertising, and stops there. **In fact** that takes networks a hundred times as large as ours, and a week on eight graphics cards; after 90 seconds on garments, a plainer G was far ahead. What is StyleGAN's own at any size is the *control*: a style for each layer, and a space in which directions mean something. That is there in the smallest one, and can be measured.
#
# **Further reading**
#
# - Karras, Laine and Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks" (2019): mapping, mixing, noise, path length and separability.
# - Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020): why normalising pictures made droplets, and demodulation.
# - Karras et al., "Progressive Growing of GANs" (2018), section 4.1: the equalised learning rate.
# - Shen et al., "Interpreting the Latent Space of GANs for Semantic Face Editing" (2020): directions, and how to keep them apart.
# - Abdal, Qin and Wonka, "Image2StyleGAN" (2019): W+. In NVlabs/stylegan2-ada#48 someone asks why their own face did not come back; the first advice there is section 7's: try a picture that G has made.
