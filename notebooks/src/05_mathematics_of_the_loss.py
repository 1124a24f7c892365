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
# **You will** derive the best discriminator, the value of the game and what each of G's losses really descends, have every line checked by the computer, and compute from two eigenvalues whether a training converges.
#
# **Needs** lesson 03; derivatives and logarithms. **Time** 45 minutes to read; the notebook computes for about 15 seconds.
#
# **Follows** §4 数学模型和公式 (mathematical model and formulas): §4.1 数学模型构建 (the model), §4.2 公式推导过程 (derivation), §4.3 案例分析与讲解 (a worked case).
#
# **Papers** Goodfellow et al. 2014, section 4 · Arjovsky and Bottou 2017, theorem 2.5 · Nowozin et al. 2016 (f-GAN) · Arjovsky et al. 2017 (WGAN) · Mescheder et al. 2018 (R1), sections 2 to 4

# %% [markdown]
# ## The question
#
# §4.2 is called "derivation of the formulas" (公式推导过程), and contains none: it writes both losses down a second time, with a bracket missing. So where do they come from? When they are as good as they can be, what has been learned? And lesson 03 left open: why does R1 make the Dirac-GAN arrive?
#
# `sympy` does algebra with symbols; every step that it can check, it checks. The rest is checked with numbers in double precision (float64).

# %%
import math

import sympy as sp
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from gan_lessons import plots
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything
from gan_lessons.widgets import FigureExplorer

# %%
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
# The document writes three things differently (§4.1). It calls V itself "the loss" of D; it gives G the *data* x for input; and it calls $\mathbb{E}[\log D(G(x))]$ G's loss, where §3.2.3 had $\mathbb{E}[D(\text{fake})]$. Section 6 runs each of the three.

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
print("slope:", slope, "\nzero at d =", best, "\nsecond derivative there:", bend, "< 0, so it is a maximum")

# %% [markdown]
# So $D^*(x) = p(x)/(p(x)+q(x))$, which lesson 02 found by training. As a logit it is $\log p/q$:

# %%
assert sp.simplify(sp.expand_log(sp.log(best / (1 - best)) - sp.log(p / q), force=True)) == 0
gaussian = sp.log(sp.exp(-((sp.Symbol("x") - 1) ** 2) * 2) / sp.exp(-((sp.Symbol("x") + 1) ** 2) / 2))
parabola = sp.Poly(sp.expand_log(sp.expand(gaussian), force=True).expand(), sp.Symbol("x"))
assert parabola.degree() == 2
print("the log ratio of two Gaussians, N(1, ½²) and N(−1, 1²), without its constant:", parabola.as_expr())

# %% [markdown]
# A parabola: that is why three numbers were enough for D in lesson 01.
#
# ## 3 · The value against the best D
#
# Put $D^*$ into V. **Predict**: if G is perfect, p = q, which number comes out?
#
# The *Jensen–Shannon divergence* (JSD, 詹森-香农散度) measures how far apart two densities are, by way of their mean $m = (p+q)/2$:
#
# $$\mathrm{JSD}(p, q) = \tfrac12 \int p \log\frac{p}{m} + \tfrac12 \int q \log\frac{q}{m}$$
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
    """Return the integral of p log(p/q), with 0 log 0 = 0, for densities on X."""
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
# $$-\mathrm{KL}(p, m) = \int p \log\frac{m}{p} \le \int p\,\Big(\frac{m}{p} - 1\Big) = 0$$
#
# So the least that G can reach against the best D is $-\log 4 = -1.386$, at p = q and nowhere else. D's loss, $-V$, is then 2 log 2 = 1.386, the number that you have met in every lesson. The largest value is 0, where p and q do not overlap at all: D is never wrong.

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
    shifts = torch.linspace(-8, 8, 65, dtype=torch.float64)
    right.plot(shifts, [2 * jsd(p_here, normal(X, s, std)) - math.log(4) for s in shifts], color=plots.GENERATOR)
    here = 2 * jsd(p_here, q_here) - math.log(4)
    right.plot(mean, here, "o", color="black")
    right.axhline(-math.log(4), color="0.6", linestyle=":")
    right.set(title="V against the best D", xlabel="mean of q")
    return f"V = 2 JSD − log 4 = {here:.4f}; the least possible is −1.3863"


