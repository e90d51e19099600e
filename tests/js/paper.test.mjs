import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../static/js/paper.js';

/** A 2d context that writes down what is asked of it. */
function recorder() {
  const calls = [];
  const methods = ['setTransform', 'beginPath', 'moveTo', 'lineTo', 'quadraticCurveTo', 'arc', 'fill', 'stroke'];
  const context = Object.fromEntries(methods.map((name) => [name, (...args) => calls.push([name, ...args])]));
  return { context, calls };
}

function pathOf(line) {
  const { context, calls } = recorder();
  render(context, [line], 18, 1);
  return calls.slice(1);
}

test('nothing drawn leaves nothing', () => {
  const { context, calls } = recorder();
  render(context, [], 18, 1);
  assert.deepEqual(calls, [['setTransform', 1, 0, 0, 1, 0, 0]]);
});

test('a single point is a dot as wide as the pen', () => {
  assert.deepEqual(pathOf([[40, 50, 0]]), [['beginPath'], ['arc', 40, 50, 9, 0, 2 * Math.PI], ['fill']]);
});

test('two points are a straight line', () => {
  assert.deepEqual(pathOf([[0, 0, 0], [10, 20, 1]]), [['beginPath'], ['moveTo', 0, 0], ['lineTo', 10, 20], ['stroke']]);
});

test('more points are a curve through the middles that ends at the last point', () => {
  const path = pathOf([[0, 0, 0], [10, 0, 1], [20, 10, 2], [20, 30, 3]]);
  assert.deepEqual(path, [
    ['beginPath'],
    ['moveTo', 0, 0],
    ['quadraticCurveTo', 10, 0, 15, 5],
    ['quadraticCurveTo', 20, 10, 20, 20],
    ['lineTo', 20, 30],
    ['stroke'],
  ]);
});

test('the same strokes fit any scale', () => {
  const { context, calls } = recorder();
  render(context, [[[280, 280, 0]]], 18, 0.6);
  assert.deepEqual(calls[0], ['setTransform', 0.6, 0, 0, 0.6, 0, 0]);
  assert.equal(calls[2][1], 280);
});

test('the pen is round, black and as wide as it is asked for', () => {
  const { context } = recorder();
  render(context, [], 18, 1);
  const { lineCap, lineJoin, lineWidth, strokeStyle, fillStyle } = context;
  assert.deepEqual([lineCap, lineJoin, lineWidth, strokeStyle, fillStyle], ['round', 'round', 18, '#000', '#000']);
});

test('each line is a path of its own', () => {
  const { context, calls } = recorder();
  render(context, [[[1, 1, 0]], [[2, 2, 0], [9, 9, 1]]], 18, 1);
  assert.equal(calls.filter(([name]) => name === 'beginPath').length, 2);
});
