/** The pool as third-party auth of a hosted project, and the keys that the project has of it. */
import { z } from 'zod';
import type { ThirdPartyKeys } from '../../hosted/management-api.ts';
import { cognitoIssuer, jwksUrl } from '../../token/issuer.ts';
import { type Context, CouldNotSee, check, type Found, type With } from '../check.ts';

const jwksSchema = z.object({
  keys: z.array(
    z.object({ kid: z.string().optional(), n: z.string().optional(), e: z.string().optional() }),
  ),
});

type Key = z.infer<typeof jwksSchema>['keys'][number];

/** Cognito has RSA keys only. */
const idOf = ({ kid = '', n = '', e = '' }: Key): string => `${kid} ${n} ${e}`;

/** A registration names the issuer, or its keys alone. */
const issuerOf = ({ oidc_issuer_url: issuer, jwks_url: keys }: ThirdPartyKeys) =>
  issuer || keys?.replace(/\/\.well-known\/jwks\.json$/, '') || undefined;

/** Whether there are keys in it that were given by hand. A form that is not known counts as keys. */
function hasKeys(jwks: unknown): boolean {
  if (jwks === undefined || jwks === null) return false;
  const { success, data } = jwksSchema.safeParse(jwks);
  return !success || data.keys.length > 0;
}

/** The source of a registration's keys, if it is not the issuer. */
function ownKeysOf(one: ThirdPartyKeys, issuer: string): string | undefined {
  if (hasKeys(one.custom_jwks)) return 'keys that were given by hand';
  const { jwks_url: url, oidc_issuer_url: named } = one;
  if (!url || url === jwksUrl(issuer)) return undefined;
  // Where another issuer has its keys is not known here. That it is registered is a finding.
  return named && named !== issuer ? undefined : url;
}

/** Whether the project has no key of the issuer, so that it refuses every token. */
async function isStale(
  { resolved_jwks: resolved }: ThirdPartyKeys,
  { issuer, fetchJwks }: With<'issuer'>,
): Promise<boolean> {
  // The project has not fetched them yet, or the API does not say.
  if (resolved === undefined || resolved === null) return false;
  const parsed = jwksSchema.safeParse(resolved);
  if (!parsed.success) throw new CouldNotSee('the keys of the registration have another form');
  const current = jwksSchema.safeParse(await fetchJwks(issuer).catch(() => undefined));
  if (!current.success) throw new CouldNotSee('the keys of the issuer cannot be read');
  const { keys } = current.data;
  const known = new Set(parsed.data.keys.map(idOf));
  return !keys.some((key) => known.has(idOf(key)));
}

/** Which issuers are registered. */
function issuersOf(all: readonly ThirdPartyKeys[], issuer: string): Found[] {
  const issuers = all.flatMap((one) => issuerOf(one) ?? []);
  const others = issuers.filter((one) => one !== issuer);
  if (issuers.length > 0 && others.length === issuers.length)
    return [{ id: 'third-party-other-issuer', detail: `${others.join(', ')}, and not ${issuer}` }];
  return others.length === 0 ? [] : [{ id: 'third-party-several', detail: others.join(', ') }];
}

/** Whether the hosted project has registered the pool: any pool, if the issuer is not known. */
export async function knowsPool({ hosted, issuer }: Context): Promise<boolean> {
  const all = (await hosted?.registrations().catch(() => [])) ?? [];
  return all.some((one) => {
    const registered = issuerOf(one);
    if (registered === undefined) return false;
    return issuer === undefined ? cognitoIssuer(registered) !== undefined : registered === issuer;
  });
}

export const registration = check(
  'third-party auth of the project',
  ['hosted', 'issuer'],
  async (context): Promise<readonly Found[]> => {
    const { hosted, issuer } = context;
    const all = await hosted.registrations();
    if (all.length === 0) return [{ id: 'third-party-missing', place: issuer }];
    const withKeys = all.flatMap((one): Found[] => {
      const detail = ownKeysOf(one, issuer);
      const place = one.oidc_issuer_url || one.id;
      return detail === undefined ? [] : [{ id: 'third-party-own-keys', place, detail }];
    });
    const plain = all.filter((one) => ownKeysOf(one, issuer) === undefined);
    const found = [...withKeys, ...issuersOf(plain, issuer)];
    for (const one of plain.filter((each) => issuerOf(each) === issuer)) {
      const stale = await isStale(one, context).catch((error: Error) => {
        throw new CouldNotSee(error.message, found);
      });
      const detail = one.resolved_at ? `it has them since ${one.resolved_at}` : undefined;
      if (stale)
        found.push({
          ...{ id: 'third-party-keys-stale', place: issuer },
          ...(detail !== undefined && { detail }),
        });
    }
    return found;
  },
);
