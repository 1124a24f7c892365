"""Widgets that answer to the hand: loss board, explorers, players, voxel viewer, writer, poems, quiz, playground."""

from .explorer import LatentExplorer
from .figure import FigureExplorer, ImageExplorer
from .loss_board import LossBoard
from .player import Player
from .playground import Playground
from .poems import PoemPage, PoemReader
from .quiz import Quiz
from .sound import SoundPlayer
from .voxels import VoxelViewer
from .writer import Writer

__all__ = [
    "FigureExplorer",
    "ImageExplorer",
    "LatentExplorer",
    "LossBoard",
    "Player",
    "Playground",
    "PoemPage",
    "PoemReader",
    "Quiz",
    "SoundPlayer",
    "VoxelViewer",
    "Writer",
]
