/** Kilobytes, compressed, of the module and of all the files of the built page, as JSON. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const size = ({ parentPath, name }) =>
  gzipSync(readFileSync(`${parentPath}/${name}`), { level: 9 }).length / 1000;
const sum = (chosen) => chosen.reduce((total, file) => total + size(file), 0);

const sizes = {
  wasm_gzip_kb: sum(files.filter(({ name }) => name.endsWith('.wasm'))),
  first_load_gzip_kb: sum(files),
};
process.stdout.write(`${JSON.stringify(sizes)}\n`);
