/** Pages of lists: a token names the place after the last item. */
import { invalidParameter } from '../core/errors.ts';
import type { Input } from './input.ts';

export const makeToken = (position: number): string =>
  Buffer.from(`page:${position}`).toString('base64url');

/** @throws CognitoError `InvalidParameterException` if the token is not one of ours. */
export function readToken(input: Input, name: string): number {
  const token = input.maybe(name);
  if (token === undefined) return 0;
  const [, position] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (position === undefined) throw invalidParameter(`Invalid ${name}.`);
  return Number(position);
}

interface PageNames {
  readonly limit: string;
  readonly most: number;
  /** @default `NextToken` */
  readonly token?: 'NextToken' | 'PaginationToken';
}

/** A page of a list whose order does not change between two calls. */
export function pageOf<T>(
  items: readonly T[],
  input: Input,
  { limit, most, token = 'NextToken' }: PageNames = { limit: 'Limit', most: 60 },
) {
  const start = readToken(input, token);
  const end = start + input.limit(limit, most);
  return {
    page: items.slice(start, end),
    next: end < items.length ? { [token]: makeToken(end) } : {},
  };
}
