import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busySentence, predict, refusalSentence } from '../../static/js/client.js';

const URL = '/api/predict/';
const DRAWING = { image: new Blob(['png'], { type: 'image/png' }), strokes: '{"lines":[]}' };

const answering = (status, body, headers = {}) => async () =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

const ask = (fetch, options = {}) => predict(URL, DRAWING, { fetch, ...options });

/** Never answers; gives up when told to, like the real one. */
const hanging = (url, { signal }) =>
  new Promise((resolve, reject) => {
    // Without a live handle Node would stop before the timeout.
    const alive = setInterval(() => {}, 1000);
    signal.addEventListener('abort', () => {
      clearInterval(alive);
      reject(new DOMException('stopped', 'AbortError'));
    });
  });

test('it posts the picture and the strokes as a form', async () => {
  const calls = [];
  await ask(async (...call) => {
    calls.push(call);
    return Response.json({ models: {} });
  });
  const [[url, { method, body, credentials, headers }]] = calls;
  assert.deepEqual([url, method, credentials, headers.Accept], [URL, 'POST', 'same-origin', 'application/json']);
  assert.equal(body.get('image').type, 'image/png');
  assert.equal(body.get('image').name, 'drawing.png');
  assert.equal(body.get('strokes'), DRAWING.strokes);
});

test('an answer comes back whole', async () => {
  const reply = { prediction: 3, models: { cnn: {} } };
  assert.deepEqual(await ask(answering(200, reply)), { ok: true, answer: reply });
});

test('a refusal gives the detail of the server', async () => {
  const result = await ask(answering(422, { code: 'blank_image', detail: 'Nothing is drawn.' }));
  assert.deepEqual(result, { ok: false, reason: 'refused', problem: 'Nothing is drawn.' });
});

test('too many requests say when to come back', async () => {
  const result = await ask(answering(429, { detail: 'Throttled.' }, { 'Retry-After': '12' }));
  assert.equal(result.reason, 'busy');
  assert.match(result.problem, /Try again in 12 seconds\.$/);
});

test('an error page of a proxy is a refusal', async () => {
  const result = await ask(answering(502, '<h1>Bad gateway</h1>'));
  assert.equal(result.problem, 'The server could not answer (502). Try again in a moment.');
});

test('a success without an answer in it is a refusal', async () => {
  for (const body of ['<p>Sign in to this network</p>', 'null', '[]']) {
    assert.equal((await ask(answering(200, body))).reason, 'refused');
  }
});

test('a failed connection has its own sentence', async () => {
  const result = await ask(async () => {
    throw new TypeError('Failed to fetch');
  });
  assert.equal(result.reason, 'network');
  assert.match(result.problem, /cannot be reached/);
});

test('a slow server has its own sentence', async () => {
  const result = await ask(hanging, { timeout: 20 });
  assert.equal(result.reason, 'timeout');
  assert.match(result.problem, /too long/);
});

test('a request that was called off says nothing', async () => {
  const controller = new AbortController();
  const asked = ask(hanging, { signal: controller.signal });
  controller.abort();
  assert.deepEqual(await asked, { ok: false, reason: 'aborted', problem: '' });
});

test('a request that was called off before it began is not sent', async () => {
  const result = await ask(() => assert.fail('sent'), { signal: AbortSignal.abort() });
  assert.equal(result.reason, 'aborted');
});

const NOW = Date.parse('2024-05-01T12:00:00Z');

for (const [header, words] of [
  ['1', 'in a second'],
  ['12', 'in 12 seconds'],
  ['90', 'in 90 seconds'],
  ['91', 'in 2 minutes'],
  ['0', 'in a moment'],
  [null, 'in a moment'],
  ['soon', 'in a moment'],
  ['Wed, 01 May 2024 12:00:30 GMT', 'in 30 seconds'],
  ['Wed, 01 May 2024 11:00:00 GMT', 'in a moment'],
]) {
  test(`Retry-After ${header} means ${words}`, () => {
    assert.equal(busySentence(header, NOW), `That was a lot of drawings. Try again ${words}.`);
  });
}

test('a detail becomes a sentence', () => {
  assert.equal(refusalSentence(422, { detail: 'nothing is drawn' }), 'Nothing is drawn.');
  assert.equal(refusalSentence(413, { detail: 'Too large!' }), 'Too large!');
});

test('a detail that is not text is not shown', () => {
  assert.match(refusalSentence(400, { detail: { image: ['bad'] } }), /could not answer \(400\)/);
});

test('a fault of the server carries the reference, a refusal does not', () => {
  const content = { detail: 'No model can answer.', request_id: '7f3a' };
  assert.equal(refusalSentence(503, content), 'No model can answer. Reference: 7f3a.');
  assert.equal(refusalSentence(422, content), 'No model can answer.');
});
