import { placeWords } from './strokes.js';

/** Side of a map, the longer side of the drawing in it, and the width of its lines. */
export const SIDE = 28;
const BOX = 20;
export const WIDTH = 2;

const FOR = [255, 122, 0];
const AGAINST = [0, 120, 255];
const WHITE = 255;

/** @typedef {[x: number, y: number, weight: number]} Weighed a point, and how much it spoke for the digit */

/**
 * The colour that each pixel of white ink takes: orange where it spoke for the digit, blue where against it, white
 * where it did not matter.
 * @param {number[][]} map SIDE × SIDE, each model on a scale of its own
 * @returns {{x: number, y: number, colour: string}[]} what is not white
 */
export function heatPixels(map) {
  const strongest = strongestOf(map.flat());
  if (strongest === 0) return [];
  return map.flatMap((row, y) =>
    row.flatMap((value, x) => (value === 0 ? [] : [{ x, y, colour: colourOf(value / strongest) }])),
  );
}

/**
 * The same of lines, piece by piece.
 * @param {Weighed[][]} lines
 * @returns {{from: number[], to: number[], colour: string}[]}
 */
export function heatLines(lines) {
  const strongest = strongestOf(lines.flat().map(([, , weight]) => weight)) || 1;
  return lines.flatMap((line) =>
    line.slice(1).map(([x, y, weight], index) => {
      const [fromX, fromY, before] = line[index];
      return { from: [fromX, fromY], to: [x, y], colour: colourOf((before + weight) / 2 / strongest) };
    }),
  );
}

/**
 * Lines as large as the picture that the other models saw, and where it lies in their maps: by their centre of mass.
 * @param {Weighed[][]} lines in any unit, their points at equal distances
 * @returns {Weighed[][]} in pixels of the map
 */
export function onMap(lines) {
  const points = lines.flat();
  const across = axis(points.map(([x]) => x));
  const down = axis(points.map(([, y]) => y));
  const scale = (BOX - WIDTH) / Math.max(across.length, down.length);
  const [left, top] = [shift(across, scale), shift(down, scale)];
  return lines.map((line) => line.map(([x, y, weight]) => [x * scale + left, y * scale + top, weight]));
}

function axis(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { low, high, length: high - low, mean: values.reduce((sum, value) => sum + value, 0) / values.length };
}

/** What brings the mean to the middle, and no end over the edge. */
function shift({ low, high, mean }, scale) {
  const [least, most] = [WIDTH / 2 - low * scale, SIDE - WIDTH / 2 - high * scale];
  return Math.min(most, Math.max(least, SIDE / 2 - mean * scale));
}

function strongestOf(values) {
  return Math.max(...values.map(Math.abs));
}

function colourOf(share) {
  const [goal, weight] = [share > 0 ? FOR : AGAINST, Math.sqrt(Math.abs(share))];
  const mixed = goal.map((channel) => Math.round(WHITE + (channel - WHITE) * weight));
  return `rgb(${mixed.join(' ')})`;
}

/**
 * Where the ink lies that spoke most for the digit.
 * @param {number[][]} map
 * @returns {string | null} null when none did
 */
export function strongestPlace(map) {
  return placeOf(map.flatMap((row, y) => row.map((value, x) => [x + 0.5, y + 0.5, value])));
}

/**
 * The same of the strokes.
 * @param {Weighed[][]} lines in pixels of the map
 * @returns {string | null}
 */
export function strongestOfLines(lines) {
  return placeOf(lines.flat());
}

function placeOf(points) {
  const sums = new Map();
  for (const [x, y, value] of points) {
    if (value <= 0) continue;
    const place = placeWords(x / SIDE, y / SIDE);
    sums.set(place, (sums.get(place) ?? 0) + value);
  }
  const ranked = [...sums].sort(([, one], [, other]) => other - one);
  return ranked[0]?.[0] ?? null;
}
