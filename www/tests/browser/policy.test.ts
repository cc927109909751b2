/** The promise that nothing is sent anywhere, kept by the browser itself. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { open } from './open';

test('neither the page nor its workers can reach another origin', async ({ page }) => {
  const heard: (string | undefined)[] = [];
  const outside = createServer((request, response) => {
    heard.push(request.url);
    response.end();
  });
  await new Promise<void>((ready) => outside.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
  const reach = (address: string) =>
    fetch(address, { mode: 'no-cors' }).then(
      () => 'reached',
      () => 'refused',
    );

  await open(page);
  expect(await page.evaluate(reach, `${url}/from-page`)).toBe('refused');
  expect(page.workers()).not.toHaveLength(0);
  for (const worker of page.workers())
    expect(await worker.evaluate(reach, `${url}/from-worker`)).toBe('refused');
  expect(heard).toEqual([]);
  outside.close();
});
