/** What a person sees and does. */
import { readFileSync } from 'node:fs';
import { violations } from './axe';
import { expect, test } from './fixtures';
import { finished, open, open_small } from './open';

const views = ['retention', 'bridge', 'coverage', 'staffing', 'risk', 'value'];
const tiles = ['GRR', 'NRR', 'Logo retention', 'Closing ARR', 'CLTV', 'CSMs needed'];

test('the demo book is simulated at first sight', async ({ page }) => {
  await open(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Retaincast' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 2, name: 'Demo book' })).toBeVisible();
  await expect(
    page.getByText(/^Plan [\d.]+% GRR for months 1–12: met or beaten in 80% of futures/),
  ).toBeVisible();
  for (const name of tiles)
    await expect(page.getByRole('region', { name, exact: true })).toContainText('P5–P95');
  await expect(page.getByRole('img', { name: 'GRR since the start' })).toBeVisible();
});

test('an edit changes the picture, and undo brings the old one back to the bit', async ({ page }) => {
  await open_small(page);
  const fingerprint = page.locator('footer code');
  const before = await fingerprint.textContent();
  const answer = await page.getByRole('region', { name: 'Answer', exact: true }).textContent();
  const churn = page.locator('[id="cell-segments[0].churn"]');
  const stated = await churn.inputValue();
  await churn.fill('30%');
  await churn.press('Enter');
  await expect(fingerprint).not.toHaveText(before ?? '');
  await finished(page, '200');
  expect(await page.getByRole('region', { name: 'Answer', exact: true }).textContent()).not.toBe(answer);

  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('Control+z');
  await expect(fingerprint).toHaveText(before ?? '');
  await expect(churn).toHaveValue(stated);
  await page.keyboard.press('Control+Shift+z');
  await expect(fingerprint).not.toHaveText(before ?? '');
});

test('an edit shows what changed, against the scenario before it and then against another', async ({
  page,
}) => {
  await open_small(page);
  const tile = (name: string) => page.getByRole('region', { name, exact: true });
  const keep = page.getByRole('button', { name: 'Keep this as the baseline' });
  const churn = page.locator('[id="cell-segments[0].churn"]');
  await expect(keep).toBeHidden();
  await churn.fill('31%');
  await churn.press('Enter');
  await expect(page.getByText('the change against the scenario before your edits')).toBeVisible();
  await keep.click();
  await expect(keep).toBeHidden();
  // The button is gone, and the focus has not gone with it.
  await expect(page.getByRole('region', { name: 'Answer' }).getByRole('heading').first()).toBeFocused();
  await churn.fill('45%');
  await churn.press('Enter');
  await finished(page, '200');
  await expect(tile('GRR')).toContainText(/−[\d.]+ points −[\d.]+ to −[\d.]+/);
  await expect(page.getByText('the change against the baseline you kept')).toBeVisible();
  await tile('GRR').getByLabel('What GRR means').click();
  await expect(tile('GRR')).toContainText('over 200 pairs');
  await page.keyboard.press('Escape');
  expect(await violations(page)).toEqual([]);
  await keep.focus();
  await page.keyboard.press('Enter');
  await expect(tile('GRR')).not.toContainText('points −');
  const target = page.locator('[id="cell-targets.grr"]');
  await page.locator('#inputs summary', { hasText: 'Targets' }).click();
  await target.fill('70%');
  await target.press('Enter');
  for (const name of tiles) await expect(tile(name)).toContainText('No change');
});

test('each question has an answer of its own', async ({ page }) => {
  await open_small(page);
  const answer = page.locator('.sentence');
  await expect(answer).toContainText('met or beaten in 80% of futures');
  await page.getByRole('link', { name: 'How many CSMs, of which kind, when?' }).click();
  await expect(answer).toContainText(/^\s*Mid touch (is short by|has enough)/);
  await page.getByRole('link', { name: 'How should I cover my book?' }).click();
  await expect(answer).toContainText(
    /Mid touch gives [\d.]+% of the hours asked in months 1–12 at [\d.]+% utilisation/,
  );
  await expect(answer).toContainText(/full coverage would/i);
});

test('a first picture follows an edit at once', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  const code = page.locator('footer code');
  const before = await code.textContent();
  const churn = page.locator('[id="cell-segments[0].churn"]');
  await churn.fill('30%');
  const waited = await page.evaluate(async (old) => {
    const shown = () => document.querySelector('footer code')?.textContent;
    const start = performance.now();
    (document.activeElement as HTMLElement).blur();
    while (shown() === old) await new Promise(requestAnimationFrame);
    return performance.now() - start;
  }, before);
  // 300 ms is what is promised on a quiet machine; this one may be building something else beside.
  expect(waited).toBeLessThan(1500);
});

