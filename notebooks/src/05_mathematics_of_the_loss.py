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
# # 05 · The mathematics of the loss
#
# **You will** derive the best discriminator, the value of the game and what each of G's losses really descends, have the computer check the algebra, and compute from two eigenvalues whether a small game converges near its goal.
#
# **Needs** lesson 03; derivatives, logarithms, and 2×2 matrices for section 9. **Time** 60 minutes to read, and 20 for the exercises; the notebook computes for about 15 seconds. **First** clear all outputs.
#
# **Follows** §4 数学模型和公式 (mathematical model and formulas): §4.1 数学模型构建 (the model), §4.2 公式推导过程 (derivation), §4.3 案例分析与讲解 (a worked case).
#
# **Papers** Goodfellow et al. 2014, section 4 · Arjovsky and Bottou 2017, theorem 2.5 · Nowozin et al. 2016 (f-GAN) · Arjovsky et al. 2017 (WGAN) · Mescheder et al. 2018 (R1), sections 2 to 4

# %% [markdown]
# ## The question
#
# Where do the two losses come from? When they are as small as they can be, what has been learned? And lesson 03 left open: why does R1 make the Dirac-GAN arrive?
#
# > **In the document** (§4.2). The section is called "derivation of the formulas" (公式推导过程), and contains no derivation: it writes both losses down a second time, with a bracket missing.
#
# `sympy` does algebra with symbols; every step that it can check, it checks. The rest is checked with numbers in double precision (float64).

# %%
from gan_lessons import plots  # before torch: it says how torch's threads wait

import math

import sympy as sp
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything
from gan_lessons.widgets import FigureExplorer

# %% tags=["parameters"]
SEED = 0
X = torch.linspace(-12, 12, 24_001, dtype=torch.float64)  # where densities are summed up: steps of 0.001
STEP_SIZE = 0.2  # h of the Dirac-GAN
GAMMA = 0.3  # its R1

# %% [markdown]
# ## 1 · The game, written down
#
# Real data have density p, G's samples have density q. D gives each x a probability $D(x)$ of being real. The *value* of the game is
#
# $$V(D, G) = \mathbb{E}_{x\sim p}[\log D(x)] + \mathbb{E}_{z}[\log(1-D(G(z)))] = \int \Big( p(x)\log D(x) + q(x)\log(1-D(x)) \Big)\,dx$$
#
# D wants it large, G wants it small. D's *loss* is $-V$.
#
# | symbol | variable | meaning |
# | --- | --- | --- |
# | $p, q$ | `p`, `q` | the two densities, at one x |
# | $D$ | `d` | D's probability there |
# | $\sigma(a)$ | `torch.sigmoid(a)` | probability from logit |
#
# > **In the document** (§4.1). Three things are different. V itself is called "the loss" of D (lesson 03 descended it, and D learned the opposite). G gets the *data* x for input. And $\mathbb{E}[\log D(G(x))]$ is G's loss, where §3.2.3 had $\mathbb{E}[D(\text{fake})]$. Section 6 runs the second and the third.

# %% [markdown]
# ## 2 · The best D
#
# The integral is largest if the integrand is largest at every x. There, p and q are two fixed numbers, and D is free. So: a function of one variable.

# %%
p, q = sp.symbols("p q", positive=True)
d = sp.symbols("d", positive=True)
integrand = p * sp.log(d) + q * sp.log(1 - d)

slope = sp.diff(integrand, d)
(best,) = sp.solve(slope, d)
bend = sp.factor(sp.diff(integrand, d, 2).subs(d, best))
assert sp.simplify(best - p / (p + q)) == 0
assert sp.simplify(bend + (p + q) ** 3 / (p * q)) == 0  # minus something positive: a maximum
print(
    "slope:",
    slope,
    "\nzero at d =",
    best,
    "\nsecond derivative there:",
    bend,
    "< 0: a maximum, and the only one",
)

# %% [markdown]
# So $D^*(x) = p(x)/(p(x)+q(x))$, which lesson 02 found by training. As a logit it is $\log p/q$:

# %%
assert sp.simplify(sp.expand_log(sp.log(best / (1 - best)) - sp.log(p / q), force=True)) == 0
gaussian = sp.log(sp.exp(-((sp.Symbol("x") - 1) ** 2) * 2) / sp.exp(-((sp.Symbol("x") + 1) ** 2) / 2))
parabola = sp.Poly(sp.expand_log(sp.expand(gaussian), force=True).expand(), sp.Symbol("x"))
assert parabola.degree() == 2
print("the log ratio of N(1, ½²) and N(−1, 1²), up to the log 2 from their normalisation:", parabola.as_expr())

