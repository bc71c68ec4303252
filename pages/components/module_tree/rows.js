// The rows of a module tree, from the columns that Python sent; nothing here touches the page.

const KINDS = ["module", "parameter", "buffer"];
const DEEPEST_INDENT = 12; // rows below that say their depth as a number
const OPEN_AT_FIRST = 200; // rows that an untouched tree shows at most

/** What the sent columns say and imply: parents, where each subtree ends, names, ids and how far to open at first. */
function unpack(data) {
  const size = data.depth.length;
  const parent = new Array(size).fill(-1);
  const end = new Array(size).fill(size);
  const name = new Array(size);
  const perDepth = [];
  const path = [];
  data.depth.forEach((depth, i) => {
    while (path.length > depth) end[path.pop()] = i;
    parent[i] = path.at(-1) ?? -1;
    path.push(i);
    const label = data.labels[data.label[i]];
    name[i] = data.names[i] ?? (name[parent[i]] ? `${name[parent[i]]}.${label}` : label);
    perDepth[depth] = (perDepth[depth] ?? 0) + 1;
  });
  let automatic = 1;
  let rows = perDepth[0] ?? 0;
  for (let depth = 1; depth < perDepth.length && (rows += perDepth[depth]) <= OPEN_AT_FIRST; depth++) automatic = depth;
  return {
    ...{ size, parent, end, name, automatic },
    ...{ depth: data.depth, kind: data.kind, count: data.count, detail: data.detail, spark: data.spark },
    id: name.map((text, i) => data.ids[i] ?? text),
    tensors: data.kind.filter(Boolean).length,
    total: data.count[0] || 0,
    label: (i) => data.labels[data.label[i]],
    type: (i) => data.types[data.type[i]],
    shape: (i) => data.shapes[data.shape[i]],
    dtype: (i) => (data.kind[i] ? (data.dtypes[i] ?? data.dtype) : ""),
    unusualDtype: (i) => data.dtypes[i] ?? "",
    badges: (i) => data.badges[i] ?? [],
    hasRowsBelow: (i) => end[i] > i + 1,
  };
}

const number = (value) => value.toLocaleString("en-US");

/** The longest shape, with its dtype where that is unusual, in letters. */
function widestShape(tree) {
  const lengthOf = (i) => tree.shape(i).length + (tree.unusualDtype(i) ? 1 + tree.unusualDtype(i).length : 0);
  return tree.name.reduce((most, _, i) => Math.max(most, lengthOf(i)), 5);
}

/** The longest type, in letters; longer ones are shortened. */
const widestType = (tree) => tree.name.reduce((most, _, i) => Math.max(most, tree.type(i).length), 0);

/** The widest name with its indent and badges, in rem, so that it is shown whole; more than 26 is shortened.
 * Where room is `tight`, a badge shows one letter. */
function widestName(tree, tight = false) {
  const badges = (i) => tree.badges(i).reduce((sum, text) => sum + (tight ? 1.375 : 1.15 + 0.41 * text.length), 0.5);
  const width = (i) => 0.875 * Math.min(tree.depth[i], DEEPEST_INDENT) + 1.25 + 0.54 * tree.label(i).length + badges(i);
  return Math.min(26, tree.name.reduce((most, _, i) => Math.max(most, width(i)), 6));
}

/** A histogram as one path, 80 wide and 18 high: a digit from 0 to z is the height of a bar. */
function bars(levels) {
  const step = 80 / levels.length;
  const height = (level) => Math.max(1.5, (18 * parseInt(level, 36)) / 35);
  const bar = (level, k) => (level === "0" ? "" : `M${k * step} 18v${-height(level)}h${step * 0.75}V18z`);
  return [...levels].map(bar).join("");
}
