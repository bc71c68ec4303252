// The line that an error is about, which moves with the text.

import { MapMode, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, gutterLineClass, GutterMarker } from "@codemirror/view";

/** Marks a line, counted from 1; null marks none. */
export const markLine = StateEffect.define();

const line = Decoration.line({ class: "error" });
const number = new (class extends GutterMarker {
  elementClass = "error";
})();

/** Where the line begins; null where none is marked, or it was deleted. */
export const errorLine = StateField.define({
  create: () => null,
  update(at, { changes, effects, state }) {
    const marked = effects.findLast((effect) => effect.is(markLine));
    if (marked) return marked.value === null ? null : state.doc.line(Math.min(Math.max(marked.value, 1), state.doc.lines)).from;
    if (at === null || changes.empty) return at;
    const to = changes.mapPos(at, 1, MapMode.TrackBefore);
    return to === null ? null : state.doc.lineAt(to).from;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (at) => (at === null ? Decoration.none : Decoration.set(line.range(at)))),
    gutterLineClass.from(field, (at) => (at === null ? RangeSet.empty : RangeSet.of(number.range(at)))),
  ],
});

/** Scroll to the marked line, within the field only. */
export function reveal(view) {
  view.requestMeasure({
    read() {
      const at = view.state.field(errorLine);
      return at === null ? null : view.lineBlockAt(at);
    },
    write(block) {
      const { scrollTop, clientHeight } = view.scrollDOM;
      if (!block || (block.top >= scrollTop && block.bottom <= scrollTop + clientHeight)) return;
      view.scrollDOM.scrollTo({ top: block.top - clientHeight / 2 });
    },
  });
}
