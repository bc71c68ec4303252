// The line below the code: what went wrong, or what the keys do.

export const onMac = /Mac|iPhone|iPad/.test(navigator.platform);
const HINT = `${onMac ? "⌘F" : "Ctrl+F"} finds and replaces. Tab indents; Esc, then Tab leaves.`;

/** Says one thing at a time in `place()`: a notice, else Python's error, else the hint. */
export function foot(place, error) {
  let notice = "";
  let leaving = false; // after Escape, Tab is the browser's

  /** Show `text`, nothing to take a notice back, or without an argument what is to be shown now. */
  function say(text = notice) {
    notice = text;
    const element = place();
    const shown = notice || error() || HINT;
    if (element.textContent !== shown) element.textContent = shown; // a screen reader says what changes
    element.classList.toggle("bad", shown !== HINT && !leaving);
  }

  function setLeaving(now) {
    if (leaving === now) return;
    leaving = now;
    say(now ? "Tab now leaves the field." : "");
  }

  return { say, setLeaving, isLeaving: () => leaving };
}
