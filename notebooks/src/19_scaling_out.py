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
# # 19 · Scaling out: what changes on many machines, and what must not
#
# **You will** share a batch among processes and lose nothing by it, start a real training with two of them, kill one in the midst, and reckon what a thousand GPUs would bring.
#
# **Needs** lesson 06; lesson 03 for the steps, lesson 07 for BatchNorm, lesson 08 for R1.
#
# **Time** 50 minutes to read and play, and 40 for the exercises; the notebook computes for about 2 minutes on two idle cores. **First** clear all outputs.
#
# **Follows** §5.1 开发环境搭建 (setting up the environment), for TensorBoard, and §3.3, which names the cost of compute (计算资源) as a weakness.
#
# **Papers** Karras et al. 2019 (StyleGAN) · Brock et al. 2019 (BigGAN) · Goyal et al. 2017 (large minibatches)

# %% [markdown]
# ## The question
#
# StyleGAN at 1024 × 1024 takes 41 days on one GPU, say its authors, and six and a half days on eight. So a training is spread over many GPUs, and over many machines: 分布式训练, distributed training. Nothing about the GAN is to change by that: the same losses, the same images, only sooner. What must be the same in every process for that, and what must differ? Where is it easily done wrong, with nothing to see but somewhat worse images? And why are eight GPUs not eight times as fast?
#
# We use an engine that exists: PyTorch's **DistributedDataParallel** (DDP), started by **torchrun**. On GPUs its processes speak through NCCL; on CPUs, as here, through Gloo. Two processes on a laptop can make nearly every mistake that two hundred machines can.

# %%
from gan_lessons import losses, networks, plots  # before torch: it says how torch's threads wait

import hashlib
import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

from gan_lessons.checkpoints import load_weights
from gan_lessons.data import DATA, fashion_mnist, to_float
from gan_lessons.exercises import check
from gan_lessons.launch import torchrun
from gan_lessons.runtime import device, seed_everything, set_threads
from gan_lessons.widgets import FigureExplorer

# %% tags=["parameters"]
SEED = 0
BATCH = 32  # the whole batch, of all processes together
STEPS = 40  # of each of the three trainings
SAVE_EVERY = 10  # steps from one checkpoint to the next
DIE_AT = 25  # the step in which a process of the third training is killed

# %% [markdown]
# ## 1 · Two halves of a batch
#
# The smallest case first, without any second process. Take D of lesson 06, 32 garments and 32 fakes. Compute D's gradient (梯度) on the whole batch. Then let two "processes" have one half each, and *average* their gradients.
#
# **Predict**: how far is the average of the two from the gradient of the whole? And what comes of the *sum*, or of parts that are not equal, 4 and 28?


# %% tags=["networks"]
def pair(norm="group"):
    """Return a small G and D in float64; G's BatchNorm is replaced by GroupNorm, where `norm` says so."""
    G, D = networks.ConvGenerator(16, (32, 16, 8)).double(), networks.ConvDiscriminator((8, 16, 32)).double()
    for i, layer in enumerate(G.layers):
        if norm == "group" and isinstance(layer, nn.BatchNorm2d):
            G.layers[i] = nn.GroupNorm(4, layer.num_features).double()
    return G, D


def gradient(loss, network):
    """Return the slope of `loss` in all weights of `network`, as one vector."""
    return torch.cat([slope.flatten() for slope in torch.autograd.grad(loss, [*network.parameters()])])


# %%
seed_everything(SEED)
G, D = pair()
set_threads(G, D)
images = fashion_mnist().images
real = to_float(images[torch.randperm(len(images))[:BATCH]]).double()
z = torch.randn(BATCH, 16).double()
fake = G(z).detach()


def of(rows):
    """Return D's gradient on some rows of the batch."""
    return gradient(losses.non_saturating.d(D(real[rows]), D(fake[rows])), D)


whole = of(slice(None))
half, few = BATCH // 2, BATCH // 8
halves = [of(slice(half)), of(slice(half, None))]
unequal = [of(slice(few)), of(slice(few, None))]
made = {
    "mean of halves": sum(halves) / 2,
    "sum of halves": sum(halves),
    "mean of an eighth and the rest": sum(unequal) / 2,
}
off = {name: ((some - whole).norm() / whole.norm()).item() for name, some in made.items()}

# %%
_, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
looks = zip(made.items(), ("o", "x", "^"), (plots.REAL, plots.FAKE, plots.GENERATOR))
for (name, some), mark, colour in looks:
    ax.plot(whole[::60], some[::60], mark, ms=5, label=name, color=colour)
ax.axline((0, 0), slope=1, color="gray", lw=0.8)
ax.set(
    xlabel="gradient of the whole batch", ylabel="from two parts", title="only the mean of equal parts is right"
)
ax.legend()
plt.show()
assert off["mean of halves"] < 1e-12 and abs(off["sum of halves"] - 1) < 1e-9
assert off["mean of an eighth and the rest"] > 0.02
print("mean of halves: the whole batch's gradient, to 12 digits; the sum: twice it;")
print("the mean of an eighth and the rest: more than 2 % off")

# %% [markdown]
# **See**: the blue circles lie on the line. A loss that is a *mean* over samples has as its gradient the mean of the samples' gradients, and a mean of equally many is a mean of means:
#
# $$g = \frac1B\sum_{i=1}^{B} g_i = \frac1n\sum_{r=0}^{n-1}\Big(\frac{1}{B/n}\sum_{i\in\text{share } r} g_i\Big)$$
#
# | symbol | variable | |
# | --- | --- | --- |
# | $B$ | `BATCH` | samples of the whole batch |
# | $n$ | `processes` | how many processes (进程); each has a number, its **rank** $r$ |
# | $g_i$ | | gradient of the loss at sample $i$ |
# | $g$ | `whole` | what the optimiser (优化器) must be given, on every rank |
#
# So what has to travel from process to process in each step is **one gradient of each network**, and nothing else: no images, no weights. If all begin with the same weights, and all get the same $g$, all their optimisers do the same, and the weights stay the same for ever. That is all of data-parallel training (数据并行). Each word of it can be broken: "a mean over samples" (BatchNorm is none, section 4), "equally many", "the same weights", "the same $g$".

