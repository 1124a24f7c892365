"""The playground: a GAN on 2-D points, taken apart in the learner's hands."""

from .playground import Playground

__all__ = ["Playground"]
