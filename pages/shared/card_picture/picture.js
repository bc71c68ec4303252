// A card's row: pictures of a tensor on one scale and its distribution, drawn on one canvas by what `canvas.js` holds.
// Streamlit calls the default export again, on the same elements, whenever data or theme change.
// It therefore assigns handlers and never adds them.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".picture");
  if (!root || !data) return;
  const canvas = root.querySelector("canvas");
  const card = unpack(data);
  canvas.ariaLabel = card.alt;
  root.style.height = `${card.height}px`;
  root.redraw = () => {
    point(root, null);
    canvas.drawn = draw(canvas, card, getComputedStyle(root));
  };
  root.redraw();
  answer(root, canvas);
  if (root.watch) return;
  root.watch = new ResizeObserver(() => canvas.clientWidth !== canvas.drawn.width && root.redraw());
  root.watch.observe(root);
  document.fonts.ready.then(() => root.redraw());
}

/** Draws everything and returns where it is: `{width, panels: [{panel, x, y, w, h}], bars}`. */
function draw(canvas, card, style) {
  const pen = startDrawing(canvas, card.height, style);
  const places = place(pen, card, pen.width, card.height);
  for (const { panel, ...box } of places.panels) drawPanel(pen, card, panel, box);
  if (places.bars) drawBars(pen, card, places.bars);
  return { width: pen.width, ...places };
}

/** Shares the width out: labels and rulers take what they need, pictures and bars the rest. */
function place(pen, card, width, height) {
  const { panels, histogram } = card;
  const { before, after } = margins(pen, panels);
  const beforeBars = histogram ? BETWEEN + widest(pen, histogram.up) + 8 : 0;
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const room = Math.max(60, width - sum(before) - sum(after) - beforeBars - BETWEEN * (panels.length - 1) - 6);
  const barsWidth = histogram ? room * BARS_SHARE : 0;
  const [y, h] = [TOP, height - TOP - BOTTOM];
  const w = pen.snap((room - barsWidth) / panels.length);
  let x = 0;
  const boxes = panels.map((panel, i) => {
    const box = { panel, x: pen.snap(x + before[i]), y, w, h };
    x += before[i] + w + after[i] + BETWEEN;
    return box;
  });
  return { panels: boxes, bars: histogram && { histogram, x: x - BETWEEN + beforeBars, y, w: barsWidth, h } };
}
