// Writing from a page of a chart: once, with the outcome kept for the page to say.
//
//   CH25  A refusal leaves the form as it was typed; `stale` is one of them.
//   CH26  Where a commit is safe is said from what the device knows now, and told again when that changes.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Result } from '../../../core/base/result.ts';
import type { Change } from '../../../core/engine/engine.ts';
import type { TransactionEntry } from '../../../core/engine/transaction.ts';
import type { Durability } from '../../../core/sync/ports.ts';
import type { Device, NotSaved, Saved } from '../../device/device.ts';
import { useDevice } from '../frame/use-device.ts';

export interface Writing {
  readonly isBusy: boolean;
  readonly refusal?: NotSaved;
  /** Of the last write that was done: where it is safe now. */
  readonly safe?: Durability;
  /** Undefined: refused, or something is being written already. */
  readonly write: (changes: readonly Change[]) => Promise<Saved | undefined>;
  readonly writeTogether: (entries: readonly TransactionEntry[]) => Promise<Saved | undefined>;
  readonly run: (ask: (device: Device) => Promise<Result<Saved, NotSaved>>) => Promise<Saved | undefined>;
  readonly forget: () => void;
}

export function useWrite(): Writing {
  const device = useDevice();
  const running = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<NotSaved>();
  const [done, setDone] = useState<Saved>();
  const [safe, setSafe] = useState<Durability>();
  const run = useCallback(
    async (ask: (device: Device) => Promise<Result<Saved, NotSaved>>): Promise<Saved | undefined> => {
      if (running.current) return undefined;
      running.current = true;
      setBusy(true);
      try {
        const result = await ask(device);
        setRefusal(result.ok ? undefined : result.error);
        if (!result.ok) return undefined;
        setDone(result.value);
        setSafe(result.value.safe);
        return result.value;
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    [device],
  );
  useEffect(() => {
    const commit = done?.commit;
    if (commit === undefined) return undefined;
    return device.listen((news) => {
      if (news.what === 'safety') setSafe(device.safetyOf(commit));
    });
  }, [device, done]);
  return {
    isBusy,
    ...(refusal === undefined ? {} : { refusal }),
    ...(safe === undefined ? {} : { safe }),
    run,
    write: useCallback((changes) => run((of) => of.save(changes)), [run]),
    writeTogether: useCallback((entries) => run((of) => of.saveTogether(entries)), [run]),
    forget: useCallback(() => {
      setRefusal(undefined);
      setDone(undefined);
      setSafe(undefined);
    }, []),
  };
}
