// A card's row: pictures of a tensor on one scale and its distribution, drawn on one canvas.
// Names and labels are drawn or set as text, never as markup. What Streamlit calls is in `card.js`.

const ARRAYS = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array };
const TOP = 28; // pixels above the pictures, for titles
const BOTTOM = 44; // and below, for labels and names of axes
const BETWEEN = 20;
const APART = 9; // pixels between borders; closer, and they hide the picture
const ABOVE = 12; // pixels above each of two boxes that are stacked
const RULER = 9;
const BARS_SHARE = 0.33; // of the room for pictures and bars
const TITLE = 14;
const LABEL = 13;

/** The drawing that Python packed: see `pack` beside this file. */
function unpack(bytes) {
  const { buffer } = bytes.slice(); // of its own, so that it begins at a multiple of eight
  const length = new DataView(buffer).getUint32(0, true);
  const array = ({ array, start, length: size }) => new ARRAYS[array](buffer, 8 + length + start, size);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  return JSON.parse(text, (_, value) => (value?.array ? array(value) : value));
}

// ---- drawing ----
/** An empty canvas, that many pixels high on the page, and what to draw on it with. */
function startDrawing(canvas, height, style) {
  const [ratio, width] = [window.devicePixelRatio || 1, canvas.clientWidth];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, ratio, width, ink: style.color, font: style.fontFamily, snap: (v) => Math.round(v * ratio) / ratio };
}

/** Draws everything and returns where it is: `{width, panels: [{panel, x, y, w, h}], bars}`. */
function draw(canvas, card, style) {
  const [width, height] = [canvas.clientWidth, card.height];
  const pen = startDrawing(canvas, height, style);
  const places = place(pen, card, width, height);
  for (const { panel, ...box } of places.panels) drawPanel(pen, card, panel, box);
  if (places.bars) drawBars(pen, card, places.bars);
  return { width, ...places };
}

/** Shares the width out: labels and rulers take what they need, pictures and bars the rest. */
function place(pen, card, width, height) {
  if (card.stacked) return stack(pen, card, width, height);
  const { panels, histogram } = card;
  const before = panels.map((panel) => leftOf(pen, panel));
  const after = panels.map(({ ruler }) => (ruler?.length ? RULER + 14 + widest(pen, ruler.map((end) => [0, end])) : 0));
  const beforeBars = histogram ? BETWEEN + widest(pen, histogram.up) + 8 : 0;
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const room = Math.max(60, width - sum(before) - sum(after) - beforeBars - BETWEEN * (panels.length - 1) - 6);
  const barsWidth = histogram ? room * (card.bars_share ?? BARS_SHARE) : 0;
  const [y, h] = [TOP, height - TOP - BOTTOM];
  const w = pen.snap((room - barsWidth) / panels.length);
  let x = 0;
  const boxes = panels.map((panel, i) => {
    const box = { panel, x: pen.snap(x + before[i]), y, w, h };
    x += before[i] + w + after[i] + BETWEEN;
    return box;
  });
  const last = boxes.at(-1);
  const free = last ? last.x + (w + widest(pen, [[0, last.panel.across?.name ?? ""]])) / 2 + 12 : 0; // for the legend
  return { panels: boxes, bars: histogram && { histogram, x: x - BETWEEN + beforeBars, y, w: barsWidth, h, free } };
}

/** The pixels that labels at the left of a picture take. */
function leftOf(pen, { down }) {
  return down?.ticks.length ? widest(pen, down.ticks) + 8 + (down.name ? 20 : 0) : 4;
}

/** One picture, `stacked` pixels high, above the bars: for a column too narrow for both side by side. */
function stack(pen, { panels: [panel], histogram, stacked }, width, height) {
  const x = pen.snap(Math.max(leftOf(pen, panel), histogram ? widest(pen, histogram.up) + 8 : 0));
  const [w, below] = [Math.max(60, width - x - 6), 2 * ABOVE + stacked + BOTTOM];
  const bars = histogram && { histogram, x, y: below, w, h: height - below - BOTTOM, free: 0 };
  return { panels: [{ panel, x, y: ABOVE, w, h: stacked }], bars };
}

