/** Signing in. */

import { invalidParameter, userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import { decide, proceed } from '../../core/sign-in/custom-auth.ts';
import { checkSecretHash } from '../../core/sign-in/secrets.ts';
import { refresh } from '../../core/tokens/refresh.ts';
import { hidesUsers } from '../../core/users/accounts.ts';
import type { ClientRecord } from '../../store/records.ts';
import { type Call, clientOf, type Operations, ownEntry } from '../operation.ts';
import { ANSWERS } from './answers.ts';
import { FACTOR_ANSWERS } from './factor-answers.ts';
import { chooseFactor } from './factors.ts';
import { askForProof, checkPassword, type FlowRequest } from './proofs.ts';

const initiate = async (pool: Pool, { input }: Call, flows: Flows): Promise<object> => {
  const client = clientOf(pool, input);
  const name = input.text('AuthFlow');
  const flow = ownEntry(flows, name);
  if (flow === undefined) throw invalidParameter(`AuthFlow ${name} is not offered here.`);
  checkFlow(client, name, flow.allowedBy);
  const parameters = input.map('AuthParameters');
  const metadata = input.strings('ClientMetadata');
  const username = flow.startsSession ? parameters.text('USERNAME') : undefined;
  if (username !== undefined) checkSecretHash(client, username, parameters.maybe('SECRET_HASH'));
  const user = username === undefined ? undefined : pool.users.find(username);
  if (user !== undefined)
    await pool.triggers.preAuthentication(user, { clientId: client.ClientId, metadata });
  return flow.run(pool, client, { parameters, metadata });
};

const respond = async (pool: Pool, { input }: Call): Promise<object> => {
  const client = clientOf(pool, input);
  const name = input.text('ChallengeName');
  const answer = ownEntry({ ...ANSWERS, ...FACTOR_ANSWERS }, name);
  if (answer === undefined) throw invalidParameter(`Challenge ${name} is not offered here.`);
  const responses = input.map('ChallengeResponses');
  checkSecretHash(client, responses.text('USERNAME'), responses.maybe('SECRET_HASH'));
  return answer(pool, client, input);
};

export const signIn: Operations = {
  InitiateAuth: (pool, call) => initiate(pool, call, FLOWS),
  AdminInitiateAuth: (pool, call) => initiate(pool, call, { ...FLOWS, ...ADMIN_FLOWS }),
  RespondToAuthChallenge: respond,
  AdminRespondToAuthChallenge: respond,
};

interface Flow {
  readonly allowedBy: readonly string[];
  /** Whether a person signs in. Otherwise a session continues. */
  readonly startsSession: boolean;
  readonly run: (pool: Pool, client: ClientRecord, request: FlowRequest) => Promise<object>;
}
type Flows = Readonly<Record<string, Flow | undefined>>;

const bySrp: Flow = {
  allowedBy: ['ALLOW_USER_SRP_AUTH'],
  startsSession: true,
  run: async (pool, client, { parameters }) => askForProof(pool, client, parameters),
};
const byPassword = (...allowedBy: string[]): Flow => ({
  allowedBy,
  startsSession: true,
  run: checkPassword,
});
const byRefreshToken: Flow = {
  allowedBy: ['ALLOW_REFRESH_TOKEN_AUTH'],
  startsSession: false,
  run: async (pool, client, { parameters }) => {
    const token = parameters.text('REFRESH_TOKEN');
    const { username } = pool.sessions.resume(token, client.ClientId);
    checkSecretHash(client, username, parameters.maybe('SECRET_HASH'));
    const deviceKey = parameters.maybe('DEVICE_KEY');
    return {
      ChallengeParameters: {},
      AuthenticationResult: await refresh(pool, client, { token, deviceKey }),
    };
  },
};

/** The pool's functions decide. A client may ask to show its password first. */
const custom: Flow = {
  allowedBy: ['ALLOW_CUSTOM_AUTH', 'CUSTOM_AUTH_FLOW_ONLY'],
  startsSession: true,
  run: async (pool, client, { parameters, metadata }) => {
    const name = parameters.text('USERNAME');
    const user = pool.users.find(name);
    if (user === undefined && !hidesUsers(client)) throw userNotFound();
    const signIn = { pool, client, caller: { clientId: client.ClientId, name, user, metadata } };
    const withPassword = parameters.maybe('CHALLENGE_NAME') === 'SRP_A';
    const history = withPassword
      ? [{ challengeName: 'SRP_A', challengeResult: true } as const]
      : [];
    const decision = await decide(signIn, history);
    return decision === 'PASSWORD_VERIFIER' && withPassword
      ? askForProof(pool, client, parameters, { history })
      : proceed(signIn, history, decision);
  },
};

const FLOWS: Flows = {
  CUSTOM_AUTH: custom,
  USER_AUTH: { allowedBy: ['ALLOW_USER_AUTH'], startsSession: true, run: chooseFactor },
  USER_SRP_AUTH: bySrp,
  USER_PASSWORD_AUTH: byPassword('ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'),
  REFRESH_TOKEN_AUTH: byRefreshToken,
  REFRESH_TOKEN: byRefreshToken,
};
const ADMIN_FLOWS: Flows = {
  ADMIN_USER_PASSWORD_AUTH: byPassword('ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'),
  ADMIN_NO_SRP_AUTH: byPassword('ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'),
};

/** The flows of a client without `ExplicitAuthFlows`. */
const DEFAULT_FLOWS = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'];

function checkFlow(client: ClientRecord, name: string, allowedBy: readonly string[]): void {
  const allowed: readonly string[] = client.ExplicitAuthFlows ?? DEFAULT_FLOWS;
  if (!allowedBy.some((flow) => allowed.includes(flow)))
    throw invalidParameter(`${name} flow not enabled for this client`);
}
