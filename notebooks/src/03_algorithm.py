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
# # 03 · The algorithm, step by step
#
# **You will** build the training loop from one that does not run, meet each error on the way, see a row of tests turn green, and find out what gradient descent means when two players go down different hills.
#
# **Needs** lessons 01 and 02. **Time** two sittings: sections 1 to 5 take 50 minutes, sections 6 and 7 take 30, and the exercises 25 more; the notebook computes for about 40 seconds. **First** clear all outputs.
#
# **Follows** §3.1 算法原理概述 (the algorithm in outline) and §3.2 算法步骤详解 (step by step): §3.2.1 初始化 (initialisation), §3.2.2 生成和判别过程 (generating and judging), §3.2.3 损失函数 (losses), §3.2.4 梯度下降 (gradient descent).
#
# **Papers** Goodfellow et al. 2014 (GAN), algorithm 1 · Mescheder et al. 2018 (Dirac-GAN, R1) · Gidel et al. 2019 (simultaneous and alternating steps on bilinear games)

# %% [markdown]
# ## The question
#
# Lesson 02 took one step apart. Now the whole loop. There are about ten ways to get it wrong, and some raise an error. The worse ones do not. How do you notice those?
#
# Boxes like the next one speak of the article that this course follows. If you never saw it, skip them.
#
# > **In the document** (§3.1, §3.2). The loop is described in words and written in code, and all ten mistakes are in it. A table at the end of this lesson lists them, with the section in which you met each.

# %%
from gan_lessons import losses, plots, training  # before torch: it says how torch's threads wait

import copy
import inspect
import math
import textwrap
from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import softplus

from gan_lessons.data import Batches, digits, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard, Playground

# %% [markdown]
# All hyperparameters stand here, each with its meaning.

# %% tags=["parameters"]
SEED = 0
BATCH = 100  # real images in a step, and as many generated ones
Z = 16  # numbers in the noise vector
WIDTH = 128  # units in a hidden layer
RATE = 2e-3  # Adam's learning rate, for both networks
BETAS = (0.0, 0.99)  # Adam's memory for the slope (none) and for its square
STEPS = 2500  # of the finished loop
EARLY = 500  # a first look at the run's losses begins after this many steps, and lasts as many
ALONE = 100  # half-steps that one player makes alone, in section 6
ROUNDS = 7  # in section 6: times that each player does so

# %% [markdown]
# ## 1 · Initialisation: shapes and ranges
#
# The data are 1,797 handwritten digits of 8×8 pixels, scaled to [−1, 1] and flattened to 64 numbers. Every sixth is *held out*: neither network sees it in training, and section 5 asks D about it. Here are some digits; at this size a few are hard even for you.

# %%
all_images = digits().images  # uint8 (1797, 1, 8, 8)
is_held_out = torch.arange(len(all_images)) % 6 == 0
images, held_out = all_images[~is_held_out], all_images[is_held_out]


def enlarged(flat):
    """Return images (N, 64) as (N, 1, 24, 24), to look at."""
    return flat.view(-1, 1, 8, 8).repeat_interleave(3, 2).repeat_interleave(3, 3)


fig, ax = plt.subplots(figsize=(8, 2.2))
plots.show_images(ax, enlarged(to_float(all_images[:32]).flatten(1)), columns=16, title="32 real digits")
plt.show()
print(f"{len(all_images):,} digits of 8×8 pixels; the upper row begins with 0 to 9 in order")
print(f"{len(images):,} to learn from, {len(held_out)} held out")

# %% [markdown]
# Both networks have two hidden layers of 128 units. Three things need a look:
#
# - **G's last layer.** Without an activation its pixels could have any value. Ours ends in a `tanh`, whose range, from −1 to 1, is that of the data.
# - **D's last layer.** Ours returns a *logit*, any real number. A D that ends in a sigmoid returns the probability itself; section 3 begins with such a D.
# - **Shapes.** D returns one number for each sample, (N,), not (N, 1): a difference of the two would silently become (N, N).
#
# > **In the document** (§3.2.1). The networks are the same, but G ends without an activation, and D in a sigmoid whose logarithm is taken later.


# %%
def hidden(inputs, outputs):
    return [nn.Linear(inputs, WIDTH), nn.LeakyReLU(0.2), nn.Linear(WIDTH, WIDTH), nn.LeakyReLU(0.2),
            nn.Linear(WIDTH, outputs)]  # fmt: skip


def generator(last=nn.Tanh):
    return nn.Sequential(*hidden(Z, 64), last())  # (N, Z) → (N, 64)


def discriminator(probability=False):
    return nn.Sequential(
        *hidden(64, 1), nn.Flatten(0), *([nn.Sigmoid()] if probability else [])
    )  # (N, 64) → (N,)


seed_everything(SEED)
real = next(Batches(images, BATCH, SEED)).flatten(1)
G, D = generator(), discriminator()
set_threads(G, D)
fake = G(torch.randn(BATCH, Z))
print("real:", tuple(real.shape), f"in [{real.min():.0f}, {real.max():.0f}];  G's:", tuple(fake.shape))
print(
    "D:",
    tuple(D(fake).shape),
    "one logit a sample; weights:",
    *(f"{sum(p.numel() for p in net.parameters()):,}" for net in (G, D)),
)

# %% [markdown]
# How far out of range does a G without `tanh` go? Nearly half of the real pixels are exactly −1, the background. **Predict**: what share of its pixels does such a G, trained for a while, make darker than black or brighter than white?


# %%
def play(G, D, steps, loss=losses.non_saturating):
    """Train for some steps with the package's loop; returns G."""
    g_opt, d_opt = (torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in (G, D))
    game = adversarial_steps(
        Batches(images, BATCH, SEED),
        d_update=lambda real: d_step(G, D, d_opt, loss, real.flatten(1), torch.randn(BATCH, Z)),
        g_update=lambda real: g_step(G, D, g_opt, loss, torch.randn(BATCH, Z)),
    )
    for _ in islice(game, steps):
        pass
    return G


