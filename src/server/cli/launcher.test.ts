import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const newFolder = (): string => {
  const folder = mkdtempSync('/tmp/holdfast-launcher-');
  folders.push(folder);
  return folder;
};
/** Runs an expression over the launcher's module `m`, in a process of its own as it would be. */
function evaluate(expression: string): { readonly code: number; readonly out: string; readonly err: string } {
  const module = JSON.stringify(resolve('tools/install.mjs'));
  const script = `import * as m from ${module}; const value = ${expression}; if (value !== undefined) console.log(String(value));`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return { code: ran.status ?? -1, out: ran.stdout.trim(), err: ran.stderr.trim() };
}

test('[OP17] an old Node is one clear line', () => {
  const old = evaluate(`m.checkNode('20.19.9')`);
  expect(old.code).toBe(1);
  expect(old.err).toMatch(/^holdfast: Node 20\.19\.9 is too old: Holdfast needs 20\.20\.0 or later.*$/);
  for (const version of ['20.20.0', '20.21.1', '22.0.0', '24.1.0'])
    expect(evaluate(`m.checkNode('${version}')`).code).toBe(0);
});

test('[OP17] packages count as installed until the lock file changes', () => {
  const root = newFolder();
  const installed = (): string => evaluate(`m.isInstalled(${JSON.stringify(root)})`).out;
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3}');
  expect(installed()).toBe('false');
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{}');
  const past = new Date(Date.now() - 60_000);
  utimesSync(join(root, 'node_modules', '.package-lock.json'), past, past);
  expect(installed()).toBe('false');
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{}');
  expect(installed()).toBe('true');
  // A checkout that only touches the file changes nothing; another content does.
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(root, 'package-lock.json'), later, later);
  expect(installed()).toBe('true');
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":4}');
  utimesSync(join(root, 'package-lock.json'), later, later);
  expect(installed()).toBe('false');
});

test('[OP17] it builds when a source is newer, and not a second time', () => {
  const root = newFolder();
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(
    join(root, 'tsconfig.server.json'),
    JSON.stringify({ compilerOptions: { rootDir: '.', outDir: 'dist', composite: true, types: [] }, include: ['src'] }),
  );
  const build = (): ReturnType<typeof evaluate> =>
    evaluate(`m.ensureBuilt(${JSON.stringify(root)}, ['tsconfig.server.json'])`);
  writeFileSync(join(root, 'src', 'a.ts'), 'export const a: number = 1;');
  expect(build()).toMatchObject({ code: 0, err: 'Building …' });
  expect(build()).toMatchObject({ code: 0, err: '' });
  writeFileSync(join(root, 'src', 'a.ts'), 'export const a: number = 22;');
  expect(build().err).toBe('Building …');
  expect(readFileSync(join(root, 'dist', 'src', 'a.js'), 'utf8')).toContain('22');
  writeFileSync(join(root, 'src', 'a.ts'), 'export const a: number = "x";');
  const failed = build();
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(/holdfast: The build failed/);
  // A failed build is no build: the next start tries again.
  expect(build().code).toBe(1);
});

test('[WU3] [WU6] the ward client is built when a source of it is newer, not a second time; one that does not build keeps no server from starting', () => {
  const root = newFolder();
  for (const folder of ['tools', 'src/web', 'dist/web']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'src/web/main.tsx'), 'one');
  const builds = `import { appendFileSync, writeFileSync } from 'node:fs';
appendFileSync('built', 'x');
writeFileSync('dist/web/current.json', '{}');\n`;
  writeFileSync(join(root, 'tools/build-web.mjs'), builds);
  const ensure = () => evaluate(`m.ensureWebBuilt(${JSON.stringify(root)})`);
  const built = (): number => readFileSync(join(root, 'built'), 'utf8').length;
  expect([ensure().code, built()]).toEqual([0, 1]);
  expect([ensure().code, built()]).toEqual([0, 1]);
  writeFileSync(join(root, 'src/web/main.test.ts'), 'a test is not what it is made of');
  expect([ensure().code, built()]).toEqual([0, 1]);
  writeFileSync(join(root, 'src/web/main.tsx'), 'another');
  expect([ensure().code, built()]).toEqual([0, 2]);
  writeFileSync(join(root, 'tools/build-web.mjs'), `${builds}process.exit(1);\n`);
  for (let times = 3; times <= 4; times += 1) {
    const failed = ensure();
    expect([failed.code, built()]).toEqual([0, times]);
    expect(failed.err).toContain('the ward client could not be built; everything else starts');
  }
});
