/** Divides a pool by the first characters of `sub`, because Cognito's subs are UUIDs. */

const HEX = [...'0123456789abcdef'];

/** Users on a page, the maximum of ListUsers. */
export const PAGE_SIZE = 60;

/** From this number of users on, parts have two characters. A part then has 65 pages or more. */
const MANY_USERS = 1_000_000;

/**
 * Up to this number of users, the pool is one part. 16 parts would take more requests than it has pages.
 */
const FEW_USERS = 16 * PAGE_SIZE;

/**
 * Every sub that begins with a hex digit has exactly one of these prefixes. The empty prefix matches
 * every user.
 *
 * @param users the estimated number of users.
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
