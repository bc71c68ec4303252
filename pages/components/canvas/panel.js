// A picture of a tensor: its cells in color, gaps, borders, crosses and labels, and the color scale beside it.
// Names and labels are drawn as text, never as markup.

const TOP = 28; // pixels above the pictures, for titles
const BOTTOM = 44; // and below, for labels and names of axes
const BETWEEN = 20;
const APART = 9; // pixels between borders; closer, and they hide the picture
const RULER = 9;

/** The pixels that labels at the left of a picture take. */
function leftOf(pen, { down }) {
  return down?.ticks.length ? widest(pen, down.ticks) + 8 + (down.name ? 20 : 0) : 4;
}

/** The pixels that the color scale at the right of a picture takes, with its labels. */
function rightOf(pen, { ruler }) {
  return ruler?.length ? RULER + 14 + widest(pen, ruler.flat().map((end) => [0, end])) : 0;
}

function drawPanel(pen, card, panel, box) {
  const { x, y, w, h } = box;
  const { context, snap } = pen;
  write(pen, titleOf(pen, panel, w + BETWEEN - 4), x + w / 2, y - 8, { size: TITLE });
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

/** The first of its titles that there is room for, the shortest last. */
function titleOf({ context, font }, { title, titles = [] }, room) {
  context.font = `${TITLE}px ${font}`;
  return titles.find((text) => context.measureText(text).width <= room) ?? title;
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
