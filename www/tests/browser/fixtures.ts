/** What every test in the browser asserts besides its own: silence and no word to the outside. */
import { test as base, expect } from '@playwright/test';

export { expect };

export const test = base.extend<{ quiet: undefined; cores: number }>({
  /** Simulating workers of a page: one, so that tests run side by side. */
  cores: [1, { option: true }],
  quiet: [
    async ({ page, baseURL, cores }, use) => {
      const faults: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.addInitScript(
        (cores) => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => cores }),
        cores,
      );
      // The context's requests are the page's and its workers'.
      page.context().on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith('http') && origin !== baseURL) faults.push(`request to ${request.url()}`);
      });
      await use(undefined);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});
