/** Settings of the edge functions. `supabase secrets set` sets those that the platform does not. */
import { Refusal } from './answers.ts';

export type Environment = (name: string) => string | undefined;

/** @throws Refusal 500 */
export function need(env: Environment, name: string): string {
  const value = env(name);
  if (!value) throw new Refusal(500, 'NOT_CONFIGURED', `${name} is not set.`);
  return value;
}

/**
 * A key of the project. The platform gives keys by their names, `{"default": "sb_…"}`, and the older ones alone.
 *
 * Source: Supabase, "Environment Variables" of Edge Functions.
 */
export function projectKey(env: Environment, names: string, legacy: string): string {
  const keys = JSON.parse(env(names) ?? '{}') as Readonly<Record<string, string>>;
  return keys.default ?? Object.values(keys)[0] ?? need(env, legacy);
}
