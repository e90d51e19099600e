import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../static/review/pace.js';

function given(...seconds) {
  const pace = new Pace();
  for (const second of seconds) pace.add(second * 1000);
  return pace;
}

test('a few labels have no pace yet', () => {
  assert.deepEqual([given().perMinute, given(3, 4, 5, 6).perMinute, given(3).count], [null, null, 1]);
});

test('a label every two seconds is thirty a minute', () => {
  assert.equal(given(0, 2, 4, 6, 8).perMinute, 30);
});

test('a pause does not make anybody slow', () => {
  assert.equal(given(0, 10, 20, 3600, 3610).perMinute, 4);
});

test('what was long ago does not count', () => {
  const early = Array.from({ length: 50 }, (_, index) => index * 25);
  const late = Array.from({ length: 20 }, (_, index) => 5000 + index);
  assert.equal(given(...early, ...late).perMinute, 60);
});

test('a label that is taken back is none', () => {
  const pace = given(0, 2, 4);
  pace.remove();
  assert.equal(pace.count, 2);
});

test('a page that is loaded anew goes on counting', () => {
  const pace = new Pace(JSON.parse(JSON.stringify(given(0, 2, 4, 6, 8))));
  assert.deepEqual([pace.count, pace.perMinute], [5, 30]);
});
