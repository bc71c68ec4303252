// Pictures over the frames of a film and curves with a cursor: `picture.js` and `pointer.js` are sent before this file.
// Every frame is here already: the slider and the play button ask nothing of the server.
// Streamlit calls the default export again, on the same elements, whenever data or theme change.
// It therefore assigns handlers and never adds them.

const FRAME_SECONDS = 0.12;

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".film");
  if (!root || !data) return;
  const [picture, canvas, slider] = ["div.picture", "canvas", "input"].map((part) => root.querySelector(part));
  const film = unpack(data);
  const last = film.steps.length - 1;
  if (String(film.steps) !== root.steps) {
    stop(root);
    slider.max = last;
    slider.value = last;
    root.steps = String(film.steps);
  }
  root.querySelector(".bar").hidden = last === 0;
  canvas.ariaLabel = film.alt;
  picture.style.height = `${film.height}px`;
  picture.redraw = () => {
    const frame = Number(slider.value);
    root.querySelector("output").textContent = `step ${film.steps[frame]} of ${film.steps[last]}`;
    slider.ariaValueText = `step ${film.steps[frame]}`;
    slider.style.setProperty("--at", `${(100 * frame) / Math.max(1, last)}%`);
    canvas.drawn = drawFilm(canvas, film, frame, getComputedStyle(picture));
    point(picture, picture.pointed);
  };
  slider.oninput = () => {
    stop(root);
    picture.redraw();
  };
  root.querySelector("button").onclick = () => (root.playing ? stop(root) : play(root, slider, picture));
  picture.redraw();
  answer(picture, canvas);
  if (root.watch) return;
  root.watch = new ResizeObserver(() => canvas.clientWidth !== canvas.drawn.width && picture.redraw());
  root.watch.observe(picture);
  document.fonts.ready.then(() => picture.redraw());
}

/** Runs from the shown frame, or from the first where the last is shown, to the last. */
function play(root, slider, picture) {
  if (slider.value === slider.max) slider.value = 0;
  const [from, start] = [Number(slider.value), performance.now()];
  const tick = (now) => {
    if (!root.isConnected) return;
    const frame = Math.min(Number(slider.max), from + Math.floor((now - start) / 1000 / FRAME_SECONDS));
    if (frame !== Number(slider.value)) {
      slider.value = frame;
      picture.redraw();
    }
    if (frame === Number(slider.max)) return stop(root);
    root.playing = requestAnimationFrame(tick);
  };
  root.playing = requestAnimationFrame(tick);
  label(root, "Pause");
}

function stop(root) {
  cancelAnimationFrame(root.playing);
  root.playing = null;
  label(root, "Play");
}

function label(root, action) {
  const button = root.querySelector("button");
  button.ariaLabel = button.title = action;
  button.classList.toggle("playing", action === "Pause");
}

// ---- drawing ----
/** Draws one frame and returns where everything is: `{width, panels: [{panel, x, y, w, h}], bars: null}`. */
function drawFilm(canvas, film, frame, style) {
  const pen = startDrawing(canvas, film.height, style);
  const columns = placeColumns(pen, film, pen.width);
  const panels = [];
  let y = 0;
  for (const [group, row] of film.rows.entries()) {
    for (const [i, panel] of row.panels.entries()) {
      const box = boxOf(pen, row, panel, columns[i]);
      const title = shortened(pen, panel.title, columns[i].w + BETWEEN / 2);
      const gap = !panel.remark && gapped(panel, box);
      const shown = { ...box, y: y + TOP, panel: { ...atFrame(panel, frame), title, gap, group } };
      drawPanel(pen, { colors: { ...film.colors, values: film.colors[row.scale] } }, shown.panel, shown);
      mark(pen, film.colors.highlight, shown);
      panels.push(shown);
    }
    y += row.height;
  }
  const step = film.steps[frame];
  for (const line of film.lines) {
    const w = (pen.width - 12) / line.charts.length;
    line.charts.forEach((chart, i) => drawChart(pen, film, chart, step, { x: i * w, y, w: w - BETWEEN }));
    y += line.height;
  }
  return { width: pen.width, frame, panels, bars: null };
}

function atFrame(panel, frame) {
  if (panel.remark) return panel;
  const cells = panel.down.count * panel.across.count;
  const shown = { ...panel, values: panel.values.subarray(frame * cells, (frame + 1) * cells) };
  return Array.isArray(panel.limit) ? { ...shown, limit: panel.limit[frame], ruler: panel.ruler[frame] ?? [] } : shown;
}

/** The columns that the pictures of all rows stand in, `{x, w}`: as wide as pictures of square elements, or their titles. */
function placeColumns(pen, film, width) {
  const left = ({ down }) => (down?.ticks.length ? widest(pen, down.ticks) + 8 + (down.name ? 20 : 0) : 4);
  const right = ({ ruler }) => (ruler?.length ? RULER + 14 + widest(pen, ruler.flat().map((end) => [0, end])) : 0);
  const count = Math.max(...film.rows.map(({ panels }) => panels.length));
  const each = film.rows.map((row) => ({ row, before: row.panels.map(left), after: row.panels.map(right) }));
  const most = (of) => Math.max(0, ...each.map(of));
  const columns = Array.from({ length: count }, (_, i) => ({
    before: most(({ before }) => before[i] ?? 0),
    after: most(({ after }) => after[i] ?? 0),
    title: most(({ row }) => (row.panels[i] ? titleWidth(pen, row.panels[i].title) : 0)),
    w: most(({ row }) => (row.panels[i] ? wanted(row, row.panels[i]) : 0)),
  }));
  const gaps = (BETWEEN + 8) * (count - 1) + 6;
  const room = (width - gaps - columns.reduce((sum, { before, after }) => sum + before + after, 0)) / count;
  let x = 0;
  return columns.map(({ before, after, title, w: wish }) => {
    const w = Math.min(room, Math.max(wish, title));
    const column = { x: x + before, w };
    x += before + w + after + BETWEEN + 8;
    return column;
  });
}

/** Whether there is room for gaps between the cells. */
const gapped = ({ gap, across, down }, { w, h }) => gap && Math.min(w / across.count, h / down.count) >= 8;

/** A title cut to what fits above its picture. */
function shortened(pen, title, room) {
  let length = title.length;
  while (length > 1 && titleWidth(pen, title.slice(0, length)) > room) length -= 1;
  return length < title.length ? `${title.slice(0, length - 1)}…` : title;
}

const heightOf = (row) => row.height - TOP - row.below;

function wanted(row, panel) {
  const shape = panel.remark ? 1 : panel.across.span / panel.down.span;
  return heightOf(row) * Math.max(shape, 0.5);
}

/** A picture in the middle of its column. */
function boxOf(pen, row, panel, { x, w: most }) {
  const w = Math.min(most, wanted(row, panel));
  return { x: pen.snap(x + (most - w) / 2), w: pen.snap(w), h: heightOf(row) };
}

function titleWidth({ context, font }, title) {
  context.font = `${TITLE}px ${font}`;
  return context.measureText(title).width;
}

/** Frames around the cells that changed. */
function mark({ context }, color, box) {
  context.strokeStyle = color;
  context.lineWidth = 3;
  for (const [row, column] of box.panel.framed ?? []) {
    const { left, top, width, height } = cellBox(box, row, column);
    context.strokeRect(left, top, width, height);
  }
}

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

/** A value in few digits. */
function brief(value) {
  if (!Number.isFinite(value)) return "–";
  const plain = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6);
  return plain ? number(value, 4) : value.toExponential(2).replaceAll("-", "−");
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
