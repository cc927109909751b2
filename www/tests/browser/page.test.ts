/** The page opens, runs its workers, and can be read by everyone. */
import { violations } from './axe';
import { expect, test } from './fixtures';

test('the page opens with its simulator ready in every worker', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Retaincast' })).toBeVisible();
  await expect(page.getByRole('status')).toHaveText(/^Version \d+\.\d+\.\d+, \d+ workers? ready$/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/');
    await expect(page.getByRole('status')).toContainText('ready');
    expect(await violations(page)).toEqual([]);
  });

  test(`the theme ${colorScheme} can be chosen against the system`, async ({ page }) => {
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.emulateMedia({ colorScheme });
    await page.goto('/');
    const wanted = await background();
    await page.emulateMedia({ colorScheme: colorScheme === 'light' ? 'dark' : 'light' });
    expect(await background()).not.toBe(wanted);
    await page.evaluate((theme) => {
      document.documentElement.dataset.theme = theme;
    }, colorScheme);
    expect(await background()).toBe(wanted);
  });
}
