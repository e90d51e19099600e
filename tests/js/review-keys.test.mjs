import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VALUES, actionOf } from '../../static/review/keys.js';
import { neighbour } from '../../static/review/arrows.js';

const press = (key, more = {}) => actionOf({ key, target: { closest: () => null }, ...more });

test('digits, X and U label', () => {
  assert.deepEqual(VALUES.map((key) => press(key)), VALUES.map((value) => ({ do: 'label', value })));
  assert.deepEqual(press('X'), { do: 'label', value: 'x' });
});

test('the other keys do what they are called after', () => {
  const done = ['s', 'Z', 'h', 'R', '?'].map((key) => press(key).do);
  assert.deepEqual(done, ['skip', 'undo', 'hide', 'retry', 'help']);
});

test('on keyboards of other countries the same keys label', () => {
  assert.deepEqual(press('&', { code: 'Digit1' }), { do: 'label', value: '1' });
  assert.deepEqual(press('ř', { code: 'Digit5' }), { do: 'label', value: '5' });
  assert.deepEqual(press('٧', { code: 'Digit7' }), { do: 'label', value: '7' });
  assert.deepEqual(press('ч', { code: 'KeyX' }), { do: 'label', value: 'x' });
  assert.deepEqual(press('ы', { code: 'KeyS' }), { do: 'skip' });
  assert.deepEqual(press('z', { code: 'KeyY' }), { do: 'undo' });
});

test('a key without a meaning means nothing', () => {
  assert.deepEqual(['q', 'Enter', ' ', 'toString', '-1', ''].map((key) => press(key)), Array(6).fill(null));
});

test('a key that is held down labels one drawing, not ten', () => {
  assert.equal(press('7', { repeat: true }), null);
});

test("the browser's own keys stay its own", () => {
  for (const held of ['ctrlKey', 'metaKey', 'altKey']) assert.equal(press('z', { [held]: true }), null);
});

test('who types into a field labels nothing', () => {
  assert.equal(press('7', { target: { closest: () => ({}) } }), null);
  assert.deepEqual(press('7', { target: {} }), { do: 'label', value: '7' });
});

test('arrows walk through the grid and stop at its edges', () => {
  const walk = (key, from) => neighbour(key, from, 8, 3);
  assert.deepEqual([walk('ArrowRight', 0), walk('ArrowDown', 1), walk('ArrowUp', 4), walk('ArrowLeft', 3)], [1, 4, 1, 2]);
  assert.deepEqual([walk('ArrowLeft', 0), walk('ArrowUp', 2), walk('ArrowRight', 7), walk('ArrowDown', 6)], Array(4).fill(null));
  assert.deepEqual([walk('Home', 5), walk('End', 0), walk('Enter', 0)], [0, 7, null]);
});
