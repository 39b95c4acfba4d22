import { EN, type Texts } from './en.ts';

export const DE: Texts = EN;
