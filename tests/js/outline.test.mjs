import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outline, place } from '../../static/js/outline.js';

test('a box of a square picture lies where it is', () => {
  assert.deepEqual(place([10, 20, 60, 100], { width: 100, height: 100 }), { left: 0.1, top: 0.2, width: 0.5, height: 0.8 });
});

test('a wide picture lies in the middle of the height, a high one of the width', () => {
  assert.deepEqual(place([0, 0, 200, 100], { width: 200, height: 100 }), { left: 0, top: 0.25, width: 1, height: 0.5 });
  assert.deepEqual(place([0, 0, 100, 200], { width: 100, height: 200 }), { left: 0.25, top: 0, width: 0.5, height: 1 });
});

test('the outline is placed by properties, and hidden again', () => {
  const set = {};
  const element = { hidden: true, style: { setProperty: (name, value) => { set[name] = value; } } };
  const outline = new Outline(element);
  outline.show([10, 20, 60, 100], { width: 100, height: 100 });
  assert.deepEqual(set, { '--left': '0.1000', '--top': '0.2000', '--width': '0.5000', '--height': '0.8000' });
  assert.equal(element.hidden, false);
  outline.hide();
  assert.equal(element.hidden, true);
});
