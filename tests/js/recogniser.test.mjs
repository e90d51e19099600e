import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recogniser } from '../../static/js/recogniser.js';

/** A server that answers when it is told to. */
function slowServer() {
  const questions = [];
  const send = (question, { signal }) =>
    new Promise((resolve) => {
      questions.push({ ...question, signal, answer: (result = { ok: true, answer: {} }) => resolve(result) });
    });
  const recogniser = new Recogniser(async () => ({ image: 'png', strokes: '[]' }), send);
  return { questions, recogniser };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a glance keeps nothing', async () => {
  const { questions, recogniser } = slowServer();
  const outcome = recogniser.glance();
  await settled();
  assert.deepEqual([questions[0].store, questions[0].requestId, questions[0].image], [false, undefined, 'png']);
  questions[0].answer();
  assert.deepEqual(await outcome, { ok: true, answer: {}, isCurrent: true });
  assert.equal(recogniser.isSettled, false);
});

test('a newer glance gives up the older one', async () => {
  const { questions, recogniser } = slowServer();
  const older = recogniser.glance();
  await settled();
  recogniser.change();
  recogniser.glance();
  await settled();
  assert.equal(questions[0].signal.aborted, true);
  assert.equal(questions[1].signal.aborted, false);
  questions[0].answer({ ok: false, reason: 'aborted', problem: '' });
  assert.equal(await older, null);
  assert.equal(recogniser.isBusy, true, 'the newer one is still waited for');
});

test('other ink gives up a glance', async () => {
  const { questions, recogniser } = slowServer();
  recogniser.glance();
  await settled();
  recogniser.change();
  assert.deepEqual([questions[0].signal.aborted, recogniser.isBusy], [true, false]);
});

test('a decision goes before a glance', async () => {
  const { questions, recogniser } = slowServer();
  recogniser.glance();
  await settled();
  recogniser.decide({ store: true, prompt: 7 });
  await settled();
  assert.equal(questions[0].signal.aborted, true);
  assert.deepEqual([questions[1].store, questions[1].prompt], [true, 7]);
});

test('a decision is waited for though the drawing goes on', async () => {
  const { questions, recogniser } = slowServer();
  const outcome = recogniser.decide({ store: true });
  await settled();
  recogniser.change();
  recogniser.glance();
  await settled();
  assert.equal(questions[0].signal.aborted, false);
  questions[0].answer();
  assert.deepEqual(await outcome, { ok: true, answer: {}, isCurrent: false });
  assert.equal(recogniser.isSettled, false);
});

test('a drawing is settled as soon as it is sent for good, until it changes', async () => {
  const { questions, recogniser } = slowServer();
  const outcome = recogniser.decide({ store: true });
  assert.equal(recogniser.isSettled, true);
  await settled();
  questions[0].answer();
  await outcome;
  assert.deepEqual([recogniser.isSettled, recogniser.isBusy], [true, false]);
  recogniser.change();
  assert.equal(recogniser.isSettled, false);
});

test('a decision that failed can be taken again, under the same id', async () => {
  const { questions, recogniser } = slowServer();
  const outcome = recogniser.decide({ store: true });
  await settled();
  questions[0].answer({ ok: false, reason: 'network', problem: 'x' });
  assert.equal((await outcome).ok, false);
  assert.equal(recogniser.isSettled, false);
  recogniser.decide({ store: true });
  await settled();
  assert.match(questions[0].requestId, /^[0-9a-f]{32}$/);
  assert.equal(questions[1].requestId, questions[0].requestId);
});

test('another drawing has another id', async () => {
  const { questions, recogniser } = slowServer();
  recogniser.decide({ store: true });
  await settled();
  recogniser.change();
  recogniser.decide({ store: true });
  await settled();
  assert.notEqual(questions[1].requestId, questions[0].requestId);
});

test('what was answered may be asked for again', async () => {
  const { questions, recogniser } = slowServer();
  const outcome = recogniser.decide({ store: false });
  await settled();
  questions[0].answer();
  await outcome;
  recogniser.unsettle();
  assert.equal(recogniser.isSettled, false);
});

test('an older decision that is answered late does not undo a newer one', async () => {
  const { questions, recogniser } = slowServer();
  const older = recogniser.decide({ store: true });
  await settled();
  recogniser.change();
  const newer = recogniser.decide({ store: true });
  await settled();
  questions[1].answer();
  await newer;
  questions[0].answer();
  assert.equal((await older).isCurrent, false);
  assert.equal(recogniser.isSettled, true);
});

test('it says when it begins and ends to wait', async () => {
  const { questions, recogniser } = slowServer();
  const states = [];
  recogniser.addEventListener('busy', () => states.push(recogniser.isBusy));
  const outcome = recogniser.glance();
  await settled();
  questions[0].answer();
  await outcome;
  assert.deepEqual(states, [true, false]);
});
