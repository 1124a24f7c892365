"""Plausible wrong answers are turned down, each with its own hint; nothing is raised, nothing left changed."""

import math
import random
import re
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, cross_entropy, softplus

from gan_lessons import exercises
from gan_lessons.exercises import check, compare, reasons, verdict

SOURCES = Path(__file__).resolve().parent.parent / "notebooks/src"
NAMES = [
    name
    for source in sorted(SOURCES.glob("*.py"))
    for name in re.findall(r'^check\("([\d.]+)"', source.read_text(encoding="utf-8"), re.MULTILINE)
]


def moved(w, mean, psi, layers):
    return torch.cat([mean + psi * (w - mean)[:, :layers], w[:, layers:]], dim=1)


def right_angles(n, other):
    return n - (n @ other) / (other @ other) * other


def gap(a, b):
    return (a - b).abs().mean()


def kl_of_names(names, K, count):
    kinds = (names * K ** torch.arange(names.shape[1])).sum(1)
    share = torch.bincount(kinds).double() / len(names)
    return (share[share > 0] * (share[share > 0] * count).log()).sum()


def shares(classes, K=10):
    return torch.bincount(classes, minlength=K) / len(classes)


def g_step(sign=-1, clear=True, step=True, mean=True, as_float=True):
    """Return an answer to 06.2 with one thing wrong."""

    def answer(G, D, g_opt, z):
        logits = D(G(z))
        loss = sign * (logits.mean() if mean else logits.sum())
        if clear:
            g_opt.zero_grad()
        loss.backward()
        if step:
            g_opt.step()
        return loss.item() if as_float else loss

    return answer


def by_hand(G, D, g_opt, z):
    loss = -D(G(z)).mean()
    g_opt.zero_grad()
    loss.backward()
    with torch.no_grad():
        G.weight -= 0.1 * G.weight.grad
    return loss.item()


def d_stepping(G, D, g_opt, z):
    result = g_step()(G, D, g_opt, z)
    with torch.no_grad():
        D.weight.add_(1)
    return result


def seeing(layers):
    """The right answer to 07.2."""
    seen, step = 1, 1
    for size, stride in layers:
        seen, step = seen + (size - 1) * step, step * stride
    return seen


def d_half(
    detach=True, swap=False, clear=True, step=True, real_term=True, as_float=True, total=False, inner=None, reduce=None
):
    """Return an answer to 02.3 with one thing wrong."""

    def answer(G, D, d_opt, real, z):
        fake = G(z).detach() if detach else G(z)
        sign = -1 if swap else 1
        of_batch = torch.sum if total else reduce or torch.mean
        real_logits, fake_logits = ((inner or torch.clone)(D(x)) for x in (real, fake))
        loss = of_batch(softplus(sign * fake_logits)) + (of_batch(softplus(-sign * real_logits)) if real_term else 0)
        if clear:
            d_opt.zero_grad()
        loss.backward()
        if step:
            d_opt.step()
        return loss.item() if as_float else loss

    return answer


def least_squares(
    d_half=0.5,
    g_half=0.5,
    targets=(1, 0),
    g_target=1.0,
    clear=True,
    as_float=True,
    g_steps=True,
    detach=True,
    freeze=False,
    reduce=torch.mean,
    outer=torch.clone,
):
    """Return an answer to 03.3 with one thing wrong."""

    def answer(G, D, g_opt, d_opt, real, z_d, z_g):
        def distance(x, target):
            return reduce((outer(D(x)) - target).square())

        fake = G(z_d).detach() if detach else G(z_d)
        d_loss = d_half * (distance(real, targets[0]) + distance(fake, targets[1]))
        if clear:
            d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()
        if freeze:
            D.requires_grad_(False)
        g_loss = g_half * distance(G(z_g), g_target)
        if clear:
            g_opt.zero_grad()
        g_loss.backward()
        if g_steps:
            g_opt.step()
        return (d_loss.item(), g_loss.item()) if as_float else (d_loss, g_loss)

    return answer


def kl(p, q):
    return torch.xlogy(p, p / q).sum()


