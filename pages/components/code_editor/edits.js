// What the editing keys do to a text with a selection. An edit puts `insert` in place of from..to, then selects
// start..end. One edit is one step for the browser's own undo.

const INDENT = "    ";

const startOfLine = (text, at) => text.slice(0, at).lastIndexOf("\n") + 1;

/** Tab: indents the selected lines, or inserts spaces up to the next stop. */
function indent(text, start, end) {
  if (text.slice(start, end).includes("\n")) return rewrite(text, start, end, (line) => (line.trim() ? INDENT + line : line));
  const insert = " ".repeat(INDENT.length - ((start - startOfLine(text, start)) % INDENT.length));
  return put(start, end, insert);
}

/** Shift+Tab: takes one level from each line of the selection. */
function dedent(text, start, end) {
  return rewrite(text, start, end, (line) => line.replace(/^(\t| {1,4})/, ""));
}

/** Enter: the next line begins where this one does, one level deeper after a colon. */
function breakLine(text, start, end, open) {
  const line = text.slice(startOfLine(text, start), start);
  const { tokens, open: inString } = tokenize(line, open);
  const last = tokens.findLast(([kind, token]) => kind !== "comment" && token.trim());
  const deeper = !inString && last?.[1] === ":" ? INDENT : "";
  return put(start, end, `\n${/^[ \t]*/.exec(line)[0]}${deeper}`);
}

/** Backspace within the indentation: one level; elsewhere it is the browser's, and this is null. */
function unindent(text, start, end) {
  const before = text.slice(startOfLine(text, start), start);
  if (start !== end || !/^ +$/.test(before)) return null;
  return put(start - (before.length % INDENT.length || INDENT.length), start, "");
}

/** Ctrl+/: comments the lines of the selection, or no longer if all are comments. */
function toggleComment(text, start, end) {
  const { lines } = linesOf(text, start, end);
  const filled = lines.filter((line) => line.trim());
  const depth = Math.min(...(filled.length ? filled : lines).map((line) => /^\s*/.exec(line)[0].length));
  const commented = filled.length && filled.every((line) => /^\s*#/.test(line));
  return rewrite(text, start, end, (line) => {
    if (commented) return line.replace(/^(\s*)# ?/, "$1");
    return line.trim() || !filled.length ? `${line.slice(0, depth)}# ${line.slice(depth)}` : line;
  });
}

function put(from, to, insert) {
  return { from, to, insert, start: from + insert.length, end: from + insert.length };
}

/** The whole lines that a selection touches; one that ends at a line's beginning does not touch that line. */
function linesOf(text, start, end) {
  const from = startOfLine(text, start);
  const last = end > start && text[end - 1] === "\n" ? end - 1 : end;
  const newline = text.indexOf("\n", last);
  const to = newline < 0 ? text.length : newline;
  return { from, to, lines: text.slice(from, to).split("\n") };
}

/** Each selected line changed; the selection stays on the characters it was on. */
function rewrite(text, start, end, change) {
  const { from, to, lines } = linesOf(text, start, end);
  const changed = lines.map(change);
  const insert = changed.join("\n");
  const first = start === from && start !== end ? start : Math.max(from, start + changed[0].length - lines[0].length);
  const last = start === end ? first : Math.max(first, end + insert.length - (to - from));
  return { from, to, insert, start: first, end: last, inPlace: true };
}