# %% [markdown]
# A parabola: that is why three numbers were enough for D in lesson 01.
#
# ## 3 · The value against the best D
#
# Put $D^*$ into V. **Predict**: if G is perfect, p = q, which number comes out?
#
# Two measures of how far apart two densities are. The *Kullback–Leibler divergence* is $\mathrm{KL}(p\,\|\,q) = \int p \log\frac{p}{q}$. The *Jensen–Shannon divergence* compares both with their mean $m = (p+q)/2$:
#
# $$\mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p\,\|\,m) + \tfrac12 \mathrm{KL}(q\,\|\,m)$$
#
# The claim is $V(D^*, G) = 2\,\mathrm{JSD}(p, q) - \log 4$. Check it at one x: the difference of the two integrands must be something that integrates to $-\log 4$ whatever p and q are.

# %%
m = (p + q) / 2
value = p * sp.log(best) + q * sp.log(1 - best)
twice_jsd = p * sp.log(p / m) + q * sp.log(q / m)
difference = sp.simplify(sp.expand_log(sp.simplify(value - twice_jsd), force=True))
assert sp.simplify(difference + (p + q) * sp.log(2)) == 0
print("V − 2 JSD, at one x:", sp.factor(difference), " → the integral of (p + q) is 2, so −2 log 2 = −log 4")


# %%
def normal(x, mean, std):
    return torch.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))


def integral(values):
    return torch.trapezoid(values, X)


def kl(p, q):
    """Return KL(p‖q) of two densities on X, with 0 log 0 = 0."""
    return integral(torch.xlogy(p, p) - torch.xlogy(p, q.clamp_min(1e-300)))


def jsd(p, q):
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


def value_of(p, q, d):
    return integral(torch.xlogy(p, d) + torch.xlogy(q, 1 - d))


density_p, density_q = normal(X, 1, 0.5), normal(X, -1, 1)
d_star = density_p / (density_p + density_q)
by_integral, by_formula = value_of(density_p, density_q, d_star), 2 * jsd(density_p, density_q) - math.log(4)
assert abs(by_integral - by_formula) < 1e-10
print(f"N(1, ½²) against N(−1, 1²): V = {by_integral:.6f} by the integral, {by_formula:.6f} by 2 JSD − log 4")
for other in (d_star * 0.9, d_star**2, 0.5 * torch.ones_like(X)):
    assert value_of(density_p, density_q, other) < by_integral
print("three other D have a lower value")

# %% [markdown]
# ### The global optimum
#
# JSD is never negative, and 0 only where p = q: since $\log t \le t - 1$, with equality at t = 1 alone,
#
# $$-\mathrm{KL}(p\,\|\,m) = \int p \log\frac{m}{p} \le \int p\,\Big(\frac{m}{p} - 1\Big) \le 0$$
#
# So the least that G can reach against the best D is $-\log 4 = -1.386$, at p = q and nowhere else. D's loss, $-V$, is then 2 log 2 = 1.386, the number that you have met in lessons 01, 02 and 04. The largest value is 0, where p and q do not overlap at all: D is never wrong.

# %%
seed_everything(SEED)
rows = torch.rand(2, 1000, 6, dtype=torch.float64) ** 3
ps, qs = (rows / rows.sum(-1, keepdim=True)).unbind()  # 1,000 pairs of distributions over six outcomes
means = (ps + qs) / 2
divergences = 0.5 * (torch.xlogy(ps, ps / means) + torch.xlogy(qs, qs / means)).sum(1)
assert divergences.min() > 0 and divergences.max() < math.log(2)
assert jsd(density_p, density_p).abs() < 1e-12
print("JSD of 1,000 random pairs: always between 0 and log 2 = 0.693; of a density and itself: 0")

# %% [markdown]
# Move G's density q. Watch three things: the best D, the value, and what happens to the value's *change* when q is far away.


# %%
def draw_value(figure, mean, std):
    left, right = figure.subplots(1, 2)
    p_here, q_here = normal(X, 0, 1), normal(X, mean, std)
    near = X.abs() < 8
    left.plot(X[near], p_here[near], color=plots.REAL, label="p, real")
    left.plot(X[near], q_here[near], "--", color=plots.FAKE, label="q, G's")
    left.plot(X[near], (p_here / (p_here + q_here))[near], ":", color=plots.DISCRIMINATOR, label="best D")
    left.set(title="Densities, and the best D", xlabel="x")
    left.legend(fontsize="small")
    shifts = torch.linspace(-6, 6, 49, dtype=torch.float64)
    right.plot(
        shifts, [2 * jsd(p_here, normal(X, s, std)) - math.log(4) for s in shifts], color=plots.GENERATOR
    )
    here = 2 * jsd(p_here, q_here) - math.log(4)
    right.plot(mean, here, "o", color="black")
    right.axhline(-math.log(4), color="0.6", linestyle=":", label="−log 4")
    right.legend(fontsize="small")
    right.set(title="V against the best D", xlabel="mean of q", ylabel="2 JSD − log 4")
    return f"V = 2 JSD − log 4 = {here:.4f}; the least possible is −1.3863"


