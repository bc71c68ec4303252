// Curves over steps, with a cursor at the shown step.

/** Curves over steps, with a cursor at the shown step and, below, each curve's name and value there. */
function drawChart(pen, film, chart, step, { x, y, w }) {
  const { context, snap } = pen;
  const left = x + widest(pen, chart.up) + 8;
  const wide = x + w - left;
  const title = broken(pen, chart.title, wide, TITLE);
  const entries = chart.lines.map((line) => entryOf(pen, line, step, wide - 20));
  const extra = LINE * (title.length - 1); // the plot gives way to what is written
  const more = 18 * (entries.flat().length - entries.length);
  const [top, h] = [y + TOP + extra, Math.max(40, chart.plot - extra - more)];
  const toX = (at) => left + (at / Math.max(1, film.steps.at(-1))) * wide;
  const toY = (value) => top + h - ((value - chart.low) / (chart.high - chart.low)) * h;
  writeLines(pen, title, left, top - 10, "left");
  context.globalAlpha = 0.16;
  context.fillStyle = pen.ink;
  for (const [value] of chart.up) context.fillRect(left, snap(toY(value)), wide, 1);
  context.globalAlpha = 0.6;
  if (film.steps.length > 1) context.fillRect(snap(toX(step)), top, 1, h);
  context.globalAlpha = 1;
  if (chart.guide !== null) stroke(pen, [[left, toY(chart.guide)], [left + wide, toY(chart.guide)]], film.colors.lines, [4, 4]);
  for (const { values, color, dashed } of chart.lines) {
    const points = Array.from(values, (value, i) => (Number.isFinite(value) ? [toX(i), toY(value)] : null));
    stroke(pen, points, color, dashed ? [6, 5] : []);
    const dot = points[Math.min(step, values.length - 1)];
    if (dot) fillDot(pen, dot, color);
  }
  for (const [at, text] of thin(pen, chart.across.map(([at, text]) => [toX(at), text]))) {
    write(pen, text, at, top + h + 16, { faint: true });
  }
  for (const [at, text] of apart(chart.up.map(([value, text]) => [toY(value), text]))) {
    write(pen, text, left - 6, at + 4.5, { align: "right", faint: true });
  }
  let line = top + h + 40;
  for (const [i, { color }] of chart.lines.entries()) {
    context.fillStyle = color;
    context.fillRect(left, line - 6, 14, 3);
    for (const entry of entries[i]) {
      write(pen, entry, left + 20, line, { align: "left" });
      line += 18;
    }
  }
  return { x, w, title, entries };
}

/** A curve's name and its value at a step, as lines that fit. */
function entryOf(pen, { name, values }, step, room) {
  return broken(pen, `${name}  ${brief(values[Math.min(step, values.length - 1)])}`, room, LABEL);
}

/** A line through points; null breaks it. */
function stroke({ context }, points, color, dash) {
  context.save();
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  points.forEach((point, i) => point && context[points[i - 1] ? "lineTo" : "moveTo"](...point));
  context.stroke();
  context.restore();
}

function fillDot({ context }, [x, y], color) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, 4, 0, 7);
  context.fill();
}
