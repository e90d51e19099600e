import { percent, sign } from './wording.js';

const NOTHING = '–';

/** Why a model does not answer that should. Other errors are about the drawing: it has nothing that this model reads. */
const BROKEN = 'model_unavailable';

/**
 * The elements of one model's column. An optional one shows only while the answers have this model.
 * @typedef {{head: HTMLElement, version: HTMLElement, says: HTMLElement, prediction: HTMLElement,
 *   confidence: HTMLElement, cells: {cell: HTMLElement, bar: SVGRectElement, share: HTMLElement}[],
 *   isOptional: boolean, whole: HTMLElement[]}} Column `whole` is every element of it, maps and all
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

  /** Whether it is about the drawing as it stands. */
  get isFresh() {
    return !['empty', 'old'].includes(this.#parts.root.dataset.state);
  }

  /**
   * @param {object} reply the server's, with status 200
   * @param {string} [addition] a sentence for those who listen
   */
  show(reply, addition = '') {
    const { root, consensus, verdict, seen, live, columns } = this.#parts;
    root.dataset.state = reply.verdict;
    consensus.textContent = sign(reply);
    consensus.classList.toggle('doubted', reply.verdict === 'unsure');
    verdict.replaceChildren(...clauses(reply.summary, verdict.ownerDocument));
    live.textContent = `${reply.summary} ${addition}`.trim();
    seen.src = reply.pixels;
    seen.hidden = false;
    for (const [kind, column] of Object.entries(columns)) fill(column, reply.models[kind], reply.prediction);
  }

  /** The drawing has changed since. */
  age() {
    if (this.isFresh) this.#parts.root.dataset.state = 'old';
  }

  reset() {
    const { root, consensus, verdict, seen, live, columns } = this.#parts;
    root.dataset.state = 'empty';
    consensus.textContent = NOTHING;
    consensus.classList.remove('doubted');
    verdict.textContent = this.#invitation;
    live.textContent = '';
    seen.hidden = true;
    for (const column of Object.values(columns)) empty(column);
  }
}

/** One element a clause, so that lines break between them: not "CNN says" here and "7" there. */
function clauses(summary, document) {
  const spans = summary.split(/(?<=[.,:]) /).map((clause) => {
    const span = document.createElement('span');
    span.textContent = clause;
    return span;
  });
  return spans.flatMap((span) => [' ', span]).slice(1);
}

function fill(column, opinion, consensus) {
  empty(column);
  if (column.isOptional) for (const part of column.whole) part.hidden = !opinion;
  if (!opinion) return;
  column.version.textContent = `v${opinion.version}`;
  if (opinion.error) {
    const isBroken = opinion.error.code === BROKEN;
    mark(column, isBroken ? 'silent' : 'unheard');
    column.prediction.textContent = '';
    column.confidence.textContent = isBroken ? 'not available' : opinion.error.detail;
    return;
  }
  mark(column, opinion.prediction === consensus ? 'agrees' : 'differs');
  column.prediction.textContent = opinion.prediction;
  column.confidence.textContent = `${percent(opinion.confidence)}%`;
  column.cells.forEach((cell, digit) => fillCell(cell, opinion.probabilities[digit], digit === opinion.prediction));
}

function fillCell({ cell, bar, share }, probability, isTop) {
  cell.classList.toggle('top', isTop);
  bar.setAttribute('width', (probability * 100).toFixed(1));
  share.textContent = percent(probability);
}

function empty(column) {
  mark(column, 'empty');
  column.version.textContent = '';
  column.prediction.textContent = NOTHING;
  column.confidence.textContent = '';
  for (const { cell, bar, share } of column.cells) {
    cell.classList.remove('top');
    bar.setAttribute('width', '0');
    share.textContent = '';
  }
}

function mark({ head, says, cells }, state) {
  for (const element of [head, says, ...cells.map(({ cell }) => cell)]) element.dataset.state = state;
}
