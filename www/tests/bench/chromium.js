/** A Chromium for measuring, and an empty page in it that may import what lies in this repository. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
// Any address will do: no request to it leaves the browser.
const ORIGIN = 'http://bench.localhost';
const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };

/** Starts the browser named by the environment; its sandbox does not run as root. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
}

/** An empty page under which every file of the repository has its address. */
export async function empty_page(browser) {
  const page = await browser.newPage();
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' });
    const contentType = TYPES[pathname.split('.').pop()];
    return route.fulfill({ contentType, body: readFileSync(ROOT + pathname) });
  });
  await page.goto(`${ORIGIN}/`);
  return page;
}
