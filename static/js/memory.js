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

function read(storage) {
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => one?.id && one.token).slice(0, LIMIT) : [];
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
    return this.#storage?.getItem(name) ?? standard;
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
