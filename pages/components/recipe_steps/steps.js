// The steps of the recipe as a list: each says what it did, and can be removed.
// Streamlit calls the default export again whenever the recipe or the theme changes. The lines are a stranger's: text.

const views = new Map(); // by widget key, for as long as the page is loaded
const AGAIN_MS = 2000; // after which a step that was not removed can be removed

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".recipe");
  if (!root || !data) return;
  const part = (name) => root.querySelector(`.${name}`);
  const [list, template] = [part("steps"), root.querySelector("template").content.firstElementChild];
  const view = views.get(data.key) ?? { count: 0, scroll: 0, atEnd: true, focus: null };
  views.set(data.key, view);

  part("build").textContent = data.build;
  part("none").hidden = data.rows.length > 0;
  list.hidden = data.rows.length === 0;
  list.replaceChildren(...data.rows.map(row));
  const buttons = [...list.querySelectorAll(".remove")];

  // One stop of the Tab key for the whole list, from which arrows lead on.
  const focusable = (at) => buttons.forEach((button, i) => (button.tabIndex = i === at ? 0 : -1));
  focusable(buttons.length - 1);
  list.onfocusin = (event) => focusable(buttons.indexOf(event.target));
  list.onkeydown = (event) => {
    const to = next(event.key, buttons.indexOf(event.target), buttons.length);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    buttons[to].focus();
  };
  list.onscroll = () => {
    view.scroll = list.scrollTop;
    view.atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
  };

  const toEnd = () => (list.scrollTop = list.scrollHeight); // the newest is what was just done
  if (buttons.length > view.count) toEnd();
  else list.scrollTop = view.scroll;
  view.count = buttons.length;
  const resized = new ResizeObserver(() => view.atEnd && toEnd());
  resized.observe(list);
  if (view.focus !== null) buttons[Math.min(view.focus, buttons.length - 1)]?.focus();
  view.focus = null;
  return () => resized.disconnect();

  function row({ name, line }, i) {
    const item = template.cloneNode(true);
    const [number, text, button] = item.children;
    number.textContent = i + 1;
    text.textContent = line;
    button.ariaLabel = button.title = `Remove step ${i + 1}: ${line}`;
    button.onclick = () => {
      view.focus = i;
      button.disabled = true; // the second half of a double click means the same step
      setTimeout(() => (button.disabled = false), AGAIN_MS);
      setTriggerValue("remove", { name });
    };
    return item;
  }
}

/** Which of `count` rows a key leads to from row `at`; null where it leads nowhere. */
function next(key, at, count) {
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: count - 1 }[key];
  return to === undefined || at < 0 || to < 0 || to >= count ? null : to;
}