function drawPanel(pen, card, panel, box) {
  const { x, y, w, h } = box;
  const { context, snap } = pen;
  write(pen, panel.title, x + w / 2, y - 8, { size: TITLE });
  if (panel.remark) return write(pen, panel.remark, x + w / 2, y + h / 2, { faint: true });
  const { down, across, gap } = panel;
  const scale = colors(card.colors.values);
  const shown = image(panel, scale, Math.round(w * pen.ratio), Math.round(h * pen.ratio));
  context.imageSmoothingEnabled = false;
  const part = (axis, size) => (size * axis.span) / (axis.count * axis.cell); // the last cell may be cut
  context.drawImage(shown, 0, 0, part(across, shown.width), part(down, shown.height), x, y, w, h);
  const toX = (column) => x + ((column - across.first) / across.span) * w; // where an element begins
  const toY = (row) => y + ((row - down.first) / down.span) * h;
  if (gap) {
    for (let i = 1; i < across.count; i++) context.clearRect(snap(toX(across.first + i * across.cell)), y, 1, h);
    for (let i = 1; i < down.count; i++) context.clearRect(x, snap(toY(down.first + i * down.cell)), w, 1);
  }
  context.globalAlpha = 0.75;
  context.fillStyle = pen.ink; // between gates or kernels
  const loose = (places) => places.every((at, i) => i === 0 || at - places[i - 1] >= APART);
  const [columns, rows] = [across.borders.map(toX), down.borders.map(toY)];
  if (loose(columns)) for (const column of columns) context.fillRect(snap(column), y, 1.25, h);
  if (loose(rows)) for (const row of rows) context.fillRect(x, snap(row), w, 1.25);
  context.globalAlpha = 1;
  if (panel.flags) crosses(pen, card, panel, toX, toY);

  const fits = thin(pen, across.ticks.map(([at, label]) => [toX(at + 0.5), label]));
  for (const [at, label] of fits) write(pen, label, at, y + h + 16, { faint: true });
  write(pen, across.name, x + w / 2, y + h + 35);
  for (const [at, label] of apart(down.ticks.map(([at, label]) => [toY(at + 0.5), label]))) {
    write(pen, label, x - 8, at + 4.5, { align: "right", faint: true });
  }
  if (down.name) write(pen, down.name, x - widest(pen, down.ticks) - 18, y + h / 2, { turned: true });
  if (panel.ruler.length) drawRuler(pen, panel.ruler, scale, { x: x + w + 6, y, h });
}

/** The values as pixels, at most as many as the screen has there; of what falls together the largest magnitude stays. */
function image({ values, limit, down, across }, scale, width, height) {
  const shown = document.createElement("canvas");
  [shown.width, shown.height] = [Math.min(across.count, width), Math.min(down.count, height)];
  const context = shown.getContext("2d");
  const pixels = context.createImageData(shown.width, shown.height);
  const magnitudes = new Float64Array(shown.width * shown.height).fill(-1);
  const words = new Uint32Array(pixels.data.buffer);
  for (let row = 0, i = 0; row < down.count; row++) {
    const start = Math.floor((row * shown.height) / down.count) * shown.width;
    for (let column = 0; column < across.count; column++, i++) {
      const at = start + Math.floor((column * shown.width) / across.count);
      const magnitude = Math.abs(values[i]); // NaN is never larger
      if (magnitude > magnitudes[at]) [magnitudes[at], words[at]] = [magnitude, scale(values[i] / limit)];
    }
  }
  context.putImageData(pixels, 0, 0);
  return shown;
}

