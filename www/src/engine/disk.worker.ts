/** A file of this page's own for outcomes that would fill its memory, gone with the page. */
import type { Disk } from './inline';

const FOLDER = 'outcomes';

export class PrivateDisk implements Disk {
  /** What pages that were closed in the middle of a run have left goes first. */
  readonly #swept = sweep().catch(() => {});
  #file: Promise<FileSystemSyncAccessHandle> | undefined;

  async open(): Promise<FileSystemSyncAccessHandle> {
    this.#file ??= this.#swept.then(create);
    const file = await this.#file;
    file.truncate(0);
    return file;
  }

  async clear(): Promise<void> {
    (await this.#file)?.truncate(0);
  }
}

/** Removes every file but those in use, which refuse it. */
async function sweep(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER);
  for await (const name of folder.keys()) await folder.removeEntry(name).catch(() => {});
}

/** A new file, which nobody else can open. */
async function create(): Promise<FileSystemSyncAccessHandle> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  const file = await folder.getFileHandle(crypto.randomUUID(), { create: true });
  return file.createSyncAccessHandle();
}
