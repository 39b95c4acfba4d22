// A process that writes with a device as fast as it can and notes each value in a file when it was acknowledged. Made to be killed.
//
// Environment: DEVICE_FOLDER, DEVICE_NOTES (the file), DEVICE_ROUND (a number that no other process has).
import { openSync, writeSync } from 'node:fs';
import { openDevice } from './open-device.ts';

const { DEVICE_FOLDER: folder = '', DEVICE_NOTES: notes = '', DEVICE_ROUND: round = '0' } = process.env;
const device = await openDevice({ folder, passphrase: 'five words that nobody guesses', costLog2: 14, link: 'off' });
const noted = openSync(notes, 'a');

for (let n = 0; ; n++) {
  const value = `r${round}-${n}`;
  const text = `{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"valueString":"${value}"}`;
  const writing = device.write([{ kind: 'create', type: 'Observation', text }]);
  // Files that are written anew meanwhile, so that kills meet that too.
  const compacting = n % 7 === 3 ? device.compact() : undefined;
  const done = await writing;
  if (!done.ok) throw new Error('a write of the test is valid');
  // What stands there was acknowledged, whatever becomes of this process.
  writeSync(noted, `${value}\n`);
  await compacting;
}
