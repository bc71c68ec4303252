// One tensor's pictures, large: what Streamlit calls.
// Streamlit calls the default export again, on the same elements, whenever data or theme change.
// It therefore assigns handlers and never adds them.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".picture");
  if (!root || !data) return;
  const canvas = root.querySelector("canvas");
  const card = unpack(data);
  canvas.ariaLabel = card.alt;
  if (!root.begun) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0); // opened from a card far down
  root.begun = true;
  root.style.height = rem(card.height);
  keepDrawn(root, canvas, () => {
    unframe(root);
    point(root, null);
    canvas.drawn = draw(canvas, card, getComputedStyle(root));
  });
  boxable(root, canvas, (box) => setTriggerValue("box", box));
}
