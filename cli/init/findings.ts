/** What of a project clashes with the kit, and what of it works with Cognito, found by reading its SQL. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { Module } from '@cognito-supabase/local/modules';
import type { Project, SqlFile } from './project.ts';
import { inPlace, matchesIn, type Place } from './sql-text.ts';

export interface Finding {
  /** `works`: nothing to do. `change`: it does not work with people of Cognito. */
  readonly kind: 'change' | 'works';
  readonly text: string;
  readonly places: readonly Place[];
}

const CREATE =
  /\bcreate\s+(?:or\s+replace\s+)?(?:unlogged\s+|materialized\s+|recursive\s+)*(table|view|function|procedure|schema)\s+(?:if\s+not\s+exists\s+)?([\w."]+)/gi;

/** `"public"."App"` → `public.App`; without a schema it is public. */
function fullName(kind: string, written: string): string {
  const name = written.replaceAll('"', '');
  return kind === 'schema' || name.includes('.') ? name : `public.${name}`;
}

/** Names of what modules make, without arguments. */
function namesOf(modules: readonly Module[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name, makes } of modules)
    for (const kind of ['function', 'table', 'view', 'schema'])
      for (const made of makes[kind] ?? []) names.set(made.replace(/\(.*/s, ''), name);
  return names;
}

/** Copies of the kit's own migrations are no clash. */
const isOwn = ({ name }: SqlFile): boolean => /\d{14}_cognito_supabase_/.test(name);

/**
 * Refuses where an object of the same name is there.
 *
 * @throws KitError `NAME_TAKEN`
 */
export function checkNames({ sql }: Project, modules: readonly Module[]): void {
  const taken = namesOf(modules);
  for (const file of sql) {
    if (isOwn(file)) continue;
    for (const { match, place } of matchesIn(file.name, file.text, CREATE)) {
      const name = fullName((match[1] ?? '').toLowerCase(), match[2] ?? '');
      const module = taken.get(name);
      if (module !== undefined)
        throw new KitError(
          'NAME_TAKEN',
          `${inPlace(place)} makes ${name}, and so does module ${module}`,
          'rename yours, or leave the module out: --with',
        );
    }
  }
}

interface Rule {
  readonly kind: Finding['kind'];
  readonly pattern: RegExp;
  readonly text: string;
}

const RULES: readonly Rule[] = [
  {
    kind: 'change',
    pattern: /\breferences\s+"?auth"?\."?users"?/gi,
    text: 'a foreign key to auth.users refuses people of Cognito, who are not in it: refer to public.app_users (module profiles), or drop the constraint',
  },
  {
    kind: 'change',
    pattern: /\bcreate\s+(?:or\s+replace\s+)?trigger\b[^;]*?\bon\s+"?auth"?\."?users"?/gi,
    text: 'a trigger on auth.users never runs for people of Cognito: use the post-confirmation trigger, or ensure_profile()',
  },
  {
    kind: 'change',
    pattern: /\b(?:from|join)\s+"?auth"?\."?users"?/gi,
    text: 'auth.users has no people of Cognito: read cognito.directory (module directory) or public.app_users (module profiles)',
  },
  {
    kind: 'works',
    pattern: /\bauth\.uid\s*\(\s*\)/gi,
    text: 'auth.uid() is the claim sub of people of the pool, a UUID; for users of identity providers and machines it is a UUID made of it',
  },
  {
    kind: 'works',
    pattern: /\bauth\.jwt\s*\(\s*\)/gi,
    text: 'auth.jwt() has the claims of the Cognito token',
  },
];

/** A policy often calls a function twice in a line. */
const inOneLineOnce = (places: readonly Place[]): readonly Place[] => [
  ...new Map(places.map((place) => [inPlace(place), place])).values(),
];

/** What people of Cognito will meet. */
export const findingsOf = ({ sql }: Project): readonly Finding[] =>
  RULES.flatMap(({ kind, pattern, text }) => {
    const places = sql
      .filter((file) => !isOwn(file))
      .flatMap((file) =>
        Array.from(matchesIn(file.name, file.text, pattern), ({ place }) => place),
      );
    return places.length === 0 ? [] : [{ kind, text, places: inOneLineOnce(places) }];
  });
