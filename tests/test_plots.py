"""Image grids pixel by pixel, and what the functions that draw on an Axes leave there."""

import io
import math
import warnings

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path as MplPath
from PIL import Image

from gan_lessons import plots
from gan_lessons.plots import image_grid, show_bars, show_field, show_images, show_points, show_shapes, show_table
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


@pytest.mark.parametrize(
    ("images", "match"),
    [
        (torch.zeros(2, 1, 4, 4).byte(), r"floats in \[-1, 1\], not torch.uint8; gan_lessons.data.to_float"),
        (np.zeros((2, 1, 4, 4), np.int64), "not torch.int64"),
        (torch.zeros(2, 8, 8, 3), r"the channels are last here; .*permute\(0, 3, 1, 2\)"),
        (torch.zeros(2, 8, 8), r"images\[:, None\] adds the channel"),
        (torch.zeros(2, 784), "unflatten them first"),
        (torch.zeros(0, 1, 4, 4), "at least one image"),
        ((torch.zeros(1, 1, 4, 4),) * 3, "not a tuple; join them with torch.stack"),
    ],
    ids=["uint8", "int64", "NHWC", "NHW", "flat", "none", "tuple"],
)
def test_what_is_no_batch_of_images_is_said_with_the_remedy(images, match, ax):
    for draw in (image_grid, lambda images: show_images(ax, images)):
        with pytest.raises(ValueError, match=match):
            draw(images)


@pytest.mark.parametrize(
    ("values", "drawn", "match"),
    [
        ([0.0, 0.2, 1.0], [128, 153, 255], "no pixel of the images is negative"),
        ([0.0, 51.0, 255.0], [128, 255, 255], "from 0 to 255, as grey levels do; images / 127.5 - 1"),
        ([-3.0, 0.2, 3.0], [0, 153, 255], r"beyond \[-1, 1\]"),
        ([math.nan, 0.2, -1.0], [128, 153, 0], "1 of 1 images hold NaN"),
    ],
    ids=["0 to 1", "0 to 255", "beyond", "NaN"],
)
def test_a_picture_of_doubtful_values_is_drawn_with_a_warning(values, drawn, match):
    with pytest.warns(UserWarning, match=match):
        assert pixels(torch.tensor(values).view(1, 1, 1, 3), scale=1) == [drawn]


def test_a_picture_of_good_values_or_of_one_grey_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image_grid(torch.tensor([-1.0, 0.5, 1.04]).view(3, 1, 1, 1))
        image_grid(torch.zeros(2, 3, 4, 4))
        assert pixels(np.full((1, 1, 1, 1), 0.2), scale=1) == [[153]]


@pytest.mark.parametrize("columns", [0, 2.5])
def test_a_grid_of_no_columns_is_refused(columns):
    with pytest.raises(ValueError, match=f"columns must be a whole number, 1 or more, not {columns}"):
        image_grid(torch.zeros(2, 1, 4, 4), columns=columns)


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


def test_show_points_takes_arrays_and_what_a_network_returns(ax):
    real, fake = np.zeros((4, 2)), torch.tensor([[1.0, 2.0], [math.nan, 0.0]], requires_grad=True)
    first, second = show_points(ax, real, fake)
    assert first.get_offsets().tolist() == real.tolist()
    assert second.get_label() == "generated (1 of 2 not finite)"
    with pytest.raises(ValueError, match=r"real points must be \(N, 2\), not \(2, 5\)"):
        show_points(ax, torch.zeros(2, 5))


def test_show_field_takes_columns_arrays_and_networks_of_any_dtype(ax):
    network = torch.nn.Linear(2, 1).double()
    column = show_field(ax, network, low=-3, high=3, points=5)
    flat = show_field(ax, lambda x: network(x.double()).squeeze(1).numpy(), low=-3, high=3, points=5)
    assert [path.vertices.tolist() for path in column.get_paths()] == [p.vertices.tolist() for p in flat.get_paths()]


def test_a_field_with_a_hole_is_drawn_with_a_warning(ax):
    with pytest.warns(UserWarning, match="returned NaN at 10 of 25 points"):
        show_field(ax, lambda x: x[:, 0].where(x[:, 0] > -1, math.nan), points=5)


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: x, r"must map points \(25, 2\) to one value each, \(25,\), not \(25, 2\)"),
        (lambda x: x.sum(), r"not \(\)"),
        (lambda x: None, "not a NoneType"),
    ],
    ids=["two values", "one value", "nothing"],
)
def test_a_field_of_something_else_is_refused(function, match, ax):
    with pytest.raises(ValueError, match=match):
        show_field(ax, function, points=5)
    with pytest.raises(ValueError, match="low must be below high, not 1 and 1"):
        show_field(ax, function, low=1, high=1)


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


