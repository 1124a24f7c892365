"""Lesson 15's networks: a WaveNet and a Tacotron, for 8,000 samples a second.

Mel spectrograms are (N, T, 40) as `gan_lessons.data.sound.log_mel` gives them; waves (N, T · 64) in [-1, 1].
"""

import torch
from torch import nn
from torch.nn.functional import pad

SILENT = -9.2  # of a log mel spectrogram: as it is where there is no sound


def scaled(mels):
    """Return mel spectrograms about as wide as from -1 to 1."""
    return mels / 4 + 1


class CausalLayer(nn.Module):
    """One layer of WaveNet: from what is now, what was some places ago, each (..., channels), and what the mels say.

    Half of what it finds says what, the other half how much (van den Oord et al. 2016, eq. 2). Returns what goes to the
    next layer and what goes to the end, each (..., channels).
    """

    def __init__(self, channels):
        super().__init__()
        self.both, self.mel = nn.Linear(2 * channels, 2 * channels), nn.Linear(40, 2 * channels, bias=False)
        self.after = nn.Linear(channels, 2 * channels)

    def forward(self, now, ago, said):
        what, how_much = (self.both(torch.cat([ago, now], -1)) + said).chunk(2, -1)
        more, out = self.after(what.tanh() * how_much.sigmoid()).chunk(2, -1)
        return now + more, out


class WaveNet(nn.Module):
    """Level after level, from those before it and a mel spectrogram (van den Oord et al. 2016): logits of 256 levels.

    `dilations`: for each layer, how many places ago it looks.
    """

    def __init__(self, channels=40, dilations=(1, 2, 4, 8, 16, 32, 64, 128) * 2):
        super().__init__()
        self.dilations = dilations
        self.level = nn.Embedding(256, channels)
        self.layers = nn.ModuleList(CausalLayer(channels) for _ in dilations)
        self.out = nn.Sequential(nn.ReLU(), nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, 256))

    def forward(self, levels, mels):
        """Return logits (N, L, 256) of levels (N, L), from those before each alone, and from mels (N, L / 64, 40)."""
        return self.through(self.level(pad(levels, (1, -1), value=128)), mels)  # one place late

    def through(self, x, mels):
        """Return logits (N, L, 256) of what follows on each of x (N, L, channels)."""
        total = 0
        for d, layer in zip(self.dilations, self.layers, strict=True):
            said = layer.mel(scaled(mels)).repeat_interleave(64, 1)
            x, out = layer(x, pad(x, (0, 0, d, -d)), said)
            total = total + out
        return self.out(total)


@torch.no_grad()
def speak(W, mels):
    """Return levels (N, L) drawn by a WaveNet, one after the other, for mels (N, L / 64, 40): L rounds of the network.

    What a layer will look back at waits in its queue, so that a round computes one place (Paine et al. 2016).
    """
    said = [layer.mel(scaled(mels)) for layer in W.layers]
    queues = [[mels.new_zeros(len(mels), W.level.embedding_dim)] * d for d in W.dilations]
    levels = [torch.full((len(mels),), 128)]
    for place in range(64 * mels.shape[1]):
        x, total = W.level(levels[-1]), 0
        for layer, queue, d, mel in zip(W.layers, queues, W.dilations, said, strict=True):
            now, ago = x, queue[place % d]
            queue[place % d] = now
            x, out = layer(now, ago, mel[:, place // 64])
            total = total + out
        levels.append(torch.multinomial(W.out(total).softmax(1), 1)[:, 0])
    return torch.stack(levels[1:], 1)


SIGNS = "abcdefghijklmnopqrstuvwxyzü12345"  # 0 stands for the end


def spelled(syllables, tones):
    """Return syllables in pinyin and their tones as numbers of their letters, (N, 8), with 0 after the end."""
    words = [f"{syllable}{int(tone)}" for syllable, tone in zip(syllables, tones, strict=True)]
    return torch.tensor([[SIGNS.index(sign) + 1 for sign in word] + [0] * (8 - len(word)) for word in words])


class Attention(nn.Module):
    """Which letters a decoder looks at: its state (N, width), what was read (N, 8, width) → their mean, weights (N, 8).

    Additive, as Bahdanau et al. 2015 have it; letters where `closed` (N, 8) is true get a weight of 0.
    """

    def __init__(self, width):
        super().__init__()
        self.question, self.key, self.score = nn.Linear(width, 64), nn.Linear(width, 64), nn.Linear(64, 1)

    def forward(self, state, read, closed):
        scores = self.score((self.key(read) + self.question(state)[:, None]).tanh()).squeeze(2)
        weights = scores.masked_fill(closed, -torch.inf).softmax(1)
        return (weights[..., None] * read).sum(1), weights


class Decoder(nn.Module):
    """One step of Tacotron: the last frame (N, 40) → the next two (N, 2, 40), the logit of the end, attention."""

    def __init__(self, width):
        super().__init__()
        self.prenet = nn.Sequential(
            nn.Linear(40, width), nn.ReLU(), nn.Dropout(0.5), nn.Linear(width, 64), nn.ReLU(), nn.Dropout(0.5)
        )
        self.asks, self.speaks = nn.GRUCell(64 + width, width), nn.GRUCell(2 * width, width)
        self.attention = Attention(width)
        self.frames, self.end = nn.Linear(2 * width, 2 * 40), nn.Linear(2 * width, 1)

    def forward(self, frame, read, closed, memory):
        """`memory`: three (N, width), which the next step gets back; zeros at first. The logit of the end is (N,)."""
        asked, context, spoken = memory
        asked = self.asks(torch.cat([self.prenet(scaled(frame)), context], 1), asked)
        context, weights = self.attention(asked, read, closed)
        spoken = self.speaks(torch.cat([asked, context], 1), spoken)
        both = torch.cat([spoken, context], 1)
        frames = 4 * self.frames(both).unflatten(1, (2, 40)) - 4
        return frames, self.end(both).squeeze(1), weights, (asked, context, spoken)


class Tacotron(nn.Module):
    """Letters (N, 8) to mel spectrograms, two frames at a time, with attention (Wang et al. 2017)."""

    def __init__(self, width=128):
        super().__init__()
        self.sign = nn.Embedding(len(SIGNS) + 1, width)
        self.encoder = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.decoder = Decoder(width)

    def forward(self, letters, mels=None, longest=30):
        """Return mels (N, 2 S, 40), logits (N, S) of the end, and attention (N, S, 8), whose rows sum to 1.

        `mels`: real ones (N, 2 S, 40), to learn from: each step then gets the real frame before it, not its own
        (teacher forcing). Without, S is `longest`.
        """
        read, _ = self.encoder(self.sign(letters))  # (N, 8, width)
        memory = (torch.zeros_like(read[:, 0]),) * 3
        frame, found = torch.full((len(letters), 40), SILENT), []
        for step in range(longest if mels is None else mels.shape[1] // 2):
            frames, end, weights, memory = self.decoder(frame, read, letters == 0, memory)
            found.append((frames, end, weights))
            frame = frames[:, 1] if mels is None else mels[:, 2 * step + 1]
        frames, ends, weights = zip(*found, strict=True)
        return torch.cat(frames, 1), torch.stack(ends, 1), torch.stack(weights, 1)


@torch.no_grad()
def say(T, letters):
    """Return what a Tacotron says for letters (N, 8): a list of mel spectrograms (T, 40), each up to its end."""
    mels, ends, _ = T(letters)
    ends[:, -1] = 1.0  # at the latest
    steps = (ends > 0).int().argmax(1) + 1
    return [mel[: 2 * int(count)] for mel, count in zip(mels, steps, strict=True)]
