import { Answer } from './answer.js';
import { Prompt } from './question.js';
import { ask, wanted } from './client.js';
import { Saving } from './saving.js';
import { Maps } from './maps.js';
import { Outline } from './outline.js';
import { parcel } from './picture.js';
import { Recogniser } from './recogniser.js';

const KEEP_FIRST = 'We ask for digits in order to keep them. Turn keeping on first.';
const EMPTY = 'The paper is empty.';
const MAPS_SHOWN = 'The maps of what mattered are below the table.';

/**
 * What happens between the drawing and the server. `refresh` is called whenever a button may do something else, `clear`
 * for an empty paper.
 */
export class Controller {
  #strokes;
  #parts;
  #refresh;
  #clear;
  #answer;
  #maps;
  #outline;
  #keeping;
  #prompt;
  #recogniser;
  #wanting = null;
  #changes = 0;

  constructor({ strokes, visit, parts, refresh, clear }) {
    this.#strokes = strokes;
    this.#parts = parts;
    this.#refresh = refresh;
    this.#clear = clear;
    this.#answer = new Answer(parts.answer);
    this.#outline = new Outline(parts.found);
    this.#keeping = new Saving(visit, parts, (sentence) => this.complain(sentence));
    const { predictUrl, explainUrl } = parts.form.dataset;
    const take = () => parcel(strokes);
    this.#recogniser = new Recogniser(take, (question, options) => ask(predictUrl, question, options));
    this.#maps = new Maps(parts.maps, async (options) => ask(explainUrl, { ...(await take()), store: false }, options));
    this.#recogniser.addEventListener('busy', refresh);
    this.#prompt = new Prompt(parts.prompt);
    for (const wish of ['start', 'other']) this.#prompt.addEventListener(wish, () => this.#next());
    this.#prompt.addEventListener('stop', () => this.#stop());
  }

  get isBusy() {
    return this.#recogniser.isBusy;
  }

  /** Whether the drawing was sent for good already. */
  get isSettled() {
    return this.#recogniser.isSettled;
  }

  /** Whether there is nothing to do with this drawing but to go on to the next one that is asked for. */
  get isNextDue() {
    return this.#prompt.digit !== null && this.isSettled && !this.isBusy && !this.#strokes.isEmpty;
  }

  /** There is other ink on the paper: what was said of it is old. Nothing moves, since the pen may be down. */
  change() {
    this.#changes += 1;
    this.#recogniser.change();
    this.#answer.age();
    this.#outline.hide();
    this.#keeping.idle();
    this.#maps.age();
    this.complain('');
    this.#refresh();
  }

  /** A stroke ended: say in passing what it is now. */
  async glance() {
    if (this.#strokes.isEmpty) {
      this.#answer.reset();
      this.#maps.hide();
      this.#parts.live.textContent = EMPTY;
      return;
    }
    const outcome = await this.#recogniser.glance();
    if (outcome) this.#show(outcome);
  }

  /** Back on the net: answer what was left unanswered. */
  retry() {
    if (this.#strokes.isEmpty || this.#answer.isFresh || this.isBusy) return;
    this.complain('');
    this.glance();
  }

  /** The large button. */
  async decide() {
    if (this.isNextDue) {
      await this.#next();
      return;
    }
    if (this.#strokes.isEmpty || this.isSettled) return;
    this.complain('');
    const prompt = this.#prompt.digit;
    const outcome = await this.#recogniser.decide({ store: this.#parts.keep.checked, prompt });
    if (outcome.ok) this.#keeping.remember(outcome.answer);
    if (outcome.answer?.not_kept) this.#recogniser.unsettle(); // so that it can be tried again
    this.#show(outcome, outcome.ok && outcome.isCurrent ? this.#keeping.ask(outcome.answer, prompt) : '');
    this.#refresh();
  }

  /** Keeping was switched on or off: the drawing may be sent once more, to be kept. */
  rekeep() {
    this.complain('');
    if (this.#keeping.id !== null) return;
    this.#recogniser.unsettle();
    this.#keeping.idle();
    this.#refresh();
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it answered the question
   */
  press(key) {
    return this.#keeping.press(key);
  }

  /** Show what mattered, or hide it again: for this answer and those that follow. */
  explain() {
    this.complain('');
    this.#maps.toggle();
    if (this.#answer.isFresh) this.#explain();
  }

  /** @param {Kept} kept */
  async forget(kept) {
    const isOnPaper = this.#keeping.id === kept.id;
    if ((await this.#keeping.forget(kept)) && isOnPaper) this.#recogniser.unsettle();
    this.#refresh();
  }

  /** @param {string} sentence none takes the last one away */
  complain(sentence) {
    const { problem } = this.#parts;
    if (problem.textContent === sentence) return;
    problem.textContent = sentence;
    problem.hidden = sentence === '';
  }

  #show(outcome, addition) {
    if (!outcome.ok) this.complain(outcome.problem);
    if (!outcome.isCurrent) return;
    if (outcome.ok) {
      this.#answer.show(outcome.answer, addition);
      const { picture } = this.#strokes;
      if (picture) this.#outline.show(outcome.answer.box, picture.bitmap);
      this.#explain();
      this.#refresh();
    } else {
      this.#answer.age();
    }
  }

  async #explain() {
    if (!this.#maps.isWanted) return;
    const problem = await this.#maps.show();
    if (problem === null) return;
    this.complain(problem);
    if (!problem) this.#parts.live.textContent = MAPS_SHOWN;
  }

  /** Ask the visitor for a digit that the dataset lacks, on an empty paper, if he did not draw on meanwhile. */
  async #next() {
    if (!this.#parts.keep.checked) {
      this.complain(KEEP_FIRST);
      return;
    }
    this.#wanting?.abort();
    this.complain('');
    const wanting = new AbortController();
    const changes = this.#changes;
    this.#wanting = wanting;
    const outcome = await wanted(this.#parts.form.dataset.promptUrl, this.#prompt.digit, { signal: wanting.signal });
    if (wanting.signal.aborted) return;
    if (outcome.ok) this.#prompt.show(outcome.answer.prompt);
    else this.complain(outcome.problem);
    if (outcome.ok && changes === this.#changes) this.#clear();
    this.#refresh();
  }

  #stop() {
    this.#wanting?.abort();
    this.complain('');
    this.#prompt.show(null);
    this.#refresh();
  }
}
