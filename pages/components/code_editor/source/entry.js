// Streamlit calls the default export on the same elements whenever data or theme change, and on new ones where it drew
// the page anew. There is one editor for each key, which moves to where it is shown: nothing that was written, undone,
// searched for or scrolled to is lost on the way.

import { create } from "./editor.js";

const editors = new Map(); // by widget key, while the browser's page is loaded

export default function codeEditor(component) {
  const root = component.parentElement.querySelector(".editor");
  if (!root?.isConnected || !component.data) return;
  const { key } = component.data;
  if (!editors.has(key)) editors.set(key, create());
  editors.get(key)(root, component);
}
