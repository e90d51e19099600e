import { Outbox } from './outbox.js';
import { failureWords, labelName } from './wording.js';

const MINUTE = 60000; // milliseconds
const SKIP = 'skip'; // what is said of a drawing that is left for later, as admin/desk/queue.py has both
const UNSKIP = 'unskip';

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
export class Session extends EventTarget {
  #line = [];
  #coming = new Set(); // ids of drawings whose pictures are being decoded
  #past = [];
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
   *   waiting?: number,
   *   now?: () => number,
   * }} options `waiting` is how many drawings the queue holds
   */
  constructor({ send, prepare, pace, waiting = 0, now = Date.now }) {
    super();
    this.#prepare = prepare;
    this.#pace = pace;
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
    return this.#line.length === 0 && (!this.#isDry || this.#coming.size > 0);
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

  /** How many drawings wait, as far as this page knows. */
  get waiting() {
    return Math.max(this.#waiting, this.#line.length);
  }

  /** Add drawings at the end of the line; one that is known already is not added twice. */
  async add(cards) {
    const known = new Set([...this.#have, ...this.#outbox.unsaved]);
    const fresh = cards.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) this.#coming.add(id);
    const items = await Promise.all(fresh.map((card) => this.#prepare(card)));
    this.#line.push(...items.filter(({ id }) => this.#coming.delete(id))); // one may have been lost meanwhile
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
    this.#go(`Labelled ${labelName(value)}.`);
  }

  /** Leave it for later: the server offers it again when nothing else is left. */
  skip() {
    const item = this.#line.shift();
    if (!item) return;
    delete item.meant;
    this.#past.push({ item, value: SKIP });
    this.#outbox.put(item.id, SKIP);
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
    if (value !== SKIP) this.#uncount();
    this.#outbox.withdraw(item.id, value === SKIP ? UNSKIP : null);
    this.#go(value === SKIP ? 'Back to the drawing you skipped.' : `Taken back: ${labelName(value)}.`);
    return true;
  }

  /** Send again what was not saved. */
  retry() {
    const labels = this.#outbox.retry();
    const again = this.#line.filter(({ id, meant }) => meant !== undefined && labels.has(id));
    this.#line = this.#line.filter((item) => !again.includes(item));
    for (const item of again) {
      this.#past.push({ item, value: item.meant });
      if (item.meant !== SKIP) this.#pace.add(this.#now());
      delete item.meant;
    }
    this.#tell('change');
  }

  /** Keep the drawings of this line reserved, and ask for those that lack. */
  refresh() {
    this.#outbox.ask();
    this.#tell('change');
  }

  get #have() {
    return [...this.#line.map(({ id }) => id), ...this.#coming];
  }

  #parcel(labels) {
    const have = this.#have;
    const skips = labels.filter(([, value]) => value === SKIP).map(([id]) => id); // may come again, behind the others
    const skip = [...this.#outbox.unsaved].filter((id) => !have.includes(id) && !skips.includes(id));
    return { labels: labels.map(([id, value]) => ({ id, value })), have, skip };
  }

  #uncount() {
    this.#pace.remove();
    this.#waiting += 1;
  }

  async #take({ items, lost, refused, waiting, dry }) {
    const said = this.#pace.since(this.#now() - MINUTE); // the server counts once a minute
    this.#waiting = Math.min(Math.max(this.#waiting, waiting - said), waiting);
    if (this.#isFailing && !this.canRetry) this.#tell('trouble', '');
    this.#isFailing = this.canRetry;
    for (const one of refused) this.#forget(one);
    this.#isDry = dry;
    this.#line = this.#line.filter(({ id }) => !lost.includes(id));
    for (const id of lost) this.#coming.delete(id);
    await this.add(items);
  }

  #fail({ labels, problem, isLogin }) {
    const back = this.#past.filter(({ item, value }) => labels.get(item.id) === value);
    this.#past = this.#past.filter((one) => !back.includes(one));
    const items = back.map(({ item, value }) => {
      if (value !== SKIP) this.#pace.remove();
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
