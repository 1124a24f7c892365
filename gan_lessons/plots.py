"""Pictures: functions that draw on a given Axes and return what they drew, and grids of images."""

import warnings

import numpy as np
import torch
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from PIL import Image

from .checks import as_tensor, check_images, check_voxels, fitted, range_doubt, whole
from .data.sound import HOP, RATE, spectrogram
from .metrics import pitch

REAL = "#0072B2"
FAKE = "#D55E00"
VOXEL = "#8FA3B8"
SLOPE = 3**0.5 / 2  # how far to the side an edge of length 1 goes, in an isometric view
DISCRIMINATOR = "#009E73"
GENERATOR = "#CC79A7"
#: D's field: orange where D says generated, light where it cannot tell, blue where it says real. Paler than the points.
FIELD = LinearSegmentedColormap.from_list("generated to real", ["#E59B5C", "#F7F7F5", "#6FAFD6"])
STEP = 5  # dB from one colour of a spectrogram to the next
GOODNESS = LinearSegmentedColormap.from_list("worse to better", ["#FFFFFF", "#9CC9E3", "#00568A"])


def image_grid(images, columns=8, scale=2, gap=2):
    """Return images (N, C, H, W) in [-1, 1], C = 1 or 3, as one PIL image, row by row, each pixel `scale` wide.

    Values beyond are cut off, and NaN is drawn in middle grey, with a warning; so is one given where no pixel is
    negative. Raises ValueError for other shapes, for integers and for no images.
    """
    images = check_images(images)
    if doubt := range_doubt(images):
        warnings.warn(doubt, stacklevel=2)
    return tiled(images, columns, scale, gap)


def tiled(images, columns=8, scale=2, gap=2):
    """Return the same without a warning, for pictures that are drawn over and over."""
    columns, scale = whole(columns, "columns"), whole(scale, "scale")
    pixels = images.detach().cpu().float().nan_to_num(0.0, 1.0, -1.0).add(1).mul(127.5).round().clamp(0, 255)
    pixels = pixels.byte().numpy()
    pixels = pixels.transpose(0, 2, 3, 1).repeat(scale, axis=1).repeat(scale, axis=2)  # (N, H, W, C)
    count, height, width, channels = pixels.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 255, dtype=np.uint8)
    for i, picture in enumerate(pixels):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        canvas[top : top + height, left : left + width] = picture
    return Image.fromarray(canvas[..., 0] if channels == 1 else canvas)


