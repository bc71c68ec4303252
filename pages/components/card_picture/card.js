// A card's row of pictures and its distribution: what Streamlit calls.
// Streamlit calls the default export again, on the same elements, whenever data or theme change.
// It therefore assigns handlers and never adds them.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".picture");
  if (!root || !data) return;
  const canvas = root.querySelector("canvas");
  const card = unpack(data);
  canvas.ariaLabel = card.alt;
  root.style.height = rem(card.height);
  keepDrawn(root, canvas, () => {
    point(root, null);
    canvas.drawn = draw(canvas, card, getComputedStyle(root));
  });
}
