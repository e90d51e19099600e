const WINDOW = 20; // labels
const FEWEST = 5;
const PAUSE = 30000; // milliseconds; who takes longer did something else

/** How many labels this session gave, and how fast. */
export class Pace {
  #times;

  /** @param {number[]} [times] milliseconds since the epoch, of each label */
  constructor(times = []) {
    this.#times = [...times];
  }

  get count() {
    return this.#times.length;
  }

  /** @param {number} time @returns {number} how many labels were given after it */
  since(time) {
    return this.#times.filter((each) => each > time).length;
  }

  /** Labels a minute of late, pauses left out; null while there are too few to tell. */
  get perMinute() {
    const late = this.#times.slice(-WINDOW);
    if (late.length < FEWEST) return null;
    const gaps = late.slice(1).map((time, index) => Math.min(time - late[index], PAUSE));
    const spent = gaps.reduce((sum, gap) => sum + gap, 0);
    return Math.round((gaps.length * 60000) / Math.max(spent, 1));
  }

  /** @param {number} now */
  add(now) {
    this.#times.push(now);
  }

  /** The last label was taken back. */
  remove() {
    this.#times.pop();
  }

  toJSON() {
    return this.#times;
  }
}
