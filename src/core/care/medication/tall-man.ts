// Names of medicines that are told apart by capitals, put in when a name is drawn, never in the record.
//
//   MD35  Tall Man letters change how a name is drawn and nothing else: what is stored and searched has none.
//
// The drug content may bring more names; these are those of the FDA's table (public domain).

const FDA = [
  'acetaZOLAMIDE acetoHEXAMIDE buPROPion busPIRone chlorproMAZINE chlorproPAMIDE clomiPHENE clomiPRAMINE cycloSPORINE cycloSERINE',
  'DAUNOrubicin DOXOrubicin dimenhyDRINATE diphenhydrAMINE DOBUTamine DOPamine glipiZIDE glyBURIDE hydrALAZINE hydrOXYzine',
  'HYDROmorphone medroxyPROGESTERone methylPREDNISolone methylTESTOSTERone niCARdipine NIFEdipine prednisoLONE predniSONE',
  'sulfADIAZINE sulfiSOXAZOLE TOLAZamide TOLBUTamide vinBLAStine vinCRIStine',
]
  .join(' ')
  .split(' ');
const BY_NAME: ReadonlyMap<string, string> = new Map(FDA.map((name) => [name.toLowerCase(), name]));

/** `name` with the capitals of each word that has them. */
export function tallMan(name: string, more: ReadonlyMap<string, string> = new Map()): string {
  const whole = more.get(name.toLowerCase());
  if (whole !== undefined) return whole;
  return name.replace(/[A-Za-z]+/g, (word) => more.get(word.toLowerCase()) ?? BY_NAME.get(word.toLowerCase()) ?? word);
}
