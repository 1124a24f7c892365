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
# # 10 · A modern baseline: what is left without the tricks
#
# **You will** compute exactly where a GAN's descent gets stuck, find where a penalty turns from cure to poison, and take a classic DCGAN to a modern GAN, one change at a time.
#
# **Needs** lessons 05 and 06; lesson 08 for penalties, lesson 09 for the measures.
#
# **Time** 60 minutes to read and play, and 30 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.3 算法优缺点 (strengths and weaknesses), 模式崩溃 (mode collapse), from where the document stops. No system of its list is built here; the newest of them for images, StyleGAN, comes in lesson 12.
#
# **Papers** Jolicoeur-Martineau 2019 (relativistic pairing) · Sun, Fang and Schwing 2020 (the landscape) · Mescheder et al. 2018 (R1, R2) · Huang et al. 2024 (R3GAN) · Karras et al. 2020 (lazy penalties)

# %% [markdown]
# ## The question
#
# Ten years of GANs have left a heap of tricks: smoothed labels, noise on D's inputs, batch statistics, spectral norms, two learning rates. Huang et al. (2024) threw all of them out, kept one loss and two penalties that come with a proof, and took up the networks that everyone else uses by now (residual blocks, without any normalisation). They call what is left a *modern baseline*, R3GAN. What do the proofs say, what do they not say, and what is each change worth on your laptop? (We try the loss, the penalties and the optimiser. Our networks stay plain convolutions, and G keeps its BatchNorm.)

# %%
from gan_lessons import losses, metrics, plots  # before torch: it says how torch's threads wait

import math
import statistics
from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import softplus
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons.data import Batches, Mixture, fashion_mnist, grid, ring
from gan_lessons.exercises import check
from gan_lessons.networks import mlp
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import FigureExplorer, LossBoard

# %% tags=["parameters"]
SEED = 0
BATCH = 256  # points in a step, in sections 3 and 4
RATE = 2e-3  # Adam's learning rate there
BETAS = (0.0, 0.99)  # of Adam there
D_STEPS = 300  # of D alone, in section 3
GRID_STEPS = 800  # of each training in section 4
LIVE_STEPS = 500  # of each of the two trainings on garments in section 5

# %% [markdown]
# ## 1 · Two points: where does descent get stuck?
#
# Lesson 04 showed *mode collapse* (模式崩溃): all samples in one heap. Is it bad luck on the way, or is it a place where a GAN may *rest*? Take the smallest case that can collapse. There are two real points, −1 and 1 on a line. G has two points, $y_1$ and $y_2$, and moves each of them freely. D may be *any* function whatever, always at its best. Then what is left is a function of two numbers, which G descends: it can be computed, and drawn as a landscape (损失地形).
#
# D is trained on comparisons of logits, with each other or with 0, and the losses differ only in *which* ones they make. Each line of the matrix A below is one comparison; the columns are D's logits at the two real points and at G's two.
#
# | loss | D wants, for each line of A | lines |
# | --- | --- | --- |
# | minimax | each real logit above 0, each generated one below 0 | 4 |
# | relativistic, *fixed pairs* | the first real above the first generated, the second above the second | 2 |
# | relativistic, *all pairs* | each real above each generated | 4 |
#
# D's loss is the mean of $\log(1 + e^{-m})$ over the lines, where $m$ is by how much a comparison comes out as D wants. For one pair it is log 2 if D cannot tell the two apart, and nearly 0 if it can. G's landscape is minus that:
#
# $$\varphi(y) = \max_D\; -\operatorname{mean}\,\log\!\left(1 + e^{-A\,D(x_1, x_2, y_1, y_2)}\right)$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $y$ | `y` (N, 2, d) | G's two points; N such pairs at once |
# | $A\,D(\dots)$ | `B @ c` (N, lines, 1) | m, for each comparison |
# | $\varphi$ | `value` (N,) | how well G's points do against the best D: low is good for G |
#
# All values below are in units of log 2. So φ = 0 means that D tells everything apart, and φ = −1 that it can tell nothing: G has won.
#
# **Predict**: which of the three values belongs to which loss, if both of G's points sit on the *same* real point: −0.69, −0.5, −0.5?

# %%
X = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)  # the real points
COMPARED = {
    "minimax": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 0], [0, 0, 0, -1]],
    "fixed pairs": [[1, 0, -1, 0], [0, 1, 0, -1]],
    "all pairs": [[1, 0, -1, 0], [1, 0, 0, -1], [0, 1, -1, 0], [0, 1, 0, -1]],
}
COMPARED = {name: torch.tensor(A, dtype=torch.float64) for name, A in COMPARED.items()}
COLOURS = dict(zip(COMPARED, (plots.FAKE, plots.DISCRIMINATOR, plots.GENERATOR)))


