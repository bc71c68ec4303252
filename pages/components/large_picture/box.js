// Drawing a box on a picture, by the pointer or by Shift and the arrow keys: the elements of its cells are reported.

const DRAG = 5; // pixels that tell a box from a click

/** Has a box be drawn on the canvas; call after `answer`, whose handlers go on for what is no box. */
function boxable(root, canvas, report) {
  const [move, leave, key] = [canvas.onpointermove, canvas.onpointerleave, canvas.onkeydown];
  canvas.onpointerdown = (event) => {
    const at = event.button === 0 && under(canvas.drawn, ...placeOf(event));
    root.drag = at && panelOf(canvas.drawn, at) ? { at, from: placeOf(event) } : null;
    if (root.drag) canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => (root.drag ? frame(root, ...root.drag.at, ...to(event)) : move(event));
  canvas.onpointerup = (event) => {
    const { drag } = root;
    unframe(root);
    const [x, y] = placeOf(event);
    const far = drag && Math.hypot(x - drag.from[0], y - drag.from[1]) >= DRAG;
    if (far) report(elementsOf(panelOf(canvas.drawn, drag.at), drag.at, nearest(canvas.drawn, drag.at, event)));
  };
  canvas.onpointercancel = () => unframe(root);
  canvas.onpointerleave = (event) => root.drag || leave(event);
  canvas.ondblclick = () => report([]);
  canvas.onkeydown = (event) => {
    if (event.key === "Enter" && root.pointed) {
      const panel = panelOf(canvas.drawn, root.pointed);
      const elements = panel && elementsOf(panel, root.anchor ?? root.pointed, root.pointed);
      unframe(root);
      if (elements && elements[1] - elements[0] + elements[3] - elements[2] > 2) report(elements);
      return;
    }
    const from = event.shiftKey && event.key.startsWith("Arrow") ? (root.anchor ?? root.pointed) : null;
    if (event.key !== "Shift") unframe(root);
    const before = root.pointed;
    key(event);
    if (!from || !panelOf(canvas.drawn, from)) return;
    if (root.pointed[0] !== from[0]) point(root, before); // a box stays in its picture
    root.anchor = from;
    frame(root, ...from, root.pointed[1], root.pointed[2]);
  };
  const to = (event) => nearest(canvas.drawn, root.drag.at, event).slice(1);
}

/** Shows the box between two cells of a picture, and says what lies in it. */
function frame(root, number, row, column, otherRow, otherColumn) {
  const { drawn } = root.querySelector("canvas");
  const [one, other] = [[row, column], [otherRow, otherColumn]].map((at) => cellBox(drawn.panels[number], ...at));
  const [left, top] = [Math.min(one.left, other.left), Math.min(one.top, other.top)];
  const width = Math.max(one.left + one.width, other.left + other.width) - left;
  const height = Math.max(one.top + one.height, other.top + other.height) - top;
  const box = root.querySelector(".box");
  box.hidden = false;
  Object.assign(box.style, pixels({ left, top, width, height }));
  const [first, after, leftmost, beyond] = elementsOf(drawn.panels[number].panel, [0, row, column], [0, otherRow, otherColumn]);
  const text = `rows ${first} to ${after - 1}, columns ${leftmost} to ${beyond - 1}`;
  tell(root, [text], { left, top, width, height });
}

function unframe(root) {
  root.drag = root.anchor = null;
  root.querySelector(".box").hidden = true;
  root.querySelector(".tip").hidden = true;
}

const panelOf = (drawn, [number]) => (drawn.panels[number]?.panel.remark ? null : drawn.panels[number]?.panel);

/** Where the pointer is, in pixels of usual size. */
const placeOf = ({ offsetX, offsetY }) => [offsetX / enlarged(), offsetY / enlarged()];

/** The cell of the same picture that is nearest to where the pointer is. */
function nearest(drawn, [number], event) {
  const { x, y, w, h } = drawn.panels[number];
  const [right, down] = placeOf(event);
  const inside = (at, start, size) => Math.max(start, Math.min(start + size - 1e-6, at));
  return under({ panels: [drawn.panels[number]] }, inside(right, x, w), inside(down, y, h)).with(0, number);
}

/** The elements of the cells between two: first row, row after the last, and the same for columns. */
function elementsOf({ down, across }, [, row, column], [, otherRow, otherColumn]) {
  const along = ({ first, span, cell }, a, b) => [Math.min(a, b) * cell, Math.min(span, (Math.max(a, b) + 1) * cell)].map((i) => first + i);
  return [...along(down, row, otherRow), ...along(across, column, otherColumn)];
}
