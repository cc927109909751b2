/** The page, open and quiet. */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';

/** Opens the page and waits for its first picture. */
export async function open(page: Page, path = '/'): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('region', { name: 'GRR', exact: true })).toContainText('P5–P95');
}

/** Opens a small book with few trials, and waits for the end of its run. */
export async function open_small(page: Page): Promise<void> {
  await open(page);
  const text = readFileSync(
    new URL('../../../src/wire/examples/mid-market.json', import.meta.url),
  ).toString();
  const book = JSON.stringify({ ...JSON.parse(text), trials: 200 });
  const file = { name: 'mid-market.json', mimeType: 'application/json', buffer: Buffer.from(book) };
  await page.locator('header input[type=file]').setInputFiles(file);
  await finished(page, '200');
}

export async function finished(page: Page, trials: string): Promise<void> {
  await expect(page.getByRole('status')).toHaveText(`Simulated ${trials} futures`, { timeout: 15_000 });
}
