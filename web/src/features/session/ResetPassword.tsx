import { describeResetError } from '../../auth/auth-problem.ts';
import { CodeField, Field } from '../../ui/Field.tsx';
import { AuthForm } from './AuthForm.tsx';
import { finishReset, requestReset } from './identity.ts';
import { LocalInbox } from './LocalInbox.tsx';
import { ResendButton, ResendStatus } from './Resend.tsx';
import { PASSWORD_HINT } from './SignUp.tsx';
import type { Step } from './steps.ts';
import { useResend } from './use-resend.ts';

interface RequestResetProps {
  readonly step: Step & { name: 'requestReset' };
  readonly onStep: (step: Step) => void;
}

const backToSignIn = (onStep: (step: Step) => void) => (
  <button type="button" className="button button-link" onClick={() => onStep({ name: 'signIn' })}>
    Back to sign-in
  </button>
);

/** First step of a password reset: the address. */
export const RequestReset = ({ step, onStep }: RequestResetProps) => (
  <AuthForm
    title="Reset your password"
    lead={<p>{step.news ?? 'Cognito will mail you a code to set a new one.'}</p>}
    submit="Mail me a code"
    busy="Asking…"
    action={(field) => requestReset(field('email'))}
    onStep={onStep}
    footer={backToSignIn(onStep)}
  >
    <Field
      label="Email"
      name="email"
      type="email"
      autoComplete="username"
      defaultValue={step.email}
    />
  </AuthForm>
);

interface ConfirmResetProps {
  readonly step: Step & { name: 'confirmReset' };
  readonly onStep: (step: Step) => void;
  readonly cognitoEndpoint: string | null;
}

/** Second step: the code from the mail and the new password. */
export const ConfirmReset = ({ step, onStep, cognitoEndpoint }: ConfirmResetProps) => {
  const code = useResend(() => requestReset(step.email));
  return (
    <AuthForm
      title="Choose a new password"
      describe={describeResetError}
      lead={
        <>
          <p>
            If <strong>{step.email}</strong> has an account here, a code is on its way.
          </p>
          <LocalInbox endpoint={cognitoEndpoint} />
          <ResendStatus code={code} sent="If there is an account, a new code is on its way." />
        </>
      }
      submit="Set password and sign in"
      busy="Setting…"
      action={(field) =>
        finishReset(step.email, field('code').replace(/\s/g, ''), field('password'))
      }
      onStep={onStep}
      footer={
        <>
          <ResendButton code={code} />
          {backToSignIn(onStep)}
        </>
      }
    >
      {/* Tells a password manager whose password it is about to save. */}
      <input hidden readOnly type="email" autoComplete="username" value={step.email} />
      <CodeField />
      <Field
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        hint={PASSWORD_HINT}
      />
    </AuthForm>
  );
};
