// Where the pictures and the bars of a card's row stand, and drawing them there.

const ABOVE = 12; // pixels above each of two boxes that are stacked
const BARS_SHARE = 0.33; // of the room for pictures and bars

/** Draws everything and returns where it is: `{width, panels: [{panel, x, y, w, h}], bars}`. */
function draw(canvas, card, style) {
  const pen = startDrawing(canvas, card.height, style);
  const { width } = pen;
  const places = place(pen, card, width, card.height);
  for (const { panel, ...box } of places.panels) drawPanel(pen, card, panel, box);
  if (places.bars) drawBars(pen, card, places.bars);
  return { width, ...places };
}

/** Shares the width out: labels and rulers take what they need, pictures and bars the rest. */
function place(pen, card, width, height) {
  if (card.stacked) return stack(pen, card, width, height);
  if (card.above) return underneath(pen, card, width, height);
  const { panels, histogram } = card;
  const before = panels.map((panel) => leftOf(pen, panel));
  const after = panels.map((panel) => rightOf(pen, panel));
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

/** A row of pictures, `above` pixels high with its labels, over the bars. */
function underneath(pen, { above, histogram, ...card }, width, height) {
  const { panels } = place(pen, card, width, above);
  const x = pen.snap(histogram ? widest(pen, histogram.up) + 8 : 0);
  const y = above + TOP;
  return { panels, bars: histogram && { histogram, x, y, w: Math.max(60, width - x - 6), h: height - y - BOTTOM, free: 0 } };
}

/** One picture, `stacked` pixels high, above the bars: for a column too narrow for both side by side. */
function stack(pen, { panels: [panel], histogram, stacked }, width, height) {
  const x = pen.snap(Math.max(leftOf(pen, panel), histogram ? widest(pen, histogram.up) + 8 : 0));
  const [w, below] = [Math.max(60, width - x - 6), 2 * ABOVE + stacked + BOTTOM];
  const bars = histogram && { histogram, x, y: below, w, h: height - below - BOTTOM, free: 0 };
  return { panels: [{ panel, x, y: ABOVE, w, h: stacked }], bars };
}
