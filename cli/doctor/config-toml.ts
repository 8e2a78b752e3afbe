/** What checks read of supabase/config.toml. */
import { parse, type TomlTable } from 'smol-toml';
import type { Context } from './check.ts';

/** A section; without one, an empty table. */
export const table = (value: unknown): TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {};

/** The value of `env(NAME)`, or the text itself. Undefined if the variable is not set. */
export function resolved(value: unknown, env: Context['env']): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, name] = /^env\((\w+)\)$/.exec(value) ?? [];
  return name === undefined ? value : env[name] || undefined;
}

/** Undefined without the file, or if it is no TOML, which is a finding of its own. */
export function readable(text: string | undefined): TomlTable | undefined {
  try {
    return text === undefined ? undefined : parse(text);
  } catch {
    return undefined;
  }
}

/** Schemas of `[api]`. @returns undefined if the section does not name them */
export function exposedIn(config: TomlTable): readonly string[] | undefined {
  const { schemas } = table(config.api);
  return Array.isArray(schemas) ? schemas.map(String) : undefined;
}

/** `verify_jwt` of a function. The default is the CLI's. */
export const verifiesJwt = (config: TomlTable, name: string): boolean =>
  table(table(config.functions)[name]).verify_jwt !== false;

/** Names of the providers of `[auth.third_party]` that are enabled. */
export function enabledProviders(config: TomlTable): readonly string[] {
  const providers = table(table(config.auth).third_party);
  return Object.keys(providers).filter((name) => table(providers[name]).enabled === true);
}

/** The issuer of a user pool, in the form that Supabase builds. */
export function issuerOfPool(pool: string, region = pool.split('_')[0] ?? ''): string {
  const suffix = region.startsWith('cn-') ? '.cn' : '';
  return `https://cognito-idp.${region}.amazonaws.com${suffix}/${pool}`;
}

/** The issuer that config.toml registers, if it names one provider, and its variables are set. */
export function issuerIn(config: TomlTable, env: Context['env']): string | undefined {
  const [provider, ...more] = enabledProviders(config);
  if (provider === undefined || more.length > 0) return undefined;
  const settings = table(table(table(config.auth).third_party)[provider]);
  if (provider === 'workos') return resolved(settings.issuer_url, env);
  if (provider !== 'aws_cognito') return undefined;
  const pool = resolved(settings.user_pool_id, env);
  const region = resolved(settings.user_pool_region, env);
  return pool !== undefined && region !== undefined ? issuerOfPool(pool, region) : undefined;
}
