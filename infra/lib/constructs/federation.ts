/** Sign-in by other providers, from settings. */
import { SecretValue } from 'aws-cdk-lib';
import { CfnUserPoolIdentityProvider, type IUserPool } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { AttributeMap, FederationSettings, OidcSettings } from '../../config/settings.ts';

export interface FederationProps {
  readonly pool: IUserPool;
  readonly federation: FederationSettings;
}

/**
 * CloudFormation resolves it at deployment, so the template contains only the secret's name. It resolves
 * it again if the template changes, such as with another version.
 */
const secret = (name: string, versionId?: string): string =>
  SecretValue.secretsManager(name, versionId === undefined ? {} : { versionId })
    .unsafeUnwrap()
    .toString();

/** The default mapping. `email_verified` keeps verified addresses verified. */
const MAPS = {
  google: {
    email: 'email',
    email_verified: 'email_verified',
    name: 'name',
    picture: 'picture',
    username: 'sub',
  },
  apple: { email: 'email', email_verified: 'email_verified', name: 'name', username: 'sub' },
  facebook: { email: 'email', name: 'name', username: 'id' },
  amazon: { email: 'email', name: 'name', username: 'user_id' },
  oidc: { email: 'email', email_verified: 'email_verified', name: 'name', username: 'sub' },
  saml: {
    email: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
    name: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
  },
} satisfies Record<string, AttributeMap>;

const oidcDetails = ({ issuer, clientId, secretName, secretVersion, scopes }: OidcSettings) => ({
  oidc_issuer: issuer,
  client_id: clientId,
  client_secret: secret(secretName, secretVersion),
  authorize_scopes: (scopes ?? ['openid', 'email', 'profile']).join(' '),
  attributes_request_method: 'GET',
});

/** Custom attributes that a provider fills, without `custom:`. Clients must be allowed to write them. */
export const federatedAttributes = (federation: FederationSettings = {}): readonly string[] => {
  const { google, apple, facebook, amazon, saml = {}, oidc = {} } = federation;
  const all = [google, apple, facebook, amazon, ...Object.values(saml), ...Object.values(oidc)];
  const names = all.flatMap((one) => Object.keys(one?.attributes ?? {}));
  return [...new Set(names.filter((name) => name.startsWith('custom:')))].map((n) => n.slice(7));
};

/**
 * Identity providers of a pool. Clients name them as text, so clients must depend on `this.providers`.
 *
 * @example new Federation(this, 'Federation', { pool, federation: { google: { clientId, secretName } }
 *   });
 */
export class Federation extends Construct {
  readonly providers: readonly CfnUserPoolIdentityProvider[];

  constructor(scope: Construct, id: string, { pool, federation }: FederationProps) {
    super(scope, id);
    const { google, apple, facebook, amazon, saml = {}, oidc = {} } = federation;
    const add = (
      providerName: string,
      providerType: string,
      providerDetails: Readonly<Record<string, string>>,
      attributeMapping: AttributeMap,
    ) =>
      new CfnUserPoolIdentityProvider(this, providerName, {
        userPoolId: pool.userPoolId,
        providerName,
        providerType,
        providerDetails,
        attributeMapping,
      });

    this.providers = [
      ...(google
        ? [
            add(
              'Google',
              'Google',
              {
                client_id: google.clientId,
                client_secret: secret(google.secretName, google.secretVersion),
                authorize_scopes: 'openid email profile',
              },
              { ...MAPS.google, ...google.attributes },
            ),
          ]
        : []),
      ...(apple
        ? [
            add(
              'SignInWithApple',
              'SignInWithApple',
              {
                client_id: apple.servicesId,
                team_id: apple.teamId,
                key_id: apple.keyId,
                private_key: secret(apple.privateKeySecretName, apple.privateKeySecretVersion),
                authorize_scopes: 'email name',
              },
              { ...MAPS.apple, ...apple.attributes },
            ),
          ]
        : []),
      ...(facebook
        ? [
            add(
              'Facebook',
              'Facebook',
              {
                client_id: facebook.appId,
                client_secret: secret(facebook.secretName, facebook.secretVersion),
                authorize_scopes: 'public_profile,email',
                ...(facebook.apiVersion && { api_version: facebook.apiVersion }),
              },
              { ...MAPS.facebook, ...facebook.attributes },
            ),
          ]
        : []),
      ...(amazon
        ? [
            add(
              'LoginWithAmazon',
              'LoginWithAmazon',
              {
                client_id: amazon.clientId,
                client_secret: secret(amazon.secretName, amazon.secretVersion),
                authorize_scopes: 'profile',
              },
              { ...MAPS.amazon, ...amazon.attributes },
            ),
          ]
        : []),
      ...Object.entries(saml).map(([name, { metadataUrl, signOut, identifiers, attributes }]) => {
        const provider = add(
          name,
          'SAML',
          { MetadataURL: metadataUrl, IDPSignout: String(signOut ?? false) },
          { ...MAPS.saml, ...attributes },
        );
        if (identifiers) provider.idpIdentifiers = [...identifiers];
        return provider;
      }),
      ...Object.entries(oidc).map(([name, one]) =>
        add(name, 'OIDC', oidcDetails(one), { ...MAPS.oidc, ...one.attributes }),
      ),
    ];
  }
}
