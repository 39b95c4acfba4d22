// A page with the ward's device in its worker and nothing drawn: what tests do to it they do by `window.bed`.
import type { SignedWho } from '../../../../src/web/device/gate.ts';
import type { Status } from '../../../../src/web/device/device.ts';
import { openWard } from '../../../../src/web/open-ward.ts';

const { device, gate } = await openWard({ build: 'test', isDemo: async () => true });

const pulse = (id: string, patient: string): string =>
  JSON.stringify({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'pulse' },
    subject: { reference: `Patient/${patient}` },
    valueQuantity: { value: 88, unit: '/min' },
  });

const bed = {
  status: (): Status => device.status(),
  enrol: (code: string) => gate.enrol(code),
  add: (who: SignedWho, passphrase: string) => gate.addPerson(who, { kind: 'passphrase', passphrase }),
  unlock: (who: string, passphrase: string) => gate.unlock(who, { kind: 'passphrase', passphrase }),
  state: () => gate.state(),
  lock: () => device.lock('person'),
  signOut: (who: string) => gate.signOut(who),
  drafts: async (): Promise<readonly string[]> => (await device.drafts()).map(({ value }) => value),
  putDraft: (name: string, value: string) => device.putDraft(name, value),
  sync: () => device.syncNow(),
  register: async (id: string): Promise<boolean> =>
    (
      await device.save([
        { kind: 'create', type: 'Patient', id, text: JSON.stringify({ resourceType: 'Patient', id }) },
      ])
    ).ok,
  /** The ids that were acknowledged. */
  chart: async (patient: string): Promise<readonly string[]> =>
    (await device.chart(patient)).all.map(({ key }) => key.id).toSorted(),
  write: async (id: string, patient: string): Promise<string> => {
    const done = await device.save([{ kind: 'create', type: 'Observation', id, text: pulse(id, patient) }]);
    return done.ok ? done.value.safe : done.error.kind;
  },
  /** One after the other, each told as soon as it was acknowledged, until the page is no more. */
  writeOn: async (prefix: string, patient: string, told: string): Promise<void> => {
    for (let n = 0; ; n++) {
      const id = `${prefix}-${n}`;
      const answer = await bed.write(id, patient);
      if (answer === 'locked') return;
      if (/^D\d/.test(answer)) await (window as unknown as Record<string, (id: string) => Promise<void>>)[told]?.(id);
    }
  },
};
export type WardPage = typeof bed;
declare global {
  interface Window {
    ward: WardPage;
  }
}
window.ward = bed;
Object.assign(window, { bed: {} });
