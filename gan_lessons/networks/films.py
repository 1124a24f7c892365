"""Lesson 14's networks: VGAN and MoCoGAN in small, for films of 12 frames of 24×24 pixels."""

import torch
from torch import nn


def up_2d(inputs, outputs):
    """Return layers that double height and width, (N, inputs, H, W) → (N, outputs, 2H, 2W)."""
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def up_3d(inputs, outputs):
    """Return layers that double time, height and width, (N, inputs, T, H, W) → (N, outputs, 2T, 2H, 2W)."""
    return nn.Sequential(
        nn.ConvTranspose3d(inputs, outputs, 4, stride=2, padding=1), nn.BatchNorm3d(outputs), nn.ReLU()
    )


class TwoStreamGenerator(nn.Module):
    """VGAN's generator (Vondrick et al. 2016, section 2.2): z (N, 64) → films (N, 12, 1, 24, 24) in [-1, 1].

    One stream makes a background of one picture, the other a foreground and a mask that move. `mask` is that of the
    last films, for a loss that puts a price on it.
    """

    def __init__(self, z_dim=64, width=64):
        super().__init__()
        a, b, c = width, width // 2, width // 4
        self.background = nn.Sequential(
            nn.Linear(z_dim, b * 3 * 3), nn.Unflatten(1, (b, 3, 3)), nn.BatchNorm2d(b), nn.ReLU(),
            up_2d(b, c), up_2d(c, c), nn.ConvTranspose2d(c, 1, 4, stride=2, padding=1), nn.Tanh(),
        )  # fmt: skip
        self.moving = nn.Sequential(
            nn.Linear(z_dim, a * 3 * 3 * 3), nn.Unflatten(1, (a, 3, 3, 3)), nn.BatchNorm3d(a), nn.ReLU(),
            up_3d(a, b), up_3d(b, c),  # 12 frames of 12×12
            nn.ConvTranspose3d(c, 2, (3, 4, 4), stride=(1, 2, 2), padding=1),  # 12 frames of 24×24, two channels
        )  # fmt: skip

    def parts(self, z):
        """Return foreground and mask (N, 12, 1, 24, 24), the mask in [0, 1], and background (N, 1, 1, 24, 24)."""
        foreground, mask = self.moving(z).transpose(1, 2).split(1, dim=2)
        return foreground.tanh(), mask.sigmoid(), self.background(z)[:, None]

    def forward(self, z):
        foreground, self.mask, background = self.parts(z)
        return self.mask * foreground + (1 - self.mask) * background


class MotionContentGenerator(nn.Module):
    """MoCoGAN's generator (Tulyakov et al. 2018, section 3): films (N, T, 1, 24, 24) in [-1, 1], frame by frame.

    `content` (N, 32): one vector for a whole film. `noise` (N, 1 + T, 16): what drives its motion; the first vector
    begins the path, and each of the others leads it one frame on.
    """

    def __init__(self, content=32, noise=16, motion=32, width=64):
        super().__init__()
        a, b, c = width, width // 2, width // 4
        self.begin = nn.Linear(noise, motion)
        self.walk = nn.GRU(noise, motion, batch_first=True)
        self.image = nn.Sequential(
            nn.Linear(content + motion, a * 3 * 3), nn.Unflatten(1, (a, 3, 3)), nn.BatchNorm2d(a), nn.ReLU(),
            up_2d(a, b), up_2d(b, c), nn.ConvTranspose2d(c, 1, 4, stride=2, padding=1), nn.Tanh(),
        )  # fmt: skip

    def path(self, noise):
        """Return the motion vectors (N, T, 32) to which `noise` (N, 1 + T, 16) leads."""
        return self.walk(noise[:, 1:], self.begin(noise[:, 0])[None])[0]

    def forward(self, content, noise):
        path = self.path(noise)
        both = torch.cat([content[:, None].expand(-1, path.shape[1], -1), path], dim=2)
        return self.image(both.flatten(0, 1)).unflatten(0, both.shape[:2])


class FilmDiscriminator(nn.Module):
    """Films (N, 12, 1, 24, 24) → logits (N,), by 3-D convolutions: it sees what changes."""

    def __init__(self, width=16):
        super().__init__()
        a, b, c = width, 2 * width, 4 * width
        self.layers = nn.Sequential(
            nn.Conv3d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 6 × 12×12
            nn.Conv3d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 3 × 6×6
            nn.Conv3d(b, c, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(c * 3 * 6 * 6, 1),
        )  # fmt: skip

    def forward(self, films):
        return self.layers(films.transpose(1, 2)).squeeze(1)  # channels before time


class FrameDiscriminator(nn.Module):
    """Pictures (N, 1, 24, 24) → logits (N,)."""

    def __init__(self, width=16):
        super().__init__()
        a, b, c = width, 2 * width, 4 * width
        self.layers = nn.Sequential(
            nn.Conv2d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 12×12
            nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 6×6
            nn.Conv2d(b, c, 4, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(c * 3 * 3, 1),
        )  # fmt: skip

    def forward(self, frames):
        return self.layers(frames).squeeze(1)


class FilmAndFrame(nn.Module):
    """MoCoGAN's two judges as one, films (N, T, 1, 24, 24) → logits (N,): the sum of both.

    One sees the film, the other one of its frames, chosen at random. (In the paper each has a loss of its own.)
    """

    def __init__(self, width=16):
        super().__init__()
        self.film, self.frame = FilmDiscriminator(width), FrameDiscriminator(width)

    def forward(self, films):
        time = torch.randint(films.shape[1], (len(films),))
        return self.film(films) + self.frame(films[torch.arange(len(films)), time])
