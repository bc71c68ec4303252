// Curves over steps, with a cursor at the shown step.

/** Curves over steps, with a cursor at the shown step and, below, each curve's name and value there. */
function drawChart(pen, film, chart, step, { x, y, w }) {
  const { context, snap } = pen;
  const [left, top, h] = [x + widest(pen, chart.up) + 8, y + TOP, chart.plot];
  const wide = x + w - left;
  const toX = (at) => left + (at / Math.max(1, film.steps.at(-1))) * wide;
  const toY = (value) => top + h - ((value - chart.low) / (chart.high - chart.low)) * h;
  write(pen, chart.title, left, y + TOP - 10, { size: TITLE, align: "left" });
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
  for (const [at, text] of chart.across) write(pen, text, toX(at), top + h + 16, { faint: true });
  for (const [at, text] of apart(chart.up.map(([value, text]) => [toY(value), text]))) {
    write(pen, text, left - 6, at + 4.5, { align: "right", faint: true });
  }
  chart.lines.forEach(({ name, color, values }, i) => {
    const line = top + h + 40 + 18 * i;
    const value = values[Math.min(step, values.length - 1)];
    context.fillStyle = color;
    context.fillRect(left, line - 6, 14, 3);
    write(pen, `${name}  ${brief(value)}`, left + 20, line, { align: "left" });
  });
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
