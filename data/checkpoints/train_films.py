"""Train the judge of films, and write films.safetensors: python train_films.py

It is shown the training films, with noise, and soft ones among them: the films to be judged are neither clean nor
sharp.
"""

import time

import torch
from judges import fit, write
from torch.nn.functional import avg_pool3d, cross_entropy

from gan_lessons.data import Batches, films, to_float
from gan_lessons.networks import FilmJudge
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
STEPS = 1500
BATCH = 64
LEARNING_RATE = 2e-3
NOISE = 0.3  # largest standard deviation of what is added to the pixels

seed_everything(SEED)
train, held_out = films(), films(train=False)
judge = FilmJudge(len(train.garment_names), len(train.motion_names))
set_threads(judge)
batches = Batches(train.films, BATCH, seed=SEED, labels=torch.stack([train.garments, train.motions], 1))


def worn(moving):
    """Return films (N, T, 1, H, W), each softened and with noise by a strength of its own."""
    soft = avg_pool3d(moving.transpose(1, 2), (1, 3, 3), 1, (0, 1, 1), count_include_pad=False).transpose(1, 2)
    moving = torch.lerp(moving, soft, torch.rand(len(moving), 1, 1, 1, 1))
    return (moving + NOISE * torch.rand(len(moving), 1, 1, 1, 1) * torch.randn_like(moving)).clamp(-1, 1)


def loss(moving, labels):
    """Return the cross-entropies of garment and motion, summed, of the films after `worn`."""
    garment, motion = judge.split(judge(worn(moving)))
    return cross_entropy(garment, labels[:, 0]) + cross_entropy(motion, labels[:, 1])


def right(moving):
    """Return the shares of the held-out films `moving` whose garment and motion are right."""
    with torch.no_grad():
        outputs = [judge.split(judge(part)) for part in moving.split(100)]
    garments, motions = (torch.cat(part).argmax(1) for part in zip(*outputs, strict=True))
    return [(garments == held_out.garments).float().mean().item(), (motions == held_out.motions).float().mean().item()]


started = time.perf_counter()
fit(judge, batches, STEPS, LEARNING_RATE, loss)
print(f"after {time.perf_counter() - started:.0f} s, of the held-out films:")
for name, moving in (("clean", to_float(held_out.films)), ("worn", worn(to_float(held_out.films)))):
    print("  {}: garment {:.1%}, motion {:.1%}".format(name, *right(moving)))
write(judge, judge.hidden, train.films, "films")
