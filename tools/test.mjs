#!/usr/bin/env node
// `npm test`: installs what is missing, then runs every check. The last line counts them: "N passed, N failed, N skipped".
//
//   npm test                 everything
//   npm test -- PATH…        only the tests in these files (no other checks)
//
// Formatting, lint, types and the build count as one check each. The exit code is 0 only when nothing failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const only = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

ensureInstalled(root, { dev: true });

const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
const run = (name, args) =>
  spawnSync(bin(name), args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;

function check(title, name, args) {
  console.log(`\n== ${title}`);
  if (run(name, args)) counts.passed += 1;
  else {
    counts.failed += 1;
    failures.push(title);
  }
}

if (only.length === 0) {
  check('format', 'oxfmt', ['--check', '.']);
  check('lint', 'oxlint', ['--deny-warnings']);
  check('types and build', 'tsc', ['-b']);
}

console.log('\n== tests');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
const report = join(folder, 'report.json');
run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only]);
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += result.numPendingTests + result.numTodoTests;
  // A file that could not be loaded has no tests to count: it is a failure of its own.
  for (const file of result.testResults) {
    if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
      counts.failed += 1;
      failures.push(file.name);
    }
  }
  if (!result.success && counts.failed === 0) {
    counts.failed += 1;
    failures.push('the test run itself');
  }
  if (result.numPassedTests === 0) {
    counts.failed += 1;
    failures.push('no test ran');
  }
} else {
  counts.failed += 1;
  failures.push('the test runner left no report');
}
rmSync(folder, { recursive: true, force: true });

if (failures.length > 0) console.log(`\nfailed beside single tests: ${failures.join(', ')}`);
console.log('');
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exit(counts.failed === 0 ? 0 : 1);
