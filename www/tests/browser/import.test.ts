/** Bringing a book of accounts: real files, questions, bad files. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { violations } from './axe';
import { expect, test } from './fixtures';

const RAVENSTACK = ['accounts.csv', 'subscriptions.csv'].map((name) =>
  fileURLToPath(new URL(`../../../tests/data/ravenstack/${name}`, import.meta.url)),
);

type Brought = string[] | { name: string; mimeType: string; buffer: Buffer };

const file = (name: string, content: string | Uint8Array): Brought => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(content),
});

async function bring(page: Page, files: Brought, as_of = '2024-12-31') {
  await page.goto('/');
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import accounts' });
  await dialog.getByLabel('CSV files').setInputFiles(files);
  await dialog.getByLabel('As of').fill(as_of);
  return dialog;
}

test('accounts with their subscriptions become a book that is simulated', async ({ page }) => {
  const dialog = await bring(page, RAVENSTACK);
  await expect(dialog.getByRole('heading', { name: '500 accounts, $121,915,296 ARR' })).toBeVisible();
  await expect(dialog.getByText('From 5,500 rows; none was rejected.')).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^Mid-market 76 \$4,632,948/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Use this book' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Book of accounts.csv + subscriptions.csv' })).toBeVisible();
  await page.getByRole('contentinfo').getByLabel('Trials').selectOption('200');
  await expect(page.locator('[role=status]')).toHaveText('Simulated 200 futures', { timeout: 20_000 });
  await expect(
    page.getByText('500 accounts, $121.9M ARR, from accounts.csv + subscriptions.csv, as of 2024-12-31.'),
  ).toBeVisible();
  await expect(page.getByRole('row', { name: /^Imported accounts/ })).toContainText('416');
  await page.getByRole('button', { name: 'Go back to laid-out accounts' }).click();
  await expect(page.getByText('Imported book')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Imported book')).toBeVisible();
});

test('the least ARR of a segment can be moved before anything is replaced', async ({ page }) => {
  const dialog = await bring(page, RAVENSTACK);
  await dialog.getByLabel('Enterprise takes ARR from').fill('200k');
  await dialog.getByLabel('Enterprise takes ARR from').press('Enter');
  await expect(dialog.getByRole('row', { name: /^Mid-market/ })).not.toContainText('$4,632,948');
  await expect(dialog.getByRole('heading', { name: '500 accounts, $121,915,296 ARR' })).toBeVisible();
  await dialog.getByLabel('Long tail takes ARR from').fill('3k');
  await dialog.getByLabel('Long tail takes ARR from').press('Enter');
  await expect(dialog.getByLabel('Long tail takes ARR from')).toHaveValue('$3K');
  await dialog.getByLabel('Enterprise takes ARR from').fill('much');
  await dialog.getByLabel('Enterprise takes ARR from').press('Enter');
  await expect(dialog.getByLabel('Enterprise takes ARR from')).toHaveAccessibleDescription(
    '"much" is not an amount such as 180K',
  );
});

test('dates that read both ways are asked about', async ({ page }) => {
  const dialog = await bring(
    page,
    file('book.csv', 'Account Name,ARR,Renewal Date\nAcme,"$12,000",03/04/2025\n'),
  );
  const question = dialog.getByRole('group', { name: 'Which comes first in these dates?' });
  await expect(question).toContainText('2025-04-03 with the day first and 2025-03-04 with the month first');
  await expect(dialog.getByRole('button', { name: 'Use this book' })).toBeDisabled();
  expect(await violations(page)).toEqual([]);
  await question.getByLabel('the day').check();
  await expect(dialog.getByRole('heading', { name: '1 account, $12,000 ARR' })).toBeVisible();
  await question.getByLabel('the month').check();
  await expect(dialog.getByRole('button', { name: 'Use this book' })).toBeEnabled();
  await dialog.getByRole('button', { name: 'Use this book' }).click();
  await expect(dialog).toBeHidden();
});

test('a column that was not recognised is mapped by hand', async ({ page }) => {
  const dialog = await bring(page, file('book.csv', 'Who,Worth\nAcme,12000\nBeta,8000\n'));
  await expect(dialog.getByRole('alert')).toContainText('has no column that is known as');
  await dialog.getByLabel('Who of book.csv holds').selectOption('account name');
  await dialog.getByLabel('Worth of book.csv holds').selectOption('ARR');
  await expect(dialog.getByRole('heading', { name: '2 accounts, $20,000 ARR' })).toBeVisible();
});

test('rows that cannot be read are listed, can be taken away, and the others load', async ({ page }) => {
  const dialog = await bring(page, file('book.csv', 'Account,ARR\nAcme,12000\nBeta,a lot\nGamma,-5\n'));
  await expect(dialog.getByRole('heading', { name: '1 account, $12,000 ARR' })).toBeVisible();
  await expect(dialog.getByText('book.csv, line 3: `a lot` is not an amount')).toBeVisible();
  await expect(dialog.getByText('book.csv, line 4: `-5` is negative')).toBeVisible();
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save the list as CSV' }).first().click();
  expect((await saved).suggestedFilename()).toBe('rejected.csv');
});

test('rows that did not load are listed by kind with examples', async ({ page }) => {
  const rows = Array.from({ length: 7 }, (_, i) => `Lost ${i},n/a\n`).join('');
  const dialog = await bring(page, file('book.csv', `Account,ARR\nAcme,12000\n${rows}Beta,-5\nGamma\n`));
  const lost = dialog.getByRole('region', { name: '9 cells or rows did not load' });
  await expect(lost.locator('summary')).toHaveText([
    'ARR: is not an amount: 7 rows',
    'ARR: is negative: 1 row',
    'the line has … fields, the header has 2: 1 row',
  ]);
  await lost.getByText('ARR: is not an amount').click();
  await expect(lost.getByText('book.csv, line 3: `n/a` is not an amount')).toBeVisible();
  await expect(lost.getByText('and 2 more like these.')).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test('what concerns the book is told first, rows by kind with examples', async ({ page }) => {
  const rows = Array.from({ length: 8 }, (_, i) => `Old ${i},${1000 + i},2022-01-31,2020-02-01\n`).join('');
  const table = `Account,ARR,Renewal Date,Start Date\n${rows}`;
  const dialog = await bring(page, file('book.csv', table));
  const known = dialog.getByRole('region', { name: 'Worth knowing' });
  await expect(known.locator('details').first()).toHaveAttribute('open');
  await expect(known.locator('li').first()).toContainText(
    'As-of day: the newest customer joined 58 months before the as-of day and no contract ends after it',
  );
  const ended = known.getByText('Contracts that had ended: 8 rows');
  await ended.click();
  await expect(known.getByText('and 3 more like these.')).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test('files that cannot be read are refused in a sentence, and nothing is lost', async ({ page }) => {
  const dialog = await bring(page, file('book.xlsx', 'PK'));
  await expect(dialog.getByRole('alert')).toHaveText(
    'book.xlsx is a workbook, which is not read yet: save its sheet as CSV and bring that.',
  );
  await dialog.getByLabel('CSV files').setInputFiles(file('empty.csv', '') as never);
  await expect(dialog.getByRole('alert')).toContainText('empty.csv is empty');
  await dialog.getByLabel('CSV files').setInputFiles(file('head.csv', 'Account,ARR\n') as never);
  await expect(dialog.getByRole('alert')).toContainText('head.csv has a header and no rows');
  await dialog.getByLabel('As of').fill('');
  await expect(dialog.getByRole('alert')).toContainText('is not a date such as 2024-12-31');
  await expect(dialog.getByRole('button', { name: 'Use this book' })).toBeDisabled();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('[id="cell-segments[0].accounts"]')).toHaveValue('60');
});

test('a table from an old spreadsheet is read in its encoding', async ({ page }) => {
  const bytes = Uint8Array.from(
    [...'Account,ARR\nM\u00fcller,\u00801200\n'].map((character) => character.charCodeAt(0)),
  );
  const dialog = await bring(page, file('book.csv', bytes));
  await expect(dialog.getByRole('heading', { name: '1 account, €1,200 ARR' })).toBeVisible();
});

test('Escape closes, and the focus goes back to where it was', async ({ page }) => {
  await page.goto('/');
  const button = page.getByRole('button', { name: 'Import CSV' });
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(button).toBeFocused();
});

test('it fits a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  const dialog = await bring(page, RAVENSTACK);
  await expect(dialog.getByRole('button', { name: 'Use this book' })).toBeInViewport();
  const box = await dialog.boundingBox();
  expect((box?.x ?? -1) >= 0 && (box?.width ?? 999) <= 390).toBe(true);
  expect(await violations(page)).toEqual([]);
});

test('a large table is read by a worker of its own, which goes with the panel', async ({ page }) => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `Account ${i},${1000 + i},2025-06-30\n`);
  const dialog = await bring(page, file('large.csv', `Account,ARR,Renewal Date\n${rows.join('')}`));
  await expect(dialog.getByRole('heading', { name: /^60,000 accounts/ })).toBeVisible({ timeout: 20_000 });
  const workers = page.workers().length;
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => page.workers().length).toBe(workers - 1);
});
