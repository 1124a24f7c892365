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
# # 11 · Conditional GANs: getting what you ask for
#
# **You will** give G and D one more argument, derive what D has to know about it, judge whether a request was granted, and ask for something that no training image shows.
#
# **Needs** lessons 05 and 06, and lesson 09 for the measures.
#
# **Time** 60 minutes to read and play, and 30 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.4 算法应用领域 (fields of application): of the systems that it names, Tacotron speaks a text that it is *given*. The document does not say how a GAN is asked for something.
#
# **Papers** Mirza and Osindero 2014 (conditional GANs) · Odena, Olah and Shlens 2017 (the auxiliary classifier) · Miyato and Koyama 2018 (projection) · Dumoulin et al. 2017 (conditional normalisation) · Gong et al. 2019 (what the auxiliary classifier costs) · Chen et al. 2016 (InfoGAN)

# %% [markdown]
# ## The question
#
# The GANs of the lessons before give you *some* garment. You want a boot. You could draw a hundred samples and keep the boots, or search for a z that gives one. Or you tell G what you want: a GAN with such a request is *conditional* (条件生成对抗网络). But G is not obliged to listen. Who makes it listen, what does that cost, and how would you notice if it did not?

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

import math
from itertools import islice

import matplotlib.pyplot as plt
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn.functional import cross_entropy, one_hot
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.data import Batches, avatars, digits, fashion_mnist, ring, to_float
from gan_lessons.exercises import check
from gan_lessons.networks import mlp
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import ImageExplorer, LossBoard

# %% tags=["parameters"]
SEED = 0
HEAPS = 8  # on the ring of section 1
POINTS = 256  # in a step, in sections 1 and 5
POINT_RATE = 2e-3  # Adam's learning rate there; β₁ = 0 and β₂ = 0.99 everywhere
RING_STEPS = 400
OVERLAP_STEPS = 800  # of each training in section 5

Z = 16  # numbers in the noise vector z, of all images
BATCH = 32
RATE = 4e-3  # at the start; it falls to zero
WIDTHS = (64, 32, 16)  # channels of the garments' networks, as in lesson 06
GAMMA = 1.0  # strength of R1, at every 8th step
DECAY = 0.99  # of the moving average of G
GARMENT_STEPS = 700

CODE_BATCH = 64
CODE_RATE = 1e-3
CODE_STEPS = 1500  # of InfoGAN

FACE_STEPS = 600
FACE_RATE = 3e-3

# %% [markdown]
# ## 1 · One more argument
#
# Mirza and Osindero (2014) changed one thing. Both networks get the request y as a further input: $G(z, y)$ and $D(x, y)$. For D, a training sample is now a *pair*, an image and its label. A real pair comes from the data. A generated pair is a request and what G made of it. So D can find fault in two ways: the image looks wrong, or it looks right but is not what was asked for.
#
# $$\min_G \max_D\; \mathbb{E}_{(x,y)}\big[\log \sigma(D(x, y))\big] + \mathbb{E}_{y,\,z}\big[\log(1-\sigma(D(G(z, y), y)))\big]$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $y$ | `y` (N, K) | the requests: for class k of K a vector of zeros with a 1 at place k (*one-hot*, 独热编码) |
# | $D(x, y)$ | `D(x, y)` (N,) | a logit, high for a real pair |
# | $G(z, y)$ | `G(z, y)` (N, …) | a sample on request |
#
# How does a network take two arguments? The plainest way is to lay them side by side, which is called *concatenation* (拼接). The ring of 8 heaps will do for a start: y says which heap.


# %% tags=["networks"]
class Concatenated(nn.Module):
    """A network that gets its second argument beside the first; beside an image, as channels of one colour each."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, y):
        y = y.view(*y.shape, *[1] * (x.dim() - 2)).expand(
            -1, -1, *x.shape[2:]
        )  # of an image: (N, K, height, width)
        return self.network(torch.cat([x, y], dim=1))


def one_of(count, size, generator=None):
    """Return `size` random requests for one of `count` classes: the classes (size,), and one-hot (size, count)."""
    classes = torch.randint(count, (size,), generator=generator)
    return classes, one_hot(classes, count).float()


def heaps(seed):
    """Yield batches of points on the ring (N, 2), each with its heap (N, HEAPS), without end."""
    data, generator = ring(HEAPS), torch.Generator().manual_seed(seed)
    while True:
        classes, y = one_of(HEAPS, POINTS, generator)
        yield data.centres[classes] + data.std * torch.randn(POINTS, 2, generator=generator), y


# %% [markdown]
# `d_step` and `g_step` take such arguments as `condition=(y,)`, and hand them to both networks. G's requests are those of the real batch: they occur as often as the classes do in the data. G's loss is the non-saturating one, as in lesson 06. The rest is as it was.
#
# **Predict**: G gets y. Must D get it, too? Below, one pair of networks is trained with a D that sees y, and one with a D that does not. After 400 steps, what share of the points lies in the heap that was asked for?


# %% tags=["networks"]
class Blind(nn.Module):
    """A D that is handed the request and does not look at it."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, y):
        return self.network(x)


def ring_game(D):
    """Return a new G for the ring, and an iterator that trains it against `D`."""
    G = Concatenated(mlp(Z + HEAPS, 2))
    set_threads(G, D)
    g_opt, d_opt = (
        torch.optim.Adam(net.parameters(), lr=POINT_RATE, betas=(0.0, 0.99), fused=True) for net in (G, D)
    )

    def d_update(batch):
        real, y = batch
        z = torch.randn(POINTS, Z)
        return d_step(G, D, d_opt, losses.non_saturating, real, z, condition=(y,), penalty=losses.r1(0.1))

    def g_update(batch):
        return g_step(G, D, g_opt, losses.non_saturating, torch.randn(POINTS, Z), condition=(batch[1],))

    return G, adversarial_steps(heaps(SEED), d_update, g_update)


# %%
seed_everything(SEED)
asked, y = one_of(HEAPS, 1000)
centres, made = ring(HEAPS).centres, {}
for name, D in (("D sees the request", Concatenated(mlp(2 + HEAPS, 1))), ("D does not", Blind(mlp(2, 1)))):
    G, game = ring_game(D)
    for _ in islice(game, RING_STEPS):
        pass
    with torch.no_grad():
        made[name] = G(torch.randn(1000, Z), y)

fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6), layout="constrained")
granted = {}
for ax, (name, points) in zip(axes, made.items()):
    granted[name] = (torch.cdist(points, centres).argmin(1) == asked).float().mean().item()
    for k in range(HEAPS):
        ax.scatter(*points[asked == k][:30].T, s=36, color=plt.cm.tab10(k), marker=f"${k}$", lw=0.3)
        ax.annotate(str(k), 1.3 * centres[k], ha="center", va="center", weight="bold")
    ax.set(title=f"{name}: {granted[name]:.0%} granted", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal")
plt.show()
assert granted["D sees the request"] > 0.98 and granted["D does not"] < 0.7
print(
    "a point is granted if it lies nearest to the heap that was asked for: more than 98 % of them where D sees"
)
print("the request, less than 70 % where it does not")

# %% [markdown]
# **See**: the numbers in the picture are requests, the bold ones beside the heaps are the right answers. Where D sees y, every request ends in its own heap. Where it does not, G is free to use y as more noise. (Some of its points also lie between the heaps; that has nothing to do with requests.) It may even send each request to one heap, but which one is chance: nobody has told it. So G listens because of D, not because y is there. Section 6 puts such free numbers to use.

# %% [markdown]
# ## 2 · What D has to know
#
# What is the best D of a conditional game? The reasoning of lesson 05 holds with pairs in place of images. Let $p$ be the density of real pairs and $q$ that of generated ones. The best logit is the log of their ratio, and $p(x, y) = p(y\mid x)\,p(x)$ cuts it in two:
#
# $$D^*(x, y) = \log \frac{p(x, y)}{q(x, y)} = \underbrace{\log\frac{p(y\mid x)}{q(y\mid x)}}_{\text{is it what was asked for?}} + \underbrace{\log\frac{p(x)}{q(x)}}_{\text{does it look real?}}$$
#
# Miyato and Koyama (2018) ask what form the first part has. Suppose that a classifier of the usual kind would be right for the real pairs, and another one, on the same features $\varphi(x)$, for the generated pairs: a *softmax* over scores that are linear in the features. So $\log p(y\mid x) = v^p_y\cdot\varphi(x) - \log S^p(x)$, where $S^p(x)$ is the sum over all classes that makes them probabilities; and so for q. The two $\log S$ do not depend on y, and can go to the second part:
#
# $$D^*(x,y) = \underbrace{(v^p_y - v^q_y)}_{v_y}\cdot\,\varphi(x) \;+\; \underbrace{\log\frac{p(x)}{q(x)} - \log S^p(x) + \log S^q(x)}_{\psi(x),\ \text{without } y}$$
#
# The request enters in *one* place, as a vector with which the features are multiplied: a *projection* (投影). How many features does it take? Look at a case in which everything is known. Real class k is a round Gaussian around $c_k$; G is not perfect yet, and makes a round Gaussian of another width around another place. Take the log ratio for many points x (rows) and all 8 classes (columns), and subtract from each row its mean: what is left depends on y. If it is $v_y\cdot\varphi(x)$ with few features, this matrix has a low *rank*: so many of its singular values (lesson 08) are not zero. For 8 columns the rank could be 7.
#
# **Predict** the rank. The log density of a Gaussian is $-\lVert x-c\rVert^2/2s^2$ and a number without x. Which parts of it depend on both x and the class?

# %%
torch.manual_seed(SEED)
real_centres = ring(HEAPS).centres.double()
fake_centres = real_centres + 0.5 * torch.randn(HEAPS, 2, dtype=torch.float64)
x = 4 * torch.rand(500, 2, dtype=torch.float64) - 2


def log_gaussian(x, centres, widths):
    """Return the log density at points x (N, 2) of K round Gaussians, (N, K)."""
    return -torch.cdist(x, centres).square() / (2 * widths**2) - torch.log(2 * math.pi * widths**2)


one_width, own_widths = torch.full((HEAPS,), 0.7).double(), 0.4 + 0.1 * torch.arange(HEAPS).double()
for name, widths in (
    ("all real classes of one width", 0.5 + 0 * own_widths),
    ("each of its own width", own_widths),
):
    ratio = log_gaussian(x, real_centres, widths) - log_gaussian(x, fake_centres, one_width)
    values = torch.linalg.svdvals(ratio - ratio.mean(1, keepdim=True))
    rank = int((values > 1e-9 * values[0]).sum())
    assert rank == (3 if widths[0] == widths[1] else 4) and values[rank] < 1e-14 * values[0]
    print(f"{name:<32} rank {rank}; the next value is rounding, below 1e-14 of the largest")

# %% [markdown]
# **See**: rank 3, for the features $x_1$, $x_2$ and 1. The square $\lVert x\rVert^2$ is the same for all classes if they have one width, so it belongs to ψ. Give each class its own width, and it becomes a fourth feature. The values after these are rounding errors.
#
# So if its features are rich enough, a D of this form loses nothing, and the request costs it *one vector for each class*. A D that gets y beside x has to find out by itself, with weights in every layer, how the two belong together. Whether that matters is a question for section 4. In the code ψ is linear in the features, too: they are trained, and can hold what ψ needs, or a 1.


# %% tags=["networks"]
class Projection(nn.Module):
    """D(x, y) = ψ(φ(x)) + v_y · φ(x), with features φ of `width` numbers."""

    def __init__(self, features, width, classes):
        super().__init__()
        self.features = features
        self.psi = nn.Linear(width, 1)
        self.v = nn.Linear(classes, width, bias=False)  # v(y) is the vector of class y

    def forward(self, x, y):
        h = self.features(x)
        return self.psi(h).squeeze(1) + (self.v(y) * h).sum(1)


# %% [markdown]
# ## 3 · Two judges
#
# How would you notice that G does not listen? Not by looking at one measure of all its samples. **Break it**: here is a G that makes *perfect* garments and never the right one: real training images, each handed out for the class *after* its own. Two judges look at it.
#
# - **Agreement**: the classifier of lesson 06 names each image. What share of the names is what was asked for? For comparison: its accuracy on test images, which it does not know.
# - **FD within the class**: the Fréchet distance between the samples for class k and the test images of class k, averaged over the ten. The floor is training images against test images, as many of each.
#
# A third number helps to read the second. The **variety within the class** is the spread of the samples for class k as a share of that of real images, in the classifier's features. One image for each class, a thousand times over, can have full agreement; its FD within the class is high, and a variety of 0 says why.

# %% tags=["networks"]
K = 10
train, test = fashion_mnist(), fashion_mnist(train=False)
EACH = 500  # samples of each class
WISHES = torch.arange(K).repeat_interleave(EACH)  # the classes asked for, (5000,)


def of_classes(images, labels):
    """Return the features of the first `EACH` images of each class, (K, EACH, 64)."""
    chosen = [(labels == k).nonzero().flatten()[:EACH] for k in range(K)]
    return metrics.features(to_float(images[torch.cat(chosen)])).unflatten(0, (K, EACH))


real_features = of_classes(test.images, test.labels)


def judged(features):
    """Return (agreement, FD within the class, variety within it, FD of all) of features (K, EACH, 64) by request."""
    names = metrics.classifier().out(features).argmax(-1)  # (K, EACH)
    agreement = (names == torch.arange(K)[:, None]).float().mean().item()
    pairs = [*zip(features, real_features)]
    within = sum(metrics.frechet_distance(made, real) for made, real in pairs) / K
    variety = sum((made.var(0).sum() / real.var(0).sum()).sqrt().item() for made, real in pairs) / K
    return (
        agreement,
        within,
        variety,
        metrics.frechet_distance(features.flatten(0, 1), real_features.flatten(0, 1)),
    )


# %%
right = of_classes(train.images, train.labels)
shifted = right.roll(1, dims=0)  # the request for class k gets images of class k − 1
table = torch.tensor([judged(features) for features in (right, shifted, real_features)], dtype=torch.float64)
print("handed out …                            agreement  FD within the class  variety  FD of all")
names = (
    "training images for their own class",
    "training images for the class after it",
    "the test images themselves",
)
for name, (agreement, within, variety, fd) in zip(names, table.tolist()):
    print(f"{name:<38} {agreement:10.0%} {abs(within):20.2f} {variety:8.2f} {abs(fd):10.2f}")
assert math.isclose(*table[:2, 3], rel_tol=1e-6) and table[2, 0] > 0.85 and table[1, 0] < 0.1

# %% [markdown]
# **See**: the FD of all is the same to the last digit, since it is the same set of images. Agreement and FD within the class see at once that no request was granted. (Variety does not: it asks how far the images of a request differ, not what they show.)
#
# And D? G is corrected for what D can *see*. Take the ring again, with wider heaps, and a G that makes each heap perfectly, but hands it out `shift` places further on. Lesson 05: the best D's loss is $2\log 2 - 2\,\mathrm{JSD}$, here by summing over a fine grid. Without requests, JSD compares the two rings as wholes. With requests, p and q are densities of pairs; each request is as frequent in both, so JSD is the mean over the requests of the JSD between the right heap and the one that was handed out.

# %%
ticks = torch.linspace(-6, 6, 241, dtype=torch.float64)
log_heap = log_gaussian(torch.cartesian_prod(ticks, ticks), real_centres, torch.full((HEAPS,), 0.5).double())
log_ring = log_heap.logsumexp(1, keepdim=True) - math.log(HEAPS)


def best_loss(log_p, log_q):
    """Return the loss of the best D between log densities at the points of the grid (points, …), for each …."""
    log_sum = torch.logaddexp(log_p, log_q)  # so that D = p / (p + q)
    at_points = log_p.exp() * (log_sum - log_p) + log_q.exp() * (log_sum - log_q)
    return at_points.sum(0) * (ticks[1] - ticks[0]) ** 2


paid = [best_loss(log_heap, log_heap.roll(shift, 1)).mean().item() for shift in range(5)]
without = best_loss(log_ring, log_ring).item()
print(f"the best D's loss without requests, for any shift: {without:.4f}; with requests:")
for shift in range(5):
    print(f"shift {shift}: {paid[shift]:.4f}")
assert abs(without - 2 * math.log(2)) < 1e-6 and abs(paid[0] - 2 * math.log(2)) < 1e-6
assert paid == sorted(paid, reverse=True) and paid[1] < 0.5

# %% [markdown]
# **See**: to a D without requests this G is perfect whatever the shift: the loss is 2 log 2 ≈ 1.3863, that of a D which can tell nothing. With requests the loss falls, nearly all of it at the first place, since heaps that lie 3 standard deviations apart hardly overlap. D has something to hold against G.

# %% [markdown]
# ## 4 · Garments on request
#
# Now there are three ways for D to look at the request. It can be laid beside the image (*concatenation*; as ten more channels, nine of zeros and one of ones). It can be multiplied with features (*projection*). Or D's logit never sees it, and D has a second head instead that *names* the class, with probabilities $C(y\mid x)$: the *auxiliary classifier* (辅助分类器; AC-GAN, Odena et al. 2017). D is trained to name real images by their labels and generated ones by their requests, and G to make images that are named as asked:
#
# $$L_D = -\,\mathbb{E}\log\sigma(D(x)) - \mathbb{E}\log(1-\sigma(D(G(z,y)))) \;-\; \mathbb{E}\log C(y\mid x) - \mathbb{E}\log C(y\mid G(z,y))$$
# $$L_G = -\,\mathbb{E}\log\sigma(D(G(z,y))) \;-\; \mathbb{E}\log C(y \mid G(z, y))$$
#
# For G there are two ways. Both start with z and y side by side. In one, that is all. In the other, each BatchNorm lets the request choose its scale and shift, too, so that y is heard in every layer: *conditional normalisation* (条件归一化; Dumoulin et al. 2017). Everything else is lesson 06's: sizes, rates, R1 at every eighth step, the average of G.


# %% tags=["networks"]
class Norm(nn.BatchNorm2d):
    """BatchNorm that is handed the request and does not look at it."""

    def forward(self, x, y):
        return super().forward(x)


class ConditionalNorm(nn.Module):
    """BatchNorm whose scale and shift depend on the request."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale, self.shift = nn.Linear(K, channels), nn.Linear(K, channels)
        for layer in (self.scale, self.shift):
            nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)

    def forward(self, x, y):
        scale, shift = self.scale(y)[..., None, None], self.shift(y)[..., None, None]
        return self.norm(x) * (1 + scale) + shift


# %% tags=["networks"]
class GarmentG(nn.Module):
    def __init__(self, norm):
        super().__init__()
        a, b, c = WIDTHS
        self.first = nn.Linear(Z + K, a * 7 * 7)
        self.norms = nn.ModuleList([norm(a), norm(b), norm(c)])
        self.layers = nn.ModuleList([nn.Conv2d(i, o, 3, padding=1) for i, o in ((a, b), (b, c), (c, 4))])

    def forward(self, z, y):
        x = self.first(torch.cat([z, y], dim=1)).unflatten(1, (-1, 7, 7))
        x = self.layers[0](self.norms[0](x, y).relu())
        x = nn.functional.interpolate(x, scale_factor=2)  # (N, 32, 14, 14)
        for norm, layer in zip(self.norms[1:], self.layers[1:]):
            x = layer(norm(x, y).relu())
        return nn.functional.pixel_shuffle(x, 2).tanh()  # (N, 1, 28, 28)


# %% tags=["networks"]
FEATURES = WIDTHS[0] * 7 * 7


def body(channels=1):
    """Return D's layers up to its features, (N, channels, 28, 28) → (N, FEATURES)."""
    a, b, c = WIDTHS
    return nn.Sequential(
        nn.Conv2d(channels, c, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 16, 14, 14)
        nn.Conv2d(c, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 32, 7, 7)
        nn.Conv2d(b, a, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),
    )  # fmt: skip


class Auxiliary(nn.Module):
    """A D that does not look at the request, with a second head that names the class."""

    def __init__(self, features, width, classes):
        super().__init__()
        self.features = features
        self.logit, self.names = nn.Linear(width, 1), nn.Linear(width, classes)

    def forward(self, x, y):
        return self.logit(self.features(x)).squeeze(1)

    def name(self, x):
        return self.names(self.features(x))  # (N, classes), the scores of the classes


# %% tags=["networks"]
def plain(channels=1):
    return nn.Sequential(body(channels), nn.Linear(FEATURES, 1), nn.Flatten(0))


DESIGNS = {
    "D is blind": (Norm, lambda: Blind(plain())),
    "concatenation": (Norm, lambda: Concatenated(plain(1 + K))),
    "projection": (Norm, lambda: Projection(body(), FEATURES, K)),
    "projection, conditional norm": (ConditionalNorm, lambda: Projection(body(), FEATURES, K)),
    "auxiliary classifier": (Norm, lambda: Auxiliary(body(), FEATURES, K)),
}


# %% tags=["networks"]
def auxiliary_g_step(G, D, optimizer, z, y):
    """Update G once: its samples shall look real, and be named as asked by D's second head."""
    fake = G(z, y)
    loss = losses.non_saturating.g(D(fake, y)) + cross_entropy(D.name(fake), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"g_loss": loss.item()}


# %% tags=["networks"]
def updates(G, D, rate, steps, batch, penalty):
    """Return the updates of D and of G for batches (images, y), and the schedules that let their rates fall."""
    g_opt, d_opt = (
        torch.optim.Adam(net.parameters(), lr=rate, betas=(0.0, 0.99), fused=True) for net in (G, D)
    )
    decay = [torch.optim.lr_scheduler.CosineAnnealingLR(opt, steps) for opt in (g_opt, d_opt)]
    loss, naming = losses.non_saturating, isinstance(D, Auxiliary)

    def d_update(pair):
        real, y = pair

        def both(D_of_y, real, fake):  # the auxiliary D's second task: to name real and generated images
            return penalty(D_of_y, real, fake) + sum(cross_entropy(D.name(x), y) for x in (real, fake))

        extra = both if naming else penalty
        return d_step(G, D, d_opt, loss, real, torch.randn(batch, Z), condition=(y,), penalty=extra)

    def g_update(pair):
        z, y = torch.randn(batch, Z), pair[1]
        return auxiliary_g_step(G, D, g_opt, z, y) if naming else g_step(G, D, g_opt, loss, z, condition=(y,))

    return d_update, g_update, decay


# %% tags=["networks"]
def averaged_game(G, D, batches, rate, steps):
    """Return G's average, and an iterator that trains G and D, and the average with them, for `steps` steps."""
    set_threads(G, D)
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True).eval()
    penalty = losses.Lazy(losses.r1(GAMMA), every=8)
    d_update, g_update, decay = updates(G, D, rate, steps, BATCH, penalty)

    def game():
        for logs in islice(adversarial_steps(batches, d_update, g_update), steps):
            average.update_parameters(G)
            for schedule in decay:
                schedule.step()
            yield logs

    return average, game()


