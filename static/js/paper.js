import { SIZE } from './strokes.js';

const INK = '#000';
const UNDER = '#8d93ab'; // a picture may be transparent, with ink of any colour

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
  context.fillStyle = UNDER;
  context.fillRect((side - width) / 2, (side - height) / 2, width, height);
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
}

/**
 * Draw lines on any 2d context.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly [number, number, number][][]} lines in stroke units
 * @param {number} pen width in stroke units
 * @param {number} scale context pixels per stroke unit
 */
export function render(context, lines, pen, scale) {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = pen;
  context.strokeStyle = INK;
  context.fillStyle = INK;
  for (const line of lines) drawLine(context, line, pen);
}

function drawLine(context, line, pen) {
  context.beginPath();
  if (line.length === 1) {
    drawDot(context, line[0], pen);
  } else {
    drawCurve(context, line);
  }
}

function drawDot(context, [x, y], pen) {
  context.arc(x, y, pen / 2, 0, 2 * Math.PI);
  context.fill();
}

/** Each point bends the curve; it passes through the middle between one point and the next. */
function drawCurve(context, line) {
  const [first, ...rest] = line;
  const last = rest.pop();
  context.moveTo(first[0], first[1]);
  rest.forEach(([x, y], index) => {
    const [nextX, nextY] = rest[index + 1] ?? last;
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  context.lineTo(last[0], last[1]);
  context.stroke();
}
