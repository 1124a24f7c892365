"""How long one redraw of the loss board, a row of shapes, and one answer of a widget to a slider take, in ms.

The widgets of lessons 11 to 13 are the lessons' own, made by their cells; those of 11 and 13 have untrained networks.
"""

import json
import random
import time

from convolutional import Z_DIM, frozen, training
from lessons import names_of

# isort: split
import numpy as np
import torch
from matplotlib.figure import Figure

from gan_lessons.plots import show_shapes
from gan_lessons.widgets import ImageExplorer, LatentExplorer, LossBoard
from gan_lessons.widgets.still import rendered


def redraw_times(generate, count=100):
    """Time redraws of a board of 32 samples, each after one more of the steps of a run that is half done."""
    z, steps = torch.randn(32, Z_DIM), 2000
    board = LossBoard(steps, sample=lambda: generate(z), every=float("inf"))

    def record():
        d_loss, g_loss, d_real, d_fake = random.random(), random.random(), random.random(), -random.random()
        board.update({"d_loss": d_loss, "g_loss": g_loss, "d_real": d_real, "d_fake": d_fake})

    for _ in range(steps // 2):
        record()
    times = []
    for _ in range(count + 10):
        record()
        start = time.perf_counter()
        board.redraw()
        times.append(time.perf_counter() - start)
    return times[10:]  # the rest were a warm-up


def slider_times(generate, rounds=40):
    """Time from a direction's slider's new value until the PNGs of image, walk and grid have all changed."""
    explorer = LatentExplorer(generate, Z_DIM)
    pictures = explorer._large, explorer._strip, explorer._grid
    times = []
    for i in range(rounds + 2):
        for slider in explorer.sliders:
            before = [picture.value for picture in pictures]
            value = slider.value + random.choice([-1, -0.5, 0.5, 1])
            value = value if abs(value) <= slider.max else 0
            start = time.perf_counter()
            slider.value = value
            while any(picture.value == old for picture, old in zip(pictures, before, strict=True)):
                if time.perf_counter() - start > 5:
                    raise TimeoutError(f"a picture has not changed 5 s after {slider.description} was moved")
                time.sleep(0.0005)
            if i >= 2:  # before that it warms up
                times.append(time.perf_counter() - start)
    return times


def menu_times(explorer, rounds=20):
    """Time from a new value of each of an `ImageExplorer`'s sliders and menus until its picture has been made."""
    times = []
    for i in range(rounds + 1):
        for slider in explorer.sliders.values():
            if hasattr(slider, "options"):
                value = random.choice([option for option in slider.options if option != slider.value])
            else:
                value = slider.min if slider.value == slider.max else slider.value + slider.step
            start = time.perf_counter()
            slider.value = value
            if i >= 1:
                times.append(time.perf_counter() - start)
    return times


def typing_times(writer, rounds=40):
    """Time from a further typed character until the brushed line, of 1 to 20 characters, has been made."""
    characters = [*writer._places]
    times = []
    for i in range(rounds + 2):
        writer.field.value = ""
        for length in range(20):
            start = time.perf_counter()
            writer.field.value += characters[random.randrange(len(characters))]
            if i >= 2:
                times.append(time.perf_counter() - start)
            assert len(writer.field.value) == length + 1
    return times


def shape_times(rounds=20):
    """Time the drawing of eight shapes of 16×16×16 voxels, some 7,000 of them full."""
    voxels = torch.rand(8, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0)) ** 3
    times = []
    for i in range(rounds + 1):
        start = time.perf_counter()
        figure = Figure(figsize=(10, 1.6))
        show_shapes(figure.subplots(), voxels)
        rendered(figure)
        if i >= 1:
            times.append(time.perf_counter() - start)
    return times


def widgets_of_lessons():
    """Yield the explorers of lessons 11 and 12, by name."""
    names = names_of(11, "people, held_out", "class FaceG", "def face_d", "def face_game")
    names["average"], _ = names["garment_game"]("projection, conditional norm", 0, 1)
    names["face_g"], _ = names["face_game"](names["wish"], torch.ones(3000, dtype=torch.bool), 0, 1)
    names_of(11, "def mix", "def portrait", names=names)
    yield "lesson 11, mixing requests", names["mixer"]
    yield "lesson 11, faces on request", names["portraits"]
    names = names_of(12, "train, test", "NO_NOISE", "def labels", "def with_noise", "NOISES")
    seeds = {"seed_A": (0, 99, 1, 3), "seed_B": (0, 99, 1, 8)}
    others = {"crossover": (0, 5, 1, 3), "psi": (0.0, 1.5, 0.1, 1.0), "noise": [*names["NOISES"]]}
    yield "lesson 12, mixing styles", ImageExplorer(names["mixer"], columns=3, scale=8, **seeds, **others)


if __name__ == "__main__":
    random.seed(0)
    G, steps = training()
    for _ in range(20):  # so that the samples differ from grey
        next(steps)
    generate = frozen(G)
    found = {"loss board, redraw": redraw_times(generate), "latent explorer, slider": slider_times(generate)}
    shapes = 1000 * np.median(shape_times())
    found |= {name: menu_times(widget) for name, widget in widgets_of_lessons()}
    names = names_of(13, "FACES =")
    names["both_g"], _ = names["translation"]([names["BRUSH"]])
    found["lesson 13, typed characters"] = typing_times(names_of(13, "every = ", names=names)["writer"])
    found = {name: 1000 * np.array(times) for name, times in found.items()}
    print(f"{'ms':<28} median    95 %   events")
    for name, times in found.items():
        print(f"{name:<28}{np.median(times):7.1f} {np.percentile(times, 95):7.1f} {len(times):8}")
    redraws, *answers = found.values()
    print(f"{'eight shapes, drawn':<28}{shapes:7.1f}")
    result = {"refresh_ms": np.median(redraws), "slider_p95_ms": max(np.percentile(times, 95) for times in answers)}
    print(json.dumps({name: round(value, 2) for name, value in result.items()}))
