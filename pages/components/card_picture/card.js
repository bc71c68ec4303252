// A card's row, drawn by what `picture.js` and `pointer.js`, sent before this file, hold.
// Streamlit calls the default export again, on the same elements, whenever data or theme change.
// It therefore assigns handlers and never adds them.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".picture");
  if (!root || !data) return;
  const canvas = root.querySelector("canvas");
  const card = unpack(data);
  canvas.ariaLabel = card.alt;
  root.style.height = `${card.height}px`;
  root.redraw = () => {
    point(root, null);
    canvas.drawn = draw(canvas, card, getComputedStyle(root));
  };
  root.redraw();
  answer(root, canvas);
  if (root.watch) return;
  root.watch = new ResizeObserver(() => canvas.clientWidth !== canvas.drawn.width && root.redraw());
  root.watch.observe(root);
  document.fonts.ready.then(() => root.redraw());
}
