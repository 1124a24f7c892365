"""Lesson 16's networks: a GPT in small, which writes poems character by character, and SeqGAN's discriminator."""

import torch
from torch import nn
from torch.nn.functional import linear, scaled_dot_product_attention


class Attention(nn.Module):
    """Let each place look at itself and at those before it, (N, L, width) → the same (Vaswani et al. 2017, eq. 1)."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ask, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        query, key, value = self.ask(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (N, heads, L, …)
        found = scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.out(found.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Look back, then think: attention and a network of two layers, each added to what was there."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.look = nn.Sequential(nn.LayerNorm(width), Attention(width, heads), nn.Dropout(dropout))
        self.think = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        x = x + self.look(x)
        return x + self.think(x)


class GPT(nn.Module):
    """Characters so far, int64 (N, L) with L < `places`, → logits (N, L + 1, characters) of each and of the next one.

    The logits at a place depend on the characters before it alone (Radford et al. 2018). Each character's vector serves
    at the entrance and at the exit (Press & Wolf 2017).
    """

    def __init__(self, characters=1500, places=20, width=128, layers=3, heads=4, dropout=0.1):
        super().__init__()
        self.character = nn.Embedding(characters + 1, width)  # the last one stands before the beginning
        self.place = nn.Embedding(places, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(*(Block(width, heads, dropout) for _ in range(layers)), nn.LayerNorm(width))
        for embedding in (self.character, self.place):
            nn.init.normal_(embedding.weight, std=0.02)

    def forward(self, before):
        begin = before.new_full((len(before), 1), len(self.character.weight) - 1)
        before = torch.cat([begin, before], 1)
        x = self.character(before) + self.place.weight[: before.shape[1]]
        return linear(self.blocks(self.dropout(x)), self.character.weight[:-1])


class SequenceDiscriminator(nn.Module):
    """Characters, int64 (N, L), to logits (N,): kernels over 1 to 4 characters, of each the strongest answer anywhere.

    As in SeqGAN (Yu et al. 2017), after Kim 2014. L is 4 or more.
    """

    def __init__(self, characters=1500, width=32, dropout=0.25):
        super().__init__()
        self.character = nn.Embedding(characters, width)
        self.kernels = nn.ModuleList(nn.Conv1d(width, width, size) for size in (1, 2, 3, 4))
        self.verdict = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * width, 1))

    def forward(self, x):
        x = self.character(x).transpose(1, 2)
        strongest = [kernel(x).relu().amax(2) for kernel in self.kernels]
        return self.verdict(torch.cat(strongest, 1)).squeeze(1)
