/** What nobody waits for, kept out of the way of what somebody does. */
import { untrack } from 'svelte';

/** By then an edit has its first picture, in milliseconds. */
const WAIT = 150;

/** A value that follows another one some moments later. To be made while a component is made. */
export function late<T>(now: () => T): { readonly value: T } {
  let value = $state.raw(untrack(now));
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