def jsd(p, q):
    return (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2


def counting(points, centres, std, enough=1, dim=0, within=3.0, strict=False, p=2.0):
    """Return the count of 04.2 with one thing wrong."""
    distances = torch.cdist(points, centres, p=p)
    near = distances < within * std if strict else distances <= within * std
    return int((near.sum(dim) >= enough).sum())


def balls(fake, real, k, itself=False, strict=False, over=1):
    """Return the coverage of 09.1 with one thing wrong."""
    distances = torch.cdist(real, real)
    if not itself:
        distances = distances.fill_diagonal_(math.inf)
    radius = distances.sort(1).values[:, min(k, len(real) - 1) - 1, None]
    to_fake = torch.cdist(real, fake)
    return (to_fake < radius if strict else to_fake <= radius).any(over).double().mean()


def charge(norm=lambda s: s.flatten(1).norm(dim=1), of=torch.sum, reduce=torch.mean, graph=True):
    """Return an answer to 08.1 with one thing wrong."""

    def answer(D, x):
        x = x.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(of(D(x)), x, create_graph=graph)
        return reduce((norm(slope) - 1).square())

    return answer


def by_backward(D, x):
    D(x).sum().backward()
    return charge()(D, x)


def kinds(names, K):
    """Return the share of each of the kinds, K to the power of the channels, also of those that do not occur."""
    return torch.bincount((names * K ** torch.arange(names.shape[1])).sum(1), minlength=K ** names.shape[1]) / len(
        names
    )


def held(names):
    """Return the shares of the kinds that occur."""
    return names.unique(dim=0, return_counts=True)[1] / len(names)


def shared(a, b):
    return (a & b).sum()


def filled(waves, period, more=None):
    """Return waves (N, L) filled up to a multiple of the period, with zeros or with the beginning of `more`."""
    missing = -waves.shape[1] % period
    more = torch.zeros(len(waves), missing) if more is None else more[:, :missing]
    return torch.cat([waves, more], 1)


def tail_at(bits, rate, accused):
    """Return the first k at which the bits' binomial, summed over `accused(k)`, is at most `rate`."""
    return next(k for k in range(bits + 2) if sum(math.comb(bits, j) for j in accused(k)) <= rate * 2**bits)


def full(a, b):
    return ((a > 0.5).sum() + (b > 0.5).sum()).clamp(min=1)


def layer_changed(x, weight, a, b, bias, change=lambda a, b: b @ a, whole=lambda w, c: w + c, padding=lambda k: k // 2):
    new = whole(weight, change(a, b).reshape(weight.shape))
    return conv2d(x, new, bias, padding=padding(weight.shape[-1]))


def heart(known, new, made):
    return (known - new) / (known - made)


def padded(count, ranks):
    return -(-count // ranks) * ranks


def renaming(path, pieces):
    pieces = list(pieces)
    path.with_suffix(".new").write_bytes(b"".join(pieces))
    path.with_suffix(".new").replace(path)
    return pieces


def writing_straight(path, pieces):
    with open(path, "wb", buffering=0) as file:
        return sum(file.write(piece) for piece in pieces)


def removing_first(path, pieces):
    path.unlink(missing_ok=True)
    return sum(map(len, renaming(path, pieces)))


def swallowing(path, pieces):
    try:
        return sum(map(len, renaming(path, pieces)))
    except Exception:
        return 0


WRONG = [
    ("00.1", 6, "six directions only"),
    ("00.1", 784, "count its inputs"),
    ("00.1", 5, "how many numbers"),
    ("00.1", "64", "whole number"),
    ("01.1", 1.386, "sum of the two means"),
    ("01.1", -0.693, "minus that"),
    ("01.1", 0.5, "0.5 is the probability"),
    ("01.1", 0.0, "always right"),
    ("01.1", 1.0, "natural logarithm"),
    ("01.1", 0.69, "three decimals"),
    ("01.1", 3.0, "3 is not it"),
    ("01.1", "0.693", "give one number"),
    ("01.2", lambda z, rate: torch.log(1 - z) / rate, "negative"),
    ("01.2", lambda z, rate: -torch.log(1 - z) * rate, "divide by rate"),
    ("01.2", lambda z, rate: -torch.log(1 - z), "where does rate come in"),
    ("01.2", lambda z, rate: -torch.log(z.clamp_min(1e-12)) / rate, "large z must give large samples"),
    ("01.2", lambda z, rate: -torch.log(1 - z) / rate + (z == 0), "z may be 0"),
    ("01.2", lambda z, rate: 2 * z * math.log(2) / rate, "samples must be (1.151"),
    ("01.2", lambda z, rate: -torch.log(z) / rate, "large z must give large samples"),
    ("01.2", lambda z, rate: torch.log(z) / rate, "none below 0"),
    ("01.2", lambda z, rate: torch.exp(-rate * z), "solve for t"),
    ("01.2", lambda z, rate: 0.5, "tensor of shape (3,)"),
    ("01.3", "GPT", "give a set"),
    ("01.3", {"GPT", "BERT"}, "not among"),
    ("01.3", {"GPT", "WaveNet", "Tacotron", "TextGAN"}, "wrong row"),
    ("01.3", {"GPT", "WaveNet", "SeqGAN"}, "discriminator's opinion"),
    ("01.3", {"GPT", "WaveNet", "DCGAN"}, "DCGAN has a discriminator"),
    ("01.3", {"GPT", "WaveNet"}, "1 more"),
    ("02.1", 1.0986, "log q/p"),
    ("02.1", 0.25, "0.25 is the probability"),
    ("02.1", 0.333, "ratio p/q itself"),
    ("02.1", -0.477, "natural logarithm"),
    ("02.1", 2.0, "real is likelier"),
    ("02.1", -2.0, "-2 is not it"),
    ("02.2", lambda v, a: v.mean(), "where do D's logits"),
    ("02.2", lambda v, a: (a.exp() * v).mean(), "divides by the sum of its weights"),
    ("02.2", lambda v, a: (a.exp() * v).sum(), "weighted sum"),
    ("02.2", lambda v, a: (a.sigmoid() * v).sum() / a.sigmoid().sum(), "not the probability"),
    ("02.2", lambda v, a: (a * v).sum() / a.sum(), "take its exponential"),
    ("02.2", lambda v, a: ((-a).exp() * v).sum() / (-a).exp().sum(), "upside down"),
    ("02.2", lambda v, a: v.max(), "3 to 1"),
    ("02.2", lambda v, a: v, "one number"),
    ("02.2", lambda v, a: "2", "one number"),
    ("02.2", lambda v, a: (a.sigmoid() * v).mean(), "not the probability"),
    ("02.3", d_half(detach=False), "gradients were added to G's"),
    ("02.3", lambda G, *others: (d_half()(G, *others), G.zero_grad())[0], "gradients were wiped"),
    ("02.3", lambda G, D, opt, real, z: d_half()(G, D, opt, real, real), "that of softplus(D(G(z))), added"),
    ("02.3", lambda G, D, opt, real, z: d_half(swap=True)(G, D, opt, z, real), "that of softplus(D(G(z))), added"),
    ("02.3", lambda G, *others: d_half()(G.requires_grad_(False), *others), "left frozen"),
    ("02.3", d_half(swap=True), "call real samples generated"),
    ("02.3", d_half(clear=False), "clear it"),
    ("02.3", d_half(step=False), "its optimiser must step"),
    ("02.3", d_half(real_term=False), "only the term with fakes"),
    ("02.3", d_half(total=True), "take the mean"),
    ("02.3", d_half(as_float=False), ".item()"),
    ("03.1", lambda a: torch.log(torch.sigmoid(a)).mean(), "look at the sign"),
    ("03.1", lambda a: softplus(a).mean(), "sign inside softplus"),
    ("03.1", lambda a: -softplus(a).mean(), "minimax"),
    ("03.1", lambda a: -torch.sigmoid(a).mean(), "logarithm is missing"),
    ("03.1", lambda a: softplus(-a).sum(), "take the mean"),
    ("03.1", lambda a: -torch.log(torch.sigmoid(a)).mean(), "for a logit of −200 it is inf"),
    ("03.1", lambda a: -torch.log(torch.sigmoid(a) + 1e-8).mean(), "must be 110, not"),
    ("03.1", lambda a: softplus(-a.detach()).mean().requires_grad_(), "no slope comes back"),
    ("03.1", lambda a: softplus(-a.detach()).mean(), "no slope comes back"),
    ("03.1", lambda a: softplus(-a), "tensor of shape ()"),
    ("03.1", lambda a: a.mean(), "it must be"),
    ("03.2", 1.0, "leave the circle"),
    ("03.2", 1.01**100, "take the root"),
    ("03.2", 1.1**100, "Pythagoras"),
    ("03.2", 0.5, "outwards"),
    ("03.2", 3.0, "3.000 is not it"),
    ("03.3", least_squares(d_half=1.0), "D moved twice too far"),
    ("03.3", least_squares(g_half=1.0), "its squared distance is halved too"),
    ("03.3", least_squares(targets=(0, 1)), "D learns the opposite"),
    ("03.3", least_squares(g_target=0.0), "away from fooling D"),
    ("03.3", least_squares(targets=(1, -1)), "is 0, not −1"),
    ("03.3", least_squares(clear=False), "left over"),
    ("03.3", least_squares(g_steps=False), "G has not changed"),
    ("03.3", least_squares(as_float=False), ".item()"),
    ("03.3", lambda G, D, g, d, real, z_d, z_g: least_squares()(G, D, g, d, real, z_g, z_g), "from z_d"),
    ("03.3", lambda G, D, g, d, real, z_d, z_g: least_squares()(G, D, g, d, real, z_d, z_d), "from z_g"),
    ("03.3", lambda G, D, g, d, real, z_d, z_g: least_squares()(G, D, g, d, real, 0 * z_d, z_g), "term with fakes"),
    ("03.3", lambda G, D, g, d, real, z_d, z_g: least_squares()(G, D, g, d, 0 * real, z_d, z_g), "term with real"),
    ("03.3", least_squares(detach=False), "pulls at G too"),
    ("03.3", least_squares(freeze=True), "D was left frozen"),
    ("03.3", least_squares(reduce=lambda e: e.unsqueeze(1).add(e * 0).mean()), "(4, 1) and meets D's logits"),
    ("03.3", least_squares(reduce=lambda e: e.sum() / 4), "but for a batch of 3"),
    ("03.3", least_squares(reduce=lambda e: e[0]), "only the first sample counts"),
    ("03.3", least_squares(outer=lambda a: a.mean()), "loss of the mean logit"),
    ("02.3", d_half(inner=torch.mean), "loss of the mean logit"),
    ("02.3", d_half(reduce=torch.median), "median"),
    ("02.3", d_half(reduce=torch.max), "largest"),
    ("03.1", lambda a: torch.where(a > -30, -torch.log(torch.sigmoid(a)), -a).mean(), "slopes must be (−0.5, −0.5)"),
    ("03.1", lambda a: -torch.log(torch.sigmoid(a.double())).mean(), "it must be 333.3, not inf"),
    ("03.1", lambda a: softplus(-a.clamp(min=-250)).mean(), "it must be 333.3, not 83.33"),
    ("01.2", lambda z, rate: -torch.log(1 - z) / 2, "rate 2 only"),
    ("01.2", lambda z, rate: (-torch.log(1 - z) / rate).sort().values, "do not sort"),
    ("02.2", lambda v, a: 1.75, "five other points"),
    ("06.1", lambda c, K=10: (shares(c, K) - 1 / K).abs().max().item(), "largest deviation"),
    ("06.2", lambda G, D, opt, z: g_step()(G, D.requires_grad_(False), opt, z), "D was left frozen"),
    ("06.2", lambda G, D, opt, z: g_step()(lambda z: G(z).detach(), D, opt, z), "no gradient had reached G"),
    ("06.2", by_hand, "not by the optimiser that you are given"),
    ("04.1", 21500, "nearest thousand"),
    ("04.1", math.exp(-10), "upside down"),
    ("04.1", 10, "difference of the logits"),
    ("04.1", 10**10, "base e"),
    ("04.1", 1.0, "pull itself"),
    ("04.1", 500, "500 is not it"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s, enough, dim=1), "near some centre"),
    ("04.2", lambda p, c, s, enough=1: len(torch.cdist(p, c).argmin(1).unique()), "not near enough"),
    ("04.2", lambda p, c, s, enough=1: (torch.cdist(p, c).argmin(1).bincount() >= enough).sum(), "not near enough"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s, enough, p=float("inf")), "in each coordinate alone"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s, enough, p=1.0), "straight line"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, 0.5, enough), "but not for another"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s, enough, strict=True), "including 3 std"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s, enough, within=1.0), "including 3 std"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s, enough + 1), "are enough"),
    ("04.2", lambda p, c, s, enough=1: counting(p, c, s), "where does `enough` come in"),
    ("04.2", lambda p, c, s, enough=1: 0, "must be 4, not 0"),
    ("04.2", lambda p, c, s, enough=1: math.nan, "whole number"),
    ("04.2", lambda p, c, s, enough=1: 0.5, "whole number"),
    ("04.3", "weaken D", "give a dict"),
    ("04.3", {"A": "slow G down"}, "what about run B"),
    ("04.3", {"A": "R1", "B": "weaken D", "C": "less momentum"}, "choose one of"),
    ("04.3", {"A": "weaken D", "B": "weaken D", "C": "less momentum"}, "run A"),
    ("04.3", {"A": "slow G down", "B": "slow G down", "C": "less momentum"}, "run B"),
    ("04.3", {"A": "slow G down", "B": "weaken D", "C": "weaken D"}, "run C"),
    ("05.1", -1.386, "where p = q"),
    ("05.1", 0.693, "JSD itself"),
    ("05.1", 1.386, "taken away"),
    ("05.1", 3.0, "above 0"),
    ("05.1", -0.5, "gives 1 to every real"),
    ("05.2", lambda p, q: 2 * jsd(p, q), "counts half"),
    ("05.2", lambda p, q: jsd(p, q) / math.log(2), "bits"),
    ("05.2", lambda p, q: 2 * jsd(p, q) - math.log(4), "that is V"),
    ("05.2", kl, "one against the other"),
    ("05.2", lambda p, q: kl(p, (p + q) / 2), "one of the two terms"),
    ("05.2", lambda p, q: -jsd(p, q), "sign"),
    ("05.2", lambda p, q: (kl(p, q) + kl(q, p)) / 2, "mean of KL(p, q) and KL(q, p)"),
    ("05.2", lambda p, q: (p - q).abs().sum() / 2, "it must be"),
    ("05.2", lambda p, q: ((p * (2 * p / (p + q)).log() + q * (2 * q / (p + q)).log()) / 2).sum(), "0 log 0"),
    ("05.2", jsd, "m is 0 too"),
    ("05.2", lambda p, q: jsd(p.clamp_min(1e-300), q.clamp_min(1e-300)), "in float32"),
    ("05.2", lambda p, q: torch.tensor(math.nan), "not nan"),
    ("05.3", lambda p, q, r: p / (p + q), "where does r come in"),
    ("05.3", lambda p, q, r: (1 - r) * p / ((1 - r) * p + r * q), "share of *real*"),
    ("05.3", lambda p, q, r: (1 - r) * q / (r * p + (1 - r) * q), "probability of *generated*"),
    ("05.3", lambda p, q, r: r * p, "numerator alone"),
    ("05.3", lambda p, q, r: r * p / (r * p + q), "q gets its factor"),
    ("05.3", lambda p, q, r: 2 / 3, "whatever p is"),
    ("05.3", lambda p, q, r: p / q, "between 0 and 1"),
    ("05.3", lambda p, q, r: r, "it must be 0.6667"),
    ("08.1", charge(norm=lambda s: s.norm(dim=1)), "flatten(1) first"),
    ("08.1", charge(norm=lambda s: s.norm()), "whole batch"),
    ("08.1", charge(of=torch.mean), "N times too small"),
    ("08.1", charge(norm=lambda s: s.flatten(1).square().sum(1)), "take its root"),
    ("08.1", charge(norm=lambda s: s.flatten(1).square().sum(1).sqrt()), "it is nan"),
    ("08.1", charge(reduce=torch.sum), "take the mean"),
    ("08.1", charge(graph=False), "create_graph"),
    ("08.1", by_backward, "not with backward"),
    ("08.1", lambda D, x: D(x).square().mean(), "it must be"),
    ("08.2", lambda w, u: torch.linalg.svdvals(w.flatten(1))[0], "does not get there yet"),
    ("08.2", lambda w, u: w.norm(), "not the spectral norm"),
    ("08.2", lambda w, u: (w.flatten(1) @ (w.flatten(1).T @ u)).norm(), "length 1 before"),
    ("08.2", lambda w, u: (w.flatten(1).T @ u).norm(), "the *new* one"),
    ("08.2", lambda w, u: w @ u, "raised RuntimeError"),
    ("08.3", lambda real, fake: real.mean() - fake.mean(), "minus that"),
    ("08.3", lambda real, fake: fake.sum() - real.sum(), "take the mean"),
    ("08.3", lambda real, fake: fake.sigmoid().mean() - real.sigmoid().mean(), "no sigmoid"),
    ("08.3", lambda real, fake: softplus(-real).mean() + softplus(fake).mean(), "loss of 2014"),
    ("08.3", lambda real, fake: (fake - real).mean(), "raised RuntimeError"),
    ("08.3", lambda real, fake: fake.mean(), "where are the real ones"),
    ("08.3", lambda real, fake: (fake.mean() - real.mean()).abs(), "without its sign"),
    ("08.3", lambda real, fake: fake.mean() - real.mean().detach(), "the slopes must be"),
    ("08.4", 12, "12 is 2λ"),
    ("08.4", 1.2, "take away the 1"),
    ("08.4", 1 / 6, "upside down"),
    ("08.4", 2.4, "γ of R1"),
    ("08.4", 1.125, "slope with λ = 12"),
    ("08.4", 1, "1 is not it"),
    ("06.1", lambda c, K=10: (shares(c, K) - 1 / K).abs().sum().item(), "½"),
    ("06.1", lambda c, K=10: 0.5 * shares(c, K).sum().item(), "subtract 1/K"),
    ("06.1", lambda c, K=10: 0.5 * (torch.bincount(c) / len(c) - 1 / K).abs().sum().item(), "minlength=K"),
    ("06.1", lambda c, K=10: 0.5 * (shares(c, 10) - 0.1).abs().sum().item(), "use K, not 10"),
    ("06.1", lambda c, K=10: 1 / 0, "ZeroDivisionError"),
    ("06.2", g_step(sign=1), "sign"),
    ("06.2", g_step(clear=False), "left over"),
    ("06.2", g_step(step=False), "must step"),
    ("06.2", g_step(mean=False), "mean"),
    ("06.2", g_step(as_float=False), ".item()"),
    ("06.2", d_stepping, "D's weights have changed"),
    ("06.2", lambda G, D, g_opt, z: g_step()(G, D, g_opt, torch.randn(2, 1)), "numbers that you are given"),
    ("07.1", 3, "two, and each place"),
    ("07.1", 4, "reached by the most"),
    ("07.1", 6, "reached by the most"),
    ("07.1", 25, "stride 1"),
    ("07.1", 5, "one dimension and stride 1"),
    ("07.1", 8, "8 is not it"),
    ("07.2", lambda layers: 1 + sum(size - 1 for size, _ in layers), "strides are left out"),
    ("07.2", lambda layers: 1 + sum((size - 1) * stride for size, stride in layers), "must be 4, not 7"),
    ("07.2", lambda layers: 10, "for one layer"),
    ("07.2", lambda layers: seeing(layers[::-1]), "next to the image"),
    ("07.2", lambda layers: math.prod(size for size, _ in layers), "do not multiply"),
    ("07.2", lambda layers: max(size for size, _ in layers), "right for one layer (4, 2), but"),
    ("07.3", lambda x, old, momentum: (1 - momentum) * old + momentum * x.var(correction=0), "divides by N"),
    ("07.3", lambda x, old, momentum: momentum * old + (1 - momentum) * x.var(), "turned round"),
    ("07.3", lambda x, old, momentum: 0.9 * old + 0.1 * x.var(), "right for five numbers"),
    ("07.3", lambda x, old, momentum: (1 - momentum) * old + momentum * x.std(), "standard deviation"),
    ("07.3", lambda x, old, momentum: old + momentum * x.var(), "takes nothing away"),
    (
        "07.3",
        lambda x, old, momentum: (1 - momentum) * old + momentum * x.square().sum() / (len(x) - 1),
        "not around 0",
    ),
    ("07.3", lambda x, old, momentum: x.var(), "of the batch alone"),
    ("09.1", lambda f, r, k: balls(f, r, k + 1), "one neighbour too far"),
    ("09.1", lambda f, r, k: balls(f, r, k, itself=True), "its own nearest neighbour"),
    ("09.1", lambda f, r, k: balls(f, r, k, strict=True), "exactly on the edge"),
    ("09.1", lambda f, r, k: balls(r, f, min(k, len(f) - 1)), "changed places"),
    ("09.1", lambda f, r, k: balls(f, r, 5), "where does k come in"),
    ("09.1", lambda f, r, k: balls(f, r, 1), "where does k come in"),
    ("09.1", lambda f, r, k: balls(f, r, k, over=0), "share of *made* samples"),
    ("09.1", lambda f, r, k: 1.0, "it must be"),
    ("09.1", lambda f, r, k: torch.tensor(math.nan), "not nan"),
    ("09.2", lambda n, a, m, b: (a - b) / (1 / n - 1 / m), "this is c"),
    ("09.2", lambda n, a, m, b: a - n * (a - b) / (n - m), "a line in N"),
    ("09.2", lambda n, a, m, b: (n * a + m * b) / (n + m), "weighted by N"),
    ("09.2", lambda n, a, m, b: min(a, b), "larger set"),
    ("09.2", lambda n, a, m, b: (n * a - m * b) / (m - n), "the sign"),
    ("09.2", lambda n, a, m, b: 2.25, "right for FD 3.5 at 400"),
    ("09.3", "acdf", "give a set"),
    ("09.3", {"a", "c"}, "2 more are at fault"),
    ("09.3", {"a", "b", "c", "d"}, "line b is no fault"),
    ("09.3", {"a", "z"}, "not among the lines"),
    ("09.3", {"a", "c", "d", "f", "g"}, "line g is no fault"),
    ("09.4", ["thief"], "give a dict"),
    ("09.4", {"A": "blurred"}, "what about generator B"),
    ("09.4", {"A": "collapsed", "B": "thief", "C": "honest", "D": "blurred"}, "generator A"),
    ("09.4", {"A": "blurred", "B": "honest", "C": "thief", "D": "collapsed"}, "generator B"),
    ("09.4", {"A": "blurred", "B": "stealing", "C": "honest", "D": "collapsed"}, "choose one of"),
    ("10.1", 0.4, "0 or below"),
    ("10.1", -0.6, "adds nothing"),
    ("10.1", -0.4 * math.log(2), "units of log 2"),
    ("10.1", -0.2, "count the pairs"),
    ("10.1", -2, "the sum over the pairs"),
    ("10.1", -1, "-1 is not it"),
    ("10.2", lambda real, fake: softplus(real[:, None] - fake).mean(), "G's half"),
    ("10.2", lambda real, fake: softplus(fake - real[:, None]).sum(), "take the mean"),
    ("10.2", lambda real, fake: softplus(fake.mean() - real.mean()), "each pair has its own"),
    ("10.2", lambda real, fake: softplus(fake.mean() - real).mean(), "here each pair"),
    ("10.2", lambda real, fake: softplus(-real).mean() + softplus(fake).mean(), "loss of 2014"),
    ("10.2", lambda real, fake: (fake - real[:, None]).mean(), "has no bottom"),
    ("10.2", lambda real, fake: softplus(fake - real).mean(), "fixed pairs"),
    ("10.2", lambda real, fake: softplus(fake - real[:, None]).mean().detach(), "no slope comes back"),
    ("10.2", lambda real, fake: (1 + (fake - real[:, None]).exp()).log().mean(), "does not overflow"),
    ("10.3", 20, "for ever"),
    ("10.3", 10, "may overshoot"),
    ("10.3", 199, "where did the factor 10 go"),
    ("10.3", 1, "find the largest"),
    ("10.3", 21, "21 is not it"),
    (
        "10.4",
        lambda names, K: (kinds(names, K) * (kinds(names, K) * K ** names.shape[1]).log()).sum(),
        "the empty kinds out",
    ),
    ("10.4", lambda names, K: -held(names).log().mul(held(names)).sum(), "the entropy"),
    ("10.4", lambda names, K: (held(names) * (held(names) * K ** names.shape[1]).log2()).sum(), "in bits"),
    ("10.4", lambda names, K: len(held(names)), "how even they are"),
    ("10.4", lambda names, K: (held(names) * (held(names) * 9).log()).sum(), "2³ kinds"),
    ("10.4", lambda names, K: kl_of_names(names, K, K), "in *each* channel"),
    ("11.1", math.log(1.1), "generated ones that hit"),
    ("11.1", math.log(11) / 10, "real ones cost"),
    ("11.1", 0.335 / 2, "not their average"),
    ("11.1", 0.335 / math.log(2), "in bits"),
    ("11.1", 2 * math.log(2), "does not see the request"),
    ("11.1", math.log(1.1) + math.log(11), "only a tenth"),
    ("11.1", math.log(10 / 9) + math.log(10) / 10, "10/11"),
    ("11.1", -0.335, "mind the sign"),
    ("11.1", 1, "1 is not it"),
    ("11.2", lambda h, y, w, b, v: h @ w + b, "the request's part is missing"),
    ("11.2", lambda h, y, w, b, v: h @ v[y], "ψ is missing"),
    ("11.2", lambda h, y, w, b, v: h @ w + h @ v[y], "b is missing"),
    ("11.2", lambda h, y, w, b, v: h @ w + b - h @ v[y], "gets a *higher* logit"),
    ("11.2", lambda h, y, w, b, v: h @ w + b + (h * v[y]).mean(), "not the mean"),
    ("11.2", lambda h, y, w, b, v: h @ w + b + (v @ h).sum(), "not all of them"),
    ("11.2", lambda h, y, w, b, v: h @ w + b + (v @ h).max(), "the class is given"),
    ("11.2", lambda h, y, w, b, v: (h @ w + b + h @ v[y]).item(), "not a float"),
    ("11.2", lambda h, y, w, b, v: (h @ w + b + h @ v[y]).detach(), "no slope comes back"),
    ("11.3", lambda s, c: -cross_entropy(s, c), "H(c) is missing"),
    ("11.3", lambda s, c: math.log(s.shape[1]) + cross_entropy(s, c), "falls where"),
    ("11.3", lambda s, c: cross_entropy(s, c) - math.log(s.shape[1]), "minus the bound"),
    ("11.3", lambda s, c: cross_entropy(s, c), "alone"),
    ("11.3", lambda s, c: math.log(len(s)) - cross_entropy(s, c), "not of rows"),
    ("11.3", lambda s, c: math.log(10) - cross_entropy(s, c), "not always 10"),
    ("11.3", lambda s, c: math.log(s.shape[1]) - cross_entropy(s, c, reduction="sum"), "not the sum"),
    ("11.3", lambda s, c: (math.log(s.shape[1]) - cross_entropy(s, c)) / math.log(2), "in bits"),
    ("11.3", lambda s, c: math.log(s.shape[1]) - cross_entropy(s.softmax(1), c), "no softmax"),
    (
        "11.3",
        lambda s, c: math.log(s.shape[1]) + s.softmax(1).log().gather(1, c[:, None]).mean(),
        "overflows",
    ),
    ("11.3", lambda s, c: (math.log(s.shape[1]) - cross_entropy(s, c)).detach(), "no slope comes back"),
    ("11.4", 24 / 60, "a better way"),
    ("11.4", 33 / 60, "one to one"),
    ("11.4", 13 / 60, "in any order"),
    ("11.4", 31, "of the 60"),
    ("11.4", 0.5, "a little more"),
    ("11.4", 3, "from 0 to 1"),
    ("11.4", 0.9, "six ways"),
    ("11.5", "deaf", "give a dict"),
    ("11.5", {"A": "deaf"}, "what about generator B"),
    ("11.5", {"A": "shifted", "B": "frozen", "C": "auxiliary", "D": "deaf"}, "all classes together"),
    ("11.5", {"A": "deaf", "B": "auxiliary", "C": "frozen", "D": "shifted"}, "the same image"),
    ("11.5", {"A": "deaf", "B": "frozen", "C": "projection", "D": "shifted"}, "choose one of"),
    ("12.1", 6 / 52**0.5, "the first entry"),
    ("12.1", 0.8, "without the style"),
    ("12.1", 4 / 52, "a root is missing"),
    ("12.1", 4, "now divide it"),
    ("12.1", 8 / 73**0.5, "the wrong way round"),
    ("12.1", 0.5, "0.5 is not it"),
    ("12.2", lambda w, mean, psi, layers: torch.lerp(mean.expand_as(w), w, psi), "truncates all layers"),
    ("12.2", lambda w, mean, psi, layers: torch.cat([psi * w[:, :layers], w[:, layers:]], 1), "mean of all w is not 0"),
    ("12.2", lambda w, mean, psi, layers: moved(w, mean, 1 - psi, layers), "at ψ = 1 nothing changes"),
    ("12.2", lambda w, mean, psi, layers: moved(w, mean, psi, layers + 1), "one layer more"),
    ("12.2", lambda w, mean, psi, layers: moved(w.flip(1), mean, psi, layers).flip(1), "the last layers"),
    ("12.2", lambda w, mean, psi, layers: moved(w, mean, psi, layers) - mean, "must be"),
    ("12.2", lambda w, mean, psi, layers: moved(w, mean, psi, layers)[:, :layers], "tensor of shape (2, 3, 2)"),
    ("12.2", lambda w, mean, psi, layers: w[:, :layers].lerp_(mean, 1 - psi) if layers else w, "in place"),
    ("12.3", lambda n, other: n - (n @ other) * other, "need not have length 1"),
    ("12.3", lambda n, other: n - (n @ other) / other.norm() * other, "*square*"),
    ("12.3", lambda n, other: n + (n @ other) / (other @ other) * other, "the wrong sign"),
    ("12.3", lambda n, other: n - other, "the whole other direction"),
    ("12.3", lambda n, other: (n @ other) / (other @ other) * other, "the part to take away"),
    ("12.3", lambda n, other: torch.nn.functional.normalize(right_angles(n, other), dim=0), "but for its length"),
    ("12.3", lambda n, other: n @ other, "tensor of shape (3,)"),
    ("12.4", {"A": "noise", "B": "style mixing", "C": "noise", "D": "equalised rate"}, "section 1.3"),
    ("12.4", {"A": "demodulation", "B": "noise", "C": "noise", "D": "equalised rate"}, "never show its layers"),
    ("12.4", {"A": "demodulation", "B": "style mixing", "C": "demodulation", "D": "noise"}, "two pictures of one w"),
    ("12.4", {"A": "demodulation", "B": "style mixing", "C": "noise", "D": "noise"}, "about the optimiser"),
    ("12.4", {"A": "demodulation", "B": "mixing", "C": "noise", "D": "noise"}, "choose one of"),
    ("12.4", {"A": "demodulation"}, "what about generator B"),
    ("13.1", 2, "costs nothing"),
    ("13.1", 0.625, "the other way round"),
    ("13.1", 0.8, "in *two* pixels"),
    ("13.1", 0.16, "the guess itself"),
    ("13.1", 0.4, "one is right"),
    ("13.1", 3, "3 is not it"),
    ("13.2", lambda logits, made, target, w: softplus(logits).mean() + w * gap(made, target), "wants high logits"),
    ("13.2", lambda logits, made, target, w: w * gap(made, target) - softplus(logits).mean(), "saturates"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).mean() + w * (made - target).square().mean(), "L2"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).mean() + w * (made - target).mean(), "sign"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).sum() + w * gap(made, target), "over the patches"),
    ("13.2", lambda logits, made, target, w: w * softplus(-logits).mean() + gap(made, target), "the weight belongs"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).mean() + gap(made, target), "multiplied by `weight`"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).mean(), "distance is missing"),
    ("13.2", lambda logits, made, target, w: w * gap(made, target) - logits.mean(), "critic's loss"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).mean() + w * gap(made.detach(), target), "what G made"),
    ("13.2", lambda logits, made, target, w: softplus(-logits.detach()).mean() + w * gap(made, target), "the logits"),
    ("13.2", lambda logits, made, target, w: softplus(-logits).mean() + 0.9 * w * gap(made, target), "it must be"),
    ("13.3", lambda x, y, G, F: gap(F(G(x)), x), "only x"),
    ("13.3", lambda x, y, G, F: gap(F(G(x)), x) + gap(F(G(y)), y), "F comes first"),
    ("13.3", lambda x, y, G, F: (F(G(x)) - x).mean() + (G(F(y)) - y).mean(), "sign"),
    ("13.3", lambda x, y, G, F: gap(F(G(x)), y) + gap(G(F(y)), x), "with what set out"),
    ("13.3", lambda x, y, G, F: gap(G(x), y) + gap(F(y), x), "no pair"),
    ("13.3", lambda x, y, G, F: gap(G(F(x)), x) + gap(F(G(y)), y), "in the wrong order"),
    ("13.3", lambda x, y, G, F: gap(F(x), x) + gap(G(y), y), "identity loss"),
    ("13.3", lambda x, y, G, F: gap(G(x), x) + gap(F(y), y), "has to go back"),
    ("13.3", lambda x, y, G, F: (F(G(x)) - x).square().mean() + (G(F(y)) - y).square().mean(), "squares is L2"),
    ("13.4", {"A": "L2"}, "what about translator B"),
    ("13.4", {"A": "both", "B": "copy", "C": "L2", "D": "other"}, "neither black nor white"),
    ("13.4", {"A": "L2", "B": "other", "C": "both", "D": "copy"}, "what did it change"),
    ("13.4", {"A": "L1", "B": "copy", "C": "both", "D": "other"}, "choose one of"),
    ("14.1", lambda f, m, b: (1 - m) * f + m * b, "where the *foreground*"),
    ("14.1", lambda f, m, b: m * f + b, "give way"),
    ("14.1", lambda f, m, b: f + (1 - m) * b, "through the mask"),
    ("14.1", lambda f, m, b: torch.where(m > 0.5, f, b), "blends both"),
    ("14.1", lambda f, m, b: m * f, "background is missing"),
    ("14.1", lambda f, m, b: (m * f + (1 - m) * b) / 2, "not averaged"),
    ("14.1", lambda f, m, b: (m * f + (1 - m) * b)[:, 0], "return a tensor of shape"),
    ("14.2", {"A": "left"}, "what about slice B"),
    ("14.2", {"A": "right", "B": "circle", "C": "hop", "D": "left"}, "to which side"),
    ("14.2", {"A": "left", "B": "hop", "C": "circle", "D": "right"}, "both ways along x"),
    ("14.2", {"A": "left", "B": "circle", "C": "right", "D": "right"}, "along y alone"),
    ("14.2", {"A": "left", "B": "jump", "C": "hop", "D": "right"}, "choose one of"),
    ("14.3", lambda c: c.diff(dim=1).norm(dim=2).mean(1), "length of the steps"),
    ("14.3", lambda c: c.diff(n=2, dim=1).square().sum(2).mean(1), "root of the sum"),
    ("14.3", lambda c: c.diff(n=2, dim=1).abs().sum(2).mean(1), "not |x| + |y|"),
    ("14.3", lambda c: c.diff(n=2, dim=1).mean(1).norm(dim=1), "to and fro"),
    ("14.3", lambda c: c.diff(n=2, dim=1).norm(dim=2).sum(1), "not the sum"),
    ("14.3", lambda c: c.diff(n=2, dim=1).norm(dim=2).sum(1) / c.shape[1], "number of changes"),
    ("14.3", lambda c: c.diff(n=2, dim=1).norm(dim=2).mean(), "return a tensor of shape"),
    ("14.4", {"A": "frozen"}, "what about line B"),
    ("14.4", {"A": "shuffled", "B": "changing", "C": "backwards", "D": "frozen"}, "jump, or not move"),
    ("14.4", {"A": "frozen", "B": "backwards", "C": "changing", "D": "shuffled"}, "becomes another one"),
    ("14.4", {"A": "frozen", "B": "changing", "C": "shuffled", "D": "backwards"}, "nearest to those of real"),
    ("14.4", {"A": "frozen", "B": "changed", "C": "backwards", "D": "shuffled"}, "choose one of"),
    ("15.1", lambda x: torch.log(1 + 255 * x.abs()) / math.log(256), "sign is missing"),
    ("15.1", lambda x: x.sign() * torch.log(255 * x.abs()) / math.log(256), "at 0"),
    ("15.1", lambda x: x.sign() * torch.log(1 + 255 * x.abs()), "so that 1 stays 1"),
    ("15.1", lambda x: x.sign() * torch.log(1 + 255 * x.abs()) / math.log(255), "not by ln 255"),
    ("15.1", lambda x: x.sign() * torch.log(1 + 255 * x.abs()) / 256, "not by 256"),
    ("15.1", lambda x: x.sign() * torch.log(1 + 256 * x.abs()) / math.log(256), "μ is 255"),
    ("15.1", lambda x: x.sign() * torch.log10(1 + 255 * x.abs()) / math.log(256), "of one kind"),
    ("15.1", lambda x: x.sign() * (256 ** x.abs() - 1) / 255, "the way back"),
    ("15.1", lambda x: (x.sign() * torch.log(1 + 255 * x.abs()) / math.log(256)).mean(), "return a tensor of shape"),
    ("15.2", lambda d, k, rate: (k - 1) * sum(d) * 1000 / rate, "the place itself"),
    ("15.2", lambda d, k, rate: (1 + k * sum(d)) * 1000 / rate, "k − 1 places besides"),
    ("15.2", lambda d, k, rate: k * sum(d) * 1000 / rate, "what does it add"),
    ("15.2", lambda d, k, rate: (1 + sum(d)) * 1000 / rate, "a kernel of 2 alone"),
    ("15.2", lambda d, k, rate: (1 + (k - 1) * max(d)) * 1000 / rate, "the largest alone"),
    ("15.2", lambda d, k, rate: math.prod(1 + (k - 1) * i for i in d) * 1000 / rate, "do not multiply"),
    ("15.2", lambda d, k, rate: (1 + (k - 1) * len(d)) * 1000 / rate, "the dilations count"),
    ("15.2", lambda d, k, rate: 1 + (k - 1) * sum(d), "how long is a sample"),
    ("15.2", lambda d, k, rate: (1 + (k - 1) * sum(d)) / rate, "a thousand milliseconds"),
    ("15.3", lambda w, p: filled(w, p).view(len(w), p, -1).mT, "go down the columns"),
    ("15.3", lambda w, p: torch.nn.functional.pad(w, (-w.shape[1] % p, 0)).view(len(w), -1, p), "not at the start"),
    ("15.3", lambda w, p: filled(w, p, w.repeat(1, p)).view(len(w), -1, p), "the wave begins again"),
    ("15.3", lambda w, p: filled(w, p, w[:, -1:].expand(-1, p)).view(len(w), -1, p), "last sample is repeated"),
    ("15.3", lambda w, p: w[:, : w.shape[1] // p * p].view(len(w), -1, p), "return a tensor of shape"),
    ("15.4", {"A": "Griffin–Lim"}, "what about line B"),
    ("15.4", {"A": "quieter", "B": "Griffin–Lim", "C": "upside down", "D": "another"}, "rebuilt well"),
    ("15.4", {"A": "Griffin–Lim", "B": "upside down", "C": "quieter", "D": "another"}, "at every pitch"),
    ("15.4", {"A": "Griffin–Lim", "B": "quieter", "C": "another", "D": "upside down"}, "as much as they can"),
    ("15.4", {"A": "Griffin–Lim", "B": "quieter", "C": "upside down", "D": "quieter"}, "semitones off"),
    ("15.4", {"A": "Griffin–Lim", "B": "quieter", "C": "upside down", "D": "whisper"}, "choose one of"),
    ("16.1", lambda p, r: ((r - r.mean(0)).detach() * p).sum(1).mean(), "take minus it"),
    ("16.1", lambda p, r: -(r.detach() * p).sum(1).mean(), "baseline is missing"),
    ("16.1", lambda p, r: -((r - r.mean()).detach() * p).sum(1).mean(), "a baseline of its own"),
    ("16.1", lambda p, r: -((r - r.mean(1, keepdim=True)).detach() * p).sum(1).mean(), "not along a text"),
    ("16.1", lambda p, r: -((r - r.mean(0)).detach() * p).mean(), "add the places"),
    ("16.1", lambda p, r: -((r - r.mean(0)).detach() * p).sum(), "not the sum"),
    ("16.1", lambda p, r: -((r - r.mean(0)).detach() * p.exp()).sum(1).mean(), "a logarithm already"),
    ("16.1", lambda p, r: -((r - r.mean(0)) * p).sum(1).mean(), "what D said"),
    ("16.1", lambda p, r: -((r.detach() - r.mean(0)) * p).sum(1).mean(), "through the baseline"),
    ("16.1", lambda p, r: -((r - r.mean(0)) * p).sum(1).mean().detach(), "not to be detached"),
    ("16.1", lambda p, r: -((r - r.mean(0)).detach() * p).sum(1), "return a tensor of shape ()"),
    ("16.2", lambda x, t: (x * t).softmax(1), "divide by the temperature"),
    ("16.2", lambda x, t: x.softmax(1), "where does the temperature"),
    ("16.2", lambda x, t: (x / t).softmax(0), "dim 1"),
    ("16.2", lambda x, t: (x / t).sigmoid(), "not a sigmoid"),
    ("16.2", lambda x, t: (x / t).log_softmax(1), "not their logarithms"),
    ("16.2", lambda x, t: x.softmax(1) / t, "*before* the softmax"),
    ("16.2", lambda x, t: (x / t).exp() / (x / t).exp().sum(1, keepdim=True), "does exp overflow"),
    ("16.2", lambda x, t: (x / t).argmax(1), "return a tensor of shape"),
    ("16.3", lambda s: s.softmax(1), "nothing is hidden"),
    ("16.3", lambda s: s.masked_fill(torch.ones_like(s).tril(-1).bool(), -math.inf).softmax(1), "what is earlier"),
    ("16.3", lambda s: s.tril().softmax(1), "still looked at"),
    ("16.3", lambda s: s.softmax(1).tril(), "*before* the softmax"),
    ("16.3", lambda s: s.masked_fill(torch.ones_like(s).triu(1).bool(), -math.inf).softmax(0), "dim 1"),
    ("16.3", lambda s: s.masked_fill(torch.ones_like(s).triu(1).bool(), -100.0).softmax(1), "a hidden place win"),
    ("16.3", lambda s: s.masked_fill(torch.ones_like(s).triu().bool(), -math.inf).softmax(1), "sees *itself*"),
    ("16.4", {"A": "bigrams"}, "what about line B"),
    ("16.4", {"A": "shuffled", "B": "copied", "C": "bigrams", "D": "one poem"}, "its pairs are few"),
    ("16.4", {"A": "bigrams", "B": "one poem", "C": "shuffled", "D": "copied"}, "none of its lines"),
    ("16.4", {"A": "bigrams", "B": "copied", "C": "copied", "D": "one poem"}, "no order at all"),
    ("16.4", {"A": "bigrams", "B": "copied", "C": "shuffled", "D": "bigrams"}, "nearly nothing"),
    ("16.4", {"A": "bigrams", "B": "copied", "C": "dealt", "D": "one poem"}, "choose one of"),
    ("17.1", lambda a, b: (a * b).sum() / (a + b - a * b).sum(), "cut both shapes"),
    ("17.1", lambda a, b: shared(a >= 0.5, b >= 0.5) / (((a >= 0.5) | (b >= 0.5)).sum().clamp(min=1)), "not *above*"),
    ("17.1", lambda a, b: shared(a > 0.5, b > 0.5), "divide it by the union"),
    ("17.1", lambda a, b: ((a > 0.5) & (b > 0.5)).float().mean(), "divides by all voxels"),
    ("17.1", lambda a, b: shared(a > 0.5, b > 0.5) / (a > 0.5).sum().clamp(min=1), "the first shape alone"),
    ("17.1", lambda a, b: shared(a > 0.5, b > 0.5) / (b > 0.5).sum().clamp(min=1), "the second shape alone"),
    ("17.1", lambda a, b: shared(a > 0.5, b > 0.5) / full(a, b), "counts the intersection twice"),
    ("17.1", lambda a, b: 2 * shared(a > 0.5, b > 0.5) / full(a, b), "Dice"),
    ("17.1", lambda a, b: shared(a > 0.5, b > 0.5) / ((a > 0.5) | (b > 0.5)).sum(), "nothing in common"),
    (
        "17.2",
        lambda real, fake: ((real < 0).sum() + (fake > 0).sum()) / (len(real) + len(fake)),
        "how often D is *wrong*",
    ),
    ("17.2", lambda real, fake: torch.cat([real > 0, fake > 0]).float().mean(), "is *negative*"),
    ("17.2", lambda real, fake: (real > 0).float().mean(), "only the real ones"),
    ("17.2", lambda real, fake: (fake < 0).float().mean(), "only the fakes"),
    ("17.2", lambda real, fake: ((real > 0).float().mean() + (fake < 0).float().mean()) / 2, "count both together"),
    ("17.2", lambda real, fake: (real > 0).float().mean() + (fake < 0).float().mean(), "the sum of two shares"),
    ("17.2", lambda real, fake: (real > 0).sum() + (fake < 0).sum(), "divide it by that of all"),
    ("17.2", lambda real, fake: torch.cat([real >= 0, fake <= 0]).float().mean(), "exactly 0 is not right"),
    ("17.2", lambda real, fake: torch.cat([real > 0.5, fake < 0.5]).float().mean(), "no probabilities"),
    ("17.3", 32, "each sees more weights"),
    ("17.3", 4, "there are more numbers"),
    ("17.3", 64, "a picture's kernel has 16"),
    ("17.3", 8, "what doubling the side costs"),
    ("17.3", 512, "not 4"),
    ("17.3", 2048, "compare with the picture's layer"),
    ("17.3", 100, "count the numbers"),
    ("17.4", {"A": "one"}, "what about line B"),
    ("17.4", {"A": "copies", "B": "scattered", "C": "one", "D": "mean"}, "find little in it"),
    ("17.4", {"A": "one", "B": "mean", "C": "copies", "D": "scattered"}, "hang loose"),
    ("17.4", {"A": "one", "B": "scattered", "C": "mean", "D": "copies"}, "some that are near"),
    ("17.4", {"A": "one", "B": "scattered", "C": "copies", "D": "block"}, "choose one of"),
    ("18.1", lambda x, weight, a, b, bias: conv2d(x, weight, bias, padding=weight.shape[-1] // 2), "as it was"),
    ("18.1", lambda *given: layer_changed(*given, whole=lambda w, c: c), "the change alone"),
    ("18.1", lambda *given: layer_changed(*given, whole=lambda w, c: w - c), "not taken away"),
    ("18.1", lambda x, weight, a, b, bias: layer_changed(x, weight, a, b, None), "the bias is missing"),
    ("18.1", lambda *given: layer_changed(*given, change=lambda a, b: (a.T @ b.T).contiguous()), "the other way round"),
    ("18.1", lambda *given: layer_changed(*given, change=lambda a, b: b @ a / len(a)), "divided by the rank"),
    ("18.1", lambda *given: layer_changed(*given, padding=lambda k: 1), "return a tensor of shape"),
    ("18.1", lambda *given: layer_changed(*given, padding=lambda k: 0), "return a tensor of shape"),
    ("18.2", lambda t, a, m: (a.mean() - m.mean()) / (t.mean() - m.mean()), "the other way round"),
    ("18.2", lambda t, a, m: (t.mean() - a.mean()) / (a.mean() - m.mean()), "training minus"),
    ("18.2", lambda t, a, m: t.mean() - a.mean(), "divide by how far"),
    ("18.2", lambda t, a, m: (a.mean() - t.mean()) / (t.mean() - m.mean()), "the sign is wrong"),
    ("18.2", lambda t, a, m: (t.mean() - a.mean()) / t.mean(), "its own part"),
    ("18.2", lambda t, a, m: (t.median() - a.median()) / (t.median() - m.median()), "not their median"),
    ("18.2", lambda t, a, m: heart(t.sigmoid().mean(), a.sigmoid().mean(), m.sigmoid().mean()), "no sigmoid"),
    ("18.2", lambda t, a, m: heart(t.sign().mean(), a.sign().mean(), m.sign().mean()), "r_t"),
    ("18.2", lambda t, a, m: heart(t.mean(), a.mean(), m.mean()).clamp(0, 1), "cut nothing off"),
    ("18.3", lambda w, old, F, price: price * (F * (w - old) ** 2).sum(), "half is missing"),
    ("18.3", lambda w, old, F, price: price / 2 * (F * (w - old) ** 2).mean(), "without dividing"),
    ("18.3", lambda w, old, F, price: price / 2 * (F * (w - old).abs()).sum(), "not taken absolutely"),
    ("18.3", lambda w, old, F, price: price / 2 * (F * (w - old)).sum(), "either way"),
    ("18.3", lambda w, old, F, price: price / 2 * ((w - old) ** 2).sum(), "its own hardness"),
    ("18.3", lambda w, old, F, price: price / 2 * ((F * (w - old)) ** 2).sum(), "do not square it again"),
    ("18.3", lambda w, old, F, price: price / 2 * (F.sqrt() * (w - old) ** 2).sum(), "not by its root"),
    ("18.3", lambda w, old, F, price: 0.5 * (F * (w - old) ** 2).sum(), "the price is missing"),
    ("18.3", lambda w, old, F, price: -price / 2 * (F * (w - old) ** 2).sum(), "not pushed away"),
    ("18.3", lambda w, old, F, price: price / 2 * (F * (w - old) ** 2).sum().detach(), "must keep their slope"),
    ("18.4", 0.5, "two positions"),
    ("18.4", 0.25, "still as they were"),
    ("18.4", 1, "no image is upright"),
    ("18.4", 1 / 3, "as frequent as what is left"),
    ("18.4", 0.8, "by what is rarer"),
    ("18.4", 0.6, "equally frequent"),
    ("19.1", lambda means, counts: means.mean(0), "the mean of means"),
    ("19.1", lambda means, counts: means.sum(0) / (counts > 0).sum(), "the ranks that have samples"),
    ("19.1", lambda means, counts: means.sum(0), "divides by nothing"),
    ("19.1", lambda means, counts: (means * counts[:, None]).sum(0), "the sum over all samples"),
    ("19.1", lambda means, counts: (means * counts[:, None]).mean(0), "not of ranks"),
    ("19.1", lambda means, counts: (means * counts[:, None]).sum() / counts.sum(), "return a tensor of shape"),
    ("19.2", lambda count, rank, ranks: torch.arange(count).tensor_split(ranks)[rank], "neighbours"),
    ("19.2", lambda count, rank, ranks: torch.arange(count)[rank::ranks][: count // ranks], "the rest is left out"),
    ("19.2", lambda count, rank, ranks: [i % count for i in range(rank, padded(count, ranks), ranks)], "repeated"),
    ("19.2", lambda count, rank, ranks: range(rank, padded(count, ranks), ranks), "beyond the last sample"),
    ("19.2", lambda count, rank, ranks: torch.arange(count), "all samples"),
    ("19.2", lambda count, rank, ranks: torch.arange(0, count, ranks), "not at 0"),
    ("19.2", lambda count, rank, ranks: torch.arange(1 + rank, 1 + count, ranks), "must be (1, 4, 7, 10), not (2, 5"),
    ("19.2", lambda count, rank, ranks: rank, "return a tensor of shape"),
    ("19.3", lambda n, m, b, t: 2 * (n - 1) / n * m / b + 2 * (n - 1) * t, "has 4 bytes"),
    ("19.3", lambda n, m, b, t: (n - 1) / n * 4 * m / b + (n - 1) * t, "not n − 1"),
    ("19.3", lambda n, m, b, t: 2 * (n - 1) * (4 * m / b + t), "not all of them"),
    ("19.3", lambda n, m, b, t: 2 * n * (4 * m / n / b + t), "not 2n"),
    ("19.3", lambda n, m, b, t: 2 * (n - 1) / n * 4 * m / b + t, "in *each* turn"),
    ("19.3", lambda n, m, b, t: 2 * (n - 1) / n * 4 * m / b, "where is the latency"),
    ("19.3", lambda n, m, b, t: 2 * (n - 1) / n * (4 * m / b + t), "no smaller for a part"),
    ("19.3", lambda n, m, b, t: 2 * (n - 1) / n * 4 * m * b + 2 * (n - 1) * t, "*divided* by the bandwidth"),
    ("19.4", lambda path, pieces: path.write_bytes(b"".join(pieces)), "wrote over the old file itself"),
    ("19.4", writing_straight, "finds a broken one"),
    ("19.4", removing_first, "the old one must stay"),
    ("19.4", lambda path, pieces: path.with_suffix(".new").write_bytes(b"".join(pieces)), "must hold the new bytes"),
    ("19.4", swallowing, "let it through"),
    ("19.4", lambda path, pieces: len(renaming(path, pieces)), "the number of bytes must be 12, not 2"),
    ("20.1", lambda seen, hits, alarms: (seen - alarms) / (hits - alarms), "not below 0, not above 1"),
    ("20.1", lambda seen, hits, alarms: max(0.0, (seen - alarms) / (hits - alarms)), "at most 1"),
    ("20.1", lambda seen, hits, alarms: min(1.0, (seen - alarms) / (hits - alarms)), "at least 0"),
    ("20.1", lambda seen, hits, alarms: seen, "this is what is seen"),
    ("20.1", lambda seen, hits, alarms: max(0.0, seen - alarms), "members that were missed"),
    ("20.1", lambda seen, hits, alarms: min(1.0, seen / hits), "take the false alarms off first"),
    ("20.1", lambda seen, hits, alarms: min(1.0, max(0.0, (seen - alarms) / hits)), "not by hits"),
    ("20.1", lambda seen, hits, alarms: hits * seen + alarms * (1 - seen), "solve it for the true one"),
    ("20.1", lambda seen, hits, alarms: hits * seen / (hits * seen + alarms * (1 - seen)), "how sure one accused"),
    ("20.2", lambda a, b, rate: (a > b.sort().values[-max(1, int(rate * len(b)))]).float().mean(), "*not* be accused"),
    ("20.2", lambda a, b, rate: (a >= b.sort().values[-1 - int(rate * len(b))]).float().mean(), "not on it"),
    ("20.2", lambda a, b, rate: (a > b.sort().values[-1 - math.ceil(rate * len(b))]).float().mean(), "round down"),
    ("20.2", lambda a, b, rate: (a > a.sort().values[-1 - int(rate * len(a))]).float().mean(), "from the members"),
    ("20.2", lambda a, b, rate: (b > b.sort().values[-1 - int(rate * len(b))]).float().mean(), "share of the *others*"),
    ("20.2", lambda a, b, rate: (a > b.sort().values[int(rate * len(b))]).float().mean(), "from high to low"),
    ("20.2", lambda a, b, rate: (a < b.sort().values[-1 - int(rate * len(b))]).float().mean(), "counts those below"),
    ("20.2", lambda a, b, rate: (a > b.sort().values[-1 - int(rate * len(b))]).sum(), "a number of members"),
    ("20.3", 0.1527, "the rest is real"),
    ("20.3", 0.005, "of the *real* pictures"),
    ("20.3", 0.1, "is missed"),
    ("20.3", 0.005895, "of all pictures is accused"),
    ("20.3", 0.999, "of *all* pictures is real"),
    ("20.3", 5.55, "to each made one"),
    ("20.3", 0.5, "not close enough"),
    ("20.3", -3, "no share"),
    ("20.4", lambda bits, rate: tail_at(bits, rate, lambda k: range(k + 1, bits + 1)), "with k itself"),
    ("20.4", lambda bits, rate: tail_at(bits, rate * (1 - 1e-9), lambda k: range(k, bits + 1)), "equal is allowed"),
    ("20.4", lambda bits, rate: tail_at(bits, rate, lambda k: range(k, bits + 1)) + 1, "must be 26, not 27"),
    ("20.4", lambda bits, rate: tail_at(bits, rate, lambda k: [k]), "exactly 0 right bits"),
    (
        "20.4",
        lambda bits, rate: next(k for k in range(bits // 2, bits + 1) if math.comb(bits, k) <= rate * 2**bits),
        "exactly k right bits",
    ),
    ("20.4", lambda bits, rate: math.ceil(0.8 * bits), "a fixed share"),
    (
        "20.4",
        lambda bits, rate: bits - tail_at(bits, rate, lambda k: range(k, bits + 1)),
        "or *fewer*",
    ),
]


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(name, answer, hint, capsys):
    check(name, answer)
    text = capsys.readouterr().out
    assert hint in text and text != f"{name}: right\n"


def test_every_exercise_turns_down_three_wrong_answers_each_with_its_own_hint():
    hints = {name: {verdict(name, answer) for other, answer, _ in WRONG if other == name} for name in NAMES}
    assert NAMES and {name: len(found) for name, found in hints.items() if len(found) < 3} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_is_not_attempted_yet(name):
    assert verdict(name, ...) == "not attempted yet"
    if any(callable(answer) for other, answer, _ in WRONG if other == name):
        assert verdict(name, lambda *arguments: ...) == "not attempted yet"
        assert verdict(name, not_written) == "not attempted yet"
        assert "returned nothing" in verdict(name, lambda *arguments: None)
        assert "give the function itself" in verdict(name, 3)


def not_written(*arguments):
    raise NotImplementedError


def right_unevenness(classes, K=10):
    return 0.5 * (shares(classes, K) - 1 / K).abs().sum().item()


def endless(classes, K=10):
    while True:
        pass


def asleep(classes, K=10):
    time.sleep(60)


def deaf(classes, K=10):
    """Go on after the first interrupt, as a bare except inside a loop does."""
    for _ in range(2):
        try:
            endless(classes)
        except:  # noqa: E722
            pass


@pytest.mark.parametrize("answer", [endless, asleep, deaf])
def test_an_answer_that_does_not_end_is_stopped_and_says_so(answer, monkeypatch):
    monkeypatch.setattr(exercises, "SECONDS", 0.3)
    started = time.perf_counter()
    assert verdict("06.1", answer) == "your answer ran for more than 0.3 seconds and was stopped: does a loop end?"
    assert time.perf_counter() - started < 5
    time.sleep(1.5)  # no late interrupt
    assert verdict("06.1", right_unevenness) == "right"


def test_an_interrupt_by_the_learner_is_not_taken_for_the_time_limit():
    def interrupted(classes, K=10):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict("06.1", interrupted)


def test_outside_the_main_thread_there_is_no_limit_and_a_verdict():
    found = []
    thread = threading.Thread(target=lambda: found.append(verdict("06.1", right_unevenness)))
    thread.start()
    thread.join()
    assert found == ["right"]


def test_the_limit_works_where_interrupts_are_ignored(monkeypatch):
    monkeypatch.setattr(exercises, "SECONDS", 0.3)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert "was stopped" in verdict("06.1", endless)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, BaseException, RecursionError])
def test_whatever_an_answer_raises_is_told(kind):
    def raises(classes, K=10):
        raise kind("so")

    assert verdict("06.1", raises) == f"your answer raised {kind.__name__}: so"


def test_an_answer_that_recurses_is_told_so():
    def recurses(classes, K=10):
        return recurses(classes)

    assert "RecursionError" in verdict("06.1", recurses)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda: torch.manual_seed(1), "random state"),
        (lambda: torch.randn(1), "random state"),
        (lambda: np.random.rand(), "random state"),
        (lambda: random.random(), "random state"),
        (lambda: torch.set_default_dtype(torch.float64), "default dtype"),
        (lambda: torch.set_grad_enabled(False), "gradient mode"),
        (lambda: torch.set_num_threads(torch.get_num_threads() + 1), "number of threads"),
    ],
)
def test_global_state_is_put_back_and_named(change, hint):
    def state():
        numpy_state = np.random.get_state()[1].tobytes()
        settings = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
        return random.getstate(), numpy_state, torch.get_rng_state().tolist(), settings

    def answer(classes, K=10):
        change()
        return right_unevenness(classes, K)

    before = state()
    assert "your answer changes" in verdict("06.1", answer) and hint in verdict("06.1", answer)
    assert state() == before


def notebook_function(body, **names):
    """Return a function ``answer`` as a notebook would hold it, with `names` beside it."""
    namespace = {"torch": torch, "right": right_unevenness, **names}
    exec(f"def answer(classes, K=10):\n    {body}\n    return right(classes, K)", namespace)
    return namespace["answer"]


@pytest.mark.parametrize(
    "body",
    [
        "net.weight.data.add_(1)",
        "net.weight.grad = None",
        "net.bias.grad = torch.ones(1)",
        "net(torch.ones(1, 1)).sum().backward()",
        "net.requires_grad_(False)",
        "net.bias.requires_grad_(False)",
        "net.eval()",
    ],
)
def test_networks_of_the_notebook_are_put_back(body):
    net = nn.Linear(1, 1)
    net.weight.grad = torch.ones(1, 1)

    def state():
        weight, bias = net.weight, net.bias
        modes = net.training, weight.requires_grad, bias.requires_grad
        return weight.item(), bias.item(), weight.grad.item(), bias.grad, modes

    before = state()
    assert "the notebook's network net" in verdict("06.1", notebook_function(body, net=net))
    assert state() == before
    assert verdict("06.1", notebook_function("net(torch.ones(1, 1))", net=net)) == "right"


def test_a_network_of_the_notebook_that_no_one_changed_is_not_touched():
    net = nn.Linear(1, 1)
    pending = net(torch.ones(1, 1)).square().sum()
    net2 = nn.Linear(1, 1)
    net2.weight.data.fill_(math.nan)
    assert verdict("06.1", notebook_function("net(torch.ones(1, 1))", net=net, net2=net2)) == "right"
    pending.backward()  # a write to the weights would break the graph


def test_a_network_that_was_rebuilt_is_named_and_the_rest_put_back():
    net = nn.Sequential(nn.Linear(1, 1))
    other = nn.Linear(1, 1)
    weight, state = other.weight.item(), torch.get_rng_state()
    body = "net.eval(); net.append(torch.nn.ReLU()); net[0].weight.data = torch.zeros(2, 2)"
    body += "; other.weight.data.add_(1); torch.randn(1)"
    text = verdict("06.1", notebook_function(body, net=net, other=other))
    assert "network net" in text and "network other" in text and "random state" in text
    assert other.weight.item() == weight and torch.equal(torch.get_rng_state(), state) and net.training


def test_a_decorated_answer_is_seen_through():
    net = nn.Linear(1, 1)
    answer = torch.no_grad()(notebook_function("net.weight.data.add_(1)", net=net))
    assert "network net" in verdict("06.1", answer)


def test_the_reason_unfolds_in_a_notebook_and_is_missed_by_nobody(monkeypatch, tmp_path, capsys):
    shown = []
    monkeypatch.setattr(reasons, "display", shown.append)
    check("06.1", right_unevenness)
    check("06.1", lambda classes, K=10: 0.0)  # no reason for a wrong answer
    (folded,) = shown
    assert folded._repr_markdown_() == f"<details><summary>Why</summary>\n\n{folded!r}\n\n</details>"
    assert repr(folded).startswith("`bincount` counts each class") and "#" not in repr(folded)

    source = tmp_path / "06_x.py"
    for text in (
        None,
        b"",
        b"\xff",
        b"# ### Exercise 06.1 (",
        b'# ### Exercise 06.10 (\n# %% [markdown] tags=["solution"]',
    ):
        if text is not None:
            source.write_bytes(text)
        monkeypatch.setattr(reasons, "SOURCES", tmp_path)
        capsys.readouterr()
        check("06.1", right_unevenness)
        assert capsys.readouterr().out == "06.1: right\n"
    monkeypatch.setattr(reasons, "SOURCES", tmp_path / "nowhere")
    assert reasons.reason("06.1") == "" and len(shown) == 1


def test_an_answer_that_changed_its_input_does_not_spoil_the_next():
    def in_place(points, centres, std, enough=1):
        points.div_(std), centres.div_(std)
        return counting(points, centres, 1.0, enough)

    for _ in range(2):
        assert "its input points in place" in verdict("04.2", in_place)
        assert verdict("04.2", counting) == "right"


def test_numbers_that_look_equal_are_shown_with_the_digits_that_differ():
    shifted = jsd_of_tables(2e-5)
    assert "must be 0.10175, not 0.10171" in verdict("05.2", shifted)
    assert verdict("05.2", jsd_of_tables(0.0)) == "right"


def jsd_of_tables(shift):
    def answer(p, q):
        m = torch.where(p + q > 0, (p + q) / 2 + shift, 1.0)
        return (torch.xlogy(p, p / m) + torch.xlogy(q, q / m)).sum() / 2

    return answer


def test_an_error_in_a_later_case_says_in_which():
    def logarithms(p, q):
        return sum(
            (a * math.log(2 * a / (a + b)) + b * math.log(2 * b / (a + b))) / 2 for a, b in zip(p, q, strict=True)
        )

    text = verdict("05.2", logarithms)
    assert text.startswith("your answer raised ValueError: ") and text.endswith(" (for p = (1, 0) and q = (0, 1))")


@pytest.mark.parametrize("name", ["06.9", "77.1", "six", 6.1])
def test_an_unknown_exercise_is_named(name):
    with pytest.raises(ValueError, match=str(name).replace(".", r"\.")):
        check(name, 1)


def test_of_long_tensors_a_hint_tells_the_first_entries_that_differ():
    must, given = compare.apart(torch.arange(100.0), torch.arange(100.0).index_fill(0, torch.tensor([40, 60]), -1.0))
    assert (must, given) == ("(… 40, 41, 42 …)", "(… −1, 41, 42 …)")
