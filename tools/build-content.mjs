#!/usr/bin/env node
// Hashes and signs the demonstration content package, and pins the key in the program.
//
//   node tools/build-content.mjs VERSION LABEL
//
// The key is drawn anew each time and its private half is written nowhere: nobody can sign another package for this program by what is
// in the repository. A publisher of content for care keeps a key of their own; its public half is added to the pins by a release.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [version = '1', label = 'demo 1'] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'content', 'demo-formulary');
const pins = join(root, 'src', 'core', 'content', 'pinned-publishers.ts');

const SCHEMAS = {
  'drug-rules.json': ['drug-rules/1', { medicine: 19, allergen: 4, interaction: 4, duplicate: 3 }],
  'order-sets.json': ['order-sets/1', { set: 3, line: 2 }],
  'self-tests.json': ['self-tests/1', {}],
};
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const publisher = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
const parts = Object.entries(SCHEMAS).map(([name, [schema, arity]]) => ({
  name,
  schema,
  arity,
  sha256: createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex'),
}));
const manifest = `${JSON.stringify(
  {
    format: 'holdfast-content/1',
    id: 'demo-formulary',
    version: Number(version),
    label,
    madeOn: new Date().toISOString().slice(0, 10),
    publisher,
    purpose: 'demonstration',
    notes: 'Medicines of the demonstration hospital. For demonstration, not for care.',
    parts,
  },
  null,
  2,
)}\n`;
writeFileSync(join(folder, 'manifest.json'), manifest);
const signature = sign(null, Buffer.from(manifest), privateKey).toString('hex');
writeFileSync(join(folder, 'signature.json'), `{ "signature": "${signature}" }\n`);
const before = readFileSync(pins, 'utf8');
writeFileSync(pins, before.replace(/'[0-9a-f]{64}'/, `'${publisher}'`));
console.log(`${label}: ${parts.length} parts, publisher ${publisher.slice(0, 16)}…`);
