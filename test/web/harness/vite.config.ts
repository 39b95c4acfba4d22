// Builds the harness as the client is built, with the record of the demo hospital beside it. `HARNESS_OUT` says where to.
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { makeSeed } from './make-seed.ts';

const seed: Plugin = {
  name: 'seed',
  async generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'seed.json', source: JSON.stringify(await makeSeed()) });
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: '/ward/',
  publicDir: false,
  logLevel: 'warn',
  plugins: [react(), seed],
  build: {
    outDir: process.env['HARNESS_OUT'] ?? '../../../dist/web-harness/by-hand',
    emptyOutDir: true,
    target: 'esnext',
    minify: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 20_000,
  },
});
