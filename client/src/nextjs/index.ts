'use client';
/**
 * Next.js in the browser: sign-in, sign-out, and forms with server actions. The server makes the pages, so a page is
 * loaded again when another person signs in or out. Needs React 19.
 */
import { type ComponentProps, createElement, type ReactElement, useActionState } from 'react';
import { SignInForm as Form, type SignInFormProps } from '../amplify-react.ts';
import { browserKit } from './kit.ts';
import { useSignedInPage, useSignInPage } from './page-session.ts';

export { browserKit, useSignedInPage, useSignInPage };

const alertOf = (problem: string): ReactElement => createElement('p', { role: 'alert' }, problem);

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Amplify signs nobody in over another session. The server has refused this one. */
async function leaveRefused(): Promise<void> {
  const { session } = browserKit();
  if (session.getSnapshot().status === 'signedIn') await session.signOut();
}

/**
 * The sign-in form, for a page that the server made for nobody. If the token has only expired, it renews the token and
 * loads the page again, and the form stays hidden.
 *
 * It signs in with a password. For more, call `useSignInPage()` in a form of your own, or beside Amplify's
 * Authenticator.
 *
 * @param props - Of the form. `children` are inputs `username` and `password`, and a button. @defaultValue those, in
 * English and without a style
 */
export function SignInForm(props: SignInFormProps): ReactElement {
  return createElement(Form, { hidden: !useSignInPage(), before: leaveRefused, ...props });
}

/** Signs the person out, and loads the page again. */
export function SignOutButton({
  children = 'Sign out',
  ...props
}: Omit<ComponentProps<'button'>, 'onClick'>): ReactElement {
  useSignedInPage();
  const onClick = () => void browserKit().session.signOut();
  return createElement('button', { type: 'button', ...props, onClick }, children);
}

export interface ActionFormProps extends Omit<ComponentProps<'form'>, 'action'> {
  /** A server action. It returns the message to show if it failed. */
  readonly action: (data: FormData) => Promise<string | undefined>;
}

/** A form with a server action. It renews the person's token first, because the server cannot. */
export function ActionForm({ action, children, ...props }: ActionFormProps): ReactElement {
  useSignedInPage();
  const [problem, send] = useActionState(async (_: string, data: FormData) => {
    try {
      await browserKit().accessToken();
    } catch (error) {
      return messageOf(error);
    }
    return (await action(data)) ?? '';
  }, '');
  return createElement('form', { ...props, action: send }, children, alertOf(problem));
}
