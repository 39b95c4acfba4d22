// NEWS2, the early warning score for adults, as the Royal College of Physicians published it in 2017.

export interface VitalSet {
  readonly time: number;
  readonly breath: number;
  readonly saturation: number;
  readonly oxygenLitres: number;
  readonly systolic: number;
  readonly diastolic: number;
  readonly heart: number;
  readonly alert: boolean;
  readonly temperature: number;
  readonly pain: number;
}

/** 0 to 20. `scale2`: target saturation 88–92 %, for people who keep carbon dioxide. Defined from 16 years on, not in pregnancy. */
export function news2(set: VitalSet, scale2: boolean): number {
  const { breath, saturation, systolic, heart, temperature } = set;
  const onOxygen = set.oxygenLitres > 0;
  const breathScore = breath <= 8 ? 3 : breath <= 11 ? 1 : breath <= 20 ? 0 : breath <= 24 ? 2 : 3;
  const scale1Score = saturation <= 91 ? 3 : saturation <= 93 ? 2 : saturation <= 95 ? 1 : 0;
  const low2 = saturation <= 83 ? 3 : saturation <= 85 ? 2 : saturation <= 87 ? 1 : 0;
  const high2 = !onOxygen || saturation <= 92 ? 0 : saturation <= 94 ? 1 : saturation <= 96 ? 2 : 3;
  const pressureScore = systolic <= 90 ? 3 : systolic <= 100 ? 2 : systolic <= 110 ? 1 : systolic <= 219 ? 0 : 3;
  const heartScore = heart <= 40 ? 3 : heart <= 50 ? 1 : heart <= 90 ? 0 : heart <= 110 ? 1 : heart <= 130 ? 2 : 3;
  const warmthScore = temperature <= 35 ? 3 : temperature <= 36 ? 1 : temperature <= 38 ? 0 : temperature <= 39 ? 1 : 2;
  return (
    breathScore +
    (scale2 ? low2 + high2 : scale1Score) +
    (onOxygen ? 2 : 0) +
    pressureScore +
    heartScore +
    (set.alert ? 0 : 3) +
    warmthScore
  );
}
