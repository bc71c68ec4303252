// A distribution: bars on their edges, what they should be as a curve, and a legend.

function drawBars(pen, card, { histogram, x, y, w, h, free }) {
  const { context, snap } = pen;
  const { edges, bars, curve, across, up } = histogram;
  const { toX, toY } = axes(histogram, { x, y, w, h });
  context.font = `${TITLE}px ${pen.font}`;
  const half = context.measureText(histogram.title).width / 2; // wider than its bars where these are narrow
  write(pen, histogram.title, Math.min(x + w / 2, pen.width - half - 1), y - 8, { size: TITLE });
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
function drawCurve({ context }, card, curve, { x, y, w, h, toX, toY }) {
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