seed_everything(SEED)
outside = {}
for name, last in (("without activation", nn.Identity), ("with tanh", nn.Tanh)):
    G = play(generator(last), discriminator(), 600)
    with torch.no_grad():
        outside[name] = (G(torch.randn(1000, Z)).abs() > 1).float().mean().item()
print(f"real pixels at exactly −1: {(to_float(images) == -1).float().mean():.0%}")
assert outside["without activation"] > 0.15 and outside["with tanh"] == 0
print("generated pixels outside [−1, 1]: more than 15 % without an activation, none with tanh")

# %% [markdown]
# A pixel of −1.2 cannot be shown, and tells D at once that the image is generated. With a `tanh` it cannot occur.

# %% [markdown]
# ## 2 · Tests first
#
# Before correcting anything, let us say what we expect of a step. A *step* here is a function `step(G, D, g_opt, d_opt, real)` that updates both networks once and returns D's and G's loss as floats. Each test plays a short game whose outcome is known. A learning rate of 0 is a handy tool: with it, a network *must not* change. (The optimiser is plain gradient descent, so that nothing is remembered from step to step.) Skim them now; you will come back to those that turn red.
#
# A step that fails one of them is wrong, or does work for nothing. One that passes all need not be right: tests find what you thought of.

# %%
TESTS = {}


def test(name):
    """Enter the function below into TESTS, by this name."""

    def enter(function):
        TESTS[name] = function

    return enter


def new_game(kind, g_rate=0.03, d_rate=0.03):
    torch.manual_seed(SEED)
    G, D = generator(), discriminator(probability=kind == "probability")
    return G, D, torch.optim.SGD(G.parameters(), lr=g_rate), torch.optim.SGD(D.parameters(), lr=d_rate)


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


# %%
@test("runs twice in a row")
def _(step, kind):
    game = new_game(kind)
    for _ in range(2):
        assert all(isinstance(loss, float) for loss in step(*game, real)), "a loss is not a float"


@test("each optimiser changes its own network alone")
def _(step, kind):
    for rates, expected in (({"g_rate": 0.0}, [True, False]), ({"d_rate": 0.0}, [False, True])):
        G, D, *opts = new_game(kind, **rates)
        before = weights(G), weights(D)
        step(G, D, *opts, real)
        assert [torch.equal(weights(G), before[0]), torch.equal(weights(D), before[1])] == expected, (
            "the wrong one changes"
        )


# %%
@test("D learns to tell")
def _(step, kind):
    G, D, *opts = new_game(kind, g_rate=0.0)
    z = torch.randn(BATCH, Z)
    before = D(real).mean(), D(G(z)).mean()
    for _ in range(60):
        step(G, D, *opts, real)
    assert D(real).mean() > before[0], "its output on real samples does not rise"
    assert D(G(z)).mean() < before[1], "its output on generated samples does not fall"


@test("G learns to deceive")
def _(step, kind):
    G, D, *opts = new_game(kind, d_rate=0.0)
    z = torch.randn(BATCH, Z)
    before = D(G(z)).mean()
    for _ in range(60):
        step(G, D, *opts, real)
    assert D(G(z)).mean() > before, "D's output on its samples does not rise"


# %%
@test("ignores gradients left from before")
def _(step, kind):
    ends = []
    for left_over in (0.0, 1000.0):
        game = new_game(kind)
        for p in (*game[0].parameters(), *game[1].parameters()):
            p.grad = torch.full_like(p, left_over)
        step(*game, real)
        ends.append(torch.cat([weights(game[0]), weights(game[1])]))
    assert torch.equal(*ends), "they were added"


@test("stays finite where D is badly wrong")
def _(step, kind):
    for bias in (200.0, -200.0):
        game = new_game(kind)
        game[1][4].bias.data.fill_(bias)  # D's last layer: sure of "real" for everything, then of "generated"
        assert all(map(math.isfinite, step(*game, real))), "a loss is infinite"


@test("does no work for nothing")  # with these losses; a penalty would ask D more often
def _(step, kind):
    (G, D, *opts), asked, backward = new_game(kind), [], []
    D.register_forward_hook(lambda D, given, out: asked.append(len(given[0])))
    G[4].bias.register_hook(lambda gradient: backward.append(1))  # G's last layer
    step(G, D, *opts, real)
    assert sum(asked) == 3 * BATCH, f"D judges {sum(asked)} images, not {3 * BATCH}"
    assert len(backward) == 1, f"{len(backward)} backward passes reach G, not 1"


# %% [markdown]
# The last test asks whether each sample counts by itself. Its "generator" makes one of two images only, of which D has very different opinions. So the loss of a mixed batch must be the mixture of two losses that are known.


# %%
class Either(nn.Module):
    """Makes the first of two images for a given share of the z, and the second for the others."""

    def __init__(self, images, share):
        super().__init__()
        self.images, self.share = nn.Parameter(images), share

    def forward(self, z):
        is_first = z[:, 0].argsort().argsort() < self.share * len(z)
        return torch.where(is_first[:, None], *self.images)


