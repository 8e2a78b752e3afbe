/** The OAuth 2.0 endpoints and managed login, on the paths that AWS has on a pool's domain. */
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { BodyTooLargeError } from '../../http-guard.ts';
import {
  confirmByLink,
  confirmForgotPassword,
  confirmUser,
  forgotPassword,
  showForgot,
  showSignUp,
  signUp,
} from './account-pages.ts';
import { authorize, logout } from './authorize.ts';
import { RedirectError, UnknownAppError } from './authorize-request.ts';
import { callingClient, OAuthError } from './client-auth.ts';
import { type OAuth, readForm, showPage } from './context.ts';
import { comeBack, comeBackBySaml } from './federation.ts';
import { makeMemory } from './memory.ts';
import { errorPage } from './pages/forms.ts';
import { FORM_PATHS, type FormPath, SAML_PATH } from './paths.ts';
import { chooseMfa, mfa, setUpMfa } from './second-factor-pages.ts';
import { changePassword, login, showLogin } from './sign-in-pages.ts';
import { onForm, type PageRequest } from './steps.ts';
import { grantTokens } from './token.ts';
import { userInfo } from './user-info.ts';

/** What answers the form of a page. */
const FORMS: Readonly<Record<FormPath, (page: PageRequest) => Response | Promise<Response>>> = {
  '/login': login,
  '/changePassword': changePassword,
  '/mfa': mfa,
  '/selectMfa': chooseMfa,
  '/setUpMfa': setUpMfa,
  '/signup': signUp,
  '/confirmUser': confirmUser,
  '/forgotPassword': forgotPassword,
  '/confirmForgotPassword': confirmForgotPassword,
};

/** The listener for node:http's server. */
export function makeOAuthListener(oauth: Omit<OAuth, 'memory'>) {
  const app = makeApp({ ...oauth, memory: makeMemory() });
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}

function makeApp(oauth: OAuth): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    c.header('cross-origin-resource-policy', 'same-origin');
  });
  app.get('/oauth2/authorize', (c) => authorize(oauth, c));
  app.get('/oauth2/idpresponse', (c) => comeBack(oauth, c));
  app.post(SAML_PATH, (c) => comeBackBySaml(oauth, c));
  app.get('/logout', (c) => logout(oauth, c));
  app.get('/login', (c) => showLogin(oauth, c));
  app.get('/confirmUser', (c) => confirmByLink(oauth, c));
  app.get('/signup', (c) => showSignUp(oauth, c));
  app.get('/forgotPassword', (c) => showForgot(oauth, c));
  for (const path of FORM_PATHS) app.post(path, onForm(oauth, FORMS[path]));
  app.post('/oauth2/token', async (c) => {
    const form = await readForm(c);
    const caller = callingClient(oauth.service, form, c.req.header('authorization'));
    return c.json(await grantTokens({ ...oauth, ...caller, form }));
  });
  app.post('/oauth2/revoke', (c) => revoke(oauth, c));
  app.on(['GET', 'POST'], '/oauth2/userInfo', (c) => userInfo(oauth, c));
  app.notFound((c) => c.json({ message: 'Not found.' }, 404));
  app.onError((error, c) => answerError(oauth, error, c));
  return app;
}

async function revoke({ service }: OAuth, c: Context): Promise<Response> {
  const form = await readForm(c);
  const { pool, client } = callingClient(service, form, c.req.header('authorization'));
  const token = form.get('token');
  if (!token) throw new OAuthError('invalid_request', 'token is missing');
  if (client.EnableTokenRevocation === false)
    throw new OAuthError('invalid_request', 'Token revocation is not enabled');
  if (token.split('.').length === 3) throw new OAuthError('unsupported_token_type');
  pool.sessions.revoke(token, client.ClientId);
  return c.body(null, 200);
}

/** Refusals. What is none of them is a fault of the emulator. */
function answerError({ warn }: OAuth, error: Error, c: Context): Response | Promise<Response> {
  if (error instanceof RedirectError) return c.redirect(error.location);
  if (error instanceof UnknownAppError)
    return showPage(c, errorPage(error.message), { status: 400 });
  if (error instanceof BodyTooLargeError) {
    c.header('connection', 'close');
    return c.json({ error: 'invalid_request', error_description: error.message }, 413);
  }
  if (!(error instanceof OAuthError)) {
    // Where it happened, and not what was in the request.
    warn(`cognito: ${error.stack ?? error.name}`);
    return c.json({ error: 'server_error' }, 500);
  }
  const reason = error.message === '' ? {} : { error_description: error.message };
  return c.json({ error: error.code, ...reason }, 400);
}
