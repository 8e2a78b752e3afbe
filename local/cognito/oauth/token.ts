/** `/oauth2/token`: tokens for a code, for a refresh token, and for a machine. */
import { createHash } from 'node:crypto';
import { CognitoError } from '../core/errors.ts';
import type { Service } from '../core/pool/service.ts';
import { checkMayEnter } from '../core/sign-in/entry.ts';
import { refresh } from '../core/tokens/refresh.ts';
import { makeRoom } from '../core/tokens/session-tracking.ts';
import { lifetime } from '../core/tokens/token-claims.ts';
import type { IssuedTokens } from '../core/tokens/tokens.ts';
import { type CallingClient, type Form, OAuthError } from './client-auth.ts';
import type { Grant, Memory } from './memory.ts';

export interface TokenRequest extends CallingClient {
  readonly service: Service;
  readonly memory: Memory;
  readonly form: Form;
}

type GrantType = (request: TokenRequest) => Promise<object>;

const GRANTS = new Map<string, GrantType>([
  ['authorization_code', byCode],
  ['refresh_token', byRefreshToken],
  ['client_credentials', forMachine],
]);

/**
 * The body of the answer.
 *
 * @throws OAuthError as RFC 6749, 5.2 names them
 */
export async function grantTokens(request: TokenRequest): Promise<object> {
  const name = request.form.get('grant_type');
  if (name === undefined) throw new OAuthError('invalid_request', 'grant_type is missing');
  const grant = GRANTS.get(name);
  if (grant === undefined) throw new OAuthError('unsupported_grant_type');
  try {
    return await grant(request);
  } catch (error) {
    if (error instanceof CognitoError) throw new OAuthError('invalid_grant', error.message);
    throw error;
  }
}

async function byCode({ pool, client, memory, form }: TokenRequest): Promise<object> {
  checkFlow(client, 'code');
  const code = field(form, 'code');
  const used = memory.used.get(code);
  // A second use means that the code was stolen, so that session ends.
  if (used?.poolId === pool.id) pool.sessions.revokeOrigin(used.originJti);
  const grant = memory.codes.get(code);
  if (grant?.clientId !== client.ClientId) throw new OAuthError('invalid_grant');
  // From here on the code is used up, whatever happens.
  memory.codes.delete(code);
  if (grant.redirectUri !== field(form, 'redirect_uri')) throw new OAuthError('invalid_grant');
  checkVerifier(grant, form.get('code_verifier'));
  const user = pool.users.withSub(grant.sub);
  if (user === undefined) throw new OAuthError('invalid_grant');
  checkMayEnter(user);
  const session = {
    ...pool.sessions.begin({
      username: user.Username,
      clientId: client.ClientId,
      lifetime: lifetime(client, 'RefreshToken') * 1000,
      scopes: grant.scopes,
    }),
    authTime: grant.authTime,
  };
  memory.used.add({ poolId: pool.id, originJti: session.originJti }, code);
  const source = 'TokenGeneration_HostedAuth';
  const { nonce } = grant;
  const issued = await pool.tokens.issue({ user, client, session, source, nonce });
  const RefreshToken = pool.store.transaction(() => {
    makeRoom(pool, user);
    return pool.sessions.open(session);
  });
  return answer({ ...issued, RefreshToken });
}

function checkVerifier({ challenge }: Grant, verifier: string | undefined): void {
  if (challenge === undefined && verifier === undefined) return;
  const hash = createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');
  if (challenge !== hash) throw new OAuthError('invalid_grant', 'code_verifier does not match');
}

async function byRefreshToken({ pool, client, form }: TokenRequest): Promise<object> {
  const token = field(form, 'refresh_token');
  return answer(await refresh(pool, client, { token }));
}

async function forMachine({ pool, client, form }: TokenRequest): Promise<object> {
  checkFlow(client, 'client_credentials');
  const allowed = client.AllowedOAuthScopes ?? [];
  const scopes = form.get('scope')?.split(' ').filter(Boolean) ?? allowed;
  if (scopes.some((scope) => !allowed.includes(scope))) throw new OAuthError('invalid_scope');
  const clientMetadata = metadataOf(form.get('aws_client_metadata'));
  return answer(await pool.tokens.issueForMachine({ client, scopes, clientMetadata }));
}

/** A JSON object of texts. AWS passes it on to the trigger. */
function metadataOf(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (text === undefined) return undefined;
  const malformed = () => new OAuthError('invalid_request', 'aws_client_metadata is not valid');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
    if (!Object.values(value).every((one) => typeof one === 'string')) throw malformed();
    return value as Record<string, string>;
  } catch {
    throw malformed();
  }
}

function checkFlow(client: TokenRequest['client'], flow: 'code' | 'client_credentials'): void {
  const flows: readonly string[] = client.AllowedOAuthFlows ?? [];
  if (!client.AllowedOAuthFlowsUserPoolClient || !flows.includes(flow))
    throw new OAuthError('unauthorized_client');
}

function field(form: Form, name: string): string {
  const value = form.get(name);
  if (!value) throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}

const answer = (tokens: IssuedTokens & { readonly RefreshToken?: string }): object => ({
  ...(tokens.IdToken !== undefined && { id_token: tokens.IdToken }),
  access_token: tokens.AccessToken,
  ...(tokens.RefreshToken !== undefined && { refresh_token: tokens.RefreshToken }),
  expires_in: tokens.ExpiresIn,
  token_type: tokens.TokenType,
});
