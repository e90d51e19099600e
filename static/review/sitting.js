import { Outbox } from './outbox.js';
import { failureWords, wordOf } from './sayings.js';

const MINUTE = 60000; // milliseconds
const SKIPPED = 200; // the latest are named to the server, as memory.js keeps them

/**
 * A drawing to label, with its pictures ready to be painted.
 * @typedef {{id: string, image: HTMLImageElement, pixels: HTMLImageElement, said: string, meant?: string}} Item
 */

/**
 * One reviewer's way through the queue: the drawing that is shown, those that are ready behind it, those that were. What
 * is said goes to the server in the background; what the server answers fills the line up again.
 *
 * Dispatches `change` whenever something else is to be shown, `word` with what those who listen should hear, `trouble`
 * with a sentence that must be seen, or an empty one when it is over, and after it `logout` if that is the reason.
 */
export class Sitting extends EventTarget {
  #line = [];
  #past = [];
  #skipped;
  #waiting;
  #prepare;
  #pace;
  #now;
  #outbox;
  #isDry = false;
  #isFailing = false;

  /**
   * @param {{
   *   send: (body: object) => Promise<Result>,
   *   prepare: (card: object) => Promise<Item>,
   *   pace: Pace,
   *   skipped?: string[],
   *   waiting?: number,
   *   now?: () => number,
   * }} options `waiting` is how many drawings the queue holds
   */
  constructor({ send, prepare, pace, skipped = [], waiting = 0, now = Date.now }) {
    super();
    this.#prepare = prepare;
    this.#pace = pace;
    this.#skipped = new Set(skipped);
    this.#waiting = waiting;
    this.#now = now;
    this.#outbox = new Outbox((labels) => send(this.#parcel(labels)));
    this.#outbox.addEventListener('answer', ({ detail }) => this.#take(detail));
    this.#outbox.addEventListener('failure', ({ detail }) => this.#fail(detail));
  }

  /** @returns {Item | null} the drawing to look at */
  get current() {
    return this.#line[0] ?? null;
  }

  /** Whether the next drawing is still on its way. */
  get isLoading() {
    return this.#line.length === 0 && !this.#isDry;
  }

  get isUnsaved() {
    return this.#outbox.unsaved.size > 0;
  }

  get canRetry() {
    return this.#outbox.failures > 0;
  }

  get pace() {
    return this.#pace;
  }

  get skipped() {
    return [...this.#skipped];
  }

  /** How many drawings wait, as far as this page knows. */
  get waiting() {
    return Math.max(this.#waiting, this.#line.length);
  }

  /** Add drawings at the end of the line; one that is known already is not added twice. */
  async add(cards) {
    const items = await Promise.all(cards.map((card) => this.#prepare(card)));
    const known = new Set([...this.#line.map(({ id }) => id), ...this.#outbox.unsaved, ...this.#skipped]);
    this.#line.push(...items.filter(({ id }) => !known.has(id)));
    this.#tell('change');
  }

  /** Say what the drawing is and go on. */
  label(value) {
    const item = this.#line.shift();
    if (!item) return;
    delete item.meant;
    this.#past.push({ item, value });
    this.#pace.add(this.#now());
    this.#waiting -= 1;
    this.#outbox.put(item.id, value);
    this.#go(`Labelled ${wordOf(value)}.`);
  }

  /** Go on without a word; it is not offered again in this sitting. */
  skip() {
    const item = this.#line.shift();
    if (!item) return;
    this.#past.push({ item, value: null });
    this.#skipped.add(item.id);
    this.#outbox.ask();
    this.#go('Skipped.');
  }

  /**
   * Go back to the last drawing, and take back what was said of it.
   * @returns {boolean} whether there was one that this page remembers
   */
  undo() {
    const last = this.#past.pop();
    if (!last) return false;
    const { item, value } = last;
    this.#line.unshift(item);
    if (value === null) this.#skipped.delete(item.id);
    else this.#retract(item);
    this.#go(value === null ? 'Back to the one skipped.' : `Taken back: ${wordOf(value)}.`);
    return true;
  }

  /** Send again what was not saved. */
  retry() {
    const labels = this.#outbox.retry();
    const again = this.#line.filter(({ id, meant }) => meant !== undefined && labels.has(id));
    this.#line = this.#line.filter((item) => !again.includes(item));
    for (const item of again) {
      this.#past.push({ item, value: item.meant });
      this.#pace.add(this.#now());
      delete item.meant;
    }
    this.#tell('change');
  }

  /** Keep the drawings of this line reserved, and ask for those that lack. */
  refresh() {
    this.#outbox.ask();
    this.#tell('change');
  }

  #parcel(labels) {
    const have = this.#line.map(({ id }) => id);
    const skip = [...this.skipped.slice(-SKIPPED), ...this.#outbox.unsaved].filter((id) => !have.includes(id));
    return { labels: labels.map(([id, value]) => ({ id, value })), have, skip };
  }

  #retract({ id }) {
    this.#pace.remove();
    this.#waiting += 1;
    this.#outbox.withdraw(id);
  }

  async #take({ items, lost, refused, waiting, dry }) {
    const said = this.#pace.since(this.#now() - MINUTE); // the server counts once a minute
    this.#waiting = Math.min(Math.max(this.#waiting, waiting - said), waiting);
    if (this.#isFailing && !this.canRetry) this.#tell('trouble', '');
    this.#isFailing = this.canRetry;
    for (const one of refused) this.#forget(one);
    this.#isDry = dry;
    this.#line = this.#line.filter(({ id }) => !lost.includes(id));
    await this.add(items);
  }

  #fail({ labels, problem, isLogin }) {
    const back = this.#past.filter(({ item, value }) => value !== null && labels.get(item.id) === value);
    this.#past = this.#past.filter((one) => !back.includes(one));
    const items = back.map(({ item, value }) => {
      this.#pace.remove();
      return Object.assign(item, { meant: value });
    });
    // Behind the one that is looked at, no key must hit another than was seen, and behind those that came back before.
    const place = 1 + this.#line.slice(1).filter(({ meant }) => meant !== undefined).length;
    this.#line.splice(place, 0, ...items);
    this.#isFailing = true;
    this.#tell('trouble', failureWords(problem, this.#outbox.failures));
    if (isLogin) this.#tell('logout');
    this.#tell('change');
  }

  /** The server does not take this label, now or ever. */
  #forget({ id, detail }) {
    this.#past = this.#past.filter(({ item }) => item.id !== id);
    this.#pace.remove();
    this.#tell('trouble', `Not saved: ${detail}`);
  }

  #go(done) {
    this.#tell('change');
    this.#tell('word', done);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
