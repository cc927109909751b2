/** Work that nobody waits for, one piece to a task, so that the page can answer in between. */

const waiting = new Map<object, () => void>();
let isUnderWay = false;

/**
 * Does some work when what is on the screen now has been drawn, after whatever waits already. Whoever waits already keeps
 * the turn, and does this in place of what was asked for before: else the last would wait as long as the first ask again.
 */
export function in_turn(who: object, work: () => void): void {
  waiting.set(who, work);
  if (isUnderWay) return;
  isUnderWay = true;
  requestAnimationFrame(() => setTimeout(next));
}

/** Takes back what waits. */
export function leave_turn(who: object): void {
  waiting.delete(who);
}

function next(): void {
  const [first] = waiting;
  if (first === undefined) {
    isUnderWay = false;
    return;
  }
  const [who, work] = first;
  waiting.delete(who);
  // Asked for first: a fault shall not hold up the others.
  setTimeout(next);
  work();
}
