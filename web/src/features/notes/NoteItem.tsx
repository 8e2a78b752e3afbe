import { useLayoutEffect, useRef, useState } from 'react';
import { type DataProblem, describeDataError } from '../../data/data-problem.ts';
import { Alert } from '../../ui/Alert.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import { absoluteTime, relativeTime } from '../../ui/time.ts';
import { useProblem } from '../../ui/use-problem.ts';
import { useWaiting } from '../../ui/use-waiting.ts';
import { readDraft } from './drafts.ts';
import { NoteEditor } from './NoteEditor.tsx';
import type { Note } from './notes-api.ts';

interface NoteItemProps {
  readonly note: Note;
  readonly owner: string;
  readonly now: number;
  readonly onEdit: (body: string, signal: AbortSignal) => Promise<void>;
  readonly onRemove: (signal: AbortSignal) => Promise<void>;
}

/** The beginning of a note, to name its buttons for screen readers. */
const gist = (body: string) => (body.length > 40 ? `${body.slice(0, 40).trimEnd()}…` : body);

/** A note with its time and its buttons. */
export const NoteItem = ({ note, owner, now, onEdit, onRemove }: NoteItemProps) => {
  // Continue changes that a reload or the end of a session has interrupted.
  const [mode, setMode] = useState<'reading' | 'editing' | 'asking' | 'removing'>(() =>
    readDraft(owner, note.id) === null ? 'reading' : 'editing',
  );
  const [problem, setProblem] = useProblem<DataProblem>();
  const waiting = useWaiting();
  const item = useRef<HTMLLIElement>(null);
  /** The next element to focus, because a change of mode replaces the focused one. */
  const focusNext = useRef<string | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it must run after every change of mode
  useLayoutEffect(() => {
    if (focusNext.current === null) return;
    item.current?.querySelector<HTMLElement>(focusNext.current)?.focus();
    focusNext.current = null;
  }, [mode]);

  const turn = (next: typeof mode, focus: string | null = null) => {
    focusNext.current = focus;
    setProblem(null);
    setMode(next);
  };

  const remove = async () => {
    if (mode === 'removing') return;
    setMode('removing');
    const row = item.current;
    const after = row?.nextElementSibling ?? row?.previousElementSibling ?? null;
    try {
      await waiting.run(onRemove);
      if (after instanceof HTMLElement) after.focus();
    } catch (error) {
      turn('reading', '[data-action=delete]');
      setProblem(describeDataError(error));
    }
  };

  if (mode === 'editing') {
    return (
      <li className="note" ref={item} tabIndex={-1}>
        <NoteEditor
          label="Edit note"
          draft={{ owner, place: note.id }}
          initial={note.body}
          submit="Save"
          busy="Saving…"
          rows={Math.min(12, Math.max(3, note.body.split('\n').length + 1))}
          onSave={async (body, signal) => {
            if (body !== note.body) await onEdit(body, signal);
            turn('reading', '[data-action=edit]');
          }}
          onCancel={() => turn('reading', '[data-action=edit]')}
        />
      </li>
    );
  }

  const written = Date.parse(note.created_at);
  const changed = Date.parse(note.updated_at);
  const about = gist(note.body);

  return (
    <li className="note" ref={item} tabIndex={-1}>
      <p className="note-body">{note.body}</p>
      {problem && <Alert code={problem.code}>{problem.text}</Alert>}
      <SlowNotice waiting={waiting} who="The Data API" />
      <div className="note-foot">
        <p className="note-time">
          <time dateTime={note.created_at}>
            {relativeTime(written, now)} · {absoluteTime(written)}
          </time>
          {changed > written && (
            <>
              {' · '}
              <time dateTime={note.updated_at} title={`Edited ${absoluteTime(changed)}`}>
                edited {relativeTime(changed, now)}
              </time>
            </>
          )}
        </p>
        {mode === 'reading' ? (
          <div className="note-actions">
            <button
              type="button"
              className="button button-quiet"
              data-action="edit"
              aria-label={`Edit: ${about}`}
              onClick={() => turn('editing')}
            >
              Edit
            </button>
            <button
              type="button"
              className="button button-quiet"
              data-action="delete"
              aria-label={`Delete: ${about}`}
              onClick={() => turn('asking', '[data-action=keep]')}
            >
              Delete
            </button>
          </div>
        ) : (
          <fieldset
            className="ask"
            onKeyDown={(event) => {
              if (event.key === 'Escape') turn('reading', '[data-action=delete]');
            }}
          >
            <legend>Delete?</legend>
            <button
              type="button"
              className="button button-danger"
              aria-disabled={mode === 'removing'}
              onClick={remove}
            >
              {mode === 'removing' ? 'Deleting…' : 'Yes'}
            </button>
            <button
              type="button"
              className="button"
              data-action="keep"
              onClick={() => turn('reading', '[data-action=delete]')}
            >
              Keep
            </button>
          </fieldset>
        )}
      </div>
    </li>
  );
};
