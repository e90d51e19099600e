import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../static/review/pace.js';
import { Session } from '../../static/review/session.js';

const EMPTY = { refused: [], lost: [], items: [], waiting: 90, dry: true };
const OFFLINE = { ok: false, isLogin: false, problem: 'Out of reach.' };

const card = (id) => ({ id, said: `All three say ${id}.` });
const settled = () => new Promise((resolve) => { setTimeout(resolve, 5); });

/** A session with cards a, b, c, d and a server that a test answers for. */
async function seated({ answers = [], cards = ['a', 'b', 'c', 'd'], ...options } = {}) {
  const sent = [];
  const heard = { words: [], troubles: [], logouts: 0 };
  let clock = 0;
  const session = new Session({
    send: async (body) => {
      sent.push(body);
      return answers.shift() ?? { ok: true, answer: EMPTY };
    },
    prepare: async (one) => ({ ...one }),
    pace: new Pace(),
    waiting: 100,
    now: () => { clock += 2000; return clock; },
    ...options,
  });
  session.addEventListener('word', ({ detail }) => heard.words.push(detail));
  session.addEventListener('trouble', ({ detail }) => heard.troubles.push(detail));
  session.addEventListener('logout', () => { heard.logouts += 1; });
  await session.add(cards.map(card));
  return { session, sent, answers, heard };
}

const said = (sent) => sent.flatMap(({ labels }) => labels.map(({ id, value }) => `${id}:${value}`));

test('a label shows the next drawing at once and is sent behind its back', async () => {
  const { session, sent, heard } = await seated();
  session.label('7');
  assert.deepEqual([session.current.id, session.isUnsaved, sent.length], ['b', true, 0]);
  await settled();
  assert.deepEqual(sent, [{ labels: [{ id: 'a', value: '7' }], have: ['b', 'c', 'd'], skip: ['a'] }]);
  assert.deepEqual([session.isUnsaved, session.pace.count, heard.words], [false, 1, ['Labelled 7.']]);
});

test('the answer fills the line up, with nothing twice', async () => {
  const answer = { ...EMPTY, items: [card('b'), card('e')] };
  const { session } = await seated({ answers: [{ ok: true, answer }] });
  session.label('1');
  await settled();
  for (const id of ['b', 'c', 'd', 'e']) {
    assert.equal(session.current.id, id);
    session.label('1');
  }
  assert.equal(session.current, null);
});

/** Pictures that are decoded when the test says so. */
function slowly() {
  const doors = [];
  const prepare = (one) => new Promise((resolve) => { doors.push(() => resolve({ ...one })); });
  return { prepare, open: () => doors.splice(0).forEach((door) => door()) };
}

test('a drawing whose pictures are being decoded is not asked for again', async () => {
  const { prepare, open } = slowly();
  const answer = { ...EMPTY, items: [card('b')] };
  const { session, sent } = await seated({ cards: [], prepare, answers: [{ ok: true, answer }] });
  session.refresh();
  await settled();
  assert.deepEqual([session.current, session.isLoading], [null, true]);
  session.refresh();
  await settled();
  assert.deepEqual(sent.map(({ have }) => have), [[], ['b']]);
  open();
  await settled();
  assert.equal(session.current.id, 'b');
});

test('nor shown again after its label, though the server sent it twice', async () => {
  const { prepare, open } = slowly();
  const answer = { ...EMPTY, items: [card('b')] };
  const { session } = await seated({ cards: [], prepare, answers: [{ ok: true, answer }, { ok: true, answer }] });
  session.refresh();
  await settled();
  session.refresh();
  await settled();
  open();
  await settled();
  session.label('1');
  await settled();
  assert.deepEqual([session.current, session.isUnsaved], [null, false]);
});

test('what somebody else has before its pictures are decoded is not shown', async () => {
  const { prepare, open } = slowly();
  const answers = [{ ...EMPTY, items: [card('b')] }, { ...EMPTY, lost: ['b'] }].map((answer) => ({ ok: true, answer }));
  const { session } = await seated({ cards: [], prepare, answers });
  session.refresh();
  await settled();
  session.refresh();
  await settled();
  open();
  await settled();
  assert.deepEqual([session.current, session.isLoading], [null, false]);
});

test('labels of one moment go together, those of the next behind them', async () => {
  const { session, sent } = await seated();
  session.label('1');
  session.label('2');
  await Promise.resolve();
  session.label('3');
  await settled();
  assert.deepEqual(sent.map(({ labels }) => labels.length), [2, 1]);
  assert.deepEqual(said(sent), ['a:1', 'b:2', 'c:3']);
});

test('undo goes back and takes the label back on the server', async () => {
  const { session, sent, heard } = await seated();
  session.label('x');
  await settled();
  assert.equal(session.undo(), true);
  assert.deepEqual([session.current.id, session.pace.count], ['a', 0]);
  await settled();
  assert.deepEqual(said(sent), ['a:x', 'a:null']);
  assert.deepEqual(sent[1].have, ['a', 'b', 'c', 'd']);
  assert.deepEqual(heard.words, ['Labelled not a digit.', 'Taken back: not a digit.']);
});

test('what never left is taken back without the server', async () => {
  const { session, sent } = await seated();
  session.label('1');
  session.undo();
  await settled();
  assert.deepEqual([said(sent), session.current.id, session.isUnsaved], [[], 'a', false]);
});

