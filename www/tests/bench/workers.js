/** The page's way of sharing work, without the page: whoever is free takes the next batch. In a browser only. */

const ROUNDS = 3;
const BATCH = 10;

/** Seconds in which one worker, and then two, play so many trials. */
export async function workers(module, text, trials) {
  const team = await Promise.all([start(module, text), start(module, text)]);
  const seconds = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round += 1)
    for (const size of [1, 2]) {
      const began = performance.now();
      await play(team.slice(0, size), trials);
      seconds[size - 1] = Math.min(seconds[size - 1], (performance.now() - began) / 1000);
    }
  return { seconds };
}

async function start(module, text) {
  const worker = new Worker('/www/tests/bench/worker.js', { type: 'module' });
  await answer(worker);
  worker.postMessage({ module, text });
  await answer(worker);
  return worker;
}

function play(team, trials) {
  let next = 0;
  const work = async (worker) => {
    while (next < trials) {
      const first = next;
      next += BATCH;
      worker.postMessage({ first, count: Math.min(BATCH, trials - first) });
      await answer(worker);
    }
  };
  return Promise.all(team.map(work));
}

function answer(worker) {
  return new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
  });
}
