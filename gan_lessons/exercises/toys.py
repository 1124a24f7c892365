"""Networks with one weight, for checks whose answer can be worked out by hand; making them draws no random number."""

import torch
from torch import nn


class Scale(nn.Module):
    """Multiplies by one weight, (N, 1) → (N, 1)."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(weight)))

    def forward(self, x):
        return self.weight * x


class Score(Scale):
    """The same, as logits: (N, 1) → (N,)."""

    def forward(self, x):
        return super().forward(x).squeeze(1)