@test("lets every sample count by itself")
def _(step, kind):
    _, D, _, d_opt = new_game(kind, d_rate=0.0)
    logits = D[:6](real)
    D[4].weight.data *= 6 / (logits.max() - logits.min())  # the last layer: opinions are 6 apart at most
    two = torch.stack([real[logits.argmin()], real[logits.argmax()]])
    both, first, second = two.repeat(BATCH // 2, 1), *(image.expand(BATCH, -1) for image in two)

    def losses_of(share, batch):
        G = Either(two, share)
        return step(G, D, torch.optim.SGD(G.parameters(), lr=0.0), d_opt, batch)

    games = [losses_of(share, first) for share in (0.5, 0, 1)], [losses_of(1, x) for x in (both, first, second)]
    for game in games:
        for mixed, a, b in zip(*game):
            assert math.isclose(mixed, (a + b) / 2, rel_tol=1e-3), "it is the loss of a mean"


# %%
def run_tests(step, kind="logit"):
    """Run all tests on a step, print the results, and return the names of those that are green."""
    errors = {}
    for name, function in TESTS.items():
        try:
            function(step, kind)
        except Exception as error:
            errors[name] = textwrap.shorten(f"{type(error).__name__}: {error}", 68, placeholder=" …")
    if len(errors) == len(TESTS) and len(set(errors.values())) == 1:
        print(f"✗ all {len(TESTS)} tests: {min(errors.values())}")
    else:
        for name in TESTS:
            print(f"✗ {name:<45} {errors[name]}" if name in errors else f"✓ {name}")
    return [name for name in TESTS if name not in errors]


# %% [markdown]
# ## 3 · From red to green
#
# ### Attempt 0: how many?
#
# The first thing that a loop needs is noise:


# %%
def attempt_0(G, D, g_opt, d_opt, real):
    fake = G(torch.randn(batch_size, input_size))


green = run_tests(attempt_0, "probability")
assert green == []

# %% [markdown]
# Python says at once what is missing: nobody said how many, and how long a z is. From here on, `BATCH` and `Z` stand there.
#
# > **In the document** (§3.2.2). The batch size and the size of z are used and never defined.
#
# ### Attempt 1: a loss of what?
#
# Here a loss is *defined* on data, and runs D inside. But it is *called* with what D returned:


# %%
def attempt_1(G, D, g_opt, d_opt, real):
    def loss_g(fake, real):
        return -torch.log(D(fake)).mean()

    fake = G(torch.randn(BATCH, Z))
    real_chance, fake_chance = D(real), D(fake)
    g_loss = loss_g(fake_chance)
    g_loss.backward()


green = run_tests(attempt_1, "probability")
assert green == []

# %% [markdown]
# The call lacks an argument. And if you give it one? **Predict** before you run: `loss_g(fake_chance, real_chance)`.


# %%
def attempt_1b(G, D, g_opt, d_opt, real):
    def loss_g(fake, real):
        return -torch.log(D(fake)).mean()

    fake = G(torch.randn(BATCH, Z))
    g_loss = loss_g(D(fake), D(real))
    g_loss.backward()


green = run_tests(attempt_1b, "probability")
assert green == []

# %% [markdown]
# D gets D's own output as if it were images, and its first layer refuses 100 numbers where 64 belong. (With a batch of exactly 64 it would not even refuse: it would take the 64 judgements for one image, and train on that without a word.) The correction: **a loss is a function of D's outputs**, and D is run by the step.
#
# > **In the document** (§3.2.2, §3.2.3). Both losses are defined on data, and called with D's outputs.

# %% [markdown]
# ### Attempt 2: the same fakes twice
#
# Now the losses are functions of D's outputs. G's half comes first, and D's half uses the same `fake` again. **Predict**: G's `backward` (反向传播, backpropagation) has been through `fake`. What happens when D's `backward` comes to it?


# %%
def g_loss_of(fake_chance):
    return -torch.log(fake_chance).mean()


def d_loss_of(real_chance, fake_chance):
    return -torch.log(real_chance).mean() - torch.log(1 - fake_chance).mean()


def attempt_2(G, D, g_opt, d_opt, real, retain_graph=False):
    fake = G(torch.randn(BATCH, Z))
    real_chance, fake_chance = D(real), D(fake)
    g_opt.zero_grad()
    g_loss = g_loss_of(fake_chance)
    g_loss.backward(retain_graph=retain_graph)
    g_opt.step()

    d_opt.zero_grad()
    d_loss = d_loss_of(D(real), D(fake))
    d_loss.backward()
    d_opt.step()
    return d_loss.item(), g_loss.item()


green = run_tests(attempt_2, "probability")
assert green == []

# %% [markdown]
# `fake` still hangs on the graph of G's forward pass, and the first `backward` has thrown that graph away. Here is the whole message, with its advice:

# %%
try:
    attempt_2(*new_game("probability"), real)
except RuntimeError as error:
    print(textwrap.fill(str(error), 110))

# %% [markdown]
# **Predict**: does `retain_graph=True` help?

# %%
green = run_tests(lambda *game: attempt_2(*game, retain_graph=True), "probability")
assert "runs twice in a row" not in green

# %% [markdown]
# Another error: by now G's weights have been changed *in place* by its optimiser, and the kept graph no longer fits them. The first message was right to complain; its advice does not fit. D's half has no business in G's graph at all. The correction: **D's half gets fakes that are cut off from G**, by `detach` or `no_grad`. We also make a fresh batch, which costs little and shows D new samples.
#
# > **In the document** (§3.2.2). One batch of fakes, not cut off, serves both halves.

# %% [markdown]
# ### Attempt 3: cut off
#
# One line of it looks harmless. Can you see it?


# %%
def attempt_3(G, D, g_opt, d_opt, real):
    fake = G(torch.randn(BATCH, Z))
    real_chance, fake_chance = D(real), D(fake)
    g_opt.zero_grad()
    g_loss = g_loss_of(fake_chance)
    g_loss.backward()
    g_opt.step()

    with torch.no_grad():
        fake = G(torch.randn(BATCH, Z))
    d_opt.zero_grad()
    d_loss = d_loss_of(D(real), D(fake))
    d_loss.backward()
    d_opt.step()
    return d_loss.item(), g_loss.item()


green = run_tests(attempt_3, "probability")
assert "does no work for nothing" not in green and "stays finite where D is badly wrong" not in green
assert len(green) == len(TESTS) - 2

# %% [markdown]
# All but two. D judges 400 images: G's half runs D on the real ones and never uses the answer, a quarter of D's work for nothing. And the logarithm becomes infinite where D is badly wrong:

# %%
logit = torch.tensor([5.0, 20.0, 100.0])
naive, stable = -torch.log(1 - torch.sigmoid(logit)), softplus(logit)
for a, n, s in zip(logit, naive, stable):
    print(f"fake with logit {a:>3.0f}: −log(1 − sigmoid) = {n:>6.2f}   softplus = {s:>6.2f}")
assert naive[1].isinf() and stable[1] == 20

# %% [markdown]
# In 32-bit numbers the sigmoid of 20 is exactly 1, so 1 minus it is 0 and its logarithm infinite. `softplus` computes $\log(1+e^a)$ without the detour. The correction: **D returns logits, and the loss takes them** (`softplus`, or PyTorch's `binary_cross_entropy_with_logits`, which is the same).

# %% [markdown]
# ### Attempt 4: green


# %%
def step(G, D, g_opt, d_opt, real):
    with torch.no_grad():  # D's half: G is frozen
        fake = G(torch.randn(len(real), Z))
    d_loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()

    g_loss = softplus(-D(G(torch.randn(len(real), Z)))).mean()  # G's half: D is frozen
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    return d_loss.item(), g_loss.item()


green = run_tests(step)
assert len(green) == len(TESTS)

# %% [markdown]
# ## 4 · Mistakes that raise nothing
#
# The next function makes a step like that one with other losses, so that each mistake below is one line.


# %%
def step_with(d_loss_of, g_loss_of, clear_d=True):
    def step(G, D, g_opt, d_opt, real):
        with torch.no_grad():
            fake = G(torch.randn(len(real), Z))
        d_loss = d_loss_of(D(real), D(fake))
        if clear_d:
            d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()
        g_loss = g_loss_of(D(G(torch.randn(len(real), Z))))
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        return d_loss.item(), g_loss.item()

    return step


def right_d(real_logits, fake_logits):
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def right_g(fake_logits):
    return softplus(-fake_logits).mean()


assert run_tests(step_with(right_d, right_g)) == list(TESTS)

# %% [markdown]
# ### Break it: whose loss is it?
#
# **Break it**: let each network receive the loss of the other. That is: D makes G's loss small, and G makes D's loss small (of which only the part with fakes depends on G). **Predict** which tests turn red.

# %%
green = run_tests(
    step_with(lambda real_logits, fake_logits: right_g(fake_logits), lambda a: softplus(a).mean())
)
assert "D learns to tell" not in green and "G learns to deceive" not in green

# %% [markdown]
# It runs without a murmur. D learns to call the fakes real, and G to make fakes that D can tell: each works for the other. **Each network has its own loss.** What G needs from D is not D's loss, but the *gradient* that flows through D.
#
# > **In the document** (§3.1, steps 4 and 5; §3.2.2). "The generator receives the discriminator's loss", "the discriminator receives the generator's loss", and each is updated by it.
#
# ### Whose gradients are they?
#
# Lesson 02 saw that G's half leaves gradients in D. Here D's half does not clear them:

# %%
name, careless = "ignores gradients left from before", step_with(right_d, right_g, clear_d=False)
try:
    TESTS[name](careless, "logit")
    raise RuntimeError("this test should turn red")
except AssertionError as error:
    print(f"✗ {name}: {error}")

# %% [markdown]
# D follows the gradients of G's loss as well as its own, piled up from step to step, and works against itself. (`run_tests(careless)` runs them all. With most seeds, "D learns to tell" is red as well.)
#
# ### The sign
#
# $\mathbb{E}[\log D(\text{real})] + \mathbb{E}[\log(1-D(\text{fake}))]$ is what D should make *large*, its *objective* (目标函数). D's loss is minus that. Forget the minus, and descend:

# %%
green = run_tests(step_with(lambda real_logits, fake_logits: -right_d(real_logits, fake_logits), right_g))
assert "D learns to tell" not in green and "G learns to deceive" in green

# %% [markdown]
# D learns the opposite, and G learns to deceive a D that is always wrong.
#
# > **In the document** (§3.2.3, §4.1). The objective is written down and called D's loss, $L_D$. The code beside it has the minus sign that the formula lacks.
#
# ### G's loss
#
# The paper of 2014 has two losses for G, and you will meet a third, minus the mean of D's probability. What matters is the *slope* in D's logit $a$: it is the force that G feels.
#
# | G's loss | formula | slope, $d/da$ | |
# | --- | --- | --- | --- |
# | minimax | $\log(1-\sigma(a))$ | $-\sigma(a)$ | minus D's loss, as far as it depends on G |
# | minus the probability | $-\sigma(a)$ | $-\sigma(a)\,(1-\sigma(a))$ | |
# | non-saturating | $-\log\sigma(a)$ | $-(1-\sigma(a))$ | does not *saturate* (flatten out) where D is sure of the fake |
#
# Where D gets far ahead (lesson 04), fakes have very negative logits. **Predict** which of the three still pulls there, and whether our tests notice the one in the middle.
#
# > **In the document** (§3.2.3). G's loss is $L_G = \mathbb{E}[D(\text{fake})]$. Descended, that makes G worse; the code has it with a minus, which is the loss in the middle, and neither of the two of 2014.

# %%
a = torch.linspace(-8, 8, 161, dtype=torch.float64, requires_grad=True)
G_LOSSES = {
    "minimax": lambda a: -softplus(a),
    "minus the probability": lambda a: -torch.sigmoid(a),
    "non-saturating": lambda a: softplus(-a),
}
slopes = {name: torch.autograd.grad(loss(a).sum(), a)[0] for name, loss in G_LOSSES.items()}
s = torch.sigmoid(a.detach())
assert torch.allclose(slopes["minimax"], -s) and torch.allclose(slopes["non-saturating"], s - 1)
assert torch.allclose(slopes["minus the probability"], -s * (1 - s))

fig, ax = plt.subplots(figsize=(6.5, 2.8))
for (name, slope), dash in zip(slopes.items(), ("--", ":", "-")):
    ax.plot(a.detach(), -slope, dash, color=plots.GENERATOR, label=name)
ax.axvspan(-8, -4, color="0.92")
ax.set(
    title="Where D is sure of the fake (grey), only one loss pulls",
    xlabel="D's logit of a fake",
    ylabel="pull on G",
)
ax.legend()
plt.show()
print("pull at logit −8:", ", ".join(f"{name} {-slope[0].item():.5f}" for name, slope in slopes.items()))

# %%
assert run_tests(step_with(right_d, lambda a: -torch.sigmoid(a).mean())) == list(TESTS)

# %% [markdown]
# **See**: all green, and yet this loss sleeps where D is sure of the fake, as minimax does. (Where D takes the fake for real, the non-saturating loss sleeps too, as it should: nothing is left to do.) Lesson 05 derives all three; lesson 04 measures what the difference does to a training.

# %% [markdown]
# ### A step is not an epoch
#
# An *epoch* is one pass over the data, and a pass over 1,497 digits in batches of 100 has 15 updates. What if the whole set is one batch, and an epoch one update? After the same number of passes:
#
# > **In the document** (§3.2.2). `real_data` is one batch, whatever it holds, and an epoch is one update: its 100 epochs are 100 updates.

# %%
PASSES = 40
batches_a_pass = math.ceil(len(images) / BATCH)
all_real = to_float(images).flatten(1)


def distance(G):
    """Return how far the mean image of G's samples is from the real one (root mean square, in pixel values)."""
    with torch.no_grad():
        return (G(torch.randn(2000, Z)).mean(0) - all_real.mean(0)).square().mean().sqrt().item()


seed_everything(SEED)
whole = generator(), discriminator()
opts = [torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in whole]
start = distance(whole[0])
for _ in range(PASSES):
    step(*whole, *opts, all_real)
seed_everything(SEED)
parts = play(generator(), discriminator(), PASSES * batches_a_pass)
assert distance(parts) < 0.7 * distance(whole[0])
print(
    f"{PASSES} passes: {PASSES} updates with the whole set as one batch,",
    f"{PASSES * batches_a_pass} with batches of {BATCH}",
)
print(
    "with batches, the mean image of the samples is less than 0.7 times as far from the real one",
    "as with one large batch",
)

# %% [markdown]
# ## 5 · The finished loop, beside the package's
#
# The package's version is our `step` in two functions, and a third that both of them call. Besides the step they check what they are given, and name the usual mistakes:

# %%
print(inspect.getsource(d_step))

# %%
print(inspect.getsource(g_step))
print(inspect.getsource(training._update))

# %% [markdown]
# One difference is not cosmetic: `backward(inputs=own)`, where `own` are the weights of the network that learns. The gradients that G's half would leave in D are not written at all. Is the result the same? Train from one seed for 20 steps, once with each, and compare every loss and every weight.


# %%
def from_one_seed():
    seed_everything(SEED)
    G, D = generator(), discriminator()
    return G, D, *(torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in (G, D))


G, D, g_opt, d_opt = from_one_seed()
ours = [step(G, D, g_opt, d_opt, real.flatten(1)) for real in islice(Batches(images, BATCH, SEED), 20)]

G2, D2, g_opt2, d_opt2 = from_one_seed()
game = adversarial_steps(
    Batches(images, BATCH, SEED),
    d_update=lambda real: d_step(G2, D2, d_opt2, losses.non_saturating, real.flatten(1), torch.randn(BATCH, Z)),
    g_update=lambda real: g_step(G2, D2, g_opt2, losses.non_saturating, torch.randn(BATCH, Z)),
)
packages = [(logs["d_loss"], logs["g_loss"]) for logs in islice(game, 20)]
assert ours == packages and torch.equal(weights(G), weights(G2)) and torch.equal(weights(D), weights(D2))
print("20 steps: all 40 losses and all weights are equal, to the last bit")

# %% [markdown]
# Now let it learn to write, with the package's halves, which also log D's mean outputs. The board shows 32 digits from the same z throughout. **Predict**: will the two losses come to rest at 2 log 2 = 1.39 and log 2 = 0.69, where lesson 01 ended? Or will D or G pull away?

# %%
seed_everything(SEED)
G, D, g_opt, d_opt = from_one_seed()
game = adversarial_steps(
    Batches(images, BATCH, SEED),
    d_update=lambda real: d_step(G, D, d_opt, losses.non_saturating, real.flatten(1), torch.randn(BATCH, Z)),
    g_update=lambda real: g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, Z)),
)
fixed_z = torch.randn(32, Z)
board, kept = LossBoard(STEPS, sample=lambda: enlarged(G(fixed_z))), {}