def kernel(a, b, width):
    """Return exp(−|a − b|² / 2 width²) for points a (N, P, d) and b (N, Q, d), as (N, P, Q)."""
    return torch.exp(-torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").square() / (2 * width**2))


# %%
def best_d(A, y, width, price, rounds=30):
    """Return places (N, 4, d) and weights (N, 4) of the best D, D(q) = Σ weight · kernel(place, q), and φ (N,).

    D pays `price` times its squared norm, and bends within `width`. Newton's method; the problem is convex.
    With K = LLᵀ the kernel at the four points, D is Lc there, and its squared norm is |c|².
    """
    places = torch.cat([X.expand(len(y), 2, y.shape[-1]), y], dim=1)
    B = A @ torch.linalg.cholesky(kernel(places, places, width) + 1e-9 * torch.eye(4, dtype=y.dtype))
    c = torch.zeros(len(y), 4, 1, dtype=y.dtype)
    for _ in range(rounds):
        s = torch.sigmoid(-B @ c)  # (N, lines, 1)
        slope = 2 * price * c - B.mT @ s / len(A)
        bend = B.mT @ (s * (1 - s) * B) / len(A) + 2 * price * torch.eye(4, dtype=y.dtype)
        c = c - torch.linalg.solve(bend, slope)
    assert slope.abs().max() < 1e-8, "D is not at its best yet"
    value = -softplus(-B @ c).mean(dim=(1, 2)) - price * c.square().sum(dim=(1, 2))
    return places, (A.T @ torch.sigmoid(-B @ c)).squeeze(-1) / (2 * price * len(A)), value / math.log(2)


# %% [markdown]
# That is all of D. (A function that bends within a width and pays for its size has, at its best, the form of a few humps, one at each point that is looked at: four numbers, however wild it may be. Its price is what keeps the numbers finite. With a small width and a tiny price it is "any function whatever".)
#
# Four places for G's two points, and what each is worth against a free D. All the numbers can be had by hand. Where one real and one generated point share a place, D is torn between two comparisons: each costs log 2 at its best, logit 0. For minimax with both of G's points on one real point, D's comparisons there are one "real" against two "generated": its best probability is 1/3, which costs $(\log 3 + 2 \log 1.5)/4 = 0.69 \log 2$ in the mean of four, where the fourth costs nothing. Of two fixed pairs one is undecided then, of all four pairs two.

# %%
FREE = {"width": 0.01, "price": 1e-6}
CASES = {
    "one on each": (-1, 1),
    "both on one": (-1, -1),
    "one on one, one astray": (-1, 0.4),
    "both astray": (0.2, 0.6),
}
y = torch.tensor([*CASES.values()], dtype=torch.float64)[..., None]
found = {name: best_d(A, y, **FREE)[2] for name, A in COMPARED.items()}
print(f"{'φ, in units of log 2':<24}" + "".join(f"{name:>14}" for name in found))
for i, case in enumerate(CASES):
    print(f"{case:<24}" + "".join(f"{value[i].item():z14.2f}" for value in found.values()))
by_hand = {"minimax": (-1, -0.75 * math.log2(3) + 0.5, -0.5, 0), "fixed pairs": (-1, -0.5, -0.5, 0)}
by_hand["all pairs"] = (-1, -0.5, -0.25, 0)
for name, values in by_hand.items():
    assert (found[name] - torch.tensor(values)).abs().max() < 3e-3

# %% [markdown]
# **See**: in each column, three of the four numbers decide. With one point right, G has to bring the other one over to the second real point. *While it travels* it is worth "one on one, one astray".
#
# - **minimax**: from −0.69 *up* to −0.5, then down to −1. The collapsed place is a valley of its own, and the hill around it is 0.19 log 2 high. A G that descends stays there.
# - **fixed pairs**: −0.5, then −0.5, then −1. There is no hill. That is the theorem of Sun et al. (2020): with n points the minimax loss has $n^n - n!$ such bad places, and relativistic pairing none.
# - **all pairs**: from −0.5 up to −0.25. The hill is back, and higher than before.
#
# In training, the relativistic losses (Jolicoeur-Martineau 2019) compare the logits of the i-th real and the i-th generated sample of a batch, each network with its own sign:
#
# $$L_D = \mathbb{E}\,\log\!\big(1 + e^{-(a_{\text{real}} - a_{\text{fake}})}\big), \qquad L_G = \mathbb{E}\,\log\!\big(1 + e^{-(a_{\text{fake}} - a_{\text{real}})}\big)$$
#
# That is `losses.relativistic`. The theorem needs each generated point to stay with its *own* real one. In training, a batch is drawn anew for each step, and who meets whom is chance: on average, all pairs. (Nor is G's loss in training minus D's, neither here nor for the non-saturating loss. The landscape says where D leaves a slope; how G follows it is another matter.) Keep both in mind for section 4.
#
# A real D is not free: it is a network of limited size, with a penalty. So let it bend less sharply, and pay for its size, and look at the landscape in between. On the left is φ for all places of $y_1$ and $y_2$, dark where it is low. The two blue circles are the right answers (it does not matter which point of G sits on which real one), the two crosses the collapsed ones. The lines are descents from twelve places. On the right, $y_1$ sits on the real point −1, and $y_2$ travels from it to the other.

# %%
WIDTH = 0.5  # within which D bends
TICKS = torch.linspace(-2, 2, 41, dtype=torch.float64)
STARTS = torch.tensor(
    [(a, b) for a in (-1.75, -0.55, 0.35, 1.45) for b in (-1.45, 0.15, 1.75)], dtype=torch.float64
)


def descend(A, y, price, steps=150, length=0.04, width=WIDTH):
    """Let G move its points (N, 2, d) down φ, against the best D, by at most `length` a step; returns the path."""
    path = [y]
    for _ in range(steps):
        places, weights, _ = best_d(A, y, width, price, rounds=20)
        # D stands still: at its best, its own change adds nothing to φ's slope (lesson 05)
        with torch.enable_grad():
            y = y.detach().requires_grad_(True)
            points = torch.cat([places[:, :2], y], dim=1)
            D = (kernel(points, places, width) @ weights[..., None]).squeeze(-1)  # (N, 4)
            (slope,) = torch.autograd.grad(-softplus(-D @ A.T).mean(1).sum(), y)
        y = (y - length * slope / slope.norm(dim=(1, 2), keepdim=True).clamp_min(length)).detach()
        path.append(y)
    return torch.stack(path)


# %%
def over(A, price):
    """Return φ while y₂ travels from −1.5 to 1.5 and y₁ sits on −1; and the places of y₂."""
    t = torch.linspace(-1.5, 1.5, 61, dtype=torch.float64)
    return t, best_d(A, torch.stack([torch.full_like(t, -1), t], dim=1)[..., None], WIDTH, price)[2]


def hill(A, price):
    """Return how far φ rises on the way from one real point to the other."""
    t, value = over(A, price)
    on_the_way = value[(t >= -1) & (t <= 1)]
    return (on_the_way.max() - on_the_way[0]).item()


# %%
def draw_landscape(figure, loss, price):
    left, right = figure.subplots(1, 2)
    A = COMPARED[loss]
    value = best_d(A, torch.cartesian_prod(TICKS, TICKS)[..., None], WIDTH, price)[2].reshape(41, 41)
    shown = left.contourf(TICKS, TICKS, value.T, 20, cmap="cividis")
    figure.colorbar(shown, ax=left, label="φ / log 2")
    paths = descend(A, STARTS[..., None], price)[..., 0]  # (steps, 12, 2)
    left.plot(paths[..., 0], paths[..., 1], color="white", lw=1)
    left.plot(*paths[-1].T, "o", color="white", ms=4)
    left.plot([-1, 1], [1, -1], "o", mfc="none", mec=plots.REAL, ms=13, mew=2.5)
    left.plot([-1, 1], [-1, 1], "x", color=plots.FAKE, ms=10, mew=2.5)
    left.set(
        xlabel="$y_1$",
        ylabel="$y_2$",
        title=f"{loss}: the landscape",
        aspect="equal",
        xlim=(-2, 2),
        ylim=(-2, 2),
    )
    for (name, each), style in zip(COMPARED.items(), ("-", "--", ":")):
        right.plot(*over(each, price), style, color=COLOURS[name], label=name, lw=2.5 if name == loss else 1.2)
    right.set(title="One point right, the other travels", xlabel="$y_2$", ylabel="φ / log 2", ylim=(-1.05, 0))
    right.legend(fontsize="small")
    ended = (paths[-1].sort(dim=1).values - X[:, 0]).abs().amax(1) < 0.25
    beside = (paths[-1][:, None] - X[None]).abs().amax(2).amin(1) < 0.3  # both points near the same real one
    return (
        f"{loss}, price {price:g}: hill {hill(A, price):.2f} log 2 high; of 12 descents {int(ended.sum())} "
        f"end right, {int(beside.sum())} with both points beside one real point, "
        f"and {12 - int((ended | beside).sum())} elsewhere"
    )


# %%
FigureExplorer(draw_landscape, size=(9, 3.6), loss=[*COMPARED][::-1], price=[0.1, 0.03, 0.01, 0.003, 0.001])

# %% [markdown]
# **Try**, with the menu and the slider:
#
# 1. fixed pairs, from the right end of the price to the left: the green line never rises on its way from one real point to the other, and no descent ends with both points beside one real point. Some end elsewhere: the line is flat there, so that hardly anything pulls them on.
# 2. minimax at price 0.001, the right end: a hill, and descents that stop at a cross. Then make D dearer. The hill sinks to next to nothing, and still some descents stop beside a cross: their two points only move apart, one on each side of the real point.
# 3. all pairs at price 0.003: a higher hill than minimax, and about as many descents that stop.
#
# **See**: two things take the hill away. One is pairing, if the pairs stay together. The other is a D that may not be too sharp, *whatever* the loss. That is what penalties do. But a low hill is still a hill: a descent that begins in a valley stays in it, since it never climbs.

# %%
PRICES = (0.001, 0.01, 0.1)
print("height of the hill, in units of log 2\nD's price      " + "".join(f"{price:>8g}" for price in PRICES))
for name, A in COMPARED.items():
    heights = [hill(A, price) for price in PRICES]
    print(f"{name:<16}" + "".join(f"{height:8.2f}" for height in heights))
    assert heights == sorted(heights, reverse=True) and heights[-1] < 0.03
    assert (name == "fixed pairs") == (max(heights) < 0.001)

# %% [markdown]
# ## 2 · The smallest game: how strong a penalty, and how often?
#
# Where G may rest is one question; whether it gets there is another. Lessons 03 and 05 had the *Dirac-GAN* (Mescheder et al. 2018): the real data are one point at 0, G's only sample is at θ, and D's logit is $\psi x$. Near the goal, one step of training is a matrix, and the largest absolute value of its eigenvalues (特征值) is the factor by which the distance changes in the long run: below 1 it shrinks.
#
# There, you worked the matrix out by hand, for one loss and R1. Now let the machine do it. A step of training is a function of (θ, ψ); its Jacobian comes from `autograd`, through the package's own losses and penalties. To R1, which charges for D's slope at real points, comes its twin *R2*, which charges for it at generated ones:
#
# $$R_1 = \frac{\gamma}{2}\,\mathbb{E}_{x\sim p}\big[\lVert\nabla D(x)\rVert^2\big], \qquad R_2 = \frac{\gamma}{2}\,\mathbb{E}_{x\sim G}\big[\lVert\nabla D(x)\rVert^2\big]$$
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | θ, ψ | `state` (2,) | G's sample, D's slope; the goal is (0, 0) |
# | h | `H` | the learning rate, here the size of a plain gradient step |
# | γ | `gamma` | the strength of the penalty |

# %%
H = 0.2
GOAL = torch.zeros(2, dtype=torch.float64)


def one_step(state, loss, penalty=None, level=0.0):
    """Return (θ, ψ) after one step of D, then one of G; D's logit is ψx + level."""
    theta, psi = state
    real, fake = torch.zeros(1, 1, dtype=state.dtype), theta.reshape(1, 1)

    def D(x, psi=psi):
        return psi * x.flatten() + level

    value = loss.d(D(real), D(fake)) + (penalty(D, real, fake) if penalty else 0)
    psi = psi - H * torch.autograd.grad(value, psi, create_graph=True)[0]
    fake = fake.clone()  # so that G's slope is taken in its sample alone, and not in what D made of it
    value = loss.g(D(fake, psi), D(real, psi))
    return torch.stack([theta - H * torch.autograd.grad(value, fake, create_graph=True)[0].squeeze(), psi])


# %%
def step_matrix(loss=losses.non_saturating, penalty=None, level=0.0):
    return torch.autograd.functional.jacobian(lambda state: one_step(state, loss, penalty, level), GOAL)


def growth(matrix, steps=1):
    """Return the factor by which each of `steps` changes the distance in the long run; `matrix`: of all of them."""
    return torch.linalg.eigvals(matrix).abs().max().item() ** (1 / steps)


def both(gamma):
    r1, r2 = losses.r1(gamma), losses.r2(gamma)
    return lambda D, real, fake: r1(D, real, fake) + r2(D, real, fake)


# %% [markdown]
# **Predict**: which losses differ from each other here, and does R2 do what R1 does?

# %%
LOSSES = ("minimax", "non_saturating", "relativistic", "least_squares", "hinge", "wasserstein")
PENALTIES = {
    "none": None,
    "R1": losses.r1(0.5),
    "R2": losses.r2(0.5),
    "R1 + R2": both(0.5),
    "R1, γ = 1": losses.r1(1.0),
}
print(f"{'γ = 0.5':<16}" + "".join(f"{name:>11}" for name in PENALTIES))
factors = {}
for name in LOSSES:
    level = 0.5 if name == "least_squares" else 0.0  # half-way between its targets 0 and 1
    factors[name] = [
        growth(step_matrix(getattr(losses, name), penalty, level)) for penalty in PENALTIES.values()
    ]
    print(f"{name:<16}" + "".join(f"{factor:11.4f}" for factor in factors[name]))
for first, second in (("non_saturating", "relativistic"), ("hinge", "wasserstein")):
    assert all(math.isclose(a, b) for a, b in zip(factors[first], factors[second]))
assert all(math.isclose(row[1], row[2]) and math.isclose(row[3], row[4]) for row in factors.values())
assert all(math.isclose(row[0], 1) and row[1] < 1 for row in factors.values())

# %% [markdown]
# **See**:
#
# - No loss converges by itself: the factor is exactly 1 without a penalty. R1 or R2 brings each of them home.
# - Four of the six losses are the same here, and the other two differ by a scale. Near the goal D is nearly undecided, and all losses are nearly straight lines there. *Relativistic pairing does nothing for convergence near the goal*; what it does is in section 1.
# - R1, R2 and half of both are the same. D's slope in this game is ψ everywhere, so that real and generated points cannot differ. Section 3 asks what R2 is for.
#
# ### How strong, and how often?
#
# The penalty costs a second backward pass through D. Karras et al. (2020) found that it can be *lazy*: charge at every 8th or 16th step only, and 8 or 16 times as much. Lesson 06 did so. Huang et al. (2024) charge at every step. Is lazy the same, only cheaper? The matrix of eight lazy steps is the product of seven without a penalty and one with 8γ.

# %%
GAMMAS = torch.logspace(-1.5, 1.2, 55, dtype=torch.float64).tolist()


def lazy_matrix(gamma, every):
    return step_matrix(penalty=losses.r1(every * gamma)) @ torch.linalg.matrix_power(step_matrix(), every - 1)


fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
largest = {}
for every, style in ((1, "-"), (4, "--"), (8, ":")):
    curve = [growth(lazy_matrix(gamma, every), every) for gamma in GAMMAS]
    ax.semilogx(GAMMAS, curve, style, label=f"every {every} step{'s' * (every > 1)}", color=plots.DISCRIMINATOR)
    low, high = 0.1, 100.0  # it shrinks at `low` and not at `high`: halve the stretch between them
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if growth(lazy_matrix(middle, every), every) < 1 else (low, middle)
    largest[every] = low
    best = min(zip(curve, GAMMAS))
    print(
        f"every {every}: shrinks for γ up to {largest[every]:.2f}, fastest at {best[1]:.1f}, {best[0]:.3f} a step"
    )
ax.axhline(1, color="0.5", lw=1)
ax.set(
    ylim=(0.85, 1.15),
    xlabel="γ",
    ylabel="factor a step",
    title="A lazy penalty turns from cure to poison earlier",
)
ax.legend()
plt.show()

# %% [markdown]
# **Break it**: play the game itself, with a γ on either side of the lazy penalty's end.


# %%
def simulate(gamma, every, steps=400):
    """Return the distance from the goal after plain gradient steps from (1, 0), or inf if it ran away."""
    state = torch.tensor([1.0, 0.0], dtype=torch.float64)
    for step in range(steps):
        penalty = losses.r1(every * gamma) if step % every == 0 else None
        state = one_step(state.requires_grad_(), losses.non_saturating, penalty).detach()
        if state.norm() > 100:
            return math.inf
    return state.norm().item()


for gamma in (0.3, 2.0):
    for every in (1, 8):
        end = simulate(gamma, every)
        assert (end < 1e-3) == (growth(lazy_matrix(gamma, every), every) < 1)
        print(
            f"γ = {gamma}, every {every}: after 400 steps", "at the goal" if end < 1e-3 else "not at the goal"
        )

# %% [markdown]
# **See**: with γ = 0.3 both come home. With γ = 2 the penalty at every step comes home too, and the same penalty at every eighth step throws D across the goal and beyond, farther each time: one charge multiplies ψ by about $1 - 8\gamma h$, which is −2.2 here. So the largest γ that a lazy penalty bears is smaller, by about as much as it is lazy (9.97, 2.47, 1.22). With its own best γ, each converges about as fast as the others.
#
# Lesson 06 stays far from that end: its rate is 0.004, and Adam divides each slope by the size of those before. (Karras et al. scale Adam's settings to how lazy the penalty is, for the same reason.) Rule of thumb: when a training with a lazy penalty trembles, charge more often before you charge less.

# %% [markdown]
# ## 3 · What R1 does not see
#
# In the Dirac-GAN R1 and R2 are one. They differ where real and generated points lie apart, as they do when a training begins. Let D alone learn to tell the ring of eight from a heap in its middle, with each of the penalties, and look at its mean squared slope in both places.


# %%
ring_of_8, heap = ring(), Mixture([[0.0, 0.0]], std=0.3)


def squared_slope(D, x):
    """Return the mean squared norm of D's slope at x: twice the penalty with γ = 1."""
    return 2 * losses.r1(1.0)(D, x, None).item()


def alone(penalty, seed=SEED):
    """Train D alone; returns its mean squared slope at real points and at generated ones."""
    seed_everything(seed)
    D = mlp(2, 1)
    set_threads(D)
    opt = torch.optim.Adam(D.parameters(), lr=RATE, betas=BETAS, fused=True)
    for real, fake in islice(zip(ring_of_8.batches(BATCH, seed), heap.batches(BATCH, seed + 1)), D_STEPS):
        value = losses.relativistic.d(D(real), D(fake)) + (penalty(D, real, fake) if penalty else 0)
        opt.zero_grad()
        value.backward()
        opt.step()
    return squared_slope(D, real), squared_slope(D, fake)


# %%
steep = {}
for name, penalty in {
    "no penalty": None,
    "R1": losses.r1(1.0),
    "R2": losses.r2(1.0),
    "R1 + R2": both(1.0),
}.items():
    steep[name] = alone(penalty)
assert min(steep["no penalty"]) > 3 * max(max(steep[name]) for name in ("R1", "R2", "R1 + R2"))
print("without a penalty D is more than three times as steep, in both places, as with any penalty")
real_slope, fake_slope = steep["R1"]
assert fake_slope > 2 * real_slope and fake_slope > 4 * max(steep["R1 + R2"])
print("with R1 alone it is more than twice as steep at generated points as at real ones,")
print("and more than four times as steep there as with R1 and R2")

# %% tags=["nbval-ignore-output"]
print("mean squared slope of D       at real points   at generated points")
for name, (at_real, at_fake) in steep.items():
    print(f"{name:<28} {at_real:15.2f} {at_fake:20.2f}")

# %% [markdown]
# **See**: D is flat where it is charged. R1 looks at the real points, so D puts its slope where the fakes are, and that is just where G reads it: G's gradient *is* D's slope at its samples. With both, D is gentle in both places. (So it is with R2 alone, with the seed of this page; one small game is no ground to spare R1.) Huang et al. (2024) saw trainings with R1 alone break down through such slopes, and added R2. Near the goal the two kinds of points lie on each other, and the difference is gone, as section 2 computed.

# %% [markdown]
# ## 4 · Twenty-five heaps
#
# Now whole trainings, in which everything happens at once: random pairs, a D of limited size, a G that is a network. The task is lesson 04's grid of 25 heaps, which a GAN likes to cover in part. Two losses, with both penalties and without any, three seeds each.
#
# **Predict**: sections 1 to 3 let you expect something of pairing and something of the penalties. Which of the two will matter more for the number of heaps that are found after 800 steps?


# %%
heaps = grid()


def covered(loss, penalty, seed):
    """Train on the grid; returns how many of its heaps 2,500 samples cover."""
    seed_everything(seed)
    G, D = mlp(2, 2), mlp(2, 1)
    set_threads(G, D)
    g_opt, d_opt = (torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS, fused=True) for net in (G, D))
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99))

    def d_update(real):
        return d_step(G, D, d_opt, loss, real, torch.randn(BATCH, 2), penalty=penalty)

    def g_update(real):
        return g_step(G, D, g_opt, loss, torch.randn(BATCH, 2), real=real)

    for _ in islice(adversarial_steps(heaps.batches(BATCH, seed), d_update, g_update), GRID_STEPS):
        average.update_parameters(G)
    with torch.no_grad():
        return metrics.modes(average(torch.randn(2500, 2)), heaps).covered


