/** Checks settings against the schema, and reports the first unknown name or value. */
import { KitError } from '@cognito-supabase/contract/errors';
import type { z } from 'zod';
import { stageSettings } from './schema/stage.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `['clients', 'web', 'callbackUrls', 0]` → `clients.web.callbackUrls[0]` */
const keyOf = (path: Path): string =>
  path.reduce<string>(
    (key, part) =>
      typeof part === 'number' ? `${key}[${part}]` : key ? `${key}.${String(part)}` : String(part),
    '',
  );

/** A value for a message: a text or number itself, anything else by its kind. */
const shown = (value: unknown): string => {
  if (typeof value === 'string') return value.length > 40 ? 'this text' : `"${value}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
};

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part],
    root,
  );

/** Removes properties that are undefined. */
const withoutUndefined = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      item === undefined ? [] : [[name, withoutUndefined(item)]],
    ),
  );
};

/** Of several forms that a setting can have, the closest one. */
function closest(errors: readonly (readonly Issue[])[]): readonly Issue[] {
  const distance = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + ('keys' in issue ? issue.keys.length : 1), 0);
  return [...errors].sort((a, b) => distance(a) - distance(b))[0] ?? [];
}

/** Whether two names differ by a typing error. */
const similar = (name: string, known: readonly string[]): string | undefined =>
  known.find((one) => one.toLowerCase() === name.toLowerCase()) ??
  known.find((one) => one.startsWith(name.slice(0, 4)));

/** The keys that the schema has at a path. */
function knownAt(path: Path): readonly string[] {
  // biome-ignore lint/suspicious/noExplicitAny: the schema's internal types are not exported
  let at: any = stageSettings;
  const open = () => {
    while (at?.def?.innerType) at = at.def.innerType;
  };
  for (const part of path) {
    open();
    at = at?.def?.options
      ? at.def.options.map((one: { shape?: object }) => one.shape?.[part as never]).find(Boolean)
      : (at?.shape?.[part as never] ?? at?.def?.valueType ?? at?.def?.element);
  }
  open();
  const shapes = at?.def?.options ?? [at];
  return shapes.flatMap((one: { shape?: object }) => Object.keys(one?.shape ?? {}));
}

const invalid = (key: string, problem: string, hint: string) =>
  new KitError('SETTING_INVALID', `${key}: ${problem}`, hint);

function sayOf(issue: Issue, root: unknown, above: Path = []): KitError {
  const path = [...above, ...issue.path];
  const key = keyOf(path);
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownAt(path);
      const [name = ''] = issue.keys;
      const meant = similar(name, known);
      const hint = `${meant ? `Do you mean ${meant}? ` : ''}Allowed: ${known.join(', ') || 'nothing'}.`;
      return invalid(keyOf([...path, name]), 'is not a setting', hint);
    }
    case 'invalid_union': {
      const [first] = closest(issue.errors);
      if (first) return sayOf(first, root, path);
      return invalid(key, `${shown(value)} has none of the allowed forms`, 'See config/schema.');
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String).join(', ');
      if (value === undefined) break;
      return invalid(key, `${shown(value)} is not one of ${allowed}`, `One of ${allowed}.`);
    }
    case 'invalid_type':
      if (value === undefined) break;
      return invalid(
        key,
        `${shown(value)} is not of type ${issue.expected}`,
        `Write a value of type ${issue.expected}.`,
      );
    case 'invalid_format':
      return invalid(key, `${shown(value)} ${issue.message}`, 'See config/schema.');
    default:
      return invalid(key, issue.message, 'See config/schema.');
  }
  const hint = 'See config/schema.';
  return new KitError('SETTING_MISSING', `${key}: is missing`, hint);
}

/**
 * Refuses settings that the schema does not have. Otherwise a mistyped name or value would be ignored,
 * and the pool would be weaker than its settings say.
 *
 * @throws KitError `SETTING_INVALID` or `SETTING_MISSING`
 */
export function parseSettings(settings: unknown): void {
  const given = withoutUndefined(settings);
  const { error } = stageSettings.safeParse(given);
  const issues = error?.issues ?? [];
  // An unknown name explains a missing one, so it is reported first.
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (first) throw sayOf(first, given);
}
