/** Which users of a pool go to Supabase Auth, and why the others do not. */
import type { PoolUser } from '../directory/pool.ts';
import { factors, type Meets, NEW_PASSWORD } from './meets.ts';
import {
  type Going,
  isUuid,
  Left,
  type LeftPerson,
  lowerAscii,
  PROFILE,
  type Sorted,
} from './person.ts';

/** A user, as the list or the answer about one user shows it. */
export interface PoolPerson {
  readonly sub: string;
  readonly username: string;
  readonly status: string | null;
  readonly enabled: boolean | null;
  /** The list has none. */
  readonly hasFactors: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

const isOfProvider = ({ status }: Pick<PoolPerson, 'status'>): boolean =>
  status === 'EXTERNAL_PROVIDER';

function reasonToStay({ sub, status }: PoolPerson): Left | undefined {
  if (!isUuid(sub)) return new Left('its sub is no UUID', 'make the person by hand');
  if (status === 'UNCONFIRMED')
    return new Left(
      'has never confirmed the address',
      'the person confirms it and run again, or signs up there',
    );
  return undefined;
}

/** Providers by which the user signs in: `identities` is JSON of Cognito. */
function providersOf({ attributes, username }: PoolPerson): readonly string[] {
  try {
    const identities: unknown = JSON.parse(attributes.get('identities') ?? '');
    if (Array.isArray(identities))
      return identities.flatMap((one) =>
        typeof one?.providerName === 'string' ? [one.providerName] : [],
      );
  } catch {
    // The username begins with the provider.
  }
  return [username.split('_')[0] || 'a provider'];
}

function meetsOf(user: PoolPerson, email: string | undefined): Meets {
  if (user.enabled === false)
    return { first: 'is disabled in the pool, so banned in Supabase Auth', more: [] };
  const byProvider = (name: string): string => `signs in by ${name}, if Supabase Auth has it`;
  if (isOfProvider(user)) {
    const [first = 'a provider', ...others] = providersOf(user);
    return { first: byProvider(first), more: others.map(byProvider) };
  }
  return {
    first:
      email === undefined ? 'has a phone number only: signs in with a code by SMS' : NEW_PASSWORD,
    more: [
      ...(user.attributes.has('identities') ? providersOf(user).map(byProvider) : []),
      ...factors(user.hasFactors),
    ],
  };
}

/** @throws Left */
export function goingOf(user: PoolPerson): Going {
  const reason = reasonToStay(user);
  if (reason !== undefined) throw reason;
  const { attributes } = user;
  const verified = (name: string): string | undefined =>
    attributes.get(`${name}_verified`) === 'true' ? attributes.get(name) : undefined;
  const address = verified('email');
  const email = address === undefined ? undefined : lowerAscii(address);
  const phone = verified('phone_number');
  if (email === undefined && phone === undefined)
    throw new Left(
      attributes.has('email') || attributes.has('phone_number')
        ? 'no verified address'
        : 'no address: a machine, or a person without one',
      'set email and email_verified in the pool, and run again',
    );
  return {
    ...{ id: user.sub, foundBy: user.username, email, phone },
    profile: new Map(
      PROFILE.flatMap((name) => {
        const value = attributes.get(name);
        return value ? [[name, value] as const] : [];
      }),
    ),
    isDisabled: user.enabled === false,
    meets: meetsOf(user, email),
  };
}

const ofList = ({ sub, username, status, enabled, attributes }: PoolUser): PoolPerson => ({
  ...{ sub, username, status, enabled, hasFactors: false },
  attributes: new Map(Object.entries(attributes)),
});

/** A local user has proved the address to the pool itself, so it goes before a user of a provider. */
const inOrder = (users: Iterable<PoolUser>): readonly PoolUser[] =>
  [...users].sort((a, b) => Number(isOfProvider(a)) - Number(isOfProvider(b)));

/** Supabase Auth takes each address once. A pool can have it twice, with users of providers. */
export function sortPoolPeople(users: Iterable<PoolUser>): Sorted {
  const going: Going[] = [];
  const left: LeftPerson[] = [];
  const owners = new Map<string, string>();
  for (const user of inOrder(users)) {
    try {
      const person = goingOf(ofList(user));
      const addresses = [person.email, person.phone].filter((one) => one !== undefined);
      const owner = addresses.map((one) => owners.get(one)).find((one) => one !== undefined);
      if (owner !== undefined)
        throw new Left(`${owner} of the pool has the same address`, 'link or delete one of them');
      for (const address of addresses) owners.set(address, person.id);
      going.push(person);
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      const address = user.email ?? user.attributes.phone_number ?? '';
      left.push({ id: user.sub, address, left: error });
    }
  }
  return { going, left };
}
