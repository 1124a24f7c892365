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
# # 06 · The project: garments from noise
#
# **You will** train a fully connected GAN and then a convolutional one on all of Fashion-MNIST, meet mistakes that raise no error, and measure what you made on images that neither network has seen.
#
# **Needs** lesson 00; lesson 03 for the loop and lesson 05 for the loss. Both are explained here briefly.
#
# **Time** 60 minutes to read, and 15 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §5 项目实践：代码实例和详细解释说明 (project practice), that is §5.2 源代码详细实现 (the source code), §5.3 代码解读与分析 (reading it) and the results that the document breaks off before.
#
# **Papers** Goodfellow et al. 2014 (GAN) · Radford et al. 2015 (DCGAN) · Mescheder et al. 2018 (R1) · Karras et al. 2020 (lazy regularisation) · Heusel et al. 2017 (Fréchet distance) · Bińkowski et al. 2018 (KID) · Kynkäänniemi et al. 2019 (precision and recall)

# %% [markdown]
# ## The question
#
# Lesson 01 had five numbers. A GAN for images of 28×28 pixels has the same loop and larger networks, and its program fits on two pages. Does it learn to draw garments – and how would you know?
#
# > **In the document** (§5.2). It has one complete program for such images. It does not run: it stops at the first step. Sections 4 and 5 mend what stops it, and show what would have come next.

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

import copy
import math
import time
from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import softplus
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.data import Batches, fashion_mnist, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import LatentExplorer, LossBoard

# %% [markdown]
# All hyperparameters stand here, and nowhere else.

# %% tags=["parameters"]
SEED = 0

# the fully connected GAN, with the sizes of §5.2
FC_BATCH = 64  # real images in a step, and as many fakes
FC_Z = 100  # numbers in the noise vector z
FC_WIDTH = 128  # units in each hidden layer
FC_STEPS = 2000
FC_RATE = 2e-4  # Adam's learning rate, for both networks
RAW_STEPS = 200  # with images that are not scaled

# the convolutional GAN
BATCH = 32
Z = 16
WIDTHS = (64, 32, 16)  # channels of G, from its 7×7 maps to its 28×28 maps; D has them in reverse
STEPS = 1500
RATE = 4e-3  # at the start; it falls to zero
GAMMA = 1.0  # strength of R1
LAZY = 8  # R1 at every 8th step
DECAY = 0.99  # of the moving average of G's weights
BROKEN_STEPS = 300  # with R1 and without it
KEEP = (100, 300, 700, 1500)  # steps after which both networks are copied, to be judged later

# %% [markdown]
# ## 1 · The data
#
# Fashion-MNIST holds 60,000 training and 10,000 test images of garments, 28×28 pixels, in ten classes. The training images teach the networks. The test images stay aside until the end, when they judge.
#
# The pixels are stored as whole numbers from 0 to 255. G's last layer is a tanh, whose values lie in [−1, 1], so the real images must be brought into that range too. Section 5 shows what it costs to forget this.

# %%
train, test = fashion_mnist(), fashion_mnist(train=False)
first = [int((train.labels == k).nonzero()[0]) for k in range(10)]

fig, ax = plt.subplots(figsize=(9, 1.6))
plots.show_images(ax, to_float(train.images[first]), columns=10, title="One training image of each class")
plt.show()
print("left to right:", ", ".join(train.classes))

# %%
batches = Batches(train.images, FC_BATCH, seed=SEED)
real = next(batches)
print("stored: ", train.images.dtype, tuple(train.images.shape))
print("a batch:", real.dtype, tuple(real.shape), "between", real.min().item(), "and", real.max().item())

# %% [markdown]
# ## 2 · Two fully connected networks
#
# z has 100 numbers, and both networks have two hidden layers of 128 units with LeakyReLU, a ReLU that lets a fifth of what is below 0 through. **G**, the generator (生成器), turns noise z into an image. **D**, the discriminator (判别器), turns an image into one number.
#
# That number is a *logit*: any real number, high for "real". A sigmoid would turn it into a probability; the next section shows why D has none.
#
# > **In the document** (§5.2). The sizes are these. But its D ends in a sigmoid, and the loss takes the logarithm of that.


# %%
class FullyConnectedG(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(FC_Z, FC_WIDTH), nn.LeakyReLU(0.2),
            nn.Linear(FC_WIDTH, FC_WIDTH), nn.LeakyReLU(0.2),
            nn.Linear(FC_WIDTH, 28 * 28), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z):  # (N, FC_Z)
        return self.layers(z).view(-1, 1, 28, 28)


class FullyConnectedD(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),  # (N, 784)
            nn.Linear(28 * 28, FC_WIDTH), nn.LeakyReLU(0.2),
            nn.Linear(FC_WIDTH, FC_WIDTH), nn.LeakyReLU(0.2),
            nn.Linear(FC_WIDTH, 1),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x).squeeze(1)  # (N,)


