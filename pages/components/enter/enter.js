// Enter in a field presses the button that the field belongs to.

const TYPES = ["text", "number", "search", "password", "email", "url", "tel"];

/** Whether this is Enter, pressed once, and not to end what an input method composes; alone or, if so wanted, with Ctrl. */
function isPress({ key, ctrlKey, metaKey, altKey, shiftKey, repeat, isComposing, keyCode }, control) {
  const modified = altKey || shiftKey || (!control && (ctrlKey || metaKey));
  return key === "Enter" && keyCode !== 229 && !(modified || repeat || isComposing);
}

/** Whether an element is a field of one line in which Enter has no other meaning, as it has in a list of options. */
function isLine(element) {
  return element?.localName === "input" && TYPES.includes(element.type) && !element.role;
}

/** Whether an element belongs to one of the named containers. */
function isWithin(element, classes) {
  return classes.some((name) => element.closest(`.${CSS.escape(name)}`));
}

/** The button to press, if it can be pressed. */
function buttonOf(name) {
  return document.querySelector(`.${CSS.escape(name)} button:not(:disabled)`);
}

/** Whether the field shows something that Streamlit did not take over. */
function isRefused(field) {
  return field.ariaInvalid === "true" || field.validity.badInput;
}

export default function ({ data, parentElement }) {
  const mark = parentElement.querySelector("span");
  if (!mark || !data) return;
  const place = mark.getRootNode().host?.closest("[data-testid=stElementContainer]");
  if (place) place.style.display = "none"; // or it takes a gap between its neighbors
  mark.listening?.abort();
  mark.listening = new AbortController();
  // On the document it comes after the field's own handler, and a task later what the field holds has been taken over.
  document.addEventListener(
    "keydown",
    (event) => {
      const field = event.target;
      if (!isPress(event, data.control) || !isLine(field) || !isWithin(field, data.fields) || isRefused(field)) return;
      setTimeout(() => isRefused(field) || buttonOf(data.button)?.click());
    },
    { signal: mark.listening.signal },
  );
  return () => mark.listening.abort();
}