# %% [markdown]
# ## 2 · A mean that everyone gets: all-reduce
#
# The operation that takes a vector from each process and gives their sum to all of them is called **all-reduce** (全归约). One way: all send theirs to rank 0, which adds, and sends the sum back to each. With $n$ processes and $m$ bytes, rank 0 then receives $(n-1)\,m$ and sends as much.
#
# The other way is a **ring** (环). Cut the vector into $n$ pieces. In each turn every process passes one piece to its right neighbour, who adds its own. After $n-1$ turns, each process has one piece that is complete. In another $n-1$ turns the complete pieces go round. **Predict**: how much does each process send, with 8 processes? And with 1,000?


# %% tags=["networks"]
def ring_all_reduce(vectors):
    """Return the sum of vectors (L,), one of each process, as each has it then, and how many numbers each sent."""
    n = len(vectors)
    pieces = [list(vector.clone().tensor_split(n)) for vector in vectors]
    sent = [0] * n
    for turn in range(2 * (n - 1)):
        complete = turn >= n - 1  # from here on, pieces are passed on as they are
        moving = [(rank, (rank - turn) % n) for rank in range(n)]
        moving = [(rank, k, pieces[rank][k]) for rank, k in moving]  # all at the same time
        for rank, k, piece in moving:
            right = (rank + 1) % n
            pieces[right][k] = piece if complete else pieces[right][k] + piece
            sent[rank] += len(piece)
    return [torch.cat(some) for some in pieces], sent