# %%
seed_everything(SEED)
G, D = FullyConnectedG(), FullyConnectedD()
z = torch.randn(FC_BATCH, FC_Z)
print("G:", tuple(z.shape), "→", tuple(G(z).shape), f"with {sum(p.numel() for p in G.parameters()):,} weights")
print(
    "D:",
    tuple(real.shape),
    "→",
    tuple(D(real).shape),
    f"with {sum(p.numel() for p in D.parameters()):,} weights",
)

# %% [markdown]
# ## 3 · The losses
#
# Write $D(x)=\sigma(a)$ for the probability that D gives to "real", where $a$ is its logit. D's loss (判别器损失) and G's loss (生成器损失) are averages over a batch:
#
# $$L_D = -\mathbb{E}\,[\log \sigma(a_{\text{real}})] - \mathbb{E}\,[\log(1-\sigma(a_{\text{fake}}))], \qquad L_G = -\mathbb{E}\,[\log \sigma(a_{\text{fake}})]$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $a_{\text{real}}$ | `real_logits` (N,) | D's output on real images |
# | $a_{\text{fake}}$ | `fake_logits` (N,) | D's output on G's images |
# | $-\log\sigma(a)$ | `softplus(-a)` | the same number, computed without overflow |
# | $-\log(1-\sigma(a))$ | `softplus(a)` | the same, for "fake" |
#
# Both carry a minus sign: they fall when the network does better.
#
# > **In the document** (§4). They stand there without the minus sign, and are still called losses.


# %%
def loss_d(real_logits, fake_logits):
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def loss_g(fake_logits):
    return softplus(-fake_logits).mean()


undecided = torch.zeros(4)  # logit 0: probability one half
assert math.isclose(loss_d(undecided, undecided).item(), 2 * math.log(2), rel_tol=1e-6)
print(f"D undecided: L_D = {loss_d(undecided, undecided):.4f} = 2 log 2, L_G = {loss_g(undecided):.4f} = log 2")

# %% [markdown]
# Why not `log(sigmoid(a))`, as the formula says it? Suppose that D is badly wrong for once, and a fake gets the logit 20. In 32-bit numbers its sigmoid is exactly 1.

# %%
wrong = torch.tensor(20.0)
print("by the formula:   −log(1 − sigmoid(20)) =", (-torch.log(1 - torch.sigmoid(wrong))).item())
print("from the logit:   softplus(20)          =", softplus(wrong).item())

# %% [markdown]
# ## 4 · The loop
#
# Each step has two halves. First D learns from one real and one generated batch. Then G learns from D's opinion of a fresh batch. Three details carry the whole thing:
#
# - the *optimiser* changes the weights, and each network has its own;
# - z is drawn anew for every batch;
# - D's half needs no gradients in G, so `no_grad` saves computing them.
#
# (`set_threads` picks as many of the processor's cores as networks of this size can use, and `fused=True` lets Adam change all weights in one go: both only save time.)
#
# > **In the document** (§5.2). The first two are missing: the network is asked to change its own weights, and z is drawn once, before training.
#
# **Predict**, before you go on: after 2,000 steps, D will have seen every real image about twice. Will its loss be near 0 (it wins), near 2 log 2 ≈ 1.39 (it cannot tell them apart), or in between?

# %%
set_threads(G, D)
g_opt = torch.optim.Adam(G.parameters(), lr=FC_RATE, betas=(0.5, 0.999), fused=True)
d_opt = torch.optim.Adam(D.parameters(), lr=FC_RATE, betas=(0.5, 0.999), fused=True)
batches = Batches(train.images, FC_BATCH, seed=SEED)
fixed_z = torch.randn(32, FC_Z)

board = LossBoard(FC_STEPS, sample=lambda: G(fixed_z))

# %% [markdown]
# The next cell shows a board. At first it shows noise: the images of an untrained G. Run the cell and watch it. To stop, press ■ in the toolbar; the loop finishes its step first, and the networks are as they were after it. Running the cell again goes on from there.

