/** `/signup`, `/confirmUser`, `/forgotPassword`: the pages call the operations that an app would call. */
import type { Context } from 'hono';
import { clientOf } from '../core/pool/pool.ts';
import { secretHash } from '../core/sign-in/secrets.ts';
import { attributeOf } from '../core/users/attributes.ts';
import { confirmationContact } from '../core/users/delivery.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import { authorizeRequestOf, formContext, type OAuth, showPage } from './context.ts';
import {
  confirmPage,
  errorPage,
  forgotPage,
  loginPage,
  messagePage,
  resetPage,
  signUpPage,
} from './pages/forms.ts';
import { fieldsOf } from './pages/pool-fields.ts';
import { afterNewPassword } from './second-factor-pages.ts';
import { answerStep, halfDone, type PageRequest, problemOf, refused } from './steps.ts';

type Answer = Response | Promise<Response>;

/** Pages that a person may open by their address. */
const showFirst =
  (page: typeof signUpPage) =>
  (oauth: OAuth, c: Context): Answer => {
    const request = authorizeRequestOf(oauth, c);
    const content = page(formContext(c, request), request.loginHint);
    return showPage(c, content, { target: request.redirectUri });
  };

export const showSignUp = showFirst(signUpPage);
export const showForgot = showFirst(forgotPage);

type AppInput = Readonly<Record<string, unknown>> & { readonly Username: string };

/** Calls an operation as the app of this request would, with its secret hash. */
function callAsApp({ oauth, request }: PageRequest, name: string, input: AppInput) {
  const { ClientId, ClientSecret: secret } = request.client;
  const signed = secret && { SecretHash: secretHash(secret, input.Username, ClientId) };
  return oauth.dispatch(name, { ...input, ...signed, ClientId });
}

export async function signUp(page: PageRequest): Promise<Response> {
  const { c, request, form } = page;
  const Username = form.get('username') ?? '';
  try {
    const Password = form.get('password') ?? '';
    const UserAttributes = fieldsOf(request.pool).required.map(({ name }) => ({
      Name: name,
      Value: form.get(name) ?? '',
    }));
    await callAsApp(page, 'SignUp', { Username, Password, UserAttributes });
  } catch (error) {
    const problem = problemOf(error);
    return refused(page, signUpPage(formContext(c, request, { problem }), Username));
  }
  const user = userOf(request, Username);
  if (user.UserStatus !== 'UNCONFIRMED') return afterNewPassword(page, user);
  const contact = confirmationContact(request.pool, user);
  // Without a code, an administrator confirms the account.
  const notice =
    contact === undefined
      ? 'Your account waits for its confirmation.'
      : `We sent a code to ${attributeOf(user, contact)}.`;
  const content = confirmPage(
    formContext(c, request, { notice }),
    halfDone(page, user, 'LOGIN_CONFIRM'),
  );
  return showPage(c, content, { target: request.redirectUri });
}

/** Confirms the account of the person who has just shown its password, and signs in. */
export const confirmUser = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'LOGIN_CONFIRM',
    show: confirmPage,
    check: async ({ Username }) => {
      const ConfirmationCode = page.form.get('code') ?? '';
      await callAsApp(page, 'ConfirmSignUp', { Username, ConfirmationCode });
      return afterNewPassword(page, userOf(page.request, Username));
    },
  });

/** The link of a mail. It needs no sign-in, and leads to no app. */
export async function confirmByLink({ service, dispatch }: OAuth, c: Context): Promise<Response> {
  const {
    client_id: ClientId = '',
    user_name: Username = '',
    confirmation_code: code,
  } = c.req.query();
  try {
    const secret = clientOf(service.poolOfClient(ClientId), ClientId).ClientSecret;
    const signed = secret && { SecretHash: secretHash(secret, Username, ClientId) };
    const answer = { Username, ConfirmationCode: code ?? '', ...signed };
    await dispatch('ConfirmSignUp', { ...answer, ClientId });
  } catch (error) {
    return showPage(c, errorPage(problemOf(error)), { status: 400 });
  }
  return showPage(c, messagePage('Your account is confirmed', 'You can sign in now.'));
}

export async function forgotPassword(page: PageRequest): Promise<Response> {
  const { c, request, form } = page;
  const Username = form.get('username') ?? '';
  try {
    await callAsApp(page, 'ForgotPassword', { Username });
  } catch (error) {
    const problem = problemOf(error);
    return refused(page, forgotPage(formContext(c, request, { problem }), Username));
  }
  const notice = 'If there is an account with this address, we sent a code to it.';
  const content = resetPage(formContext(c, request, { notice }), Username);
  return showPage(c, content, { target: request.redirectUri });
}

export async function confirmForgotPassword(page: PageRequest): Promise<Response> {
  const { c, request, form } = page;
  const Username = form.get('username') ?? '';
  try {
    const answer = {
      ConfirmationCode: form.get('code') ?? '',
      Password: form.get('password') ?? '',
    };
    await callAsApp(page, 'ConfirmForgotPassword', { Username, ...answer });
  } catch (error) {
    const problem = problemOf(error);
    return refused(page, resetPage(formContext(c, request, { problem }), Username));
  }
  const notice = 'Your password is changed. Sign in with it.';
  const content = loginPage(formContext(c, request, { notice }), Username);
  return showPage(c, content, { target: request.redirectUri });
}

function userOf({ pool }: AuthorizeRequest, name: string) {
  const user = pool.users.find(name);
  if (user === undefined) throw new Error('The user was deleted meanwhile.');
  return user;
}
