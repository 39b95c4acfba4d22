// What a person at a terminal must hear: one line that says what is wrong and what to do.

/** The world is not as the node needs it. `message` is one line, without patient data; the rim prints it as it is. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  /** 1: found or failed; 2: the command or a setting is wrong. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { readonly cause?: unknown; readonly exitCode?: 1 | 2 } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The code of a Node system error (`ENOSPC`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** A file error of `folder` as a line for people; what is not known is passed on. */
export function folderTrouble(folder: string, error: unknown): unknown {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Trouble(`The disk is full: ${folder} cannot grow. Free some space and start again.`, { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Trouble(
        `The data folder ${folder} cannot be written. Give this user the right to it, or set HOLDFAST_DATA.`,
        { cause: error },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new Trouble(`The data folder ${folder} is not a folder. Set HOLDFAST_DATA to one.`, { cause: error });
    default:
      return error;
  }
}
