// One person of each kind who can sign in at the demo hospital, and nowhere else: whoever makes the accounts makes them only on
// a node that was started as a demo (rule DM30).
import type { Role } from '../../core/access/principal.ts';
import { DEFAULTS, type DemoOptions } from './generate-demo.ts';
import { planHospital, type Staff } from './layout.ts';

export interface DemoUser {
  readonly userName: string;
  readonly password: string;
  readonly role: Role;
  /** What they are, in words. */
  readonly title: string;
  readonly name: string;
  /** `Practitioner/…`, or `Patient/…`. */
  readonly subject: string;
}

/** Shown to everybody who opens the demo. */
const PASSWORD = 'holdfast-demo';

/** The people, in the order in which a newcomer would try them. */
export function demoUsers(options: Pick<DemoOptions, 'seed' | 'beds' | 'patients' | 'idPrefix'>): readonly DemoUser[] {
  const prefix = options.idPrefix ?? DEFAULTS.idPrefix;
  const hospital = planHospital(
    options.seed,
    prefix,
    options.beds ?? DEFAULTS.beds,
    options.patients ?? DEFAULTS.patients,
  );
  const [ward] = hospital.wards;
  const onWard = (role: Staff['role']): Staff => ward?.staff.find((one) => one.role === role) ?? hospital.person(role);
  const user = (userName: string, role: Role, title: string, staff: Staff): DemoUser => ({
    userName,
    password: PASSWORD,
    role,
    title,
    name: staff.display,
    subject: `Practitioner/${staff.id}`,
  });
  const at = ward?.name ?? '';
  return [
    user('nurse', 'nurse', `Staff nurse, ${at}`, onWard('nurse')),
    user('charge-nurse', 'nurse', `Charge nurse, ${at}; supervisor`, onWard('charge-nurse')),
    user('doctor', 'doctor', `Registrar, ${at}`, onWard('registrar')),
    user('gp', 'doctor', 'General practitioner', hospital.person('gp')),
    user('ward-clerk', 'ward-clerk', `Ward clerk, ${at}`, onWard('ward-clerk')),
    user('receptionist', 'receptionist', 'GP receptionist', hospital.person('receptionist')),
    user('pharmacist', 'pharmacist', 'Ward pharmacist', hospital.person('pharmacist')),
    user('laboratory', 'laboratory', 'Biomedical scientist', hospital.person('laboratory')),
    user('imaging', 'imaging', 'Radiographer', hospital.person('imaging')),
    user('billing', 'billing', 'Billing clerk', hospital.person('billing')),
    user('incident-lead', 'incident-lead', 'Incident lead; supervisor', hospital.person('incident-lead')),
    user('it', 'it', 'Hospital IT', hospital.person('it')),
    {
      userName: 'patient',
      password: PASSWORD,
      role: 'patient',
      title: 'Patient, Acute Medical Unit',
      name: 'Margaret Holt',
      subject: `Patient/${prefix}cast-sepsis`,
    },
  ];
}
