import { EN, type Texts } from './en.ts';

export const ES: Texts = EN;
