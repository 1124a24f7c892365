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
# # 16 · Text: how to teach what cannot be nudged
#
# **You will** judge poems by counting, measure six ways around a cut gradient, and set a discriminator against plain likelihood.
#
# **Needs** lessons 03 and 05; lesson 09 for why one number is not enough.
#
# **Time** 55 minutes to read and play, and 35 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §3.4 算法应用领域, 自然语言处理 (natural language processing), where the document names SeqGAN and GPT; and TextGAN, which it lists under 3-D.
#
# **Papers** Yu et al. 2017 (SeqGAN) · Zhang et al. 2017 (TextGAN) · Radford et al. 2018 (GPT) · Williams 1992 (REINFORCE) · Jang et al. 2017 (Gumbel-softmax) · Caccia et al. 2020 (the temperature baseline)

# %% [markdown]
# ## The question
#
# In every lesson so far D has told G, pixel by pixel, in which direction to go: a little lighter here, a little darker there. Text (文本) has no "a little". A character is this one or that one, and between 山 (mountain) and 水 (water) there is nothing to go through. So how can D teach a G that writes?

# %%
from gan_lessons import metrics, plots  # before torch: it says how torch's threads wait

import copy
import math
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import cross_entropy, linear, one_hot, scaled_dot_product_attention, softplus

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import poems, rhyme_book, to_characters
from gan_lessons.exercises import check
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.widgets import LossBoard, PoemPage, PoemReader

# %% tags=["parameters"]
SEED = 0
ROUNDS = 20  # through the data, of the long training by likelihood; the short one takes 2
STEPS = 90  # of SeqGAN's policy
MORE_STEPS = 20  # of the same, from the long training on
SOFT_STEPS = 500  # of TextGAN
LIVE_STEPS = 150  # of a GPT
COUNT = 600  # poems that are judged

# %% [markdown]
# ## 1 · Poems as numbers
#
# The data are 24,817 poems of the Tang and Song dynasties, 618 to 1279. Each has four lines (句) of five characters (字), out of 1,500. Some are quatrains (绝句); most are halves of eight-line poems. To a network a poem is 20 whole numbers. About a tenth is held out, and shares no line with the rest.

# %%
known, held_out = poems().characters, poems(train=False).characters
print(tuple(known.shape), tuple(held_out.shape), "·", len(poems().alphabet), "characters")
print("the first line of the first training poem:", known[0, :5].tolist())
PoemPage(held_out[:4])

# %% [markdown]
# You need not read Chinese for this lesson. The form is strict, and can be *counted*. A ring marks a **level** tone (平), a disc an **oblique** one (仄), as a rhyme book of the 13th century has them:
#
# - **rhyme** (押韵): the ends of lines 2 and 4 rhyme;
# - **tones** (平仄): the 2nd and the 4th character of a line differ in tone;
# - **ends**: lines 2 and 4 end level, lines 1 and 3 oblique. As one number: the share of level ends in lines 2 and 4, minus that in lines 1 and 3;
# - **unseen**: the share of lines that are not in the training poems;
# - **pairs**: of all pairs of neighbours in a line, the share of different ones (distinct-2, Li et al. 2016);
# - **self-BLEU** (Zhu et al. 2018): how much of a poem, in runs of one to three characters, stands in *some* other poem of the same set. High means little variety.
#
# No one trained these judges, so no training can have taught them a wrong taste. But can they be cheated? Four ways to "write" without a generator:
#
# - **copied**: training poems;
# - **shuffled**: all characters of the held-out poems, dealt out anew;
# - **bigrams** (二元模型): each character drawn by how often it follows the one before it;
# - **one poem**: one good poem, again and again.
#
# **Predict**: which of them passes which judge?


# %% tags=["networks"]
COLUMNS = ("rhyme", "tones", "ends", "unseen", "pairs", "self-BLEU")
BETTER = ["high", "high", "high", "high", "high", "low"]


def scores(some):
    """Return the six numbers of `COLUMNS` for poems (N, 20), as (6,)."""
    first, second, third, fourth = metrics.level_ends(some)
    return torch.tensor([
        metrics.rhyme(some), metrics.tone_contrast(some), (second + fourth - first - third) / 2,
        metrics.unseen_lines(some, known), metrics.distinct_ngrams(some), metrics.self_bleu(some),
    ])  # fmt: skip


def show_scores(found, title):
    _, ax = plt.subplots(figsize=(7.5, 0.6 + 0.32 * len(found)), layout="constrained")
    plots.show_table(ax, torch.stack([*found.values()]), [*found], COLUMNS, BETTER, title=title)
    plt.show()


# %%
dice = torch.Generator().manual_seed(SEED)
bigrams = metrics.CharacterModel(known)
real = held_out[torch.randperm(len(held_out), generator=dice)[:COUNT]]
good = next(
    poem for poem in held_out if metrics.rhyme(poem[None]) == 1 and metrics.tone_contrast(poem[None]) == 1
)
shuffled = real.flatten()[torch.randperm(real.numel(), generator=dice)].view(-1, 20)
writers = {
    "held out": real,
    "copied": known[torch.randperm(len(known), generator=dice)[:COUNT]],
    "shuffled": shuffled,
    "bigrams": bigrams.sample(COUNT, dice),
    "one poem": good.expand(COUNT, -1),
}
found = {name: scores(made) for name, made in writers.items()}
show_scores(found, "real poems and four liars")
true, copied, shuffled, chained, one = found.values()
assert true[0] > 0.9 and true[1] > 0.85 and true[2] > 0.65 and copied[:3].allclose(true[:3], atol=0.12)
assert max(shuffled[0], chained[0]) < 0.1 and max(shuffled[2].abs(), chained[2].abs()) < 0.1
assert one[0] == one[1] == 1 and one[4] < 0.002 and one[5] > 0.999 and copied[3] == 0
assert true[4] + 0.01 < chained[4] < shuffled[4] - 0.03 and shuffled[5] < true[5]
print("real poems rhyme in more than 90 %; shuffled characters and bigrams in less than 10 %")
print("copies fail by 'unseen' alone, one poem again and again by 'pairs' and 'self-BLEU' alone")

# %% [markdown]
# **See**: rhyme, tones and ends are about *form*: chance gives .03, .5 and 0. The thief and the poet of one poem pass them with ease. Variety is the other half, and there shuffled characters do *best*: the most varied text is noise. So quality and variety always go together in this lesson, and each has its liar.

