/** `/login` and the new password that may follow it. */
import type { Context } from 'hono';
import { withPassword } from '../core/accounts.ts';
import type { Challenge, ManagedLoginStep } from '../core/challenges.ts';
import { checkMayEnter } from '../core/entry.ts';
import { CognitoError } from '../core/errors.ts';
import { provenUser } from '../core/password-check.ts';
import type { UserRecord } from '../store/records.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import type { Form } from './client-auth.ts';
import {
  authorizeRequestOf,
  checkCsrf,
  formContext,
  type OAuth,
  readForm,
  showPage,
} from './context.ts';
import { changePasswordPage, confirmPage, forgotPage, loginPage } from './pages/forms.ts';
import { afterNewPassword } from './second-factor-pages.ts';

type Answer = Response | Promise<Response>;

/** A request of a page, read and checked. */
export interface PageRequest {
  readonly oauth: OAuth;
  readonly c: Context;
  readonly request: AuthorizeRequest;
  readonly form: Form;
}

/** Reads a form of managed login, and answers with `handle`. */
export const onForm =
  (oauth: OAuth, handle: (page: PageRequest) => Answer) =>
  async (c: Context): Promise<Response> => {
    const request = authorizeRequestOf(oauth, c);
    const form = await readForm(c);
    checkCsrf(c, form);
    return handle({ oauth, c, request, form });
  };

/** The text of a refusal. Anything but a refusal is thrown on. */
export function problemOf(error: unknown): string {
  if (error instanceof CognitoError) return error.message;
  throw error;
}

export const refused = (page: PageRequest, content: Parameters<typeof showPage>[1]): Answer =>
  showPage(page.c, content, { target: page.request.redirectUri, status: 400 });

export function showLogin(oauth: OAuth, c: Context): Answer {
  const request = authorizeRequestOf(oauth, c);
  const page = loginPage(formContext(c, request), request.loginHint);
  return showPage(c, page, { target: request.redirectUri });
}

export async function login(page: PageRequest): Promise<Response> {
  const { c, request, form } = page;
  const username = form.get('username') ?? '';
  try {
    return await afterPassword(
      page,
      await userWithPassword(request, username, form.get('password') ?? ''),
    );
  } catch (error) {
    const problem = problemOf(error);
    return refused(page, loginPage(formContext(c, request, { problem }), username));
  }
}

async function userWithPassword(
  { pool, client }: AuthorizeRequest,
  name: string,
  password: string,
): Promise<UserRecord> {
  const user = pool.users.find(name);
  if (user !== undefined)
    await pool.triggers.preAuthentication(user, { clientId: client.ClientId });
  return provenUser(pool, { name, user, password });
}

function afterPassword(page: PageRequest, user: UserRecord): Answer {
  const { c, request } = page;
  const target = request.redirectUri;
  const context = formContext(c, request);
  if (user.UserStatus === 'UNCONFIRMED') {
    const notice = 'Enter the code that you were sent when you signed up.';
    const content = confirmPage({ ...context, notice }, halfDone(page, user, 'LOGIN_CONFIRM'));
    return showPage(c, content, { target });
  }
  if (user.UserStatus === 'RESET_REQUIRED') {
    const notice = 'Your password must be reset.';
    return showPage(c, forgotPage({ ...context, notice }, page.form.get('username')), { target });
  }
  checkMayEnter(user);
  if (user.UserStatus === 'FORCE_CHANGE_PASSWORD') {
    const session = halfDone(page, user, 'LOGIN_CHANGE_PASSWORD');
    return showPage(c, changePasswordPage(context, session), { target });
  }
  return afterNewPassword(page, user);
}

export const changePassword = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'LOGIN_CHANGE_PASSWORD',
    show: changePasswordPage,
    check: (user) => {
      const { store } = page.request.pool;
      const changed = withPassword(store, user, page.form.get('password') ?? '');
      const confirmed = { ...changed, UserStatus: 'CONFIRMED' as const };
      store.users.save(confirmed);
      return afterNewPassword(page, confirmed);
    },
  });

/** Notes that the password was right, and what is asked next. */
export function halfDone(
  { request: { pool, client } }: PageRequest,
  { Username: username }: UserRecord,
  step: ManagedLoginStep,
  details: Partial<Challenge> = {},
): string {
  return pool.challenges.ask({ ...details, name: step, username, clientId: client.ClientId });
}

interface Step {
  readonly step: ManagedLoginStep;
  readonly show: (
    context: ReturnType<typeof formContext>,
    session: string,
    challenge: Challenge,
  ) => ReturnType<typeof loginPage>;
  /** Throws a CognitoError if the answer is wrong. The person may try again. */
  readonly check: (user: UserRecord, challenge: Challenge) => Answer | Promise<Answer>;
}

/** The open step and its user. Undefined if it has expired, or is of another step or client. */
function openStep({ request, form }: PageRequest, step: ManagedLoginStep) {
  const { pool, client } = request;
  try {
    const expected = { name: step, clientId: client.ClientId };
    const challenge = pool.challenges.recall(form.get('session') ?? '', expected);
    const user = pool.users.get(challenge.username);
    return user && { user, challenge };
  } catch (error) {
    if (error instanceof CognitoError) return undefined;
    throw error;
  }
}

/** Answers a step after the password. */
export async function answerStep(
  page: PageRequest,
  { step, show, check }: Step,
): Promise<Response> {
  const { c, request, form } = page;
  const { challenges } = request.pool;
  const session = form.get('session') ?? '';
  const open = openStep(page, step);
  if (open === undefined) {
    const problem = 'Your sign-in has expired. Sign in again.';
    return refused(page, loginPage(formContext(c, request, { problem })));
  }
  try {
    const answer = await check(open.user, open.challenge);
    challenges.close(session);
    return answer;
  } catch (error) {
    const problem = problemOf(error);
    challenges.fail(session);
    return refused(page, show(formContext(c, request, { problem }), session, open.challenge));
  }
}