FigureExplorer(draw_value, size=(8, 3), mean=(-8.0, 8.0, 0.25, 3.0), std=(0.25, 3.0, 0.25, 1.0))

# %% [markdown]
# ## 4 · Why minimax saturates
#
# The right-hand curve above is flat where q is far from p: no slope, nothing to learn. The same can be seen from D's logit $a$ of a fake. G's pull is the slope of its loss in $a$:

# %%
a = sp.symbols("a", real=True)
sigma = 1 / (1 + sp.exp(-a))
slopes = {
    "minimax        log(1 − σ(a))": (sp.log(1 - sigma), -sigma),
    "non-saturating −log σ(a)": (-sp.log(sigma), -(1 - sigma)),
    "document, §3.2.3  −σ(a)": (-sigma, -sigma * (1 - sigma)),
}
for name, (loss, claimed) in slopes.items():
    assert sp.simplify(sp.diff(loss, a) - claimed) == 0
    limits = [sp.limit(sp.diff(loss, a), a, end) for end in (-sp.oo, sp.oo)]
    print(f"{name:<30} slope at a → −∞: {limits[0]!s:>2}, at a → +∞: {limits[1]!s:>2}")

# %% [markdown]
# D far ahead means $a \to -\infty$. There minimax and the document's loss have no slope; the non-saturating one has slope −1.
#
# ## 5 · What the non-saturating loss descends
#
# Minimax, against the best D, descends 2 JSD. And the non-saturating loss? It has the same fixed point, but it is no longer "the value". Arjovsky and Bottou (2017, theorem 2.5): with $D^*$ held fixed while G takes its step,
#
# $$\nabla_\theta\, \mathbb{E}_z\big[-\log D^*(G_\theta(z))\big] = \nabla_\theta \big[\mathrm{KL}(q_\theta \,\|\, p) - 2\,\mathrm{JSD}(p, q_\theta)\big]$$
#
# Check it where everything can be computed: $q_\theta = N(\theta, 1)$, that is $G_\theta(z) = \theta + z$, and p = N(0, 1). The left side follows the samples; the right side differentiates two integrals.


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


for theta in (0.5, 1.0, 2.0):
    minimax = left_side(theta, lambda a: -softplus(a)), right_side(theta, lambda p, q: 2 * jsd(p, q))
    others = left_side(theta, lambda a: softplus(-a)), right_side(theta, lambda p, q: kl(q, p) - 2 * jsd(p, q))
    assert math.isclose(*minimax, rel_tol=1e-6) and math.isclose(*others, rel_tol=1e-6)
    print(
        f"θ = {theta}: minimax {minimax[0]:.5f} = {minimax[1]:.5f}   non-saturating {others[0]:.5f} = {others[1]:.5f}"
    )

# %% [markdown]
# **See**: the signs agree at every θ, so both losses pull θ towards 0; but the non-saturating one descends something else. $\mathrm{KL}(q\|p)$ is large where G makes samples that the real data do not have, and does not mind what G leaves out: it prefers one clean mode to a blur over two. The term −2 JSD even pushes the two densities apart. Neither is what one would have chosen. It is what works, because the slope is there when G needs it.

# %% [markdown]
# ## 6 · Break it: the document's formulas, run
#
# **Sign.** With $L_G = \mathbb{E}[\log D(G(z))]$ *descended*, as "loss" suggests, G moves the wrong way:

# %%
theta = 2.0
for _ in range(20):
    theta -= 0.1 * left_side(theta, lambda a: -softplus(-a))  # log σ(a)
assert theta > 2.5
print("started 2 from the real data and descended E[log D(G(z))]: now more than 2.5 away")

# %% [markdown]
# **Argument.** With G(x), a function of the *data* x, there is a perfect solution: $G(x) = x$. Its samples have exactly the density p, no D can tell, and the value is $-\log 4$. It generates nothing:

