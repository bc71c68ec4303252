// The module tree's rows, what a search finds, and which rows are shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./joined.js";

const names = "bars haystacksOf isOpen patternOf pieces search shownRows tally unpack widestShape wordsOf".split(" ");
const { bars, haystacksOf, isOpen, patternOf, pieces, search, shownRows, tally, unpack, widestShape, wordsOf } = from(
  "module_tree",
  ...names,
);

/** Rows as [depth, kind, label, type, shape], kind being 0 for a module, 1 for a parameter, 2 for a buffer. */
function columns(rows, changes = {}) {
  const column = (k) => rows.map((row) => row[k]);
  const range = rows.map((_, i) => i);
  return {
    ...{ depth: column(0), kind: column(1), labels: column(2), label: range, types: column(3), type: range },
    ...{ shapes: column(4), shape: range, count: rows.map(() => 1), names: { 0: "" }, ids: {}, dtype: "float32" },
    ...{ dtypes: {}, badges: {}, detail: {}, spark: {}, ...changes },
  };
}

const tree = unpack(
  columns(
    [
      [0, 0, "net", "Sequential", ""],
      [1, 0, "0", "Linear", ""],
      [2, 1, "weight", "Parameter", "(8, 4)"],
      [2, 1, "bias", "Parameter", "(8,)"],
      [1, 0, "1", "ReLU", ""],
      [1, 0, "norm", "BatchNorm1d", ""],
      [2, 2, "steps", "buffer", "()"],
    ],
    { dtypes: { 6: "int64" }, badges: { 2: ["tied"] } },
  ),
);
const find = (query) => search(tree, haystacksOf(tree), wordsOf(query));

test("what is printed of a module leads to its row, by the whole line or a part of it", () => {
  const hits = (query) => tree.id.filter((_, i) => find(query).hits[i]);
  const modules = ["", "0", "1", "norm"];
  for (const query of ["state_dict", "named_parameters", "state_dict()", "named_par"]) assert.deepEqual(hits(query), modules);
  for (const query of ["net.state_dict()", "print(net)", "net(X)", "net.named_parameters()"]) assert.deepEqual(hits(query), [""]);
  for (const query of ["net[0].state_dict()", "print(net[0].state_dict())", "0.named_parameters"]) {
    assert.deepEqual(hits(query), ["0"]);
  }
  assert.deepEqual(hits("net.norm.state_dict()"), ["norm"]);
  assert.deepEqual(hits("net[7].state_dict()"), []);
  assert.deepEqual(hits("linear"), ["0", "0.weight", "0.bias"], "words that ask for no print find what they did");
});

const view = (changes) => ({ folds: new Map(), found: new Map(), level: null, ...changes });
const rowsShown = (looked, found = null) => shownRows(tree, looked, found).map((i) => tree.name[i] || "net");

test("names, parents and the ends of subtrees follow from depths and labels", () => {
  assert.deepEqual(tree.name, ["", "0", "0.weight", "0.bias", "1", "norm", "norm.steps"]);
  assert.deepEqual(tree.parent, [-1, 0, 1, 1, 0, 0, 5]);
  assert.deepEqual(tree.end, [7, 4, 3, 4, 5, 7, 7]);
  assert.deepEqual([tree.tensors, tree.hasRowsBelow(1), tree.hasRowsBelow(4)], [3, true, false]);
  assert.deepEqual([0, 2, 6].map(tree.dtype), ["", "float32", "int64"]);
  assert.equal(widestShape(tree), "() int64".length);
});

test("names and ids that are unusual are taken as they were sent", () => {
  const odd = unpack(columns([[0, 0, "net", "", ""], [1, 1, "w", "", ""]], { names: { 0: "", 1: "a\\u202e" }, ids: { 1: "raw" } }));
  assert.deepEqual([odd.name[1], odd.id[1]], ["a\\u202e", "raw"]);
});