# %%
for logs in board.watch(game):
    board.update(logs)
    if len(board.history) in (EARLY, STEPS):
        kept[len(board.history)] = copy.deepcopy((G, D))

# %%
assert distance(G) < 0.4 * start
print("the mean image of G's samples is less than half as far from the real mean image as at the start")


def mean_of(name, steps):
    return sum(logs[name] for logs in steps) / len(steps)


early, late = board.history[EARLY : 2 * EARLY], board.history[-EARLY:]
assert mean_of("d_loss", late) < mean_of("d_loss", early) - 0.07
assert mean_of("g_loss", late) > mean_of("g_loss", early) + 0.1
print(f"steps {EARLY:,} to {2 * EARLY:,}, against the last {EARLY}: D's mean loss fell, G's rose")

# %% [markdown]
# **See**: digits, in seconds, with the loop that you built; some are none. And the losses do not come to rest. D pulls away, slowly: its loss falls, G's rises, and D's mean logits on real and on generated digits part. Why? Two answers are possible. D may have found out what is wrong with G's digits. Or it knows the real ones by heart: it has seen each of the 1,497 more than 150 times. The held-out digits tell the two apart. **Predict**: what logit does D give, on average, to real digits that it never saw?


# %%
def mean_logits(G, D):
    """Return D's mean logits on training digits, on digits held out, and on generated ones."""
    with torch.no_grad():
        fake = G(torch.randn(5000, Z))
        return [D(x).mean().item() for x in (to_float(images).flatten(1), to_float(held_out).flatten(1), fake)]


