"""Make the README's two pictures anew, in notebooks/pictures: python -m browser.pictures, in the folder tests."""

import io
import tempfile
from pathlib import Path

from PIL import Image, ImageOps
from playwright.sync_api import sync_playwright

from .conftest import FLAGS, executable
from .lab import NOTEBOOKS, Notebook, Server
from .playground import Page

PLAYGROUND = """
from gan_lessons.widgets import Playground
play = Playground()
play.run(900)
play
"""
EXPLORER = next(NOTEBOOKS.glob("src/00_*.py")).read_text().split("# %%\n")[1].split("# %% [markdown]")[0]


def main():
    folder = NOTEBOOKS / "pictures"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser, server = playwright.chromium.launch(executable_path=executable(), args=FLAGS), Server(Path(home))
        try:
            window = browser.new_context(viewport={"width": 1800, "height": 900})
            for name, source in (("playground", PLAYGROUND), ("garments", EXPLORER)):
                notebook = Notebook(server, window, server.write(name, [source]))
                notebook.run()
                shown = (
                    Page(notebook, 0).root if name == "playground" else notebook.output(0).locator(".widget-box").first
                )
                notebook.page.wait_for_timeout(1000)
                picture = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
                picture = picture.crop(ImageOps.invert(picture).getbbox())
                picture.save(folder / f"{name}.png", optimize=True)
                notebook.shut_down_kernel()
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    main()
