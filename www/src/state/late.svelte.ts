/** What nobody waits for, kept out of the way of what somebody does. */
import { untrack } from 'svelte';

/** By then an edit has its first picture, in milliseconds. */
const WAIT = 150;

/** A value that follows another one some moments later, until then what it is first. To be made with a component. */
export function late<T>(now: () => T, first = untrack(now)): { readonly value: T } {
  let value = $state.raw(first);
  $effect(() => {
    const next = now();
    const turn = setTimeout(() => {
      value = next;
    }, WAIT);
    return () => clearTimeout(turn);
  });
  return {
    get value() {
      return value;
    },
  };
}
