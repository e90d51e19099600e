/**
 * Asks the server about the drawing as it stands: in passing at each stroke's end, and for good when the visitor wants
 * it. The older question in passing is given up for a newer one; what was asked for good is always waited for, since
 * the drawing may be kept by then. Dispatches `busy` when it begins or ends to wait.
 */
export class Recogniser extends EventTarget {
  #take;
  #send;
  #requestId = null;
  #revision = 0;
  #settled = -1;
  #waiting = { passing: null, final: null };

  /**
   * @param {() => Promise<{image: Blob, strokes: string | null}>} take reads the drawing before it first awaits
   * @param {(question: object, options: {signal: AbortSignal}) => Promise<Result>} send
   */
  constructor(take, send) {
    super();
    this.#take = take;
    this.#send = send;
  }

  get isBusy() {
    return Object.values(this.#waiting).some(Boolean);
  }

  /** Whether the drawing as it stands was answered for good, or is about to be. */
  get isSettled() {
    return this.#settled === this.#revision || this.#waiting.final?.revision === this.#revision;
  }

  /** What was answered for good is not so any more: it may be asked for again. */
  unsettle() {
    this.#settled = -1;
  }

  /** The drawing is another one now. */
  change() {
    this.#revision += 1;
    this.#requestId = null;
    this.#stop('passing');
  }

  /**
   * Ask in passing: nothing is kept.
   * @returns {Promise<Outcome | null>} null when a newer question made it pointless
   */
  glance() {
    return this.#ask('passing', { store: false });
  }

  /**
   * Ask for good.
   * @param {{store: boolean, prompt?: number | null}} options
   * @returns {Promise<Outcome | null>}
   * @typedef {Result & {isCurrent: boolean}} Outcome whether the drawing is still the same
   */
  decide(options) {
    this.#requestId ??= randomId();
    return this.#ask('final', { ...options, requestId: this.#requestId });
  }

  async #ask(role, question) {
    this.#stop('passing');
    const controller = new AbortController();
    const task = { controller, revision: this.#revision };
    this.#wait(role, task);
    const drawing = await this.#take();
    const result = await this.#send({ ...drawing, ...question }, { signal: controller.signal });
    if (this.#waiting[role] === task) this.#wait(role, null);
    if (controller.signal.aborted) return null;
    const isCurrent = task.revision === this.#revision;
    if (result.ok && role === 'final') this.#settled = Math.max(this.#settled, task.revision);
    return { ...result, isCurrent };
  }

  #stop(role) {
    this.#waiting[role]?.controller.abort();
    this.#wait(role, null);
  }

  #wait(role, task) {
    if (this.#waiting[role] === task) return;
    this.#waiting[role] = task;
    this.dispatchEvent(new Event('busy'));
  }
}

/** `crypto.randomUUID` is missing on plain-http hosts. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
