import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyPen } from '../../static/js/pens.js';
import { Strokes } from '../../static/js/strokes.js';

function penOnSheet() {
  const sheet = new EventTarget();
  const strokes = new Strokes();
  const pen = new KeyPen(sheet, strokes);
  const heard = [];
  for (const type of ['change', 'end', 'full', 'move']) pen.addEventListener(type, () => heard.push(type));
  const send = (type, details = {}) => {
    const event = Object.assign(new Event(type, { cancelable: true }), details);
    sheet.dispatchEvent(event);
    return event;
  };
  const press = (key, details) => send('keydown', { key, ...details });
  const hit = (key, details) => {
    press(key, details);
    send('keyup', { key });
  };
  const places = () => strokes.lines.map((line) => line.map(([x, y]) => [x, y]));
  return { strokes, pen, heard, send, press, hit, places };
}

test('it starts in the middle and moves without leaving ink', () => {
  const { pen, strokes, hit, heard } = penOnSheet();
  hit('ArrowRight');
  hit('ArrowDown');
  assert.deepEqual([pen.x, pen.y, strokes.isEmpty], [148, 148, true]);
  assert.deepEqual(heard, ['move', 'move']);
});

test('Space puts it down, arrows draw, Space lifts it', () => {
  const { places, hit, heard } = penOnSheet();
  hit(' ');
  hit('ArrowLeft');
  hit('ArrowUp');
  hit(' ');
  hit('ArrowUp');
  assert.deepEqual(places(), [[[140, 140], [132, 140], [132, 132]]]);
  assert.deepEqual(heard, ['change', 'move', 'change', 'move', 'change', 'move', 'end', 'move', 'move']);
});

test('two arrows at once draw slantwise', () => {
  const { places, hit, press } = penOnSheet();
  hit(' ');
  press('ArrowRight');
  press('ArrowUp');
  assert.deepEqual(places()[0].at(-1), [156, 132]);
});

test('with Shift the steps are small', () => {
  const { pen, hit } = penOnSheet();
  hit('ArrowRight', { shiftKey: true });
  assert.equal(pen.x, 142);
});

test('it stays on the paper', () => {
  const { pen, press } = penOnSheet();
  for (let step = 0; step < 100; step += 1) press('ArrowLeft');
  assert.equal(pen.x, 0);
});

test('its keys do not scroll the page, and others are left alone', () => {
  const { press } = penOnSheet();
  for (const key of [' ', 'ArrowUp']) assert.equal(press(key).defaultPrevented, true);
  for (const key of ['Tab', 'Enter', 'a']) assert.equal(press(key).defaultPrevented, false);
  assert.equal(press('ArrowLeft', { altKey: true }).defaultPrevented, false, 'the way back in the history');
});

test('a Space that is held does not flicker', () => {
  const { pen, press } = penOnSheet();
  press(' ');
  press(' ', { repeat: true });
  assert.equal(pen.isDown, true);
});

test('leaving the paper lifts it', () => {
  const { pen, hit, send, heard } = penOnSheet();
  hit(' ');
  send('blur');
  assert.equal(pen.isDown, false);
  assert.ok(heard.includes('end'));
});

test('an arrow that is still held when the paper is left does not pull later', () => {
  const { pen, press, send, hit } = penOnSheet();
  press('ArrowRight');
  send('blur');
  hit('ArrowDown');
  assert.equal(pen.x, 148);
});

test('a finger takes over', () => {
  const { pen, hit, send, strokes } = penOnSheet();
  hit(' ');
  send('pointerdown');
  strokes.begin(5, 5, 0);
  assert.equal(pen.isDown, false);
  hit('ArrowRight');
  assert.deepEqual(strokes.lines.at(-1), [[5, 5, 0]]);
});

test('undo lifts it, and what is drawn then is not its line', () => {
  const { pen, hit, strokes } = penOnSheet();
  hit(' ');
  strokes.undo();
  assert.equal(pen.isDown, false);
  strokes.begin(5, 5, 0);
  assert.equal(pen.isDown, false);
  hit(' ');
  assert.equal(pen.isDown, false, 'a finger is drawing');
  strokes.end();
  hit(' ');
  assert.equal(pen.isDown, true);
});

test('it says when the paper is full', () => {
  const { hit, heard } = penOnSheet();
  for (let line = 0; line < 200; line += 1) {
    hit(' ');
    hit(' ');
  }
  assert.ok(heard.includes('full'));
  hit(' ');
  assert.deepEqual(heard.slice(-2), ['full', 'move']);
});
