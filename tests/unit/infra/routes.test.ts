import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routes } from '../../../functions/api/routes.ts';
import { readRoutes } from '../../../infra/lib/routes.ts';

/** functions/ with a table of a test's own, and one entry. */
const read = (table: readonly object[]) => {
  const functionsDir = mkdtempSync(join(tmpdir(), 'routes-'));
  mkdirSync(join(functionsDir, 'api'));
  writeFileSync(
    join(functionsDir, 'api/routes.ts'),
    `export const routes = ${JSON.stringify(table)};`,
  );
  writeFileSync(join(functionsDir, 'api/a.ts'), '');
  return readRoutes({ functionsDir });
};

const route = { method: 'GET', path: '/a', auth: 'token', entry: 'api/a.ts' };

describe('the table of routes', () => {
  it('is the one of functions/', () => {
    expect(readRoutes({}, ['admin', 'webhook'])).toEqual(routes);
    const paths = readRoutes().map(({ path }) => path);
    expect(paths).toEqual(['/health', '/openapi.json', '/me', '/workspaces/{id}']);
  });

  it('may ask for scopes and groups', () => {
    const asking = { ...route, scopes: ['https://api.example.com/rows:read'], groups: ['admin'] };
    expect(read([asking])).toEqual([asking]);
  });

  it('may be another', () => {
    expect(read([route])).toEqual([route]);
  });

  it.each([
    [
      'an entry that is not there',
      [{ ...route, entry: 'api/b.ts' }],
      /GET \/a: has no entry api\/b/,
    ],
    ['a route twice', [route, route], /GET \/a: is there twice/],
    ['a key that no route has', [{ ...route, scope: ['a/b'] }], /GET \/a: has scope, which no/],
    [
      'groups of an open route',
      [{ ...route, auth: 'none', groups: ['admin'] }],
      /asks for no token, and wants/,
    ],
    ['no scope at all', [{ ...route, scopes: [] }], /empty list/],
    ['a group with a comma', [{ ...route, groups: ['a,b'] }], /comma/],
    ['a route that does not say whether it is open', [{ ...route, auth: undefined }], /auth/],
  ])('refuses %s', (_, table, message) => {
    expect(() => read(table)).toThrow(message);
  });
});
