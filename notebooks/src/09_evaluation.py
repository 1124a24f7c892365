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
# # 09 · Evaluation: how would you notice that a GAN is bad – or a thief?
#
# **You will** compute the common measures of samples, three of them by hand, find out what each of them does not see, and catch a generator that hands out training images.
#
# **Needs** lesson 06, whose GAN is judged here. **Time** 60 minutes to read and play, and 35 for the exercises; the notebook computes for about 1½ minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §5.3–5.4 of the document, which has no results: 代码解读与分析 (reading the code) breaks off before them. §3.3 names uneven sample quality as a weakness; this lesson measures it.
#
# **Papers** Heusel et al. 2017 (Fréchet distance) · Bińkowski et al. 2018 (KID) · Chong and Forsyth 2020 (its bias) · Kynkäänniemi et al. 2019 (precision, recall) · Naeem et al. 2020 (density, coverage) · Lopez-Paz and Oquab 2017, Xu et al. 2018 (two-sample tests) · Ravuri and Vinyals 2019 (train on made, test on real) · Meehan et al. 2020 (copies) · Zhou et al. 2019 (people)

# %% [markdown]
# ## The question
#
# Lesson 06 ended with a table of FD, KID, precision and recall, and believed it. Each of these is a number that somebody made up, and each can be fooled. So this lesson turns the question round: we make generators whose fault we *know*, and look which measure finds it.
#
# > **In the document** (§5.2). Its only evaluation is D's loss on one training image. Lesson 06 showed that such a number hardly moves while the samples get far better.

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

import math
import warnings
from statistics import NormalDist

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.transforms.functional import gaussian_blur

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import Batches, fashion_mnist, to_float
from gan_lessons.exercises import check
from gan_lessons.networks import ConvDiscriminator, ConvGenerator
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard, Quiz

# %% tags=["parameters"]
SEED = 0
STEPS = 500  # of the GAN that is trained here
BATCH = 32
Z = 16
RATE = 4e-3  # at the start; it falls to zero
GAMMA = 1.0  # strength of R1, at every 8th step

COUNT = 5000  # samples of each generator where FD alone is computed
FEW = 2000  # samples of each where neighbours are looked for
BLUR = 0.9  # standard deviation of the blur, in pixels
NOISE = 0.2  # standard deviation of the noise that is added to pixels in [-1, 1]
KEPT = 7  # classes, of ten, that the collapsed generator still makes
REPEATED = 400  # images that the repeating generator knows
PARTS = 10  # into which samples are cut, for the bias of FD and the spread of KID
FIT_STEPS = 300  # of each classifier in section 6
SEARCHED = 60_000  # training images among which copies are looked for

# %% [markdown]
# ## 1 · The accused
#
# Two generators are GANs: `brief`, which you train now for a quarter of a minute, and `long`, which has the same networks and the same recipe, but was trained for 14,337 steps (it comes with the course). The recipe is lesson 06's: the non-saturating loss, R1 at every 8th step, and a moving average of G's weights.

# %%
train, test = fashion_mnist(), fashion_mnist(train=False)
seed_everything(SEED)
G, D = (net.to(memory_format=torch.channels_last) for net in (ConvGenerator(Z), ConvDiscriminator()))
set_threads(G, D)
g_opt, d_opt = (torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.0, 0.99), fused=True) for net in (G, D))
decay = [torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS) for opt in (g_opt, d_opt)]
average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True).eval()
penalty = losses.Lazy(losses.r1(GAMMA), every=8)


def d_update(real):
    return d_step(G, D, d_opt, losses.non_saturating, real, torch.randn(BATCH, Z), penalty=penalty)


def g_update(real):
    return g_step(G, D, g_opt, losses.non_saturating, torch.randn(BATCH, Z))


fixed_z = torch.randn(32, Z)
board = LossBoard(STEPS, sample=lambda: average(fixed_z))

# %%
for logs in board.watch(adversarial_steps(Batches(train.images, BATCH, SEED), d_update, g_update)):
    average.update_parameters(G)
    for schedule in decay:
        schedule.step()
    board.update(logs)

# %% [markdown]
# The next four are no networks at all. Each takes *real* training images and has one fault:
#
# | name | fault |
# | --- | --- |
# | blurred | each pixel is mixed with its neighbours |
# | noisy | each pixel has noise added |
# | collapsed (模式崩溃, mode collapse) | three of the ten classes, sneakers, bags and ankle boots, are never made |
# | repeating | it knows 400 images and makes each of them again and again |
#
# The last one, called `floor`, has no fault: it hands out real training images, and is judged against test images. No generator can be expected to do better than that.


# %%
def seeded(number):
    """Return a random generator of torch, another for each number and SEED."""
    return torch.Generator().manual_seed(1000 * SEED + number)


def sample(G, count=COUNT):
    with torch.no_grad():
        return torch.cat([G(z) for z in torch.randn(count, Z, generator=seeded(1)).split(500)])