FigureExplorer(draw_value, size=(8, 3), mean=(-6.0, 6.0, 0.25, 3.0), std=(0.25, 1.5, 0.25, 1.0))

# %% [markdown]
# ## 4 · Why minimax saturates
#
# The right-hand curve above becomes flat where q is far from p: next to no slope, next to nothing to learn. The same can be seen from D's logit $a$ of a fake. G's pull is the slope of its loss in $a$:

# %%
a = sp.symbols("a", real=True)
sigma = 1 / (1 + sp.exp(-a))
slopes = {
    "minimax        log(1 − σ(a))": (sp.log(1 - sigma), -sigma),
    "non-saturating −log σ(a)": (-sp.log(sigma), -(1 - sigma)),
    "minus the probability, −σ(a)": (-sigma, -sigma * (1 - sigma)),
}
for name, (loss, claimed) in slopes.items():
    assert sp.simplify(sp.diff(loss, a) - claimed) == 0
    limits = [sp.limit(sp.diff(loss, a), a, end) for end in (-sp.oo, sp.oo)]
    print(f"{name:<30} slope at a → −∞: {limits[0]!s:>2}, at a → +∞: {limits[1]!s:>2}")

# %% [markdown]
# A fake of which D is sure has $a \to -\infty$. There minimax and minus the probability have no slope; the non-saturating loss has slope −1. (At the other end, $a \to +\infty$, D takes the fake for real. There minimax pulls, and the other two rest, as they may.)
#
# > **In the document** (§3.2.3). The last of the three losses is the document's, with the sign mended: its formula is $\mathbb{E}[D(\text{fake})]$, whose descent would make G worse; its code has the minus.
#
# ## 5 · What the non-saturating loss descends
#
# Minimax, against the best D, descends 2 JSD. And the non-saturating loss? Its slope is taken with $D^*$ held fixed, although $D^*$ will change when G does. So look for a divergence whose slope in q is $-\log D^*$ at every x, up to a constant (a constant does not matter, since q always integrates to 1). Arjovsky and Bottou (2017, theorem 2.5) found
#
# $$\mathrm{KL}(q\,\|\,p) - 2\,\mathrm{JSD}(p, q) \;=\; 2\,\mathrm{KL}(m\,\|\,p), \qquad m = \tfrac12(p+q)$$
#
# and the right-hand side, which sympy finds equal, is easier to read.

# %%
n = q * sp.log(q / p) - twice_jsd  # KL(q‖p) − 2 JSD, at one x
softened = 2 * m * sp.log(m / p)  # 2 KL(m‖p), at one x
assert sp.simplify(sp.expand_log(sp.simplify(n - softened), force=True)) == 0
for name, divergence, log_d in (
    ("minimax         2 JSD     ", value, sp.log(1 - best)),
    ("non-saturating  2 KL(m‖p) ", softened, -sp.log(best)),
):
    constant = sp.simplify(sp.expand_log(sp.simplify(sp.diff(divergence, q) - log_d), force=True))
    assert constant.is_constant(p, q)
    print(f"{name}: slope in q − G's loss at x = {constant}, the same for all p and q")

# %% [markdown]
# So both losses follow the slope of a divergence that is 0 at p = q and nowhere else, though D is held fixed. Try it where everything can be computed: $q_\theta = N(\theta, 1)$, that is $G_\theta(z) = \theta + z$, and p = N(0, 1). One side follows the samples; the other differentiates two integrals.


# %%
def left_side(theta, loss):
    """Return the slope in θ of E[loss(D*(θ + z))], D* fixed, z standard normal."""
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    samples = t + X  # G(z) for all z on the grid
    fixed = torch.tensor(theta, dtype=torch.float64)
    logit = -(samples**2) / 2 + (samples - fixed) ** 2 / 2  # log p/q of the D that is best for this θ
    (slope,) = torch.autograd.grad(integral(normal(X, 0, 1) * loss(logit)), t)
    return slope.item()


def right_side(theta, divergence):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(divergence(normal(X, 0, 1), normal(X, t, 1)), t)
    return slope.item()


