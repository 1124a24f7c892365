"""Draw the characters again: print.png, brush.png and round.png, sheets of 62 × 61 pictures, and characters.txt.

    cd data/glyphs
    apt-get install fonts-noto-cjk                      # Debian 12: 1:20220127+repack1-1
    npm install --no-save --no-package-lock @fontsource/ma-shan-zheng@5.3.1 @fontsource/zcool-kuaile@5.3.0
    pip install pillow==13.0.0 fonttools==4.68.0 brotli==1.2.1
    python make.py

The characters are those of GB 2312, level 1, that all three faces have. Each is drawn four times as large, its ink is
centred, and blocks of 4 × 4 pixels become one of 16 greys. Nothing of this is needed to run the course.
"""

from io import BytesIO

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

SIDE, COLUMNS, ENLARGED = 32, 62, 4
NOTO = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
SOURCE = "node_modules/@fontsource/{0}/files/{0}-chinese-simplified-400-normal.woff2"
FACES = {  # file, number of the face in it, size of the em in enlarged pixels
    "print": (NOTO, 2, 118),
    "brush": (SOURCE.format("ma-shan-zheng"), 0, 126),
    "round": (SOURCE.format("zcool-kuaile"), 0, 122),
}


def level_1():
    """Yield the 3,755 characters of GB 2312, level 1, in its order: by their reading."""
    for row in range(0xB0, 0xD8):
        for column in range(0xA1, 0xFF):
            try:
                yield bytes([row, column]).decode("gb2312")
            except UnicodeDecodeError:  # the last row is not full
                pass


def opened(path, number, size):
    """Return the face as Pillow draws it, and the characters that it has."""
    font = TTFont(path, fontNumber=number)
    font.flavor = None  # unpack woff2
    plain = BytesIO()
    font.save(plain)
    plain.seek(0)
    return ImageFont.truetype(plain, size), {chr(code) for code in font.getBestCmap()}


def draw(character, face):
    """Return the character's picture, SIDE × SIDE, black on white, in 16 greys numbered 0 (black) to 15."""
    side = SIDE * ENLARGED
    large = Image.new("L", (2 * side, 2 * side))
    ImageDraw.Draw(large).text((side // 2, side // 2), character, 255, face)
    left, top, right, bottom = large.getbbox()
    x, y = (left + right - side) // 2, (top + bottom - side) // 2
    if right - left > side or bottom - top > side:
        raise ValueError(f"{character} is {right - left} × {bottom - top} pixels, larger than {side}")
    small = large.crop((x, y, x + side, y + side)).reduce(ENLARGED)
    return small.point(lambda ink: 15 - round(ink / 17))


def main():
    faces = {name: opened(*source) for name, source in FACES.items()}
    characters = [c for c in level_1() if all(c in known for _, known in faces.values())]
    rows = -(-len(characters) // COLUMNS)
    for name, (face, _) in faces.items():
        sheet = Image.new("P", (COLUMNS * SIDE, rows * SIDE), 15)
        sheet.putpalette([grey for level in range(16) for grey in (17 * level,) * 3])
        for i, character in enumerate(characters):
            sheet.paste(draw(character, face), (i % COLUMNS * SIDE, i // COLUMNS * SIDE))
        sheet.save(f"{name}.png", bits=4, optimize=True)
    lines = ["".join(characters[i : i + COLUMNS]) for i in range(0, len(characters), COLUMNS)]
    with open("characters.txt", "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
