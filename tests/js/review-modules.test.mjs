import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = new URL('../../static/review/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.js'));

/** The manifest storage rewrites imports by pattern: it needs them in this one form, and takes comments for code. */
const REWRITABLE = /^import \{ [^}]+ \} from '(\.\/[a-z]+\.js|\.\.\/js\/[a-z]+\.js)';$/;

for (const name of NAMES) {
  test(`${name} imports in the form that can be rewritten`, () => {
    const lines = readFileSync(new URL(name, FOLDER), 'utf8').split('\n');
    for (const line of lines.filter((text) => /\bimport\b|^export .* from/.test(text))) {
      assert.match(line, REWRITABLE);
      assert.ok(existsSync(new URL(REWRITABLE.exec(line)[1], FOLDER)), line);
    }
  });
}
