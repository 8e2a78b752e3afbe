/** Turns an answer of the Management API, or a missing one, into a KitError. */
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';
import { SupabaseManagementAPIError } from 'supabase-management-js';

const TOKENS = 'https://supabase.com/dashboard/account/tokens';

/** Names of fetch for a request that got no answer. */
const NO_ANSWER = /^(TypeError|AbortError|TimeoutError)$/;

/** The message in the answer's body, without the name of the library's method. */
function reasonOf({ data, status }: SupabaseManagementAPIError): string {
  const message =
    typeof data === 'object' && data !== null && 'message' in data ? data.message : undefined;
  return printable(typeof message === 'string' ? message : `HTTP ${status}`);
}

function refusal(error: SupabaseManagementAPIError, ref: string, what: string): KitError {
  const reason = reasonOf(error);
  if (error.status === 401)
    return new KitError(
      'ACCESS_TOKEN_REFUSED',
      `Supabase does not accept SUPABASE_ACCESS_TOKEN (${reason})`,
      `make a token at ${TOKENS}, and set SUPABASE_ACCESS_TOKEN`,
    );
  if (error.status === 403)
    return new KitError(
      'ACCESS_TOKEN_REFUSED',
      `the access token may not ${what} of project ${ref} (${reason})`,
      'use a token of an owner or administrator of the organisation',
    );
  if (error.status === 404)
    return new KitError(
      'PROJECT_NOT_FOUND',
      `there is no project ${ref}, or the access token does not see it (${reason})`,
      'check --project: it is the 20 letters in the address of the dashboard',
    );
  if (error.status === 429)
    return new KitError(
      'RATE_LIMITED',
      `Supabase takes no more requests for now, and it could not ${what} of project ${ref}`,
      'wait a minute and run it again; what is done stays done',
    );
  if (error.status >= 500)
    return new KitError(
      'SUPABASE_UNREACHABLE',
      `Supabase failed to ${what} of project ${ref} (${reason})`,
      'see https://status.supabase.com, and run it again; what is done stays done',
    );
  return new KitError(
    'SUPABASE_REFUSED',
    `Supabase refused to ${what} of project ${ref} (${reason})`,
    'the message has the reason; run it again afterwards, and what is done stays done',
  );
}

/** Why fetch failed: its own message says only `fetch failed`. */
function networkReason(error: Error): string {
  const { cause } = error;
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (!(cause instanceof Error)) return printable(error.message);
  return (cause as NodeJS.ErrnoException).code ?? printable(cause.message);
}

/**
 * @param ref of the project.
 * @param what was asked for, as in `change the settings of Supabase Auth`.
 */
export function apiError(error: unknown, ref: string, what: string): unknown {
  if (error instanceof SupabaseManagementAPIError) return refusal(error, ref, what);
  if (error instanceof Error && NO_ANSWER.test(error.name))
    return new KitError(
      'SUPABASE_UNREACHABLE',
      `the Management API of Supabase does not answer (${networkReason(error)})`,
      'check the network and the proxy, and run it again; what is done stays done',
    );
  // The parser's message shows a part of the answer.
  if (error instanceof SyntaxError)
    return new KitError(
      'SUPABASE_UNREACHABLE',
      `Supabase gave an answer that is no JSON, when asked to ${what} of project ${ref}`,
      'run it again; what is done stays done. If it stays so, check the proxy',
    );
  return error;
}