pulls = {"minimax": [], "non-saturating": []}
for theta in (0.5, 1.0, 1.5, 2.0, 3.0, 5.0):
    minimax = left_side(theta, lambda a: -softplus(a)), right_side(theta, lambda p, q: 2 * jsd(p, q))
    others = left_side(theta, lambda a: softplus(-a)), right_side(theta, lambda p, q: 2 * kl((p + q) / 2, p))
    assert math.isclose(*minimax, rel_tol=1e-6) and math.isclose(*others, rel_tol=1e-6)
    pulls["minimax"].append(minimax[0])
    pulls["non-saturating"].append(others[0])
    print(
        f"θ = {theta}: minimax {minimax[0]:.3f} = {minimax[1]:.3f}   "
        f"non-saturating {others[0]:.3f} = {others[1]:.3f}"
    )
assert max(pulls["minimax"]) == pulls["minimax"][2] and pulls["minimax"][-1] < 0.05
assert pulls["non-saturating"] == sorted(pulls["non-saturating"])

# %% [markdown]
# **See**: both pull θ towards 0. The pull of minimax is largest near θ = 1.5; from there on it gets weaker with the distance, and at θ = 5 a tenth of it is left: where G is far off, it learns next to nothing. The pull of the non-saturating loss keeps growing. That loss also has a preference. $\mathrm{KL}(m\|p)$ asks where G's samples lie outside the real data, and says less about what G leaves out. Take real data in eight equal modes:


# %%
def cost(real, fake):  # 2 KL(m‖p) of two distributions over outcomes
    real, fake = torch.tensor(real, dtype=torch.float64), torch.tensor(fake, dtype=torch.float64)
    mean = (real + fake) / 2
    return torch.xlogy(2 * mean, mean / real).sum().item()


share = 1 / 8
eight, one, seven = [share] * 8, [1.0] + [0.0] * 7, [0.0] + [1 / 7] * 7
print(f"G leaves out one mode of eight: {cost(eight, seven):.3f};  all but one: {cost(eight, one):.3f}")
for rare in (1e-3, 1e-6, 1e-9):  # how much of the real data lies where G makes up an eighth of its samples
    invented = cost([*eight, rare], [(1 - share) * share] * 8 + [share])
    print(f"G makes up an eighth of its samples, where real data have {rare:g}: {invented:.3f}")
    assert invented > 5 * cost(eight, seven)

# %% [markdown]
# An eighth of the real data left out costs little; an eighth of the samples made up costs many times as much, and without end the rarer such data are. But "leaving out" is cheap only while it is little: a G that makes one mode of eight pays 1.09, for it makes far too much of that one.
#
# The loss was chosen because the slope is there when G needs it, and this divergence came with it. How much its preference for leaving out over making up has to do with mode collapse is disputed; in lesson 04, who was ahead of whom mattered more.

# %% [markdown]
# ## 6 · Break it: a wrong sign, and a wrong argument
#
# **Sign.** If $\mathbb{E}[\log D(G(z))]$ is *descended*, as "loss" suggests, G moves the wrong way:

# %%
theta = 2.0
for _ in range(20):
    theta -= 0.1 * left_side(theta, lambda a: -softplus(-a))  # log σ(a)
assert theta > 2.5
print("started 2 from the real data and descended E[log D(G(z))]: now more than 2.5 away")

# %% [markdown]
# **Argument.** Were G a function of the *data* x, as in the document's G(x), there is a perfect solution: $G(x) = x$. Its samples have exactly the density p, so the best D is p/(p+p) = ½ everywhere, and the value is $-\log 4$. It generates nothing new:

# %%
assert math.isclose(
    value_of(density_p, density_p, density_p / (2 * density_p)).item(), -math.log(4), rel_tol=1e-9
)
print("G(x) = x reaches V = −log 4, the optimum, by handing out the data that it was given")

# %% [markdown]
# A generator needs noise for its input: $G(z)$. (Models that do take data for input, as in lesson 13, get another loss that keeps them from copying.)

# %% [markdown]
# ## 7 · A case with numbers (§4.3)
#
# > **In the document** (§4.3). It takes a batch of images with label 1 and generated ones with label 0, and stops before the first number.
#
# Two real images, to which D gives the probabilities 0.9 and 0.6, and two generated ones, to which it gives 0.2 and 0.5. By hand:
#
# $$L_D = \tfrac12(-\log 0.9 - \log 0.6) + \tfrac12(-\log 0.8 - \log 0.5) = 0.3081 + 0.4581 = 0.7662$$
#
# $$L_G = \tfrac12(-\log 0.2 - \log 0.5) = 1.1513$$

# %%
real_logits, fake_logits = (torch.logit(torch.tensor(values)) for values in ([0.9, 0.6], [0.2, 0.5]))
d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
g_loss = softplus(-fake_logits).mean()
labels = torch.tensor([1.0, 1.0, 0.0, 0.0])
by_labels = binary_cross_entropy_with_logits(torch.cat([real_logits, fake_logits]), labels)
assert abs(d_loss - 0.7662) < 5e-5 and abs(g_loss - 1.1513) < 5e-5 and torch.isclose(2 * by_labels, d_loss)
print(f"from logits: L_D = {d_loss:.4f}, L_G = {g_loss:.4f}; the value V, which D makes large: {-d_loss:.4f}")
print(
    f"with labels 1 and 0, as one batch of four: {by_labels:.4f}, half of L_D, since it is the mean over four"
)

