// The medicines of the demo hospital: what each is, how it is given, and the doses beyond which the generator stops itself.
// Bounds are for adults; `kg` are the most per kilogram for a child (single dose, a day). Not a reference for care.
import { assert } from '../../core/base/assert.ts';

export type Route = 'oral' | 'intravenous' | 'subcutaneous' | 'intramuscular' | 'inhaled' | 'nebulised' | 'sublingual';
export type DoseUnit = 'mg' | 'microgram' | 'unit' | 'puff' | 'mL' | 'g' | 'mmol' | 'sachet';

export interface Medicine {
  readonly key: string;
  /** Generic, lower case, as the medicines list shows it. */
  readonly name: string;
  readonly atc: string;
  readonly form: string;
  readonly route: Route;
  readonly unit: DoseUnit;
  readonly singleMin: number;
  readonly singleMax: number;
  readonly dayMax: number;
  readonly kg?: readonly [single: number, day: number];
  /** What it is to the safety rules: `penicillin`, `nsaid`, `anticoagulant` … */
  readonly classes: readonly string[];
}

/** `key; name; atc; form; route; unit; single min-max; day max; classes; kg single/day` */
const ROWS = `
paracetamol; paracetamol; N02BE01; tablet; oral; mg; 60-1000; 4000; analgesic; 20/75
paracetamol-iv; paracetamol; N02BE01; infusion; intravenous; mg; 60-1000; 4000; paracetamol-iv; 15/60
ibuprofen; ibuprofen; M01AE01; tablet; oral; mg; 50-400; 1200; nsaid; 10/30
naproxen; naproxen; M01AE02; tablet; oral; mg; 250-500; 1000; nsaid
codeine; codeine; R05DA04; tablet; oral; mg; 15-60; 240; opioid codeine
morphine-po; morphine; N02AA01; oral solution; oral; mg; 1-20; 80; opioid
morphine-iv; morphine; N02AA01; injection; intravenous; mg; 1-10; 60; opioid-iv
oxycodone; oxycodone; N02AA05; modified-release tablet; oral; mg; 5-20; 40; opioid
amoxicillin; amoxicillin; J01CA04; capsule; oral; mg; 125-1000; 3000; penicillin beta-lactam antibiotic; 30/90
amoxicillin-iv; amoxicillin; J01CA04; injection; intravenous; mg; 125-2000; 6000; penicillin beta-lactam antibiotic; 50/200
co-amoxiclav; co-amoxiclav; J01CR02; tablet; oral; mg; 156-625; 1875; penicillin beta-lactam antibiotic; 25/75
co-amoxiclav-iv; co-amoxiclav; J01CR02; injection; intravenous; mg; 100-1200; 3600; penicillin beta-lactam antibiotic; 30/90
flucloxacillin-iv; flucloxacillin; J01CF05; injection; intravenous; mg; 250-2000; 8000; penicillin beta-lactam antibiotic; 50/200
tazocin; piperacillin with tazobactam; J01CR05; injection; intravenous; mg; 1000-4500; 18000; penicillin beta-lactam antibiotic; 90/360
benzylpenicillin; benzylpenicillin; J01CE01; injection; intravenous; mg; 75-2400; 9600; penicillin beta-lactam antibiotic; 50/200
ceftriaxone; ceftriaxone; J01DD04; injection; intravenous; mg; 200-2000; 4000; cephalosporin beta-lactam antibiotic; 80/80
meropenem; meropenem; J01DH02; injection; intravenous; mg; 500-2000; 6000; carbapenem beta-lactam antibiotic
gentamicin; gentamicin; J01GB03; injection; intravenous; mg; 4-480; 480; aminoglycoside antibiotic; 7/7
vancomycin; vancomycin; J01XA01; infusion; intravenous; mg; 250-2000; 3000; glycopeptide antibiotic
metronidazole-iv; metronidazole; J01XD01; infusion; intravenous; mg; 50-500; 1500; nitroimidazole antibiotic; 7.5/22.5
doxycycline; doxycycline; J01AA02; capsule; oral; mg; 100-200; 200; tetracycline antibiotic
clarithromycin; clarithromycin; J01FA09; tablet; oral; mg; 60-500; 1000; macrolide antibiotic; 8/16
clindamycin; clindamycin; J01FF01; capsule; oral; mg; 150-450; 1800; lincosamide antibiotic; 6/24
ciprofloxacin; ciprofloxacin; J01MA02; tablet; oral; mg; 250-750; 1500; quinolone antibiotic
levofloxacin; levofloxacin; J01MA12; infusion; intravenous; mg; 250-500; 1000; quinolone antibiotic
nitrofurantoin; nitrofurantoin; J01XE01; modified-release capsule; oral; mg; 50-100; 200; nitrofuran antibiotic
trimethoprim; trimethoprim; J01EA01; tablet; oral; mg; 25-200; 400; trimethoprim antibiotic; 4/8
metformin; metformin; A10BA02; tablet; oral; mg; 500-1000; 2000; metformin
linagliptin; linagliptin; A10BH05; tablet; oral; mg; 5-5; 5; gliptin
glargine; insulin glargine; A10AE04; prefilled pen; subcutaneous; unit; 4-60; 60; insulin-basal
aspart; insulin aspart; A10AB05; prefilled pen; subcutaneous; unit; 2-20; 60; insulin-meal
insulin-iv; insulin soluble human; A10AB01; continuous infusion; intravenous; unit; 40-50; 150; insulin-iv
ramipril; ramipril; C09AA05; capsule; oral; mg; 1.25-10; 10; acei
amlodipine; amlodipine; C08CA01; tablet; oral; mg; 2.5-10; 10; ccb
indapamide; indapamide; C03BA11; tablet; oral; mg; 2.5-2.5; 2.5; thiazide
diltiazem-mr; diltiazem; C08DB01; modified-release capsule; oral; mg; 120-360; 360; rate-limiting-ccb
bisoprolol; bisoprolol; C07AB07; tablet; oral; mg; 1.25-10; 10; beta-blocker
labetalol; labetalol; C07AG01; tablet; oral; mg; 100-400; 1600; beta-blocker
nifedipine-mr; nifedipine; C08CA05; modified-release tablet; oral; mg; 10-60; 90; ccb
furosemide; furosemide; C03CA01; tablet; oral; mg; 20-80; 160; loop-diuretic
furosemide-iv; furosemide; C03CA01; injection; intravenous; mg; 20-80; 160; loop-diuretic
spironolactone; spironolactone; C03DA01; tablet; oral; mg; 12.5-50; 50; potassium-sparing
atorvastatin; atorvastatin; C10AA05; tablet; oral; mg; 10-80; 80; statin
aspirin; aspirin; B01AC06; dispersible tablet; oral; mg; 75-300; 300; aspirin antiplatelet
clopidogrel; clopidogrel; B01AC04; tablet; oral; mg; 75-300; 300; antiplatelet p2y12
ticagrelor; ticagrelor; B01AC24; tablet; oral; mg; 90-180; 180; antiplatelet p2y12
fondaparinux; fondaparinux; B01AX05; prefilled syringe; subcutaneous; mg; 2.5-2.5; 2.5; anticoagulant
enoxaparin; enoxaparin; B01AB05; prefilled syringe; subcutaneous; mg; 20-40; 40; anticoagulant
apixaban; apixaban; B01AF02; tablet; oral; mg; 2.5-10; 20; anticoagulant full-anticoagulant
warfarin; warfarin; B01AA03; tablet; oral; mg; 1-10; 10; anticoagulant full-anticoagulant
omeprazole; omeprazole; A02BC01; gastro-resistant capsule; oral; mg; 10-40; 40; ppi
pantoprazole-iv; pantoprazole; A02BC02; injection; intravenous; mg; 40-80; 160; ppi
ondansetron; ondansetron; A04AA01; injection; intravenous; mg; 1-8; 16; antiemetic; 0.15/0.45
cyclizine; cyclizine; R06AE03; tablet; oral; mg; 50-50; 150; antiemetic-second
senna; senna; A06AB06; tablet; oral; mg; 7.5-15; 30; stimulant-laxative
macrogol; macrogol 3350; A06AD65; oral powder; oral; sachet; 1-2; 4; laxative
salbutamol-inh; salbutamol; R03AC02; inhaler with spacer; inhaled; puff; 2-10; 60; bronchodilator; 10/120
salbutamol-neb; salbutamol; R03AC02; nebuliser liquid; nebulised; mg; 2.5-5; 30; bronchodilator; 1/6
ipratropium-neb; ipratropium; R03BB01; nebuliser liquid; nebulised; microgram; 250-500; 2000; antimuscarinic; 50/200
tiotropium; tiotropium; R03BB04; inhalation powder; inhaled; microgram; 18-18; 18; antimuscarinic-long
beclometasone-inh; beclometasone; R03BA01; inhaler with spacer; inhaled; puff; 1-4; 8; steroid-inhaled; 2/4
prednisolone; prednisolone; H02AB06; tablet; oral; mg; 5-40; 60; steroid; 2/2
dexamethasone; dexamethasone; H02AB02; tablet; oral; mg; 0.5-8; 16; steroid; 0.6/0.6
hydrocortisone-iv; hydrocortisone; H02AB09; injection; intravenous; mg; 25-100; 400; steroid
levothyroxine; levothyroxine; H03AA01; tablet; oral; microgram; 25-200; 200; thyroid
sertraline; sertraline; N06AB06; tablet; oral; mg; 50-200; 200; ssri
co-careldopa; co-careldopa; N04BA02; tablet; oral; mg; 62.5-250; 1000; levodopa critical
levetiracetam; levetiracetam; N03AX14; tablet; oral; mg; 100-1500; 3000; antiepileptic critical; 30/60
levetiracetam-iv; levetiracetam; N03AX14; infusion; intravenous; mg; 250-1500; 3000; antiepileptic critical
valproate; sodium valproate; N03AG01; gastro-resistant tablet; oral; mg; 200-1000; 2500; valproate critical
donepezil; donepezil; N06DA02; tablet; oral; mg; 5-10; 10; cholinesterase
haloperidol; haloperidol; N05AD01; tablet; oral; mg; 0.5-1; 2; antipsychotic
colecalciferol; colecalciferol; A11CC05; capsule; oral; unit; 400-4000; 4000; vitamin-d
folic-acid; folic acid; B03BB01; tablet; oral; mg; 0.4-5; 5; folate
ferrous-sulfate; ferrous sulfate; B03AA07; tablet; oral; mg; 200-200; 600; iron
thiamine; thiamine; A11DA01; tablet; oral; mg; 50-100; 300; vitamin-b
allopurinol; allopurinol; M04AA01; tablet; oral; mg; 100-300; 300; urate
darbepoetin; darbepoetin alfa; B03XA02; prefilled syringe; subcutaneous; microgram; 10-60; 60; epo
sevelamer; sevelamer; V03AE02; tablet; oral; mg; 800-1600; 4800; phosphate-binder
alfacalcidol; alfacalcidol; A11CC03; capsule; oral; microgram; 0.25-1; 1; vitamin-d-active
letrozole; letrozole; L02BG04; tablet; oral; mg; 2.5-2.5; 2.5; aromatase
tranexamic; tranexamic acid; B02AA02; tablet; oral; mg; 1000-1500; 4000; antifibrinolytic
glyceryl; glyceryl trinitrate; C01DA02; sublingual spray; sublingual; microgram; 400-800; 3200; nitrate
magnesium; magnesium sulfate; A12CC02; infusion; intravenous; mmol; 4-20; 40; magnesium; 0.2/0.2
vitamin-k; phytomenadione; B02BA01; injection; intramuscular; mg; 0.4-1; 1; vitamin-k; 0.5/0.5
oxytocin; oxytocin; H01BB02; injection; intramuscular; unit; 5-10; 10; oxytocic
propofol; propofol; N01AX10; continuous infusion; intravenous; mg; 500-1000; 6000; sedative
noradrenaline; noradrenaline; C01CA03; continuous infusion; intravenous; mg; 4-8; 40; vasopressor critical
sodium-chloride; sodium chloride 0.9 %; B05BB01; infusion; intravenous; mL; 100-1000; 4000; fluid; 20/120
balanced; compound sodium lactate; B05BB01; infusion; intravenous; mL; 250-1000; 4000; fluid
maintenance; sodium chloride 0.9 % with glucose 5 %; B05BB02; infusion; intravenous; mL; 100-1000; 2500; fluid-maintenance; 100/100
potassium; sodium chloride 0.9 % with potassium chloride 0.3 %; B05BB01; infusion; intravenous; mL; 500-1000; 3000; fluid
`;

