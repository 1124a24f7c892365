"""Distances between two sets of features: FD, at N and at infinity, KID, precision and recall, by torch-fidelity."""

import warnings
from typing import NamedTuple

import torch

from ..checks import as_tensor, whole


def frechet_distance(a, b):
    """Return the Fréchet distance ‖μa - μb‖² + tr(Σa + Σb - 2(Σa Σb)^½) of two sets of features (N, F), N > F.

    Heusel et al. 2017, eq. 6, by torch-fidelity. It is biased upwards, the more the fewer the samples: it warns where
    the sets differ in number. Raises ValueError where one has no more samples than features.
    """
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    a, b = _pair(a, b)
    count, width = min(len(a), len(b)), a.shape[1]
    if count <= width:
        raise ValueError(
            f"FD needs more samples than the {width} features, not {count}: the covariance of so few is singular, and "
            "the result means nothing; take thousands, or kernel_distance, which is unbiased"
        )
    if len(a) != len(b):
        warnings.warn(
            f"FD of {len(a):,} and {len(b):,} samples: its bias depends on the numbers; compare it only with an FD of "
            "the same numbers",
            stacklevel=2,
        )
    statistics = [fid_features_to_statistics(x.double()) for x in (a, b)]
    return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])


class Extrapolated(NamedTuple):
    """FD for ever more samples: the line ``fd + slope / N`` through `values`, the FDs at the `sizes` N."""

    fd: float  #: at N → ∞; it can be slightly below 0
    slope: float  #: of the bias, which depends on the samples: FD at N samples of each is about fd + slope / N
    sizes: tuple
    values: tuple


def extrapolated_distance(a, b, parts=10):
    """Return the Fréchet distance of features (N, F) extrapolated to N → ∞, where its bias is gone; an `Extrapolated`.

    Chong and Forsyth 2020: FD is computed at several numbers of samples, and a line in 1/N fitted. Theirs
    keeps the second set whole; here both are cut to the same size, so that the bias of both goes. For each k from 1 to
    `parts` both sets, shuffled, are cut into k equal parts, and the FDs of the k pairs averaged. Raises
    ValueError where the smallest part has fewer than 5 F samples, since the bias is no line in 1/N there.
    """
    a, b = _pair(a, b)
    parts = whole(parts, "parts", 2)
    count, width = min(len(a), len(b)), a.shape[1]
    if count // parts < 5 * width:
        raise ValueError(
            f"{count} samples cut into {parts} parts leave {count // parts} in each; for {width} features take "
            f"{5 * width} or more in each: give more samples, or fewer parts"
        )
    generator = torch.Generator().manual_seed(0)
    a, b = (x[torch.randperm(len(x), generator=generator)] for x in (a, b))
    sizes = tuple(count // k for k in range(1, parts + 1))
    values = tuple(
        sum(frechet_distance(a[i * n : (i + 1) * n], b[i * n : (i + 1) * n]) for i in range(k)) / k
        for k, n in enumerate(sizes, start=1)
    )
    x, y = 1 / torch.tensor(sizes, dtype=torch.float64), torch.tensor(values, dtype=torch.float64)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return Extrapolated(float(y.mean() - slope * x.mean()), float(slope), sizes, values)


def kernel_distance(a, b, subsets=50, size=1000):
    """Return KID, the unbiased squared MMD under a cubic kernel, of two sets of features (N, F), N ≥ `size`.

    Bińkowski et al. 2018, section 4, by torch-fidelity: the mean over random subsets of `size`. It can be
    slightly negative. Raises ValueError for fewer samples than `size`.
    """
    from torch_fidelity.metric_kid import kid_features_to_metric

    a, b = _pair(a, b)
    subsets, size = whole(subsets, "subsets"), whole(size, "size", 2)
    if size > min(len(a), len(b)):
        raise ValueError(
            f"KID draws subsets of {size} from {len(a)} and {len(b)} samples; give more samples, or a size of at most "
            f"{min(len(a), len(b))}"
        )
    result = kid_features_to_metric(
        a.double(), b.double(), kid_subsets=subsets, kid_subset_size=size, verbose=False, rng_seed=0
    )
    return float(result["kernel_inception_distance_mean"])


def precision_recall(fake, real, neighbours=3):
    """Return (precision, recall) of features (N, F): the share of fakes near the reals, and of reals near the fakes.

    Near is: within the distance of some point to its `neighbours`-th nearest of its own kind. Kynkäänniemi et
    al. 2019, eqs. 1 and 2, by torch-fidelity. Raises ValueError unless both have more samples than `neighbours`.
    """
    from torch_fidelity.metric_prc import calculate_precision_recall_part

    fake, real = _pair(fake, real)
    neighbours = whole(neighbours, "neighbours")
    if min(len(fake), len(real)) <= neighbours:
        raise ValueError(
            f"{len(fake)} fake and {len(real)} real samples are too few for the {neighbours} nearest neighbours of each"
        )
    return calculate_precision_recall_part(fake, real, neighbours, batch_size=200)


def _pair(a, b):
    """Return two sets of features as finite floats of one dtype on the CPU; ValueError where they do not fit."""
    a, b = (as_tensor(x, "features", "(N, F)").cpu() for x in (a, b))
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[1] or 0 in (*a.shape, *b.shape):
        raise ValueError(
            f"features must be two sets (N, F) of one width F, not {tuple(a.shape)} and {tuple(b.shape)}; "
            "features(images) makes them of images"
        )
    dtype = torch.promote_types(torch.promote_types(a.dtype, b.dtype), torch.float32)
    a, b = a.to(dtype), b.to(dtype)
    for x in (a, b):
        if not torch.isfinite(x).all():
            bad = int((~torch.isfinite(x)).any(1).sum())
            raise ValueError(f"the features of {bad} of {len(x)} samples are NaN or infinite; look at the samples")
    return a, b
