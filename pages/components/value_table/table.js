// A table of values in which each cell is a field: it shows what torch prints and, once it has the focus, every digit.
// What is typed is sent as it is, with a number of its own, until Python says that it has taken it: however quickly
// one follows the other, each counts. Streamlit calls the default export again, on the same elements, whenever data or
// theme change.

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".values");
  if (!root || !data) return;
  root.table ??= { token: Math.random().toString(36).slice(2), number: 0, waiting: [] };
  const table = root.table;
  table.data = data;
  if (data.seen.token === table.token) table.waiting = table.waiting.filter(({ number }) => number > data.seen.number);
  table.send = (cells) => {
    table.waiting.push({ number: ++table.number, tensor: data.tensor, cells });
    setStateValue("typed", { token: table.token, changes: table.waiting });
    show(root);
  };
  const shape = JSON.stringify(data.tensor);
  if (table.shape !== shape) build(root);
  table.shape = shape;
  show(root);
}

/** The fields, one a cell, empty. */
function build(root) {
  const { tensor } = root.table.data;
  const head = element("tr", {}, element("th"), ...numbers(tensor.columns).map((i) => heading(i, "col")));
  const rows = numbers(tensor.rows).map((row) =>
    element("tr", {}, heading(row, "row"), ...numbers(tensor.columns).map((column) => cell(root, row, column))),
  );
  root.querySelector("thead").replaceChildren(head);
  root.querySelector("tbody").replaceChildren(...rows);
  root.querySelector("table").ariaLabel = root.table.data.label;
  root.querySelector("input").tabIndex = 0;
  root.querySelector(".reading").textContent = "";
}

function cell(root, row, column) {
  const field = element("input", { type: "text", tabIndex: -1, spellcheck: false, autocomplete: "off", maxLength: 200 });
  field.ariaLabel = place(root.table.data.tensor, row, column);
  Object.assign(field, {
    at: [row, column],
    onmousedown: (event) => {
      if (field.getRootNode().activeElement === field) return;
      event.preventDefault(); // or the press would put the caret where all is selected
      field.focus();
    },
    onfocus: () => {
      root.querySelectorAll("input[tabindex='0']").forEach((other) => (other.tabIndex = -1));
      field.tabIndex = 0;
      show(root);
    },
    oninput: () => (field.dirty = true),
    onblur: () => {
      commit(root, field);
      show(root);
    },
    onpaste: (event) => paste(root, field, event),
    onkeydown: (event) => press(root, field, event),
  });
  return element("td", {}, field);
}

/** What each cell holds now: what is typed stays, then what was sent and is not taken yet, then the value. */
function show(root) {
  const { data, waiting } = root.table;
  const sent = new Map(waiting.flatMap(({ cells }) => cells).map(({ row, column, text }) => [`${row} ${column}`, text]));
  const longest = Math.max(6, ...data.printed.map((text) => text.length));
  root.querySelector("table").style.setProperty("--width", `${longest + 0.5}ch`);
  const focused = root.getRootNode().activeElement;
  for (const field of root.querySelectorAll("input")) {
    const [row, column] = field.at;
    const i = row * data.tensor.columns + column;
    const waits = sent.get(`${row} ${column}`);
    field.exact = waits ?? data.exact[i];
    field.classList.toggle("sent", waits !== undefined);
    if (field.dirty) continue;
    const text = waits ?? (field === focused ? data.exact[i] : data.printed[i]);
    if (field.value !== text) field.value = text;
    if (field !== focused) continue;
    field.select();
    root.querySelector(".reading").textContent = `${field.ariaLabel} is ${field.exact}`;
  }
}

/** Sends what was typed into a field, unless that is what it held. */
function commit(root, field) {
  if (!field.dirty) return;
  field.dirty = false;
  if (field.value !== field.exact) send(root, field, [[field.value]]);
}

/** Sends texts, row by row, as the cells from a field on. */
function send(root, field, rows) {
  const [row, column] = field.at;
  const held = (at) => root.querySelector("tbody").rows[at[0]]?.cells[at[1] + 1]?.firstChild.exact ?? "";
  root.table.send(
    rows.flatMap((texts, down) =>
      texts.map((text, right) => {
        const at = [row + down, column + right];
        return { row: at[0], column: at[1], text, was: held(at) };
      }),
    ),
  );
}

/** Several cells of a sheet at once; the text of one is pasted as anywhere. */
function paste(root, field, event) {
  const rows = cellsOf(event.clipboardData.getData("text/plain"));
  if (rows.length * rows[0].length < 2) return;
  event.preventDefault();
  field.dirty = false;
  send(root, field, rows);
}

/** The cells of a text as sheets copy them: lines of texts with tabs between them. */
function cellsOf(text) {
  return text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
}

/** Moves as in a sheet. Delete empties a cell that is not being typed in; Escape leaves it as it was. */
function press(root, field, event) {
  if (event.isComposing || event.keyCode === 229) return;
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (key === "Enter") event.stopPropagation(); // it is this cell's, and presses no button
  else if (ctrlKey || metaKey || altKey) return;
  if (key === "Escape") {
    field.dirty = false;
    show(root);
  } else if (key === "Delete" && !field.dirty && isWhole(field)) {
    event.preventDefault();
    send(root, field, [[""]]);
  } else {
    const step = stepOf(key, shiftKey, !field.dirty && isWhole(field));
    const [row, column] = step ? [field.at[0] + step[0], field.at[1] + step[1]] : [];
    const next = step && root.querySelector("tbody").rows[row]?.cells[column + 1]?.querySelector("input");
    if (key === "Enter" && !next) commit(root, field);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** Where a key moves to, as rows down and columns right; null where it does not. */
function stepOf(key, shiftKey, whole) {
  const back = shiftKey ? -1 : 1;
  const steps = { Enter: [back, 0], Tab: [0, back], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  if (whole && !shiftKey) Object.assign(steps, { ArrowLeft: [0, -1], ArrowRight: [0, 1] });
  return steps[key] ?? null;
}

const isWhole = ({ value, selectionStart, selectionEnd }) => selectionEnd - selectionStart === value.length;

/** How a formula names a cell. */
function place({ rank }, row, column) {
  return { 0: "w", 1: `w[${column}]` }[rank] ?? `w[${row}, ${column}]`;
}

const numbers = (count) => Array.from({ length: count }, (_, i) => i);

const heading = (i, scope) => element("th", { scope, textContent: String(i) });

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
