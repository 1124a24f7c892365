"""The playground in a cell's output, and what a person does with it."""

import json
import re

from .lab import pictures

# the part that is marked: whose half-step it belongs to, its name, and the line that explains it
PART = """(root => {
    const marked = root.querySelector('[aria-current="step"]'), lists = [...root.querySelectorAll("ol")];
    const who = marked && "DG"[lists.indexOf(marked.parentElement)];
    return [who, marked && marked.textContent, root.querySelector(".gan-part").textContent];
})"""


class Page:
    """The playground in a cell's output, as a person has it before them."""

    def __init__(self, notebook, cell):
        self.notebook, self.cell = notebook, cell
        notebook.scroll_to(cell)
        self.root = notebook.output(cell).locator(".gan-playground")
        self.root.wait_for()

    def control(self, name):
        """The control of a setting."""
        return self.root.locator(f'[id$="-{name}"]')

    def unfold(self, name, open=True):
        """Open what is folded under a name."""
        fold = self.root.locator("details", has=self.notebook.page.locator("summary", has_text=name))
        if (fold.get_attribute("open") is not None) != open:
            fold.locator("summary").click()

    def fold(self, name):
        """Close it again."""
        self.unfold(name, open=False)

    def tool(self, name):
        """Take a tool in hand: "Move heaps", "Add heaps" or "Remove heaps"."""
        self.root.get_by_role("radio", name=name, exact=True).check()

    def play_until(self, steps):
        """Play until so many steps are done, and pause."""
        self.click("Play")
        self.until(lambda: self.counts[0] > steps, f"{steps} steps")
        self.click("Pause")
        self.paused()

    def click(self, name):
        self.root.get_by_role("button", name=name, exact=True).click()

    def has_button(self, name):
        return self.root.get_by_role("button", name=name, exact=True).count() == 1

    @property
    def counts(self):
        """The numbers of the readout: whole steps, and updates of D and of G."""
        found = re.search(r"step ([\d,]+) · D ([\d,]+) · G ([\d,]+)", self.root.inner_text())
        return tuple(int(number.replace(",", "")) for number in found.groups())

    @property
    def part(self):
        """The part that is marked, such as ("D", "score"), or None, and the line that explains it."""
        who, name, text = self.root.evaluate(PART)
        return (who, name) if who else None, text

    def record_parts(self):
        """Begin to write down every `part` that is shown, so that none is missed however fast they follow."""
        self.root.evaluate(
            f"root => {{ const part = {PART}; window.parts = [];"
            "new MutationObserver(() => window.parts.push(part(root))).observe(root,"
            " {subtree: true, childList: true, characterData: true, attributes: true}); }"
        )

    def recorded_parts(self):
        """Return the parts since `record_parts`, as lists [who, name, text], each once in a row."""
        found = self.notebook.page.evaluate("window.parts")
        return [part for part, before in zip(found, [None, *found], strict=False) if part != before and part[0]]

    @property
    def error(self):
        return self.root.locator(".gan-error").text_content()

    @property
    def message(self):
        return self.root.get_by_role("status").first.inner_text()

    def picture(self):
        """The hash of the picture's pixels, without the marks that the pointer or the focus adds."""
        self.notebook.page.mouse.move(0, 0)
        self.root.locator("canvas.gan-picture").evaluate("canvas => canvas.blur()")
        return pictures(self.root.locator(".gan-stage"))[0]["sha256"]

    def until(self, ask, what):
        return self.notebook.until(ask, what)

    def paused(self):
        self.until(lambda: self.has_button("Play"), "the playground to pause")

    def idle(self):
        """Wait until the kernel has done all that was asked for; what it told the page came before this answer."""
        self.until(lambda: self.ask("threads()") == 0, "the playground's thread to end")

    def at(self, *counts):
        self.until(lambda: self.counts == counts, lambda: f"the counts {counts}, not {self.counts}")
        self.paused()

    def spot(self, x, y):
        """Where a place of the data is on the screen."""
        box = self.root.locator("canvas.gan-picture").bounding_box()
        return box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"]

    def stroke(self, *places):
        """Press at the first place, move to the others, let go."""
        mouse = self.notebook.page.mouse
        self.root.locator("canvas.gan-picture").scroll_into_view_if_needed()
        mouse.move(*self.spot(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.spot(*place), steps=5)
        mouse.up()

    def pen_stroke(self, *places):
        """As `stroke`, with a pen."""
        self._strokes("Input.dispatchMouseEvent", ("mousePressed", "mouseMoved", "mouseReleased"), places, _pen)

    def touch_stroke(self, *places):
        """As `stroke`, with a finger."""
        self._strokes("Input.dispatchTouchEvent", ("touchStart", "touchMove", "touchEnd"), places, _finger)

    def _strokes(self, method, names, places, event):
        """Send what Playwright has no verbs for."""
        self.root.locator("canvas.gan-picture").scroll_into_view_if_needed()
        devices = self.notebook.page.context.new_cdp_session(self.notebook.page)
        begin, move, end = names
        for name, place in [(begin, places[0]), *((move, place) for place in places[1:]), (end, places[-1])]:
            devices.send(method, {"type": name} | event(name, *self.spot(*place)))
        devices.detach()

    def ask(self, expression):
        """Return what a Python expression is in the kernel, by running the cell below."""
        self.notebook.js(
            "panel.content.widgets[it[0]].model.sharedModel.setSource(it[1])", [self.cell + 1, code(expression)]
        )
        self.notebook.run("cell", self.cell + 1)
        answer = json.loads(self.notebook.text(self.cell + 1))
        self.notebook.scroll_to(self.cell)
        return answer


def _pen(name, x, y):
    return {"x": x, "y": y, "pointerType": "pen", "button": "left", "buttons": int(name != "mouseReleased")}


def _finger(name, x, y):
    return {"touchPoints": [] if name == "touchEnd" else [{"x": x, "y": y}]}


def code(expression):
    return f"import json; print(json.dumps({expression}))"
