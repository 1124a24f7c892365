"""The sound player: sounds to hear and to see, as wave, as spectrogram with the pitch, and folded at a period."""

import html
import io
import math
import wave as wav_files
from base64 import b64encode
from pathlib import Path

import anywidget
import ipywidgets
import torch
import traitlets
from matplotlib.figure import Figure
from PIL import Image

from ..checks import as_tensor
from ..data.sound import N_FFT, RATE
from ..data.speech import CREDIT
from ..metrics import tone_shape
from ..plots import show_spectrogram, show_wave
from .still import Picture, StillBox, png, rendered

LONGEST = 10  # seconds of a sound
COLUMNS = 4  # sounds in the still picture
PERIODS = 2, 100  # samples: from those of a discriminator of periods to 80 Hz, the lowest pitch
FOLDED = 300, 240  # pixels of the folded wave
SILENCE = 0.1  # seconds around a sound, since loudspeakers may wake up late


class _Button(anywidget.AnyWidget):
    """The button that plays: see sound.js. `wav`: the sound as a data URI; `name`: of the sound."""

    _esm = (Path(__file__).parent / "sound.js").read_text()
    wav = traitlets.Unicode().tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)


class SoundPlayer(StillBox):
    """Sounds to choose from, to play, and to look at; with a slider that folds the wave at a period.

    `sounds`: by name, waves (L,) of floats in [-1, 1] at 8,000 samples a second, from 256 samples to 10 seconds; what
    is beyond is clipped. The picture shows the wave and its spectrogram with the pitch over it. Folded at a period of
    p samples, row after row has the next p of them: where p is the period of the pitch, stripes stand upright; they
    lean where it is a little shorter or longer. `credit`: what stands below, whose voice it is; "" where none is heard.
    Raises ValueError for other waves. The still picture has the first four sounds.
    """

    def __init__(self, sounds, credit=CREDIT):
        if not isinstance(sounds, dict) or not sounds:
            raise ValueError(f"sounds must be a dict of waves by their names, not {sounds!r:.60}")
        self._sounds = {str(name): _checked(name, sound) for name, sound in sounds.items()}
        self._figures = {}
        look = {"style": {"description_width": "100px"}, "layout": {"width": "380px"}}
        self.menu = ipywidgets.Dropdown(options=[*self._sounds], description="sound", tooltip="sound", **look)
        self.button = _Button()
        name = "fold at period"
        self.slider = ipywidgets.IntSlider(32, *PERIODS, description=name, tooltip=name, **look)
        self._picture, self._fold = (Picture(format="png", layout={"align_self": "flex-start"}) for _ in range(2))
        self._readout = ipywidgets.HTML()
        self._credit = ipywidgets.HTML(f"<small>{html.escape(credit)}</small>")
        pictures = ipywidgets.HBox([self._picture, self._fold], layout={"flex_flow": "row wrap"})
        hear = ipywidgets.HBox([self.menu, self.button], layout={"align_items": "center"})
        super().__init__([hear, pictures, self.slider, self._readout, *([self._credit] if credit else [])])
        self._show()
        self.menu.observe(lambda change: self._show(), "value")
        self.slider.observe(lambda change: self._refold(), "value")

    def _show(self):
        name = self.menu.value
        sound = self._sounds[name]
        if name not in self._figures:
            self._figures[name] = png(drawn({name: sound}))
        self.button.name = name  # before the sound, with which the page reads it
        self.button.wav = data_uri(sound)
        self._picture.value, self._picture.tooltip = self._figures[name], f"{name}: wave, and spectrogram with pitch"
        self._said = f"{name}: {len(sound) / RATE:.2f} s; {pitch_words(sound)}"
        self._refold()

    def _refold(self):
        period = self.slider.value
        self._fold.value = png(folded(self._sounds[self.menu.value], period))
        self._fold.tooltip = f"{self.menu.value}, folded at {period} samples"
        words = f"folded at {period} samples: stripes stand upright where the pitch is {RATE / period:.0f} Hz"
        self._readout.value = f"<code>{html.escape(self._said)}<br>{words}</code>"

    def still(self):
        return drawn(dict([*self._sounds.items()][:COLUMNS]))

    def caption(self):
        count = len(self._sounds)
        return f"Sound player: {count} sound{'s' if count > 1 else ''}, to hear and to see as wave and spectrogram."


def drawn(sounds):
    """Return a picture of sounds, waves (L,) by name, side by side: wave above, spectrogram with pitch below."""
    figure = Figure(figsize=(max(5.2, 2.6 * len(sounds)), 3.4), layout="constrained")
    axes = figure.subplots(2, len(sounds), squeeze=False, height_ratios=(1, 2), sharex="col", sharey="row")
    for (top, bottom), (name, sound) in zip(axes.T, sounds.items(), strict=True):
        show_wave(top, sound, title=name)
        show_spectrogram(bottom, sound)
        top.set_xlabel("")
    for ax in axes[:, 1:].flat:
        ax.set_ylabel("")
    return rendered(figure)


def folded(wave, period):
    """Return a wave (L,) as a grey picture, `period` samples a row from left to right, the next row below.

    Each row is as bright as it can be, but for those that are not a twentieth as loud as the loudest.
    """
    rows = wave[: len(wave) // period * period].view(-1, period)
    loud = rows.abs().amax(1, keepdim=True)
    grey = (rows / loud.clamp(min=max(loud.max().item() / 20, 1e-6)) * 127.5 + 127.5).round().byte().numpy()
    return Image.fromarray(grey).resize(FOLDED, Image.Resampling.NEAREST)


def data_uri(wave):
    """Return a wave (L,) as the data URI of a WAV file: one channel of 16 bits, with a little silence around it."""
    silence = torch.zeros(round(SILENCE * RATE))
    samples = torch.cat([silence, wave, silence]).clamp(-1, 1).mul(32767).round().short()
    file = io.BytesIO()
    with wav_files.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.numpy().astype("<i2").tobytes())
    return f"data:audio/wav;base64,{b64encode(file.getvalue()).decode()}"


def pitch_words(wave):
    """Return in words where the pitch of a wave (L,) begins, what it is in the middle, and where it ends."""
    start, middle, end = tone_shape(wave[None])[0].tolist()
    if math.isnan(start):
        return "no pitch is found"
    return f"its pitch is {start:.0f} Hz at the start, {middle:.0f} in the middle, {end:.0f} at the end"


def _checked(name, sound):
    sound = as_tensor(sound, f"sound {name!r}", "(L,)")
    fits = sound.dim() == 1 and N_FFT <= len(sound) <= LONGEST * RATE and sound.is_floating_point()
    if not fits or not sound.isfinite().all():
        kind = f"{sound.dtype} {tuple(sound.shape)}" if not fits else "NaN or infinity in it"
        raise ValueError(
            f"sound {name!r} must be finite floats (L,) in [-1, 1], {N_FFT} to {LONGEST * RATE:,} samples, not {kind}"
        )
    return sound.cpu().float()
