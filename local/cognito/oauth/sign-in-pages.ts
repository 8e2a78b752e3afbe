/** `/login` and the new password that may follow it. */
import type { Context } from 'hono';
import { checkMayEnter } from '../core/sign-in/entry.ts';
import { provenUser } from '../core/sign-in/password-check.ts';
import { withChosenPassword } from '../core/users/accounts.ts';
import type { UserRecord } from '../store/records.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import { authorizeRequestOf, formContext, type OAuth, showPage } from './context.ts';
import { changePasswordPage, confirmPage, forgotPage, loginPage } from './pages/forms.ts';
import { afterNewPassword } from './second-factor-pages.ts';
import { answerStep, halfDone, type PageRequest, problemOf, refused } from './steps.ts';

type Answer = Response | Promise<Response>;

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
      const changed = withChosenPassword(store, user, page.form.get('password') ?? '');
      const confirmed = { ...changed, UserStatus: 'CONFIRMED' as const };
      store.users.save(confirmed);
      return afterNewPassword(page, confirmed);
    },
  });
