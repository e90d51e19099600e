/** Shows where in a picture that lies on the paper the drawing was found. */
export class Outline {
  #element;

  /** @param {HTMLElement} element over the paper, placed by the custom properties `--left`, `--top`, `--width`, `--height` */
  constructor(element) {
    this.#element = element;
  }

  /**
   * @param {number[]} box left, top, right, bottom in pixels of the picture
   * @param {{width: number, height: number}} picture its size
   */
  show(box, picture) {
    for (const [name, share] of Object.entries(place(box, picture))) {
      this.#element.style.setProperty(`--${name}`, share.toFixed(4));
    }
    this.#element.hidden = false;
  }

  hide() {
    this.#element.hidden = true;
  }
}

/**
 * Where a box lies on the paper, whose picture is as large as fits, in the middle.
 * @returns {{left: number, top: number, width: number, height: number}} in shares of the paper's side
 */
export function place([left, top, right, bottom], { width, height }) {
  const side = Math.max(width, height);
  return {
    left: ((side - width) / 2 + left) / side,
    top: ((side - height) / 2 + top) / side,
    width: (right - left) / side,
    height: (bottom - top) / side,
  };
}
