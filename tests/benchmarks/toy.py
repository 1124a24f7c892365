"""The 2-D toy that loop.py times; as a script, answers each line on stdin with its steps per second."""

import sys
import time
from itertools import cycle, islice

import gan_lessons  # noqa: F401 - before torch, as every lesson does

# isort: split
import torch

from gan_lessons.data import ring
from gan_lessons.losses import non_saturating
from gan_lessons.networks import mlp
from gan_lessons.runtime import seed_everything, set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step

BATCH = 256
Z_DIM = 16


class Toy:
    """One pair of networks on a ring of 8, trained through the package or by hand."""

    def __init__(self):
        seed_everything(0)
        self.G, self.D = mlp(Z_DIM, 2), mlp(2, 1)
        self.g_adam, self.d_adam = (torch.optim.Adam(net.parameters(), lr=1e-3) for net in (self.G, self.D))
        self.batches = cycle(list(islice(ring(8).batches(BATCH), 100)))  # drawn before: sampling is not timed
        set_threads(self.G, self.D)

    def by_iterator(self):
        """Yield the logs of one step after another, without end."""
        return adversarial_steps(
            self.batches,
            lambda real: d_step(self.G, self.D, self.d_adam, non_saturating, real, torch.randn(BATCH, Z_DIM)),
            lambda real: g_step(self.G, self.D, self.g_adam, non_saturating, torch.randn(BATCH, Z_DIM)),
        )

    def by_hand(self):
        """The same, as one would write it without the package, with the same numbers logged.

        Written as most people do: the fake batch is detached after a forward pass that builds a graph, and
        G's step leaves gradients in D, which D's next zero_grad clears. The package spares itself both, which
        pays for its checks.
        """
        for real in self.batches:
            fake = self.G(torch.randn(BATCH, Z_DIM)).detach()
            real_logits, fake_logits = self.D(real), self.D(fake)
            d_loss = non_saturating.d(real_logits, fake_logits)
            self.d_adam.zero_grad()
            d_loss.backward()
            self.d_adam.step()

            g_loss = non_saturating.g(self.D(self.G(torch.randn(BATCH, Z_DIM))))
            self.g_adam.zero_grad()
            g_loss.backward()
            self.g_adam.step()
            yield {
                "d_loss": d_loss.item(),
                "d_real": real_logits.mean().item(),
                "d_fake": fake_logits.mean().item(),
                "g_loss": g_loss.item(),
            }


if __name__ == "__main__":
    steps = Toy().by_iterator()
    for _ in islice(steps, 100):
        pass
    for _ in sys.stdin:
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < 2:
            next(steps)
            done += 1
        print(done / (time.perf_counter() - start), flush=True)
