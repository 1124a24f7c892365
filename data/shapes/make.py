"""Make the shapes again: chair.png, table.png and sofa.png, a model a row, and credits.csv.

    cd data/shapes
    apt-get download sweethome3d-furniture              # Debian 12: 1.8-1, 120 MB
    dpkg -x sweethome3d-furniture_1.8-1_all.deb furniture
    pip install trimesh==5.2.0 numpy==2.4.6 scipy==1.17.1 pillow==13.0.0
    python make.py

Each model of the catalogues that has such a name was looked at, and LEFT_OUT says which were not taken and why. A model
is brought to the size that its catalogue gives it, then stretched at random along each axis; its largest extent becomes
16 voxels, and it stands on the floor, in the middle. A voxel is occupied where a surface passes through it, and where
it is enclosed by surfaces and the floor. A row of a sheet shows a model nine times, first unstretched, and each time
as 16 slices, from front to back, as they are seen from the front. Nothing of this is needed to run the course.
"""

import csv
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import trimesh
from PIL import Image
from scipy.ndimage import binary_fill_holes

SIDE, COPIES, STRETCH = 16, 9, 0.22  # a stretch is e^u, u uniform in ±STRETCH
CATALOGUES = Path("furniture/usr/share/sweethome3d/furniture")
KINDS = {"chair": r"chair|stool|\bseat\b", "table": r"\btable\b|\bdesk\b", "sofa": r"sofa|couch"}
LEFT_OUT = {
    "Blend Swap CC-0#bedsideTable2": "a chest of drawers",
    "Blend Swap CC-0#deckChair": "to lie on",
    "Blend Swap CC-0#desk": "a wall unit",
    "Blend Swap CC-0#desklamp": "a lamp",
    "Blend Swap CC-0#poolTable": "a game, with its balls",
    "Blend Swap CC-0#relaxChair": "to lie on",
    "Blend Swap CC-0#tableFan": "a fan",
    "Blend Swap CC-0#tableWithTablecloth": "a cloth down to the floor",
    "Blend Swap CC-0#table_football": "a game, with its rods",
    "Blend Swap CC-BY#bedsideTable": "a chest of drawers",
    "Blend Swap CC-BY#chair_deck": "to lie on",
    "Blend Swap CC-BY#tableTennisBat": "a bat",
    "Blend Swap CC-BY#wheelchair": "on large wheels",
    "Kator Legaz#chair-ottoman": "two pieces",
    "Kator Legaz#custom-desk": "a wall unit",
    "Scopia#beach_chair": "to lie on",
    "Scopia#changing-table": "a chest of drawers",
    "Scopia#convertible-sofa-BZ-opened": "a bed",
    "Scopia#desk_lamp1": "a lamp",
    "Scopia#desk_lamp2": "a lamp",
    "Scopia#dressing-table": "a mirror, above all",
    "Scopia#ext_chair": "to lie on",
    "Scopia#rattanTable": "a solid block",
    "Scopia#seat_leon": "a car",
    "Scopia#wooden_office_teak_table": "but for its colour wooden_office_pear_table",
}


def models():
    """Yield (kind, entry of the catalogue, its licence, OBJ file) of each model that was taken, in their order."""
    for path in sorted(CATALOGUES.glob("*.sh3f")):
        archive = ZipFile(path)
        text = archive.read("PluginFurnitureCatalog.properties").decode("latin1")
        licence = re.search(r"^license=(.*?)(?: license)?(?: +(?:Copyright )?©.*)?\r?$", text, re.MULTILINE)[1]
        licence = licence.replace("Public domain", "CC0 1.0")  # as its LICENSE.TXT says
        entries = {}
        for name, number, value in re.findall(r"^(\w+)#(\d+)[ \t]*=[ \t]*(.*?)[ \t\r]*$", text, re.MULTILINE):
            entries.setdefault(int(number), {})[name] = value
        for entry in (entries[number] for number in sorted(entries)):
            kind = next((kind for kind, names in KINDS.items() if re.search(names, entry["name"], re.I)), None)
            if kind and entry["id"] not in LEFT_OUT:
                yield kind, entry, licence, archive.read(entry["model"].lstrip("/"))


def surface(entry, obj):
    """Return a model's corners (V, 3) in cm, x to the right, y up and z to the front, and its triangles (F, 3)."""
    mesh = trimesh.load(BytesIO(obj), file_type="obj", force="mesh", process=False, skip_materials=True)
    corners, used = np.asarray(mesh.vertices), np.unique(mesh.faces)
    if rotation := entry.get("modelRotation"):
        corners = corners @ np.array(rotation.split(), float).reshape(3, 3).T
    low, high = corners[used].min(0), corners[used].max(0)
    size = np.array([entry[name] for name in ("width", "height", "depth")], float)
    corners = (corners - (low + high) / 2) / (high - low) * size
    return corners[used], np.searchsorted(used, mesh.faces)


def voxels(corners, triangles):
    """Return the shape, bool (16, 16, 16): slices from front to back, rows from top to bottom, from left to right."""
    extent = corners.max(0) - corners.min(0)
    scaled = corners * (SIDE - 1e-3) / extent.max()
    scaled += SIDE / 2 - np.array([0, scaled[:, 1].min() + SIDE / 2 - 5e-4, 0])
    points, _ = trimesh.remesh.subdivide_to_size(scaled, triangles, max_edge=0.5, max_iter=20)
    occupied = np.zeros((SIDE + 2,) * 3, bool)  # air all around it, and the floor below
    occupied[tuple(np.floor(points).astype(int).T + 1)] = True
    occupied[:, 0] = True
    filled = binary_fill_holes(occupied)[1:-1, 1:-1, 1:-1]
    return filled.transpose(2, 1, 0)[::-1, ::-1]  # (z, y, x), and z and y the other way


def main():
    rows, credits = {kind: [] for kind in KINDS}, []
    generator = np.random.default_rng(0)
    for kind, entry, licence, obj in models():
        corners, triangles = surface(entry, obj)
        stretches = np.exp(generator.uniform(-STRETCH, STRETCH, (COPIES, 3)))
        stretches[0] = 1
        slices = np.concatenate([voxels(corners * stretch, triangles) for stretch in stretches])
        rows[kind].append(slices.transpose(1, 0, 2).reshape(SIDE, -1))
        credits.append([kind, entry["name"], entry["id"], entry["creator"], licence])
    for kind, sheet in rows.items():
        Image.fromarray(np.concatenate(sheet)).convert("1").save(f"{kind}.png", optimize=True)
    with open("credits.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["kind", "name", "id", "creator", "licence"])
        writer.writerows(sorted(credits, key=lambda credit: [*KINDS].index(credit[0])))


if __name__ == "__main__":
    main()
