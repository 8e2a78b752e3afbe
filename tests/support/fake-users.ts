/** The users of a fake pool, made from a seed: the same seed gives the same people. */

export interface FakeUser {
  username: string;
  sub: string;
  email: string;
  emailVerified: boolean;
  status: string;
  enabled: boolean;
  /** Seconds since the epoch, as AWS JSON has them. */
  createdAt: number;
  updatedAt: number;
  givenName: string;
}

/** Small, even and reproducible (mulberry32). Math.random takes no seed. */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hex = (random: () => number, digits: number): string =>
  Math.floor(random() * 16 ** digits)
    .toString(16)
    .padStart(digits, '0');

export const uuid = (random: () => number): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 6)}${hex(random, 6)}`;

const DOMAINS = ['example.com', 'example.org', 'mail.example.net', 'uni.example.edu'] as const;
const NAMES = ['Ada', 'Björn', 'Chloé', 'Đorđe', 'Eve "E"', 'Fatima', "O'Neil", '龍'] as const;
/** 2026-01-01, and the two years before it. */
const [UNTIL, SPAN] = [1_767_225_600, 63_072_000];

function statusOf(draw: number): string {
  if (draw < 0.85) return 'CONFIRMED';
  if (draw < 0.93) return 'UNCONFIRMED';
  if (draw < 0.97) return 'FORCE_CHANGE_PASSWORD';
  return draw < 0.99 ? 'EXTERNAL_PROVIDER' : 'RESET_REQUIRED';
}

/** @param first number of the first user, for the emails. */
export function makeUsers(count: number, seed: number, first = 0): FakeUser[] {
  const random = makeRandom(seed + first);
  return Array.from({ length: count }, (_, index) => {
    const sub = uuid(random);
    const status = statusOf(random());
    const createdAt = UNTIL - Math.floor(random() * SPAN);
    return {
      username: sub,
      sub,
      email: `user${first + index}@${DOMAINS[Math.floor(random() * DOMAINS.length)]}`,
      emailVerified: status !== 'UNCONFIRMED',
      status,
      enabled: random() < 0.98,
      createdAt,
      updatedAt: createdAt + Math.floor(random() * (UNTIL - createdAt)),
      givenName: NAMES[Math.floor(random() * NAMES.length)] ?? '',
    };
  });
}

/** A user in the form of AWS's `Users`. */
export const toListed = (user: FakeUser) => ({
  Username: user.username,
  Attributes: [
    { Name: 'email', Value: user.email },
    { Name: 'email_verified', Value: String(user.emailVerified) },
    { Name: 'given_name', Value: user.givenName },
    { Name: 'sub', Value: user.sub },
  ],
  UserCreateDate: user.createdAt,
  UserLastModifiedDate: user.updatedAt,
  Enabled: user.enabled,
  UserStatus: user.status,
});

const FIELDS: Readonly<Record<string, (user: FakeUser) => string>> = {
  username: (user) => user.username,
  sub: (user) => user.sub,
  email: (user) => user.email,
  given_name: (user) => user.givenName,
  'cognito:user_status': (user) => user.status,
  status: (user) => (user.enabled ? 'Enabled' : 'Disabled'),
};

/** Users that match a Filter of ListUsers; undefined if AWS would refuse the filter. */
export function filterUsers(users: FakeUser[], filter: string): readonly FakeUser[] | undefined {
  if (filter === '') return users;
  const parts = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter);
  const field = FIELDS[parts?.[1] ?? ''];
  if (!parts || !field) return undefined;
  const wanted = (parts[3] ?? '').replaceAll(/\\(.)/g, '$1');
  return parts[2] === '='
    ? users.filter((user) => field(user) === wanted)
    : users.filter((user) => field(user).startsWith(wanted));
}
