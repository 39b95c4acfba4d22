// What makes a node the same node on another disk: its keys, its parent, its certificates (CM8).
import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Of the data folder. The record is in the log, and journals of the audit are in the record within a second. */
const OWN: ReadonlySet<string> = new Set([
  'checkpoint.key',
  'checkpoints',
  'demo.json',
  'keys',
  'parent.json',
  'seal.key',
  'tls',
]);

/** Newer files take the place of older copies. Rejects with what the disk says. */
export async function copyNodeFiles(data: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  await chmod(target, 0o700);
  for (const name of await readdir(data)) {
    if (OWN.has(name)) await cp(join(data, name), join(target, name), { recursive: true, preserveTimestamps: true });
  }
}

/** Back into a data folder. Answers what stands there already, which is left as it is. */
export async function restoreNodeFiles(source: string, data: string): Promise<readonly string[]> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const there = new Set(await readdir(data));
  const names = (await readdir(source)).filter((name) => OWN.has(name));
  for (const name of names) {
    if (!there.has(name)) await cp(join(source, name), join(data, name), { recursive: true, preserveTimestamps: true });
  }
  return names.filter((name) => there.has(name));
}
