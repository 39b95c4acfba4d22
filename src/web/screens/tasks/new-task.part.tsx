// Writing a task down for somebody to do.
import { useRef, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import { newTask } from '../../../core/care/ward/tasks.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, Select, type Choice } from '../../parts/choice-fields.part.tsx';
import { Card } from '../../parts/layout.part.tsx';
import { DateTimeField, TextField } from '../../parts/text-fields.part.tsx';
import { fromInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { useWrite } from '../movement/use-write.ts';
import { NotSavedNotice } from '../patients/save-line.part.tsx';
import { useDraft } from '../patients/use-draft.ts';
import type { Me } from '../ward/use-me.ts';
import { taskTexts } from './texts.ts';
import styles from './tasks.module.css';

interface Typed {
  readonly words: string;
  readonly when: string;
  readonly patient: string;
  readonly isUrgent: boolean;
}
const EMPTY: Typed = { words: '', when: '', patient: '', isUrgent: false };

/** `patients`: to choose from; with `patient` it is for that one. `stayOf`: id of the Encounter that goes on. */
export function NewTask({
  me,
  patient,
  patients,
  stayOf,
}: {
  readonly me: Me;
  readonly patient?: string;
  readonly patients?: readonly Choice[];
  readonly stayOf: (patient: string) => string | undefined;
}): ReactElement {
  const t = useTexts(taskTexts);
  const device = useDevice();
  const [typed, setTyped, forget] = useDraft(patient === undefined ? 'task/new' : `task/Patient/${patient}`, EMPTY);
  const [fault, setFault] = useState<{ readonly words?: string; readonly patient?: string }>({});
  const { isSaving, failure, write } = useWrite();
  const id = useRef(crypto.randomUUID());
  const set = (part: Partial<Typed>): void => setTyped({ ...typed, ...part });
  const who = patient ?? typed.patient;
  const save = async (): Promise<void> => {
    const words = typed.words.trim();
    const wrong = {
      ...(words === '' ? { words: t('missing') } : {}),
      ...(who === '' ? { patient: t('missing') } : {}),
    };
    setFault(wrong);
    if (Object.keys(wrong).length > 0) return;
    const due = fromInputDateTime(typed.when);
    const encounter = stayOf(who);
    const task = newTask(
      {
        patient: who,
        words,
        isUrgent: typed.isUrgent,
        requester: me,
        ...(due === undefined ? {} : { dueAt: Date.parse(due) }),
        ...(encounter === undefined ? {} : { encounter }),
      },
      device.status().now,
    );
    const isSaved = await write([{ kind: 'create', type: 'Task', id: id.current, text: printJson(task) }], t('added'));
    if (!isSaved) return;
    id.current = crypto.randomUUID();
    await forget();
  };
  return (
    <Card title={t('add')}>
      <form
        noValidate
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {patients !== undefined && patient === undefined && (
          <Select
            label={t('whose')}
            nothing="–"
            value={typed.patient}
            onChange={(chosen) => set({ patient: chosen })}
            choices={patients}
            error={fault.patient}
          />
        )}
        <TextField
          label={t('what')}
          value={typed.words}
          onChange={(words) => set({ words })}
          maxLength={500}
          error={fault.words}
        />
        <DateTimeField label={t('dueBy')} value={typed.when} onChange={(when) => set({ when })} />
        <Checkbox label={t('urgent')} checked={typed.isUrgent} onChange={(isUrgent) => set({ isUrgent })} />
        <div className={styles['whole']}>
          <NotSavedNotice text={failure} />
          <Button type="submit" look="primary" icon="plus" busy={isSaving}>
            {t('addDo')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
