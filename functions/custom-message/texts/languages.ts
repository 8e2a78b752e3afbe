/** The languages of messages, by the first part of the attribute `locale`. The first one is the default. */
import { de } from './de.ts';
import { en } from './en.ts';
import type { LanguageTexts } from './texts.ts';

export const LANGUAGES: ReadonlyMap<string, LanguageTexts> = new Map([
  ['en', en],
  ['de', de],
]);
