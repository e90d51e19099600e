import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, fitted, intake } from '../../static/js/files.js';

function bitmapOf(width, height) {
  return { width, height, isClosed: false, close() { this.isClosed = true; } };
}

const REDRAWN = { blob: new Blob(['redrawn'], { type: 'image/png' }), bitmap: 'canvas' };

async function taken(file, bitmap) {
  const sizes = [];
  const redraw = async (_, size) => {
    sizes.push(size);
    return REDRAWN;
  };
  return { result: await intake(file, { decode: async () => bitmap, redraw }), sizes };
}

const file = (type, size = 10) => new Blob([new Uint8Array(size)], { type });

for (const type of ['image/png', 'image/jpeg', 'image/webp']) {
  test(`a small ${type} goes as it is`, async () => {
    const [blob, bitmap] = [file(type), bitmapOf(2000, 2000)];
    const { result, sizes } = await taken(blob, bitmap);
    assert.equal(result.blob, blob);
    assert.equal(result.bitmap, bitmap);
    assert.deepEqual(sizes, []);
  });
}

for (const [what, blob, bitmap] of [
  ['a photograph of too many bytes', file('image/jpeg', 1000001), bitmapOf(900, 900)],
  ['a picture of too many pixels', file('image/png'), bitmapOf(2001, 2000)],
  ['a picture that is too long', file('image/png'), bitmapOf(4097, 10)],
  ['a picture of another type', file('image/gif'), bitmapOf(30, 30)],
]) {
  test(`${what} is drawn anew`, async () => {
    const { result, sizes } = await taken(blob, bitmap);
    assert.equal(result, REDRAWN);
    assert.deepEqual(sizes, [fitted(bitmap)]);
    assert.equal(bitmap.isClosed, true);
  });
}

test('what cannot be decoded is no picture', async () => {
  const decode = () => Promise.reject(new DOMException('no', 'InvalidStateError'));
  assert.equal(await intake(file('text/plain'), { decode }), null);
});

test('a large picture keeps its shape, a small one its size', () => {
  assert.deepEqual(fitted({ width: 4000, height: 2000 }), { width: 1024, height: 512 });
  assert.deepEqual(fitted({ width: 28, height: 28 }), { width: 28, height: 28 });
  assert.deepEqual(fitted({ width: 9000, height: 1 }), { width: 1024, height: 1 });
});

test('the first file counts, and there may be none', () => {
  assert.equal(fileOf({ files: ['a', 'b'] }), 'a');
  assert.equal(fileOf({ files: [] }), null);
  assert.equal(fileOf(null), null);
});