test('a label that is said anew after an undo is the one that arrives last', async () => {
  const { session, sent } = await seated();
  session.label('1');
  await settled();
  session.undo();
  session.label('2');
  session.undo();
  await settled();
  assert.deepEqual(said(sent), ['a:1', 'a:null']);
  session.label('3');
  await settled();
  assert.equal(said(sent).at(-1), 'a:3');
});

test('undo goes back through all of a session, then says that it can do no more', async () => {
  const { session } = await seated();
  session.label('1');
  session.skip();
  session.label('u');
  const back = [0, 1, 2].map(() => session.undo() && session.current.id);
  assert.deepEqual([back, session.undo()], [['c', 'b', 'a'], false]);
});

test('a label that could not be saved comes back behind the drawing that is looked at', async () => {
  const { session, heard } = await seated({ answers: [OFFLINE] });
  session.label('7');
  await settled();
  assert.deepEqual([session.current.id, session.isUnsaved, session.canRetry, session.pace.count], ['b', true, true, 0]);
  assert.deepEqual(heard.troubles, ['Out of reach. One label is not saved.']);
  session.label('1');
  assert.deepEqual([session.current.id, session.current.meant], ['a', '7']);
});

test('those that come back do so in their order', async () => {
  const { session } = await seated({ answers: [OFFLINE, OFFLINE] });
  session.label('7');
  await settled();
  session.label('8');
  await settled();
  session.skip();
  assert.deepEqual([session.current.id, session.current.meant], ['b', '8']);
});

test('it is saved again on demand, and leaves the line', async () => {
  const { session, sent, heard } = await seated({ answers: [OFFLINE] });
  session.label('7');
  await settled();
  session.retry();
  await settled();
  assert.deepEqual([said(sent), session.canRetry, session.isUnsaved], [['a:7', 'a:7'], false, false]);
  assert.deepEqual([session.pace.count, heard.troubles.at(-1)], [1, '']);
  session.label('2');
  assert.equal(session.current.id, 'c');
});

test('or it is labelled anew', async () => {
  const { session, sent } = await seated({ answers: [OFFLINE], cards: ['a'] });
  session.label('7');
  await settled();
  assert.equal(session.current.meant, '7');
  session.label('8');
  await settled();
  assert.deepEqual([said(sent), session.canRetry, session.current], [['a:7', 'a:8'], false, null]);
});

test('a label that could not be taken back stays to be sent', async () => {
  const { session, answers, sent } = await seated();
  session.label('7');
  await settled();
  answers.push(OFFLINE);
  session.undo();
  await settled();
  assert.deepEqual([session.current.id, session.canRetry], ['a', true]);
  session.retry();
  await settled();
  assert.deepEqual([said(sent), session.current.id], [['a:7', 'a:null', 'a:null'], 'a']);
});

test('a lost session is told apart', async () => {
  const { session, heard } = await seated({ answers: [{ ok: false, isLogin: true, problem: 'Log in again.' }] });
  session.label('7');
  await settled();
  assert.equal(heard.logouts, 1);
});

test('a label that the server refuses is said, and not sent again', async () => {
  const refusal = { ok: true, answer: { ...EMPTY, refused: [{ id: 'a', detail: 'This drawing is gone.' }] } };
  const { session, heard } = await seated({ answers: [refusal] });
  session.label('7');
  await settled();
  assert.deepEqual(heard.troubles, ['Not saved: This drawing is gone.']);
  assert.deepEqual([session.undo(), session.isUnsaved, session.pace.count], [false, false, 0]);
});

test('what somebody else has by now leaves the line', async () => {
  const { session, sent } = await seated({ answers: [{ ok: true, answer: { ...EMPTY, lost: ['a', 'c'] } }] });
  session.refresh();
  await settled();
  assert.deepEqual([sent[0].have, session.current.id], [['a', 'b', 'c', 'd'], 'b']);
  session.label('1');
  assert.equal(session.current.id, 'd');
});

test('an empty line is loading until the server says that there is no more', async () => {
  const { session } = await seated({ cards: ['a'] });
  session.label('1');
  assert.deepEqual([session.current, session.isLoading], [null, true]);
  await settled();
  assert.deepEqual([session.current, session.isLoading], [null, false]);
  session.label('1');
  session.skip();
  assert.equal(session.pace.count, 1);
});

test('a line that was full when the server was asked is not the end', async () => {
  const { session } = await seated({ cards: ['a'], send: async () => ({ ok: true, answer: { ...EMPTY, dry: false } }) });
  session.label('1');
  await settled();
  assert.deepEqual([session.current, session.isLoading], [null, true]);
});

test('what came meanwhile is counted, and what was said since the server counted is not', async () => {
  const { session } = await seated({ waiting: 5, send: async () => ({ ok: true, answer: { ...EMPTY, waiting: 9 } }) });
  session.label('1');
  await settled();
  assert.equal(session.waiting, 8);
  session.label('1');
  await settled();
  assert.equal(session.waiting, 7);
});

test('it says how many wait, and never fewer than it holds', async () => {
  const { session } = await seated({ waiting: 5 });
  session.label('1');
  assert.equal(session.waiting, 4);
  session.label('1');
  session.undo();
  assert.equal(session.waiting, 4);
  assert.equal((await seated({ waiting: 1 })).session.waiting, 4);
});
