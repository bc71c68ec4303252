// Lints each component's script as the browser gets it, joined, so that a name no file defines is found and one that
// another file defines is not; then the sources of the editor and the tests beside this file. Exits with 1 where there is anything to say.

import { ESLint } from "eslint";

import { filesOf, PARTS, sourcesOfEditor } from "./joined.js";

const here = new URL(".", import.meta.url).pathname;
const eslint = new ESLint({ cwd: here });
const complaints = new Map(); // text of a complaint -> components that it is about

for (const component of Object.keys(PARTS)) {
  const files = filesOf(component);
  if (!files.length) continue; // built, from what is linted below
  const script = files.map(([, text]) => text).join("\n");
  const [{ messages }] = await eslint.lintText(script, { filePath: `components/${component}.js` });
  for (const { line, message, ruleId } of messages) {
    const said = `${placeOf(files, line)}: ${message} (${ruleId})`;
    complaints.set(said, [...(complaints.get(said) ?? []), component]);
  }
}

/** The file and its line that a line of the joined script is. */
function placeOf(files, line) {
  for (const [name, text] of files) {
    const length = text.split("\n").length;
    if (line <= length) return `pages/components/${name}:${line}`;
    line -= length;
  }
  return `the end:${line}`;
}

/** What one component does not use of a file that another one uses it of is no complaint. */
function isUsedElsewhere(said, components) {
  const file = said.slice("pages/components/".length, said.indexOf(":"));
  const sharing = Object.keys(PARTS).filter((component) => PARTS[component].js.includes(file));
  return said.endsWith("(no-unused-vars)") && components.length < sharing.length;
}

const bad = [...complaints].filter(([said, components]) => !isUsedElsewhere(said, components)).map(([said]) => said);
const sources = await Promise.all(
  sourcesOfEditor().map(async ([name, text]) => {
    const [result] = await eslint.lintText(text, { filePath: `components/${name}` });
    return { ...result, filePath: `pages/components/code_editor/source/${name}` };
  }),
);
const tests = [...sources, ...(await eslint.lintFiles(["*.js"]))];
const formatter = await eslint.loadFormatter("stylish");
const shown = [...bad, await formatter.format(tests)].filter(Boolean).join("\n");
if (shown) console.log(shown);
process.exitCode = bad.length || tests.some(({ messages }) => messages.length) ? 1 : 0;
