// A component's script as the browser gets it: the files that `parts.json` lists, joined as `pages/frame/joined.py`
// joins them.

import { readdirSync, readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const COMPONENTS = new URL("../../pages/components/", import.meta.url);
export const PARTS = JSON.parse(readFileSync(new URL("parts.json", COMPONENTS), "utf8"));

/** The files of a component's script, as [name, text]. */
export function filesOf(component) {
  return PARTS[component].js.map((name) => [name, readFileSync(new URL(name, COMPONENTS), "utf8")]);
}

/** The named functions and constants of a component's script, to be called without a page. */
export function from(component, ...names) {
  const script = filesOf(component).map(([, text]) => text).join("\n").replace("export default function", "void function");
  return runInThisContext(`(() => { ${script}\nreturn { ${names.join(", ")} }; })()`);
}

/** The modules that the code editor is built from, as [name, text]. */
export function sourcesOfEditor() {
  const folder = new URL("code_editor/source/", COMPONENTS);
  return readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]);
}
