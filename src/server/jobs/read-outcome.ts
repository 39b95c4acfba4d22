// Reads an OperationOutcome back into one line for people.

/** `422 Patient.birthDate: is not a date`; the first error counts, and how many more there are. */
export function failureOf(status: number, text: string): string {
  let issues: readonly Record<string, unknown>[] = [];
  try {
    const outcome: unknown = JSON.parse(text);
    if (typeof outcome === 'object' && outcome !== null && 'issue' in outcome && Array.isArray(outcome.issue)) {
      issues = outcome.issue;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const errors = issues.filter((issue) => issue['severity'] === 'error' || issue['severity'] === 'fatal');
  const [first] = errors;
  if (first === undefined) return `refused with status ${status}`;
  const at = Array.isArray(first['expression']) ? `${String(first['expression'][0])}: ` : '';
  const details: unknown = first['details'];
  const inWords = typeof details === 'object' && details !== null && 'text' in details ? details.text : undefined;
  const said = inWords ?? first['diagnostics'] ?? first['code'];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `refused with status ${status}: ${at}${String(said).replaceAll('\n', ' ')}${more}`;
}

/** A system error's code, for people. */
export const errorCodeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
