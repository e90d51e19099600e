import { digitOf, letterOf } from '../js/keyboard.js';

/** What can be said of a drawing with one key: a digit, that it is none, or that one cannot tell. */
export const VALUES = [...'0123456789', 'x', 'u'];

const ACTIONS = { s: 'skip', z: 'undo', h: 'hide', r: 'retry', '?': 'help' };
const TAKES_KEYS = 'input, textarea, select, [contenteditable], dialog';

/**
 * @typedef {{do: 'label', value: string} | {do: 'skip' | 'undo' | 'hide' | 'retry' | 'help'}} Action
 */

/**
 * What a key asks for. One that is held down asks once; one that belongs to a field, a dialog or the browser, for nothing.
 * @param {KeyboardEvent} event
 * @returns {Action | null}
 */
export function actionOf(event) {
  if (event.repeat || event.altKey || event.ctrlKey || event.metaKey) return null;
  if (event.target?.closest?.(TAKES_KEYS)) return null;
  const key = digitOf(event) ?? letterOf(event) ?? event.key;
  if (VALUES.includes(key)) return { do: 'label', value: key };
  return Object.hasOwn(ACTIONS, key) ? { do: ACTIONS[key] } : null;
}
