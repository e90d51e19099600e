import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pad } from '../../static/js/pens.js';
import { MAX_LINES, Strokes } from '../../static/js/strokes.js';

/** An element of 140 by 140 CSS pixels at (100, 50): one pixel is two stroke units. */
class Sheet extends EventTarget {
  captured = [];

  getBoundingClientRect() {
    return { left: 100, top: 50, width: 140, height: 140 };
  }

  setPointerCapture(id) {
    this.captured.push(id);
  }

  send(type, x, y, details = {}) {
    const event = new Event(type, { cancelable: true });
    const pointer = { pointerId: 1, isPrimary: true, button: 0, clientX: 100 + x, clientY: 50 + y, ...details };
    Object.entries(pointer).forEach(([name, value]) => Object.defineProperty(event, name, { value }));
    this.dispatchEvent(event);
    return event;
  }
}

function padOnSheet() {
  const sheet = new Sheet();
  const strokes = new Strokes();
  const pad = new Pad(sheet, strokes);
  const heard = [];
  for (const type of ['change', 'end', 'full']) pad.addEventListener(type, () => heard.push(type));
  const places = () => strokes.lines.map((line) => line.map(([x, y]) => [x, y]));
  return { sheet, strokes, heard, places };
}

test('a press, a move and a release are one line in stroke units', () => {
  const { sheet, heard, places } = padOnSheet();
  sheet.send('pointerdown', 10, 10);
  sheet.send('pointermove', 20, 30);
  sheet.send('pointerup', 20, 30);
  assert.deepEqual(places(), [[[20, 20], [40, 60]]]);
  assert.deepEqual(heard, ['change', 'change', 'end']);
});

test('it captures the pointer', () => {
  const { sheet } = padOnSheet();
  sheet.send('pointerdown', 10, 10, { pointerId: 7 });
  assert.deepEqual(sheet.captured, [7]);
});

test('moving without a press draws nothing', () => {
  const { sheet, strokes, heard } = padOnSheet();
  sheet.send('pointermove', 20, 30);
  assert.equal(strokes.isEmpty, true);
  assert.deepEqual(heard, []);
});

test('it takes every point between two frames', () => {
  const { sheet, places } = padOnSheet();
  sheet.send('pointerdown', 0, 0);
  const between = [5, 10, 15].map((x) => ({ clientX: 100 + x, clientY: 50, timeStamp: x }));
  sheet.send('pointermove', 15, 0, { getCoalescedEvents: () => between });
  assert.deepEqual(places(), [[[0, 0], [10, 0], [20, 0], [30, 0]]]);
});

test('it takes the event itself when the browser offers no points between', () => {
  const { sheet, places } = padOnSheet();
  sheet.send('pointerdown', 0, 0);
  sheet.send('pointermove', 15, 0, { getCoalescedEvents: () => [] });
  assert.deepEqual(places(), [[[0, 0], [30, 0]]]);
});

test('a second finger is ignored', () => {
  const { sheet, places } = padOnSheet();
  sheet.send('pointerdown', 10, 10);
  sheet.send('pointerdown', 60, 60, { pointerId: 2, isPrimary: false });
  sheet.send('pointermove', 90, 90, { pointerId: 2, isPrimary: false });
  sheet.send('pointerup', 90, 90, { pointerId: 2, isPrimary: false });
  sheet.send('pointermove', 20, 10);
  assert.deepEqual(places(), [[[20, 20], [40, 20]]]);
});

test('a pen is ignored while a finger draws', () => {
  const { sheet, places } = padOnSheet();
  sheet.send('pointerdown', 10, 10);
  sheet.send('pointerdown', 60, 60, { pointerId: 2, isPrimary: true });
  assert.equal(places().length, 1);
});

test('a pen takes over from the palm that lay there first', () => {
  const { sheet, strokes, places } = padOnSheet();
  sheet.send('pointerdown', 90, 90, { pointerType: 'touch' });
  sheet.send('pointermove', 95, 90, { pointerType: 'touch' });
  sheet.send('pointerdown', 10, 10, { pointerId: 2, pointerType: 'pen' });
  sheet.send('pointermove', 120, 90, { pointerType: 'touch' });
  sheet.send('pointermove', 20, 10, { pointerId: 2, pointerType: 'pen' });
  assert.deepEqual(places(), [[[20, 20], [40, 20]]]);
  assert.equal(strokes.canRedo, false);
});

test('only the main button draws', () => {
  const { sheet, strokes } = padOnSheet();
  sheet.send('pointerdown', 10, 10, { button: 2 });
  assert.equal(strokes.isEmpty, true);
});

