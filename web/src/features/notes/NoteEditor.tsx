import {
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { type DataProblem, describeDataError } from '../../data/data-problem.ts';
import { Alert } from '../../ui/Alert.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import { useProblem } from '../../ui/use-problem.ts';
import { useWaiting } from '../../ui/use-waiting.ts';
import { type DraftPlace, forgetDraft, useDraft } from './drafts.ts';
import { checkText } from './note-text.ts';

interface NoteEditorProps {
  readonly label: string;
  readonly initial?: string;
  readonly submit: string;
  readonly busy: string;
  readonly placeholder?: string;
  /** Stores the text. If it throws, the error is shown here and the text stays. */
  readonly onSave: (text: string, signal: AbortSignal) => Promise<void>;
  /** Where the text is kept until it is saved. */
  readonly draft: DraftPlace;
  /** Leaves without storing. Undefined for a new note. */
  readonly onCancel?: () => void;
  readonly rows: number;
}

const SAVE_KEY = /Mac|iP(hone|ad)/.test(navigator.userAgent) ? '⌘ Enter' : 'Ctrl Enter';

/**
 * An editor for a note. Enter makes a new line, Ctrl or Cmd with Enter saves, Escape leaves. If there are
 * changes it asks first, and a second Escape confirms.
 */
export const NoteEditor = (props: NoteEditorProps) => {
  const { initial = '', onCancel } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(props.draft, initial);
  const waiting = useWaiting();
  const { pending } = waiting;
  const [leaving, setLeaving] = useState(false);
  const [problem, setProblem] = useProblem<DataProblem>();
  const check = checkText(text);

  const opened = onCancel !== undefined;
  useLayoutEffect(() => {
    if (!opened || !area.current) return;
    // Focus the opened editor, at the end of the text.
    area.current.focus();
    area.current.setSelectionRange(area.current.value.length, area.current.value.length);
  }, [opened]);

  const save = async (event?: FormEvent) => {
    event?.preventDefault();
    if (pending || !check.sendable) return;
    setProblem(null);
    try {
      await waiting.run((signal) => props.onSave(text.trim(), signal));
      setText('');
      forgetDraft(props.draft);
    } catch (error) {
      setProblem(describeDataError(error));
    } finally {
      area.current?.focus();
    }
  };

  const leave = () => {
    if (!onCancel) return;
    if (text === initial || leaving) discard();
    else setLeaving(true);
  };

  const discard = () => {
    forgetDraft(props.draft);
    onCancel?.();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // Keys of an input method, such as for Japanese, are not for the page.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save();
    } else if (event.key === 'Escape') leave();
  };

  const stay = () => {
    setLeaving(false);
    area.current?.focus();
  };

  const actions: ReactNode = leaving ? (
    <div className="ask" role="alert">
      <span>Discard your changes?</span>
      <button type="button" className="button button-danger" onClick={discard}>
        Discard
      </button>
      <button type="button" className="button" onClick={stay}>
        Keep writing
      </button>
    </div>
  ) : (
    <div className="editor-actions">
      <button
        type="submit"
        className="button button-main"
        aria-disabled={pending || !check.sendable}
      >
        {pending ? props.busy : props.submit}
      </button>
      {onCancel && (
        <button type="button" className="button" onClick={leave}>
          Cancel
        </button>
      )}
      <span className="editor-key" aria-hidden="true">
        <kbd>{SAVE_KEY}</kbd>
      </span>
      {check.count && (
        <span className="editor-count" data-over={check.tooLong || undefined} role="status">
          {check.count}
        </span>
      )}
    </div>
  );

  return (
    <form className="editor" onSubmit={save} onKeyDown={onKeyDown}>
      <label htmlFor={id}>{props.label}</label>
      <textarea
        id={id}
        ref={area}
        className="input"
        rows={props.rows}
        value={text}
        readOnly={pending}
        placeholder={props.placeholder}
        aria-keyshortcuts="Control+Enter Meta+Enter"
        aria-invalid={check.tooLong || undefined}
        onChange={(event) => {
          setText(event.target.value);
          setLeaving(false);
        }}
      />
      {problem && <Alert code={problem.code}>{problem.text}</Alert>}
      <SlowNotice waiting={waiting} who="The Data API" />
      {actions}
    </form>
  );
};
