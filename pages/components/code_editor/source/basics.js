// What CodeMirror is made of here: Python, line numbers, undo, find and replace, and the editing keys.

import {
  defaultKeymap, history, historyKeymap, indentLess, indentMore, insertNewlineAndIndent, isolateHistory,
} from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching, forceParsing, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting,
} from "@codemirror/language";
import { search, searchKeymap, searchPanelOpen } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";

import { highlighter } from "./highlighter.js";

const INDENT = 4;
const PARSING = 500; // ms that Enter may take to know where it is

/** Tab: indents the selected lines, or inserts spaces up to the next stop. */
function tab(view) {
  const { state } = view;
  if (!state.selection.main.empty) return indentMore(view);
  const column = state.selection.main.head - state.doc.lineAt(state.selection.main.head).from;
  view.dispatch(state.replaceSelection(" ".repeat(INDENT - (column % INDENT))), { scrollIntoView: true, userEvent: "input" });
  return true;
}

/** Enter: indents by what stands above, parsed up to there now: with long code or on a slow machine it would be later. */
function enter(view) {
  forceParsing(view, view.state.selection.main.to, PARSING);
  return insertNewlineAndIndent(view);
}

/** After Escape, Tab is the browser's and leaves the field. */
function leavingKeys({ isLeaving, setLeaving }) {
  return Prec.highest(
    EditorView.domEventHandlers({
      keydown(event, view) {
        if (event.key === "Tab" && isLeaving()) return true; // handled: nothing else takes it, and it is not prevented
        if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return false;
        setLeaving(event.key === "Escape" && !searchPanelOpen(view.state));
        return false;
      },
    }),
  );
}

export function basics({ isLeaving, setLeaving, attributes }) {
  return [
    leavingKeys({ isLeaving, setLeaving }),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history({ minDepth: 1000 }),
    new LanguageSupport(pythonLanguage),
    indentUnit.of(" ".repeat(INDENT)),
    EditorState.tabSize.of(INDENT),
    indentOnInput(),
    bracketMatching(),
    syntaxHighlighting(highlighter),
    EditorView.lineWrapping,
    search({ top: true }),
    keymap.of([
      { key: "Tab", run: tab, shift: indentLess },
      { key: "Enter", run: enter, shift: enter },
      ...searchKeymap, ...historyKeymap, ...defaultKeymap,
    ]),
    EditorView.contentAttributes.of({
      spellcheck: "false",
      autocapitalize: "off",
      autocorrect: "off",
      translate: "no",
      dir: "ltr",
      "data-gramm": "false",
      "data-enable-grammarly": "false",
    }),
    EditorView.contentAttributes.of(attributes),
    EditorState.transactionExtender.of((change) =>
      change.isUserEvent("input.paste") ? { annotations: isolateHistory.of("full") } : null, // a paste is one step of undo
    ),
  ];
}
