const ROWS = ['top', 'middle', 'bottom'];
const COLUMNS = ['left', 'centre', 'right'];

const third = (share) => Math.min(2, Math.max(0, Math.floor(share * 3)));

/**
 * Where something lies on a square, in words.
 * @param {number} x 0 left to 1 right
 * @param {number} y 0 top to 1 bottom
 * @returns {string} "top left", "bottom centre", "middle"
 */
export function placeWords(x, y) {
  const [row, column] = [ROWS[third(y)], COLUMNS[third(x)]];
  return row === 'middle' && column === 'centre' ? row : `${row} ${column}`;
}
