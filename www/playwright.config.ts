/** The tests of the built page in a real browser. */
import { defineConfig } from '@playwright/test';

const port = process.env.RETAINCAST_PORT ?? '4173';
const baseURL = `http://127.0.0.1:${port}`;
const executablePath = process.env.CHROMIUM;

// The browser has no business outside this machine, and its sandbox does not run as root.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: 'test-results',
  // A page under test simulates on one core.
  workers: 2,
  fullyParallel: true,
  reporter: 'list',
  forbidOnly: process.env.CI !== undefined,
  use: { baseURL },
  projects: [
    {
      name: 'chromium',
      use: {
        browserName: 'chromium',
        launchOptions: { args, ...(executablePath === undefined ? {} : { executablePath }) },
      },
    },
  ],
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: baseURL,
  },
});
