// What a person sees of a page, measured: `looks.cut()` and `looks.faint()` say what is wrong with its texts, also in
// the components' shadow roots and on their canvases.

window.looks = (() => {
  const SIDEWAYS = "[data-testid=stDataFrame], .cm-scroller, .tree .pane"; // meant to scroll sideways
  const NOT_READ = "[data-testid=stIconMaterial], script, style, template, noscript, [data-testid=stStatusWidget]";
  const up = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const path = (element) => {
    const chain = [];
    for (let at = element; at; at = up(at)) chain.push(at);
    return chain;
  };
  const styles = new Map();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };

  /** Every text node that is shown, with the elements that it is in; the innermost first. */
  function texts(root = document.body, found = []) {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) texts(element.shadowRoot, found);
      if (element.matches(NOT_READ) || element.closest(NOT_READ)) continue;
      for (const node of element.childNodes) {
        if (node.nodeType === Node.TEXT_NODE && node.data.trim()) found.push({ node, element });
      }
    }
    return root === document.body ? found.filter(({ element }) => isShown(element)) : found;
  }

  function isShown(element) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true })) return false;
    return path(element).every((at) => {
      const { clip, clipPath, position } = styleOf(at);
      const { width, height } = at.getBoundingClientRect();
      return !(position === "absolute" && (clip !== "auto" || clipPath !== "none" || (width <= 1 && height <= 1)))
        && at.getAttribute("aria-hidden") !== "true" && !at.matches("[data-testid=stSidebar][data-collapsed=true]");
    });
  }

  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 70);
  const nameOf = (element) => path(element).map((at) => at.dataset?.testid || at.className?.toString().split(" ")[0])
    .filter((name) => name && !/^(st-emotion|emotion|st-[a-z0-9]{2}$|e[0-9a-z]+$)/.test(name)).slice(0, 4).join(" < ");

  // ---- what is cut ----
  function cut() {
    styles.clear();
    const said = texts().flatMap(({ node, element }) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      const by = box.width && box.height ? cutter(element, box) : null;
      return by ? [`"${short(node.data)}" in ${nameOf(element)} by ${by}`] : [];
    });
    return [...new Set([...said, ...fields(), ...canvases(), ...sideways()])];
  }

  /** What cuts a box of text: an ancestor that hides what overflows, or the edge of the window. */
  function cutter(element, box) {
    let [left, right, top, bottom] = [box.left, box.right, box.top, box.bottom];
    let [across, along] = [true, true]; // whether it can still be cut in that direction
    for (let at = element; at; at = up(at)) {
      const { overflowX, overflowY, position, display, textOverflow } = styleOf(at);
      if (display === "contents" || display === "inline") continue;
      const edge = at.getBoundingClientRect();
      const [high, low] = [edge.top + at.clientTop, edge.top + at.clientTop + at.clientHeight];
      const [near, far] = [edge.left + at.clientLeft, edge.left + at.clientLeft + at.clientWidth];
      if (across && overflowX !== "visible" && (left < near - 1.5 || right > far + 1.5)) {
        const meant = /auto|scroll/.test(overflowX) && at.matches(SIDEWAYS);
        if (!meant) return `${Math.round(Math.max(near - left, right - far))} px sideways (${textOverflow}, ${nameOf(at)})`;
        across = false;
      }
      if (along && overflowY !== "visible" && (top < high - 4 || bottom > low + 4)) {
        if (!/auto|scroll/.test(overflowY)) return `${Math.round(Math.max(high - top, bottom - low))} px upright (${nameOf(at)})`;
        along = false;
      } else if (/auto|scroll/.test(overflowY) && at.scrollHeight > at.clientHeight + 1) along = false;
      if (position === "fixed") break;
    }
    const beyond = Math.max(-left, right - innerWidth);
    return across && beyond > 1.5 ? `${Math.round(beyond)} px by the window's edge` : null;
  }

  function fields(root = document, found = []) {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) fields(element.shadowRoot, found);
      const typed = element.matches("input:not([type=checkbox], [type=radio], [type=range], [type=hidden])");
      if (!typed || !isShown(element) || !element.clientWidth) continue;
      const { font, paddingLeft, paddingRight } = styleOf(element);
      const context = (fields.context ??= document.createElement("canvas").getContext("2d"));
      context.font = font;
      const wide = context.measureText(element.value || element.placeholder).width;
      const room = element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      if (wide > room + 1.5) found.push(`field "${short(element.value || element.placeholder)}" (${element.ariaLabel}) by ${Math.round(wide - room)} px`);
    }
    return found;
  }

  function allCanvases(root = document.body, found = []) {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) allCanvases(element.shadowRoot, found);
      if (element.matches("canvas") && element.texts && isShown(element) && !element.closest(SIDEWAYS)) found.push(element);
    }
    return found;
  }

  function canvases() {
    return allCanvases().flatMap((canvas) => [...boxed(canvas), ...canvas.texts
      .filter(({ box }) => box.left < -2 || box.top < -4 || box.right > canvas.width + 2 || box.bottom > canvas.height + 4)
      .map(({ text }) => `"${short(text)}" by the edge of its canvas`)]);
  }

  /** A picture taller than the box that Streamlit gives it, which then scrolls. */
  function boxed(canvas) {
    const box = path(canvas).find((at) => at.matches("[data-testid=stElementContainer]"));
    const beyond = box ? box.scrollHeight - box.clientHeight : 0;
    return beyond > 2 ? [`${Math.round(beyond)} px of a picture by its box (${nameOf(canvas)})`] : [];
  }

  function sideways() {
    return [document.documentElement, document.querySelector("[data-testid=stMain]")]
      .filter((at) => at && at.scrollWidth > at.clientWidth + 1)
      .map((at) => `the page scrolls sideways, by ${at.scrollWidth - at.clientWidth} px`);
  }

  // ---- what is faint ----
  const parse = (color) => {
    const canvas = (parse.canvas ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  /** The color behind an element and the color of a text on it, as the screen mixes them. */
  function mixed(element, ink) {
    let behind = [255, 255, 255, 1];
    let opacity = 1;
    for (const at of path(element).reverse()) {
      const style = styleOf(at);
      opacity *= Number(style.opacity); // of a faint box its background too, which is nearly the page's
      behind = over(parse(style.backgroundColor), behind);
    }
    return [over([ink[0], ink[1], ink[2], ink[3] * opacity], behind), behind];
  }

  const NAMES = "button, a, [role=radio], [role=tab], [role=option], label, [data-testid=stBadge], .stMarkdownBadge, "
    + "[data-testid=stInputInstructions], kbd, .badge, [data-testid=stWidgetLabel], th, .head, .passage";
  const isOff = (element) => path(element).some((at) => at.matches(":disabled, [aria-disabled=true], [disabled]"));

  /** Texts below 4.5:1, and sentences, numbers and code below 7:1. */
  function faint() {
    styles.clear();
    const said = [];
    const note = (text, element, ink, enough) => {
      const [front, behind] = mixed(element, ink);
      const is = contrast(front, behind);
      if (is < enough) said.push(`${is.toFixed(1)} of ${enough} "${short(text)}" in ${nameOf(element)} rgb(${front.slice(0, 3).map(Math.round)}) on ${behind.slice(0, 3).map(Math.round)}`);
    };
    for (const { node, element } of texts()) {
      if (isOff(element)) continue;
      const named = path(element).some((at) => at.matches(NAMES) || /badge/i.test(at.className));
      note(node.data, element, parse(styleOf(element).fill && element.namespaceURI.endsWith("svg") ? styleOf(element).fill : styleOf(element).color), named ? 4.5 : 7);
    }
    for (const canvas of allCanvases()) {
      for (const { text, color, alpha } of canvas.texts) {
        const [r, g, b, a] = parse(color);
        note(text, canvas, [r, g, b, a * alpha], 7);
      }
    }
    return [...new Set(said)];
  }

  return { cut, faint };
})();
