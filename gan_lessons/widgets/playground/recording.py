"""The recording of a run: the moments that the page can go back to."""


class Recording:
    """Frames of a run, at most `LIMIT` and the newest: when there are more, every second one is dropped.

    Each has under "data" what the real ones were at its time.
    """

    LIMIT = 100

    def __init__(self):
        self.clear()

    def clear(self):
        """Begin anew, without any frame."""
        self.frames, self._every, self._added = [], 1, 0

    def add(self, frame):
        """Add a frame; it stays for good only if it is due, but the newest one is always there."""
        if self.frames and all(self.frames[-1][n] == frame[n] for n in ("step", "d_updates", "g_updates")):
            self.frames[-1] = frame  # the same moment, seen with other settings
            return
        if self.frames and (self._added - 1) % self._every:
            self.frames.pop()  # it was there as the newest alone
        self.frames.append(frame)
        self._added += 1
        if len(self.frames) > self.LIMIT:
            self.frames = self.frames[::2]
            self._every *= 2