def garment_game(design, seed, steps):
    """Return G's average and an iterator that trains it, for one of the `DESIGNS`."""
    seed_everything(seed)
    norm, new_d = DESIGNS[design]
    G, D = (net.to(memory_format=torch.channels_last) for net in (GarmentG(norm), new_d()))
    batches = Batches(train.images, BATCH, seed, labels=one_hot(train.labels, K).float())
    return averaged_game(G, D, batches, RATE, steps)


# %% tags=["networks"]
def on_request(G, classes, seed=1):
    """Return an image from G for each of the `classes` (N,), from noise that depends on `seed` alone."""
    z = torch.randn(len(classes), Z, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        parts = [G(noise, one_hot(part, K).float()) for noise, part in zip(z.split(500), classes.split(500))]
    return torch.cat(parts)


def judge(G):
    return judged(metrics.features(on_request(G, WISHES)).unflatten(0, (K, EACH)))


# %% [markdown]
# Five designs: the three D's, a D that is blind to the request as a control, and projection with conditional normalisation in G. One run of each would tell you about that run. So the table was made beforehand, with three seeds and 700 steps for each row, by `python tests/benchmarks/conditional.py` in the project's folder, which runs this notebook's own networks and judges; it takes some 6 minutes. **These numbers are stored, not computed here**; the picture shows medians. The last row is the floor and the ceiling of section 3: real training images.
#
# **Predict**: which design grants the most requests? Which comes closest to the real images of each class?

# %%
STORED = """
D is blind  0  0.116  45.20  1.49  6.74
D is blind  1  0.117  46.99  1.54  6.53
D is blind  2  0.113  45.91  1.50  7.73
concatenation  0  0.825  7.40  0.76  5.63
concatenation  1  0.824  6.95  0.76  5.37
concatenation  2  0.824  7.32  0.76  5.60
projection  0  0.873  4.01  0.78  3.05
projection  1  0.881  3.71  0.78  2.57
projection  2  0.855  4.48  0.81  3.34
projection, conditional norm  0  0.872  3.54  0.81  2.51
projection, conditional norm  1  0.887  3.68  0.78  2.68
projection, conditional norm  2  0.913  3.44  0.78  2.46
auxiliary classifier  0  0.967  7.87  0.65  5.75
auxiliary classifier  1  0.964  7.23  0.67  4.94
auxiliary classifier  2  0.953  8.36  0.64  6.18
"""
rows = [line.rsplit(maxsplit=5) for line in STORED.strip().splitlines()]  # design, seed, and four numbers
measured = {name: [] for name in DESIGNS}
for name, _, *numbers in rows:
    measured[name].append([float(number) for number in numbers])

# %%
blind, *others = torch.tensor([measured[name] for name in DESIGNS]).median(1).values  # (designs, 4)
print(
    "D is blind: agreement {:.2f}, FD within the class {:.1f}, FD of all {:.1f}".format(
        *blind[[0, 1, 3]].tolist()
    )
)
fig, ax = plt.subplots(figsize=(8.5, 2.6), layout="constrained")
columns = ("agreement", "FD within the class", "variety within", "FD of all")
names = [*[*DESIGNS][1:], "real training images"]
title = "The design that agrees most is not the nearest to the data"
shown = torch.stack([*others, table[0].float()])
plots.show_table(ax, shown, names, columns, better=["high", "low", "high", "low"], title=title)
plt.show()
concatenated, projected, normalised, auxiliary = (row.tolist() for row in others)
assert auxiliary[0] > table[:, 0].max() > max(concatenated[0], projected[0], normalised[0]) > 0.8
assert normalised[1] < projected[1] < 0.6 * concatenated[1] and auxiliary[1] > 1.5 * projected[1]
assert auxiliary[2] < 0.7 < min(concatenated[2], projected[2], normalised[2])

# %% [markdown]
# **See**, column by column:
#
# - *Agreement*. With a blind D it is what chance gives, a tenth. With the auxiliary classifier, samples agree with the request *more often than real images do*. That is no good sign: of real garments some look like those of another class, and of these fewer do.
# - *FD within the class*. Projection's is little more than half of concatenation's, and conditional normalisation lowers it again. The auxiliary classifier, first in agreement, is no better than concatenation here.
# - *Variety within the class*. The auxiliary classifier has the least. (For the blind D it means nothing: each of its "classes" holds all ten.)
# - *FD of all*. It does not know of requests, and yet it is lower with projection than with the blind D. Labels help G to make better images, not only the right ones.
#
# So the two judges disagree on the auxiliary classifier. Section 5 finds out why. First, train the best of the five yourself. **Predict**: if you give G the *same* z with ten requests, what will the ten garments have in common?

# %%
average, game = garment_game("projection, conditional norm", SEED, GARMENT_STEPS)
requests = torch.arange(K).repeat(4)  # four rows, in each of which every class is asked for
board = LossBoard(GARMENT_STEPS, sample=lambda: on_request(average, requests[:24]))

# %%
for logs in board.watch(game):
    board.update(logs)

# %%
z = torch.randn(4, Z, generator=torch.Generator().manual_seed(SEED)).repeat_interleave(K, dim=0)
with torch.no_grad():
    images = average(z, one_hot(requests, K).float())
fig, ax = plt.subplots(figsize=(6.5, 2.9))
plots.show_images(ax, images, columns=K, title="One z in each row, one request in each column")
plt.show()
print("requests, left to right:", ", ".join(test.classes))
agreement, within, _, _ = judge(average)
assert agreement > 0.75 and within < table[1, 1] / 5
print("granted: more than three quarters; FD within the class: less than a fifth of that of the shifted labels")

# %% [markdown]
# **See**: what a row has in common is what z decides: how bright the garment is, how wide, how coarse its texture. Nobody told the networks to use z for that. The class is decided by y; the rest is left to z, and the layers of G that work on it are the same for all classes.

# %% [markdown]
# ## 5 · What the auxiliary classifier costs
#
# Take three heaps on a line that overlap, and look at the task of the auxiliary classifier from G's side. G is told to make points that are *named as asked*. For the middle heap, the chance of that is largest at its very middle, and falls on both sides, where the neighbours' points lie. A real heap has points there all the same.
#
# **Predict** what G does with the middle heap, and with the two outer ones: if D is a projection, and if it has an auxiliary classifier.

# %%
LINE = torch.tensor([-1.5, 0.0, 1.5])  # the middles of the three heaps
SPREAD = 0.75  # their standard deviation


def on_a_line(seed):
    """Yield batches of points (N, 1), each with its heap (N, 3), without end."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        classes, y = one_of(3, POINTS, generator)
        yield LINE[classes, None] + SPREAD * torch.randn(POINTS, 1, generator=generator), y


def layers(inputs):
    return nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())


# %%
seed_everything(SEED)
made = {}
for name, D in (
    ("projection", Projection(layers(1), 64, 3)),
    ("auxiliary classifier", Auxiliary(layers(1), 64, 3)),
):
    G = Concatenated(nn.Sequential(layers(Z + 3), nn.Linear(64, 1)))
    set_threads(G, D)
    d_update, g_update, decay = updates(G, D, POINT_RATE, OVERLAP_STEPS, POINTS, losses.r1(0.1))
    for _ in islice(adversarial_steps(on_a_line(SEED), d_update, g_update), OVERLAP_STEPS):
        for schedule in decay:
            schedule.step()
    wishes = torch.arange(3).repeat_interleave(2000)
    with torch.no_grad():
        made[name] = G(torch.randn(6000, Z), one_hot(wishes, 3).float()).view(3, 2000)


# %%
def chance(x):
    """Return the true chance of each heap at points x (…), as (3, …): the best that any C can know."""
    return torch.stack([torch.distributions.Normal(middle, SPREAD).log_prob(x) for middle in LINE]).softmax(0)


# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 2.9), sharey=True, layout="constrained")
places = torch.linspace(-4, 4, 200)
for ax, (name, points) in zip(axes, made.items()):
    for k, colour in enumerate((plots.FAKE, plots.GENERATOR, plots.DISCRIMINATOR)):
        shown = points[k].numpy()
        ax.hist(shown, bins=60, range=(-4, 4), density=True, color=colour, alpha=0.45, label=f"asked: {k}")
        ax.plot(places, torch.distributions.Normal(LINE[k], SPREAD).log_prob(places).exp(), color=colour)
    ax.plot(places, chance(places)[1], "k:", label="chance of 1")
    ax.set(title=name, xlabel="x", ylim=(0, 1.8))
axes[0].set_ylabel("density")
axes[0].legend(fontsize="small")
fig.suptitle("Samples on request (bars), and the real heaps (lines)")
plt.show()
made["perfect samples"] = LINE[:, None] + SPREAD * torch.randn(3, 2000)
costs = {name: -chance(points).diagonal(dim1=0, dim2=1).log().mean().item() for name, points in made.items()}
spread = {name: points[1].std().item() for name, points in made.items()}
assert spread["projection"] > 0.5 > 0.4 > spread["auxiliary classifier"]
assert costs["auxiliary classifier"] < 0.5 * costs["perfect samples"] < 0.7 * costs["projection"]
print("spread of the middle heap, 0.75 in the data: above 0.5 with projection, below 0.4 with the other")
print("what being named costs, −log C(y|x) for the true C: less than half of what perfect samples pay")

# %% [markdown]
# **See**: with the auxiliary classifier, G keeps only what is beyond doubt. The middle heap shrinks to where its chance (dotted) is high. The outer ones lose the side that faces it, and what belongs there is piled up at the edge. It is not that training has gone wrong. For its second task this G is *better than perfect samples*, which must pay for their overlap. The sum of both tasks is not smallest where the samples are like the data (Gong et al. 2019, who add a second classifier that takes this pull away). Projection has one task, and its best is the data.
#
# The table's numbers for garments fit this: with the auxiliary classifier more samples are named as asked than of real images, and each class varies less.

# %% [markdown]
# ## 6 · Codes that nobody named: InfoGAN
#
# All of this needs labels. Chen et al. (2016) ask what happens without. G gets a code c, a number from 0 to 9 at random, and no one says what it should mean. There is one demand: it must *not get lost*. Whoever sees the image should be able to tell its code. In the words of information theory, the *mutual information* (互信息) of code and image should be large:
#
# $$I(c;\,G(z,c)) = H(c) - H(c \mid G(z,c))$$
#
# Here H is the entropy: how unsure one is of c, before seeing the image and after it. Before, that is log 10, since ten codes are equally frequent. After, it is $-\mathbb{E}\log P(c\mid x)$, where P is the true chance of code c for an image x of G's. Nobody knows P. But any guess Q will do for a *bound*: for each x,
#
# $$\mathbb{E}_{c\sim P(\cdot\mid x)}\log P(c\mid x) - \mathbb{E}_{c\sim P(\cdot\mid x)}\log Q(c\mid x) = \mathrm{KL}\big(P(\cdot\mid x)\,\big\|\,Q(\cdot\mid x)\big) \ge 0$$
#
# (lesson 05: a KL divergence is never negative). Now take the mean over G's images. To draw an image, and then a code by P, gives the same pairs as to draw a code, and then its image. So
#
# $$I(c;\,G(z,c)) \;\ge\; \log 10 + \mathbb{E}_{c,\,z}\log Q(c\mid G(z,c)) =: L_I$$
#
# That is log 10 minus a cross-entropy. A network Q that names the code can be trained together with G to raise $L_I$. Now look: a second head on D that names something, and a G that wants to be named right. InfoGAN is the auxiliary classifier without labels.
#
# The data are the 8×8 digits of lesson 01, without their labels. Q is D's second head. Its weights are in G's optimiser, since both want the same. For comparison, a second pair is trained in which Q learns as before, but G does not hear of it.
#
# **Predict**: how high does $L_I$ get? More than log 10 ≈ 2.303 is not possible. And will the ten codes be the ten digits?

# %%
numerals = digits()


class DigitG(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(Z + K, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 64), nn.Tanh()
        )

    def forward(self, z, c):
        return self.layers(torch.cat([z, c], dim=1)).view(-1, 1, 8, 8)


def digit_d():
    """Return a D of 8×8 images whose second head is Q."""
    features = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 128), nn.LeakyReLU(0.2), nn.Linear(128, 128), nn.LeakyReLU(0.2)
    )
    return Auxiliary(features, 128, K)


def code_optimiser(*parts):
    parameters = [weight for part in parts for weight in part.parameters()]
    return torch.optim.Adam(parameters, lr=CODE_RATE, betas=(0.0, 0.99), fused=True)


# %%
def info_updates(G, D, told):
    """Return the updates of D, and of G with Q, which raises the bound L_I; if not `told`, G has no part in that."""
    g_opt = code_optimiser(G, D.names)
    d_opt = code_optimiser(D.features, D.logit)
    penalty = losses.Lazy(losses.r1(0.3), every=4)

    def d_update(real):
        _, c = one_of(K, CODE_BATCH)
        z = torch.randn(CODE_BATCH, Z)
        return d_step(G, D, d_opt, losses.non_saturating, real, z, condition=(c,), penalty=penalty)

    def g_update(real):
        _, c = one_of(K, CODE_BATCH)
        fake = G(torch.randn(CODE_BATCH, Z), c)
        bound = math.log(K) - cross_entropy(D.name(fake if told else fake.detach()), c)
        loss = losses.non_saturating.g(D(fake, c)) - bound
        g_opt.zero_grad()
        loss.backward()
        g_opt.step()
        return {"g_loss": loss.item(), "bound": bound.item()}

    return d_update, g_update


# %%
coded, bounds = {}, {}
for name, told in (("G raises $L_I$", True), ("Q alone", False)):
    seed_everything(SEED)
    G, D = DigitG(), digit_d()
    set_threads(G, D)
    steps = adversarial_steps(Batches(numerals.images, CODE_BATCH, SEED), *info_updates(G, D, told))
    bounds[name] = [logs["bound"] for logs in islice(steps, CODE_STEPS)]
    coded[name] = G, D

fig, ax = plt.subplots(figsize=(6.5, 2.6))
for (name, values), dash in zip(bounds.items(), ("-", "--")):
    means = torch.tensor(values).unfold(0, 20, 20).mean(1)
    ax.plot(range(0, len(values), 20), means, dash, color=plots.GENERATOR, label=name)
ax.axhline(math.log(K), color="black", lw=1, linestyle=":", label="log 10")
ax.set(
    title="The bound climbs if G helps, and not if Q is alone", xlabel="step", ylabel="$L_I$", ylim=(-0.5, 2.5)
)
ax.legend(fontsize="small")
plt.show()
last = {name: sum(values[-100:]) / 100 for name, values in bounds.items()}
assert math.log(K) > last["G raises $L_I$"] > 2.1 and last["Q alone"] < 0.1
print("over the last 100 steps: above 2.1 of 2.303; if G does not hear of it, below 0.1")

# %% [markdown]
# Now what do the codes mean? A judge is needed that knows digits: a logistic regression on pixels, trained with the labels that the GAN did not see. Let it read 200 samples for each code, and count. Codes come in *any* order: that code 3 should make threes is nowhere written. So it would be wrong to count how often the digit equals the code. First match each code with one digit, one to one, such that as many samples as possible are right. The *Hungarian method* (匈牙利算法) finds the best of the 10! ways.
#
# But the best of 3.6 million ways will look good by chance, too. So there is a control: the same for the G that did not hear of $L_I$.

# %%
from sklearn.linear_model import LogisticRegression

pixels = to_float(numerals.images).flatten(1).numpy()
reader = LogisticRegression(max_iter=2000).fit(pixels[:1200], numerals.labels[:1200])
held = reader.score(pixels[1200:], numerals.labels[1200:])
print(f"the judge reads {held:.0%} of the 597 digits that it never saw")
codes = torch.arange(K).repeat_interleave(200)


def read(G):
    """Return how often each code (rows) was read as each digit (columns), (10, 10), and 4 samples of each code."""
    z = torch.randn(len(codes), Z, generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        images = G(z, one_hot(codes, K).float())
    seen = torch.from_numpy(reader.predict(images.flatten(1).numpy()))
    return torch.bincount(K * codes + seen, minlength=K * K).view(K, K), images.view(K, 200, 1, 8, 8)[:, :4]


# %%
counts, shown = read(coded["G raises $L_I$"][0])
rows, columns = linear_sum_assignment(counts, maximize=True)
by_digit = torch.from_numpy(columns).argsort()  # the code that was matched with 0, with 1, …
control, _ = read(coded["Q alone"][0])
matched = counts[rows, columns].sum().item() / len(codes)
by_chance = control[linear_sum_assignment(control, maximize=True)].sum().item() / len(codes)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained", width_ratios=(1, 1.7))
plots.show_images(
    left, shown[by_digit].transpose(0, 1).flatten(0, 1), columns=10, title="4 samples of each code"
)
names = [f"code {code}" for code in by_digit.tolist()]
title = f"Digits that were read: {matched:.0%} matched, {by_chance:.0%} for the control"
plots.show_table(right, counts[by_digit], names, range(10), form="{:.0f}", title=title)
plt.show()
assert matched > 0.5 > 0.3 > by_chance
print(
    "read as the digit that its code is matched with: more than half of the samples; of the control below 30 %"
)

# %% [markdown]
# **See**: the bound is near its maximum: from the image, Q can tell the code almost always. And yet the codes are not quite the digits. Often one code takes several digits, or two codes share a digit, written in two ways. $L_I$ asks that codes can be *told apart*. That they should be told apart by what we call a digit is our wish; nothing in the loss says so.
#
# One question that implementers stumble on: Q sits on D's features. Does its loss train them, too?

# %%
G, D = coded["G raises $L_I$"]
shared = [*D.features.parameters()]
D.zero_grad()
codes_asked, c = one_of(K, CODE_BATCH)
cross_entropy(D.name(G(torch.randn(CODE_BATCH, Z), c)), codes_asked).backward()  # Q's loss alone
reached = all(weight.grad.abs().sum() > 0 for weight in shared)
before = [weight.clone() for weight in shared]
_, g_update = info_updates(G, D, told=True)
g_update(None)
assert reached and all((old == new).all() for old, new in zip(before, shared))
print("Q's loss reaches the shared layers: it leaves a gradient in each of them;")
print("but G's optimiser does not hold these weights, so they do not move")

# %% [markdown]
# **See**: whether the shared layers learn from Q is decided by *which optimiser holds them*, not by the loss. Here they learn from D's loss alone (`d_step` clears the gradients that Q leaves). Both ways are found in public code, and only one line tells them apart. Look there before you compare results.

# %% [markdown]
# ## 7 · Never seen together
#
# A request may have several parts. The faces of `data/avatars` have eight known attributes, from the background to the hat. A request is now eight one-hot vectors, side by side, 26 numbers. Nothing else changes: projection multiplies the features with the sum of eight vectors, one for each part.
#
# There are 4 · 4 · 6 · 4 · 2⁴ = 6,144 requests, and 3,000 training faces, so most requests have never been shown. To take away the last hint, we leave out all faces with glasses **and** a hat. G sees glasses, and it sees hats, never both.
#
# **Predict**: then ask for both. Does G put on the one and drop the other? Does it mix them up? Or does it make what it has never seen?

# %% tags=["faces"]
people, held_out = avatars(), avatars(train=False)
COUNTS = [len(values) for values in people.attributes.values()]
GLASSES, HAT = (list(people.attributes).index(name) for name in ("glasses", "hat"))


def wish(labels):
    """Return requests for labels (N, 8): the one-hot vectors of the eight attributes side by side, (N, 26)."""
    return torch.cat([one_hot(column, count) for column, count in zip(labels.T, COUNTS)], dim=1).float()


def wish_of_pairs(labels):
    """Return requests (N, 26) in which neither, glasses, hat and both are four values of *one* attribute."""
    pair = one_hot(labels[:, GLASSES] + 2 * labels[:, HAT], 4)
    return torch.cat([wish(labels)[:, : sum(COUNTS[:GLASSES])], pair], dim=1)


class FaceG(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(Z + sum(COUNTS), 128 * 4 * 4), nn.Unflatten(1, (128, 4, 4)), nn.BatchNorm2d(128), nn.ReLU(),
            nn.Conv2d(128, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.Upsample(scale_factor=2),
            nn.Conv2d(64, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 48, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.2),  # (N, 12, 16, 16)
            nn.Conv2d(12, 3, 3, padding=1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z, y):
        return self.layers(torch.cat([z, y], dim=1))


# %% tags=["faces"]
def face_d():
    features = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 96, 4, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),
    )  # fmt: skip
    return Projection(features, 96 * 4 * 4, sum(COUNTS))


# %% tags=["faces"]
def face_game(words, kept, seed, steps):
    """Return G's average, and an iterator that trains it on the faces `kept` (3000,), asked for in `words`."""
    seed_everything(seed)
    G, D = (net.to(memory_format=torch.channels_last) for net in (FaceG(), face_d()))
    batches = Batches(people.images[kept], BATCH, seed, labels=words(people.labels[kept]))
    return averaged_game(G, D, batches, FACE_RATE, steps)


# %%
both = (people.labels[:, GLASSES] == 1) & (people.labels[:, HAT] == 1)
print(f"left out: {int(both.sum())} of {len(both):,} training faces, all that have glasses and a hat")
face_g, game = face_game(wish, ~both, SEED, FACE_STEPS)
fixed_z = torch.randn(40, Z)
board = LossBoard(FACE_STEPS, sample=lambda: face_g(fixed_z, wish(held_out.labels[:40])))

# %%
for logs in board.watch(game):
    board.update(logs)

# %% [markdown]
# If G can do it, then why? Perhaps because the request *has parts*: one number for glasses, one for a hat. To find out, a second G learns from the same faces, in other words. Its request has one attribute with four values, *neither*, *glasses*, *hat* and *both*; as many numbers as before, but "both" is a word of its own, which it never hears.
#
# Then each G is asked for the 1,000 held-out combinations, with glasses and hat changed in all four ways. The course's classifier of faces, which knows faces with both, says what it sees. **Predict** again, for the second G.

# %%
pair_g, game = face_game(wish_of_pairs, ~both, SEED, FACE_STEPS)
for _ in game:
    pass
PAIRS = {"neither": (0, 0), "glasses": (1, 0), "hat": (0, 1), "both": (1, 1)}
SPEAKERS = {"in parts": (face_g, wish), "as one word": (pair_g, wish_of_pairs)}


def faces_with(words, pair, count=1000):
    """Return faces on request, with glasses and hat by `pair`, and the labels that were asked for."""
    G, say = SPEAKERS[words]
    labels = held_out.labels[:count].clone()
    labels[:, GLASSES], labels[:, HAT] = pair
    z = torch.randn(count, Z, generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        return G(z, say(labels)), labels


granted = {}
for words in SPEAKERS:
    for asked, pair in PAIRS.items():
        faces, labels = faces_with(words, pair)
        right = metrics.predicted_attributes(faces)[0] == labels
        granted[words, asked] = (right[:, GLASSES] & right[:, HAT]).float().mean().item()

# %%
fig, axes = plt.subplots(1, 3, figsize=(8.5, 3), layout="constrained", width_ratios=(1, 1, 1.1))
for ax, words in zip(axes, SPEAKERS):
    rows = torch.cat([faces_with(words, pair, 4)[0] for pair in PAIRS.values()])
    plots.show_images(ax, rows, columns=4, title=f"requests {words}")
values = torch.tensor([[granted[words, asked] for words in SPEAKERS] for asked in PAIRS])
plots.show_table(axes[2], values, [*PAIRS], [*SPEAKERS], title="share of requests granted")
fig.suptitle("Asked for, from the top: neither, glasses, hat, both. Both were never seen together")
plt.show()
seen = [granted[words, asked] for words in SPEAKERS for asked in ("neither", "glasses", "hat")]
assert min(seen) > 0.9
assert granted["in parts", "both"] > 0.8 and granted["as one word", "both"] < 0.2
print("of requests that were shown, each G grants more than 90 %; of those for both, never shown,")
print("the G that is asked in parts grants more than 80 %, the one with a word for the pair less than 20 %")

# %% [markdown]
# **See**: G makes what it has never seen, most of the time, if it is asked *in parts*. A number that it knows goes into its first layer beside another that it knows. Nothing guarantees that the sum comes out right, and some requests fail. With a word for the pair, that word is as good as noise: its weights are those that chance gave them at the start. So what a GAN can make on request depends on how the request is put as much as on the images. (This is one pair of attributes, in two places of the picture. Whether it works for attributes that change each other's look is not tested here.)

# %% [markdown]
# ## 8 · Ask
#
# Two requests can also be *mixed*: y is a vector, and between two one-hot vectors lie others. Nobody has trained G there.
#
# **Predict**: what lies halfway between a bag and an ankle boot? Between a sandal and a trouser?


# %%
def mix(first, second, share, seed):
    y = torch.lerp(
        *(one_hot(torch.tensor(test.classes.index(name)), K).float() for name in (first, second)), share
    )
    z = torch.randn(16, Z, generator=torch.Generator().manual_seed(seed))
    images = average(z, y.expand(16, -1))
    names = torch.bincount(metrics.predicted_classes(images)[0], minlength=K)
    seen = ", ".join(f"{int(names[k])} × {test.classes[k]}" for k in names.argsort(descending=True) if names[k])
    return images, f"{1 - share:.0%} {first}, {share:.0%} {second}; the classifier sees {seen}"


garments = [*test.classes]
menus = {"first": garments[:9], "second": garments}
mixer = ImageExplorer(mix, columns=8, scale=3, share=(0.0, 1.0, 0.05, 0.5), seed=(0, 99, 1, 0), **menus)
mixer

# %% [markdown]
# 1. Move *share* from 0 to 1 and read the line below. Where does it change its mind? Do garments lie between that were not asked for?
# 2. Keep the request and move *seed*: what does z decide?
#
# The faces take eight requests at once. The menus begin with glasses and a hat, the pair that this G never saw.


# %%
def portrait(seed, **values):
    chosen = [people.attributes[name.replace("_", " ")].index(value) for name, value in values.items()]
    labels = torch.tensor(chosen).expand(16, -1)
    faces = face_g(torch.randn(16, Z, generator=torch.Generator().manual_seed(seed)), wish(labels))
    right = (metrics.predicted_attributes(faces)[0] == labels).sum(0).tolist()
    missed = [f"{name} {16 - count}" for name, count in zip(people.attributes, right) if count < 16]
    return (
        faces,
        f"not granted, of 16: {', '.join(missed)}" if missed else "all requests of all 16 faces granted",
    )


menus = {name.replace(" ", "_"): [*values] for name, values in people.attributes.items()}
portraits = ImageExplorer(portrait, columns=8, scale=5, seed=(0, 99, 1, 0), **menus)
portraits

# %% [markdown]
# 3. Ask for a combination, and count what is missed. Then change one attribute: does only that change in the faces, or do others move along?
#
# **See**: training has put weight on ten points of the space of requests, and on some thousand of the faces'. What lies between them is what the layers of G happen to make of it. Sometimes it is a thing in between, sometimes a third thing, sometimes nothing that has a name.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 11.1 (★★, 10 min): what does it cost not to listen?
#
# **Predict.** Ten classes, equally frequent, do not overlap: each image has one class beyond doubt. A G does not listen. It draws *real* images of a random class, whatever the request. What is the loss of the best D, which sees the requests? (As in section 3: the mean cross-entropy of real pairs plus that of generated pairs.) Give it to two decimals.

# %%
### BEGIN SOLUTION
loss_of_best_d = math.log(11 / 10) + math.log(11) / 10
### END SOLUTION

check("11.1", loss_of_best_d)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Look at one image x of class 3. For the pair (x, 3): how often does it come as a real one, and how often as a generated one? For the pair (x, 5)?
#
# </details>

# %% [markdown] tags=["solution"]
# A pair whose request is right comes ten times as often as a real one, since G hits the right request once in ten: the best D gives it the probability 10/11 of being real, and a wrong pair the probability 0. Real pairs cost −log(10/11) = 0.095. Generated ones are right in a tenth of cases and then cost −log(1/11) = 2.398; the others cost nothing. Together 0.095 + 0.240 = 0.335, far below 2 log 2 = 1.386, which a D without requests would pay.

# %% [markdown]
# ### Exercise 11.2 (★, 5 min): the projection
#
# Write D's logit of *one* sample from its features `h` (F,) and its request `y`, the number of a class. `w` (F,) and `b` (a number) make ψ, linear in h; `v` (K, F) holds one vector for each class. Return one number, whose slope can be followed.


# %%
def projection_logit(h, y, w, b, v):
    ### BEGIN SOLUTION
    return h @ w + b + h @ v[y]
    ### END SOLUTION


check("11.2", projection_logit)

# %% [markdown]
# <details><summary>Hint</summary>
#
# D = ψ(φ(x)) + v_y · φ(x), with φ(x) = h. Which row of `v` is asked for? `a @ b` is the product of two vectors, summed.
#
# </details>

# %% [markdown] tags=["solution"]
# ψ is `h @ w + b`, and the request adds `h @ v[y]`. Together that is `h @ (w + v[y]) + b`: the class moves the vector by which D looks at the features, and nothing else.

# %% [markdown]
# ### Exercise 11.3 (★, 5 min): the bound
#
# Write $L_I$ for K codes that are equally frequent: `scores` (N, K) are Q's scores of each sample (before the softmax), `codes` (N,) the codes it was made from. Return one number, whose slope can be followed.


# %%
def information_bound(scores, codes):
    ### BEGIN SOLUTION
    return math.log(scores.shape[1]) - cross_entropy(scores, codes)
    ### END SOLUTION


check("11.3", information_bound)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $L_I = \log K + \mathbb{E}\log Q(c\mid x)$, and `cross_entropy` is minus the mean of log Q, from scores. What does it give if Q knows nothing?
#
# </details>

# %% [markdown] tags=["solution"]
# A Q that knows nothing gives each code 1/K: the cross-entropy is log K, and the bound 0. A Q that is always sure and right has cross-entropy 0, and the bound is log K. It can be negative, for a Q that is sure and wrong; then it says nothing, since the information never is.

# %% [markdown]
# ### Exercise 11.4 (★, 5 min): match the codes
#
# **Predict.** A judge read 20 samples of each of three codes:
#
# | | read as 0 | read as 1 | read as 2 |
# | --- | --- | --- | --- |
# | code 0 | 10 | 9 | 1 |
# | code 1 | 9 | 1 | 10 |
# | code 2 | 3 | 4 | 13 |
#
# Each code is matched with one digit, one to one. What share of the 60 samples can be right at most?

# %%
### BEGIN SOLUTION
share_matched = 31 / 60
### END SOLUTION

check("11.4", share_matched)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three codes can be matched in six ways. Do not begin with the largest number and stop there.
#
# </details>

# %% [markdown] tags=["solution"]
# Code 0 with 1, code 1 with 0, code 2 with 2: 9 + 9 + 13 = 31, more than half. Taking the largest first (13, then 10) leaves 1 for code 1: 24. Each code by its own favourite would be 10 + 10 + 13 = 33, but two codes would have the same digit.

# %% [markdown]
# ### Exercise 11.5 (★★, 10 min): four generators
#
# Four generators of garments were asked for 500 samples of each class:
#
# | | agreement | FD within the class | variety within the class | FD of all |
# | --- | --- | --- | --- | --- |
# | A | 0.10 | 52.5 | 1.74 | 2.5 |
# | B | 0.90 | 20.0 | 0.00 | 12.1 |
# | C | 0.96 | 7.9 | 0.65 | 5.8 |
# | D | 0.00 | 76.6 | 0.82 | 2.5 |
#
# Name each one: `"deaf"` (it makes good garments and does not listen), `"shifted"` (it listens, but its labels were shifted by one in the data), `"auxiliary"` (trained with the auxiliary classifier), or `"frozen"` (one image for each class). Give a dict: `{"A": "…", "B": "…", "C": "…", "D": "…"}`.

# %%
### BEGIN SOLUTION
named = {"A": "deaf", "B": "frozen", "C": "auxiliary", "D": "shifted"}
### END SOLUTION

check("11.5", named)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Two of them grant next to nothing. One of these two makes, for each request, garments of a single class, though the wrong one: what does its variety look like, and what does that of the other?
#
# </details>

# %% [markdown] tags=["solution"]
# A grants a tenth, as chance does, and what it makes for one request is of all classes: variety above 1. D grants less than chance would, and its variety is that of single classes: it is reliably wrong. B makes the same image for a request each time. C agrees more often than real test images do, and varies less: the auxiliary classifier.

# %% [markdown]
# ## What you now know
#
# - A condition is one more argument of both networks. G listens because D compares what was made with what was asked; a blind D leaves it to chance.
# - The best D's logit has a part that asks "is it what was asked for?" and a part that asks "does it look real?". With the right features, the first costs one vector for each class.
# - A judge of requests needs more than one number: agreement does not see that a class has become a single image, and FD of all does not see shifted labels.
# - The auxiliary classifier gets more agreement than real images have, and pays with what is between the classes. InfoGAN is the same idea without labels; its codes can be told apart, and what they mean is left open.
# - A G that is asked in parts grants most requests for a combination that it never saw; with a word for the pair it does not.
#
# **What this does not show**: that it is so for large networks, for a thousand classes, or for requests in words. Glasses and hats are one pair of attributes; others may be harder. The table's designs had 700 steps and one set of rates.
#
# > **In the document** (§3.4). **The document says** that GANs synthesise speech, text and 3-D shapes, and does not say how a request gets in: there are no labels in its losses. **In fact** a GAN without a condition draws from everything that it was shown. A request has to be given to G, and also to whatever judges G.
#
# **Further reading**
#
# - Mirza and Osindero, "Conditional Generative Adversarial Nets" (2014): the paper that started it.
# - Miyato and Koyama, "cGANs with Projection Discriminator" (2018): section 2, and ImageNet's thousand classes.
# - Gong et al., "Twin Auxiliary Classifiers GAN" (2019): section 5, proved and mended.
# - Chen et al., "InfoGAN" (2016): the bound, and codes that turn out to be slant and width.
