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
# # 14 · Video: what makes frames one film
#
# **You will** catch four films that lie, train a generator with a mask and one with a path, and change what moves without changing how.
#
# **Needs** lessons 06 and 07; lesson 08 for R1, 09 for FD.
#
# **Time** 50 minutes to read and play, and 30 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.4 算法应用领域, 视频生成 (video generation), where the document names VideoGAN.
#
# **Papers** Vondrick et al. 2016 (VGAN, also known as VideoGAN) · Tulyakov et al. 2018 (MoCoGAN) · Unterthiner et al. 2018 (FVD)

# %% [markdown]
# ## The question
#
# A film (视频) is a row of pictures, its *frames* (帧). A GAN makes pictures. So let it make twelve, and show one after the other: is that a film? What has to hold *between* the frames, who in a GAN asks for it, and by what number would you notice that it does not hold?

# %%
from gan_lessons import losses, metrics, networks, plots  # before torch: it says how torch's threads wait

from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import conv3d
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import Batches, films, to_float
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard, Player

# %% tags=["parameters"]
SEED = 0
BATCH = 16
RATE = 2e-3
BETAS = (0.0, 0.99)
GAMMA = 1.0  # strength of R1, at every 8th step
STEPS = 600  # of each of the two trainings

# %% [markdown]
# ## 1 · Garments that move
#
# The films of this lesson are made of Fashion-MNIST: a garment of 12 × 12 pixels moves over a background that is dark and still. There are five kinds of garment, and four motions (运动): to the **right** and to the **left**, a pixel a frame; in **hops**; in a **circle**, clockwise. Each film has 12 frames of 24 × 24 pixels, a tensor (12, 1, 24, 24). So *what* moves and *how* is known, which it hardly ever is with films from the world. 5,000 are made of training images; all figures below are about 1,000 made of test images.

# %%
train, held_out = films(), films(train=False)
moving, real = to_float(train.films), to_float(held_out.films)  # (5000, 12, 1, 24, 24), (1000, 12, 1, 24, 24)
GARMENTS, MOTIONS = train.garment_names, train.motion_names
one_each = [
    int(((held_out.motions == m) & (held_out.garments == g)).nonzero()[0])
    for m in range(len(MOTIONS))
    for g in range(len(GARMENTS))
]
print("rows:", ", ".join(MOTIONS), "· columns:", ", ".join(GARMENTS))
Player(real[one_each], columns=5, scale=3)

# %% [markdown]
# Press ▶, or go through the frames with the slider. Now look at a film from the side. Put all frames on a pile, and cut through it: the slice at one row has x across and time downwards, an **x–t slice**; the slice at one column shows y and time. What stands still becomes a straight line *along* time; what moves becomes a slanted one.
#
# **Predict** before you move the sliders: how does a hop look in a y–t slice? A circle in an x–t slice?


# %%
def show_slices(figure, film, row, column):
    frames = real[one_each[film], :, 0]  # (12, 24, 24)
    first, side, top = figure.subplots(1, 3, width_ratios=(3, 3, 2))
    first.imshow(frames[0], cmap="gray", vmin=-1, vmax=1)
    first.axhline(row, color="tab:orange", lw=1)
    first.axvline(column, color="tab:cyan", lw=1)
    side.imshow(frames[:, row], cmap="gray", vmin=-1, vmax=1, aspect="auto")
    top.imshow(frames[:, :, column].T, cmap="gray", vmin=-1, vmax=1, aspect="auto")
    first.set(title="first frame", xlabel="x", ylabel="y")
    side.set(title="x–t, orange row", xlabel="x", ylabel="time")
    top.set(title="y–t, cyan column", xlabel="time", ylabel="y")
    return f"{GARMENTS[film % 5]}, {MOTIONS[film // 5]}"


FigureExplorer(show_slices, size=(8, 3), film=(0, 19, 1, 0), row=(0, 23, 1, 12), column=(0, 23, 1, 12))

# %% [markdown]
# 1. Find a film to the right, and one to the left. How does the slope of the stripe tell the speed?
# 2. Films 10 to 14 hop. Move *row*: why does the x–t slice blink?
#
# A stripe that is one pixel further in each frame has a slope of one pixel a frame; twice as fast would be twice as flat. A hop leaves the row and comes back; its path is to be seen in the y–t slice, as two arches.

# %% [markdown]
# ## 2 · Four liars
#
# Here are four ways to make films of real frames *without a generator*. Each frame of each of them is a real one: no D and no person who sees single frames could object.
#
# - **frozen**: one frame, twelve times;
# - **shuffled**: the right frames in a random order;
# - **backwards**: the right frames from the last to the first;
# - **changing**: each frame is from another film, in which the garment is at the same place at that time.