order = torch.randperm(len(train.images), generator=seeded(2))
real, labels = to_float(train.images[order[:COUNT]]), train.labels[order[:COUNT]]
long = load_weights(ConvGenerator(Z), "generator")
images = {
    "brief": sample(average),
    "long": sample(long),
    "blurred": torch.cat([gaussian_blur(part, 9, BLUR) for part in real.split(200)]),
    "noisy": (real[:FEW] + NOISE * torch.randn(FEW, 1, 28, 28, generator=seeded(3))).clamp(-1, 1),
    "collapsed": real[labels < KEPT],
    "repeating": real[:REPEATED].repeat(FEW // REPEATED, 1, 1, 1),
    "floor": real,
}

# %%
fig, ax = plt.subplots(figsize=(6, 5.2))
rows = torch.cat([made[20:28] for made in images.values()])
plots.show_images(ax, rows, columns=8, title="Eight samples of each generator: which fault do you see?")
for i, name in enumerate(images):
    ax.text(-12, 58 * i + 28, name, ha="right", va="center")
plt.show()
print("from the top:", ", ".join(images))

# %% [markdown]
# **See**: blur and noise show in every image. The other two faults show in none: each image of theirs is a real one, and only many together can give them away.
#
# **Predict**, before you go on: which two of the seven will the Fréchet distance like best? Which fault, do you think, will it hardly notice?

# %% [markdown]
# ## 2 · The Fréchet distance, by hand
#
# A measure of images begins with *features*: numbers that say what is in an image. Ours are the 64 numbers in the last hidden layer of a small classifier of garments. Papers use 2,048 numbers of the Inception network, and call the distance FID; ours is FD, and its values compare with each other alone.
#
# FD takes the mean $\mu$ and the covariance $\Sigma$ of the features of two sets, and pretends that both are Gaussian:
#
# $$\mathrm{FD} = \lVert\mu_a-\mu_b\rVert^2 + \operatorname{tr}\big(\Sigma_a + \Sigma_b - 2\,(\Sigma_a^{1/2}\Sigma_b\Sigma_a^{1/2})^{1/2}\big)$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $\mu_a$, $\mu_b$ | `mean_a`, `mean_b` (F,) | means of the F features |
# | $\Sigma_a$, $\Sigma_b$ | `cov_a`, `cov_b` (F, F) | their covariances |
# | $\Sigma^{1/2}$ | `root(cov)` | the symmetric matrix whose square is $\Sigma$ |
#
# In one dimension this is $(\mu_a-\mu_b)^2 + (\sigma_a-\sigma_b)^2$: how far apart the means are, and how far the spreads.


# %%
def root(cov):
    values, vectors = torch.linalg.eigh(cov)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


def frechet(mean_a, cov_a, mean_b, cov_b):
    both = root(root(cov_a) @ cov_b @ root(cov_a))
    return ((mean_a - mean_b).square().sum() + (cov_a + cov_b - 2 * both).trace()).item()


def frechet_of(a, b):  # features (N, F) and (M, F)
    a, b = a.double(), b.double()
    return frechet(a.mean(0), a.T.cov(), b.mean(0), b.T.cov())


turn = torch.linalg.qr(torch.randn(2, 2, generator=seeded(4), dtype=torch.float64)).Q  # any rotation
one, two = (turn @ torch.diag(torch.tensor(v, dtype=torch.float64)) @ turn.T for v in ([1, 4], [9, 1]))
zero, three = torch.zeros(2, dtype=torch.float64), torch.tensor([3.0, 0.0], dtype=torch.float64)
found = frechet(zero, one, three, two)
assert math.isclose(found, 3**2 + (1 - 3) ** 2 + (2 - 1) ** 2)
print(f"two Gaussians, means 3 apart, spreads (1, 2) and (3, 1): FD {found:.6f} = 3² + (1−3)² + (2−1)²")

# %%
test_features = metrics.test_features()  # (10000, 64)
features = {name: metrics.features(made) for name, made in images.items()}
reference = torch.randperm(len(test_features), generator=seeded(5))
against = test_features[reference[:COUNT]]

# %%
by_hand = frechet_of(features["long"], against)
by_library = metrics.frechet_distance(features["long"], against)  # torch-fidelity's
assert math.isclose(by_hand, by_library, rel_tol=1e-6)
print("FD of the long-trained GAN: ours and the library's agree to six digits")

# %% [markdown]
# ## 3 · How many samples?
#
# A mean and a covariance that are estimated from N samples are a little off, by chance. FD is a distance, so it counts every error as distance, never as nearness: it is too large, the more so the fewer the samples. The *bias* falls like 1/N. Where that is so, FD against 1/N is a straight line, and the line tells what FD would be with infinitely many samples: it is read off at 1/N = 0 (Chong and Forsyth 2020). We cut both sets to N, so that the bias of both goes; they cut the made one alone.
#
# **Predict**: is the line equally steep for all generators?

# %%
lines = {
    name: metrics.extrapolated_distance(features[name], against, PARTS)
    for name in ("brief", "long", "blurred", "floor")
}

fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for (name, line), marker, colour in zip(
    lines.items(), "osDx", (plots.GENERATOR, plots.FAKE, "0.4", plots.REAL), strict=True
):
    x = torch.tensor([0, *(1 / n for n in line.sizes)])
    excess = torch.tensor(line.values) - line.fd
    ax.plot(1000 * x[1:], excess, marker, color=colour, label=f"{name}: slope {line.slope:.0f}")
    ax.plot(1000 * x, line.slope * x, color=colour, lw=0.8)
ax.set(title="FD minus its limit is a line in 1/N, with another slope for each generator")
ax.set(xlabel="1000 / N, for N samples of each set (N = ∞ at the left)", ylabel="FD − FD at N → ∞")
ax.legend()
plt.show()

floor, blurred = lines["floor"], lines["blurred"]
assert abs(floor.fd) < 0.1 and floor.values[-1] > 0.4
print(f"real against real images: FD above 0.4 at N = {floor.sizes[-1]}, within 0.1 of zero for N → ∞")
assert blurred.slope < 0.75 * floor.slope
print("the bias of the blurred generator is less than three quarters of that of real images")

# %% [markdown]
# **See**: at equal N the bias is *not* equal. It depends on how the features spread: blurred samples differ less from each other, and are charged less. So a small N flatters a generator that lacks variety. Compare FD of two models at the same, large N; the extrapolated FD can be compared where N was not the same.
#
# ### An unfair comparison
#
# Suppose that one evaluation takes 100 samples and 100 test images, and another 5,000 of each. The first generator is perfect: its samples are real images.

# %%
of_100 = [
    metrics.frechet_distance(features["floor"][i : i + 100], against[i : i + 100]) for i in range(0, FEW, 100)
]
unfair, fair = torch.tensor(of_100).median().item(), metrics.frechet_distance(features["long"], against)
assert unfair > fair
print("100 real images (median of 20 such sets): a higher FD than 5,000 samples of the long-trained GAN")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    metrics.frechet_distance(features["floor"][:100], against)
print(
    "the course's function warns of unequal numbers within one FD; what you compare it with, it can not know:"
)
print("   ", str(caught[0].message).split(";")[0])

# %% [markdown]
# ### Fewer samples than features
#
# A covariance of N samples has at most N − 1 directions in which anything varies. With 40 samples and 64 features, 25 directions have no spread at all, and FD charges for all of them. Libraries differ in what they do then: some fail in the matrix root, some print a number.

# %%
forty = features["floor"][:40].double()
assert torch.linalg.matrix_rank(forty.T.cov()) < 40
print("40 real images: the covariance of their 64 features has fewer than 40 directions with any spread")
assert frechet_of(forty, against) > fair
print("by the bare formula, these 40 real images are worse than the long-trained GAN")
try:
    metrics.frechet_distance(forty, against)
except ValueError as error:
    print("the course's function:", str(error).split(":")[0])

# %% [markdown]
# ### KID has no bias
#
# The *kernel distance* KID compares averages over pairs of samples: of $k(a, b) = (a \cdot b / F + 1)^3$ for features a and b (F,), over pairs of made ones, plus those over pairs of real ones, minus twice those over mixed pairs. It leaves out the pairs of a sample with itself. That makes it *unbiased*: over many draws its mean is right, whatever N is. Where two distributions are equal that mean is zero, so some draws must lie below zero, and others above. A single KID says little without its spread, so compute it for several parts of the samples.

# %%
size = COUNT // PARTS


def of_parts(measure, name):
    """Return the measure of each of the parts of a generator's features, against as many of the reference."""
    pairs = zip(features[name].split(size), against.split(size), strict=True)
    return torch.tensor([measure(a, b) for a, b in pairs])


def kid(a, b):
    return metrics.kernel_distance(a, b, subsets=1, size=len(a))


fds, kids = of_parts(metrics.frechet_distance, "floor"), of_parts(kid, "floor")
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.6), layout="constrained")
left.plot(fds, range(PARTS), "x", color=plots.REAL)
right.plot(kids, range(PARTS), "x", color=plots.REAL)
left.set(title="FD of real images is never near zero …", xlabel=f"FD of {size} samples", ylabel="part")
left.set(xlim=(0, None))
right.set(title="… KID lies on both sides of it", xlabel=f"KID of {size} samples", ylabel="part")
for ax in (left, right):
    ax.axvline(0, color="black", lw=0.8)
