import { Field } from '../../ui/Field.tsx';
import { AuthForm } from './AuthForm.tsx';
import { startSignUp } from './identity.ts';
import type { Step } from './steps.ts';

/**
 * The pool has the rules. This text names the usual ones, and Cognito's error names the one that was not
 * met.
 */
export const PASSWORD_HINT = 'At least 8 characters: upper and lower case, a digit and a symbol.';

/** A new account with email and password. */
export const SignUp = ({ onStep }: { readonly onStep: (step: Step) => void }) => (
  <AuthForm
    title="Create an account"
    submit="Create account"
    busy="Creating…"
    action={(field) => startSignUp(field('email'), field('password'))}
    onStep={onStep}
    footer={
      <button
        type="button"
        className="button button-link"
        onClick={() => onStep({ name: 'signIn' })}
      >
        Sign in instead
      </button>
    }
  >
    <Field label="Email" name="email" type="email" autoComplete="email" />
    <Field
      label="Password"
      name="password"
      type="password"
      autoComplete="new-password"
      hint={PASSWORD_HINT}
    />
  </AuthForm>
);