# %% tags=["networks"]
def changing(made):
    """Return films (N, T, 1, H, W) that move as those of a `FilmSet` do, each frame from another film."""
    _, path = made.corners.flatten(1).unique(dim=0, return_inverse=True)  # which films share a path
    frames, result = to_float(made.films), torch.empty(made.films.shape)
    for number in range(int(path.max()) + 1):
        same = (path == number).nonzero().flatten()
        for t in range(frames.shape[1]):
            result[same, t] = frames[same.roll(t), t]
    return result


def liars(made, seed=SEED):
    """Return films of real frames that lie, a dict of (N, T, 1, H, W)."""
    true = to_float(made.films)
    order = torch.rand(true.shape[:2], generator=torch.Generator().manual_seed(seed)).argsort(1)
    return {
        "frozen": true[:, :1].expand_as(true),
        "shuffled": true[torch.arange(len(true))[:, None], order],
        "backwards": true.flip(1),
        "changing": changing(made),
    }


# %%
lies = liars(train)
shown = [0, 4, 8, 11]  # of each liar four films
print("columns:", ", ".join(lies))
Player(torch.stack([lie[shown] for lie in lies.values()], 1).flatten(0, 1), columns=4, scale=3)

# %% [markdown]
# Three measures are to catch them.
#
# - **Content** (内容): does the thing stay itself? In each frame the garment is what is lighter than any background. Its centre of brightness is computed, a window of 15 × 15 pixels around it is cut out, and compared with that of the frame before: the difference, as a share of all its light. 0 is perfect.
# - **Path** (轨迹): does it move as real things do? The centres of the twelve frames are its path. How many pixels is that off the nearest path of a real film, as a root mean square?
# - **FD** of whole films: as in lesson 09, on 64 features of a judge. The judge of films is a small network with 3-D convolutions, trained to tell garment and motion. On larger films, with a larger network, this is called FVD (Unterthiner et al. 2018).
#
# None of them needs a generator. **Predict**: which liar passes which measure?


# %% tags=["networks"]
COLUMNS = ("content changes", "off the path, px", "FD of films")


def scores(made):
    """Return the three numbers of `COLUMNS` for 1,000 films, as (3,)."""
    return torch.tensor([
        metrics.content_change(made).mean(),
        metrics.nearest_paths(made, real).distance.mean(),
        metrics.frechet_distance(metrics.film_features(made), metrics.film_features(real)),
    ])  # fmt: skip


def show_scores(found, title):
    _, ax = plt.subplots(figsize=(6.5, 0.6 + 0.32 * len(found)), layout="constrained")
    table = torch.stack([*found.values()])
    plots.show_table(ax, table, [*found], COLUMNS, ["low"] * 3, ["{:.2f}", "{:.2f}", "{:.1f}"], title)
    plt.show()


# %%
found = {"real (training)": scores(moving[:1000])} | {name: scores(lie[:1000]) for name, lie in lies.items()}
show_scores(found, "films of real frames")
true, frozen, shuffled, backwards, turning = found.values()
assert max(true[0], frozen[0], shuffled[0], backwards[0]) < 0.01 and turning[0] > 0.5
assert true[1] < 0.3 and turning[1] < 1.5 and min(frozen[1], shuffled[1]) > 2
assert true[2] < min(frozen[2], shuffled[2], backwards[2], turning[2]) / 2
print(
    "content: only the changing film is caught. Path: the frozen and the shuffled one are off by more than 2 pixels."
)
print("FD: at least twice that of real films for each of the four")

# %% [markdown]
# **See**: the frozen film is perfect by content: nothing changes, since nothing happens. The shuffled one is as perfect. The changing film moves nearly as it should. Each of the two has a liar that passes it. *Backwards* passes both, for three motions of four: a garment that goes to the right, backwards, is one that goes to the left. Only a circle runs the wrong way round, and is off by several pixels; hence the mean of about one.
#
# FD of films catches all four, for it compares *sets*: backwards there are too few circles of the right kind. But it is one number, and does not say what is wrong. So all three stand in every table below.

# %% [markdown]
# ## 3 · Who sees time?
#
# A judge of *frames* gives each frame a logit, and a film the mean of its twelve. **Predict**: how well can such a judge be trained to tell a film from its shuffled version?

# %%
seed_everything(SEED)
judge_of_frames = networks.FrameDiscriminator()


def mean_logit(made):
    """Return the mean of the twelve frames' logits, for each film."""
    with torch.no_grad():
        return judge_of_frames(made.flatten(0, 1)).view(len(made), -1).mean(1)


difference = (mean_logit(moving[:200]) - mean_logit(lies["shuffled"][:200])).abs().max().item()
assert difference < 1e-5
print("a film and its shuffled version: their logits differ by less than 0.00001")

# %% [markdown]
# **See**: not at all, before any training and after it. A mean does not know the order of what it averages. It is no question of how large the network is: it has no way to *see* time.
#
# A **3-D convolution** (三维卷积) has. Its kernel covers some frames as well as some rows and columns, and slides along all three. Here is the smallest one that tells motions apart, with two weights and nothing learned: the pixel one to the right in the *next* frame, minus this pixel in this frame.

