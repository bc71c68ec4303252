// Builds the editor's one script, and beside it the licenses of what is in it: `make editor`.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { build } from "esbuild";

const HERE = new URL(".", import.meta.url);
const BUILT = new URL("built/", HERE);

rmSync(BUILT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: HERE.pathname,
  entryPoints: { editor: "source/entry.js" },
  entryNames: "[name]-[hash]", // another text has another name, so that a browser may keep it for good
  outdir: "built",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "ascii",
  legalComments: "none", // they are in LICENSES.txt
  metafile: true,
  logLevel: "warning",
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
);
const licenses = [...packages].sort().map((name) => {
  const folder = new URL(`node_modules/${name}/`, HERE);
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${readFileSync(new URL(file, folder), "utf8").trim()}\n`;
});
writeFileSync(new URL("LICENSES.txt", BUILT), licenses.join(`\n${"-".repeat(80)}\n\n`));

// From what it was built, so that a test sees where that was forgotten after a change.
const own = ["build.js", "package-lock.json", ...Object.keys(metafile.inputs).filter((path) => path.startsWith("source/"))];
const marks = own.sort().map((path) => [path, createHash("sha256").update(readFileSync(new URL(path, HERE))).digest("hex")]);
writeFileSync(new URL("built_from.json", BUILT), `${JSON.stringify(Object.fromEntries(marks), null, 2)}\n`);
