"""A JupyterLab, and what a person does in it: open a lesson, run it, move its sliders, look at its pictures."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# what JupyterLab says in the console by itself, where a kernel ends while its debugger waits for an answer
KNOWN_CONSOLE = ("Could not restore the debugger state",)
# what ipywidgets writes where a widget should be
FAILURES = ("Error displaying widget", "Loading widget", "model not found", "Failed to create view")

# JavaScript: the pictures in a node, as the function `pictures` returns them
PICTURES = """
    const sha256 = async bytes => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
        byte => byte.toString(16).padStart(2, "0")).join("");
    const pixels = canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const text = each => new TextEncoder().encode(each.outerHTML);
    const bytes = async image => (await fetch(image.src)).arrayBuffer();
    const content = async each => each.tagName === "IMG" ? bytes(each) : "width" in each ? pixels(each) : text(each);
    const pictures = node => Promise.all(Array.from(node.querySelectorAll("img, canvas, div[role=img]"), async each => {
        const image = each.tagName === "IMG", box = each.getBoundingClientRect();
        const {width, height} = image ? {width: each.naturalWidth, height: each.naturalHeight}
            : "width" in each ? each : box;
        const seen = width > 1 && height > 1 && box.width > 1 && box.height > 1 && each.checkVisibility();
        const hash = await content(each).then(sha256, () => null);
        return {sha256: hash, width, height, seen: seen && (!image || each.complete)};
    }));
"""
# what a person sees in a node: the hashes of its pictures, its text, its numbers
STATE = """
    const state = async node => [(await pictures(node)).map(each => each.sha256), node.innerText,
        Array.from(node.querySelectorAll("input"), each => each.value)];
"""
# whether the kernel has answered an empty request, and so all that was sent to it before; false after 2 minutes
ANSWERED = """
    const answered = () => {
        const empty = {code: "", silent: true, store_history: false, stop_on_error: false};
        const request = panel.sessionContext.session.kernel.requestExecute(empty);
        const late = new Promise(tell => setTimeout(tell, 120_000, false));
        return Promise.race([request.done.then(() => true), late]);
    };
"""


def until(ask, what, timeout=60, pause=time.sleep):
    """Ask again and again until the answer is true, and return it; AssertionError that says `what` after `timeout`.

    `what`: words, or a function that returns them. `pause`: how to spend the seconds between two questions.
    """
    began = time.monotonic()
    while not (answer := ask()):
        waited = time.monotonic() - began
        if waited > timeout:
            raise AssertionError(f"waited {timeout} s in vain for {what() if callable(what) else what}")
        pause(min(0.05 + waited / 20, 0.25))  # each question takes time from what is waited for
    return answer


class Server:
    """A JupyterLab on 127.0.0.1, with its home and copies of notebooks in `folder`, and nothing of it outside."""

    def __init__(self, folder):
        self.root, home = folder / "course", folder / "home"
        self.root.mkdir(parents=True)
        quiet = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
        quiet.parent.mkdir(parents=True)
        quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
        self.environment, self._log = _environment(home), folder / "jupyterlab.log"
        self.token = secrets.token_hex()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}"]
        command += [f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"]
        # where a killed test run leaves it behind, it ends by itself
        command += ["--MappingKernelManager.cull_idle_timeout=900", "--ServerApp.shutdown_no_activity_timeout=900"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            until(self._answers, lambda: f"JupyterLab to start; its log:\n{self.log()}", timeout=120)
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"JupyterLab ended; its log:\n{self.log()}")
        try:
            return self._get("status")
        except OSError:
            return None

    def _get(self, path):
        with urlopen(f"{self.url}/api/{path}?token={self.token}", timeout=30) as answer:
            return json.load(answer)

    def copy(self, name):
        """Copy a lesson as it is stored into a folder of its own, and return its path for `Notebook`."""
        path = f"{secrets.token_hex(4)}/{name}.ipynb"
        (self.root / path).parent.mkdir()
        shutil.copy(NOTEBOOKS / f"{name}.ipynb", self.root / path)
        return path

    def write(self, name, sources):
        """Write a new notebook of code cells, or of a notebook's own cells, and return its path for `Notebook`."""
        cells = [nbformat.v4.new_code_cell(each.strip()) if isinstance(each, str) else each for each in sources]
        kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        path = f"{secrets.token_hex(4)}/{name}.ipynb"
        (self.root / path).parent.mkdir()
        nbformat.write(notebook, self.root / path)
        return path

    def kernels(self):
        """Return the ids of the kernels that run."""
        return {kernel["id"] for kernel in self._get("kernels")}

    def trust(self, path):
        """Sign a notebook, as JupyterLab does when a person who ran it saves it."""
        sign = [sys.executable, "-m", "jupyter", "trust", str(self.root / path)]
        subprocess.run(sign, env=self.environment, check=True, capture_output=True)

    def log(self):
        """Return the last lines that the server and its kernels wrote."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-60:])

    def stop(self):
        """End the server, which ends its kernels."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment(home):
    """Return an environment in which Jupyter and IPython read and write below `home` alone."""
    import matplotlib.font_manager  # makes its list of fonts where there is none: a kernel would say so on stderr

    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    folders = {"JUPYTER_CONFIG": "config", "JUPYTER_DATA": "data", "JUPYTER_RUNTIME": "runtime"}
    folders |= {"JUPYTERLAB_SETTINGS": "settings", "JUPYTERLAB_WORKSPACES": "workspaces"}
    environment |= {f"{name}_DIR": str(home / folder) for name, folder in folders.items()}
    # torch's threads must not spin while they wait: the browser needs the cores too, and training would take minutes
    environment |= {"OMP_WAIT_POLICY": "passive"}
    environment |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "MPLCONFIGDIR": matplotlib.get_cachedir()}
    return environment


