/** The tables of inputs, as a person with a keyboard uses them. */
import type { Locator, Page } from '@playwright/test';
import { violations } from './axe';
import { expect, test } from './fixtures';

const cell = (page: Page, path: string): Locator => page.locator(`[id="cell-${path}"]`);

/** Waits for the answer of a run small enough to be over at once. */
async function simulated(page: Page): Promise<void> {
  await page.getByRole('contentinfo').getByLabel('Trials').selectOption('200');
  await expect(page.locator('[role=status]')).toHaveText('Simulated 200 futures', { timeout: 20_000 });
}

async function open(page: Page): Promise<void> {
  await page.goto('/');
  await expect(cell(page, 'segments[0].churn')).toHaveValue('7%');
  // So that no test competes with a long run for the processor.
  await page.getByRole('contentinfo').getByLabel('Trials').selectOption('200');
}

/** Puts a block on the clipboard's way into the focused cell, as Control and V do. */
async function paste(target: Locator, text: string): Promise<void> {
  await target.evaluate((element, block) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', block);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test('a cell is edited, committed, simulated and undone', async ({ page }) => {
  await open(page);
  const churn = cell(page, 'segments[0].churn');
  await simulated(page);
  const before = await page.locator('.sentence').textContent();
  await churn.fill('25');
  await churn.press('Enter');
  await expect(churn).toHaveValue('25%');
  await expect(cell(page, 'segments[0].relative_risk[0]')).toBeFocused();
  await expect(page.locator('.sentence')).not.toHaveText(before ?? '');
  await page.keyboard.press('Control+z');
  await expect(churn).toHaveValue('7%');
  await page.keyboard.press('Control+Shift+z');
  await expect(churn).toHaveValue('25%');
});

test('a range is typed as people say it and drawn', async ({ page }) => {
  await open(page);
  const churn = cell(page, 'segments[0].churn');
  await churn.fill('8 to 12%');
  await churn.press('Tab');
  await expect(churn).toHaveValue('8% to 12%');
  await expect(churn).toHaveAttribute(
    'title',
    'Nine times in ten from 8% to 12%, half of the time below 9.82%',
  );
  await expect(churn.locator('xpath=..').locator('svg')).toBeVisible();
  await expect(page.getByText('cannot be simulated')).toHaveCount(0);
});

test('a text that cannot be read stays in its cell, marked, and the last sound result is kept', async ({
  page,
}) => {
  await open(page);
  await simulated(page);
  const before = (await page.locator('.sentence').textContent()) ?? '';
  const churn = cell(page, 'segments[1].churn');
  await churn.fill('lots');
  await churn.press('Enter');
  await expect(churn).toHaveValue('lots');
  await expect(churn).toHaveAttribute('aria-invalid', 'true');
  await expect(churn).toHaveAccessibleDescription(
    /Churn, Mid-market: "lots" is not a percentage such as 8% or 8% to 12%/,
  );
  await expect(page.locator('.sentence')).toHaveText(before);
  await churn.focus();
  await churn.press('Escape');
  await expect(churn).toHaveValue('9%');
  await expect(churn).not.toHaveAttribute('aria-invalid');
});

test('a value that cannot be is told at its cell in the units of the cell', async ({ page }) => {
  await open(page);
  const churn = cell(page, 'segments[0].churn');
  await churn.fill('120%');
  await churn.press('Enter');
  await expect(churn).toHaveValue('120%');
  await expect(churn).toHaveAccessibleDescription(/Churn, Enterprise: is 120%, not in 0% to 95%/);
  await expect(churn.locator('xpath=ancestor::details').locator('summary')).toContainText('1 fault');
  expect(await violations(page)).toEqual([]);
  await churn.fill('12%');
  await churn.press('Enter');
  await expect(churn).not.toHaveAttribute('aria-invalid');
});

