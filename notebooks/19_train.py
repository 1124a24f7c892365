"""Train a small GAN on garments with any number of processes, on one machine or on many: the program of lesson 19.

Two processes on this machine:

    torchrun --standalone --nproc-per-node 2 19_train.py --steps 200 --folder runs/mine

Four on each of two machines, the same line on both, where HOST is the name of one of them and the folder lies on a
disk that both see:

    torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint HOST:29500 19_train.py --folder FOLDER

Each process takes a GPU of its own where there are any. A run that finds a checkpoint in its folder goes on from it:
--max-restarts 3, before the program's name, lets torchrun start it again where a process has died. Set the variable
TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 then, or the new processes may be sent to the dead one's address.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
import time
from itertools import count, islice
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from gan_lessons import losses
from gan_lessons.checkpoints import load_checkpoint, save_checkpoint
from gan_lessons.data import fashion_mnist, to_float
from gan_lessons.networks import ConvDiscriminator, ConvGenerator
from gan_lessons.training import adversarial_steps, d_step, g_step

Z_DIM = 16


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=200, help="until how many steps are done, those before included")
    parser.add_argument("--batch", type=int, default=64, help="the whole batch, of which each process has a share")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default="runs/mine", help="for the checkpoint and TensorBoard's logs")
    parser.add_argument("--save-every", type=int, default=50, help="steps from one checkpoint to the next")
    parser.add_argument("--norm", choices=["group", "batch", "sync"], default="group", help="G's; sync needs GPUs")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--bf16", action="store_true", help="let the networks compute in bfloat16")
    parser.add_argument("--die-at", type=int, help="in this step the last process kills itself, once")
    return parser.parse_args(arguments)


def begin():
    """Join the other processes, and return this one's device, its rank, and how many there are."""
    if not dist.is_torchelastic_launched():
        raise SystemExit(f"torchrun starts this program:\n{__doc__}")
    gpus = torch.cuda.is_available()
    dist.init_process_group("nccl" if gpus else "gloo")
    if gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return torch.device("cuda" if gpus else "cpu"), dist.get_rank(), dist.get_world_size()


def draws(images, step, seed, batch):
    """Return the whole real batch of a step, and z for D's and for G's: they depend on these arguments alone."""

    def generator(*key):
        return torch.Generator().manual_seed(int(hashlib.sha256(repr((seed, *key)).encode()).hexdigest()[:12], 16))

    epoch, place = divmod(step, len(images) // batch)
    order = torch.randperm(len(images), generator=generator("images", epoch))
    z = torch.randn(2, batch, Z_DIM, generator=generator("z", step))
    return to_float(images[order[place * batch : (place + 1) * batch]]), *z


class InBfloat16(nn.Module):
    """A network whose layers compute in bfloat16 where that is safe; weights and results stay float32."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        with torch.autocast(x.device.type, torch.bfloat16):
            return self.network(x).float()


def networks(args, device):
    torch.manual_seed(args.seed)  # the same weights everywhere; DDP would send those of rank 0 to all as well
    G, D = ConvGenerator(Z_DIM, (32, 16, 8)), ConvDiscriminator((8, 16, 32))
    if args.norm == "group":
        for i, layer in enumerate(G.layers):
            if isinstance(layer, nn.BatchNorm2d):
                G.layers[i] = nn.GroupNorm(4, layer.num_features)
    if args.norm == "sync":
        G = nn.SyncBatchNorm.convert_sync_batchnorm(G)
    pair = [InBfloat16(network) if args.bf16 else network for network in (G, D)]
    return [network.to(device, getattr(torch, args.dtype)) for network in pair]


def mean_of_all(logs, device):
    """Return the means over all processes of a dict of floats."""
    values = torch.tensor([*logs.values()], dtype=torch.float64, device=device)
    dist.all_reduce(values)
    return dict(zip(logs, (values / dist.get_world_size()).tolist(), strict=True))


def unlike(network):
    """Return the largest difference of any weight between any two processes."""
    low = nn.utils.parameters_to_vector(network.parameters()).detach()
    high = low.clone()
    dist.all_reduce(low, dist.ReduceOp.MIN)
    dist.all_reduce(high, dist.ReduceOp.MAX)
    return (high - low).max().item()


def main(args):
    device, rank, ranks = begin()
    if args.batch % ranks:
        raise SystemExit(f"a batch of {args.batch} can not be shared equally by {ranks} processes")
    images = fashion_mnist().images
    G, D = networks(args, device)
    average = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
    d_opt, g_opt = (torch.optim.Adam(net.parameters(), lr=2e-3, betas=(0.0, 0.99)) for net in (D, G))
    parts = {"G": G, "D": D, "average": average, "d_opt": d_opt, "g_opt": g_opt}
    path = args.folder / "checkpoint.safetensors"
    done = load_checkpoint(path, **parts)["step"] if path.exists() else 0
    if done and rank == 0:
        print(f"going on from step {done}", flush=True)
    writer = SummaryWriter(args.folder, purge_step=done + 1) if rank == 0 else None
    shared_G, shared_D = DistributedDataParallel(G), DistributedDataParallel(D)

    def shares():
        for step in count(done):
            whole = draws(images, step, args.seed, args.batch)
            yield [each[rank::ranks].to(device, getattr(torch, args.dtype)) for each in whole]

    def d_update(share):  # D through DDP: its gradients become the means of all processes
        return d_step(G, shared_D, d_opt, losses.non_saturating, share[0], share[1], penalty=losses.r1(0.1))

    def g_update(share):  # and G alone through DDP: D's gradients are not wanted
        return g_step(shared_G, D, g_opt, losses.non_saturating, share[2])

    started = time.perf_counter()
    steps = islice(adversarial_steps(shares(), d_update, g_update, start=done), max(0, args.steps - done))
    for step, logs in enumerate(steps, done + 1):
        average.update_parameters(G)
        logs = mean_of_all(logs, device)
        first_start = os.environ.get("TORCHELASTIC_RESTART_COUNT") == "0"
        if step == args.die_at and rank == ranks - 1 and first_start:
            print(f"process {rank} of {ranks} kills itself before step {step} is done", flush=True)
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # the second on Windows
        if rank == 0:
            for name, value in logs.items():
                writer.add_scalar(name, value, step)
            if step % args.save_every == 0 or step == args.steps:
                writer.flush()  # so that no step before a checkpoint is lost
                save_checkpoint(path, step=step, seed=args.seed, **parts)
            if step % 10 == 0:
                print(f"step {step} of {args.steps}: D {logs['d_loss']:.3f}, G {logs['g_loss']:.3f}", flush=True)
    taken = (time.perf_counter() - started) / max(1, args.steps - done)
    facts = {"processes": ranks, "device": str(device), "from": done, "unlike": max(unlike(G), unlike(D))}
    if rank == 0:
        writer.close()
        (args.folder / "facts.json").write_text(json.dumps(facts | {"seconds_a_step": taken}))
    # leave together, and without Python's clearing up, in which PyTorch's threads sometimes abort a process
    dist.barrier()
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(options())
