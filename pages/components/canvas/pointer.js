// What the pointer and the arrow keys ask of what is drawn, and showing the answer.

function answer(root, canvas) {
  canvas.onpointermove = ({ offsetX, offsetY }) => point(root, under(canvas.drawn, offsetX / enlarged(), offsetY / enlarged()));
  canvas.onpointerleave = canvas.onblur = () => point(root, null);
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Escape: null }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    point(root, step && stepped(canvas.drawn, root.pointed, step));
  };
}

/** Says what is at a place, and frames it in every picture of the same cells; null says nothing. */
function point(root, at) {
  const tip = root.querySelector(".tip");
  root.pointed = at;
  tip.hidden = !at;
  root.querySelectorAll(".frame").forEach((frame) => frame.remove());
  if (!at) return;
  const { drawn } = root.querySelector("canvas");
  const [number, row, column] = at;
  const box = boxesOf(drawn)[number];
  const alike = box.panel ? drawn.panels.filter(({ panel }) => sameCells(panel, box.panel)) : [box];
  const others = alike.filter((other) => other !== box).map(({ panel }) => `${panel.title}: ${valueAt(panel, row, column)}`);
  const lines = box.panel ? [...cellLines(box.panel, row, column), ...others] : binLines(box.histogram, column);
  tip.replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })),
  );
  for (const other of alike) {
    const frame = Object.assign(document.createElement("div"), { className: "frame" });
    Object.assign(frame.style, pixels(cellBox(other, row, column)));
    tip.before(frame);
  }
  const cell = cellBox(box, row, column);
  const [room, wide, high] = [root.clientWidth, tip.offsetWidth, tip.offsetHeight].map((size) => size / enlarged());
  const within = (left) => Math.max(0, Math.min(room - wide, left));
  if (box.histogram) { // beside the bin, toward the middle
    const left = cell.left < box.x + box.w / 2 ? cell.left + cell.width + 8 : cell.left - wide - 8;
    return Object.assign(tip.style, pixels({ left: within(left), top: box.y + 4 }));
  }
  const above = cell.top - high - 8;
  const top = above >= -TOP ? above : cell.top + cell.height + 8;
  Object.assign(tip.style, pixels({ left: within(cell.left + cell.width / 2 - wide / 2), top }));
}

const pixels = (box) => Object.fromEntries(Object.entries(box).map(([side, value]) => [side, rem(value)]));
