"""The helper package of GAN Lessons: small tools that the notebooks share.

Import what a lesson needs from the modules, for example ``from gan_lessons.training import d_step``.
"""

import os

# OpenMP's workers spin while they wait for work. Spinning for long makes a machine that does anything else at the
# same time many times slower; not spinning at all costs convolutions a quarter of their speed. So spin briefly. It
# must be said before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")

__version__ = "0.1.0"