test('a fault is listed, leads to its cell, and keeps the last good picture', async ({ page }) => {
  await open_small(page);
  const before = await page.locator('footer code').textContent();
  await page.locator('#inputs summary', { hasText: 'Run' }).click();
  const horizon = page.locator('[id="cell-horizon"]');
  await horizon.fill('121');
  await horizon.press('Enter');
  const faults = page.getByRole('alert', { name: 'Faults' });
  await expect(faults).toContainText('One input cannot be simulated');
  await expect(faults).toContainText('Showing the last good result');
  await expect(page.locator('footer code')).toHaveText(before ?? '');
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await expect(page.locator('.finding .stale')).toHaveText('showing the last good result');
  await faults.getByRole('button', { name: 'Horizon' }).click();
  await expect(horizon).toBeFocused();
  expect(await violations(page)).toEqual([]);
  await horizon.fill('24');
  await horizon.press('Enter');
  await expect(faults).toBeHidden();
  await finished(page, '200');
});

test('what does not add up is told with its fix, and leads to its cell', async ({ page }) => {
  await open(page);
  const sense = page.getByRole('region', { name: 'Does it add up?' });
  await expect(sense).toContainText('leave a GRR of 88.1% after a year; your target is 90%.');
  await sense.getByRole('button', { name: 'GRR, targets' }).click();
  const target = page.locator('[id="cell-targets.grr"]');
  await expect(target).toBeFocused();
  await target.fill('88%');
  await target.press('Enter');
  await expect(sense).toContainText('Nothing contradicts itself.');
  expect(await violations(page)).toEqual([]);
});

test('a run can be cancelled and taken up again', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('status')).toHaveText(/^Cancelled after [\d,]+ futures$/);
  await expect(page.getByRole('region', { name: 'GRR', exact: true })).toContainText('P5–P95');
  await page.getByRole('button', { name: 'Run again' }).click();
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible();
});

test.describe('with two simulators', () => {
  test.use({ cores: 2 });
  test('workers that break down are replaced, and the futures stay the same', async ({ page }) => {
    await open_small(page);
    const before = await page.locator('footer code').textContent();
    const trials = page.getByRole('contentinfo').getByLabel('Trials');
    await trials.selectOption('1000');
    await finished(page, '1,000');
    const broken = page.workers();
    for (const worker of broken)
      await worker.evaluate(() => {
        // What a simulator asks for before it plays, and the summary never.
        Float64Array.prototype.subarray = () => {
          throw new Error('out of memory');
        };
      });
    await trials.selectOption('200');
    await expect(page.locator('footer code')).toHaveText(before ?? '');
    await expect(page.getByText('The simulator broke down.')).toBeHidden();
    expect(page.workers().filter((worker) => broken.includes(worker)).length).toBe(broken.length - 2);
  });
});

test('the page reloads to the same futures', async ({ page }) => {
  await open_small(page);
  const first = await page.locator('footer code').textContent();
  await page.reload();
  await open_small(page);
  await expect(page.locator('footer code')).toHaveText(first ?? '');
});

