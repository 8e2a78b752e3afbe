import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { type AuthProblem, describeAuthError } from '../../auth/auth-problem.ts';
import { Alert } from '../../ui/Alert.tsx';
import { ProblemContext } from '../../ui/Field.tsx';
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
  /** Ways to other screens. */
  readonly footer?: ReactNode;
}

/** The frame of every sign-in screen: submits once at a time, and leads to what went wrong. */
export const AuthForm = (props: AuthFormProps) => {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const alert = useRef<HTMLDivElement>(null);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<AuthProblem | null>(null);

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
    setPending(true);
    setProblem(null);
    try {
      const step = await props.action((name) => String(data.get(name) ?? '').trim());
      // Signed in, the form stays busy until the session takes its place.
      if (step.name !== 'done') setPending(false);
      props.onStep(step);
    } catch (error) {
      setPending(false);
      setProblem(describeAuthError(error));
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
      {props.footer && <div className="auth-footer">{props.footer}</div>}
    </form>
  );
};
