/** The old project's Supabase Auth: whether a password is right. */

export interface OldProject {
  /** `https://REF.supabase.co`, without a path. */
  readonly url: string;
  readonly publishableKey: string;
  /** Milliseconds. @default - 2500, because Cognito waits 5 s for the whole trigger */
  readonly timeout?: number;
}

/** An account of Supabase Auth, as far as Cognito gets it. */
export interface OldAccount {
  /** UUID. */
  readonly id: string;
  readonly email: string | undefined;
  readonly phone: string | undefined;
  readonly isEmailVerified: boolean;
  readonly isPhoneVerified: boolean;
}

/** Resolves to the account, or to undefined for a wrong password or an unknown name. */
export type CheckPassword = (name: string, password: string) => Promise<OldAccount | undefined>;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

type Fields = Readonly<Record<string, unknown>>;

function accountOf(body: unknown): OldAccount {
  const { user } = (body ?? {}) as Fields;
  const { id, email, phone, email_confirmed_at, phone_confirmed_at } = (user ?? {}) as Fields;
  if (typeof id !== 'string' || !UUID.test(id)) throw new Error('Supabase Auth sent no account');
  const digits = textOf(phone)?.replace(/^\+/, '');
  return {
    id,
    email: textOf(email),
    phone: digits && `+${digits}`,
    isEmailVerified: textOf(email_confirmed_at) !== undefined,
    isPhoneVerified: textOf(phone_confirmed_at) !== undefined,
  };
}

/** Ends the session that the check has made in the old project, as well as possible. */
async function signOut({ url, publishableKey }: OldProject, body: unknown): Promise<void> {
  const token = textOf((body as Fields | null)?.access_token);
  if (token === undefined) return;
  await fetch(`${url}/auth/v1/logout?scope=local`, {
    method: 'POST',
    headers: { apikey: publishableKey, authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(500),
  })
    .then((response) => response.body?.cancel())
    .catch(() => undefined);
}

/**
 * Source: Supabase Auth's API, `POST /token?grant_type=password`. 400 is for a wrong password and an unknown name.
 *
 * @throws Error if the old project does not answer, or has had too many attempts. No error contains the password.
 */
export const passwordChecker =
  (old: OldProject): CheckPassword =>
  async (name, password) => {
    const response = await fetch(`${old.url}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      headers: { apikey: old.publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify(
        name.startsWith('+') ? { phone: name, password } : { email: name, password },
      ),
      // A redirect would send the password to another host.
      redirect: 'error',
      signal: AbortSignal.timeout(old.timeout ?? 2500),
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.status === 400) return undefined;
    if (!response.ok) throw new Error(`Supabase Auth answered with ${response.status}`);
    const account = accountOf(body);
    await signOut(old, body);
    return account;
  };
