"""Does the advice of `diagnose` cure? Each piece is followed on three seeds: python tests/benchmarks/advice.py [GAME …]

Each game has a disease, by a cause that is known. For each piece of advice that is not so already, the game is played
once more, with the same seed and as many steps, and is judged without `diagnose`: by the modes that the samples cover
and how many of them are good, or on a single heap by how far the samples' mean still sways. A piece of advice must cure
two seeds of three. Prints a table, and ends with status 1 where one does not. About 2 minutes on two idle cores.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from statistics import median

import gan_lessons  # noqa: F401 - before torch, as every lesson does

# isort: split
import torch

from gan_lessons import losses
from gan_lessons.data import Mixture, ring
from gan_lessons.diagnosis import EQUAL, LIMIT, LOGITS, STEADY, diagnose
from gan_lessons.metrics import modes
from gan_lessons.networks import mlp
from gan_lessons.runtime import threads_for
from gan_lessons.training import adversarial_steps, d_step, g_step

ONE = Mixture([[1.0, 1.0]], std=0.05)
SEEDS = range(3)

R1 = {LIMIT: {"penalty": losses.r1(1.0)}}
#: by name: the disease, the settings that cause it, and for each piece of advice what following it changes
GAMES = {
    "sigmoid": ("D ends in a sigmoid", {"end": [torch.nn.Sigmoid()], "beta": 0.5}, {LOGITS: {"end": []}}),
    "slow G, minimax": (
        "vanishing gradients",
        {"loss": losses.minimax, "g_rate": 1e-4, "d_per_g": 10, "steps": 400},
        {EQUAL: {"g_rate": 2e-3, "d_per_g": 1}},
    ),
    "critic": ("divergence", {"loss": losses.wasserstein, "d_per_g": 5, "steps": 400}, R1),
    "20 of D": (
        "D far ahead",
        {"loss": losses.minimax, "d_per_g": 20, "steps": 400},
        {EQUAL: {"d_per_g": 1}} | R1,
    ),
    "slow G": ("D far ahead", {"g_rate": 1e-4}, {EQUAL: {"g_rate": 2e-3}}),
    "D that hardly learns": ("G far ahead", {"d_rate": 1e-6}, {EQUAL: {"d_rate": 2e-3}}),
    "momentum": (
        "oscillation",
        {"data": ONE, "sgd": True, "beta": 0.95, "d_rate": 5e-3, "g_rate": 5e-3, "steps": 800},
        {STEADY: {"beta": 0.0, "d_rate": 0.1, "g_rate": 0.1}} | R1,
    ),
    "critic, 1 of D": ("oscillation", {"loss": losses.wasserstein}, R1),
    "10 of G": ("mode collapse", {"g_per_d": 10, "steps": 500}, {EQUAL: {"g_per_d": 1}}),
    "fast G": ("mode collapse", {"g_rate": 2e-2}, {EQUAL: {"g_rate": 2e-3}}),
    "β₁ = 0.9": ("mode collapse", {"beta": 0.9}, {STEADY: {"beta": 0.0}}),
    "critic, 1 of D, collapsed": ("mode collapse", {"loss": losses.wasserstein}, R1),
}


def play(seed, data=None, loss=losses.non_saturating, penalty=None, d_per_g=1, g_per_d=1, d_rate=2e-3, g_rate=2e-3,
         beta=0.0, sgd=False, end=(), steps=600):  # fmt: skip
    """Play a game, on a ring of 8 where no `data` are given, and return its history with 60 looks at the samples."""
    data = data or ring()
    torch.manual_seed(seed)
    G, D = mlp(2, 2, 64), torch.nn.Sequential(mlp(2, 1, 64), *end)

    def optimiser(network, rate):
        if sgd:
            return torch.optim.SGD(network.parameters(), lr=rate, momentum=beta)
        return torch.optim.Adam(network.parameters(), lr=rate, betas=(beta, 0.99), fused=True)

    g_opt, d_opt = optimiser(G, g_rate), optimiser(D, d_rate)

    def d_update(real):
        return d_step(G, D, d_opt, loss, real, torch.randn(128, 2), penalty=penalty)

    def g_update(real):
        logs = [g_step(G, D, g_opt, loss, torch.randn(128, 2)) for _ in range(g_per_d)][-1]
        return logs | {"g_grad": torch.cat([p.grad.flatten() for p in G.parameters()]).norm().item()}

    z, rows = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0)), []
    with threads_for(G, D):
        turns = adversarial_steps(data.batches(128, seed), d_update, g_update, d_per_g)
        for step, logs in enumerate(islice(turns, steps)):
            if step % (steps // 60) == 0:
                with torch.no_grad():
                    points = G(z)
                found = modes(points, data)
                logs |= {"covered": found.covered, "total": found.total, "good": found.high_quality}
                logs["mean"] = points.mean(0)
            rows.append(logs)
    return rows


def outcome(rows):
    """Return (modes covered, share of good samples, sway of their mean): medians of the last quarter; the last half."""
    looks = [row for row in rows if "mean" in row]
    last, half = looks[-len(looks) // 4 :], looks[len(looks) // 2 :]
    sway = torch.stack([row["mean"] for row in half]).std(0).max().item()
    return median(row["covered"] for row in last), median(row["good"] for row in last), sway


def healthy(rows):
    covered, good, sway = outcome(rows)
    if rows[0]["total"] == 1:
        return good > 0.9 and sway < 0.12
    return covered >= 7 and good > 0.1  # of 8; a healthy run of 600 steps has 0.2 to 0.3, a blur less than 0.07


def followed(name, seed, advice=None):
    """Play the game, with the advice followed where one is given; returns (found, healthy, outcome)."""
    _, cause, changes = GAMES[name]
    rows = play(seed, **(cause | changes.get(advice, {})))
    return diagnose(rows), healthy(rows), outcome(rows)


def main(names):
    names, trouble = names or list(GAMES), False
    with ProcessPoolExecutor(2) as pool:
        runs = {
            (name, advice): [pool.submit(followed, name, seed, advice) for seed in SEEDS]
            for name in names
            for advice in (None, *GAMES[name][2])
        }
        for (name, advice), waiting in runs.items():
            results = [run.result() for run in waiting]
            disease = GAMES[name][0]
            if advice is None:
                fine = sum(disease in [f.disease for f in found] and not well for found, well, _ in results) >= 2
                said = f"{name}: {disease}"
            else:
                fine = sum(well for _, well, _ in results) >= 2
                said = f"    {advice}"
            numbers = " | ".join(f"{c:g} covered, {g:.2f} good, sway {s:.2f}" for _, _, (c, g, s) in results)
            print(f"{'ok' if fine else 'NO':<3}{said:<90} {numbers}", flush=True)
            trouble = trouble or not fine
    return trouble


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
