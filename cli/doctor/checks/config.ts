/** supabase/config.toml. */
import { parse, type TomlTable } from 'smol-toml';
import { cognitoIssuer } from '../../token/issuer.ts';
import { type Context, CouldNotSee, check, type Found } from '../check.ts';
import {
  enabledProviders,
  exposedIn,
  PRIVATE_SCHEMAS,
  resolved,
  table,
  verifiesJwt,
} from '../config-toml.ts';

function thirdParty(config: TomlTable, { env, issuer }: Context): Found[] {
  const providers = table(table(config.auth).third_party);
  const enabled = enabledProviders(config);
  if (enabled.length > 1) return [{ id: 'config-several-providers', detail: enabled.join(', ') }];
  // The emulator of the kit is registered as this one: it takes any issuer.
  if (enabled[0] === 'workos') {
    const url = resolved(table(providers.workos).issuer_url, env);
    return issuer === undefined || url === undefined || url === issuer
      ? []
      : [{ id: 'config-other-pool', detail: url }];
  }
  if (enabled[0] !== 'aws_cognito') return [{ id: 'config-third-party-missing' }];
  const settings = table(providers.aws_cognito);
  const pool = resolved(settings.user_pool_id, env);
  const region = resolved(settings.user_pool_region, env);
  if (issuer === undefined) return [];
  const own = cognitoIssuer(issuer);
  const isOther =
    (pool !== undefined && pool !== (own?.poolId ?? issuer.split('/').at(-1))) ||
    (region !== undefined && own !== undefined && region !== own.region);
  return isOther ? [{ id: 'config-other-pool', detail: `${pool ?? ''} in ${region ?? ''}` }] : [];
}

function functionsOf(config: TomlTable, names: readonly string[]): Found[] {
  return names
    .filter((name) => verifiesJwt(config, name))
    .map((name) => ({
      ...{ id: 'config-verify-jwt' as const, place: `supabase/functions/${name}` },
      fix: `[functions.${name}]\nverify_jwt = false`,
    }));
}

function accountsOf(config: TomlTable): Found[] {
  const auth = table(config.auth);
  const found: Found[] = [];
  // Both defaults are the CLI's.
  if (auth.enable_signup !== false && auth.enabled !== false)
    found.push({ id: 'config-sign-ups-open' });
  if (auth.enable_anonymous_sign_ins === true) found.push({ id: 'config-anonymous-sign-ins' });
  return found;
}

function exposed(config: TomlTable): Found[] {
  return (exposedIn(config) ?? [])
    .filter((name) => PRIVATE_SCHEMAS.has(name))
    .map((detail) => ({ id: 'config-exposes-schema', detail }));
}

export const config = check('config.toml', ['project'], async (context): Promise<Found[]> => {
  const { project } = context;
  if (project.config === undefined) throw new CouldNotSee('there is no supabase/config.toml');
  let parsed: TomlTable;
  try {
    parsed = parse(project.config);
  } catch (error) {
    const [detail = ''] = (error as Error).message.split('\n');
    return [{ id: 'config-unreadable', place: 'supabase/config.toml', detail }];
  }
  return [
    ...thirdParty(parsed, context),
    ...exposed(parsed),
    ...accountsOf(parsed),
    ...functionsOf(parsed, project.functions),
  ].map((found) => ({ place: 'supabase/config.toml', ...found }));
});
