/** Measures the built page in Chromium and prints what came out as JSON: `node page.js TRIALS ROUNDS`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';
import { launch } from './chromium.js';
import { traced } from './trace.js';

const [trials, rounds] = process.argv.slice(2).map(Number);
/** A run is the longest of waits, in milliseconds: this is for a machine that does other things too. */
const PATIENCE = 600_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await preview({ root, logLevel: 'silent', preview: { host: '127.0.0.1' } });
const address = server.resolvedUrls.local[0];
const browser = await launch();
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  await browser.close();
  await server.close();
}

async function measure() {
  const cold = [];
  for (let round = 0; round < rounds; round += 1) cold.push(await cold_result());
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  await ask_for(page, trials);
  const { longest_task, memory } = await whole_run(page);
  await ask_for(page, 10_000);
  const edits = await edit(page);
  const cancel = await cancels(page);
  return {
    cold_first_result_s: median(cold) / 1000,
    edit_to_picture_ms: median(edits),
    cancel_ms: median(cancel),
    longest_task_ms: longest_task,
    memory_mb: memory,
  };
}

/** Milliseconds from the start of the navigation to the first number on the page, nothing cached. */
async function cold_result() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.first_result = new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector('section[aria-label="GRR"]')?.textContent.includes('P5–P95')) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
  });
  await page.goto(address);
  const time = await page.evaluate(() => window.first_result);
  await context.close();
  return time;
}

/** Milliseconds from Enter in a cell to the first picture of the edited scenario, mid-run as when a number is dragged. */
async function edit(page) {
  const churn = page.locator('[id="cell-segments[0].churn"]');
  const times = [];
  for (let round = 0; round < 2 * rounds; round += 1) {
    await churn.fill(`${10 + round}%`);
    const shown = await page.evaluateHandle(() => {
      // The fingerprint is new with every picture, and those of the run before the edit are not shown after it.
      const fingerprint = () => document.querySelector('footer code').textContent;
      let start;
      let before;
      addEventListener(
        'keydown',
        ({ timeStamp }) => {
          start = timeStamp;
          before = fingerprint();
        },
        { capture: true, once: true },
      );
      const time = new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          if (start === undefined || fingerprint() === before) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        }).observe(document.querySelector('footer'), {
          subtree: true,
          childList: true,
          characterData: true,
        });
      });
      return { time };
    });
    await churn.press('Enter');
    times.push(await shown.evaluate(({ time }) => time));
    // Long enough for a run to be in full swing, and never at the same place of it.
    await page.waitForTimeout(300 + 37 * round);
  }
  return times;
}

/** Milliseconds from a click on Cancel until the page says so and no worker works any more. */
async function cancels(page) {
  const again = page.getByRole('contentinfo').getByRole('button', { name: 'Run again' });
  const cancel = page.getByRole('contentinfo').getByRole('button', { name: 'Cancel' });
  const said = [];
  const threads = await traced(browser, page, async () => {
    for (let round = 0; round < rounds; round += 1) {
      await page.waitForTimeout(400 + 23 * round);
      said.push(
        await cancel.evaluate(async (button) => {
          const status = document.querySelector('footer [role="status"]');
          performance.mark('cancel');
          const start = performance.now();
          button.click();
          while (!status.textContent.startsWith('Cancelled')) await new Promise((next) => setTimeout(next));
          return performance.now() - start;
        }),
      );
      await page.waitForTimeout(300);
      await page.evaluate(() => performance.mark('again'));
      await again.click();
    }
  });
  return threads.until_idle('cancel').map((idle, i) => Math.max(idle, said[i]));
}

/** The longest task on the main thread during a run from its start to its end, and the most memory it took. */
async function whole_run(page) {
  const churn = page.locator('[id="cell-segments[0].churn"]');
  const renderers = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  const pids = renderers.processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  let memory = 0;
  const look = setInterval(() => {
    memory = Math.max(memory, ...pids.map(private_megabytes));
  }, 50);
  // Before the trace: what types for us compiles its own code inside the page, and the page makes itself.
  await churn.fill('8%');
  await page.waitForTimeout(2000);
  const threads = await traced(browser, page, async () => {
    await page.evaluate(() => performance.mark('run'));
    await churn.press('Enter');
    await finished(page);
  });
  clearInterval(look);
  return { longest_task: threads.longest_task(), memory: memory > 0 ? memory : null };
}

/** What a process has for itself, in MB; nothing where there is no /proc to ask. */
function private_megabytes(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

async function ask_for(page, trials) {
  await page.getByRole('contentinfo').getByLabel('Trials').selectOption(String(trials));
}

/** Waits inside the page for the end of a run: each look from outside would be a task of the page, and not its shortest. */
async function finished(page) {
  await page.evaluate(
    (patience) =>
      new Promise((resolve, reject) => {
        const status = document.querySelector('footer [role="status"]');
        const is_over = () => status.textContent.startsWith('Simulated ');
        if (is_over()) return resolve();
        const late = setTimeout(() => reject(new Error('the run does not end')), patience);
        new MutationObserver((_, observer) => {
          if (!is_over()) return;
          observer.disconnect();
          clearTimeout(late);
          resolve();
        }).observe(status, { subtree: true, childList: true, characterData: true });
      }),
    PATIENCE,
  );
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
