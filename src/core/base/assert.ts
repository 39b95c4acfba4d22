// Bugs stop the operation they are in, in production too: a wrong record is worse than a missing answer.

export class Bug extends Error {
  override readonly name = 'Bug';
}

/** Throws `Bug` when `condition` is false. `message` must hold no patient data: it reaches the log. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

/** The end of an exhaustive switch: a new kind breaks the build here. */
export function unreachable(value: never): never {
  throw new Bug(`unreachable kind: ${typeof value}`);
}
