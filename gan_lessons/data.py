"""Real data in the clone, 2-D mixtures with known centres, and endless shuffled batches in [-1, 1]."""

import gzip
import hashlib
import os
import shutil
import tempfile
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from platformdirs import user_cache_path

DATA = Path(__file__).resolve().parent.parent / "data"


class ImageSet(NamedTuple):
    """Images with their labels: uint8 (N, C, H, W), int64 (N,), and the classes' names."""

    images: torch.Tensor
    labels: torch.Tensor
    classes: tuple


def fashion_mnist(train=True):
    """Return Fashion-MNIST (Xiao et al. 2017): 60,000 training or 10,000 test images, (N, 1, 28, 28), 10 classes.

    Read from the clone, by torchvision, after unpacking on first use. Raises FileNotFoundError or ValueError
    where a packed file is missing or altered.
    """
    from torchvision.datasets import FashionMNIST

    names = [name for name in _sums() if name.startswith("FashionMNIST/")]
    sources = [DATA / name for name in names]
    home = next((root for root in (DATA, _cache()) if all(_unpacked(s, root) for s in sources)), None)
    if home is None:
        for name in names:
            verified(name)
        home = DATA if _writable(DATA / "FashionMNIST/raw") else _cache()
        for source in sources:
            _unpack(source, home)
    return _image_set(FashionMNIST(home, train=train))


