import { SIZE } from './strokes.js';

const STEP = 8;
const FINE_STEP = 2;

const DIRECTIONS = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

const clamp = (value) => Math.min(SIZE, Math.max(0, value));

/**
 * Turns keys on an element into strokes: arrows move the pen (two at once: slantwise; with Shift: finely), Space puts
 * it down and lifts it. Dispatches `change`, `end` and `full` as the pad does, and `move` whenever the pen is elsewhere
 * or goes up or down.
 */
export class KeyPen extends EventTarget {
  #strokes;
  #held = new Set();
  #line = null;

  /** Where the pen is, in stroke units. */
  x = SIZE / 2;
  y = SIZE / 2;

  /**
   * @param {EventTarget} element
   * @param {Strokes} strokes
   */
  constructor(element, strokes) {
    super();
    this.#strokes = strokes;
    element.addEventListener('keydown', (event) => this.#press(event));
    element.addEventListener('keyup', (event) => this.#held.delete(event.key));
    element.addEventListener('blur', () => this.#leave());
    element.addEventListener('pointerdown', () => this.#lift(), { capture: true }); // before a finger's line begins
  }

  /** Undo and Clear lift the pen too. */
  get isDown() {
    return this.#line !== null && this.#strokes.isOpen && this.#strokes.lines.at(-1) === this.#line;
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in DIRECTIONS) {
      event.preventDefault();
      this.#held.add(event.key);
      this.#move(event.shiftKey ? FINE_STEP : STEP, event.timeStamp);
    } else if (event.key === ' ') {
      event.preventDefault();
      if (!event.repeat) this.#toggle(event.timeStamp);
    }
  }

  #move(step, time) {
    for (const key of this.#held) {
      this.x = clamp(this.x + step * DIRECTIONS[key][0]);
      this.y = clamp(this.y + step * DIRECTIONS[key][1]);
    }
    if (this.isDown && this.#strokes.extend(this.x, this.y, time)) this.#emit('change');
    this.#emit('move');
  }

  #toggle(time) {
    if (this.isDown) {
      this.#lift();
    } else if (this.#strokes.begin(this.x, this.y, time)) {
      this.#line = this.#strokes.lines.at(-1);
      this.#emit('change');
    } else {
      this.#emit('full');
    }
    this.#emit('move');
  }

  #lift() {
    const wasDown = this.isDown;
    this.#line = null;
    if (!wasDown) return;
    this.#strokes.end();
    this.#emit('end');
    if (this.#strokes.isFull) this.#emit('full');
  }

  #leave() {
    this.#held.clear();
    this.#lift();
    this.#emit('move');
  }

  #emit(type) {
    this.dispatchEvent(new Event(type));
  }
}
