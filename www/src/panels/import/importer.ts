/** Imports in a worker of their own. */
import { type Remote, wrap } from 'comlink';
import type { ImportReply, ImportRequest } from '../../wasm/retaincast';
import module from '../../wasm/retaincast_bg.wasm?url';
import type { ImportApi } from './import.worker';
import script from './import.worker.ts?worker&url';

interface Started {
  worker: Worker;
  api: Remote<ImportApi>;
  failed: Promise<never>;
}

export class Importer {
  #started: Started | undefined;

  /** Rejects when the worker breaks down; the next call starts another. */
  async read(request: ImportRequest): Promise<ImportReply> {
    this.#started ??= start();
    const { api, failed } = this.#started;
    try {
      return await Promise.race([api.read(new URL(module, document.baseURI).href, request), failed]);
    } catch (fault) {
      this.stop();
      throw fault;
    }
  }

  stop(): void {
    this.#started?.worker.terminate();
    this.#started = undefined;
  }
}

/** A worker from a blob comes under the page's policy, as those in engine/pool.ts do. */
function start(): Started {
  const source = `import ${JSON.stringify(new URL(script, document.baseURI).href)};`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener(
      'error',
      (event) => reject(new Error(event.message || 'a worker did not start')),
      {
        once: true,
      },
    );
  });
  // Heard by whoever waits; nobody may be waiting.
  failed.catch(() => {});
  worker.addEventListener('message', () => URL.revokeObjectURL(url), { once: true });
  return { worker, api: wrap<ImportApi>(worker), failed };
}
