/** The build of the page and its unit tests. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/**
 * The browser itself enforces that no data leaves it. In the build only: Vite's dev server needs
 * inline styles. A meta tag, because the page must keep its promise on any static host.
 */
function contentSecurityPolicy(): Plugin {
  const content = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    // The blob is how our own workers come under this policy: see engine/pool.ts.
    "worker-src 'self' blob:",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content },
        injectTo: 'head-prepend',
      },
    ],
  };
}

export default defineConfig({
  // Relative, so that the page may live in any folder of a server.
  base: './',
  plugins: [svelte(), contentSecurityPolicy()],
  worker: { format: 'es' },
  build: {
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    // The policy allows no data: scripts, and the module must stay a file to be compiled as it streams.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { environment: 'node', include: ['tests/unit/**/*.test.ts'] },
});
