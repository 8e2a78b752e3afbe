/** Findings from outside: issuer, token, services, config.toml. */
import { error, note, warning } from './entry.ts';

export const OUTSIDE = {
  'issuer-unreachable': error(
    'the discovery document of the issuer cannot be read',
    'Supabase cannot learn the keys, and refuses every token.',
    'check region and pool id of the issuer',
  ),
  'issuer-mismatch': error(
    'the discovery document names another issuer',
    'Tokens have the other one, and are refused.',
    'use the issuer of the document everywhere',
  ),
  'issuer-form-updated': error(
    'the user pool issues tokens with the newer form of issuer',
    'Supabase builds the original form from pool id and region, and refuses them.',
    'set IssuerConfiguration.Type of the pool to ORIGINAL',
  ),
  'jwks-unreachable': error(
    'the keys of the issuer cannot be read',
    'No signature can be checked.',
    'check region and pool id of the issuer',
  ),
  'jwks-without-keys': error(
    'the issuer publishes no RS256 key',
    'No signature can be checked.',
    'check region and pool id of the issuer',
  ),
  'clock-differs': warning(
    'two clocks differ by more than 30 s',
    'Tokens are refused as expired or not yet valid.',
    'synchronise the clock (NTP)',
  ),
  'token-key-unknown': error(
    'the issuer has no key of this id',
    'The token is of another pool, or of a key that was replaced.',
    'sign in again; after a rotation, Supabase takes up to 30 minutes',
  ),
  'token-signature-wrong': error(
    'the signature of the token is wrong',
    'Every service refuses it.',
    'sign in again, and find out who made the token',
  ),
  'token-other-issuer': error(
    'the token is of another issuer',
    'Every service refuses it.',
    'let the app sign in at the pool that Supabase knows',
  ),
  'token-expired': warning(
    'the token has expired, or is not valid yet',
    'Every service refuses it.',
    'sign in again',
  ),
  'token-not-of-cognito': error(
    'the token is neither an access token nor an ID token of Cognito',
    'The database refuses it with PT403.',
    'send the access token of the session',
  ),
  'token-without-role': error(
    'the token has no claim role',
    'The Data API and Storage run it as anon, and Realtime refuses it.',
    'attach the pre-token trigger with events of version 2 or 3: npx cognito-supabase attach',
  ),
  'token-role-wrong': error(
    'the claim role is not authenticated',
    'The Data API becomes that role: the request fails, or has more rights than any person should.',
    'let the pre-token trigger of the kit set it, and use app_role for application roles',
  ),
  'token-not-trusted': error(
    'the database does not trust the token',
    'Each request is refused with PT401 or PT403.',
    'npx cognito-supabase token, which says why',
  ),
  'data-api-unreachable': error(
    'the Data API does not answer',
    'No request of the app can work.',
    'check SUPABASE_URL, and whether the project is paused',
  ),
  'data-api-key-refused': error(
    'the Data API refuses the publishable key',
    'No request of the app can work.',
    'copy the key from Settings, API keys',
  ),
  'data-api-refuses-token': error(
    'the Data API refuses the token',
    'No request of this person works.',
    'register the issuer as third-party auth; npx cognito-supabase token says more',
  ),
  'data-api-accepts-forgery': error(
    'the Data API accepts a token with a wrong signature',
    'Everybody can be anybody.',
    'find what answers at this address: it is not the Data API of Supabase',
  ),
  'storage-refuses-token': error(
    'Storage refuses the token',
    'People can neither read nor upload files.',
    'register the issuer as third-party auth',
  ),
  'realtime-refuses-token': error(
    'Realtime refuses the token',
    'No channel of this person opens.',
    'register the issuer as third-party auth, and see that the token has the claim role',
  ),
  'function-refuses-token': error(
    'an Edge Function refuses the token',
    'The platform checks it first, or the function has another issuer or other app clients.',
    'only for a function that verifies the token itself: verify_jwt = false in config.toml; and its secrets COGNITO_ISSUER and COGNITO_CLIENT_IDS',
  ),
  'auth-sign-ups-open': warning(
    'Supabase Auth takes sign-ups',
    'Everybody can get a token of the project, which is accepted where trust is not checked.',
    'Authentication, Sign In / Providers: switch off "Allow new users to sign up"',
  ),
  'config-unreadable': error(
    'supabase/config.toml cannot be read',
    'The Supabase CLI stops at it.',
    'correct the file',
  ),
  'config-third-party-missing': error(
    'config.toml does not enable the user pool as third-party auth',
    'supabase start refuses every token of the pool.',
    'npx cognito-supabase init',
  ),
  'config-other-pool': error(
    'config.toml names another user pool',
    'supabase start refuses every token of this pool.',
    'correct user_pool_id and user_pool_region in [auth.third_party.aws_cognito]',
  ),
  'config-several-providers': error(
    'config.toml enables several third-party providers',
    'Supabase takes one.',
    'disable the others',
  ),
  'config-verify-jwt': note(
    'the platform checks tokens before an Edge Function that seems to verify them itself',
    'It knows its own tokens only, and answers 401 to people of the pool. Without its check, everybody can call the function.',
    'only if the function verifies the token of its caller itself: verify_jwt = false in [functions.NAME]',
  ),
  'config-exposes-schema': error(
    'config.toml exposes a private schema',
    'Its tables have no policies for people.',
    'take it out of [api] schemas',
  ),
  'config-sign-ups-open': warning(
    'config.toml lets people sign up at Supabase Auth',
    'Everybody can get a token that is not of the pool.',
    'enable_signup = false in [auth]',
  ),
  'config-anonymous-sign-ins': warning(
    'config.toml lets anybody sign in anonymously',
    'Everybody can get a token with the role authenticated.',
    'enable_anonymous_sign_ins = false in [auth]',
  ),
};
