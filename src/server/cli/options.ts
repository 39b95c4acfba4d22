// The options of a command, read strictly: what is unknown is refused, not ignored.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Trouble } from '../storage/embedded/trouble.ts';

export interface Given {
  readonly files: readonly string[];
  text(name: string): string | undefined;
  whole(name: string, least: number, most: number): number | undefined;
  flag(name: string): boolean;
}
export type OptionKinds = Readonly<Record<string, 'text' | 'flag'>>;

/** `filesMin`/`filesMax` bound the words that are no options. */
export function readOptions(
  args: readonly string[],
  kinds: OptionKinds,
  filesMin: number,
  filesMax: number,
  what: string,
): Given {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, kind] of Object.entries(kinds)) options[name] = { type: kind === 'flag' ? 'boolean' : 'string' };
  let values: Readonly<Record<string, unknown>>;
  let files: readonly string[];
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    values = parsed.values;
    files = parsed.positionals;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : '';
    throw new Trouble(`${message.replace(/\.$/, '')}. See \`holdfast ${what} --help\`.`, { exitCode: 2, cause: error });
  }
  if (files.length < filesMin || files.length > filesMax) {
    const wanted =
      filesMin === filesMax
        ? `${filesMin}`
        : filesMax === Infinity
          ? `at least ${filesMin}`
          : `${filesMin} to ${filesMax}`;
    throw new Trouble(
      `holdfast ${what} takes ${wanted === '0' ? 'no' : wanted} ${filesMax === 1 ? 'argument' : 'arguments'}, not ${files.length}. See \`holdfast ${what} --help\`.`,
      { exitCode: 2 },
    );
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    files,
    text,
    flag: (name) => values[name] === true,
    whole: (name, least, most) => {
      const given = text(name);
      if (given === undefined) return undefined;
      const value = Number(given);
      if (!/^\d+$/.test(given) || value < least || value > most) {
        throw new Trouble(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(given)}.`, {
          exitCode: 2,
        });
      }
      return value;
    },
  };
}
