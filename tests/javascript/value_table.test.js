// The value table: what a sheet's text is, where keys move to, and how a formula names a cell.

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./joined.js";

const { cellsOf, isWhole, place, stepOf } = from("value_table", "cellsOf", "isWhole", "place", "stepOf");

test("what sheets copy is lines of cells, and the last line's end is none", () => {
  assert.deepEqual(cellsOf("1\t2\r\n3,5\t\r\n"), [["1", "2"], ["3,5", ""]]);
  assert.deepEqual(cellsOf("1\n2"), [["1"], ["2"]]);
  assert.deepEqual(cellsOf("1e-3"), [["1e-3"]]);
  assert.deepEqual(cellsOf("1, 2"), [["1, 2"]], "a comma parts no cells: it may be a decimal comma");
});

test("Enter and Tab go on, with Shift back; arrows go aside only where no text is being changed", () => {
  assert.deepEqual(stepOf("Enter", false, false), [1, 0]);
  assert.deepEqual(stepOf("Enter", true, false), [-1, 0]);
  assert.deepEqual(stepOf("Tab", false, false), [0, 1]);
  assert.deepEqual(stepOf("Tab", true, false), [0, -1]);
  assert.deepEqual(stepOf("ArrowRight", false, true), [0, 1]);
  assert.equal(stepOf("ArrowRight", false, false), null);
  assert.equal(stepOf("ArrowLeft", true, true), null, "Shift selects letters");
  assert.equal(stepOf("a", false, true), null);
});

test("all of an empty cell is selected", () => {
  assert.ok(isWhole({ value: "", selectionStart: 0, selectionEnd: 0 }));
  assert.ok(isWhole({ value: "42", selectionStart: 0, selectionEnd: 2 }));
  assert.ok(!isWhole({ value: "42", selectionStart: 2, selectionEnd: 2 }));
});

test("a cell is named as a formula names it", () => {
  assert.deepEqual([0, 1, 2].map((rank) => place({ rank }, 3, 5)), ["w", "w[5]", "w[3, 5]"]);
});
