"""Widgets that answer to the hand: the loss board, the latent and the figure explorer, the playground."""

from .explorer import LatentExplorer
from .figure import FigureExplorer
from .loss_board import LossBoard
from .playground import Playground

__all__ = ["FigureExplorer", "LatentExplorer", "LossBoard", "Playground"]