def show_images(ax, images, columns=8, title=""):
    """Draw images (N, C, H, W) in [-1, 1] as a grid on `ax`, see `image_grid`; returns the AxesImage."""
    drawn = ax.imshow(np.asarray(image_grid(images, columns)), cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()
    ax.set_title(title)
    return drawn


def show_points(ax, real=None, fake=None, title=""):
    """Scatter real and generated points, (N, 2) each, on `ax` with equal scales; returns the two collections.

    Raises ValueError for another shape. A point that is not finite is left out, and the legend says how many are.
    """
    drawn = []
    for points, colour, marker, label in ((real, REAL, "o", "real"), (fake, FAKE, "X", "generated")):
        if points is None:
            continue
        points = as_tensor(points, f"{label} points", "(N, 2)").cpu()
        if points.dim() != 2 or points.shape[1] != 2:
            raise ValueError(f"{label} points must be (N, 2), not {tuple(points.shape)}")
        if lost := int((~torch.isfinite(points)).any(1).sum()):
            label = f"{label} ({lost} of {len(points)} not finite)"
        points = points.float().numpy()
        drawn.append(
            ax.scatter(
                points[:, 0], points[:, 1], s=12, c=colour, marker=marker, lw=0.3, ec="white", alpha=0.8, label=label
            )
        )
    ax.set(aspect="equal", title=title, xlabel="$x_1$", ylabel="$x_2$")
    ax.legend(loc="upper right", fontsize="small", framealpha=0.9)
    return drawn


def show_field(ax, function, low=0.0, high=1.0, reach=3.0, points=80):
    """Fill `ax` with the values of `function`, which maps points (N, 2) to (N,); returns the contour set.

    It shows the square from -`reach` to `reach`, in 20 colours from `low`, orange for generated, to `high`, blue for
    real; `points` is the resolution. A network gets points of its own dtype on its own device. Warns where a value is
    NaN, which is left blank. Raises ValueError where the function does not return N values, and where `low` is not
    below `high`.
    """
    points = whole(points, "points", 2)
    if not low < high:
        raise ValueError(f"low must be below high, not {low} and {high}")
    ticks = torch.linspace(-reach, reach, points)
    with torch.no_grad():
        values = as_tensor(function(fitted(torch.cartesian_prod(ticks, ticks), function)), "the values", "(N,)")
    if tuple(values.shape) not in ((points**2,), (points**2, 1)):
        raise ValueError(
            f"function must map points ({points**2}, 2) to one value each, ({points**2},), not {tuple(values.shape)}"
        )
    if values.isnan().any():
        warnings.warn(f"function returned NaN at {int(values.isnan().sum())} of {points**2} points", stacklevel=2)
    values = values.cpu().float().clamp(low, high).reshape(points, points).T  # rows are x2
    drawn = ax.contourf(ticks, ticks, values, np.linspace(low, high, 21), cmap=FIELD)
    ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    return drawn


def show_bars(ax, heights, labels, colour=FAKE, label=None, offset=0.0, width=0.8):
    """Draw a horizontal bar for each of `labels` on `ax`, the first at the top; returns the BarContainer."""
    positions = np.arange(len(labels)) + offset
    drawn = ax.barh(positions, heights, height=width, color=colour, label=label)
    ax.set_yticks(np.arange(len(labels)), labels)
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    return drawn


def show_table(ax, values, rows, columns, better="high", form="{:.2f}", title=""):
    """Draw numbers (R, C) on `ax` as a table whose cells are the bluer, the better; returns the AxesImage.

    `rows` and `columns`: the names. `better`: "high" or "low", and `form`: how a number is written: one for all, or a
    list of one for each column. With one `better` all cells share a scale; with a list each column has its own. A cell
    without a finite value stays white, with a dash for NaN. Raises ValueError where sizes or words do not fit.
    """
    values = as_tensor(values, "values", "(R, C)").double().cpu().numpy()
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values must be ({len(rows)}, {len(columns)}), as many as names, not {values.shape}")
    apart = not isinstance(better, str)
    better, form = ([each] * len(columns) if isinstance(each, str) else list(each) for each in (better, form))
    if {*better} - {"high", "low"} or len(better) != len(columns) or len(form) != len(columns):
        raise ValueError(
            f'better must be "high" or "low", and form a text: one, or one for each of {len(columns)} columns'
        )
    turned = np.where(np.isfinite(values), values, np.nan) * [1 if each == "high" else -1 for each in better]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column of NaN alone
        low, high = (function(turned, axis=0 if apart else None) for function in (np.nanmin, np.nanmax))
    goodness = (turned - low) / np.where(high > low, high - low, 1)
    drawn = ax.imshow(goodness, cmap=GOODNESS, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        text = "–" if np.isnan(value) else form[column].format(value)
        white = goodness[row, column] > 0.83  # so that the contrast is 4.5 or more; NaN is not
        ax.text(column, row, text, ha="center", va="center", color="white" if white else "black")
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.spines[:].set_visible(False)
    ax.set_title(title)
    return drawn


def show_shapes(ax, voxels, columns=8, threshold=0.5, colour=VOXEL, title=""):
    """Draw shapes of voxels (N, 1, D, H, W) on `ax`, row by row, seen from the front, the right and above.

    Floats in [0, 1] are occupied above `threshold`. Slices go from front to back, their rows from top to bottom, their
    columns from left to right. Returns the PolyCollection of the faces that no voxel lies against, from far to near;
    tops are the lightest, right sides the darkest. Raises ValueError for other shapes, dtypes and values.
    """
    shapes, columns = check_voxels(voxels)[:, 0], whole(columns, "columns")
    grid = (shapes > threshold).numpy()[:, ::-1, ::-1]  # (N, D, H, W), to the front, up and to the right
    count, depth, height, width = grid.shape
    rows, columns = -(-count // columns), min(columns, count)
    numbers, places, faces, sides = [], [], [], []
    for side in range(3):  # in front, on top, at the right
        next_to = np.roll(np.pad(grid, [(0, 0)] + 3 * [(0, 1)]), -1, side + 1)[:, :-1, :-1, :-1]
        number, *place = np.nonzero(grid & ~next_to)
        numbers.append(number)
        places.append(np.stack(place, 1))
        faces.append(places[-1][:, None] + np.insert([(0, 0), (0, 1), (1, 1), (1, 0)], side, 1, axis=1))
        sides.append(np.full(len(number), side))
    numbers, places, faces, sides = map(np.concatenate, (numbers, places, faces, sides))
    front, up, right = np.moveaxis(faces, 2, 0)
    cell = np.array([(depth + width) * SLOPE + 2, height + (depth + width) / 2 + 2])
    corners = np.stack([(right - front + depth) * SLOPE + 1, up - (front + right) / 2 - height - 1], 2)
    corners += (np.stack([numbers % columns, -(numbers // columns)], 1) * cell)[:, None]
    shades = np.array([to_rgb(colour), np.add(to_rgb(colour), 1) / 2, np.multiply(to_rgb(colour), 0.65)])
    order = np.argsort(places.sum(1), kind="stable")  # a voxel can hide those alone whose sum is smaller
    drawn = PolyCollection(corners[order], facecolors=shades[sides[order]], edgecolors=shades[2] / 2, linewidths=0.3)
    ax.add_collection(drawn, autolim=False)
    ax.set(xlim=(0, columns * cell[0]), ylim=(-rows * cell[1], 0), aspect="equal", title=title)
    ax.set_axis_off()
    return drawn


def show_wave(ax, wave, title=""):
    """Draw a wave (L,) at 8,000 samples a second on `ax` against time, from -1 to 1; returns the line."""
    wave = as_tensor(wave, "wave", "(L,)").cpu()
    (drawn,) = ax.plot(np.arange(len(wave)) / RATE, wave.numpy(), color=REAL, lw=0.6)
    ax.set(title=title, xlabel="time (s)", ylabel="wave", xlim=(0, len(wave) / RATE), ylim=(-1, 1))
    return drawn


def show_spectrogram(ax, wave, title=""):
    """Draw the spectrogram of a wave (L,) on `ax`, the brighter the stronger, and its pitch as a line over it.

    At 8,000 samples a second, up to 4,000 Hz, from 80 dB below the strongest. Returns the AxesImage and the line.
    Raises ValueError as `data.sound.spectrogram` does.
    """
    wave = as_tensor(wave, "wave", "(L,)").cpu().float()
    strong = spectrogram(wave).T
    decibels = 20 * (strong / strong.max().clamp(min=1e-8)).clamp(min=1e-4).log10()
    decibels = STEP * (decibels / STEP).round()  # fewer colours, with which the picture is half as large
    seconds = strong.shape[1] * HOP / RATE
    extent, limits = (0, seconds, 0, RATE / 2), {"vmin": -80, "vmax": 0, "interpolation": "nearest"}
    drawn = ax.imshow(decibels.numpy(), cmap="cividis", origin="lower", aspect="auto", extent=extent, **limits)
    times = (np.arange(strong.shape[1]) + 0.5) * HOP / RATE  # the middle of each frame
    (line,) = ax.plot(times, pitch(wave).numpy(), color=FAKE, marker="o", ms=2, lw=2)
    ax.set(title=title, xlabel="time (s)", ylabel="frequency (Hz)", xlim=(0, seconds), ylim=(0, RATE / 2))
    return drawn, line