# %%
counts = [2, 3, 4, 6, 8, 16, 24]
vectors = torch.randn(24, 4800, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED))
most = []
for n in counts:
    sums, sent = ring_all_reduce(vectors[:n])
    assert all(torch.allclose(some, vectors[:n].sum(0)) for some in sums)
    assert {*sent} == {2 * (n - 1) * 4800 // n}
    most.append(max(sent) / 4800)
_, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(counts, [2 * (n - 1) for n in counts], "o--", color=plots.FAKE, label="rank 0 collects: rank 0's share")
ax.plot(counts, most, "s-", color=plots.REAL, label="ring: everyone's share")
ax.set(
    xlabel="processes", ylabel="lengths of the vector", ylim=(0, 20), title="in a ring nobody is a bottleneck"
)
ax.legend()
plt.show()
print("in a ring each process sends 2 (n − 1) / n times the vector: less than 2 of it, whatever n is;")
print("where rank 0 collects, it sends and receives 2 (n − 1) times the vector")

# %% [markdown]
# **See**: 2(n − 1)/n of the vector: exactly 1 for two processes, 1.75 for 8, 1.998 for 1,000. No way of doing it does with less (Patarasuk and Yuan 2009). What does grow with $n$ is the number of *turns*, 2(n − 1), each of which has to wait for a message. Section 6 reckons with both. (NCCL and Gloo choose between rings, trees and more; the count of bytes is the ring's.)

# %% [markdown]
# ## 3 · One program, any number of processes
#
# A notebook is one process. So the training is a program of its own, [19_train.py](19_train.py), beside this notebook; open it, it has some 170 lines. It is a training like lesson 06's: `d_step` and `g_step` of `gan_lessons`, with the non-saturating loss and R1. What is new in it is little:
#
# ```python
# shared_G, shared_D = DistributedDataParallel(G), DistributedDataParallel(D)
#
# def d_update(share):  # D through DDP: its gradients become the means of all processes
#     return d_step(G, shared_D, d_opt, losses.non_saturating, share[0], share[1], penalty=losses.r1(0.1))
#
# def g_update(share):  # and G alone through DDP: D's gradients are not wanted
#     return g_step(shared_G, D, g_opt, losses.non_saturating, share[2])
# ```
#
# A network wrapped in DDP computes as before; but during `backward`, as soon as a gradient is complete, it is all-reduced, and divided by $n$. Each step wraps the network that it updates. Then the draws (抽样): real images and z.
#
# ```python
# def draws(images, step, seed, batch):
#     """Return the whole real batch of a step, and z for D's and for G's: they depend on these arguments alone."""
# ```
#
# Every process draws the *whole* batch of the step, and takes every $n$-th row of it, from row $r$ on: `each[rank::ranks]`. So the shares of all processes are the whole batch, nothing twice, whatever $n$ is; and nobody needs a generator's state of the step before. (That costs each process the draws of the whole batch: here a thousand numbers. With very many processes one would draw from seed, step and *row*.)
#
# **Predict**: with one process and with two, from the same seed, how far are the losses apart after 40 steps? The program computes in float64 here.


# %%
HERE = Path() if Path("19_train.py").exists() else DATA.parent / "notebooks"  # beside this one, or in the clone
FOLDER = tempfile.TemporaryDirectory(prefix="gan_lessons-19-")  # it goes when the kernel goes
RUNS = Path(FOLDER.name)
OPTIONS = ["--steps", STEPS, "--batch", BATCH, "--save-every", SAVE_EVERY, "--seed", SEED, "--dtype", "float64"]


def train(name, *more, processes, restarts=0):
    """Run the program with a new folder, print what it says of itself, and return what it noted at its end."""
    shutil.rmtree(RUNS / name, ignore_errors=True)
    arguments = [*OPTIONS, "--folder", RUNS / name, *more]
    others = 0
    for line in torchrun(HERE / "19_train.py", *arguments, processes=processes, restarts=restarts):
        if line.startswith(("step", "going on", "process")):
            print(line)
        else:
            others += 1
    print(f"{others} lines of torchrun's and Gloo's own")
    return json.loads((RUNS / name / "facts.json").read_text())


# %% tags=["nbval-ignore-output"]
one = train("one", processes=1)

# %% tags=["nbval-ignore-output"]
two = train("two", processes=2)

# %% [markdown]
# What you saw is what this line does in a terminal, in the folder `notebooks`. With any number for the 2:
#
# ```
# torchrun --standalone --nproc-per-node 2 19_train.py --steps 200 --folder runs/mine
# ```
#
# And on two machines with four processes each, the same line on both, where HOST is the name of one of them:
#
# ```
# torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint HOST:29500 19_train.py --folder FOLDER
# ```
#
# The course, and the folder, must be there on both: a disk that both see. Do that in a network which you trust: torchrun's meeting place (rendezvous) asks nobody for a password. On Windows, where PyTorch is built without libuv, which torchrun asks for, set the variable `USE_LIBUV=0` first ([pytorch#139990](https://github.com/pytorch/pytorch/issues/139990)).
#
# ### TensorBoard
#
# Rank 0 alone writes: the checkpoint (检查点), and the losses as **TensorBoard** logs (日志), one number for each step and name:
#
# ```python
# writer = SummaryWriter(args.folder, purge_step=done + 1) if rank == 0 else None
# ```
#
# To look at them in a browser, while the program runs or later, give TensorBoard the folder above those of the runs, and open the address that it prints. It serves this computer alone:
#
# ```
# tensorboard --logdir notebooks/runs --host 127.0.0.1
# ```
#
# The logs are files like others, and can be read from Python as well:


# %%
def history(name, tag="d_loss"):
    """Return a run's steps and values of one tag, from its TensorBoard logs."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it would tell of each restart
    events = EventAccumulator(str(RUNS / name)).Reload().Scalars(tag)
    return [event.step for event in events], torch.tensor([event.value for event in events])


def weights(name, part="average"):
    """Return all weights of a network in a run's last checkpoint, as one vector."""
    network = pair()[0] if part != "D" else pair()[1]
    loaded = load_weights(network, RUNS / name / "checkpoint.safetensors", part=part)
    return nn.utils.parameters_to_vector(loaded.parameters()).detach()


_, ax = plt.subplots(figsize=(7, 3), layout="constrained")
for name, line, width in (("one", "-", 5), ("two", "--", 1.5)):
    for tag, colour in (("d_loss", plots.DISCRIMINATOR), ("g_loss", plots.GENERATOR)):
        steps, values = history(name, tag)
        label = f"{tag}, {name} process{'es' * (name == 'two')}"
        ax.plot(steps, values, line, lw=width, alpha=0.5 if name == "one" else 1, color=colour, label=label)
ax.set(xlabel="step", ylabel="loss", title="one process and two: the same training")
ax.legend()
plt.show()
print("the curves of two processes lie on those of one")

# %%
assert two["processes"] == 2 and two["unlike"] == 0 == one["from"] == two["from"]
assert history("one")[0] == history("two")[0] == list(range(1, STEPS + 1))
apart = {tag: (history("one", tag)[1] - history("two", tag)[1]).abs().max() for tag in ("d_loss", "g_loss")}
assert max(apart.values()) < 1e-5
assert max((weights("one", part) - weights("two", part)).abs().max() for part in ("G", "D", "average")) < 1e-6
print(
    f"{STEPS} steps: the losses of one process and of two differ by less than 0.00001, all weights by less than"
)
print("0.000001; and the weights on the two ranks, at the end, do not differ at all")

# %% [markdown]
# **See**: the dashed lines lie on the broad ones. What differs is rounding: sums in another order. In float64 that is nothing to speak of; in float32 it is more, and grows from step to step, as it does from one processor to another. On the two *ranks* nothing differs at all: both got the very same bytes.

# %% [markdown]
# ## 4 · What goes wrong
#
# Most of these mistakes run without an error message. [19_probes.py](19_probes.py) tries them in two real processes; each of its functions is one question. It is started once, and says all it found in a line of JSON. (By hand: `torchrun --standalone --nproc-per-node 3 19_probes.py`.)

# %% tags=["nbval-ignore-output"]
*_, found = torchrun(HERE / "19_probes.py", processes=2)
found = json.loads(found)
print(f"found answers to: {', '.join(found)}")

# %% [markdown]
# ### Equal shares, equal weights
#
# The arithmetic of section 1 holds for the real engine; and the weights of rank 0 are sent to all when DDP wraps a network:
#
# ```python
# network = small(seed=rank)
# before = apart(flat(network))
# return {"before": before, "after": apart(flat(DDP(network).module))}
# ```
#
# So with DDP it does no harm if each process drew weights of its own. Where someone averages gradients by hand and forgets that, the networks stay apart for ever: equal steps from different places.

# %%
assert found["gradients"]["equal"] < 1e-12 < 0.02 < found["gradients"]["unequal"]
assert found["starts"]["before"] > 0.1 and found["starts"]["after"] == 0
print("equal shares: DDP's gradient is the whole batch's, to 12 digits; unequal shares: more than 2 % off")
print("weights of two seeds: more than 0.1 apart; after DDP took them: equal")

# %% [markdown]
# ### The same z everywhere
#
# The most natural line for a seed, `torch.manual_seed(0)` at the start of the program, gives all processes the same random numbers. For weights that is wanted. For z it means that each process makes *the same fakes*: eight GPUs, and the batch of one. It is common, because nothing fails: the GAN example of PyTorch Lightning had it ([Lightning#16166](https://github.com/Lightning-AI/pytorch-lightning/issues/16166)).
#
# What is lost? A gradient from a batch is an estimate, with a noise: draw another batch, and it is another. **Predict**: two processes with 8 z each; how much smaller is the variance (方差) of the averaged gradient of G than that of one process, with different z, and with the same?


# %%
def noise(batch, ranks=1, same=False, repeats=120):
    """Return the variance of G's gradient, the mean over ranks, each with `batch` z, added over all weights."""
    draws = []
    for _ in range(repeats):
        z = torch.randn(batch * (1 if same else ranks), 16, dtype=torch.float64)
        shares = [z] * ranks if same else z.split(batch)
        of_ranks = [gradient(losses.non_saturating.g(D(G(share))), G) for share in shares]
        draws.append(sum(of_ranks) / ranks)
    return torch.stack(draws).var(0).sum().item()


# %%
seed_everything(SEED)
alone = noise(8)
kinds = {
    "one process": 1.0,
    "two, the same z": noise(8, 2, same=True) / alone,
    "two, different z": noise(8, 2) / alone,
}
sizes = [4, 8, 16, 32, 64]
smaller = [noise(size, repeats=60) / alone for size in sizes]
_, (left, right) = plt.subplots(1, 2, figsize=(9.5, 2.8), layout="constrained")
plots.show_bars(left, [*kinds.values()], [*kinds])
left.set(xlabel="variance of G's gradient (one process: 1)", title="the same z: nothing is gained")
right.loglog(sizes, smaller, "o-", color=plots.REAL, label="measured")
right.loglog(sizes, [8 / size for size in sizes], "--", color="gray", label="8 / batch")
right.set(xlabel="different z in the batch", ylabel="variance", title="noise falls as 1 / batch")
right.set_xticks(sizes, [str(size) for size in sizes])
right.set_yticks([0.125, 0.5, 2], ["1/8", "1/2", "2"])
right.minorticks_off()
right.legend()
plt.show()
assert abs(kinds["two, the same z"] - 1) < 0.2 and abs(kinds["two, different z"] - 0.5) < 0.1
assert all(abs(value * size / 8 - 1) < 0.25 for size, value in zip(sizes, smaller))
print("two processes with different z: half the variance; with the same z: that of one process")

# %% [markdown]
# **See**: the second process with the same z might as well not be there. The program's `draws` cannot make this mistake: the rows of a rank are its own.
#
# ### BatchNorm is no mean over samples
#
# BatchNorm's mean and variance are those of the *batch*, and with two processes each has another batch. So a G with BatchNorm is another function on two processes than on one. GroupNorm looks at one sample at a time.

# %%
seed_everything(SEED)
for norm in ("batch", "group"):
    G_n, D_n = pair(norm)
    parts = [gradient(losses.non_saturating.g(D_n(G_n(share))), G_n) for share in z.chunk(2)]
    on_whole = gradient(losses.non_saturating.g(D_n(G_n(z))), G_n)
    off[norm] = ((sum(parts) / 2 - on_whole).norm() / on_whole.norm()).item()
assert off["group"] < 1e-12 and off["batch"] > 0.02
means = {name: torch.tensor(values) for name, values in found["statistics"].items()}
assert (means["not"] - torch.tensor([0.0, 1.0])).abs().max() < 0.15 and means["synchronised"].max() < 0.25
print("G's gradient from halves: with GroupNorm the whole batch's; with BatchNorm more than 2 % off")
print("running means where rank 0 sees numbers around 0 and rank 1 around 1:")
print("  not synchronised: 0 and 1, each rank its own; synchronised by DDP: both near 0, rank 0's")

# %% [markdown]
# **See**: the first line is about the statistics of a batch; the others are about the *running* statistics, by which BatchNorm works in eval mode. They are buffers (缓冲区), not weights, and have no gradient. DDP sends rank 0's to all before each forward pass (`forward_sync_buffers=True`, the default; older versions call it `broadcast_buffers`, a name that is deprecated now). So the ranks agree, but what the others saw never counts: in the probe the mean of all numbers is ½, and nobody has it.
#
# `nn.SyncBatchNorm` computes mean and variance over all processes, in one more exchange per layer; PyTorch has it for GPUs alone. The program has it as `--norm sync`. BigGAN is built with it, since its batches were cut among hundreds of cores. Our runs use GroupNorm: with BatchNorm one process and two would not be the same training.
#
# ### Two forward passes of D
#
# D sees a real and a fake batch before one `backward`. With DDP and BatchNorm this was a well-known error: the buffers were overwritten between the two passes, and `backward` found that "one of the variables needed for gradient computation has been modified by an inplace operation" ([pytorch#22095](https://github.com/pytorch/pytorch/issues/22095); and, again, for PyTorch 2.6 and later on GPUs, [pytorch#175024](https://github.com/pytorch/pytorch/issues/175024)). With the version of this course, on CPUs, it passes, and the gradient is right. Where you meet it, `forward_sync_buffers=False` helps, or a D without BatchNorm, which R1 wants anyway.
#
# ### D's gradients for nothing
#
# In G's step the gradient goes *through* D. Where D is wrapped in DDP there too, its gradients are computed, all-reduced and then thrown away. The probe counts bytes in G's step:
#
# ```python
# for name in ("D in DDP", "D frozen", "D bare", "G's weights alone"):
# ```

# %%
assert found["two_forwards"]["off"] < 1e-12
sent = found["bytes_sent"]
assert sent["D in DDP"] == sent["of G"] + sent["of D"]
assert sent["D frozen"] == sent["D bare"] == sent["G's weights alone"] == sent["of G"]
print("two forward passes of D, with BatchNorm, in DDP: the mean of the ranks' gradients, to 12 digits")
print(f"G has {sent['of G']} bytes of weights, D {sent['of D']}; all-reduced in a step of G:")
for name in ("D in DDP", "D frozen", "D bare", "G's weights alone"):
    print(f"  {name:<18}{sent[name]:>4}")

# %% [markdown]
# **See**: freeze D for G's step (`D.requires_grad_(False)`), or call it bare (`D.module`), or ask for the gradients of G's weights alone, as `g_step` does (`backward(inputs=…)`): each spares D's share of the traffic.
#
# > **Break it**: in `19_train.py`, let each rank take `each[: len(each) // ranks]`, the first rows, instead of `each[rank::ranks]`. Run the two trainings of section 3 again, and the cells that compare them. Nothing fails but the comparison. Would you have noticed without it?

# %% [markdown]
# ## 5 · A process dies
#
# Of a thousand GPUs, one will fail before the training is over; the run has to live with that. torchrun watches its processes. If one ends badly, it ends the others too, since an all-reduce with one missing would wait for ever, and starts all of them again, up to `--max-restarts` times. The program then finds a checkpoint in its folder, and goes on from it.
#
# A checkpoint is **whole** (完整) if the run goes on from it as if nothing had been: both networks, both optimisers with Adam's moments, the average, the step. The random generators' states belong to it too, of *every* rank; ours need none, as the draws depend on seed and step alone.
#
# The third run is killed: in step 25, rank 1 sends itself SIGKILL (kill −9), which no program can catch. **Predict**: which steps are done twice? Will the losses be those of the unbroken run?

# %% tags=["nbval-ignore-output"]
killed = train("killed", "--die-at", DIE_AT, processes=2, restarts=1)

# %%
_, ax = plt.subplots(figsize=(7, 3), layout="constrained")
steps, values = history("two")
ax.plot(steps, values, "-", lw=5, alpha=0.4, color=plots.DISCRIMINATOR, label="unbroken")
steps, again = history("killed")
before = [place for place, step in enumerate(steps) if step <= killed["from"]]
after = [place for place, step in enumerate(steps) if step > killed["from"]]
ax.plot([steps[i] for i in before], again[before], "o", ms=4, color=plots.REAL, label="before the kill")
ax.plot([steps[i] for i in after], again[after], "x", color=plots.FAKE, label="after the restart")
ax.axvline(DIE_AT, color="gray", ls=":", label="rank 1 is killed")
ax.set(xlabel="step", ylabel="D's loss", title="killed and gone on: the losses of the unbroken run")
ax.legend()
plt.show()
assert killed["from"] == (DIE_AT - 1) // SAVE_EVERY * SAVE_EVERY and killed["unlike"] == 0
unbroken = dict(zip(*history("two")))
assert steps == list(range(1, STEPS + 1))  # each of them once
assert all(abs(value - unbroken[step]) < 1e-5 for step, value in zip(steps, again))
assert (
    max((weights("two", part) - weights("killed", part)).abs().max() for part in ("G", "D", "average")) < 1e-6
)
print(
    f"killed in step {DIE_AT}, gone on after step {killed['from']}: every loss is the unbroken run's, to 0.00001,"
)
print("and at the end all weights are, to 0.000001")

# %% [markdown]
# **See**: the steps since the last checkpoint are lost, and done again; that is the price, and a reason to save often. In TensorBoard no step shows twice: `purge_step` told it from which step on the old log is void.
#
# (A trap that we met here: on its own, torchrun 2.14 keeps one meeting place for all attempts, with the addresses of the dead in it. A new process that looks too early is sent to where nobody listens, and the restart fails. `TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1` gives each attempt a new one; `gan_lessons.launch` sets it. [pytorch#135712](https://github.com/pytorch/pytorch/issues/135712) describes the same for NCCL.)
#
# ### Killed while it saves
#
# Rank 0 might be killed in the midst of *writing* the checkpoint. Two small programs write a "checkpoint" of 2 MB again and again, each time with its SHA-256 in front. One opens the file and writes. The other writes a new file beside it, and renames that at the end, which file systems do in one step (原子性, atomically). We kill each ten times with SIGKILL, at a random moment, and look at the file. **Predict** how many are damaged.

# %%
WRITER = """
import hashlib, os, sys, time
path, how = sys.argv[1:]
bodies = [bytes([number]) * 2_000_000 for number in range(2)]
for number in range(10**6):
    body = bodies[number % 2]
    target = path if how == "straight" else path + ".new"
    with open(target, "wb") as file:
        file.write(hashlib.sha256(body).digest())
        for start in range(0, len(body), 50_000):
            file.write(body[start : start + 50_000])
            time.sleep(0.002)  # a slow disk
    if how != "straight":
        os.replace(target, path)
    print("saved", flush=True)
"""


# %%
def damaged(how, kills=10):
    """Return after how many of `kills` the file was not whole."""
    count, moment = 0, random.Random(SEED)
    for number in range(kills):
        path = RUNS / f"{how}-{number}"
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path, how], stdout=subprocess.PIPE)
        writer.stdout.readline()  # it has saved once
        time.sleep(moment.uniform(0.0, 0.1))
        writer.kill()
        writer.communicate()
        written = path.read_bytes()
        count += len(written) != 2_000_032 or hashlib.sha256(written[32:]).digest() != written[:32]
        path.unlink()
    return count


