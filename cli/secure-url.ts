/**
 * The URL of a database, so that every command connects to it in the same way: encrypted, and to nobody else. Passwords
 * and rows of people go over this connection.
 *
 * Supabase signs the certificates of hosted databases with roots of its own. The roots are in this package, because the
 * Supabase CLI has them, too.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';

const SUPABASE_ROOTS = fileURLToPath(new URL('./supabase-roots.crt', import.meta.url));

const HOSTED = /\.supabase\.com?$/;
/** A project's own host, such as `db.REF.supabase.co`. The host of a pooler has no reference. */
const OF_PROJECT = /(?:^|\.)([a-z]{20})\.supabase\.com?$/;
const THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\])$/;
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/;

/** Modes of `sslmode` that skip the check. They are used only if the URL names them. */
const SKIPPED = new Set(['disable', 'no-verify']);

/** Parameters with the path of a file, which pg reads at once. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;

/** Parameters that are passed on. */
const TAKEN = [
  'sslmode',
  ...FILES,
  ...['application_name', 'options', 'client_encoding', 'connect_timeout'],
  ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'],
];
/** Parameters of other tools in URLs that dashboards show. pg ignores them, and the Supabase CLI fails for them. */
const IGNORED = ['pgbouncer', 'connection_limit', 'supa'];
/** pg prefers these to the same part of the URL, so the checked server would not be the one that is used. */
const INSTEAD = ['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'database'];

/** Never with the text of the URL, which may have the password in any place. */
const invalid = (message: string, hint: string): KitError =>
  new KitError('SETTING_INVALID', message, hint);

const FORM =
  'postgresql://postgres@HOST:5432/postgres; the password is percent-encoded in it (% is %25), or in PGPASSWORD';

/** In lower case and without percent signs, because pg connects to such a host. */
function hostOf({ hostname }: URL): string {
  try {
    return decodeURIComponent(hostname).toLowerCase().replace(/\.$/, '');
  } catch {
    return hostname;
  }
}

/** @returns undefined if pg and this file could read different things in it */
function parsed(text: string): URL | undefined {
  if (!URL.canParse(text) || /%(?![0-9a-f]{2})/i.test(text)) return undefined;
  const url = new URL(text);
  // A fragment is the rest of a password with a bare `#`.
  if (!/^postgres(ql)?:$/.test(url.protocol) || url.hash !== '') return undefined;
  try {
    for (const part of [url.hostname, url.username, url.password, url.pathname])
      decodeURIComponent(part);
  } catch {
    return undefined;
  }
  return url;
}

/** The folder of a Unix socket is the only host that may be a parameter. */
const isSocket = ({ searchParams, hostname }: URL): boolean =>
  hostname === '' && searchParams.get('host')?.startsWith('/') === true;

function checkParameters(url: URL): void {
  const names = [...url.searchParams.keys()];
  const taken = new Set([...TAKEN, ...IGNORED, ...(isSocket(url) ? ['host'] : [])]);
  const other = names.find((name) => !taken.has(name));
  if (other !== undefined && INSTEAD.includes(other))
    throw invalid(
      `the URL of the database has ${other} as a parameter`,
      `write server, user and password before the path: ${FORM}`,
    );
  if (other !== undefined)
    throw invalid('the URL of the database has an unknown parameter', `known: ${TAKEN.join(', ')}`);
  if (new Set(names).size < names.length)
    throw invalid('the URL of the database has a parameter twice', 'leave one of them out');
}

/** pg reads the files when it is made, and the Supabase CLI changes its folder before. */
function resolveFiles({ searchParams }: URL): void {
  for (const name of FILES) {
    const written = searchParams.get(name);
    if (written === null) continue;
    const file = path.resolve(written);
    try {
      if (written !== '') readFileSync(file);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const hint = `${name} in the URL of the database names a file with a certificate or a key`;
      throw invalid(`${printable(file)} cannot be read (${code})`, hint);
    }
    if (written === '') searchParams.delete(name);
    else searchParams.set(name, file);
  }
}

/**
 * Reads the URL in the one way that pg and the Supabase CLI read it, too.
 *
 * @throws KitError SETTING_INVALID for another text, and for a parameter that names another server or has a secret
 */
export function databaseUrl(text: string): URL {
  const url = parsed(text);
  if (url === undefined) throw invalid('the URL of the database is not one of Postgres', FORM);
  checkParameters(url);
  const host = hostOf(url);
  // Without a host, pg takes the one of PGHOST.
  if (!HOST.test(host) && !host.startsWith('/') && !isSocket(url))
    throw invalid('the URL of the database does not name one server', FORM);
  if (HOST.test(host)) url.hostname = host;
  for (const name of IGNORED) url.searchParams.delete(name);
  return url;
}

/** Whether the URL is of a database that Supabase hosts. */
export const isHosted = (url: string): boolean => HOSTED.test(hostOf(new URL(url)));

/** The reference of the project whose database it is: in the host, or in the user of a pooler. */
export const projectOf = (url: URL): string | undefined =>
  OF_PROJECT.exec(hostOf(url))?.[1] ?? decodeURIComponent(url.username).split('.').at(1);

/**
 * Adds what checks the server's certificate: `sslmode=verify-full`, and Supabase's roots for a hosted database. A
 * database on this machine has no certificate.
 *
 * @param url of Postgres. `sslrootcert` in it is kept; so is `sslmode`, if it is `disable` or `no-verify`.
 * @throws KitError SETTING_INVALID, also for a file in the URL that cannot be read
 */
export function secureUrl(url: string): string {
  const target = databaseUrl(url);
  const { searchParams } = target;
  const host = hostOf(target);
  resolveFiles(target);
  const mode = searchParams.get('sslmode') ?? '';
  const isHere = isSocket(target) || host.startsWith('/') || THIS_MACHINE.test(host);
  if ((isHere && mode === '') || SKIPPED.has(mode)) return target.href;
  searchParams.set('sslmode', 'verify-full');
  if (HOSTED.test(host) && !searchParams.has('sslrootcert'))
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
