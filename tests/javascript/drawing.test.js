// Reading a drawing: what is under the pointer, where the arrow keys lead, and how values are said.

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./joined.js";

const { axes, binLines, brief, cellBox, cellLines, colors, number, sameCells, stepped, thin, under, unpack, valueAt } = from(
  "film",
  ..."axes binLines brief cellBox cellLines colors number sameCells stepped thin under unpack valueAt".split(" "),
);

const axis = (changes) => ({ first: 0, span: 4, cell: 1, count: 4, ticks: [], borders: [], name: "", ...changes });
const panel = (changes) => ({
  title: "after",
  values: Float32Array.from({ length: 12 }, (_, i) => i / 2),
  flags: null,
  marks: [[1, "NaN"], [2, "+inf"]],
  digits: 9,
  down: axis({ span: 3, count: 3 }),
  across: axis(),
  ...changes,
});
const histogram = {
  edges: [0, 1, 2],
  bars: [{ name: "before", counts: [1, 1234] }],
  curve: { bins: [3, 4] },
  ...{ low: 0, high: 2, top: 10, log: false },
};
const drawn = {
  panels: [{ panel: panel(), x: 10, y: 20, w: 40, h: 30 }, { panel: { title: "before", remark: "not there" }, x: 60, y: 20, w: 40, h: 30 }],
  bars: { histogram, x: 110, y: 20, w: 20, h: 30 },
};

test("the cell or bin under a place is found by its row and column", () => {
  assert.deepEqual(under(drawn, 10, 20), [0, 0, 0]);
  assert.deepEqual(under(drawn, 49.9, 49.9), [0, 2, 3]);
  assert.equal(under(drawn, 50, 20), null, "between two pictures");
  assert.equal(under(drawn, 70, 25), null, "on a remark");
  assert.deepEqual(under(drawn, 121, 25), [2, 0, 1]);
});

test("a cell of several elements is one place", () => {
  const pooled = panel({ across: axis({ span: 8, cell: 3, count: 3 }) });
  const boxes = { panels: [{ panel: pooled, x: 0, y: 0, w: 80, h: 30 }], bars: null };
  assert.deepEqual([5, 25, 35, 65].map((x) => under(boxes, x, 1)[2]), [0, 0, 1, 2]);
  assert.deepEqual(cellBox(boxes.panels[0], 0, 2), { left: 60, top: 0, width: 20, height: 10 }, "the last cell is cut");
});

test("arrow keys go from cell to cell, over the edge into the next picture, and stop at the ends", () => {
  const next = { panels: [drawn.panels[0], { ...drawn.panels[0] }], bars: drawn.bars };
  assert.deepEqual(stepped(next, null, [0, 1]), [0, 0, 0]);
  assert.deepEqual(stepped(next, [0, 1, 1], [1, 0]), [0, 2, 1]);
  assert.deepEqual(stepped(next, [0, 2, 1], [1, 0]), [0, 2, 1]);
  assert.deepEqual(stepped(next, [0, 2, 3], [0, 1]), [1, 0, 0]);
  assert.deepEqual(stepped(next, [1, 0, 3], [0, 1]), [2, 0, 0]);
  assert.deepEqual(stepped(next, [2, 0, 1], [0, 1]), [2, 0, 1]);
  assert.deepEqual(stepped({ panels: [drawn.panels[1], drawn.panels[0]], bars: null }, null, [0, 1]), [1, 0, 0]);
});

test("a value is said with its index, and a pooled one with what it stands for", () => {
  assert.deepEqual(cellLines(panel(), 1, 2), ["[1, 2] = 3"]);
  const part = panel({ down: axis({ first: 8, span: 3, count: 3 }) });
  assert.deepEqual(cellLines(part, 1, 2), ["[9, 2] = 3"]);
  const pooled = panel({ down: axis({ span: 5, cell: 2, count: 3 }), across: axis({ span: 4 }) });
  assert.deepEqual(cellLines(pooled, 2, 3), ["largest magnitude: 5.5", "of rows 4, columns 3"]);
  assert.deepEqual(cellLines({ ...pooled, shows: "mean" }, 0, 0)[0], "mean: 0");
});

test("what is not finite is said by name, beside what is", () => {
  const flagged = panel({ values: Float32Array.from([NaN, 1, 2, 3]), flags: Uint8Array.from([1, 3, 0, 0]) });
  assert.equal(valueAt(flagged, 0, 0), "NaN");
  assert.equal(valueAt(flagged, 0, 1), "1 and NaN and +inf");
  assert.equal(valueAt(panel({ values: Float32Array.from([NaN]), across: axis({ count: 1 }) }), 0, 0), "nothing");
});

