// What every drawing on a canvas needs: the canvas, text and where it fits, colors, and when to draw again.

const TITLE = 14; // pixels of a title's letters,
const LABEL = 13; // and of a label's

/** How many times as large as usual the page's letters are, and everything drawn with them. */
const enlarged = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** A length that grows with the page's letters. */
const rem = (pixels) => `${pixels / 16}rem`;

/** An empty canvas, that many pixels of usual size high, and what to draw on it with. */
function startDrawing(canvas, height, style) {
  const [ratio, width] = [(window.devicePixelRatio || 1) * enlarged(), canvas.clientWidth / enlarged()];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, ratio, width, ink: style.color, font: style.fontFamily, snap: (v) => Math.round(v * ratio) / ratio };
}

function write({ context, ink, font }, text, x, y, { size = LABEL, align = "center", faint, turned } = {}) {
  context.save();
  context.font = `${size}px ${font}`;
  context.textAlign = align;
  context.fillStyle = ink;
  context.globalAlpha = faint ? 0.82 : 0.95;
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

/** Calls `redraw` now, when the canvas or the letters get another size, and once the fonts are there; the first call watches. */
function keepDrawn(root, canvas, redraw) {
  root.redraw = redraw;
  redraw();
  answer(root, canvas);
  if (root.watch) return;
  root.watch = new ResizeObserver(() => canvas.clientWidth / enlarged() !== canvas.drawn.width && root.redraw());
  root.watch.observe(root);
  document.fonts.ready.then(() => root.redraw());
}
