import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../static/review/pace.js';
import { Session } from '../../static/review/session.js';

const BATCH = 4;
const card = (id) => ({ id, said: `All three say ${id}.` });
const settled = () => new Promise((resolve) => { setTimeout(resolve, 1); });

/** A queue as the server keeps it: what was skipped comes again when nothing else is left, the oldest skip first. */
class Queue {
  labels = new Map();
  skipped = [];

  constructor(size) {
    this.ids = Array.from({ length: size }, (_, index) => `d${index}`);
  }

  next(count, except) {
    const isFree = (id) => !this.labels.has(id) && !except.has(id);
    const fresh = this.ids.filter((id) => isFree(id) && !this.skipped.includes(id));
    return [...fresh, ...this.skipped.filter(isFree)].slice(0, count).map(card);
  }

  answer({ labels, have, skip }) {
    for (const { id, value } of labels) {
      this.skipped = this.skipped.filter((other) => other !== id);
      if (value === 'skip') this.skipped.push(id);
      else if (value === null) this.labels.delete(id);
      else if (value !== 'unskip') this.labels.set(id, value);
    }
    const items = this.next(BATCH - have.length, new Set([...have, ...skip]));
    const answer = { refused: [], lost: [], items, waiting: this.ids.length, dry: have.length + items.length < BATCH };
    return { ok: true, answer };
  }
}

async function seated(size) {
  const queue = new Queue(size);
  const session = new Session({
    send: async (body) => queue.answer(body),
    prepare: async (one) => ({ ...one }),
    pace: new Pace(),
    waiting: size,
    now: () => 0,
  });
  await session.add(queue.next(BATCH, new Set()));
  return { queue, session };
}

test('of 240 drawings that are all skipped each is shown, and then the first again', async () => {
  const { session } = await seated(240);
  const seen = [];
  for (let press = 0; press < 250; press += 1) {
    seen.push(session.current?.id);
    session.skip();
    await settled();
  }
  assert.equal(new Set(seen.slice(0, 240)).size, 240);
  assert.deepEqual(seen.slice(240, 243), ['d0', 'd1', 'd2']);
  assert.equal(seen.includes(undefined), false);
});

test('a single drawing that is skipped comes again', async () => {
  const { session } = await seated(1);
  session.skip();
  await settled();
  assert.equal(session.current.id, 'd0');
});

test('a skip is no label: neither counted nor waiting less', async () => {
  const { session } = await seated(9);
  session.skip();
  await settled();
  assert.deepEqual([session.pace.count, session.waiting], [0, 9]);
});

test('an undone skip is on the screen again, and the server knows', async () => {
  const { queue, session } = await seated(9);
  session.skip();
  await settled();
  assert.deepEqual(queue.skipped, ['d0']);
  session.undo();
  await settled();
  assert.deepEqual([session.current.id, queue.skipped], ['d0', []]);
});

test('a skip that is undone at once never leaves', async () => {
  const { queue, session } = await seated(9);
  session.skip();
  session.undo();
  await settled();
  assert.deepEqual([session.current.id, queue.skipped, session.isUnsaved], ['d0', [], false]);
});

test('undoing a skip takes no label back', async () => {
  const { queue, session } = await seated(9);
  queue.labels.set('d0', '7');
  session.skip();
  await settled();
  session.undo();
  await settled();
  assert.equal(queue.labels.get('d0'), '7');
});
