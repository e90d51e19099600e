import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_LINES, MAX_POINTS, PENS, Strokes } from '../../static/js/strokes.js';

const drawn = (...moves) => {
  const strokes = new Strokes();
  strokes.begin(...moves[0]);
  for (const move of moves.slice(1)) strokes.extend(...move);
  strokes.end();
  return strokes;
};

test('it is empty until the pen is put down', () => {
  const strokes = new Strokes();
  assert.equal(strokes.isEmpty, true);
  strokes.begin(1, 2, 0);
  assert.equal(strokes.isEmpty, false);
});

test('a single tap is a line of one point', () => {
  assert.deepEqual(drawn([20, 30, 5]).lines, [[[20, 30, 0]]]);
});

test('coordinates have one decimal and times are whole milliseconds since the first point', () => {
  const strokes = drawn([10.04, 10.06, 1000.2], [50.55, 60.449, 1016.9]);
  assert.deepEqual(strokes.lines, [[[10, 10.1, 0], [50.6, 60.4, 17]]]);
});

test('the clock runs on from one line to the next', () => {
  const strokes = drawn([0, 0, 100]);
  strokes.begin(9, 9, 350);
  assert.deepEqual(strokes.lines[1], [[9, 9, 250]]);
});

test('the clock starts anew after a clear', () => {
  const strokes = drawn([0, 0, 100]);
  strokes.clear();
  strokes.begin(9, 9, 350);
  assert.deepEqual(strokes.lines, [[[9, 9, 0]]]);
});

test('a time before the first point counts as its time', () => {
  assert.deepEqual(drawn([0, 0, 100], [9, 9, 98]).lines[0][1], [9, 9, 0]);
});

test('a drawing that takes days counts as one of a day', () => {
  assert.equal(drawn([0, 0, 0], [9, 9, 1e9]).lines[0][1][2], 24 * 3600 * 1000);
});

test('points nearer than one unit to the last one are left out', () => {
  const strokes = new Strokes();
  strokes.begin(10, 10, 0);
  assert.equal(strokes.extend(10.6, 10.6, 1), false);
  assert.equal(strokes.extend(10.8, 10.8, 2), true);
  assert.equal(strokes.lines[0].length, 2);
});

test('a pen that leaves the paper stays on its edge', () => {
  assert.deepEqual(drawn([-5, 300, 0], [281, -0.1, 1]).lines, [[[0, 280, 0], [280, 0, 1]]]);
});

test('a lifted pen leaves no ink', () => {
  const strokes = drawn([10, 10, 0]);
  assert.equal(strokes.extend(50, 50, 1), false);
  assert.deepEqual(strokes.lines, [[[10, 10, 0]]]);
});

test('clearing in the middle of a line ends that line', () => {
  const strokes = new Strokes();
  strokes.begin(10, 10, 0);
  strokes.clear();
  assert.equal(strokes.extend(50, 50, 1), false);
  assert.equal(strokes.isEmpty, true);
});

test('it takes as many lines as the server and no more', () => {
  const strokes = new Strokes();
  for (let line = 0; line < MAX_LINES; line += 1) assert.equal(strokes.begin(line, 0, line), true);
  assert.equal(strokes.extend(0, 50, 999), true, 'the last line can still grow');
  strokes.end();
  assert.equal(strokes.isFull, true);
  assert.equal(strokes.begin(5, 5, 1000), false);
  assert.equal(strokes.lines.length, MAX_LINES);
});

test('it takes as many points as the server and no more', () => {
  const strokes = new Strokes();
  strokes.begin(0, 0, 0);
  for (let point = 1; point < MAX_POINTS; point += 1) strokes.extend((point % 2) * 100, 0, point);
  assert.equal(strokes.isFull, true);
  assert.equal(strokes.extend(200, 200, 1), false);
  assert.equal(strokes.begin(200, 200, 1), false);
  assert.equal(strokes.lines[0].length, MAX_POINTS);
});

test('there is room again after a clear', () => {
  const strokes = new Strokes();
  for (let line = 0; line < MAX_LINES; line += 1) strokes.begin(line, 0, line);
  strokes.clear();
  assert.equal(strokes.begin(5, 5, 0), true);
});

