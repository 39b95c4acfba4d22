import { expect, test } from 'vitest';
import { validateResource } from '../../../core/fhir/validate/validate.ts';
import { choose, openForm, take, type Filled } from '../../../core/care/questionnaire/filled.ts';
import { readForm, wordsIn, type Form } from '../../../core/care/questionnaire/form-items.ts';
import { judgeAnswers } from '../../../core/care/questionnaire/judge-answers.ts';
import { settle } from '../../../core/care/questionnaire/settle.ts';
import { FALLS_RISK, NURSING_ADMISSION, OWN_FORMS, PAIN } from './own-forms.ts';

const NOW = Date.parse('2026-11-23T14:00:00Z');

test('[CH30] our own forms are valid R4, need nothing that is not done here, and speak five languages', () => {
  for (const source of OWN_FORMS) {
    expect(validateResource(source).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(readForm(source).unsupported).toEqual([]);
    for (const language of ['fr', 'de', 'es', 'ar']) {
      expect(wordsIn(source, 'title', language)).not.toBe('');
    }
  }
});

const answer = (form: Form, filled: readonly Filled[], at: readonly string[], text: string): readonly Filled[] =>
  settle(
    form,
    take(form, filled, { kind: 'answer', place: at.map((linkId) => [linkId, 0] as const), typed: { text } }),
    NOW,
  ).filled;

test('[CH36] the falls form adds its points and asks for measures from three of them on', () => {
  const form = readForm(FALLS_RISK);
  let filled = openForm(form);
  const questions = form.items[0]?.items ?? [];
  const say = (linkId: string, n: 0 | 1): void => {
    const option = questions.find((one) => one.linkId === linkId)?.options[n];
    if (option === undefined) throw new Error(linkId);
    const place = [
      ['questions', 0],
      [linkId, 0],
    ] as const;
    filled = settle(form, take(form, filled, { kind: 'answer', place, typed: choose(option) }), NOW).filled;
  };
  const points = (): string | undefined => filled[1]?.entries[0]?.typed.text;
  for (const { linkId } of questions) say(linkId, 1);
  expect(points()).toBe('0');
  expect(settle(form, filled, NOW).disabled.has('measures')).toBe(true);
  say('walks', 0);
  expect(points()).toBe('2');
  say('fell', 0);
  expect(points()).toBe('5');
  expect(settle(form, filled, NOW).disabled.has('measures')).toBe(false);
  expect(judgeAnswers(form, filled, settle(form, filled, NOW).disabled).map(({ spot }) => spot)).toEqual([
    'measures#0',
  ]);
});
test('[CH36] the admission form works out the body mass index, and asks where the skin is broken', () => {
  const form = readForm(NURSING_ADMISSION);
  let filled = answer(form, openForm(form), ['body', 'weight'], '70');
  filled = answer(form, filled, ['body', 'height'], '175');
  expect(filled[1]?.entries[0]?.items.find(({ linkId }) => linkId === 'bmi')?.entries[0]?.typed.text).toBe('22.9');
  expect(settle(form, filled, NOW).disabled.has('body#0/skin-where')).toBe(true);
});
test('[CH34] the pain form asks whether a doctor was told from 7 at rest or 8 when moving', () => {
  const form = readForm(PAIN);
  let filled = answer(form, openForm(form), ['has'], 'true');
  filled = answer(form, filled, ['rest'], '6');
  expect(settle(form, filled, NOW).disabled.has('told')).toBe(true);
  expect(settle(form, answer(form, filled, ['moving'], '8'), NOW).disabled.has('told')).toBe(false);
  expect(settle(form, answer(form, filled, ['rest'], '7'), NOW).disabled.has('told')).toBe(false);
});
