"""The quiz: real and made images one by one, to be told apart by eye."""

import ipywidgets
import torch

from ..checks import check_images, range_fault, whole
from ..metrics import share_interval
from ..plots import tiled
from .still import Picture, StillBox, png

SCALE = 6  # how many pixels of the screen one of the image is wide


class Quiz(StillBox):
    """Images, each real or made by the toss of a coin; two buttons to say which, and the score with its interval.

    `real` and `made`: images (N, C, H, W) and (M, C, H, W) in [-1, 1]. `questions`: how many are asked, at most as many
    as either set has; no image is asked twice. `seed`: of the choice. ``answers``
    holds for each answer whether it was right. Raises ValueError for other shapes, values and numbers. After the last
    question the picture shows the images that were misjudged.
    """

    def __init__(self, real, made, questions=20, seed=0):
        real, made = check_images(real, "real"), check_images(made, "made")
        if real.shape[1:] != made.shape[1:]:
            raise ValueError(f"real {tuple(real.shape)} and made images {tuple(made.shape)} must be of one size")
        for images, name in ((real, "real images"), (made, "made images")):
            if fault := range_fault(images, name):
                raise ValueError(fault)
        questions = whole(questions, "questions", 1, min(len(real), len(made)), "images of each kind")
        generator = torch.Generator().manual_seed(whole(seed, "seed", 0))
        self._is_real = torch.rand(questions, generator=generator) < 0.5
        chosen = [images[torch.randperm(len(images), generator=generator)[:questions]] for images in (real, made)]
        self._images = torch.where(self._is_real[:, None, None, None], *(x.to(real.dtype).cpu() for x in chosen))
        self.answers = []
        self._image = Picture(format="png", layout={"align_self": "flex-start"})
        self._readout = ipywidgets.HTML()
        self._buttons = [ipywidgets.Button(description=text, tooltip=f"it is {text}") for text in ("real", "made")]
        for button, says_real in zip(self._buttons, (True, False), strict=True):
            button.on_click(lambda _, says_real=says_real: self.answer(says_real))
        super().__init__([self._image, ipywidgets.HBox(self._buttons), self._readout])
        self._show()

    def answer(self, says_real):
        """Take an answer to the present question, as the buttons do; after the last it does nothing."""
        if len(self.answers) < len(self._images):
            self.answers.append(bool(says_real) == bool(self._is_real[len(self.answers)]))
            self._show()

    def _show(self):
        done, of = len(self.answers), len(self._images)
        over = done == of
        if over:
            wrong = ~torch.tensor(self.answers)
            shown = tiled(self._images[wrong if wrong.any() else slice(None)], columns=10)
        else:
            shown = tiled(self._images[done : done + 1], scale=SCALE)
        self._image.value = png(shown)
        self._image.tooltip = "the images that were misjudged" if over else f"question {done + 1}: real or made?"
        for button in self._buttons:
            button.disabled = over
        text = [f"question {done + 1} of {of}"] if not over else ["over; above: those misjudged"]
        if over and all(self.answers):
            text = ["over; none was misjudged; above: all"]
        if done:
            low, high = share_interval(sum(self.answers), done)
            last = "real" if self._is_real[done - 1] else "made"
            text.append(f"the last one was {last}")
            text.append(f"{sum(self.answers)} of {done} right, 95 % interval {low:.0%} to {high:.0%}; guessing is 50 %")
        self._readout.value = f"<code>{' · '.join(text)}</code>"

    def still(self):
        return tiled(self._images, columns=10).convert("RGB")

    def caption(self):
        return f"Quiz: {len(self._images)} images, each real or made by a generator, to be told apart by two buttons."
