const DIGIT = /^\p{Nd}$/u;
const LETTER = /^[a-z]$/;
const LATIN = /^\p{Script=Latin}/u;

const isDigit = (point) => point >= 0 && DIGIT.test(String.fromCodePoint(point));

/** Unicode keeps the decimal digits of every script in runs that begin with a zero. */
function valueOf(digit) {
  const point = digit.codePointAt(0);
  let first = point;
  while (isDigit(first - 1)) first -= 1;
  return String((point - first) % 10);
}

/** "Enter" and "Home" write nothing; a dead key does, together with the next one. */
const writes = (key) => key === 'Dead' || [...key].length === 1;

/**
 * The digit that a key means: in any script, or by its place in the digit row or on the keypad where the layout writes
 * something else there, as French and Czech keyboards do.
 * @param {{key: string, code?: string, shiftKey?: boolean}} event
 * @returns {string | null} '0' to '9'
 */
export function digitOf({ key, code = '', shiftKey = false }) {
  if (DIGIT.test(key)) return valueOf(key);
  const place = /^(?:Digit|Numpad)(\d)$/.exec(code);
  return place && !shiftKey && writes(key) ? place[1] : null;
}

/**
 * The Latin letter that a key means: the one that it writes, or by its place where the layout has no Latin letters.
 * @param {{key: string, code?: string}} event
 * @returns {string | null} 'a' to 'z'
 */
export function letterOf({ key, code = '' }) {
  const letter = key.normalize('NFKC').toLowerCase();
  if (LETTER.test(letter)) return letter;
  const place = /^Key([A-Z])$/.exec(code);
  const isLatin = key !== 'Dead' && LATIN.test(letter);
  return place && writes(key) && !isLatin ? place[1].toLowerCase() : null;
}
