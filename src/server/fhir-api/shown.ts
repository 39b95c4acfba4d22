// What one request was told, gathered while its answer is made, for the audit.
//
// Whoever renders a stored resource must be given the collector (`render.ts`), so that nothing is shown that is not told.

export class Shown {
  /** Home compartments: `Patient/1`. */
  readonly patients = new Set<string>();
  /** What was asked for: `Type/id`, `Type/id/_history/version`, or a type. */
  readonly what = new Set<string>();
  /** The search, also where a page link held it sealed. */
  query = '';
  /** Something was looked at, beside what was written: an entry is due. */
  hasLooked = false;
  /** Refused for want of right, among a Bundle's entries. */
  refused = 0;

  add({ home }: { readonly home: string }): void {
    if (home !== '') this.patients.add(home);
  }
}