test('questions and views lead to one another, and the address keeps them', async ({ page }) => {
  await open(page);
  await page.getByRole('link', { name: 'How many CSMs, of which kind, when?' }).click();
  await expect(page.getByRole('link', { name: 'Staffing & hiring' })).toHaveAttribute('aria-current', 'page');
  await expect(
    page.getByRole('region', { name: 'CSMs by pool and contract year', exact: true }),
  ).toBeVisible();
  await page.getByRole('link', { name: 'How should I cover my book?' }).click();
  await expect(page.getByRole('img', { name: 'Utilisation by pool and month' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('link', { name: 'Staffing & hiring' })).toHaveAttribute('aria-current', 'page');
  await page.goto('/#view=bridge');
  await expect(page.getByRole('img', { name: 'ARR bridge, months 1–12' })).toBeVisible();
});

test('the bridge says what came back, what was given up in between and what nobody could have kept', async ({
  page,
}) => {
  await open_small(page);
  await page.goto('/#view=bridge');
  const figure = page.getByRole('figure', { name: 'ARR bridge, months 1–12' });
  await expect(figure).toContainText(/Of the churn \$[\d.]+[KM] was out of any CSM's reach\./);
  await figure.getByText('Data table').click();
  for (const step of ['Win-back', 'Contraction', "Of churn, out of any CSM's reach"])
    await expect(figure.getByRole('rowheader', { name: step })).toBeVisible();
  await expect(figure.getByRole('row', { name: /^Churn/ })).toContainText(/-\$[\d,]+ ?\$[\d,]+/);
});

test('a quantile says how sure it is', async ({ page }) => {
  await open_small(page);
  const tile = page.getByRole('region', { name: 'GRR', exact: true });
  await tile.getByLabel('What GRR means').click();
  await expect(tile).toContainText(
    /19 times in 20 the median lies in [\d.]+% to [\d.]+%, P5 in\s+[\d.]+% to [\d.]+% and P95 in\s+[\d.]+% to [\d.]+%\./,
  );
  const table = page.locator('section.card', { hasText: 'Definitions side by side' });
  const gross = table.getByRole('row', { name: /^GRR/ }).first();
  await expect(gross).not.toContainText('median');
  await table.getByLabel('How sure each quantile is').check();
  await expect(gross).toContainText(
    /P5 [\d.]+% to [\d.]+%\s+median [\d.]+% to [\d.]+%\s+P95 [\d.]+% to [\d.]+%/,
  );
  const fan = page.getByRole('figure', { name: 'GRR since the start' });
  await fan.getByText('Data table').click();
  await expect(fan.getByRole('row', { name: /^12 / })).toContainText(
    /P5 [\d.]+% to [\d.]+%, median [\d.]+% to [\d.]+%, P95 [\d.]+% to [\d.]+%/,
  );
  expect(await violations(page)).toEqual([]);
});

test('CLTV is shown as a distribution for each segment', async ({ page }) => {
  await open_small(page);
  await page.goto('/#view=value');
  const figure = page.getByRole('figure', { name: 'CLTV over futures' });
  await expect(figure).toContainText(/CLTV of an opening account over 5 years: Mid-market median \$[\d.]+K/);
  await expect(figure.getByRole('img', { name: 'CLTV over futures, Mid-market' })).toBeVisible();
  await figure.getByText('Data table').click();
  const counts = figure.locator('tbody td:last-child');
  const total = async () => (await counts.allTextContents()).reduce((sum, count) => sum + Number(count), 0);
  // Every second of the 200 looks so far ahead. The table is filled a frame after it opens.
  await expect.poll(total).toBe(100);
  expect(await violations(page)).toEqual([]);
});

test('the band of GRR is explained layer by layer', async ({ page }) => {
  await open_small(page);
  await page.goto('/#view=risk');
  await expect(page.getByText(/^By luck alone GRR of months 1–12 would spread over about/)).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'GRR of the worst twentieth' })).toBeVisible();
});

test('every definition stands beside the others, with what lies between', async ({ page }) => {
  await open_small(page);
  const table = page.getByRole('table', { name: 'Definitions side by side' });
  for (const name of [
    'GRR',
    'GRR by movements',
    'Gross renewal rate',
    'without the top 5',
    'Logo renewal rate',
  ])
    await expect(table.getByRole('row', { name: new RegExp(`^${name}\\b`) }).first()).toContainText(/\d%/);
  await expect(table.getByRole('columnheader')).toHaveText([
    'Definition',
    'months 1–12',
    'months 13–24',
    'months 25–36',
  ]);

  const why = page.getByRole('region', { name: 'Why they differ, months 1–12', exact: true });
  for (const step of ['Losses that growth made up', 'ARR not up for renewal', 'Price uplift'])
    await expect(why.getByRole('rowheader', { name: step }).first()).toBeVisible();
  await why
    .getByRole('group', { name: 'Contract year of the differences' })
    .getByText('months 13–24')
    .click();
  await expect(page.getByRole('heading', { name: 'Why they differ, months 13–24' })).toBeVisible();
});

