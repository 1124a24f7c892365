// The page side of `gan_lessons.widgets.Playground`: it draws what the kernel tells, and tells the kernel what the
// reader wishes. All state comes by the model's traits, all wishes go by `model.send`; `model.set` is never called.
//
//   stored.js  stands in front: the picture that stays in the notebook
//   drawing    functions without state: field, decision line, map, points, arrows, charts
//   Hand       moves, adds and removes heaps on the picture, by pointer and by keyboard
//   View       builds the page, follows the traits, sends the wishes; one for each view of a model

const SIDE = 400; // of the picture, in CSS pixels
const DARK = "#1a1a1a";
const CALM = 500; // ms after an input in which the kernel does not overwrite the control
const MOST_HEAPS = 300;
const DO = [
  ["slow", "Slow motion", "Play part by part, about a second each"],
  ["part", "Next part", "One of the six parts of a half-step"],
  ["step", "Step", "One whole step: D and G"],
  ["half_d", "D alone", "One half-step of D, part by part"],
  ["half_g", "G alone", "One half-step of G, part by part"],
  ["reset", "Reset", "Begin the run anew from the seed"],
  ["keep", "Keep picture", "Put the present picture into the notebook file"],
];
const HAND = [["move", "Move heaps"], ["add", "Add heaps"], ["remove", "Remove heaps"]];
const MEASURES = [
  ["D's loss", (m) => fixed(m.d_loss)],
  ["G's loss", (m) => fixed(m.g_loss)],
  ["JS divergence", (m) => fixed(m.jsd)],
  ["modes covered", (m) => (known(m.covered) ? `${m.covered} of ${m.total}` : "–")],
  ["good samples", (m) => (known(m.good) ? `${Math.round(100 * m.good)} %` : "–")],
];
const GONE = "The kernel is gone: run the cells above again, and this one.";

// ---------------------------------------------------------------- small helpers

const known = (value) => typeof value === "number" && Number.isFinite(value);
const fixed = (value) => (known(value) ? value.toFixed(3) : "–");
const grouped = new Intl.NumberFormat("en");
const count = (value) => grouped.format(value ?? 0);
const spotText = (spot) => `(${spot.map((value) => value.toFixed(1).replace("-", "−")).join(", ")})`;
const between = (value, low, high) => Math.min(Math.max(value, low), high);

/** The bytes of a trait, a DataView, as numbers; copied only where they do not lie on a multiple of four. */
function floats(view) {
  if (!view || !view.byteLength) return new Float32Array(0);
  const { buffer, byteOffset, byteLength } = view;
  if (byteOffset % 4) return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/** An element with attributes (null and false leave one out) and children (elements or text). */
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Change a text only where it differs: an unchanged page need not be laid out again. */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Call `send` with the latest arguments, at most once in `ms`, the last ones always; `now` sends what waits. */
function throttled(ms, send) {
  let timer = null;
  let waiting = null;
  let sent = -Infinity;
  const now = () => {
    clearTimeout(timer);
    timer = null;
    if (!waiting) return;
    const values = waiting;
    waiting = null;
    sent = performance.now();
    send(...values);
  };
  const call = (...values) => {
    waiting = values;
    const wait = sent + ms - performance.now();
    if (wait <= 0) now();
    else timer ??= setTimeout(now, wait);
  };
  return Object.assign(call, { now });
}

// ---------------------------------------------------------------- drawing

const pixelRatio = () => Math.min(window.devicePixelRatio || 1, 2);

/** Give a canvas the pixels that `width` by `height` CSS pixels have on this screen; returns its cleared context. */
function prepare(canvas, width, height) {
  const ratio = pixelRatio();
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.setLineDash([]);
  ctx.lineJoin = ctx.lineCap = "round";
  return ctx;
}

/** Stroke a path twice, so that it can be seen on light and on dark. */
function cased(ctx, path, casing, casingWidth, colour, width) {
  ctx.strokeStyle = casing;
  ctx.lineWidth = casingWidth;
  ctx.stroke(path);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(path);
}

/** Fill `small`, a canvas of one pixel for each value of the field, with colours of `palette`. */
function colourField(small, values, size, scale, palette) {
  if (small.width !== size) small.width = small.height = size;
  const ctx = small.getContext("2d");
  const image = ctx.createImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let row = 0; row < size; row++) {
    const to = size * (size - 1 - row); // x2 grows upwards, pixels downwards
    for (let column = 0; column < size; column++) {
      const p = 1 / (1 + Math.exp(-values[row * size + column] / scale));
      if (p === p) pixels[to + column] = palette[Math.round(255 * p)]; // where unknown: transparent
    }
  }
  ctx.putImageData(image, 0, 0);
}

/** The path on which the field is 0, by marching squares; `at(column, row)` gives a place in the picture. */
function decisionLine(values, size, at) {
  const path = new Path2D();
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
  for (let row = 0; row < size - 1; row++) {
    for (let column = 0; column < size - 1; column++) {
      const i = row * size + column;
      const above = (values[i] > 0) + (values[i + 1] > 0) + (values[i + size + 1] > 0) + (values[i + size] > 0);
      if (above === 0 || above === 4) continue;
      const v = [values[i], values[i + 1], values[i + size + 1], values[i + size]];
      const crossings = [];
      for (let edge = 0; edge < 4; edge++) {
        const [a, b] = [v[edge], v[(edge + 1) % 4]];
        if (a > 0 === b > 0 || a !== a || b !== b) continue;
        const [from, to, share] = [corners[edge], corners[(edge + 1) % 4], a / (a - b)];
        crossings.push(at(column + from[0] + share * (to[0] - from[0]), row + from[1] + share * (to[1] - from[1])));
      }
      // at a saddle the middle decides which corners the two lines cut off
      if (crossings.length === 4 && v[0] > 0 !== v[0] + v[1] + v[2] + v[3] > 0) crossings.unshift(crossings.pop());
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        path.moveTo(...crossings[k]);
        path.lineTo(...crossings[k + 1]);
      }
    }
  }
  return path;
}

