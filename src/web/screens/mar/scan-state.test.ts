import { expect, test } from 'vitest';
import { demoRules, NOW, order } from '../../../core/care/medication/chart.test-kit.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import {
  afterScan,
  hasBand,
  NOTHING_SCANNED,
  WRISTBAND_HOLDS_MS,
  type ScanAround,
  type ScanState,
} from './scan-state.ts';

const RULES = demoRules();
const anna: ResourceJson = { resourceType: 'Patient', id: 'anna' };
const requests = [order(RULES, 'paracetamol', { id: 'r1' }), order(RULES, 'senna', { id: 'r2' })];
const around: ScanAround = { patient: anna, request: undefined, requests, rules: RULES, now: NOW, today: '2026-03-01' };
const scans = (codes: readonly string[], more: Partial<ScanAround> = {}): ScanState =>
  codes.reduce<ScanState>((state, code) => afterScan(state, code, { ...around, ...more }), NOTHING_SCANNED);

test('[MD43] wristband, then medicine: the medicine finds its order; before the wristband it is blocked', () => {
  expect(scans(['HFM:senna']).block?.why).toBe('no-wristband');
  expect(scans(['HFP:anna', 'HFM:senna'])).toMatchObject({ matched: 'r2', bandAt: NOW });
  expect(scans(['HFP:anna', 'HFM:senna']).block).toBeUndefined();
});
test('[MD43] what blocks stays until a scan that matches; a wrong wristband takes the right one back', () => {
  const wrong = scans(['HFP:anna', 'HFM:senna'], { request: requests[0] });
  expect(wrong.block).toMatchObject({ why: 'other-medicine', name: 'senna tablet' });
  expect(wrong.matched).toBeUndefined();
  expect(afterScan(wrong, 'HFM:paracetamol', { ...around, request: requests[0] })).toMatchObject({ matched: 'r1' });
  const other = scans(['HFP:anna', 'HFP:bert']);
  expect(other).toMatchObject({ block: { why: 'other-patient' } });
  expect(hasBand(other, NOW)).toBe(false);
  expect(afterScan(other, 'HFM:senna', around).block?.why).toBe('no-wristband');
});
test('[MD43] a wristband holds ten minutes; unknown codes, medicines without an order, and no drug content block', () => {
  const band = scans(['HFP:anna']);
  expect(hasBand(band, NOW + WRISTBAND_HOLDS_MS)).toBe(true);
  expect(afterScan(band, 'HFM:senna', { ...around, now: NOW + WRISTBAND_HOLDS_MS + 1 }).block?.why).toBe(
    'no-wristband',
  );
  expect(afterScan(band, '4006381333931', around).block?.why).toBe('unknown-code');
  expect(afterScan(band, 'HFM:warfarin', around).block).toMatchObject({ why: 'no-order', name: 'warfarin' });
  expect(afterScan(band, 'HFM:senna', { ...around, rules: undefined }).block?.why).toBe('no-rules');
});