# %%
kernel = torch.zeros(1, 1, 2, 1, 2)  # (out, in, frames, rows, columns)
kernel[0, 0, 0, 0, 0], kernel[0, 0, 1, 0, 1] = -1, 1
answer = conv3d(real.transpose(1, 2), kernel)  # (1000, 1, 11, 24, 23): channels come before time
strength = answer.abs().mean((1, 2, 3, 4))
_, ax = plt.subplots(figsize=(5, 2), layout="constrained")
by_motion = torch.stack([strength[held_out.motions == motion].mean() for motion in range(4)])
ax.barh(MOTIONS, by_motion)
ax.invert_yaxis()
ax.set(xlabel="mean absolute answer", title="a kernel for one pixel to the right a frame")
plt.show()
assert by_motion[0] < 0.3 * by_motion[1:].min()
print("what goes to the right answers least: less than 0.3 of what any other motion does")

# %% [markdown]
# **See**: where a thing goes one pixel to the right a frame, this kernel finds the same grey twice, and is silent. For all else it speaks. (What is left for *right* is the background, which stands still.) A D with 3-D convolutions learns such kernels, for many directions and speeds.

# %% [markdown]
# ## 4 · VGAN: a still background, and a mask
#
# Vondrick, Pirsiavash and Torralba (2016) made the first GAN of films. One z is one film. D is the DCGAN's with a third axis. G has two streams (双流): one makes a single picture, the **background** (背景); the other makes twelve frames of a **foreground** (前景) and of a **mask** (掩码) $m$, a number from 0 to 1 for each pixel of each frame:
#
# $$G(z) = m(z) \odot f(z) + (1 - m(z)) \odot b(z)$$
#
# Nobody shows the network a mask; there is no loss for it here. **Predict**: where will it be 1?


# %% tags=["networks"]
def up_2d(inputs, outputs):
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def up_3d(inputs, outputs):  # time, height and width are doubled
    return nn.Sequential(
        nn.ConvTranspose3d(inputs, outputs, 4, stride=2, padding=1), nn.BatchNorm3d(outputs), nn.ReLU()
    )


# %% tags=["networks"]
class TwoStreamGenerator(nn.Module):
    """z (N, 64) to films (N, 12, 1, 24, 24)."""

    def __init__(self, z_dim=64, width=64):
        super().__init__()
        a, b, c = width, width // 2, width // 4
        self.background = nn.Sequential(
            nn.Linear(z_dim, b * 3 * 3), nn.Unflatten(1, (b, 3, 3)), nn.BatchNorm2d(b), nn.ReLU(),
            up_2d(b, c), up_2d(c, c), nn.ConvTranspose2d(c, 1, 4, stride=2, padding=1), nn.Tanh(),
        )  # fmt: skip
        self.moving = nn.Sequential(
            nn.Linear(z_dim, a * 3 * 3 * 3), nn.Unflatten(1, (a, 3, 3, 3)), nn.BatchNorm3d(a), nn.ReLU(),
            up_3d(a, b), up_3d(b, c),  # 12 frames of 12×12
            nn.ConvTranspose3d(c, 2, (3, 4, 4), stride=(1, 2, 2), padding=1),  # 12 frames of 24×24, two channels
        )  # fmt: skip

    def parts(self, z):
        foreground, mask = self.moving(z).transpose(1, 2).split(1, dim=2)
        return foreground.tanh(), mask.sigmoid(), self.background(z)[:, None]

    def forward(self, z):
        foreground, self.mask, background = self.parts(z)
        return self.mask * foreground + (1 - self.mask) * background