# %%
for real in board.watch(batches):
    with torch.no_grad():  # D's half: G only supplies images
        fake = G(torch.randn(FC_BATCH, FC_Z))
    real_logits, fake_logits = D(real), D(fake)
    d_loss = loss_d(real_logits, fake_logits)
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()

    g_loss = loss_g(D(G(torch.randn(FC_BATCH, FC_Z))))  # G's half: the gradient flows through D
    g_opt.zero_grad()
    g_loss.backward()  # it also leaves gradients in D; D's half clears them before it uses its own
    g_opt.step()

    logs = {"d_loss": d_loss.item(), "g_loss": g_loss.item()}
    board.update(logs | {"d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()})


# %%
def grain(images):
    """Return how much neighbouring pixels differ: their mean squared difference, in units of the variance."""
    return (images.diff(dim=-1).square().mean() / images.var()).item()


fully_connected_G = G.eval()  # kept for section 7
late = [logs["d_loss"] for logs in board.history[-500:]]
assert 0.2 < sum(late) / len(late) < 1.1
print("D's loss, on average over the last 500 steps: between 0.2 and 1.1")
with torch.no_grad():
    assert grain(G(torch.randn(500, FC_Z))) > 1.2 * grain(to_float(train.images[:500]))
print("the samples are grainy: neighbouring pixels differ more than in real images")

# %% [markdown]
# **See**: something like garments, out of noise, in seconds – and grainy. D's loss ends in between: D is clearly ahead, but its loss does not go to 0. (Does a low loss mean good images? Section 7 asks.)
#
# The loop is the same for every GAN that follows, so the package has it: `d_step`, `g_step`, and the iterator `adversarial_steps` that alternates them. Our two losses are there too, under their usual name: `losses.non_saturating`. Is it really the same? Train twice from one seed for 20 steps, once with each, and compare every loss.


# %%
def own_loop(G, D, g_opt, d_opt, batches):
    while True:
        real = next(batches)
        with torch.no_grad():
            fake = G(torch.randn(FC_BATCH, FC_Z))
        d_loss = loss_d(D(real), D(fake))
        d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()
        g_loss = loss_g(D(G(torch.randn(FC_BATCH, FC_Z))))
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        yield {"d_loss": d_loss.item(), "g_loss": g_loss.item()}


def package_loop(G, D, g_opt, d_opt, batches):
    def d_update(real):
        return d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(FC_BATCH, FC_Z))

    def g_update(real):
        return g_step(G, D, g_opt, losses.non_saturating, torch.randn(FC_BATCH, FC_Z))

    return adversarial_steps(batches, d_update, g_update)


# %%
def fully_connected(seed=SEED):
    """Return new networks and their optimisers."""
    seed_everything(seed)
    G, D = FullyConnectedG(), FullyConnectedD()
    adam = (torch.optim.Adam(net.parameters(), lr=FC_RATE, betas=(0.5, 0.999), fused=True) for net in (G, D))
    return G, D, *adam


runs = [
    [
        (logs["d_loss"], logs["g_loss"])
        for logs in islice(loop(*fully_connected(), Batches(train.images, FC_BATCH, SEED)), 20)
    ]
    for loop in (own_loop, package_loop)
]
assert runs[0] == runs[1]
print("20 steps of each loop: all", 2 * len(runs[0]), "losses are equal")

# %% [markdown]
# ## 5 · Mistakes that a program can hide (§5.3)
#
# A mistake that raises an error is the good kind: it cannot hide. Three of those come first, then three that run happily, and section 7 has a fourth.
#
# > **In the document** (§5.3). It goes through its program class by class. Here is each part, what it is for, and what is wrong with it:
# >
# > | part | what it is for | in the document | here |
# > | --- | --- | --- | --- |
# > | `Generator` | noise to image | Dense layers, LeakyReLU, tanh: sound | `FullyConnectedG`, the same sizes |
# > | `Discriminator` | image to opinion | ends in a sigmoid | `FullyConnectedD` returns the logit |
# > | `loss_G`, `loss_D` | what each network minimises | `tf.log`, gone since TensorFlow 2, of a sigmoid | `softplus` of logits |
# > | `generator_train_step` | one update of G | calls `generator.apply_gradients`: only an optimiser has that | `g_opt.step()` |
# > | `discriminator_train_step` | one update of D | the same; the two optimisers made are never used | `d_opt.step()` |
# > | `z` | noise | drawn once, before training | drawn for every batch |
# > | `train_images[i]` | real data | one image a step against 128 fakes; never scaled | 64 against 64, in [−1, 1] |
# > | the report | how training goes | prints losses that are local to other functions | returned by the step |
# > | the "test" | how good the result is | D's loss on one training image | FD, precision, recall on 10,000 test images |
#
# ### 5.1 Three that stop it
#
# **Predict**: which error does each of these raise?


# %%
def step_the_network():
    FullyConnectedG().step()  # the model, not its optimiser, is asked to update the weights


def use_a_local_loss():
    def train_step():
        gen_loss = torch.tensor(0.7)  # known inside this function alone

    train_step()
    return gen_loss  # noqa: F821


def call_a_missing_function():
    return torch.lg(torch.tensor(1.0))  # stands for tf.log: a name that this version does not have


for mistake in (step_the_network, use_a_local_loss, call_a_missing_function):
    try:
        mistake()
    except Exception as error:
        print(f"{mistake.__name__}: {type(error).__name__}")

# %% [markdown]
# The fixes are in section 4: `g_opt.step()`, a loss that is still there where it is printed, and a function that exists.
#
# > **In the document** (§5.2). It makes all three, in TensorFlow's words; the last is `tf.log`.

# %% [markdown]
# ### 5.2 One z for ever
#
# Suppose that 128 noise vectors are drawn before training, and that G is fed those and no others, as in the document. **Predict**: what will G make of a z that it has never seen?


# %%
def train_fully_connected(steps, noise, scale=lambda real: real):
    """Train new networks; `noise()` gives each batch's z, `scale` changes the real images. Returns G and D."""
    G, D, g_opt, d_opt = fully_connected()

    def d_update(real):
        return d_step(G, D, d_opt, losses.non_saturating, scale(real), noise())

    def g_update(real):
        return g_step(G, D, g_opt, losses.non_saturating, noise())

    for _ in islice(adversarial_steps(Batches(train.images, FC_BATCH, SEED), d_update, g_update), steps):
        pass
    return G.eval(), D


def sample(G, z_dim, count=metrics.SAMPLES, seed=1):
    """Return `count` images from G, from noise that depends on `seed` alone."""
    z = torch.randn(count, z_dim, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return torch.cat([G(part) for part in z.split(500)])


# %%
once = torch.randn(128, FC_Z, generator=torch.Generator().manual_seed(SEED))  # drawn once, before training


def from_once():
    return once[torch.randint(len(once), (FC_BATCH,))]


def fresh():
    return torch.randn(FC_BATCH, FC_Z)


G_once, _ = train_fully_connected(FC_STEPS, from_once)
new_z = torch.randn(5000, FC_Z, generator=torch.Generator().manual_seed(SEED + 1))
with torch.no_grad():
    from_trained, from_new = G_once(once), G_once(new_z)
contrast = [images.flatten(1).std(1).mean().item() for images in (from_trained, from_new)]
fig, ax = plt.subplots(figsize=(9, 2.2))
rows = torch.cat([from_trained[:10], from_new[:10]])
plots.show_images(ax, rows, columns=10, title="From z that G was trained on (top), and from new z (below)")
plt.show()
assert contrast[0] > 1.05 * contrast[1]
print("images from new z have less contrast")

# %% tags=["nbval-ignore-output"]
print(
    f"standard deviation of an image's pixels: {contrast[0]:.2f} from the trained z,",
    f"{contrast[1]:.2f} from new z",
)

# %% [markdown]
# **See**: a new z is one for which G never heard D's opinion. Its images are paler. The fix costs nothing: draw z anew for every batch.
#
# ### 5.3 One image a step
#
# Suppose that the loop takes the real images one by one, each against 128 fakes, as in the document. **Predict**: by what factor does that slow the passage through the 60,000 images?


# %%
def seconds_an_epoch(real_count, fake_count, steps=100):
    """Return the seconds that one pass over the training images takes with batches of these sizes."""
    G, D, g_opt, d_opt = fully_connected()
    batches = Batches(train.images, real_count, SEED)
    started = time.perf_counter()
    for real in islice(batches, steps):
        d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(fake_count, FC_Z))
        g_step(G, D, g_opt, losses.non_saturating, torch.randn(fake_count, FC_Z))
    return (time.perf_counter() - started) / steps * len(train.images) / real_count


# %% tags=["nbval-ignore-output"]
one_by_one, in_batches = seconds_an_epoch(1, 128), seconds_an_epoch(64, 64)
print(f"one pass over the data: {one_by_one:.0f} s one by one, {in_batches:.1f} s in batches")

# %%
assert one_by_one > 20 * in_batches
print("batches of equal size pass through the data more than 20 times as fast")

# %% [markdown]
# Speed is not the only cost. The mean over a batch is an estimate of an expected value, and an estimate from one image is a guess: D's lesson about "real" is whatever that one garment looks like.
#
# ### 5.4 Images that are not scaled
#
# Suppose that D gets the stored pixels, 0 to 255, beside G's fakes in [−1, 1], as in the document. **Predict**: what will D learn, and how soon?


# %%
def stored(real):
    return (real + 1) * 127.5  # back to 0 … 255


def separated(G, D, real):
    """Return the share of 1,000 images, half real and half generated, that D puts on the right side of 0."""
    with torch.no_grad():
        right = (D(real) > 0).sum() + (D(G(torch.randn(500, FC_Z))) < 0).sum()
    return right.item() / 1000


held_out = to_float(test.images[:500])
G_raw, D_raw = train_fully_connected(RAW_STEPS, fresh, scale=stored)
print(
    f"D is right, after {RAW_STEPS} steps with stored pixels: {separated(G_raw, D_raw, stored(held_out)):.0%}"
)
assert separated(G_raw, D_raw, stored(held_out)) > 0.99
brightest = stored(held_out).flatten(1).max(1).values
print(
    f"so is a rule without any network, 'a pixel is above 1': {(brightest > 1).float().mean():.0%}",
    "of real images",
)
print("and no fake has one: tanh stays within [−1, 1]")

# %% [markdown]
# **See**: D needs no idea of what a garment is. Brightness alone settles it, so D has nothing to teach G about sleeves. The fix is one line, `to_float`, before the first step.

# %% [markdown]
# ## 6 · A convolutional GAN, part by part
#
# To a fully connected layer, the pixel next door is as far away as any other. A *convolution* (卷积) slides one small filter over the whole image, so that what it learns in one place holds in every place.
#
# **G** starts from 7×7 maps with 64 channels and doubles them twice. It convolves at the small size and enlarges afterwards, which costs a quarter of convolving at the large size: on a laptop, time is short. *BatchNorm* keeps the scale of G's maps steady: while G is trained, it shifts and stretches each map to mean 0 and standard deviation 1 over the batch, before two learned numbers set both anew.
#
# Many GANs enlarge with *transposed convolutions*, which write the filter, weighted by a pixel, at places some pixels (the *stride*) apart. Where the kernel size is not a multiple of the stride, the kernels overlap unevenly and can leave a chequered pattern. Repeating each pixel cannot. The last step, arranging four channels as 2×2 pixels (*pixel shuffle*), is the cheapest way to 28×28, and can leave a faint weave of its own: look for it in dark samples.


# %%
class ConvGenerator(nn.Module):
    def __init__(self):
        super().__init__()
        a, b, c = WIDTHS
        self.first = nn.Linear(Z, a * 7 * 7)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, 3, padding=1),  # (N, 32, 7, 7)
            nn.BatchNorm2d(b), nn.ReLU(), nn.Upsample(scale_factor=2),  # (N, 32, 14, 14)
            nn.Conv2d(b, c, 3, padding=1),  # (N, 16, 14, 14)
            nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, 4, 3, padding=1),  # (N, 4, 14, 14)
            nn.PixelShuffle(2), nn.Tanh(),  # (N, 1, 28, 28)
        )  # fmt: skip

    def forward(self, z):  # (N, Z)
        return self.layers(self.first(z).unflatten(1, (-1, 7, 7)))


