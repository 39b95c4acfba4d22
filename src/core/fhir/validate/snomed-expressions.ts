// Whether a text can be a SNOMED CT expression constraint: the order of operands and operators, not the whole grammar
// (https://confluence.ihtsdotools.org/display/DOCECL). One pass, no backtracking.

const TOKEN =
  /\s*(?:(\d{6,18}|\*)(?:\s*\|[^|]*\|)?|(<<!?|>>!?|<!?|>!?|\^|!!>|!!<)|(AND|OR|MINUS|and|or|minus|,)|([(){}[\]])|([:=.]|!=)|("[^"]*")|(#[^\s]+|\.\.|[A-Za-z][A-Za-z0-9_]*))/y;

/** False where two operands follow each other without an operator, or the text cannot be read at all. */
export function isEclPlausible(text: string): boolean {
  let at = 0;
  let depth = 0;
  let isAfterOperand = false;
  const end = text.trimEnd().length;
  while (at < end) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token === null) return false;
    at = TOKEN.lastIndex;
    const [, concept, prefix, , bracket, , quoted, word] = token;
    // Refinements, filters and members have a grammar of their own, which is not judged here.
    if (bracket === '{' || bracket === '[' || quoted !== undefined || word !== undefined) return true;
    if (bracket === '(') depth++;
    else if (bracket === ')') depth--;
    if (depth < 0) return false;
    const startsOperand = concept !== undefined || prefix !== undefined || bracket === '(';
    if (startsOperand && isAfterOperand) return false;
    isAfterOperand = concept !== undefined || bracket === ')';
  }
  return depth === 0 && isAfterOperand;
}