straight, renamed = damaged("straight"), damaged("renamed")
assert straight > 0 == renamed
print("killed ten times while it saves: written straight, some files are damaged; renamed into place, none is")

# %% [markdown]
# **See**: "straight" destroys the last good checkpoint *before* the new one is there. `gan_lessons.checkpoints` renames, and keeps a SHA-256, so that a damaged file is refused and never half believed. Exercise 19.4 lets you write it.

# %% [markdown]
# ## 6 · How long does a step take?
#
# A model in three terms, for $n$ processes, each of which can do the whole batch alone in $c$ seconds; the gradients have $m$ bytes, a link carries $b$ bytes a second, and a message needs $\ell$ seconds (latency, 延迟) to arrive at all:
#
# $$t(n) = \underbrace{\frac{c}{n}}_{\text{compute}} + \underbrace{\frac{2(n-1)}{n}\,\frac{m}{b}}_{\text{bytes of the ring}} + \underbrace{2(n-1)\,\ell}_{\text{its turns}}$$
#
# What are $b$ and $\ell$ between our two processes? The probe timed all-reduces of five sizes. For $n=2$ the model says $t = m/b + 2\ell$: a straight line.


# %% tags=["networks"]
def step_seconds(n, compute, size, bandwidth, latency):
    """Return the three terms of a step's time, in seconds: `size` in bytes, `bandwidth` in bytes a second."""
    return compute / n, 2 * (n - 1) / n * size / bandwidth, 2 * (n - 1) * latency