# %% [markdown]
# ## 2 · Where the gradient is cut
#
# A generator of text gives *probabilities* for the next character (in German and English books: for the next "token"). Then a die is thrown. D gets what the die chose.
#
# Here is the smallest such game. There are six characters, and G is six logits. D's verdict `f` is a small function of a one-hot vector (独热向量): 1 at the character, 0 elsewhere. G wants a high mean verdict, $J = \sum_k p_k\, f(e_k)$, with $p = \mathrm{softmax}(\ell)$. With six characters we can add them all up, and so know the true slope $\partial J / \partial \ell$. With 1,500 characters at 20 places no one can.

# %%
fixed = torch.Generator().manual_seed(4)
LOGITS = 0.7 * torch.randn(6, generator=fixed, dtype=torch.double)
IN, OUT = (torch.randn(shape, generator=fixed, dtype=torch.double) for shape in ((6, 16), (16,)))
CHARACTERS = torch.eye(6, dtype=torch.double)


def f(x):
    """D's verdict of one-hot vectors (N, 6), or of what lies between them, as (N,)."""
    return torch.sigmoid(torch.tanh(1.5 * x @ IN) @ OUT)


logits = LOGITS.clone().requires_grad_()
(logits.softmax(0) * f(CHARACTERS)).sum().backward()
exact = logits.grad
by_hand = LOGITS.softmax(0) * (f(CHARACTERS) - (LOGITS.softmax(0) * f(CHARACTERS)).sum())
assert torch.allclose(exact, by_hand)
print("the slope is p (f − mean of f): a character better than the mean becomes likelier")

# %% [markdown]
# **Break it** – what happens if you do as with pixels: draw, ask D, call `backward`?

# %%
logits = LOGITS.clone().requires_grad_()
drawn = CHARACTERS[torch.multinomial(logits.softmax(0), 1)].requires_grad_()
f(drawn).sum().backward()
assert drawn.grad.abs().sum() > 0 and logits.grad is None
print("D's slope reaches the character that was drawn, and stops there: no gradient for the logits")

# %% [markdown]
# `multinomial` gives a whole number, and whole numbers have no slope. Three ways around it:
#
# | | what it does |
# | --- | --- |
# | **REINFORCE** (Williams 1992) | needs no slope of D. Draw x, and push up $\log p(x)$, the harder the better the verdict: $f(x)\, \nabla \log p(x)$. In a learner of games this is a **policy gradient** (策略梯度), and f(x) a **reward** (奖励) |
# | … with a **baseline** (基线) | the same with $f(x) - b$, where b is the mean verdict |
# | **straight-through** (直通估计) | draw x, but pretend on the way back that x was the probabilities |
# | **Gumbel-softmax** (Jang et al. 2017) | do not draw at all: give D the soft vector $\mathrm{softmax}((\ell + g)/\tau)$ with Gumbel noise g; as τ → 0 it becomes one-hot |
#
# Each is written as a function of 20,000 copies of the logits, whose slopes are 20,000 estimates. **Predict**: which are right on average? Which scatter most?


# %%
def drawn_from(logits):
    return torch.multinomial(logits.detach().softmax(1), 1).squeeze(1)


def reinforce(logits, baseline=0.0):
    x = drawn_from(logits)
    return (f(CHARACTERS[x]) - baseline) * logits.log_softmax(1).gather(1, x[:, None]).squeeze(1)


def straight_through(logits):
    p = logits.softmax(1)
    return f(CHARACTERS[drawn_from(logits)] + p - p.detach())


def gumbel_softmax(logits, tau):
    noise = -torch.log(-torch.log(torch.rand(logits.shape, dtype=logits.dtype)))
    return f(((logits + noise) / tau).softmax(1))


def bias_and_spread(estimator, count=20_000):
    """Return how far the mean estimate is off, and the standard deviation, in lengths of the true slope."""
    logits = LOGITS.repeat(count, 1).requires_grad_()
    estimator(logits).sum().backward()
    bias, spread = (logits.grad.mean(0) - exact).norm(), logits.grad.var(0).sum().sqrt()
    return (bias / exact.norm()).item(), (spread / exact.norm()).item()


# %%
seed_everything(SEED)
mean = (LOGITS.softmax(0) * f(CHARACTERS)).sum()
estimators = {
    "REINFORCE": reinforce,
    "… with a baseline": lambda logits: reinforce(logits, mean),
    "straight-through": straight_through,
}
estimators |= {
    f"Gumbel, τ = {tau}": lambda logits, tau=tau: gumbel_softmax(logits, tau) for tau in (0.1, 0.3, 1, 3)
}
measured = {name: bias_and_spread(estimator) for name, estimator in estimators.items()}
_, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
for i, (name, (bias, spread)) in enumerate(measured.items()):
    ax.plot(spread, bias, "os^DDDD"[i], color=f"C{min(i, 3)}", alpha=(1, 1, 1, 0.4, 0.6, 0.8, 1)[i])
    ax.annotate(name, (spread, bias), (6, 4), textcoords="offset points")
ax.set(xlabel="spread of one estimate (true slope = 1)", ylabel="bias", xlim=(0, 8.5), ylim=(-0.05, 1.0))
ax.set_title("right on average, or steady: not both")
plt.show()
plain, based, through, *soft = measured.values()
assert max(plain[0], based[0]) < 0.1 and based[1] < 0.7 * plain[1]
assert through[0] > 0.5 and through[1] < based[1]
assert all(a[0] < b[0] and a[1] > b[1] for a, b in pairwise(soft))
assert soft[0][0] < 0.1 and soft[3][0] > 0.4
print("REINFORCE: no bias; a baseline takes more than 30 % of its spread away")
print("straight-through: off by more than half of the true slope; Gumbel: the steadier, the more it is off")

# %% [markdown]
# **See**: REINFORCE is right on average, whatever the baseline, but one estimate is several times as long as what it estimates. The baseline costs nothing and takes half of the spread away. Straight-through is steadier and wrong. Gumbel-softmax lets you choose on a line: at τ = 0.1 nearly right, and wilder than REINFORCE; at τ = 3 calm, and off by half.
#
# (Were D *linear* in x, straight-through would have no bias at all: then a point between two characters has a verdict between theirs.)