# %% [markdown]
# (The twelve trainings take some 50 seconds.)

# %%
found = {}
for loss in ("non_saturating", "relativistic"):
    for name, penalty in {"no penalty": None, "R1 + R2": both(1.0)}.items():
        found[f"{loss}, {name}"] = [covered(getattr(losses, loss), penalty, 3 * SEED + i) for i in range(3)]
fig, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
plots.show_table(
    ax,
    torch.tensor(list(found.values())),
    list(found),
    ["run 1", "run 2", "run 3"],
    form="{:.0f}",
    title="Heaps covered, of 25",
)
plt.show()

middle = {name: statistics.median(runs) for name, runs in found.items()}
assert middle["relativistic, R1 + R2"] > middle["relativistic, no penalty"]
assert abs(middle["relativistic, R1 + R2"] - middle["non_saturating, R1 + R2"]) <= 3
print("median of three runs: with pairs, both penalties find more heaps than none;")
print("with both penalties, the two losses differ by at most three heaps")

# %% [markdown]
# **See**: penalties rescue the pairs. With both penalties, the two losses differ little; without any, pairs do no better than the loss of 2014, and often worse, as the higher hill of random pairs lets you expect. (Thirty trainings of each kind, which are not shown here, found on average 18.9 and 17.2 heaps without penalties, 21.8 and 22.2 with them.) A D that may not be sharp flattens every hill. So 25 heaps can tell penalties from none, and show no gain from pairing. (Section 7 has the task on which the paper sees one.)