test('risk tells concentration, and warns by a rule it states', async ({ page }) => {
  await open_small(page);
  await page.getByRole('link', { name: 'Risk', exact: true }).click();
  const second = page.getByRole('region', { name: 'What deserves a second look' });
  await expect(second).toContainText(/Told because|do not part/);
  const table = page.getByRole('table', { name: 'Concentration of ARR' });
  await expect(table.getByRole('row', { name: /^Largest account/ })).toContainText(/[\d.]+%/);
  await expect(table.getByRole('row', { name: /^Effective number of accounts/ })).toContainText(/\d/);
});

test('value stands by named conventions and against the cost of winning', async ({ page }) => {
  await open_small(page);
  await page.goto('/#view=value');
  const conventions = page.getByRole('table', { name: 'CLTV of an opening account, by convention' });
  await expect(conventions.getByRole('row', { name: /^Book/ })).toContainText(/\$[\d.]+K/);
  const against = page.getByRole('table', { name: /^Against the cost of winning/ });
  await expect(against.getByRole('row', { name: /^Book/ })).toContainText(/\d%|no end/);
  const card = page.getByRole('region', { name: /^Against the cost of winning, and beyond 5 years$/ });
  await card.getByText('Definitions').click();
  await expect(card).toContainText('Months in which the gross margin of new accounts pays for winning them');
});

test('an example opens in its own currency', async ({ page }) => {
  await open(page);
  await page.getByLabel('Open an example').selectOption('india-saas');
  await expect(page.getByRole('region', { name: 'Closing ARR', exact: true })).toContainText(/₹[\d.]+Cr/);
});

test('a scenario is saved and opened again; what is none is refused in words', async ({ page }) => {
  await open_small(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^mid-market.*\.json$/);
  const document = JSON.parse(readFileSync(await file.path()).toString());
  expect(document.trials).toBe(200);

  const picker = page.locator('input[type=file]').first();
  const upload = (name: string, content: unknown) =>
    picker.setInputFiles({
      name,
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(content)),
    });
  await upload('mine.json', { ...document, name: 'Mine' });
  await expect(page.getByRole('heading', { level: 2, name: 'Mine' })).toBeVisible();
  await upload('other.json', { ...document, seed: 'x', colour: 'red' });
  await expect(page.getByText('other.json was not opened.')).toBeVisible();
  await expect(page.getByText('colour is not a field of a scenario')).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText('other.json was not opened.')).toBeHidden();
});

for (const [book, change] of [
  ['the demo book', (demo: object) => ({ ...demo, trials: 40 })],
  [
    'a book of one account, played once',
    (demo: { segments: { accounts: number; new_accounts: object }[] }) => ({
      ...demo,
      trials: 1,
      segments: demo.segments.map((segment, i) => ({
        ...segment,
        accounts: i === 0 ? 1 : 0,
        new_accounts: { ...segment.new_accounts, per_year: 0 },
      })),
    }),
  ],
] as const)
  test(`every view of ${book} opens without a fault`, async ({ page }) => {
    await open(page);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const demo = JSON.parse(readFileSync(await (await download).path()).toString());
    const document = change(demo);
    await page.locator('header input[type=file]').setInputFiles({
      name: 'book.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(document)),
    });
    await expect(page.getByRole('status')).toHaveText(/^Simulated (40|1) futures$/, { timeout: 30_000 });
    const few = page.getByText('Only 1 account is under contract at the start');
    await expect(few).toBeVisible({ visible: document.trials === 1 });
    for (const width of [1366, 390]) {
      await page.setViewportSize({ width, height: 800 });
      for (const view of views) {
        await page.goto(`/#view=${view}`);
        const current = page.getByRole('navigation', { name: 'Views' }).locator('[aria-current=page]');
        await expect(current).toHaveAttribute('href', `#view=${view}`);
        await expect(page.locator('.view h3').first()).toBeVisible();
        expect(await page.locator('.views').textContent(), view).not.toMatch(/NaN|undefined|Infinity|∞/);
        for (const drawing of await page.locator('.view svg').all())
          expect(await drawing.innerHTML(), view).not.toMatch(/NaN|Infinity/);
        for (const table of await page.getByText('Data table', { exact: true }).all()) await table.click();
      }
    }
  });