# %% [markdown]
# And the step that follows? The slopes of $L_G$ in the two fake logits are $-(1-0.2)/2$ and $-(1-0.5)/2$. The fake that D caught is pulled harder than the one that D was unsure about:

# %%
fake_logits.requires_grad_()
(slopes_of_loss,) = torch.autograd.grad(softplus(-fake_logits).mean(), fake_logits)
assert torch.allclose(slopes_of_loss, torch.tensor([-0.4, -0.25]))
print("slopes of L_G in the fakes' logits:", [round(value, 2) for value in slopes_of_loss.tolist()])

# %% [markdown]
# ## 8 · Other divergences
#
# JSD came out of D's cross-entropy. Other losses for D give other divergences. For a convex f (one that curves upwards) with f(1) = 0, the *f-divergence* of p and q is $D_f = \int q\, f(p/q)$. It can be learned from samples (Nowozin et al. 2016), because for any function T(x) with values where $f^*$ is finite
#
# $$\mathbb{E}_{x\sim p}[T(x)] - \mathbb{E}_{x\sim q}[f^*(T(x))] \;\le\; D_f(p, q), \quad\text{with equality at } T = f'(p/q)$$
#
# where $f^*(t) = \max_u (ut - f(u))$ is f's *conjugate* (the star means something else than in $D^*$). T is a discriminator. At the maximum $t = f'(u)$, so $f^*(f'(u)) = u f'(u) - f(u)$, which sympy can check for each entry below:

# %%
u, t = sp.symbols("u t", positive=True)
DIVERGENCES = {
    "KL(p‖q)": (u * sp.log(u), lambda t: sp.exp(t - 1)),
    "KL(q‖p), reverse": (-sp.log(u), lambda t: -1 - sp.log(-t)),
    "Pearson χ²": ((u - 1) ** 2, lambda t: t**2 / 4 + t),
    "2 JSD − log 4": (u * sp.log(u) - (u + 1) * sp.log(u + 1), lambda t: -sp.log(1 - sp.exp(t))),
}
outcomes_p, outcomes_q = (
    [sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(1, 6)],
    [sp.Rational(1, 5)] * 2 + [sp.Rational(3, 5)],
)
for name, (f, conjugate) in DIVERGENCES.items():
    best_t = sp.diff(f, u)
    residue = sp.expand_log(sp.simplify(conjugate(best_t) - (u * best_t - f)), force=True)
    assert sp.simplify(residue) == 0
    bound = sum(
        a * best_t.subs(u, a / b) - b * conjugate(best_t.subs(u, a / b)) for a, b in zip(outcomes_p, outcomes_q)
    )
    divergence = sum(b * f.subs(u, a / b) for a, b in zip(outcomes_p, outcomes_q))
    assert abs(sp.N(bound - divergence, 30)) < 1e-25
    for shift in (sp.Rational(9, 10), sp.Rational(11, 10)):  # the T of another u is a worse one
        other = [best_t.subs(u, shift * a / b) for a, b in zip(outcomes_p, outcomes_q)]
        assert sum(a * t - b * conjugate(t) for a, b, t in zip(outcomes_p, outcomes_q, other)) < divergence
    print(
        f"{name:<18} f(u) = {f!s:<32} on an example:",
        f"bound {float(bound):.4f} = divergence {float(divergence):.4f}",
    )

# %% [markdown]
# (The last entry's f(1) is $-\log 4$ and not 0, for the sake of the name.) The GAN of 2014 is one f-divergence among many.
#
# ### Where they all fail, and Wasserstein does not
#
# Every f-divergence looks at the *ratio* p/q, point by point. Where p and q do not overlap, the ratio is 0 or infinite, whether they are near or far. The *Wasserstein distance* asks instead how far mass must be carried to turn q into p. In one dimension it is the area between the two *cumulative distribution functions*, which tell how much of the mass lies to the left of each x.
#
# **Predict**: two narrow boxes, at distance s. What do JSD and the Wasserstein distance do as s grows from 0 to 4?


# %%
def box(centre, width):
    inside = ((X - centre).abs() <= width / 2).double()
    return inside / integral(inside)


def wasserstein(p, q):
    """Return the area between the cumulative distribution functions of two densities on X."""
    step = X[1] - X[0]
    return integral((torch.cumsum(p - q, 0) * step).abs())


