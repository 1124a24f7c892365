"""Train lesson 16's GPT on with D's verdicts for rewards, seqgan.safetensors: python train_seqgan.py [steps]"""

import hashlib
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy, softplus
from torch.optim import Adam
from train_gpt import nll, write

from gan_lessons import metrics
from gan_lessons.checkpoints import load_weights, save_weights
from gan_lessons.data import poems
from gan_lessons.networks import GPT, SequenceDiscriminator
from gan_lessons.runtime import seed_everything

SEED = 0
BATCH = 64
RATE = 1e-4
D_RATE = 1e-3
FIRST, EACH = 300, 4  # steps of D before the policy's first one, and for each


def d_step(D, optimizer, real, fake):
    """Train D by one step, and return the share of both that it tells."""
    real_logits, fake_logits = D(real), D(fake)
    loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return ((real_logits > 0).float().mean() + (fake_logits < 0).float().mean()).item() / 2


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    train, held_out = poems().characters, poems(train=False).characters
    seed_everything(SEED)
    torch.set_num_threads(1)
    gpt, D = load_weights(GPT(), "gpt"), SequenceDiscriminator()
    optimizer, d_optimizer = Adam(gpt.parameters(), lr=RATE), Adam(D.parameters(), lr=D_RATE)
    started, stock = time.perf_counter(), write(gpt, 2000)  # of poems that D is shown
    for step in range(1 - FIRST, steps + 1):
        if step > 0:
            made = write(gpt, BATCH)
            with torch.no_grad():
                reward = D.eval()(made).sigmoid()
            likelihood = -cross_entropy(gpt(made[:, :-1]).flatten(0, 1), made.flatten(), reduction="none")
            loss = -((reward - reward.mean()) * likelihood.view(made.shape).sum(1)).mean()  # REINFORCE, with a baseline
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(gpt.parameters(), 1.0)
            optimizer.step()
            stock = torch.cat([stock[BATCH:], made])
        D.train()
        for _ in range(EACH if step > 0 else 1):
            chosen = torch.randint(len(stock), (BATCH,))
            told = d_step(D, d_optimizer, train[torch.randint(len(train), (BATCH,))], stock[chosen])
        if step == 0 or step % 200 == 0 or step == steps:
            made = stock[-1000:]
            print(
                f"step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: D tells {told:.2f} of its batch; "
                f"{nll(gpt, held_out):.3f} nats a character of held-out poems; of 1,000 poems written, lines 2 and 4 "
                f"rhyme in {metrics.rhyme(made):.3f}, tones contrast in {metrics.tone_contrast(made):.3f}, "
                f"pairs of characters that differ {metrics.distinct_ngrams(made):.3f}",
                flush=True,
            )
    path = Path(__file__).with_name("seqgan.safetensors")
    save_weights(gpt.half(), path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
