// The highlighted lines under the field, and their numbers.

/** Keeps one element a line, and one for its number; only lines that changed are tokenized and drawn again. */
function makePainter(lines, numbers) {
  const drawn = []; // text of each line, quotes open before and after it, its element
  const marked = {};
  const make = (className) => Object.assign(document.createElement("div"), { className });

  /** Returns the first line that changed, the line before which the old text is the new one again, and lines added. */
  function paint(text) {
    const next = text.split("\n");
    const { head, tail, end, added } = changed(drawn.map((line) => line.text), next);

    const fresh = next.slice(head, next.length - tail).map((line) => ({ text: line, element: make("line") }));
    const follower = drawn[end]?.element ?? null;
    for (const line of drawn.slice(head, end)) line.element.remove();
    for (const line of fresh) lines.insertBefore(line.element, follower);
    drawn.splice(head, end - head, ...fresh);
    let open = drawn[head - 1]?.after ?? "";
    for (let i = head; i < drawn.length && (i < head + fresh.length || drawn[i].before !== open); i++) {
      open = draw(drawn[i], open);
    }
    while (numbers.childElementCount > drawn.length) numbers.lastChild.remove();
    while (numbers.childElementCount < drawn.length) {
      numbers.appendChild(make("number")).textContent = numbers.childElementCount;
    }
    return { head, end, added };
  }

  function draw(line, open) {
    const { tokens, open: after } = tokenize(line.text, open);
    line.element.replaceChildren(
      ...tokens.map(([className, text]) =>
        className ? Object.assign(document.createElement("span"), { className, textContent: text }) : text,
      ),
    );
    line.before = open;
    line.after = after;
    return after;
  }

  function mark(name, at) {
    for (const element of marked[name] ?? []) element.classList.remove(name);
    marked[name] = at < 0 || at >= drawn.length ? [] : [drawn[at].element, numbers.children[at]];
    for (const element of marked[name]) element.classList.add(name);
  }

  /** Quotes that are open where the line begins that `at` is on. */
  const openAt = (text, at) => drawn[text.slice(0, at).split("\n").length - 1]?.before ?? "";

  return { paint, mark, openAt };
}
