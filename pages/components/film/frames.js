// The pictures of one frame: their columns, their boxes, and frames around cells that changed.

const LINE = 17; // pixels from one line of a title to the next

/** Draws one frame and returns where everything is: `{width, frame, panels: [{panel, x, y, w, h, lines, middle}], charts, bars: null}`. */
function drawFilm(canvas, film, frame, style) {
  const pen = startDrawing(canvas, film.height, style);
  const columns = placeColumns(pen, film, pen.width);
  const panels = [];
  let y = 0;
  for (const [group, row] of film.rows.entries()) {
    const titles = row.panels.map(({ title }, i) => titled(pen, title, columns[i]));
    for (const [i, panel] of row.panels.entries()) {
      const extra = LINE * (Math.max(...titles.map(({ lines }) => lines.length)) - 1); // the pictures give way to titles
      const box = boxOf(pen, { ...row, height: row.height - extra }, panel, columns[i]);
      const gap = !panel.remark && gapped(panel, box);
      const shown = { ...box, y: y + TOP + extra, panel: { ...atFrame(panel, frame), gap, group }, ...titles[i] };
      drawPanel(pen, { colors: { ...film.colors, values: film.colors[row.scale] } }, { ...shown.panel, title: "" }, shown);
      writeLines(pen, shown.lines, shown.middle, shown.y - 8);
      mark(pen, film.colors.highlight, shown);
      panels.push(shown);
    }
    y += row.height;
  }
  const step = film.steps[frame];
  const charts = film.lines.flatMap((line) => {
    const w = (pen.width - 12) / line.charts.length;
    const drawn = line.charts.map((chart, i) => drawChart(pen, film, chart, step, { x: i * w, y, w: w - BETWEEN }));
    y += line.height;
    return drawn;
  });
  return { width: pen.width, frame, panels, charts, bars: null };
}

function atFrame(panel, frame) {
  if (panel.remark) return panel;
  const cells = panel.down.count * panel.across.count;
  return { ...panel, values: panel.values.subarray(frame * cells, (frame + 1) * cells) };
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
    const column = { x: x + before, w, before, after };
    x += before + w + after + BETWEEN + 8;
    return column;
  });
}

/** Whether there is room for gaps between the cells. */
const gapped = ({ gap, across, down }, { w, h }) => gap && Math.min(w / across.count, h / down.count) >= 8;

/** A title's lines and their middle: that of its picture, or of all the column where they would not fit so. */
function titled(pen, title, { x, w, before, after }) {
  const centered = broken(pen, title, w + 2 * Math.min(before, after + BETWEEN / 2), TITLE);
  if (centered.length === 1) return { lines: centered, middle: x + w / 2 };
  const room = before + w + after + BETWEEN - 6;
  return { lines: broken(pen, title, room, TITLE), middle: x - before + room / 2 };
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

function titleWidth({ context, font }, title, size = TITLE) {
  context.font = `${size}px ${font}`;
  return context.measureText(title).width;
}

/** A text as lines that fit, broken at spaces; a word that is too wide alone at its points and underscores. */
function broken(pen, text, room, size) {
  const fits = (line) => titleWidth(pen, line, size) <= room;
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (fits(longer)) lines[lines.length - 1] = longer;
    else if (lines.at(-1)) lines.push(word);
    else lines[0] = word;
    while (!fits(lines.at(-1)) && lines.at(-1).length > 1) {
      const line = lines.pop();
      const most = Math.max(1, [...line].findIndex((_, i) => !fits(line.slice(0, i + 1))));
      const length = line.slice(0, most).search(/[._][^._]*$/) + 1 || most;
      lines.push(line.slice(0, length), line.slice(length));
    }
  }
  return lines;
}

/** Lines of a title, the last of them at y. */
function writeLines(pen, lines, x, y, align = "center") {
  lines.forEach((line, i) => write(pen, line, x, y - LINE * (lines.length - 1 - i), { size: TITLE, align }));
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
