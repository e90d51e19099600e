/** Side of the square that strokes are drawn in; every coordinate is in these units, whatever the screen. */
export const SIZE = 280;

/** Widths of the pen in the same units. */
export const PENS = [12, 18, 26];
export const PEN = 18;

/** The server refuses more than this. */
export const MAX_LINES = 200;
export const MAX_POINTS = 10000;

const MAX_TIME = 24 * 3600 * 1000;
const NEAREST = 1;
const MAX_STEPS = 500;

/** @typedef {[x: number, y: number, t: number]} Point `t` is in milliseconds since the drawing's first point. */
/** @typedef {Point[]} Line What one press of the pen left. */
/** @typedef {{lines: Line[], count: number, start: number, picture: object | null}} Sheet one step of the history */

const clamp = (value) => Math.min(SIZE, Math.max(0, value));
const round = (value) => Math.round(value * 10) / 10;

/** @type {Sheet} */
const EMPTY = { lines: [], count: 0, start: 0, picture: null };

/**
 * A drawing. The strokes are the data; every bitmap is derived from them. In their place a picture that came from
 * outside may lie on the paper. Every stroke, every picture and every clearing is a step that can be undone.
 */
export class Strokes {
  #sheet = EMPTY;
  /** @type {Sheet[]} */
  #past = [];
  /** @type {Sheet[]} */
  #future = [];
  #open = false;
  #pen = PEN;

  /** @returns {readonly Line[]} */
  get lines() {
    return this.#sheet.lines;
  }

  /** @returns {object | null} what `place` was given */
  get picture() {
    return this.#sheet.picture;
  }

  get pen() {
    return this.#pen;
  }

  /** Another width redraws every line: it belongs to the drawing. */
  set pen(width) {
    if (!PENS.includes(width)) throw new RangeError(`no pen is ${width} wide`);
    this.#pen = width;
  }

  get isEmpty() {
    return this.lines.length === 0 && this.picture === null;
  }

  get isFull() {
    return this.#sheet.count >= MAX_POINTS || (!this.#open && this.lines.length >= MAX_LINES);
  }

  /** Whether the pen is down. */
  get isOpen() {
    return this.#open;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * Put the pen down. A picture makes way for the line.
   * @param {number} x
   * @param {number} y
   * @param {number} time any clock in milliseconds, the same for the whole drawing
   * @returns {boolean} whether there was room for it
   */
  begin(x, y, time) {
    this.end();
    if (this.isFull) return false;
    const { lines, count, start } = this.#sheet;
    const origin = lines.length === 0 ? time : start;
    this.#step({ lines: [...lines, [pointAt(x, y, time - origin)]], count: count + 1, start: origin, picture: null });
    this.#open = true;
    return true;
  }

  /**
   * Move the pen. Points nearer than one unit to the last one are left out.
   * @returns {boolean} whether the line grew
   */
  extend(x, y, time) {
    if (!this.#open || this.isFull) return false;
    const line = this.lines.at(-1);
    const point = pointAt(x, y, time - this.#sheet.start);
    const last = line.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAREST) return false;
    line.push(point);
    this.#sheet.count += 1;
    return true;
  }

  /** Lift the pen. */
  end() {
    this.#open = false;
  }

  /** Lay a picture on the paper, in place of everything. */
  place(picture) {
    this.end();
    this.#step({ ...EMPTY, picture });
  }

  /** A line that is being drawn ends too: the rest of that movement leaves no ink. */
  clear() {
    this.end();
    if (!this.isEmpty) this.#step(EMPTY);
  }

  /** @returns {boolean} whether there was something to take back */
  undo() {
    return this.#travel(this.#past, this.#future);
  }

  /** @returns {boolean} whether there was something to bring back */
  redo() {
    return this.#travel(this.#future, this.#past);
  }

  /** What the server keeps beside the picture. */
  toJSON() {
    return { size: [SIZE, SIZE], pen: this.#pen, lines: this.lines };
  }

  #step(sheet) {
    this.#past.push(this.#sheet);
    if (this.#past.length > MAX_STEPS) this.#past.shift();
    this.#future = [];
    this.#sheet = sheet;
  }

  #travel(from, to) {
    this.end();
    if (from.length === 0) return false;
    to.push(this.#sheet);
    this.#sheet = from.pop();
    return true;
  }
}

function pointAt(x, y, elapsed) {
  return [round(clamp(x)), round(clamp(y)), Math.min(MAX_TIME, Math.max(0, Math.round(elapsed)))];
}

const ROWS = ['top', 'middle', 'bottom'];
const COLUMNS = ['left', 'centre', 'right'];

const third = (share) => Math.min(2, Math.max(0, Math.floor(share * 3)));

/**
 * Where something lies on a square, in words.
 * @param {number} x 0 left to 1 right
 * @param {number} y 0 top to 1 bottom
 * @returns {string} "top left", "bottom centre", "middle"
 */
export function placeWords(x, y) {
  const [row, column] = [ROWS[third(y)], COLUMNS[third(x)]];
  return row === 'middle' && column === 'centre' ? row : `${row} ${column}`;
}