# %% [markdown]
# **D** is the mirror image: strided convolutions shrink the image while the channels grow. It has no BatchNorm. D's penalty below looks at one image at a time, and BatchNorm would make the opinion of one image depend on the rest of its batch.


# %%
class ConvDiscriminator(nn.Module):
    def __init__(self):
        super().__init__()
        c, b, a = WIDTHS
        self.layers = nn.Sequential(
            nn.Conv2d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 16, 14, 14)
            nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 32, 7, 7)
            nn.Conv2d(b, c, 3, padding=1), nn.LeakyReLU(0.2),  # (N, 64, 7, 7)
            nn.Flatten(), nn.Linear(c * 7 * 7, 1),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x).squeeze(1)  # (N,)


# %% [markdown]
# **The noise.** z has 16 numbers, not 100: in the same minute, as many draws fill a smaller space more densely.
#
# **The loss** stays as it was. (Lesson 08 compares others.)
#
# **The penalty** is new. Where D is steep, G's steps overshoot, and the two chase each other in circles. *R1* charges D for its slope at real images, with $\gamma$ its strength:
#
# $$R_1 = \frac{\gamma}{2}\,\mathbb{E}\,\big[\lVert\nabla_x a(x)\rVert^2\big]$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $\gamma$ | `GAMMA` | strength |
# | $\nabla_x a(x)$ | `slope` (N, 1, 28, 28) | how D's logit changes with each pixel |
#
# The slope changes slowly, so it is enough to charge for it at every 8th step, 8 times as much: *lazy* regularisation. In the code, `sum` gives every image's slope in one call, since one image does not touch another's logit; `create_graph` lets D be trained on the slope itself; `fake` is there because other penalties need it.


