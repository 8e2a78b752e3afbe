import { useCallback, useState } from 'react';

/**
 * Unsaved texts, kept through a reload and the end of a session. They stay in this tab, belong to one
 * person, and are deleted when that person signs out.
 */
const PREFIX = 'draft:';

const storage = (): Storage | null => {
  try {
    return window.sessionStorage;
  } catch {
    // The browser has no storage. Then drafts are lost with the page.
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
    // The storage is full. Then the draft is lost with the page.
  }
};

/** Deletes all drafts in this tab, so that the next person does not see them. */
export const forgetDrafts = (): void => {
  const kept = storage();
  for (const key of Object.keys(kept ?? {})) {
    if (key.startsWith(PREFIX)) kept?.removeItem(key);
  }
};

/** The storage of a draft. */
export interface DraftPlace {
  readonly owner: string;
  /** The note's id, or `new`. */
  readonly place: string;
}

/**
 * A text that is kept through a reload.
 *
 * @param initial - The text without a draft. A draft that equals it is deleted.
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

/** Deletes the draft of one note. */
export const forgetDraft = ({ owner, place }: DraftPlace): void => writeDraft(owner, place, null);