/** A cross on every cell that holds a value that is not finite. */
function crosses({ context }, card, { flags, down, across }, toX, toY) {
  const middle = (axis, to, i) => (to(axis.first + i * axis.cell) + to(axis.first + (i + 1) * axis.cell)) / 2;
  const cell = Math.min(toX(across.cell) - toX(0), toY(down.cell) - toY(0));
  const arm = Math.min(5, Math.max(2, cell * 0.35));
  context.strokeStyle = card.colors.highlight;
  context.lineWidth = Math.max(1.5, arm * 0.55);
  context.beginPath();
  flags.forEach((flag, i) => {
    if (!flag) return;
    const [x, y] = [middle(across, toX, i % across.count), middle(down, toY, Math.floor(i / across.count))];
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x - arm, y + arm);
    context.lineTo(x + arm, y - arm);
  });
  context.stroke();
}

function drawRuler(pen, [highest, zero, lowest], scale, { x, y, h }) {
  const bar = document.createElement("canvas");
  [bar.width, bar.height] = [1, 200];
  const pixels = bar.getContext("2d").createImageData(1, 200);
  new Uint32Array(pixels.data.buffer).forEach((_, i, words) => (words[i] = scale(1 - i / 99.5)));
  bar.getContext("2d").putImageData(pixels, 0, 0);
  pen.context.drawImage(bar, x, y, RULER, h);
  [[highest, y + 10], [zero, y + h / 2 + 4.5], [lowest, y + h]].forEach(([label, at]) => {
    write(pen, label, x + RULER + 5, at, { align: "left", faint: true });
  });
}

function drawBars(pen, card, { histogram, x, y, w, h, free }) {
  const { context, snap } = pen;
  const { edges, bars, curve, across, up } = histogram;
  const { toX, toY } = axes(histogram, { x, y, w, h });
  write(pen, histogram.title, x + w / 2, y - 8, { size: TITLE });
  context.globalAlpha = 0.16;
  context.fillStyle = pen.ink;
  for (const [count] of up) context.fillRect(x, snap(toY(count)), w, 1);
  context.globalAlpha = 1;
  for (const { counts, color } of bars) {
    context.fillStyle = color;
    counts.forEach((count, i) => {
      const [left, top] = [snap(toX(edges[i])), snap(toY(count))];
      if (count) context.fillRect(left, top, Math.max(1, snap(toX(edges[i + 1])) - left), y + h - top);
    });
  }
  context.globalAlpha = 0.5;
  context.fillStyle = pen.ink;
  context.fillRect(x, y + h, w, 1);
  context.globalAlpha = 1;
  if (curve) drawCurve(pen, card, curve, { x, y, w, h, toX, toY });
  const fits = thin(pen, across.map(([at, label]) => [toX(at), label]));
  for (const [at, label] of fits) write(pen, label, at, y + h + 16, { faint: true });
  for (const [at, label] of apart(up.map(([count, label]) => [toY(count), label]))) {
    write(pen, label, x - 6, at + 4.5, { align: "right", faint: true });
  }
  legend(pen, card, { left: free, middle: x + w / 2, right: x + w + 4, y: y + h + 35 });
}

/** What the values should be: a density as a line in counts a bin, atoms as stems. */
function drawCurve({ context, snap }, card, curve, { x, y, w, h, toX, toY }) {
  context.save();
  context.beginPath();
  context.rect(x - 5, y - 3, w + 10, h + 4);
  context.clip();
  context.strokeStyle = context.fillStyle = card.colors.theory;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  curve.x.forEach((value, i) => context.lineTo(toX(value), toY(curve.y[i])));
  for (const [value, count] of curve.stems) {
    context.moveTo(toX(value), y + h);
    context.lineTo(toX(value), toY(count));
  }
  context.stroke();
  for (const [value, count] of curve.stems) {
    context.beginPath();
    context.arc(toX(value), toY(count), 4, 0, 7);
    context.fill();
  }
  context.restore();
}