# %% [markdown]
# ## 5 · From 2015 to now, one change at a time
#
# Now on garments. The first row of the table to come is the DCGAN of 2015, with the optimiser and the start of its paper; the last is a modern GAN. In between one thing changes at a time, or one group of things that belong together, and nothing is taken back. Here is everything that can change:
#
# | argument | classic | modern |
# | --- | --- | --- |
# | `d_norm` | BatchNorm in D | none: a penalty looks at one image at a time (lesson 06) |
# | `penalties` | none | R1, later R1 and R2, with γ = 1 |
# | `every` | | penalties at every 8th step, later at every step |
# | `adam` | rate 0.0002, β = (0.5, 0.999), weights from N(0, 0.02) | rate 0.004 falling to zero, β = (0, 0.99), PyTorch's start |
# | `average` | G as it is | a moving average of G's weights |
# | `small` | batch of 64, 64 numbers in z | 32, and 16 |
# | `up` | transposed convolutions | convolve, enlarge by repeating or by pixel shuffle, then convolve once at full size |
# | `loss` | non-saturating | relativistic pairing |


# %% tags=["networks"]
def generator(z_dim, up, channels=1):
    """Return G: z (N, z_dim) → images (N, channels, 28, 28), with BatchNorm."""
    a, b, c = 64, 32, 16  # channels at 7×7, 14×14 and 28×28
    if up == "transposed":
        return nn.Sequential(
            nn.Unflatten(1, (z_dim, 1, 1)),
            nn.ConvTranspose2d(z_dim, a, 7, bias=False), nn.BatchNorm2d(a), nn.ReLU(),  # (N, 64, 7, 7)
            nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(),  # (N, 32, 14, 14)
            nn.ConvTranspose2d(b, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),  # (N, 16, 28, 28)
            nn.Conv2d(c, channels, 3, padding=1), nn.Tanh(),
        )  # fmt: skip
    return nn.Sequential(
        nn.Linear(z_dim, a * 7 * 7), nn.Unflatten(1, (a, 7, 7)), nn.BatchNorm2d(a), nn.ReLU(),
        nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.Upsample(scale_factor=2),
        nn.Conv2d(b, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(),  # (N, 16, 14, 14)
        nn.Conv2d(c, 32, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.2),  # (N, 8, 28, 28)
        nn.Conv2d(8, channels, 3, padding=1), nn.Tanh(),
    )  # fmt: skip


# %% tags=["networks"]
def discriminator(norm, channels=1):
    """Return D: images (N, channels, 28, 28) → logits (N,)."""

    def normed(channels):
        return [nn.BatchNorm2d(channels)] if norm else []

    return nn.Sequential(
        nn.Conv2d(channels, 16, 4, 2, 1), nn.LeakyReLU(0.2),  # (N, 16, 14, 14)
        nn.Conv2d(16, 32, 4, 2, 1), *normed(32), nn.LeakyReLU(0.2),  # (N, 32, 7, 7)
        nn.Conv2d(32, 64, 3, 1, 1), *normed(64), nn.LeakyReLU(0.2),  # (N, 64, 7, 7)
        nn.Flatten(), nn.Linear(64 * 7 * 7, 1), nn.Flatten(0),
    )  # fmt: skip


# %% tags=["networks"]
def from_normal(net):
    """Draw the weights of `net` as the DCGAN paper does: N(0, 0.02), BatchNorm's factors N(1, 0.02)."""
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
    return net


def falling(share):
    """Return what share the rate has of its first value, when a `share` of the training is done: half a cosine."""
    return 0.5 * (1 + math.cos(math.pi * min(share, 1)))


# %% tags=["networks"]
def players(d_norm, adam, up, z_dim, channels):
    """Return G, D and their optimisers."""
    nets = generator(z_dim, up, channels), discriminator(d_norm, channels)
    rate, betas = (2e-4, (0.5, 0.999)) if adam == "classic" else (4e-3, (0.0, 0.99))
    if adam == "classic":
        nets = map(from_normal, nets)
    G, D = (net.to(memory_format=torch.channels_last) for net in nets)
    set_threads(G, D)
    return G, D, *(torch.optim.Adam(net.parameters(), lr=rate, betas=betas, fused=True) for net in (G, D))


# %% tags=["networks"]
def new_game(done, seed=SEED, d_norm=True, penalties=(), gamma=1.0, every=8, adam="classic", average=False,
             up="transposed", small=False, loss="non_saturating", channels=1):  # fmt: skip
    """Return G or its average, z's length, and the training, an iterator; `done()`: its share that is over."""
    seed_everything(seed)
    batch, z_dim = (32, 16) if small else (64, 64)
    G, D, g_opt, d_opt = players(d_norm, adam, up, z_dim, channels)
    rate, pair = g_opt.param_groups[0]["lr"], getattr(losses, loss)
    shown = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True) if average else G
    charges = [getattr(losses, name)(gamma) for name in penalties]
    penalty = losses.Lazy(lambda D, real, fake: sum(charge(D, real, fake) for charge in charges), every)

    def d_update(real):
        return d_step(G, D, d_opt, pair, real, torch.randn(batch, z_dim), penalty=penalty if charges else None)

    def g_update(real):
        logs = g_step(
            G, D, g_opt, pair, torch.randn(batch, z_dim), real=real if loss == "relativistic" else None
        )
        if average:
            shown.update_parameters(G)
        for opt in (g_opt, d_opt) if adam == "modern" else ():
            opt.param_groups[0]["lr"] = rate * falling(done())
        return logs

    batches = Batches(fashion_mnist().images, channels * batch, seed)
    batches = (images.view(-1, channels, 28, 28) for images in batches)  # section 7 stacks images as channels
    return shown, z_dim, adversarial_steps(batches, d_update, g_update)


