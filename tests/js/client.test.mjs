import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, busySentence, claim, forget, refusalSentence, wanted } from '../../static/js/client.js';

const URL = '/api/predict/';
const DRAWING = { image: new Blob(['png'], { type: 'image/png' }), strokes: '{"lines":[]}', store: false };
const KEPT = { id: 'i-1', token: 't-1' };

const answering = (status, body, headers = {}) => async () =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

const asked = (fetch, options = {}) => ask(URL, DRAWING, { fetch, ...options });

/** A server that answers all calls alike, and what it was asked. */
function listener(status, body) {
  const calls = [];
  const fetch = async (url, { method, body: sent, headers }) => {
    calls.push({ url, method, sent, headers });
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  };
  return { calls, fetch };
}

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
  await asked(async (...call) => {
    calls.push(call);
    return Response.json({ models: {} });
  });
  const [[url, { method, body, credentials, headers }]] = calls;
  assert.deepEqual([url, method, credentials, headers.Accept], [URL, 'POST', 'same-origin', 'application/json']);
  assert.equal(body.get('image').type, 'image/png');
  assert.equal(body.get('image').name, 'drawing');
  assert.equal(body.get('strokes'), DRAWING.strokes);
  assert.deepEqual([body.get('store'), body.has('prompt'), 'X-Request-ID' in headers], ['false', false, false]);
});

test('it names the digit that was asked for, and the id of the request', async () => {
  const { calls, fetch } = listener(200, { models: {} });
  await ask(URL, { ...DRAWING, store: true, prompt: 0, requestId: 'r-1' }, { fetch });
  assert.deepEqual([calls[0].sent.get('store'), calls[0].sent.get('prompt')], ['true', '0']);
  assert.equal(calls[0].headers['X-Request-ID'], 'r-1');
});

test('a picture without strokes goes without them', async () => {
  const { calls, fetch } = listener(200, { models: {} });
  await ask(URL, { ...DRAWING, strokes: null }, { fetch });
  assert.equal(calls[0].sent.has('strokes'), false);
});

for (const said of [7, 0, 'not_a_digit', null]) {
  test(`a claim of ${said} goes to the drawing's own address with its token`, async () => {
    const { calls, fetch } = listener(200, { id: 'i-1', claim: said });
    assert.equal((await claim('/api/submissions/', KEPT, said, { fetch })).ok, true);
    const [{ url, method, sent, headers }] = calls;
    assert.deepEqual([url, method, JSON.parse(sent)], ['/api/submissions/i-1/claim/', 'POST', { claim: said }]);
    assert.deepEqual([headers.Authorization, headers['Content-Type']], ['Bearer t-1', 'application/json']);
  });
}

test('a drawing is deleted with its token, and an empty answer is a good one', async () => {
  const { calls, fetch } = listener(204);
  assert.equal((await forget('/api/submissions/', KEPT, { fetch })).ok, true);
  const [{ url, method, headers }] = calls;
  assert.deepEqual([url, method, headers.Authorization], ['/api/submissions/i-1/', 'DELETE', 'Bearer t-1']);
});

test('a drawing that is gone already is deleted', async () => {
  assert.equal((await forget('/x/', KEPT, { fetch: answering(404, { detail: 'Gone.' }) })).ok, true);
});

test('a drawing that may not be deleted is not', async () => {
  const result = await forget('/x/', KEPT, { fetch: answering(403, { detail: 'Another token.' }) });
  assert.deepEqual([result.ok, result.problem], [false, 'Another token.']);
});

test('the digit that is wanted is not the one before', async () => {
  const { calls, fetch } = listener(200, { prompt: 4 });
  assert.equal((await wanted('/p/', null, { fetch })).answer.prompt, 4);
  await wanted('/p/', 0, { fetch });
  assert.deepEqual(calls.map(({ url }) => url), ['/p/', '/p/?not=0']);
});

test('an answer comes back whole', async () => {
  const reply = { prediction: 3, models: { cnn: {} } };
  assert.deepEqual(await asked(answering(200, reply)), { ok: true, answer: reply });
});

test('a refusal gives the detail of the server', async () => {
  const result = await asked(answering(422, { code: 'blank_image', detail: 'Nothing is drawn.' }));
  assert.deepEqual(result, { ok: false, reason: 'refused', status: 422, problem: 'Nothing is drawn.' });
});

test('too many requests say when to come back', async () => {
  const result = await asked(answering(429, { detail: 'Throttled.' }, { 'Retry-After': '12' }));
  assert.equal(result.reason, 'busy');
  assert.match(result.problem, /Try again in 12 seconds\.$/);
});

test('an error page of a proxy is a refusal', async () => {
  const result = await asked(answering(502, '<h1>Bad gateway</h1>'));
  assert.equal(result.problem, 'The server could not answer (502). Try again in a moment.');
});

test('a success without an answer in it is a refusal', async () => {
  for (const body of ['<p>Sign in to this network</p>', 'null', '[]']) {
    assert.equal((await asked(answering(200, body))).reason, 'refused');
  }
});

test('a failed connection has its own sentence', async () => {
  const result = await asked(async () => {
    throw new TypeError('Failed to fetch');
  });
  assert.equal(result.reason, 'network');
  assert.match(result.problem, /cannot be reached/);
});

test('a slow server has its own sentence', async () => {
  const result = await asked(hanging, { timeout: 20 });
  assert.equal(result.reason, 'timeout');
  assert.match(result.problem, /too long/);
});

test('a request that was called off says nothing', async () => {
  const controller = new AbortController();
  const answer = asked(hanging, { signal: controller.signal });
  controller.abort();
  assert.deepEqual(await answer, { ok: false, reason: 'aborted', status: undefined, problem: '' });
});

test('a request that was called off before it began is not sent', async () => {
  const result = await asked(() => assert.fail('sent'), { signal: AbortSignal.abort() });
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
    assert.equal(busySentence(header, NOW), `That was a lot. Try again ${words}.`);
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
