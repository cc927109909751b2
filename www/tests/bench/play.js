/**
 * Measures one engine and prints what came out as JSON: `node play.js node|chromium ENGINE FILE TRIALS`. Workers are
 * those of a browser.
 */
import { readFileSync } from 'node:fs';
import { empty_page, launch } from './chromium.js';
import { engines } from './engines.js';

const [place, engine, file, count] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const trials = Number(count);

async function in_node() {
  const bytes = readFileSync(new URL('../../src/wasm/retaincast_bg.wasm', import.meta.url));
  return engines[engine](new WebAssembly.Module(bytes), text, trials);
}

async function in_chromium() {
  const browser = await launch();
  try {
    const page = await empty_page(browser);
    return await page.evaluate(
      async ({ engine, text, trials }) => {
        const module = await WebAssembly.compileStreaming(fetch('/www/src/wasm/retaincast_bg.wasm'));
        const { engines } = await import('/www/tests/bench/engines.js');
        return engines[engine](module, text, trials);
      },
      { engine, text, trials },
    );
  } finally {
    await browser.close();
  }
}

const said = await (place === 'node' ? in_node() : in_chromium());
process.stdout.write(`${JSON.stringify(said)}\n`);
