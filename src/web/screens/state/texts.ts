// The words of the state of things.
import { defineTexts } from '../../texts/define-texts.ts';

export const stateTexts = defineTexts(
  'state',
  { title: 'State of things' },
  {
    fr: { title: 'État des choses' },
    de: { title: 'Stand der Dinge' },
    es: { title: 'Estado de las cosas' },
    ar: { title: 'حالة النظام' },
  },
);
