import { storage } from '../js/visit.js';

const KEY = 'review';

/**
 * What a session keeps when its page is loaded anew: it lasts as long as the browser's tab.
 * @returns {{times: number[]}}
 */
export function recall() {
  try {
    const { times } = JSON.parse(storage('sessionStorage')?.getItem(KEY) ?? '{}');
    return { times: times ?? [] };
  } catch {
    return { times: [] };
  }
}

/** @param {{times: object}} session */
export function remember({ times }) {
  try {
    storage('sessionStorage')?.setItem(KEY, JSON.stringify({ times }));
  } catch {
    // full or forbidden: this page still knows
  }
}
