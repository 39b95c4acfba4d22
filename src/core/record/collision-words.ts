// What people read of resources that collide.

/** The words for people, by kind. */
export const COLLISION_WORDS: Readonly<Record<string, string>> = {
  'double-dose': 'given at two places for one due time: perhaps two doses',
  'dose-too-soon': 'given sooner after each other than the order allows',
  'dose-over-maximum': 'more given in 24 hours than the order allows',
  'same-identifier': 'one number on two patients who are not linked: one person, or a mistaken identity',
  'same-bed': 'two patients in one bed',
  'two-beds': 'one patient in two beds',
  'split-custody': 'two chart the doses of one stay: neither shows what the other gave',
  'over-dispense': 'more dispensed than was ordered',
  'same-form': 'one form completed twice for one visit',
  'links-competing': 'a record was given up for several others',
  'links-circle': 'records are given up for each other in a circle',
};
