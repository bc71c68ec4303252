// Pictures over the frames of a film and curves with a cursor: what Streamlit calls, and playing.
// Every frame is here already: the slider and the play button ask nothing of the server.
// Streamlit calls the default export again, on the same elements, whenever data or theme change.
// It therefore assigns handlers and never adds them.

const FRAME_SECONDS = 0.12; // at speed 1

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".film");
  if (!root || !data) return;
  const [picture, canvas, slider] = ["div.picture", "canvas", "input"].map((part) => root.querySelector(part));
  const film = unpack(data);
  const last = film.steps.length - 1;
  if (String(film.steps) !== root.steps) {
    stop(root);
    slider.max = last;
    slider.value = last;
    root.steps = String(film.steps);
  }
  root.querySelector(".bar").hidden = last === 0;
  canvas.ariaLabel = film.alt;
  picture.style.height = rem(film.height);
  const redraw = () => {
    const frame = Number(slider.value);
    root.querySelector("output").textContent = `step ${film.steps[frame]} of ${film.steps[last]}`;
    slider.ariaValueText = `step ${film.steps[frame]}`;
    slider.style.setProperty("--at", `${(100 * frame) / Math.max(1, last)}%`);
    canvas.drawn = drawFilm(canvas, film, frame, getComputedStyle(picture));
    point(picture, picture.pointed);
  };
  slider.oninput = () => {
    stop(root);
    picture.redraw();
  };
  root.querySelector("button").onclick = () => (root.playing ? stop(root) : play(root, slider, picture));
  root.querySelector("select").onchange = () => root.playing && (stop(root), play(root, slider, picture));
  keepDrawn(picture, canvas, redraw);
}

/** Runs from the shown frame, or from the first where the last is shown, to the last, at the chosen speed. */
function play(root, slider, picture) {
  if (slider.value === slider.max) slider.value = 0;
  const seconds = FRAME_SECONDS / Number(root.querySelector("select").value);
  const [from, start] = [Number(slider.value), performance.now()];
  const tick = (now) => {
    if (!root.isConnected) return;
    const frame = Math.min(Number(slider.max), from + Math.floor((now - start) / 1000 / seconds));
    if (frame !== Number(slider.value)) {
      slider.value = frame;
      picture.redraw();
    }
    if (frame === Number(slider.max)) return stop(root);
    root.playing = requestAnimationFrame(tick);
  };
  root.playing = requestAnimationFrame(tick);
  label(root, "Pause");
}

function stop(root) {
  cancelAnimationFrame(root.playing);
  root.playing = null;
  label(root, "Play");
}

function label(root, action) {
  const button = root.querySelector("button");
  button.ariaLabel = button.title = action;
  button.classList.toggle("playing", action === "Pause");
}
