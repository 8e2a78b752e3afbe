/** How a pool is divided: by the first characters of `sub`, which Cognito makes as UUIDs. */

const HEX = [...'0123456789abcdef'];

/** Users a page; the most that ListUsers gives. */
export const PAGE_SIZE = 60;

/** From here on a pool is read by two characters: 65 pages a part, and more. */
const MANY_USERS = 1_000_000;

/** Up to here it is read as one: 16 parts would cost more requests than it has pages. */
const FEW_USERS = 16 * PAGE_SIZE;

/**
 * Every sub that begins with a hex digit begins with exactly one of them; the empty prefix is every
 * user.
 *
 * @param users how many there are, about.
 */
export function choosePrefixes(users: number): readonly string[] {
  if (users <= FEW_USERS) return [''];
  if (users < MANY_USERS) return HEX;
  return HEX.flatMap((first) => HEX.map((second) => first + second));
}

/** Requests that reading `users` takes: each part ends with a page that is not full. */
export function estimateRequests(users: number, prefixes: readonly string[]): number {
  return prefixes.length * Math.max(1, Math.ceil(users / prefixes.length / PAGE_SIZE));
}

/** The Filter of ListUsers for a prefix. */
export const filterOf = (prefix: string): string | undefined =>
  prefix === '' ? undefined : `sub ^= "${prefix}"`;
