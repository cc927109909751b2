/** The simulator as the page gets it, in Node. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { initSync, version } from '../../src/wasm/retaincast.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url));

test('the module tells the version of the crate', () => {
  initSync({ module: read('../../src/wasm/retaincast_bg.wasm') });
  const manifest = read('../../../Cargo.toml').toString();
  expect(version()).toBe(/^version = "(.+)"$/m.exec(manifest)?.[1]);
});
