// As much of vitest as the contract of a record store asks for, in a page: tests are gathered, then run one after another.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** As vitest's own, as far as the contract goes. */
type Assertion = Record<
  'toBe' | 'toEqual' | 'toHaveLength' | 'toMatchObject' | 'toMatch' | 'toContain',
  (wanted: unknown) => void
> & { readonly rejects: { toThrow(): Promise<void> } };
type Work = () => void | Promise<void>;
export interface Gathered {
  readonly name: string;
  readonly work: Work;
}
export const gathered: Gathered[] = [];
const afters: Work[] = [];

export const describe = (_name: string, work: Work): void => void work();
export const test = (name: string, work: Work): void => void gathered.push({ name, work });
export const afterEach = (work: Work): void => void afters.push(work);

export const expect = Object.assign(
  (value: unknown, message?: string): Assertion => chai.expect(value, message) as unknown as Assertion,
  (globalThis as unknown as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT as unknown as symbol],
  { poll },
);
setState({ assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null }, expect as never);

/** `await expect.poll(ask, {timeout}).toBe(…)`: asks until it is so, or the time is over. */
function poll(ask: () => unknown, { timeout = 1_000 }: { readonly timeout?: number } = {}): unknown {
  return new Proxy(
    {},
    {
      get:
        (_, matcher: string) =>
        async (...args: readonly unknown[]) => {
          const until = performance.now() + timeout;
          for (;;) {
            const assertion = chai.expect(await ask()) as unknown as Record<string, (...wanted: unknown[]) => void>;
            try {
              return assertion[matcher]?.(...args);
            } catch (error) {
              if (performance.now() > until) throw error;
            }
            await new Promise((resolve) => setTimeout(resolve, 25));
          }
        },
    },
  );
}

/** undefined: it held. */
export async function runGathered(at: number): Promise<string | undefined> {
  const one = gathered[at];
  if (one === undefined) return 'there is no such test';
  let failure: string | undefined;
  try {
    await one.work();
  } catch (error) {
    failure = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
  }
  for (const after of afters) await after();
  return failure;
}
