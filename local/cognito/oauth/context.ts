/** What the handlers of the OAuth endpoints have, and how they read requests. */
import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import { readBody } from '../../http-guard.ts';
import type { Dispatch } from '../api/dispatch.ts';
import type { Service } from '../core/pool/service.ts';
import { providersOf } from '../core/users/identity-providers.ts';
import { type AuthorizeRequest, readAuthorizeRequest } from './authorize-request.ts';
import { type Form, OAuthError } from './client-auth.ts';
import type { Memory } from './memory.ts';
import type { FormContext } from './pages/forms.ts';
import { type Html, pageHeaders } from './pages/layout.ts';
import { fieldsOf } from './pages/pool-fields.ts';

/** Assertions of SAML are larger than what people type. In bytes. */
const LARGEST_FORM = 256 * 1024;

export interface OAuth {
  readonly service: Service;
  readonly memory: Memory;
  /** The pages use the same operations as an app. */
  readonly dispatch: Dispatch;
  /** Takes lines about failures. */
  readonly warn: (line: string) => void;
}

const FORM = 'application/x-www-form-urlencoded';

/**
 * The fields of a form, each once.
 *
 * @throws OAuthError `invalid_request`
 * @throws BodyTooLargeError
 */
export async function readForm(c: Context): Promise<Form> {
  if (c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() !== FORM)
    throw new OAuthError('invalid_request', `Content-Type must be ${FORM}`);
  const { incoming } = c.env as HttpBindings;
  const body = await readBody(incoming, LARGEST_FORM);
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const form = new Map(fields);
  if (form.size < fields.length) throw new OAuthError('invalid_request', 'A field is given twice');
  return form;
}

export const authorizeRequestOf = (oauth: OAuth, c: Context): AuthorizeRequest =>
  readAuthorizeRequest(oauth.service, new URL(c.req.url).searchParams);

/** The request that another page has carried on. */
export const authorizeRequestOfQuery = (oauth: OAuth, query: string): AuthorizeRequest =>
  readAuthorizeRequest(oauth.service, new URLSearchParams(query));

/** The name that Cognito gives the cookie and the field. */
const CSRF_COOKIE = 'XSRF-TOKEN';

const cookieOptions = { path: '/', httpOnly: true, sameSite: 'Lax' } as const;

/** What a form of this request needs. Sets the cookie that its answer must match. */
export function formContext(
  c: Context,
  { query, client, pool }: Pick<AuthorizeRequest, 'query' | 'client' | 'pool'>,
  text: Pick<FormContext, 'problem' | 'notice'> = {},
): FormContext {
  const csrf = getCookie(c, CSRF_COOKIE) ?? randomBytes(24).toString('base64url');
  setCookie(c, CSRF_COOKIE, csrf, cookieOptions);
  const providers = providersOf(client);
  return { query, csrf, providers, ...fieldsOf(pool), ...text };
}

/** @throws OAuthError if the form is not one that this browser was given. */
export function checkCsrf(c: Context, form: Form): void {
  const cookie = getCookie(c, CSRF_COOKIE);
  if (!cookie || form.get('_csrf') !== cookie)
    throw new OAuthError('invalid_request', 'The form has expired. Go back and load it again.');
}

export const showPage = (
  c: Context,
  page: Html,
  { target, status = 200 }: { readonly target?: string; readonly status?: 200 | 400 } = {},
): Response | Promise<Response> => c.html(page, status, pageHeaders(target));

const cookie = (name: string, maxAge: number) => ({
  get: (c: Context): string | undefined => getCookie(c, name),
  set: (c: Context, value: string, options: CookieOptions = {}): void =>
    setCookie(c, name, value, { ...cookieOptions, maxAge, ...options }),
  clear: (c: Context): void => setCookie(c, name, '', { ...cookieOptions, maxAge: 0 }),
});

/** Of a browser's session, named as on AWS. */
export const browserCookie = cookie('cognito', 3600);

/** Of a browser that was sent to another identity provider. */
export const federationCookie = cookie('cognito-federation', 600);