# %% [markdown]
# ## 3 · SeqGAN, on ground where the truth is known
#
# SeqGAN (Yu et al. 2017) is REINFORCE with a discriminator. G writes a whole text, D's verdict is the reward, and each character is pushed by its own reward: D's mean verdict of texts that *begin* as this one does up to that character and that G then finishes in several ways, the **roll-outs** (蒙特卡洛展开). So a good beginning is told from a bad one.
#
# Is the result better than plain likelihood? For poems that is hard to say. So the paper made a world in which the truth is known: an **oracle** (神谕), an LSTM with random weights, writes all "real" texts. Whatever G writes, the oracle knows its exact probability. Here the oracle has 64 characters and texts of 10 (in the paper: 5,000 and 20). Two numbers belong together, both in nats a character, both low where G is good:
#
# - **NLL_oracle**: what the oracle thinks of G's texts. It is the *quality*. Who writes one good text for ever has a low one.
# - **NLL_test**: what G thinks of the oracle's unseen texts. It is the *variety*: who leaves some of them out pays.


# %% tags=["networks"]
class Writer(nn.Module):
    """Texts of 10 characters out of 64: an LSTM gives the logits of each from those before it."""

    def __init__(self, width=32):
        super().__init__()
        self.character = nn.Embedding(65, width)  # the last one stands before the beginning
        self.memory = nn.LSTM(width, width, batch_first=True)
        self.out = nn.Linear(width, 64)

    def forward(self, before, state=None):
        x, state = self.memory(self.character(before), state)
        return self.out(x), state

    def log_p(self, texts, temperature=1.0):
        """Return the log-probability of each character of texts (N, 10) after those before it, (N, 10)."""
        before = torch.cat([torch.full((len(texts), 1), 64), texts[:, :-1]], 1)
        logits = self(before)[0] / temperature
        return logits.log_softmax(2).gather(2, texts[..., None]).squeeze(2)

    @torch.no_grad()
    def write(self, count, temperature=1.0, begun=None, keep=0):
        """Return texts (count, 10); of each, as many characters as `keep` (count,) says are those of `begun`."""
        texts, state = torch.full((count, 1), 64), None
        for place in range(10):
            logits, state = self(texts[:, -1:], state)
            new = torch.multinomial((logits[:, 0] / temperature).softmax(1), 1)
            if begun is not None:
                new = torch.where((place < keep)[:, None], begun[:, place : place + 1], new)
            texts = torch.cat([texts, new], 1)
        return texts[:, 1:]


# %% tags=["networks"]
def new_oracle(seed=SEED):
    """Return an oracle with weights from N(0, 1), and its texts to train on, to choose by, and to test."""
    seed_everything(seed)
    oracle = Writer().requires_grad_(False)
    for weight in oracle.parameters():
        nn.init.normal_(weight)
    return oracle, oracle.write(4000), oracle.write(1000), oracle.write(2000)


@torch.no_grad()
def both_nll(G, temperature=1.0, count=2000):
    """Return NLL_oracle of G's texts, and G's NLL_test, at a temperature."""
    quality = -oracle.log_p(G.write(count, temperature)).mean().item()
    return quality, -G.log_p(test, temperature).mean().item()


def by_likelihood(rounds, texts, chosen_by, rate=5e-3):
    """Train a new writer by maximum likelihood; return it as it was after the round that was best on `chosen_by`."""
    G = Writer()
    optimizer, best = torch.optim.Adam(G.parameters(), rate), (float("inf"), None)
    for _ in range(rounds):
        for batch in texts[torch.randperm(len(texts))].split(128):
            loss = -G.log_p(batch).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            nll = -G.log_p(chosen_by).mean().item()
        best = min(best, (nll, copy.deepcopy(G)), key=lambda pair: pair[0])
    return best[1]


# %%
set_threads(Writer())
oracle, texts, validation, test = new_oracle()
short, long = (by_likelihood(rounds, texts, validation) for rounds in (2, ROUNDS))
at_short, at_long, floor = both_nll(short), both_nll(long), both_nll(oracle)
guess = -oracle.log_p(torch.randint(64, (2000, 10))).mean().item()
assert floor[0] + 0.7 < at_long[0] < at_short[0] - 0.6 < guess - 1.5 and at_long[1] < at_short[1] - 0.15
print("NLL_oracle: guessing > 2 rounds of likelihood > many rounds > the oracle itself, each by more than 0.6")

# %% [markdown]
# A short training and a longer one, both by **maximum likelihood** (最大似然, MLE), which makes the training texts as probable as it can. Which round to stop at was chosen on texts of their own, not on the test texts.
#
# The **temperature** T divides all logits before the softmax. It asks for no training: below 1 the likely becomes likelier. Now SeqGAN, from the *short* training on. Its D is a network with kernels over one to four characters; of each kernel it keeps the strongest answer anywhere.


# %% tags=["networks"]
class SequenceDiscriminator(nn.Module):
    """Texts (N, L) to logits (N,)."""

    def __init__(self, characters=1500, width=32, dropout=0.25):
        super().__init__()
        self.character = nn.Embedding(characters, width)
        self.kernels = nn.ModuleList(nn.Conv1d(width, width, size) for size in (1, 2, 3, 4))
        self.verdict = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * width, 1))

    def forward(self, x):
        x = self.character(x).transpose(1, 2)
        strongest = [kernel(x).relu().amax(2) for kernel in self.kernels]
        return self.verdict(torch.cat(strongest, 1)).squeeze(1)


# %% tags=["networks"]
def d_learns(G, D, optimizer, steps):
    """Train D on real texts and on those that G writes now, for so many steps; return its last logs."""
    for _ in range(steps):
        on_real, on_fake = D.train()(texts[torch.randint(len(texts), (128,))]), D(G.write(128))
        loss = softplus(-on_real).mean() + softplus(on_fake).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"d_loss": loss.item(), "d_real": on_real.mean().item(), "d_fake": on_fake.mean().item()}


@torch.no_grad()
def rewards(G, D, made, roll_outs=4):
    """Return the reward of each character of `made` (N, 10): D's mean verdict of texts that begin so, (N, 10)."""
    begun = made.repeat(roll_outs * 9, 1)
    keep = torch.arange(1, 10).repeat_interleave(roll_outs * len(made))
    finished = D.eval()(G.write(len(begun), begun=begun, keep=keep)).sigmoid()
    early = finished.view(9, roll_outs, len(made)).mean(1)
    return torch.cat([early, D(made).sigmoid()[None]]).T


# %% [markdown]
# The policy's step is REINFORCE with the mean over the batch as its baseline: four lines.


