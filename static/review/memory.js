import { storage } from '../js/visit.js';

const KEY = 'review';
const KEPT = 200; // the latest

/**
 * What a sitting keeps when its page is loaded anew: it lasts as long as the browser's tab.
 * @returns {{times: number[], skipped: string[]}}
 */
export function recall() {
  try {
    const { times, skipped } = JSON.parse(storage('sessionStorage')?.getItem(KEY) ?? '{}');
    return { times: times ?? [], skipped: skipped ?? [] };
  } catch {
    return { times: [], skipped: [] };
  }
}

/** @param {{times: object, skipped: string[]}} sitting */
export function remember({ times, skipped }) {
  try {
    storage('sessionStorage')?.setItem(KEY, JSON.stringify({ times, skipped: skipped.slice(-KEPT) }));
  } catch {
    // full or forbidden: this page still knows
  }
}
