/** Requests of the pages of managed login, and the steps that follow a right password. */
import type { Context } from 'hono';
import { CognitoError } from '../core/errors.ts';
import type { Challenge, ManagedLoginStep } from '../core/sign-in/challenges.ts';
import { COGNITO, providersOf } from '../core/users/identity-providers.ts';
import type { UserRecord } from '../store/records.ts';
import { type AuthorizeRequest, UnknownAppError } from './authorize-request.ts';
import type { Form } from './client-auth.ts';
import {
  authorizeRequestOf,
  checkCsrf,
  formContext,
  type OAuth,
  readForm,
  showPage,
} from './context.ts';
import { loginPage } from './pages/forms.ts';

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
    if (!providersOf(request.client).includes(COGNITO))
      throw new UnknownAppError('The app does not sign people in with a password.');
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