plt.show()
assert fds.min() > 0.2 and kids.min() < 0
print(f"{PARTS} parts of {size} real images each: every FD is above 0.2; KID falls below zero too")
error = kids.std() / math.sqrt(PARTS)
assert abs(kids.mean()) < 4 * error and of_parts(kid, "long").mean() > 4 * error
print("the mean KID of real images is within four standard errors of zero; that of the long GAN is not")

# %% [markdown]
# ## 4 · Against which images?
#
# Some programs compare samples with the training images. **Predict** what happens when a generator hands out the very images that it is compared with.

# %%
copies = features["floor"]  # of training images
for name, other in (("the training images", copies), ("test images", against)):
    fd = {k: metrics.frechet_distance(features[k], other) for k in ("long", "brief")}
    thief = metrics.frechet_distance(copies, other)
    assert thief < 0.1 * fd["long"] < fd["brief"] and (thief < 1e-6) == (other is copies)
    print(f"against {name}: a thief's FD is {abs(thief):.1f}, less than a tenth of any GAN's")

# %% [markdown]
# **See**: against the training images a thief is not only the best, but perfect: FD is 0, but for rounding. Against test images it is still the best by far. So the split matters, and FD does not find the thief on either. Section 7 does.
#
# State the split whenever you print an FD: of what, against which images, how many of each, in which features.

# %% [markdown]
# ## 5 · Good, or varied?
#
# One number cannot say *what* is wrong. Four numbers by nearest neighbours try to. All draw balls: around each sample one that reaches to its k-th nearest neighbour of its own kind.
#
# | measure | asks | k |
# | --- | --- | --- |
# | precision | what share of made images lies in the ball of some real one? | 3 |
# | recall | what share of real images lies in the ball of some made one? | 3 |
# | density | in how many balls of real images does a made one lie, divided by k? It can be above 1 | 5 |
# | coverage | what share of the balls of real images has a made one in it? | 5 |
#
# Density and coverage use the balls of real images alone, so that an odd *made* sample cannot draw a large ball and claim all real images in it, as it can in recall. An odd *real* one still can (10 below), but counts as one ball among many. Here is coverage in five lines. A case to check by hand: real images at 0, 1, 2 and 10 on a line and k = 1, made ones at 0.5 and 3. The balls have radius 1, 1, 1 and 8, and each has a made one in it: 0.5 is near 0 and 1, 3 is near 2, and 10 reaches down to 2. Density: 0.5 lies in two balls and 3 in two, so it is 4/2 = 2.


# %%
def density_and_coverage(fake, real, k=5):
    to_real = torch.cdist(real, real).fill_diagonal_(torch.inf)
    radius = to_real.kthvalue(k, dim=1, keepdim=True).values  # (N, 1)
    inside = torch.cdist(real, fake) <= radius  # (N, M)
    return inside.double().sum().item() / (k * len(fake)), inside.any(1).double().mean().item()


line = torch.tensor([[0.0], [1.0], [2.0], [10.0]])
assert density_and_coverage(torch.tensor([[0.5], [3.0]]), line, k=1) == (2.0, 1.0)
few, few_real = features["long"][:FEW], test_features[reference[:FEW]]
ours, packaged = density_and_coverage(few, few_real), metrics.density_coverage(few, few_real)
assert all(math.isclose(a, b, abs_tol=2e-3) for a, b in zip(ours, packaged, strict=True))
print("by hand: density 2 and coverage 1; on garments the package's function agrees with ours")

