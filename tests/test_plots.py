"""Image grids pixel by pixel, and what the functions that draw on an Axes leave there."""

import io

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from gan_lessons import plots
from gan_lessons.plots import image_grid, show_bars, show_field, show_images, show_points
from gan_lessons.widgets.still import png

BLACK, WHITE = -1.0, 1.0


@pytest.fixture
def ax():
    return Figure().subplots()


def pixels(*args, **kwargs):
    return np.asarray(image_grid(*args, **kwargs)).tolist()


def test_a_grey_grid_has_every_pixel_in_its_place():
    images = torch.tensor([[-1.0, -0.6, -0.2], [0.2, 0.6, 1.0]]).view(2, 1, 1, 3)
    assert image_grid(images).mode == "L"
    assert pixels(images, scale=1, gap=1) == [[0, 51, 102, 255, 153, 204, 255]]
    assert pixels(images, columns=1, scale=1, gap=1) == [[0, 51, 102], [255] * 3, [153, 204, 255]]


def test_the_last_row_is_filled_with_white():
    images = torch.full((3, 1, 1, 1), BLACK)
    assert pixels(images, columns=2, scale=1, gap=0) == [[0, 0], [0, 255]]


def test_scale_repeats_each_pixel_but_not_the_gap():
    images = torch.tensor([BLACK, 0.2]).view(1, 1, 1, 2).expand(2, 1, 1, 2)
    assert pixels(images, scale=2, gap=1) == [[0, 0, 153, 153, 255, 0, 0, 153, 153]] * 2
    assert image_grid(torch.zeros(20, 1, 4, 6), columns=8, scale=3, gap=5).size == (
        8 * 18 + 7 * 5,
        3 * 12 + 2 * 5,
    )


def test_a_colour_grid_keeps_channels_and_rows_apart():
    image = torch.full((1, 3, 2, 2), BLACK)
    image[0, 0, 0, 0] = image[0, 1, 0, 1] = image[0, 2, 1, 0] = WHITE  # red, green, blue
    assert image_grid(image).mode == "RGB"
    assert pixels(image, scale=1) == [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [0, 0, 0]]]


def test_values_beyond_the_range_are_clamped():
    images = torch.tensor([-7.0, 0.0, 7.0, float("inf")]).view(4, 1, 1, 1)
    assert pixels(images, scale=1, gap=0) == [[0, 128, 255, 255]]


def test_a_grid_takes_tensors_as_training_leaves_them():
    images = torch.full((2, 1, 2, 2), WHITE, dtype=torch.float64, requires_grad=True)
    assert pixels(images.to(memory_format=torch.channels_last), scale=1, gap=0) == [[255] * 4] * 2


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 2, 8, 8), (1, 8, 8, 3), (1, 1, 1, 8, 8)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=f"not {str(shape).replace('(', '.')[:-1]}"):
        image_grid(torch.zeros(shape))


def test_show_images_draws_the_grid_with_a_fixed_range(ax):
    images = torch.linspace(-0.5, 0.5, 4 * 9).view(4, 1, 3, 3)
    drawn = show_images(ax, images, columns=2, title="Samples")
    assert drawn in ax.images
    assert drawn.get_array().tolist() == pixels(images, columns=2)
    assert drawn.get_clim() == (0, 255)  # so that grey images are not stretched
    assert ax.get_title() == "Samples"
    assert not ax.axison


def test_show_points_tells_real_from_generated_by_colour_and_marker(ax):
    real, fake = torch.tensor([[0.0, 1.0]]), torch.tensor([[2.0, 3.0], [4.0, 5.0]])
    drawn = show_points(ax, real, fake, title="Points")
    assert drawn == list(ax.collections)
    assert [collection.get_offsets().tolist() for collection in drawn] == [real.tolist(), fake.tolist()]
    assert [to_hex(collection.get_facecolor()[0]).upper() for collection in drawn] == [plots.REAL, plots.FAKE]
    assert drawn[0].get_paths()[0].vertices.shape != drawn[1].get_paths()[0].vertices.shape
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["real", "generated"]
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Points", "$x_1$", "$x_2$")
    assert ax.get_aspect() == 1


def test_show_points_draws_only_what_is_given(ax):
    (drawn,) = show_points(ax, fake=torch.zeros(3, 2))
    assert drawn.get_label() == "generated"


def test_show_field_puts_each_value_where_its_point_is(ax):
    drawn = show_field(ax, lambda x: (x[:, 0] > 1).float() * (x[:, 1] < 0).float(), reach=2.0, points=41)
    assert (drawn.get_cmap(), ax.get_aspect()) == (plots.FIELD, 1)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-2, 2))
    ax.figure.set_size_inches(2, 2)
    ax.set_position([0, 0, 1, 1])
    ax.set_axis_off()
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    red, _, blue = np.moveaxis(np.asarray(canvas.buffer_rgba())[..., :3].astype(int), 2, 0)
    image = blue - red  # 200 pixels wide, x from -2 to 2
    right_below, others = image[110:190, 160:190], [image[10:90, 160:190], image[110:190, 10:140]]
    assert right_below.min() > 50 and max(other.max() for other in others) < -50  # high is blue, low is orange


def test_show_field_keeps_its_colours_whatever_the_values(ax):
    low = show_field(ax, lambda x: torch.full((len(x),), -5.0))
    assert (low.levels[0], low.levels[-1], len(low.levels)) == (0, 1, 21)
    ax.set_position([0, 0, 1, 1])
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    height, width = np.asarray(canvas.buffer_rgba()).shape[:2]
    red, green, blue = np.asarray(canvas.buffer_rgba())[height // 2, width // 2, :3]
    assert red > green > blue  # below the range: the orange end, not a hole
    network = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0))
    show_field(ax, network, low=-3, high=3)
    assert all(p.grad is None for p in network.parameters())


def test_show_bars_lists_from_the_top_and_can_be_called_again(ax):
    first = show_bars(ax, [1, 2, 3], ["a", "b", "c"], label="one", offset=-0.2, width=0.4)
    second = show_bars(ax, [4, 5, 6], ["a", "b", "c"], colour=plots.REAL, label="two", offset=0.2, width=0.4)
    assert [bar.get_width() for bar in first] == [1, 2, 3]
    assert [round(bar.get_y() + bar.get_height() / 2, 6) for bar in second] == [0.2, 1.2, 2.2]
    assert to_hex(first[0].get_facecolor()).upper() == plots.FAKE
    assert to_hex(second[0].get_facecolor()).upper() == plots.REAL
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_yticks().tolist() == [0, 1, 2]
    assert ax.yaxis_inverted()  # after two calls as after one
    assert list(ax.containers) == [first, second]


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3)])
def test_a_png_holds_exactly_the_pixels(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    decoded = Image.open(io.BytesIO(png(Image.fromarray(pixels))))
    decoded.verify()  # every chunk's checksum
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(Image.fromarray(pixels))))), pixels)
