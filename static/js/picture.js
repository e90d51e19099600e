import { SIZE } from './strokes.js';

/** Side in pixels of the picture that is posted, whatever the screen. */
export const SIDE = 168;

const CURVE_STEPS = 4;
const PAPER = 255;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GREY_8_BIT = [8, 0, 0, 0, 0];
const ZLIB_HEAD = [0x78, 0x01];
const MAX_STORED = 65535;
const ADLER_PRIME = 65521;

/**
 * What is sent of a drawing: the strokes and a PNG of them, of one size whatever the screen, or the picture that lies on
 * the paper. Both are of this moment, though the packing takes a while.
 * @param {Strokes} strokes
 * @returns {Promise<{image: Blob, strokes: string | null}>}
 */
export async function parcel(strokes) {
  if (strokes.picture) return { image: strokes.picture.blob, strokes: null };
  const lines = JSON.stringify(strokes);
  return { image: await png(raster(strokes.lines, strokes.pen), SIDE), strokes: lines };
}

/**
 * Lines as grey levels, black ink on white paper, antialiased. Reckoned here and not read back from a canvas: so every
 * browser posts the same picture of the same strokes, also those that put noise on what a page reads from a canvas.
 * @param {readonly (readonly number[])[][]} lines in stroke units
 * @param {number} pen width in the same units
 * @returns {Uint8Array} SIDE × SIDE, row by row
 */
export function raster(lines, pen) {
  const pixels = new Uint8Array(SIDE * SIDE).fill(PAPER);
  const scale = SIDE / SIZE;
  for (const line of lines) {
    const points = flatten(line).map(([x, y]) => [x * scale, y * scale]);
    points.forEach((point, index) => ink(pixels, points[index - 1] ?? point, point, (pen * scale) / 2));
  }
  return pixels;
}

/** The curve that `paper.js` draws, as short straight pieces. */
function flatten(line) {
  if (line.length < 3) return line;
  const points = [line[0]];
  for (let i = 1; i < line.length - 1; i += 1) {
    const start = points.at(-1);
    const bend = line[i];
    const end = middle(bend, line[i + 1]);
    for (let step = 1; step <= CURVE_STEPS; step += 1) points.push(onCurve(start, bend, end, step / CURVE_STEPS));
  }
  points.push(line.at(-1));
  return points;
}

const middle = ([x1, y1], [x2, y2]) => [(x1 + x2) / 2, (y1 + y2) / 2];

function onCurve(start, bend, end, t) {
  const at = (axis) => (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * bend[axis] + t ** 2 * end[axis];
  return [at(0), at(1)];
}

/** Ink every pixel by how far its centre lies from the piece: half a pixel inside the edge is black, outside white. */
function ink(pixels, [x1, y1], [x2, y2], radius) {
  const reach = radius + 0.5;
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const left = Math.max(0, Math.floor(Math.min(x1, x2) - reach));
  const right = Math.min(SIDE - 1, Math.ceil(Math.max(x1, x2) + reach));
  const top = Math.max(0, Math.floor(Math.min(y1, y2) - reach));
  const bottom = Math.min(SIDE - 1, Math.ceil(Math.max(y1, y2) + reach));
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const [px, py] = [column + 0.5 - x1, row + 0.5 - y1];
      const t = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const distance = Math.hypot(px - t * dx, py - t * dy);
      if (distance >= reach) continue;
      const level = Math.round(PAPER * Math.max(0, distance - radius + 0.5));
      const index = row * SIDE + column;
      if (level < pixels[index]) pixels[index] = level;
    }
  }
}

/**
 * Grey levels as a PNG file (ISO/IEC 15948).
 * @param {Uint8Array} pixels side × side, row by row
 * @param {number} side
 * @param {(data: Uint8Array) => Promise<Uint8Array>} [compress] into zlib's format
 * @returns {Promise<Blob>}
 */
export async function png(pixels, side, compress = deflate) {
  const rows = new Uint8Array(side * (side + 1)); // each begins with its filter's number, 0: none
  for (let row = 0; row < side; row += 1) {
    rows.set(pixels.subarray(row * side, (row + 1) * side), row * (side + 1) + 1);
  }
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', Uint8Array.from([...uint32(side), ...uint32(side), ...GREY_8_BIT])),
    chunk('IDAT', await compress(rows)),
    chunk('IEND', new Uint8Array()),
  ];
  return new Blob(parts, { type: 'image/png' });
}

/** Browsers older than 2023 have no compressor: the file is larger then, and as good. */
export async function deflate(data) {
  if (!globalThis.CompressionStream) return stored(data);
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** zlib's format without compression (RFC 1950 and 1951). */
export function stored(data) {
  const bytes = [...ZLIB_HEAD];
  for (let start = 0; start === 0 || start < data.length; start += MAX_STORED) {
    const block = data.subarray(start, start + MAX_STORED);
    const isLast = start + MAX_STORED >= data.length;
    const size = [block.length & 255, block.length >> 8];
    bytes.push(Number(isLast), ...size, ...size.map((byte) => byte ^ 255));
    for (const byte of block) bytes.push(byte);
  }
  bytes.push(...uint32(adler32(data)));
  return Uint8Array.from(bytes);
}

function chunk(name, data) {
  const content = new Uint8Array(4 + data.length);
  content.set(Array.from(name, (letter) => letter.charCodeAt(0)));
  content.set(data, 4);
  const whole = new Uint8Array(content.length + 8);
  whole.set(uint32(data.length));
  whole.set(content, 4);
  whole.set(uint32(crc32(content)), content.length + 4);
  return whole;
}

const uint32 = (number) => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(data) {
  let value = 0xffffffff;
  for (const byte of data) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function adler32(data) {
  let [low, high] = [1, 0];
  for (const byte of data) {
    low = (low + byte) % ADLER_PRIME;
    high = (high + low) % ADLER_PRIME;
  }
  return ((high << 16) | low) >>> 0;
}