# %% tags=["networks"]
def seqgan(G, steps, rate=5e-3):
    """Train G (a copy is taken before, where it is to be kept) against a new D, and yield the logs of each step."""
    D = SequenceDiscriminator(64)
    d_opt, g_opt = torch.optim.Adam(D.parameters(), 1e-3), torch.optim.Adam(G.parameters(), rate)
    d_learns(G, D, d_opt, 200)
    for _ in range(steps):
        made = G.write(128)
        reward = rewards(G, D, made)
        loss = -((reward - reward.mean(0)) * G.log_p(made)).sum(1).mean()
        g_opt.zero_grad()
        loss.backward()
        g_opt.step()
        yield {"g_loss": loss.item(), **d_learns(G, D, d_opt, 10)}


# %%
curves = {
    name: torch.tensor([both_nll(G, t) for t in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)])
    for name, G in {"MLE, 2 rounds": short, "MLE, longer": long}.items()
}
player, path = copy.deepcopy(short), [at_short]


def draw_plane(figure=None):
    """Draw NLL_test over NLL_oracle: the temperature curves and SeqGAN's path so far."""
    figure = figure or Figure(figsize=(4.6, 2.8), layout="constrained")
    ax = figure.subplots()
    for i, (name, curve) in enumerate(curves.items()):
        ax.plot(*curve.T, "o-", ms=3, color=f"C{i}", label=f"{name}, T from 1 to 0.7")
    ax.plot(*torch.tensor(path).T, "k.--", lw=0.8, label="SeqGAN, from 2 rounds on")
    ax.plot(*floor, "*", ms=9, color="C2", label="the oracle itself")
    ax.set(
        xlabel="NLL_oracle (quality)", ylabel="NLL_test (variety)", title="nearer to the lower left is better"
    )
    ax.legend(fontsize="small")
    return figure


board = LossBoard(STEPS, sample=draw_plane)

# %%
for step, logs in enumerate(board.watch(seqgan(player, STEPS))):
    if step % 15 == 14:
        path.append(both_nll(player, count=4000))
    board.update(logs)

# %% [markdown]
# D's own curves say little, as ever. The plane to the right is what counts: each dot of the black line is 15 steps of the policy. **Predict**: what would SeqGAN do if it began at the *longer* training?

# %%
from_long = copy.deepcopy(long)
list(seqgan(from_long, MORE_STEPS))
path_of_long = [at_long, both_nll(from_long, count=4000)]
figure = plt.figure(figsize=(6.5, 3.6), layout="constrained")
draw_plane(figure)
ax = figure.axes[0]
ax.plot(*torch.tensor(path_of_long).T, "k.-", lw=0.8, label="SeqGAN, from the longer training on")
ax.legend(fontsize="small")
plt.show()
at_end = torch.tensor(path[-3:]).mean(0)
curve = curves["MLE, 2 rounds"].flip(0)  # from T = 0.7 up
nearest = (curve[:, 0] - at_end[0]).abs().argmin()
assert (
    at_end[0] < at_short[0] - 0.1 and curve[0, 0] < at_end[0] and (curve[nearest, 1] - at_end[1]).abs() < 0.06
)
assert at_long[0] < at_end[0] - 0.05 and at_long[1] < at_end[1] - 0.1
assert path_of_long[1][0] > at_long[0] - 0.2
print(
    "SeqGAN lowers NLL_oracle by more than 0.1. A temperature above 0.7 gets as low, with an NLL_test that differs"
)
print(
    "by less than 0.06. The longer training is better in both, and SeqGAN after it lowers NLL_oracle by < 0.2"
)

# %% [markdown]
# **See**: three things.
#
# 1. SeqGAN works: NLL_oracle falls by some tenths, as the gradient of section 2 promises, and hardly any variety is lost.
# 2. It moves *along* the temperature curve, or a hair below it (some 0.02 nats of NLL_test: through D, G has met the training texts again). A division by T, which asks for no D and no training, gets all but to the same place.
# 3. A longer training by likelihood, of five seconds, gets ahead in both numbers, and from there the policy gradient stands still.
#
# The paper reports 10.31 for random texts, 9.04 for MLE, 8.74 for SeqGAN (NLL_oracle; theirs, at their size). It has no temperature curve. Caccia et al. (2020) drew it for SeqGAN and several of its successors on real text: likelihood with a temperature was at least as good everywhere. We found no setting in which SeqGAN wins here; that is a small search, and says nothing of larger ones.
#
# A stumble of many readers of these papers: NLL_oracle jumps from step to step by more than the gain, and the *best* step of the best run gets reported. The numbers above are means over the last three dots.

# %% [markdown]
# ## 4 · TextGAN: do not draw, and match the moments
#
# TextGAN (Zhang et al. 2017) goes the other way: no die. Chance comes in as z, once, as in a GAN of pictures. At each place G takes a **soft argmax** (软性最大值): a softmax of its logits times a large number L, and hands on the *mean* vector of all characters under it. Everything is smooth, so D's slopes flow back through all ten places.
#
# And G's loss is not D's verdict. D's inner features of a batch of real texts and of G's are two clouds of points, and G is to make the clouds agree: their **maximum mean discrepancy** (MMD, 最大均值差异),
#
# $$\mathrm{MMD}^2 = \mathrm{E}\,k(a, a') + \mathrm{E}\,k(b, b') - 2\,\mathrm{E}\,k(a, b), \qquad k(a, b) = \sum_\sigma e^{-|a - b|^2 / 2\sigma^2}.$$
#
# A Gaussian kernel sees *all* moments (mean, spread, …), so a G that always writes the same text cannot have a low one. For two Gaussians of variance 1 whose means are m apart there is a closed form to check the code against.


# %% tags=["networks"]
def mmd(a, b, widths=(0.5, 1.0, 2.0, 4.0)):
    """Return the squared MMD of two clouds of as many points, (N, features) each."""
    points = torch.cat([a, b])
    squares = torch.cdist(points, points).square()
    kernel = sum((-squares / (2 * width**2)).exp() for width in widths)
    sign = torch.cat([torch.ones(len(a)), -torch.ones(len(b))]) / len(a)
    return sign @ kernel @ sign


# %%
m, points = 1.5, torch.randn(2, 4000, 1, generator=torch.Generator().manual_seed(0))
closed = 2 / 3**0.5 * (1 - torch.tensor(-(m**2) / 6).exp())  # for σ = 1
assert abs(mmd(points[0], points[1] + m, widths=(1.0,)) - closed) < 0.03
print(f"MMD² of two Gaussians {m} apart, σ = 1: {closed:.3f}, and the code agrees within 0.03")


