/** The page's own workers give the bits that the native program is held to. */
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures';
import { open } from './open';

/** The file `tests/determinism.rs` reads: one copy of the numbers for both. */
const golden: { trials: number; fingerprints: Record<string, string> } = JSON.parse(
  readFileSync('../tests/data/golden.json', 'utf8'),
);

// Two simulators share the futures.
test.use({ cores: 2 });

test('every starting point is golden', async ({ page }) => {
  await open(page);
  const names = await page
    .getByLabel('Open an example')
    .locator('option')
    .evaluateAll((options) =>
      options.map((option) => (option as HTMLOptionElement).value).filter((name) => name !== ''),
    );
  expect(names).toEqual(Object.keys(golden.fingerprints));
  for (const [name, fingerprint] of Object.entries(golden.fingerprints))
    await test.step(name, async () => {
      const scenario = JSON.parse(readFileSync(`../src/wire/examples/${name}.json`, 'utf8'));
      await page.locator('header input[type=file]').setInputFiles({
        name: `${name}.json`,
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify({ ...scenario, trials: golden.trials })),
      });
      await expect(page.locator('footer code')).toHaveText(fingerprint, { timeout: 20_000 });
    });
});
