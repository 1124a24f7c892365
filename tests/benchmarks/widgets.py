"""How long one redraw of the loss board and one answer of the latent explorer to a slider take, in ms."""

import json
import random
import time

from convolutional import Z_DIM, frozen, training

# isort: split
import numpy as np
import torch

from gan_lessons.widgets import LatentExplorer, LossBoard


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


if __name__ == "__main__":
    random.seed(0)
    G, steps = training()
    for _ in range(20):  # so that the samples differ from grey
        next(steps)
    generate = frozen(G)
    redraws, answers = 1000 * np.array(redraw_times(generate)), 1000 * np.array(slider_times(generate))
    print(f"{'ms':<26} median    95 %   events")
    for name, times in (("loss board, redraw", redraws), ("latent explorer, slider", answers)):
        print(f"{name:<26}{np.median(times):7.1f} {np.percentile(times, 95):7.1f} {len(times):8}")
    result = {"refresh_ms": np.median(redraws), "slider_p95_ms": np.percentile(answers, 95)}
    print(json.dumps({name: round(value, 2) for name, value in result.items()}))