# %%
def r1(D, real, fake):
    x = real.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)  # (N, 1, 28, 28)
    return GAMMA / 2 * slope.flatten(1).square().sum(1).mean()


class Ramp(nn.Module):  # a D whose slope is 3 at every image
    def forward(self, x):
        return 3 * x.flatten(1)[:, 0]


assert math.isclose(r1(Ramp(), real, None).item(), GAMMA / 2 * 3**2, rel_tol=1e-6)
print("a slope of 3 at every image costs γ/2 · 3² =", GAMMA / 2 * 3**2)

# %% [markdown]
# **The optimiser.** Adam without momentum (β₁ = 0): in a game the slope turns round all the time, and momentum carries on in yesterday's direction. The learning rate starts twenty times as high as before, and falls to zero along half a cosine, so that the chase calms down at the end.
#
# **The average.** G never stands still, and any one moment of it is a little off in some direction. We keep a second copy whose weights are an *exponential moving average* (EMA) of G's, and judge that one.
#
# **The layout.** `channels_last` stores the channels of a pixel side by side. The numbers are the same; convolutions on a CPU just run faster. `set_threads` gives convolutions all cores.

# %%
seed_everything(SEED)
G, D = (net.to(memory_format=torch.channels_last) for net in (ConvGenerator(), ConvDiscriminator()))
set_threads(G, D)
g_opt = torch.optim.Adam(G.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)
d_opt = torch.optim.Adam(D.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True)
decay = [torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS) for opt in (g_opt, d_opt)]
average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True).eval()
batches = Batches(train.images, BATCH, seed=SEED)
penalty = losses.Lazy(r1, every=LAZY)


def d_update(real):
    return d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(BATCH, Z), penalty=penalty)


def g_update(real):
    return g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, Z))