function drawField(ctx, small, values, frame, palette) {
  const size = frame.field_size;
  const cell = SIDE / (size - 1); // the outermost values lie on the picture's edges
  colourField(small, values, size, frame.field_scale, palette);
  ctx.drawImage(small, -cell / 2, -cell / 2, SIDE + cell, SIDE + cell);
  const line = decisionLine(values, size, (column, row) => [column * cell, SIDE - row * cell]);
  cased(ctx, line, "white", 4.5, DARK, 2);
}

/** The generator's map: a grid of latent space where G puts it; the denser a cell, the more opaque. */
function drawMap(ctx, at, map, [a, b], reach, colour) {
  const spots = Array.from({ length: a * b }, (_, i) => at(map[2 * i], map[2 * i + 1]));
  const whole = (SIDE * SIDE) / 8 / Math.max((a - 1) * (b - 1), 1); // a cell's area where all of them fill an eighth
  const shades = Array.from({ length: 6 }, () => new Path2D());
  const lines = new Path2D();
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const p = spots[i * b + j];
      const right = j + 1 < b && spots[i * b + j + 1];
      const below = i + 1 < a && spots[(i + 1) * b + j];
      for (const q of [right, below]) {
        if (!q) continue;
        lines.moveTo(...p);
        lines.lineTo(...q);
      }
      if (!right || !below) continue;
      const q = spots[(i + 1) * b + j + 1];
      const area = Math.abs((q[0] - p[0]) * (below[1] - right[1]) - (q[1] - p[1]) * (below[0] - right[0])) / 2;
      const shade = shades[Math.round((5 * whole) / (whole + area)) || 0];
      shade.moveTo(...p);
      for (const corner of [right, q, below]) shade.lineTo(...corner);
      shade.closePath();
    }
  }
  ctx.fillStyle = colour;
  shades.forEach((path, shade) => {
    ctx.globalAlpha = 0.05 + 0.1 * shade;
    ctx.fill(path);
  });
  ctx.globalAlpha = 1;
  if (b === 1) cased(ctx, lines, "white", 4, colour, 2.5);
  else {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    ctx.stroke(lines);
  }
}

/** A small picture of a point, stamped many times: a circle, or a cross. */
function stamp(shape, colour) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const ctx = prepare(canvas, 11, 11);
  const path = new Path2D();
  if (shape === "circle") {
    path.arc(5.5, 5.5, 3, 0, 7);
    ctx.fillStyle = "white";
    ctx.lineWidth = 2.4;
    ctx.strokeStyle = "white";
    ctx.stroke(path);
    ctx.fillStyle = colour;
    ctx.fill(path);
  } else {
    for (const [x, y] of [[2.5, 2.5], [2.5, 8.5]]) {
      path.moveTo(x, y);
      path.lineTo(11 - x, 11 - y);
    }
    cased(ctx, path, "white", 4, colour, 2.2);
  }
  return canvas;
}

function drawPoints(ctx, at, points, stamped) {
  const ratio = ctx.getTransform().a;
  const size = stamped.width;
  ctx.save();
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = at(points[i], points[i + 1]);
    ctx.drawImage(stamped, Math.round(x * ratio - size / 2), Math.round(y * ratio - size / 2));
  }
  ctx.restore();
}

/** Arrows along minus the gradient of G's loss, as long as it, 0.6 at most. */
function drawArrows(ctx, at, points, arrows, colour) {
  const path = new Path2D();
  for (let i = 0; i + 1 < arrows.length; i += 2) {
    const length = Math.hypot(arrows[i], arrows[i + 1]);
    if (!(length >= 0.01)) continue;
    const share = Math.min(length, 0.6) / length;
    const tail = at(points[i], points[i + 1]);
    const tip = at(points[i] + share * arrows[i], points[i + 1] + share * arrows[i + 1]);
    arrow(path, tail, tip);
  }
  cased(ctx, path, "#3d1029", 3.6, colour, 1.8);
}

function arrow(path, tail, tip) {
  const [dx, dy] = [tip[0] - tail[0], tip[1] - tail[1]];
  const head = Math.min(6, 2 + Math.hypot(dx, dy) / 3);
  const angle = Math.atan2(dy, dx);
  path.moveTo(...tail);
  path.lineTo(...tip);
  for (const side of [-0.5, 0.5]) {
    path.moveTo(...tip);
    path.lineTo(tip[0] - head * Math.cos(angle + side), tip[1] - head * Math.sin(angle + side));
  }
}

/** Rings at the heaps' centres, and the crosshair of the keyboard. */
function drawHand(ctx, at, heaps, held, cross) {
  const rings = new Path2D();
  heaps.forEach((heap, i) => {
    const [x, y] = at(...heap);
    const radius = i === held ? 12 : 8;
    rings.moveTo(x + radius, y);
    rings.arc(x, y, radius, 0, 7);
  });
  cased(ctx, rings, "white", 4, DARK, 1.8);
  if (!cross) return;
  const [x, y] = at(...cross);
  const lines = new Path2D();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    lines.moveTo(x + 4 * dx, y + 4 * dy);
    lines.lineTo(x + 16 * dx, y + 16 * dy);
  }
  cased(ctx, lines, "white", 5, DARK, 2);
}

