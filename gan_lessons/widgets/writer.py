"""The writer: characters that are typed, and what a network makes of their pictures."""

import html
import threading

import ipywidgets
import torch

from ..checks import check_images, whole
from ..plots import tiled
from .still import Picture, StillBox, png

LONGEST = 24  # characters at a time
LARGE = 3  # how much larger the three pictures of the chosen character are


class Writer(StillBox):
    """A field to type into, the characters as ``generate`` makes them, and a button for each, for a closer look.

    `generate`: maps pictures (N, C, H, W) in [-1, 1] to others of the same shape; it runs without gradients.
    `characters`: a string of all M characters that can be typed; `seen` and `wanted` (M, C, H, W): their pictures as
    given to `generate`, and as it should make them. `held_out`: those that training never showed, marked by a star.
    `text`: what the field begins with. `scale`: how wide a pixel is shown. A click on a character's button shows what
    the network saw, what it made, and what it should have made. Raises ValueError where sizes do not fit.
    """

    def __init__(self, generate, characters, seen, wanted, held_out="", text="", scale=2):
        self._generate, self._scale = generate, whole(scale, "scale")
        seen, wanted = check_images(seen, "seen"), check_images(wanted, "wanted")
        if not len(characters) == len(seen) == len(wanted) > 0 or seen.shape != wanted.shape:
            raise ValueError(
                f"characters, seen and wanted must be as many and of one size, not {len(characters)}, "
                f"{tuple(seen.shape)} and {tuple(wanted.shape)}"
            )
        self._seen, self._wanted, self._held_out = seen, wanted, frozenset(held_out)
        self._places = {character: place for place, character in enumerate(characters)}
        self._lock = threading.RLock()  # a new text chooses a button, too
        self.field = ipywidgets.Text(
            text, description="type", tooltip="characters to brush", layout={"width": "480px"}, continuous_update=True
        )
        self.buttons = ipywidgets.ToggleButtons(style={"button_width": "44px"}, tooltip="a character to look at")
        self._line, self._close = (Picture(format="png", layout={"align_self": "flex-start"}) for _ in range(2))
        self._readout, self._names = ipywidgets.HTML(), ipywidgets.HTML()
        super().__init__([self.field, self._line, self._readout, self.buttons, self._close, self._names])
        self._write()
        self.field.observe(self._safely(self._write), "value")
        self.buttons.observe(self._safely(self._look), "value")

    def _safely(self, act):
        def changed(change):
            with self._lock:
                try:
                    act()
                except Exception as error:  # in a callback it would be lost in the server's log
                    self._readout.value = f"<code>{html.escape(f'{type(error).__name__}: {error}')}</code>"

        return changed

    def _write(self):
        """Make the typed characters anew; those that are not known are left out, and named."""
        typed = [character for character in self.field.value if not character.isspace()]
        known = [character for character in typed if character in self._places]
        unknown = dict.fromkeys(character for character in typed if character not in self._places)
        notes = [f"not among the {len(self._places):,}: {' '.join(unknown)}"] if unknown else []
        if len(known) > LONGEST:
            notes.append(f"the first {LONGEST} of {len(known)} are shown")
        if not known:
            known = [next(iter(self._places))]
            notes.append(f"nothing to brush: {known[0]} is shown instead")
        known = known[:LONGEST]
        places = torch.tensor([self._places[character] for character in known])
        seen = self._seen[places]
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            made = check_images(self._generate(seen), "the images of generate")
        if made.shape != seen.shape:
            raise ValueError(f"generate must return images {tuple(seen.shape)}, not {tuple(made.shape)}")
        self._shown = {
            character: three for character, *three in zip(known, seen, made, self._wanted[places], strict=True)
        }
        self._still = tiled(made, columns=LONGEST // 2, scale=self._scale)
        held_out = [character for character in self._shown if character in self._held_out]
        notes.append(f"held out, marked *: {' '.join(held_out)}" if held_out else "all of these were trained on")
        self._line.value, self._line.tooltip = png(self._still), f"{''.join(known)}, as the network makes them"
        self._readout.value = f"<code>{html.escape('; '.join(notes))}</code>"
        self.buttons.options = [(character + "*" * (character in held_out), character) for character in self._shown]
        self.buttons.value = known[-1]  # the one just typed
        self._look()

    def _look(self):
        """Show the chosen character closely: seen, made and wanted."""
        character = self.buttons.value
        three = self._shown[character]
        self._close.value = png(tiled(torch.stack(three), columns=3, scale=LARGE * self._scale))
        self._close.tooltip = f"{character}: what the network saw, what it made, what it should have made"
        kind = "held out" if character in self._held_out else "trained on"
        self._names.value = f"<code>{html.escape(character)} ({kind}): seen · made · should be</code>"

    def still(self):
        return self._still

    def caption(self):
        return f"Writer: typed characters, of {len(self._places):,}, as a network makes them."