here = box(0, 0.8)
for shift in (1.0, 2.0, 4.0):
    assert abs(wasserstein(here, box(shift, 0.8)) - shift) < 2e-3  # a shifted copy: all mass is carried by s
    assert abs(jsd(here, box(shift, 0.8)) - math.log(2)) < 1e-6
print("boxes 0.8 wide, s = 1, 2, 4 apart: the Wasserstein distance is s; JSD is log 2, each time")


# %%
def draw_distances(figure, shift, width):
    left, right = figure.subplots(1, 2)
    here, there, near = box(0, width), box(shift, width), (X > -2) & (X < 6)
    left.plot(X[near], here[near], color=plots.REAL, label="p")
    left.plot(X[near], there[near], "--", color=plots.FAKE, label="q")
    left.set(title="Two boxes", xlabel="x", ylabel="density")
    left.legend()
    shifts = torch.linspace(0, 4, 33, dtype=torch.float64)
    right.plot(shifts, [jsd(here, box(s, width)) for s in shifts], color=plots.DISCRIMINATOR, label="JSD")
    right.plot(shifts, shifts, "--", color=plots.GENERATOR, label="Wasserstein")
    right.axvline(shift, color="0.6", linestyle=":")
    right.set(title="Apart, only one still has a slope", xlabel="shift", ylabel="distance", ylim=(0, 4))
    right.legend()
    distances = f"JSD {jsd(here, there):.4f} (at most 0.6931), Wasserstein {wasserstein(here, there):.2f}"
    return f"shift {shift:.1f}: {distances}"


FigureExplorer(draw_distances, size=(8, 2.8), shift=(0.0, 4.0, 0.1, 2.0), width=(0.2, 3.0, 0.1, 0.8))

# %% [markdown]
# **See**: once the boxes are apart, JSD stays at its ceiling, without a slope. The Wasserstein distance always says where to go. Real and generated images hardly overlap at first, so this matters. Lesson 08 trains with it; it needs a D whose slope is limited.

# %% [markdown]
# ## 9 · Does it converge? Two eigenvalues
#
# All of the above assumes a D at its best. In training, both move. Near the goal, how they move is decided by a matrix: the *Jacobian* of the two updates, which holds the slope of each player's move in each of the two numbers. Its *eigenvalues* are the factors by which it stretches its own directions; a complex pair turns the plane as well. Take the Dirac-GAN of lesson 03 (real data at 0, G's point at θ, D's logit $\psi x$, non-saturating loss, R1 with strength γ). If steps are very small, the two follow
#
# $$\dot\theta = \psi\,\sigma(-\psi\theta), \qquad \dot\psi = -\theta\,\sigma(\psi\theta) - \gamma\,\psi$$

# %%
theta, psi, gamma, h = sp.symbols("theta psi gamma h", real=True)


def sigmoid(t):
    return 1 / (1 + sp.exp(-t))


field = sp.Matrix([psi * sigmoid(-psi * theta), -theta * sigmoid(psi * theta) - gamma * psi])
J = field.jacobian([theta, psi]).subs({theta: 0, psi: 0})
eigenvalues = list(J.eigenvals())
claimed = [(-gamma + sign * sp.sqrt(gamma**2 - 1)) / 2 for sign in (1, -1)]
assert all(any(sp.simplify(e - c) == 0 for c in claimed) for e in eigenvalues)
print("Jacobian at the goal:", J.tolist(), "\neigenvalues: (−γ ± √(γ² − 1)) / 2")
assert [sp.re(c.subs(gamma, 0)) for c in claimed] == [0, 0]
print("γ = 0: purely imaginary, ± i/2. γ > 0: negative real part. γ ≥ 1: no imaginary part")

# %% [markdown]
# **See**: the diagonal of the matrix is empty without R1: each player moves only because of the other, and to first order they chase each other round the goal. R1 puts −γ in D's place: D is drawn back to slope 0, and the path spirals in. From γ = 1 on it no longer turns round the goal: that was the question of lesson 03.
#
# A step of finite size h is another matrix, $I + hJ$ for simultaneous steps. In the long run each step changes the distance by the largest absolute value of its eigenvalues: below 1 the run converges to the goal if it starts near enough, above 1 it leaves, and at exactly 1 the linear theory cannot say. Does it predict the simulated game? We start near the goal and compare after 100 steps.


# %%
def linear_map(h, gamma, alternating):
    """Return the matrix of one step near the goal."""
    d_part = torch.tensor([[1.0, 0.0], [-h / 2, 1 - h * gamma]], dtype=torch.float64)  # ψ moves
    g_part = torch.tensor([[1.0, h / 2], [0.0, 1.0]], dtype=torch.float64)  # θ moves
    return g_part @ d_part if alternating else g_part + d_part - torch.eye(2, dtype=torch.float64)


