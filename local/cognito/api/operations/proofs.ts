/** How a password is proven: by SRP, or by sending it. */
import { createHmac, randomBytes } from 'node:crypto';
import { invalidParameter, userNotFound } from '../../core/errors.ts';
import type { Pool } from '../../core/pool/pool.ts';
import type { CustomState } from '../../core/sign-in/challenges.ts';
import { afterPassword } from '../../core/sign-in/entry.ts';
import { provenUser } from '../../core/sign-in/password-check.ts';
import { beginExchange, type SrpVerifier } from '../../core/sign-in/srp.ts';
import { hidesUsers } from '../../core/users/accounts.ts';
import { openSeal } from '../../core/users/passwords.ts';
import type { ClientRecord } from '../../store/records.ts';
import { migrate } from '../../triggers/migration.ts';
import type { Input } from '../input.ts';

export interface FlowRequest {
  readonly parameters: Input;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** USER_SRP_AUTH. An unknown user gets a challenge too, so that nobody can tell who has an account. */
export function askForProof(
  pool: Pool,
  client: ClientRecord,
  parameters: Input,
  custom?: CustomState,
): object {
  const name = parameters.text('USERNAME');
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

/** The flows that send the password. */
export async function checkPassword(
  pool: Pool,
  client: ClientRecord,
  { parameters, metadata }: FlowRequest,
): Promise<object> {
  const name = parameters.text('USERNAME');
  const password = parameters.text('PASSWORD');
  const source = 'UserMigration_Authentication';
  const { ClientId: clientId } = client;
  const user =
    pool.users.find(name) ?? (await migrate(pool, { source, name, password, clientId, metadata }));
  if (user === undefined && !hidesUsers(client)) throw userNotFound();
  const proven = provenUser(pool, { name, user, password });
  const deviceKey = parameters.maybe('DEVICE_KEY');
  return afterPassword(pool, { user: proven, client, clientMetadata: metadata, deviceKey });
}
