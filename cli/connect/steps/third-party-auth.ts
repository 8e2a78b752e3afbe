/** Third-party auth: the platform accepts tokens of the pool's issuer. */
import type { ThirdPartyAuth } from '../../hosted/management-api.ts';
import type { Before } from '../record.ts';
import { change, done, type Finding, type Step } from '../step.ts';
import type { World } from '../world.ts';

type Provider = Before['thirdPartyAuth'][number];

/** A key or a URL of keys that is given by hand would not follow the pool's own. */
const isPlain = ({ jwks_url, custom_jwks }: Provider): boolean => !jwks_url && !custom_jwks;

const settingsOf = ({ oidc_issuer_url, jwks_url, custom_jwks }: Provider): Provider => ({
  ...(oidc_issuer_url && { oidc_issuer_url }),
  ...(jwks_url && { jwks_url }),
  ...(custom_jwks !== null && custom_jwks !== undefined && { custom_jwks }),
});

const isSame = (one: Provider, other: Provider): boolean =>
  JSON.stringify(settingsOf(one)) === JSON.stringify(settingsOf(other));

const nameOf = ({ oidc_issuer_url, jwks_url }: Provider): string =>
  oidc_issuer_url ?? jwks_url ?? 'a provider with keys given by hand';

const bodyOf = (provider: Provider) => {
  const { oidc_issuer_url, jwks_url, custom_jwks } = settingsOf(provider);
  return {
    ...(oidc_issuer_url && { oidc_issuer_url }),
    ...(jwks_url && { jwks_url }),
    ...(custom_jwks !== undefined && { custom_jwks }),
  };
};

export const readThirdPartyAuth = async ({ api }: World): Promise<Before['thirdPartyAuth']> =>
  (await api.thirdPartyAuth()).map(settingsOf);

const isOf =
  (issuers: readonly string[]) =>
  ({ oidc_issuer_url }: Provider): boolean =>
    issuers.includes(oidc_issuer_url ?? '');

async function inspect({ api, outputs, before }: World): Promise<Finding> {
  const { Issuer } = outputs;
  const all = await api.thirdPartyAuth();
  const own = all.filter(isOf([Issuer]));
  const theirs = before?.thirdPartyAuth.map(({ oidc_issuer_url }) => oidc_issuer_url) ?? [];
  // Of a pool that this stage had before.
  const isFormer = isOf(
    (before?.issuers ?? []).filter((one) => one !== Issuer && !theirs.includes(one)),
  );
  const former = all.filter(isFormer);
  const others = all.filter((one) => !own.includes(one) && !former.includes(one));
  const note = others.length === 0 ? '' : `; these stay: ${others.map(nameOf).join(', ')}`;
  const isRight = own.length === 1 && own.every(isPlain);
  if (isRight && former.length === 0) return done(`tokens of ${Issuer} are accepted${note}`);
  const verbs = [
    ...(isRight ? [] : [own.length === 0 ? 'accept' : 'delete, as it differs, and accept']),
  ];
  const says = [
    ...(former.length > 0 ? [`no longer accept tokens of ${former.map(nameOf).join(', ')}`] : []),
    ...(verbs.length > 0 ? [`${verbs.join('; ')} tokens of ${Issuer}`] : []),
  ];
  return change(`${says.join('; ')}${note}`, async () => {
    if (!isRight) {
      // One of the same issuer has to go first. Another pool's goes when this one is there: people stay signed in.
      for (const { id } of own) await api.removeThirdPartyAuth(id);
      await api.addThirdPartyAuth({ oidc_issuer_url: Issuer });
    }
    for (const { id } of former) await api.removeThirdPartyAuth(id);
  });
}

/** Pairs each provider with one of the same settings, and returns those that are left over. */
function leftOver(
  all: readonly ThirdPartyAuth[],
  wanted: readonly Provider[],
): { readonly extra: readonly ThirdPartyAuth[]; readonly missing: readonly Provider[] } {
  let extra = all;
  const missing: Provider[] = [];
  for (const one of wanted) {
    const found = extra.find((other) => isSame(one, other));
    if (found === undefined) missing.push(one);
    else extra = extra.filter((other) => other !== found);
  }
  return { extra, missing };
}

async function inspectUndo({ api }: World, before: Before): Promise<Finding> {
  const isOwn = isOf(before.issuers);
  const own = (await api.thirdPartyAuth()).filter(isOwn);
  // The database must not decide whose tokens the project accepts.
  const former = before.isFirstHand ? before.thirdPartyAuth.filter(isOwn) : [];
  const { extra, missing } = leftOver(own, former);
  if (extra.length === 0 && missing.length === 0) return done('as it was before');
  const says = missing.length === 0 ? 'no longer accept' : 'give back the former settings of';
  return change(`${says} ${before.issuers.join(', ')}`, async () => {
    for (const { id } of extra) await api.removeThirdPartyAuth(id);
    for (const one of missing) await api.addThirdPartyAuth(bodyOf(one));
  });
}

export const thirdPartyAuth: Step = { name: 'third-party auth', inspect, inspectUndo };
