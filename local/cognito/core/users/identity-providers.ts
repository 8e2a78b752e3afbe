/**
 * Identity providers of a pool: their settings, as AWS checks them.
 *
 * Source: Cognito API reference, CreateIdentityProvider.
 */
import type { PoolStore } from '../../store/pool-store.ts';
import type { ClientRecord, IdentityProviderRecord } from '../../store/records.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { schemaOf } from './attributes.ts';

/** The pool itself, among the providers of an app client. */
export const COGNITO = 'COGNITO';

/** Social providers. Their name is their type. */
const SOCIAL_ISSUERS = new Map([
  ['Google', 'https://accounts.google.com'],
  ['SignInWithApple', 'https://appleid.apple.com'],
  ['Facebook', undefined],
  ['LoginWithAmazon', undefined],
]);

export const isSocial = (type: string): boolean => SOCIAL_ISSUERS.has(type);

/** Issuer of a provider that speaks OpenID Connect. Undefined if the provider does not. */
export const issuerOf = ({
  ProviderType: type,
  ProviderDetails: details,
}: IdentityProviderRecord): string | undefined =>
  type === 'OIDC' ? details.oidc_issuer : SOCIAL_ISSUERS.get(type);

/** @throws CognitoError `ResourceNotFoundException` */
export function providerOf({ identityProviders }: PoolStore, name: string): IdentityProviderRecord {
  const provider = identityProviders.get(name);
  if (provider === undefined) throw notFound(`Identity provider ${name} does not exist.`);
  return provider;
}

/** Names of the providers that an app client may use. */
export const providersOf = ({ SupportedIdentityProviders }: ClientRecord): readonly string[] =>
  SupportedIdentityProviders ?? [COGNITO];

/** @throws CognitoError `InvalidParameterException` */
export function checkProvider(store: PoolStore, provider: IdentityProviderRecord): void {
  const { ProviderName: name, ProviderType: type, AttributeMapping: mapping = {} } = provider;
  if (isSocial(type) ? name !== type : !/^[^_\p{Z}\p{C}][^_\p{Z}\p{C}]{2,31}$/u.test(name))
    throw invalidParameter(
      isSocial(type)
        ? `The provider name must be ${type}.`
        : 'ProviderName must be 3 to 32 letters, digits and signs, without spaces and _.',
    );
  if (name === COGNITO || name.toLowerCase() === 'cognito' || (isSocial(name) && type !== name))
    throw invalidParameter(`The provider name ${name} is reserved.`);
  checkDetails(provider);
  for (const attribute of Object.keys(mapping)) {
    if (attribute === 'username') continue;
    const schema = schemaOf(store, attribute);
    if (schema === undefined || schema.Mutable === false || attribute === 'identities')
      throw invalidParameter(`Attribute ${attribute} cannot be mapped.`);
  }
}

function checkDetails({ ProviderType: type, ProviderDetails: details }: IdentityProviderRecord) {
  const missing = requiredDetails(type).find((name) => !details[name]);
  if (missing !== undefined) throw invalidParameter(`ProviderDetails needs ${missing}.`);
  if (type === 'SAML' && !details.MetadataFile && !details.MetadataURL)
    throw invalidParameter('ProviderDetails needs MetadataFile or MetadataURL.');
  const { oidc_issuer: issuer } = details;
  if (issuer !== undefined && !isProviderUrl(issuer))
    throw invalidParameter(`oidc_issuer must be an https URL, or http on this machine: ${issuer}`);
}

function requiredDetails(type: string): readonly string[] {
  if (type === 'SAML') return [];
  if (type === 'OIDC')
    return ['client_id', 'attributes_request_method', 'oidc_issuer', 'authorize_scopes'];
  if (type === 'SignInWithApple') return ['client_id', 'team_id', 'key_id', 'authorize_scopes'];
  if (isSocial(type)) return ['client_id', 'client_secret', 'authorize_scopes'];
  throw invalidParameter(`Unknown ProviderType ${type}.`);
}

/** HTTPS, or HTTP on this machine, which AWS does not allow. */
export function isProviderUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return true;
  return url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}
