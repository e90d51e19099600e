import { Answer } from './answer.js';
import { Prompt, Question } from './asking.js';
import { ask, claim, forget, wanted } from './client.js';
import { Maps } from './maps.js';
import { parcel } from './picture.js';
import { Recogniser } from './recogniser.js';
import { consensusSign } from './words.js';

const IN_PASSING = 'Nothing is kept until you press Recognise.';
const KEEPING_IS_OFF = 'Nothing is kept.';
const NOT_KEPT = 'Not kept, as you wish.';
const KEEP_FIRST = 'We ask for a digit to keep it: switch keeping on first.';
const KEPT_BEFORE = 'This very drawing was sent before. It is kept once.';
const DELETED = 'Deleted.';

/**
 * What happens between the drawing and the server. `refresh` is called whenever a button may do something else, `clear`
 * for an empty paper.
 */
export class Desk {
  #strokes;
  #visit;
  #parts;
  #refresh;
  #clear;
  #answer;
  #maps;
  #question;
  #prompt;
  #recogniser;

  constructor({ strokes, visit, parts, refresh, clear }) {
    this.#strokes = strokes;
    this.#visit = visit;
    this.#parts = parts;
    this.#refresh = refresh;
    this.#clear = clear;
    this.#answer = new Answer(parts.answer);
    this.#question = new Question(parts.question);
    this.#prompt = new Prompt(parts.prompt);
    const { predictUrl, explainUrl } = parts.form.dataset;
    const take = () => parcel(strokes);
    this.#recogniser = new Recogniser(take, (question, options) => ask(predictUrl, question, options));
    this.#maps = new Maps(parts.maps, async (options) => ask(explainUrl, { ...(await take()), store: false }, options));
    this.#recogniser.addEventListener('busy', refresh);
    this.#question.addEventListener('claim', ({ detail }) => this.#claim(detail));
    for (const wish of ['start', 'other']) this.#prompt.addEventListener(wish, () => this.#next());
    this.#prompt.addEventListener('stop', () => this.#request(null));
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

  /** There is other ink on the paper: what was said of it is old. */
  change() {
    this.#recogniser.change();
    this.#answer.age();
    this.idle();
    this.#maps.hide();
    this.complain('');
    this.#refresh();
  }

  /** Nothing is asked: say what would be kept. */
  idle() {
    this.#question.tell(this.#parts.keep.checked ? IN_PASSING : KEEPING_IS_OFF);
  }

  /** A stroke ended: say in passing what it is now. */
  async glance() {
    if (this.#strokes.isEmpty) {
      this.#answer.reset();
      return;
    }
    const outcome = await this.#recogniser.glance();
    if (outcome) this.#show(outcome);
  }

  /** Back on the net: answer what was left unanswered. */
  retry() {
    if (this.#answer.isFresh || this.isBusy) return;
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
    if (outcome.ok) this.#remember(outcome.answer);
    this.#show(outcome, outcome.ok ? this.#askBack(outcome, prompt) : '');
    if (outcome.ok && outcome.isCurrent) this.#parts.question.root.scrollIntoView({ block: 'nearest' });
    this.#refresh();
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it answered the question
   */
  press(key) {
    return this.#question.press(key);
  }

  /** Show what mattered, or hide it again: for this answer and those that follow. */
  explain() {
    this.#maps.toggle();
    if (this.#answer.isFresh) this.#explain();
  }

  /** @param {Kept} kept */
  async forget(kept) {
    const outcome = await forget(this.#parts.form.dataset.submissionsUrl, kept);
    if (outcome.ok) {
      if (this.#question.id === kept.id) this.#question.tell(DELETED);
      this.#parts.live.textContent = DELETED;
      this.#visit.remove(kept.id);
    } else {
      this.complain(outcome.problem);
      this.#visit.touch();
    }
  }

  /** @param {string} sentence none takes the last one away */
  complain(sentence) {
    this.#parts.problem.textContent = sentence;
    this.#parts.problem.hidden = sentence === '';
  }

  #show(outcome, addition) {
    if (outcome.ok && outcome.isCurrent) {
      this.#answer.show(outcome.answer, addition);
      this.#explain();
      this.#refresh();
    } else if (!outcome.ok) {
      this.complain(outcome.problem);
      this.#answer.age();
    }
  }

  async #explain() {
    const problem = this.#maps.isWanted ? await this.#maps.show() : '';
    if (problem) this.complain(problem);
  }

  #remember(reply) {
    if (reply.id) this.#visit.add({ ...reply, sign: consensusSign(reply) });
  }

  /** @returns {string} what those who listen hear after the answer */
  #askBack({ answer, isCurrent }, prompt) {
    if (!isCurrent) return '';
    const kept = answer.id && this.#visit.find(answer.id);
    if (!kept) {
      const words = answer.id ? KEPT_BEFORE : NOT_KEPT;
      this.#question.tell(words);
      return words;
    }
    const lead = prompt === null ? null : `Kept as your ${prompt}. Thank you.`;
    this.#question.ask(kept, answer, lead);
    return lead ?? 'Kept. Was it right?';
  }

  async #claim(said) {
    const { id } = this.#question;
    const outcome = await claim(this.#parts.form.dataset.submissionsUrl, this.#visit.find(id), said);
    if (!outcome.ok) {
      this.complain(outcome.problem);
      return;
    }
    this.#visit.claim(id, said);
    if (this.#question.id === id) this.#question.thank(said);
    this.#parts.live.textContent = this.#parts.question.words.textContent;
  }

  /** Ask the visitor for a digit that the dataset lacks, on an empty paper. */
  async #next() {
    if (!this.#parts.keep.checked) {
      this.complain(KEEP_FIRST);
      return;
    }
    this.complain('');
    const outcome = await wanted(this.#parts.form.dataset.promptUrl, this.#prompt.digit);
    if (outcome.ok) this.#request(outcome.answer.prompt);
    else this.complain(outcome.problem);
  }

  #request(digit) {
    this.#prompt.show(digit);
    if (digit !== null) this.#clear();
    this.#refresh();
  }
}
