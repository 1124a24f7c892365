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
# # 13 · Image to image: another style, the same content
#
# **You will** see what a distance between pictures asks for, brush printed characters with pix2pix, do it again without pairs, and read a message that a generator hides in its pictures.
#
# **Needs** lessons 06 and 11; lesson 08 for R1, 09 for FD.
#
# **Time** 60 minutes to read and play, and 30 for the exercises; the notebook computes for about 2¼ minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §2.2.3 GANs的应用场景 (where GANs are used) and §3.4, 图像生成 (image generation). The document's images come from noise; those of this lesson come from other images.
#
# **Papers** Isola et al. 2017 (pix2pix) · Ronneberger et al. 2015 (the U-Net) · Zhu et al. 2017 (CycleGAN) · Chu et al. 2017 (the hidden message) · Zhu et al. 2017 (BicycleGAN: what becomes of z)

# %% [markdown]
# ## The question
#
# You have a printed character, and want it as a brush would write it. The result should *look* brushed (the style, 风格) and still be the same character (the content, 内容). What does a loss have to know to ask for both? And how would you notice if it asked for one of them only?

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

from functools import partial

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, pad, softplus

from gan_lessons.data import digits, glyphs, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.widgets import FigureExplorer, LossBoard, Writer

# %% tags=["parameters"]
SEED = 0
BATCH = 16
RATE = 3e-3  # Adam's, for the first half of the steps; then it falls to zero
BETAS = (0.5, 0.99)
GAMMA = 1.0  # strength of R1, at every 8th step
L1_WEIGHT = 10.0
STEPS = 400  # of each training of sections 3 to 5

CYCLE = 3.0  # weights of the two further losses of CycleGAN
IDENTITY = 3.0
EARLY = 150  # the steps in which the identity loss counts
CYCLE_BATCH = 8
CYCLE_GAMMA = 4.0
CYCLE_STEPS = 600

# %% [markdown]
# ## 1 · One character, two faces
#
# The data are 3,751 Chinese characters, 32 × 32 pixels, drawn in three faces (字体): in **print**, with a **brush**, and **round**. Every tenth character is held out: no network below is trained on it. All figures are about these 376.

# %%
FACES = ("print", "brush", "round")
train, held_out = glyphs(), glyphs(train=False)
PRINT, BRUSH, ROUND = (to_float(getattr(train, face)) for face in FACES)  # (3375, 1, 32, 32)
printed, brushed, rounded = (to_float(getattr(held_out, face)) for face in FACES)  # (376, 1, 32, 32)
LOOK = torch.arange(0, 376, 38)  # ten to look at


def show_rows(rows, title, greys=16):
    """Show rows of ten pictures (10, 1, 32, 32), by name, in so many greys; the data have 16."""
    _, ax = plt.subplots(figsize=(7.8, 0.4 + 0.66 * len(rows)), layout="constrained")
    half = (greys - 1) / 2
    pictures = (torch.cat([*rows.values()]).clamp(-1, 1) * half + half).round() / half - 1
    drawn = plots.show_images(ax, pictures, columns=10, title=title)
    drawn.set_interpolation("nearest")
    height = drawn.get_array().shape[0] / len(rows)
    ax.set_yticks([height * (i + 0.5) for i in range(len(rows))], [*rows])
    ax.tick_params(length=0)
    ax.set_axis_on()
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    plt.show()


show_rows(dict(zip(FACES, (printed[LOOK], brushed[LOOK], rounded[LOOK]))), "ten characters that are held out")
print(f"{len(PRINT):,} characters to train on, {len(printed)} held out")
# %% [markdown]
# How would you score a translator from print to brush? With pairs at hand, the *distance* to the right picture comes to mind: the mean difference of a pixel, from 0 (equal) to 1 (black for white everywhere). Beside it stand two judges. The course's **reader** is a small network that has learned all the characters in all three faces, bent and blurred in many ways. It names the *character* (is the content kept? the column "read right") and the *face* (is the style the wanted one? "face right"), and FD is measured in its 64 features. Two more numbers: is the right brushed character the *nearest* of all 3,751 (by the root of the mean square)? And the share of pixels that are *grey*, neither nearly black nor nearly white: by how much does it differ from that of the right pictures?
#
# First the scores themselves are tried, on four translators that need no training: one that hands out the right answer, one that **copies** what it sees, one that returns a **blank** page, and one that gives the brushed picture of **another** character.
#
# **Predict**: which of these is best by distance, after the right answer? Which by reading? Which by FD?


# %% tags=["networks"]
COLUMNS = ("distance", "read right", "face right", "FD", "nearest", "grey off by")
BETTER = ["low", "high", "high", "low", "high", "low"]
FORM = ["{:.3f}", "{:.2f}", "{:.2f}", "{:z.1f}", "{:.2f}", "{:.2f}"]


def grey(pictures):
    """Return the share of pixels between the darkest and the lightest tenth."""
    return (pictures.abs() < 0.8).float().mean().item()


def read(pictures, characters=held_out.characters):
    """Return the share of pictures (N, 1, 32, 32) that the reader reads as `characters`."""
    return sum(a == b for a, b in zip(metrics.predicted_glyphs(pictures)[0], characters)) / len(pictures)


def scores(made, face="brush"):
    """Return the six numbers of `COLUMNS` for pictures of the held-out characters (376, 1, 32, 32), as (6,)."""
    wanted, others = (to_float(getattr(part, face)) for part in (held_out, train))
    nearest, _ = metrics.nearest_neighbours(made, torch.cat([wanted, others]))
    _, faces = metrics.predicted_glyphs(made)
    return torch.tensor([
        (made - wanted).abs().mean() / 2,
        read(made),
        (faces == FACES.index(face)).float().mean(),
        metrics.frechet_distance(metrics.glyph_features(made), metrics.glyph_features(wanted)),
        (nearest == torch.arange(len(made))).float().mean(),
        abs(grey(made) - grey(wanted)),
    ])  # fmt: skip


# %%
def show_scores(found, title):
    _, ax = plt.subplots(figsize=(7.5, 0.6 + 0.32 * len(found)), layout="constrained")
    plots.show_table(ax, torch.stack([*found.values()]), [*found], COLUMNS, BETTER, FORM, title)
    plt.show()