# %% [markdown]
# A fifth number needs no k. The *two-sample test* gives each image the label, real or made, of its nearest neighbour among all the others. Where the two sets come from one distribution, it is right half the time. 1 means that they are told apart always. It is worth looking at real and made images apart: made images that are like each other find each other.
#
# Now all measures for all of the accused, with 2,000 samples each.

# %%
COLUMNS = ("FD", "KID", "precision", "recall", "density", "coverage", "two-sample", "on made")
BETTER = ("low", "low", "high", "high", "high", "high", "low", "low")


def measures(fake, real):
    """Return all measures of features (N, 64) against as many real ones, by name."""
    test = metrics.two_sample_test(fake, real)
    kid = metrics.kernel_distance(fake, real, subsets=10, size=len(real) // 2)
    found = metrics.frechet_distance(fake, real), kid, *metrics.precision_recall(fake, real)
    found += *metrics.density_coverage(fake, real), test.accuracy, test.on_fake
    return dict(zip(COLUMNS, found, strict=True))


# %%
table = {name: measures(features[name][:FEW], few_real) for name in images}
fig, ax = plt.subplots(figsize=(9, 3.4), layout="constrained")
values = [[*row.values()] for row in table.values()]
title = "Blurred, collapsed and repeating each look good in some column"
plots.show_table(ax, values, [*table], COLUMNS, better=BETTER, title=title)
plt.show()
ranked = sorted(table, key=lambda name: table[name]["FD"])
assert ranked[:3] == ["floor", "repeating", "long"]
print("FD likes best, in this order:", ", ".join(ranked[:3]))

# %%
f, b, c, r = (table[name] for name in ("floor", "blurred", "collapsed", "repeating"))
assert 2 / 3 < b["FD"] / c["FD"] < 3 / 2
print("FD: blurred and collapsed are within a factor of 1.5 of each other")
assert b["precision"] > f["precision"] and b["density"] > 1.1 * f["density"] and b["recall"] < 0.2
print("blurred: precision and density above those of real images; recall below 0.2")
assert abs(c["precision"] - f["precision"]) < 0.05 and 0.45 < c["recall"] < f["recall"] - 0.1
print("collapsed: precision as of real images; recall lower by more than 0.1, yet above 0.45")
assert c["two-sample"] < 0.65 < 0.85 < b["two-sample"]
print("two-sample test: above 0.85 for blurred, below 0.65 for collapsed")
assert r["precision"] > 0.8 and r["recall"] < 0.02 and r["coverage"] < 0.7 and r["on made"] > 0.97
print("repeating: precision above 0.8; recall 0.0, coverage below 0.7")

# %% [markdown]
# **See**, row by row:
#
# - **Blurred** and **collapsed** have much the same FD. Precision and recall tell them apart, but not as their names promise: blur has *high* precision, since it takes away what is unusual and moves every image towards the middle of the crowd, and its recall is near zero, far below that of the collapsed one, since images that are closer together draw smaller balls. Who reads "low recall" as "classes are missing" takes the blur for a collapse. The two-sample test sees the difference: blurred images are found out nearly always, those of the seven classes that are left little more often than by guessing.
# - **Repeating** has a better FD than any GAN here, with 400 images in all. Mean and covariance of 400 images are nearly right, and that is all that FD asks. Recall and coverage see it (recall is 0 since each image is there five times: its third neighbour is a twin, and its ball has no radius), and so does "on made": the nearest neighbour of a made image is its own twin.
# - The **floor** has a coverage of about 0.97, not 1. With as many made as real images and k = 5, even a perfect generator misses $1/2^5$ of the balls by chance: a ball is missed when its five nearest images are all real, and each is real or made with chance ½.

# %% [markdown]
# ## 6 · Are the samples of use?
#
# Another way to judge: train a classifier on the *made* images and test it on real ones (Ravuri and Vinyals 2019). It learns what the samples teach; what they leave out, it does not know.
#
# Our generators make images without labels. So we let the course's classifier label them, and be honest about it: these are *pseudo-labels*, and some are wrong. To see what that costs, the first two rows use the same real images, once with their true labels and once with pseudo-labels. Even that is kind to the pseudo-labels: the classifier was trained on these very images.


# %%
def accuracy_of(images, labels):
    """Train a small classifier on images, and return its accuracy on each class of the test images, (10,)."""
    seed_everything(SEED)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    set_threads(network)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(FIT_STEPS):
        chosen = torch.randint(len(images), (128,))
        optimiser.zero_grad()
        cross_entropy(network(images[chosen]), labels[chosen]).backward()
        optimiser.step()
    with torch.no_grad():
        guessed = torch.cat([network(to_float(part)).argmax(1) for part in test.images.split(1000)])
    return torch.tensor([(guessed[test.labels == k] == k).double().mean() for k in range(10)])


def pseudo_labels(name):
    """Return the classes that the course's classifier gives to a generator's images, from their features."""
    with torch.no_grad():
        return metrics.classifier().out(features[name]).argmax(1)


useful = {"real, true labels": accuracy_of(real, labels)}
useful["real, pseudo-labels"] = accuracy_of(real, pseudo_labels("floor"))
for name in ("long", "brief", "blurred", "collapsed", "repeating"):
    useful[name] = accuracy_of(images[name], pseudo_labels(name))

# %%
fig, ax = plt.subplots(figsize=(9, 3.2), layout="constrained")
names = [name.replace("/", "/\n") for name in test.classes]
plots.show_table(
    ax,
    torch.stack([*useful.values()]),
    [*useful],
    names,
    title="What a classifier has learnt, by class of real image",
)
ax.tick_params(axis="x", labelsize="small")
plt.show()
mean = {name: each.mean().item() for name, each in useful.items()}
assert abs(mean["real, true labels"] - mean["real, pseudo-labels"]) < 0.04
print("pseudo-labels cost less than 0.04 of accuracy, on average over the classes")
assert useful["collapsed"][KEPT:].mean() < 0.15 and mean["collapsed"] < 0.65
print("trained on collapsed samples, it recognises less than 15 in 100 of the three classes that are missing")
assert 0.68 < mean["long"] < mean["real, pseudo-labels"]
print("trained on the long GAN's samples: above 0.68, and below real images")
assert mean["blurred"] > mean["real, pseudo-labels"] - 0.1
print("trained on blurred images: less than 0.1 below sharp ones")

# %% [markdown]
# **See**: a class near 0 is missing, and the table says *which* (a low one may only be spoilt); no number so far did that. It costs a training for each generator; and it says nothing about beauty, since blurred garments teach nearly as much as sharp ones.

# %% [markdown]
# ## 7 · The thief
#
# A thief mixes *stolen* images, from the training set, into the samples of the long-trained GAN. Let the share of stolen images grow. **Predict**: which of the measures get worse?
#
# What can give a thief away is that its images lie too near to training images. How near is too near? Ask *held-out* real images, which nobody trained on: some of them lie near a training image too. `metrics.distance_to_training` takes the distance of every image to its nearest training image, looks where the nearest 1 in 100 of the held-out images lie, and returns the share of samples that are nearer still. Who steals nothing has about 0.01, or less.
#
# The distance here is between pixels, for all 60,000 training images. To make that quick, each image is first turned into 64 numbers, its *principal components*: the directions of pixel space in which images differ most.

# %%
flat = real.flatten(1)
centre = flat.mean(0)
axes = torch.linalg.eigh((flat - centre).T.cov().double()).eigenvectors[:, -64:].float()  # (784, 64)


def components(images):
    return (images.flatten(1) - centre) @ axes


training = torch.cat([components(to_float(part)) for part in train.images[order[:SEARCHED]].split(5000)])
test_components = components(to_float(test.images[reference]))
held_out = test_components[COUNT : COUNT + FEW]
kept_share = (test_components.var(0).sum() / to_float(test.images).flatten(1).var(0).sum()).item()
assert kept_share > 0.85
print("64 principal components hold more than 85 % of the variance of the 784 pixels")

# %%
# "median": of the distances to the nearest training image; "closer": the share as near as 1 % of held-out images are
honest, stolen = components(images["long"][:FEW]), components(real[:FEW])
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
thieves = {}
for share in SHARES:
    count = round(share * FEW)
    mixed = torch.cat([features["floor"][:count], features["long"][count:FEW]])
    distance = metrics.distance_to_training(torch.cat([stolen[:count], honest[count:]]), training, held_out)
    thieves[share] = measures(mixed, few_real) | {"median": distance.samples, "closer": distance.closer}

shown = ("FD", "precision", "recall", "coverage", "two-sample", "median", "closer")
fig, ax = plt.subplots(figsize=(9, 3.4), layout="constrained")
values = [[row[name] for name in shown] for row in thieves.values()]
better = ("low", "high", "high", "high", "low", "high", "low")
title = "The more is stolen, the better all look but the last two"
plots.show_table(ax, values, [f"{share:.0%} stolen" for share in SHARES], shown, better, title=title)
plt.show()
fd = [row["FD"] for row in thieves.values()]
steps = fd[:1] + fd[3:]  # one or two stolen images in a hundred change FD less than chance does
assert steps == sorted(steps, reverse=True) and fd[-1] < 0.2 * fd[0]
print("FD falls with every further share from 5 % on, to less than a fifth")

# %%
sure = 0.01 + 3 * math.sqrt(0.01 * 0.99 / FEW)  # beyond what chance does to an honest generator
for name, sign in (("precision", 1), ("coverage", 1), ("two-sample", -1)):
    assert sign * (thieves[1.0][name] - thieves[0.0][name]) > 0.1
print("precision, coverage and the two-sample test get better too")
assert all(abs(row["closer"] - share) < 0.02 for share, row in thieves.items())
print("'closer' is the share that was stolen, to within 0.02")
caught = [share for share, row in thieves.items() if row["closer"] > sure]
assert min(caught) == 0.02 and thieves[0.25]["median"] > 1 > thieves[1.0]["median"]
print(f"an honest generator has 0.01, and by chance below {sure:.3f}: the thief is caught at {min(caught):.0%}")

# %% [markdown]
# **See**: all measures but the last two praise the thief. (Wholly stolen samples are the floor itself.) Only the distance to the training set sees it, from 2 stolen images in a hundred on. Its median does so only from one half on: a *share* finds few copies among many, a median does not.
#
# ### A disguise
#
# And a thief who moves each stolen image by one pixel?

# %%
moved = real[:FEW].roll(1, dims=3)
plain, disguised, back = (
    metrics.distance_to_training(components(x), training, held_out)
    for x in (real[:FEW], moved, moved.roll(-1, dims=3))
)
assert plain.closer == back.closer == 1 and disguised.closer < 0.1 and disguised.samples > disguised.held_out
print("of stolen images all are found; moved by one pixel, less than a tenth, and they even seem further away")
print("than held-out images are. Moved back, all are found again")

# %% [markdown]
# **See**: "near" is near in *these* numbers. A pixel distance finds copies of pixels. For disguises, compare with the training images moved, mirrored and brightened as well, or use features that ignore such changes; and say which you tried. That no copy was found is no proof that there is none.

# %% [markdown]
# ## 8 · Other features, another order?
#
# All distances so far (but the thief's) were taken in the features of one classifier. It was trained to tell classes, and may not look at anything else. Let two others judge:
#
# - a *random* network: three convolutions that were never trained, averaged over the image;
# - the 64 *principal components* of the pixels.
#
# **Predict**: will they put the accused in the same order?

# %%
seed_everything(SEED)
random_net = nn.Sequential(
    nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
    nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
    nn.Conv2d(64, 64, 3, padding=1), nn.LeakyReLU(0.2),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(),
)  # fmt: skip
set_threads(random_net)


def random_features(images):
    with torch.no_grad():
        return torch.cat([random_net(part) for part in images.split(200)])


few_test = to_float(test.images[reference[:FEW]])
judged_by = {
    "classifier": lambda name: few_real if name == "test" else features[name][:FEW],
    "random": lambda name: random_features(few_test if name == "test" else images[name][:FEW]),
    "components": lambda name: components(few_test if name == "test" else images[name][:FEW]),
}
fds = torch.zeros(len(images), len(judged_by))
for j, judge in enumerate(judged_by.values()):
    of_test = judge("test")
    unit = of_test.std(0).mean()  # so that each judge's numbers have a usual size
    for i, name in enumerate(images):
        fds[i, j] = metrics.frechet_distance(judge(name) / unit, of_test / unit)

# %%
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
plots.show_table(
    ax, fds, [*images], [*judged_by], better=["low"] * 3, title="FD by three judges: the order is not the same"
)
plt.show()
by = {name: dict(zip(judged_by, row.tolist(), strict=True)) for name, row in zip(images, fds, strict=True)}
b, c = by["blurred"], by["collapsed"]
assert b["random"] > 1.5 * c["random"] and c["components"] > 1.5 * b["components"]
print("random network: blurred is more than 1.5 times as bad as collapsed")
print("principal components: collapsed is more than 1.5 times as bad as blurred")

# %% [markdown]
# **See**: the ranking flips. The two that one judge finds equally bad, the second and the third put in opposite order, by wide margins. Each is right about what it looks at: random filters react to edges, which blur takes away; the components hold large shapes, and three classes of shapes are missing. (Features are divided by their spread here, so the values are not those of section 5. And do not compare floors across judges: a floor is mostly bias, which each judge has of its own.) So "model A has a better FD than model B" is a statement about A, B *and the features*.

# %% [markdown]
# ## 9 · Break it: images of another range
#
# The classifier expects pixels in [−1, 1]. **Break it**: give it images in [0, 1]. Nothing in a network minds; it multiplies and adds. Libraries of metrics compute a number for such images, and say nothing.

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    wrong, wrong_test = (metrics.features((x + 1) / 2) for x in (real[:FEW], few_test))
one_wrong, both_wrong = (metrics.frechet_distance(wrong, x) for x in (few_real, wrong_test))
assert one_wrong > 10 and both_wrong < 0.1 and len(caught) == 2
print("real images in [0, 1] against test images in [−1, 1]: FD above 10, worse than any GAN here")
print("both in [0, 1]: FD below 0.1, and nothing looks wrong; it is a number about other features")
print("the course's features warn:", str(caught[0].message).split(":")[0])
for images_given in ((real + 1) / 2, (real + 1) * 127.5):
    try:
        metrics.quality(images_given.repeat(2, 1, 1, 1))
    except ValueError as error:
        print("quality refuses:", str(error).replace("quality needs images in [-1, 1]; ", ""))

# %% [markdown]
# **See**: a wrong range on one side makes good images bad; on both sides it hides. Look at the smallest and the largest value of both sets before any measure.

# %% [markdown]
# ## 10 · People
#
# In the end people look at images. Show a person real and made images one by one, and ask which is which. Who cannot tell is right half the time.
#
# Twenty answers are few, so a score needs its *confidence interval*. The naive one, share ± 1.96 · √(share (1 − share)/n), has width zero when all answers are right. Wilson's (1927) asks instead: for which true shares $p$ is the score that was seen not too unusual, $|\hat p - p| \le z\sqrt{p(1-p)/n}$? Solve that for p. With $\hat p$ the share of right answers among $n$ and $z$ = 1.96:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n}+\frac{z^2}{4n^2}}}{1+\frac{z^2}{n}}$$


# %%
z_95 = NormalDist().inv_cdf(0.975)  # 1.96


def wilson(right, n):
    share = right / n
    middle, reach = share + z_95**2 / (2 * n), z_95 * math.sqrt(share * (1 - share) / n + z_95**2 / (4 * n**2))
    return (middle - reach) / (1 + z_95**2 / n), (middle + reach) / (1 + z_95**2 / n)


def naive(right, n):
    share = right / n
    return share - z_95 * math.sqrt(share * (1 - share) / n), share + z_95 * math.sqrt(share * (1 - share) / n)


def holds(interval, p, n):
    """Return how probable it is that the interval of n answers, each right with probability p, has p in it."""
    chance = (math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1))
    return sum(c for k, c in enumerate(chance) if interval(k, n)[0] <= p <= interval(k, n)[1])


