import { CodeField, Field } from '../../ui/Field.tsx';
import { AuthForm } from './AuthForm.tsx';
import { answerChallenge } from './identity.ts';
import { PASSWORD_HINT } from './SignUp.tsx';
import type { Step } from './steps.ts';

type StepProps<Name extends Step['name']> = {
  readonly step: Step & { name: Name };
  readonly onStep: (step: Step) => void;
};

const startAgain = (onStep: (step: Step) => void) => (
  <button type="button" className="button button-link" onClick={() => onStep({ name: 'signIn' })}>
    Start again
  </button>
);

/** A new password for an account that an administrator made, after its temporary password. */
export const NewPassword = ({ step, onStep }: StepProps<'newPassword'>) => (
  <AuthForm
    title="Choose a new password"
    lead={<p>You signed in with a temporary password. Choose one that only you know.</p>}
    submit="Set password and sign in"
    busy="Setting…"
    action={(field) =>
      answerChallenge(
        step.email,
        field('password'),
        Object.fromEntries(step.missing.map((name) => [name, field(name)])),
      )
    }
    onStep={onStep}
    footer={startAgain(onStep)}
  >
    <input hidden readOnly type="email" autoComplete="username" value={step.email} />
    <Field
      label="New password"
      name="password"
      type="password"
      autoComplete="new-password"
      hint={PASSWORD_HINT}
    />
    {/* Attributes that the pool requires and the administrator left out. */}
    {step.missing.map((name) => (
      <Field key={name} label={name.replaceAll('_', ' ')} name={name} type="text" />
    ))}
  </AuthForm>
);

const SOURCES = {
  app: 'Enter the code that your authenticator app shows now.',
  phone: 'Enter the code that was sent to your phone.',
  email: 'Enter the code that was mailed to you.',
} as const;

/** The second factor. */
export const SignInCode = ({ step, onStep }: StepProps<'signInCode'>) => (
  <AuthForm
    title="One more step"
    lead={<p>{SOURCES[step.source]}</p>}
    submit="Continue"
    busy="Checking…"
    action={(field) => answerChallenge('', field('code').replace(/\s/g, ''))}
    onStep={onStep}
    footer={startAgain(onStep)}
  >
    <CodeField />
  </AuthForm>
);

/** A step of the pool that this app does not support. */
export const UnsupportedStep = ({ step, onStep }: StepProps<'unsupported'>) => (
  <div className="auth-form">
    <h2>This step is missing here</h2>
    <p className="lead">
      Cognito asks for <code>{step.challenge}</code>, which this app does not offer yet. Turn it off
      for this app client, or add a screen for it beside the others.
    </p>
    <div className="auth-footer">{startAgain(onStep)}</div>
  </div>
);
