import { Alert } from '../../ui/Alert.tsx';
import { CodeField } from '../../ui/Field.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import { AuthForm } from './AuthForm.tsx';
import { finishSignUp, resendCode } from './identity.ts';
import { LocalInbox } from './LocalInbox.tsx';
import type { Step } from './steps.ts';
import { useResend } from './use-resend.ts';

interface ConfirmSignUpProps {
  readonly step: Step & { name: 'confirmSignUp' };
  readonly onStep: (step: Step) => void;
  readonly cognitoEndpoint: string | null;
}

/** The mailed code, which proves the address and signs the person in. */
export const ConfirmSignUp = ({ step, onStep, cognitoEndpoint }: ConfirmSignUpProps) => {
  const code = useResend(() => resendCode(step.email));

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
            {code.sent && 'A new code is on its way.'}
          </p>
          <SlowNotice waiting={code.waiting} who="Cognito" />
          {code.problem && <Alert code={code.problem.code}>{code.problem.text}</Alert>}
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
            aria-disabled={code.waiting.pending}
            onClick={code.resend}
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
