"""Cut the syllables again: syllables.npz, their sound, and syllables.csv, their names; readings.csv, of characters.

    cd data/speech
    apt-get download gcin-voice && dpkg-deb -x gcin-voice_*.deb .         # Debian 12: 0~20170223-3
    pip install soundfile==0.14.0 scipy==1.17.1 numpy==2.4.6 pypinyin==0.55.0
    python make.py

One voice of the package is used, 5.ogg in each folder, which is under CC BY 3.0; the other, 3.ogg, is under the GPL. A
folder is a syllable in bopomofo (注音) and its tone: 1 is the neutral one there, and none the first. Each clip becomes
8,000 samples a second of 8 bits, coded by the μ-law; silence is cut off its ends, and its end, which is cut short in
the recording, fades out. Nothing of this is needed to run the course.
"""

import csv
from pathlib import Path

import numpy as np
import soundfile
from pypinyin import Style, pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict
from pypinyin.style.bopomofo import BopomofoConverter
from scipy.signal import resample_poly

SOURCE = Path("usr/share/gcin-voice/ogg")
RATE = 8_000
QUIET = 0.1  # the loudest sample of a clip that is left out: three are all but silent
SILENCE = 0.003  # of the loudest sample; below 4 kHz little is left of an s
MARGIN, FADE = 40, 80  # samples kept around what is louder than silence, and faded at the end: 5 and 10 ms
TONES = {"1": 5, "2": 2, "3": 3, "4": 4}  # by the folder's last character; 5 is the neutral tone


def letters():
    """Return the syllables in Latin letters (pinyin, without tones, with ü) by their bopomofo."""
    known = {to_normal(one, v_to_u=True) for readings in pinyin_dict.values() for one in readings.split(",")}
    known.discard("wong")  # no Mandarin: a dialect's spelling of weng
    table = {}
    for syllable in sorted(known):
        if table.setdefault(BopomofoConverter().to_bopomofo(syllable).strip("ˊˇˋ˙"), syllable) != syllable:
            raise ValueError(f"{syllable} is written as {table} has it already")
    return table


def cut(wave):
    """Return a clip at RATE without the silence around it, faded out, or None where it holds nothing."""
    if np.abs(wave).max() < QUIET:
        return None
    wave = resample_poly(wave, 80, 441)  # from 44,100
    loud = np.flatnonzero(np.abs(wave) > SILENCE * np.abs(wave).max())
    wave = wave[max(loud[0] - MARGIN, 0) : loud[-1] + MARGIN]
    wave[-FADE:] *= np.cos(np.linspace(0, np.pi / 2, FADE)) ** 2
    return wave


def mu_law(wave):
    """Return samples in [-1, 1] in 256 levels, uint8, which lie the closer the nearer to silence (ITU-T G.711, μ)."""
    wave = np.clip(wave, -1, 1)
    return np.floor((np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256) + 1) / 2 * 255 + 0.5).astype(np.uint8)


def clips():
    """Yield pinyin, tone, bopomofo and μ-law samples of each clip, in the order of the first two."""
    table, found = letters(), []
    for path in SOURCE.glob("*/5.ogg"):
        bopomofo = path.parent.name.rstrip("1234")
        found.append((table[bopomofo], TONES.get(path.parent.name[len(bopomofo) :], 1), bopomofo, path))
    for syllable, tone, bopomofo, path in sorted(found):
        wave, rate = soundfile.read(path)
        if rate != 44_100 or wave.ndim != 1:
            raise ValueError(f"{path} is not one channel of 44,100 samples a second")
        if (wave := cut(wave)) is not None:
            yield syllable, tone, bopomofo, mu_law(wave)


def characters():
    """Yield the 6,763 characters of GB 2312, in its order, and 14 other forms of some that the poems have."""
    for row in range(0xB0, 0xF8):
        for column in range(0xA1, 0xFF):
            try:
                yield bytes([row, column]).decode("gb2312")
            except UnicodeDecodeError:  # some rows are not full
                pass
    yield from "徧慙浄猨疎祇簷谿遶隠頼髪鬰鴈"


def reading(character):
    """Return a character's first reading with a tone of its own, 1 to 4, as verse has it; else the neutral one, 5."""
    (texts,) = pinyin(character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True, v_to_u=True)
    text = next((text for text in texts if text[-1] != "5"), texts[0])
    return text[:-1], int(text[-1])


def write(name, header, rows):
    with open(name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main():
    syllables, tones, bopomofo, waves = zip(*clips(), strict=True)
    lengths = [len(wave) for wave in waves]
    rows = zip(syllables, tones, bopomofo, lengths, strict=True)
    write("syllables.csv", ["syllable", "tone", "bopomofo", "samples"], rows)
    np.savez_compressed("syllables.npz", mu_law=np.concatenate(waves))
    write("readings.csv", ["character", "syllable", "tone"], ((c, *reading(c)) for c in characters()))
    print(f"{len(waves):,} clips, {sum(lengths) / RATE / 60:.1f} minutes")


if __name__ == "__main__":
    main()
