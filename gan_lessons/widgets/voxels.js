// The page side of `gan_lessons.widgets.VoxelViewer`: it paints a shape of voxels as it is seen from any side, and
// turns it by pointer, keys and buttons, all without the kernel. Which shape is chosen and the threshold are traits.

const SIDE = 320; // of the picture, in CSS pixels
const WIDE = 260; // of the histogram
const HIGH = 90;
const BINS = 20;
const STEP = 15; // degrees that a key or a button turns
const STEEPEST = 85; // degrees from which it is seen, above or below
const BEGIN = { around: 40, above: 28 }; // degrees: to the right of the front, and above the floor
const COLOUR = [143, 163, 184]; // plots.VOXEL
const TURNS = [
  ["◀", "Turn to the left", -STEP, 0],
  ["▶", "Turn to the right", STEP, 0],
  ["▲", "Turn up", 0, -STEP],
  ["▼", "Turn down", 0, STEP],
];
const KEYS = { ArrowLeft: TURNS[0], ArrowRight: TURNS[1], ArrowUp: TURNS[2], ArrowDown: TURNS[3] };

/** An element with attributes and children (elements or text). */
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** The context of a canvas, cleared, with as many pixels as `width` by `height` CSS pixels have on this screen. */
function prepare(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Right, up and towards the eye, each as (to the right, up, to the front) of the shape; `turn` in degrees. */
function directions({ around, above }) {
  const [a, b] = [around, above].map((degrees) => (degrees * Math.PI) / 180);
  const right = [Math.cos(a), 0, -Math.sin(a)];
  const up = [-Math.sin(a) * Math.sin(b), Math.cos(b), -Math.cos(a) * Math.sin(b)];
  const eye = [Math.sin(a) * Math.cos(b), Math.sin(b), Math.cos(a) * Math.cos(b)];
  return { right, up, eye };
}

/** Paint what `solid(x, y, z)` tells, x to the right, y up, z to the front, in a box of `size` voxels. */
function paint(ctx, solid, size, turn) {
  const { right, up, eye } = directions(turn);
  const scale = (0.92 * SIDE) / Math.hypot(...size);
  const at = (place) => {
    const centred = place.map((value, i) => value - size[i] / 2);
    return [SIDE / 2 + scale * dot(right, centred), SIDE / 2 - scale * dot(up, centred)];
  };
  const fill = (corners, colour, edge) => {
    ctx.beginPath();
    for (const [x, y] of corners) ctx.lineTo(x, y);
    ctx.closePath();
    if (colour) ctx.fillStyle = colour;
    if (colour) ctx.fill();
    ctx.strokeStyle = edge;
    ctx.stroke();
  };
  const floor = () => {
    const [x, , z] = size;
    fill([at([0, 0, 0]), at([x, 0, 0]), at([x, 0, z]), at([0, 0, z])], null, "#767676");
    ctx.fillStyle = "#595959";
    ctx.font = "12px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText("front", ...at([x / 2, 0, z + 1.5]));
  };
  ctx.lineWidth = 0.6;
  ctx.lineJoin = "round";
  if (eye[1] >= 0) floor();

  // the three sides that can be seen: where the neighbour is, how the four corners lie from that of the voxel, colours
  const sides = [0, 1, 2].map((axis) => {
    const [ahead, from] = [[0, 0, 0], [0, 0, 0]];
    ahead[axis] = eye[axis] > 0 ? 1 : -1;
    from[axis] = eye[axis] > 0 ? 1 : 0;
    const [u, v] = [0, 1, 2].filter((other) => other !== axis);
    const corner = (p, q) => {
      const place = [...from];
      place[u] += p;
      place[v] += q;
      return [scale * dot(right, place), -scale * dot(up, place)];
    };
    const light = 0.62 + 0.25 * dot(ahead, eye) - 0.2 * dot(ahead, right) + 0.25 * ahead[1];
    const shade = (by) => `rgb(${COLOUR.map((value) => Math.round(Math.min(255, value * light * by)))})`;
    return { ahead, corners: [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)], colour: shade(1.2), edge: shade(0.6) };
  });
  // from far to near along each axis: then no voxel is painted over by one behind it, and nothing needs to be sorted
  const orders = size.map((length, axis) => {
    const order = Array.from({ length }, (_, i) => i);
    return eye[axis] > 0 ? order : order.reverse();
  });
  for (const x of orders[0]) {
    for (const y of orders[1]) {
      for (const z of orders[2]) {
        if (!solid(x, y, z)) continue;
        let place = null;
        for (const { ahead, corners, colour, edge } of sides) {
          if (solid(x + ahead[0], y + ahead[1], z + ahead[2])) continue;
          place ??= at([x, y, z]);
          fill(corners.map(([right, down]) => [place[0] + right, place[1] + down]), colour, edge);
        }
      }
    }
  }
  if (eye[1] < 0) floor();
}

