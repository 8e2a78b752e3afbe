/**
 * Signing in. In cognito-local a wrong password is not NotAuthorizedException, a temporary one is
 * not checked at all, disabled users come in, there is no SRP, and a sign-in with a second factor gives a refresh token that is not kept.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { AppClient } from 'cognito-local/lib/services/appClient.js';
import { hasPassword, hidesUsers } from '../accounts.ts';
import { invalidParameter, notAuthorized, userNotFound } from '../errors.ts';
import type { Input } from '../input.ts';
import { type Call, checkPool, clientOf, type Kit, ownEntry, type Room } from '../kit.ts';
import { openSeal } from '../passwords.ts';
import { checkSecretHash } from '../secrets.ts';
import { beginExchange, type SrpVerifier } from '../srp.ts';
import { ANSWERS } from './answers.ts';
import { afterPassword } from './entry.ts';
import { refresh } from './sessions.ts';

export const signIn: Room = (kit) => {
  const initiate = async ({ input }: Call, flows: Flows) => {
    const client = await clientOf(kit, input);
    const name = input.text('AuthFlow');
    const flow = ownEntry(flows, name);
    if (flow === undefined) throw invalidParameter(`AuthFlow ${name} is not offered here.`);
    checkFlow(client, name, flow.allowedBy);
    return flow.run(kit, client, input.map('AuthParameters'));
  };
  const respond = async ({ input }: Call) => {
    const client = await clientOf(kit, input);
    const name = input.text('ChallengeName');
    const answer = ownEntry(ANSWERS, name);
    if (answer === undefined) throw invalidParameter(`Challenge ${name} is not offered here.`);
    const responses = input.map('ChallengeResponses');
    checkSecretHash(client, responses.text('USERNAME'), responses.maybe('SECRET_HASH'));
    return answer(kit, client, input);
  };
  return {
    InitiateAuth: (call) => initiate(call, FLOWS),
    AdminInitiateAuth: (call) => {
      checkPool(kit, call.input);
      return initiate(call, { ...FLOWS, ...ADMIN_FLOWS });
    },
    RespondToAuthChallenge: respond,
    AdminRespondToAuthChallenge: (call) => {
      checkPool(kit, call.input);
      return respond(call);
    },
  };
};

interface Flow {
  readonly allowedBy: readonly string[];
  readonly run: (kit: Kit, client: AppClient, parameters: Input) => Promise<object>;
}
type Flows = Readonly<Record<string, Flow | undefined>>;

const bySrp: Flow = {
  allowedBy: ['ALLOW_USER_SRP_AUTH'],
  run: (kit, client, parameters) => Promise.resolve(askForProof(kit, client, parameters)),
};
const byPassword = (...allowedBy: string[]): Flow => ({ allowedBy, run: checkPassword });
const byRefreshToken: Flow = {
  allowedBy: ['ALLOW_REFRESH_TOKEN_AUTH'],
  run: async (kit, client, parameters) => {
    const token = parameters.text('REFRESH_TOKEN');
    const { username } = kit.sessions.resume(token, client.ClientId);
    checkSecretHash(client, username, parameters.maybe('SECRET_HASH'));
    return { ChallengeParameters: {}, ...(await refresh(kit, client, { token })) };
  },
};

const FLOWS: Flows = {
  USER_SRP_AUTH: bySrp,
  USER_PASSWORD_AUTH: byPassword('ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'),
  REFRESH_TOKEN_AUTH: byRefreshToken,
  REFRESH_TOKEN: byRefreshToken,
};
const ADMIN_FLOWS: Flows = {
  ADMIN_USER_PASSWORD_AUTH: byPassword('ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'),
  ADMIN_NO_SRP_AUTH: byPassword('ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'),
};

/** What a client allows that was created without `ExplicitAuthFlows`. */
const DEFAULT_FLOWS = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'];

function checkFlow(client: AppClient, name: string, allowedBy: readonly string[]): void {
  const allowed: readonly string[] = client.ExplicitAuthFlows ?? DEFAULT_FLOWS;
  if (!allowedBy.some((flow) => allowed.includes(flow)))
    throw invalidParameter(`${name} flow not enabled for this client`);
}

/** USER_SRP_AUTH: an unknown user is asked as well, so that nobody can tell who has an account. */
function askForProof(kit: Kit, client: AppClient, parameters: Input): object {
  const name = parameters.text('USERNAME');
  checkSecretHash(client, name, parameters.maybe('SECRET_HASH'));
  const user = kit.pool.find(name);
  if (user === undefined && !hidesUsers(client)) throw userNotFound();
  const verifier = (user && openSeal(user.Password)) ?? decoyVerifier(name);
  const exchange = beginExchange(parameters.text('SRP_A'), verifier);
  if (exchange === undefined) throw invalidParameter('SRP_A is not valid.');
  const username = user?.Username ?? decoyName(name);
  const challenge = { name: 'PASSWORD_VERIFIER', username, clientId: client.ClientId } as const;
  kit.challenges.ask(user ? { ...challenge, exchange } : challenge, exchange.secretBlock);
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

/** The flows that send the password itself. */
async function checkPassword(kit: Kit, client: AppClient, parameters: Input): Promise<object> {
  const name = parameters.text('USERNAME');
  checkSecretHash(client, name, parameters.maybe('SECRET_HASH'));
  const user = kit.pool.find(name);
  if (user === undefined && !hidesUsers(client)) throw userNotFound();
  if (user === undefined || !hasPassword(kit.pool, user, parameters.text('PASSWORD')))
    throw notAuthorized();
  return afterPassword(kit, { user, client });
}
