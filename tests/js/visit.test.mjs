import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Choices, LIMIT, Visit, storage } from '../../static/js/visit.js';

function shelf(content = {}) {
  const items = new Map(Object.entries(content));
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
}

const FULL = {
  getItem: () => null,
  setItem: () => {
    throw new DOMException('full', 'QuotaExceededError');
  },
};

const drawing = (id) => ({ id, token: `t-${id}`, sign: '7', pixels: 'data:,' });
const ids = (visit) => visit.kept.map(({ id }) => id);

test('the newest comes first, and the last twelve stay', () => {
  const visit = new Visit(shelf());
  for (let id = 0; id < LIMIT + 3; id += 1) visit.add(drawing(id));
  assert.equal(LIMIT, 12);
  assert.deepEqual(ids(visit), [14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
});

test('a page that is loaded again still knows them', () => {
  const storage = shelf();
  const visit = new Visit(storage);
  visit.add(drawing('a'));
  visit.claim('a', 4);
  assert.deepEqual(new Visit(storage).kept, [{ ...drawing('a'), claim: 4 }]);
});

test('a drawing sent again keeps its token and its claim', () => {
  const visit = new Visit(shelf());
  visit.add(drawing('a'));
  visit.claim('a', 0);
  visit.add(drawing('b'));
  visit.add({ ...drawing('a'), token: null });
  assert.deepEqual(visit.kept[0], { ...drawing('a'), claim: 0 });
  assert.equal(visit.kept.length, 2);
});

test("somebody else's drawing is not this visit's", () => {
  const visit = new Visit(shelf());
  visit.add({ ...drawing('a'), token: null });
  assert.deepEqual(ids(visit), []);
});

test('a deleted one is gone', () => {
  const visit = new Visit(shelf());
  visit.add(drawing('a'));
  visit.add(drawing('b'));
  visit.remove('b');
  assert.deepEqual(ids(visit), ['a']);
  assert.equal(visit.find('b'), undefined);
});

test('it says that it changed', () => {
  const visit = new Visit(null);
  let changes = 0;
  visit.addEventListener('change', () => { changes += 1; });
  visit.add(drawing('a'));
  visit.claim('a', 1);
  visit.remove('a');
  assert.equal(changes, 3);
});

for (const [what, content] of [['nonsense', '{'], ['something else', '7'], ['rows without tokens', '[{"id":"a"},null]'],
  ['rows of other types', '[{"id":"a","token":7,"sign":"7","pixels":"x","claim":null}]']]) {
  test(`${what} in the storage is no drawing`, () => {
    assert.deepEqual(new Visit(shelf({ visit: content })).kept, []);
  });
}

test('where nothing can be stored this page remembers', () => {
  for (const nowhere of [null, FULL]) {
    const visit = new Visit(nowhere);
    visit.add(drawing('a'));
    visit.add(drawing('b'));
    assert.deepEqual(ids(visit), ['b', 'a']);
  }
});

test('a choice stays chosen', () => {
  const place = shelf();
  new Choices(place).set('pen', '26');
  assert.equal(new Choices(place).get('pen', '18'), '26');
  assert.equal(new Choices(place).get('keep', 'on'), 'on');
});

test('a choice that cannot be stored is no error', () => {
  for (const nowhere of [null, FULL]) {
    const choices = new Choices(nowhere);
    choices.set('pen', '26');
    choices.set('pen', '12');
    assert.equal(choices.get('pen', '18'), '18');
  }
});

test('a storage that cannot be read chooses the standard', () => {
  const broken = {
    getItem: () => {
      throw new DOMException('no', 'SecurityError');
    },
  };
  assert.equal(new Choices(broken).get('pen', '18'), '18');
  assert.deepEqual(new Visit(broken).kept, []);
});

test('a storage that may not even be looked at is none', (context) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  const forbidden = () => {
    throw new DOMException('no', 'SecurityError');
  };
  Object.defineProperty(globalThis, 'localStorage', { get: forbidden, configurable: true });
  context.after(() => (own ? Object.defineProperty(globalThis, 'localStorage', own) : delete globalThis.localStorage));
  assert.equal(storage('localStorage'), null);
});
