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
  root.pointed = at;
  root.querySelector(".tip").hidden = !at;
  root.querySelectorAll(".frame").forEach((frame) => frame.remove());
  if (!at) return;
  const { drawn } = root.querySelector("canvas");
  const [number, row, column] = at;
  const box = boxesOf(drawn)[number];
  const alike = box.panel ? drawn.panels.filter(({ panel }) => sameCells(panel, box.panel)) : [box];
  const others = alike.filter((other) => other !== box).map(({ panel }) => `${panel.title}: ${valueAt(panel, row, column)}`);
  const lines = box.panel ? [...cellLines(box.panel, row, column), ...others] : binLines(box.histogram, column);
  for (const other of alike) {
    const frame = Object.assign(document.createElement("div"), { className: "frame" });
    Object.assign(frame.style, pixels(cellBox(other, row, column)));
    root.querySelector(".tip").before(frame);
  }
  tell(root, lines, cellBox(box, row, column), box);
}

/** Shows lines of text beside a cell of a box, within the drawing: what reaches beyond its edges is cut off there. */
function tell(root, lines, cell, { histogram, x = 0, y = 0, w = 0 } = {}) {
  const tip = root.querySelector(".tip");
  tip.hidden = false;
  tip.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
  const size = [tip.offsetWidth / enlarged(), tip.offsetHeight / enlarged()];
  const room = [root.clientWidth / enlarged() - size[0], root.clientHeight / enlarged() - size[1]];
  const wanted = histogram ? besideBin(size, cell, x + w / 2, y) : besideCell(size, cell, room);
  const [left, top] = wanted.map((at, i) => Math.max(0, Math.min(room[i], at)));
  Object.assign(tip.style, pixels({ left, top }));
}

/** Toward the middle of the bars. */
function besideBin([wide], cell, middle, y) {
  return [cell.left < middle ? cell.left + cell.width + 8 : cell.left - wide - 8, y + 4];
}

/** Above, where there is room; else below, and else at a side. */
function besideCell([wide, high], { left, top, width, height }, [farthest, lowest]) {
  const [above, below] = [top - high - 8, top + height + 8];
  if (above >= 0 || below <= lowest) return [left + width / 2 - wide / 2, above >= 0 ? above : below];
  const right = left + width + 8;
  return [right <= farthest ? right : left - wide - 8, top + height / 2 - high / 2];
}

const pixels = (box) => Object.fromEntries(Object.entries(box).map(([side, value]) => [side, rem(value)]));