/** Paint how many of `values`, 0 to 1, lie in each of 20 bins, on a scale of logarithms, and the threshold. */
function histogram(ctx, values, threshold) {
  const counts = new Array(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor(value * BINS))]++;
  const [left, wide, high] = [8, WIDE - 16, HIGH - 20];
  const top = Math.log1p(values.length);
  const line = left + wide * threshold;
  counts.forEach((count, bin) => {
    const [from, to] = [left + (wide * bin) / BINS, left + (wide * (bin + 1)) / BINS - 1];
    const tall = (high * Math.log1p(count)) / top;
    ctx.fillStyle = "#b0b0b0";
    ctx.fillRect(from, high - tall, to - from, tall);
    ctx.fillStyle = "#00508f"; // what is occupied
    if (to > line) ctx.fillRect(Math.max(from, line), high - tall, to - Math.max(from, line), tall);
  });
  ctx.fillStyle = "#1a1a1a";
  ctx.fillRect(left, high, wide, 1);
  ctx.fillRect(line - 1, 0, 2, high + 4);
  ctx.font = "12px system-ui, sans-serif";
  ctx.textBaseline = "bottom";
  for (const [text, x, align] of [["0", left, "left"], ["value of a voxel", WIDE / 2, "center"], ["1", left + wide, "right"]]) {
    ctx.textAlign = align;
    ctx.fillText(text, x, HIGH);
  }
}

class View {
  constructor(model, el) {
    Object.assign(this, { model, turn: { ...BEGIN }, waiting: null, held: null });
    const bytes = model.get("voxels");
    this.all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    this.build();
    el.append(this.root);
    this.follow = () => this.soon();
    for (const trait of ["chosen", "threshold"]) model.on(`change:${trait}`, this.follow);
    this.followKeys();
    this.soon();
  }