function parseRow(row: string): Medicine {
  const [key = '', name = '', atc = '', form = '', route = '', unit = '', single = '', dayMax = '', classes = '', kg] =
    row.split(';').map((cell) => cell.trim());
  const [low, high] = single.split('-').map(Number);
  assert(low !== undefined && high !== undefined && low <= high && Number(dayMax) >= high, `formulary row ${key}`);
  const bounds = kg?.split('/').map(Number);
  return {
    key,
    name,
    atc,
    form,
    route: route as Route,
    unit: unit as DoseUnit,
    singleMin: low,
    singleMax: high,
    dayMax: Number(dayMax),
    classes: classes.split(' '),
    ...(bounds === undefined ? {} : { kg: [bounds[0] ?? 0, bounds[1] ?? 0] as const }),
  };
}
export const FORMULARY: ReadonlyMap<string, Medicine> = new Map(
  ROWS.trim()
    .split('\n')
    .map(parseRow)
    .map((m) => [m.key, m]),
);
export function medicine(key: string): Medicine {
  const found = FORMULARY.get(key);
  assert(found !== undefined, `no ${key} in the formulary`);
  return found;
}

/** UCUM code and the word a person reads ("units" and "microgram" are never shortened). */
export const UNITS: Readonly<Record<DoseUnit, readonly [code: string, word: string]>> = {
  mg: ['mg', 'mg'],
  microgram: ['ug', 'microgram'],
  unit: ['[iU]', 'units'],
  puff: ['{puff}', 'puffs'],
  mL: ['mL', 'mL'],
  g: ['g', 'g'],
  mmol: ['mmol', 'mmol'],
  sachet: ['{sachet}', 'sachets'],
};
/** SNOMED CT route and the words for it. */
export const ROUTES: Readonly<Record<Route, readonly [code: string, display: string]>> = {
  oral: ['26643006', 'Oral route'],
  intravenous: ['47625008', 'Intravenous route'],
  subcutaneous: ['34206005', 'Subcutaneous route'],
  intramuscular: ['78421000', 'Intramuscular route'],
  inhaled: ['447694001', 'Respiratory tract route'],
  nebulised: ['447694001', 'Respiratory tract route'],
  sublingual: ['37839007', 'Sublingual route'],
};

