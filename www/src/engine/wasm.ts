/** The simulator's module: fetched and compiled once, then shared with every worker. */
import init, { check, examples, sense, version } from '../wasm/retaincast.js';
import url from '../wasm/retaincast_bg.wasm?url';

export { check, examples, sense, version };

/** Fetches and compiles the module, and starts the page's own instance of it. */
export async function loadWasm(): Promise<WebAssembly.Module> {
  const module = await compile(await fetch(url));
  await init({ module_or_path: module });
  return module;
}

async function compile(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`the simulator's module answered ${response.status}`);
  // Streaming is refused for any other type, and some static hosts send one.
  const isWasm = response.headers.get('content-type')?.startsWith('application/wasm');
  return isWasm ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
