import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Answer } from '../../static/js/answer.js';

/** As much of an element as an answer needs. */
function element(textContent = '') {
  const classes = new Set();
  const attributes = new Map();
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
    setAttribute: (name, value) => attributes.set(name, value),
    getAttribute: (name) => attributes.get(name),
  };
}

const column = () => ({
  head: element(),
  version: element(),
  says: element(),
  prediction: element(),
  confidence: element(),
  cells: Array.from({ length: 10 }, () => ({ cell: element(), bar: element(), share: element() })),
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
  models: { svm: opinion(1, 0.52), cnn: opinion(7, 0.91), mlp: { version: 3, error: { code: 'model_unavailable', detail: 'y' } } },
  summary: 'SVM says 1, CNN says 7. MLP is not available.',
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

test('a doubted digit takes more room', () => {
  const { parts, answer } = shown({ ...REPLY, verdict: 'unsure' });
  assert.equal(parts.consensus.classList.contains('doubted'), true);
  answer.reset();
  assert.equal(parts.consensus.classList.contains('doubted'), false);
});

test('it announces the sentence', () => {
  assert.equal(shown().parts.live.textContent, 'SVM says 1, CNN says 7. MLP is not available.');
});

test('what is added is heard with the sentence', () => {
  const { parts, answer } = shown();
  answer.show(REPLY, 'Kept.');
  assert.match(parts.live.textContent, /not available\. Kept\.$/);
  assert.doesNotMatch(parts.verdict.textContent, /Kept/);
});

test('a column shows version, prediction and confidence', () => {
  const { version, prediction, confidence } = shown().parts.columns.cnn;
  assert.deepEqual([version, prediction, confidence].map(({ textContent }) => String(textContent)), ['v4', '7', '91%']);
});

test('a bar has the length and the number of its share', () => {
  const { bar, share } = shown().parts.columns.cnn.cells[7];
  assert.equal(bar.getAttribute('width'), '91.0');
  assert.equal(share.textContent, '91');
});

test('only the predicted digit stands out', () => {
  const { cells } = shown().parts.columns.svm;
  const tops = cells.flatMap(({ cell }, digit) => (cell.classList.contains('top') ? [digit] : []));
  assert.deepEqual(tops, [1]);
});

test('a column says whether it agrees with the consensus', () => {
  const { svm, cnn } = shown().parts.columns;
  assert.deepEqual([svm.head.dataset.state, cnn.head.dataset.state], ['differs', 'agrees']);
  assert.deepEqual([svm.says.dataset.state, svm.cells[1].cell.dataset.state], ['differs', 'differs']);
});

test('a broken model is not available and the others answer', () => {
  const { head, version, prediction, confidence, cells } = shown().parts.columns.mlp;
  const said = [head.dataset.state, version.textContent, prediction.textContent, confidence.textContent];
  assert.deepEqual(said, ['silent', 'v3', '', 'not available']);
  assert.equal(cells[0].share.textContent, '');
});

test('a model that was not asked stays empty', () => {
  const { parts } = shown({ ...REPLY, models: { cnn: opinion(7, 0.9) } });
  assert.equal(parts.columns.svm.head.dataset.state, 'empty');
});

test('what cannot be read of a drawing is said in the words of the server', () => {
  const error = { code: 'strokes_error', detail: 'The strokes have no length.' };
  const { head, prediction, confidence } = shown({ ...REPLY, models: { svm: { version: 2, error } } }).parts.columns.svm;
  const said = [head.dataset.state, prediction.textContent, confidence.textContent];
  assert.deepEqual(said, ['unheard', '', 'The strokes have no length.']);
});

test('an optional column is there while the answers have its model, and stays when the paper is cleared', () => {
  const { parts, answer } = answerWith(['cnn', 'pen']);
  const { pen } = parts.columns;
  Object.assign(pen, { isOptional: true, whole: [pen.head, pen.says] });
  const seen = () => pen.whole.map(({ hidden }) => !hidden);
  const models = { cnn: opinion(7, 0.9) };
  answer.show({ ...REPLY, models: { ...models, pen: opinion(7, 0.8) } });
  assert.deepEqual(seen(), [true, true]);
  answer.reset();
  assert.deepEqual(seen(), [true, true]);
  answer.show({ ...REPLY, models });
  assert.deepEqual(seen(), [false, false]);
  answer.show({ ...REPLY, models: { ...models, pen: { version: 1, error: { code: 'strokes_error', detail: 'y' } } } });
  assert.deepEqual(seen(), [true, true]);
});

test('nothing of an answer is left in the next one', () => {
  const { parts, answer } = shown();
  answer.show({ ...REPLY, models: { ...REPLY.models, svm: REPLY.models.mlp } });
  const { prediction, cells } = parts.columns.svm;
  assert.equal(prediction.textContent, '');
  assert.equal(cells[1].cell.classList.contains('top'), false);
  assert.equal(cells[1].bar.getAttribute('width'), '0');
});

test('a reset brings the invitation back', () => {
  const { parts, answer } = shown();
  answer.reset();
  assert.equal(parts.verdict.textContent, 'The answer appears here.');
  assert.deepEqual([parts.consensus.textContent, parts.live.textContent, parts.seen.hidden], ['–', '', true]);
  assert.equal(parts.columns.cnn.head.dataset.state, 'empty');
});

test('an answer ages when the drawing changes, an empty one does not', () => {
  const { parts, answer } = shown();
  assert.equal(answer.isFresh, true);
  answer.age();
  assert.equal(parts.root.dataset.state, 'old');
  assert.equal(answer.isFresh, false);
  answer.reset();
  answer.age();
  assert.equal(parts.root.dataset.state, 'empty');
});