gaps = {}
for step in (EARLY, STEPS):
    training_logit, held_out_logit, fake_logit = mean_logits(*kept[step])
    gaps[step] = training_logit - held_out_logit, held_out_logit - fake_logit
assert gaps[EARLY][0] < 0.15 and gaps[STEPS][0] > 0.2  # by heart
assert gaps[EARLY][1] > 0.15 and gaps[STEPS][1] > 0.3  # real against generated
print(f"D prefers digits it was trained on to digits it never saw: at step {EARLY} hardly, at the end clearly")
print("D prefers digits it never saw to generated ones: at both times")

# %% [markdown]
# **See**: both. D does see what G gets wrong; that part of its lead is earned. The other part is memory (*overfitting*, 过拟合): D gives new real digits a clearly lower logit than those it knows, and what it has learnt by heart teaches G nothing. Small data and many passes do that. Let it run three times as long, with `STEPS = 7500`, and D's loss goes on falling, to about 0.8, while the digits get no better for it. Lesson 06 gives D a penalty and forty times as many images; lesson 18 is about few images.
#
# > **In the document** (§3.1). The steps are repeated until the two networks are in equilibrium (平衡). 2 log 2 and log 2 are where a *perfect* game ends, not every game.

# %% [markdown]
# This is a good place to stop. The rest needs nothing from above but the imports and the hyperparameters.
#
# ## 6 · Why take turns? A question for the playground
#
# The loop gives the two players one step each, in turn (交替). If D is so useful when it is good, why not train it for long, and then G for long? The loop cannot show that; a playground (lesson 02) can, since it does half-steps of one player alone. Its own small networks play here, by Adam, and with a penalty on D that section 7 explains. Real data are eight heaps on a ring around 0, with a radius of 2. D has already had 100 half-steps; G has had none, and sits in the middle.
#
# **Predict**: G now gets 100 half-steps in a row, against this frozen D. Where will its points be, and what will its loss be?

