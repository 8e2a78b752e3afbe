/** Checks of sign-in by other providers. */
import type { AttributeMap, OidcSettings } from '../settings.ts';
import { isExisting, type StageSettings } from '../settings.ts';
import { must, mustHave } from './refuse.ts';
import { checkSecretName } from './secrets.ts';
import { checkHttps } from './urls.ts';

/** Attributes that every pool has. Source: OpenID Connect Core 5.1, as Cognito lists them. */
export const STANDARD_ATTRIBUTES = new Set(
  `address birthdate email email_verified family_name gender given_name locale middle_name name
   nickname phone_number picture preferred_username profile updated_at username website
   zoneinfo`.split(/\s+/),
);

/** Names that Cognito reserves for its own providers. */
const TAKEN = /^(COGNITO|Google|SignInWithApple|Facebook|LoginWithAmazon)$/i;

function checkAttributes(key: string, map: AttributeMap | undefined, settings: StageSettings) {
  const { pool } = settings;
  if (isExisting(pool)) return;
  for (const name of Object.keys(map ?? {})) {
    const own = pool.attributes?.[name.replace(/^custom:/, '')];
    const isOwn = name.startsWith('custom:');
    must(
      isOwn ? own : STANDARD_ATTRIBUTES.has(name),
      `${key}.attributes.${name}`,
      'is not an attribute of the pool',
      isOwn ? 'Declare it in pool.attributes.' : 'A standard one, or custom:NAME.',
    );
    // Cognito writes mapped attributes at every sign-in. If it cannot, the sign-in fails.
    must(
      !isOwn || own?.mutable !== false,
      `${key}.attributes.${name}`,
      'is immutable, so that every second sign-in would fail',
      `Set pool.attributes.${name.slice(7)}.mutable.`,
    );
  }
}

function checkName(key: string, name: string) {
  must(
    /^[A-Za-z0-9-]{3,32}$/.test(name) && !TAKEN.test(name),
    key,
    `"${name}" is not a name for a provider`,
    'From 3 to 32 letters, digits and hyphens, and none of Cognito’s own.',
  );
}

function checkOidc(key: string, oidc: OidcSettings) {
  const hint = 'As in https://tenant.auth0.com.';
  checkHttps(`${key}.issuer`, oidc.issuer, hint);
  // Cognito appends /.well-known/openid-configuration, and compares `iss` exactly.
  must(
    !/[?#]|\/$|\/\.well-known\//.test(oidc.issuer),
    `${key}.issuer`,
    `"${oidc.issuer}" is not an issuer`,
    'Without a slash at the end, query or /.well-known; as the claim `iss` has it.',
  );
  mustHave(oidc.clientId, `${key}.clientId`, 'The client that the provider has made for Cognito.');
  checkSecretName(`${key}.secretName`, oidc.secretName);
}

/** @throws KitError */
export function checkFederation(settings: StageSettings) {
  const { federation, login } = settings;
  if (!federation) return;
  must(
    login,
    'login',
    'is missing, and providers send people back to it',
    'Set login.prefix or login.domain.',
  );
  const { google, apple, facebook, amazon, saml = {}, oidc = {} } = federation;
  if (google) {
    mustHave(google.clientId, 'federation.google.clientId', 'From the Google Cloud console.');
    checkSecretName('federation.google.secretName', google.secretName);
    checkAttributes('federation.google', google.attributes, settings);
  }
  if (apple) {
    const hint = 'From developer.apple.com: Certificates, Identifiers & Profiles.';
    mustHave(apple.servicesId, 'federation.apple.servicesId', hint);
    mustHave(apple.teamId, 'federation.apple.teamId', hint);
    mustHave(apple.keyId, 'federation.apple.keyId', hint);
    checkSecretName('federation.apple.privateKeySecretName', apple.privateKeySecretName);
    checkAttributes('federation.apple', apple.attributes, settings);
  }
  if (facebook) {
    mustHave(facebook.appId, 'federation.facebook.appId', 'From developers.facebook.com.');
    checkSecretName('federation.facebook.secretName', facebook.secretName);
    checkAttributes('federation.facebook', facebook.attributes, settings);
  }
  if (amazon) {
    mustHave(amazon.clientId, 'federation.amazon.clientId', 'From developer.amazon.com.');
    checkSecretName('federation.amazon.secretName', amazon.secretName);
    checkAttributes('federation.amazon', amazon.attributes, settings);
  }
  for (const [name, provider] of Object.entries(saml)) {
    const key = `federation.saml.${name}`;
    checkName(key, name);
    checkHttps(`${key}.metadataUrl`, provider.metadataUrl, 'The metadata document’s address.');
    checkAttributes(key, provider.attributes, settings);
  }
  for (const [name, provider] of Object.entries(oidc)) {
    const key = `federation.oidc.${name}`;
    checkName(key, name);
    must(!(name in saml), key, 'is a SAML provider too', 'Give each a name of its own.');
    checkOidc(key, provider);
    checkAttributes(key, provider.attributes, settings);
  }
}
