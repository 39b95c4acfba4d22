// The ward client as files: `npx vite build` writes `dist/web`, which the site serves under `/ward/`.
//
//   SR20  Everything that the client needs is in its own files, under its own address. No script stands in the page itself.
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The reader of codes knows a stranger's server, in case that nobody gives it its program. We do (scan.part.tsx): the address goes. */
const noForeignReader: Plugin = {
  name: 'no-foreign-reader',
  transform(code, id) {
    if (!id.includes('zxing-wasm')) return null;
    return { code: code.replaceAll(/https:\/\/fastly\.jsdelivr\.net\/npm\//g, '/ward/no-such-file/'), map: null };
  },
};

export default defineConfig({
  root: 'src/web',
  base: '/ward/',
  publicDir: false,
  plugins: [react(), noForeignReader],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    // What a hospital has on its wards: browsers of the last three years.
    target: ['chrome120', 'edge120', 'firefox121', 'safari17.4'],
    // Nothing in the page, nothing as data: every file is cached by its hash and allowed by the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  worker: {
    format: 'es',
    rollupOptions: { output: { entryFileNames: 'assets/[name]-[hash].js', chunkFileNames: 'assets/[name]-[hash].js' } },
  },
});
