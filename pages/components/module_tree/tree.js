// A module tree of any size: every row is in arrays, only the rows in sight are elements.
// Streamlit calls the default export again, on the same elements, whenever rows, selection or theme change.
// It therefore assigns handlers and never adds them, and keeps what the visitor did in `views`.

const views = new Map(); // by widget key, for as long as the page is loaded
const ROW_REM = 2.125;
const OPEN_AT_FIRST = 200; // rows that an untouched tree shows at most
const SPARE = 10; // rows drawn beyond each edge of the pane
const DEEPEST_INDENT = 12; // rows below that say their depth as a number
const KINDS = ["module", "parameter", "buffer"];

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".tree");
  if (!root || !data) return;
  const part = (name) => root.querySelector(`.${name}`);
  const [pane, body, none, input, found] = ["pane", "body", "none", "search input", "found"].map(part);
  const template = root.querySelector("template").content.firstElementChild;
  const rowHeight = Math.round(ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize));

  const view = views.get(data.key) ?? { folds: new Map(), level: null, query: "", found: new Map(), scroll: 0 };
  views.set(data.key, view);
  const { size, parent, end, name, id, automatic, tensors } = unpack(data);
  const total = data.count[0] || 0;
  const drawn = new Map(); // position among the shown rows -> element
  let shown = []; // rows not folded away and not filtered out
  let hits = null; // while searching: which rows match,
  let leads = null; // and which have such rows below
  let pattern = null;
  let haystacks = null;

  const labelOf = (i) => data.labels[data.label[i]];
  const typeOf = (i) => data.types[data.type[i]];
  const shapeOf = (i) => data.shapes[data.shape[i]];
  const dtypeOf = (i) => (data.kind[i] ? (data.dtypes[i] ?? data.dtype) : "");
  const hasRowsBelow = (i) => end[i] > i + 1;

  // ---- which rows are shown ----
  /** While searching, modules are open as far as they lead to hits; other hits can be opened as a whole. */
  function isOpen(i) {
    if (hits) return view.found.get(id[i]) ?? leads[i];
    return view.folds.get(id[i]) ?? data.depth[i] < (view.level ?? automatic);
  }

  function search() {
    hits = leads = pattern = null;
    const words = (view.query.match(/\([^)]*\)?|\S+/g) ?? []) // "(8, 4)" is one word, and its spaces do not matter
      .map((word) => word.replace(/\s/g, "").toLowerCase());
    if (!words.length) return;
    const literal = (character) => character.replace(/[.*+?^${}()|[\]\\]/, "\\$&");
    pattern = new RegExp(words.map((word) => [...word].map(literal).join("\\s*")).join("|"), "gi");
    haystacks ??= name.map((_, i) => {
      const owner = data.kind[i] && parent[i] >= 0 ? typeOf(parent[i]) : ""; // so that "linear weight" finds it
      const facts = [name[i], labelOf(i), typeOf(i), owner, shapeOf(i), dtypeOf(i), ...(data.badges[i] ?? [])];
      return facts.join("\n").replace(/ /g, "").toLowerCase();
    });
    hits = haystacks.map((text) => words.every((word) => text.includes(word)));
    leads = new Array(size).fill(false);
    hits.forEach((hit, i) => {
      for (let p = hit ? parent[i] : -1; p >= 0 && !leads[p]; p = parent[p]) leads[p] = true;
    });
  }

  function refresh() {
    const focused = parentElement.activeElement?.closest?.(".row");
    const focusedId = focused && id[shown[focused.dataset.at]];
    search();
    shown = [];
    for (let i = 0; i < size; ) {
      const listed = !hits || hits[i] || leads[i] || view.found.get(id[parent[i]]) === true;
      if (listed) shown.push(i);
      i = listed && isOpen(i) ? i + 1 : end[i];
    }
    found.textContent = tally();
    none.hidden = shown.length > 0;
    none.textContent = `no module, type or shape matches '${view.query.trim()}'`;
    body.style.height = `${shown.length * rowHeight}px`;
    body.replaceChildren();
    drawn.clear();
    draw();
    if (!focused) return;
    const at = shown.findIndex((i) => id[i] === focusedId);
    focus(at < 0 ? cursor() : at);
  }

  /** "12 of 18 tensors", or "4 of 23 modules" when only modules match. */
  function tally() {
    const of = (k, n, what) => `${hits ? `${number(k)} of ` : ""}${number(n)} ${what}${n === 1 ? "" : "s"}`;
    const tensorHits = hits?.filter((hit, i) => hit && data.kind[i]).length;
    const moduleHits = hits?.filter((hit, i) => hit && !data.kind[i]).length;
    return !tensorHits && moduleHits ? of(moduleHits, size - tensors, "module") : of(tensorHits, tensors, "tensor");
  }

  /** Position of the selected row, or of the closest row above it that is not folded away. */
  function cursor() {
    for (let i = id.indexOf(view.selected); i >= 0; i = parent[i]) {
      const at = shown.indexOf(i);
      if (at >= 0) return at;
    }
    return 0;
  }

  // ---- drawing ----
  function draw() {
    const first = Math.max(0, Math.floor(pane.scrollTop / rowHeight) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil(data.height / rowHeight) + 2 * SPARE);
    const tabStop = cursor(); // an element even when out of sight, or the Tab key would not find the tree
    const wanted = new Set(shown.length ? [tabStop] : []);
    for (let at = first; at < last; at++) wanted.add(at);
    drawn.forEach((row, at) => wanted.has(at) || (row.remove(), drawn.delete(at)));
    let previous = null;
    for (const at of [...wanted].sort((a, b) => a - b)) {
      const row = drawn.get(at) ?? makeRow(at);
      if (!drawn.has(at)) previous ? previous.after(row) : body.prepend(row);
      drawn.set(at, row);
      row.tabIndex = at === tabStop ? 0 : -1;
      row.ariaSelected = String(id[shown[at]] === view.selected);
      previous = row;
    }
  }

  function makeRow(at) {
    const i = shown[at];
    const [depth, count, kind, detail] = [data.depth[i], data.count[i], KINDS[data.kind[i]], data.detail[i] ?? ""];
    const row = template.cloneNode(true);
    const cell = (name) => row.querySelector(`.${name}`);
    row.classList.add(kind);
    row.classList.toggle("nothing", count === 0);
    row.classList.toggle("passage", Boolean(hits) && !hits[i]);
    row.dataset.at = at;
    row.style.top = `${at * rowHeight}px`;
    row.style.setProperty("--depth", Math.min(depth, DEEPEST_INDENT));
    row.ariaLevel = depth + 1;
    row.ariaRowIndex = at + 2;
    if (hasRowsBelow(i)) row.ariaExpanded = String(isOpen(i));

    if (depth > DEEPEST_INDENT) cell("indent").textContent = depth;
    write(cell("label"), labelOf(i), name[i]);
    cell("label").title = [name[i] || labelOf(i), detail].filter(Boolean).join("\n");
    for (const text of data.badges[i] ?? []) {
      const badge = append(cell("badges"), "badge", text);
      badge.dataset.badge = text;
      badge.title = detail;
    }
    write(cell("type"), typeOf(i));
    cell("type").title = typeOf(i);
    write(cell("shape"), shapeOf(i));
    cell("shape").title = `${shapeOf(i)} ${dtypeOf(i)}`;
    if (data.dtypes[i]) append(cell("shape"), "dtype", data.dtypes[i]);

    const share = total ? (100 * count) / total : 0;
    cell("number").textContent = number(count);
    if (share && kind !== "buffer") cell("fill").style.width = `${Math.min(100, share)}%`;
    else cell("track").style.visibility = "hidden";
    cell("count").title = kind === "buffer"
      ? `${number(count)} values of a buffer, which are not parameters`
      : `${number(count)} of ${number(total)} parameters${share ? `, ${share.toPrecision(3)} %` : ""}`;
    if (data.spark[i]) cell("values path").setAttribute("d", bars(data.spark[i]));
    else cell("values svg").remove();
    return row;
  }

  /** Text, never markup. What the search found in `whole`, which ends with the text, is marked. */
  function write(element, text, whole = text) {
    const start = whole.endsWith(text) ? whole.length - text.length : 0;
    let at = 0;
    for (const hit of pattern ? (start ? whole : text).matchAll(pattern) : []) {
      const from = Math.max(hit.index - start, at);
      const to = hit.index + hit[0].length - start;
      if (to <= from) continue;
      element.append(text.slice(at, from));
      element.appendChild(document.createElement("mark")).textContent = text.slice(from, to);
      at = to;
    }
    element.append(text.slice(at));
  }

  function append(element, className, text) {
    const span = element.appendChild(Object.assign(document.createElement("span"), { className }));
    write(span, text);
    return span;
  }

  // ---- what the visitor does ----
  /** Python hears of it at once after a click, and after a pause while an arrow key is held down. */
  function select(at, pause = 0) {
    view.selected = id[shown[at]];
    draw();
    clearTimeout(view.timer);
    view.timer = setTimeout(() => {
      if (view.reported === view.selected) return;
      view.reported = view.selected;
      setStateValue("selected", { id: view.selected, push: view.push });
    }, pause);
  }

  function go(at) {
    if (at < 0 || !shown.length) return;
    const to = Math.min(shown.length - 1, at);
    select(to, 150);
    scrollTo(to);
    focus(to);
  }

  function focus(at) {
    drawn.get(at)?.focus({ preventScroll: true });
  }

  function scrollTo(at) {
    const room = pane.clientHeight - rowHeight; // below the header, which stays in place
    pane.scrollTop = Math.max((at + 1) * rowHeight - room, Math.min(at * rowHeight, pane.scrollTop));
    draw();
  }

  function fold(i, open) {
    if (!hasRowsBelow(i)) return;
    if (!hits) view.folds.set(id[i], open);
    else if (open && leads[i]) view.found.delete(id[i]);
    else view.found.set(id[i], open);
    refresh();
  }

  function foldAll(level) {
    view.folds.clear();
    view.level = level;
    view.found = new Map(level > 1 ? [] : id.filter((_, i) => data.depth[i] >= 1).map((key) => [key, false]));
    refresh();
  }

  function find(query) {
    view.query = input.value = query;
    view.found.clear();
    pane.scrollTop = 0;
    refresh();
    if (!hits && id.includes(view.selected)) scrollTo(cursor());
  }

  part("expand").onclick = () => foldAll(Infinity);
  part("collapse").onclick = () => foldAll(1);
  pane.onscroll = () => {
    view.scroll = pane.scrollTop;
    draw();
  };
  const atOf = (event) => Number(event.target.closest(".row")?.dataset.at ?? -1);
  const onFold = (event, at) => event.target.closest(".fold") && hasRowsBelow(shown[at]);
  body.onclick = (event) => {
    const at = atOf(event);
    if (at >= 0) onFold(event, at) ? fold(shown[at], !isOpen(shown[at])) : select(at);
  };
  body.ondblclick = (event) => {
    const at = atOf(event);
    if (at >= 0 && !onFold(event, at)) fold(shown[at], !isOpen(shown[at]));
  };
  body.onkeydown = (event) => {
    const at = atOf(event);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const i = shown[at];
    const opened = hasRowsBelow(i) && isOpen(i);
    const page = Math.max(1, Math.floor(pane.clientHeight / rowHeight) - 2);
    const act = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + page),
      PageUp: () => go(Math.max(0, at - page)),
      Home: () => go(0),
      End: () => go(shown.length - 1),
      ArrowRight: () => (opened ? go(at + 1) : fold(i, true)),
      ArrowLeft: () => (opened ? fold(i, false) : go(shown.indexOf(parent[i]))),
      Enter: () => (select(at), fold(i, !opened)),
      " ": () => select(at),
      Escape: () => view.query && find(""),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  input.oninput = () => find(input.value);
  input.onkeydown = (event) => {
    event.stopPropagation(); // Streamlit's one-letter shortcuts are not meant while one types here
    const firstHit = hits ? shown.findIndex((i) => hits[i]) : cursor();
    const act = {
      Escape: () => find(""),
      Enter: () => hits && go(firstHit),
      ArrowDown: () => go(firstHit),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  // ---- this call ----
  const shapeLength = (i) => shapeOf(i).length + (data.dtypes[i] ? 1 + data.dtypes[i].length : 0);
  const most = (lengths) => lengths.reduce((a, b) => Math.max(a, b), 0);
  root.classList.toggle("sparks", Object.keys(data.spark).length > 0);
  root.style.height = `${Math.min(data.height, (size + 1) * rowHeight + 36 + 8 + 3)}px`; // rows, search, gap, borders
  root.style.setProperty("--row", `${rowHeight}px`);
  root.style.setProperty("--shape", Math.max(5, most(data.shape.map((_, i) => shapeLength(i)))));
  root.style.setProperty("--digits", `${number(most(data.count)).length}ch`);
  part("grid").ariaRowCount = size + 1;
  if (input.value !== view.query) input.value = view.query;

  const moved = view.push !== data.push; // Python chose another row
  if (moved) {
    clearTimeout(view.timer);
    Object.assign(view, { push: data.push, selected: data.selected, reported: data.selected });
    for (let i = parent[id.indexOf(view.selected)] ?? -1; i >= 0; i = parent[i]) view.folds.set(id[i], true);
  }
  refresh();
  pane.scrollTop = view.scroll;
  if (moved && id.includes(view.selected)) scrollTo(cursor());
  return () => clearTimeout(view.timer);
}

const number = (value) => value.toLocaleString("en-US");

/** A histogram as one path, 80 wide and 18 high: a digit from 0 to z is the height of a bar. */
function bars(levels) {
  const step = 80 / levels.length;
  const height = (level) => Math.max(1.5, (18 * parseInt(level, 36)) / 35);
  const bar = (level, k) => (level === "0" ? "" : `M${k * step} 18v${-height(level)}h${step * 0.75}V18z`);
  return [...levels].map(bar).join("");
}

/** What the sent columns imply: parents, where each subtree ends, names, ids and how far to open at first. */
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
  const id = name.map((text, i) => data.ids[i] ?? text);
  return { size, parent, end, name, id, automatic, tensors: data.kind.filter(Boolean).length };
}