# %%
ground = Playground(seed=SEED, half_steps=ALONE, layers=("field", "real", "fake", "arrows"))
ground.half_steps("D", ALONE)
ground

# %% [markdown]
# 1. **Half-steps a click** is set to 100. Press **G alone** once. The ring is where the blue heaps are: do the points stop there? Then read G's loss.
# 2. D has not moved. Press **D alone** once. Look at a point that is still in the picture: where does its arrow point now? On which side of the black line is it?
# 3. Press **G alone**, then **D alone**, and so on, seven times each. Does G come nearer to the ring? Does it cover the heaps, and keep them?
# 4. Set half-steps a click to 1, press **D alone**, wait for its six parts, then **G alone**. It is the loop of section 5, with the penalty added to D's loss, at a speed at which you can read along. (**Next part** waits for you; **Slow motion** does not.)
# 5. **Play** from where you are, until **modes covered** says 6 of 8 or more. How many steps of taking turns did it need? (The number after "step" counts whole steps; the charts count half-steps too.) What does **good samples** say at that time?
#
# <details><summary>What you should have seen</summary>
#
# 1. D has drawn a line around the generated points: "real" is everything outside, also far out, where it has never seen a point. So G's points run outwards, past the ring and on; G's loss falls almost to 0, and no real heap is covered.
# 2. One press of D alone, and the arrows point back to the middle. D's black line now lies elsewhere: nearly all points are on its generated side.
# 3. G's points run back, with most seeds past the ring to its inside. The swings get smaller, and the points do come nearer to the ring. Now and then they cover some heaps, and leave them again at a later press: after seven rounds at most four of the eight are covered. Each player answers a question that the other no longer asks.
# 5. Fewer than 300 steps of taking turns. Seven rounds were 700 half-steps of each player. With as many one by one, G covers seven or eight. But "covered" asks for little: only a small share of the points is good yet. It grows if you play on.
#
# </details>
#
# The next cell does the same by itself, and counts.


# %%
def outward(ground):
    """Return the share of generated points whose arrow points away from the middle."""
    points = ground.G(torch.randn(500, 2)).detach().requires_grad_()
    (slope,) = torch.autograd.grad(softplus(-ground.D(points)).sum(), points)
    return ((-slope * points).sum(1) > 0).float().mean().item()


def from_middle(ground):
    """Return the median distance of generated points from the middle; the ring's is 2."""
    return ground.G(torch.randn(500, 2)).norm(dim=1).median().item()


game = Playground(seed=SEED)
game.half_steps("D", ALONE)
after_g = game.half_steps("G", ALONE)
assert from_middle(game) > 3 and after_g["g_loss"] < 0.1 and after_g["covered"] == 0 and outward(game) > 0.7
print(
    "after 100 half-steps of G alone: half of its points are farther out than 3,",
    "its loss is below 0.1, 0 of 8 heaps",
)
game.half_steps("D", ALONE)
assert outward(game) < 0.2
print("after 100 half-steps of D alone: more than 80 % of the arrows point back")

# %%
in_rounds = [0]  # heaps covered after each of G's turns
for _ in range(ROUNDS - 1):
    in_rounds.append(game.half_steps("G", ALONE)["covered"])
    game.half_steps("D", ALONE)
assert in_rounds[-1] <= 4 and sorted(in_rounds) != in_rounds
print("after 7 rounds of 100 half-steps each: at most 4 of 8 heaps, and some that were covered were left again")
one_by_one = Playground(seed=SEED)
one_by_one.half_steps("D", ALONE)
assert one_by_one.run(ROUNDS * ALONE)["covered"] >= 6
print("with as many half-steps one by one: at least 6 of 8")
covered = [game.run(20)["covered"] for _ in range(15)]
assert max(covered) >= 6
print("taking turns from where the 7 rounds ended: at least 6 of 8 at some time within 300 steps")

# %% [markdown]
# **See**: G's loss was smallest when its points were worst. A loss is measured with the *other* player's present opinion; it says how well G deceives this D, and a frozen D knows nothing of the places to which G moves. Taking turns keeps D's knowledge where G's points are. (Some steps of D for each one of G is a different matter: D is then good where it is asked. Lesson 04 shows how that can go wrong, lesson 08 where it is right.)

# %% [markdown]
# ## 7 · Two players, two hills
#
# > **In the document** (§3.2.4). By gradient descent (梯度下降), both networks keep improving (不断优化).
#
# On one hill that is so: each step goes down, and at the bottom one stays. Here two players move, and *each step of one changes the hill of the other*. The smallest case is the **bilinear game**: x wants $x\cdot y$ small, y wants it large. Nobody gains anything at (0, 0).
#
# $$x \leftarrow x - h\,y, \qquad y \leftarrow y + h\,x$$
#
# Taken at the same time, from the same (x, y), this is a *simultaneous* step. If y already sees the new x, it is an *alternating* step (交替), which is what a GAN's loop does.
#
# **Predict**: will the players walk to (0, 0), circle around it, or run away?


