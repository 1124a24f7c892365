// The page side of `gan_lessons.widgets.Player`: it shows films frame by frame, plays and stops them, without the kernel.

/** An element with attributes and children (elements or text). */
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

class View {
  constructor(model, el) {
    this.frames = model.get("frames");
    this.pause = 1000 / model.get("rate");
    this.timer = null;
    const last = this.frames.length - 1;
    this.image = h("img", { alt: model.get("name"), style: `image-rendering: pixelated; width: ${model.get("width")}px; max-width: 100%` });
    this.button = h("button", { type: "button", class: "jupyter-widgets jupyter-button widget-button" });
    this.slider = h("input", { type: "range", min: "0", max: String(last), step: "1", value: "0", "aria-label": "frame" });
    this.text = h("span");
    this.root = h("section", { class: "gan-player", "aria-label": "Player" }, this.image,
      h("div", { style: "display: flex; gap: 8px; align-items: center" }, this.button, this.slider, this.text));
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show(Number(this.slider.value));
    });
    this.followKeys();
    el.append(this.root);
    this.show(0);
    this.stop();
  }

  show(frame) {
    this.frame = frame;
    this.image.src = this.frames[frame];
    this.slider.value = String(frame);
    this.text.textContent = `frame ${frame + 1} of ${this.frames.length}`;
  }

  play() {
    this.timer = setInterval(() => this.show((this.frame + 1) % this.frames.length), this.pause);
    this.button.textContent = "■ Stop";
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.button.textContent = "▶ Play";
  }

  /** Keys pressed here are no shortcuts of the notebook, except with Ctrl or Cmd, and Shift+Enter: see voxels.js. */
  followKeys() {
    const ours = (event) => !event.ctrlKey && !event.metaKey && !(event.shiftKey && event.key === "Enter");
    this.heed = (event) => {
      if (this.root.contains(event.target)) this.root.toggleAttribute("data-lm-suppress-shortcuts", ours(event));
    };
    window.addEventListener("keydown", this.heed, true);
    this.root.addEventListener("keydown", (event) => ours(event) && event.stopPropagation());
  }

  remove() {
    this.stop();
    window.removeEventListener("keydown", this.heed, true);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.remove();
  },
};
