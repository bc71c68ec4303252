// The pictures of one frame: their columns, their boxes, and frames around cells that changed.

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
  const count = Math.max(...film.rows.map(({ panels }) => panels.length));
  const each = film.rows.map((row) => {
    const [before, after] = [leftOf, rightOf].map((side) => row.panels.map((panel) => side(pen, panel)));
    return { row, before, after };
  });
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
