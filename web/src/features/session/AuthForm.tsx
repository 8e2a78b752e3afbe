import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { type AuthProblem, describeAuthError } from '../../auth/auth-problem.ts';
import { Alert } from '../../ui/Alert.tsx';
import { ProblemContext } from '../../ui/Field.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import { useProblem } from '../../ui/use-problem.ts';
import { useWaiting } from '../../ui/use-waiting.ts';
import type { Step } from './steps.ts';

/** Reads a text field of a submitted form, without spaces around it. */
export type ReadField = (name: string) => string;

interface AuthFormProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly submit: string;
  readonly busy: string;
  readonly action: (field: ReadField) => Promise<Step>;
  readonly onStep: (step: Step) => void;
  readonly children: ReactNode;
  /** Describes its errors. @defaultValue describeAuthError */
  readonly describe?: (error: unknown) => AuthProblem;
  /** Links to other screens. */
  readonly footer?: ReactNode;
}

/** The frame of every sign-in screen. It submits once at a time, and focuses the error. */
export const AuthForm = (props: AuthFormProps) => {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const alert = useRef<HTMLDivElement>(null);
  const waiting = useWaiting();
  /** Signed in. The form stays busy until the session replaces it. */
  const [done, setDone] = useState(false);
  const pending = waiting.pending || done;
  const [problem, setProblem] = useProblem<AuthProblem>();

  useEffect(() => {
    if (!problem) return;
    const field = problem.field && form.current?.elements.namedItem(problem.field);
    if (field instanceof HTMLInputElement) {
      field.focus();
      field.select();
    } else alert.current?.focus();
  }, [problem]);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (pending) return;
    const data = new FormData(event.currentTarget);
    setProblem(null);
    try {
      const step = await waiting.run(() =>
        props.action((name) => String(data.get(name) ?? '').trim()),
      );
      setDone(step.name === 'done');
      props.onStep(step);
    } catch (error) {
      setProblem((props.describe ?? describeAuthError)(error));
    }
  };

  return (
    <form className="auth-form" ref={form} onSubmit={submit} aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      {props.lead && <div className="lead">{props.lead}</div>}
      {problem && (
        <Alert id={`${id}-alert`} code={problem.code} ref={alert}>
          {problem.text}
        </Alert>
      )}
      <ProblemContext value={problem && { alertId: `${id}-alert`, field: problem.field }}>
        {props.children}
      </ProblemContext>
      <button className="button button-main" type="submit" aria-disabled={pending}>
        {pending ? props.busy : props.submit}
      </button>
      <SlowNotice waiting={waiting} who="Cognito" />
      {props.footer && <div className="auth-footer">{props.footer}</div>}
    </form>
  );
};
