// Draw the avatars again: avatars.png, a sheet of 80 × 50 faces of 16 × 16 pixels, and attributes.csv, a line a face.
//
//   cd data/avatars
//   npm install --no-save --no-package-lock @dicebear/core@9.4.3 @dicebear/pixel-art@9.4.3 @resvg/resvg-js@2.6.2
//   node make.mjs
//
// It takes two minutes. Nothing of this is needed to run the course.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

import { createAvatar } from "@dicebear/core";
import * as pixelArt from "@dicebear/pixel-art";
import { Resvg } from "@resvg/resvg-js";

const [SIDE, COLUMNS, ROWS] = [16, 80, 50];
const OPTIONS = {
  backgroundColor: ["ffffff", "ffdfbf", "b6e3f4", "c0aede"],
  skinColor: ["ffdbac", "e0b687", "b68655", "8d5524"],
  hairColor: ["cab188", "83623b", "28150a", "bd1700", "009bbd", "91cb15"],
  mouth: ["happy06", "happy07", "happy08", "happy09", "sad01", "sad02", "sad03", "sad08", "sad09"],
  mouthColor: ["de0f0d", "e35d6a"],
  glassesProbability: 40,
  hatProbability: 20,
  beardProbability: 0, // a beard is drawn so faintly that it can be told from none on few faces
  accessoriesProbability: 0,
};
const ATTRIBUTES = {
  background: "primaryBackgroundColor",
  skin: "skinColor",
  hair: "hair",
  hair_colour: "hairColor",
  eyes: "eyes",
  mouth: "mouth",
  clothing: "clothing",
  clothing_colour: "clothingColor",
  glasses: "glasses",
  hat: "hat",
};

/** Return a face's pixels, RGBA, and its attributes. Neighbouring seeds resemble each other, so they are hashed. */
function face(number) {
  const seed = createHash("sha256").update(`avatar ${number}`).digest("hex");
  const avatar = createAvatar(pixelArt, { ...OPTIONS, seed });
  const { extra } = avatar.toJson();
  const pixels = new Resvg(avatar.toString(), { fitTo: { mode: "width", value: SIDE } }).render().pixels;
  const line = Object.values(ATTRIBUTES).map((key) => (extra[key] ?? "none").replace("#", ""));
  return { pixels, line: line.join(",") };
}

/** Return an 8-bit RGB image as the bytes of a PNG file. */
function png(rgb, width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, check]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const rows = Buffer.alloc(height * (1 + 3 * width)); // each row begins with 0: no filter
  for (let y = 0; y < height; y++) rgb.copy(rows, y * (1 + 3 * width) + 1, y * 3 * width, (y + 1) * 3 * width);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

const width = COLUMNS * SIDE;
const sheet = Buffer.alloc(width * ROWS * SIDE * 3);
const lines = [Object.keys(ATTRIBUTES).join(",")];
const seen = new Set();
for (let number = 0; seen.size < COLUMNS * ROWS; number++) {
  const { pixels, line } = face(number);
  const key = pixels.toString("base64");
  if (seen.has(key)) continue; // all faces differ
  const [left, top] = [(seen.size % COLUMNS) * SIDE, Math.floor(seen.size / COLUMNS) * SIDE];
  for (let i = 0; i < SIDE * SIDE; i++) {
    const start = ((top + Math.floor(i / SIDE)) * width + left + (i % SIDE)) * 3;
    pixels.copy(sheet, start, 4 * i, 4 * i + 3);
  }
  seen.add(key);
  lines.push(line);
}
writeFileSync("avatars.png", png(sheet, width, ROWS * SIDE));
writeFileSync("attributes.csv", lines.join("\n") + "\n");