# %% tags=["nbval-ignore-output"]
size = torch.tensor([float(key) for key in found["seconds"]], dtype=torch.float64)
seconds = torch.tensor([*found["seconds"].values()], dtype=torch.float64)
slope = ((size[-1] - size[-2]) / (seconds[-1] - seconds[-2]).clamp(min=1e-9)).item()  # the largest tell b
latency = seconds[0].item() / 2
bandwidth = max(slope, 1.0)
_, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.loglog(size, seconds, "o", color=plots.REAL, label="measured, median of 15")
ax.loglog(size, size / bandwidth + 2 * latency, "--", color="gray", label="m / b + 2 ℓ")
ax.set(xlabel="bytes", ylabel="seconds", title="an all-reduce between two processes here")
ax.legend()
plt.show()
bytes_of_gradients = 8 * sum(p.numel() for network in pair() for p in network.parameters())
terms = step_seconds(2, one["seconds_a_step"], bytes_of_gradients, bandwidth, latency)
print(f"b = {bandwidth / 1e9:.2g} GB/s, ℓ = {1e6 * latency:.0f} µs")
print(f"a step of the training above: one process {1e3 * one['seconds_a_step']:.0f} ms; two, by the model:")
print("  compute {:.0f} ms + bytes {:.2f} ms + turns {:.2f} ms".format(*(1e3 * term for term in terms)))
print(f"  measured {1e3 * two['seconds_a_step']:.0f} ms")