/** Round places for about `wanted` ticks from `low` to `high`. */
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
  const places = [];
  for (let k = Math.ceil(low / step - 1e-6); k * step <= high + 1e-6 * step; k++) places.push(k * step);
  return places;
}

const tickText = (value) =>
  Math.abs(value) >= 10000 ? value.toExponential(0).replace("e+", "e") : String(Number(value.toPrecision(3)));

/** Widen the range from `low` to `high` to hold all finite values. */
function extent(values, low, high) {
  for (const value of values) {
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return [low, high];
}

/** A line chart; `lines` are {label, colour, dash, values}, `range` is [low, high] or null for that of the values. */
function drawChart(canvas, size, x, lines, range, yLabel) {
  const ctx = prepare(canvas, size.width, size.height);
  const box = { left: 44, right: size.width - 8, top: 20, bottom: size.height - 30 };
  if (box.right - box.left < 20) return;
  let [low, high] = range ?? [0, 0.1];
  for (const { values } of range ? [] : lines) [low, high] = extent(values, low, high);
  const [, last] = extent(x, 0, 1);
  const px = (value) => box.left + ((box.right - box.left) * value) / last;
  const py = (value) => box.bottom - ((box.bottom - box.top) * (value - low)) / (high - low);
  drawAxes(ctx, box, px, py, ticks(0, last, (box.right - box.left) / 70), ticks(low, high, 4), yLabel);
  ctx.lineWidth = 2;
  ctx.lineCap = "butt";
  let legend = box.left + 2;
  for (const { label, colour, dash, values } of lines) {
    ctx.strokeStyle = colour;
    ctx.setLineDash(dash);
    ctx.beginPath();
    let drawing = false;
    for (let i = 0; i < values.length; i++) {
      const good = known(values[i]) && known(x[i]);
      if (good && !drawing) ctx.moveTo(px(x[i]) - 2, py(values[i])); // a lone point is a dash
      if (good) ctx.lineTo(px(x[i]), py(values[i]));
      drawing = good;
    }
    ctx.moveTo(legend, 8);
    ctx.lineTo(legend + 22, 8);
    ctx.stroke();
    ctx.textAlign = "left";
    ctx.fillText(label, legend + 26, 8);
    legend += 26 + ctx.measureText(label).width + 12;
  }
}

function drawAxes(ctx, box, px, py, xs, ys, yLabel) {
  ctx.font = "11px system-ui, sans-serif";
  ctx.fillStyle = DARK;
  ctx.lineWidth = 1;
  ctx.textBaseline = "middle";
  for (const y of ys) {
    ctx.strokeStyle = "#dddddd";
    ctx.strokeRect(box.left, py(y), box.right - box.left, 0);
    ctx.textAlign = "right";
    ctx.fillText(tickText(y), box.left - 4, py(y));
  }
  ctx.textAlign = "center";
  for (const x of xs) ctx.fillText(tickText(x), Math.min(px(x), box.right - 8), box.bottom + 9);
  ctx.fillText("step", (box.left + box.right) / 2, box.bottom + 23);
  ctx.save();
  ctx.translate(7, (box.top + box.bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText(yLabel, 0, 0);
  ctx.restore();
  ctx.strokeStyle = "#666666";
  ctx.strokeRect(box.left, box.top, 0, box.bottom - box.top);
  ctx.strokeRect(box.left, box.bottom, box.right - box.left, 0);
}

// ---------------------------------------------------------------- the hand on the picture

/** Moves, adds and removes heaps; `view` gives the picture, the tool and the data, and sends the outcome. */
class Hand {
  constructor(view) {
    this.view = view;
    this.heaps = []; // what is drawn: the kernel's, or while editing the page's own
    this.drag = null; // {id, last, index}: a stroke of the pointer
    this.carry = null; // {index, from}: a heap that the keyboard carries
    this.cross = null; // the crosshair, once a key was used
    this.over = false;
    this.edited = -Infinity;
    this.send = throttled(50, () => view.send({ heaps: this.heaps.map((p) => p.map((v) => Number(v.toFixed(4)))) }));
    const on = (name, handler) => view.canvas.addEventListener(name, handler);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.stroke(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) on(name, (event) => this.up(event));
    on("pointerenter", () => this.hover(true));
    on("pointerleave", () => this.hover(false));
    on("keydown", (event) => this.key(event));
    on("focus", () => view.draw(true));
    on("blur", () => this.blur());
  }

  get busy() {
    return this.drag !== null || this.carry !== null;
  }

  get held() {
    return (this.drag ?? this.carry)?.index ?? -1;
  }

  /** Take the kernel's centres where they are new, unless the reader is just moving them. */
  take(data) {
    if (data === this.taken) return true;
    if (this.busy || performance.now() - this.edited < CALM) return false;
    this.taken = data;
    const centres = floats(data.centres);
    this.heaps = Array.from({ length: centres.length / 2 }, (_, i) => [centres[2 * i], centres[2 * i + 1]]);
    return true;
  }

  /** Send what waits; from now on the kernel's centres are newer than the reader's. */
  release() {
    this.send.now();
    this.edited = -Infinity;
  }

  /** Draw at once and tell the kernel. */
  changed() {
    this.edited = performance.now();
    this.view.later();
    this.send();
    this.view.draw(true);
  }

  place(event) {
    const { reach } = this.view;
    const box = this.view.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 2 * reach - reach;
    const y = reach - ((event.clientY - box.top) / box.height) * 2 * reach;
    return [between(x, -reach, reach), between(y, -reach, reach)];
  }

  nearest([x, y], within) {
    const far = this.heaps.map((heap) => Math.hypot(heap[0] - x, heap[1] - y));
    const best = far.indexOf(Math.min(...far));
    return far[best] <= within ? best : -1;
  }

  down(event) {
    if (event.button !== 0 || this.busy || this.view.gone) return;
    this.view.canvas.focus({ preventScroll: true });
    event.preventDefault();
    this.cross = null;
    const spot = this.place(event);
    const index = this.view.tool === "move" ? this.nearest(spot, 0.4) : -1;
    if (this.view.tool === "move" && index < 0) return this.view.tell("No heap is near enough to be moved.");
    this.view.canvas.setPointerCapture(event.pointerId);
    this.drag = { id: event.pointerId, last: spot, index };
    if (this.view.tool === "add") this.add(spot);
    if (this.view.tool === "remove") this.remove(spot, spot);
    if (this.view.tool === "move") this.view.draw(true);
  }

  stroke(event) {
    if (this.drag?.id !== event.pointerId) return;
    const spot = this.place(event);
    const { last, index } = this.drag;
    if (this.view.tool === "move") {
      this.heaps[index] = spot;
      return this.changed();
    }
    if (this.view.tool === "remove") {
      this.remove(last, spot);
      this.drag.last = spot;
      return;
    }
    const far = Math.hypot(spot[0] - last[0], spot[1] - last[1]);
    for (let k = 1; k * 0.15 <= far; k++) {
      const share = (k * 0.15) / far;
      this.drag.last = [last[0] + share * (spot[0] - last[0]), last[1] + share * (spot[1] - last[1])];
      this.add(this.drag.last);
    }
  }

  up(event) {
    if (this.drag?.id !== event.pointerId) return;
    this.drag = null;
    this.send.now();
    this.view.draw(true);
  }

  add(spot) {
    if (this.heaps.length >= MOST_HEAPS) return this.view.tell(`${MOST_HEAPS} heaps are the most.`);
    this.heaps.push(spot);
    this.view.tell(`${this.heaps.length} heaps`);
    this.changed();
  }

  /** Remove the heaps within 0.2 of the way from `from` to `to`; one always remains. */
  remove(from, to) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const hit = this.heaps.filter(([x, y]) => {
      const share = between(((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1), 0, 1);
      return Math.hypot(x - from[0] - share * dx, y - from[1] - share * dy) <= 0.2;
    });
    this.drop(hit);
  }

  drop(hit) {
    if (!hit.length) return;
    const kept = this.heaps.filter((heap) => !hit.includes(heap));
    if (!kept.length) this.view.tell("One heap must remain.");
    if (!kept.length && this.heaps.length === 1) return;
    this.heaps = kept.length ? kept : [this.heaps[0]];
    if (kept.length) this.view.tell(`${kept.length} heaps`);
    this.changed();
  }

  key(event) {
    if (this.view.gone || this.drag || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const acts = event.key === "Enter" || event.key === " ";
    if (!(event.key in arrows) && !acts && !(event.key === "Escape" && this.carry)) return;
    event.preventDefault();
    this.cross ??= [0, 0];
    if (acts) this.act();
    else if (event.key === "Escape") this.putDown(this.carry.from);
    else this.walk(arrows[event.key], event.shiftKey ? 0.5 : 0.1);
    this.view.draw(true);
  }

  walk([dx, dy], step) {
    const { reach } = this.view;
    const go = (value, way) => Number(between(value + way * step, -reach, reach).toFixed(4));
    this.cross = [go(this.cross[0], dx), go(this.cross[1], dy)];
    if (this.carry) {
      this.heaps[this.carry.index] = [...this.cross];
      this.changed();
    }
    const near = this.carry ? "carrying a heap" : this.nearest(this.cross, 0.4) >= 0 ? "a heap is near" : "no heap near";
    this.view.tell(`${spotText(this.cross)}, ${near}`);
  }

  act() {
    if (this.carry) return this.putDown(this.heaps[this.carry.index]);
    if (this.view.tool === "add") return this.add([...this.cross]);
    const index = this.nearest(this.cross, 0.4);
    if (index < 0) return this.view.tell("No heap is near enough: within 0.4.");
    if (this.view.tool === "remove") return this.drop([this.heaps[index]]);
    this.carry = { index, from: this.heaps[index] };
    this.view.tell("Picked up: arrow keys carry it, Enter puts it down, Escape puts it back.");
  }

  putDown(spot) {
    this.heaps[this.carry.index] = spot;
    this.carry = null;
    this.view.tell(`Put down at ${spotText(spot)}`);
    this.changed();
    this.send.now();
  }

  hover(over) {
    this.over = over;
    if (this.drag) return;
    if (!over) this.view.tell("");
    this.view.draw(true);
  }

  blur() {
    if (this.carry) this.putDown(this.heaps[this.carry.index]);
    this.cross = null;
    this.view.tell("");
    this.view.draw(true);
  }

  draw(ctx, at) {
    const focused = document.activeElement === this.view.canvas;
    if (this.busy || this.over || focused) drawHand(ctx, at, this.heaps, this.held, focused ? this.cross : null);
  }
}

// ---------------------------------------------------------------- controls, from their descriptions

/** A control as {node, input, show(value)}; `changed(value, atOnce)` is called with what the reader sets. */
function makeControl(about, id, changed) {
  const maker = { choice: makeChoice, number: makeNumber, log: makeLog }[about.kind];
  const { input, show, output = "" } = maker(about, id, changed);
  if (about.unavailable) {
    input.disabled = true;
    input.title = about.unavailable;
    input.setAttribute("aria-description", about.unavailable);
  }
  const label = h("label", { for: id }, about.label);
  if (about.restarts) label.append(h("span", { class: "gan-anew", title: "begins the run anew" }, "\u00a0↻"));
  return { node: h("div", { class: "gan-control" }, label, h("span", { class: "gan-set" }, input, output)), input, show };
}

function makeChoice({ options }, id, changed) {
  const input = h("select", { id }, ...options.map(([, label]) => h("option", {}, label)));
  input.addEventListener("input", () => changed(options[input.selectedIndex][0]));
  const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
  return { input, show: (value) => (input.selectedIndex = options.findIndex((option) => same(option[0], value))) };
}

function makeNumber({ min, max, step }, id, changed) {
  const input = h("input", { id, type: "number", min, max, step: step ?? 1 });
  let last = min;
  let typing = false; // what is typed and not yet entered is not overwritten
  const show = (value) => {
    last = value;
    if (!typing) input.value = value;
  };
  input.addEventListener("input", () => (typing = true));
  const enter = () => {
    if (!typing) return;
    typing = false;
    const wish = between(Math.round(input.valueAsNumber), min ?? -Infinity, max ?? Infinity);
    if (!known(wish) || wish === last) return show(last);
    show(wish);
    changed(wish, true);
  };
  for (const event of ["change", "blur"]) input.addEventListener(event, enter);
  return { input, show };
}

function makeLog({ min, max, step }, id, changed) {
  const ends = { min: Math.log10(min), max: Math.log10(max) };
  const input = h("input", { id, type: "range", ...ends, step: step ?? "any" });
  const output = h("output", { for: id });
  const read = (value) => {
    const text = known(value) ? String(Number(value.toPrecision(2))) : "–";
    say(output, text);
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", () => {
    const value = Number((10 ** input.valueAsNumber).toPrecision(3));
    read(value);
    changed(value);
  });
  const show = (value) => {
    if (known(value)) input.value = Math.log10(value);
    read(value);
  };
  return { input, output, show };
}

// ---------------------------------------------------------------- a view

let views = 0; // for ids that are unique on the page
const unfolded = new WeakMap(); // the folds that the reader has opened, by widget
const shown = new Map(); // the views that a model has on the page

class View {
  constructor(model, el) {
    Object.assign(this, { model, el, gone: false, tool: "move", reach: 3, layers: [], controls: {}, drawn: {}, stamps: {} });
    this.id = `gan-playground-${++views}`;
    this.seen = null;
    this.touched = new Map(); // control -> when the reader last set it
    this.small = document.createElement("canvas"); // the field, one pixel for each value
    this.root = this.build();
    this.hand = new Hand(this);
    this.followSizes();
    this.followKeys();
    el.append(this.root);
    this.followTraits();
    this.followKernel();
  }

  /** Send a wish. A view that is not on the page sends nothing; that sending fails means that the kernel is gone. */
  send(message) {
    if (!this.gone && this.root.isConnected) this.tryToSend(message);
  }

  tryToSend(message) {
    try {
      this.model.send(message);
    } catch {
      this.lose();
    }
  }

  // -- building

  build() {
    const id = (name) => `${this.id}-${name}`;
    this.hint = h("p", { class: "gan-hint", id: id("hint") });
    this.told = h("output", { class: "gan-told" });
    this.canvas = h("canvas", { class: "gan-picture", tabindex: "0", role: "application" });
    this.canvas.setAttribute("aria-label", "Real and generated points in the plane");
    this.canvas.setAttribute("aria-describedby", id("hint"));
    this.legend = h("div", { class: "gan-legend" });
    this.message = h("p", { class: "gan-message", role: "status" });
    this.error = h("div", { class: "gan-error", role: "alert", hidden: true });
    this.summary = h("p", { class: "gan-summary" });
    this.live = h("div", { class: "gan-hidden", "aria-live": "polite" });
    this.layerBox = h("div", { class: "gan-row" });
    this.game = h("div", { class: "gan-game" }); // the first group of controls
    this.groups = h("div", { class: "gan-groups" }); // the others
    this.note = h("p", { class: "gan-note" }, "↻ begins the run anew");
    this.diagnosis = h("div", { class: "gan-diagnosis" });
    this.states = h("span", { class: "gan-states" });
    const stage = h("div", { class: "gan-stage" }, this.canvas, this.told);
    const left = h("div", { class: "gan-left" }, stage, this.hint, this.legend);
    left.append(this.buildRecording(), this.buildHand());
    const right = h("div", { class: "gan-right" }, this.buildMeasures(), this.game, this.layerBox);
    right.append(this.buildCharts(), this.buildParts());
    const columns = h("div", { class: "gan-columns" }, left, right);
    const news = h("div", { class: "gan-news" }, this.message, (this.readout = h("span", { class: "gan-readout" })));
    const folds = h("div", { class: "gan-folds" }, this.fold("Diagnosis", this.states, this.diagnosis));
    folds.append(this.fold("More controls", "", this.groups, this.note), this.fold("In words", "", this.summary));
    const root = h("section", { class: "gan-playground", "aria-label": "GAN playground" }, this.buildToolbar(), news);
    root.append(this.error, columns, folds, this.live);
    return root;
  }

  /** What is out of sight until the reader opens it; it stays open where the notebook draws the widget anew. */
  fold(name, more, ...children) {
    const key = identity(this.model);
    if (!unfolded.has(key)) unfolded.set(key, new Set());
    const open = unfolded.get(key);
    const node = h("details", { open: open.has(name) }, h("summary", {}, name, more), ...children);
    node.addEventListener("toggle", () => (node.open ? open.add(name) : open.delete(name)));
    return node;
  }

  /** Choices side by side behind their title. */
  row(box, role, title, labels) {
    const id = `${this.id}-${title.toLowerCase()}`;
    box.setAttribute("role", role);
    box.setAttribute("aria-labelledby", id);
    box.replaceChildren(h("span", { id, class: "gan-title" }, title), ...labels);
    return box;
  }

  buildToolbar() {
    this.play = h("button", { type: "button", class: "gan-play" }, "Play");
    this.play.addEventListener("click", () => this.send({ do: this.running ? "pause" : "play" }));
    const bar = h("div", { class: "gan-toolbar", role: "group", "aria-label": "Run" }, this.play);
    for (const [wish, label, title] of DO) {
      const button = h("button", { type: "button", title }, label);
      const again = () => wish === "slow" && this.mode === "slow"; // a second press ends slow motion
      button.addEventListener("click", () => this.send({ do: again() ? "pause" : wish }));
      if (wish === "slow") this.slow = button;
      bar.append(button);
    }
    return bar;
  }

  buildHand() {
    const labels = HAND.map(([tool, label]) => {
      const radio = h("input", { type: "radio", name: `${this.id}-hand`, checked: tool === this.tool });
      radio.addEventListener("change", () => (this.tool = tool));
      return h("label", {}, radio, label);
    });
    return this.row(h("div", { class: "gan-row" }), "radiogroup", "Hand", labels);
  }

  buildRecording() {
    const id = `${this.id}-recording`;
    this.slider = h("input", { id, type: "range", min: 0, max: 0, step: 1, disabled: true });
    this.sliderText = h("output", { for: id });
    this.scrub = throttled(60, (index) => this.send({ scrub: index }));
    this.slider.addEventListener("input", () => {
      this.touch("recording");
      this.readSlider();
      this.scrub(this.slider.valueAsNumber);
    });
    return h("div", { class: "gan-recording" }, h("label", { for: id }, "Recording"), this.slider, this.sliderText);
  }

  buildParts() {
    this.lists = { D: h("ol"), G: h("ol") };
    this.partText = h("p", { class: "gan-part" });
    const list = (who) => h("div", {}, h("p", { id: `${this.id}-${who}`, class: "gan-title" }, `Half-step of ${who}`), this.lists[who]);
    const box = h("div", { class: "gan-parts" }, list("D"), list("G"), this.partText);
    for (const who of ["D", "G"]) this.lists[who].setAttribute("aria-labelledby", `${this.id}-${who}`);
    return box;
  }

  buildMeasures() {
    this.values = MEASURES.map(() => h("td", {}, "–"));
    const heads = MEASURES.map(([label]) => h("th", { scope: "col" }, label));
    const caption = h("caption", { class: "gan-hidden" }, "Measures");
    return h("table", {}, caption, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, h("tr", {}, ...this.values)));
  }

  buildCharts() {
    const chart = (label) => ({ canvas: h("canvas", { role: "img", "aria-label": label }), size: null });
    this.lossChart = chart("Chart of both losses over the steps");
    this.shareChart = chart("Chart of the JS divergence, the share of covered modes and of good samples over the steps");
    return h("div", { class: "gan-charts" }, this.lossChart.canvas, this.shareChart.canvas);
  }

  /** What depends on `about`: legend, layers, parts, controls. */
  fill() {
    const about = this.model.get("about") ?? {};
    if (!about.colours) return;
    this.colours = about.colours;
    const rgb = (i) => [0, 1, 2].map((k) => about.colours.field.getUint8(3 * i + k));
    this.fieldColours = Array.from({ length: 256 }, (_, i) => rgb(i));
    this.palette = Uint32Array.from(this.fieldColours, ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r);
    this.fillLegend();
    this.fillLayers(about.layers);
    for (const who of ["D", "G"]) this.lists[who].replaceChildren(...about.parts[who].map((part) => h("li", {}, part)));
    this.fillControls(about);
  }

  fillLegend() {
    const arrows = h("canvas", { "aria-hidden": "true" });
    const path = new Path2D();
    arrow(path, [3, 6], [22, 6]);
    cased(prepare(arrows, 26, 12), path, "#3d1029", 3.6, this.colours.generator, 1.8);
    const [real, fake] = [stamp("circle", this.colours.real), stamp("cross", this.colours.fake)];
    for (const canvas of [arrows, real, fake]) canvas.style.width = `${canvas.width / pixelRatio()}px`;
    const stops = Array.from({ length: 9 }, (_, i) => `rgb(${this.fieldColours[Math.round(i * 31.875)]})`);
    const bar = h("span", { class: "gan-bar" });
    bar.style.background = `linear-gradient(to right, ${stops})`;
    this.fieldLabel = h("span", {}, "D's P(real)");
    const scale = h("span", { class: "gan-scale" }, h("span", {}, "0"), h("span", {}, "½"), h("span", {}, "1"));
    this.legend.replaceChildren(
      h("span", {}, real, " real"),
      h("span", {}, fake, " generated"),
      h("span", {}, arrows, " G's loss falls"),
      h("span", {}, this.fieldLabel, h("span", {}, bar, scale)),
    );
  }

  fillLayers(layers) {
    this.checks = new Map();
    const labels = layers.map(([name, label]) => {
      const check = h("input", { type: "checkbox" });
      this.checks.set(name, check);
      check.addEventListener("change", () => {
        this.touch("layers");
        this.layers = [...this.checks].filter(([, box]) => box.checked).map(([layer]) => layer);
        this.draw(true);
        this.send({ layers: this.layers });
      });
      return h("label", {}, check, label);
    });
    this.row(this.layerBox, "group", "Layers", labels);
  }

  fillControls({ groups, controls }) {
    this.controls = {};
    const boxes = groups.map((group, i) => {
      const box = i ? h("fieldset", {}, h("legend", {}, group)) : this.game;
      if (!i) box.replaceChildren();
      for (const about of controls.filter((control) => control.group === group)) {
        const send = throttled(60, (value) => this.send({ set: about.name, value }));
        const changed = (value, atOnce) => {
          this.touch(about.name);
          if (about.name === "data") this.hand.release();
          send(value);
          if (atOnce) send.now();
        };
        const control = makeControl(about, `${this.id}-${about.name}`, changed);
        this.controls[about.name] = control;
        box.append(control.node);
      }
      return box;
    });
    this.groups.replaceChildren(...boxes.slice(1));
    this.note.hidden = !controls.some((control) => control.restarts);
  }

  // -- following

  followTraits() {
    this.heard = {
      about: () => this.all(),
      settings: () => this.showSettings(),
      layers: () => this.showLayers(),
      data: () => this.draw(),
      frame: () => this.showFrame(),
      status: () => this.showStatus(),
    };
    for (const [trait, handler] of Object.entries(this.heard)) this.model.on(`change:${trait}`, handler);
    this.all();
  }

  all() {
    this.fill();
    for (const trait of ["settings", "layers", "frame", "status"]) this.heard[trait]();
    if (this.gone) this.lose();
  }

  /** The first size comes when the view is put on the page, later ones when the cell grows or shrinks. */
  followSizes() {
    const charts = [this.lossChart, this.shareChart];
    this.sizes = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        charts.find(({ canvas }) => canvas === target).size = { width: contentRect.width, height: contentRect.height };
      }
      this.showFrame(true);
    });
    for (const { canvas } of charts) this.sizes.observe(canvas);
  }

  /** Keys typed here are no shortcuts of the notebook (A, B, X, D D …), except with Ctrl or Cmd (Ctrl+S saves).
   *  JupyterLab listens on the document, before anything in it, and heeds this attribute. */
  followKeys() {
    this.root.setAttribute("data-lm-suppress-shortcuts", "true");
    const plain = (event) => !event.ctrlKey && !event.metaKey;
    this.heed = (event) => {
      if (this.root.contains(event.target)) this.root.toggleAttribute("data-lm-suppress-shortcuts", plain(event));
    };
    window.addEventListener("keydown", this.heed, true);
    this.root.addEventListener("keydown", (event) => plain(event) && event.stopPropagation());
  }

  /** A kernel that restarts or ends says so in three ways, none of them certain; and a wish that cannot be sent. */
  followKernel() {
    const view = this;
    this.cut = function () {
      if (this?.model?.comm_live !== true) view.lose(); // `this` is the widget manager's view
    };
    this.model.on("comm_live_update", this.cut);
    this.kernel = this.model.widget_manager?.kernel ?? null;
    this.ended = (_, status) => {
      if (/^(restarting|autorestarting|terminating|dead)$/.test(status ?? "dead")) this.lose();
    };
    this.kernel?.statusChanged?.connect(this.ended);
    this.kernel?.disposed?.connect(this.ended);
    if (this.el.classList.contains("jupyter-widgets-disconnected")) this.lose();
  }

  lose() {
    this.gone = true;
    for (const control of this.root.querySelectorAll("button, input, select")) control.disabled = true;
    this.canvas.setAttribute("aria-disabled", "true");
    say(this.message, GONE);
  }

  // -- showing what the kernel tells

  touch(name) {
    this.touched.set(name, performance.now());
    this.later();
  }

  /** Whether the reader has just set this control, so that older news must wait. */
  fresh(name) {
    return performance.now() - (this.touched.get(name) ?? -Infinity) < CALM;
  }

  /** Show what had to wait for the reader. */
  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (this.missed) for (const trait of ["settings", "layers", "frame"]) this.heard[trait](true);
      this.missed = false;
    }, CALM + 20);
  }

  showSettings() {
    const settings = this.model.get("settings") ?? {};
    for (const [name, control] of Object.entries(this.controls)) {
      if (!(name in settings)) continue;
      if (this.fresh(name)) this.missed = true;
      else control.show(settings[name]);
    }
  }

  showLayers() {
    if (this.fresh("layers")) return (this.missed = true);
    this.layers = this.model.get("layers") ?? [];
    for (const [name, check] of this.checks ?? []) check.checked = this.layers.includes(name);
    this.draw(true);
  }

  showStatus() {
    const { mode = "paused", message = "", error = "", part = null } = this.model.get("status") ?? {};
    const before = this.mode;
    this.mode = mode;
    this.running = mode !== "paused";
    say(this.play, this.running ? "Pause" : "Play");
    this.slow.setAttribute("aria-pressed", String(mode === "slow"));
    say(this.message, this.gone ? GONE : message);
    say(this.error, error);
    this.error.hidden = !error;
    this.showPart(part);
    this.showReadout();
    if (mode !== "paused" || !before || before === "paused") return;
    clearTimeout(this.reading);
    this.reading = setTimeout(() => say(this.live, this.summary.textContent), 300); // when the last frame has come
  }

  showPart(part) {
    for (const who of ["D", "G"]) {
      [...this.lists[who].children].forEach((item, index) => {
        if (part?.who === who && part.index === index) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
      });
    }
    say(this.partText, part?.text ?? "“Next part” and “Slow motion” show what happens in each part.");
  }

  showReadout() {
    const { step, d_updates: d, g_updates: g } = this.model.get("frame") ?? {};
    const speed = this.model.get("status")?.speed;
    const fast = known(speed) ? ` · ${speed < 10 ? speed.toFixed(1) : count(Math.round(speed))} steps/s` : "";
    say(this.readout, `step ${count(step)} · D ${count(d)} · G ${count(g)} updates${fast}`);
  }

  showFrame(force = false) {
    const frame = this.model.get("frame");
    if (!frame?.curve_names || !this.colours || !this.root.isConnected) return;
    this.draw(force);
    this.drawCharts(frame);
    this.showReadout();
    MEASURES.forEach(([, text], i) => say(this.values[i], text(frame.measures ?? {})));
    this.showDiagnosis(frame.diagnosis ?? []);
    this.showRecording(frame);
    say(this.fieldLabel, frame.field_label ?? "");
    say(this.summary, frame.summary ?? "");
    // the kernel waits for every fifth frame; one that was replaced before it was drawn counts as seen
    const due = frame.number - (frame.number % 5);
    if (due !== this.seen && due > 0) this.send({ seen: due });
    this.seen = due;
  }

  showDiagnosis(found) {
    const key = JSON.stringify(found);
    if (key === this.diagnosed) return;
    this.diagnosed = key;
    const line = ({ state, text }) => h("p", { "data-state": state }, h("strong", {}, state), ` ${text}`);
    this.diagnosis.replaceChildren(...found.map(line));
    say(this.states, `: ${found.map(({ state }) => state).join(", ")}`);
  }

  showRecording({ recorded = [], at = null }) {
    this.recorded = recorded;
    this.slider.disabled = this.gone || recorded.length < 2;
    if (this.fresh("recording")) return (this.missed = true);
    this.slider.max = Math.max(recorded.length - 1, 0);
    this.slider.value = at ?? recorded.length - 1;
    this.readSlider();
  }

  readSlider() {
    const index = this.slider.valueAsNumber;
    const last = index >= this.recorded.length - 1;
    const text = `step ${count(this.recorded[index])}${last ? ", the present" : ""}`;
    say(this.sliderText, text);
    this.slider.setAttribute("aria-valuetext", text);
  }

  tell(text) {
    say(this.told, text);
  }

  // -- the pictures

  /** Draw the picture; without `force` only where data or frame are new. */
  draw(force = false) {
    const frame = this.model.get("frame") ?? {};
    const data = this.model.get("data") ?? {};
    if (!this.colours || !data.points || !this.root.isConnected) return;
    if (!force && this.drawn.frame === frame && this.drawn.data === data) return;
    this.drawn = { frame, data };
    if (!this.hand.take(data)) this.missed = true;
    this.setReach(data.reach);
    const ctx = prepare(this.canvas, SIDE, SIDE);
    const scale = SIDE / 2 / this.reach;
    const at = (x, y) => [(x + this.reach) * scale, (this.reach - y) * scale];
    const on = (layer) => this.layers.includes(layer);
    const fake = floats(frame.fake);
    if (on("field") && frame.field_size > 1) drawField(ctx, this.small, floats(frame.field), frame, this.palette);
    if (on("map") && frame.map) drawMap(ctx, at, floats(frame.map), frame.map_shape, this.reach, this.colours.generator);
    if (on("real")) drawPoints(ctx, at, floats(data.points), this.stamp("circle", this.colours.real));
    if (on("fake")) drawPoints(ctx, at, fake, this.stamp("cross", this.colours.fake));
    if (on("arrows")) drawArrows(ctx, at, fake, floats(frame.arrows), this.colours.generator);
    this.hand.draw(ctx, at);
  }

  /** A stamp that suits the screen, which changes when the page is zoomed. */
  stamp(shape, colour) {
    const key = `${shape} ${colour} ${pixelRatio()}`;
    return (this.stamps[key] ??= stamp(shape, colour));
  }

  setReach(reach) {
    this.reach = reach;
    const edge = Number(reach.toFixed(1));
    say(this.hint, `Drag; or arrow keys (Shift: further) and Enter. Sides: −${edge} to ${edge}.`);
  }

  drawCharts({ curves, curve_names: names, bins }) {
    if (!this.lossChart.size) return;
    const all = floats(curves);
    const row = (name) => all.subarray(names.indexOf(name) * bins, (names.indexOf(name) + 1) * bins);
    const line = (name, label, colour, dash) => ({ label, colour, dash, values: row(name) });
    const { discriminator, generator, real, fake } = this.colours;
    const losses = [line("d_loss", "D's loss", discriminator, []), line("g_loss", "G's loss", generator, [6, 3])];
    const shares = [line("jsd", "JS", DARK, []), line("covered", "covered", real, [6, 3])];
    shares.push(line("good", "good", fake, [2, 2]));
    drawChart(this.lossChart.canvas, this.lossChart.size, row("step"), losses, null, "loss");
    drawChart(this.shareChart.canvas, this.shareChart.size, row("step"), shares, [0, 1], "share");
  }

  // -- the end

  remove() {
    for (const [trait, handler] of Object.entries(this.heard)) this.model.off(`change:${trait}`, handler);
    this.model.off("comm_live_update", this.cut);
    this.kernel?.statusChanged?.disconnect(this.ended);
    this.kernel?.disposed?.disconnect(this.ended);
    window.removeEventListener("keydown", this.heed, true);
    this.sizes.disconnect();
    clearTimeout(this.waiting);
    clearTimeout(this.reading);
    this.root.remove();
  }
}

/** Every view of a model gets a `model` of its own, but they share the widget's layout. */
const identity = (model) => model.get("layout") ?? model;

function render({ model, el }) {
  const view = new View(model, el);
  const key = identity(model);
  if (!shown.has(key)) shown.set(key, new Set());
  shown.get(key).add(view);
  return () => {
    view.remove();
    if (!shown.get(key)?.delete(view) || shown.get(key).size) return;
    shown.delete(key);
    if (!view.gone) view.tryToSend({ gone: true });
  };
}

export default { initialize, render };