test('its JSON is what the server keeps', () => {
  const json = JSON.stringify(drawn([10, 20, 7], [30, 40, 27]));
  assert.equal(json, '{"size":[280,280],"pen":18,"lines":[[[10,20,0],[30,40,20]]]}');
});

const places = (strokes) => strokes.lines.map((line) => line[0].slice(0, 2));

function three() {
  const strokes = new Strokes();
  for (const x of [10, 20, 30]) {
    strokes.begin(x, 0, x);
    strokes.end();
  }
  return strokes;
}

test('strokes are taken back one by one and brought back in order', () => {
  const strokes = three();
  assert.equal(strokes.undo(), true);
  strokes.undo();
  assert.deepEqual(places(strokes), [[10, 0]]);
  assert.equal(strokes.redo(), true);
  assert.deepEqual(places(strokes), [[10, 0], [20, 0]]);
  strokes.redo();
  assert.equal(strokes.redo(), false);
  assert.deepEqual(places(strokes), [[10, 0], [20, 0], [30, 0]]);
});

test('a stroke comes back whole, with the points it grew by', () => {
  const strokes = drawn([10, 10, 0], [50, 50, 10]);
  strokes.undo();
  assert.equal(strokes.isEmpty, true);
  strokes.redo();
  assert.deepEqual(strokes.lines, [[[10, 10, 0], [50, 50, 10]]]);
});

test('there is nothing to take back or bring back at the beginning', () => {
  const strokes = new Strokes();
  assert.deepEqual([strokes.canUndo, strokes.canRedo, strokes.undo(), strokes.redo()], [false, false, false, false]);
});

test('clearing can be taken back', () => {
  const strokes = three();
  strokes.clear();
  assert.equal(strokes.isEmpty, true);
  strokes.undo();
  assert.equal(strokes.lines.length, 3);
});

test('clearing an empty paper is no step', () => {
  const strokes = new Strokes();
  strokes.clear();
  assert.equal(strokes.canUndo, false);
});

test('a new stroke forgets what was taken back', () => {
  const strokes = three();
  strokes.undo();
  strokes.begin(99, 0, 1);
  assert.equal(strokes.canRedo, false);
  assert.deepEqual(places(strokes), [[10, 0], [20, 0], [99, 0]]);
});

test('taking back in the middle of a line takes that line, and the rest of the movement leaves no ink', () => {
  const strokes = three();
  strokes.begin(40, 0, 40);
  strokes.undo();
  assert.equal(strokes.extend(60, 60, 41), false);
  assert.equal(strokes.lines.length, 3);
});

test('the clock goes on where it was after a clearing was taken back', () => {
  const strokes = drawn([0, 0, 100]);
  strokes.clear();
  strokes.undo();
  strokes.begin(9, 9, 350);
  assert.equal(strokes.lines[1][0][2], 250);
});

test('there is room again after taking back', () => {
  const strokes = new Strokes();
  for (let line = 0; line < MAX_LINES; line += 1) strokes.begin(line, 0, line);
  strokes.undo();
  assert.equal(strokes.isFull, false);
  assert.equal(strokes.begin(5, 5, 0), true);
});

test('another pen is another drawing of the same lines', () => {
  const strokes = three();
  for (const pen of PENS) {
    strokes.pen = pen;
    assert.equal(JSON.parse(JSON.stringify(strokes)).pen, pen);
  }
  assert.equal(strokes.lines.length, 3);
  assert.throws(() => {
    strokes.pen = 13;
  }, RangeError);
});

test('a picture takes the place of the lines, and a line the place of the picture', () => {
  const strokes = three();
  const picture = { blob: 'b' };
  strokes.place(picture);
  assert.deepEqual([strokes.picture, strokes.lines.length, strokes.isEmpty], [picture, 0, false]);
  strokes.begin(1, 1, 0);
  assert.deepEqual([strokes.picture, strokes.lines.length], [null, 1]);
  strokes.undo();
  assert.equal(strokes.picture, picture);
  strokes.undo();
  assert.equal(strokes.lines.length, 3);
});

test('it knows whether the pen is down', () => {
  const strokes = new Strokes();
  strokes.begin(1, 1, 0);
  assert.equal(strokes.isOpen, true);
  strokes.end();
  assert.equal(strokes.isOpen, false);
});
