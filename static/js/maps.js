import { SIDE, WIDTH, heatLines, heatPixels, onMap, strongestOfLines, strongestPlace } from './heat.js';

/** Shows for each model which ink mattered to it, once that was asked for, with each answer anew. */
export class Maps {
  #parts;
  #ask;
  #controller = null;

  /**
   * @param {{body: HTMLElement, button: HTMLButtonElement, caption: HTMLElement,
   *   columns: Record<string, {canvas: HTMLCanvasElement, spoken: string}>}} parts columns by kind, with their names in a sentence
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
      draw(column, outcome.answer.models[kind], picture);
    }
    this.#parts.body.hidden = false;
    return '';
  }

  hide() {
    this.age();
    this.#parts.body.hidden = true;
  }
}

function draw({ canvas, spoken }, opinion, picture) {
  const context = canvas.getContext('2d');
  const scale = canvas.width / SIDE;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.globalCompositeOperation = 'source-over';
  context.clearRect(0, 0, SIDE, SIDE);
  canvas.hidden = !(opinion?.map || opinion?.lines); // why there is nothing to see, the answer above says
  canvas.setAttribute('aria-label', canvas.hidden ? '' : wordsFor(spoken, opinion));
  if (opinion?.map) drawMap(context, opinion.map, picture);
  else if (opinion?.lines) drawLines(context, onMap(opinion.lines));
}

function drawMap(context, map, picture) {
  context.drawImage(picture, 0, 0);
  context.globalCompositeOperation = 'multiply'; // black paper stays black, white ink takes the colour
  for (const { x, y, colour } of heatPixels(map)) {
    context.fillStyle = colour;
    context.fillRect(x, y, 1, 1);
  }
}

function drawLines(context, lines) {
  context.lineCap = 'round';
  context.lineWidth = WIDTH;
  for (const { from, to, colour } of heatLines(lines)) {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  }
}

function wordsFor(spoken, opinion) {
  const { map, lines, digit } = opinion;
  const [what, place] = map ? ['ink', strongestPlace(map)] : ['stroke', strongestOfLines(onMap(lines))];
  const found = place ? `most by the ${what} at the ${place}` : `by no ${what} in particular`;
  return `What made ${spoken} say ${digit}: ${found}`;
}
