// How long a text may become.

import { Annotation, EditorState } from "@codemirror/state";

/** Marks a text that came from Python. */
export const pushed = Annotation.define();

/** Leaves out what would make the text longer than `longest()`, and tells `refuse` how long it would be. */
export function limited(longest, refuse) {
  return EditorState.transactionFilter.of((change) => {
    if (!change.docChanged || change.annotation(pushed)) return change;
    const { length } = change.newDoc;
    if (length <= longest() || length <= change.startState.doc.length) return change;
    queueMicrotask(() => refuse(length));
    return [];
  });
}