# %%
seed_everything(SEED)
real = torch.randn(8, dtype=torch.float64)
identity = real.clone()  # G(x) = x
same = torch.zeros(8, dtype=torch.float64)  # the best D's logits: real and "generated" are the same numbers
assert math.isclose((-softplus(-same) - softplus(same)).mean().item(), -math.log(4))
print(
    "G(x) = x reaches −log 4, the optimum, and makes", len(set(identity.tolist()) - set(real.tolist())), "new samples"
)

# %% [markdown]
# A generator needs noise for its input: $G(z)$. (Models that do take data for input, as in lesson 13, get another loss that keeps them from copying.)
#
# **Two versions.** §3.2.3 writes $\mathbb{E}[D(\text{fake})]$ and §4.1 $\mathbb{E}[\log D(G(x))]$ for the same loss. Their slopes in D's logit differ by the factor $\sigma(a)$: at a = −8, one pulls 3,000 times less than the other.

# %%
ratio = sp.simplify(sp.diff(sigma, a) / sp.diff(sp.log(sigma), a))
assert sp.simplify(ratio - sigma) == 0
print(f"slope of σ(a) over slope of log σ(a) = σ(a); at a = −8 that is 1/{float(1 / sigma.subs(a, -8)):.0f}")

# %% [markdown]
# ## 7 · The worked case of §4.3, worked
#
# §4.3 takes a batch of images with label 1 and generated ones with label 0, and stops before the first number. Here are numbers: two real images, to which D gives the probabilities 0.9 and 0.6, and two generated ones with 0.2 and 0.5. By hand:
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
print(f"from logits: L_D = {d_loss:.4f}, L_G = {g_loss:.4f}; V, which the document calls D's loss: {-d_loss:.4f}")
print(f"with labels 1 and 0, as one batch of four: {by_labels:.4f}, half of L_D, since it is the mean over four")

# %% [markdown]
# And the step that follows? The slopes of $L_G$ in the two fake logits are $-(1-0.2)/2$ and $-(1-0.5)/2$. The fake that D caught is pulled harder than the one that D was unsure about:

# %%
fake_logits.requires_grad_()
softplus(-fake_logits).mean().backward()
assert torch.allclose(fake_logits.grad, torch.tensor([-0.4, -0.25]))
print("slopes of L_G in the fakes' logits:", [round(value, 2) for value in fake_logits.grad.tolist()])

# %% [markdown]
# ## 8 · Other divergences
#
# JSD came out of D's cross-entropy. Other losses for D give other divergences. For a convex f with f(1) = 0, the *f-divergence* (f-散度) of p and q is $D_f = \int q\, f(p/q)$. It can be learned from samples (Nowozin et al. 2016), because for any function T(x)
#
# $$\mathbb{E}_{x\sim p}[T(x)] - \mathbb{E}_{x\sim q}[f^*(T(x))] \;\le\; D_f(p, q), \quad\text{with equality at } T = f'(p/q)$$
#
# where $f^*(t) = \max_u (ut - f(u))$ is f's *conjugate*. T is a discriminator. At the maximum $t = f'(u)$, so $f^*(f'(u)) = u f'(u) - f(u)$, which sympy can check for each row of the table:

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
    print(f"{name:<18} f(u) = {f!s:<32} on an example: bound {float(bound):.4f} = divergence {float(divergence):.4f}")

# %% [markdown]
# (The last row's f(1) is $-\log 4$ and not 0, for the sake of the name.) The GAN of 2014 is one f-divergence among many.
#
# ### Where they all fail, and Wasserstein does not
#
# Every f-divergence looks at the *ratio* p/q, point by point. Where the two do not overlap, the ratio is 0 or infinite, whether they are near or far. The *Wasserstein distance* (瓦瑟斯坦距离) asks instead how far mass must be carried to turn q into p. In one dimension it is the area between the two distribution functions.
#
# **Predict**: two narrow bells, at distance s. What do JSD and the Wasserstein distance do as s grows from 0 to 4?


# %%
def wasserstein(p, q):
    """Return the area between the distribution functions of two densities on X."""
    step = X[1] - X[0]
    return integral((torch.cumsum(p - q, 0) * step).abs())


narrow = normal(X, 0, 0.2)
for shift in (0.5, 2.0, 4.0):
    assert abs(wasserstein(narrow, normal(X, shift, 0.2)) - shift) < 1e-6  # a shifted copy: all mass is carried by s
