"""Pictures: functions that draw on a given Axes and return what they drew, and grids of images."""

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

REAL = "#0072B2"
FAKE = "#D55E00"
DISCRIMINATOR = "#009E73"
GENERATOR = "#CC79A7"
#: D's field: orange where D says generated, light where it cannot tell, blue where it says real. Paler than the points.
FIELD = LinearSegmentedColormap.from_list("generated to real", ["#E59B5C", "#F7F7F5", "#6FAFD6"])


def image_grid(images, columns=8, scale=2, gap=2):
    """Return images (N, C, H, W) in [-1, 1], C = 1 or 3, as one PIL image, row by row, each pixel `scale` wide."""
    if images.dim() != 4 or images.shape[1] not in (1, 3):
        raise ValueError(f"images must be (N, 1 or 3, H, W), not {tuple(images.shape)}")
    pixels = images.detach().cpu().float().add(1).mul(127.5).round().clamp(0, 255).byte().numpy()
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
    """Draw images (N, C, H, W) in [-1, 1] as a grid on `ax`; returns the AxesImage."""
    drawn = ax.imshow(np.asarray(image_grid(images, columns)), cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()
    ax.set_title(title)
    return drawn


def show_points(ax, real=None, fake=None, title=""):
    """Scatter real and generated points, (N, 2) each, on `ax` with equal scales; returns the two collections."""
    drawn = [
        ax.scatter(
            points[:, 0], points[:, 1], s=12, c=colour, marker=marker, lw=0.3, ec="white", alpha=0.8, label=label
        )
        for points, colour, marker, label in ((real, REAL, "o", "real"), (fake, FAKE, "X", "generated"))
        if points is not None
    ]
    ax.set(aspect="equal", title=title, xlabel="$x_1$", ylabel="$x_2$")
    ax.legend(loc="upper right", fontsize="small", framealpha=0.9)
    return drawn


def show_field(ax, function, low=0.0, high=1.0, reach=3.0, points=80):
    """Fill `ax` with the values of `function`, which maps points (N, 2) to (N,); returns the contour set.

    It shows the square from -`reach` to `reach`, in 20 colours from `low`, orange for generated, to
    `high`, blue for real; `points` is the resolution.
    """
    ticks = torch.linspace(-reach, reach, points)
    with torch.no_grad():
        values = function(torch.cartesian_prod(ticks, ticks)).clamp(low, high).reshape(points, points).T  # rows are x2
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
