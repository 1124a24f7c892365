"""Lesson 17's networks: 3D-GAN in small, for shapes of 16×16×16 voxels."""

from torch import nn


class VoxelGenerator(nn.Module):
    """3D-GAN's generator (Wu et al. 2016, section 3.1) in small: z (N, 64) → voxels (N, 1, 16, 16, 16) in [0, 1]."""

    def __init__(self, z_dim=64, width=96):
        super().__init__()
        a, b, c = width, width // 2, width // 4
        self.layers = nn.Sequential(
            nn.Linear(z_dim, a * 2 * 2 * 2), nn.Unflatten(1, (a, 2, 2, 2)), nn.BatchNorm3d(a), nn.ReLU(),
            nn.ConvTranspose3d(a, b, 4, stride=2, padding=1), nn.BatchNorm3d(b), nn.ReLU(),  # 4×4×4
            nn.ConvTranspose3d(b, c, 4, stride=2, padding=1), nn.BatchNorm3d(c), nn.ReLU(),  # 8×8×8
            nn.ConvTranspose3d(c, 1, 4, stride=2, padding=1), nn.Sigmoid(),  # 16×16×16
        )  # fmt: skip

    def forward(self, z):
        return self.layers(z)


class VoxelDiscriminator(nn.Module):
    """Voxels (N, 1, 16, 16, 16) → logits (N,): the generator's mirror image, without a sigmoid."""

    def __init__(self, width=16):
        super().__init__()
        a, b, c = width, 2 * width, 4 * width
        self.features = nn.Sequential(
            nn.Conv3d(1, a, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 8×8×8
            nn.Conv3d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # 4×4×4
            nn.Conv3d(b, c, 4, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),  # 2×2×2
        )  # fmt: skip
        self.last = nn.Linear(c * 2 * 2 * 2, 1)

    def forward(self, voxels):
        return self.last(self.features(voxels)).squeeze(1)
