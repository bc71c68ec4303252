// What is at a place of a drawing, and how that is said; nothing here touches the page.

/** The cell or the bin at a place, as `[number of its box, row, column]`; the bars' row is 0. */
function under(drawn, x, y) {
  const boxes = boxesOf(drawn);
  const number = boxes.findIndex((box) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h);
  if (number < 0) return null;
  const box = boxes[number];
  if (box.panel?.remark) return null;
  if (box.panel) {
    const index = (axis, share) => Math.floor((share * axis.span) / axis.cell);
    return [number, index(box.panel.down, (y - box.y) / box.h), index(box.panel.across, (x - box.x) / box.w)];
  }
  const { toX } = axes(box.histogram, box);
  const bin = box.histogram.edges.findLastIndex((edge) => toX(edge) <= x);
  return bin < 0 || bin >= box.histogram.edges.length - 1 ? null : [number, 0, bin];
}

/** The place one step on: within a picture, from its edge into the next, at first into the first. */
function stepped(drawn, at, [down, right]) {
  const boxes = boxesOf(drawn);
  const size = ({ panel, histogram }) => {
    if (histogram) return [1, histogram.edges.length - 1];
    return panel.remark ? [0, 0] : [panel.down.count, panel.across.count];
  };
  const start = (number) => (boxes[number] && size(boxes[number])[0] ? [number, 0, 0] : null);
  if (!at) return start(0) ?? start(1);
  const [rows, columns] = size(boxes[at[0]]);
  const [row, column] = [at[1] + down, at[2] + right];
  if (column < 0 || column >= columns) return start(at[0] + Math.sign(right)) ?? at;
  return row < 0 || row >= rows ? at : [at[0], row, column];
}

const boxesOf = ({ panels, bars }) => (bars ? [...panels, bars] : panels);

function sameCells(one, other) {
  const same = (a, b) => a.first === b.first && a.span === b.span && a.cell === b.cell;
  return !one.remark && one.group === other.group && same(one.down, other.down) && same(one.across, other.across);
}

function cellBox({ panel, histogram, ...box }, row, column) {
  if (histogram) {
    const [left, right] = [column, column + 1].map((i) => axes(histogram, box).toX(histogram.edges[i]));
    return { left, top: box.y, width: right - left, height: box.h };
  }
  const along = ({ span, cell }, i, start, size) => {
    const [from, to] = [(i * cell) / span, Math.min(1, ((i + 1) * cell) / span)];
    return [start + from * size, (to - from) * size];
  };
  const [left, width] = along(panel.across, column, box.x, box.w);
  const [top, height] = along(panel.down, row, box.y, box.h);
  return { left, top, width, height };
}

/** A value with its index; of a cell of several, what it stands for. */
function cellLines(panel, row, column) {
  const range = ({ first, span, cell }, i) => [first + i * cell, first + Math.min(span, (i + 1) * cell) - 1];
  const [rows, columns] = [range(panel.down, row), range(panel.across, column)];
  if (panel.down.cell * panel.across.cell === 1) return [`[${rows[0]}, ${columns[0]}] = ${valueAt(panel, row, column)}`];
  const text = ([from, to]) => (from === to ? `${from}` : `${from} to ${to}`);
  return [
    `${panel.shows ?? "largest magnitude"}: ${valueAt(panel, row, column)}`,
    `of rows ${text(rows)}, columns ${text(columns)}`,
  ];
}

/** As many digits as tell any two values apart; values that are not finite by their names. */
function valueAt({ values, flags, digits, marks, across, texts }, row, column) {
  const i = row * across.count + column;
  const read = texts ? texts[i].replace("-", "−") : number(values[i], digits);
  const finite = Number.isNaN(values[i]) ? [] : [read];
  const names = flags?.[i] ? marks.filter(([bit]) => flags[i] & bit).map(([, name]) => name) : [];
  return [...finite, ...names].join(" and ") || "nothing";
}

function binLines({ edges, bars, curve }, bin) {
  const [from, to] = [edges[bin], edges[bin + 1]].map((edge) => number(edge, 5));
  const counts = bars.map(({ name, counts }) => `${name}: ${counts[bin].toLocaleString("en-US")}`);
  const expected = curve?.bins.length ? [`expected: ${number(curve.bins[bin], 3)}`] : [];
  return [`${from} to ${to}`, ...counts, ...expected];
}

function number(value, digits) {
  return (Object.is(value, -0) ? "-0" : String(Number(value.toPrecision(digits)))).replaceAll("-", "−");
}

/** A value in few digits. */
function brief(value) {
  if (!Number.isFinite(value)) return "–";
  const plain = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6);
  return plain ? number(value, 4) : value.toExponential(2).replaceAll("-", "−");
}
