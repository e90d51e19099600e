import { SIZE } from './strokes.js';

const MAIN_BUTTON = 0;
const PALM = 2000; // milliseconds after a pen was there in which a touch is the hand that held it

const STEP = 8;
const FINE_STEP = 2;

const DIRECTIONS = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

const clamp = (value) => Math.min(SIZE, Math.max(0, value));

/** Browsers offer the points between two frames on secure origins only, and none for a synthetic event. */
function pointsOf(event) {
  const points = event.getCoalescedEvents?.() ?? [];
  return points.length > 0 ? points : [event];
}

/**
 * Turns pointer events (mouse, touch, pen) on an element into strokes.
 * Dispatches `change` for new ink, `end` when the pen is lifted, and `full` when there is no room for more ink.
 */
export class Pad extends EventTarget {
  #element;
  #strokes;
  #pointer = null;
  #kind = null;
  #penSeen = -Infinity;

  /**
   * @param {Element} element
   * @param {{begin: Function, extend: Function, end: Function, isFull: boolean}} strokes
   */
  constructor(element, strokes) {
    super();
    this.#element = element;
    this.#strokes = strokes;
    for (const type of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel']) {
      element.addEventListener(type, (event) => this.#see(event));
    }
    element.addEventListener('pointerdown', (event) => this.#down(event));
    element.addEventListener('pointermove', (event) => this.#move(event));
    // A cancelled line keeps its ink: what was drawn is not lost to a gesture of the system.
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      element.addEventListener(type, (event) => this.#up(event));
    }
    // Although it may not scroll, a quick stroke counts as a fling, and browsers swallow a tap that follows one.
    element.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
    // A long touch on Windows would open a menu and cancel the line.
    element.addEventListener('contextmenu', (event) => {
      if (this.#pointer !== null) event.preventDefault();
    });
  }

  /** A pen is used while it draws or hovers. */
  #see({ pointerType, timeStamp }) {
    if (pointerType === 'pen') this.#penSeen = timeStamp;
  }

  #down(event) {
    if (!event.isPrimary || event.button !== MAIN_BUTTON) return;
    if (event.pointerType === 'touch' && event.timeStamp - this.#penSeen < PALM) return;
    if (this.#pointer !== null && !this.#takesOver(event)) return;
    event.preventDefault();
    if (!this.#strokes.begin(...this.#locate(event))) {
      this.#emit('full');
      return;
    }
    this.#pointer = event.pointerId;
    this.#kind = event.pointerType;
    this.#emit('change');
    this.#element.setPointerCapture(event.pointerId);
  }

  /** The hand that holds a pen lay down first: what it left is no line. */
  #takesOver(event) {
    if (event.pointerType !== 'pen' || this.#kind !== 'touch') return false;
    this.#strokes.undo();
    return true;
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const sheet = this.#element.getBoundingClientRect();
    const grown = pointsOf(event).filter((point) => this.#strokes.extend(...this.#locate(point, sheet)));
    if (grown.length > 0) this.#emit('change');
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#strokes.end();
    this.#emit('end');
    if (this.#strokes.isFull) this.#emit('full');
  }

  #locate(event, { left, top, width, height } = this.#element.getBoundingClientRect()) {
    const x = ((event.clientX - left) / width) * SIZE;
    const y = ((event.clientY - top) / height) * SIZE;
    return [x, y, event.timeStamp];
  }

  #emit(type) {
    this.dispatchEvent(new Event(type));
  }
}

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
    } else if (this.#strokes.isOpen) {
      return; // a finger is drawing
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