# %% [markdown]
# And the changes, in the order in which they are made.

# %% tags=["networks"]
CHANGES = {
    "DCGAN of 2015": {},
    "R1; no BatchNorm in D": {"d_norm": False, "penalties": ["r1"]},
    "modern optimiser, start": {"adam": "modern"},
    "average of G": {"average": True},
    "convolve, then enlarge": {"up": "repeat"},
    "small batch, short z": {"small": True},
    "relativistic pairs": {"loss": "relativistic"},
    "R2 beside R1": {"penalties": ["r1", "r2"]},
    "both at every step": {"every": 1},
}
RECIPES, so_far = {}, {}
for name, change in CHANGES.items():
    so_far = so_far | change
    RECIPES[name] = so_far


def sample(G, z_dim, count=metrics.SAMPLES):
    """Return `count` images of always the same z, from G in eval mode."""
    z = torch.randn(count, z_dim, generator=torch.Generator().manual_seed(1))
    training = G.training
    with torch.no_grad():
        images = torch.cat([G.eval()(part) for part in z.split(500)])
    G.train(training)
    return images


# %% [markdown]
# One run of each would tell you about that run. So the table was made beforehand, by `python tests/benchmarks/quality.py --recipe all` in the project's folder: it runs this notebook's own cells, each recipe for 60 seconds on two idle cores, with three seeds, in about half an hour. Equal *seconds*, not steps: what makes a step dearer has to earn it.
#
# **Predict**: which change gains the most? Does any of them lose?

