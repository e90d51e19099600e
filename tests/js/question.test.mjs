import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Question } from '../../static/js/question.js';

class Button extends EventTarget {
  hidden = false;
  attributes = new Map();

  constructor(claim) {
    super();
    this.dataset = { claim };
  }

  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  click() {
    this.dispatchEvent(new Event('click'));
  }
}

function asked(reply = { prediction: 7, verdict: 'digit' }, claim = null, lead = null) {
  const root = { dataset: {} };
  const words = { textContent: '' };
  const choices = { hidden: false, contains: (one) => one === yes, ownerDocument: { activeElement: null } };
  const fallback = { hasFocus: false, focus: () => Object.assign(fallback, { hasFocus: true }) };
  const yes = new Button();
  const buttons = [...'0123456789', 'not_a_digit'].map((said) => new Button(said));
  const question = new Question({ root, words, choices, yes, buttons, fallback });
  const claims = [];
  question.addEventListener('claim', ({ detail }) => claims.push(detail));
  question.ask({ id: 'a', claim }, reply, lead);
  const pressed = () => buttons.filter(({ attributes }) => attributes.get('aria-pressed') === 'true');
  return { root, words, choices, yes, buttons, fallback, question, claims, pressed };
}

test('Yes claims what was read', () => {
  const { yes, claims, words, root } = asked();
  yes.click();
  assert.deepEqual([claims, words.textContent, root.dataset.asked], [[7], 'Was it right?', 'true']);
});

test('Yes to no digit claims that', () => {
  const { yes, claims, words } = asked({ prediction: 7, verdict: 'not_a_digit' });
  yes.click();
  assert.deepEqual([claims, words.textContent], [['not_a_digit'], 'What was it?']);
});

test('there is no Yes to a doubt', () => {
  const { yes, question } = asked({ prediction: 7, verdict: 'unsure' });
  assert.equal(yes.hidden, true);
  assert.equal(question.press('y'), false);
});

test('a digit claims itself, zero too', () => {
  const { buttons, claims } = asked();
  buttons[0].click();
  buttons[10].click();
  assert.deepEqual(claims, [0, 'not_a_digit']);
});

test('keys answer', () => {
  const { question, claims } = asked();
  assert.deepEqual(['y', 'Y', '4', 'x', 'Enter'].map((key) => question.press(key)), [true, true, true, false, false]);
  assert.deepEqual(claims, [7, 7, 4]);
});

test('what was claimed is marked, and the same again takes it back', () => {
  const { question, buttons, claims, pressed, words } = asked();
  question.thank(4);
  assert.deepEqual(pressed(), [buttons[4]]);
  assert.match(words.textContent, /Thank you/);
  buttons[4].click();
  assert.deepEqual(claims, [null]);
  question.thank(null);
  assert.deepEqual(pressed(), []);
});

test('Yes said twice stays said, and is marked', () => {
  const { yes, question, claims } = asked();
  yes.click();
  question.thank(7);
  assert.equal(yes.attributes.get('aria-pressed'), 'true');
  yes.click();
  assert.deepEqual(claims, [7, 7]);
});

test('the focus does not fall into nothing when the buttons go', () => {
  const { question, fallback } = asked();
  question.tell('Nothing is kept.');
  assert.equal(fallback.hasFocus, false);
  const other = asked();
  other.choices.ownerDocument.activeElement = other.yes;
  other.question.tell('Nothing is kept.');
  assert.equal(other.fallback.hasFocus, true);
});

test('a claim from earlier is marked at once', () => {
  const { buttons, pressed } = asked(undefined, 0);
  assert.deepEqual(pressed(), [buttons[0]]);
});

test('what is said in place of the question is said', () => {
  assert.equal(asked(undefined, null, 'Kept as your 7.').words.textContent, 'Kept as your 7.');
});

test('keys answer nothing while nothing is asked', () => {
  const { question, claims, choices, root } = asked();
  question.tell('Not kept.');
  assert.deepEqual([question.press('4'), question.id, choices.hidden, root.dataset.asked], [false, null, true, 'false']);
  assert.deepEqual(claims, []);
});
