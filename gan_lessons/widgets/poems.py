"""Poems with their rhymes and tones marked, and a slider for the temperature at which a model writes them."""

import html
import threading

import ipywidgets
import torch
from PIL import Image, ImageDraw

from .. import metrics
from ..checks import whole
from ..data.poems import LINES, WIDTH, check_characters, pictures, poems, to_text
from .figure import _slider
from .still import StillBox

TONES = {1: ("○", "level"), -1: ("●", "oblique"), 0: ("·", "either")}
LEGEND = (
    '<div style="font-size:12px">○ level tone · ● oblique tone · a dot: either, or not in the book · '
    "boxed and underlined: these line ends rhyme</div>"
)
RHYMING = "background:#cfe6f5;color:#00344f;text-decoration:underline;text-underline-offset:3px;border-radius:3px"
BOX, INK, PAPER = (0xCF, 0xE6, 0xF5), (0x00, 0x34, 0x4F), (255, 255, 255)  # the same in the still picture
CELL, MARK, GAP = 34, 12, 22  # pixels of the still picture: a character's side, its mark's height, between poems
ACROSS = 4  # poems beside each other in the still picture


class PoemPage(StillBox):
    """Poems (N, 20), numbers of characters, in full: each character's tone above it, and the line ends that rhyme.

    A ring marks a level tone, a disc an oblique one. `titles`: a line of text over each poem, if any. Raises ValueError
    for other shapes and numbers, and where there are not as many titles as poems.
    """

    def __init__(self, poems, titles=None):
        self._poems = check_characters(poems, LINES * WIDTH)
        if titles is not None and len(titles) != len(self._poems):
            raise ValueError(f"there must be a title for each of the {len(self._poems)} poems, not {len(titles)}")
        super().__init__([ipywidgets.HTML(page(self._poems, titles)), ipywidgets.HTML(LEGEND)])

    def still(self):
        return drawn(self._poems)

    def caption(self):
        count = len(self._poems)
        return f"Poem page: {count} poem{'s' if count > 1 else ''} of four lines, with tones and rhymes marked."


class PoemReader(StillBox):
    """A slider for the temperature, the first of the poems that a model then writes, and what the judges count in all.

    `sample`: a function of temperature and count that returns poems (count, 20), numbers of characters. It runs without
    gradients and from `seed`, which can be typed, and leaves torch's random state alone. `known`: poems (M, 20) that
    the model was trained on, for the share of unseen lines. `count`: how many are judged, of which `shown` are shown.
    `temperature`: (low, high, step, start). Beside the model's figures stand those of as many real, held-out poems.
    Raises ValueError where `sample` returns anything else, and for numbers that can not be; what goes wrong later is
    shown below.
    """

    def __init__(self, sample, known=None, count=200, shown=4, seed=0, temperature=(0.3, 1.5, 0.05, 1.0)):
        real = poems(train=False).characters
        self._sample, self._known = sample, None if known is None else check_characters(known, LINES * WIDTH)
        self._count = whole(count, "count", 1, len(real), "held-out poems")
        self._shown = whole(shown, "shown", 1, self._count, "poems that are judged")
        self._real = self._scores(
            real[torch.randperm(len(real), generator=torch.Generator().manual_seed(0))[: self._count]]
        )
        self._lock = threading.Lock()
        self.slider = _slider("temperature", temperature)
        self.slider.continuous_update = False  # a model takes its time
        self.seed = ipywidgets.BoundedIntText(
            whole(seed, "seed", 0, 9999), min=0, max=9999, description="seed", tooltip="seed", layout={"width": "200px"}
        )
        self._page, self._table, self._readout = (ipywidgets.HTML() for _ in range(3))
        row = ipywidgets.HBox([self._page, self._table], layout={"flex_flow": "row wrap"})
        super().__init__([ipywidgets.HBox([self.slider, self.seed]), row, ipywidgets.HTML(LEGEND), self._readout])
        self._draw()
        for control in (self.slider, self.seed):
            control.observe(self._changed, "value")

    def _changed(self, change):
        with self._lock:
            try:
                self._draw()
                self._readout.value = ""
            except Exception as error:  # in a callback it would be lost in the server's log
                self._readout.value = f"<code>{html.escape(f'{type(error).__name__}: {error}')}</code>"

    def _draw(self):
        temperature = self.slider.value
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed.value)
            made = check_characters(self._sample(temperature, self._count), LINES * WIDTH)
        if len(made) != self._count:
            raise ValueError(f"sample must return {self._count} poems, as many as it was asked for, not {len(made)}")
        self._made = made[: self._shown]
        self._page.value = page(self._made)
        self._table.value = table(self._scores(made), self._real, f"{self._count} at {temperature:g}")

    def _scores(self, some):
        """Return what the judges say of poems, by the judge's name."""
        scores = {
            "lines 2 and 4 rhyme": metrics.rhyme(some),
            "tones contrast in a line": metrics.tone_contrast(some),
            **{f"line {i} ends level": share for i, share in enumerate(metrics.level_ends(some), start=1)},
            "pairs of characters that differ": metrics.distinct_ngrams(some),
        }
        return scores if self._known is None else scores | {"lines unseen": metrics.unseen_lines(some, self._known)}

    def still(self):
        return drawn(self._made)

    def caption(self):
        return (
            f"Poem reader: {self._shown} of {self._count} poems that a model writes at a temperature set by a slider, "
            "with tones, rhymes and scores."
        )


