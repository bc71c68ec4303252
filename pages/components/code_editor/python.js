// Python's tokens, one line at a time. Code that is half written has tokens too.

const words = (text) => new Set(text.split(" "));
const KEYWORDS = words(
  "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield",
);
const BUILTINS = words(
  "abs all any bool bytes callable dict dir enumerate filter float format getattr hasattr id input int isinstance " +
    "issubclass iter len list map max min next object open pow print property range repr reversed round set setattr " +
    "slice sorted staticmethod classmethod str sum super tuple type vars zip ArithmeticError AssertionError " +
    "AttributeError Exception IndexError KeyError NameError NotImplementedError RuntimeError StopIteration TypeError " +
    "ValueError ZeroDivisionError",
);
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>#.*)`,
    String.raw`(?<string>(?:[rbuft]|br|rb|fr|rf|tr|rt)?(?<quote>"""|'''|"|'))`,
    String.raw`(?<number>0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?)`,
    String.raw`(?<name>[\p{ID_Start}_]\p{ID_Continue}*)`,
    String.raw`(?<at>@)`,
    String.raw`\s+|[^]`,
  ].join("|"),
  "iuy",
);

/**
 * The tokens of a line as [kind, text] pairs, which together are the line, and the quotes that it leaves open.
 * `open` are the quotes that the line before left open: """ or ''', " or ' after a backslash, usually none ("").
 */
function tokenize(line, open) {
  const tokens = [];
  let at = 0;
  let before = ""; // the last token that is not space
  const add = (kind, end) => {
    if (end > at) tokens.push([kind, line.slice(at, end)]);
    at = end;
  };

  const addString = (quote, from) => {
    const { end, closed } = endOfString(line, from, quote);
    add("string", end);
    const goesOn = quote.length === 3 || /(^|[^\\])(\\\\)*\\$/.test(line);
    return closed || !goesOn ? "" : quote;
  };

  if (open) open = addString(open, 0);
  while (at < line.length) {
    TOKEN.lastIndex = at;
    const { groups, index, 0: text } = TOKEN.exec(line);
    const end = index + text.length;
    if (groups.comment) add("comment", end);
    else if (groups.string) open = addString(groups.quote, end);
    else if (groups.number) add("numeral", end);
    else if (groups.at && !line.slice(0, at).trim()) add("decorator", end + /^[\s\w.]*/.exec(line.slice(end))[0].length);
    else if (groups.name) add(kindOfName(text, before), end);
    else add("", end);
    if (text.trim()) before = text;
  }
  return { tokens, open };
}

function kindOfName(name, before) {
  if (before === "def" || before === "class") return "definition";
  if (before === ".") return "";
  return KEYWORDS.has(name) ? "keyword" : BUILTINS.has(name) ? "builtin" : "";
}

/** Where a string ends that `quote` opened before `from`; without a closing quote at the end of the line. */
function endOfString(line, from, quote) {
  for (let i = from; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (line.startsWith(quote, i)) return { end: i + quote.length, closed: true };
  }
  return { end: line.length, closed: false };
}
