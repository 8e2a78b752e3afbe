/** What a stage can be told about sign-in by other providers. */

/** Attribute of the pool, custom ones with `custom:` → attribute of the provider. */
export type AttributeMap = Readonly<Record<string, string>>;

export interface FederationSettings {
  readonly google?: {
    readonly clientId: string;
    readonly secretName: string;
    readonly attributes?: AttributeMap;
  };
  readonly apple?: {
    /** Services ID. */
    readonly servicesId: string;
    readonly teamId: string;
    readonly keyId: string;
    /** Name in Secrets Manager of the private key (.p8). */
    readonly privateKeySecretName: string;
    readonly attributes?: AttributeMap;
  };
  /** Provider name → settings. */
  readonly saml?: Readonly<
    Record<
      string,
      {
        readonly metadataUrl: string;
        readonly signOut?: boolean;
        readonly identifiers?: readonly string[];
        readonly attributes?: AttributeMap;
      }
    >
  >;
  /** Provider name → settings. Auth0 is one: issuer `https://TENANT.auth0.com`. */
  readonly oidc?: Readonly<Record<string, OidcSettings>>;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly secretName: string;
  /** @default - openid, email, profile */
  readonly scopes?: readonly string[];
  readonly attributes?: AttributeMap;
}