found = {
    "the right answer": scores(brushed),
    "a copy": scores(printed),
    "a blank page": scores(torch.ones_like(brushed)),
    "another character": scores(brushed.roll(1, 0)),
}
show_scores(found, "print to brush, without training")
other_real = metrics.frechet_distance(
    *(metrics.glyph_features(to_float(part.brush[:376])) for part in (train, held_out))
)
print(
    f"FD between 376 brushed characters of the training set and the 376 held out: {other_real:.1f}, for comparison"
)
assert found["a blank page"][0] < found["a copy"][0] < found["another character"][0]

# %% [markdown]
# **See**: by distance a *blank page* beats a copy, and a copy beats a brushed character that is the wrong one. A thin stroke that lies a little beside its place costs twice, once where it is and once where it is not. No stroke at all costs once. So whoever minimises the distance has a reason to leave strokes out. The reader sees what happened: the blank page has no content, the copy has all of the content and none of the style, the other character has all of the style and none of the content (FD compares the two sets, and does not care which is which). No number alone will do. Content *and* style is what we are after.

# %% [markdown]
# ## 2 · What a distance asks for
#
# Let a network learn to brush by a distance alone. For a character that it does not know, it cannot be sure where each stroke goes. What should it draw, if it wants to lose as little as possible *on average*?
#
# Take one pixel, and say that it is black in a share $p$ of all that is possible, and white in the rest. Let $v$ be the ink that the network puts there, 0 for white and 1 for black. The two usual distances cost on average
#
# $$\text{L1: } p\,(1-v) + (1-p)\,v = p + (1-2p)\,v \qquad\qquad \text{L2: } p\,(1-v)^2 + (1-p)\,v^2$$
#
# The first is a straight line in v: the best v is 0 if p is below ½, and 1 if p is above. That is the **median** of what is possible, a vote of the majority. The second has its minimum where its slope $-2p(1-v) + 2(1-p)v$ is zero, at $v = p$: the **mean**. It is often said that "L1 blurs, since it averages". L2 averages. L1 votes, and what is voted down is *gone*.
#
# Here is a stroke, three pixels wide, in a row of 24 pixels. It may lie in one of several places, each as likely as the others. Two rows of numbers are trained with the two losses, on all of the possible rows at once.


# %%
def strokes(places, width=3, length=24):
    """Return all possible rows (places, length): a stroke of ink that begins in one of so many places."""
    first = (length - places - width) // 2 + torch.arange(places)[:, None]
    at = torch.arange(length)
    return ((at >= first) & (at < first + width)).float()


def best_row(rows, loss):
    """Return the row (length,) of least mean loss, by gradient descent from grey."""
    v = torch.full(rows.shape[1:], 0.5, requires_grad=True)
    optimizer = torch.optim.Adam([v], lr=0.05)
    for step in range(1000):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 1000)
        optimizer.zero_grad()
        loss(v - rows).mean().backward()
        optimizer.step()
    return v.detach()


for places in (2, 3, 5, 9):
    rows = strokes(places)
    voted, mean = best_row(rows, torch.abs), best_row(rows, torch.square)
    assert torch.allclose(mean, rows.mean(0), atol=0.01)
    sure = (rows.mean(0) - 0.5).abs() > 0.01  # where the vote is not even
    assert torch.allclose(voted[sure], rows.median(0).values[sure], atol=0.02)
    print(
        f"{places} places: of 3 pixels of ink L1 keeps {voted[sure].sum().item():.1f}, L2 {mean.sum().item():.1f}"
    )

# %% [markdown]
# **See**: L2 keeps all the ink, and smears it. L1 keeps each pixel that more than half of the strokes cover. With 3 or 5 places that is a whole stroke, the one in the middle. With 9 it is none. With 2 places, two pixels are sure, and two have an even vote; these are not counted, since any grey costs the same there.
#
# **Predict** before you move: from how many places on does L1's stroke disappear?


# %%
def draw_strokes(figure, places, width):
    rows = strokes(places, width)
    shown = {"possible": rows, "best for L1": rows.median(0).values[None], "best for L2": rows.mean(0)[None]}
    axes = figure.subplots(3, 1, height_ratios=(4, 1, 1))
    for ax, (name, values) in zip(axes, shown.items()):
        ax.imshow(1 - values, cmap="gray", vmin=0, vmax=1, aspect="auto")
        ax.set(title=name, xticks=[], yticks=[])
    costs = [(row - rows).abs().mean() for row in (rows.median(0).values, rows[places // 2])]
    return f"L1 of its best row: {costs[0]:.3f}; of one of the possible strokes, in the middle: {costs[1]:.3f}"


FigureExplorer(draw_strokes, size=(6, 2.6), places=(1, 15, 1, 4), width=(1, 6, 1, 3))

# %% [markdown]
# 1. Find the number of places at which L1's row turns white. Change *width*: what is the rule?
# 2. Add one place more, and read the line below the picture. A white row cannot occur, and yet it now costs less than a row with a proper stroke. By how much?
#
# A pixel of the best row is black where more than half of the strokes cover it. `places` strokes of that width cover the middle pixel at most `width` times. So above twice the *width*, L1's stroke is gone. At exactly twice, the vote is even: white costs the same as any grey or as a proper stroke, and the picture shows white. With one place more, white is the cheaper one.

# %% [markdown]
# ## 3 · Two distances, trained
#
# Now the same for characters. The network is a **U-Net** (Ronneberger et al. 2015). It goes down to 4 × 4 places, where a number sees most of the character, and up again; on its way up it gets, beside what came from below, its own picture of the same size from the way down. These *skips* (跳跃连接) carry where exactly things are.
#
# The last doubling is a `PixelShuffle`: four channels of 16 × 16 become one of 32 × 32. The code has two more arguments, for section 5: `z_dim` numbers of noise that go in at the bottom, and `dropout`. (`channels_last`, `fused` and `set_threads`, here and below, are for speed alone.)


# %% tags=["networks"]
def down(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)
    )


def up(inputs, outputs, dropout=0.0):
    return nn.Sequential(
        nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs),
        nn.Dropout(dropout), nn.ReLU(),
    )  # fmt: skip


# %% tags=["networks"]
class UNet(nn.Module):
    """Pictures (N, 1, 32, 32) to others, in [-1, 1]; `z` (N, z_dim), else random, goes in at the bottom."""

    def __init__(self, widths=(32, 64, 128), skips=True, z_dim=0, dropout=0.0):
        super().__init__()
        a, b, c = widths
        self.skips, self.z_dim = skips, z_dim
        self.down = nn.ModuleList([down(1, a), down(a, b), down(b, c)])  # 16×16, 8×8, 4×4
        self.bottom = nn.Sequential(
            nn.Conv2d(c + z_dim, c, 3, padding=1), nn.BatchNorm2d(c), nn.Dropout(dropout), nn.ReLU(),
        )  # fmt: skip
        doubled = 2 if skips else 1
        self.up = nn.ModuleList([up(c, b, dropout), up(doubled * b, a)])  # 8×8, 16×16
        self.out = nn.Sequential(
            nn.Conv2d(doubled * a, 2 * a, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.2),
            nn.Conv2d(a // 2, 1, 3, padding=1), nn.Tanh(),  # 32×32
        )  # fmt: skip

    def forward(self, x, z=None):
        a = self.down[0](x)
        b = self.down[1](a)
        x = self.down[2](b)
        if self.z_dim:
            z = torch.randn(len(x), self.z_dim) if z is None else z
            x = torch.cat([x, z[:, :, None, None].expand(-1, -1, 4, 4)], dim=1)
        x = self.up[0](self.bottom(x))
        x = self.up[1](torch.cat([x, b], dim=1) if self.skips else x)
        return self.out(torch.cat([x, a], dim=1) if self.skips else x)


# %% [markdown]
# The training below serves for sections 3 to 5. Its loss for G has two terms, the distance and the verdict of a D, each with a weight; a weight of 0 switches it off. In this section there is no D: `gan=0`. The *target* (目标图像) of each printed character is its brushed one.


# %% tags=["networks"]
def adam(network, steps):
    """Return Adam, and the schedule that lets its rate fall to zero over the second half of `steps`."""
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE, betas=BETAS, fused=True)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, 2 * (1 - step / steps))
    )