# %%
TABLE = {  # FD, precision and recall, for seeds 0, 1 and 2
    "DCGAN of 2015": [(12.71, 0.65, 0.35), (13.34, 0.66, 0.36), (11.26, 0.64, 0.36)],
    "R1; no BatchNorm in D": [(17.57, 0.53, 0.14), (20.48, 0.61, 0.07), (24.55, 0.56, 0.12)],
    "modern optimiser, start": [(3.75, 0.7, 0.64), (4.06, 0.73, 0.67), (3.58, 0.73, 0.65)],
    "average of G": [(3.99, 0.7, 0.6), (3.85, 0.72, 0.66), (4.13, 0.72, 0.69)],
    "convolve, then enlarge": [(3.11, 0.69, 0.75), (3.41, 0.71, 0.69), (3.23, 0.74, 0.7)],
    "small batch, short z": [(2.66, 0.71, 0.67), (2.99, 0.72, 0.67), (2.63, 0.69, 0.7)],
    "relativistic pairs": [(3.16, 0.71, 0.65), (2.35, 0.69, 0.67), (2.41, 0.68, 0.69)],
    "R2 beside R1": [(3.24, 0.68, 0.64), (3.21, 0.68, 0.66), (2.56, 0.66, 0.69)],
    "both at every step": [(4.1, 0.68, 0.59), (3.94, 0.68, 0.59), (3.81, 0.65, 0.63)],
}

# %%
names, columns = [*TABLE], ("FD", "precision", "recall")
medians = [[statistics.median(column) for column in zip(*seeds, strict=True)] for seeds in TABLE.values()]
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
plots.show_table(
    ax,
    torch.tensor(medians),
    names,
    columns,
    ["low", "high", "high"],
    ["{:.1f}", "{:.2f}", "{:.2f}"],
    title="The optimiser gains more than all the rest",
)
plt.show()
classic = statistics.median(fd for fd, *_ in TABLE["DCGAN of 2015"])
for before, (name, now) in zip(TABLE.values(), [*TABLE.items()][1:]):
    old, new = ([fd for fd, *_ in rows] for rows in (before, now))
    better, worse = max(new) < min(old), min(new) > max(old)
    verdict = "better for each seed" if better else "worse for each seed" if worse else "not decided"
    median = statistics.median(new)
    print(f"{name:<26} FD {median:5.2f}, {median / classic:.2f} of DCGAN's; {verdict}")

