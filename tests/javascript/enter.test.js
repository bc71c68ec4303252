// Which key presses the button of which field.

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./joined.js";

const { isLine, isPress, isRefused } = from("enter", "isLine", "isPress", "isRefused");

test("only Enter alone presses, and once however long it is held", () => {
  assert.ok(isPress({ key: "Enter", keyCode: 13 }));
  assert.ok(!isPress({ key: "a", keyCode: 65 }));
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "shiftKey", "repeat"])
    assert.ok(!isPress({ key: "Enter", keyCode: 13, [modifier]: true }), modifier);
});

test("with Ctrl it presses where the button has no such shortcut of its own", () => {
  assert.ok(isPress({ key: "Enter", keyCode: 13, ctrlKey: true }, true));
  assert.ok(isPress({ key: "Enter", keyCode: 13, metaKey: true }, true));
  assert.ok(!isPress({ key: "Enter", keyCode: 13, ctrlKey: true, shiftKey: true }, true));
});

test("Enter that ends a composition does not press", () => {
  assert.ok(!isPress({ key: "Enter", keyCode: 13, isComposing: true }));
  assert.ok(!isPress({ key: "Enter", keyCode: 229 }), "as Safari tells of it");
});

test("fields of several lines, lists of options and switches keep their Enter", () => {
  assert.ok(isLine({ localName: "input", type: "text", role: null }));
  assert.ok(isLine({ localName: "input", type: "number", role: null }));
  assert.ok(!isLine({ localName: "input", type: "text", role: "combobox" }));
  assert.ok(!isLine({ localName: "input", type: "checkbox", role: null }));
  assert.ok(!isLine({ localName: "textarea" }));
  assert.ok(!isLine(undefined));
});

test("what Streamlit refused is not acted on", () => {
  assert.ok(isRefused({ ariaInvalid: "true", validity: {} }));
  assert.ok(isRefused({ ariaInvalid: null, validity: { badInput: true } }), "as 1e in a number field");
  assert.ok(!isRefused({ ariaInvalid: null, validity: {} }));
});