def update(optimizer, plan, loss, network):
    """One step of `network` alone down the slope of `loss`."""
    optimizer.zero_grad()
    loss.backward(inputs=[*network.parameters()])  # no slopes for the other networks
    optimizer.step()
    plan.step()


# %% tags=["networks"]
def translation(targets, l1=L1_WEIGHT, gan=1.0, distance=torch.abs, seed=SEED, **design):
    """Return a new U-Net, and the iterator that trains it from print to `targets` (a list: to one, at random)."""
    seed_everything(seed)
    G, D = (net.to(memory_format=torch.channels_last) for net in (UNet(**design), PatchD()))
    set_threads(G, D)
    return G, steps_of(G, D, targets, l1, gan, distance)


def steps_of(G, D, targets, l1, gan, distance):
    (g_opt, g_plan), (d_opt, d_plan) = (adam(net, STEPS) for net in (G, D))
    for step in range(STEPS):
        chosen, coins = torch.randint(len(PRINT), (BATCH,)), torch.randint(len(targets), (BATCH,))
        x, y = PRINT[chosen], torch.stack([targets[coin][i] for coin, i in zip(coins, chosen)])
        made, logs = G(x), {}
        if gan:
            loss, logs = verdict_on(partial(D, x), y, made.detach(), step)
            update(d_opt, d_plan, loss, D)
        g_loss = losses.non_saturating.g(D(x, made)) if gan else torch.zeros(())
        update(g_opt, g_plan, l1 * distance(made - y).mean() + gan * g_loss, G)
        yield logs | {"g_loss": g_loss.item()}


# %% tags=["networks"]
class PatchD(nn.Module):
    """Pictures (N, 1, 32, 32), the given one and the one to judge, or one alone, to logits of places, (N, 8, 8)."""

    def __init__(self, pictures=2, widths=(32, 64)):
        super().__init__()
        a, b = widths
        self.layers = nn.Sequential(
            nn.Conv2d(pictures, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, a, 16, 16)
            nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, b, 8, 8)
            nn.Conv2d(b, 64, 3, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(64, 1, 1),
        )  # fmt: skip

    def forward(self, *pictures):
        return self.layers(torch.cat(pictures, dim=1)).squeeze(1)


