const THANKS = 'Thank you. A person will look at it before a model learns from it.';
const NOT_A_DIGIT = 'not_a_digit';
const ANY = 'Any digit, 0–9';

/**
 * "Was it right?": Yes, or what it really is. Dispatches `claim` with the answer as its detail; the same answer again
 * takes it back, as null.
 */
export class Question extends EventTarget {
  #parts;
  #id = null;
  #claim = null;
  #guess = null;

  /**
   * @param {{root: HTMLElement, words: HTMLElement, choices: HTMLElement, yes: HTMLButtonElement,
   *   buttons: HTMLButtonElement[], fallback: HTMLElement}} parts each of the buttons with its answer in `data-claim`;
   *   the last takes the focus when the buttons go
   */
  constructor(parts) {
    super();
    this.#parts = parts;
    parts.yes.addEventListener('click', () => this.#say(this.#guess));
    for (const button of parts.buttons) {
      button.addEventListener('click', () => this.#say(claimOf(button) === this.#claim ? null : claimOf(button)));
    }
  }

  /** The drawing that it is about; null while nothing is asked. */
  get id() {
    return this.#id;
  }

  /**
   * @param {{id: string, claim: number | string | null}} kept
   * @param {{prediction: number, verdict: string}} reply
   * @param {string | null} [lead] in place of the question
   */
  ask({ id, claim }, { prediction, verdict }, lead = null) {
    const { root, words, choices, yes } = this.#parts;
    this.#id = id;
    this.#guess = verdict === NOT_A_DIGIT ? NOT_A_DIGIT : prediction;
    words.textContent = lead ?? (verdict === 'digit' ? 'Was it right?' : 'What was it?');
    yes.hidden = verdict === 'unsure';
    choices.hidden = false;
    root.dataset.asked = 'true';
    this.#mark(claim);
  }

  /** Say something in its place; there is nothing to answer. */
  tell(sentence) {
    const { root, words, choices, fallback } = this.#parts;
    if (this.#id === null && words.textContent === sentence) return;
    this.#id = null;
    if (choices.contains(choices.ownerDocument.activeElement)) fallback.focus({ preventScroll: true });
    root.dataset.asked = 'false';
    words.textContent = sentence;
    choices.hidden = true;
  }

  /** The claim was taken. */
  thank(claim) {
    this.#mark(claim);
    this.#parts.words.textContent = claim === null ? 'Answer withdrawn. What was it?' : THANKS;
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it was an answer
   */
  press(key) {
    const { yes, buttons } = this.#parts;
    if (this.#id === null) return false;
    const button = key.toLowerCase() === 'y' ? yes : buttons.find(({ dataset }) => dataset.claim === key);
    if (!button || button.hidden) return false;
    button.click();
    return true;
  }

  #say(claim) {
    this.dispatchEvent(new CustomEvent('claim', { detail: claim }));
  }

  #mark(claim) {
    this.#claim = claim;
    const { yes, buttons } = this.#parts;
    yes.setAttribute('aria-pressed', String(claim !== null && claim === this.#guess));
    for (const button of buttons) button.setAttribute('aria-pressed', String(claimOf(button) === claim));
  }
}

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

function claimOf({ dataset }) {
  return dataset.claim === NOT_A_DIGIT ? NOT_A_DIGIT : Number(dataset.claim);
}
