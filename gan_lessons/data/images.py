"""Image sets, and endless shuffled batches of floats: images in [-1, 1], voxels in [0, 1]."""

from typing import NamedTuple

import torch

from ..checks import as_tensor, layout_advice, whole
from . import files


class ImageSet(NamedTuple):
    """Images with their labels: uint8 (N, C, H, W), int64 (N,), and the classes' names."""

    images: torch.Tensor
    labels: torch.Tensor
    classes: tuple


def fashion_mnist(train=True):
    """Return Fashion-MNIST (Xiao et al. 2017): 60,000 training or 10,000 test images, (N, 1, 28, 28), 10 classes.

    Read from the clone, by torchvision, after unpacking on first use: into the clone, the user's cache or, where
    neither can be written, a temporary folder. Raises FileNotFoundError or ValueError where a packed file is missing
    or altered, OSError where there is no room to unpack them.
    """
    from torchvision.datasets import FashionMNIST

    _split(train)
    with files.unpacked("FashionMNIST") as root:
        return _image_set(FashionMNIST(root, train=train))


def digits():
    """Return scikit-learn's 1,797 handwritten digits, (1797, 1, 8, 8), grey levels 0 to 255."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = torch.from_numpy(bunch.images).mul(255 / 16).round().to(torch.uint8)[:, None]
    return ImageSet(images, torch.from_numpy(bunch.target).long(), tuple(str(c) for c in bunch.target_names))


def image_set(name, train=True):
    """Return a torchvision image set by its class name, such as "MNIST", "KMNIST" or "CIFAR10".

    Looks in ``data/`` and in the user's cache, and otherwise downloads it into the first of them that can be written,
    so it needs a network once. Raises ValueError for an unknown name and ConnectionError where it can not be had.
    """
    import torchvision.datasets

    _split(train)
    if name == "FashionMNIST":
        return fashion_mnist(train)
    known = ("MNIST", "KMNIST", "CIFAR10", "CIFAR100")
    if name not in known:
        raise ValueError(f"no image set {name!r}; there are FashionMNIST, {', '.join(known)}")
    dataset = getattr(torchvision.datasets, name)
    for root in files._roots():
        try:
            return _image_set(dataset(root, train=train))
        except (RuntimeError, OSError, ValueError, AssertionError, EOFError):
            continue  # not there, or not whole
    root = files.DATA if files._writable(files.DATA) else files._roots()[-1]
    try:
        return _image_set(dataset(root, train=train, download=True))
    except (RuntimeError, OSError) as error:
        raise ConnectionError(
            f"{name} is not in {root} and could not be downloaded ({error}); "
            "connect this machine once, or use fashion_mnist(), which is in the clone"
        ) from None
    except (ValueError, AssertionError, EOFError) as error:
        raise ValueError(f"{name} in {root} is damaged ({error}); delete it there, and ask for it again") from None


def _split(train):
    if not isinstance(train, bool):
        raise ValueError(f"train must be True, for the training images, or False, for the test images, not {train!r}")


def to_float(images):
    """Return uint8 images, a tensor or an array, as new floats in [-1, 1], of the same shape.

    Raises ValueError for any other dtype: whether floats are in [0, 1], in [0, 255] or in [-1, 1] already can not be
    told from a few of them.
    """
    images = as_tensor(images, "images", "of uint8")
    if images.dtype != torch.uint8:
        raise ValueError(f"images must be uint8, not {images.dtype}; {_to_uint8(images)}")
    return images.float().div_(127.5).sub_(1)  # in place in a copy: float() of uint8 is one


def _to_uint8(images):
    """Return what makes uint8 images, or floats in [-1, 1], of images of another dtype."""
    if images.is_floating_point():
        return "floats in [-1, 1] stay as they are; 2 * x - 1 takes [0, 1] there, x.round().byte() makes [0, 255] uint8"
    return "x.to(torch.uint8) makes it so where all values are from 0 to 255"


class Batches:
    """An endless iterator of shuffled batches: floats (size, C, H, W) in [-1, 1], with labels where given.

    `images`: uint8 (N, C, H, W), or films (N, T, C, H, W), a tensor or an array, kept as they are. `size`: 1 to N.
    Voxels, truth values (N, 1, D, H, W), become 0 and 1, as a generator of voxels ends in a sigmoid.
    `seed`: 0 or more. `labels`: (N,) or (N, …) numbers, to get pairs ``(images, labels)``; whole numbers and truth
    values become int64. Every image is drawn once before any is drawn again. The order depends on `seed` alone, and is
    part of a checkpoint.
    Raises ValueError for all else.
    """

    def __init__(self, images, size, seed=0, labels=None):
        images = as_tensor(images, "images", "of uint8 (N, C, H, W)")
        if advice := _batch_advice(images):
            raise ValueError(f"images must be uint8 (N, C, H, W), not {images.dtype} {tuple(images.shape)}; {advice}")
        self._size = whole(size, "size", 1, len(images), "images")
        self._images, self._labels = images, None if labels is None else _labels(labels, len(images))
        self._generator = torch.Generator().manual_seed(whole(seed, "seed", 0))
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
        batch = self._images[chosen]
        batch = batch.float() if batch.dtype == torch.bool else to_float(batch)
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


def _batch_advice(images):
    """Return what to do about images, films or voxels that are no such, or ""."""
    shape = tuple(images.shape)
    if images.dtype == torch.bool and len(shape) in (4, 5):
        fits = len(shape) == 5 and shape[1] == 1
        return "" if fits else "voxels are truth values (N, 1, D, H, W); voxels[:, None] adds their channel"
    if images.dtype != torch.uint8:
        return _to_uint8(images)
    return layout_advice(shape[1:] if len(shape) == 5 else shape, "images")  # films: that of their frames


def _labels(labels, count):
    labels = as_tensor(labels, "labels", "of numbers (N,)")
    if labels.dim() == 0 or len(labels) != count:
        raise ValueError(f"{len(labels) if labels.dim() else 'no'} labels for {count} images")
    if labels.dim() == 2 and labels.shape[1] == 1:
        raise ValueError(f"labels must be ({count},), not {tuple(labels.shape)}; labels.flatten() makes them so")
    return labels if labels.is_floating_point() else labels.long()  # uint8 and bool would be masks as an index


def _image_set(dataset):
    images = torch.as_tensor(dataset.data)
    images = images[:, None] if images.dim() == 3 else images.permute(0, 3, 1, 2).contiguous()
    return ImageSet(images, torch.as_tensor(dataset.targets).long(), tuple(dataset.classes))
