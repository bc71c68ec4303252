// One row of the tree as an element. Names are set as text, never as markup.

/** An element for row `i`: `template` cloned and filled; what `pattern` finds is marked, `passage` only leads to a hit. */
function makeRow(template, tree, i, { pattern, passage, open }) {
  const [depth, kind, detail] = [tree.depth[i], KINDS[tree.kind[i]], tree.detail[i] ?? ""];
  const row = template.cloneNode(true);
  const cell = (name) => row.querySelector(`.${name}`);
  row.classList.add(kind);
  row.classList.toggle("nothing", tree.count[i] === 0);
  row.classList.toggle("passage", passage);
  row.style.setProperty("--depth", Math.min(depth, DEEPEST_INDENT));
  row.ariaLevel = depth + 1;
  if (tree.hasRowsBelow(i)) row.ariaExpanded = String(open);

  if (depth > DEEPEST_INDENT) cell("indent").textContent = depth;
  write(cell("label"), pieces(tree.label(i), pattern, tree.name[i]));
  cell("label").title = [tree.name[i] || tree.label(i), detail].filter(Boolean).join("\n");
  for (const text of tree.badges(i)) {
    const badge = append(cell("badges"), "badge", pieces(text, pattern));
    badge.dataset.badge = text;
    badge.title = [text, detail].filter(Boolean).join("\n");
  }
  write(cell("type"), pieces(tree.type(i), pattern));
  cell("type").title = tree.type(i);
  write(cell("shape"), pieces(tree.shape(i), pattern));
  cell("shape").title = `${tree.shape(i)} ${tree.dtype(i)}`;
  if (tree.unusualDtype(i)) append(cell("shape"), "dtype", pieces(tree.unusualDtype(i), pattern));
  fillCount(cell, tree, i, kind);
  if (tree.spark[i]) cell("values path").setAttribute("d", bars(tree.spark[i]));
  else cell("values svg").remove();
  return row;
}

/** How many values, and their share of all parameters as a bar. */
function fillCount(cell, { count, total }, i, kind) {
  const share = total ? (100 * count[i]) / total : 0;
  cell("number").textContent = number(count[i]);
  if (share && kind !== "buffer") cell("fill").style.width = `${Math.min(100, share)}%`;
  else cell("track").style.visibility = "hidden";
  cell("count").title = kind === "buffer"
    ? `${number(count[i])} values of a buffer, which are not parameters`
    : `${number(count[i])} of ${number(total)} parameters${share ? `, ${share.toPrecision(3)} %` : ""}`;
}

function write(element, parts) {
  for (const [text, marked] of parts) {
    if (marked) element.appendChild(document.createElement("mark")).textContent = text;
    else element.append(text);
  }
}

function append(element, className, parts) {
  const span = element.appendChild(Object.assign(document.createElement("span"), { className }));
  write(span, parts);
  return span;
}