test("a large tree is open only as far as two hundred rows", () => {
  const wide = Array.from({ length: 100 }, (_, i) => [1, 0, `${i}`, "", ""]);
  assert.equal(unpack(columns([[0, 0, "net", "", ""], ...wide])).automatic, 1);
  const deep = wide.flatMap((row) => [row, [2, 1, "weight", "", ""], [2, 1, "bias", "", ""]]);
  assert.equal(unpack(columns([[0, 0, "net", "", ""], ...deep])).automatic, 1);
  assert.equal(unpack(columns([[0, 0, "net", "", ""], ...deep.slice(0, 150)])).automatic, 2);
});

test("a shape in brackets is one word, and its spaces do not matter", () => {
  assert.deepEqual(wordsOf("Linear (8, 4) x"), ["linear", "(8,4)", "x"]);
  assert.deepEqual(wordsOf("  (8,4"), ["(8,4"]);
  assert.deepEqual(find("(8,4").hits, find("(8, 4)").hits);
});

test("every word must match, in a name, a type, its module's type, a shape, a dtype or a badge", () => {
  const hits = (query) => find(query).hits.flatMap((hit, i) => (hit ? [tree.name[i]] : []));
  assert.deepEqual(hits("linear weight"), ["0.weight"]);
  assert.deepEqual(hits("LINEAR"), ["0", "0.weight", "0.bias"]);
  assert.deepEqual(hits("(8"), ["0.weight", "0.bias"]);
  assert.deepEqual(hits("int64"), ["norm.steps"]);
  assert.deepEqual(hits("tied"), ["0.weight"]);
  assert.deepEqual(hits("linear relu"), []);
  assert.equal(find("   "), null);
});

test("rows that lead to a hit are shown open, and a module that was found can be opened as a whole", () => {
  assert.deepEqual(rowsShown(view(), find("weight")), ["net", "0", "0.weight"]);
  const norm = find("batchnorm1d norm");
  assert.deepEqual(rowsShown(view(), find("relu")), ["net", "1"]);
  assert.deepEqual(norm.hits.filter(Boolean).length, 2);
  const opened = view({ found: new Map([["0", true]]) });
  assert.deepEqual(rowsShown(opened, find("tied")), ["net", "0", "0.weight", "0.bias"]);
});

test("folds are kept apart from how far the whole tree is open", () => {
  assert.equal(rowsShown(view()).length, 7);
  assert.deepEqual(rowsShown(view({ level: 1 })), ["net", "0", "1", "norm"]);
  assert.deepEqual(rowsShown(view({ level: 1, folds: new Map([["norm", true]]) })), ["net", "0", "1", "norm", "norm.steps"]);
  assert.ok(!isOpen(tree, view({ folds: new Map([["0", false]]) }), null, 1));
});

test("hits are counted as tensors, or as modules where only modules match", () => {
  assert.equal(tally(tree, null), "3 tensors");
  assert.equal(tally(tree, find("weight")), "1 of 3 tensors");
  assert.equal(tally(tree, find("relu")), "1 of 4 modules");
  assert.equal(tally(tree, find("xyz[")), "0 of 3 tensors");
});

test("what was found is marked, also where it begins before the label, and signs of a pattern are only signs", () => {
  assert.deepEqual(pieces("weight", patternOf(["eig"])), [["w", false], ["eig", true], ["ht", false]]);
  assert.deepEqual(pieces("weight", patternOf(["0.we"]), "0.weight"), [["we", true], ["ight", false]]);
  assert.deepEqual(pieces("(8, 4)", patternOf(["(8,4)"])), [["(8, 4)", true]]);
  assert.deepEqual(pieces("a.b", patternOf(["."])), [["a", false], [".", true], ["b", false]]);
  assert.deepEqual(pieces("a*b", null), [["a*b", false]]);
});

test("a bar that is not empty is seen", () => {
  assert.equal(bars("0z"), "M40 18v-18h30V18z");
  assert.match(bars("1"), /v-1\.5h/);
});
