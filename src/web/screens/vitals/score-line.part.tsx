// The early warning score in words: what it is, what it asks for, or what is lacking for it.
import type { ReactElement } from 'react';
import type { News2 } from '../../../core/care/vitals/news2.ts';
import { Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { RISK_TONE, useSignWords } from './sign-words.ts';
import { vitalTexts } from './texts.ts';

export function ScoreLine({ judged }: { readonly judged: News2 }): ReactElement {
  const t = useTexts(vitalTexts);
  const words = useSignWords();
  if (judged.kind === 'incomplete') {
    const missing = judged.missing.map((sign) => words.sign(sign)).join(', ');
    return (
      <Notice tone={judged.atLeast >= 5 ? 'danger' : 'info'} told="polite">
        {t('atLeast', { score: judged.atLeast, missing })}
      </Notice>
    );
  }
  const parts = Object.entries(judged.parts).filter(([, points]) => points > 0) as [
    keyof typeof judged.parts,
    number,
  ][];
  return (
    <Notice tone={RISK_TONE[judged.risk]} title={t('scoreOf', { score: judged.score })} told="polite">
      {words.risk(judged.risk)}; {words.next(judged.risk, judged.score)}
      {parts.length > 0 && (
        <ul>
          {parts.map(([sign, points]) => (
            <li key={sign}>{t('partLabel', { sign: words.sign(sign), points })}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
