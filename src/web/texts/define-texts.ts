// The words of a screen, in every language of the product, beside each other and checked by the compiler.
//
//   SR1  A text that is missing in one language does not build.
//
// Plurals as i18next has them: `dose_one`, `dose_other`, in Arabic also `_zero`, `_two`, `_few`, `_many`; `{{name}}` is put in.

export const LANGUAGES = ['en', 'fr', 'de', 'es', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];
export const isRightToLeft = (language: Language): boolean => language === 'ar';

/** Keys of the English text, without the endings of plurals. */
export type TextKey<English> = keyof English extends infer Key
  ? Key extends `${infer Stem}_${'one' | 'other'}`
    ? Stem
    : Key & string
  : never;
export interface Texts<English extends Readonly<Record<string, string>>> {
  readonly namespace: string;
  readonly byLanguage: Readonly<Record<Language, Readonly<Record<string, string>>>> & { readonly en: English };
}

/** The forms that only some languages have. */
type MoreForms = Readonly<Record<`${string}_${'zero' | 'two' | 'few' | 'many'}`, string>>;

/** `namespace`: the folder of the screen. Every language has the keys of the English one. */
export function defineTexts<const English extends Readonly<Record<string, string>>>(
  namespace: string,
  en: English,
  others: Readonly<Record<Exclude<Language, 'en'>, { readonly [Key in keyof English]: string } & Partial<MoreForms>>>,
): Texts<English> {
  return { namespace, byLanguage: { en, ...others } };
}
