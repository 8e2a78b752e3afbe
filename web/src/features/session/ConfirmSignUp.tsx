import { useState } from 'react';
import { type AuthProblem, describeAuthError } from '../../auth/auth-problem.ts';
import { Alert } from '../../ui/Alert.tsx';
import { CodeField } from '../../ui/Field.tsx';
import { AuthForm } from './AuthForm.tsx';
import { finishSignUp, resendCode } from './identity.ts';
import { LocalInbox } from './LocalInbox.tsx';
import type { Step } from './steps.ts';

interface ConfirmSignUpProps {
  readonly step: Step & { name: 'confirmSignUp' };
  readonly onStep: (step: Step) => void;
  readonly cognitoEndpoint: string | null;
}

/** The mailed code, which proves the address and signs the person in. */
export const ConfirmSignUp = ({ step, onStep, cognitoEndpoint }: ConfirmSignUpProps) => {
  const [sending, setSending] = useState<'idle' | 'busy' | 'sent'>('idle');
  const [problem, setProblem] = useState<AuthProblem | null>(null);

  const resend = async () => {
    if (sending === 'busy') return;
    setSending('busy');
    setProblem(null);
    try {
      await resendCode(step.email);
      setSending('sent');
    } catch (error) {
      setSending('idle');
      setProblem(describeAuthError(error));
    }
  };

  return (
    <AuthForm
      title="Confirm your email"
      lead={
        <>
          <p>
            {step.resend
              ? 'This account is not confirmed yet. Enter the code that was mailed to '
              : 'Enter the code that was just mailed to '}
            <strong>{step.email}</strong>.
          </p>
          <LocalInbox endpoint={cognitoEndpoint} />
          <p className="status-line" role="status">
            {sending === 'sent' && 'A new code is on its way.'}
          </p>
          {problem && <Alert code={problem.code}>{problem.text}</Alert>}
        </>
      }
      submit="Confirm and sign in"
      busy="Confirming…"
      action={(field) => finishSignUp(step, field('code').replace(/\s/g, ''))}
      onStep={onStep}
      footer={
        <>
          <button
            type="button"
            className="button button-link"
            aria-disabled={sending === 'busy'}
            onClick={resend}
          >
            Send a new code
          </button>
          <button
            type="button"
            className="button button-link"
            onClick={() => onStep({ name: 'signIn', email: step.email })}
          >
            Back to sign-in
          </button>
        </>
      }
    >
      <CodeField />
    </AuthForm>
  );
};