  build() {
    const [count] = this.model.get("size");
    this.canvas = h("canvas", { class: "gan-shape", tabindex: "0", role: "application", "aria-roledescription": "shape to turn" });
    this.bars = h("canvas", { class: "gan-histogram", role: "img", "aria-label": "histogram of the values, by logarithm" });
    this.menu = h("select", { "aria-label": "shape" });
    this.model.get("names").forEach((name, i) => {
      this.menu.append(h("option", { value: i }, `shape ${i + 1} of ${count}${name && `: ${name}`}`));
    });
    this.slider = h("input", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": "threshold" });
    const buttons = TURNS.map(([text, label, around, above]) => {
      const button = h("button", { type: "button", "aria-label": label, title: label }, text);
      button.addEventListener("click", () => this.turnBy(around, above));
      return button;
    });
    const reset = h("button", { type: "button" }, "Reset");
    reset.addEventListener("click", () => this.reset());
    this.text = h("p", { role: "status" });
    this.limit = h("span");
    this.root = h(
      "section",
      { class: "gan-voxels", "aria-label": "Voxel viewer" },
      this.canvas,
      h("div", { class: "gan-side" }, h("div", {}, this.menu), this.bars, this.slider, this.limit, h("div", {}, ...buttons, reset), this.text),
    );
    this.menu.addEventListener("change", () => this.set("chosen", Number(this.menu.value)));
    this.slider.addEventListener("input", () => this.set("threshold", Number(this.slider.value)));
    this.canvas.addEventListener("keydown", (event) => {
      if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.turnBy(KEYS[event.key][2], KEYS[event.key][3]);
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.held = { id: event.pointerId, x: event.clientX, y: event.clientY };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.held?.id !== event.pointerId) return;
      this.turnBy((event.clientX - this.held.x) / 2, (event.clientY - this.held.y) / 2);
      Object.assign(this.held, { x: event.clientX, y: event.clientY });
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.canvas.addEventListener(end, (event) => (this.held?.id === event.pointerId ? (this.held = null) : null));
    }
  }

  /** Turn the shape by degrees: its front to the right, and its top towards the eye. */
  turnBy(right, towards) {
    const around = (((this.turn.around - right) % 360) + 360) % 360;
    this.turn = { around, above: Math.min(STEEPEST, Math.max(-STEEPEST, this.turn.above + towards)) };
    this.soon();
  }

  reset() {
    this.turn = { ...BEGIN };
    this.set("chosen", 0);
    this.set("threshold", this.model.get("start"));
    this.soon();
  }

  set(trait, value) {
    this.model.set(trait, value);
    this.model.save_changes();
  }

  /** Keys pressed here are no shortcuts of the notebook, except with Ctrl or Cmd, and Shift+Enter.
   *  JupyterLab listens on the document, before anything in it, and heeds this attribute; and once more, after it. */
  followKeys() {
    const ours = (event) => !event.ctrlKey && !event.metaKey && !(event.shiftKey && event.key === "Enter");
    this.heed = (event) => {
      if (this.root.contains(event.target)) this.root.toggleAttribute("data-lm-suppress-shortcuts", ours(event));
    };
    window.addEventListener("keydown", this.heed, true);
    this.root.addEventListener("keydown", (event) => ours(event) && event.stopPropagation());
  }

  /** Draw once before the screen is painted next, however much has changed. */
  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }

  draw() {
    const [count, depth, height, width] = this.model.get("size");
    const [chosen, threshold] = [this.model.get("chosen"), this.model.get("threshold")];
    const volume = depth * height * width;
    const values = this.all.subarray(chosen * volume, (chosen + 1) * volume);
    const limit = Math.fround(threshold); // as the kernel compares
    const inside = (value, length) => value >= 0 && value < length;
    const solid = (x, y, z) =>
      inside(x, width) && inside(y, height) && inside(z, depth) &&
      values[((depth - 1 - z) * height + height - 1 - y) * width + x] > limit;
    paint(prepare(this.canvas, SIDE, SIDE), solid, [width, height, depth], this.turn);
    histogram(prepare(this.bars, WIDE, HIGH), values, threshold);
    const occupied = values.reduce((sum, value) => sum + (value > limit), 0);
    const share = `${((100 * occupied) / volume).toFixed(1)} %`;
    const text = `${occupied.toLocaleString("en")} of ${volume.toLocaleString("en")} voxels occupied (${share})`;
    if (this.text.textContent !== text) this.text.textContent = text;
    const name = this.model.get("names")[chosen];
    const label = `shape ${chosen + 1} of ${count}${name && `, ${name}`}: ${share} occupied at threshold ${threshold.toFixed(2)}`;
    this.canvas.setAttribute("aria-label", `${label}; arrow keys turn it`);
    this.limit.textContent = `threshold ${threshold.toFixed(2)}`;
    this.menu.value = String(chosen);
    this.slider.value = String(threshold);
  }

  remove() {
    for (const trait of ["chosen", "threshold"]) this.model.off(`change:${trait}`, this.follow);
    window.removeEventListener("keydown", this.heed, true);
    cancelAnimationFrame(this.waiting);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.remove();
  },
};
