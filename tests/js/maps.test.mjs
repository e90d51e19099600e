import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIDE, heatPixels, strongestPlace } from '../../static/js/maps.js';
import { placeWords } from '../../static/js/strokes.js';

function mapWith(values) {
  const map = Array.from({ length: SIDE }, () => Array(SIDE).fill(0));
  for (const [x, y, value] of values) map[y][x] = value;
  return map;
}

test('ink that spoke for the digit is orange, against it blue, and the strongest is full', () => {
  assert.deepEqual(heatPixels(mapWith([[3, 5, 2], [4, 6, -2]])), [
    { x: 3, y: 5, colour: 'rgb(255 122 0)' },
    { x: 4, y: 6, colour: 'rgb(0 120 255)' },
  ]);
});

test('what mattered less is paler', () => {
  const [strong, weak] = heatPixels(mapWith([[0, 0, 4], [1, 0, 1]]));
  assert.equal(strong.colour, 'rgb(255 122 0)');
  assert.equal(weak.colour, 'rgb(255 189 128)');
});

test('a map of zeros has no colour and no place', () => {
  assert.deepEqual(heatPixels(mapWith([])), []);
  assert.equal(strongestPlace(mapWith([])), null);
});

test('the place is where most of it lies, not where the strongest pixel lies', () => {
  const map = mapWith([[1, 1, 5], [20, 14, 3], [21, 14, 3], [14, 14, -50]]);
  assert.equal(strongestPlace(map), 'middle right');
});

for (const [x, y, words] of [
  [0, 0, 'top left'],
  [0.5, 0.5, 'middle'],
  [1, 1, 'bottom right'],
  [0.5, 0.1, 'top centre'],
  [0.2, 0.5, 'middle left'],
]) {
  test(`${x}, ${y} is ${words}`, () => assert.equal(placeWords(x, y), words));
}
