/** Which accounts of Supabase Auth go to Cognito, and why the others do not. */
import type { User } from '@supabase/supabase-js';
import { factors, type Meets, NEW_PASSWORD } from './meets.ts';
import { type Going, Left, type LeftPerson, lowerAscii, PROFILE, type Sorted } from './person.ts';

/** The longest value of a standard attribute in Cognito. */
const LONGEST = 2048;

/** Names that providers and forms use, for Cognito's own. */
const OTHER_NAMES = new Map([
  ['name', 'full_name'],
  ['picture', 'avatar_url'],
]);

function profileOf({ user_metadata: data }: User): ReadonlyMap<string, string> {
  const profile = new Map<string, string>();
  for (const name of PROFILE) {
    const value = data?.[name] ?? data?.[OTHER_NAMES.get(name) ?? name];
    if (typeof value === 'string' && value !== '' && value.length <= LONGEST)
      profile.set(name, value);
  }
  return profile;
}

const providersOf = ({ app_metadata: data }: User): readonly string[] => {
  const { provider, providers } = data ?? {};
  return [provider, ...(Array.isArray(providers) ? providers : [])].filter(
    (name): name is string => typeof name === 'string',
  );
};

/** Supabase Auth keeps numbers without the plus. */
const phoneOf = ({ phone }: User): string | undefined =>
  phone ? `+${phone.replace(/^\+/, '')}` : undefined;

function reasonToStay(user: User, now: number): Left | undefined {
  if (user.deleted_at) return new Left('deleted in Supabase Auth', 'nothing');
  // A time that cannot be read does not end a ban.
  if (user.banned_until && !(Date.parse(user.banned_until) <= now))
    return new Left('banned in Supabase Auth', 'lift the ban and run again, or leave it');
  if (user.is_anonymous)
    return new Left('anonymous: nobody can prove to be this person', 'nothing, or link an address');
  // An address of an SSO provider may be somebody else's.
  if (user.is_sso_user || providersOf(user).some((name) => name.startsWith('sso:')))
    return new Left(
      'of an SSO provider',
      'connect the provider with the pool; the person signs in there',
    );
  return undefined;
}

/** The list has no second factors. Supabase Auth shows them with the single account. */
function meetsOf(user: User, email: string | undefined): Meets {
  const providers = new Set(
    providersOf(user).filter((name) => name !== 'email' && name !== 'phone'),
  );
  return {
    first:
      email === undefined
        ? `has a phone number only: ${NEW_PASSWORD} and a code by SMS`
        : NEW_PASSWORD,
    more: [
      ...Array.from(providers, (name) => `signs in by ${name} only after it is linked in the pool`),
      ...factors((user.factors ?? []).some(({ status }) => status === 'verified')),
    ],
  };
}

/**
 * @param now in milliseconds, for bans that end.
 * @throws Left
 */
export function goingOf(user: User, now: number): Going {
  const reason = reasonToStay(user, now);
  if (reason !== undefined) throw reason;
  const email = user.email && user.email_confirmed_at ? lowerAscii(user.email) : undefined;
  const phone = user.phone_confirmed_at ? phoneOf(user) : undefined;
  if (email === undefined && phone === undefined)
    throw new Left('no verified address', 'the person verifies it, and then run again');
  return {
    ...{ id: user.id, foundBy: user.id, email, phone },
    profile: profileOf(user),
    isDisabled: false,
    changedAt: Date.parse(user.updated_at ?? '') || undefined,
    meets: meetsOf(user, email),
  };
}

/** @param now in milliseconds, for bans that end. */
export function sortOldPeople(users: Iterable<User>, now: number): Sorted {
  const going: Going[] = [];
  const left: LeftPerson[] = [];
  for (const user of users) {
    try {
      going.push(goingOf(user, now));
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      left.push({ id: user.id, address: user.email || (phoneOf(user) ?? ''), left: error });
    }
  }
  return { going, left };
}
