"""Widgets that answer to the hand: loss board, explorers, player, sound player, writer, quiz and playground."""

from .explorer import LatentExplorer
from .figure import FigureExplorer, ImageExplorer
from .loss_board import LossBoard
from .player import Player
from .playground import Playground
from .quiz import Quiz
from .sound import SoundPlayer
from .writer import Writer

__all__ = [
    "FigureExplorer",
    "ImageExplorer",
    "LatentExplorer",
    "LossBoard",
    "Player",
    "Playground",
    "Quiz",
    "SoundPlayer",
    "Writer",
]
