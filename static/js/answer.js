import { consensusSign, percent, verdictWords } from './words.js';

const NOTHING = '–';

/**
 * The elements of one model's column.
 * @typedef {{block: HTMLElement, version: HTMLElement, prediction: HTMLElement, confidence: HTMLElement,
 *   bars: {row: HTMLElement, share: HTMLElement}[]}} Column
 */

/** Shows a reply in the elements that the page came with. */
export class Answer {
  #parts;
  #invitation;

  /**
   * @param {{root: HTMLElement, consensus: HTMLElement, verdict: HTMLElement, seen: HTMLImageElement,
   *   live: HTMLElement, columns: Record<string, Column>}} parts
   */
  constructor(parts) {
    this.#parts = parts;
    this.#invitation = parts.verdict.textContent;
  }

  /** @param {object} reply the server's, with status 200 */
  show(reply) {
    const { root, consensus, verdict, seen, live, columns } = this.#parts;
    const words = verdictWords(reply);
    root.dataset.state = reply.verdict;
    consensus.textContent = consensusSign(reply);
    verdict.replaceChildren(...clauses(words, verdict.ownerDocument));
    live.textContent = words;
    seen.src = reply.pixels;
    seen.hidden = false;
    for (const [kind, column] of Object.entries(columns)) fill(column, reply.models[kind], reply.prediction);
  }

  /** The drawing has changed since. */
  age() {
    if (this.#parts.root.dataset.state !== 'empty') this.#parts.root.dataset.state = 'old';
  }

  reset() {
    const { root, consensus, verdict, seen, live, columns } = this.#parts;
    root.dataset.state = 'empty';
    consensus.textContent = NOTHING;
    verdict.textContent = this.#invitation;
    live.textContent = '';
    seen.hidden = true;
    for (const column of Object.values(columns)) empty(column);
  }
}

/** One element a clause, so that lines break between them: not "CNN says" here and "7" there. */
function clauses(words, document) {
  const spans = words.split(/(?<=[.,:]) /).map((clause) => {
    const span = document.createElement('span');
    span.textContent = clause;
    return span;
  });
  return spans.flatMap((span) => [' ', span]).slice(1);
}

function fill(column, opinion, consensus) {
  empty(column);
  if (!opinion) return;
  column.version.textContent = `v${opinion.version}`;
  if (opinion.error) {
    column.block.dataset.state = 'silent';
    column.confidence.textContent = 'not available';
    return;
  }
  column.block.dataset.state = opinion.prediction === consensus ? 'agrees' : 'differs';
  column.prediction.textContent = opinion.prediction;
  column.confidence.textContent = `${percent(opinion.confidence)}%`;
  column.bars.forEach((bar, digit) => fillBar(bar, opinion.probabilities[digit], digit === opinion.prediction));
}

function fillBar({ row, share }, probability, isTop) {
  row.classList.toggle('top', isTop);
  row.style.setProperty('--share', probability);
  share.textContent = percent(probability);
}

function empty({ block, version, prediction, confidence, bars }) {
  block.dataset.state = 'empty';
  version.textContent = '';
  prediction.textContent = NOTHING;
  confidence.textContent = '';
  for (const { row, share } of bars) {
    row.classList.remove('top');
    row.style.removeProperty('--share');
    share.textContent = '';
  }
}
