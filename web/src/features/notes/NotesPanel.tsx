import { useMemo, useRef, useState } from 'react';
import type { DataClient } from '../../data/client.ts';
import { Alert } from '../../ui/Alert.tsx';
import { RowsFigure } from '../../ui/RowsFigure.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import { useNow } from '../../ui/use-now.ts';
import { NoteEditor } from './NoteEditor.tsx';
import { NoteItem } from './NoteItem.tsx';
import { createNotesApi, PAGE_SIZE } from './notes-api.ts';
import { useNotes } from './use-notes.ts';

interface NotesPanelProps {
  readonly client: DataClient;
  /** The sub of the owner. Mount a new panel for another person: `key={owner}`. */
  readonly owner: string;
  /** How far the server's clock is ahead of this device's, in milliseconds. */
  readonly clockDrift: number;
}

/** The notes of one person, with the editor at the top and the newest note first. */
export const NotesPanel = ({ client, owner, clockDrift }: NotesPanelProps) => {
  const notes = useNotes(useMemo(() => createNotesApi(client, owner), [client, owner]));
  const now = useNow(20_000) + clockDrift;
  const [news, setNews] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);

  const remove = async (id: string, signal: AbortSignal) => {
    const last = notes.notes.length === 1;
    await notes.remove(id, signal);
    setNews('Note deleted.');
    if (last) heading.current?.focus();
  };

  return (
    <section className="notes" aria-labelledby="notes-heading">
      <h1 id="notes-heading" ref={heading} tabIndex={-1}>
        Your notes
      </h1>
      <NoteEditor
        label="New note"
        submit="Add note"
        busy="Adding…"
        placeholder="What do you want to keep?"
        rows={3}
        draft={{ owner, place: 'new' }}
        onSave={async (body, signal) => {
          await notes.add(body, signal);
          setNews('Note added.');
        }}
      />
      <p className="visually-hidden" role="status">
        {news}
      </p>

      {notes.status === 'loading' && (
        <div className="notes-loading" role="status">
          <span className="visually-hidden">Loading your notes…</span>
          <RowsFigure mine={[]} />
        </div>
      )}

      <SlowNotice waiting={notes.waiting} who="The Data API" />

      {notes.problem && (
        <div className="notes-problem">
          <Alert code={notes.problem.code}>{notes.problem.text}</Alert>
          {notes.status === 'failed' && (
            <button type="button" className="button" onClick={notes.reload}>
              Try again
            </button>
          )}
        </div>
      )}

      {notes.status === 'ready' && notes.notes.length === 0 && (
        <div className="notes-empty">
          <RowsFigure mine={[]} />
          <h2>No notes yet</h2>
          <p>
            The table may hold notes of other people. Row-level security shows you the rows whose{' '}
            <code>owner_sub</code> is yours, and so far there are none.
          </p>
        </div>
      )}

      {notes.notes.length > 0 && (
        <ul className="notes-list" aria-label="Notes, newest first">
          {notes.notes.map((note) => (
            <NoteItem
              key={note.id}
              note={note}
              now={now}
              owner={owner}
              onEdit={async (body, signal) => {
                await notes.edit(note.id, body, signal);
                setNews('Note saved.');
              }}
              onRemove={(signal) => remove(note.id, signal)}
            />
          ))}
        </ul>
      )}

      {notes.more && (
        <button
          type="button"
          className="button notes-more"
          aria-disabled={notes.loadingMore}
          onClick={notes.showMore}
        >
          {notes.loadingMore ? 'Loading…' : `Show ${PAGE_SIZE} more`}
        </button>
      )}
    </section>
  );
};
