/** Reads the table of routes in functions/. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import { FUNCTIONS_DIR, type FunctionsPlace, hasEntry } from './bundle.ts';

/** By path, because production folders do not import each other. */
const require = createRequire(import.meta.url);

interface Wishes {
  readonly auth: ApiRoute['auth'];
  readonly lists: readonly (readonly string[] | undefined)[];
  readonly unknown: readonly string[];
}

function problemOf({ auth, lists, unknown }: Wishes): string | undefined {
  if (unknown.length > 0) return `has ${unknown.join(', ')}, which no route has`;
  const given = lists.filter((list) => list !== undefined);
  if (auth === 'none' && given.length > 0) return 'is open, and wants scopes or groups';
  if (given.some((list) => list.length === 0)) return 'has an empty list of scopes or groups';
  return given.flat().some((name) => !/^[^\s,]+$/.test(name))
    ? 'has a scope or group with a space or a comma in it'
    : undefined;
}

/**
 * The checked routes of functions/api/routes.ts. Each route needs its entry file, and a method and path
 * may occur only once.
 *
 * @throws KitError
 */
export function readRoutes(place: FunctionsPlace = {}): readonly ApiRoute[] {
  const { routes } = require(join(place.functionsDir ?? FUNCTIONS_DIR, 'api/routes.ts')) as {
    routes: readonly ApiRoute[];
  };
  const seen = new Set<string>();
  for (const { method, path, auth, entry, scopes, groups, ...unknown } of routes) {
    const route = `${method} ${path}`;
    const problem = seen.has(route)
      ? 'is there twice'
      : !hasEntry(entry, place)
        ? `has no entry ${entry}`
        : // Said by name, so that a route is open because somebody wrote so.
          auth !== 'none' && auth !== 'token'
          ? 'says neither auth: none nor auth: token'
          : // A misspelled restriction must not leave the route open.
            problemOf({ auth, lists: [scopes, groups], unknown: Object.keys(unknown) });
    if (problem) {
      throw new KitError('SETTING_INVALID', `${route}: ${problem}`, 'See functions/api/routes.ts.');
    }
    seen.add(route);
  }
  return routes;
}
