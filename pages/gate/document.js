// Runs in the page before any script of Streamlit's.

// Where the server is: each page's address lies one step below it. Without this Streamlit asks below the page first.
window.__streamlit = { BACKEND_BASE_URL: new URL(".", window.location.href).href };

// Streamlit tells the page around it what happens. Where there is none that is itself, and looking whom it trusts with
// that costs as much as drawing a picture.
window.addEventListener("message", (event) => event.source === window && event.stopImmediatePropagation());

// Going back leads to the page before, not to the same page with an older recipe in its address. On the way to another
// page Streamlit writes the query anew while the path is still the old one's: that is lacking the recipe, and the old
// page's entry keeps what it has. And where Back or Forward was pressed before the page in between was drawn, that page's
// run comes late: it is no visit of its own.
const push = window.history.pushState.bind(window.history);
const hasRecipe = (address) => address.searchParams.has("recipe");
let wentTo = null; // the path that Back or Forward last led to, until something is pressed on the page
let holdsBack = false; // Back or Forward, until what was typed is told
window.history.pushState = (state, unused, address) => {
  const here = new URL(window.location.href);
  const there = new URL(address ?? "", here);
  if (holdsBack || (wentTo !== null && there.pathname !== wentTo)) return;
  if (here.pathname !== there.pathname || here.hash !== there.hash) push(state, unused, address);
  else if (hasRecipe(there) || !hasRecipe(here)) window.history.replaceState(state, unused, address);
};

// A page link waits for what was just typed, and so do Back and Forward. A field tells Streamlit its text when it loses
// the focus, and a text that is told in the same moment as the wish for another page makes Streamlit forget that wish,
// or the text.
const LINKS = "a[href], [data-testid=stLogoLink]";
const LONGEST = 300; // ms that a link waits for a run that may not come
const LONGEST_SENT = 3000; // and for one that was asked for
let typed = false; // since a field has the focus
let waits = false;
let letPass = false;
const on = (type, react) => window.addEventListener(type, react, { capture: true });
const find = (event, selector) => event.composedPath().find((each) => each.matches?.(selector));

for (const type of ["pointerdown", "keydown", "click"]) on(type, () => (wentTo = null));

on("input", (event) => (typed ||= !!find(event, "input, textarea")));
on("pointerdown", (event) => (waits = typed && !!find(event, LINKS)));
on("focusout", () => (typed = false)); // comes after the press that takes the focus away
on("click", (event) => {
  const link = find(event, LINKS);
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button || link?.target === "_blank";
  if (link && !elsewhere) tellFirst(event, () => link.click());
});
// Another page of cards is chosen below them: it is looked at from its top.
on("click", (event) => {
  if (find(event, ".st-key-cards_page button")) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
});
on("popstate", (event) => {
  wentTo = window.location.pathname;
  if (holdsBack) return event.stopImmediatePropagation(); // leads from where it is then
  holdsBack = tellFirst(event, () => {
    holdsBack = false;
    window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
  });
});

/** Whether an event comes again by `again()`, after what must be told before the page changes. */
function tellFirst(event, again) {
  if (letPass) return false;
  const comesLater = isAsked() && !waits; // an earlier wish: its run must not be taken for that of what is sent now
  // A component that holds a text back sends it now, and says so by preventing the default.
  const sends = () => !document.dispatchEvent(new CustomEvent("leaving", { cancelable: true }));
  if (!comesLater && !waits && !sends()) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  running().then(() => {
    letPass = !comesLater;
    again();
    letPass = waits = false;
  });
  return true;
}

// Whether a run was asked for that has not begun: it is seen on the root, as `data-asked`.
const marks = () => document.documentElement.dataset;
const isAsked = () => "asked" in marks();
let waiting = []; // for it to begin
let forgets = 0;
function begun() {
  delete marks().asked;
  clearTimeout(forgets);
  for (const goOn of waiting.splice(0)) setTimeout(goOn, 30);
}
function begunAfter(milliseconds) {
  clearTimeout(forgets);
  forgets = setTimeout(begun, milliseconds);
}
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (message) {
  marks().asked = "";
  begunAfter(LONGEST_SENT);
  send.call(this, message);
};
new MutationObserver((changes) => {
  const states = changes.map(({ target }) => target.dataset.testScriptState);
  if (states.includes("running")) begun();
  // The run ended that a new one had to wait for, which may begin unseen.
  else if (isAsked() && states.includes("notRunning")) begunAfter(LONGEST);
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-test-script-state"] });

/** When the script has begun to run, or after so long that waiting for it helps nobody. */
function running() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    setTimeout(() => isAsked() || resolve(), LONGEST);
  });
}
