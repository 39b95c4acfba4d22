// A process that records entries as fast as it can and notes the number of each in a file when it was acknowledged. Made to be killed.
//
// Environment: AUDIT_URL (the database), AUDIT_DATA (the data folder), AUDIT_NOTES (the file), AUDIT_FROM (the first number).
import { openSync, writeSync } from 'node:fs';
import { nodePorts } from '../ports/node-ports.ts';
import { openPostgresAuditIndex } from '../storage/audit-index.ts';
import { openPostgresStore } from '../storage/postgres-store.ts';
import { openAuditTrail } from './open-audit-trail.ts';

const { AUDIT_URL: url = '', AUDIT_DATA: data = '', AUDIT_NOTES: notes = '', AUDIT_FROM: from = '0' } = process.env;
const ports = nodePorts();
const store = await openPostgresStore({ url, ...ports, connections: 1 });
const index = await openPostgresAuditIndex({ url, digest: ports.digest });
const trail = openAuditTrail({ store, index, data, ...ports, log: () => undefined });
const noted = openSync(notes, 'a');
let n = Number(from);

for (;;) {
  const batch = Array.from({ length: 20 }, () => n++);
  await Promise.all(
    batch.map(async (each) => {
      const what = [`Observation/${each}`];
      await trail.record({
        at: ports.clock.now(),
        act: 'read',
        ok: true,
        who: 'Practitioner/1',
        patients: [`Patient/${each % 10}`],
        what,
      });
      // What stands there was acknowledged, whatever becomes of this process.
      writeSync(noted, `${each}\n`);
    }),
  );
  // Batches while recording, so that kills meet them too.
  if (n % 400 === 0) await trail.flush();
}