assert jsd(narrow, normal(X, 4.0, 0.2)) - jsd(narrow, normal(X, 2.0, 0.2)) < 1e-5
assert abs(jsd(narrow, normal(X, 2.0, 0.2)) - math.log(2)) < 1e-5
print("the Wasserstein distance of a copy shifted by s is s; JSD is the same at s = 2 and s = 4: log 2, within 1e-5")


def draw_distances(figure, shift, std):
    left, right = figure.subplots(1, 2)
    here, there = normal(X, 0, std), normal(X, shift, std)
    near = (X > -2) & (X < 6)
    left.plot(X[near], here[near], color=plots.REAL, label="p")
    left.plot(X[near], there[near], "--", color=plots.FAKE, label="q")
    left.set(title="Two bells", xlabel="x")
    left.legend()
    shifts = torch.linspace(0, 4, 33, dtype=torch.float64)
    right.plot(shifts, [jsd(here, normal(X, s, std)) for s in shifts], color=plots.DISCRIMINATOR, label="JSD")
    right.plot(shifts, shifts, "--", color=plots.GENERATOR, label="Wasserstein")
    right.axvline(shift, color="0.6", linestyle=":")
    right.set(title="Which one still has a slope?", xlabel="shift", ylim=(0, 2))
    right.legend()
    return f"shift {shift:.1f}: JSD {jsd(here, there):.4f} (at most 0.6931), Wasserstein {wasserstein(here, there):.4f}"


FigureExplorer(draw_distances, size=(8, 2.8), shift=(0.0, 4.0, 0.1, 2.0), std=(0.05, 1.0, 0.05, 0.2))

# %% [markdown]
# **See**: JSD reaches its ceiling and stays there, without a slope. The Wasserstein distance always says where to go. Real images and generated ones hardly overlap at first, so this matters. Lesson 08 trains with it; it needs a D whose slope is limited.

# %% [markdown]
# ## 9 · Does it converge? Two eigenvalues
#
# All of the above holds D at its best. In training, both move. Near the goal, how they move is decided by a matrix: the *Jacobian* of the two updates. Take the Dirac-GAN of lesson 03 (real data at 0, G's point at θ, $D(x)=\psi x$, non-saturating loss, R1 with strength γ). If steps are very small, the two follow
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
print("γ = 0: purely imaginary, ± i/2: it circles. γ > 0: negative real part: it comes in. γ ≥ 1: no imaginary part")

# %% [markdown]
# **See**: R1 puts −γ into the one corner of the matrix that was empty. Without it nothing draws D back to slope 0, and the two chase each other for ever. From γ = 1 on the path no longer turns round the goal: that was the question of lesson 03.
#
# Steps of finite size h multiply the distance by the eigenvalues of another matrix: $I + hJ$ for simultaneous steps. If all have absolute value below 1, the run converges. Does this linear theory predict the simulated game? We start near the goal and compare all along the way.


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


print(f"h = {STEP_SIZE}              largest |eigenvalue|   distance after 100 steps: theory, simulation")
for gamma_here in (0.0, GAMMA):
    for alternating in (False, True):
        matrix = linear_map(STEP_SIZE, gamma_here, alternating)
        path = simulate(STEP_SIZE, gamma_here, alternating, 100, start=(0.01, 0.0))
        theory = torch.linalg.matrix_power(matrix, 100) @ path[0]
        assert (theory - path[-1]).norm() < 1e-3 * path[0].norm()
        size = torch.linalg.eigvals(matrix).abs().max().item()
        kind = "alternating" if alternating else "simultaneous"
        print(f"γ = {gamma_here}, {kind:<12} {size:18.5f} {theory.norm() / 0.01:22.4f} {path[-1].norm() / 0.01:16.4f}")

# %% [markdown]
# Without R1, simultaneous steps have $|1 \pm ih/2| = \sqrt{1+h^2/4} > 1$ and creep out; alternating ones have exactly 1. (Lesson 03 saw the non-saturating game come in slowly from far away. That is the curvature, which the linear theory at the goal does not have.) With γ = 0.3 both contract, and the simulation agrees.
#
# **Break it**: more is not always better. R1 is a steep wall for ψ, and large steps bounce off it. In the picture, a run converges if both points lie inside the circle.

