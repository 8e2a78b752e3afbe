/**
 * The URL of a database, so that every command connects to it in the same way: encrypted, and to nobody else. Passwords
 * and rows of people go over this connection.
 *
 * Supabase signs the certificates of hosted databases with roots of its own. The roots are in this package, because the
 * Supabase CLI has them, too.
 */
import { fileURLToPath } from 'node:url';
import { KitError } from '@cognito-supabase/contract/errors';

const SUPABASE_ROOTS = fileURLToPath(new URL('./supabase-roots.crt', import.meta.url));

const HOSTED = /\.supabase\.com?$/;
const THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\]|)$/;

/** Modes of `sslmode` that skip the check. They are used only if the URL names them. */
const SKIPPED = new Set(['disable', 'no-verify']);

/** Whether the URL is of a database that Supabase hosts. */
export const isHosted = (url: string): boolean => HOSTED.test(new URL(url).hostname);

/**
 * Adds what checks the server's certificate: `sslmode=verify-full`, and Supabase's roots for a hosted database. A
 * database on this machine has no certificate.
 *
 * @param url of Postgres. `sslrootcert` in it is kept; so is `sslmode`, if it is `disable` or `no-verify`.
 * @throws KitError SETTING_INVALID
 */
export function secureUrl(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    // Without the text, which may have the password.
    throw new KitError(
      'SETTING_INVALID',
      'the URL of the database is not one of Postgres',
      'postgresql://postgres@HOST:5432/postgres; the password is percent-encoded in it, or in PGPASSWORD',
    );
  const target = new URL(url);
  const { searchParams, hostname } = target;
  if (THIS_MACHINE.test(hostname) && !searchParams.has('sslmode')) return url;
  if (SKIPPED.has(searchParams.get('sslmode') ?? '')) return url;
  searchParams.set('sslmode', 'verify-full');
  if (HOSTED.test(hostname) && !searchParams.has('sslrootcert'))
    searchParams.set('sslrootcert', SUPABASE_ROOTS);
  return target.href;
}

/** The same URL for the Supabase CLI, which has no word for TLS without a check but `require`. */
export const forSupabaseCli = (url: string): string =>
  url.replace(/([?&]sslmode=)no-verify(?=&|$)/, '$1require');

const CERTIFICATE = /CERT|VERIFY_LEAF|UNABLE_TO_GET_ISSUER/;
const NO_TLS = /does not support SSL/;

/**
 * What to do after a connection was refused for its certificate, or undefined.
 *
 * @param error of pg
 */
export function certificateHint(error: Error): string | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (NO_TLS.test(error.message))
    return 'the database has no TLS: if nobody can read the network between, add ?sslmode=disable to its URL';
  if (!CERTIFICATE.test(code)) return undefined;
  return 'somebody else may answer at this address. Add ?sslrootcert=FILE with the certificate of the dashboard (Database, SSL Configuration); ?sslmode=no-verify skips the check';
}