# %%
def bilinear(x, y, h, steps, alternating):
    """Return the path of the bilinear game, a list of points (x, y)."""
    path = [(x, y)]
    for _ in range(steps):
        old_x = x
        x = x - h * y
        y = y + h * (x if alternating else old_x)
        path.append((x, y))
    return path


# %%
H = 0.1
simultaneous, alternating = (bilinear(1.0, 0.0, H, 500, kind) for kind in (False, True))
for i, (x, y) in enumerate(simultaneous):
    assert math.isclose(math.hypot(x, y), (1 + H**2) ** (i / 2), rel_tol=1e-9)
print(
    "simultaneous: every step multiplies the distance from (0, 0) by exactly",
    f"√(1 + h²) = {math.sqrt(1 + H**2):.5f}",
)
for x, y in alternating:
    assert math.isclose(x**2 + y**2 - H * x * y, 1.0, rel_tol=1e-9)
print("alternating: x² + y² − h·x·y stays at 1: all points lie on one ellipse")

fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.4), layout="constrained")
for ax, path, title in zip(
    axes, (simultaneous, alternating), ("Simultaneous: it runs away", "Alternating: it circles")
):
    ax.plot(*zip(*path[:250]), color=plots.GENERATOR, linewidth=1)
    ax.plot(*path[0], "o", color="black", label="start")
    ax.plot(0, 0, "*", color=plots.REAL, markersize=12, label="goal")
    ax.set(title=title, xlabel="x", ylabel="y", aspect="equal", xlim=(-4, 4), ylim=(-4, 4))
axes[0].legend()
plt.show()

# %% [markdown]
# **See**: neither goes to the middle. Simultaneous steps spiral out however small h is, since $(x-hy)^2+(y+hx)^2 = (1+h^2)(x^2+y^2)$: the mixed terms cancel. Alternating steps circle (for h below 2). Both did what gradient descent says. There is simply no hill that the two of them go down together.

# %% [markdown]
# ### The Dirac-GAN
#
# The next smallest game is already a GAN. The real data are the single point 0. G makes the single point θ. D's logit is a line through 0, $\psi x$. D's loss is $\log 2 + \text{softplus}(\psi\theta)$; G's is $-\text{softplus}(\psi\theta)$ for minimax and $\text{softplus}(-\psi\theta)$ for non-saturating. (Mescheder et al. 2018 write the same game with ψ of the opposite sign.)
#
# | | step of θ | step of ψ |
# | --- | --- | --- |
# | minimax | $+h\,\psi\,\sigma(\psi\theta)$ | $-h\,\theta\,\sigma(\psi\theta)$ |
# | non-saturating | $+h\,\psi\,\sigma(-\psi\theta)$ | the same |
# | with R1, strength γ | as above | … $-\,h\,\gamma\,\psi$ |
#
# R1 charges D for its slope at the real data: $\tfrac{\gamma}{2}\psi^2$. The goal is θ = 0 and ψ = 0.


# %%
def sigmoid(t):
    return 0.5 * (1 + math.tanh(t / 2))  # 1 / (1 + exp(−t)), without overflow


def dirac(loss, h=0.2, gamma=0.0, alternating=True, steps=500, theta=1.0, psi=-1.0):
    """Return the path of the Dirac-GAN, a list of points (θ, ψ); D moves first."""
    path = [(theta, psi)]
    for _ in range(steps):
        new_psi = psi - h * (theta * sigmoid(psi * theta) + gamma * psi)
        seen = new_psi if alternating else psi  # the D that G sees
        theta, psi = theta + h * seen * sigmoid((1 if loss == "minimax" else -1) * seen * theta), new_psi
        path.append((theta, psi))
        if math.hypot(theta, psi) > 1000:  # it has run away
            break
    return path


print(f"{'distance from (0, 0) after 500 steps':<38} simultaneous  alternating")
for loss in ("minimax", "non-saturating"):
    for gamma in (0.0, 0.3):
        ends = [math.hypot(*dirac(loss, gamma=gamma, alternating=kind)[-1]) for kind in (False, True)]
        print(f"{f'{loss}, γ = {gamma}':<38} {ends[0]:12.2f} {ends[1]:12.2f}")

# %% [markdown]
# The start is at a distance of 1.41. Without R1, minimax runs away with simultaneous steps, and goes round with alternating ones. The non-saturating loss comes in from there, but has not arrived; with simultaneous steps it never does, as lesson 05 explains. With this R1 all four arrive. Now you: the arrows are the steps that the two players would take at each place.


# %%
def draw_dirac(figure, step_size, gamma, loss, steps):
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    grid = torch.linspace(-2.4, 2.4, 13, dtype=torch.float64)
    theta, psi = torch.meshgrid(grid, grid, indexing="xy")
    d_theta = psi * torch.sigmoid((1 if loss == "minimax" else -1) * psi * theta)
    d_psi = -theta * torch.sigmoid(psi * theta) - gamma * psi
    ends = []
    for ax, kind in zip(axes, (False, True)):
        path = dirac(loss, step_size, gamma, kind, steps)
        ax.quiver(theta, psi, d_theta, d_psi, color="0.7", width=0.004)
        ax.plot(*zip(*path), color=plots.GENERATOR, linewidth=1)
        ax.plot(*path[0], "o", color="black", label="start")
        ax.plot(0, 0, "*", color=plots.REAL, markersize=12, label="goal")
        ends.append(math.hypot(*path[-1]))
        ax.set(title="alternating" if kind else "simultaneous", xlabel="θ, where G's point is", aspect="equal")
        ax.set(xlim=(-2.5, 2.5), ylim=(-2.5, 2.5))
    axes[0].set_ylabel("ψ, D's slope")
    axes[0].legend(loc="lower left", fontsize="small")
    figure.suptitle(f"{loss}, γ = {gamma:.2f}, step size {step_size:.2f}")
    return f"distance from the goal: simultaneous {ends[0]:.3f}, alternating {ends[1]:.3f}; at the start 1.414"