test('a cancelled line ends and keeps its ink', () => {
  const { sheet, heard, places } = padOnSheet();
  sheet.send('pointerdown', 10, 10);
  sheet.send('pointercancel', 0, 0);
  sheet.send('pointermove', 90, 90);
  assert.deepEqual(places(), [[[20, 20]]]);
  assert.deepEqual(heard, ['change', 'end']);
});

test('a line ends once though the capture is lost after the release', () => {
  const { sheet, heard } = padOnSheet();
  sheet.send('pointerdown', 10, 10);
  sheet.send('pointerup', 10, 10);
  sheet.send('lostpointercapture', 10, 10);
  assert.deepEqual(heard, ['change', 'end']);
});

test('the next line may come from another pointer', () => {
  const { sheet, places } = padOnSheet();
  sheet.send('pointerdown', 10, 10);
  sheet.send('pointerup', 10, 10);
  sheet.send('pointerdown', 30, 30, { pointerId: 9 });
  assert.equal(places().length, 2);
});

test('a menu is held back only while a line is drawn', () => {
  const { sheet } = padOnSheet();
  assert.equal(sheet.send('contextmenu', 0, 0).defaultPrevented, false);
  sheet.send('pointerdown', 10, 10);
  assert.equal(sheet.send('contextmenu', 0, 0).defaultPrevented, true);
});

test('a touch starts no gesture of the browser', () => {
  const { sheet } = padOnSheet();
  assert.equal(sheet.send('touchstart', 0, 0).defaultPrevented, true);
});

test('it says when the paper is full', () => {
  const { sheet, heard } = padOnSheet();
  for (let line = 0; line < MAX_LINES; line += 1) {
    sheet.send('pointerdown', 10, 10);
    sheet.send('pointerup', 10, 10);
  }
  assert.deepEqual(heard.slice(-2), ['end', 'full']);
  sheet.send('pointerdown', 10, 10);
  assert.equal(heard.at(-1), 'full');
});

/** A seven with a pen that is lifted a second after it came. */
function write(sheet) {
  sheet.send('pointerdown', 20, 20, { pointerType: 'pen', timeStamp: 10_000 });
  sheet.send('pointermove', 60, 20, { pointerType: 'pen', timeStamp: 10_500 });
  sheet.send('pointerup', 60, 20, { pointerType: 'pen', timeStamp: 11_000 });
}

function touch(sheet, timeStamp, id = 2) {
  const finger = { pointerType: 'touch', pointerId: id, timeStamp };
  sheet.send('pointerdown', 100, 100, finger);
  sheet.send('pointermove', 110, 110, finger);
  sheet.send('pointerup', 110, 110, finger);
}

test('the hand that rests on the paper after a pen draws nothing', () => {
  const { sheet, strokes } = padOnSheet();
  write(sheet);
  touch(sheet, 11_100);
  touch(sheet, 12_900);
  assert.equal(strokes.lines.length, 1);
});

test('nor does it beside a pen that draws or hovers', () => {
  const { sheet, strokes } = padOnSheet();
  sheet.send('pointerdown', 20, 20, { pointerType: 'pen', timeStamp: 10_000 });
  touch(sheet, 10_200);
  sheet.send('pointerup', 20, 20, { pointerType: 'pen', timeStamp: 11_000 });
  sheet.send('pointermove', 25, 25, { pointerType: 'pen', timeStamp: 12_900 });
  touch(sheet, 14_500);
  assert.equal(strokes.lines.length, 1);
});

test('two seconds after the pen a finger draws again', () => {
  const { sheet, strokes } = padOnSheet();
  write(sheet);
  touch(sheet, 13_000);
  assert.equal(strokes.lines.length, 2);
});

test('after a finger, and after a mouse, a finger draws at once', () => {
  const { sheet, strokes } = padOnSheet();
  touch(sheet, 10_000);
  touch(sheet, 10_100);
  sheet.send('pointerdown', 5, 5, { pointerType: 'mouse', timeStamp: 10_200 });
  sheet.send('pointerup', 5, 5, { pointerType: 'mouse', timeStamp: 10_300 });
  touch(sheet, 10_400);
  assert.equal(strokes.lines.length, 4);
});

test('a second finger never draws, nor when the first is lifted', () => {
  const { sheet, places } = padOnSheet();
  const [first, second] = [2, 3].map((pointerId) => ({ pointerType: 'touch', pointerId, isPrimary: pointerId === 2 }));
  sheet.send('pointerdown', 10, 10, first);
  sheet.send('pointerdown', 90, 90, second);
  sheet.send('pointermove', 95, 95, second);
  sheet.send('pointerup', 10, 10, first);
  sheet.send('pointermove', 99, 99, second);
  sheet.send('pointerup', 99, 99, second);
  assert.deepEqual(places(), [[[20, 20]]]);
});