fixed_z = torch.randn(32, Z)
board = LossBoard(STEPS, sample=lambda: average(fixed_z))
kept = {}

# %% [markdown]
# **Predict**: the fully connected D kept an edge, with a loss well below 2 log 2 ≈ 1.39. Will this D do better or worse against its G? Then run the cell, and watch its board. It takes about a minute.

# %%
for logs in board.watch(adversarial_steps(batches, d_update, g_update)):
    average.update_parameters(G)
    for schedule in decay:
        schedule.step()
    board.update(logs)
    if len(board.history) in KEEP:
        kept[len(board.history)] = copy.deepcopy((average.module, D))

# %%
d_loss_now = [logs["d_loss"] for logs in board.history]
parts = [d_loss_now[i : i + 300] for i in range(0, STEPS, 300)]
assert all(abs(sum(part) / len(part) - 2 * math.log(2)) < 0.2 for part in parts)
print("D's loss, averaged over every 300 steps, stays within 0.2 of 2 log 2")

# %% [markdown]
# **See**: outlines within seconds, then collars, heels and handles. D's loss stays close to 2 log 2, a little below: R1 keeps D gentle, and G keeps up with it. That is a good sign for the game, and says nothing yet about the garments.
#
# **Break it**: leave out R1, and nothing else, for 300 steps. The number to compare is the one that R1 charges for: D's squared slope at real images. It jumps from step to step, so we look ten times and take the median.


