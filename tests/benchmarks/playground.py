"""What the playground costs, in a real JupyterLab in a browser, in one run.

steps_per_second: of the default networks while the picture is live; goal 400.
frames_per_second: pictures drawn by the page meanwhile; goal 10.
share: steps per second over those of the same loop without a widget, in turn with it; goal 0.8.
click_ms: from the click on Play, Pause or a control to its effect on the page, 95th percentile; goal 150.
frame_kb: the largest message of a picture on the wire, in 1,000 bytes; goal 50.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

import nbformat
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser.conftest import FLAGS, NAMES
from browser.lab import Notebook, Server

SECONDS = 6  # of each measurement of speed
ROUNDS = 4
CELLS = (
    """
import time
from itertools import islice

import torch

from gan_lessons import data, losses
from gan_lessons.networks import mlp
from gan_lessons.runtime import set_threads
from gan_lessons.training import adversarial_steps, d_step, g_step
from gan_lessons.widgets import Playground

play = Playground()
settings = play.settings
G, D = mlp(2, 2, settings["width"], settings["depth"]), mlp(2, 1, settings["width"], settings["depth"])
set_threads(G, D)
d_opt, g_opt = (
    torch.optim.Adam(net.parameters(), settings[rate], betas=(0.5, 0.99), fused=True)
    for net, rate in ((D, "d_rate"), (G, "g_rate"))
)
penalty, loss, batch = losses.r1(settings["strength"]), losses.non_saturating, settings["batch"]
assert [settings[name] for name in ("loss", "penalty", "every", "d_per_g")] == ["non-saturating", "R1", 1, 1]
assert settings["d_opt"] == settings["g_opt"] == "Adam, β₁ = 0.5"
loop = adversarial_steps(
    data.ring().batches(batch),
    lambda real: d_step(G, D, d_opt, loss, real, torch.randn(batch, 2), penalty=penalty),
    lambda real: g_step(G, D, g_opt, loss, torch.randn(batch, 2)),
)
play
""",
    f"""
start = time.perf_counter()
for done, _ in enumerate(loop, 1):
    if time.perf_counter() - start > {SECONDS}:
        break
print(done / (time.perf_counter() - start))
""",
)


def main():
    server = Server(Path(tempfile.mkdtemp()))
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}),
        server.root / "benchmark.ipynb",
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=next(filter(None, map(shutil.which, NAMES))), args=FLAGS
            )
            context = browser.new_context(viewport={"width": 1400, "height": 1000})
            print(json.dumps(measure(Notebook(server, context, "benchmark.ipynb"))))
            browser.close()
    finally:
        server.stop()


COUNT_PICTURES = """
    window.drawn = 0;
    const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...all) {
        window.drawn++;
        return put.apply(this, all);
    };
"""  # the playground puts D's field on the page once a picture, and nothing else does
COUNTS = """() => ({
    at: performance.now(), drawn: window.drawn,
    step: Number(document.querySelector(".gan-playground").innerText.match(/step ([\\d,]+)/)[1].replaceAll(",", "")),
})"""
CLICK = """([act, expected]) => new Promise((done, fail) => {
    const root = document.querySelector(".gan-playground");
    const button = name => [...root.querySelectorAll("button")].find(each => each.innerText === name);
    const start = performance.now();
    const look = new MutationObserver(() => {
        if (!eval(expected)) return;
        look.disconnect();
        done(performance.now() - start);
    });
    look.observe(root, {subtree: true, childList: true, characterData: true, attributes: true});
    setTimeout(() => fail(new Error(`no ${expected} after ${act}`)), 10000);
    eval(act);
})"""


def measure(notebook):
    page, sizes = notebook.page, []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: sizes.append(len(payload))))
    page.add_init_script(COUNT_PICTURES)
    page.reload()  # so that its sockets are heard and its pictures counted
    notebook.until(notebook._is_ready, "the notebook, loaded again")
    notebook.run()
    play, pause = (page.get_by_role("button", name=name, exact=True) for name in ("Play", "Pause"))
    speeds, rates, shares, largest = [], [], [], 0
    for _ in range(ROUNDS):
        notebook.run("cell", 1)
        bare = float(notebook.text(1))
        notebook.scroll_to(0)
        play.click()
        page.wait_for_timeout(1000)
        sizes.clear()
        before = page.evaluate(COUNTS)
        page.wait_for_timeout(1000 * SECONDS)
        after = page.evaluate(COUNTS)
        pause.click()
        play.wait_for()
        seconds = (after["at"] - before["at"]) / 1000
        speeds.append((after["step"] - before["step"]) / seconds)
        rates.append((after["drawn"] - before["drawn"]) / seconds)
        shares.append(speeds[-1] / bare)
        largest = max(largest, *sizes)
    return {
        "steps_per_second": round(median(speeds)),
        "frames_per_second": round(median(rates), 1),
        "share": round(median(shares), 3),
        "shares": [round(share, 3) for share in shares],
        "click_ms": round(quantiles(clicks(page), n=20)[-1], 1),
        "frame_kb": round(largest / 1000, 1),
    }


def clicks(page, rounds=20):
    """Return the times from clicks to their effects on the page, in ms, while it plays."""
    times = []
    for i in range(rounds):
        times.append(page.evaluate(CLICK, ['button("Play").click()', 'Boolean(button("Pause"))']))
        page.wait_for_timeout(300)
        loss = ("hinge", "least squares")[i % 2]
        change = (
            f"const select = [...root.querySelectorAll('select')].find(each => each.innerText.includes('hinge'));"
            f"select.value = [...select.options].find(each => each.text === '{loss}').value;"
            "select.dispatchEvent(new Event('input', {bubbles: true}))"
        )
        times.append(page.evaluate(CLICK, [change, f'root.innerText.includes("Loss: {loss}")']))
        page.wait_for_timeout(300)
        times.append(page.evaluate(CLICK, ['button("Pause").click()', 'Boolean(button("Play"))']))
        page.wait_for_timeout(100)
    return times


if __name__ == "__main__":
    main()
