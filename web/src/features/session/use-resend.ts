import { useState } from 'react';
import { type AuthProblem, describeAuthError } from '../../auth/auth-problem.ts';
import { useProblem } from '../../ui/use-problem.ts';
import { useWaiting, type Waiting } from '../../ui/use-waiting.ts';

/** Requests another code by mail. */
export interface Resend {
  readonly waiting: Waiting;
  readonly sent: boolean;
  readonly problem: AuthProblem | null;
  readonly resend: () => Promise<void>;
}

/** @param send - Makes Cognito mail a new code. */
export const useResend = (send: () => Promise<unknown>): Resend => {
  const waiting = useWaiting();
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useProblem<AuthProblem>();

  const resend = async () => {
    if (waiting.pending) return;
    setSent(false);
    setProblem(null);
    try {
      await waiting.run(send);
      setSent(true);
    } catch (error) {
      setProblem(describeAuthError(error));
    }
  };
  return { waiting, sent, problem, resend };
};
