import { useCallback, useState } from 'react';

/**
 * What was typed and not saved yet, kept through a reload and the end of a session. It stays in this
 * tab, belongs to one person, and goes when that person signs out.
 */
const PREFIX = 'draft:';

const storage = (): Storage | null => {
  try {
    return window.sessionStorage;
  } catch {
    // A browser that keeps nothing: then drafts live as long as the page.
    return null;
  }
};

/** The draft of `place` (a note's id, or `new`), or null. */
export const readDraft = (owner: string, place: string): string | null =>
  storage()?.getItem(`${PREFIX}${owner}:${place}`) ?? null;

const writeDraft = (owner: string, place: string, text: string | null): void => {
  const key = `${PREFIX}${owner}:${place}`;
  try {
    if (text === null || text === '') storage()?.removeItem(key);
    else storage()?.setItem(key, text);
  } catch {
    // Full: the draft is lost with the page only.
  }
};

/** Forgets the drafts of everybody in this tab: whoever signs out leaves nothing to the next one. */
export const forgetDrafts = (): void => {
  const kept = storage();
  for (const key of Object.keys(kept ?? {})) {
    if (key.startsWith(PREFIX)) kept?.removeItem(key);
  }
};

/** Where a text is kept while it is written. */
export interface DraftPlace {
  readonly owner: string;
  /** The note's id, or `new`. */
  readonly place: string;
}

/**
 * A text that survives the page.
 *
 * @param initial - The text where there is no draft; a draft that equals it is none.
 */
export const useDraft = (
  { owner, place }: DraftPlace,
  initial: string,
): readonly [string, (text: string) => void] => {
  const [text, setText] = useState(() => readDraft(owner, place) ?? initial);
  const set = useCallback(
    (next: string) => {
      setText(next);
      writeDraft(owner, place, next === initial ? null : next);
    },
    [owner, place, initial],
  );
  return [text, set];
};

/** Forgets the draft of one place. */
export const forgetDraft = ({ owner, place }: DraftPlace): void => writeDraft(owner, place, null);
