/** The golden events, and the trigger as a test wants it. */

import { readdirSync, readFileSync } from 'node:fs';
import { preToken } from '../../../../functions/pre-token/core.ts';
import { type PreTokenEnv, readSettings } from '../../../../functions/pre-token/settings.ts';

const FOLDER = new URL('events/', import.meta.url);

/** An event with a loose type, because the tests break it on purpose. */
// biome-ignore lint/suspicious/noExplicitAny: any shape
export type AnyEvent = any;

/** Names of the golden events: one for each version and trigger source that Cognito has. */
export const GOLDEN = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''))
  .sort();

/** A golden event, new with every call. */
export const golden = (name: string): AnyEvent =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));

/** Runs the trigger with an environment, and returns its result and its warnings. */
export async function run(event: unknown, env: PreTokenEnv = {}) {
  const atStart: string[] = [];
  const warnings: string[] = [];
  const settings = readSettings(env, (warning) => atStart.push(warning));
  const handler = preToken(settings, (warning) => warnings.push(warning));
  const result: AnyEvent = await handler(event as never);
  return { result, response: result?.response, warnings, atStart };
}

/** Freezes a value all the way down, so that changing it anywhere throws. Typed arrays cannot be. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value)))
    frozen(inner);
  return Object.freeze(value);
}

/** The overrides of one token, in the event's version; undefined if there are none. */
export const overridesOf = ({ version, response }: AnyEvent, token: 'id' | 'access'): AnyEvent =>
  version !== '1'
    ? response.claimsAndScopeOverrideDetails?.[`${token}TokenGeneration`]
    : token === 'id'
      ? response.claimsOverrideDetails
      : undefined;

/** The claims that an event adds to one token; undefined if it adds none. */
export const claimsOf = (event: AnyEvent, token: 'id' | 'access'): AnyEvent =>
  overridesOf(event, token)?.claimsToAddOrOverride;
