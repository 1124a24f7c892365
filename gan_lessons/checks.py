"""Checks of what is handed in: whole numbers, images in [-1, 1], points, and the dtype and device of a network."""

import math

import torch

SLACK = 0.05  # how far beyond [-1, 1] rounding and smooth resizing may carry a pixel


def whole(value, name, low=1, high=None, of=""):
    """Return `value` as an int; a whole float such as 3e3 is one. ValueError for all else, and outside `low` to `high`.

    `of` tells in the error what `high` counts.
    """
    try:
        number = int(value)
        fits = number == value and number >= low and (high is None or number <= high)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        fits = False
    if not fits:
        wanted = f"{low} or more" if high is None else f"from {low} to {f'the {high} {of}' if of else high}"
        raise ValueError(f"{name} must be a whole number, {wanted}, not {value!r}")
    return number


def as_tensor(value, name, shape):
    """Return a tensor, NumPy array or list of numbers as a tensor without gradient, sharing memory where it can.

    `name` and `shape`, such as "(N, 2)", go into the ValueError for all else.
    """
    try:
        return torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError):
        advice = "; join them with torch.stack" if isinstance(value, (list, tuple)) else ""
        raise ValueError(
            f"{name} must be one tensor or array {shape}, not {article(type(value).__name__)}{advice}"
        ) from None


def article(noun):
    """Return `noun` after its "a" or "an"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def layout_advice(shape, name):
    """Return what to do about images whose `shape` is not (N, C, H, W), or "" where nothing is wrong with it."""
    if len(shape) == 2:
        return f"unflatten them first, such as {name}.unflatten(1, (1, 28, 28))"
    if len(shape) == 3:
        return f"{name}[:, None] adds the channel of grey images, {name}[None] makes a batch of one image"
    if len(shape) == 4 and shape[1] not in (1, 3) and shape[3] in (1, 3) and shape[2] > 4:
        return f"the channels are last here; torch.as_tensor({name}).permute(0, 3, 1, 2) puts them second"
    return "" if len(shape) == 4 else "give one batch of images"


def check_images(images, name="images"):
    """Return images (N, 1 or 3, H, W) of floats as a detached tensor; their values may be any.

    ValueError, with what to do, for another shape or layout, for integers, and for an empty set.
    """
    images = as_tensor(images, name, "(N, C, H, W)")
    shape = tuple(images.shape)
    advice = layout_advice(shape, name)
    if advice or images.shape[1] not in (1, 3):
        advice = advice or "grey images have 1 channel, colour images 3"
        raise ValueError(f"{name} must be (N, 1 or 3, H, W), not {shape}; {advice}")
    if 0 in shape:
        raise ValueError(f"{name} must hold at least one image, not {shape}")
    if not images.is_floating_point():
        raise ValueError(
            f"{name} must be floats in [-1, 1], not {images.dtype}; gan_lessons.data.to_float turns uint8 into them"
        )
    return images


def range_fault(images, name="images"):
    """Return what is certainly wrong with the values of images that should be floats in [-1, 1], or ""."""
    low, high = (float(value) for value in images.aminmax())
    if not (math.isfinite(low) and math.isfinite(high)):
        bad = int((~torch.isfinite(images)).flatten(1).any(1).sum())
        return f"{bad} of {len(images)} {name} hold NaN or infinite pixels; the network that made them broke down"
    if low >= -SLACK and high > 2:
        return f"{name} reach from {low:.4g} to {high:.4g}, as grey levels do; {name} / 127.5 - 1 lies in [-1, 1]"
    if low < -1 - SLACK or high > 1 + SLACK:
        return f"{name} reach from {low:.4g} to {high:.4g}, beyond [-1, 1]; end G in a tanh, or use {name}.clamp(-1, 1)"
    return ""


def range_doubt(images, name="images"):
    """Return what is, or may be, wrong with the values of images that should be floats in [-1, 1], or ""."""
    if fault := range_fault(images, name):
        return fault
    low, high = images.aminmax()
    if 0 <= low < high:
        return f"no pixel of the {name} is negative: if they are in [0, 1], then 2 * {name} - 1 is in [-1, 1]"
    return ""


def check_points(points, name="points"):
    """Return points (N, 2), N ≥ 1, as a detached float tensor; ValueError for another shape, and where not finite."""
    points = as_tensor(points, name, "(N, 2)")
    if points.dim() != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"{name} must be (N, 2) with N ≥ 1, not {tuple(points.shape)}")
    points = points if points.is_floating_point() else points.float()
    if not torch.isfinite(points).all():
        bad = int((~torch.isfinite(points)).any(1).sum())
        raise ValueError(f"{bad} of {len(points)} {name} are NaN or infinite; the network that made them broke down")
    return points


def fitted(x, function):
    """Return floats `x` with the dtype and on the device of the weights of `function`, where it is a network."""
    weights = function.parameters() if isinstance(function, torch.nn.Module) else ()
    weight = next((w for w in weights if w.is_floating_point()), None)
    if weight is None:
        return x
    if weight.is_meta:
        raise ValueError("the network is on the meta device, where weights have no values; load them onto another one")
    return x.to(weight.device, weight.dtype)


def check_voxels(voxels, name="voxels"):
    """Return voxels (N, 1, D, H, W), truth values or floats in [0, 1], as a detached tensor on the CPU.

    ValueError, with what to do, for another shape or dtype, for no shapes, and for values beyond [0, 1].
    """
    voxels = as_tensor(voxels, name, "(N, 1, D, H, W)").cpu()
    shape = tuple(voxels.shape)
    if len(shape) != 5 or shape[1] != 1 or 0 in shape:
        advice = {3: f"{name}[None, None] makes a batch of one shape", 4: f"{name}[:, None] adds their channel"}
        raise ValueError(
            f"{name} must be (N, 1, D, H, W), not {shape}; {advice.get(len(shape), 'give one batch of shapes')}"
        )
    if voxels.dtype == torch.bool:
        return voxels
    if not voxels.is_floating_point():
        raise ValueError(
            f"{name} must be truth values or floats in [0, 1], not {voxels.dtype}; {name} > 0 makes them so"
        )
    low, high = (float(value) for value in voxels.aminmax())
    if not (math.isfinite(low) and math.isfinite(high)):
        bad = int((~torch.isfinite(voxels)).flatten(1).any(1).sum())
        raise ValueError(f"{bad} of {len(voxels)} {name} are NaN or infinite; the network that made them broke down")
    if low < 0 or high > 1:
        raise ValueError(
            f"{name} reach from {low:.4g} to {high:.4g}, beyond [0, 1]; end G in a sigmoid, or after a tanh use "
            f"({name} + 1) / 2"
        )
    return voxels
