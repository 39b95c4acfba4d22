// What a store throws when the world, not the caller, is the reason. The REST rim answers 503 and 504.

/** Too many callers wait already. Nothing was changed. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  /** When to come back, in seconds. */
  readonly retryAfterS: number;
  constructor(message: string, retryAfterS: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterS = retryAfterS;
  }
}

/** The time limit of a read ran out. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}
