import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { consensusSign, percent, verdictWords } from '../../static/js/words.js';

const BROKEN = { version: 2, error: { code: 'model_unavailable', detail: 'No artifact.' } };

/** modelsSaying({ svm: 3, cnn: null }): the SVM says 3, the CNN is broken. */
const modelsSaying = (digits) =>
  Object.fromEntries(
    Object.entries(digits).map(([kind, digit]) => [kind, digit === null ? BROKEN : { version: 2, prediction: digit }]),
  );

/** Said where the consensus is what most of them say. */
function words(digits, verdict = 'digit') {
  const said = Object.values(digits);
  const count = (digit) => said.filter((other) => other === digit).length;
  const prediction = said.reduce((best, digit) => (count(digit) > count(best) ? digit : best), said[0]);
  return verdictWords({ prediction, verdict, models: modelsSaying(digits) });
}

for (const [digits, sentence] of [
  [{ svm: 3, cnn: 3, mlp: 3 }, 'All three say 3.'],
  [{ svm: 1, cnn: 7, mlp: 7 }, 'CNN and MLP say 7, SVM says 1.'],
  [{ svm: 7, cnn: 1, mlp: 7 }, 'SVM and MLP say 7, CNN says 1.'],
  [{ svm: 1, cnn: 7, mlp: 4 }, 'SVM says 1, CNN says 7, MLP says 4.'],
  [{ svm: 0, cnn: 0, mlp: null }, 'SVM and CNN both say 0. MLP is not available.'],
  [{ svm: 1, cnn: 7, mlp: null }, 'SVM says 1, CNN says 7. MLP is not available.'],
  [{ svm: 5, cnn: null, mlp: null }, 'SVM says 5. CNN and MLP are not available.'],
  [{ svm: null, cnn: null, mlp: null }, 'No model could answer. SVM, CNN and MLP are not available.'],
  [{ cnn: 8 }, 'CNN says 8.'],
  [{ svm: 2, cnn: 2, mlp: 2, knn: 2 }, 'All four say 2.'],
]) {
  test(`${JSON.stringify(digits)} reads: ${sentence}`, () => assert.equal(words(digits), sentence));
}

test('a doubtful answer says so first', () => {
  assert.equal(words({ svm: 1, cnn: 7, mlp: 7 }, 'unsure'), 'Not sure. CNN and MLP say 7, SVM says 1.');
});

test('what is not a digit says so first', () => {
  const sentence = 'This does not look like a digit. Forced to choose, all three say 8.';
  assert.equal(words({ svm: 8, cnn: 8, mlp: 8 }, 'not_a_digit'), sentence);
});

test('the sign is the digit, a doubted digit, or a question', () => {
  assert.equal(consensusSign({ prediction: 0, verdict: 'digit' }), '0');
  assert.equal(consensusSign({ prediction: 7, verdict: 'unsure' }), '7?');
  assert.equal(consensusSign({ prediction: 7, verdict: 'not_a_digit' }), '?');
  assert.equal(consensusSign({ prediction: null, verdict: 'unsure' }), '?');
});

const CASES = JSON.parse(readFileSync(new URL('../words.json', import.meta.url), 'utf8'));

for (const { reply, sign, words: sentence } of CASES.replies) {
  test(`the server's twin says the same: ${sign} ${sentence}`, () => {
    assert.deepEqual([consensusSign(reply), verdictWords(reply)], [sign, sentence]);
  });
}

for (const { share, percent: text } of CASES.shares) {
  test(`a share of ${share} reads ${text} per cent`, () => assert.equal(percent(share), text));
}