test('the banner says a fault as its cell does, and what was refused last stands for it', async ({
  page,
}) => {
  await open(page);
  const churn = cell(page, 'segments[0].churn');
  const banner = page.getByRole('alert', { name: 'Faults' });
  await churn.fill('120%');
  await churn.press('Enter');
  await expect(banner).toContainText('Churn, Enterprise is 120%, not in 0% to 95%');
  await churn.fill('lots');
  await churn.press('Enter');
  await expect(banner).toContainText('Churn, Enterprise "lots" is not a percentage such as 8% or 8% to 12%');
  await expect(banner).not.toContainText('120%');
  expect(await violations(page)).toEqual([]);
  await churn.fill('8%');
  await churn.press('Enter');
  await expect(banner).toBeHidden();
  await churn.fill('many');
  await churn.press('Enter');
  await expect(page.locator('.finding .stale')).toHaveText('showing the last good result');
  await banner.getByRole('button', { name: 'Churn, Enterprise' }).click();
  await expect(churn).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(banner).toBeHidden();
});

test('a fault can be gone to, also where it belongs to no single cell', async ({ page }) => {
  await open(page);
  await page.getByText('Health', { exact: true }).click();
  for (const i of [0, 1, 2]) {
    await cell(page, `segments[2].health.mix[${i}]`).fill('0%');
    await cell(page, `segments[2].health.mix[${i}]`).press('Enter');
  }
  await page.getByRole('button', { name: 'Mix, green, SMB', exact: true }).click();
  await expect(page.locator(':focus')).toHaveText(
    'Mix, green, SMB: has weights that add up to 0, not above it',
  );
  await page.getByText('Health', { exact: true }).click();
  await expect(page.locator(':focus')).toBeInViewport();
});

test('Escape gives back what stood there', async ({ page }) => {
  await open(page);
  const accounts = cell(page, 'segments[0].accounts');
  await accounts.focus();
  await page.keyboard.type('99');
  await expect(accounts).toHaveValue('99');
  await page.keyboard.press('Escape');
  await expect(accounts).toHaveValue('60');
});

