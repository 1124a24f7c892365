"""Widgets that answer to the hand: the loss board, the latent and the figure explorer, the player, the playground."""

from .explorer import LatentExplorer
from .figure import FigureExplorer
from .loss_board import LossBoard
from .player import Player
from .playground import Playground

__all__ = ["FigureExplorer", "LatentExplorer", "LossBoard", "Player", "Playground"]
