"""Widgets that answer to the hand: the loss board, the latent explorer and the figure explorer."""

from .explorer import LatentExplorer
from .figure import FigureExplorer
from .loss_board import LossBoard

__all__ = ["FigureExplorer", "LatentExplorer", "LossBoard"]
