import { LIMIT } from './memory.js';

/** Shows the kept drawings of this visit, each with a button that deletes it. Dispatches `delete` with the drawing. */
export class Album extends EventTarget {
  #parts;

  /** @param {{root: HTMLElement, list: HTMLElement, template: HTMLTemplateElement}} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    parts.list.tabIndex = -1;
  }

  /** @param {readonly Kept[]} kept */
  show(kept) {
    const { root, list } = this.#parts;
    const place = [...list.children].indexOf(list.ownerDocument.activeElement?.closest('li'));
    list.replaceChildren(...kept.slice(0, LIMIT).map((one) => this.#item(one)));
    root.hidden = kept.length === 0;
    // The button that had the focus is gone or new: its neighbour takes it.
    if (place >= 0) (list.children[Math.min(place, kept.length - 1)]?.querySelector('button') ?? list).focus();
  }

  #item(one) {
    const item = this.#parts.template.content.cloneNode(true).querySelector('li');
    const button = item.querySelector('button');
    const name = nameOf(one);
    item.querySelector('img').src = one.pixels;
    item.querySelector('.sign').textContent = signOf(one);
    item.classList.toggle('claimed', one.claim !== null);
    item.querySelector('.sign').title = name;
    button.setAttribute('aria-label', `Delete ${name}`);
    button.title = 'Delete';
    button.addEventListener('click', () => {
      button.disabled = true;
      this.dispatchEvent(new CustomEvent('delete', { detail: one }));
    });
    return item;
  }
}

function signOf({ sign, claim }) {
  if (claim === null) return sign;
  return claim === 'not_a_digit' ? '×' : String(claim);
}

function nameOf({ sign, claim }) {
  if (claim === null) return `the drawing read as ${sign === '?' ? 'no digit' : sign}`;
  return `the drawing that you called ${claim === 'not_a_digit' ? 'no digit' : claim}`;
}
