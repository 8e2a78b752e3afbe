/** supabase/config.toml. */
import { parse, stringify, type TomlTable } from 'smol-toml';
import { cognitoIssuer } from '../../token/issuer.ts';
import { type Context, CouldNotSee, check, type Found } from '../check.ts';
import { enabledProviders, exposedIn, resolved, table, verifiesJwt } from '../config-toml.ts';
import { privateSchemas } from '../kit-schemas.ts';
import { knowsPool } from './registration.ts';

/** Comes before each command and setting that takes the check of the platform away. */
export const ONLY_IF_VERIFIED = '# only if the function verifies the token of its caller itself:';

/** Only `supabase start` reads it: a hosted project that knows the pool works without. */
async function missing(context: Context): Promise<Found> {
  const found = { id: 'config-third-party-missing' } as const;
  if (!(await knowsPool(context))) return found;
  return { ...found, severity: 'note', detail: 'the hosted project knows the pool' };
}

async function thirdParty(config: TomlTable, context: Context): Promise<Found[]> {
  const { env, issuer } = context;
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
  if (enabled[0] !== 'aws_cognito') return [await missing(context)];
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

/** A function that does not verify a token itself has the check of the platform only, which then has to stay on. */
function functionsOf(config: TomlTable, names: readonly string[]): Found[] {
  return names
    .filter((name) => verifiesJwt(config, name))
    .map((name) => ({
      ...{ id: 'config-verify-jwt' as const, place: `supabase/functions/${name}` },
      fix: `${ONLY_IF_VERIFIED}\n${stringify({ functions: { [name]: { verify_jwt: false } } }).trim()}`,
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

async function exposed(config: TomlTable, context: Context): Promise<Found[]> {
  const isPrivate = await privateSchemas(context);
  return (exposedIn(config) ?? [])
    .filter((name) => isPrivate.has(name))
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
    ...(await thirdParty(parsed, context)),
    ...(await exposed(parsed, context)),
    ...accountsOf(parsed),
    ...functionsOf(parsed, project.verifiers),
  ].map((found) => ({ place: 'supabase/config.toml', ...found }));
});
