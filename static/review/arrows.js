/**
 * Where an arrow leads in a grid that is filled row by row.
 * @param {string} key
 * @param {number} place
 * @param {number} count how many there are
 * @param {number} columns
 * @returns {number | null} null where there is no way
 */
export function neighbour(key, place, count, columns) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  const ends = { Home: 0, End: count - 1 };
  const to = ends[key] ?? place + steps[key];
  return to >= 0 && to < count ? to : null;
}