/** When regular doses are given, and how a person says it. */
export const SCHEDULES: Readonly<Record<string, { readonly times: readonly string[]; readonly words: string }>> = {
  od: { times: ['08:00'], words: 'once a day in the morning' },
  early: { times: ['07:00'], words: 'once a day before breakfast' },
  evening: { times: ['18:00'], words: 'once a day at 18:00' },
  nocte: { times: ['22:00'], words: 'once a day at night' },
  bd: { times: ['08:00', '20:00'], words: 'twice a day' },
  tds: { times: ['08:00', '14:00', '22:00'], words: 'three times a day' },
  meals: { times: ['08:00', '12:30', '18:00'], words: 'three times a day with meals' },
  qds: { times: ['08:00', '12:00', '18:00', '22:00'], words: 'four times a day' },
  q4: { times: ['02:00', '06:00', '10:00', '14:00', '18:00', '22:00'], words: 'every 4 hours' },
  q6: { times: ['00:00', '06:00', '12:00', '18:00'], words: 'every 6 hours' },
  q8: { times: ['06:00', '14:00', '22:00'], words: 'every 8 hours' },
  q12: { times: ['06:00', '18:00'], words: 'every 12 hours' },
  pd4: { times: ['07:00', '11:00', '15:00', '19:00'], words: 'four times a day, ON TIME: 07:00, 11:00, 15:00, 19:00' },
  pd5: {
    times: ['07:00', '10:00', '13:00', '16:00', '19:00'],
    words: 'five times a day, ON TIME: 07:00, 10:00, 13:00, 16:00, 19:00',
  },
};
