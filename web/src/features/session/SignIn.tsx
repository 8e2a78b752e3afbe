import { Field } from '../../ui/Field.tsx';
import { AuthForm } from './AuthForm.tsx';
import { startSignIn } from './identity.ts';
import type { Step } from './steps.ts';

interface SignInProps {
  readonly step: Step & { name: 'signIn' };
  readonly onStep: (step: Step) => void;
}

/** Email and password, and links to sign-up and password reset. */
export const SignIn = ({ step, onStep }: SignInProps) => (
  <AuthForm
    title="Sign in"
    lead={step.news && <p role="status">{step.news}</p>}
    submit="Sign in"
    busy="Signing in…"
    action={(field) => startSignIn(field('email'), field('password'))}
    onStep={onStep}
    footer={
      <>
        <button
          type="button"
          className="button button-link"
          onClick={() => onStep({ name: 'requestReset' })}
        >
          Forgot your password?
        </button>
        <button
          type="button"
          className="button button-link"
          onClick={() => onStep({ name: 'signUp' })}
        >
          Create an account
        </button>
      </>
    }
  >
    <Field
      label="Email"
      name="email"
      type="email"
      autoComplete="username"
      defaultValue={step.email}
    />
    <Field label="Password" name="password" type="password" autoComplete="current-password" />
  </AuthForm>
);
