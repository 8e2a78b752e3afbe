import { useCallback, useEffect, useRef, useState } from 'react';
import { type DataProblem, describeDataError } from '../../data/data-problem.ts';
import type { Note, NotesApi } from './notes-api.ts';

export interface NotesState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly notes: readonly Note[];
  readonly more: boolean;
  readonly loadingMore: boolean;
  /** Why reading failed. Failed writes are shown where they were made. */
  readonly problem: DataProblem | null;
}

export interface Notes extends NotesState {
  /** Reads the first page again. */
  readonly reload: () => Promise<void>;
  readonly showMore: () => Promise<void>;
  readonly add: (body: string) => Promise<void>;
  readonly edit: (id: string, body: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

const START: NotesState = {
  status: 'loading',
  notes: [],
  more: false,
  loadingMore: false,
  problem: null,
};

/**
 * The list of notes on the page. The list changes after Postgres has agreed, never before.
 *
 * @param api - Of one person; the component has to be mounted anew for another.
 */
export const useNotes = (api: NotesApi): Notes => {
  const [state, setState] = useState(START);
  const latest = useRef(state);
  latest.current = state;

  const update = useCallback((change: Partial<NotesState>) => {
    setState((current) => ({ ...current, ...change }));
  }, []);

  const reads = useRef(0);
  const reload = useCallback(async () => {
    reads.current += 1;
    const mine = reads.current;
    setState(START);
    try {
      const { notes, more } = await api.page();
      if (mine !== reads.current) return;
      setState((current) => {
        // A note that was added while the list was on its way may have come too late to be in it.
        const listed = new Set(notes.map(({ id }) => id));
        const added = current.notes.filter(({ id }) => !listed.has(id));
        return { ...current, status: 'ready', notes: [...added, ...notes], more };
      });
    } catch (error) {
      if (mine === reads.current) update({ status: 'failed', problem: describeDataError(error) });
    }
  }, [api, update]);

  useEffect(() => {
    void reload();
    return () => {
      reads.current += 1;
    };
  }, [reload]);

  const showMore = useCallback(async () => {
    const { notes, loadingMore } = latest.current;
    const last = notes.at(-1);
    if (loadingMore || !last) return;
    update({ loadingMore: true, problem: null });
    try {
      const page = await api.page(last);
      setState((current) => ({
        ...current,
        notes: [...current.notes, ...page.notes],
        more: page.more,
        loadingMore: false,
      }));
    } catch (error) {
      update({ loadingMore: false, problem: describeDataError(error) });
    }
  }, [api, update]);

  const changeNotes = (change: (notes: readonly Note[]) => readonly Note[]) =>
    setState((current) => ({ ...current, notes: change(current.notes) }));

  return {
    ...state,
    reload,
    showMore,
    add: async (body) => {
      const added = await api.add(body);
      changeNotes((notes) => [added, ...notes]);
    },
    edit: async (id, body) => {
      const edited = await api.edit(id, body);
      changeNotes((notes) => notes.map((note) => (note.id === id ? edited : note)));
    },
    remove: async (id) => {
      await api.remove(id);
      changeNotes((notes) => notes.filter((note) => note.id !== id));
    },
  };
};
