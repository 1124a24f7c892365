"""Train lesson 16's GPT on the poems, gpt.safetensors: python train_gpt.py [steps]"""

import hashlib
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from gan_lessons import metrics
from gan_lessons.checkpoints import save_weights
from gan_lessons.data import poems
from gan_lessons.networks import GPT
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
BATCH = 64
RATE = 3e-3
DROPOUT = 0.2
LONGEST = 1.0  # length of a gradient


def loss(gpt, batch):
    """Return the mean negative log-likelihood of a character of poems (N, 20), in nats."""
    return cross_entropy(gpt(batch[:, :-1]).flatten(0, 1), batch.flatten())


@torch.no_grad()
def nll(gpt, some):
    """Return the same of many poems, in batches of 500."""
    return sum(loss(gpt, part).item() * len(part) for part in some.split(500)) / len(some)


@torch.no_grad()
def write(gpt, count, temperature=1.0):
    """Return `count` poems drawn from the model, (count, 20)."""
    made = torch.zeros(count, 0, dtype=torch.long)
    for _ in range(20):
        logits = gpt(made)[:, -1] / temperature
        made = torch.cat([made, torch.multinomial(logits.softmax(1), 1)], 1)
    return made


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    train, held_out = poems().characters, poems(train=False).characters
    seed_everything(SEED)
    gpt = GPT(dropout=DROPOUT)
    set_threads(gpt)
    optimizer = AdamW(gpt.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.1, fused=True)
    plan = OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.05)
    started = time.perf_counter()
    for step in range(1, steps + 1):
        value = loss(gpt, train[torch.randint(len(train), (BATCH,))])
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(gpt.parameters(), LONGEST)
        optimizer.step()
        plan.step()
        if step % 1000 == 0 or step == steps:
            gpt.eval()
            with torch.random.fork_rng():
                made = write(gpt, 1000)
            print(
                f"step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: {nll(gpt, held_out):.3f} nats "
                f"a character of held-out poems, {nll(gpt, train[:2000]):.3f} of training poems; of 1,000 poems "
                f"written, lines 2 and 4 rhyme in {metrics.rhyme(made):.3f}, tones contrast in "
                f"{metrics.tone_contrast(made):.3f}",
                flush=True,
            )
            gpt.train()
    path = Path(__file__).with_name("gpt.safetensors")
    save_weights(gpt.half(), path)  # 16 bits are enough, and half of the room
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
