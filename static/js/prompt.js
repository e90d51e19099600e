const ANY = 'Any digit, 0–9';

/** Which digit the visitor is asked to draw, if any. Dispatches `start`, `other` and `stop`. */
export class Prompt extends EventTarget {
  #parts;
  #digit = null;

  /** @param {{words: HTMLElement, start: HTMLElement, other: HTMLElement, stop: HTMLElement}} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    for (const name of ['start', 'other', 'stop']) {
      parts[name].addEventListener('click', () => this.dispatchEvent(new Event(name)));
    }
  }

  /** @returns {number | null} */
  get digit() {
    return this.#digit;
  }

  /** @param {number | null} digit null asks for nothing any more */
  show(digit) {
    const { words, start, other, stop } = this.#parts;
    const isAsked = digit !== null;
    const hadFocus = [start, other, stop].includes(words.ownerDocument.activeElement);
    this.#digit = digit;
    words.textContent = isAsked ? `Draw a ${digit} for us` : ANY;
    words.dataset.asked = String(isAsked);
    start.hidden = isAsked;
    other.hidden = !isAsked;
    stop.hidden = !isAsked;
    if (hadFocus) (isAsked ? other : start).focus();
  }
}
