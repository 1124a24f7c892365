"""Train lesson 15's Tacotron, tacotron.safetensors: python train_tacotron.py [steps]"""

import hashlib
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils.rnn import pad_sequence
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from gan_lessons import metrics
from gan_lessons.checkpoints import save_weights
from gan_lessons.data import speech
from gan_lessons.data.sound import griffin_lim, log_mel
from gan_lessons.networks import Tacotron, say, spelled
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
BATCH = 32
RATE = 1e-3
AFTER = 2  # steps of silence that are learnt after a syllable's last one


def targets(some):
    """Return mels (N, 2 S, 40) and the numbers of the last steps, (N,)."""
    mels = log_mel(some.waves)
    mels = mels[:, : mels.shape[1] // 2 * 2]
    return mels, (some.lengths // 128).clamp(max=mels.shape[1] // 2 - 1)


def loss(T, letters, mels, last):
    """Return the mean difference of frames, up to AFTER steps behind the last one, and the loss of the ends."""
    steps = int(last.max()) + 1 + AFTER
    mels = mels[:, : 2 * steps]
    steps = mels.shape[1] // 2
    made, ends, attention = T(letters, mels)
    place = torch.arange(steps)
    counts = (place <= last[:, None] + AFTER).float()
    apart = (made - mels).abs().mean(2).unflatten(1, (-1, 2)).mean(2)
    ended = binary_cross_entropy_with_logits(ends, (place >= last[:, None]).float(), reduction="none")
    return (apart * counts).sum() / counts.sum(), (ended * counts).sum() / counts.sum(), attention


@torch.no_grad()
def scores(T, some):
    """Return the share of tones that are heard of what T says, by Griffin and Lim, and its length over the real one."""
    rows = (some.tones < 5).nonzero()[:, 0]
    mels = say(T.eval(), spelled([some.syllables[i] for i in rows], some.tones[rows]))
    T.train()
    waves = pad_sequence([griffin_lim(mel) for mel in mels], batch_first=True)
    heard = (metrics.predicted_tones(waves) == some.tones[rows]).float().mean()
    return heard.item(), sum(map(len, mels)) * 64 / some.lengths[rows].sum().item()


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    train, held_out = speech(), speech(train=False)
    seed_everything(SEED)
    T = Tacotron()
    set_threads(T)
    letters, (mels, last) = spelled(train.syllables, train.tones), targets(train)
    held = spelled(held_out.syllables, held_out.tones), *targets(held_out)
    optimizer = Adam(T.parameters(), RATE)
    plan = LambdaLR(optimizer, lambda step: min(1.0, 2 * (1 - step / steps)))
    started = time.perf_counter()
    for step in range(1, steps + 1):
        rows = torch.randint(len(letters), (BATCH,))
        apart, ended, attention = loss(T, letters[rows], mels[rows], last[rows])
        optimizer.zero_grad()
        (apart + ended).backward()
        torch.nn.utils.clip_grad_norm_(T.parameters(), 1.0)
        optimizer.step()
        plan.step()
        if step % 500 == 0 or step == steps:
            with torch.no_grad():
                held_apart, held_ended, _ = loss(T.eval(), *held)
            kept, length = scores(T, held_out)
            print(
                f"step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: frames {apart:.3f}, held out "
                f"{held_apart:.3f}; ends {ended:.3f}, {held_ended:.3f}; tones {kept:.1%}, lengths {length:.2f}; "
                f"sharpest letter {attention.amax(2).mean():.2f}",
                flush=True,
            )
    path = Path(__file__).with_name("tacotron.safetensors")
    save_weights(T, path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
