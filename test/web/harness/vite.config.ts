// Builds the harness as the client is built. `HARNESS_OUT` says where to.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
export default defineConfig({
  root: import.meta.dirname,
  base: '/ward/',
  publicDir: false,
  logLevel: 'warn',
  plugins: [react()],
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
