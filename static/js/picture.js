import { render } from './render.js';
import { SIZE } from './strokes.js';

const SIDE = 168;
const PAPER = '#fff';

/**
 * The drawing as a PNG, black on opaque white and of one size, so that the screen does not change the answer.
 * @param {readonly [number, number, number][][]} lines
 * @returns {Promise<Blob>}
 */
export function picture(lines) {
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext('2d', { alpha: false });
  context.fillStyle = PAPER;
  context.fillRect(0, 0, SIDE, SIDE);
  render(context, lines, SIDE / SIZE);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
