// A process that records entries as fast as it can and prints the number of each when it was acknowledged. Made to be killed.
//
// Environment: AUDIT_URL (the database), AUDIT_DATA (the data folder), AUDIT_FROM (the first number).
import { writeSync } from 'node:fs';
import { nodePorts } from '../ports/node-ports.ts';
import { openPostgresAuditIndex } from '../storage/audit-index.ts';
import { openPostgresStore } from '../storage/postgres-store.ts';
import { openAuditTrail } from './open-audit-trail.ts';

const { AUDIT_URL: url = '', AUDIT_DATA: data = '', AUDIT_FROM: from = '0' } = process.env;
const ports = nodePorts();
const store = await openPostgresStore({ url, ...ports, connections: 1 });
const index = await openPostgresAuditIndex({ url, digest: ports.digest });
const trail = openAuditTrail({ store, index, data, ...ports, log: () => undefined });
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
      // Straight to the pipe: what the other side has read was acknowledged, whatever becomes of this process.
      writeSync(1, `${each}\n`);
    }),
  );
  // Batches while recording, so that kills meet them too.
  if (n % 400 === 0) await trail.flush();
}
