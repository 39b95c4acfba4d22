// Builds the ward client and lays it beside the builds before it, as `src/server/web-client/read-builds.ts` reads them:
//
//   vite ──> files ──+ worker, manifest, icons, rescue page──> dist/web/builds/<build>, dist/web/assets ──> dist/web/current.json
//
//   1. A build is there whole before the pointer names it: who serves meanwhile serves the one before.
//   2. The same sources make the same build: nothing changes, no device loads anything.
//   3. The last three builds stay, so that tabs of yesterday find their files.
//
// `node tools/build-web.mjs`. Needs the packages of the lock file.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync, constants as zlib } from 'node:zlib';
import { build as vite } from 'vite';

const KEEP = 3;
const GZIP_FROM = 512;
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};
const SQUEEZED = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.svg', '.wasm']);

/** The client of `root` into `root/dist/web`. Answers the build's name. */
export async function buildWeb(root) {
  const from = join(root, 'dist', 'web-next');
  await vite({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'src', 'web'),
    logLevel: 'warn',
    mode: 'production',
    build: { outDir: from, emptyOutDir: true },
  });
  const name = await assembleWeb({ root, from, to: join(root, 'dist', 'web') });
  rmSync(from, { recursive: true, force: true });
  return name;
}

/** `from`: `index.html` and `assets/…`, as vite leaves them. `at`: when, for the name; ms. */
export async function assembleWeb({ root, from, to, at = Date.now(), keep = KEEP }) {
  const offline = join(root, 'src', 'web', 'offline');
  const [worker, rescue] = await Promise.all([
    bundle(join(offline, 'asset-worker.ts')),
    bundle(join(offline, 'rescue-page.ts')),
  ]);
  const files = new Map(readAll(from));
  const page = files.get('index.html')?.toString('utf8');
  if (page === undefined) throw new Error(`there is no index.html in ${from}`);
  for (const [path, body] of icons()) files.set(path, body);
  files.set('manifest.webmanifest', Buffer.from(JSON.stringify(MANIFEST)));

  const hash = createHash('sha256').update(worker).update(rescue);
  for (const [path, body] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path}\0`).update(body);
  for (const name of ['rescue.html', 'rescue.css']) hash.update(readFileSync(join(offline, name)));
  const print = hash.digest('hex').slice(0, 8);
  const now = currentOf(to);
  if (now?.endsWith(print) && existsSync(join(to, 'builds', now, 'files.json'))) return now;
  const build = `${stampOf(at)}-${print}`;

  files.set('index.html', Buffer.from(dressPage(page, build)));
  // What the worker keeps: the client. The rescue page is never kept by it, nor is the worker itself.
  const list = { build, files: [...files].map(([path, body]) => ({ path, hash: hashOf(body) })) };
  files.set('sw.js', Buffer.from(`self.HOLDFAST_BUILD=${JSON.stringify(list)};\n${worker}`));
  files.set('rescue/index.html', readFileSync(join(offline, 'rescue.html')));
  files.set('rescue/rescue.css', readFileSync(join(offline, 'rescue.css')));
  files.set('rescue/rescue.js', Buffer.from(rescue));

  mkdirSync(join(to, 'builds'), { recursive: true });
  const draft = mkdtempSync(join(to, 'builds', 'new-'));
  // Whoever serves it may be another user than who built it.
  chmodSync(draft, 0o755);
  const listed = [];
  for (const [path, body] of files) {
    const isAsset = path.startsWith('assets/');
    const file = join(isAsset ? to : draft, path);
    const gzip = SQUEEZED.has(extname(path)) && body.length >= GZIP_FROM;
    // Of an asset the name says what it is: one that is there is the same.
    if (!isAsset || !existsSync(file) || (gzip && !existsSync(`${file}.gz`))) {
      mkdirSync(dirname(file), { recursive: true });
      if (gzip) replace(`${file}.gz`, gzipSync(body, { level: zlib.Z_BEST_COMPRESSION }));
      replace(file, body);
    }
    listed.push({ path, hash: hashOf(body), type: TYPES[extname(path)] ?? 'application/octet-stream', gzip });
  }
  writeFileSync(join(draft, 'files.json'), JSON.stringify({ build, files: listed }));
  renameSync(draft, join(to, 'builds', build));
  replace(join(to, 'current.json'), JSON.stringify({ build }));
  prune(to, keep);
  return build;
}

const bundled = new Map();
/** One script that imports nothing, as text. */
async function bundle(entry) {
  const before = bundled.get(entry);
  if (before !== undefined) return before;
  const made = await vite({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: ['chrome120', 'firefox121', 'safari17.4'],
      lib: { entry, formats: ['iife'], name: 'holdfast' },
      rollupOptions: { output: { entryFileNames: 'script.js' } },
    },
  });
  const [{ output }] = Array.isArray(made) ? made : [made];
  const { code } = output.find((one) => one.type === 'chunk');
  bundled.set(entry, code);
  return code;
}

function* readAll(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join(folder, name);
    // Maps are for who builds it.
    if (statSync(file).isFile() && !name.endsWith('.map')) yield [name.replaceAll('\\', '/'), readFileSync(file)];
  }
}

const hashOf = (body) => createHash('sha256').update(body).digest('base64');
const stampOf = (at) => {
  const [day, time] = new Date(at).toISOString().split('T');
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
};

function replace(file, body) {
  writeFileSync(`${file}.new`, body, { flush: true });
  renameSync(`${file}.new`, file);
}

export function currentOf(to) {
  try {
    return JSON.parse(readFileSync(join(to, 'current.json'), 'utf8')).build;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Builds before the last `keep`, and the assets that none of those that stay lists. */
function prune(to, keep) {
  const folder = join(to, 'builds');
  const names = readdirSync(folder).sort();
  const whole = names.filter((name) => existsSync(join(folder, name, 'files.json')));
  const now = currentOf(to);
  const stay = new Set([...whole.slice(-keep), now]);
  for (const name of names) if (!stay.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  const wanted = new Set();
  for (const name of stay) {
    for (const { path } of JSON.parse(readFileSync(join(folder, name, 'files.json'), 'utf8')).files) {
      wanted.add(path).add(`${path}.gz`);
    }
  }
  const assets = join(to, 'assets');
  if (!existsSync(assets)) return;
  for (const name of readdirSync(assets)) if (!wanted.has(`assets/${name}`)) rmSync(join(assets, name));
}

const HEAD = (build) =>
  `<meta name="holdfast-build" content="${build}" /><link rel="manifest" href="/ward/manifest.webmanifest" />` +
  '<link rel="icon" href="/ward/icon.svg" type="image/svg+xml" /><link rel="apple-touch-icon" href="/ward/icon-192.png" />';
// Stands until the first screen does: whoever sees it for long has the way on before them, in their language.
const BOOT =
  '<p>Holdfast …</p><p><a href="/rescue/">Rescue · Secours · Rettung · Rescate · <span lang="ar" dir="rtl">الإنقاذ</span></a></p>';

function dressPage(page, build) {
  const head = page.replace(/<meta charset="utf-8"\s*\/?>/i, (found) => found + HEAD(build));
  const whole = head.replace(/<div id="root">/, (found) => found + BOOT);
  if (head === page || whole === head)
    throw new Error('index.html has no <meta charset="utf-8"> or no <div id="root">');
  return whole;
}

const MANIFEST = {
  id: '/ward/',
  name: 'Holdfast ward',
  short_name: 'Holdfast',
  description: 'The ward, with or without a server.',
  start_url: '/ward/',
  scope: '/ward/',
  display: 'standalone',
  background_color: '#0b6b57',
  theme_color: '#0b6b57',
  icons: [
    { src: '/ward/icon.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: '/ward/icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: '/ward/icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: '/ward/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
};

/** An anchor's ring and flukes, in shapes that an SVG and a few lines of arithmetic draw alike; on a unit square. */
function* icons() {
  yield ['icon.svg', Buffer.from(ICON_SVG)];
  for (const size of [192, 512]) yield [`icon-${size}.png`, png(size)];
}
const GROUND = [0x0b, 0x6b, 0x57];
const INK = [0xff, 0xff, 0xff];
const ICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#0b6b57"/>' +
  '<g fill="none" stroke="#fff" stroke-width="8"><circle cx="50" cy="27" r="9"/><path d="M50 36V80M34 46H66"/>' +
  '<path d="M24 56A26 26 0 0 0 76 56"/></g></svg>';
/** How far a point is from the lines of the icon; of a square of 100. */
function distance(x, y) {
  const ring = Math.abs(Math.hypot(x - 50, y - 27) - 9);
  const stock = Math.hypot(Math.max(34 - x, 0, x - 66), y - 46);
  const shank = Math.hypot(x - 50, Math.max(36 - y, 0, y - 80));
  const arms =
    y >= 56
      ? Math.abs(Math.hypot(x - 50, y - 56) - 26)
      : Math.min(Math.hypot(x - 24, y - 56), Math.hypot(x - 76, y - 56));
  return Math.min(ring, stock, shank, arms);
}
/** RGB, 8 bits (PNG 1.2). */
function png(size) {
  const rows = Buffer.alloc(size * (size * 3 + 1));
  const unit = 100 / size;
  for (let y = 0; y < size; y += 1) {
    const row = y * (size * 3 + 1);
    for (let x = 0; x < size; x += 1) {
      const over = (4 - distance((x + 0.5) * unit, (y + 0.5) * unit)) / unit + 0.5;
      const share = Math.min(1, Math.max(0, over));
      for (let c = 0; c < 3; c += 1) {
        rows[row + 1 + x * 3 + c] = Math.round(GROUND[c] + (INK[c] - GROUND[c]) * share);
      }
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
function chunk(type, body) {
  const whole = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const framed = Buffer.alloc(whole.length + 8);
  framed.writeUInt32BE(body.length, 0);
  whole.copy(framed, 4);
  framed.writeUInt32BE(crc(whole), whole.length + 4);
  return framed;
}
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  process.stdout.write(`${await buildWeb(root)}\n`);
}