# %% tags=["networks"]
class SoftWriter(nn.Module):
    """z (N, 32) to soft texts (N, 10, 64), probabilities; `sharpness` is L."""

    def __init__(self, width=64, sharpness=5.0):
        super().__init__()
        self.begin, self.character = nn.Linear(32, 2 * width), nn.Linear(64, 32, bias=False)
        self.memory, self.out, self.sharpness = nn.LSTMCell(64, width), nn.Linear(width, 64), sharpness
        nn.init.normal_(self.character.weight)

    def forward(self, z):
        state, x, soft = self.begin(z).tanh().chunk(2, 1), torch.zeros(len(z), 32), []
        for _ in range(10):
            state = self.memory(torch.cat([x, z], 1), state)
            soft.append((self.sharpness * self.out(state[0])).softmax(1))
            x = self.character(soft[-1])  # the mean vector of all characters
        return torch.stack(soft, 1)


# %% tags=["networks"]
class SoftDiscriminator(nn.Module):
    """Soft or one-hot texts (N, 10, 64) to logits (N,) and features (N, 128)."""

    def __init__(self, width=32):
        super().__init__()
        self.character = nn.Linear(64, width, bias=False)
        self.kernels = nn.ModuleList(nn.Conv1d(width, width, size) for size in (1, 2, 3, 4))
        self.verdict = nn.Linear(4 * width, 1)
        nn.init.normal_(self.character.weight)

    def forward(self, texts):
        x = self.character(texts).transpose(1, 2)
        features = torch.cat([kernel(x).tanh().mean(2) for kernel in self.kernels], 1)
        return self.verdict(features).squeeze(1), features


# %% tags=["networks"]
def textgan(G, D, steps):
    """Train G and D, and yield the logs of each step."""
    g_opt, d_opt = (
        torch.optim.Adam(net.parameters(), rate, (0.5, 0.99)) for net, rate in ((G, 2e-3), (D, 2e-4))
    )
    for _ in range(steps):
        real, fake = one_hot(texts[torch.randint(len(texts), (128,))], 64).float(), G(torch.randn(128, 32))
        (on_real, a), (on_fake, b) = D(real), D(fake.detach())
        d_loss = softplus(-on_real).mean() + softplus(on_fake).mean() - mmd(a, b)
        d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()
        g_loss = mmd(D(real)[1].detach(), D(fake)[1])
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        logits = {"d_real": on_real.mean().item(), "d_fake": on_fake.mean().item()}
        yield {"d_loss": d_loss.item(), "g_loss": g_loss.item(), **logits}


# %%
seed_everything(SEED)
soft_writer, judge = SoftWriter(), SoftDiscriminator()
set_threads(soft_writer)
board = LossBoard(SOFT_STEPS)
for logs in board.watch(textgan(soft_writer, judge, SOFT_STEPS)):
    board.update(logs)

# %% [markdown]
# TextGAN throws no die, so given z its text is certain, and it has no NLL_test: it gives no probability to a text that it was not asked for. Its variety is counted in another way: of all pairs of neighbours in 2,000 texts, the share of different ones.


# %%
def pairs(texts):
    """Return the share of different pairs of neighbours among those of 2,000 texts (2000, 10)."""
    return len((64 * texts[:, :-1] + texts[:, 1:]).unique()) / (9 * len(texts))


with torch.no_grad():
    soft_texts = soft_writer(torch.randn(2000, 32))
hard = soft_texts.argmax(2)
rows = {"the oracle itself": [*floor, pairs(test)]}
for name, G, t in (
    ("MLE, 2 rounds", short, 1), ("the same, T = 0.85", short, 0.85), ("SeqGAN after 2 rounds", player, 1),
    ("MLE, longer", long, 1), ("the longer, T = 0.7", long, 0.7), ("SeqGAN after longer", from_long, 1),
):  # fmt: skip
    rows[name] = [*both_nll(G, t), pairs(G.write(2000, t))]

# %%
rows["TextGAN"] = [-oracle.log_p(hard).mean().item(), float("nan"), pairs(hard)]
_, ax = plt.subplots(figsize=(5.5, 3), layout="constrained")
columns = ["NLL_oracle", "NLL_test", "pairs"]
plots.show_table(
    ax, torch.tensor([*rows.values()]), [*rows], columns, ["low", "low", "high"], title="small ground"
)
plt.show()
of_textgan, cold = rows["TextGAN"], rows["the longer, T = 0.7"]
largest = soft_texts.amax(2).mean().item()
assert of_textgan[0] < guess - 0.8 and of_textgan[2] < 0.6 * pairs(test) and 0.3 < largest < 0.95
assert cold[0] < of_textgan[0] - 0.5 and cold[2] > of_textgan[2]
print(
    "TextGAN is better than guessing by more than 0.8 nats, with less than 0.6 of the oracle's pairs. Likelihood at"
)
print(
    "T = 0.7 has more pairs, and an NLL_oracle that is lower by more than 0.5. The largest probability of a soft"
)
print("character is between 0.3 and 0.95; in real texts it is 1")

# %% [markdown]
# **See** (of pairs the oracle's own 0.1 is the mark, not the most): the gradient does reach G. It has left guessing far behind without a single log-likelihood. But its variety is the poorest of all, by far. And a likelihood writer that is made as narrow, by a temperature of 0.7, is much better.
#
# Where does it get stuck? Look at the last line. Real texts are one-hot: their largest probability is 1. A soft text is a blend. D can tell the two apart by *that alone*, whatever is written; and the more G sharpens, to hide it, the flatter its softmax, and the weaker the slope that comes back. It is section 2's line between bias and spread again, with a D that sees where you stand on it. (The paper began with a pre-trained G and D, from an autoencoder and a classifier of shuffled texts. Here both start from nothing.)

# %% [markdown]
# ## 5 · A GPT in small
#
# Now the poems. A **GPT** (Radford et al. 2018) has no D. It is a network that gives, for each place, the probabilities of the character there from those before it, and it is trained by likelihood alone. What makes it a GPT is *how* it looks back: by **attention** (注意力). Each place asks a question (query), each place before it has a key and a value, and what comes back is the mean of the values, weighted by how well key and question fit: $\mathrm{softmax}(q k^\top / \sqrt{d})\, v$. Four heads look for four things at once. It is *causal* (因果): no place sees a later one.


