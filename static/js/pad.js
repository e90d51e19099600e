import { SIZE } from './strokes.js';

const MAIN_BUTTON = 0;

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

  /**
   * @param {Element} element
   * @param {{begin: Function, extend: Function, end: Function, isFull: boolean}} strokes
   */
  constructor(element, strokes) {
    super();
    this.#element = element;
    this.#strokes = strokes;
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

  #down(event) {
    if (this.#pointer !== null || !event.isPrimary || event.button !== MAIN_BUTTON) return;
    event.preventDefault();
    if (!this.#strokes.begin(...this.#locate(event))) {
      this.#emit('full');
      return;
    }
    this.#pointer = event.pointerId;
    this.#emit('change');
    this.#element.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const grown = pointsOf(event).filter((point) => this.#strokes.extend(...this.#locate(point)));
    if (grown.length > 0) this.#emit('change');
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#strokes.end();
    this.#emit('end');
    if (this.#strokes.isFull) this.#emit('full');
  }

  #locate(event) {
    const { left, top, width, height } = this.#element.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * SIZE;
    const y = ((event.clientY - top) / height) * SIZE;
    return [x, y, event.timeStamp];
  }

  #emit(type) {
    this.dispatchEvent(new Event(type));
  }
}
