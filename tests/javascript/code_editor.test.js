// What the editing keys do to a text, Python's tokens, and which lines changed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./joined.js";

const { breakLine, changed, dedent, indent, moved, toggleComment, tokenize, unindent } = from(
  "code_editor",
  ..."breakLine changed dedent indent moved toggleComment tokenize unindent".split(" "),
);

/** A text with its selection between two bars, or the caret at one, after an edit; null where the edit is none. */
function after(edit, marked, ...more) {
  const start = marked.indexOf("|");
  const end = Math.max(start, marked.lastIndexOf("|") - 1);
  const text = marked.replaceAll("|", "");
  const made = edit(text, start, end, ...more);
  if (!made) return null;
  const done = text.slice(0, made.from) + made.insert + text.slice(made.to);
  const bars = made.start === made.end ? [made.start] : [made.start, made.end];
  return bars.reverse().reduce((shown, at) => `${shown.slice(0, at)}|${shown.slice(at)}`, done);
}

test("Tab inserts spaces up to the next stop and indents whole lines", () => {
  assert.equal(after(indent, "z|"), "z   |");
  assert.equal(after(indent, "|z"), "    |z");
  assert.equal(after(indent, "|a\n\nb|"), "|    a\n\n    b|");
});

test("Shift+Tab takes one level from each line, and no more than there is", () => {
  assert.equal(after(dedent, "|      a\n  b\n\tc|"), "|  a\nb\nc|");
  assert.equal(after(dedent, "    a|b"), "a|b");
});

test("a selection that ends where a line begins does not touch that line", () => {
  assert.equal(after(indent, "|a\n|b"), "|    a\n|b");
});

test("Enter keeps the indentation and adds a level after a colon that is code", () => {
  assert.equal(after(breakLine, "  if x:  # why|", ""), "  if x:  # why\n      |");
  assert.equal(after(breakLine, "  y = '#:'|", ""), "  y = '#:'\n  |");
  assert.equal(after(breakLine, "# so:|", ""), "# so:\n|");
  assert.equal(after(breakLine, "text:|", '"""'), "text:\n|");
});

test("Backspace takes a level of indentation and leaves everything else to the browser", () => {
  assert.equal(after(unindent, "        |x"), "    |x");
  assert.equal(after(unindent, "      |x"), "    |x");
  assert.equal(after(unindent, "x|"), null);
  assert.equal(after(unindent, "|    |"), null);
});

test("comments are toggled at the shallowest line's depth", () => {
  assert.equal(after(toggleComment, "|  if x:\n      y\n\n|"), "|  # if x:\n  #     y\n\n|");
  assert.equal(after(toggleComment, "|# a\n  #b|"), "|a\n  b|");
  assert.equal(after(toggleComment, "|"), "# |");
});

const kinds = (line, open = "") => tokenize(line, open).tokens.filter(([kind]) => kind);

test("keywords, builtins, names that are defined, strings, numbers and comments have their kinds", () => {
  assert.deepEqual(kinds('def f(x): return print("a", 0xFf)  # why'), [
    ["keyword", "def"],
    ["definition", "f"],
    ["keyword", "return"],
    ["builtin", "print"],
    ["string", '"a"'],
    ["numeral", "0xFf"],
    ["comment", "# why"],
  ]);
  assert.deepEqual(kinds("w.abs() @ v"), []);
  assert.deepEqual(kinds("  @torch.no_grad()"), [["decorator", "@torch.no_grad"]]);
});

test("a string of three quotes goes on over lines, one of one quote only after a backslash", () => {
  assert.equal(tokenize('x = """a', "").open, '"""');
  assert.deepEqual(tokenize('b""" + 1', '"""'), { tokens: [["string", 'b"""'], ["", " "], ["", "+"], ["", " "], ["numeral", "1"]], open: "" });
  assert.equal(tokenize("'open\\", "").open, "'");
  assert.equal(tokenize("'open\\\\", "").open, "");
  assert.equal(tokenize("'open", "").open, "");
  assert.deepEqual(kinds(`rb"\\"" f'{y}'`), [["string", 'rb"\\""'], ["string", "f'{y}'"]]);
});

test("the tokens of a line are the line, whatever it holds", () => {
  for (const line of ["", "\t", "é𝔸 = '\ud800' # \0", "a?$`b", '"""""""', "1_0.5e-3j..", "\\"]) {
    assert.equal(tokenize(line, "").tokens.map(([, text]) => text).join(""), line);
  }
});

test("only the lines between the first and the last difference changed", () => {
  assert.deepEqual(changed(["a", "b", "c"], ["a", "x", "y", "c"]), { head: 1, tail: 1, end: 2, added: 1 });
  assert.deepEqual(changed(["a", "a"], ["a"]), { head: 1, tail: 0, end: 2, added: -1 });
  assert.deepEqual(changed([], ["a"]), { head: 0, tail: 0, end: 0, added: 1 });
  assert.deepEqual(changed(["a"], ["a"]), { head: 1, tail: 0, end: 1, added: 0 });
});

test("a mark stays on its line while lines are typed above, and goes with a line that was deleted", () => {
  const change = (old, next) => changed(old.split("\n"), next.split("\n"));
  assert.equal(moved(2, change("a\nb\nc", "new\na\nb\nc")), 3);
  assert.equal(moved(0, change("a\nb\nc", "a\nb\nc\nd")), 0);
  assert.equal(moved(1, change("a\nb\nc", "a\nB\nc")), 1);
  assert.equal(moved(1, change("a\nb\nc", "a\nc")), -1);
});
