"""Widgets that answer to the hand: loss board, latent, figure and image explorer, player, quiz and playground."""

from .explorer import LatentExplorer
from .figure import FigureExplorer, ImageExplorer
from .loss_board import LossBoard
from .player import Player
from .playground import Playground
from .quiz import Quiz

__all__ = ["FigureExplorer", "ImageExplorer", "LatentExplorer", "LossBoard", "Player", "Playground", "Quiz"]
