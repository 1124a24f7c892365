"""The history of a game: the means of its losses and measures, for the curves and the diagnosis."""

import numpy as np


class History:
    """The means of whatever was logged, in at most `BINS` bins of equally many entries: it never grows beyond."""

    NAMES = ("d_loss", "g_loss", "d_real", "d_fake", "jsd", "covered", "total", "good", "g_grad")
    BINS = 400

    def __init__(self):
        self._sums, self._counts = np.zeros((2, len(self.NAMES), self.BINS))
        self._width, self.entries = 1, 0  # of a bin, in entries

    def append(self, logs):
        """Begin a new entry with the values of `logs` that have a name here."""
        if self.entries == self.BINS * self._width:
            for array in (self._sums, self._counts):
                array[:, : self.BINS // 2] = array[:, ::2] + array[:, 1::2]
                array[:, self.BINS // 2 :] = 0
            self._width *= 2
        self.entries += 1
        self.note(logs)

    def note(self, logs):
        """Add values to the last entry."""
        where = max(self.entries - 1, 0) // self._width
        for i, name in enumerate(self.NAMES):
            if name in logs:
                self._sums[i, where] += logs[name]
                self._counts[i, where] += 1

    def forget(self, *names):
        """Drop all values of these names."""
        where = [self.NAMES.index(name) for name in names]
        self._sums[where] = self._counts[where] = 0

    def curves(self):
        """Return the number of the middle entry of each bin, (bins,), and a dict of means (bins,), NaN where none."""
        bins = -(-self.entries // self._width)
        with np.errstate(invalid="ignore"):
            means = self._sums[:, :bins] / self._counts[:, :bins]
        return (np.arange(bins) + 0.5) * self._width, dict(zip(self.NAMES, means, strict=True))

    def rows(self):
        """Return the bins that have D's logits as a list of dicts, as `gan_lessons.diagnosis.diagnose` reads them."""
        curves = self.curves()[1]
        rows = (dict(zip(curves, row, strict=True)) for row in zip(*(v.tolist() for v in curves.values()), strict=True))
        return [{k: v for k, v in row.items() if v == v} for row in rows if row["d_real"] == row["d_real"]]