# %%
assert torch.linalg.eigvals(linear_map(1.2, 2.0, False)).abs().max() > 1
assert simulate(1.2, 2.0, False, 50, start=(0.01, 0.0))[-1].norm() > 3
print("h = 1.2 and γ = 2: an eigenvalue beyond 1, and the simulation runs away, in spite of R1")


def draw_eigenvalues(figure, step_size, gamma):
    left, right = figure.subplots(1, 2)
    circle = torch.linspace(0, 2 * math.pi, 200)
    left.plot(circle.cos(), circle.sin(), color="0.6")
    sizes = []
    for ax_colour, kind, marker in ((plots.FAKE, False, "o"), (plots.GENERATOR, True, "x")):
        values = torch.linalg.eigvals(linear_map(step_size, gamma, kind))
        sizes.append(values.abs().max().item())
        left.plot(values.real, values.imag, marker, color=ax_colour, label="alternating" if kind else "simultaneous")
        path = simulate(step_size, gamma, kind, 120, start=(0.5, 0.0)).clamp(-3, 3)
        right.plot(path[:, 0], path[:, 1], color=ax_colour, linestyle="--" if kind else "-")
    left.set(title="Eigenvalues of one step", xlabel="real", ylabel="imaginary", aspect="equal", xlim=(-2, 1.6))
    left.legend(fontsize="small", loc="lower left")
    right.set(title="120 simulated steps", xlabel="θ", ylabel="ψ", xlim=(-1, 1), ylim=(-1, 1))
    return f"largest |eigenvalue|: simultaneous {sizes[0]:.4f}, alternating {sizes[1]:.4f}; below 1 converges"


FigureExplorer(draw_eigenvalues, size=(8, 3.6), step_size=(0.05, 2.0, 0.05, 0.2), gamma=(0.0, 3.0, 0.05, 0.3))

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
    ratio_p, ratio_q = p / m.clamp_min(1e-300), q / m.clamp_min(1e-300)
    return (0.5 * torch.xlogy(p, ratio_p) + 0.5 * torch.xlogy(q, ratio_q)).sum().item()
    ### END SOLUTION


check("05.2", jensen_shannon)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.xlogy(a, b)` is a·log(b), and 0 where a is 0. Where both are 0, so is m: what is p / m there?
#
# </details>

# %% [markdown] tags=["solution"]
# Half of KL(p, m) plus half of KL(q, m), with 0 log 0 = 0. `xlogy` takes care of p = 0; where both are 0, p/m would be 0/0, so m is kept above 0 there.

# %% [markdown]
# ### Exercise 05.3 (★★★, 12 min): one real image against 128 fakes
#
# §5.2 of the document shows D one real image and 128 generated ones in each step. Then a share r = 1/129 of what D sees is real, and D's loss is $-r\,\mathbb{E}_p[\log D] - (1-r)\,\mathbb{E}_q[\log(1-D)]$. Derive the best D for any r as in section 2, and write it as a function of the densities p and q at a point. (What does it give for a perfect G, p = q, and r = 1/129?)


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
# - Minimax descends JSD, and has no slope where D is sure. The non-saturating loss descends KL(q‖p) − 2 JSD, and has one.
# - Whether a game converges is decided by the eigenvalues of its step. R1 fills the empty corner of the matrix; too large a step undoes it.
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
# | 3.2.3 | $L_G = \mathbb{E}[D(\text{fake})]$ | contradicts 4.1; slopes differ by σ(a) | 4; 6, *two versions* |
# | 4.2 | "derivation", with a bracket missing | nothing is derived; sections 2 to 5 do | 2–5 |
# | 4.3 | a worked case without numbers | section 7 has them | 7 |
#
# **Further reading**
#
# - Goodfellow et al., "Generative Adversarial Nets" (2014), section 4: sections 2 and 3 of this lesson, in one page.
# - Arjovsky and Bottou, "Towards Principled Methods for Training Generative Adversarial Networks" (2017): what happens when supports do not overlap.
# - Nowozin, Cseke and Tomioka, "f-GAN" (2016): a loss for every divergence.
# - Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018): eigenvalues for many losses and penalties.