/** One line below the bars: which color is what, the curve with its name or, where room is short, without. */
function legend(pen, card, { left, middle, right, y }) {
  const { bars, curve } = card.histogram;
  const drawn = bars.map(({ name, color }) => ({ name, color, thick: 9 }));
  const lines = curve ? [curve.label, "expected"].map((name) => [{ name, color: card.colors.theory, thick: 2 }]) : [[]];
  const sizeOf = ({ name }) => 20 + widest(pen, [[0, name]]);
  const lengthOf = (shown) => shown.reduce((sum, entry) => sum + sizeOf(entry) + 12, -12);
  const choices = [...lines.map((line) => [...drawn, ...line]), ...lines];
  const entries = choices.find((shown) => lengthOf(shown) <= right - left) ?? choices.at(-1);
  const length = lengthOf(entries);
  let at = Math.max(left, Math.min(middle - length / 2, right - length));
  for (const entry of entries) {
    pen.context.fillStyle = entry.color;
    pen.context.fillRect(at, y - 4.5 - entry.thick / 2, 14, entry.thick);
    write(pen, entry.name, at + 19, y, { align: "left" });
    at += sizeOf(entry) + 12;
  }
}

/** Where a value and a count lie. */
function axes({ low, high, top, log }, { x, y, w, h }) {
  const share = (count) => (log ? Math.log(Math.max(count, 0.5) / 0.5) / Math.log(top / 0.5) : count / top);
  return {
    toX: (value) => x + ((value / 2 - low / 2) / (high / 2 - low / 2)) * w, // halves: the ends may be huge
    toY: (count) => y + h - share(count) * (h - 4),
  };
}

// ---- colors and text ----
/** From -1 to 1 to a pixel, by the stops that Python gives as [0 to 1, "rgba(...)"]. */
function colors(stops) {
  const parsed = stops.map(([at, color]) => [at, ...color.match(/[\d.]+/g).map(Number)]);
  const table = new Uint8ClampedArray(4 * 1001);
  for (let i = 0, k = 1; i <= 1000; i++) {
    while (parsed[k][0] < i / 1000) k++;
    const share = (i / 1000 - parsed[k - 1][0]) / (parsed[k][0] - parsed[k - 1][0]);
    const mixed = parsed[k].map((value, j) => parsed[k - 1][j] + share * (value - parsed[k - 1][j]));
    table.set([mixed[1], mixed[2], mixed[3], 255 * mixed[4]], 4 * i);
  }
  const words = new Uint32Array(table.buffer);
  return (value) => words[Math.round(500 + 500 * Math.max(-1, Math.min(1, value)))];
}

function write({ context, ink, font }, text, x, y, { size = LABEL, align = "center", faint, turned } = {}) {
  context.save();
  context.font = `${size}px ${font}`;
  context.textAlign = align;
  context.fillStyle = ink;
  context.globalAlpha = faint ? 0.75 : 0.92;
  context.translate(x, y);
  if (turned) context.rotate(-Math.PI / 2);
  context.fillText(text, 0, 0);
  context.restore();
}

function widest({ context, font }, ticks) {
  context.font = `${LABEL}px ${font}`;
  return Math.max(0, ...ticks.map(([, label]) => context.measureText(label).width));
}

/** Of the labels along x as many as do not touch, evenly; 0 among them if that costs none. Whole even at an edge. */
function thin(pen, labels) {
  const room = widest(pen, labels) + 8;
  const closest = labels.length > 1 ? Math.abs(labels[1][0] - labels[0][0]) : room;
  const every = Math.max(1, Math.ceil(room / closest));
  const zero = Math.max(0, labels.findIndex(([, label]) => label === "0")) % every;
  const from = Math.ceil((labels.length - zero) / every) < Math.ceil(labels.length / every) ? 0 : zero;
  const half = (label) => widest(pen, [[0, label]]) / 2;
  return labels
    .filter((_, i) => i % every === from)
    .map(([at, label]) => [Math.max(half(label), Math.min(pen.width - half(label), at)), label]);
}

/** The labels along y that leave each other a line's height. */
function apart(labels) {
  const every = labels.length > 1 ? Math.ceil((LABEL + 1) / Math.abs(labels[1][0] - labels[0][0])) : 1;
  return labels.filter((_, i) => i % every === 0);
}
