/** The worker that reads tables, so that the page never waits for a large one. */
import { expose } from 'comlink';
import type { ImportReply, ImportRequest } from '../../wasm/retaincast';
import { import_book, initSync } from '../../wasm/retaincast.js';

let started: Promise<unknown> | undefined;

async function start(url: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the simulator's module answered ${response.status}`);
  initSync({ module: await WebAssembly.compile(await response.arrayBuffer()) });
}

const api = {
  /** Imports tables with the module at an address. */
  async read(url: string, request: ImportRequest): Promise<ImportReply> {
    started ??= start(url);
    await started;
    return import_book(request);
  },
};

export type ImportApi = typeof api;

expose(api);