# %% tags=["networks"]
class Attention(nn.Module):
    """Let each place look at itself and at those before it, (N, L, width) → the same."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ask, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        query, key, value = (
            self.ask(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )  # (N, heads, L, …)
        found = scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.out(found.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Look back, then think: each is added to what was there."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.look = nn.Sequential(nn.LayerNorm(width), Attention(width, heads), nn.Dropout(dropout))
        self.think = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )  # fmt: skip

    def forward(self, x):
        x = x + self.look(x)
        return x + self.think(x)


# %% tags=["networks"]
class GPT(nn.Module):
    """Characters so far, (N, L), → logits (N, L + 1, characters) of each of them and of the next one."""

    def __init__(self, characters=1500, places=20, width=128, layers=3, heads=4, dropout=0.1):
        super().__init__()
        self.character = nn.Embedding(characters + 1, width)  # the last one stands before the beginning
        self.place = nn.Embedding(places, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(*(Block(width, heads, dropout) for _ in range(layers)), nn.LayerNorm(width))
        for embedding in (self.character, self.place):
            nn.init.normal_(embedding.weight, std=0.02)

    def forward(self, before):
        begin = before.new_full((len(before), 1), len(self.character.weight) - 1)
        before = torch.cat([begin, before], 1)
        x = self.character(before) + self.place.weight[: before.shape[1]]
        return linear(self.blocks(self.dropout(x)), self.character.weight[:-1])


# %% [markdown]
# Is it causal? Ask by gradient: how much do the logits of one place move with the vector of each character before and after? 20 × 20 answers.

# %%
gpt = load_weights(GPT(), "gpt")
vectors = []
hook = gpt.character.register_forward_hook(lambda layer, given, result: vectors.append(result))
logits = gpt(held_out[:1, :-1])[0]  # (20, 1500)
hook.remove()
moves = [torch.autograd.grad(logits[t].square().sum(), vectors[0], retain_graph=True)[0][0] for t in range(20)]
moves = torch.stack(moves).norm(dim=2)  # (place of the logits, place that was read)
_, ax = plt.subplots(figsize=(4.4, 3.6), layout="constrained")
ax.imshow((moves / moves.sum(1, keepdim=True)).sqrt(), cmap="cividis")
ax.set_xticks(range(0, 20, 5), ["begin", 5, 10, 15])
ax.set(xlabel="character that is read", ylabel="character that is guessed", title="who sees whom")
ax.set_yticks(range(0, 20, 5), [1, 6, 11, 16])
plt.show()
assert (moves.triu(1) == 0).all() and (moves.tril() > 0).sum() == 210
print("the gradient to every later character is exactly 0; to every earlier one it is not")

# %% [markdown]
# The training is that of any classifier: cross-entropy, 1,500 classes, 20 questions a poem. It is all of GPT's algorithm, and it fits into a cell. 789,760 weights are trained for twenty minutes of one core by `data/checkpoints/train_gpt.py`; here the same network for some seconds.


# %% tags=["networks"]
@torch.no_grad()
def nll(gpt, some, temperature=1.0):
    """Return the negative log-likelihood of each character of poems (N, 20) after those before it, in nats."""
    parts = []
    for part in some.split(200):
        logits = gpt(part[:, :-1]) / temperature
        parts.append(cross_entropy(logits.transpose(1, 2), part, reduction="none"))
    return torch.cat(parts)


# %%
def batches(some, size):
    while True:
        yield some[torch.randint(len(some), (size,))]


seed_everything(SEED)
beginner = GPT()
optimizer = torch.optim.AdamW(beginner.parameters(), 2e-3, weight_decay=0.1, fused=True)
board = LossBoard(LIVE_STEPS)
for batch in board.watch(batches(known, 64)):
    loss = cross_entropy(beginner(batch[:, :-1]).flatten(0, 1), batch.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    board.update({"g_loss": loss.item()})

# %%
sample = held_out[:1000]
beginner.eval()
levels = {
    "a guess: ln 1500": math.log(1500),
    "unigrams": metrics.CharacterModel(known, order=1).nll(sample),
    "GPT, some seconds": nll(beginner, sample).mean().item(),
    "bigrams": bigrams.nll(sample),
    "GPT, 20 minutes": nll(gpt, sample).mean().item(),
    "…, of training poems": nll(gpt, known[:1000]).mean().item(),
}
_, ax = plt.subplots(figsize=(6.5, 2.4), layout="constrained")
ax.barh([*levels], [*levels.values()])
ax.invert_yaxis()
ax.set(xlabel="nats a character of held-out poems", xlim=(0, 8), title="lower is better")
plt.show()
guess, one_by_one, beginning, in_pairs, trained, seen_before = levels.values()
assert guess - 0.5 > one_by_one > beginning + 0.1 and in_pairs > trained + 0.6 and seen_before < trained - 0.2
print("a guess > unigrams > GPT after some seconds; bigrams > GPT after 20 minutes, by more than 0.6 nats;")
print(
    "training poems are easier for it than held-out ones by more than 0.2 nats: some of them it knows by heart"
)

# %% [markdown]
# **See**: the trained GPT is more than half a nat a character ahead of bigrams: over a poem's 20 characters that is a factor of e¹² or more in probability. The last bar is the price of reading the same 22,386 poems thirty times.
#
# *What* has it learned of the form? Ask it for probabilities at the last place of held-out poems, with the first 19 characters given. How much of it lies on characters of level tone? How much on characters that rhyme with the end of line 2? **Predict** both. (In the data: .90 and .94.)

# %%
with torch.no_grad():
    last = torch.cat([gpt(part[:, :-1])[:, -1].softmax(1) for part in sample.split(200)])  # (1000, 1500)
book = rhyme_book()
level = (last * (book.level & ~book.oblique)).sum(1).mean().item()
oblique = (last * (book.oblique & ~book.level)).sum(1).mean().item()
ends = sample[:, 9]
rhyming = (book.member[ends][:, None] & book.member).any(2)  # (1000, 1500): what rhymes with the end of line 2
rhyming[torch.arange(len(ends)), ends] = False
on_rhyme = (last * rhyming).sum(1).mean().item()
by_chance = (last * rhyming[torch.randperm(len(ends), generator=dice)]).sum(1).mean().item()
_, ax = plt.subplots(figsize=(6, 1.9), layout="constrained")
ax.barh(
    ["level, of those of one tone", "rhymes with its line 2", "rhymes with another's line 2"],
    [level / (level + oblique), on_rhyme, by_chance],
)
ax.invert_yaxis()
ax.set(xlim=(0, 1), xlabel="probability", title="what GPT expects at the last place of a poem")
plt.show()
assert level / (level + oblique) > 0.8 and 2 * by_chance < on_rhyme < 0.25
print(
    "tone: more than 0.8 on level characters; rhyme: more than twice as much as by chance, and less than 0.25"
)

# %% [markdown]
# **See**: the tone is learned. The rhyme has *begun* to be learned: three times as much probability lies on characters that rhyme as chance would put there, and a seventh of what the form asks for. No one told the model how a character sounds. It has to find some thirty groups among 1,500 characters, by one pair of places in each poem, ten characters apart. And it gains little: a sure rhyme would save two or three nats at one place of twenty. Likelihood learns first what pays most, at all places: neighbours, then tones and line ends. Rhyme comes late.

# %% [markdown]
# ## 6 · All in one table
#
# To write, throw a die for each character, with a temperature if you like.


# %% tags=["networks"]
@torch.no_grad()
def write(gpt, count, temperature=1.0, begun=None):
    """Return poems (count, 20) that begin with the characters `begun` (L,), if any."""
    made = torch.zeros(count, 0, dtype=torch.long) if begun is None else begun.expand(count, -1)
    while made.shape[1] < 20:
        logits = gpt(made)[:, -1] / temperature
        made = torch.cat([made, torch.multinomial(logits.softmax(1), 1)], 1)
    return made


# %%
seed_everything(SEED)
by_policy = load_weights(GPT(), "seqgan")
settings = {f"GPT, T = {t}": (gpt, t) for t in (1.0, 0.7, 0.4)} | {"GPT after SeqGAN": (by_policy, 1.0)}
likelihoods = {"bigrams": bigrams.nll(sample)}
for name, (model, t) in settings.items():
    found[name] = scores(write(model, COUNT, t))
    likelihoods[name] = nll(model, sample, t).mean().item()
table = torch.stack(
    [torch.cat([found[name], torch.tensor([likelihoods.get(name, math.nan)])]) for name in found]
)
_, ax = plt.subplots(figsize=(8.5, 3.5), layout="constrained")
plots.show_table(ax, table, [*found], [*COLUMNS, "NLL"], [*BETTER, "low"], title="poems")
plt.show()
warm, cool, cold, trained_by_d = (found[name] for name in settings)
assert (warm - true)[1:5].abs().max() < 0.15 and warm[0] < 0.2 and (warm - chained)[1:3].min() > 0.3
assert warm[4] - 0.1 > cool[4] > cold[4] + 0.1 and cold[5] > cool[5] + 0.2 > warm[5] + 0.3
assert likelihoods["GPT, T = 1.0"] < min(likelihoods["bigrams"], likelihoods["GPT, T = 0.4"]) - 0.5
print(
    "GPT at T = 1: tones, ends, unseen lines, pairs within 0.15 of real poems; rhyme below 0.2 where they have 0.9"
)
print("T = 0.4: pairs lower by more than 0.2, self-BLEU higher by more than 0.4, NLL by more than 0.5 nats")
assert warm[3] > 0.99 and cold[1] > true[1] and cold[2] > true[2] + 0.05
assert (trained_by_d - warm)[:5].abs().max() < 0.15
assert likelihoods["GPT after SeqGAN"] > likelihoods["GPT, T = 1.0"] + 0.04
print("SeqGAN changes none of the first five by more than 0.15, and makes NLL worse by more than 0.04")

# %% [markdown]
# **See**: likelihood alone, at T = 1, gives poems that these judges can hardly tell from real ones, but for the rhyme. More than 99 lines in 100 are in no training poem. Cooling makes tones and line ends *better* than the poets', and the poems alike: it is the trade of section 3 again, on real text.
#
# The last row went on from the GPT as SeqGAN does, for 300 steps (`python data/checkpoints/train_seqgan.py`, three minutes of one core): a D like that of section 3, its verdict on a whole poem the reward of all its characters. There were no roll-outs, which would take 76 finished poems for each. At its end D told poems from real ones in about two cases of three, as at its beginning. The form is what it was, and the likelihood a little worse. A longer training, a larger D and roll-outs might do more; we have not tried. TextGAN is not in this table: its soft characters would be blends of 1,500 over 20 places, and on small ground it was far behind.

# %%
PoemReader(lambda temperature, count: write(gpt, count, temperature), known, count=100)

# %% [markdown]
# Move the temperature. 1. At which one do pairs fall below those of real poems? 2. At the lowest, read the four poems: which characters come again and again? 3. Is there a temperature at which it rhymes?

# %% [markdown]
# ## 7 · Prompts
#
# A model that continues can be *asked* by the way one begins: a **prompt** (提示, §2.3 of the document). Here a prompt is a first line. This one is by Wang Zhihuan (王之涣): "The white sun sinks behind the hills".

# %%
line = to_characters("白日依山尽")
seed_everything(SEED)
PoemPage(write(gpt, 4, 0.7, begun=line))

# %% [markdown]
# Does it *use* the prompt? A test that needs no taste: give the model the first line of a held-out poem, and two continuations: the right one, and that of another poem. Which one does it find more probable? By guessing it would be right in half of the cases. Then the same with three lines given, and the choice is between two last lines.


# %%
def right_choices(given):
    """Return how often GPT prefers a poem's own rest to that of another poem, with so many lines given."""
    begun, rest = sample[:, : 5 * given], sample[:, 5 * given :]
    own, other = (nll(gpt, torch.cat([begun, some], 1))[:, 5 * given :] for some in (rest, rest.roll(500, 0)))
    return (own.sum(1) < other.sum(1)).float().mean().item()