FigureExplorer(
    draw_dirac,
    size=(8, 4.6),
    step_size=(0.02, 1.0, 0.02, 0.2),
    gamma=(0.0, 2.0, 0.05, 0.0),
    loss=["non-saturating", "minimax"],
    steps=(0, 500, 10, 150),
)

# %% [markdown]
# **Try**: set γ to 0.3 and watch the spiral close. Then find a γ at which the path goes straight in without turning round the goal. (Lesson 05 computes it.) Go back to γ = 0 and make the steps smaller: does that help? And what do steps of 1 do to an R1 of 2? (Lesson 05 has the numbers.)

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 03.1 (★, 5 min): correct G's loss
#
# Someone wrote G's loss like this. It gets D's logits of the fakes.
#
# ```python
# def g_loss(fake_logits):
#     return torch.log(torch.sigmoid(fake_logits)).mean()
# ```
#
# Two things are wrong with it: gradient descent on it trains G to be found out, and it is infinite where D is sure. Correct both: it is meant to be the non-saturating loss.


# %%
def g_loss(fake_logits):  # (N,) → a tensor without dimensions
    ### BEGIN SOLUTION
    return softplus(-fake_logits).mean()
    ### END SOLUTION


check("03.1", g_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $-\log\sigma(a) = \log(1+e^{-a})$, and `softplus(t)` is $\log(1+e^t)$.
#
# </details>

# %% [markdown] tags=["solution"]
# A loss falls when its owner does better, and G does better when D's logits on its samples rise: the logarithm needs a minus sign. And −log σ(a) = log(1 + e^(−a)) = softplus(−a), which is finite for every float.

# %% [markdown]
# ### Exercise 03.2 (★, 5 min): how far out?
#
# **Predict.** The bilinear game starts at (1, 0), with simultaneous steps of h = 0.1. How far from (0, 0) is it after 100 steps? Give the distance to two decimals; no simulation is needed.

# %%
### BEGIN SOLUTION
radius = 1.01**50
### END SOLUTION

check("03.2", radius)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Each step multiplies the distance by $\sqrt{1+h^2}$.
#
# </details>

# %% [markdown] tags=["solution"]
# (x − hy)² + (y + hx)² = (1 + h²)(x² + y²): the mixed terms cancel. So 100 steps multiply the distance by (1 + 0.01)^(100/2) = 1.01^50 = 1.64. A smaller h only delays it.

# %% [markdown]
# ### Exercise 03.3 (★★★, 15 min): a step with another loss
#
# Write a whole step with another pair of losses, **least squares** (LSGAN, Mao et al. 2017): D wants its output to be 1 on real and 0 on generated samples, and pays half the mean squared distance for each of the two; G wants D's output on its samples to be 1, and pays half the mean squared distance. First D's half, then G's. Draw no noise: `z_d` and `z_g` are given, one for each half. Return D's and G's loss as floats.


# %%
def least_squares_step(G, D, g_opt, d_opt, real, z_d, z_g):
    ### BEGIN SOLUTION
    with torch.no_grad():
        fake = G(z_d)
    d_loss = 0.5 * (D(real) - 1).square().mean() + 0.5 * D(fake).square().mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()

    g_loss = 0.5 * (D(G(z_g)) - 1).square().mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    return d_loss.item(), g_loss.item()
    ### END SOLUTION


check("03.3", least_squares_step)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Take `step` from attempt 4, exchange the two lines with the losses, and use the z that you are given.
#
# </details>

# %% [markdown] tags=["solution"]
# The loop does not care which loss it is given: two halves, two optimisers, D's fakes cut off from G, gradients cleared before each backward. Only the two lines that compute the losses are different.

# %% [markdown]
# ## What you now know
#
# - A right step: name the hyperparameters, match G's range to the data, give each network its own loss on D's logits, cut D's fakes off from G, and clear the gradients before each backward.
# - Mistakes that raise an error are the lesser ones. Tests on tiny games, with a learning rate of zero or a D that is badly wrong, find the others.
# - Gradient descent of two players need not arrive anywhere: on the bilinear game it spirals out or circles. R1 makes the Dirac-GAN arrive, if steps are not too large.
#
# **What this does not show**: that R1 helps as much in large networks (lessons 06 and 08), or that a loop which passes all tests makes good samples (lesson 09).
#
# **The document says** … **in fact** …
#
# | § | the document | in fact | where you met it |
# | --- | --- | --- | --- |
# | 3.1 | G receives D's loss, and D receives G's | each has its own loss; only the gradient flows through D | 4, *whose loss* |
# | 3.2.1 | G has no output activation | match G's range to the data | 1 |
# | 3.2.1 | D ends in a sigmoid whose logarithm is taken later | logits and softplus | 3, attempt 3 |
# | 3.2.2 | batch size and size of z are never defined | name every hyperparameter | 3, attempt 0 |
# | 3.2.2, 3.2.3 | losses defined on data are called with D's outputs | a loss is a function of logits | 3, attempt 1 |
# | 3.2.2 | one batch of fakes, not detached, for both halves | cut off from G in D's half | 3, attempt 2 |
# | 3.2.2 | G's half runs D on the real data for nothing | leave it out | 3, attempt 3 |
# | 3.2.2 | all of `real_data` is one batch, and one update an epoch | batches; an epoch has many steps | 4, *a step is not an epoch* |
# | 3.2.3 | $L_G = \mathbb{E}[D(\text{fake})]$, as a loss | the sign is wrong, and it is neither minimax nor non-saturating | 4, *G's loss* |
# | 3.2.3 | $L_D$ without its minus sign | it is the objective; the loss is its negative | 4, *the sign* |
#
# **Further reading**
#
# - Goodfellow et al., "Generative Adversarial Nets" (2014), algorithm 1: the loop in ten lines, with the right signs.
# - Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018): the Dirac-GAN, and what each loss and penalty does to it.
# - Gidel et al., "Negative Momentum for Improved Game Dynamics" (2019): why alternating is better than simultaneous, and what momentum does.
