import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { percent, sign } from '../../static/js/wording.js';

const CASES = JSON.parse(readFileSync(new URL('../wording.json', import.meta.url), 'utf8'));

for (const { prediction, verdict, sign: expected } of CASES.signs) {
  test(`${prediction} with the verdict ${verdict} reads ${expected}`, () => {
    assert.equal(sign({ prediction, verdict }), expected);
  });
}

for (const { share, percent: expected } of CASES.shares) {
  test(`a share of ${share} reads ${expected} per cent`, () => assert.equal(percent(share), expected));
}
