"""Two test processes side by side, where the machine has two cores: each gets its share of them."""

import os

# before torch is imported, here and in the kernels that tests start
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, len(os.sched_getaffinity(0)) // workers)))