# %% [markdown]
# **See**:
#
# - **The optimiser is the greatest change**, and no paper is named after it. No momentum, a rate that is twenty times as high at first and falls to zero, and PyTorch's start, all at once: FD falls to less than a third of DCGAN's. (Does the high rate need R1? The table does not say: its rows are built on each other.)
# - **A change can be worse alone and needed later.** R1 in place of BatchNorm costs FD at the old rate, with each seed. A step taken alone, and in this order, would have been taken back.
# - **The average of G** changes nothing that three seeds can tell. **Convolving before enlarging** and **the smaller batch** each gain for each seed. The command's log, which is not shown here, says why: 1,030 steps in the minute with transposed convolutions, 1,240 without, and 2,160 of the smaller ones.
# - **Relativistic pairs** and **R2**: not decided, and R2 costs seconds. **Both penalties at every step** cost a third of the steps (by the same log), and FD is worse for each seed. The paper, which trains far longer, reports trainings that fail with R1 alone (section 7); a minute shows nothing of that.
#
# (Three seeds, one minute, one size of network: a difference of a few tenths is no finding. The ratio to DCGAN's FD is some 1/5 at best.)
#
# ### Two rows live
#
# The first row, and the last one before the pairs, for equally many steps. (The batches of the second are half as large.)

# %%
MODERN = "small batch, short z"
fashion = fashion_mnist()
classic_G, classic_z, game = new_game(lambda: 0.0, **RECIPES["DCGAN of 2015"])
board = LossBoard(LIVE_STEPS, sample=lambda: sample(classic_G, classic_z, 32))

# %%
for logs in board.watch(game):
    board.update(logs)

# %%
modern_G, modern_z, game = new_game(lambda: len(board.history) / LIVE_STEPS, **RECIPES[MODERN])
board = LossBoard(LIVE_STEPS, sample=lambda: sample(modern_G, modern_z, 32))
for logs in board.watch(game):
    board.update(logs)

# %%
made = {"DCGAN of 2015": sample(classic_G, classic_z), MODERN: sample(modern_G, modern_z)}
fig, ax = plt.subplots(figsize=(5.6, 2.4))
title = f"After {LIVE_STEPS} steps: the DCGAN of 2015 (top), and the modern recipe (below)"
plots.show_images(ax, torch.cat([images[:16] for images in made.values()]), columns=8, title=title)
plt.show()
scores = {
    name: metrics.frechet_distance(metrics.features(images), metrics.test_features())
    for name, images in made.items()
}
old, new = scores.values()
assert new < 0.8 * old
print("after equally many steps of half the size, the modern recipe has less than 0.8 of the DCGAN's FD")

# %% tags=["nbval-ignore-output"]
print(", ".join(f"{name}: FD {fd:.1f}" for name, fd in scores.items()))

# %% [markdown]
# ## 6 · How strong a penalty?
#
# In the Dirac-GAN a lazy penalty at every 8th step was fastest at a γ of about 0.5, converged slowly with a tenth of it, and ran away above 1.2. These recipes charge at every 8th step too. Is it so with garments? Again numbers made beforehand: `quality.py` with `--recipe "relativistic pairs" --seconds 20 --gamma 0.01`, and so on, two seeds each.

# %%
GAMMA_TABLE = {
    0.01: [7.76, 9.36],
    0.1: [7.34, 8.77],
    1: [6.92, 9.94],
    10: [11.18, 15.56],
}  # γ: FD of seeds 0 and 1
fig, ax = plt.subplots(figsize=(5.6, 2.8), layout="constrained")
for gamma, fds in GAMMA_TABLE.items():
    ax.loglog([gamma] * len(fds), fds, "o", color=plots.GENERATOR)
middle = [statistics.mean(fds) for fds in GAMMA_TABLE.values()]
ax.loglog([*GAMMA_TABLE], middle, color=plots.GENERATOR, label="mean of two seeds")
ax.legend()
ax.set(
    yticks=(7, 10, 15),
    yticklabels=(7, 10, 15),
    xlabel="γ",
    ylabel="FD, lower is better",
    title="Ten times too much costs more than a hundred times too little",
)
ax.minorticks_off()
plt.show()
assert min(GAMMA_TABLE[10]) > max(fd for gamma, fds in GAMMA_TABLE.items() if gamma < 10 for fd in fds)
print("FD at γ = 10 is above that of every run with a smaller γ")

# %% [markdown]
# **See**: from 0.01 to 1 two seeds can tell no difference, and at 10 both are worse than all others. (Whether γ is too strong there, or too strong to be charged so seldom, this table does not say.) Garments forgive a γ that is too small far longer than the Dirac-GAN does. These are trainings of 20 seconds; how a small γ fares in a long one is another question, and one to ask before you rely on it.
#
# How would you choose γ for pictures of your own? Two rules help.
#
# - It depends on the size of the pictures. The authors of StyleGAN3 let γ grow fourfold when height and width are doubled, and then try 2 and 4 times more and less (NVlabs/stylegan3#71).
# - Try values that are a factor of ten apart first, and mind the upper side.

# %% [markdown]
# ## 7 · A thousand modes
#
# Does pairing find more modes, as section 1 might let you hope? A lesson is too short to answer that, so this section only shows how one would. The usual test has 1,000 of them: three images stacked as colours (Metz et al. 2017), one in each channel. With ten garments there are $10^3$ combinations, and a classifier names the garment in each channel.


# %% tags=["networks"]
def garments(images):
    """Return the names, 0 to 9, of the garments in the channels of images (N, 3, 28, 28), as (N, 3)."""
    return metrics.predicted_classes(images.reshape(-1, 1, 28, 28))[0].view(-1, 3)


# %%
stacked = next(Batches(fashion.images, 3 * 5000, SEED)).view(-1, 3, 28, 28)
fig, ax = plt.subplots(figsize=(7, 1.8))
plots.show_images(
    ax, stacked[:16], columns=8, title="Each is three garments: one in red, one in green, one in blue"
)
plt.show()
kinds = len(garments(stacked).unique(dim=0))
expected = 1000 * (1 - (1 - 1 / 1000) ** len(stacked))
assert abs(kinds - expected) < 15
print(f"5,000 real ones should hold {expected:.0f} of the 1,000 combinations, and do, give or take 15;")
print(f"20,000 hold {1000 * (1 - (1 - 1 / 1000) ** 20_000):,.0f}: that is the ceiling of the experiment")

