/** Work that nobody waits for, one piece to a task, so that the page can answer in between. */

const waiting = new Set<() => void>();
let isUnderWay = false;

/** Does some work when what is on the screen now has been drawn, after whatever waits already; the answer takes it back. */
export function in_turn(work: () => void): () => void {
  waiting.add(work);
  if (!isUnderWay) {
    isUnderWay = true;
    requestAnimationFrame(() => setTimeout(next));
  }
  return () => waiting.delete(work);
}

function next(): void {
  const [work] = waiting;
  if (work === undefined) {
    isUnderWay = false;
    return;
  }
  waiting.delete(work);
  // Asked for first: a fault shall not hold up the others.
  setTimeout(next);
  work();
}