choices = [right_choices(given) for given in (1, 2, 3)]
_, ax = plt.subplots(figsize=(5, 2), layout="constrained")
ax.barh(["line 1", "lines 1 and 2", "lines 1 to 3"], choices)
ax.axvline(0.5, color="k", ls=":")
ax.invert_yaxis()
ax.set(xlim=(0, 1), xlabel="share of right choices", title="what GPT was given")
plt.show()
assert 0.55 < min(choices) and max(choices) < 0.9 and choices[2] > 0.7
print("with three lines given it picks the right last line in more than 70 % and less than 90 % of the poems")
try:
    to_characters("Write a poem about spring")
except ValueError as error:
    print(str(error).split(", which")[0])

# %% [markdown]
# **See**: it uses the prompt, but loosely. With one line given it prefers what belongs there in about seven cases of ten, where five would be a guess: it hardly knows what the line *speaks of*. The last line alone is easier: it has to fit what stands right before it, and to rhyme.
#
# And a prompt is no order. This model can not be asked *for* anything: "Write a poem about spring" is not even in its alphabet, and in Chinese it would be taken for a first line. Models that follow orders have read orders with their answers, and are a thousand times larger and more. Lesson 18 comes back to prompts.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 16.1 (★★, 10 min): a policy's loss
#
# Write REINFORCE with a baseline. `log_p` (N, L): the log-probabilities of the characters that were drawn, with their graph. `rewards` (N, L): the reward of each. The baseline is the mean reward at each place, over the N texts. Return *one number* to be made small: its slope must push up what was better than the mean. Add the places of a text up, and take the mean over the texts.


