import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookie, post } from '../../static/review/client.js';

const answering = (status, body) => async () =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

const posted = (fetch, options = {}) => post('/save/', { labels: [] }, { fetch, cookies: 'csrftoken=abc', ...options });

test('it posts JSON with the token of the moment', async () => {
  const calls = [];
  const result = await posted(async (...call) => {
    calls.push(call);
    return Response.json({ items: [] });
  });
  const [[url, { method, body, headers, redirect }]] = calls;
  assert.deepEqual([url, method, body, redirect], ['/save/', 'POST', '{"labels":[]}', 'manual']);
  assert.deepEqual([headers['Content-Type'], headers['X-CSRFToken']], ['application/json', 'abc']);
  assert.deepEqual(result, { ok: true, answer: { items: [] } });
});

for (const status of [302, 401, 403]) {
  test(`${status} says to log in again`, async () => {
    const result = await posted(answering(status, '<html>'));
    assert.equal(result.isLogin, true);
    assert.match(result.problem, /Log in again/);
  });
}

test('so does a redirect that is not followed', async () => {
  const result = await posted(async () => ({ type: 'opaqueredirect', status: 0 }));
  assert.equal(result.isLogin, true);
});

test("a refusal is told in the server's words, or by its number", async () => {
  assert.equal((await posted(answering(400, { detail: 'No.' }))).problem, 'No.');
  assert.equal((await posted(answering(502, '<html>'))).problem, 'The server answered 502.');
  assert.equal((await posted(answering(200, 'nonsense'))).ok, false);
});

test('a server out of reach is said, and one that hangs', async () => {
  const { problem } = await posted(async () => { throw new TypeError('failed'); });
  assert.match(problem, /cannot be reached/);
  const late = await posted(async () => { throw new DOMException('late', 'TimeoutError'); });
  assert.match(late.problem, /too long/);
});

test('a cookie is found among others, and not in the end of another', () => {
  assert.equal(cookie('xcsrftoken=1; csrftoken=a%3Db; other=2', 'csrftoken'), 'a=b');
  assert.equal(cookie('', 'csrftoken'), '');
});
