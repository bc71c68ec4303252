// Keeps on each canvas the texts that were written on it, since nothing else can tell what it shows: what was written,
// its box in the canvas's own pixels, and its color with the opacity of that moment.

{
  const prototype = CanvasRenderingContext2D.prototype;
  const write = prototype.fillText;
  const width = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");

  Object.defineProperty(HTMLCanvasElement.prototype, "width", {
    ...width,
    set(value) {
      this.texts = []; // setting the width empties a canvas
      width.set.call(this, value);
    },
  });
  prototype.fillText = function (text, x, y, ...rest) {
    const { width, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = this.measureText(text);
    const start = { center: 0.5, right: 1, end: 1 }[this.textAlign] ?? 0;
    const corners = [[0, -up], [width, -up], [0, down], [width, down]].map(([dx, dy]) =>
      this.getTransform().transformPoint({ x: x - start * width + dx, y: y + dy }));
    const [xs, ys] = [corners.map((p) => p.x), corners.map((p) => p.y)];
    const box = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
    this.canvas.texts ??= [];
    this.canvas.texts.push({ text, box, color: this.fillStyle, alpha: this.globalAlpha });
    return write.call(this, text, x, y, ...rest);
  };
}
