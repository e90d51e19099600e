import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { crc32, inflateSync } from 'node:zlib';
import { SIDE, deflate, parcel, png, raster, stored } from '../../static/js/picture.js';
import { SIZE, Strokes } from '../../static/js/strokes.js';

const UNIT = SIDE / SIZE;
const at = (pixels, x, y) => pixels[Math.floor(y * UNIT) * SIDE + Math.floor(x * UNIT)];
const inkOf = (pixels) => pixels.reduce((sum, level) => sum + (255 - level) / 255, 0);

test('nothing drawn is white paper of one size', () => {
  const pixels = raster([], 18);
  assert.equal(pixels.length, SIDE * SIDE);
  assert.ok(pixels.every((level) => level === 255));
});

test('a tap is a round dot as wide as the pen', () => {
  for (const pen of [12, 18, 26]) {
    const area = Math.PI * ((pen * UNIT) / 2) ** 2;
    assert.ok(Math.abs(inkOf(raster([[[140, 140, 0]]], pen)) - area) < area * 0.01, `pen ${pen}`);
  }
});

test('a line is as wide as the pen and has round ends', () => {
  const pixels = raster([[[70, 140, 0], [210, 140, 9]]], 20);
  assert.equal(at(pixels, 140, 140), 0);
  assert.equal(at(pixels, 140, 148), 0);
  assert.equal(at(pixels, 140, 153), 255);
  assert.equal(at(pixels, 64, 140), 0);
  assert.equal(at(pixels, 61, 131), 255);
  const area = 140 * UNIT * 20 * UNIT + Math.PI * (10 * UNIT) ** 2;
  assert.ok(Math.abs(inkOf(pixels) - area) < area * 0.01);
});

test('three points make a curve that misses the corner', () => {
  const pixels = raster([[[60, 220, 0], [60, 60, 1], [220, 60, 2]]], 12);
  assert.equal(at(pixels, 60, 60), 255);
  assert.equal(at(pixels, 60, 220), 0);
  assert.equal(at(pixels, 220, 60), 0);
});

test('ink over ink is not darker than ink', () => {
  const line = [[60, 60, 0], [200, 200, 1]];
  assert.deepEqual(raster([line, line], 18), raster([line], 18));
});

test('ink at the edge of the paper is cut off there', () => {
  const pixels = raster([[[0, 0, 0], [280, 280, 1]]], 26);
  assert.equal(at(pixels, 0, 0), 0);
  assert.equal(at(pixels, 279, 279), 0);
  assert.equal(at(pixels, 279, 1), 255);
});

/** The chunks of a PNG, each with its checksum verified where this Node can. */
async function chunksOf(blob) {
  const bytes = Buffer.from(await blob.arrayBuffer());
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const chunks = [];
  for (let place = 8; place < bytes.length; ) {
    const length = bytes.readUInt32BE(place);
    const content = bytes.subarray(place + 4, place + 8 + length);
    if (crc32) assert.equal(bytes.readUInt32BE(place + 8 + length), crc32(content));
    chunks.push({ name: content.subarray(0, 4).toString(), data: content.subarray(4) });
    place += 12 + length;
  }
  return chunks;
}

const PIXELS = Uint8Array.from([0, 64, 128, 255]);

test('it writes a grey picture of eight bits that any reader takes', async () => {
  const [head, data, end] = await chunksOf(await png(PIXELS, 2));
  assert.deepEqual([head.name, data.name, end.name], ['IHDR', 'IDAT', 'IEND']);
  assert.deepEqual([...head.data], [0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
  assert.deepEqual([...inflateSync(data.data)], [0, 0, 64, 0, 128, 255]);
});

test('the checksum of the empty last chunk is the one that every PNG has', async () => {
  const bytes = Buffer.from(await (await png(PIXELS, 2)).arrayBuffer());
  assert.equal(bytes.subarray(-12).toString('hex'), '0000000049454e44ae426082');
});

test('it is a PNG by its type', async () => {
  assert.equal((await png(PIXELS, 2)).type, 'image/png');
});

for (const length of [0, 1, 65535, 65536, 200000]) {
  test(`${length} bytes come back from both ways of packing`, async () => {
    const data = Uint8Array.from({ length }, (_, index) => (index * 7) % 251);
    assert.deepEqual(new Uint8Array(inflateSync(stored(data))), data);
    assert.deepEqual(new Uint8Array(inflateSync(await deflate(data))), data);
  });
}

test('without a compressor the picture is larger and the same', async (context) => {
  const pixels = new Uint8Array(168 * 168).fill(255);
  const small = await png(pixels, 168);
  const { CompressionStream } = globalThis;
  context.after(() => Object.assign(globalThis, { CompressionStream }));
  delete globalThis.CompressionStream;
  const large = await png(pixels, 168);
  assert.ok(large.size > 10 * small.size);
  const [, one] = await chunksOf(small);
  const [, other] = await chunksOf(large);
  assert.deepEqual(inflateSync(one.data), inflateSync(other.data));
});

test('a drawing is sent as it was at that moment', async () => {
  const strokes = new Strokes();
  strokes.begin(60, 60, 0);
  strokes.extend(200, 200, 9);
  const pixels = raster(strokes.lines, strokes.pen);
  const json = JSON.stringify(strokes);
  const sent = parcel(strokes);
  strokes.clear();
  const { image, strokes: lines } = await sent;
  assert.equal(lines, json);
  const [head, data] = await chunksOf(image);
  assert.deepEqual([head.data.readUInt32BE(0), head.data.readUInt32BE(4)], [SIDE, SIDE]);
  const rows = inflateSync(data.data);
  for (let row = 0; row < SIDE; row += 1) {
    const packed = rows.subarray(row * (SIDE + 1) + 1, (row + 1) * (SIDE + 1));
    assert.deepEqual([...packed], [...pixels.subarray(row * SIDE, (row + 1) * SIDE)]);
  }
});

test('a picture on the paper is sent as it came, without strokes', async () => {
  const strokes = new Strokes();
  const blob = new Blob(['x']);
  strokes.place({ blob });
  assert.deepEqual(await parcel(strokes), { image: blob, strokes: null });
});

test('bench/page.png is what the page sends of the strokes beside it', async () => {
  const read = (name) => readFileSync(new URL(`../../bench/${name}`, import.meta.url));
  const { lines, pen } = JSON.parse(read('page.json'));
  const [, ours] = await chunksOf(await png(raster(lines, pen), SIDE));
  const [, theirs] = await chunksOf(new Blob([read('page.png')]));
  assert.deepEqual(inflateSync(ours.data), inflateSync(theirs.data));
});