assert all(math.isclose(a, b) for a, b in zip(wilson(13, 20), metrics.share_interval(13, 20), strict=True))
chances = holds(wilson, 0.9, 20), holds(naive, 0.9, 20)
print(
    f"p = 0.9, 20 answers: Wilson's holds p with probability {chances[0]:.2f}, the naive one {chances[1]:.2f}"
)
for right in (10, 13, 15, 20):
    low, high = wilson(right, 20)
    print(f"{right} of 20 right: {low:.0%} to {high:.0%}{', may be guessing' if low < 0.5 else ''}")
needed = next(n for n in range(10, 1000, 10) if wilson(6 * n // 10, n)[0] > 0.5)
print(f"of scores of six in ten, that of {needed} answers is the first which excludes guessing")

# %% [markdown]
# Your turn: 20 images against `brief`, then 20 against `long`. Press a button, or go to one with Tab and press Enter. **Predict** your score first.

# %%
of_brief = Quiz(few_test, images["brief"], questions=20, seed=SEED)
of_brief

# %%
of_long = Quiz(few_test, images["long"], questions=20, seed=SEED + 1)
of_long

# %%
for name, quiz in (("brief", of_brief), ("long", of_long)):
    if quiz.answers:
        low, high = wilson(sum(quiz.answers), len(quiz.answers))
        print(f"{name}: {sum(quiz.answers)} of {len(quiz.answers)} right, {low:.0%} to {high:.0%}")
    else:
        print(f"{name}: no answers yet; answer some questions, then run this cell again")

# %% [markdown]
# **See**: do your two intervals overlap? If they do not, the two generators fool you to different degrees. If they do, this does not tell: a difference can be more than chance though the intervals overlap a little. Three more cautions: you saw the right answer after each question, and learn from it; pixels of 28×28 images hide much; and people judge one image at a time, so no person notices that a generator repeats itself, leaves classes out, or steals.

# %% [markdown]
# ## 11 · The sandbox
#
# Now make your own fault. The images are real ones that are *not* among the 5,000 training images of this box, so with all sliders at their start the generator is perfect. Blur it, add noise, drop classes, repeat images, steal; change N. All measures move together, and the black mark is each one's floor: what real images get at that N.
#
# "closer" is the measure of section 7, here against 5,000 training images; "on made" is the two-sample test on made images alone.
#
# **Try**: which measures does each slider move? Which slider moves the last bar alone? Which floor changes most when only N does?

# %%
box = train.images[order[COUNT : COUNT + 6000]], train.labels[order[COUNT : COUNT + 6000]]
box_training, box_features = training[:COUNT], features["floor"]
box_held_out = test_components[COUNT : COUNT + 1000]


def faulty(blur, noise, dropped, repeats, stolen, N):
    """Return images, features and components of N samples with these faults; stolen ones come first."""
    unique = -(-N // repeats)
    made = to_float(box[0][box[1] < 10 - dropped][:unique])
    made = gaussian_blur(made, 9, blur) if blur else made
    if noise:
        made = (made + noise * torch.randn(made.shape, generator=seeded(6))).clamp(-1, 1)
    taken, again = round(stolen * N), torch.arange(N) % len(made)
    parts = metrics.features(made)[again[taken:]], components(made)[again[taken:]]
    found = torch.cat([box_features[:taken], parts[0]]), torch.cat([box_training[:taken], parts[1]])
    return torch.cat([real[:taken], made[again[taken:]]]), *found


def judged(blur=0.0, noise=0.0, dropped_classes=0, repeats=1, stolen_share=0.0, N=1000):
    """Return samples with these faults, and all their measures by name."""
    shown, fake, parts = faulty(blur, noise, dropped_classes, repeats, stolen_share, N)
    found = measures(fake, test_features[reference[:N]])
    return shown, found | {"closer": metrics.distance_to_training(parts, box_training, box_held_out).closer}


# %%
SIZES = [200, 500, 1000]
FLOORS = {N: judged(N=N)[1] for N in SIZES}
WORST = dict(zip((*COLUMNS, "closer"), (20, 1, 1, 1, 1.5, 1, 1, 1, 1), strict=True))  # length of a whole bar
WISH = dict(zip(WORST, (*BETTER, "low"), strict=True))


def draw_sandbox(figure, **faults):
    shown, found = judged(**faults)
    left, right = figure.subplots(1, 2, width_ratios=(1, 2))
    spread = torch.linspace(0, len(shown) - 1, 16).long()
    plots.show_images(left, shown[spread].clamp(-1, 1), columns=4, title="16 of the samples")
    share = [min(1, max(0, found[name] / WORST[name])) for name in WORST]
    names = [f"{name} ({WISH[name]} is good)" for name in WORST]
    plots.show_bars(right, share, names)
    floors = FLOORS[faults["N"]]
    for i, (name, value) in enumerate(found.items()):
        mark = min(1, max(0, floors[name] / WORST[name]))
        right.plot([mark, mark], [i - 0.45, i + 0.45], color="black", lw=2)
        right.text(1.02, i, f"{value:.2f}  floor {floors[name]:.2f}", va="center", fontsize="small")
    right.set(title="Each measure, and its floor in black", xlim=(0, 1.4), xticks=[])
    changed = [k for k in WORST if abs(found[k] - floors[k]) > 0.05 * WORST[k]]
    return "away from their floor: " + (", ".join(changed) or "none")


assert FLOORS[200]["FD"] > 2 * FLOORS[1000]["FD"]
print("FD's floor at N = 200 is more than twice that at N = 1,000")

# %%
FigureExplorer(
    draw_sandbox, size=(10, 4), N=SIZES,
    blur=(0.0, 1.5, 0.1, 0.0), noise=(0.0, 0.5, 0.05, 0.0), dropped_classes=(0, 8, 1, 0),
    repeats=(1, 20, 1, 1), stolen_share=(0.0, 1.0, 0.05, 0.0),
)  # fmt: skip

# %% [markdown]
# **See**, with N at 1,000 (with 200, chance moves some more): a little blur moves nearly all of them, and lifts precision and density; noise moves all but "closer", and lowers these two; dropped classes move FD, KID, recall and coverage, and "two-sample" and "on made" a little; repeats move recall, coverage, "two-sample" and "on made", from a dozen on FD and KID too, and precision hardly; the stolen share moves "closer" alone. And N alone moves FD: at 200 its floor is more than twice that at 1,000, so an FD without its N, or without its floor, says nothing.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 09.1 (★★, 10 min): coverage
#
# Section 5 computed density and coverage together. Write coverage alone, from what it means: the share of *real* samples whose ball has a made sample in it. The ball of a real sample reaches to its k-th nearest *other* real sample, and what lies exactly on its edge is inside. `fake` is (M, F), `real` (N, F); return one number.


# %%
def coverage(fake, real, k):
    ### BEGIN SOLUTION
    to_real = torch.cdist(real, real).fill_diagonal_(math.inf)
    radius = to_real.kthvalue(k, dim=1).values  # (N,)
    return (torch.cdist(real, fake).amin(1) <= radius).double().mean().item()
    ### END SOLUTION


check("09.1", coverage)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.cdist(a, b)` is the table of distances, (len(a), len(b)). A sample is nearest to itself, at distance 0: it must not count as its own neighbour. A ball has a made sample in it where the nearest made one is within its radius.
#
# </details>

# %% [markdown] tags=["solution"]
# The radius belongs to each real sample, and comes from the distances among the real ones, with the sample itself left out. A ball is covered as soon as the nearest made sample is inside, so the smallest distance in each row decides. The mean is over the real samples: over the made ones it would be a precision.

# %% [markdown]
# ### Exercise 09.2 (★, 5 min): FD for N → ∞ from two numbers
#
# A report says of model A: FD 3.50 with 400 samples, 2.75 with 1,000; of model B: FD 2.50 with 8,000 samples, and no more. "B wins." Take the bias to be c/N. Write a function that computes FD for N → ∞ from FD at two numbers of samples, and see what A has.


# %%
def without_bias(n, fd_n, m, fd_m):
    ### BEGIN SOLUTION
    return (n * fd_n - m * fd_m) / (n - m)
    ### END SOLUTION


check("09.2", without_bias)

# %% [markdown]
# <details><summary>Hint</summary>
#
# There are two unknowns, FD∞ and c, and two equations: FD∞ + c/n = `fd_n` and FD∞ + c/m = `fd_m`. Multiply the first by n and the second by m, and subtract.
#
# </details>
#
# When it is right, compute `without_bias(400, 3.50, 1000, 2.75)`: A is the better one, unless B's own bias, which a second number would tell, is larger than the difference of 0.25.

# %% [markdown] tags=["solution"]
# n · FD(n) = n · FD∞ + c, and the same for m; the difference has no c in it: n · FD(n) − m · FD(m) = (n − m) · FD∞. For A it is (1400 − 2750)/(400 − 1000) = 2.25, below 2.50, which B has *with* what little bias is left at 8,000.

# %% [markdown]
# ### Exercise 09.3 (★★, 10 min): find the faults
#
# Two groups compare their generators, A and B, and write down how. Which lines make the comparison unfair or the result meaningless? Give the set of their letters.
#
# | line | |
# | --- | --- |
# | a | FD with 500 samples of A and 500 test images; with 10,000 samples of B and 10,000 test images |
# | b | the same classifier's features for both |
# | c | samples of A in [0, 1] as they are stored, samples of B in [−1, 1], as the classifier was trained |
# | d | compared with the images on which both were trained |
# | e | the floor printed beside: real training images against test images |
# | f | A trained with five seeds, of which the best is shown; B with one |
# | g | z drawn anew for every sample, none left out |


# %%
### BEGIN SOLUTION
faults = {"a", "c", "d", "f"}
### END SOLUTION

check("09.3", faults)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Four lines are at fault. Ask of each: is it the same for A and B? Would a thief win?
#
# </details>

# %% [markdown] tags=["solution"]
# a: the bias at 500 samples is twenty times that at 10,000. c: the features of A are those of a network that sees pale images; nothing raises an error. d: whoever hands out training images has FD 0. f: the best of five is better than a typical one, by luck alone; show all five, or the median. The other three are as they should be.

# %% [markdown]
# ### Exercise 09.4 (★★, 10 min): whose fault?
#
# Four generators were judged, with 2,000 samples each. Name each one's fault: `"honest"` (a GAN, none of the others), `"collapsed"` (only some classes), `"blurred"` or `"thief"`.
#
# | | FD | precision | recall | coverage | two-sample | closer |
# | --- | --- | --- | --- | --- | --- | --- |
# | A | 6.10 | 0.95 | 0.17 | 0.52 | 0.86 | 0.00 |
# | B | 1.10 | 0.79 | 0.86 | 0.88 | 0.61 | 0.25 |
# | C | 2.10 | 0.75 | 0.76 | 0.74 | 0.70 | 0.00 |
# | D | 5.90 | 0.89 | 0.70 | 0.79 | 0.55 | 0.01 |
# | floor | 0.12 | 0.89 | 0.86 | 0.97 | 0.50 | 0.01 |


# %%
### BEGIN SOLUTION
suspects = {"A": "blurred", "B": "thief", "C": "honest", "D": "collapsed"}
### END SOLUTION

check("09.4", suspects)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Begin with the last column. Then: whose samples can hardly be told from real ones, one by one, though FD is high? Whose precision is above that of real images?
#
# </details>

# %% [markdown] tags=["solution"]
# B has a quarter of its samples nearer to the training set than real images lie: a thief, and by FD the best. D's samples are found out no more often than by guessing, and its precision is the floor's: what it makes is right, but FD and coverage miss something: collapsed. A's precision is above the floor's and its recall is low: blurred. C has no number that stands out: an honest GAN, a little worse than real everywhere.

# %% [markdown]
# ## What you now know
#
# - FD is one formula on means and covariances. It is biased by c/N, with a c that depends on the model; it hardly sees repeats, likes a thief, and orders models otherwise in other features.
# - Each fault needs its own witness: recall and coverage for repeats, a classifier by class for what is missing, the two-sample test for what makes images unlike real ones, or too like each other, the distance to the training set for a thief. Read each beside its floor.
# - An evaluation is stated in full only with: how many samples, against which images, in which features, how many seeds, and the floor.
#
# **What this does not show**: which measure agrees best with people, since nobody was asked but you; how all this looks for colour images of usual size and Inception's features; how a thief is found who disguises the loot well. The faults here were made on purpose and came one at a time; a real GAN has some of each.
#
# **The document says** that its program evaluates the model on the test set, and prints D's loss on one training image. **In fact** one loss on one training image finds none of the faults of this lesson, and a test on training images would have given the thief the best mark.
#
# **Further reading**
#
# - Heusel et al., "GANs Trained by a Two Time-Scale Update Rule" (2017): where FID comes from; its appendix disturbs images as the sandbox does.
# - Chong and Forsyth, "Effectively Unbiased FID and Inception Score" (2020): the line in 1/N, and why the slope depends on the generator.
# - Naeem et al., "Reliable Fidelity and Diversity Metrics" (2020): what is wrong with precision and recall, and density and coverage instead.
# - Meehan, Chaudhuri and Dasgupta, "A Non-Parametric Test to Detect Data-Copying in Generative Models" (2020): the thief, region by region.
# - Zhou et al., "HYPE: A Benchmark for Human eYe Perceptual Evaluation" (2019): how to ask people properly.