def digits():
    """Return scikit-learn's 1,797 handwritten digits, (1797, 1, 8, 8), grey levels 0 to 255."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = torch.from_numpy(bunch.images).mul(255 / 16).round().to(torch.uint8)[:, None]
    return ImageSet(images, torch.from_numpy(bunch.target).long(), tuple(str(c) for c in bunch.target_names))


def image_set(name, train=True):
    """Return a torchvision image set by its class name, such as "MNIST", "KMNIST" or "CIFAR10".

    Looks in ``data/`` first and downloads it there otherwise, so it needs a network once. Raises ValueError for
    an unknown name and ConnectionError where it can not be had.
    """
    import torchvision.datasets

    if name == "FashionMNIST":
        return fashion_mnist(train)
    known = ("MNIST", "KMNIST", "CIFAR10", "CIFAR100")
    if name not in known:
        raise ValueError(f"no image set {name!r}; there are FashionMNIST, {', '.join(known)}")
    root = DATA if _writable(DATA) else _cache()
    try:
        return _image_set(getattr(torchvision.datasets, name)(root, train=train, download=True))
    except (RuntimeError, OSError) as error:
        raise ConnectionError(
            f"{name} is not in {root} and could not be downloaded ({error}); "
            "connect this machine once, or use fashion_mnist(), which is in the clone"
        ) from None


def to_float(images):
    """Return uint8 images as floats in [-1, 1], of the same shape."""
    return images.float().div_(127.5).sub_(1)


class Batches:
    """An endless iterator of shuffled batches: floats (size, C, H, W) in [-1, 1], with labels where given.

    `images`: uint8 (N, C, H, W), kept as they are. `labels`: (N,), to get pairs ``(images, labels)``. Every
    image is drawn once before any is drawn again. The order depends on `seed` alone, and is part of a
    checkpoint. Raises ValueError where the images are not uint8 or fewer than `size`.
    """

    def __init__(self, images, size, seed=0, labels=None):
        if images.dtype != torch.uint8 or images.dim() != 4:
            raise ValueError(f"images must be uint8 (N, C, H, W), not {images.dtype} {tuple(images.shape)}")
        if not 1 <= size <= len(images):
            raise ValueError(f"size must be from 1 to the {len(images)} images, not {size}")
        if labels is not None and len(labels) != len(images):
            raise ValueError(f"{len(labels)} labels for {len(images)} images")
        self._images, self._labels, self._size = images, labels, size
        self._generator = torch.Generator().manual_seed(seed)
        self._order, self._next = self._shuffled(), 0

    def __iter__(self):
        return self

    def __next__(self):
        chosen = self._order[self._next : self._next + self._size]
        self._next += self._size
        if len(chosen) < self._size:  # the rest of the batch comes from a new round
            missing = self._size - len(chosen)
            self._order, self._next = self._shuffled(), missing
            chosen = torch.cat([chosen, self._order[:missing]])
        batch = to_float(self._images[chosen])
        return batch if self._labels is None else (batch, self._labels[chosen])

    def _shuffled(self):
        return torch.randperm(len(self._images), generator=self._generator)

    def state_dict(self):
        return {"order": self._order, "next": self._next, "generator": self._generator.get_state()}

    def load_state_dict(self, state):
        if len(state["order"]) != len(self._images):
            raise ValueError(f"the state is of {len(state['order'])} images, but there are {len(self._images)} here")
        self._order, self._next = state["order"], state["next"]
        self._generator.set_state(state["generator"])


class Mixture:
    """An equal mixture of round 2-D Gaussians: `centres` (K, 2), one standard deviation `std` > 0."""

    def __init__(self, centres, std):
        self.centres, self.std = torch.as_tensor(centres, dtype=torch.float32), float(std)
        if self.centres.dim() != 2 or self.centres.shape[1] != 2 or self.std <= 0:
            raise ValueError("centres must be (K, 2) and std above 0")

    def sample(self, n, generator=None):
        """Return `n` points, (n, 2)."""
        chosen = torch.randint(len(self.centres), (n,), generator=generator)
        return self.centres[chosen] + self.std * torch.randn(n, 2, generator=generator)

    def log_density(self, points):
        """Return the log density at `points` (N, 2), as (N,)."""
        squared = torch.cdist(points, self.centres.to(points.dtype)).square()
        weight = torch.log(torch.tensor(2 * torch.pi * self.std**2 * len(self.centres), dtype=points.dtype))
        return torch.logsumexp(-squared / (2 * self.std**2), dim=1) - weight

    def batches(self, size, seed=0):
        """Yield fresh batches of `size` points without end; their sequence depends on `seed` alone."""
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield self.sample(size, generator)


def ring(modes=8, radius=2.0, std=0.05):
    """Return `modes` Gaussians spaced evenly on a circle."""
    angles = 2 * torch.pi * torch.arange(modes) / modes  # not linspace(0, 2π, modes): its ends coincide
    return Mixture(radius * torch.stack([angles.cos(), angles.sin()], dim=1), std)


def grid(side=5, spacing=2.0, std=0.05):
    """Return `side`² Gaussians on a square lattice centred on the origin."""
    ticks = (torch.arange(side) - (side - 1) / 2) * spacing
    return Mixture(torch.cartesian_prod(ticks, ticks), std)


def spiral(modes=60, turns=1.5, radius=2.0, std=0.06):
    """Return Gaussians that follow a spiral from near the origin outwards, evenly along its length."""
    share = torch.linspace(0.02, 1, modes).sqrt()
    angles = 2 * torch.pi * turns * share
    return Mixture((radius * share)[:, None] * torch.stack([angles.cos(), angles.sin()], dim=1), std)


def moons(modes=40, std=0.1):
    """Return two interleaved half circles of `modes` Gaussians in all (an even number), centred on the origin."""
    angles = torch.linspace(0, torch.pi, modes // 2)
    upper = torch.stack([angles.cos() - 0.5, angles.sin() - 0.25], dim=1)
    return Mixture(1.5 * torch.cat([upper, -upper]), std)


def line(modes=5, length=4.0, std=0.05):
    """Return `modes` Gaussians spaced evenly on a horizontal line."""
    return Mixture(torch.stack([torch.linspace(-length / 2, length / 2, modes), torch.zeros(modes)], dim=1), std)


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


@cache
def _sums():
    path = DATA / "SHA256SUMS"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: install the course from its clone, with pip install -r requirements.txt"
        )
    return {name: digest for digest, name in (line.split() for line in path.read_text().splitlines())}


def _cache():
    return user_cache_path("gan_lessons")


def _writable(folder):
    return folder.is_dir() and os.access(folder, os.W_OK)


def _unpacked(source, root):
    """Tell whether `source` lies unpacked, whole and unaltered, under `root`."""
    target = root / "FashionMNIST/raw" / source.stem
    if not (source.is_file() and target.is_file()) or source.stat().st_size < 8:
        return False
    with source.open("rb") as file:  # a gzip file ends in the CRC-32 and the size of what it holds
        file.seek(-8, os.SEEK_END)
        crc, size = (int.from_bytes(file.read(4), "little") for _ in range(2))
    return target.stat().st_size == size and zlib.crc32(target.read_bytes()) == crc


def _unpack(source, root):
    """Unpack `source` under a temporary name and rename it, so that no one ever reads a half."""
    target = root / "FashionMNIST/raw" / source.stem
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


def _image_set(dataset):
    images = torch.as_tensor(dataset.data)
    images = images[:, None] if images.dim() == 3 else images.permute(0, 3, 1, 2).contiguous()
    return ImageSet(images, torch.as_tensor(dataset.targets).long(), tuple(dataset.classes))