# %%
def short_run(penalty, steps=BROKEN_STEPS):
    """Train new networks; returns D's squared slope at real images in the last 100 steps, and 10 samples."""
    seed_everything(SEED)
    G, D = (net.to(memory_format=torch.channels_last) for net in (ConvGenerator(), ConvDiscriminator()))
    g_opt, d_opt = (
        torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (G, D)
    )

    def d_update(real):
        return d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(BATCH, Z), penalty=penalty)

    def g_update(real):
        return g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, Z))

    slopes = []
    game = adversarial_steps(Batches(train.images, BATCH, SEED), d_update, g_update)
    for step, _ in enumerate(islice(game, steps), start=1):
        if step > steps - 100 and (steps - step) % 10 == 0:
            slopes.append(r1(D, real, None).item() * 2 / GAMMA)
    return sorted(slopes)[len(slopes) // 2], sample(G.eval(), Z, count=10)


# %%
with_r1, tamed = short_run(losses.Lazy(r1, every=LAZY))
without_r1, wild = short_run(None)
fig, ax = plt.subplots(figsize=(9, 2.2))
plots.show_images(
    ax, torch.cat([tamed, wild]), columns=10, title="After 300 steps with R1 (top), and without it (below)"
)
plt.show()
assert without_r1 > 2 * with_r1
print("without R1, D's squared slope at real images is typically more than twice as large")

# %% [markdown]
# **See**: so early, the images do not tell the two apart; the slope does. Lessons 04 and 08 follow what a steep D does to a longer run.

# %% [markdown]
# ## 7 · The results (§5.4)
#
# > **In the document**. It breaks off before its results.
#
# Here are ours: 10,000 samples from each generator, compared with the 10,000 *test* images, which no network saw. The comparison looks at 64 features of each image, taken from inside a small classifier of garments that came with the course.
#
# | measure | asks | better |
# | --- | --- | --- |
# | FD, *Fréchet distance* | do the features have the same mean and spread? | lower |
# | KID, *kernel distance* | do the features have the same distribution? It is unbiased, so near zero it can be slightly negative | lower |
# | precision | what share of samples lies near a real image: no further from it than its own third nearest real neighbour? | higher |
# | recall | the same with the parts exchanged: what share of real images lies near a sample? | higher |
#
# The last row is the floor: real training images against real test images. No generator can be expected to beat it. (Papers print FID, which is FD on features of the Inception network. Ours are other features, so compare these numbers with each other only.)

# %%
samples = {"fully_connected": sample(fully_connected_G, FC_Z), "convolutional": sample(average, Z)}
scores = {name: metrics.quality(images) for name, images in samples.items()}

# %% tags=["nbval-ignore-output"]
print(metrics.quality_table(**scores))

# %%
fc, conv, best = scores["fully_connected"], scores["convolutional"], metrics.floor()
assert best.fd < conv.fd < fc.fd / 3
print(
    "FD: the convolutional GAN is less than a third of the fully connected one, and still far above the floor"
)
assert fc.recall < 0.1 < conv.recall and fc.precision > 0.5
print(
    "recall: the fully connected samples cover less than a tenth of the real images,",
    "though precision looks fine",
)

# %% [markdown]
# **See**: precision alone misleads. In these features most grainy samples lie near some real image; but they all lie near the same few, and recall gives that away. Always read the two together.

# %% [markdown]
# ### A loss read as quality
#
# Could one not simply look at D's loss? Take it on one image, at the end of each epoch. **Predict**: while G improved, did this number fall, rise, or neither? The cell judges the copies that the training loop kept, once by D's loss on one image and once by FD.
#
# > **In the document** (§5.2). It does so, on one *training* image, and calls it an evaluation on the test set.

# %%
one_image = to_float(train.images[:1])
d_losses, distances = [], []
for G_then, D_then in kept.values():
    with torch.no_grad():
        d_losses.append(loss_d(D_then(one_image), D_then(G_then(torch.randn(128, Z)))).item())
    images = sample(G_then, Z)
    distances.append(metrics.frechet_distance(metrics.features(images), metrics.test_features()))

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
left.semilogx(list(kept), d_losses, "o-", color=plots.DISCRIMINATOR)
left.set(
    title="D's loss on one image hardly moves …", xlabel="step", ylabel="D's loss on one image", ylim=(0, 2)
)
right.loglog(list(kept), distances, "s--", color=plots.GENERATOR)
right.set(title="… while the samples get far better", xlabel="step", ylabel="FD, lower is better")
plt.show()
assert distances[-1] < distances[0] / 3 and max(d_losses) < 2 * min(d_losses)
print("FD fell to less than a third; D's loss on one training image changed by less than a factor of 2")

# %% [markdown]
# **See**: D's loss says how D stands against *this* G. When both improve together, it stays where it is. It says who is ahead, not how good the images are.

# %% [markdown]
# ### Which garments?
#
# A GAN may leave out what is hard: *mode collapse* (模式崩溃). Let the classifier name each sample, and count; and let it name the test images too, since it makes mistakes on both.

# %%
chosen, confidence = metrics.predicted_classes(samples["convolutional"])
chosen_real, _ = metrics.predicted_classes(to_float(test.images))
share, share_real = (torch.bincount(classes, minlength=10) / len(classes) for classes in (chosen, chosen_real))

fig, ax = plt.subplots(figsize=(7, 3.2))
plots.show_bars(ax, share_real, test.classes, colour=plots.REAL, label="test images", offset=-0.2, width=0.4)
plots.show_bars(ax, share, test.classes, label="generated", offset=0.2, width=0.4)
ax.set(title="All ten classes are there, not quite evenly", xlabel="share of 10,000 samples", xlim=(0, 0.2))
ax.legend(loc="lower right")
plt.show()
print("classes with at least 3 % of the samples:", int((share >= 0.03).sum()), "of 10")

# %% [markdown]
# ### Copies?
#
# A generator that stored training images would score well. So look up, for each of eight samples, the training image that is nearest to it, pixel by pixel.

# %%
eight = samples["convolutional"][:8]
nearest, distance = metrics.nearest_neighbours(eight, train.images)
real_distance = metrics.nearest_neighbours(to_float(test.images[:200]), train.images)[1]

fig, ax = plt.subplots(figsize=(9, 2.6))
plots.show_images(
    ax,
    torch.cat([eight, to_float(train.images[nearest])]),
    title="Eight samples (top) are not copies of their nearest training images (below)",
)
plt.show()
assert distance.min() > 0.3 * real_distance.median()
print("none of the eight is a copy: a copy lies at distance 0, these beyond a third of a test image's median")

# %% [markdown]
# ### Failures
#
# Anyone can show their best samples. Here are the 16 of 10,000 about which the classifier is least sure. Look for halves of two garments in one, for holes, and for shapes that are no garment at all; some, though, only lie between two classes.

# %%
worst = samples["convolutional"][confidence.argsort()[:16]]
fig, ax = plt.subplots(figsize=(9, 2.6))
plots.show_images(ax, worst, title="The 16 of 10,000 samples of which the classifier is least sure")
plt.show()
assert confidence.min() < 0.5
print("the classifier gives the least sure of them less than one half")

# %% [markdown]
# ### Moving through latent space
#
# The sliders below move z along the directions in which this generator's images change the most. **Try**: find a direction that makes sleeves. Does it also make them on the small images? What happens to a shoe on the way?

# %%
explorer = LatentExplorer(average, z_dim=Z)
explorer

# %%
some_z = 0.8 * torch.randn(100, Z, generator=torch.Generator().manual_seed(1))
sleeved = [test.classes.index(name) for name in ("Pullover", "Coat", "Shirt")]
counts = []
with torch.no_grad():
    for end in torch.cat([4 * explorer.directions, -4 * explorer.directions]):
        classes, _ = metrics.predicted_classes(average(some_z + end))
        counts.append(sum((classes == k).sum().item() for k in sleeved))
assert max(counts) > 75
print("at one end of one direction, more than 75 of 100 samples are pullovers, coats or shirts")

# %% [markdown]
# **See**: that direction makes sleeves nearly everywhere, also where it begins with a shoe. Look at what a shoe goes through on its way there.

# %% [markdown]
# ## 8 · Save, load, go on
#
# A training run is more than G's weights. To go on exactly as if it had never stopped, you need both networks, both optimisers, their schedules, the average, the order of the data, the lazy penalty's count, and the random state. A checkpoint (检查点) holds them all. It is written whole or not at all, and loading one never runs code.

# %%
import tempfile
from pathlib import Path

from gan_lessons.checkpoints import load_checkpoint, save_checkpoint

CHECKPOINT = Path(tempfile.mkdtemp()) / "garments.safetensors"  # for a run of your own, choose a lasting place


def run(steps):
    """Train for some more steps; returns D's losses."""
    return [logs["d_loss"] for logs in islice(adversarial_steps(batches, d_update, g_update), steps)]


# %%
parts = {"G": G, "D": D, "g_opt": g_opt, "d_opt": d_opt, "g_decay": decay[0], "d_decay": decay[1]}
parts |= {"average": average, "batches": batches, "penalty": penalty}
for opt in (g_opt, d_opt):
    opt.param_groups[0]["lr"] = RATE / 10  # the schedule ended at 0; to learn on, G and D need a rate again

save_checkpoint(CHECKPOINT, step=STEPS, seed=SEED, **parts)
unbroken = run(10)
loaded = load_checkpoint(CHECKPOINT, **parts)
assert run(10) == unbroken
print("back at step", loaded["step"], "and trained again: all 10 losses equal those of the unbroken run")

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 06.1 (★, 5 min): how uneven?
#
# The bars in section 7 show that the classes are not quite even. Put one number to it. The *total variation* between the shares $s_k$ of K classes and the even share $1/K$ is
#
# $$\mathrm{TV} = \tfrac{1}{2} \sum_k \big|\, s_k - \tfrac{1}{K} \big|$$
#
# It is 0 where all classes are even, and near 1 where a single one of many is left. Write the function; `classes` holds whole numbers from 0 to K − 1; return a float.


# %%
def unevenness(classes, K=10):  # classes: (N,)
    ### BEGIN SOLUTION
    shares = torch.bincount(classes, minlength=K) / len(classes)
    return 0.5 * (shares - 1 / K).abs().sum().item()
    ### END SOLUTION


check("06.1", unevenness)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.bincount(classes, minlength=K)` counts each class, also those that do not occur.
#
# </details>
#
# When it is right, compare `unevenness(chosen)` with `unevenness(chosen_real)`, the classifier's answers for the test images.

# %% [markdown] tags=["solution"]
# `bincount` counts each class, and `minlength=K` keeps a zero for those that do not occur; divided by N, the counts are the shares $s_k$. What some classes have too much, others have too little, so the sum of the absolute differences counts everything twice: hence the ½. With all N in one class it is ½ · ((1 − 1/K) + (K − 1)/K) = 1 − 1/K, which is 0.9 for ten classes.

# %% [markdown]
# ### Exercise 06.2 (★★, 10 min): one step of G
#
# Write one update of G with G's half of the *hinge* loss, $L_G = -\mathbb{E}\,[a_{\text{fake}}]$, without help from the package. Your function gets the two networks, G's optimiser and a batch of z; it must change G, leave D's weights as they are, and return the loss as a float.


# %%
def hinge_g_step(G, D, g_opt, z):
    ### BEGIN SOLUTION
    loss = -D(G(z)).mean()
    g_opt.zero_grad()
    loss.backward()
    g_opt.step()
    return loss.item()
    ### END SOLUTION


check("06.2", hinge_g_step)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Section 4 has the same four lines with another loss: compute, clear, backward, step. Mind the sign: G wants D's logit to be high.
#
# </details>

# %% [markdown] tags=["solution"]
# A step makes the loss smaller, so the loss is minus D's mean logit: as it falls, the logit on fakes rises. `backward` adds gradients for D's weights as well as for G's, but `g_opt` holds only G's weights, so only they move; D's own step clears its gradients before it adds new ones. `zero_grad` stands before `backward`, since gradients left over from an earlier step would be added to these.

# %% [markdown]
# ## What you now know
#
# - A GAN's program is short: two networks, two losses on logits, two optimisers, and a loop that takes turns. What it needs besides is care with details that never raise an error.
# - Convolutions, R1, a falling learning rate and an average of G together turn grain into garments in about a minute. We changed them all at once; lessons 07, 08 and 10 test each.
# - Quality is measured on held-out images, with many samples, beside the floor. D's loss did not tell it.
#
# **What this does not show**: that the recipe is the best, or that each part is needed everywhere; lessons 07, 08 and 10 take it apart. One seed was trained here; `tests/benchmarks/quality.py` repeats it with three, against the classic DCGAN recipe.
#
# **The document says** that its program ends with an evaluation on the test set. **In fact** it stops at its first step with an AttributeError; with that mended it takes the logarithm of a sigmoid, which is infinite where D is badly wrong, trains G on 128 points, shows D unscaled images one by one, and judges by a training image.
#
# **Further reading**
#
# - Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts" (2016): pictures of what transposed convolutions do.
# - Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018): why R1, in two dimensions that you can check by hand.
# - Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline" (2024): how far penalties like R1 carry at full size.
# - Kynkäänniemi et al., "Improved Precision and Recall Metric" (2019): why one number is not enough.