def simulate(h, gamma, alternating, steps, start):
    theta, psi = start
    path = [(theta, psi)]
    for _ in range(steps):
        new_psi = psi - h * (theta / (1 + math.exp(-psi * theta)) + gamma * psi)
        seen = new_psi if alternating else psi
        theta, psi = theta + h * seen / (1 + math.exp(seen * theta)), new_psi
        path.append((theta, psi))
        if math.hypot(theta, psi) > 3:  # it has run away
            break
    return torch.tensor(path, dtype=torch.float64)


# %%
print(
    f"h = {STEP_SIZE}              largest |eigenvalue|   100 steps change the distance by: theory, simulation"
)
for gamma_here in (0.0, GAMMA):
    for alternating in (False, True):
        matrix = linear_map(STEP_SIZE, gamma_here, alternating)
        path = simulate(STEP_SIZE, gamma_here, alternating, 100, start=(0.01, 0.0))
        theory = torch.linalg.matrix_power(matrix, 100) @ path[0]
        assert (theory - path[-1]).norm() < 1e-3 * path[0].norm()
        size = torch.linalg.eigvals(matrix).abs().max().item()
        kind = "alternating" if alternating else "simultaneous"
        changes = f"{theory.norm() / 0.01:22.4f} {path[-1].norm() / 0.01:16.4f}"
        print(f"γ = {gamma_here}, {kind:<12} {size:18.5f} {changes}")

# %% [markdown]
# Without R1, simultaneous steps have $|1 \pm ih/2| = \sqrt{1+h^2/4} > 1$: near the goal they creep out. Lesson 03 saw the non-saturating game come in from further away; that is its curvature, which the linear theory does not have. Where the two balance, it stays on a ring. Alternating steps have exactly 1: the point runs round an ellipse, so that its distance varies a little. With γ = 0.3 both contract, and the simulation agrees.
#
# **Break it**: more is not always better. R1 is a steep wall for ψ, and large steps bounce off it. In the picture, a run converges near the goal if both points of its colour lie inside the circle. It opens where neither does: make the step smaller until they do. (At step 1 and γ = 2 simultaneous steps converge, and alternating ones do not.)

# %%
assert torch.linalg.eigvals(linear_map(1.2, 2.0, False)).abs().max() > 1
assert simulate(1.2, 2.0, False, 50, start=(0.01, 0.0))[-1].norm() > 3
sizes = [torch.linalg.eigvals(linear_map(1.0, 2.0, kind)).abs().max() for kind in (False, True)]
assert sizes[0] < 1 < sizes[1]
print("h = 1.2 and γ = 2: an eigenvalue beyond 1, and the simulation runs away, in spite of R1")


def draw_eigenvalues(figure, step_size, gamma):
    left, right = figure.subplots(1, 2)
    circle = torch.linspace(0, 2 * math.pi, 200)
    left.plot(circle.cos(), circle.sin(), color="0.6")
    sizes = []
    for ax_colour, kind, marker in ((plots.FAKE, False, "o"), (plots.GENERATOR, True, "x")):
        values = torch.linalg.eigvals(linear_map(step_size, gamma, kind))
        sizes.append(values.abs().max().item())
        left.plot(
            values.real, values.imag, marker, color=ax_colour, label="alternating" if kind else "simultaneous"
        )
        path = simulate(step_size, gamma, kind, 120, start=(0.5, 0.0)).clamp(-3, 3)
        right.plot(path[:, 0], path[:, 1], color=ax_colour, linestyle="--" if kind else "-")
    left.set(title="Eigenvalues of one step", xlabel="real", ylabel="imaginary", aspect="equal")
    left.set(xlim=(-2, 1.6), ylim=(-1.8, 1.8))
    left.legend(fontsize="small", loc="lower left")
    right.set(
        title="Simulated steps, at most 120", xlabel="θ", ylabel="ψ", aspect="equal", xlim=(-1, 1), ylim=(-1, 1)
    )
    return f"largest |eigenvalue|: simultaneous {sizes[0]:.4f}, alternating {sizes[1]:.4f}; below 1 converges"


FigureExplorer(draw_eigenvalues, size=(8, 3.6), step_size=(0.05, 2.0, 0.05, 1.2), gamma=(0.0, 3.0, 0.05, 2.0))

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 05.1 (★, 3 min): nothing in common
#
# **Predict.** p and q do not overlap at all, and D is the best there is. What is $V(D^*, G) = 2\,\mathrm{JSD} - \log 4$? Give a number.

# %%
### BEGIN SOLUTION
value_apart = 0.0
### END SOLUTION

check("05.1", value_apart)

