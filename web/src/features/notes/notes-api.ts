import type { DataClient } from '../../data/client.ts';
import type { Tables } from '../../data/database.types.ts';

export type Note = Pick<Tables<'notes'>, 'id' | 'body' | 'created_at' | 'updated_at'>;

/** Notes on a page, newest first, and whether older ones follow. */
export interface NotesPage {
  readonly notes: readonly Note[];
  readonly more: boolean;
}

export interface NotesApi {
  /** @param before - The last note already shown; the page begins with the one after it. */
  readonly page: (before?: Note, signal?: AbortSignal) => Promise<NotesPage>;
  readonly add: (body: string, signal?: AbortSignal) => Promise<Note>;
  readonly edit: (id: string, body: string, signal?: AbortSignal) => Promise<Note>;
  readonly remove: (id: string, signal?: AbortSignal) => Promise<void>;
}

export const PAGE_SIZE = 20;

const NEVER = new AbortController().signal;
const COLUMNS = 'id, body, created_at, updated_at';

/**
 * A person's notes. Every call throws the error of supabase-js; see `describeDataError`.
 *
 * Row-level security decides what may be read and written. Queries name `owner` as well, so that Postgres
 * uses the index, and so that a request finds nothing if another account signs in meanwhile.
 */
export const createNotesApi = (client: DataClient, owner: string): NotesApi => {
  const notes = () => client.from('notes');

  return {
    async page(before, signal = NEVER) {
      let query = notes()
        .select(COLUMNS)
        .eq('owner_sub', owner)
        .order('created_at', { ascending: false })
        .order('id', { ascending: false })
        // One more than is shown, to know whether there is a next page.
        .limit(PAGE_SIZE + 1)
        .abortSignal(signal);
      if (before) {
        // By key and not by offset, because a new note would move every page by one. The time stays a
        // text, because a Date would cut it to milliseconds.
        const { created_at, id } = before;
        query = query.or(
          `created_at.lt."${created_at}",and(created_at.eq."${created_at}",id.lt.${id})`,
        );
      }
      const { data } = await query.throwOnError();
      return { notes: data.slice(0, PAGE_SIZE), more: data.length > PAGE_SIZE };
    },

    async add(body, signal = NEVER) {
      const own = notes().insert({ body, owner_sub: owner }).select(COLUMNS);
      const { data } = await own.abortSignal(signal).single().throwOnError();
      return data;
    },

    async edit(id, body, signal = NEVER) {
      const own = notes().update({ body }).eq('id', id).eq('owner_sub', owner);
      const { data } = await own.select(COLUMNS).abortSignal(signal).single().throwOnError();
      return data;
    },

    async remove(id, signal = NEVER) {
      const own = notes().delete().eq('id', id).eq('owner_sub', owner);
      await own.abortSignal(signal).throwOnError();
    },
  };
};
