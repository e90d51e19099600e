import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Answer } from '../../static/js/answer.js';

/** As much of an element as an answer needs. */
function element(textContent = '') {
  const classes = new Set();
  const properties = new Map();
  return {
    textContent,
    hidden: true,
    dataset: {},
    ownerDocument: { createElement: () => element() },
    replaceChildren(...children) {
      this.textContent = children.map((child) => child.textContent ?? child).join('');
    },
    classList: {
      toggle: (name, on) => (on ? classes.add(name) : classes.delete(name)),
      remove: (name) => classes.delete(name),
      contains: (name) => classes.has(name),
    },
    style: {
      setProperty: (name, value) => properties.set(name, value),
      removeProperty: (name) => properties.delete(name),
      getPropertyValue: (name) => properties.get(name) ?? '',
    },
  };
}

const column = () => ({
  block: element(),
  version: element(),
  prediction: element(),
  confidence: element(),
  bars: Array.from({ length: 10 }, () => ({ row: element(), share: element() })),
});

function answerWith(kinds) {
  const [root, consensus, verdict, seen, live] = Array.from({ length: 5 }, () => element());
  verdict.textContent = 'The answer appears here.';
  root.dataset.state = 'empty';
  const parts = { root, consensus, verdict, seen, live, columns: Object.fromEntries(kinds.map((k) => [k, column()])) };
  return { parts, answer: new Answer(parts) };
}

const opinion = (prediction, confidence) => ({
  version: 4,
  prediction,
  confidence,
  probabilities: Array.from({ length: 10 }, (_, digit) => (digit === prediction ? confidence : (1 - confidence) / 9)),
});

const REPLY = {
  prediction: 7,
  verdict: 'digit',
  agreement: 'majority',
  models: { svm: opinion(1, 0.52), cnn: opinion(7, 0.91), mlp: { version: 3, error: { code: 'x', detail: 'y' } } },
  pixels: 'data:image/png;base64,AAAA',
};

function shown(reply = REPLY) {
  const { parts, answer } = answerWith(['svm', 'cnn', 'mlp']);
  answer.show(reply);
  return { parts, answer };
}

test('it shows the consensus, the sentence and the picture', () => {
  const { parts } = shown();
  assert.equal(parts.consensus.textContent, '7');
  assert.equal(parts.verdict.textContent, 'SVM says 1, CNN says 7. MLP is not available.');
  assert.equal(parts.seen.src, REPLY.pixels);
  assert.equal(parts.seen.hidden, false);
  assert.equal(parts.root.dataset.state, 'digit');
});

test('it announces the sentence', () => {
  assert.equal(shown().parts.live.textContent, 'SVM says 1, CNN says 7. MLP is not available.');
});

test('a column shows version, prediction and confidence', () => {
  const { version, prediction, confidence } = shown().parts.columns.cnn;
  assert.deepEqual([version, prediction, confidence].map(({ textContent }) => String(textContent)), ['v4', '7', '91%']);
});

test('a bar has the length and the number of its share', () => {
  const { row, share } = shown().parts.columns.cnn.bars[7];
  assert.equal(row.style.getPropertyValue('--share'), 0.91);
  assert.equal(share.textContent, '91');
});

test('only the predicted digit stands out', () => {
  const { bars } = shown().parts.columns.svm;
  assert.deepEqual(bars.map(({ row }) => row.classList.contains('top')).indexOf(true), 1);
  assert.equal(bars.filter(({ row }) => row.classList.contains('top')).length, 1);
});

test('a column says whether it agrees with the consensus', () => {
  const { svm, cnn } = shown().parts.columns;
  assert.deepEqual([svm.block.dataset.state, cnn.block.dataset.state], ['differs', 'agrees']);
});

test('a broken model is not available and the others answer', () => {
  const { block, version, confidence, bars } = shown().parts.columns.mlp;
  assert.deepEqual([block.dataset.state, version.textContent, confidence.textContent], ['silent', 'v3', 'not available']);
  assert.equal(bars[0].share.textContent, '');
});

test('a model that was not asked stays empty', () => {
  const { parts } = shown({ ...REPLY, models: { cnn: opinion(7, 0.9) } });
  assert.equal(parts.columns.svm.block.dataset.state, 'empty');
});

test('nothing of an answer is left in the next one', () => {
  const { parts, answer } = shown();
  answer.show({ ...REPLY, models: { ...REPLY.models, svm: REPLY.models.mlp } });
  const { prediction, bars } = parts.columns.svm;
  assert.equal(prediction.textContent, '–');
  assert.equal(bars[1].row.classList.contains('top'), false);
  assert.equal(bars[1].row.style.getPropertyValue('--share'), '');
});

test('a reset brings the invitation back', () => {
  const { parts, answer } = shown();
  answer.reset();
  assert.equal(parts.verdict.textContent, 'The answer appears here.');
  assert.deepEqual([parts.consensus.textContent, parts.live.textContent, parts.seen.hidden], ['–', '', true]);
  assert.equal(parts.columns.cnn.block.dataset.state, 'empty');
});

test('an answer ages when the drawing changes, an empty one does not', () => {
  const { parts, answer } = shown();
  answer.age();
  assert.equal(parts.root.dataset.state, 'old');
  answer.reset();
  answer.age();
  assert.equal(parts.root.dataset.state, 'empty');
});
