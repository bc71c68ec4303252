// Presses of keys and pointers anywhere on the page that the editor has to know of.

const LINKS = "a[href], [data-testid=stLogoLink]"; // to another page
const LINK_MILLISECONDS = 3000; // after which a text is sent where the press on a link became no click

/** Listens for as long as the browser's page is loaded, and does something while `shownIn()` is an element. */
export function listen({ shownIn, fields, send, sendSoon, unsent, run }) {
  const on = (type, react) => document.addEventListener(type, (event) => shownIn() && react(event), { capture: true });
  const isInside = (event) => event.composedPath().includes(shownIn());
  const isOfLink = (event) => event.composedPath().some((each) => each.matches?.(LINKS));

  // Ctrl+Enter runs the code from anywhere on the page, and Enter from the fields that belong to it.
  on("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.composedPath().some((each) => each.role === "dialog")) return;
    const belongs = (each) => fields().some((field) => each.classList?.contains(`st-key-${field}`));
    const plain = !event.shiftKey && !event.altKey;
    if (!plain || !(event.ctrlKey || event.metaKey || event.composedPath().some(belongs))) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) run();
  });

  // A chart, for one, reacts to a press without taking the focus: what reacts must not get an older text.
  on("pointerdown", (event) => {
    if (isInside(event)) return;
    if (isOfLink(event)) sendSoon(LINK_MILLISECONDS);
    else send();
  });

  // The document has a page link wait where a text is sent at the last moment.
  on("leaving", (event) => {
    if (!unsent()) return;
    event.preventDefault();
    send();
  });
}
