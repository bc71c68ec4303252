// Reading what Python packed: see `pack` beside this file.

const ARRAYS = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array };

/** The drawing that Python packed: plain values, and arrays where Python had arrays. */
function unpack(bytes) {
  const { buffer } = bytes.slice(); // of its own, so that it begins at a multiple of eight
  const length = new DataView(buffer).getUint32(0, true);
  const array = ({ array, start, length: size }) => new ARRAYS[array](buffer, 8 + length + start, size);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  return JSON.parse(text, (_, value) => (value?.array ? array(value) : value));
}
