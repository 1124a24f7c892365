"""Train the judge of glyphs, and write reader.safetensors: python train_reader.py

It is shown all characters in all three faces, the held-out ones as well: it has to know what the right answer looks
like. What it never sees is a picture as it is. Each is shifted, sheared, made thinner or fatter, and gets noise.
"""

import time

import torch
from judges import fit, write
from torch.nn.functional import affine_grid, avg_pool2d, cross_entropy, grid_sample, max_pool2d, pad

from gan_lessons.data import Batches, glyphs, to_float
from gan_lessons.data.glyphs import FACES
from gan_lessons.networks import GlyphReader
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
EPOCHS = 25
BATCH = 128
LEARNING_RATE = 3e-3
BEND = 0.12  # largest change of size, slant and place, as a share of half the side
NOISE = 0.3  # largest standard deviation of what is added to the pixels: the pictures to be judged are not clean

seed_everything(SEED)
parts = glyphs(), glyphs(train=False)
pictures = torch.cat([getattr(part, face) for part in parts for face in FACES])
codes = torch.cat([torch.tensor([*map(ord, part.characters)]).repeat(len(FACES)) for part in parts])
characters = codes.unique(return_inverse=True)[1]
faces = torch.cat([torch.arange(len(FACES)).repeat_interleave(len(part.characters)) for part in parts])
reader = GlyphReader(int(characters.max()) + 1)
set_threads(reader)
steps = EPOCHS * len(pictures) // BATCH
batches = Batches(pictures, BATCH, seed=SEED, labels=torch.stack([characters, faces], 1))


def bent(images):
    """Return images (N, 1, 32, 32), each with another size, slant, place, weight of stroke and strength of noise."""
    around = BEND * (2 * torch.rand(len(images), 2, 3) - 1)
    grid = affine_grid(torch.eye(2, 3) + around, images.shape, align_corners=False)
    images = 1 - grid_sample(1 - images, grid, align_corners=False)  # what comes in from outside is white
    thin = pad(max_pool2d(images, 2, 1), (0, 1, 0, 1), value=1)
    fat = pad(-max_pool2d(-images, 2, 1), (0, 1, 0, 1), value=1)
    soft = avg_pool2d(images, 3, 1, 1, count_include_pad=False)
    chosen = torch.stack([images, thin, fat, soft])[torch.randint(4, (len(images),)), torch.arange(len(images))]
    images = torch.lerp(images, chosen, torch.rand(len(images), 1, 1, 1))
    return (images + NOISE * torch.rand(len(images), 1, 1, 1) * torch.randn_like(images)).clamp(-1, 1)


def loss(images, labels):
    """Return the cross-entropies of character and face, summed, of the pictures after `bent`."""
    read, face = reader.split(reader(bent(images)))
    return cross_entropy(read, labels[:, 0], label_smoothing=0.1) + cross_entropy(face, labels[:, 1])


def right(images):
    """Return the shares of `images` (N, 1, 32, 32), in the order of `pictures`, whose character and face are right."""
    with torch.no_grad():
        outputs = [reader.split(reader(part)) for part in images.split(500)]
    read, face = (torch.cat(part).argmax(1) for part in zip(*outputs, strict=True))
    return [(found == label).float().mean().item() for found, label in ((read, characters), (face, faces))]


started = time.perf_counter()
fit(reader, batches, steps, LEARNING_RATE, loss)
print(f"after {time.perf_counter() - started:.0f} s:")
for name, images in (("as drawn", to_float(pictures)), ("bent anew", bent(to_float(pictures)))):
    print("  {}: character {:.1%}, face {:.1%}".format(name, *right(images)))
write(reader, reader.norm, pictures, "reader")
