// A module tree of any size: every row is in arrays, only the rows in sight are elements.
// Streamlit calls the default export again, on the same elements, whenever rows, selection or theme change.
// It therefore assigns handlers and never adds them, and keeps what the visitor did in `views`.

const views = new Map(); // by widget key, for as long as the page is loaded
const ROW_REM = 2.125;
const SPARE = 10; // rows drawn beyond each edge of the pane

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".tree");
  if (!root || !data) return;
  const part = (name) => root.querySelector(`.${name}`);
  const [pane, body, none, input, tallied] = ["pane", "body", "none", "search input", "found"].map(part);
  const template = root.querySelector("template").content.firstElementChild;
  const inPixels = (rem) => rem * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const rowHeight = () => inPixels(ROW_REM); // which changes with the size of the page's letters

  const view = views.get(data.key) ?? { folds: new Map(), level: null, query: "", found: new Map(), scroll: 0 };
  views.set(data.key, view);
  const tree = unpack(data);
  const { parent, id } = tree;
  const drawn = new Map(); // position among the shown rows -> element
  let shown = []; // rows not folded away and not filtered out
  let found = null; // what the search found, see `search`
  let pattern = null;
  let haystacks = null;

  const opened = (i) => isOpen(tree, view, found, i);

  function refresh() {
    const focused = parentElement.activeElement?.closest?.(".row");
    const focusedId = focused && id[shown[focused.dataset.at]];
    const words = wordsOf(view.query);
    haystacks ??= words.length ? haystacksOf(tree) : null;
    found = search(tree, haystacks, words);
    pattern = patternOf(words);
    shown = shownRows(tree, view, found);
    tallied.textContent = tally(tree, found);
    none.hidden = shown.length > 0;
    none.textContent = `no module, type or shape matches '${view.query.trim()}'`;
    body.style.height = `${shown.length * ROW_REM}rem`;
    body.replaceChildren();
    drawn.clear();
    draw();
    if (!focused) return;
    const at = shown.findIndex((i) => id[i] === focusedId);
    focus(at < 0 ? cursor() : at);
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
    const first = Math.max(0, Math.floor(pane.scrollTop / rowHeight()) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil(pane.clientHeight / rowHeight()) + 2 * SPARE);
    const tabStop = cursor(); // an element even when out of sight, or the Tab key would not find the tree
    const wanted = new Set(shown.length ? [tabStop] : []);
    for (let at = first; at < last; at++) wanted.add(at);
    drawn.forEach((row, at) => wanted.has(at) || (row.remove(), drawn.delete(at)));
    let previous = null;
    for (const at of [...wanted].sort((a, b) => a - b)) {
      const row = drawn.get(at) ?? rowAt(at);
      if (!drawn.has(at)) previous ? previous.after(row) : body.prepend(row);
      drawn.set(at, row);
      row.tabIndex = at === tabStop ? 0 : -1;
      row.ariaSelected = String(id[shown[at]] === view.selected);
      previous = row;
    }
  }

  function rowAt(at) {
    const i = shown[at];
    const row = makeRow(template, tree, i, { pattern, passage: Boolean(found) && !found.hits[i], open: opened(i) });
    row.dataset.at = at;
    row.style.top = `${at * ROW_REM}rem`;
    row.ariaRowIndex = at + 2;
    return row;
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
    const room = pane.clientHeight - rowHeight(); // below the header, which stays in place
    pane.scrollTop = Math.max((at + 1) * rowHeight() - room, Math.min(at * rowHeight(), pane.scrollTop));
    draw();
  }

  function fold(i, open) {
    if (!tree.hasRowsBelow(i)) return;
    if (!found) view.folds.set(id[i], open);
    else if (open && found.leads[i]) view.found.delete(id[i]);
    else view.found.set(id[i], open);
    refresh();
  }

  function foldAll(level) {
    view.folds.clear();
    view.level = level;
    view.found = new Map(level > 1 ? [] : id.filter((_, i) => tree.depth[i] >= 1).map((key) => [key, false]));
    refresh();
  }

  function find(query) {
    view.query = input.value = query;
    view.found.clear();
    pane.scrollTop = 0;
    refresh();
    if (!found && id.includes(view.selected)) scrollTo(cursor());
    const first = found && wordsOf(query).some(printsAsked) ? shown.findIndex((i) => found.hits[i]) : -1;
    if (first >= 0 && !found.hits[id.indexOf(view.selected)]) select(first, 400); // what is asked for stands beside it
  }

  part("expand").onclick = () => foldAll(Infinity);
  part("collapse").onclick = () => foldAll(1);
  pane.onscroll = () => {
    view.scroll = pane.scrollTop;
    draw();
  };
  const atOf = (event) => Number(event.target.closest(".row")?.dataset.at ?? -1);
  const onFold = (event, at) => event.target.closest(".fold") && tree.hasRowsBelow(shown[at]);
  body.onclick = (event) => {
    const at = atOf(event);
    if (at >= 0) onFold(event, at) ? fold(shown[at], !opened(shown[at])) : select(at);
  };
  body.ondblclick = (event) => {
    const at = atOf(event);
    if (at >= 0 && !onFold(event, at)) fold(shown[at], !opened(shown[at]));
  };
  body.onkeydown = (event) => {
    const at = atOf(event);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const i = shown[at];
    const unfolded = tree.hasRowsBelow(i) && opened(i);
    const page = Math.max(1, Math.floor(pane.clientHeight / rowHeight()) - 2);
    const act = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + page),
      PageUp: () => go(Math.max(0, at - page)),
      Home: () => go(0),
      End: () => go(shown.length - 1),
      ArrowRight: () => (unfolded ? go(at + 1) : fold(i, true)),
      ArrowLeft: () => (unfolded ? fold(i, false) : go(shown.indexOf(parent[i]))),
      Enter: () => (select(at), fold(i, !unfolded)),
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
    const firstHit = found ? shown.findIndex((i) => found.hits[i]) : cursor();
    const act = {
      Escape: () => find(""),
      Enter: () => found && go(firstHit),
      ArrowDown: () => go(firstHit),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  // ---- this call ----
  root.classList.toggle("sparks", Object.keys(tree.spark).length > 0);
  const rows = (tree.size + 1) * ROW_REM + 2.75; // with the search and the gap below it
  root.style.height = `calc(min(${data.height / 16}rem, ${rows}rem + 3px))`; // and borders
  root.style.setProperty("--row", `${ROW_REM}rem`);
  root.style.setProperty("--name", `${widestName(tree)}rem`);
  root.style.setProperty("--tight-name", `${widestName(tree, true)}rem`);
  root.style.setProperty("--type", Math.min(40, widestType(tree)));
  root.style.setProperty("--shape", widestShape(tree));
  root.style.setProperty("--digits", `${number(tree.count.reduce((a, b) => Math.max(a, b), 0)).length}ch`);
  part("grid").ariaRowCount = tree.size + 1;
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
  root.watch?.disconnect();
  root.watch = new ResizeObserver(() => {
    root.classList.remove("tight");
    root.classList.toggle("tight", part("grid").offsetWidth > pane.clientWidth);
  });
  root.watch.observe(root);
  return () => clearTimeout(view.timer);
}
