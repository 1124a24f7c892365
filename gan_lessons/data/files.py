"""The files under data/: verified by their SHA-256, cut into pictures, and unpacked where that can be written."""

import contextlib
import gzip
import hashlib
import os
import shutil
import tempfile
import warnings
import zlib
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

DATA = Path(__file__).resolve().parents[2] / "data"


def verified(name):
    """Return the path of a file under ``data/`` whose SHA-256 is the one that ``data/SHA256SUMS`` lists.

    Raises FileNotFoundError or ValueError, naming the file and how to restore it, where it is not so.
    """
    path, expected = DATA / name, _sums().get(name)
    if expected is None:
        raise FileNotFoundError(f"{path} is not one of the course's files, which {DATA / 'SHA256SUMS'} lists")
    restore = f"restore it with: git checkout -- data/{name}"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing (expected SHA-256 {expected}); {restore}")
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != expected:
        raise ValueError(f"{path} was cut short or altered: expected SHA-256 {expected}, found {actual}; {restore}")
    return path


def tiles(name, mode, side, count):
    """Return the first `count` pictures of a sheet under ``data/``, row by row: uint8 (count, C, side, side), NumPy.

    `mode` is Pillow's: "L" for one channel of grey, "RGB" for three of colour. Raises as `verified` does.
    """
    import numpy as np
    from PIL import Image

    with Image.open(verified(name)) as sheet:
        pixels = np.asarray(sheet.convert(mode))
    rows, columns = (size // side for size in pixels.shape[:2])
    pixels = pixels.reshape(rows, side, columns, side, -1).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(pixels.reshape(rows * columns, -1, side, side)[:count])


@cache
def _sums():
    path = DATA / "SHA256SUMS"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: install the course from its clone, with pip install -r requirements.txt"
        )
    return {name: digest for digest, name in (line.split() for line in path.read_text().splitlines())}


@contextlib.contextmanager
def unpacked(folder):
    """Give, inside a ``with`` block, the root under which the files of `folder`, such as "FashionMNIST", lie unpacked.

    That is ``data/`` or the user's cache, where they stay, or a temporary folder where neither can be written, for
    the block alone. Raises FileNotFoundError or ValueError where a packed file is missing or altered, and OSError
    where there is no room at all to unpack them.
    """
    names = [name for name in _sums() if name.startswith(f"{folder}/")]
    sources = [DATA / name for name in names]
    for root in _roots():
        if all(_unpacked(source, root) for source in sources):
            yield root
            return
    for name in names:
        verified(name)
    with contextlib.ExitStack() as stack:
        yield _fill(sources, stack)


def _fill(sources, stack):
    """Unpack `sources` into the first place that takes them, and return its root; `stack` removes a temporary one."""
    reasons = []
    for root in _roots():
        if root == DATA and not _writable(sources[0].parent):
            reasons.append(f"{DATA} can not be written")
            continue
        try:
            for source in sources:
                _unpack(source, root)
            return root
        except OSError as error:
            reasons.append(str(error))
    try:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gan_lessons-")))
        for source in sources:
            _unpack(source, root)
    except OSError as error:
        raise OSError(
            f"there is no place to unpack the images: {'; '.join([*reasons, str(error)])}. Set XDG_CACHE_HOME or "
            "TMPDIR to a folder that can be written and has 60 MB of room"
        ) from None
    warnings.warn(
        f"the images were unpacked into a temporary folder, for this once ({'; '.join(reasons)}); set XDG_CACHE_HOME "
        "to a folder that can be written, and they stay there",
        stacklevel=5,
    )
    return root


def _roots():
    """Return where sets of images may lie, in order: ``data/``, and the user's cache where there is a home folder."""
    try:
        return [DATA, _cache()]
    except RuntimeError:  # platformdirs finds no home, as for a container's user who is in no list of users
        return [DATA]


def _cache():
    return user_cache_path("gan_lessons")


def _writable(folder):
    return folder.is_dir() and os.access(folder, os.W_OK)


def _unpacked(source, root):
    """Tell whether `source` lies unpacked, whole and unaltered, under `root`."""
    target = root / source.parent.relative_to(DATA) / source.stem
    if not (source.is_file() and target.is_file()) or source.stat().st_size < 8:
        return False
    with source.open("rb") as file:  # a gzip file ends in the CRC-32 and the size of what it holds
        file.seek(-8, os.SEEK_END)
        crc, size = (int.from_bytes(file.read(4), "little") for _ in range(2))
    return target.stat().st_size == size and zlib.crc32(target.read_bytes()) == crc


def _unpack(source, root):
    """Unpack `source` under a temporary name and rename it, so that no one ever reads a half."""
    target = root / source.parent.relative_to(DATA) / source.stem
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            with gzip.open(source) as packed:
                shutil.copyfileobj(packed, file)
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