test("numbers have true minus signs and keep the sign of zero", () => {
  assert.equal(number(-0.5, 9), "−0.5");
  assert.equal(number(-0, 9), "-0".replace("-", "−"));
  assert.equal(number(Math.fround(0.1), 9), "0.100000001");
  assert.deepEqual([brief(NaN), brief(0), brief(12345.678), brief(-1e-5)], ["–", "0", "12350", "−1.00e−5"]);
});

test("a bin says its ends, its counts and what was expected", () => {
  assert.deepEqual(binLines(histogram, 1), ["1 to 2", "before: 1,234", "expected: 4"]);
  assert.deepEqual(binLines({ ...histogram, curve: null }, 0), ["0 to 1", "before: 1"]);
});

test("pictures of the same cells are read together, others are not", () => {
  assert.ok(sameCells(panel(), panel()));
  assert.ok(!sameCells(panel(), panel({ across: axis({ first: 1 }) })));
  assert.ok(!sameCells({ ...panel(), group: 0 }, { ...panel(), group: 1 }));
  assert.ok(!sameCells({ remark: "not there" }, panel()));
});

test("values and counts are placed within the box, also between the largest numbers there are", () => {
  const box = { x: 0, y: 0, w: 100, h: 54 };
  const huge = axes({ low: -1.7e308, high: 1.7e308, top: 10, log: false }, box);
  assert.deepEqual([huge.toX(-1.7e308), huge.toX(0), huge.toX(1.7e308)], [0, 50, 100]);
  assert.deepEqual([huge.toY(0), huge.toY(10)], [54, 4]);
  const log = axes({ low: 0, high: 1, top: 50, log: true }, box);
  assert.deepEqual([log.toY(0), log.toY(0.5), log.toY(50)], [54, 54, 4]);
  assert.ok(Math.abs(log.toY(5) - 29) < 1e-9);
});

test("a color scale meets its stops, and what lies beyond it has the color of its end", () => {
  const scale = colors([[0, "rgba(0, 0, 255, 1)"], [0.5, "rgba(0, 0, 0, 0)"], [1, "rgba(255, 0, 0, 1)"]]);
  const rgba = (value) => [...new Uint8Array(Uint32Array.of(scale(value)).buffer)];
  assert.deepEqual([-1, 0, 1].map(rgba), [[0, 0, 255, 255], [0, 0, 0, 0], [255, 0, 0, 255]]);
  assert.deepEqual([rgba(-7), rgba(7)], [rgba(-1), rgba(1)]);
});

test("labels that would touch are thinned out evenly, and zero stays", () => {
  const pen = { width: 1000, font: "", context: { measureText: (text) => ({ width: 10 * text.length }) } };
  const labels = ["-2", "-1", "0", "1", "2"].map((text, i) => [100 + 20 * i, text]);
  assert.deepEqual(thin(pen, labels).map(([, text]) => text), ["-2", "0", "2"]);
  assert.deepEqual(thin(pen, [[1, "abc"]]), [[15, "abc"]], "whole even at the edge");
});

test("what Python packed is unpacked, arrays of several types among plain values", () => {
  const head = JSON.stringify({ a: { array: "float32", start: 0, length: 2 }, b: [{ array: "uint8", start: 8, length: 3 }], c: "ü" });
  const text = new TextEncoder().encode(head);
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(3 + 8 + padded + 16).fill(32);
  new DataView(bytes.buffer).setBigUint64(3, BigInt(padded), true);
  bytes.set(text, 11);
  bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 11 + padded);
  bytes.set([7, 8, 9], 11 + padded + 8);
  const found = unpack(bytes.subarray(3)); // that begins at no multiple of eight
  assert.deepEqual(found, { a: Float32Array.of(1.5, -2), b: [Uint8Array.of(7, 8, 9)], c: "ü" });
});

test("a whole number that a float rounds is read with every digit", () => {
  const texts = Array.from({ length: 12 }, (_, i) => `${i ? "" : "-"}9007199254740993`);
  const drawn = panel({ values: new Float64Array(12).fill(2 ** 53), digits: 17, texts });
  assert.equal(valueAt(drawn, 0, 1), "9007199254740993");
  assert.equal(valueAt(drawn, 0, 0), "−9007199254740993");
  assert.equal(valueAt(panel(), 0, 1), "0.5");
});