def page(some, titles=None):
    """Return checked poems (N, 20) as HTML: tones above the characters, rhyming line ends boxed and underlined."""
    parts = zip(to_text(some), metrics.tones(some).tolist(), metrics.rhyming_ends(some).tolist(), strict=True)
    blocks = [_block(*poem, "" if titles is None else titles[i]) for i, poem in enumerate(parts)]
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px 28px;margin-bottom:8px">{"".join(blocks)}</div>'


def _block(text, tones, rhyming, title):
    rows = []
    for line in range(LINES):
        row = []
        for place in range(line * WIDTH, (line + 1) * WIDTH):
            mark = f'<ruby>{text[place]}<rt style="font-size:10px">{TONES[tones[place]][0]}</rt></ruby>'
            marked = rhyming[line] and place % WIDTH == WIDTH - 1
            row.append(f'<span style="{RHYMING}">{mark}</span>' if marked else mark)
        rows.append(f'<div style="padding-top:8px">{"".join(row)}</div>')
    heading = f'<div style="font-size:12px">{html.escape(title)}</div>' if title else ""
    label = html.escape(described(text, tones, rhyming))
    return (
        f'<div>{heading}<div role="img" lang="zh-Hans" aria-label="{label}" '
        f'style="font-size:24px;line-height:1.3;letter-spacing:2px">{"".join(rows)}</div></div>'
    )


def described(text, tones, rhyming):
    """Return in words what is marked in a poem: its text, the lines that rhyme, the tones of each line."""
    lines = [text[i : i + WIDTH] for i in range(0, len(text), WIDTH)]
    which = [str(i) for i, rhymes in enumerate(rhyming, start=1) if rhymes]
    rhyme = f"Lines {', '.join(which[:-1])} and {which[-1]} rhyme" if which else "Lines 2 and 4 do not rhyme"
    names = [TONES[tone][1] for tone in tones]
    spoken = "; ".join(" ".join(names[i : i + WIDTH]) for i in range(0, len(names), WIDTH))
    return f"{'，'.join(lines)}。 {rhyme}. Tones: {spoken}."


def table(scores, real, name):
    """Return an HTML table of scores, by their names, beside those of real poems."""
    cells = '<td style="text-align:right;padding:0 8px">'
    rows = [
        f'<tr><th scope="row" style="text-align:left;font-weight:normal">{key}</th>'
        f"{cells}{score:.2f}</td>{cells}{real[key]:.2f}</td></tr>"
        for key, score in scores.items()
    ]
    head = f'<tr><td></td><th scope="col">{name}</th><th scope="col">real</th></tr>'
    return f'<table style="font-size:13px;line-height:1.5">{head}{"".join(rows)}</table>'


def drawn(some):
    """Return checked poems (N, 20) as an RGB PIL image, marked as in `page`, with the course's own pictures."""
    tones, rhyming = metrics.tones(some).tolist(), metrics.rhyming_ends(some).tolist()
    across, width, height = min(ACROSS, len(some)), WIDTH * CELL + GAP, LINES * (CELL + MARK) + GAP
    sheet = Image.new("RGB", (GAP + across * width, GAP // 2 + -(-len(some) // across) * height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, poem in enumerate(some.tolist()):
        left, top = GAP + number % across * width, GAP // 2 + number // across * height
        for place, character in enumerate(poem):
            line, column = divmod(place, WIDTH)
            x, y = left + column * CELL, top + line * (CELL + MARK) + MARK
            marked = rhyming[number][line] and column == WIDTH - 1
            _draw_character(sheet, pen, (x, y), character, marked)
            _draw_tone(pen, (x + CELL // 2 - 1, y - MARK // 2), tones[number][place])
    return sheet


def _draw_character(sheet, pen, at, character, marked):
    x, y = at
    if marked:
        pen.rectangle((x - 1, y - 1, x + 32, y + 32), fill=BOX)
        pen.line((x, y + 33, x + 31, y + 33), fill=INK, width=2)
    ink = Image.fromarray(255 - pictures()[character, 0].numpy())
    sheet.paste(Image.new("RGB", ink.size, INK if marked else (0, 0, 0)), at, ink)


def _draw_tone(pen, centre, tone):
    x, y = centre
    reach = 3 if tone else 1
    pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=None if tone > 0 else (0, 0, 0), outline=(0, 0, 0))
