// Which lines of a text changed, and where a line is afterwards.

/**
 * Compares a text's old lines with its new ones: `head` is the first that changed, `tail` counts those at the end that
 * did not, `end` is the first old one of these, and `added` how many lines there are more.
 */
function changed(old, next) {
  const common = Math.min(next.length, old.length);
  let head = 0;
  while (head < common && next[head] === old[head]) head++;
  let tail = 0;
  while (tail < common - head && next[next.length - 1 - tail] === old[old.length - 1 - tail]) tail++;
  return { head, tail, end: old.length - tail, added: next.length - old.length };
}

/** Where a line is after a change, -1 if it was deleted. */
function moved(line, { head, end, added }) {
  if (line < head) return line;
  if (line >= end) return line + added;
  const last = end + added - 1; // of the changed lines
  return last < head ? -1 : Math.min(line, last);
}