class Notebook:
    """A notebook of the server's copy, open in JupyterLab, with the verbs of a person.

    It has a page of its own, or is opened in the `page` of another one that was closed, which is several times faster.
    """

    def __init__(self, server, context, path, page=None):
        self.server, self.path, self.name = server, path, Path(path).stem
        self.console = []  # the errors in the browser's console
        self.page = page or context.new_page()
        self.page.on("console", lambda message: message.type == "error" and self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        if page:
            self.reopen()
            return
        workspace = secrets.token_hex(4)  # of its own: no other notebook is open in it
        self.page.goto(f"{server.url}/lab/workspaces/{workspace}/tree/{path}?token={server.token}", timeout=120_000)
        self.until(self._is_ready, "a notebook with an idle kernel", timeout=120)

    def js(self, body, argument=None):
        """Return what JavaScript returns that knows `app` (JupyterLab), `panel` (this notebook) and `it` (an argument).

        It must not wait for what may never come: a page has no time limit for that.
        """
        panel = "app && [...app.shell.widgets('main')].find(each => each.context?.path === path)"
        code = f"async ([path, it]) => {{ const app = window.jupyterapp, panel = {panel}; {body} }}"
        return self.page.evaluate(code, [self.path, argument])

    def until(self, ask, what, timeout=60):
        """As the function `until`; the page's events are heard between two questions."""
        return until(ask, what, timeout, pause=lambda seconds: self.page.wait_for_timeout(1000 * seconds))

    # What a person finds in the menus

    def command(self, name, **arguments):
        """Begin a command of JupyterLab. Returns a function that tells whether it has ended."""
        begin = "window.ended = false; app.commands.execute(...it).finally(() => (window.ended = true))"
        self.js(begin, [name, arguments])
        return lambda: self.js("return window.ended")

    def accept(self):
        """Answer a dialog with its main button."""
        self.page.locator(".jp-Dialog .jp-mod-accept").click()

    def run(self, which="all-cells", cell=None, timeout=1800):
        """Run cells and wait for their end: "all-cells", or with a cell's number "cell", "all-above" or "all-below"."""
        self.wait_for_run(self.begin_run(which, cell), timeout)

    def wait_for_run(self, ended, timeout=1800):
        """Wait for the end of a run, with what `begin_run` returned."""
        self.until(ended, f"the end of a run of {self.name}", timeout)
        self.until(self._is_ready, "an idle kernel after a run")

    def begin_run(self, which="all-cells", cell=None):
        """Begin to run cells, as `run`. Returns a function that tells whether the run has ended."""
        if cell is not None:
            self.scroll_to(cell)
        return self.command(f"notebook:run-{which}")

    def interrupt(self):
        """Interrupt the kernel, as with ■ in the toolbar."""
        self.command("notebook:interrupt-kernel")

    def restart_kernel(self):
        """Restart the kernel, and say yes to the question."""
        ended = self.command("notebook:restart-kernel")
        self.accept()
        self.until(ended, "the kernel to restart", timeout=120)
        self.until(self._is_ready, "an idle kernel after a restart", timeout=120)

    def shut_down_kernel(self):
        """Shut the kernel down, and leave the notebook open."""
        kernel = self.js("return panel.sessionContext.session?.kernel?.id")
        self.until(self.command("kernelmenu:shutdown"), "the command to shut down the kernel")
        self.until(lambda: kernel not in self.server.kernels(), "the kernel to end")

    def save(self):
        """Save the notebook, and return it as it is in its file."""
        self.until(self.command("docmanager:save"), "the notebook to be saved")
        return nbformat.read(self.server.root / self.path, as_version=4)

    def reload(self):
        """Load the page anew, and wait until the kernel, which goes on meanwhile, is idle."""
        self.page.reload()
        self.until(self._is_ready, "the notebook with its kernel, in a page loaded anew", timeout=120)

    def close(self):
        """Save the notebook and close its tab. The kernel stays alive."""
        self.save()
        self.until(self.command("application:close"), "the command to close the tab")
        self.until(lambda: self.js("return !panel"), "the tab to close")

    def reopen(self):
        """Open the notebook again, after `close`."""
        self.until(self.command("docmanager:open", path=self.path), "the command to open the notebook")
        self.until(self._is_ready, "the notebook with its kernel, opened again", timeout=120)

    def _is_ready(self):
        return self.js(
            "const session = panel?.context.isReady && panel.sessionContext;"
            "const kernel = session && session.isReady && !session.isRestarting && session.session?.kernel;"
            "return Boolean(kernel) && kernel.connectionStatus === 'connected' && kernel.status === 'idle'"
        )

    # What a person sees

    def cells(self):
        """Return each cell as a dict: type, source, and of a code cell count, trusted, and outputs as in nbformat."""
        return self.js(
            "return panel.content.widgets.map(({model}) => ({type: model.type, source: model.sharedModel.getSource(),"
            " ...(model.type === 'code' && {count: model.executionCount, trusted: model.trusted,"
            " outputs: model.outputs.toJSON()})}))"
        )

    def count(self, cell):
        """Return a cell's execution count; nothing where it has not been run, or runs."""
        return self.js("return panel.content.widgets[it].model.executionCount", cell)

    def widget_cells(self):
        """Return the numbers of the cells with a widget's view among their outputs."""
        return [
            i
            for i, cell in enumerate(self.cells())
            if any(WIDGET_VIEW in output.get("data", {}) for output in cell.get("outputs", []))
        ]

    def scroll_to(self, cell):
        """Go to a cell: it becomes the active one, at the top of the window."""
        self.js("panel.content.activeCellIndex = it; await panel.content.scrollToItem(it, 'start')", cell)
        shown = "return panel.content.widgets[it].node.checkVisibility({contentVisibilityAuto: true})"
        self.until(lambda: self.js(shown, cell), f"cell {cell} to come into the window")

    def centre(self, cell):
        """Go to a cell's outputs, in the middle of the window."""
        self.scroll_to(cell)
        self.output(cell).evaluate("node => node.scrollIntoView({block: 'center'})")

    def output(self, cell):
        """Return the Playwright locator of a cell's outputs."""
        return self.page.locator(f'.jp-Notebook-cell[data-windowed-list-index="{cell}"] .jp-Cell-outputArea')

    def text(self, cell):
        """Return the text in a cell's outputs, readouts and status lines included."""
        return self.output(cell).inner_text()

    def pictures(self, cell):
        """Return the pictures in a cell's outputs, as `pictures`."""
        return pictures(self.output(cell))

    def sliders(self, cell):
        """Return the sliders in a cell's outputs."""
        boxes = self.output(cell).locator(".slider-container").all()
        return [Slider(self, cell, each.locator("..")) for each in boxes]

    def state(self, cell):
        """Return all that a person sees of a cell's widget: the hashes of its pictures, its text, its numbers."""
        return self.output(cell).evaluate(f"async node => {{ {PICTURES} {STATE} return state(node); }}")

    def settled(self, cell):
        """Return the `state` of a cell once the kernel has answered everything and nothing changes any more.

        A moving slider sends its newest value each time the kernel has answered the one before. So the state has to
        stay the same over three answers of the kernel to an empty request.
        """
        found = self.js(
            f"{PICTURES} {STATE} {ANSWERED} const states = [];"
            "const output = panel.content.widgets[it].node.querySelector('.jp-Cell-outputArea');"
            "const same = () => new Set(states.slice(-3).map(JSON.stringify)).size === 1;"
            "for (let end = Date.now() + 60_000; Date.now() < end; ) {"
            "  if (!(await answered())) return null;"
            "  await new Promise(next => setTimeout(next, 20));"  # its answer is shown by then
            "  states.push(await state(output));"
            "  if (states.length > 2 && same() && !states.at(-1)[0].includes(null)) return states.at(-1);"
            "}",
            cell,
        )
        assert found, f"cell {cell} of {self.name} did not come to rest, or its kernel did not answer"
        return found

    def changed(self, cell, before, what):
        """Wait until a cell's pictures differ from those in the state `before`, and return its settled state."""
        self.until(
            lambda: [picture["sha256"] for picture in self.pictures(cell)] != before[0],
            f"the picture of cell {cell} of {self.name} to change when {what}",
            timeout=30,
        )
        return self.settled(cell)

    def tab_stops(self, cell):
        """Return where the Tab key goes from a cell's first control on, with how many controls there are.

        A stop is a control's place among the cell's controls, in the order of the page; the last stop is outside: -1.
        """
        controls = self.output(cell).locator("input, select, button, [tabindex], [contenteditable=true]")
        count, stops = controls.count(), []
        if count:
            controls.first.focus()
        while count and len(stops) <= count:
            stops.append(controls.evaluate_all("all => all.indexOf(document.activeElement)"))
            self.page.keyboard.press("Tab")
        return stops, count

    def errors(self):
        """Return the errors in the browser's console, but those that JupyterLab makes by itself."""
        return [error for error in self.console if not error.startswith(KNOWN_CONSOLE)]

    def screenshot(self, name, cell=None):
        """Save what the window shows, or with a cell's number its outputs, in the folder of screenshots; not in CI."""
        if os.environ.get("CI"):  # no one looks at them there
            return
        if cell is not None:
            self.centre(cell)
        self.page.screenshot(path=SCREENSHOTS / f"{self.name}_{name}.png")


class Slider:
    """A slider of ipywidgets: drag its handle, key it, read its label and its readout."""

    def __init__(self, notebook, cell, box):
        self._notebook, self._page, self._cell, self._box = notebook, notebook.page, cell, box
        self.handle, self._track = box.locator(".noUi-handle"), box.locator(".noUi-base")

    @property
    def label(self):
        return self._text(".widget-label")

    @property
    def readout(self):
        return self._notebook.until(self._read, lambda: f"a slider's readout: {self._box.evaluate('n => n.outerHTML')}")

    def _read(self):
        """Return the readout, or go back to the cell, as a person does after JupyterLab has scrolled away from it."""
        if not (text := self._text(".widget-readout")):
            self._notebook.scroll_to(self._cell)
        return text

    def _text(self, kind):
        seen = "(node, kind) => [...node.querySelectorAll(kind)].filter(each => each.checkVisibility())"
        return self._box.evaluate(f"{seen}.map(each => each.innerText.trim()).join(' ')", kind)

    def share(self):
        """Return where the handle is, from 0, the left end, to 1."""
        handle, track = (each.evaluate("node => node.getBoundingClientRect()") for each in (self.handle, self._track))
        return (handle["x"] + handle["width"] / 2 - track["x"]) / track["width"]

    def drag(self, share):
        """Drag the handle to a share of the track, in several moves as a hand does."""
        self.handle.scroll_into_view_if_needed()
        handle, track = self.handle.bounding_box(), self._track.bounding_box()
        height = handle["y"] + handle["height"] / 2
        self._page.mouse.move(handle["x"] + handle["width"] / 2, height)
        self._page.mouse.down()
        self._page.mouse.move(track["x"] + share * track["width"], height, steps=5)
        self._page.mouse.up()

    def key(self, name):
        """Press a key such as "ArrowRight" on the handle."""
        self.handle.press(name)

    def key_until(self, readout, name):
        """Press a key again and again until the readout is as given."""
        for _ in range(500):
            if self.readout == readout:
                return
            self.key(name)
        raise AssertionError(f"'{self.label}' does not come to {readout} with 500 times {name}, but to {self.readout}")


def pictures(locator):
    """Return the images, canvases and poems in a locator: SHA-256 of what they hold, size, whether they can be seen.

    A picture that is just being replaced has no hash yet.
    """
    return locator.evaluate(f"async node => {{ {PICTURES} return pictures(node); }}")