# %% [markdown]
# Your numbers differ from the stored ones, and neither says much: these are two cores that share a memory, and much else. What the measured step has above the model's is what the model leaves out: the draws, which each process does whole; checkpoints; a core that another program uses; and that a step has more than one message, each with a latency of its own. Two processes on a laptop *test* a program. They hardly speed it up.
#
# ### Held against published times
#
# StyleGAN's authors publish how long a training takes, on Tesla V100 GPUs (the README of [NVlabs/stylegan](https://github.com/NVlabs/stylegan)). Take the times for 1 and 8 GPUs, and put the curve $t(n) = a/n + f$ through them: a part that is shared, and a part $f$ that stays. **Predict**: does it give those of 2 and 4 GPUs? And what is $f$?

# %%
HOURS = {  # GPUs: 1, 2, 4, 8
    "1024²": [41 * 24 + 4, 21 * 24 + 22, 11 * 24 + 8, 6 * 24 + 14],
    "512²": [24 * 24 + 21, 13 * 24 + 7, 7 * 24, 4 * 24 + 10],
    "256²": [14 * 24 + 22, 9 * 24 + 5, 4 * 24 + 21, 3 * 24 + 8],
}
gpus, many = torch.tensor([1.0, 2.0, 4.0, 8.0]), torch.logspace(0, 3, 60)
shared, fixed, worst = {}, {}, 0.0
for name, hours in HOURS.items():
    hours = torch.tensor(hours)
    shared[name] = ((hours[0] - hours[3]) / (1 - 1 / 8)).item()
    fixed[name] = hours[0].item() - shared[name]
    worst = max(worst, ((shared[name] / gpus + fixed[name] - hours).abs() / hours).max().item())
limits = {name: HOURS[name][0] / fixed[name] for name in HOURS}
assert worst < 0.11 and all(35 < value < 41 for value in fixed.values())
assert 24 < limits["1024²"] < 26 and 8 < limits["256²"] < 10
print(f"8 GPUs: {988 / 158:.2f} times as fast at 1024², {358 / 80:.2f} times at 256²")
print(f"f: {', '.join(f'{value:.0f} hours at {name}' for name, value in fixed.items())}")
print(f"2 and 4 GPUs fit to {worst:.0%}")

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2), layout="constrained")
for (name, hours), mark in zip(HOURS.items(), "os^"):
    model = shared[name] / many + fixed[name]
    (drawn,) = left.loglog(gpus, hours, mark, label=f"{name}, published")
    left.loglog(many, model, "--", lw=1, color=drawn.get_color())
    right.loglog(many, hours[0] / model, "--", lw=1, color=drawn.get_color())
    right.loglog(gpus, hours[0] / torch.tensor(hours), mark, color=drawn.get_color(), label=name)
left.set(xlabel="GPUs", ylabel="hours", title="a training of StyleGAN: a/n + f")
right.loglog(many, many, color="gray", lw=0.8, label="n times as fast")
right.set(xlabel="GPUs", ylabel="times as fast", title="f sets a limit")
left.legend()
right.legend()
plt.show()
print(f"limit for any number of GPUs: {limits['1024²']:.0f} times at 1024², {limits['256²']:.0f} times at 256²")

# %% [markdown]
# **See**: the curves fit the two numbers in between to 10 %, and $f$ is nearly the same for images of 256² and of 1024². So it is not pixels. The table does not say what it is. (It need not be the all-reduce: by the authors' settings the whole batch at the largest size grows with the GPUs, from 4 to 32, so that there are fewer steps, and fewer all-reduces.) What can be said: if all else stayed, a thousand GPUs would make StyleGAN at most 25 times as fast. That is **Amdahl's law** (阿姆达尔定律): what is not shared sets the limit. The lines beyond 8 GPUs are that law, and no measurement.
#
# ### A thousand GPUs
#
# There are two ways to use more GPUs. **Strong scaling** (强扩展): the same whole batch, cut into smaller shares. **Weak scaling** (弱扩展): the same share, so that the whole batch grows with $n$. Efficiency (效率) is how much of the GPUs' time is spent on what one alone would do. Here with assumed numbers: a second of compute, 50 million weights, 100 GB/s, 10 µs.

# %%
SIZE, LINK, WAIT = 4 * 50e6, 100e9, 10e-6
_, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
efficiency = {}
for name, line, colour in (("weak", "-", plots.REAL), ("strong", "--", plots.FAKE)):
    compute = many if name == "weak" else torch.ones_like(many)  # seconds of the whole batch on one GPU
    terms = step_seconds(many, compute, SIZE, LINK, WAIT)
    efficiency[name] = terms[0] / sum(terms)
    ax.semilogx(many, efficiency[name], line, color=colour, label=f"{name} scaling")
ax.set(
    xlabel="GPUs", ylabel="efficiency", ylim=(0, 1.05), title="large shares hide the traffic, small ones do not"
)
ax.legend()
plt.show()
assert efficiency["weak"][-1] > 0.95 and efficiency["strong"][-1] < 0.1
print("a thousand GPUs, by the model: weak scaling more than 95 % efficient, strong scaling less than 10 %")


