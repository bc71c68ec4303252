// A film's frames: which values are shown, where, and under which title.

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./joined.js";

const { atFrame, boxOf, broken, gapped, placeColumns, titled } = from(
  "film", "atFrame", "boxOf", "broken", "gapped", "placeColumns", "titled",
);

const pen = { font: "", snap: Math.round, context: { measureText: (text) => ({ width: 7 * text.length }) } };
const axis = { first: 0, span: 2, cell: 1, count: 2, ticks: [], name: "" };
const moving = {
  title: "tied",
  values: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
  limit: 8,
  ruler: ["8", "0", "−8"],
  down: axis,
  across: axis,
};

test("a frame shows its own part of the values, all on one scale", () => {
  const shown = [0, 1].map((frame) => atFrame(moving, frame));
  assert.deepEqual(shown.map(({ values }) => [...values]), [[1, 2, 3, 4], [5, 6, 7, 8]]);
  assert.deepEqual(shown.map(({ limit, ruler }) => [limit, ruler]), [[8, moving.ruler], [8, moving.ruler]]);
  const remark = { remark: "holds no data" };
  assert.equal(atFrame(remark, 1), remark);
});

test("columns are as wide as square elements want, and share the room where it is short", () => {
  const row = { panels: [moving, { ...moving, ruler: [] }], below: 8, height: 28 + 100 + 8 };
  const wide = placeColumns(pen, { rows: [row] }, 1000);
  assert.deepEqual(wide.map(({ w }) => w), [100, 100]);
  assert.ok(wide[0].x + wide[0].w < wide[1].x);
  const narrow = placeColumns(pen, { rows: [row] }, 150);
  assert.ok(narrow[0].w === narrow[1].w && narrow[0].w < 60);
  assert.ok(narrow[1].x + narrow[1].w <= 150);
});

test("a picture stands in the middle of its column", () => {
  const row = { height: 28 + 100 + 8, below: 8 };
  assert.deepEqual(boxOf(pen, row, moving, { x: 10, w: 200 }), { x: 60, w: 100, h: 100 });
});

test("cells stand apart only where each has room", () => {
  assert.ok(gapped({ gap: true, across: axis, down: axis }, { w: 16, h: 16 }));
  assert.ok(!gapped({ gap: true, across: axis, down: axis }, { w: 16, h: 15 }));
  assert.ok(!gapped({ gap: false, across: axis, down: axis }, { w: 99, h: 99 }));
});

test("a title takes as many lines as it needs, and nothing of it is lost", () => {
  assert.deepEqual(broken(pen, "a long title", 200, 14), ["a long title"]);
  assert.deepEqual(broken(pen, "a long title", 42, 14), ["a long", "title"]);
  assert.deepEqual(broken(pen, "net[2].weight, copy", 56, 14), ["net[2].", "weight,", "copy"]);
  assert.deepEqual(broken(pen, "ab", 1, 14), ["a", "b"]);
});

test("a title stands above its picture, or where it is too long above all of its column", () => {
  const column = { x: 40, w: 60, before: 40, after: 0 };
  assert.deepEqual(titled(pen, "norm 0.38", column), { lines: ["norm 0.38"], middle: 70 });
  assert.deepEqual(titled(pen, "net.head · norm 0.38", column), { lines: ["net.head · norm", "0.38"], middle: 57 });
});
