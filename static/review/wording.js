const WORDS = { x: 'not a digit', u: 'unsure' };

/**
 * A label in words.
 * @param {string} value
 * @returns {string}
 */
export function labelName(value) {
  return WORDS[value] ?? value;
}

/**
 * @param {string} problem
 * @param {number} count how many labels it kept from being saved
 * @returns {string}
 */
export function failureWords(problem, count) {
  if (count === 0) return problem;
  return `${problem} ${count === 1 ? 'One label is' : `${count} labels are`} not saved.`;
}
