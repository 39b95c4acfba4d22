// Which story is told in a bed.
import { assert } from '../../core/base/assert.ts';
import type { Dice } from './dice.ts';
import type { WardKind } from './layout.ts';
import { CHILD_STORIES, MOTHER_STORIES } from './stories-family.ts';
import { ELDERLY_HEART_STORIES } from './stories-elderly-heart.ts';
import { MEDICAL_STORIES } from './stories-medical.ts';
import { SURGICAL_STORIES } from './stories-surgical.ts';
import type { Course, Story } from './story.ts';

export interface StoryChange {
  readonly course?: Course;
}
export const STORIES: readonly Story[] = [
  ...MEDICAL_STORIES,
  ...ELDERLY_HEART_STORIES,
  ...SURGICAL_STORIES,
  ...CHILD_STORIES,
  ...MOTHER_STORIES,
];

export function storyNamed(key: string, change: StoryChange = {}): Story {
  const found = STORIES.find((s) => s.key === key);
  assert(found !== undefined, `no story ${key}`);
  return { ...found, ...change };
}
/** A story for a ward; those that need isolation only where there is a side room. */
export function drawStory(dice: Dice, ward: WardKind, sideRoom: boolean): Story {
  const fitting = STORIES.filter((s) => s.wards.includes(ward) && (sideRoom || s.isolation === undefined));
  return dice.weighted(fitting, (s) => s.weight);
}
