import { render } from './render.js';
import { SIZE } from './strokes.js';

/** Shows the drawing on a canvas, sharp at any size and pixel density. */
export class Paper {
  #canvas;
  #strokes;
  #frame = null;

  /**
   * @param {HTMLCanvasElement} canvas square, sized by the style sheet
   * @param {Strokes} strokes
   */
  constructor(canvas, strokes) {
    this.#canvas = canvas;
    this.#strokes = strokes;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    // Another pixel density (zoom, another monitor) need not change the size in CSS pixels.
    window.addEventListener('resize', () => this.#fit());
  }

  /** Draw at the next frame, however often it is asked for until then. */
  redraw() {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #fit() {
    const side = Math.round(this.#canvas.clientWidth * window.devicePixelRatio);
    if (side === this.#canvas.width) return;
    this.#canvas.width = side;
    this.#canvas.height = side;
    // Setting the size wiped the canvas: drawing now and not at the next frame avoids a flash.
    this.#draw();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.#strokes.picture) drawWhole(context, this.#strokes.picture.bitmap, width);
    render(context, this.#strokes.lines, this.#strokes.pen, width / SIZE);
  }
}

/** As large as fits, in the middle; what is smaller than the paper shows its pixels. */
function drawWhole(context, bitmap, side) {
  const scale = side / Math.max(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
}
