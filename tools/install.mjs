// Installs the packages of the lock file when they are not there, and builds when a source is newer than the build.
// Runs with nothing installed: Node's own modules only. Shared by `holdfast` and by the test command.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NODE_MIN = [20, 20, 0];

/** Ends the process with one line. */
function fail(line) {
  process.stderr.write(`holdfast: ${line}\n`);
  process.exit(1);
}

/** Ends the process when Node is older than 20.20. */
export function checkNode(version = process.versions.node) {
  const have = version.split('.').map(Number);
  for (const [at, least] of NODE_MIN.entries()) {
    if (have[at] > least) return;
    if (have[at] < least) {
      fail(`Node ${version} is too old: Holdfast needs ${NODE_MIN.join('.')} or later (https://nodejs.org).`);
    }
  }
}

/** True when the packages in node_modules are those of the lock file. Looks at two small files. */
export function isInstalled(root) {
  const stamp = join(root, 'node_modules', '.holdfast-installed');
  try {
    if (readFileSync(stamp, 'utf8') === lockHash(root)) return true;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  // Installed by hand with npm: npm's own record must not be older than the lock file.
  const record = statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  if (record === undefined || record.mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) return false;
  writeStamp(stamp, lockHash(root));
  return true;
}

const lockHash = (root) => {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(root, 'package-lock.json')));
  // The programs of PostgreSQL are of one platform: a folder carried to another machine is installed anew.
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
};

function writeStamp(file, text) {
  try {
    writeFileSync(file, text);
  } catch (error) {
    // A folder that we may read but not write: looked at again next time, which costs nothing but that.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}

/** Installs what the lock file names when it is missing. Synchronous; prints what it does; one line and exit 1 on failure. */
export function ensureInstalled(root) {
  checkNode();
  if (isInstalled(root)) return;
  process.stderr.write('Installing packages (the first time; needs the internet, about a minute) …\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const npmRun = (args, output) =>
    spawnSync(npm, [...args, '--no-audit', '--no-fund', '--include=dev', '--include=optional'], {
      cwd: root,
      stdio: ['ignore', output, output],
      encoding: 'utf8',
      shell: process.platform === 'win32',
      // Inside `npm start` npm hands its own command down in these: the inner npm must not take them for its own.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package|command)/.test(name)),
      ),
    });
  let run = npmRun(['ci'], 'pipe');
  if (run.error?.code === 'ENOENT') fail('npm is not installed; it comes with Node (https://nodejs.org).');
  if (run.status !== 0) {
    // A registry that lacks the packages of other platforms, and a lock file written against one, do not suit `npm ci`:
    // `npm install` takes the versions of the lock file all the same, and without saving leaves the file as it is.
    run = npmRun(['install', '--no-save', '--prefer-offline'], 2);
  }
  if (run.status !== 0) {
    fail('The packages could not be installed; npm says why above. Run the same command again when that is mended.');
  }
  writeStamp(join(root, 'node_modules', '.holdfast-installed'), lockHash(root));
}

/** Builds `projects` (tsconfig files) when a source is newer than their last build. Synchronous, as above. */
export function ensureBuilt(root, projects) {
  const state = sourceState(root);
  const due = projects.filter(
    (project) => readStamp(root, project) !== state || !existsSync(join(root, 'dist', 'src')),
  );
  if (due.length === 0) return;
  process.stderr.write('Building …\n');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '-b', ...due], { cwd: root, stdio: ['ignore', 2, 2] });
  if (run.status !== 0) fail('The build failed; the compiler says why above.');
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const project of due) writeStamp(stampOf(root, project), state);
}

/**
 * Builds the ward client when a source of it is newer than its last build. Synchronous. A client that does not build keeps no server
 * from starting: it says so, and the build before, if there is one, is served on.
 */
export function ensureWebBuilt(root) {
  const stamp = join(root, 'dist', '.built-web');
  const state = webState(root);
  const isThere = existsSync(join(root, 'dist', 'web', 'current.json'));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  process.stderr.write('Building the ward client …\n');
  const run = spawnSync(process.execPath, [join(root, 'tools', 'build-web.mjs')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 2],
  });
  if (run.status === 0) writeFileSync(stamp, state);
  else process.stderr.write('holdfast: the ward client could not be built; everything else starts.\n');
}

const stampOf = (root, project) =>
  join(root, 'dist', `.built-${project.replace(/^tsconfig\./, '').replace(/\.json$/, '')}`);

function readStamp(root, project) {
  try {
    return readFileSync(stampOf(root, project), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** As `sourceState`, of what the ward client is made of. */
function webState(root) {
  const hash = createHash('sha256');
  const look = (path) => {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    if (found?.isFile()) hash.update(`${path}\0${found.size}\0${found.mtimeMs}\n`);
  };
  for (const folder of ['src/core', 'src/web', 'content']) {
    if (!existsSync(join(root, folder))) continue;
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names) if (!/\.test(-kit)?\.tsx?$/.test(name)) look(join(folder, name));
  }
  for (const name of ['vite.config.ts', 'package-lock.json', 'tools/build-web.mjs']) look(name);
  return hash.digest('hex');
}

/** One hash over name, size and time of every source that the build reads: some hundred looks at the disk, no reading. */
function sourceState(root) {
  const hash = createHash('sha256');
  const look = (path) => {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    if (found?.isFile()) hash.update(`${path}\0${found.size}\0${found.mtimeMs}\n`);
  };
  for (const folder of ['src', 'bench', 'drills', 'test/simulator']) {
    if (!existsSync(join(root, folder))) continue;
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names) if (/\.tsx?$/.test(name) && !/\.test(-kit)?\.tsx?$/.test(name)) look(join(folder, name));
  }
  for (const name of readdirSync(root).sort()) if (/^tsconfig.*\.json$/.test(name)) look(name);
  look('package-lock.json');
  return hash.digest('hex');
}