def told(ax):
    """Return the texts of a table's cells, row by row, and whether each is white."""
    return [text.get_text() for text in ax.texts], [text.get_color() == "white" for text in ax.texts]


def test_a_table_has_its_numbers_names_and_one_scale_for_all_cells(ax):
    drawn = show_table(ax, torch.tensor([[0.0, 0.25], [0.5, 1.0]]), ["a", "b"], ["c", "d"], title="t")
    assert drawn.get_array().tolist() == [[0, 0.25], [0.5, 1]]
    assert told(ax) == (["0.00", "0.25", "0.50", "1.00"], [False, False, False, True])
    assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["c", "d"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_title() == "t"


def test_a_table_has_a_scale_a_direction_and_a_form_for_each_column(ax):
    drawn = show_table(ax, [[10, 0.5], [30, 0.75]], "ab", "cd", better=["low", "high"], form=["{:.0f}", "{:.0%}"])
    assert drawn.get_array().tolist() == [[1, 0], [0, 1]]
    assert told(ax) == (["10", "50%", "30", "75%"], [True, False, False, True])


def test_a_table_with_one_direction_for_low_numbers(ax):
    assert show_table(ax, [[1.0, 2.0]], ["a"], ["c", "d"], better="low").get_array().tolist() == [[1, 0]]


@pytest.mark.parametrize("better", ["low", ["low", "low"]])
def test_a_table_leaves_white_what_is_not_finite_and_what_is_all_alike(ax, better):
    drawn = show_table(ax, [[math.nan, 2.0], [math.inf, 2.0]], "ab", "cd", better=better)
    assert np.ma.filled(drawn.get_array(), -1).tolist() == [[-1, 0]] * 2
    assert told(ax) == (["–", "2.00", "inf", "2.00"], [False] * 4)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"values": [[1.0]]}, r"values must be \(2, 1\), as many as names, not \(1, 1\)"),
        ({"values": [["x"], ["y"]]}, "values must be one tensor or array"),
        ({"better": "most"}, 'better must be "high" or "low"'),
        ({"better": ["low", "low"]}, "one for each of 1 columns"),
        ({"form": ["{}", "{}"]}, "form a text: one, or one for each of 1 columns"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(ax, changed, match):
    with pytest.raises(ValueError, match=match):
        show_table(ax, **({"values": [[1.0], [2.0]], "rows": "ab", "columns": "c"} | changed))
    assert not ax.texts and not ax.images


# Shapes of voxels


def faces_of(drawn):
    """Return the corners (F, 4, 2) and the colours (F, 3) of what `show_shapes` drew, in the order of painting."""
    return np.stack([path.vertices[:4] for path in drawn.get_paths()]), drawn.get_facecolors()[:, :3]


def area(corners):
    x, y = corners[..., 0], corners[..., 1]
    return np.abs((x * np.roll(y, -1, -1) - y * np.roll(x, -1, -1)).sum(-1)) / 2


def test_a_voxel_shows_three_faces_of_one_area(ax):
    voxels = torch.zeros(1, 1, 2, 2, 2)
    voxels[0, 0, 0, 1, 0] = 0.6
    corners, colours = faces_of(show_shapes(ax, voxels, colour="#406080", title="One"))
    assert area(corners) == pytest.approx([3**0.5 / 2] * 3)  # each a rhombus of side 1 and 60 degrees
    middle = corners.mean(1)
    top = middle[:, 1].argmax()
    front, right = sorted({0, 1, 2} - {top}, key=lambda i: middle[i, 0])
    assert [to_hex(colours[i]) for i in (top, front, right)] == ["#a0b0c0", "#406080", "#2a3e53"]
    assert ax.get_title() == "One" and not ax.axison
    assert len(show_shapes(ax, voxels, threshold=0.6).get_paths()) == 0


def test_a_block_shows_its_outside_alone(ax):
    corners, _ = faces_of(show_shapes(ax, torch.ones(1, 1, 2, 3, 4, dtype=torch.bool)))
    assert len(corners) == 3 * 4 + 2 * 4 + 2 * 3


def first_hit(shape, x, y):
    """Return the side at which a ray of sight through (x, y) meets the shape first: 0 front, 1 top, 2 right, or None.

    The ray comes along the diagonal (1, 1, 1) of (to the front, up, to the right), in steps of a hundredth.
    """
    depth, height, width = shape.shape
    x, y = x - 1 - depth * 3**0.5 / 2, y + height + 1  # what `show_shapes` moves its first shape by
    right_minus_front = x / (3**0.5 / 2)
    for front in np.arange(depth + 1, -width - 1, -0.01):
        place = np.array([front, y + front + right_minus_front / 2, front + right_minus_front])
        f, u, r = np.floor(place).astype(int)
        if 0 <= f < depth and 0 <= u < height and 0 <= r < width and shape[depth - 1 - f, height - 1 - u, r]:
            return int((1 - place % 1).argmin())
    return None


def test_what_is_painted_last_is_what_a_ray_of_sight_meets_first(ax):
    rng = np.random.default_rng(0)
    shape = rng.random((4, 5, 6)) < 0.3
    corners, colours = faces_of(show_shapes(ax, shape[None, None], colour="#406080"))
    sides = {"#406080": 0, "#a0b0c0": 1, "#2a3e53": 2}
    (low, high), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    paths, met = [MplPath([*each, each[0]]) for each in corners], []
    for x, y in rng.uniform((low, bottom), (high, top), (400, 2)):
        if any(path.intersects_path(MplPath.circle((x, y), 0.03), filled=False) for path in paths):
            continue  # at an edge a step of the ray may miss
        over = [i for i, path in enumerate(paths) if path.contains_point((x, y))]
        met.append(first_hit(shape, x, y))
        assert met[-1] == (sides[to_hex(colours[over[-1]])] if over else None)
    assert min(met.count(side) for side in (0, 1, 2, None)) > 20


def test_shapes_stand_in_rows_and_within_the_axes(ax):
    corners, _ = faces_of(show_shapes(ax, torch.ones(5, 1, 3, 3, 3), columns=2))
    assert len(corners) == 5 * 27
    wide, high = ax.get_xlim()[1] / 2, -ax.get_ylim()[0] / 3
    middles = corners.mean(1)
    cells = np.stack([middles[:, 0] // wide, -middles[:, 1] // high], 1)
    found, counts = np.unique(cells, axis=0, return_counts=True)
    assert found.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]] and counts.tolist() == [27] * 5
    assert corners[..., 0].min() > 0 and corners[..., 0].max() < 2 * wide
    assert corners[..., 1].max() < 0 and corners[..., 1].min() > -3 * high


@pytest.mark.parametrize(
    ("voxels", "match"),
    [
        (torch.zeros(2, 4, 4, 4), r"voxels must be \(N, 1, D, H, W\)"),
        (torch.zeros(2, 1, 4, 4, 4) - 1, r"beyond \[0, 1\]; end G in a sigmoid"),
    ],
)
def test_voxels_that_can_not_be_drawn_are_refused(ax, voxels, match):
    with pytest.raises(ValueError, match=match):
        show_shapes(ax, voxels)


def test_a_wave_and_its_spectrogram_have_one_time_and_a_tone_stands_at_its_frequency(ax):
    wave = 0.5 * torch.sin(2 * torch.pi * 500 * torch.arange(4000) / 8000)
    line = plots.show_wave(ax, wave, "a tone")
    assert ax.get_title() == "a tone" and ax.get_xlim() == (0, 0.5) and ax.get_ylim() == (-1, 1)
    np.testing.assert_allclose(line.get_ydata(), wave)
    ax.clear()
    drawn, pitch = plots.show_spectrogram(ax, wave, "the same")
    assert ax.get_title() == "the same" and ax.get_ylim() == (0, 4000) and ax.get_ylabel() == "frequency (Hz)"
    decibels = drawn.get_array()
    assert decibels.shape == (129, 62) and (decibels[:, 4:-4].argmax(0) == 16).all()  # 16 · 31.25 Hz
    assert decibels.max() == 0 and decibels.min() >= -80 and drawn.get_extent() == [0, 0.496, 0, 4000]
    times, hertz = pitch.get_xdata(), pitch.get_ydata()
    assert times[0] == pytest.approx(0.004) and times[-1] == pytest.approx(0.492)
    np.testing.assert_allclose(hertz[4:-4], 500, rtol=0.01)
    plots.show_spectrogram(ax, torch.zeros(800))  # silence is drawn, too
