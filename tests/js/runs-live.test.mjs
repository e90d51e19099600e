import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ask, follow } from '../../static/runs/live.js';

const FOLDER = new URL('../../static/runs/', import.meta.url);
const REWRITABLE = /^import \{ [^}]+ \} from '(\.\/[a-z]+\.js)';$/;
const LIVE = { state: 'running', ended: false };

test('it asks without following a redirect, and gives what it is told', async () => {
  const calls = [];
  const result = await ask('/state/', async (...call) => {
    calls.push(call);
    return Response.json(LIVE);
  });
  assert.deepEqual(result, { live: LIVE });
  assert.deepEqual([calls[0][0], calls[0][1].redirect], ['/state/', 'manual']);
});

for (const status of [302, 401, 403]) {
  test(`${status} says that one is logged out`, async () => {
    assert.match((await ask('/', async () => new Response('', { status }))).problem, /logged out/);
  });
}

test('so does a redirect that is not followed', async () => {
  assert.match((await ask('/', async () => ({ type: 'opaqueredirect', status: 0 }))).problem, /logged out/);
});

test('a server that fails or is away is said', async () => {
  assert.match((await ask('/', async () => new Response('', { status: 503 }))).problem, /answered 503/);
  assert.match((await ask('/', async () => { throw new TypeError('failed'); })).problem, /cannot be reached/);
  assert.match((await ask('/', async () => new Response('<html>'))).problem, /cannot be reached/);
});

test('it follows through failures until the run has ended', async () => {
  const ended = { state: 'succeeded', ended: true };
  const answers = [{ live: LIVE }, { problem: 'away' }, { live: LIVE }, { live: ended }, { live: LIVE }];
  const [told, pauses] = [[], []];
  const view = { show: ({ state }) => told.push(state), fail: (problem) => told.push(problem) };
  const last = await follow(async () => answers.shift(), view, async () => { pauses.push(told.length); });
  assert.deepEqual(told, ['running', 'away', 'running', 'succeeded']);
  assert.deepEqual(pauses, [1, 2, 3]);
  assert.equal(last, ended);
});

for (const name of readdirSync(FOLDER).filter((each) => each.endsWith('.js'))) {
  test(`${name} imports in the form that can be rewritten`, () => {
    const lines = readFileSync(new URL(name, FOLDER), 'utf8').split('\n');
    for (const line of lines.filter((text) => /\bimport\b|^export .* from/.test(text))) {
      assert.match(line, REWRITABLE);
      assert.ok(existsSync(new URL(REWRITABLE.exec(line)[1], FOLDER)), line);
    }
  });
}
