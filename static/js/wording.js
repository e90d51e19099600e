/**
 * A share in [0, 1] as a whole number of per cent. No model is certain, so none reads 100.
 *
 * The server has this and `sign` too (services/answering/wording.py); tests/wording.json holds both to the same results.
 * @param {number} share
 * @returns {string}
 */
export function percent(share) {
  const whole = Math.round(share * 100);
  return whole === 100 ? '>99' : String(whole);
}

/**
 * An answer in large type: the digit, the digit in doubt, or only a question mark.
 * @param {{prediction: number, verdict: string}} reply
 * @returns {string}
 */
export function sign({ prediction, verdict }) {
  if (verdict === 'not_a_digit') return '?';
  return verdict === 'unsure' ? `${prediction}?` : String(prediction);
}
