// The editor: CodeMirror, the line below it, the button, and what goes to Python and comes from there.
// The text is written to only when Python pushes one: everything else would move the caret under the person's hands.

import { isolateHistory } from "@codemirror/commands";
import { Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

import { basics } from "./basics.js";
import { errorLine, markLine, reveal } from "./error_line.js";
import { foot, onMac } from "./foot.js";
import { limited, pushed } from "./limits.js";
import { listen } from "./presses.js";
import { mover } from "./moving.js";

const PAUSE = 500; // ms without a keystroke after which Python gets the text

/** Makes an editor; returns what shows it in a root element, with news from Python. */
export function create() {
  let root = null; // where it is shown, or was at last
  let component;
  let push = null; // names the text from Python that the person changes
  let ran = null; // the last wish to run
  let sent = null; // text that Python has, or is about to have
  let told = null; // the error that was shown last
  let timer = null;
  const part = (name) => root.querySelector(`.${name}`);
  const isShown = () => root !== null && root.isConnected;
  const { say, setLeaving, isLeaving } = foot(() => part("message"), () => component.data.error);

  // ---- to Python ----
  /** The text as it can be sent: JSON may hold lone surrogates, UTF-8 may not. */
  const sendable = () => view.state.doc.toString().replace(/\p{Surrogate}|\0/gu, "\ufffd");
  const unsent = () => isShown() && sendable() !== sent;

  function report() {
    clearTimeout(timer);
    sent = sendable();
    component.setStateValue("submitted", { text: sent, push, run: ran });
  }

  const send = () => (unsent() ? report() : clearTimeout(timer));

  function sendSoon(pause = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  }

  /** Ask for a run of what is there at this moment, in this field and in those beside it. */
  function run() {
    if (!isShown()) return;
    const field = document.activeElement?.matches("input, textarea") ? document.activeElement : null;
    field?.blur(); // it hands over what was typed into it
    ran = Math.max(Date.now(), (ran ?? 0) + 1);
    say("");
    report();
    field?.focus({ preventScroll: true });
  }

  // ---- the field ----
  function follow({ docChanged, transactions }) {
    if (!docChanged || transactions.some((each) => each.annotation(pushed))) return;
    say("");
    sendSoon();
  }

  function leave(next) {
    setLeaving(false);
    if (!next?.closest?.("a[href]")) send(); // what a press on a link does is in presses.js
  }

  const attributes = () => ({
    "aria-label": component?.data.label ?? "",
    "aria-describedby": "message",
    "aria-description": "Tab indents. Press Escape and then Tab to leave the field.",
    "aria-invalid": String(Boolean(component?.data.error)),
  });
  const refuse = (length) => {
    const count = (number) => number.toLocaleString("en-US");
    say(`Refused: the code would have ${count(length)} characters, and ${count(component.data.longest)} are possible.`);
  };
  const view = new EditorView({
    extensions: [
      basics({ isLeaving, setLeaving, attributes }),
      errorLine,
      limited(() => component.data.longest, refuse),
      EditorView.updateListener.of(follow),
    ],
  });
  const moveTo = mover(view, isShown, leave);
  listen({ shownIn: () => (isShown() ? root : null), fields: () => component.data.fields, send, sendSoon, unsent, run });

  function show(where) {
    root = where;
    moveTo(part("code"));
    root.onkeydown = (event) => event.stopPropagation(); // Streamlit's one-letter keys are not meant while one types here
    const button = part("run");
    button.onmousedown = (event) => event.preventDefault(); // the caret stays where it is
    button.onclick = (event) => event.detail > 1 || run(); // a double click is one wish
  }

  // ---- from Python ----
  /** Another text in place of what is there; Ctrl+Z brings that back. The first one is there from the beginning. */
  function take(data) {
    clearTimeout(timer);
    const first = push === null;
    [push, ran, told, sent] = [data.push, null, null, data.text];
    if (view.state.doc.toString() === data.text) return;
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: data.text },
      selection: { anchor: 0 },
      effects: markLine.of(null),
      annotations: [pushed.of(true), first ? Transaction.addToHistory.of(false) : isolateHistory.of("full")],
    });
    view.scrollDOM.scrollTo({ top: 0 });
  }

  function takeError({ line, error, ran: answered }) {
    const telling = JSON.stringify([line, error, answered]);
    if (told === telling) return;
    told = telling;
    view.dispatch({ effects: markLine.of(line) }); // which also has the attributes read anew
    if (line !== null && sendable() === sent) reveal(view);
  }

  return function update(where, news) {
    component = news;
    const { data } = component;
    const again = where !== root;
    if (again) show(where);
    root.style.height = `${data.height}px`;
    part("title").textContent = data.label;
    part("run-label").textContent = data.run_label;
    part("keys").textContent = onMac ? "⌘ Enter" : "Ctrl+Enter";
    if (push === data.push) {
      if (again) sent = data.text; // what is sent as the page is left may not have come
      if (sendable() !== sent) sendSoon();
    } else {
      take(data);
      say("");
    }
    takeError(data);
    say();
  };
}
