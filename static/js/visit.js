const KEY = 'visit';
export const LIMIT = 12;

/**
 * A kept drawing: the token lets the one who drew it claim and delete it.
 * @typedef {{id: string, token: string, sign: string, pixels: string, claim: number | string | null}} Kept
 */

/** The last drawings of this visit, the newest first. They live as long as the browser's tab. */
export class Visit extends EventTarget {
  #storage;
  /** @type {Kept[]} */
  #kept;

  /** @param {Storage | null} storage null where the browser allows none */
  constructor(storage) {
    super();
    this.#storage = storage;
    this.#kept = read(storage);
  }

  /** @returns {readonly Kept[]} */
  get kept() {
    return this.#kept;
  }

  /** @returns {Kept | undefined} */
  find(id) {
    return this.#kept.find((one) => one.id === id);
  }

  /** The same drawing sent again moves to the front, and keeps its token and its claim. */
  add({ id, token, sign, pixels }) {
    const known = this.find(id);
    const one = { id, token: token ?? known?.token, sign, pixels, claim: known?.claim ?? null };
    if (!one.token) return;
    this.#set([one, ...this.#kept.filter((other) => other !== known)].slice(0, LIMIT));
  }

  claim(id, claim) {
    this.#set(this.#kept.map((one) => (one.id === id ? { ...one, claim } : one)));
  }

  /** Show it anew, as it is. */
  touch() {
    this.dispatchEvent(new Event('change'));
  }

  remove(id) {
    this.#set(this.#kept.filter((one) => one.id !== id));
  }

  #set(kept) {
    this.#kept = kept;
    try {
      this.#storage?.setItem(KEY, JSON.stringify(kept));
    } catch {
      this.#storage = null; // full or forbidden: this page still remembers
    }
    this.touch();
  }
}

function isKept(one) {
  const { id, token, sign, pixels, claim } = one ?? {};
  return [id, token, sign, pixels].every((text) => typeof text === 'string') && claim !== undefined;
}

function read(storage) {
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isKept).slice(0, LIMIT) : [];
  } catch {
    return [];
  }
}

/** What a visitor chose stays chosen, where the browser lets a page remember. */
export class Choices {
  #storage;

  /** @param {Storage | null} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * @param {string} name
   * @param {string} standard
   * @returns {string}
   */
  get(name, standard) {
    try {
      return this.#storage?.getItem(name) ?? standard;
    } catch {
      return standard;
    }
  }

  set(name, value) {
    try {
      this.#storage?.setItem(name, value);
    } catch {
      this.#storage = null; // full or forbidden: the choice holds until the page is left
    }
  }
}

/**
 * Only reaching for it may throw already.
 * @param {'localStorage' | 'sessionStorage'} name
 * @returns {Storage | null}
 */
export function storage(name) {
  try {
    return globalThis[name] ?? null;
  } catch {
    return null;
  }
}

/** Shows the kept drawings of this visit, each with a button that deletes it. Dispatches `delete` with the drawing. */
export class Album extends EventTarget {
  #parts;

  /**
   * @param {{root: HTMLElement, list: HTMLElement, template: HTMLTemplateElement, fallback: HTMLElement}} parts
   *   the last takes the focus when no drawing is left
   */
  constructor(parts) {
    super();
    this.#parts = parts;
  }

  /** @param {readonly Kept[]} kept */
  show(kept) {
    const { root, list, fallback } = this.#parts;
    const place = [...list.children].indexOf(list.ownerDocument.activeElement?.closest('li'));
    list.replaceChildren(...kept.slice(0, LIMIT).map((one) => this.#item(one)));
    root.hidden = kept.length === 0;
    // The button that had the focus is gone or new: its neighbour takes it.
    if (place >= 0) (list.children[Math.min(place, kept.length - 1)]?.querySelector('button') ?? fallback).focus();
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
      if (button.getAttribute('aria-disabled') === 'true') return;
      button.setAttribute('aria-disabled', 'true');
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