# %%
def policy_loss(log_p, rewards):
    ### BEGIN SOLUTION
    better = (rewards - rewards.mean(0)).detach()
    return -(better * log_p).sum(1).mean()
    ### END SOLUTION


check("16.1", policy_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three things are easy to miss: the sign, `mean(0)` and not `mean()`, and that no slope may lead to the rewards.
#
# </details>

# %% [markdown] tags=["solution"]
# The slope of the loss in log p is minus what a character was better than the mean, divided by N: descent makes it likelier. The rewards are numbers that D gave; were they not detached, a slope would go wherever they came from.

# %% [markdown]
# ### Exercise 16.2 (★, 5 min): temperature
#
# `logits` (N, V) and a temperature above 0: return the probabilities, (N, V), whose rows sum to 1.


# %%
def tempered(logits, temperature):
    ### BEGIN SOLUTION
    return (logits / temperature).softmax(1)
    ### END SOLUTION


check("16.2", tempered)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Below 1, the gaps between logits must grow.
#
# </details>

# %% [markdown] tags=["solution"]
# Dividing the logits by T raises the probabilities to the power 1/T and makes them sum to 1 again. T → 0 leaves the likeliest alone, T → ∞ all alike.

# %% [markdown]
# ### Exercise 16.3 (★★, 10 min): look back only
#
# Attention by hand. `scores` (L, L): how well the question of place i (row) fits the key of place j (column). Return the weights, (L, L): each row sums to 1, and no place gives any weight to a later one.


# %%
def look_back(scores):
    ### BEGIN SOLUTION
    later = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(later, -math.inf).softmax(1)
    ### END SOLUTION


check("16.3", look_back)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `triu(1)` keeps what is above the diagonal, `masked_fill` puts a number where a mask is true. Which number becomes 0 in a softmax?
#
# </details>

# %% [markdown] tags=["solution"]
# exp(−∞) is 0, so a hidden place takes part neither in the mean nor in its normalisation. The first place sees itself alone: its weight is 1.

# %% [markdown]
# ### Exercise 16.4 (★★, 10 min): name the liars
#
# Four sets of 1,000 poems each were judged as in section 1:
#
# | | rhyme | tones | ends | unseen | pairs | self-BLEU |
# | --- | --- | --- | --- | --- | --- | --- |
# | A | 0.03 | 0.49 | -0.01 | 1.00 | 0.87 | 0.01 |
# | B | 0.94 | 0.88 | 0.81 | 0.00 | 0.83 | 0.05 |
# | C | 0.03 | 0.50 | -0.01 | 1.00 | 0.96 | 0.00 |
# | D | 1.00 | 1.00 | 1.00 | 1.00 | 0.00 | 1.00 |
#
# Which is `"copied"`, `"shuffled"`, `"bigrams"`, `"one poem"`? Give a dict: `{"A": "…", "B": "…", "C": "…", "D": "…"}`.

# %%
### BEGIN SOLUTION
named = {"A": "bigrams", "B": "copied", "C": "shuffled", "D": "one poem"}
### END SOLUTION

check("16.4", named)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A and C have no form. In one of them neighbours are drawn to each other, as in real lines; in the other they are not.
#
# </details>

# %% [markdown] tags=["solution"]
# B has no unseen line, D no variety. A and C differ by their pairs: bigrams write pairs that exist, and so repeat some; dealt-out characters hardly ever meet twice.

# %% [markdown]
# ## What you now know
#
# - Drawing a character cuts the gradient. REINFORCE goes around the cut without bias and with much noise, which a baseline lowers; soft vectors are calm and biased.
# - Quality and variety are two numbers. One without the other can be had for nothing: one good text for ever, or dealt-out characters.
# - On ground where the truth is known, SeqGAN lowers NLL_oracle. So does a temperature, and likelihood that is trained to its end does better than both. TextGAN's smooth path works, too, and no better.
# - A GPT is a classifier of the next character that looks back by attention, and sees nothing ahead. It learned tones and line ends by likelihood alone; rhyme it has only begun to learn.
#
# **What this does not show**: language. SeqGAN's own ground had 5,000 characters and texts of 20, and its authors also trained on 16,394 quatrains, speeches and music, judged by BLEU and by readers. TextGAN's data were a million sentences from novels and from abstracts on arXiv. The first GPT had 117 million weights, 150 times as many as ours, and read 7,000 books for a month on eight GPUs; later ones are a thousand times larger still. What they can do (answer, translate, follow an order) has no beginning here: this one knows 1,500 characters and a single form. And policy gradients did come back to text: today's chat models are trained further by one, with a *human's* verdict in place of D's.
#
# > **In the document** (§1.3, §3.4). **The document says** that GANs serve language, and names SeqGAN and GPT; it lists TextGAN among the systems for 3-D models. **In fact** GPT is no GAN: it has no D and no z, and is trained by likelihood. TextGAN writes text. SeqGAN is a GAN; in this lesson, all that it gained over an early stop of likelihood, a temperature gave as well.
#
# **Further reading**
#
# - Yu, Zhang, Wang and Yu, "SeqGAN: Sequence Generative Adversarial Nets with Policy Gradient" (2017): the algorithm on page 4, and the oracle.
# - Zhang et al., "Adversarial Feature Matching for Text Generation" (2017): TextGAN.
# - Caccia et al., "Language GANs Falling Short" (2020): the temperature curves; figure 1 is this lesson's plane.
# - Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning" (1992): REINFORCE, and why a baseline is allowed.
# - Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax" (2017).
# - Radford et al., "Improving Language Understanding by Generative Pre-Training" (2018): GPT.
