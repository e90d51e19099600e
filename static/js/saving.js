import { Question } from './question.js';
import { claim, forget } from './client.js';
import { sign } from './wording.js';

const IN_PASSING = 'Nothing is kept until you press Recognise.';
const KEEPING_IS_OFF = 'Nothing is kept.';
const NOT_KEPT = 'Not kept, as you asked.';
const KEPT_BEFORE = 'This exact drawing was sent before and is kept only once.';
const DELETED = 'Deleted.';

const GONE = 404;

/** What becomes of a drawing that was sent for good: whether it is kept, what its drawer says it is, its deletion. */
export class Saving {
  #visit;
  #question;
  #parts;
  #complain;
  #claims = Promise.resolve();

  /**
   * @param {Visit} visit
   * @param {{form: HTMLFormElement, keep: HTMLInputElement, live: HTMLElement, question: object}} parts
   * @param {(sentence: string) => void} complain
   */
  constructor(visit, parts, complain) {
    this.#visit = visit;
    this.#parts = parts;
    this.#complain = complain;
    this.#question = new Question(parts.question);
    // One after the other, or an older claim might arrive last.
    this.#question.addEventListener('claim', ({ detail }) => {
      const { id } = this.#question;
      this.#claims = this.#claims.then(() => this.#claim(id, detail));
    });
  }

  /** The drawing that is asked about; null while nothing is asked. */
  get id() {
    return this.#question.id;
  }

  /** Nothing is asked: say what would be kept. */
  idle() {
    this.#question.tell(this.#parts.keep.checked ? IN_PASSING : KEEPING_IS_OFF);
  }

  /** @param {object} reply to a drawing that was sent for good */
  remember(reply) {
    if (reply.id) this.#visit.add({ ...reply, sign: sign(reply) });
  }

  /**
   * Ask whether the answer was right, or say why that is not asked.
   * @param {object} reply
   * @param {number | null} prompt the digit that the drawing was asked for
   * @returns {string} what those who listen hear after the answer
   */
  ask(reply, prompt) {
    const kept = reply.id && this.#visit.find(reply.id);
    if (!kept) {
      const words = reply.id ? KEPT_BEFORE : (reply.not_kept?.detail ?? NOT_KEPT);
      this.#question.tell(words);
      return words;
    }
    const lead = prompt === null ? null : `Kept as your ${prompt}. Thank you.`;
    this.#question.ask(kept, reply, lead);
    this.#parts.question.root.scrollIntoView({ block: 'nearest' });
    return lead ?? 'Kept. Was it right?';
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it answered the question
   */
  press(key) {
    return this.#question.press(key);
  }

  /**
   * @param {Kept} kept
   * @returns {Promise<boolean>} whether it is gone
   */
  async forget(kept) {
    const outcome = await forget(this.#parts.form.dataset.submissionsUrl, kept);
    if (outcome.ok) {
      this.#lose(kept.id);
    } else {
      this.#complain(outcome.problem);
      this.#visit.touch();
    }
    return outcome.ok;
  }

  async #claim(id, said) {
    const kept = this.#visit.find(id);
    if (!kept) return;
    const outcome = await claim(this.#parts.form.dataset.submissionsUrl, kept, said);
    if (outcome.status === GONE) {
      this.#lose(id);
    } else if (!outcome.ok) {
      this.#complain(outcome.problem);
    } else {
      this.#visit.claim(id, said);
      if (this.id === id) this.#question.thank(said);
      this.#parts.live.textContent = this.#parts.question.words.textContent;
    }
  }

  #lose(id) {
    if (this.id === id) this.#question.tell(DELETED);
    this.#parts.live.textContent = DELETED;
    this.#visit.remove(id);
  }
}
