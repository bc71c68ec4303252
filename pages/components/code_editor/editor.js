// The editor: a field that the browser edits, over highlighted lines that follow it.
// Streamlit calls the default export again, on the same elements, whenever data or theme change. The field is
// written to only when Python pushes a text: everything else would move the caret under the person's hands.

const views = new Map(); // what a person has written and where they are, by widget key, while the page is loaded
const editors = new WeakMap(); // what to call with news from Python, by root element
const PAUSE = 700; // ms without a keystroke after which Python gets the text
const HINT = "Tab indents; Esc, then Tab leaves the field";
const onMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

export default function (component) {
  const root = component.parentElement.querySelector(".editor");
  if (!root || !component.data) return;
  if (!editors.has(root)) editors.set(root, create(root, component.data));
  editors.get(root)(component);
}

/** Builds an editor; returns what to call with each news from Python. */
function create(root, { key }) {
  const part = (name) => root.querySelector(`.${name}`);
  const [numbers, lines, message, run] = ["numbers", "lines", "message", "run"].map(part);
  const field = root.querySelector("textarea");
  const painter = makePainter(lines, numbers);
  const view = views.get(key) ?? { text: "", push: null, run: null, replaced: null, place: null, focused: false };
  views.set(key, view);
  let component;
  let fresh = true;
  let sent = null; // text that Python has, or is about to have
  let timer = null;
  let notice = "";
  let leaving = false; // after Escape, Tab is the browser's

  // ---- to Python ----
  /** The text as it can be sent: JSON may hold lone surrogates, UTF-8 may not. */
  const sendable = () => view.text.replace(/\p{Surrogate}|\0/gu, "\ufffd");

  function commit(toRun = false) {
    clearTimeout(timer);
    if (!root.isConnected) return;
    const text = sendable();
    if (text.length > component.data.longest) return toRun && refuse(text.length);
    if (!toRun && text === sent) return;
    if (toRun) {
      view.run = Math.max(Date.now(), (view.run ?? 0) + 1);
      say("");
    }
    sent = text;
    component.setStateValue("submitted", { text, push: view.push, run: view.run });
  }

  function commitSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => commit(), PAUSE);
  }

  // ---- what is shown ----
  function say(text) {
    notice = text;
    const shown = notice || component.data.error || HINT;
    if (message.textContent !== shown) message.textContent = shown;
    message.classList.toggle("bad", shown !== HINT && !leaving);
  }

  function refuse(length) {
    const count = (n) => n.toLocaleString("en-US");
    say(`Refused: the code would have ${count(length)} characters, and ${count(component.data.longest)} are possible.`);
  }

  /** Draw the text that the field now has; what was typed takes the error's mark along. */
  function follow(typed) {
    view.text = field.value;
    const change = painter.paint(view.text);
    if (typed && view.error) view.error.line = moved(view.error.line, change);
    look();
  }

  function mark() {
    const caret = field.selectionDirection === "backward" ? field.selectionStart : field.selectionEnd;
    painter.mark("current", view.text.slice(0, caret).split("\n").length - 1);
    painter.mark("error", view.error?.line ?? -1);
    field.ariaInvalid = String(Boolean(view.error || component.data.error));
  }

  function remember() {
    if (!field.clientHeight) return; // hidden or gone, and scrolled nowhere
    const { selectionStart, selectionEnd, selectionDirection, scrollTop, scrollLeft } = field;
    view.place = { selectionStart, selectionEnd, selectionDirection, scrollTop, scrollLeft };
  }

  function look() {
    mark();
    remember();
  }
  // The browser says nothing of a caret that moves in a field in a shadow tree, so whatever may move it is followed.
  const lookSoon = () => requestAnimationFrame(look);
  field.onkeyup = field.onclick = field.onselect = look;

  function restore(place) {
    field.setSelectionRange(place.selectionStart, place.selectionEnd, place.selectionDirection);
    field.scrollTo(place.scrollLeft, place.scrollTop);
  }

  // ---- editing ----
  /** Do an edit as if it were typed, so that the browser can undo it. */
  function apply(edit) {
    const length = field.value.length - (edit.to - edit.from) + edit.insert.length;
    if (edit.insert.length > edit.to - edit.from && length > component.data.longest) return refuse(length);
    const { scrollTop, scrollLeft } = field;
    if (field.value.slice(edit.from, edit.to) !== edit.insert) {
      field.setSelectionRange(edit.from, edit.to);
      const [command, text] = edit.insert ? ["insertText", edit.insert] : ["delete", ""];
      if (!document.execCommand(command, false, text)) {
        field.setRangeText(edit.insert, edit.from, edit.to);
        field.dispatchEvent(new InputEvent("input"));
      }
    }
    field.setSelectionRange(edit.start, edit.end);
    if (edit.inPlace) field.scrollTo(scrollLeft, scrollTop);
    look();
  }

  /** After a push, the text that it replaced. */
  function undoPush() {
    if (view.replaced === null || field.value !== view.pushed) return null;
    const insert = view.replaced;
    view.replaced = null;
    return put(0, field.value.length, insert);
  }

  field.onkeydown = (event) => {
    event.stopPropagation(); // Streamlit's one-letter shortcuts are not meant while one types here
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    const plainKey = !command && !event.altKey;
    const at = [field.value, field.selectionStart, field.selectionEnd];
    if (event.key === "Tab" && leaving) return;
    if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) setLeaving(event.key === "Escape");
    let edit = null;
    if (command && event.key === "Enter") event.repeat || commit(true);
    else if (command && event.key === "/") edit = toggleComment(...at);
    else if (command && !event.shiftKey && event.key.toLowerCase() === "z") edit = undoPush();
    else if (plainKey && event.key === "Tab") edit = event.shiftKey ? dedent(...at) : indent(...at);
    else if (plainKey && event.key === "Enter") edit = breakLine(...at, painter.openAt(field.value, at[1]));
    else if (plainKey && event.key === "Backspace") edit = unindent(...at);
    lookSoon(); // not only on keyup: an arrow key may be held down
    if (edit) apply(edit);
    if (edit || (command && event.key === "Enter")) event.preventDefault();
  };

  function setLeaving(now) {
    if (leaving === now) return;
    leaving = now;
    say(now ? "Tab now leaves the field" : "");
  }

  field.onbeforeinput = (event) => {
    if (!event.inputType.startsWith("insert")) return;
    const added = event.data ?? event.dataTransfer?.getData("text/plain") ?? "\n";
    const removed = field.selectionEnd - field.selectionStart;
    const length = field.value.length - removed + added.replace(/\r\n/g, "\n").length;
    if (length <= component.data.longest) return;
    event.preventDefault();
    refuse(length);
  };

  field.oninput = () => {
    say("");
    follow(true);
    commitSoon();
  };
  field.onscroll = () => {
    lines.style.transform = `translate(${-field.scrollLeft}px, ${-field.scrollTop}px)`;
    numbers.style.transform = `translateY(${-field.scrollTop}px)`;
    remember();
  };
  field.onfocus = () => {
    view.focused = true;
    lookSoon();
  };
  field.onblur = () => {
    if (!field.isConnected) return; // removed by a rerun, which will show it again
    view.focused = false;
    setLeaving(false);
    commit();
  };
  run.onmousedown = (event) => event.preventDefault(); // the caret stays where it is, and blur sends nothing ahead
  run.onclick = (event) => event.detail > 1 || commit(true); // a double click is one wish
  // A chart, for one, reacts to a press without taking the focus: what reacts must not get an older text.
  document.addEventListener("pointerdown", function onPress(event) {
    if (!root.isConnected) document.removeEventListener("pointerdown", onPress, true);
    else if (!event.composedPath().includes(root)) commit();
  }, true);

  // ---- from Python ----
  function update(next) {
    component = next;
    const { data } = component;
    root.style.height = `${data.height}px`;
    part("title").textContent = data.label;
    part("run-label").textContent = data.run_label;
    part("keys").textContent = onMac() ? "⌘ Enter" : "Ctrl+Enter";

    const first = view.push === null;
    const pushed = view.push !== data.push;
    if (pushed) {
      clearTimeout(timer);
      view.replaced = first || view.text === data.text ? null : view.text;
      Object.assign(view, { text: data.text, pushed: data.text, push: data.push, run: null, error: null });
    }
    if (pushed || fresh) {
      const { place, focused } = view;
      sent = data.text;
      if (field.value !== view.text) field.value = view.text;
      follow(false);
      if (fresh && !pushed && place) restore(place);
      else restore({ selectionStart: 0, selectionEnd: 0, scrollTop: 0, scrollLeft: 0 });
      if (fresh && focused && document.activeElement === document.body) field.focus({ preventScroll: true });
      if (sendable() !== sent) commitSoon(); // typed last time, but the page was left before Python got it
    }
    fresh = false;
    takeError(data);
    say(pushed ? "" : notice);
  }

  function takeError({ line, error, ran }) {
    const given = JSON.stringify([line, error, ran, view.push]);
    if (view.given === given) return mark();
    view.given = given;
    view.error = line === null ? null : { line: line - 1 };
    mark();
    if (view.error && sendable() === sent) reveal(view.error.line);
  }

  function reveal(line) {
    const row = lines.children[line];
    if (!row) return;
    const above = row.offsetTop - field.clientHeight + 2 * row.offsetHeight;
    if (row.offsetTop < field.scrollTop || above > field.scrollTop) field.scrollTop = row.offsetTop - field.clientHeight / 2;
  }

  return update;
}
