/**
 * Labels on their way to the server, one parcel after the other: what is said while one is under way goes with the next.
 * So the last that was said of a drawing is also the last that arrives. A value of null takes a label back.
 *
 * Dispatches `answer` with what the server answered, and `failure` with `{labels, problem, isLogin}`; what failed stays
 * until it is sent again, or something else is said of the drawing.
 */
export class Outbox extends EventTarget {
  #send;
  #waiting = new Map();
  #flying = new Map();
  #failed = new Map();
  #sent = new Set();
  #isBusy = false;
  #isAsked = false;

  /** @param {(labels: [string, string | null][]) => Promise<Result>} send */
  constructor(send) {
    super();
    this.#send = send;
  }

  /** Whether a request is under way. */
  get isBusy() {
    return this.#isBusy;
  }

  /** Drawings of which something was said that the server has not confirmed. */
  get unsaved() {
    return new Set([...this.#waiting.keys(), ...this.#flying.keys(), ...this.#failed.keys()]);
  }

  /** How many labels could not be sent. */
  get failures() {
    return this.#failed.size;
  }

  /** @param {string} id @param {string | null} value */
  put(id, value) {
    this.#failed.delete(id);
    this.#waiting.set(id, value);
    this.#go();
  }

  /** Take back what was said of a drawing: from here if it never left, else by telling the server `opposite`. */
  withdraw(id, opposite = null) {
    if (this.#sent.has(id)) this.put(id, opposite);
    else this.#waiting.delete(id);
  }

  /** Ask for more drawings, with labels or without. */
  ask() {
    this.#isAsked = true;
    this.#go();
  }

  /** @returns {Map<string, string | null>} what is sent again */
  retry() {
    const labels = this.#failed;
    this.#failed = new Map();
    for (const [id, value] of labels) this.#waiting.set(id, value);
    this.ask();
    return labels;
  }

  async #go() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    await Promise.resolve(); // what is said in the same breath goes together
    while (this.#isAsked || this.#waiting.size > 0) await this.#post();
    this.#isBusy = false;
  }

  async #post() {
    this.#flying = this.#waiting;
    this.#waiting = new Map();
    this.#isAsked = false;
    for (const id of this.#flying.keys()) this.#sent.add(id);
    const result = await this.#send([...this.#flying]);
    const labels = new Map([...this.#flying].filter(([id]) => !this.#waiting.has(id)));
    this.#flying = new Map();
    if (result.ok) {
      this.dispatchEvent(new CustomEvent('answer', { detail: result.answer }));
      return;
    }
    for (const [id, value] of labels) this.#failed.set(id, value);
    this.dispatchEvent(new CustomEvent('failure', { detail: { ...result, labels } }));
  }
}
