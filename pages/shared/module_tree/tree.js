// A module tree of any size: every row is in the arrays, only the rows in sight are elements.
// This function runs again whenever rows, selection or theme change, on the same elements: it assigns
// handlers, never adds them, and keeps what the visitor did (folds, search, scroll) in `views`.

const views = new Map();
const ROW_REM = 2.125;
const OPEN_AT_FIRST = 200; // rows that an untouched tree shows at most
const SPARE = 10; // rows drawn beyond each edge of the pane
const DEEPEST_INDENT = 12; // deeper rows show their depth as a number instead

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".tree");
  if (!root || !data) return;
  const part = (name) => root.querySelector(`.${name}`);
  const [pane, body, none, input, found] = ["pane", "body", "none", "search input", "found"].map(part);
  const template = root.querySelector("template").content.firstElementChild;
  const rowHeight = Math.round(ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize));

  if (!views.has(data.key)) views.set(data.key, { folds: new Map(), level: null, query: "", closed: new Set(), scroll: 0 });
  const view = views.get(data.key);
  const { size, parent, end, name, id, automatic, tensors } = unpack(data);
  const total = data.count[0] || 0;
  const drawn = new Map(); // position among the shown rows -> element
  let shown = []; // rows not folded away and not filtered out
  let hits = null; // while searching: which rows match by themselves
  let pattern = null;
  let haystacks = null;

  // ---- which rows are shown ----
  const isOpen = (i) => (hits ? !view.closed.has(id[i]) : (view.folds.get(id[i]) ?? data.depth[i] < (view.level ?? automatic)));
  const hasRowsBelow = (i) => end[i] > i + 1;

  function search() {
    // (8, 4) is one word, and spaces in it do not matter
    const words = (view.query.match(/\([^)]*\)?|\S+/g) ?? []).map((word) => word.replace(/\s/g, "").toLowerCase());
    hits = pattern = null;
    if (!words.length) return null;
    pattern = new RegExp(words.map((word) => [...word].map((c) => c.replace(/[.*+?^${}()|[\]\\]/, "\\$&")).join("\\s*")).join("|"), "gi");
    haystacks ??= name.map((_, i) => {
      const owner = data.kind[i] && parent[i] >= 0 ? typeOf(parent[i]) : ""; // so that "linear weight" finds it
      const facts = [name[i], data.label[i], typeOf(i), owner, shapeOf(i), dtypeOf(i), ...(data.badges[i] ?? [])];
      return facts.join("\n").replace(/ /g, "").toLowerCase();
    });
    hits = haystacks.map((text) => words.every((word) => text.includes(word)));
    const kept = hits.slice();
    for (let i = 0; i < size; i++) if (hits[i]) for (let p = parent[i]; p >= 0 && !kept[p]; p = parent[p]) kept[p] = true;
    return kept;
  }

  function refresh() {
    const focused = parentElement.activeElement?.closest?.(".row");
    const focusedId = focused && id[shown[focused.dataset.at]];
    const kept = search();
    shown = [];
    for (let i = 0; i < size; ) {
      if (!kept || kept[i]) shown.push(i);
      i = (!kept || kept[i]) && isOpen(i) ? i + 1 : end[i];
    }
    const count = (kind) => hits.reduce((sum, hit, i) => sum + (hit && (data.kind[i] > 0) === kind), 0);
    const some = (k, n, what) => `${hits ? `${number(k)} of ` : ""}${number(n)} ${what}${n === 1 ? "" : "s"}`;
    const tensorHits = hits && count(true);
    found.textContent = hits && !tensorHits && shown.length ? some(count(false), size - tensors, "module") : some(tensorHits, tensors, "tensor");
    none.hidden = shown.length > 0;
    none.textContent = `no module, type or shape matches '${view.query.trim()}'`;
    body.style.height = `${shown.length * rowHeight}px`;
    body.replaceChildren();
    drawn.clear();
    draw();
    if (focusedId !== undefined && focusedId !== null) {
      const at = shown.findIndex((i) => id[i] === focusedId);
      focus(at < 0 ? cursor() : at, false);
    }
  }

  // ---- drawing ----
  const typeOf = (i) => data.types[data.type[i]];
  const shapeOf = (i) => data.shapes[data.shape[i]];
  const dtypeOf = (i) => (data.kind[i] ? (data.dtypes[i] ?? data.dtype) : "");

  /** Position of the selected row, or of the closest row above it that is not folded away. */
  function cursor() {
    const chosen = id.indexOf(view.selected);
    for (let i = chosen; i >= 0; i = parent[i]) {
      const at = shown.indexOf(i);
      if (at >= 0) return at;
    }
    return 0;
  }

  function draw() {
    const first = Math.max(0, Math.floor(pane.scrollTop / rowHeight) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil(data.height / rowHeight) + 2 * SPARE);
    const tabStop = cursor(); // stays an element even out of sight, or Tab would not find the tree
    const wanted = new Set(shown.length ? [tabStop] : []);
    for (let at = first; at < last; at++) wanted.add(at);
    for (const [at, row] of drawn) if (!wanted.has(at)) { row.remove(); drawn.delete(at); }
    let previous = null;
    for (const at of [...wanted].sort((a, b) => a - b)) {
      let row = drawn.get(at);
      if (!row) {
        row = makeRow(at);
        drawn.set(at, row);
        if (previous) previous.after(row); else body.prepend(row);
      }
      row.tabIndex = at === tabStop ? 0 : -1;
      row.ariaSelected = String(id[shown[at]] === view.selected);
      previous = row;
    }
  }

  function makeRow(at) {
    const i = shown[at];
    const row = template.cloneNode(true);
    const cell = (selector) => row.querySelector(selector);
    const kind = ["module", "parameter", "buffer"][data.kind[i]];
    const count = data.count[i];
    row.classList.add(kind);
    row.classList.toggle("nothing", count === 0);
    row.classList.toggle("passage", Boolean(hits) && !hits[i]);
    row.dataset.at = at;
    row.style.top = `${at * rowHeight}px`;
    row.ariaLevel = data.depth[i] + 1;
    row.ariaRowIndex = at + 2;
    if (hasRowsBelow(i)) row.ariaExpanded = String(isOpen(i));

    const depth = data.depth[i];
    row.style.setProperty("--depth", Math.min(depth, DEEPEST_INDENT));
    if (depth > DEEPEST_INDENT) { cell(".indent").textContent = depth; cell(".indent").title = `${depth} levels deep`; }
    write(cell(".label"), data.label[i], name[i]);
    cell(".label").title = [name[i] || data.label[i], data.detail[i]].filter(Boolean).join("\n");
    for (const text of data.badges[i] ?? []) {
      const badge = Object.assign(document.createElement("span"), { className: "badge", title: data.detail[i] ?? "" });
      badge.dataset.badge = text;
      write(badge, text);
      cell(".badges").append(badge);
    }
    write(cell(".type"), typeOf(i));
    cell(".type").title = [typeOf(i), dtypeOf(i)].filter(Boolean).join(" of ");
    if (data.kind[i] && data.dtypes[i]) {
      const dtype = Object.assign(document.createElement("span"), { className: "dtype" });
      write(dtype, data.dtypes[i]);
      cell(".type").append(dtype);
    }
    write(cell(".shape"), shapeOf(i));
    cell(".shape").title = shapeOf(i);
    cell(".number").textContent = number(count);
    if (count && total && kind !== "buffer") cell(".fill").style.width = `${Math.min(100, (100 * count) / total)}%`;
    else cell(".track").remove();
    cell(".count").title = kind === "buffer" ? `${number(count)} values that training does not touch, no parameters`
      : `${number(count)} of ${number(total)} parameters${total ? `, ${((100 * count) / total).toPrecision(3)} %` : ""}`;
    const bars = [...(data.spark[i] ?? "")].map((level) => (18 * parseInt(level, 36)) / 35);
    const step = 80 / bars.length;
    cell(".values path").setAttribute("d", bars.map((h, k) => (h ? `M${k * step} 18v${-Math.max(h, 1.5)}h${step * 0.75}V18z` : "")).join(""));
    return row;
  }

  /** Text, never markup; what the search words found in `whole`, of which it is the end, is marked. */
  function write(element, text, whole = text) {
    const start = whole.endsWith(text) ? whole.length - text.length : 0;
    let at = 0;
    for (const hit of pattern ? (start ? whole : text).matchAll(pattern) : []) {
      const from = Math.max(hit.index - start, at);
      const to = hit.index + hit[0].length - start;
      if (to <= from) continue;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      element.append(text.slice(at, from), mark);
      at = to;
    }
    element.append(text.slice(at));
  }

  // ---- what the visitor does ----
  /** Select a row, and tell Python: at once after a click, after a pause while an arrow key is held down. */
  function select(at, pause = 0) {
    view.selected = id[shown[at]];
    draw();
    clearTimeout(view.timer);
    view.timer = setTimeout(() => {
      if (view.reported !== view.selected) setStateValue("selected", (view.reported = view.selected));
    }, pause);
  }

  function focus(at, scroll = true) {
    if (!shown.length) return;
    if (scroll) scrollTo(at);
    drawn.get(at)?.focus({ preventScroll: true });
  }

  function scrollTo(at) {
    const room = pane.clientHeight - rowHeight; // below the header, which stays in place
    if (at * rowHeight < pane.scrollTop) pane.scrollTop = at * rowHeight;
    else if ((at + 1) * rowHeight > pane.scrollTop + room) pane.scrollTop = (at + 1) * rowHeight - room;
    draw();
  }

  function go(at) {
    const to = Math.max(0, Math.min(shown.length - 1, at));
    select(to, 150);
    focus(to);
  }

  function fold(i, open = !isOpen(i)) {
    if (!hasRowsBelow(i)) return;
    if (!hits) view.folds.set(id[i], open);
    else if (open) view.closed.delete(id[i]);
    else view.closed.add(id[i]);
    refresh();
  }

  function foldAll(level) {
    view.folds.clear();
    view.level = level;
    view.closed = new Set(level > 1 ? [] : id.filter((_, i) => data.depth[i] >= 1));
    refresh();
  }

  function find(query) {
    view.query = input.value = query;
    view.closed.clear();
    pane.scrollTop = 0;
    refresh();
    if (!hits && shown.length && id.includes(view.selected)) scrollTo(cursor());
  }

  const atOf = (event) => event.target.closest?.(".row")?.dataset.at;
  part("expand").onclick = () => foldAll(Infinity);
  part("collapse").onclick = () => foldAll(1);
  pane.onscroll = () => { view.scroll = pane.scrollTop; draw(); };
  body.onclick = (event) => {
    const at = atOf(event);
    if (at === undefined) return;
    if (event.target.closest(".fold") && hasRowsBelow(shown[at])) fold(shown[at]);
    else select(Number(at));
  };
  body.ondblclick = (event) => {
    const at = atOf(event);
    if (at !== undefined && !event.target.closest(".fold")) fold(shown[at]);
  };
  body.onkeydown = (event) => {
    const at = Number(atOf(event));
    if (Number.isNaN(at) || event.ctrlKey || event.metaKey || event.altKey) return;
    const i = shown[at];
    const page = Math.max(1, Math.floor(pane.clientHeight / rowHeight) - 2);
    const act = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + page),
      PageUp: () => go(at - page),
      Home: () => go(0),
      End: () => go(shown.length - 1),
      ArrowRight: () => hasRowsBelow(i) && (isOpen(i) ? go(at + 1) : fold(i, true)),
      ArrowLeft: () => (hasRowsBelow(i) && isOpen(i) ? fold(i, false) : parent[i] >= 0 && go(shown.indexOf(parent[i]))),
      Enter: () => { select(at); fold(i); },
      " ": () => select(at),
      Escape: () => view.query && find(""),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  input.oninput = () => find(input.value);
  input.onkeydown = (event) => {
    event.stopPropagation(); // Streamlit's own one-letter shortcuts are not meant while one types here
    if (event.key === "Escape") { event.preventDefault(); find(""); }
    if (event.key === "ArrowDown" && shown.length) { event.preventDefault(); focus(hits ? Math.max(0, shown.findIndex((i) => hits[i])) : cursor()); }
    if (event.key === "Enter" && hits) { const at = shown.findIndex((i) => hits[i]); if (at >= 0) go(at); }
  };

  // ---- this run ----
  const longest = (texts) => Math.min(24, texts.reduce((most, text) => Math.max(most, text.length), 4));
  const deepest = data.label.reduce((most, label, i) => Math.max(most, 16 * Math.min(data.depth[i], DEEPEST_INDENT) + 8.5 * Math.min(label.length, 30)), 0);
  root.classList.toggle("sparks", Object.keys(data.spark).length > 0);
  const style = {
    height: `${Math.min(data.height, (size + 1) * rowHeight + 36 + 8 + 3)}px`,
    "--row": `${rowHeight}px`,
    "--name": `${deepest + 40}px`,
    "--type": `${longest(data.types)}ch`,
    "--shape": `${Math.max(5, longest(data.shapes)) * 0.53 + 0.3}rem`,
    "--count": `calc(${Math.max(7, number(total).length)}ch + 66px)`,
  };
  for (const [property, value] of Object.entries(style)) root.style.setProperty(property, value);
  root.querySelector(".grid").ariaRowCount = size + 1;
  if (input.value !== view.query) input.value = view.query;

  const pushed = view.push !== data.push;
  if (pushed) {
    Object.assign(view, { push: data.push, selected: data.selected, reported: data.selected });
    for (let i = parent[id.indexOf(view.selected)] ?? -1; i >= 0; i = parent[i]) view.folds.set(id[i], true);
  }
  refresh();
  pane.scrollTop = view.scroll;
  if (pushed && shown.length) scrollTo(cursor());
  return () => clearTimeout(view.timer);
}

const number = (value) => value.toLocaleString("en-US");

/** What the sent columns imply: parents, where each subtree ends, names, ids and how far to open at first. */
function unpack(data) {
  const size = data.depth.length;
  const parent = new Array(size).fill(-1);
  const end = new Array(size).fill(size);
  const name = new Array(size);
  const perDepth = [];
  const path = [];
  for (let i = 0; i < size; i++) {
    const depth = data.depth[i];
    while (path.length > depth) end[path.pop()] = i;
    parent[i] = path.at(-1) ?? -1;
    const above = name[parent[i]];
    name[i] = data.names[i] ?? (above ? `${above}.${data.label[i]}` : data.label[i]);
    perDepth[depth] = (perDepth[depth] ?? 0) + 1;
    path.push(i);
  }
  let rows = perDepth[0] ?? 0;
  let automatic = 1;
  for (let depth = 1; depth < perDepth.length && (rows += perDepth[depth]) <= OPEN_AT_FIRST; depth++) automatic = depth;
  return { size, parent, end, name, automatic, id: name.map((text, i) => data.ids[i] ?? text), tensors: data.kind.filter(Boolean).length };
}
