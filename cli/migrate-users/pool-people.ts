/** Which users of a pool go to Supabase Auth, and why the others do not. */
import type { PoolUser } from '../directory/pool.ts';
import { type Going, isUuid, Left, type LeftPerson, PROFILE, type Sorted } from './person.ts';

const isOfProvider = ({ status }: PoolUser): boolean => status === 'EXTERNAL_PROVIDER';

function reasonToStay({ sub, status }: PoolUser): Left | undefined {
  if (!isUuid(sub)) return new Left('its sub is no UUID', 'make the person by hand');
  if (status === 'UNCONFIRMED')
    return new Left(
      'has never confirmed the address',
      'the person confirms it and run again, or signs up there',
    );
  return undefined;
}

/** @throws Left */
function toGoing(user: PoolUser): Going {
  const reason = reasonToStay(user);
  if (reason !== undefined) throw reason;
  const attributes = new Map(Object.entries(user.attributes));
  const verified = (name: string): string | undefined =>
    attributes.get(`${name}_verified`) === 'true' ? attributes.get(name) : undefined;
  const email = verified('email')?.toLowerCase();
  const phone = verified('phone_number');
  if (email === undefined && phone === undefined)
    throw new Left(
      attributes.has('email') || attributes.has('phone_number')
        ? 'no verified address'
        : 'no address: a machine, or a person without one',
      'set email and email_verified in the pool, and run again',
    );
  return {
    ...{ id: user.sub, email, phone },
    profile: new Map(
      PROFILE.flatMap((name) => {
        const value = attributes.get(name);
        return value ? [[name, value] as const] : [];
      }),
    ),
    isDisabled: user.enabled === false,
    meets: meets(user, email),
  };
}

function meets(user: PoolUser, email: string | undefined): string {
  if (user.enabled === false) return 'a ban, because the pool has disabled the person';
  if (isOfProvider(user)) return 'the same provider, if Supabase Auth has it';
  return email === undefined ? 'a code by SMS' : 'a new password, by "forgot password"';
}

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
      const person = toGoing(user);
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
