import { labelName } from './wording.js';

/** Shows one drawing and what is known of it. What is painted was decoded before, so a key shows it in the same frame. */
export class CardView {
  #parts;
  #shown = null;

  /** @param {object} parts as `elements.js` finds them */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * @param {Item | null} item
   * @param {boolean} isLoading whether there may be one in a moment
   */
  show(item, isLoading) {
    const { desk, empty, loading } = this.#parts;
    const hadFocus = desk.contains(desk.ownerDocument.activeElement);
    desk.hidden = !item && !isLoading;
    empty.hidden = Boolean(item) || isLoading;
    loading.hidden = Boolean(item) || !isLoading;
    desk.toggleAttribute('data-loading', !item);
    if (!empty.hidden && hadFocus) empty.focus();
    if (item) this.#paint(item);
  }

  #paint(item) {
    const { meant } = this.#parts;
    meant.hidden = item.meant === undefined;
    meant.textContent = item.meant === undefined ? '' : `Not saved yet: ${labelName(item.meant)}`;
    if (item === this.#shown) return;
    this.#shown = item;
    const { identity, image, pixels, link } = this.#parts;
    identity.value = item.id;
    link.href = item.url;
    image.replaceChildren(item.image);
    pixels.replaceChildren(item.pixels);
    this.#tell(item);
  }

  #tell(item) {
    const { facts, marks, answers } = this.#parts;
    for (const [name, part] of Object.entries(facts)) part.textContent = item[name];
    for (const mark of marks) mark.hidden = !item.marks.includes(mark.dataset.mark);
    for (const { row, digit, sure } of answers) {
      const answer = item.answers.find(({ kind }) => kind === row.dataset.kind);
      row.hidden = !answer;
      if (!answer) continue;
      row.dataset.state = answer.state;
      digit.textContent = answer.prediction;
      sure.textContent = answer.confidence;
    }
  }
}

/**
 * A drawing as the server describes it, with its pictures decoded.
 * @param {object} card
 * @returns {Promise<Item>}
 */
export async function prepare(card) {
  const [image, pixels] = await Promise.all([picture(card.image, 'The drawing'), picture(card.pixels, 'As the models saw it')]);
  return { ...card, image, pixels };
}

/** One that cannot be decoded shows its alternative text. */
async function picture(source, words) {
  const image = new Image();
  image.alt = words;
  image.src = source;
  await image.decode().catch(() => undefined);
  return image;
}
