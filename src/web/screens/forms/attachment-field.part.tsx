// A file in an answer: small enough to travel with the record, kept in the draft as the rest.
import { useState, type ReactElement } from 'react';
import { isObject, textOf } from '../../../core/care/merge/clinical-words.ts';
import type { Typed } from '../../../core/care/questionnaire/filled.ts';
import { Field } from '../../parts/field.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { FieldBase } from './form-context.ts';
import { formTexts } from './texts.ts';

const BYTES_MAX = 500_000;

export function AttachmentField(props: {
  readonly field: FieldBase;
  readonly typed: Typed;
  readonly onSet: (typed: Typed) => void;
}): ReactElement {
  const { field, typed, onSet } = props;
  const t = useTexts(formTexts);
  const [isTooLarge, setTooLarge] = useState(false);
  const chosen = typed.chosen?.value;
  const title = isObject(chosen) ? textOf(chosen['title']) : '';
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setTooLarge(file.size > BYTES_MAX);
    if (file.size > BYTES_MAX) return;
    const value = {
      contentType: file.type === '' ? 'application/octet-stream' : file.type,
      data: base64(new Uint8Array(await file.arrayBuffer())),
      title: file.name,
    };
    onSet({ text: file.name, chosen: { element: 'valueAttachment', value } });
  };
  const hint = title === '' ? t('chooseFile') : t('attached', { name: title });
  return (
    <Field field={{ ...field, hint, error: isTooLarge ? t('fileTooLarge') : field.error }}>
      {(control) => (
        <input
          {...control}
          type="file"
          onChange={(event) => {
            void take(event.currentTarget.files?.[0]);
          }}
        />
      )}
    </Field>
  );
}
function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
