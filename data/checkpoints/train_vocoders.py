"""Train lesson 15's vocoders, whole and with a part left out, vocoders.safetensors: python train_vocoders.py [steps]"""

import hashlib
import sys
import time
from itertools import islice
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss
from torch.optim import Adam, AdamW
from torch.optim.lr_scheduler import LambdaLR

from gan_lessons import metrics
from gan_lessons.checkpoints import save_weights
from gan_lessons.data import speech
from gan_lessons.data.sound import log_mel
from gan_lessons.networks import Judges, PitchReader, Vocoder
from gan_lessons.runtime import seed_everything, set_threads

SEED = 0
READER_STEPS = 600
BATCH, SIZE = 16, 2048  # waves, and samples of each
RATE = 1e-3
BEGIN = 0.25  # the part of the training after which D begins: before, it would win too fast
MEL, FEATURES = 45, 2  # the weights of HiFi-GAN's loss (eq. 7); the adversarial part has 1
LEFT_OUT = {
    "whole": {},
    "no_hum": {"hum": 0},
    "no_periods": {"periods": ()},
    "no_scales": {"scales": ()},
    "no_features": {"features": 0},
    "no_mel": {"mel": 0},
    "mel_alone": {"periods": (), "scales": (), "features": 0},
}


def batches(train):
    """Yield cuts of random syllables, (BATCH, SIZE), for ever."""
    while True:
        rows = torch.randint(len(train.waves), (BATCH, 1))
        starts = (torch.rand(BATCH, 1) * (train.lengths[rows] - SIZE).clamp(min=0)).long()
        yield train.waves[rows, starts + torch.arange(SIZE)]


def read_pitch(reader, train):
    """Train a pitch reader on the pitches that are measured, in semitones, and on where there is a voice."""
    mels = log_mel(train.waves)
    pitches = metrics.pitch(train.waves)[:, : mels.shape[1]]
    voiced, pitches = (~pitches.isnan()).float(), pitches.nan_to_num(250)
    optimizer = Adam(reader.parameters(), 2e-3)
    for _ in range(READER_STEPS):
        rows = torch.randint(len(mels), (64,))
        pitch, voice = reader(mels[rows])
        off = 12 * (pitch / pitches[rows]).log2().abs()
        loss = (off * voiced[rows]).sum() / voiced[rows].sum()
        loss = loss + binary_cross_entropy_with_logits(voice, voiced[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return reader.eval()


def training(G, D, reader, batches, steps, mel=MEL, features=FEATURES, hum=1):
    """Yield the losses of step after step; least squares for each of D's logits."""
    g_opt, d_opt = AdamW(G.parameters(), RATE, (0.8, 0.99)), None
    plan = LambdaLR(g_opt, lambda step: min(1.0, 2 * (1 - step / steps)))
    if len(D.all):
        d_opt = AdamW(D.parameters(), RATE / 2, (0.8, 0.99))
    for step, real in enumerate(batches):
        mels = log_mel(real)
        fake, logs, loss = G(mels, hum * reader.hum(mels)), {}, 0
        if d_opt and (step >= BEGIN * steps or not mel):
            pairs = zip(D(real), D(fake.detach()), strict=True)
            d_loss = sum((1 - a).square().mean() + b.square().mean() for (a, _), (b, _) in pairs)
            d_opt.zero_grad()
            d_loss.backward()
            d_opt.step()
            with torch.no_grad():
                wanted = D(real)
            for (logits, found), (_, true) in zip(D(fake), wanted, strict=True):
                loss = loss + (1 - logits).square().mean()
                loss = loss + features * sum(l1_loss(a, b) for a, b in zip(found, true, strict=True))
            logs["d_loss"] = d_loss.item()
        distance = l1_loss(log_mel(fake), mels)
        loss = loss + mel * distance
        g_opt.zero_grad()
        loss.backward()
        g_opt.step()
        plan.step()
        yield {"mel": distance.item(), "g_loss": loss.item(), **logs}


@torch.no_grad()
def scores(G, reader, held_out, hum):
    """Return mel and fine spectral distance, that of the pitch, and the share of tones kept."""
    mels = log_mel(held_out.waves)
    made = G(mels, hum * reader.hum(mels))
    real = held_out.waves[:, : made.shape[1]]
    told = held_out.tones < 5
    kept = (metrics.predicted_tones(made[told]) == held_out.tones[told]).float().mean().item()
    mel, fine = metrics.mel_distance(made, real).mean(), metrics.spectral_distance(made, real).mean()
    return mel.item(), fine.item(), metrics.pitch_distance(made, real).nanmean().item(), kept


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    train, held_out = speech(), speech(train=False)
    seed_everything(SEED)
    reader = read_pitch(PitchReader(), train)
    made = nn.ModuleDict({"reader": reader})
    for name, changed in LEFT_OUT.items():
        seed_everything(SEED)
        rest = dict(changed)
        G, D = Vocoder(), Judges(rest.pop("periods", (2, 3, 5)), rest.pop("scales", (1, 2)))
        set_threads(G, D)
        started = time.perf_counter()
        for step, logs in enumerate(islice(training(G, D, reader, batches(train), steps, **rest), steps), 1):
            if step % 300 == 0 or step == steps:
                mel, fine, pitch, kept = scores(G, reader, held_out, changed.get("hum", 1))
                print(
                    f"{name}, step {step:,} of {steps:,}, {time.perf_counter() - started:.0f} s: mel {mel:.3f}, fine "
                    f"{fine:.3f}, pitch {pitch:.2f} semitones, {kept:.1%} keep their tone; "
                    + ", ".join(f"{key} {value:.3f}" for key, value in logs.items()),
                    flush=True,
                )
        made[name] = G
    path = Path(__file__).with_name("vocoders.safetensors")
    save_weights(made, path)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  checkpoints/{path.name}  (goes into data/SHA256SUMS)")
