/** The languages of messages, by the first part of the attribute `locale`. The first one is the default. */
import { de } from './de.ts';
import { en } from './en.ts';
import type { LanguageTexts } from './texts.ts';

export const LANGUAGES: ReadonlyMap<string, LanguageTexts> = new Map([
  ['en', en],
  ['de', de],
]);

/** The texts of the first of these locales that there is; otherwise of the default. `de-AT` is `de`. */
export function textsIn(locales: readonly unknown[]): LanguageTexts {
  for (const locale of locales) {
    const [name = ''] = String(locale).split(/[-_]/);
    const texts = LANGUAGES.get(name.toLowerCase());
    if (texts !== undefined) return texts;
  }
  return en;
}
