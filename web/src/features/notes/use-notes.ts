import { useCallback, useEffect, useRef, useState } from 'react';
import { type DataProblem, describeDataError } from '../../data/data-problem.ts';
import { useProblem } from '../../ui/use-problem.ts';
import { useWaiting, type Waiting } from '../../ui/use-waiting.ts';
import type { Note, NotesApi } from './notes-api.ts';

export interface NotesState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly notes: readonly Note[];
  readonly more: boolean;
  readonly loadingMore: boolean;
}

export interface Notes extends NotesState {
  /** Why reading failed. Failed writes are shown at the note. */
  readonly problem: DataProblem | null;
  /** Reads the first page again. */
  readonly reload: () => Promise<void>;
  readonly showMore: () => Promise<void>;
  readonly add: (body: string, signal: AbortSignal) => Promise<void>;
  readonly edit: (id: string, body: string, signal: AbortSignal) => Promise<void>;
  readonly remove: (id: string, signal: AbortSignal) => Promise<void>;
  /** State of a slow list, with a way to cancel. */
  readonly waiting: Waiting;
}

const START: NotesState = {
  status: 'loading',
  notes: [],
  more: false,
  loadingMore: false,
};

/**
 * The list of notes on the page. It changes only after Postgres has stored a change.
 *
 * @param api - Of one person. Mount a new component for another person.
 */
export const useNotes = (api: NotesApi): Notes => {
  const [state, setState] = useState(START);
  const [problem, setProblem] = useProblem<DataProblem>();
  const waiting = useWaiting();
  const { run } = waiting;
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
    setProblem(null);
    try {
      const { notes, more } = await run((signal) => api.page(undefined, signal));
      if (mine !== reads.current) return;
      setState((current) => {
        // A note that was added while the list was loading may be missing in it.
        const listed = new Set(notes.map(({ id }) => id));
        const added = current.notes.filter(({ id }) => !listed.has(id));
        return { ...current, status: 'ready', notes: [...added, ...notes], more };
      });
    } catch (error) {
      if (mine !== reads.current) return;
      update({ status: 'failed' });
      setProblem(describeDataError(error));
    }
  }, [api, update, run, setProblem]);

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
    update({ loadingMore: true });
    setProblem(null);
    try {
      const page = await run((signal) => api.page(last, signal));
      setState((current) => ({
        ...current,
        notes: [...current.notes, ...page.notes],
        more: page.more,
        loadingMore: false,
      }));
    } catch (error) {
      update({ loadingMore: false });
      setProblem(describeDataError(error));
    }
  }, [api, update, run, setProblem]);

  const changeNotes = (change: (notes: readonly Note[]) => readonly Note[]) =>
    setState((current) => ({ ...current, notes: change(current.notes) }));

  return {
    ...state,
    problem,
    waiting,
    reload,
    showMore,
    add: async (body, signal) => {
      const added = await api.add(body, signal);
      changeNotes((notes) => [added, ...notes]);
    },
    edit: async (id, body, signal) => {
      const edited = await api.edit(id, body, signal);
      changeNotes((notes) => notes.map((note) => (note.id === id ? edited : note)));
    },
    remove: async (id, signal) => {
      await api.remove(id, signal);
      changeNotes((notes) => notes.filter((note) => note.id !== id));
    },
  };
};
