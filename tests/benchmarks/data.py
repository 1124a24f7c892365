"""Images per second of the course's batches over those of a DataLoader with transforms; goal 10 at least."""

import json
import time
from itertools import chain, islice, repeat
from statistics import median

import gan_lessons  # noqa: F401 - before torch, as every lesson does

# isort: split
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import Compose, Normalize, ToTensor

from gan_lessons import data
from gan_lessons.runtime import set_threads

SIZE = 64


def speed(batches, count):
    """Return the images per second of the next `count` batches, which are made but not used."""
    start = time.perf_counter()
    for _ in islice(batches, count):
        pass
    return count * SIZE / (time.perf_counter() - start)


if __name__ == "__main__":
    set_threads()
    ours = data.Batches(data.fashion_mnist().images, SIZE)
    unpacked = "FashionMNIST/raw/train-images-idx3-ubyte"
    root = next(path for path in (data.DATA, data._cache()) if (path / unpacked).is_file())
    images = FashionMNIST(root, transform=Compose([ToTensor(), Normalize(0.5, 0.5)]))
    loader = DataLoader(images, batch_size=SIZE, shuffle=True, num_workers=0)
    theirs = chain.from_iterable(repeat(loader))  # epoch after epoch

    batch, (reference, _) = next(ours), next(theirs)
    assert batch.shape == reference.shape and batch.dtype == reference.dtype
    assert abs(batch.min() - reference.min()) < 1e-6 and batch.max() <= 1

    speed(ours, 500), speed(theirs, 50)
    pairs = [(speed(ours, 1000), speed(theirs, 100)) for _ in range(15)]
    print(f"Batches     {median(a for a, _ in pairs):>9,.0f} images/s")
    print(f"DataLoader  {median(b for _, b in pairs):>9,.0f} images/s")
    print("goal: a ratio of 10 at least")
    print(json.dumps({"ratio": round(median(a / b for a, b in pairs), 2)}))