test('arrows move between cells, and in a text only from its edge', async ({ page }) => {
  await open(page);
  await cell(page, 'segments[0].accounts').focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell(page, 'segments[1].accounts')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(cell(page, 'segments[1].arr.median')).toBeFocused();
  await page.keyboard.press('F2');
  await page.keyboard.press('ArrowLeft');
  await expect(cell(page, 'segments[1].arr.median')).toBeFocused();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowRight');
  await expect(cell(page, 'segments[2].arr.median')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(cell(page, 'segments[0].arr.median')).toBeFocused();
  await page.keyboard.press('Control+Home');
  await expect(cell(page, 'segments[0].name')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(cell(page, 'segments[0].touch_model')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(cell(page, 'segments[1].touch_model')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(cell(page, 'segments[1].accounts')).toBeFocused();
  await expect(cell(page, 'segments[1].touch_model')).toHaveValue('Mid touch');
  await page.keyboard.type('500');
  await page.keyboard.press('ArrowUp');
  await expect(cell(page, 'segments[1].accounts')).toHaveValue('500');
});

test('Enter at the foot of a table commits and stays', async ({ page }) => {
  await open(page);
  const last = cell(page, 'touch_models[0].k');
  await last.fill('3');
  await last.press('Enter');
  await last.press('z');
  await page.keyboard.press('Escape');
  await expect(last).toHaveValue('3');
});

test('a block from a spreadsheet fills cells to the right and down in one step', async ({ page }) => {
  await open(page);
  const first = cell(page, 'segments[0].churn');
  await first.focus();
  await paste(first, '5%\t6%\tlots\r\n1\t1.5\t2\r\n');
  await expect(first).toHaveValue('5%');
  await expect(cell(page, 'segments[1].churn')).toHaveValue('6%');
  await expect(cell(page, 'segments[2].churn')).toHaveValue('lots');
  await expect(cell(page, 'segments[2].churn')).toHaveAttribute('aria-invalid', 'true');
  await expect(cell(page, 'segments[2].relative_risk[0]')).toHaveValue('2');
  await expect(page.getByText('5 cells filled, 1 cell could not be read')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(first).toHaveValue('7%');
  await expect(cell(page, 'segments[2].relative_risk[0]')).toHaveValue('1');
});

test('terms pasted into cells that were empty all arrive', async ({ page }) => {
  await open(page);
  await page.getByText('Contracts', { exact: true }).click();
  const first = cell(page, 'segments[3].terms.12');
  await first.focus();
  await paste(first, '20%\n30%\n');
  await expect(cell(page, 'segments[3].terms[1].share')).toHaveValue('20%');
  await expect(cell(page, 'segments[3].terms[2].share')).toHaveValue('30%');
});

test('segments are added, renamed, copied and removed', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Add a segment' }).click();
  const name = cell(page, 'segments[4].name');
  await expect(name).toBeFocused();
  await page.keyboard.type('Partners');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copy Partners' }).click();
  await expect(cell(page, 'segments[5].name')).toHaveValue('Partners copy');
  await page.getByRole('button', { name: 'Remove Partners', exact: true }).click();
  await expect(cell(page, 'segments[4].name')).toHaveValue('Partners copy');
  await expect(cell(page, 'segments[5].name')).toHaveCount(0);
});

test('a touch model in use cannot be removed and says why', async ({ page }) => {
  await open(page);
  const remove = page.getByRole('button', { name: 'Remove High touch, not possible: it covers Enterprise' });
  await remove.click({ force: true });
  await expect(cell(page, 'touch_models[0].name')).toHaveValue('High touch');
  await cell(page, 'touch_models[0].name').fill('White glove');
  await cell(page, 'touch_models[0].name').press('Enter');
  await expect(cell(page, 'segments[0].touch_model')).toHaveValue('White glove');
});

test('a month added for starts goes with the focus when nothing is planned in it', async ({ page }) => {
  await open(page);
  const month = page.getByLabel('Add starts in month');
  const row = page.locator('tr[data-row]', { hasText: 'Start in month 6' });
  await month.fill('6');
  await month.press('Enter');
  await expect(row.getByRole('textbox').first()).toBeFocused();
  await page.keyboard.type('soon');
  await month.focus();
  await expect(row).toBeVisible();
  await row.getByRole('textbox').first().fill('');
  await month.focus();
  await expect(row).toBeHidden();
});

test('a long range is shown whole', async ({ page }) => {
  await open(page);
  const churn = cell(page, 'segments[0].churn');
  await churn.fill('12.34% to 18.76%');
  await churn.press('Enter');
  await expect(churn).toHaveValue('12.34% to 18.76%');
  // Columns grow when the first picture is there.
  const cut = () => churn.evaluate((input) => input.scrollWidth - input.clientWidth);
  await expect.poll(cut).toBeLessThanOrEqual(0);
});

test('hires are planned by month', async ({ page }) => {
  await open(page);
  await page.getByLabel('Add starts in month').fill('6');
  await page.getByLabel('Add starts in month').press('Enter');
  const start = page.getByRole('textbox', { name: 'Start in month 6 Mid touch' });
  await start.fill('2');
  await start.press('Enter');
  await expect(cell(page, 'pools[1].hiring.hires[0].csms')).toHaveValue('2');
  await page.getByRole('link', { name: 'Staffing & hiring' }).click();
  const table = page.getByRole('table', { name: 'CSMs by pool and contract year' });
  const planned = (pool: string) =>
    table
      .getByRole('row', { name: `${pool} months 1–12` })
      .getByRole('cell')
      .nth(2);
  await expect(planned('Mid touch')).toHaveText('2');
  await expect(planned('Low touch')).toHaveText('0');
  await cell(page, 'pools[1].hiring').selectOption('by utilisation');
  await expect(cell(page, 'pools[1].hiring.most')).toHaveValue('100%');
  await expect(planned('Mid touch')).toHaveText('by rule');
});

test('hours are made of activities, and a number takes their place', async ({ page }) => {
  await open(page);
  const green = cell(page, 'touch_models[0].hours.green');
  await green.focus();
  await page.keyboard.press('Alt+ArrowDown');
  const dialog = page.getByRole('dialog', { name: 'Green, High touch' });
  await expect(dialog).toContainText('One number so far');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog.getByRole('heading')).toHaveText('Green, High touch: 1.25 h a month');
  await expect(dialog.getByLabel('Activity', { exact: true })).toBeFocused();
  await dialog.getByLabel('Add').selectOption('QBR, 6 h');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const times = dialog.getByLabel('Times a month, QBR');
  await times.fill('900');
  await times.press('Enter');
  await expect(times).toHaveAccessibleDescription('is 900, not in 0 to 744');
  expect(await violations(page)).toEqual([]);
  await times.fill('0.5');
  await times.press('ArrowUp');
  await expect(dialog.getByLabel('Times a month, Cadence call')).toBeFocused();
  await expect(dialog.getByRole('heading')).toHaveText('Green, High touch: 4.25 h a month');
  await dialog.getByRole('button', { name: 'Remove Cadence call' }).click();
  await expect(dialog.getByLabel('Activity', { exact: true })).toHaveValue('QBR');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(green).toBeFocused();
  await expect(green).toHaveValue('3');
  await green.fill('4');
  await green.press('Enter');
  await page.getByRole('button', { name: 'Activities of Green, High touch' }).click();
  await expect(dialog).toContainText('One number so far');
});

test('a fault in an activity is told at its hours and can be gone to', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Activities of Red, Mid touch' }).click();
  const dialog = page.getByRole('dialog', { name: 'Red, Mid touch' });
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByLabel('Hours each, Cadence call').fill('-1');
  await dialog.getByRole('button', { name: 'Close' }).click();
  const red = cell(page, 'touch_models[1].hours.red');
  await expect(red).toHaveAttribute('aria-invalid', 'true');
  await page
    .getByRole('alert', { name: 'Faults' })
    .getByRole('button', { name: 'Red, Mid touch' })
    .first()
    .click();
  await expect(page.locator(':focus')).toContainText('is -1, not in 0 to 744');
});

test('a layer that is off is said where the run is', async ({ page }) => {
  await open(page);
  await page.getByText('Shock and doubt', { exact: true }).click();
  await expect(page.getByText('Luck cannot: accounts stay or leave as a whole')).toBeVisible();
  await cell(page, 'layers.shock').uncheck();
  const line = page.getByRole('contentinfo');
  await expect(line).toContainText('Off: the bad year everyone shares');
  await cell(page, 'layers.shock').check();
  await expect(line).not.toContainText('Off:');
});

test('a tenure is added for the years it is typed into', async ({ page }) => {
  await open(page);
  await page.getByText('Differences and tenure', { exact: true }).click();
  await page.getByLabel('Add a tenure of').fill('6');
  await page.getByLabel('Add a tenure of').press('Enter');
  const sixth = cell(page, 'segments[0].opening_tenure[6]');
  await expect(sixth).toBeFocused();
  await page.keyboard.type('70%');
  await page.keyboard.press('Enter');
  await expect(sixth).toHaveValue('70%');
  await expect(cell(page, 'segments[0].opening_tenure[5]')).toHaveValue('0%');
  await expect(cell(page, 'segments[1].opening_tenure[6]')).toHaveAttribute('placeholder', '–');
});

test('a target is taken away by clearing its cell', async ({ page }) => {
  await open(page);
  await page.getByText('Targets', { exact: true }).click();
  const target = cell(page, 'targets.grr');
  await target.fill('');
  await target.press('Enter');
  await expect(target).toHaveAttribute('placeholder', 'none');
  await expect(target).toHaveValue('');
  await expect(page.getByText('cannot be simulated')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing in the open tables in ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await open(page);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await expect(cell(page, 'renewal_calendar[11]')).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });

test('on a narrow screen the tables scroll and the page does not', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/');
  await page.getByRole('button', { name: 'Edit the inputs' }).click();
  await cell(page, 'segments[0].churn').focus();
  await page.keyboard.press('End');
  await expect(cell(page, 'segments[3].churn')).toBeInViewport();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test('what can be pressed is large enough', async ({ page }) => {
  await open(page);
  const small = await page
    .locator('.inputs :is(button, input, select, summary):visible')
    .evaluateAll((elements) =>
      elements
        .map((element) => ({ id: element.id || element.textContent, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width < 24 || box.height < 24)
        .map(({ id }) => id),
    );
  expect(small).toEqual([]);
});

test('inputs stand in a form that is never sent', async ({ page }) => {
  await open(page);
  const is_sent = await cell(page, 'segments[0].churn').evaluate((input) =>
    (input as HTMLInputElement).form?.dispatchEvent(new SubmitEvent('submit', { cancelable: true })),
  );
  expect(is_sent).toBe(false);
});
