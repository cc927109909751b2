/** What Chromium's own trace says of a page's threads. */

const CATEGORIES = ['toplevel', 'blink.user_timing'];

/** Traces a page while work is done; the answer is the threads of the page. */
export async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  return new Threads(traceEvents);
}

class Threads {
  #events;
  #names = new Map();

  constructor(events) {
    this.#events = events;
    for (const { name, pid, tid, args } of events)
      if (name === 'thread_name') this.#names.set(`${pid}/${tid}`, args.name);
  }

  /** Milliseconds of the longest task on the page's main thread. */
  longest_task() {
    const { pid } = this.#marks()[0];
    const tasks = this.#tasks('CrRendererMain').filter((task) => task.pid === pid);
    return Math.max(...tasks.map(({ dur }) => dur)) / 1000;
  }

  /** Milliseconds from each mark of this name until the workers had nothing more to do, before the next mark of all. */
  until_idle(name) {
    const marks = this.#marks();
    const work = this.#tasks('DedicatedWorker thread');
    return marks.flatMap((mark, i) => {
      if (mark.name !== name) return [];
      const end = marks[i + 1]?.ts ?? Number.POSITIVE_INFINITY;
      const ends = work.filter(({ ts }) => ts < end).map(({ ts, dur }) => ts + dur);
      return [Math.max(0, ...ends.map((at) => at - mark.ts)) / 1000];
    });
  }

  #marks() {
    const marks = this.#events.filter(({ cat, ph }) => cat === 'blink.user_timing' && 'RIn'.includes(ph));
    return marks.toSorted((a, b) => a.ts - b.ts);
  }

  /** What a thread does, but for what tracing itself asks of it. */
  #tasks(thread) {
    return this.#events.filter(
      ({ ph, name, pid, tid, dur, args }) =>
        ph === 'X' &&
        name.endsWith('RunTask') &&
        dur > 0 &&
        !args.src_file?.startsWith('base/trace_event/') &&
        this.#names.get(`${pid}/${tid}`) === thread,
    );
  }
}