# %% tags=["networks"]
class FilmDiscriminator(nn.Module):
    """Films (N, 12, 1, 24, 24) to logits (N,), by 3-D convolutions."""

    def __init__(self, width=16):
        super().__init__()
        a, b, c = width, 2 * width, 4 * width
        self.layers = nn.Sequential(
            nn.Conv3d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 6 × 12×12
            nn.Conv3d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 3 × 6×6
            nn.Conv3d(b, c, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(c * 3 * 6 * 6, 1),
        )  # fmt: skip

    def forward(self, films):
        return self.layers(films.transpose(1, 2)).squeeze(1)  # channels before time


# %% [markdown]
# The training is that of lesson 10 in small: non-saturating losses, R1 at every 8th step, a moving average of G, rates that fall to zero over the second half. It serves for both generators of this lesson. `noise(n)` draws what a generator needs for n films; here that is z alone.


# %% tags=["networks"]
def vgan_noise(count):
    return (torch.randn(count, 64),)


def new_game(generator, judge, noise, steps=STEPS, seed=SEED):
    """Return the moving average of a new generator, and the iterator that trains it for `steps` steps."""
    seed_everything(seed)
    G, D = generator(), judge()
    set_threads(G, D)
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
    return average, islice(steps_of(G, D, average, noise, steps), steps)


def steps_of(G, D, average, noise, steps):
    d_opt, g_opt = (torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in (D, G))
    plans = [LambdaLR(each, lambda step: min(1.0, 2 * (1 - step / steps))) for each in (d_opt, g_opt)]
    penalty = losses.Lazy(losses.r1(GAMMA), every=8)

    def d_update(batch):
        return d_step(lambda z: G(*z), D, d_opt, losses.non_saturating, batch, noise(BATCH), penalty=penalty)

    def g_update(batch):
        logs = g_step(lambda z: G(*z), D, g_opt, losses.non_saturating, noise(BATCH))
        average.update_parameters(G)
        for plan in plans:
            plan.step()
        return logs

    return adversarial_steps(Batches(train.films, BATCH, seed=SEED), d_update, g_update)


# %% tags=["networks"]
def make(G, noise, count=1000, seed=1):
    """Return `count` films of G in eval mode, from noise that depends on `seed` alone; leaves its mode as it was."""
    training = G.training
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(seed)
        made = torch.cat([G.eval()(*noise(min(100, count))) for _ in range(max(1, count // 100))])
    G.train(training)
    return made


# %%
live_vgan, game = new_game(TwoStreamGenerator, FilmDiscriminator, vgan_noise)
board = LossBoard(STEPS, sample=lambda: make(live_vgan, vgan_noise, 4)[:, ::3].flatten(0, 1))

# %%
for logs in board.watch(game):
    board.update(logs)

# %% [markdown]
# The pictures are four films, a row each: of each the first, fourth, seventh and tenth frame. Something light is there, and it moves. A minute is short for films. But what has become of the mask?


# %% tags=["networks"]
def show_parts(G, title):
    """Show two frames of each of four films, their foreground and mask, and the background."""
    with torch.no_grad():
        parts = G.parts(torch.randn(4, 64, generator=torch.Generator().manual_seed(SEED)))
        foreground, mask, background = (
            part.expand(-1, 12, -1, -1, -1)[:, (2, 9)].flatten(0, 1) for part in parts
        )
    film = mask * foreground + (1 - mask) * background
    rows = {"film": film, "mask": 2 * mask - 1, "foreground": foreground, "background": background}
    _, ax = plt.subplots(figsize=(7.5, 3.7), layout="constrained")
    drawn = plots.show_images(ax, torch.cat([*rows.values()]), columns=8, title=title)
    height = drawn.get_array().shape[0] / 4
    ax.set_axis_on()
    ax.set(xticks=[], yticks=[height * (i + 0.5) for i in range(4)], yticklabels=[*rows])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    plt.show()


def mask_of(G, count=200):
    """Return the mean mask of `count` films where they are light, and where they are dark."""
    with torch.no_grad():
        films = G(torch.randn(count, 64, generator=torch.Generator().manual_seed(1)))
    light = films > metrics.films.LIGHT
    return G.mask[light].mean().item(), G.mask[~light].mean().item()


# %% tags=["nbval-ignore-output"]
live = live_vgan.module.eval()
show_parts(live, "VGAN after a minute: two frames of each of four films")
on, off = mask_of(live)
print(f"mean mask where a film is light: {on:.2f}, where it is dark: {off:.2f}")

# %% [markdown]
# **See**: the mask is no mask. It is much the same everywhere, and the foreground shows the whole film, background and all. Why should it not? Films are all that D sees, and a mask of 1 (or of any other number) with a foreground that does the rest makes the same films. What nobody asks for does not come.
#
# The paper asks: it puts a *price* on the mask, a penalty on how much of it is used (λ = 0.1 there). Then the foreground is used where the background will not do. Here the price is the mask's mean, added to G's loss, and the training took longer: 6,000 steps (`python data/checkpoints/train_video.py`, ten minutes of one core). For the first 1,800 steps the mask costs nothing; then its price rises, to 1.0 at step 3,000. **Predict**: what is in the background now?

# %%
vgan = load_weights(TwoStreamGenerator(), "vgan").eval()
show_parts(vgan, "VGAN with a price on the mask")
on, off = mask_of(vgan)
assert on > 0.5 and off < 0.1
print("mean mask where a film is light: above one half; where it is dark: below 0.1")
found |= {"VGAN, a minute": scores(make(live_vgan, vgan_noise)), "VGAN": scores(make(vgan, vgan_noise))}
vgan_films = make(vgan, vgan_noise)
Player(vgan_films[:20], columns=5, scale=3)

# %% [markdown]
# **See**: now the mask is the garment's silhouette (轮廓), found without a single label. The background is a still gradient without any garment.
#
# And when does the price have to come? Of three trainings in which it was there from the first step, two ended with a mask that is *inverted*: the background holds a light bar, and the foreground hides it wherever there is no garment. That is a film, too, and cheap enough. The price says that the foreground should do little. It does not say which part is the garment's. With a foreground that can do garments *before* it has to pay, both of two trainings came out as above.
#
# > **Break it**: in the paper's films the camera stands still, since the authors made it so before training. What would a camera that moves do to this generator? Everything would have to be foreground.

# %% [markdown]
# ## 5 · MoCoGAN: one content, a path of motion
#
# In VGAN one z is *the film*: what moves and how it moves are in the same 64 numbers, and a film has twelve frames for ever. Tulyakov et al. (2018) take them apart. **MoCoGAN** has an ordinary generator of pictures. It gets, for each frame, two vectors: the **content** (内容), drawn once for a film, and a **motion** vector (运动), which a recurrent network (循环神经网络, here a GRU) leads from frame to frame, driven by fresh noise.
#
# | | shape | drawn |
# | --- | --- | --- |
# | `content` | (N, 32) | once a film |
# | `noise` | (N, 1 + T, 16) | once to begin the path, then once a frame |
# | path | (N, T, 32) | made by the GRU from `noise` |
#
# And it has *two* judges: one sees a film, the other one frame of it, chosen at random. **Predict**: which of the two asks for the garment to be right, which for the motion?


# %% tags=["networks"]
class MotionContentGenerator(nn.Module):
    """content (N, 32) and noise (N, 1 + T, 16) to films (N, T, 1, 24, 24)."""

    def __init__(self, content=32, noise=16, motion=32, width=64):
        super().__init__()
        a, b, c = width, width // 2, width // 4
        self.begin = nn.Linear(noise, motion)
        self.walk = nn.GRU(noise, motion, batch_first=True)
        self.image = nn.Sequential(
            nn.Linear(content + motion, a * 3 * 3), nn.Unflatten(1, (a, 3, 3)), nn.BatchNorm2d(a), nn.ReLU(),
            up_2d(a, b), up_2d(b, c), nn.ConvTranspose2d(c, 1, 4, stride=2, padding=1), nn.Tanh(),
        )  # fmt: skip

    def path(self, noise):
        return self.walk(noise[:, 1:], self.begin(noise[:, 0])[None])[0]

    def forward(self, content, noise):
        path = self.path(noise)
        both = torch.cat([content[:, None].expand(-1, path.shape[1], -1), path], dim=2)  # (N, T, 64)
        return self.image(both.flatten(0, 1)).unflatten(0, both.shape[:2])


# %% tags=["networks"]
class FilmAndFrame(nn.Module):
    """Films to logits (N,): the sum of two opinions, of the film and of one of its frames."""

    def __init__(self, width=16):
        super().__init__()
        self.film, self.frame = FilmDiscriminator(width), networks.FrameDiscriminator(width)

    def forward(self, films):
        time = torch.randint(films.shape[1], (len(films),))
        return self.film(films) + self.frame(films[torch.arange(len(films)), time])


def mocogan_noise(count, frames=12):
    return torch.randn(count, 32), torch.randn(count, 1 + frames, 16)


# %% [markdown]
# (In the paper each judge has a loss of its own. With their logits summed, one loss serves for both, and the steps of lesson 03 can be used as they are.)

# %%
live_mocogan, game = new_game(MotionContentGenerator, FilmAndFrame, mocogan_noise)
board = LossBoard(STEPS, sample=lambda: make(live_mocogan, mocogan_noise, 4)[:, ::3].flatten(0, 1))

# %%
for logs in board.watch(game):
    board.update(logs)

# %%
mocogan = load_weights(MotionContentGenerator(), "mocogan").eval()
mocogan_films = make(mocogan, mocogan_noise)
found |= {"MoCoGAN, a minute": scores(make(live_mocogan, mocogan_noise)), "MoCoGAN": scores(mocogan_films)}
show_scores(found, "all films of this lesson")
assert all(found[f"{name}, a minute"][i] > found[name][i] for name in ("VGAN", "MoCoGAN") for i in (1, 2))
assert max(found["VGAN"][1], found["MoCoGAN"][1]) < 1 < min(frozen[1], shuffled[1])
assert 1.5 * max(found["VGAN"][2], found["MoCoGAN"][2]) < frozen[2]
assert min(found["VGAN"][0], found["MoCoGAN"][0]) > 20 * max(true[0], 0.001)
print("both, trained: off the path by less than a pixel, closer than any liar but the changing one;")
print("their garments change, as those of real films and of three liars do not")
Player(mocogan_films[:20], columns=5, scale=3)

# %% [markdown]
# **See**: both have learned to move: their paths are within a pixel of real ones. Both change their garments a little on the way, MoCoGAN too, though its content is *one* vector for the whole film. Nothing keeps the motion vector from changing the garment: the picture generator gets both, and mixes them as it likes. The name "content" is a hope; section 6 measures what came of it.
#
# FD puts the frozen film far behind both. (By single frames it would be in front: its frames are real.)
#
# The numbers are means over 1,000 films. What about *variety*? The judge names the motion of each film. In the data each of the four has a quarter. **Predict**: which one is hardest?

# %%
shares = {"real": real, "VGAN": vgan_films, "MoCoGAN": mocogan_films}
shares = {
    name: metrics.predicted_films(made)[1].bincount(minlength=4) / len(made) for name, made in shares.items()
}
_, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
for i, (name, share) in enumerate(shares.items()):
    ax.bar([m + 0.27 * (i - 1) for m in range(4)], share, 0.25, label=name)
ax.set_xticks(range(4), MOTIONS)
ax.set(ylabel="share of films", ylim=(0, 0.6), title="how 1,000 films move")
ax.legend(ncols=3, loc="upper left")
plt.show()
assert shares["VGAN"][2] < 0.05 and shares["MoCoGAN"][2] < 0.15 and shares["real"][2] > 0.2
print("hops: a quarter of the real films, less than 5 % of VGAN's and less than 15 % of MoCoGAN's")

# %% [markdown]
# **See**: the hop is the rarest motion of both, and VGAN all but leaves it out. It is the fastest one, up to six pixels from a frame to the next, where a garment is twelve pixels high. This is mode collapse of a new kind: each single film may be good, and a whole *motion* is hardly among them. None of the three numbers of the table names it, FD alone feels it. So count what can be counted.

# %% [markdown]
# ## 6 · Other motion, same content – and the reverse
#
# With content and noise apart, each can be kept while the other changes. Here are five contents (columns) and four noises (rows). **Predict**: what do the films of a column share, what those of a row?


# %% tags=["networks"]
def crossed(contents, noises, frames=12, seed=2):
    """Return the films (contents, noises, T, 1, 24, 24) of all pairs of so many contents and noises."""
    generator = torch.Generator().manual_seed(seed)
    content = torch.randn(contents, 32, generator=generator)
    noise = torch.randn(noises, 1 + frames, 16, generator=generator)
    with torch.no_grad():
        made = mocogan(content.repeat_interleave(noises, 0), noise.repeat(contents, 1, 1))
    return made.unflatten(0, (contents, noises))


# %%
Player(crossed(5, 4).transpose(0, 1).flatten(0, 1), columns=5, scale=3)

# %% [markdown]
# Counted, with 30 contents and 30 noises: take two films with the same noise; how often does the judge name the same motion, how often the same garment? And two with the same content?

# %%
grid = crossed(30, 30)
garments, motions = (named.view(30, 30) for named in metrics.predicted_films(grid.flatten(0, 1)))


def agree(named):
    """Return in which share of the pairs of two entries of one row both are the same, for named (R, C)."""
    same = named[:, :, None] == named[:, None, :]
    return (same.float().sum() - named.numel()).item() / (named.numel() * (named.shape[1] - 1))


def chance(named):
    """Return in which share of all pairs of two entries both are the same."""
    return agree(named.reshape(1, -1))


table = torch.tensor([
    [agree(motions.T), agree(garments.T)], [agree(motions), agree(garments)], [chance(motions), chance(garments)],
])  # fmt: skip
_, ax = plt.subplots(figsize=(4.6, 1.9), layout="constrained")
plots.show_table(ax, table, ["same noise", "same content", "any two"], ["same motion", "same garment"])
plt.show()
assert table[1, 1] > table[2, 1] + 0.2 and abs(table[0, 1] - table[2, 1]) < 0.05
assert table[0, 0] > table[1, 0] + 0.05 and table[1, 0] > table[2, 0] + 0.1
print("same garment: by the content alone; same motion: by the noise, and by the content as well")

# %% [markdown]
# **See**: two films with the same noise share their garment no more often than any two films do: noise says nothing about *what* is to be seen, content says it. That half of the promise is kept. The other half is not: films of the same noise often share the motion, and so do those of the same content. How can content, which does not change in time, decide how a thing moves?
#
# Look closer. Two of the motions are straight, to the right and to the left; two come back to where they began, the hop and the circle. Take the question apart: straight or not? And if straight, to which side?

# %%
straight = motions < 2


def agree_within(chosen):
    """Return the share of pairs of one content, both `chosen` (R, C), that have the same motion."""
    pairs = chosen[:, :, None] & chosen[:, None, :]
    same = pairs & (motions[:, :, None] == motions[:, None, :])
    return (same.sum() - chosen.sum()).item() / (pairs.sum() - chosen.sum()).item()


assert agree(straight.T.long()) > 0.9 and abs(agree(straight.long()) - chance(straight.long())) < 0.1
assert min(agree_within(straight), agree_within(~straight)) > 0.9
print("straight or not: by the noise alone, in more than 90 % of the pairs")
print("right or left, hop or circle: by the content, in more than 90 % of the pairs")

# %% [markdown]
# **See**: the two have shared the work out. Noise says whether a path is straight; content says which straight one, or which of the others. For one garment, a straight path is always one to the right; for another, always to the left. Nothing in the loss forbids this: there are films of every motion and of every garment. The motion vector says *when*, by going on its path; the picture generator turns it into a place, and it knows the content, too. "Motion" and "content" are names that we gave to two inputs, not what the inputs mean.
#
# Choose for yourself. The strip shows every other frame, and the slices below are the film from the side.


# %%
def choose(figure, content, noise):
    film = grid[content, noise]
    strip, side, top = figure.subplots(3, 1, height_ratios=(2, 3, 3))
    plots.show_images(strip, film[::2], columns=6)
    side.imshow(film[:, 0].amax(1), cmap="gray", vmin=-1, vmax=1, aspect="auto")
    top.imshow(film[:, 0].amax(2).T, cmap="gray", vmin=-1, vmax=1, aspect="auto")
    side.set(xlabel="x", ylabel="time")
    top.set(xlabel="time", ylabel="y")
    garment, motion = GARMENTS[garments[content, noise]], MOTIONS[motions[content, noise]]
    return f"the judge sees: {garment}, {motion}"


FigureExplorer(choose, size=(5.5, 5), content=(0, 29, 1, 0), noise=(0, 29, 1, 0))

# %% [markdown]
# 1. Keep the noise, and go through the contents. How often does the motion stay?
# 2. Keep the content, and go through the noises. How often does the garment stay?
#
# (The slices here are the lightest pixel of each column, or row, of a frame, so that no row has to be chosen.)

# %% [markdown]
# ## 7 · Longer than it has learned
#
# A GRU can go on. VGAN's films have twelve frames by design; MoCoGAN's may have any number. **Predict**: thirty-six frames of the same network. A garment that goes to the right is near the edge after twelve: what will it do then?

# %%
long = crossed(40, 25, frames=36)
thirds = [long[:, :, start : start + 12].flatten(0, 1) for start in (0, 12, 24)]
said = [metrics.predicted_films(third)[1].view(40, 25) for third in thirds]
counted = torch.stack([motions.flatten().bincount(minlength=4) / 1000 for motions in said])
judged = torch.tensor([[*scores(third)[1:].tolist(), agree(motions)] for third, motions in zip(thirds, said)])

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(9, 1.9), layout="constrained")
rows = ["frames 1–12", "13–24", "25–36"]
plots.show_table(left, counted, rows, MOTIONS, title="share of 1,000 films")
plots.show_table(
    right, judged, rows, ("path, px", "FD", "motion by content"), better=["low"] * 3, title="measures"
)
plt.show()
assert counted[2, :2].max() < 0.05 and judged[2, 0] < 1 and judged[2, 1] > 2 * judged[0, 1]
assert judged[2, 2] > 0.9
print("in the last third nothing goes right or left; the path is near a real one all the same, FD is not")

# %%
_, axes = plt.subplots(1, 6, figsize=(8, 3.4), layout="constrained")
for content, ax in enumerate(axes):
    ax.imshow(long[content, 1, :, 0].amax(1), cmap="gray", vmin=-1, vmax=1, aspect="auto")
    ax.axhline(11.5, color="tab:orange", lw=1)
    ax.set(xlabel="x", ylabel="time" if content == 0 else "", title=f"content {content}")
plt.show()
print("six films of 36 frames from the side; above the line is what was trained")

# %% [markdown]
# **See**: the circle goes on, and so does the hop. What went to the right or to the left comes to the end of its path, stumbles, and falls into one of these two. The GRU's state can not go on for ever in one direction; here it has settled into a cycle, and only motions that come back to where they began fit to one. Which of the two it is, content decides, as before; and since nothing goes straight any more, noise has nothing left to say: of two films with the same content, nearly all move alike.
#
# And look at the measures. The path is *nearer* to real ones than before, since a circle is easy to be near to; that half of the motions is gone, it does not see. FD does.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 14.1 (★, 5 min): foreground, mask, background
#
# Write VGAN's composition. `foreground` and `mask` are (N, T, 1, H, W), the mask from 0 to 1; `background` is (N, 1, 1, H, W), the same for all frames. Return the films, (N, T, 1, H, W).


# %%
def compose(foreground, mask, background):
    ### BEGIN SOLUTION
    return mask * foreground + (1 - mask) * background
    ### END SOLUTION


check("14.1", compose)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Where the mask is 1, the foreground alone is to be seen; where it is 0, the background alone. The background's one frame is repeated by broadcasting.
#
# </details>

# %% [markdown] tags=["solution"]
# A mask of 1 gives the foreground, 0 the background, ½ the mean of both. This is alpha compositing, as in any image editor; since it is smooth in the mask, the mask can be learned.

# %% [markdown]
# ### Exercise 14.2 (★, 5 min): four films from the side
#
# Here are four films, A to D, each from the side: x across, time downwards, and of each column of a frame the lightest pixel, in three greys. Which motion is which? Give a dict: `{"A": "…", "B": "…", "C": "…", "D": "…"}`, with `"right"`, `"left"`, `"hop"` and `"circle"`.
#
# ```
# A                          B                          C                          D
# ···············▒█████···   ·············██████·····   ··············██████····   ·████████████···········
# ··············▒█████····   ···········██████·······   ··············██████····   ··████████████··········
# ·············▒█████·····   ·········██████·········   ··············██████····   ···████████████·········
# ············▒█████······   ······██████············   ··············██████····   ····████████████········
# ···········▒█████·······   ·····██████·············   ··············██████····   ·····████████████·······
# ··········▒█████········   ····██████··············   ··············██████····   ······████████████······
# ·········▒█████·········   ·····██████·············   ··············██████····   ·······████████████·····
# ········▒█████··········   ·······██████···········   ··············██████····   ········████████████····
# ·······▒█████···········   ·········██████·········   ··············██████····   ·········████████████···
# ······▒█████············   ············██████······   ··············██████····   ··········████████████··
# ·····▒█████·············   ·············██████·····   ··············██████····   ···········████████████·
# ····▒█████··············   ··············██████····   ··············██████····   ············████████████
# ```

# %%
### BEGIN SOLUTION
named = {"A": "left", "B": "circle", "C": "hop", "D": "right"}
### END SOLUTION

check("14.2", named)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Go down a stripe: time passes. To which side does it lean? And which motion does not change x at all?
#
# </details>

# %% [markdown] tags=["solution"]
# A leans to the left as time goes down, D to the right, by a pixel a frame. B swings: x of a circle is a cosine. C is upright, though the garment moves: its motion is along y alone, and this side does not show it.

# %% [markdown]
# ### Exercise 14.3 (★★, 10 min): a jolt
#
# A steady path has even steps. Write a measure of how *uneven* a path is: the mean, over time, of the length of the change from one step to the next. `centres` (N, T, 2) are x and y of each frame; return (N,), one number a film.


# %%
def jolt(centres):
    ### BEGIN SOLUTION
    steps = centres[:, 1:] - centres[:, :-1]
    changes = steps[:, 1:] - steps[:, :-1]
    return changes.norm(dim=2).mean(1)
    ### END SOLUTION


check("14.3", jolt)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Two differences along time, one after the other. Then the length of each, √(x² + y²), and their mean.
#
# </details>

# %% [markdown] tags=["solution"]
# The first difference is the speed, the second the acceleration. `centres.diff(n=2, dim=1)` does both. By this measure, too, a frozen film is perfect.

# %% [markdown]
# ### Exercise 14.4 (★★, 10 min): name the liars
#
# Four sets of films of real frames were scored by the measures of section 2, with other films:
#
# | | content changes | off the path, px | FD of films |
# | --- | --- | --- | --- |
# | A | 0.00 | 3.8 | 11.1 |
# | B | 0.76 | 0.9 | 7.1 |
# | C | 0.00 | 1.4 | 1.4 |
# | D | 0.00 | 4.3 | 9.2 |
#
# Which is `"frozen"`, `"shuffled"`, `"backwards"`, `"changing"`? Give a dict: `{"A": "…", "B": "…", "C": "…", "D": "…"}`.

# %%
### BEGIN SOLUTION
named = {"A": "frozen", "B": "changing", "C": "backwards", "D": "shuffled"}
### END SOLUTION

check("14.4", named)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A frozen film is never far from the middle of a path, a shuffled one may be anywhere on it.
#
# </details>

# %% [markdown] tags=["solution"]
# B's content changes. C is nearly right in everything: its garments stay themselves, and three of its four motions are motions forwards, too. A and D are harder: a point that stands still is nearer to a path, on average, than one that jumps to and fro along it.

# %% [markdown]
# ## What you now know
#
# - A film is right in three ways at once: its frames, its content from frame to frame, its motion. Each measure has a liar that passes it.
# - Whoever judges single frames is blind to time. 3-D convolutions see it, because their kernels cover several frames.
# - VGAN draws a still background and lets a mask decide where the foreground is used. The mask means something only if it has a price.
# - MoCoGAN draws the content once and leads a motion vector from frame to frame. The garment came from the content alone; the motion from both, each deciding a part of it. Two inputs with two names are not yet two meanings.
# - The fastest motion is the rarest with both. A count by motion shows it; a mean does not.
#
# **What this does not show**: cameras that move, cuts, more than one thing in the picture. VGAN's films were 32 frames of 64 × 64 pixels in colour, learned from some 5,000 hours of video, which had been steadied first. Today's generators of video are mostly diffusion models or transformers; the three questions of section 2 are the same.
#
# > **In the document** (§1.3, §3.4). **The document says** that GANs can make lifelike videos for editing and virtual reality, and names VideoGAN. **In fact** VideoGAN's films were a second long and of the size of a stamp, as its authors say themselves. The document shows no network, no loss and no measure for video.
#
# **Further reading**
#
# - Vondrick, Pirsiavash and Torralba, "Generating Videos with Scene Dynamics" (2016): sections 2 and 3.
# - Tulyakov, Liu, Yang and Kautz, "MoCoGAN: Decomposing Motion and Content for Video Generation" (2018): section 3, and figure 1.
# - Unterthiner et al., "Towards Accurate Generative Models of Video: A New Metric & Challenges" (2018): FVD.
