/** Side of the square that strokes are drawn in; every coordinate is in these units, whatever the screen. */
export const SIZE = 280;

/** Width of the pen in the same units. */
export const PEN = 18;

/** The server refuses more than this. */
export const MAX_LINES = 200;
export const MAX_POINTS = 10000;

const NEAREST = 1;

/** @typedef {[x: number, y: number, t: number]} Point `t` is in milliseconds since the drawing's first point. */
/** @typedef {Point[]} Line What one press of the pen left. */

const clamp = (value) => Math.min(SIZE, Math.max(0, value));
const round = (value) => Math.round(value * 10) / 10;

/** A drawing. The strokes are the data; every bitmap is derived from them. */
export class Strokes {
  /** @type {Line[]} */
  #lines = [];
  #count = 0;
  #start = 0;
  #open = false;

  /** @returns {readonly Line[]} */
  get lines() {
    return this.#lines;
  }

  get isEmpty() {
    return this.#lines.length === 0;
  }

  get isFull() {
    return this.#count >= MAX_POINTS || (!this.#open && this.#lines.length >= MAX_LINES);
  }

  /**
   * Put the pen down.
   * @param {number} x
   * @param {number} y
   * @param {number} time any clock in milliseconds, the same for the whole drawing
   * @returns {boolean} whether there was room for it
   */
  begin(x, y, time) {
    this.end();
    if (this.isFull) return false;
    if (this.isEmpty) this.#start = time;
    this.#lines.push([this.#point(x, y, time)]);
    this.#count += 1;
    this.#open = true;
    return true;
  }

  /**
   * Move the pen. Points nearer than one unit to the last one are left out.
   * @returns {boolean} whether the line grew
   */
  extend(x, y, time) {
    if (!this.#open || this.isFull) return false;
    const line = this.#lines.at(-1);
    const point = this.#point(x, y, time);
    const last = line.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAREST) return false;
    line.push(point);
    this.#count += 1;
    return true;
  }

  /** Lift the pen. */
  end() {
    this.#open = false;
  }

  /** A line that is being drawn ends too: the rest of that movement leaves no ink. */
  clear() {
    this.end();
    this.#lines = [];
    this.#count = 0;
  }

  /** What the server keeps beside the picture. */
  toJSON() {
    return { size: [SIZE, SIZE], pen: PEN, lines: this.#lines };
  }

  #point(x, y, time) {
    return [round(clamp(x)), round(clamp(y)), Math.max(0, Math.round(time - this.#start))];
  }
}
