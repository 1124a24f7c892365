"""What DistributedDataParallel does and does not do, measured in two processes or more: the questions of lesson 19.

    torchrun --standalone --nproc-per-node 2 19_probes.py

Every process runs all of it; the first prints what was found as one line of JSON.
"""

import json
import os
import sys
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP


def small(norm=True, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(6, 5), nn.BatchNorm1d(5) if norm else nn.Identity(), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(5, 1), nn.Flatten(0)).double()


def flat(network, gradient=False):
    return torch.cat([(p.grad if gradient else p.detach()).flatten() for p in network.parameters()])


def apart(x):
    """Return the largest difference of any number of `x` between any two processes."""
    low, high = x.clone(), x.clone()
    dist.all_reduce(low, dist.ReduceOp.MIN)
    dist.all_reduce(high, dist.ReduceOp.MAX)
    return (high - low).max().item()


def gradients(rank, ranks):
    """How far is DDP's gradient from the whole batch's, with equal shares and with unequal ones?"""
    x = torch.randn(12 * ranks, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    whole = small(norm=False)
    whole(x).square().mean().backward()
    found = {}
    for name, mine in {
        "equal": x[rank::ranks],
        "unequal": x[: 2 * ranks] if rank == 0 else x[2 * ranks :][rank - 1 :: ranks - 1],
    }.items():
        D = DDP(small(norm=False))
        D(mine).square().mean().backward()
        found[name] = ((flat(D, gradient=True) - flat(whole, gradient=True)).norm() / flat(whole, True).norm()).item()
    return found


def starts(rank, ranks):
    """How far apart are weights that each process drew with a seed of its own, before and after DDP takes them?"""
    network = small(seed=rank)
    before = apart(flat(network))
    return {"before": before, "after": apart(flat(DDP(network).module))}


def statistics(rank, ranks):
    """Where do BatchNorm's running means go, when process r sees numbers around r?"""
    found = {}
    for name, sync in {"synchronised": True, "not": False}.items():
        norm = DDP(nn.BatchNorm1d(1), forward_sync_buffers=sync)
        for step in range(60):
            torch.manual_seed(100 * step + rank)
            norm(torch.randn(32, 1) + rank)
        means = [torch.zeros(1) for _ in range(ranks)]
        dist.all_gather(means, norm.module.running_mean)
        found[name] = torch.cat(means).tolist()
    return found


def two_forwards(rank, ranks):
    """Does D with BatchNorm, called on real and on fake before one backward, get the mean of the gradients?"""
    torch.manual_seed(10 + rank)
    real, fake = torch.randn(2, 8, 6, dtype=torch.float64)
    alone, shared = small(), DDP(small())
    for D in (alone, shared):
        (D(real) - D(fake)).mean().backward()
    wanted = flat(alone, gradient=True)
    dist.all_reduce(wanted)
    return {"off": (flat(shared, gradient=True) - wanted / ranks).norm().item()}


def bytes_sent(rank, ranks):
    """How many bytes of gradients does a step of G send around, by what it does with D?"""
    sent = 0

    def counting(state, bucket):
        nonlocal sent
        sent += bucket.buffer().numel() * bucket.buffer().element_size()
        return dist.all_reduce(bucket.buffer() / ranks, async_op=True).get_future().then(lambda done: done.value()[0])

    found = {}
    for name in ("D in DDP", "D frozen", "D bare", "G's weights alone"):
        G, D = DDP(nn.Linear(3, 6).double()), DDP(small(norm=False))
        for network in (G, D):
            network.register_comm_hook(None, counting)
        for _ in range(3):
            z = torch.randn(4, 3, dtype=torch.float64)
            (D(z.repeat(1, 2)) - D(G.module(z).detach())).mean().backward()  # a step of D
            sent = 0
            D.requires_grad_(name != "D frozen")
            judge = D.module if name in ("D bare", "G's weights alone") else D
            judge(G(z)).mean().backward(inputs=[*G.parameters()] if name == "G's weights alone" else None)
            D.requires_grad_(True)
        found[name] = sent
    return found | {"of G": 8 * flat(G).numel(), "of D": 8 * flat(D).numel()}


def seconds(rank, ranks):
    """How long does an all-reduce take, in the median of 15, for each number of bytes?"""
    found = {}
    for size in (4_000, 40_000, 400_000, 4_000_000, 16_000_000):
        x, times = torch.zeros(size // 4), []
        for _ in range(15):
            dist.barrier()
            started = time.perf_counter()
            dist.all_reduce(x)
            times.append(time.perf_counter() - started)
        found[size] = sorted(times)[7]
    return found


if __name__ == "__main__":
    dist.init_process_group("gloo")
    place = dist.get_rank(), dist.get_world_size()
    probes = (gradients, starts, statistics, two_forwards, bytes_sent, seconds)
    found = {probe.__name__: probe(*place) for probe in probes}
    if place[0] == 0:
        print(json.dumps(found), flush=True)
    # leave together, and without Python's clearing up, in which PyTorch's threads sometimes abort a process
    dist.barrier()
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)
