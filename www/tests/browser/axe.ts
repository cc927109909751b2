/** axe-core on the page as it stands. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type axe from 'axe-core';

const source = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)).toString();

/** The violations, each with the elements at fault; of the whole page, or of a part of it. */
export async function violations(page: Page, part?: string): Promise<string[]> {
  // Evaluated, because the page's policy refuses a script tag that is not its own.
  await page.evaluate(source);
  const { violations } = await page.evaluate(
    (part) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(part ?? document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }),
    part,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`);
}