# %% [markdown]
# <details><summary>Hint</summary>
#
# JSD is then at its largest, log 2. Or ask: what is log D on real data, for a D that is never wrong?
#
# </details>

# %% [markdown] tags=["solution"]
# JSD is log 2 where p and q do not overlap, so V = 2 log 2 − log 4 = 0. The other way: the best D gives 1 to every real and 0 to every generated sample, and log 1 = 0 twice. V lies between −1.386 and 0.

# %% [markdown]
# ### Exercise 05.2 (★★, 8 min): JSD of a table
#
# Write the Jensen–Shannon divergence of two distributions over K outcomes, given as tensors (K,) that each sum to 1. An outcome may have probability 0 in one of them or in both. Return a number, in nats.


# %%
def jensen_shannon(p, q):
    ### BEGIN SOLUTION
    m = (p + q) / 2
    m = torch.where(m > 0, m, 1.0)  # where both are 0, any m will do
    return (0.5 * torch.xlogy(p, p / m) + 0.5 * torch.xlogy(q, q / m)).sum().item()
    ### END SOLUTION


check("05.2", jensen_shannon)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.xlogy(a, b)` is a·log(b), and 0 where a is 0. Where both are 0, so is m: what is p / m there?
#
# </details>

# %% [markdown] tags=["solution"]
# Half of KL(p, m) plus half of KL(q, m), with 0 log 0 = 0. `xlogy` takes care of p = 0; where both are 0, p/m would be 0/0, so m is set to 1 there.

# %% [markdown]
# ### Exercise 05.3 (★★★, 12 min): one real image against 128 fakes
#
# §5.2 of the document shows D one real image and 128 generated ones in each step. Put all 129 into one batch and take the mean over it, as `by_labels` does in section 7. Then a share r = 1/129 is real, and D's loss is $-r\,\mathbb{E}_p[\log D] - (1-r)\,\mathbb{E}_q[\log(1-D)]$. (The document takes one mean for each kind, which spares it this.) Derive the best D for any r as in section 2, and write it as a function of the densities p and q at a point. (What does it give for a perfect G, p = q, and r = 1/129?)


# %%
def best_d(p, q, r):
    ### BEGIN SOLUTION
    return r * p / (r * p + (1 - r) * q)
    ### END SOLUTION


check("05.3", best_d)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Replace p by r·p and q by (1 − r)·q in section 2.
#
# </details>

# %% [markdown] tags=["solution"]
# The integrand is r p log D + (1 − r) q log(1 − D): section 2 with other constants. So D* = r p / (r p + (1 − r) q). For a perfect G it is r = 1/129 = 0.008: D calls everything generated, is right 128 times of 129, and its probability of one half, the sign of a perfect G, never comes.

# %% [markdown]
# ## What you now know
#
# - The best D is p/(p+q); against it the value is 2 JSD − log 4, smallest at p = q. D's loss there is 2 log 2.
# - Minimax descends JSD, and has no slope at fakes of which D is sure. The non-saturating loss descends KL(q‖p) − 2 JSD = 2 KL(m‖p), and has one.
# - Whether a game converges near its goal is decided by the eigenvalues of its step. R1 draws D back to slope 0; too large a step undoes it.
#
# **What this does not show**: that D is ever at its best while G moves, or that a network can be any function. The eigenvalues speak of the neighbourhood of the goal, in a game with two numbers.
#
# **The document says** … **in fact** …
#
# | § | the document | in fact | where you met it |
# | --- | --- | --- | --- |
# | 3.2.3, 4.1 | $L_D = \mathbb{E}[\log D(x)] + \mathbb{E}[\log(1-D(G(x)))]$ is a loss | it is the value V, which D makes large; its loss is −V | 1, 7 |
# | 4.1 | G(x), with x the input data | G takes noise z; of data, the identity would be optimal | 6, *argument* |
# | 4.1 | $L_G = \mathbb{E}[\log D(G(x))]$, as a loss | it has to be made large; descended, G moves away | 6, *sign* |
# | 3.2.3 | $L_G = \mathbb{E}[D(\text{fake})]$ | contradicts 4.1, and saturates on both sides | 4 |
# | 4.2 | "derivation", with a bracket missing | nothing is derived; sections 2 to 5 do | 2–5 |
# | 4.3 | a worked case without numbers | section 7 has them | 7 |
#
# **Further reading**
#
# - Goodfellow et al., "Generative Adversarial Nets" (2014), section 4: sections 2 and 3 of this lesson, in one page.
# - Arjovsky and Bottou, "Towards Principled Methods for Training Generative Adversarial Networks" (2017): what happens when p and q do not overlap.
# - Nowozin, Cseke and Tomioka, "f-GAN" (2016): a loss for every divergence.
# - Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018): eigenvalues for many losses and penalties.
