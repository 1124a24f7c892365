"""Widgets that answer to the hand: the loss board and the latent explorer."""

from .explorer import LatentExplorer
from .loss_board import LossBoard

__all__ = ["LatentExplorer", "LossBoard"]
