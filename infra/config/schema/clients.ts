/** App clients, managed login and sign-in by other providers, as settings. */
import { z } from 'zod';
import { list, named, optional, text } from './shape.ts';

const redirects = {
  /** Exact URLs, no wildcards. https outside dev; a mobile app may have a scheme of its own. */
  callbackUrls: list(text),
  logoutUrls: list(text),
};

export const redirectSettings = z.strictObject(redirects);

export const publicClientSettings = z.strictObject({
  ...redirects,
  /** Access and ID token. @default - 60 */
  tokenMinutes: optional(z.int()),
  /** @default - 30 */
  refreshDays: optional(z.int()),
});

export const serverClientSettings = z.strictObject({
  ...redirects,
  /**
   * Lets the server sign people in by password (ADMIN_USER_PASSWORD_AUTH), with AWS credentials and the
   * client's secret. The server then sees the passwords.
   * @default - false
   */
  adminPasswordFlow: optional(z.boolean()),
});

export const machineClientSettings = z.strictObject({
  /** Identifier of the resource server, as in `https://api.example.com`. */
  resourceServer: text,
  /** Scope name → what it allows. */
  scopes: named(text),
  /**
   * Claims of its tokens, as in `{ role: 'authenticated' }`. The trigger selects them by scope. Scopes
   * are known before the client is created, so one deployment is enough.
   * @default - none, so that Supabase runs it as anon
   */
  claims: optional(named(z.unknown())),
});

export const clientsSettings = z.strictObject({
  /** Browser app. */
  web: publicClientSettings,
  mobile: optional(publicClientSettings),
  /** Server-rendered app: has a secret. */
  server: optional(serverClientSettings),
  /** Programs: has a secret, and scopes of a resource server. */
  machine: optional(machineClientSettings),
});

/** Settings document of the branding designer. @default - Cognito's own look */
const branding = optional(named(z.unknown()));

export const prefixLoginSettings = z.strictObject({
  /** Prefix of `PREFIX.auth.REGION.amazoncognito.com`; unique in the region. */
  prefix: text,
  branding,
});

export const domainLoginSettings = z.strictObject({
  /** A custom domain. Its parent domain needs an A record. */
  domain: text,
  /** ACM certificate in us-east-1, which Cognito requires for pools of every region. */
  certificateArn: text,
  branding,
});

/** Attribute of the pool, custom ones with `custom:` → attribute of the provider. */
export const attributeMap = named(text);

const secretOfProvider = {
  /** Name in Secrets Manager of the provider's secret. */
  secretName: text,
  /**
   * Version id of that secret. CloudFormation reads a secret again only if the template changes, so name
   * the version of a new secret.
   * @default - the current one, as of the first deployment
   */
  secretVersion: optional(text),
};

export const oidcSettings = z.strictObject({
  issuer: text,
  clientId: text,
  ...secretOfProvider,
  /** @default - openid, email, profile */
  scopes: optional(list(text)),
  attributes: optional(attributeMap),
});

export const federationSettings = z.strictObject({
  google: optional(
    z.strictObject({ clientId: text, ...secretOfProvider, attributes: optional(attributeMap) }),
  ),
  apple: optional(
    z.strictObject({
      /** Services ID. */
      servicesId: text,
      teamId: text,
      keyId: text,
      /** Name in Secrets Manager of the private key (.p8). */
      privateKeySecretName: text,
      /** Version id of that secret, as for the others. */
      privateKeySecretVersion: optional(text),
      attributes: optional(attributeMap),
    }),
  ),
  facebook: optional(
    z.strictObject({
      appId: text,
      ...secretOfProvider,
      /** As in `v21.0`. @default - Cognito's own choice */
      apiVersion: optional(text),
      attributes: optional(attributeMap),
    }),
  ),
  /** Login with Amazon. */
  amazon: optional(
    z.strictObject({ clientId: text, ...secretOfProvider, attributes: optional(attributeMap) }),
  ),
  /** Provider name → settings. */
  saml: optional(
    named(
      z.strictObject({
        metadataUrl: text,
        signOut: optional(z.boolean()),
        identifiers: optional(list(text)),
        attributes: optional(attributeMap),
      }),
    ),
  ),
  /** Provider name → settings. Auth0 is one: issuer `https://TENANT.auth0.com`. */
  oidc: optional(named(oidcSettings)),
});
