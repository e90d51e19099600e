import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digitOf, letterOf } from '../../static/js/keyboard.js';

const ROW = ['Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit7', 'Digit8', 'Digit9', 'Digit0'];
const DIGITS = [...'1234567890'];

/** What each layout writes on the digit row without Shift. */
const LAYOUTS = {
  English: '1234567890',
  'French (AZERTY)': '&é"\'(-è_çà',
  Czech: '+ěščřžýáíé',
  Slovak: '+ľščťžýáíé',
  Lithuanian: 'ąčęėįšųū90',
  Arabic: '١٢٣٤٥٦٧٨٩٠',
  Persian: '۱۲۳۴۵۶۷۸۹۰',
  Hindi: '१२३४५६७८९०',
  Bengali: '১২৩৪৫৬৭৮৯০',
  Thai: 'ๅ/-ภถุึคตจ',
  'full width': '１２３４５６７８９０',
  'mathematical bold': '𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟎',
};

for (const [layout, keys] of Object.entries(LAYOUTS)) {
  test(`the digit row of a keyboard: ${layout}`, () => {
    assert.deepEqual([...keys].map((key, at) => digitOf({ key, code: ROW[at] })), DIGITS);
  });
}

test('a digit counts by its value, wherever it stands', () => {
  assert.equal(digitOf({ key: '0', code: 'Backquote' }), '0');
  assert.equal(digitOf({ key: '7', code: 'Digit2', shiftKey: true }), '7');
  assert.equal(digitOf({ key: '٧' }), '7');
});

test('the keypad, with a dead key too', () => {
  assert.deepEqual(DIGITS.map((digit) => digitOf({ key: digit, code: `Numpad${digit}` })), DIGITS);
  assert.equal(digitOf({ key: 'Dead', code: 'Digit3' }), '3');
});

test('with NumLock off the keypad moves and writes no digit', () => {
  assert.equal(digitOf({ key: 'Home', code: 'Numpad7' }), null);
  assert.equal(digitOf({ key: 'ArrowUp', code: 'Numpad8' }), null);
});

test('a sign that Shift writes above a digit is not the digit', () => {
  assert.equal(digitOf({ key: '!', code: 'Digit1', shiftKey: true }), null);
  assert.equal(digitOf({ key: '1', code: 'Digit1', shiftKey: true }), '1');
});

test('no digit is read from letters, names, fractions or powers', () => {
  for (const key of ['a', 'Enter', 'F1', '½', '²', 'Ⅷ', '']) assert.equal(digitOf({ key, code: 'KeyA' }), null);
});

test('a letter counts by what it writes, wherever it stands', () => {
  assert.equal(letterOf({ key: 'z', code: 'KeyW' }), 'z');
  assert.equal(letterOf({ key: 'Z', code: 'KeyY' }), 'z');
  assert.equal(letterOf({ key: 'ｘ' }), 'x');
});

test('where the layout has no Latin letters, by its place', () => {
  for (const [key, code, letter] of [
    ['ч', 'KeyX', 'x'],
    ['Ы', 'KeyS', 's'],
    ['ζ', 'KeyZ', 'z'],
    ['υ', 'KeyY', 'y'],
    ['ס', 'KeyX', 'x'],
    ['ء', 'KeyX', 'x'],
    ['ㅌ', 'KeyX', 'x'],
    ['Dead', 'KeyS', 's'],
  ]) {
    assert.equal(letterOf({ key, code }), letter);
  }
});

test('a Latin letter with a mark is another letter', () => {
  assert.equal(letterOf({ key: 'ö', code: 'KeyX' }), null);
  assert.equal(letterOf({ key: 'ß', code: 'KeyS' }), null);
});

test('a key with a name is no letter', () => {
  for (const key of ['Enter', 'Process', 'Unidentified']) assert.equal(letterOf({ key, code: 'KeyX' }), null);
});
