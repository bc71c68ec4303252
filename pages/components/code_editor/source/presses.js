// Presses of keys and pointers anywhere on the page that the editor has to know of.

const LONGEST = 300; // ms that a page link waits for Python at most
const RUNS = "[data-testid=stApp]";

/** Listens for as long as the browser's page is loaded, and does something while `shownIn()` is an element. */
export function listen({ shownIn, fields, send, sendSoon, unsent, run }) {
  const on = (type, react) => document.addEventListener(type, (event) => shownIn() && react(event), { capture: true });
  const isInside = (event) => event.composedPath().includes(shownIn());
  const linkOf = (event) => event.composedPath().find((each) => each.localName === "a" && each.hasAttribute("href"));
  let letPass = false;

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
    if (linkOf(event)) sendSoon(10 * LONGEST);
    else send();
  });

  // Streamlit loses a text that is sent in the same moment as the wish for another page, and may lose that wish, too: a
  // page link waits until Python has begun to run with the text.
  on("click", (event) => {
    const link = isInside(event) ? null : linkOf(event);
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button || link?.target === "_blank";
    if (!link || elsewhere || letPass || !unsent()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const begun = running();
    send();
    begun.then(() => {
      letPass = true;
      link.click();
      letPass = false;
    });
  });
}

/** When the script has begun to run, or after so long that waiting for it helps nobody. */
function running() {
  return new Promise((resolve) => {
    const app = document.querySelector(RUNS);
    const observer = new MutationObserver(() => app.dataset.testScriptState === "running" && done(30));
    const done = (pause) => {
      observer.disconnect();
      setTimeout(resolve, pause);
    };
    if (app) observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
    setTimeout(() => done(0), LONGEST);
  });
}
