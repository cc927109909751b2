/** What stays when the page is left and opened again. */
import type { Page } from '@playwright/test';
import { violations } from './axe';
import { expect, test } from './fixtures';
import { open } from './open';

const churn = (page: Page) => page.locator('[id="cell-segments[0].churn"]');

async function edit(page: Page, text: string): Promise<void> {
  await churn(page).fill(text);
  await churn(page).press('Enter');
}

/** Whether the page would ask before it is left. */
const asks = (page: Page) =>
  page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));

test('edits survive a reload, with a way back to the demo book', async ({ page }) => {
  await open(page);
  await expect(page.getByRole('region', { name: 'Notice' })).toBeHidden();
  await edit(page, '31%');
  await expect.poll(() => asks(page)).toBe(false);
  await page.reload();
  await expect(churn(page)).toHaveValue('31%');
  const notice = page.getByRole('region', { name: 'Notice' });
  await expect(notice).toContainText('Restored your last scenario');
  expect(await violations(page)).toEqual([]);
  await notice.getByRole('button', { name: 'Start again from the demo book' }).click();
  await expect(churn(page)).toHaveValue('7%');
  await expect(notice).toBeHidden();
  await expect.poll(() => asks(page)).toBe(false);
  await page.reload();
  await expect(churn(page)).toHaveValue('7%');
  await expect(notice).toBeHidden();
});

test('a browser that refuses to keep anything is told of, and asks before the page is left', async ({
  page,
}) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('denied', 'SecurityError');
    };
  });
  await open(page);
  expect(await asks(page)).toBe(false);
  await edit(page, '31%');
  await expect(page.getByText('This browser keeps nothing for this page')).toBeVisible();
  expect(await asks(page)).toBe(true);
});

test('what was kept and cannot be read is given back as a file', async ({ page }) => {
  await open(page);
  await edit(page, '31%');
  await expect.poll(() => asks(page)).toBe(false);
  await page.evaluate(
    () =>
      new Promise((done) => {
        const asked = indexedDB.open('keyval-store');
        asked.onsuccess = () => {
          const change = asked.result.transaction('keyval', 'readwrite');
          change.objectStore('keyval').put({ scenario: '{"of":"another version"}' }, 'retaincast.scenario');
          change.oncomplete = done;
        };
      }),
  );
  await page.reload();
  await expect(churn(page)).toHaveValue('7%');
  const notice = page.getByRole('region', { name: 'Notice' });
  await expect(notice).toContainText('cannot be read by this version');
  const saved = page.waitForEvent('download');
  await notice.getByRole('button', { name: 'Save it as a file' }).click();
  expect((await saved).suggestedFilename()).toBe('kept-scenario.json');
});

test('a fault, which is not kept, is asked about', async ({ page }) => {
  await open(page);
  await edit(page, '120%');
  await expect(page.getByRole('alert', { name: 'Faults' })).toBeVisible();
  expect(await asks(page)).toBe(true);
});
