'use client';
/** A sign-in form for React and Amplify, to begin with. Amplify's Authenticator does more. Needs React 19. */
import { signIn } from 'aws-amplify/auth';
import { type ComponentProps, createElement, type ReactElement, useActionState } from 'react';

/** @returns Why nobody is signed in, or nothing. */
async function signInWith(
  username: string,
  password: string,
  before: SignInFormProps['before'],
): Promise<string> {
  try {
    await before?.();
    const { isSignedIn, nextStep } = await signIn({ username, password });
    return isSignedIn
      ? ''
      : `This form does not know the step ${nextStep.signInStep} of a sign-in.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const field = (label: string, input: ComponentProps<'input'>): ReactElement =>
  createElement(
    'p',
    { key: input.name },
    createElement('label', null, label, ' ', createElement('input', { required: true, ...input })),
  );

const fields = (username: string): readonly ReactElement[] => [
  field('Email', { name: 'username', autoComplete: 'username', defaultValue: username }),
  field('Password', { name: 'password', autoComplete: 'current-password', type: 'password' }),
  createElement('button', { key: 'submit', type: 'submit' }, 'Sign in'),
];

export interface SignInFormProps extends Omit<ComponentProps<'form'>, 'action'> {
  /** Is called before each sign-in. @defaultValue nothing */
  readonly before?: () => Promise<void>;
}

/**
 * A form with email and password. The session store hears of the sign-in from Amplify.
 *
 * @param props - Of the form. `children` are inputs `username` and `password`, and a button. @defaultValue those, in
 * English and without a style
 */
export function SignInForm({ before, children, ...props }: SignInFormProps): ReactElement {
  const [{ username, problem }, action] = useActionState(
    async (_: unknown, data: FormData) => {
      const name = String(data.get('username'));
      const password = String(data.get('password'));
      return { username: name, problem: await signInWith(name, password, before) };
    },
    { username: '', problem: '' },
  );
  return createElement(
    'form',
    { ...props, action },
    children ?? fields(username),
    createElement('p', { role: 'alert' }, problem),
  );
}
