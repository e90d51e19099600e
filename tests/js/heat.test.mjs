import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIDE, WIDTH, heatLines, heatPixels, onMap, strongestOfLines, strongestPlace } from '../../static/js/heat.js';
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

/** Points at equal distances, ends among them, all of one weight. */
function straight([x1, y1], [x2, y2], weight = 1, pieces = 10) {
  return Array.from({ length: pieces + 1 }, (_, i) => [
    x1 + ((x2 - x1) * i) / pieces,
    y1 + ((y2 - y1) * i) / pieces,
    weight,
  ]);
}

const bounds = (lines) => {
  const points = lines.flat();
  const reach = (axis) => points.map((point) => point[axis]);
  return [0, 1].map((axis) => [Math.min(...reach(axis)), Math.max(...reach(axis))].map((end) => Number(end.toFixed(6))));
};

test('pieces of a stroke are orange or blue, the strongest in full, on one scale for all strokes', () => {
  assert.deepEqual(heatLines([[[0, 0, 4], [5, 0, 4]], [[9, 9, -1], [9, 3, -1]]]), [
    { from: [0, 0], to: [5, 0], colour: 'rgb(255 122 0)' },
    { from: [9, 9], to: [9, 3], colour: 'rgb(128 188 255)' },
  ]);
});

test('a piece has the colour of the mean of its ends', () => {
  const [first, second] = heatLines([[[0, 0, 2], [1, 0, 2], [2, 0, -2]]]);
  assert.deepEqual([first.colour, second.colour], ['rgb(255 122 0)', 'rgb(255 255 255)']);
});

test('strokes that did not matter are white and have no place', () => {
  const line = straight([0, 0], [9, 9], 0);
  assert.ok(heatLines([line]).every(({ colour }) => colour === 'rgb(255 255 255)'));
  assert.equal(strongestOfLines(onMap([line])), null);
});

test('strokes of any size and place fit the box that the digit fills in the pixels', () => {
  for (const line of [straight([40, 20], [40, 260]), straight([2, 1], [2, 1.5]), straight([-900, 10], [-900, 7010])]) {
    assert.deepEqual(bounds(onMap([line])), [[14, 14], [4 + WIDTH / 2, 24 - WIDTH / 2]]);
  }
});

test('a wide drawing fills the box in its width', () => {
  assert.deepEqual(bounds(onMap([straight([0, 5], [100, 5])])), [[4 + WIDTH / 2, 24 - WIDTH / 2], [14, 14]]);
});

test('the middle of the map is where the mass is, as in the pixels', () => {
  const tail = straight([0, 0], [0, 100], 1, 100);
  const [[, right], [top]] = bounds(onMap([tail, straight([0, 0], [50, 0], 1, 50)]));
  assert.ok(right > 14 && right < 22);
  assert.ok(top > 14 - (100 / 150) * 18 + 1, 'the bar at the top pulls the whole down');
});

test('nothing is moved over the edge', () => {
  const dense = straight([0, 0], [1, 0], 1, 2000);
  const [across] = bounds(onMap([dense, straight([0, 0], [100, 0], 1, 10)]));
  assert.deepEqual(across, [9, 28 - WIDTH / 2]);
});

test('the strokes are placed by where they lie in the map', () => {
  const bar = straight([80, 60], [200, 60], 3);
  assert.equal(strongestOfLines(onMap([bar, straight([200, 60], [130, 230], -1)])), 'top centre');
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
