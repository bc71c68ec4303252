// Which rows a search finds and which are shown; nothing here touches the page.

/** The words that must all match: "(8, 4)" is one word, and its spaces do not matter. */
function wordsOf(query) {
  const words = query.match(/\([^)]*\)?|\S+/g) ?? [];
  return words.map((word) => word.replace(/\s/g, "").toLowerCase());
}

/** What to mark in a row that was found; null where nothing is searched. */
function patternOf(words) {
  if (!words.length) return null;
  const literal = (character) => character.replace(/[.*+?^${}()|[\]\\]/, "\\$&");
  return new RegExp(words.map((word) => [...word].map(literal).join("\\s*")).join("|"), "gi");
}

/** Everything that a row can be found by, as one text without spaces. */
function haystacksOf(tree) {
  return tree.name.map((name, i) => {
    const owner = tree.kind[i] && tree.parent[i] >= 0 ? tree.type(tree.parent[i]) : ""; // so that "linear weight" finds it
    const facts = [name, tree.label(i), tree.type(i), owner, tree.shape(i), tree.dtype(i), ...tree.badges(i)];
    return facts.join("\n").replace(/ /g, "").toLowerCase();
  });
}

/**
 * The module whose prints a word asks for, as `[name]`: "net[2].state_dict()" is of 2, and "state_dict" alone, `[null]`, of
 * any. Nothing for other words. The page shows these prints beside a module's row.
 */
function printsAsked(word) {
  if (["print(net)", "net(x)"].includes(word)) return [""];
  const [, path, method] = word.match(/^(?:print\()?(?:\*?\[?net)?(.*?)\.?((?:state|named)_\w*)[()]*$/) ?? [];
  if (!["state_dict", "named_parameters"].some((whole) => method && whole.startsWith(method))) return null;
  const name = path.replace(/\[['"]?|['"]?\]/g, ".").split(".").filter(Boolean).join(".");
  return [name || (word.includes("net.") ? "" : null)];
}

/** Which rows match every word, and which lead to such rows below them; null where nothing is searched. */
function search({ size, parent, kind, name }, haystacks, words) {
  if (!words.length) return null;
  const asked = words.map(printsAsked);
  const prints = (i, of) => of && !kind[i] && (of[0] === null || of[0] === name[i].toLowerCase());
  const hits = haystacks.map((text, i) => words.every((word, k) => text.includes(word) || prints(i, asked[k])));
  const leads = new Array(size).fill(false);
  hits.forEach((hit, i) => {
    for (let p = hit ? parent[i] : -1; p >= 0 && !leads[p]; p = parent[p]) leads[p] = true;
  });
  return { hits, leads };
}

/** While searching, modules are open as far as they lead to hits; other hits can be opened as a whole. */
function isOpen(tree, view, found, i) {
  if (found) return view.found.get(tree.id[i]) ?? found.leads[i];
  return view.folds.get(tree.id[i]) ?? tree.depth[i] < (view.level ?? tree.automatic);
}

/** The rows that are neither folded away nor filtered out. */
function shownRows(tree, view, found) {
  const shown = [];
  for (let i = 0; i < tree.size; ) {
    const opened = view.found.get(tree.id[tree.parent[i]]) === true;
    const listed = !found || found.hits[i] || found.leads[i] || opened;
    if (listed) shown.push(i);
    i = listed && isOpen(tree, view, found, i) ? i + 1 : tree.end[i];
  }
  return shown;
}

/** "12 of 18 tensors", or "4 of 23 modules" when only modules match. */
function tally(tree, found) {
  const of = (k, n, what) => `${found ? `${number(k)} of ` : ""}${number(n)} ${what}${n === 1 ? "" : "s"}`;
  const tensorHits = found?.hits.filter((hit, i) => hit && tree.kind[i]).length;
  const moduleHits = found?.hits.filter((hit, i) => hit && !tree.kind[i]).length;
  const onlyModules = !tensorHits && moduleHits;
  return onlyModules ? of(moduleHits, tree.size - tree.tensors, "module") : of(tensorHits, tree.tensors, "tensor");
}

/** A text in pieces, as [text, whether to mark it]: what the pattern finds in `whole`, which ends with the text. */
function pieces(text, pattern, whole = text) {
  const start = whole.endsWith(text) ? whole.length - text.length : 0;
  const parts = [];
  let at = 0;
  for (const hit of pattern ? (start ? whole : text).matchAll(pattern) : []) {
    const from = Math.max(hit.index - start, at);
    const to = hit.index + hit[0].length - start;
    if (to <= from) continue;
    parts.push([text.slice(at, from), false], [text.slice(from, to), true]);
    at = to;
  }
  return [...parts, [text.slice(at), false]].filter(([part]) => part);
}