test('a chart is read by keyboard, as a table, and saved', async ({ page }) => {
  await open_small(page);
  const cursor = page.getByRole('slider', { name: 'Month of GRR since the start' });
  await cursor.focus();
  await page.keyboard.press('Home');
  await expect(cursor).toHaveAttribute('aria-valuetext', /^At the start: median 100\.0%/);
  await page.keyboard.press('ArrowRight');
  await expect(cursor).toHaveAttribute('aria-valuetext', /^Month 1 \(Jan\): median/);

  const figure = page.getByRole('figure', { name: 'GRR since the start' });
  await figure.getByText('Data table').click();
  await expect(figure.getByRole('row')).toHaveCount(38);
  for (const kind of ['SVG', 'PNG']) {
    const download = page.waitForEvent('download');
    await figure.getByRole('button', { name: kind }).click();
    expect((await download).suggestedFilename()).toBe(`grr-since-the-start.${kind.toLowerCase()}`);
  }
});

test('a number opens its definition and closes it again', async ({ page }) => {
  await open_small(page);
  const tile = page.getByRole('region', { name: 'NRR', exact: true });
  // Closed, it is not even made: its numbers would be with every picture.
  await expect(tile.getByText('Net revenue retention')).toHaveCount(0);
  await tile.getByLabel('What NRR means').click();
  await expect(tile.getByText('Net revenue retention')).toBeVisible();
  await expect(tile.getByText(/Window: months 1–12. Mean .* standard error/)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(tile.getByText('Net revenue retention')).toHaveCount(0);
});

for (const [colorScheme, width] of [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
] as const)
  test(`axe finds nothing in ${colorScheme} at ${width} px, in any view`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await open_small(page);
    await page.setViewportSize({ width, height: 800 });
    expect(await violations(page)).toEqual([]);
    for (const view of views) {
      await page.goto(`/#view=${view}`);
      const current = page.getByRole('navigation', { name: 'Views' }).locator('[aria-current=page]');
      await expect(current).toHaveAttribute('href', `#view=${view}`);
      expect(await violations(page, '.views'), view).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${view} is no wider than the screen`).toBeLessThanOrEqual(0);
    }
  });

test('the theme can be chosen against the system, and is remembered', async ({ page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page);
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  expect(await ground()).not.toBe(light);
  await page.reload();
  await open(page);
  expect(await ground()).not.toBe(light);
  await page.getByLabel('Theme').selectOption('system');
  expect(await ground()).toBe(light);
});

test('the inputs open on a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await open(page);
  const churn = page.locator('[id="cell-segments[0].churn"]');
  await expect(churn).toBeHidden();
  await page.getByRole('button', { name: 'Edit the inputs' }).click();
  await expect(churn).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test('the keyboard reaches everything in order and is never caught', async ({ page }) => {
  await open_small(page);
  await page.evaluate(() => {
    const stops: string[] = [];
    Object.assign(window, { stops });
    document.addEventListener('focusin', ({ target }) => {
      const element = target as Element;
      const region =
        element.closest('#inputs') ??
        element.closest('header, footer, nav, section.against, section.tile, section.sense, section.view');
      const stop = region?.getAttribute('aria-label') ?? region?.tagName.toLowerCase() ?? element.tagName;
      if (stops.at(-1) !== stop) stops.push(stop);
    });
  });
  const wanted = [
    'header',
    'Questions',
    ...tiles,
    'Does it add up?',
    'Inputs',
    'Views',
    'Retention',
    'footer',
  ];
  const stops = () => page.evaluate(() => (window as unknown as { stops: string[] }).stops);
  for (let i = 0; i < 20 && !(await stops()).includes('footer'); i++)
    for (let j = 0; j < 20; j++) await page.keyboard.press('Tab');
  expect((await stops()).slice(0, wanted.length)).toEqual(wanted);
});
