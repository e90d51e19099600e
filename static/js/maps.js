import { placeWords } from './strokes.js';

export const SIDE = 28;

const FOR = [255, 122, 0];
const AGAINST = [0, 120, 255];
const WHITE = 255;

/** Shows for each model which ink mattered to it, once that was asked for, with each answer anew. */
export class Maps {
  #parts;
  #ask;
  #controller = null;

  /**
   * @param {{body: HTMLElement, button: HTMLButtonElement, caption: HTMLElement,
   *   columns: Record<string, {canvas: HTMLCanvasElement}>}} parts columns by kind
   * @param {(options: {signal: AbortSignal}) => Promise<Result>} ask the server about the drawing as it stands
   */
  constructor(parts, ask) {
    this.#parts = parts;
    this.#ask = ask;
  }

  get isWanted() {
    return this.#parts.button.getAttribute('aria-pressed') === 'true';
  }

  /** Want them, or want them no more. */
  toggle() {
    const { button, caption } = this.#parts;
    button.setAttribute('aria-pressed', String(!this.isWanted));
    caption.textContent = this.isWanted ? caption.dataset.maps : caption.dataset.bars;
    if (!this.isWanted) this.hide();
  }

  /** They are about another drawing than the one on the paper. They stay, or the page would move under the pen. */
  age() {
    this.#controller?.abort();
  }

  /** @returns {Promise<string | null>} a problem, an empty one when all is well, or null when it is not wanted any more */
  async show() {
    this.age();
    const controller = new AbortController();
    this.#controller = controller;
    const outcome = await this.#ask({ signal: controller.signal });
    if (controller.signal.aborted) return null;
    if (!outcome.ok) {
      this.hide();
      return outcome.problem;
    }
    const picture = new Image();
    picture.src = outcome.answer.pixels;
    await picture.decode();
    if (controller.signal.aborted) return null;
    for (const [kind, column] of Object.entries(this.#parts.columns)) {
      draw(column, kind, outcome.answer.models[kind], picture);
    }
    this.#parts.body.hidden = false;
    return '';
  }

  hide() {
    this.age();
    this.#parts.body.hidden = true;
  }
}

function draw({ canvas }, kind, opinion, picture) {
  const context = canvas.getContext('2d');
  context.globalCompositeOperation = 'source-over';
  context.clearRect(0, 0, SIDE, SIDE);
  canvas.setAttribute('aria-label', wordsFor(kind, opinion));
  if (!opinion?.map) return;
  context.drawImage(picture, 0, 0);
  context.globalCompositeOperation = 'multiply'; // black paper stays black, white ink takes the colour
  for (const { x, y, colour } of heatPixels(opinion.map)) {
    context.fillStyle = colour;
    context.fillRect(x, y, 1, 1);
  }
}

function wordsFor(kind, opinion) {
  if (!opinion?.map) return `${kind.toUpperCase()} is not available`;
  const place = strongestPlace(opinion.map);
  const found = place ? `most by the ink at the ${place}` : 'by no ink in particular';
  return `What made ${kind.toUpperCase()} say ${opinion.digit}: ${found}`;
}

/**
 * The colour that each pixel of white ink takes: orange where it spoke for the digit, blue where against it, white
 * where it did not matter.
 * @param {number[][]} map SIDE × SIDE, each model on a scale of its own
 * @returns {{x: number, y: number, colour: string}[]} what is not white
 */
export function heatPixels(map) {
  const strongest = Math.max(...map.flat().map(Math.abs));
  if (!(strongest > 0)) return [];
  return map.flatMap((row, y) =>
    row.flatMap((value, x) => (value === 0 ? [] : [{ x, y, colour: colourOf(value / strongest) }])),
  );
}

function colourOf(share) {
  const [goal, weight] = [share > 0 ? FOR : AGAINST, Math.sqrt(Math.abs(share))];
  const mixed = goal.map((channel) => Math.round(WHITE + (channel - WHITE) * weight));
  return `rgb(${mixed.join(' ')})`;
}

/**
 * Where the ink lies that spoke most for the digit.
 * @param {number[][]} map
 * @returns {string | null} null when none did
 */
export function strongestPlace(map) {
  const sums = new Map();
  map.forEach((row, y) =>
    row.forEach((value, x) => {
      if (value <= 0) return;
      const place = placeWords((x + 0.5) / SIDE, (y + 0.5) / SIDE);
      sums.set(place, (sums.get(place) ?? 0) + value);
    }),
  );
  const ranked = [...sums].sort(([, one], [, other]) => other - one);
  return ranked[0]?.[0] ?? null;
}
