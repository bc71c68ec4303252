// A component's script as the browser gets it: the files that `parts.json` lists, joined as `pages/components/joined.py`
// joins them.

import { readFileSync } from "node:fs";
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