def verdict_on(D, real, fake, step, gamma=GAMMA):
    """Return the loss of D, a function of pictures, with R1 at every 8th step, and what to log."""
    real_logits, fake_logits = D(real), D(fake)
    loss = losses.non_saturating.d(real_logits, fake_logits)
    logs = {"d_loss": loss.item(), "d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()}
    if step % 8 == 0:  # and eight times as strong; of the mean over the places, in the judged picture alone
        loss = loss + losses.r1(8 * gamma)(lambda picture: D(picture).mean((1, 2)), real, fake)
    return loss, logs


# %% [markdown]
# **Predict**: which of the two networks makes more grey? Which has less ink than the real pictures? And which will the reader like better?


# %% tags=["networks"]
def brush(G, pictures):
    """Return what G makes of `pictures` (N, 1, 32, 32) in eval mode, and leave it in the mode that it was in."""
    training = G.training
    with torch.no_grad():
        results = [G.eval()(part) for part in pictures.split(100)]
    G.train(training)
    return torch.cat(results)


# %%
made = {}
for name, distance in (("L2", torch.square), ("L1", torch.abs)):
    G, game = translation([BRUSH], gan=0, distance=distance)
    for _ in game:
        pass
    made[name] = brush(G, printed)

# %%
show_rows(
    {"given": printed[LOOK], "L2": made["L2"][LOOK], "L1": made["L1"][LOOK], "right": brushed[LOOK]},
    "held out characters, brushed by two distances",
)
amount = {name: (1 - pictures).mean().item() / 2 for name, pictures in (made | {"right": brushed}).items()}
found |= {name: scores(pictures) for name, pictures in made.items()}
greys = {name: grey(pictures) for name, pictures in (made | {"right": brushed}).items()}
print("real pictures have the least grey, then L1, and L2 most; L2 has the ink of real ones, L1 less;")
print("the reader can read more of what L2 makes")
assert found["L2"][1] > found["L1"][1] + 0.1
assert greys["right"] < greys["L1"] < 0.7 * greys["L2"]
assert amount["L1"] < 0.95 * amount["right"] and abs(amount["L2"] / amount["right"] - 1) < 0.05
# %% [markdown]
# **See**: both networks brush characters that they never saw, and neither is good at it. L2's have soft grey strokes, and all of the ink. L1's are sharper; strokes are missing. The reader can make out more of L2's: a smear still says that a stroke is somewhere here.
#
# If L2 gives the mean of what is possible, its grey must mean something. Sort all the pixels by the ink that the network put there. Among those with an ink of about 0.3, how many are really ink?


# %%
def share_of_ink(pictures, bins=10):
    """Return the mean ink of `pictures`, and of the right ones, where the former is in each of `bins` ranges."""
    ink, right = (1 - pictures.flatten()) / 2, (1 - brushed.flatten()) / 2
    at = (ink * bins).long().clamp(0, bins - 1)
    return [torch.bincount(at, each, bins) / torch.bincount(at, minlength=bins) for each in (ink, right)]


_, ax = plt.subplots(figsize=(4.5, 3.2), layout="constrained")
for name, marker in (("L2", "o"), ("L1", "X")):
    ax.plot(*share_of_ink(made[name]), marker=marker, label=name)
ax.plot([0, 1], [0, 1], color="grey", ls=":", label="as it says")
ax.set(xlabel="ink that the network put there", ylabel="ink that belongs there", title="held out characters")
ax.legend()
plt.show()
put, belongs = share_of_ink(made["L2"])
assert (put - belongs).abs().max() < 0.15
print("L2: in no range further than 0.15 from what it says")

# %% [markdown]
# **See**: L2's grey can be read as a probability: its points lie close to the line. L1's cannot: its greys are pixels where the vote is close.
#
# Neither is what we want. Both answer "what costs least on average?", and average and majority are not possible pictures. We want *one* of the possible ones.

# %% [markdown]
# ## 4 · A judge in place of a distance
#
# pix2pix (Isola et al. 2017) asks a D. It is the conditional D of lesson 11: it sees the pair of what was given and what was made, so it can find fault with the style and with the content. A row with half a stroke never occurs, so D learns to refuse it; but it does not care which of the possible ones G picks. This is the point: *L1 punishes a good guess that is not the right one; D does not.*
#
# Its D has a second idea: it gives not one logit, but one for each *place*, and each of them sees a piece of the picture only, a *patch* (the **PatchGAN**). Style shows in small pieces. How large are they? You can work it out from the layers (exercise 07.2), or ask the network: which pixels of the input does the logit in the middle depend on? Its gradient tells.

# %%
seed_everything(SEED)
picture = torch.randn(16, 1, 32, 32, requires_grad=True)
PatchD()(torch.zeros(16, 1, 32, 32), picture)[:, 4, 4].sum().backward()
touched = picture.grad.abs().sum((0, 1)) > 0  # (32, 32)
rows, columns = touched.any(1).nonzero().flatten(), touched.any(0).nonzero().flatten()
height, width = (int(at[-1] - at[0] + 1) for at in (rows, columns))
_, ax = plt.subplots(figsize=(2.6, 2.8), layout="constrained")
ax.imshow(brushed[100, 0], cmap="gray")
ax.imshow(torch.where(touched, 1.0, torch.nan), cmap="autumn", alpha=0.35)
ax.set(xticks=[], yticks=[], title="what one logit sees")
plt.show()
print(f"{height} × {width} of 32 × 32 pixels")
assert (height, width) == (18, 18)

# %% [markdown]
# **Predict**: three trainings, of as many steps each: L1 alone (you have seen it), the verdict of D alone, and both, L1 with a weight of 10. D sees the pair, so it knows what was asked for. Will D alone do?

# %%
both_g, game = translation([BRUSH])
board = LossBoard(STEPS, sample=lambda: brush(both_g, torch.cat([printed[LOOK], printed[LOOK + 5]])))

# %%
for logs in board.watch(game):
    board.update(logs)

# %%
gan_g, game = translation([BRUSH], l1=0)
for _ in game:
    pass
made |= {"D alone": brush(gan_g, printed), "L1 and D": brush(both_g, printed)}
found |= {name: scores(made[name]) for name in ("D alone", "L1 and D")}

# %%
names = ("L1", "D alone", "L1 and D")
rows = {"given": printed, **{name: made[name] for name in names}, "right": brushed}
show_rows({name: pictures[LOOK] for name, pictures in rows.items()}, "held out characters, brushed")
show_scores(found, "print to brush, held out characters")
l1_alone, d_alone, both = (found[name] for name in names)
assert both[1] > l1_alone[1] and both[3] < 0.6 * l1_alone[3]  # read, FD
assert l1_alone[0] < both[0] < found["a copy"][0] and both[5] < 0.4 * l1_alone[5]  # distance, grey
assert d_alone[1] < 0.8 * l1_alone[1] and d_alone[4] < 0.5 * l1_alone[4] and both[3] < 2 * other_real
assert found["L2"][1] > both[1] and found["L2"][4] > max(l1_alone[4], both[4]) and both[3] < found["L2"][3]
print("L1 and D: more is read than with L1 alone, less than with L2; the lowest FD; a grey nearer to real")
print(
    "pictures; and a larger distance than L1 alone. D alone, after as many steps: fewer are read than of L1's,"
)
print("less than half as many are nearest to the right picture. L2 is nearest to it most often")

# %% [markdown]
# **See**: L1 and D are read better than L1 alone and D alone, though not better than L2. Their grey is close to that of real pictures, and their FD the lowest of the trained ones, and not far from that between two sets of real characters (section 1). *By distance they are worse than L1 alone.* That is no accident: a sharp stroke in a wrong place costs twice. Blau and Michaeli (2018) prove that this is a trade that cannot be avoided: beyond a point, what looks more real is further from the right answer on average. L2 is nearest to the right picture most often (by root mean square, which is its own distance): a smear is grey wherever a stroke may be, so it is rarely quite wrong anywhere. Whoever wants to *recognise* may take the mean; whoever wants to *show* something does not.
#
# D alone got less far in as many steps. It sees the pairs, so it might get there with more of them; we have not tried. L1 tells G for each pixel in which direction to go, from the first step on.

# %% [markdown]
# ## 5 · What the U-Net needs, and what it ignores
#
# **Break it**: take the skips away. Everything then has to pass through 128 numbers at each of 4 × 4 places.
#
# **Predict**: what suffers, the style or the content?

# %%
bare_g, game = translation([BRUSH], skips=False)
for _ in game:
    pass
made["without skips"] = brush(bare_g, printed)
found["without skips"] = scores(made["without skips"])
show_rows(
    {name: rows[LOOK] for name, rows in {"skips": made["L1 and D"], "none": made["without skips"]}.items()},
    "with skips, and without",
)
show_scores({name: found[name] for name in ("L1 and D", "without skips")}, "held out characters")
bare = found["without skips"]
assert bare[1] < 0.6 * both[1] and bare[2] > 0.9
print("without skips: still taken for brushed, and far fewer are read")

# %% [markdown]
# **See**: the style survives, the content does not. There is room enough: 2,048 numbers for 1,024 pixels. But the network has to learn to code where each stroke lies, and to decode it again, from 3,375 characters. With skips it need not.
#
# Now a task in which one answer is not enough. Let the target of each printed character be its brushed *or* its round picture, a coin toss each time. G gets what it needs to decide: 8 numbers of noise z at the bottom, and dropout there and in the first step up. *Dropout* (随机失活) sets each number of a layer to 0 with a probability, here ½, drawn anew each time, and is switched off in eval mode. pix2pix uses it in place of z, and leaves it on when it is asked for pictures. A G that picked one of the two pictures by z would have as large a spread as the two pictures themselves.
#
# **Predict**: take one printed character, and ten z. Will some of the results be brushed, and the others round?


# %%
def choices(G, count=10):
    """Return `count` results for each of 100 characters, by what is drawn anew: {name: (count, 100, 1, 32, 32)}."""
    given, results = printed[:100], {}
    for name in ("z", "dropout"):
        for layer in G.eval().modules():  # all in eval mode but dropout, where that is drawn anew
            layer.train(isinstance(layer, nn.Dropout) and name == "dropout")
        z = [torch.randn(8) * (name == "z") for _ in range(count)]
        with torch.no_grad():
            results[name] = torch.stack([G(given, each.expand(100, -1)) for each in z])
    return results


two_g, game = translation([BRUSH, ROUND], z_dim=8, dropout=0.5)
for _ in game:
    pass
results = choices(two_g)
target_spread = torch.stack([brushed, rounded]).std(0, unbiased=False).mean().item()
spread = {name: pictures.std(0, unbiased=False).mean().item() for name, pictures in results.items()}

# %% tags=["nbval-ignore-output"]
few = (7 * LOOK) % 100
rows = {f"{name} {i + 1}": results[name][i, few] for name in results for i in range(2)}
rows = {"given": printed[few]} | rows | {"brush": brushed[few], "round": rounded[few]}
show_rows(rows, "two right answers: z drawn anew twice, then dropout")
both_faces = {}
for name in results:
    faces = metrics.predicted_glyphs(results[name].flatten(0, 1))[1].view(10, 100)
    both_faces[name] = ((faces == 1).any(0) & (faces == 2).any(0)).float().mean()
    print(f"{name:<8} spread {spread[name] / target_spread:.2f} of that between brush and round;", end=" ")
    print(f"both faces among ten results: {both_faces[name]:.0%} of the characters")
assert both_faces["z"] < 0.5
assert spread["z"] < 0.15 * target_spread and spread["z"] < spread["dropout"] < 0.5 * target_spread

# %% [markdown]
# **See**: z changes next to nothing. For most characters all ten results have the same face. Their spread is a small part of that between the two right answers. Dropout changes more, mostly in the thickness of strokes, and does not switch cleanly between faces either. Others have met this since pix2pix came out. For two answers that are equally likely, L1 costs the same wherever G stands between them (section 2: an even vote). And D asks for a possible picture, not for variety. So nothing pays G to listen to z. Compare InfoGAN in lesson 11, where a code was heard because somebody had to guess it from the picture. BicycleGAN (Zhu et al. 2017) adds just that.

# %% [markdown]
# ## 6 · Without pairs
#
# Often there are no pairs: photographs, and paintings of other things. Let this be so here. One set is *printed* characters, the other *round* ones, and no character is in both: the printed ones are those with an even number, the round ones those with an odd number.
#
# A D that has never seen a pair can judge style only. What is to make G keep the character? CycleGAN (Zhu et al. 2017) trains the way back as well, G from x to y and F from y to x, each with a D of its own, and asks that one can go there and back:
#
# $$\mathcal{L}_\text{cycle} = \mathbb{E}\,\lVert F(G(x)) - x\rVert_1 + \mathbb{E}\,\lVert G(F(y)) - y\rVert_1 \qquad \mathcal{L}_\text{identity} = \mathbb{E}\,\lVert F(x) - x\rVert_1 + \mathbb{E}\,\lVert G(y) - y\rVert_1$$
#
# The second asks that what is round already stays as it is. Here it counts in the first 150 steps only, as a start. **Predict**: does a good way back guarantee that G kept the character?


# %% tags=["networks"]
def l1(x, y):
    return (x - y).abs().mean()


def cycle_game(seen, wanted, cycle=CYCLE, identity=IDENTITY, seed=SEED):
    """Return G and F, and the iterator that trains them on `seen` and `wanted`, of which no two are a pair."""
    seed_everything(seed)
    G, F = (UNet((16, 32, 64)).to(memory_format=torch.channels_last) for _ in range(2))
    judges = nn.ModuleList([PatchD(1, (16, 32)), PatchD(1, (16, 32))]).to(memory_format=torch.channels_last)
    set_threads(G, judges[0])
    return G, F, cycle_steps(G, F, judges, seen, wanted, cycle, identity)


def cycle_steps(G, F, judges, seen, wanted, cycle, identity):
    maps, (D_x, D_y) = nn.ModuleList([G, F]), judges
    (g_opt, g_plan), (d_opt, d_plan) = adam(maps, CYCLE_STEPS), adam(judges, CYCLE_STEPS)
    for step in range(CYCLE_STEPS):
        x, y = (faces[torch.randint(len(faces), (CYCLE_BATCH,))] for faces in (seen, wanted))
        fake_x, fake_y = F(y), G(x)
        x_loss, _ = verdict_on(D_x, x, fake_x.detach(), step, CYCLE_GAMMA)
        y_loss, logs = verdict_on(D_y, y, fake_y.detach(), step, CYCLE_GAMMA)
        update(d_opt, d_plan, x_loss + y_loss, judges)
        g_loss = losses.non_saturating.g(D_x(fake_x)) + losses.non_saturating.g(D_y(fake_y))
        back = l1(F(fake_y), x) + l1(G(fake_x), y) if cycle else 0
        same = l1(F(x), x) + l1(G(y), y) if identity and step < EARLY else 0
        update(g_opt, g_plan, g_loss + cycle * back + identity * same, maps)
        yield logs | {"d_loss": (x_loss + y_loss).item() / 2, "g_loss": g_loss.item() / 2}  # means of both ways


# %%
G, F, game = cycle_game(PRINT[::2], ROUND[1::2])
board = LossBoard(CYCLE_STEPS, sample=lambda: brush(G, torch.cat([printed[LOOK], printed[LOOK + 5]])))

# %%
for logs in board.watch(game):
    board.update(logs)

# %% [markdown]
# The pairs were hidden from the networks, not from us: the held-out characters are there in both faces. So the scores of section 1 can be taken, with the round pictures as the right answers.

# %%
there = brush(G, printed)
rows = {"given": printed, "made": there, "right": rounded, "and back": brush(F, there)}
show_rows({name: pictures[LOOK] for name, pictures in rows.items()}, "print to round, learned without pairs")
unpaired = {
    "a copy": scores(printed, "round"),
    "another character": scores(rounded.roll(1, 0), "round"),
    "CycleGAN": scores(there, "round"),
}
show_scores(unpaired, "print to round, held out characters")
copy, other, cycled = unpaired.values()
assert cycled[0] < 0.85 * copy[0] < other[0] and cycled[4] > 1.3 * copy[4]  # distance, nearest
assert cycled[1] > 0.85 and cycled[2] > 0.85 and cycled[3] < 0.4 * copy[3]  # read, taken for round, FD
print("without a pair: more than 85 % of the characters are read right, more than 85 % are taken for round,")
print("and the right picture is nearer than it is to a copy")

# %% [markdown]
# **See**: it works, and look closely: the *weight* of the strokes is that of the round face, and their *places* are still those of print. That serves us here, since the two faces were drawn on much the same skeleton. The strokes of the brush lie elsewhere; for them it does not serve, as the next table shows in its last line.
#
# What did each of the two losses do? Each combination of them was trained three times (`python tests/benchmarks/unpaired.py`). The tables have the medians, for the round face and for a second task, which comes in the next section: *mosaics* of printed characters, blocks of 4 × 4 pixels, each of one grey. The last one is the brush, with both losses. "There" is what G makes, judged with the hidden pairs; "back" is what F makes of *real* round or brushed pictures, or mosaics.


# %% tags=["networks"]
def mosaic(pictures):
    """Return pictures (N, 1, 32, 32) in blocks of 4 × 4 pixels, each of its mean grey."""
    return interpolate(avg_pool2d(pictures, 4), scale_factor=4)


# %%
# task, losses; seed; read right there; distance there; read right back; distance there and back
STORED = """
round, cycle and identity         0 0.955 0.177 0.963 0.035
round, cycle and identity         1 0.963 0.174 0.963 0.036
round, cycle and identity         2 0.960 0.177 0.971 0.035
round, cycle alone                0 0.926 0.192 0.936 0.037
round, cycle alone                1 0.859 0.176 0.955 0.038
round, cycle alone                2 0.838 0.196 0.867 0.043
round, identity alone             0 0.867 0.183 0.521 0.115
round, identity alone             1 0.582 0.197 0.537 0.138
round, identity alone             2 0.811 0.188 0.564 0.133
round, neither                    0 0.872 0.187 0.359 0.144
round, neither                    1 0.798 0.200 0.524 0.188
round, neither                    2 0.896 0.177 0.593 0.166
mosaics, cycle and identity       0 0.160 0.036 0.295 0.035
mosaics, cycle and identity       1 0.184 0.030 0.327 0.034
mosaics, cycle and identity       2 0.194 0.031 0.335 0.035
mosaics, cycle alone              0 0.157 0.063 0.266 0.036
mosaics, cycle alone              1 0.125 0.057 0.184 0.036
mosaics, cycle alone              2 0.003 0.146 0.003 0.038
mosaics, identity alone           0 0.162 0.040 0.003 0.267
mosaics, identity alone           1 0.189 0.039 0.003 0.241
mosaics, identity alone           2 0.141 0.043 0.000 0.260
mosaics, neither                  0 0.125 0.051 0.000 0.235
mosaics, neither                  1 0.096 0.068 0.000 0.255
mosaics, neither                  2 0.117 0.053 0.000 0.265
brush, cycle and identity         0 0.811 0.235 0.723 0.038
brush, cycle and identity         1 0.803 0.236 0.684 0.039
brush, cycle and identity         2 0.769 0.239 0.758 0.037
"""

# %% tags=["nbval-ignore-output"]
lines = [line.rsplit(maxsplit=5) for line in STORED.strip().splitlines()]
medians = {}
for name, _, *numbers in lines:
    medians.setdefault(name, []).append([float(number) for number in numbers])
medians = {name: torch.tensor(rows).median(0).values for name, rows in medians.items()}
_, axes = plt.subplots(3, figsize=(7.5, 4.8), height_ratios=(4, 4, 1), layout="constrained")
for ax, task in zip(axes, ("round", "mosaics", "brush")):
    of_task = {name: numbers for name, numbers in medians.items() if name.startswith(task)}
    columns = (
        ("read, there", "distance, there", "read, back", "there and back") if task == "round" else [""] * 4
    )
    plots.show_table(
        ax, torch.stack([*of_task.values()]), [*of_task], columns, ["high", "low", "high", "low"],
        ["{:.2f}", "{:.3f}", "{:.2f}", "{:.3f}"],
    )  # fmt: skip
axes[0].set_title("medians of three trainings")
plt.show()
print("there and back: mean distance of F(G(x)) from x, from 0 to 1")
print(f"of real mosaics the reader reads {read(mosaic(printed)):.0%}: more cannot be expected of made ones")
assert read(mosaic(printed)) < 0.3

# %% [markdown]
# **See**: on the way to the round face most characters survive even *without* the cycle loss. D does not ask for them, and the skips make it easy to keep what is there. What the cycle buys is the way back: with it F turns real round characters into print that can be read, without it far fewer. With mosaics F has to add what they lack; without the cycle, what it adds is hardly ever the right character. One line of the stored numbers, which the medians hide, deserves a look, the last of "mosaics, cycle alone". It went there and back as well as the others (0.038), by way of mosaics that are *wrong* (a distance of 0.146; the other two of this setting 0.063 and 0.057). The cycle loss asks for something that can be undone, not for something that is right. With the identity loss as a start, none of three trainings did this. Three are few; nor does it keep G from hiding something, as the next section shows. For the brush, most characters can still be read there; but what G makes is hardly nearer to the right picture than a copy (0.243, section 1), and no nearer than a blank page (0.232).

# %% [markdown]
# ## 7 · The hidden message
#
# "There and back" sounds like a proof that the content was kept. Chu, Zhmoginov and Sandler (2017) found a CycleGAN that made maps of aerial photographs. Back from the map came details that the map does not show.
#
# Here is such a task in small. The second set is the *mosaics* of section 6: 64 numbers for 1,024 pixels. Most of a character is lost there, and no F can bring it back. Or can it? Everything is as before: two sets without pairs, the same networks, the same losses.
#
# **Predict**: F gets a mosaic that G made of a character which both never saw. Will the reader be able to read what F makes of it?


# %%
G, F, game = cycle_game(PRINT[::2], mosaic(PRINT)[1::2])
for _ in game:
    pass
hiding = brush(G, printed)
real_back, made_back = brush(F, mosaic(printed)), brush(F, hiding)


# %% tags=["nbval-ignore-output"]
rows = {
    "x": printed, "mosaic of x": mosaic(printed), "its way back": real_back, "G(x)": hiding, "F(G(x))": made_back,
}  # fmt: skip
show_rows({name: pictures[LOOK] for name, pictures in rows.items()}, "real mosaics, and G's", greys=256)
print(f"read right: F of G's mosaics {read(made_back):.0%}, F of real mosaics {read(real_back):.0%}")
assert read(made_back) > 0.95 and read(real_back) < 0.6

# %% [markdown]
# **See**: from G's mosaics F brings back nearly every character, from real mosaics it does not; and yet the two kinds look alike. So G's mosaics hold something that real ones do not. Where?
#
# In a real mosaic all pixels of a block are *equal*. Take from G's mosaic the mean of each block, and look at what is left, made stronger.

# %% tags=["nbval-ignore-output"]
message = hiding - mosaic(hiding)
rows = {
    "G(x)": hiding, "its blocks": mosaic(hiding), "the rest, × 20": (20 * message).clamp(-1, 1),
    "F(G(x))": made_back, "F(its blocks)": brush(F, mosaic(hiding)),
}  # fmt: skip
show_rows(
    {name: pictures[LOOK] for name, pictures in rows.items()}, "what G hides within the blocks", greys=256
)
levels = 127.5 * message.abs().mean().item()
without = read(brush(F, mosaic(hiding)))
most = 127.5 * message.abs().quantile(0.95).item()
print(f"the rest: {levels:.1f} of 255 levels of grey in the mean, and below {most:.0f} in 95 % of the pixels;")
print(f"read right without it: {without:.0%}")
assert levels < 10 and without < 0.6

# %% [markdown]
# **See**: the message can be read with the naked eye, once it is amplified. G writes it with a few levels of grey in the mean, and F reads it. (D could see it, since the blocks of real mosaics are even. But R1 keeps its slope small, so that such small changes move its verdict little. That is a likely reason; we have not tested it.) Nobody told them to: the cycle loss *pays* for it. Without the message, F has only the blocks, and fails as with real mosaics.
#
# A sceptic says: F is merely sensitive, and was trained on G's pictures; with anything else it fails. So let message and picture *disagree*. The blocks are those of one character, the message is that of another. **Predict**: which of the two does F make?

# %%
forged = mosaic(hiding) + message.roll(1, 0)
answer = brush(F, forged)
nearest, _ = metrics.nearest_neighbours(answer, torch.cat([printed, PRINT]))
own = torch.arange(len(printed))
hidden_wins = (nearest == (own - 1) % len(own)).float().mean().item()
seen_wins = (nearest == own).float().mean().item()
rows = {
    "blocks of": printed,
    "message of": printed.roll(1, 0),
    "together": forged.clamp(-1, 1),
    "F's answer": answer,
}
show_rows(
    {name: pictures[LOOK + 1] for name, pictures in rows.items()}, "blocks of one character, message of another"
)
assert hidden_wins > 0.6 and seen_wins < 0.25
print("nearest to F's answer, of all 3,751: in more than 60 % the hidden character,")
print("in less than 25 % the one whose blocks are seen")

# %% [markdown]
# **See**: the answers are blurred mixtures, and most are nearest to the character that is *hidden*, not to the one that is to be seen. So F listens to the message. (This is the test that counts: a network may be sensitive to every change without there being any message.)
#
# Move the sliders: what happens to the message if noise is added to the mosaic, or if it is stored with few levels of grey?


# %%
def disturbed(noise, levels):
    """Return ten of G's mosaics with noise and in few greys, what F makes of them, and how far that is off."""
    generator = torch.Generator().manual_seed(SEED)
    picture = hiding[LOOK] + noise * torch.randn(len(LOOK), 1, 32, 32, generator=generator)
    picture = (((picture + 1) / 2 * (levels - 1)).round() / (levels - 1) * 2 - 1).clamp(-1, 1)
    back = brush(F, picture)
    return picture, back, l1(back, printed[LOOK]).item() / 2


lost = l1(real_back[LOOK], printed[LOOK]).item() / 2  # what comes back from real mosaics is so far off


def disturb(figure, noise, levels):
    picture, back, distance = disturbed(noise, levels)
    plots.show_images(figure.subplots(), torch.cat([picture, back]), columns=10).set_interpolation("nearest")
    return f"distance of what comes back: {distance:.3f}; from real mosaics {lost:.3f}"


assert disturbed(0.0, 16)[2] < 0.6 * lost and min(disturbed(0.2, 256)[2], disturbed(0.0, 4)[2]) > 0.8 * lost
FigureExplorer(disturb, size=(7, 1.6), noise=(0.0, 0.4, 0.02, 0.0), levels=[2, 4, 8, 16, 32, 64, 256])

# %% [markdown]
# 1. How much noise does it take until what comes back is as far off as from a real mosaic? Can you see that noise in the mosaic?
# 2. With how few levels of grey does the message get through?
#
# A noise of 0.2, a tenth of the range from black to white, drowns most of it. Sixteen levels of grey let most of it pass, four do not.
#
# The lesson of it goes beyond CycleGAN. **A loss that two networks share can be met by an agreement between them.** "It can be undone" does not mean "the content is in what you see". If you want to know that, give F pictures that G did not make, or look with known pairs, as in section 6.

# %% [markdown]
# ## 8 · Type
#
# Back to the network of section 4, L1 and D. Type any of the 3,751 characters, from your keyboard or by pasting. A star marks those that it never saw. A click on a character shows it large: what the network saw, what it made, and what it should have made.

# %%
every = train.characters + held_out.characters
writer = Writer(
    lambda pictures: brush(both_g, pictures), every, torch.cat([PRINT, printed]), torch.cat([BRUSH, brushed]),
    held_out=held_out.characters, text="春眠不觉晓处处闻啼鸟夜来风雨声花落知多少",
)  # fmt: skip
writer

# %% [markdown]
# 1. Compare some starred characters with others. Where does it fail, in single strokes or in whole parts?
# 2. Paste ten held-out ones: 啊 变 橙 惮 额 敢 憾 圾 杰 坷. Which would you still read, if you did not know them?
#
# And what it was never shown at all, another script? Here are handwritten digits, enlarged from 8 × 8 pixels. **Predict**: will it refuse, or turn them into Chinese?

# %%
# the digits are white on black: hence the minus; what is put around them is white
enlarged = interpolate(-to_float(digits().images[:10]), 24, mode="bicubic").clamp(-1, 1)
given = pad(enlarged, (4, 4, 4, 4), value=1.0)
show_rows({"given": given, "made": brush(both_g, given)}, "another script")
print("it makes something of everything")

# %% [markdown]
# **See**: it has no way to refuse. Whatever comes in, it brushes: look at the ends of the strokes. And has any of the digits become Chinese?

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 13.1 (★★, 10 min): a guess, or nothing
#
# **Predict.** A row of 10 pixels is white but for *one* black pixel, which lies in one of 5 places, each as likely as the others. Two networks answer. One gives a white row, always. The other gives one of the 5 possible rows, drawn at random, without knowing the right one. How many times as large is the mean L1 distance of the second?

# %%
### BEGIN SOLUTION
times_as_large = 1.6
### END SOLUTION

check("13.1", times_as_large)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A white row is wrong in one pixel. A guess is right in one of five cases; in how many pixels is it wrong in the others?
#
# </details>

# %% [markdown] tags=["solution"]
# The white row misses the black pixel: one wrong pixel. The guess is right with probability 1/5; else it is wrong in two pixels, where it put ink and where it did not: 2 · 4/5 = 1.6 wrong pixels. To guess is honest, and L1 punishes it by 60 %.

# %% [markdown]
# ### Exercise 13.2 (★, 5 min): G's loss in pix2pix
#
# Write what G minimises: the non-saturating loss of D's logits, and `weight` times the L1 distance. `logits` (N, 8, 8) are D's, one for each patch of what was made, `made` and `target` (N, 1, 32, 32) pictures. Both terms are means. Return one number, whose slope can be followed.


# %%
def pix2pix_loss(logits, made, target, weight):
    ### BEGIN SOLUTION
    return softplus(-logits).mean() + weight * (made - target).abs().mean()
    ### END SOLUTION


check("13.2", pix2pix_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# −log σ(a) = softplus(−a), as in lesson 05. The patches are averaged like the samples.
#
# </details>

# %% [markdown] tags=["solution"]
# `softplus(-logits)` is small where D takes a patch for real. The absolute difference is averaged over all pixels. With `.square()` in place of `.abs()` it would be L2, and the strokes soft.

# %% [markdown]
# ### Exercise 13.3 (★, 5 min): there and back
#
# Write the cycle loss: `G` maps pictures `x` to the other face, `F` maps pictures `y` back; both ways count, each with the *mean* absolute difference.


# %%
def cycle_loss(x, y, G, F):
    ### BEGIN SOLUTION
    return (F(G(x)) - x).abs().mean() + (G(F(y)) - y).abs().mean()
    ### END SOLUTION


check("13.3", cycle_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# x goes through G first, and comes back through F. Which of the two does y meet first?
#
# </details>

# %% [markdown] tags=["solution"]
# x is a picture of the first face: G, then F. y is one of the second: F, then G. Leave one of the two out, and only one of the maps is held to its inverse.

# %% [markdown]
# ### Exercise 13.4 (★★, 10 min): four translators
#
# Four translators from print to brush were scored like those of this lesson, trained from another seed:
#
# | | distance | read right | face right | FD | nearest | grey off by |
# | --- | --- | --- | --- | --- | --- | --- |
# | A | 0.17 | 0.73 | 0.96 | 4.9 | 0.47 | 0.31 |
# | B | 0.24 | 1.00 | 0.00 | 9.9 | 0.05 | 0.06 |
# | C | 0.17 | 0.69 | 0.99 | 2.6 | 0.36 | 0.01 |
# | D | 0.27 | 0.00 | 1.00 | 0.0 | 0.00 | 0.00 |
#
# Name each one: `"L2"` (trained with L2 alone), `"both"` (L1 and D), `"copy"` (it hands back what it got), or `"other"` (a real brushed character, but the wrong one). Give a dict: `{"A": "…", "B": "…", "C": "…", "D": "…"}`.

# %%
### BEGIN SOLUTION
named = {"A": "L2", "B": "copy", "C": "both", "D": "other"}
### END SOLUTION

check("13.4", named)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Two of them are extremes of content and style. Of the other two, one has far more grey than real pictures have.
#
# </details>

# %% [markdown] tags=["solution"]
# B keeps all of the content and none of the style: a copy. D has the style of real pictures, since it hands out real ones, and never the right character; FD of the set is 0. A's grey is off by a third of all pixels: the mean of what is possible. C has nearly the grey of real pictures, and is read.

# %% [markdown]
# ## What you now know
#
# - Content and style need a judge each. By distance alone, a blank page beats a copy.
# - L2 gives the mean of what is possible, and smears; L1 gives the median, a vote, and loses what is voted down. Neither has to be a possible picture.
# - pix2pix adds a conditional D that looks at patches: one of the possible pictures is as good as another. It costs distance and gains what looks real; more can be read than with L1 alone. L1 stays, as a guide.
# - Skips carry where things are. z is not heard if nothing makes G listen to it.
# - Without pairs, D judges style only, and the cycle loss asks for a way back. A way back is no proof of content: G can hide a message in faint greys that F reads. Known pairs, or a message and a picture that disagree, bring it to light.
#
# **What this does not show**: photographs, or large networks. The brush's strokes follow from the printed ones by one font's rules, which is easier than most tasks. How much a CycleGAN hides depends on its losses and its noise.
#
# > **In the document** (§3.2.1, §3.4). **The document says** that G makes samples from random noise, and names DCGAN and StyleGAN for images. **In fact** the input can be an image just as well; the noise is then optional, and, in pix2pix's own experience, mostly ignored.
#
# **Further reading**
#
# - Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks" (2017): section 3, and figure 4 on L1, D alone and both.
# - Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks" (2017): section 5.1.4 takes its losses apart, with pairs.
# - Chu, Zhmoginov and Sandler, "CycleGAN, a Master of Steganography" (2017).
# - Blau and Michaeli, "The Perception-Distortion Tradeoff" (2018).
# - Zhu et al., "Toward Multimodal Image-to-Image Translation" (2017): how z comes to be heard.
