"""The helper package of GAN Lessons: small tools that the notebooks share.

Import what a lesson needs from the modules, for example ``from gan_lessons.training import d_step``.
"""

import os

# OpenMP's workers spin while they wait. With another busy process on the machine that makes small networks
# tens of times slower, so ask them to sleep instead; it must be said before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

__version__ = "0.1.0"
