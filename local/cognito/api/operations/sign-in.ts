/** Signing in. */
import { createHmac, randomBytes } from 'node:crypto';
import { hasPassword, hidesUsers } from '../../core/accounts.ts';
import type { CustomState } from '../../core/challenges.ts';
import { decide, proceed } from '../../core/custom-auth.ts';
import { afterPassword } from '../../core/entry.ts';
import { invalidParameter, notAuthorized, userNotFound } from '../../core/errors.ts';
import { openSeal } from '../../core/passwords.ts';
import type { Pool } from '../../core/pool.ts';
import { refresh } from '../../core/refresh.ts';
import { checkSecretHash } from '../../core/secrets.ts';
import { beginExchange, makeVerifier, type SrpVerifier } from '../../core/srp.ts';
import type { ClientRecord } from '../../store/records.ts';
import { migrate } from '../../triggers/migration.ts';
import type { Input } from '../input.ts';
import { type Call, clientOf, type Operations, ownEntry } from '../operation.ts';
import { ANSWERS } from './answers.ts';

const initiate = async (pool: Pool, { input }: Call, flows: Flows): Promise<object> => {
  const client = clientOf(pool, input);
  const name = input.text('AuthFlow');
  const flow = ownEntry(flows, name);
  if (flow === undefined) throw invalidParameter(`AuthFlow ${name} is not offered here.`);
  checkFlow(client, name, flow.allowedBy);
  const parameters = input.map('AuthParameters');
  const user = flow.startsSession ? pool.users.find(parameters.text('USERNAME')) : undefined;
  const metadata = input.strings('ClientMetadata');
  if (user !== undefined)
    await pool.triggers.preAuthentication(user, { clientId: client.ClientId, metadata });
  return flow.run(pool, client, { parameters, metadata });
};

const respond = async (pool: Pool, { input }: Call): Promise<object> => {
  const client = clientOf(pool, input);
  const name = input.text('ChallengeName');
  const answer = ownEntry(ANSWERS, name);
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
interface FlowRequest {
  readonly parameters: Input;
  readonly metadata: Readonly<Record<string, string>> | undefined;
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
    return {
      ChallengeParameters: {},
      AuthenticationResult: await refresh(pool, client, { token }),
    };
  },
};

/** The pool's functions decide. A client may ask to show its password first. */
const custom: Flow = {
  allowedBy: ['ALLOW_CUSTOM_AUTH', 'CUSTOM_AUTH_FLOW_ONLY'],
  startsSession: true,
  run: async (pool, client, { parameters, metadata }) => {
    const name = parameters.text('USERNAME');
    checkSecretHash(client, name, parameters.maybe('SECRET_HASH'));
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

/** USER_SRP_AUTH. An unknown user gets a challenge too, so that nobody can tell who has an account. */
function askForProof(
  pool: Pool,
  client: ClientRecord,
  parameters: Input,
  custom?: CustomState,
): object {
  const name = parameters.text('USERNAME');
  checkSecretHash(client, name, parameters.maybe('SECRET_HASH'));
  const user = pool.users.find(name);
  if (user === undefined && !hidesUsers(client)) throw userNotFound();
  const verifier = (user && openSeal(user.password)) ?? decoyVerifier(name);
  const exchange = beginExchange(parameters.text('SRP_A'), verifier);
  if (exchange === undefined) throw invalidParameter('SRP_A is not valid.');
  const username = user?.Username ?? decoyName(name);
  const challenge = {
    name: 'PASSWORD_VERIFIER',
    username,
    clientId: client.ClientId,
    ...(custom && { custom }),
  } as const;
  pool.challenges.ask(user ? { ...challenge, exchange } : challenge, exchange.secretBlock);
  return {
    ChallengeName: challenge.name,
    ChallengeParameters: {
      SALT: verifier.salt.toString(16),
      SECRET_BLOCK: exchange.secretBlock,
      SRP_B: exchange.B.toString(16),
      USERNAME: username,
      USER_ID_FOR_SRP: username,
    },
  };
}

const DECOY_KEY = randomBytes(32);
const decoyHex = (name: string): string =>
  createHmac('sha256', DECOY_KEY).update(name.toLowerCase()).digest('hex');
const decoyVerifier = (name: string): SrpVerifier => ({
  salt: BigInt(`0x${decoyHex(name).slice(0, 32)}`),
  verifier: BigInt(`0x${randomBytes(384).toString('hex')}`),
});
const decoyName = (name: string): string =>
  decoyHex(name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-a$4-$5');

/** The flows that send the password. An unknown user takes as long as a wrong password. */
async function checkPassword(
  pool: Pool,
  client: ClientRecord,
  { parameters, metadata }: FlowRequest,
): Promise<object> {
  const name = parameters.text('USERNAME');
  checkSecretHash(client, name, parameters.maybe('SECRET_HASH'));
  const password = parameters.text('PASSWORD');
  const source = 'UserMigration_Authentication';
  const { ClientId: clientId } = client;
  const user =
    pool.users.find(name) ?? (await migrate(pool, { source, name, password, clientId, metadata }));
  if (user === undefined && !hidesUsers(client)) throw userNotFound();
  if (user === undefined) {
    makeVerifier({ poolName: pool.id, username: name }, password);
    throw notAuthorized();
  }
  if (!hasPassword(pool.store, user, password)) throw notAuthorized();
  return afterPassword(pool, { user, client });
}
