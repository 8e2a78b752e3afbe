import { CodeField } from '../../ui/Field.tsx';
import { AuthForm } from './AuthForm.tsx';
import { finishSignUp, resendCode } from './identity.ts';
import { LocalInbox } from './LocalInbox.tsx';
import { ResendButton, ResendStatus } from './Resend.tsx';
import type { Step } from './steps.ts';
import { useResend } from './use-resend.ts';

interface ConfirmSignUpProps {
  readonly step: Step & { name: 'confirmSignUp' };
  readonly onStep: (step: Step) => void;
  readonly cognitoEndpoint: string | null;
}

/** The code from the mail, which confirms the address and signs the person in. */
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
          <ResendStatus code={code} sent="A new code is on its way." />
        </>
      }
      submit="Confirm and sign in"
      busy="Confirming…"
      action={(field) => finishSignUp(step, field('code').replace(/\s/g, ''))}
      onStep={onStep}
      footer={
        <>
          <ResendButton code={code} />
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
