/** `/login` and what may follow it: a new password, a second factor. */
import type { Context } from 'hono';
import { withPassword } from '../core/accounts.ts';
import { checkMayEnter, needsSecondFactor } from '../core/entry.ts';
import { awsError, CognitoError } from '../core/errors.ts';
import { provenUser } from '../core/password-check.ts';
import { isTotpCode } from '../core/totp.ts';
import type { UserRecord } from '../store/records.ts';
import { finishSignIn } from './authorize.ts';
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
import type { HalfDone } from './memory.ts';
import { changePasswordPage, confirmPage, forgotPage, loginPage, mfaPage } from './pages/forms.ts';

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
    const content = confirmPage({ ...context, notice }, halfDone(page, user, 'confirm'));
    return showPage(c, content, { target });
  }
  if (user.UserStatus === 'RESET_REQUIRED') {
    const notice = 'Your password must be reset.';
    return showPage(c, forgotPage({ ...context, notice }, page.form.get('username')), { target });
  }
  checkMayEnter(user);
  if (user.UserStatus === 'FORCE_CHANGE_PASSWORD') {
    const session = halfDone(page, user, 'changePassword');
    return showPage(c, changePasswordPage(context, session), { target });
  }
  return afterNewPassword(page, user);
}

/** The second factor, or the end of the sign-in. */
export function afterNewPassword(page: PageRequest, user: UserRecord): Answer {
  const { oauth, c, request } = page;
  checkMayEnter(user);
  if (!needsSecondFactor(user)) return finishSignIn(oauth, c, request, user);
  const content = mfaPage(formContext(c, request), halfDone(page, user, 'mfa'));
  return showPage(c, content, { target: request.redirectUri });
}

export const changePassword = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'changePassword',
    show: changePasswordPage,
    check: (user) => {
      const { store } = page.request.pool;
      const changed = withPassword(store, user, page.form.get('password') ?? '');
      const confirmed = { ...changed, UserStatus: 'CONFIRMED' as const };
      store.users.save(confirmed);
      return afterNewPassword(page, confirmed);
    },
  });

export const mfa = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'mfa',
    show: mfaPage,
    check: (user) => {
      const secret = user.softwareToken?.secret;
      if (secret === undefined || !isTotpCode(secret, page.form.get('code') ?? ''))
        throw awsError('CodeMismatchException', 'Invalid code received for user');
      checkMayEnter(user);
      return finishSignIn(page.oauth, page.c, page.request, user);
    },
  });

/** Notes that the password was right, and what is asked next. */
export function halfDone(
  { oauth, request }: PageRequest,
  { Username }: UserRecord,
  step: HalfDone['step'],
): string {
  const { pool, client } = request;
  return oauth.memory.halfDone.add({
    ...{ poolId: pool.id, clientId: client.ClientId, username: Username, step, failures: 0 },
  });
}

const MOST_FAILURES = 5;

interface Step {
  readonly step: HalfDone['step'];
  readonly show: (
    context: ReturnType<typeof formContext>,
    session: string,
  ) => ReturnType<typeof loginPage>;
  /** Throws a CognitoError if the answer is wrong. The person may try again. */
  readonly check: (user: UserRecord) => Answer | Promise<Answer>;
}

/** Answers a step after the password. A session of another step, pool or client is refused. */
export async function answerStep(
  page: PageRequest,
  { step, show, check }: Step,
): Promise<Response> {
  const { oauth, c, request, form } = page;
  const session = form.get('session') ?? '';
  const found = oauth.memory.halfDone.get(session);
  const user = found && request.pool.users.find(found.username);
  const isOfRequest =
    found?.step === step &&
    found.poolId === request.pool.id &&
    found.clientId === request.client.ClientId;
  if (user === undefined || !isOfRequest) {
    const problem = 'Your sign-in has expired. Sign in again.';
    return refused(page, loginPage(formContext(c, request, { problem })));
  }
  try {
    const answer = await check(user);
    oauth.memory.halfDone.delete(session);
    return answer;
  } catch (error) {
    const problem = problemOf(error);
    const failures = found.failures + 1;
    // So that a code cannot be guessed.
    if (failures < MOST_FAILURES) oauth.memory.halfDone.replace(session, { ...found, failures });
    else oauth.memory.halfDone.delete(session);
    return refused(page, show(formContext(c, request, { problem }), session));
  }
}