# %% [markdown]
# Move the sliders. At which number of GPUs is half of a step traffic? What is cheaper: a link twice as fast, or half as many weights?


# %%
def draw_step(figure, gpus, compute_ms, million_weights, gigabytes_a_second, latency_us, scaling):
    """Draw how a step's time divides into compute, bytes and turns."""
    compute = compute_ms / 1e3 * (gpus if scaling == "weak" else 1)
    terms = step_seconds(gpus, compute, 4e6 * million_weights, 1e9 * gigabytes_a_second, latency_us / 1e6)
    ax, left = figure.subplots(), 0.0
    looks = (("compute", plots.REAL, ""), ("bytes", plots.FAKE, "//"), ("turns", plots.GENERATOR, ".."))
    for (name, colour, hatch), term in zip(looks, terms):
        ax.barh([0], [1e3 * term], left=left, color=colour, hatch=hatch, label=name, edgecolor="white")
        left += 1e3 * term
    ax.set(xlabel="milliseconds", yticks=[], xlim=(0, 1.05 * left), title="a step: compute, bytes, turns")
    ax.legend(loc="upper right", ncols=3)
    ax.set_ylim(-0.5, 1.0)
    times = gpus * compute_ms / 1e3 / sum(terms) if scaling == "weak" else compute_ms / 1e3 / sum(terms)
    images, share = f"{times:.1f} times the images of one GPU in the same time", terms[0] / sum(terms)
    return f"{left:.1f} ms a step; {images}; efficiency {share:.0%}"


FigureExplorer(
    draw_step,
    size=(7, 2.2),
    gpus=[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000],
    compute_ms=(50, 2000, 50, 500),
    million_weights=(1, 400, 1, 50),
    gigabytes_a_second=[1, 3, 10, 30, 100],
    latency_us=(1, 100, 1, 10),
    scaling=["weak", "strong"],
)

# %% [markdown]
# **Larger batches, then?** Weak scaling is efficient, but the batch grows, and with it what a step is worth. Section 4 measured it: twice the batch halves the gradient's variance; it does not double the length of a step. So with a larger batch one takes larger steps: for classifiers, in proportion to the batch, after a warm-up (Goyal et al. 2017: ResNet-50, 256 GPUs, batches of 8,192, about 90 % as efficient as 8 GPUs). For GANs there is no such rule that all trust. BigGAN went from batches of 256 to 2,048, and its authors report an Inception Score 46 % higher, in fewer steps; and that the training then became unstable and in the end collapsed, so that they kept a checkpoint from before. We did not repeat that here.

# %% [markdown]
# ## 7 · Half the bytes: bfloat16
#
# GPUs compute faster in 16 bits than in 32, and 16 bits are half the memory and half the traffic. **bfloat16** has the range of float32, with 8 bits of precision instead of 24: about two decimal digits. float16 has more digits and a small range. **Predict**: what is 256 + 1 in bfloat16?

# %%
b16, f16 = torch.bfloat16, torch.float16
print(f"256 + 1 = {(torch.tensor(256.0, dtype=b16) + 1).item():.0f} in bfloat16")
tiny = [torch.tensor(1e-30, dtype=dtype).item() for dtype in (b16, f16)]
print(f"1e-30 is {tiny[0]:.2g} in bfloat16, {tiny[1]:g} in float16")
paths, steps = {}, 1000
for name, dtype in (("float32", torch.float32), ("bfloat16", b16)):
    weight, rate = torch.tensor(1.0, dtype=dtype), torch.tensor(1e-3, dtype=dtype)
    paths[name] = [(weight := weight - rate).item() for _ in range(steps)]
_, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
for (name, path), line, colour in zip(paths.items(), "- --".split(), (plots.REAL, plots.FAKE)):
    ax.plot(path, line, color=colour, label=name)
ax.set(xlabel="step", ylabel="weight", title="a thousand steps of 0.001, down from 1")
ax.legend()
plt.show()
assert abs(paths["float32"][-1]) < 1e-3 and paths["bfloat16"][-1] == 1
print("a weight of 1 after a thousand steps of 0.001: 0 in float32, still 1 in bfloat16")

# %% [markdown]
# **See**: a step that is smaller than the last digit is no step. So weights, optimisers, averages and losses stay in float32, and only the layers compute in bfloat16. PyTorch's `autocast` decides layer by layer. In the program (`--bf16`):
#
# ```python
# with torch.autocast(x.device.type, torch.bfloat16):
#     return self.network(x).float()
# ```
#
# The result is float32 again, and so are the loss, its mean and its logarithms. float16 needs a **GradScaler** besides, which multiplies the loss so that small gradients do not become 0; bfloat16 has float32's range and needs none. What is saved is what the backward pass keeps:


# %%
def kept_bytes(autocast):
    """Return the bytes that D's forward pass keeps for the backward pass, without weights."""
    kept = {}

    def note(tensor):
        if not isinstance(tensor, nn.Parameter):
            kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    D = networks.ConvDiscriminator()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        with torch.autocast("cpu", b16, enabled=autocast):
            logits = D(real.float())
            return sum(kept.values()), logits.dtype


(full, _), (less, dtype) = kept_bytes(False), kept_bytes(True)
assert dtype == b16 and 0.45 < less / full < 0.65
print("kept for D's backward pass: with bfloat16 between 45 and 65 % of the bytes of float32")

# %% [markdown]
# ## 8 · A GPU, where there is one
#
# The program takes a GPU for each process, if there are any (`cuda`, and NCCL instead of Gloo), and the widgets, pictures and metrics of this course take networks and images that live on one: explorers move z to the network's device, boards and grids bring images back, metrics compute on the CPU. (The playground of lessons 02 to 04 asks for the CPU, and says so.) The device is said in one place:

# %% tags=["nbval-ignore-output"]
place = device()
print(f"this machine computes on {place}")
for batch in (32, 512):
    D_p, x = networks.ConvDiscriminator().to(place), torch.randn(batch, 1, 28, 28, device=place)
    for _ in range(4):
        started = time.perf_counter()
        D_p(x).sum().backward()
        value = next(D_p.parameters()).grad.sum().item()  # waits for the GPU
    print(f"D of lesson 06, batch {batch}: {1e3 * (time.perf_counter() - started):.1f} ms forward and backward")

