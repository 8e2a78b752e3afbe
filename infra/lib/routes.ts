/** Reads the table of routes in functions/. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import type { ApiRoute } from '@cognito-supabase/contract/settings';
import { FUNCTIONS_DIR, type FunctionsPlace, hasEntry, PREBUILT_DIR } from './bundle.ts';

/** By path, because production folders do not import each other. */
const require = createRequire(import.meta.url);

/** What a row may have besides. The schema of requests and answers is for the handlers. */
const OTHER_KEYS = new Set(['part', 'poolActions', 'schema', 'seconds', 'signedInWithin']);

/** Parts that a stage may have or not. */
export type ApiPart = NonNullable<ApiRoute['part']>;

interface Wishes {
  readonly auth: ApiRoute['auth'];
  readonly lists: readonly (readonly string[] | undefined)[];
  readonly unknown: readonly string[];
}

function problemOf({ auth, lists, unknown }: Wishes): string | undefined {
  if (unknown.length > 0) return `has ${unknown.join(', ')}, which no route has`;
  const given = lists.filter((list) => list !== undefined);
  if (auth !== 'token' && given.length > 0) return 'asks for no token, and wants scopes or groups';
  if (given.some((list) => list.length === 0)) return 'has an empty list of scopes or groups';
  return given.flat().some((name) => !/^[^\s,]+$/.test(name))
    ? 'has a scope or group with a space or a comma in it'
    : undefined;
}

/** The published package has them as data. */
function loadRoutes({ functionsDir }: FunctionsPlace): readonly ApiRoute[] {
  const prebuilt = join(PREBUILT_DIR, 'routes.json');
  if (functionsDir === undefined && existsSync(prebuilt))
    return JSON.parse(readFileSync(prebuilt, 'utf8')) as readonly ApiRoute[];
  const { routes } = require(join(functionsDir ?? FUNCTIONS_DIR, 'api/routes.ts')) as {
    routes: readonly ApiRoute[];
  };
  return routes;
}

/**
 * The checked routes of functions/api/routes.ts. Each route needs its entry file, and a method and path
 * may occur only once.
 *
 * @param parts - that the stage has, besides the routes that every stage has
 * @throws KitError
 */
export function readRoutes(
  place: FunctionsPlace = {},
  parts: readonly ApiPart[] = [],
): readonly ApiRoute[] {
  const routes = loadRoutes(place);
  const seen = new Set<string>();
  for (const { method, path, auth, entry, scopes, groups, ...others } of routes) {
    const unknown = Object.keys(others).filter((key) => !OTHER_KEYS.has(key));
    const route = `${method} ${path}`;
    const problem = seen.has(route)
      ? 'is there twice'
      : !hasEntry(entry, place)
        ? `has no entry ${entry}`
        : // Said by name, so that a route is open because somebody wrote so.
          !['none', 'signature', 'token'].includes(auth)
          ? 'says neither auth: none, auth: signature nor auth: token'
          : // A misspelled restriction must not leave the route open.
            problemOf({ auth, lists: [scopes, groups], unknown });
    if (problem) {
      throw new KitError('SETTING_INVALID', `${route}: ${problem}`, 'See functions/api/routes.ts.');
    }
    seen.add(route);
  }
  return routes.filter(({ part }) => part === undefined || parts.includes(part));
}