# %% [markdown]
# Training on a thousand modes takes longer than a lesson, so it is an experiment for those who have half an hour or more: `python tests/benchmarks/stacked.py` in the project's folder trains this notebook's networks, with three channels, for ten minutes with each of five pairs of loss and penalties, and counts the modes among 20,000 samples. (`--recipe` and `--minutes` choose.) We have not run it for long enough to print its answer here.
#
# On stacked *digits* the paper has 1,000 modes and a KL divergence of 0.078 from even shares for pairs with R1 and R2, 693 modes and 0.927 for the loss of 2014 with the same penalties, and failed trainings for either loss with R1 alone. These are their numbers (Huang et al. 2024), not ours.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 10.1 (★, 3 min): five points
#
# **Predict.** Five real points lie apart from each other, and G has five points, in *fixed pairs*. G's first two sit on their own real points; its other three all sit on the *first* real point. D is free. What is φ, in units of log 2?

# %%
### BEGIN SOLUTION
phi = -2 / 5
### END SOLUTION

check("10.1", phi)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Go through the five pairs. Which of them can D tell apart?
#
# </details>

# %% [markdown] tags=["solution"]
# In the first two pairs both points lie in one place, so that D's difference is 0 whatever D is: each adds −1. In the other three, the real point lies on a place of its own, and D may give it a logit as high as it likes: each adds 0. The mean of the five is −2/5. Each point that finds home adds −1/5, and nothing is lost on the way: there is no hill.

# %% [markdown]
# ### Exercise 10.2 (★★, 8 min): all pairs
#
# Write D's relativistic loss over *all* pairs: the mean of $\log(1 + e^{-(a_i - b_j)})$ over all real logits $a_i$ (N,) and all generated logits $b_j$ (M,). N and M may differ, and logits may be large.


# %%
def all_pairs_d(real_logits, fake_logits):
    ### BEGIN SOLUTION
    return softplus(fake_logits[None, :] - real_logits[:, None]).mean()
    ### END SOLUTION


check("10.2", all_pairs_d)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `a[:, None] - b[None, :]` has the shape (N, M).
#
# </details>

# %% [markdown] tags=["solution"]
# The broadcast difference holds every pair once. The pairs of one batch are a sample of these N·M pairs, with the same mean: this loss is what random pairing computes on average, at the cost of one more line, since D is called no more often. It is also, by section 1, the loss whose hill is the highest.

# %% [markdown]
# ### Exercise 10.3 (★★, 5 min): how lazy?
#
# Let G stand still at 0, so that in the Dirac-GAN nothing but R1 acts on D's slope ψ. D makes plain gradient steps of size h = 0.01, and γ = 10. R1 is charged at every k-th step, k times as much. Which is the largest k for which ψ shrinks to 0?

# %%
### BEGIN SOLUTION
largest_k = 19
### END SOLUTION

check("10.3", largest_k)

# %% [markdown]
# <details><summary>Hint</summary>
#
# R1 is $\gamma\psi^2/2$, and its slope $\gamma\psi$. By which factor does one charge, k times as much, change ψ?
#
# </details>

# %% [markdown] tags=["solution"]
# A charge takes ψ to $\psi - h k \gamma \psi$, so its factor is 1 − 0.1 k. It shrinks as long as that lies between −1 and 1, that is for k < 20. At k = 20 it is exactly −1. At every step (k = 1) the same h would bear γ up to 200.

# %% [markdown]
# ### Exercise 10.4 (★★, 10 min): how even?
#
# That all modes occur does not say that they occur equally often. Papers on stacked images give the *KL divergence* of the samples' shares $s_k$ from even ones, in nats: $\sum_k s_k \log(s_k K^C)$, with K names in each of C channels, so that there are $K^C$ kinds. Write it; `names` (N, C) holds whole numbers from 0 to K − 1.


# %%
def unevenness(names, K):
    ### BEGIN SOLUTION
    share = names.unique(dim=0, return_counts=True)[1] / len(names)
    return (share * (share * K ** names.shape[1]).log()).sum()
    ### END SOLUTION


check("10.4", unevenness)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `names.unique(dim=0, return_counts=True)` finds the kinds that occur, and how often each does.
#
# </details>
#
# When it is right, try `unevenness(garments(stacked), 10)`. It is above 0 even for real images: in 5,000 draws, some kinds occur more than five times and others less.

# %% [markdown] tags=["solution"]
# Kinds that do not occur have share 0 and add nothing, since $s \log s$ goes to 0 with s; in floats $0 \cdot \log 0$ would be nan, so it is as well that `unique` leaves them out. With all samples of one kind the sum is $C \log K$, and with all kinds equally often it is 0.

# %% [markdown]
# ## What you now know
#
# - Mode collapse can be a place of rest: against a free D, the minimax loss has a valley where both points share one place. Fixed pairs have no hill around it, random pairs have a higher one, and a D that pays for its size has hardly any.
# - Near the goal no loss converges by itself, and R1 or R2 brings each of them home, as long as the penalty's factor times the step stays small. A lazy penalty reaches that end earlier.
# - From the DCGAN of 2015 to a modern GAN the largest gain, at equal seconds, was the optimiser's: no momentum, a high rate that falls, another start. Pairs, R2 and penalties at every step did not pay within a minute.
#
# **What this does not show**: how the baseline does at full size, or without BatchNorm in G, which R3GAN has thrown out too. The networks here are small, plain, and train for a minute: whatever comes later, a slow divergence or the last tenth of quality, they cannot tell, and so they are no verdict on pairs and R2.
#
# > **In the document** (§3.3). **The document says** that mode collapse is a weakness of GANs, and leaves it at that. **In fact** it has been taken apart: it can be computed where a GAN may rest, and when it comes to rest, and a penalty on D's slope changes both.
#
# **Further reading**
#
# - Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline" (2024): the argument in full, and its table on stacked digits.
# - Sun, Fang and Schwing, "Towards a Better Global Loss Landscape of GANs" (2020): the two points, and the theorem for n.
# - Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from standard GAN" (2019): where pairing comes from.
# - Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018): eigenvalues, R1 and R2.
# - Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020), appendix B: lazy penalties, and the optimiser's settings that have to change with them.
