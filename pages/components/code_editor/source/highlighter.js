// Which kind of token has which class of `editor.css`.

import { tagHighlighter, tags } from "@lezer/highlight";

export const highlighter = tagHighlighter([
  { tag: [tags.keyword, tags.bool, tags.null, tags.self, tags.operatorKeyword, tags.definitionKeyword], class: "keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], class: "string" },
  { tag: tags.number, class: "numeral" },
  { tag: tags.comment, class: "comment" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], class: "definition" },
  { tag: tags.meta, class: "decorator" },
]);
