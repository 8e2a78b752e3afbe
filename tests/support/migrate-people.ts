/** People of a project of Supabase Auth and users of a pool, made from a seed, with what is to become of them. */
import type { User } from '@supabase/supabase-js';
import { makeRandom, uuid } from './fake-users.ts';

/** `goes`: a new user. `known`: the pool has the person. The others stay. */
export type Kind =
  | 'goes'
  | 'known'
  | 'squatted'
  | 'unverified'
  | 'banned'
  | 'deleted'
  | 'anonymous'
  | 'sso'
  | 'phone';

export interface OldPerson {
  readonly user: User;
  readonly kind: Kind;
}

/** Bounds of the shares of all people. The rest goes. */
const SHARES: readonly (readonly [number, Kind])[] = [
  [0.02, 'known'],
  [0.03, 'squatted'],
  [0.05, 'unverified'],
  [0.06, 'banned'],
  [0.07, 'deleted'],
  [0.08, 'anonymous'],
  [0.09, 'sso'],
  [0.1, 'phone'],
];

const BEGAN = Date.parse('2025-01-01');
const DAY = 86_400_000;

function makeUser(kind: Kind, at: number, random: () => number): User {
  const created_at = new Date(BEGAN + at * 60_000).toISOString();
  const hasAddress = kind !== 'anonymous' && kind !== 'phone';
  const provider = kind === 'sso' ? `sso:${uuid(random)}` : random() < 0.2 ? 'google' : 'email';
  return {
    id: uuid(random),
    aud: 'authenticated',
    email: hasAddress ? `person${at}@example.com` : '',
    phone: kind === 'phone' ? `49151${String(at).padStart(8, '0')}` : '',
    ...(hasAddress && kind !== 'unverified' && { email_confirmed_at: created_at }),
    ...(kind === 'phone' && { phone_confirmed_at: created_at }),
    ...(kind === 'banned' && { banned_until: new Date(Date.now() + DAY).toISOString() }),
    ...(kind === 'deleted' && { deleted_at: created_at }),
    ...(kind === 'anonymous' && { is_anonymous: true }),
    app_metadata: { provider, providers: [provider] },
    user_metadata: { full_name: `Person ${at}` },
    created_at,
  };
}

/** People who go and have a password, with addresses of a test's own. */
export function peopleOf(seed: number, ...emails: readonly string[]): readonly OldPerson[] {
  const random = makeRandom(seed);
  return emails.map((email, at) => {
    const app_metadata = { provider: 'email', providers: ['email'] };
    return { kind: 'goes', user: { ...makeUser('goes', at, random), email, app_metadata } };
  });
}

export function makeOldPeople(count: number, seed: number): readonly OldPerson[] {
  const random = makeRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    const draw = random();
    const kind = SHARES.find(([bound]) => draw < bound)?.[1] ?? 'goes';
    return { kind, user: makeUser(kind, at, random) };
  });
}
