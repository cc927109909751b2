/** A worker that is told a scenario, and then which trials to play. */
import { initSync, Simulator } from '../../src/wasm/retaincast.js';

let simulator;

self.onmessage = ({ data }) => {
  if (data.module) {
    initSync({ module: data.module });
    simulator = new Simulator(data.text);
    self.postMessage('ready');
  } else {
    const rows = new Float64Array(data.count * simulator.width);
    simulator.run(data.first, rows);
    self.postMessage(rows, [rows.buffer]);
  }
};
// What is said before would reach no one.
self.postMessage('listening');
