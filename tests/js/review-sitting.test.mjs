import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../static/review/pace.js';
import { Sitting } from '../../static/review/sitting.js';

const EMPTY = { refused: [], lost: [], items: [], waiting: 90, dry: true };
const OFFLINE = { ok: false, isLogin: false, problem: 'Out of reach.' };

const card = (id) => ({ id, said: `All three say ${id}.` });
const settled = () => new Promise((resolve) => { setTimeout(resolve, 5); });

/** A sitting with cards a, b, c, d and a server that a test answers for. */
async function seated({ answers = [], cards = ['a', 'b', 'c', 'd'], ...options } = {}) {
  const sent = [];
  const heard = { words: [], troubles: [], logouts: 0 };
  let clock = 0;
  const sitting = new Sitting({
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
  sitting.addEventListener('word', ({ detail }) => heard.words.push(detail));
  sitting.addEventListener('trouble', ({ detail }) => heard.troubles.push(detail));
  sitting.addEventListener('logout', () => { heard.logouts += 1; });
  await sitting.add(cards.map(card));
  return { sitting, sent, answers, heard };
}

const said = (sent) => sent.flatMap(({ labels }) => labels.map(({ id, value }) => `${id}:${value}`));

test('a label shows the next drawing at once and is sent behind its back', async () => {
  const { sitting, sent, heard } = await seated();
  sitting.label('7');
  assert.deepEqual([sitting.current.id, sitting.isUnsaved, sent.length], ['b', true, 0]);
  await settled();
  assert.deepEqual(sent, [{ labels: [{ id: 'a', value: '7' }], have: ['b', 'c', 'd'], skip: ['a'] }]);
  assert.deepEqual([sitting.isUnsaved, sitting.pace.count, heard.words], [false, 1, ['Labelled 7.']]);
});

test('the answer fills the line up, with nothing twice', async () => {
  const answer = { ...EMPTY, items: [card('b'), card('e')] };
  const { sitting } = await seated({ answers: [{ ok: true, answer }] });
  sitting.label('1');
  await settled();
  for (const id of ['b', 'c', 'd', 'e']) {
    assert.equal(sitting.current.id, id);
    sitting.label('1');
  }
  assert.equal(sitting.current, null);
});

test('labels of one moment go together, those of the next behind them', async () => {
  const { sitting, sent } = await seated();
  sitting.label('1');
  sitting.label('2');
  await Promise.resolve();
  sitting.label('3');
  await settled();
  assert.deepEqual(sent.map(({ labels }) => labels.length), [2, 1]);
  assert.deepEqual(said(sent), ['a:1', 'b:2', 'c:3']);
});

test('undo goes back and takes the label back on the server', async () => {
  const { sitting, sent, heard } = await seated();
  sitting.label('x');
  await settled();
  assert.equal(sitting.undo(), true);
  assert.deepEqual([sitting.current.id, sitting.pace.count], ['a', 0]);
  await settled();
  assert.deepEqual(said(sent), ['a:x', 'a:null']);
  assert.deepEqual(sent[1].have, ['a', 'b', 'c', 'd']);
  assert.deepEqual(heard.words, ['Labelled not a digit.', 'Taken back: not a digit.']);
});

test('what never left is taken back without the server', async () => {
  const { sitting, sent } = await seated();
  sitting.label('1');
  sitting.undo();
  await settled();
  assert.deepEqual([said(sent), sitting.current.id, sitting.isUnsaved], [[], 'a', false]);
});

test('a label that is said anew after an undo is the one that arrives last', async () => {
  const { sitting, sent } = await seated();
  sitting.label('1');
  await settled();
  sitting.undo();
  sitting.label('2');
  sitting.undo();
  await settled();
  assert.deepEqual(said(sent), ['a:1', 'a:null']);
  sitting.label('3');
  await settled();
  assert.equal(said(sent).at(-1), 'a:3');
});

test('undo goes back through all of a sitting, then says that it can do no more', async () => {
  const { sitting } = await seated();
  sitting.label('1');
  sitting.skip();
  sitting.label('u');
  const back = [0, 1, 2].map(() => sitting.undo() && sitting.current.id);
  assert.deepEqual([back, sitting.undo()], [['c', 'b', 'a'], false]);
});

test('what is skipped is not offered again in this sitting', async () => {
  const answer = { ...EMPTY, items: [card('a'), card('e')] };
  const { sitting, sent } = await seated({ answers: [{ ok: true, answer }] });
  sitting.skip();
  await settled();
  assert.deepEqual([sent[0].skip, sent[0].labels, sitting.skipped], [['a'], [], ['a']]);
  for (let i = 0; i < 4; i += 1) sitting.label('1');
  assert.equal(sitting.current, null);
});

test('an undone skip is offered again', async () => {
  const { sitting } = await seated();
  sitting.skip();
  sitting.undo();
  assert.deepEqual([sitting.current.id, sitting.skipped, sitting.isUnsaved], ['a', [], false]);
});

test('a label that could not be saved comes back behind the drawing that is looked at', async () => {
  const { sitting, heard } = await seated({ answers: [OFFLINE] });
  sitting.label('7');
  await settled();
  assert.deepEqual([sitting.current.id, sitting.isUnsaved, sitting.canRetry, sitting.pace.count], ['b', true, true, 0]);
  assert.deepEqual(heard.troubles, ['Out of reach. One label is not saved.']);
  sitting.label('1');
  assert.deepEqual([sitting.current.id, sitting.current.meant], ['a', '7']);
});

test('those that come back do so in their order', async () => {
  const { sitting } = await seated({ answers: [OFFLINE, OFFLINE] });
  sitting.label('7');
  await settled();
  sitting.label('8');
  await settled();
  sitting.skip();
  assert.deepEqual([sitting.current.id, sitting.current.meant], ['b', '8']);
});

test('it is saved again on demand, and leaves the line', async () => {
  const { sitting, sent, heard } = await seated({ answers: [OFFLINE] });
  sitting.label('7');
  await settled();
  sitting.retry();
  await settled();
  assert.deepEqual([said(sent), sitting.canRetry, sitting.isUnsaved], [['a:7', 'a:7'], false, false]);
  assert.deepEqual([sitting.pace.count, heard.troubles.at(-1)], [1, '']);
  sitting.label('2');
  assert.equal(sitting.current.id, 'c');
});

test('or it is labelled anew', async () => {
  const { sitting, sent } = await seated({ answers: [OFFLINE], cards: ['a'] });
  sitting.label('7');
  await settled();
  assert.equal(sitting.current.meant, '7');
  sitting.label('8');
  await settled();
  assert.deepEqual([said(sent), sitting.canRetry, sitting.current], [['a:7', 'a:8'], false, null]);
});

test('a label that could not be taken back stays to be sent', async () => {
  const { sitting, answers, sent } = await seated();
  sitting.label('7');
  await settled();
  answers.push(OFFLINE);
  sitting.undo();
  await settled();
  assert.deepEqual([sitting.current.id, sitting.canRetry], ['a', true]);
  sitting.retry();
  await settled();
  assert.deepEqual([said(sent), sitting.current.id], [['a:7', 'a:null', 'a:null'], 'a']);
});

test('a lost session is told apart', async () => {
  const { sitting, heard } = await seated({ answers: [{ ok: false, isLogin: true, problem: 'Log in again.' }] });
  sitting.label('7');
  await settled();
  assert.equal(heard.logouts, 1);
});

test('a label that the server refuses is said, and not sent again', async () => {
  const refusal = { ok: true, answer: { ...EMPTY, refused: [{ id: 'a', detail: 'This drawing is gone.' }] } };
  const { sitting, heard } = await seated({ answers: [refusal] });
  sitting.label('7');
  await settled();
  assert.deepEqual(heard.troubles, ['Not saved: This drawing is gone.']);
  assert.deepEqual([sitting.undo(), sitting.isUnsaved, sitting.pace.count], [false, false, 0]);
});

test('what somebody else has by now leaves the line', async () => {
  const { sitting, sent } = await seated({ answers: [{ ok: true, answer: { ...EMPTY, lost: ['a', 'c'] } }] });
  sitting.refresh();
  await settled();
  assert.deepEqual([sent[0].have, sitting.current.id], [['a', 'b', 'c', 'd'], 'b']);
  sitting.label('1');
  assert.equal(sitting.current.id, 'd');
});

test('an empty line is loading until the server says that there is no more', async () => {
  const { sitting } = await seated({ cards: ['a'] });
  sitting.label('1');
  assert.deepEqual([sitting.current, sitting.isLoading], [null, true]);
  await settled();
  assert.deepEqual([sitting.current, sitting.isLoading], [null, false]);
  sitting.label('1');
  sitting.skip();
  assert.equal(sitting.pace.count, 1);
});

test('a line that was full when the server was asked is not the end', async () => {
  const { sitting } = await seated({ cards: ['a'], send: async () => ({ ok: true, answer: { ...EMPTY, dry: false } }) });
  sitting.label('1');
  await settled();
  assert.deepEqual([sitting.current, sitting.isLoading], [null, true]);
});

test('what came meanwhile is counted, and what was said since the server counted is not', async () => {
  const { sitting } = await seated({ waiting: 5, send: async () => ({ ok: true, answer: { ...EMPTY, waiting: 9 } }) });
  sitting.label('1');
  await settled();
  assert.equal(sitting.waiting, 8);
  sitting.label('1');
  await settled();
  assert.equal(sitting.waiting, 7);
});

test('it says how many wait, and never fewer than it holds', async () => {
  const { sitting } = await seated({ waiting: 5 });
  sitting.label('1');
  assert.equal(sitting.waiting, 4);
  sitting.label('1');
  sitting.undo();
  assert.equal(sitting.waiting, 4);
  assert.equal((await seated({ waiting: 1 })).sitting.waiting, 4);
});