# %% [markdown]
# A small network gains little from a GPU. Each layer is a *kernel* that has to be started, some microseconds each, and a GPU that has nothing but 32 small garments waits for its next order more than it computes. Where both batches above take the same time, that is what you see. (The stored numbers are from a machine without a GPU.) Larger batches and wider layers are what GPUs are for.

# %% [markdown]
# ## Exercises
#
# Nothing below depends on them.
#
# ### Exercise 19.1 (★★, 10 min): unequal shares
#
# The last batch of an epoch rarely divides by $n$. Rank r has the mean gradient of its `counts[r]` samples. Give the gradient of the mean over *all* samples. `means` is (n, L), a row for each rank; `counts` is (n,), whole numbers; a rank may have none, and its row is then zeros. Return (L,).


# %%
def combined(means, counts):
    ### BEGIN SOLUTION
    return (means * counts[:, None]).sum(0) / counts.sum()
    ### END SOLUTION


check("19.1", combined)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A mean times its count is a sum. Sums may be added.
#
# </details>

# %% [markdown] tags=["solution"]
# Each rank's mean counts for as many samples as it has. With equal counts this is DDP's mean. In practice: multiply the loss by `counts[r] * n / counts.sum()` before backward, and let DDP average.

# %% [markdown]
# ### Exercise 19.2 (★★, 10 min): whose samples?
#
# Deal `count` samples out to `ranks` processes as the program does: rank 0 gets samples 0, n, 2n, …; rank 1 gets 1, n + 1, and so on; none twice, none left out, though `count` need not divide by `ranks`. Return the numbers of `rank`'s samples, a tensor of whole numbers, in order.


# %%
def share(count, rank, ranks):
    ### BEGIN SOLUTION
    return torch.arange(rank, count, ranks)
    ### END SOLUTION


check("19.2", share)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.arange` takes a start, an end and a step.
#
# </details>

# %% [markdown] tags=["solution"]
# Shares then differ by at most one sample. PyTorch's DistributedSampler instead repeats a few samples, so that all shares are equal: right for training, wrong for a count over a test set.

# %% [markdown]
# ### Exercise 19.3 (★★, 10 min): how long on the way?
#
# The time of an all-reduce by a ring, from section 6: `n` processes, `floats` numbers of 4 bytes each, a link of `bandwidth` bytes a second, `latency` seconds for each of the 2(n − 1) turns. Return seconds.


# %%
def ring_seconds(n, floats, bandwidth, latency):
    ### BEGIN SOLUTION
    return 2 * (n - 1) / n * 4 * floats / bandwidth + 2 * (n - 1) * latency
    ### END SOLUTION


check("19.3", ring_seconds)

# %% [markdown]
# <details><summary>Hint</summary>
#
# In each of the 2(n − 1) turns, everyone passes on an n-th part of the numbers.
#
# </details>

# %% [markdown] tags=["solution"]
# Each turn moves 4 · floats / n bytes and waits once: 2(n − 1) · (4 · floats / (n · bandwidth) + latency). One process has nobody to wait for: 0.

# %% [markdown]
# ### Exercise 19.4 (★★★, 15 min): whole or not at all
#
# Write the bytes of all `pieces` to the file `path`, a `pathlib.Path`, so that whoever opens it, at any moment, finds the *old* file whole or the *new* one whole, even if your program is killed. Return how many bytes you wrote. `pieces` gives one piece after another, and may raise an error in the midst: let it through. (Where a kill leaves another file lying beside it, that is no harm.)


# %%
def save(path, pieces):
    ### BEGIN SOLUTION
    import os

    new, count = path.with_name(path.name + ".new"), 0
    with open(new, "wb") as file:
        for piece in pieces:
            count += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    return count
    ### END SOLUTION


check("19.4", save)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Never open `path` itself for writing. `os.replace(a, b)` puts a in b's place in one step, if both are in one folder.
#
# </details>

# %% [markdown] tags=["solution"]
# The new file grows beside the old one, and takes its name when it is complete. `fsync` comes first: else, after a power cut, the name may be on the disk and the content not.

# %% [markdown]
# ## What you now know
#
# - What travels is one gradient of each network, in each step. The mean of equal shares' gradients is the whole batch's, so one process and two give the same losses; with BatchNorm they do not.
# - Weights must be the same on all ranks, z must not; statistics are neither, and DDP keeps rank 0's. None of these mistakes fails aloud.
# - A run may be killed at any moment, if its checkpoint is whole, renamed into place, and its draws depend on seed and step. And what is not shared sets a limit: by StyleGAN's own table, some 25 times for any number of GPUs.
#
# **What this does not show**: two processes on one machine are not a thousand on many. Here all links are a memory; there they are cables, some slow, and some break. StyleGAN had eight V100 GPUs and seventy thousand faces, BigGAN from 128 to 512 cores of a TPU pod and more than a million photographs; ours has two cores, garments of 28 × 28, and two networks of forty thousand weights together. Networks that do not fit one GPU are cut themselves (FSDP, pipelines, tensor parallelism); GANs seldom need that. No GPU was at hand when this page was made: the program's way to one, NCCL and `--norm sync` are written and not shown.
#
# > **In the document** (§5.1). **The document says** to set up the environment with Python 3.8, and with TensorFlow 2.4.1 for GPUs from PyTorch's conda channel. **In fact** that channel never had that package, and Python 3.8 has been past its end of life since 2024. What this section of a project needs besides the framework is the means to *watch* a training, and the document has none: its losses are printed, under names that do not exist there (lesson 06). TensorBoard comes without TensorFlow.
#
# **Further reading**
#
# - Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training" (2020): how DDP hides the all-reduce behind the backward pass.
# - Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour" (2017): section 2 for the learning rate, section 3 for mistakes that are easily made with shares, BatchNorm among them.
# - Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis" (2019): section 3 for what batches do, section 4 for why it collapses.
