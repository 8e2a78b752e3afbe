/** CUSTOM_AUTH: the pool's functions decide which challenges follow, and when the person is in. */
import type { ClientRecord } from '../../store/records.ts';
import {
  type ChallengeResult,
  type CustomCaller,
  createChallenge,
  type Decision,
  defineChallenge,
  verifyAnswer,
} from '../../triggers/custom-auth.ts';
import { notAuthorized } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import type { Challenge } from './challenges.ts';
import { checkMayEnter, grant } from './entry.ts';

export interface CustomSignIn {
  readonly pool: Pool;
  readonly client: ClientRecord;
  readonly caller: CustomCaller;
}

export const decide = (
  { pool, caller }: CustomSignIn,
  history: readonly ChallengeResult[],
): Promise<Decision> => defineChallenge(pool.triggers, caller, history);

/**
 * Does what the define function has decided: the next challenge, or the tokens.
 *
 * @throws CognitoError `NotAuthorizedException` if it refuses
 */
export async function proceed(
  signIn: CustomSignIn,
  history: readonly ChallengeResult[],
  decision: Decision,
): Promise<object> {
  const { pool, client, caller } = signIn;
  const { user, metadata } = caller;
  if (decision === 'issue tokens' && user !== undefined) {
    checkMayEnter(user);
    return grant(pool, { user, client, clientMetadata: metadata });
  }
  // Nobody gets tokens for a user who does not exist, whatever the function says.
  if (decision !== 'CUSTOM_CHALLENGE') throw notAuthorized();
  const challenge = await createChallenge(pool.triggers, caller, history);
  const Session = pool.challenges.ask({
    name: 'CUSTOM_CHALLENGE',
    username: user?.Username ?? caller.name,
    clientId: client.ClientId,
    custom: { history, ...challenge },
  });
  const ChallengeParameters = {
    USERNAME: user?.Username ?? caller.name,
    ...challenge.publicParameters,
  };
  return { ChallengeName: 'CUSTOM_CHALLENGE', ChallengeParameters, Session };
}

/** Has the answer verified, and goes on. */
export async function answerCustom(
  signIn: CustomSignIn,
  { custom }: Challenge,
  answer: string,
): Promise<object> {
  if (custom === undefined) throw notAuthorized('Invalid session for the user.');
  const { history, privateParameters = {}, metadata } = custom;
  const isRight = await verifyAnswer(signIn.pool.triggers, signIn.caller, {
    privateParameters,
    answer,
  });
  const result: ChallengeResult = {
    challengeName: 'CUSTOM_CHALLENGE',
    challengeResult: isRight,
    ...(metadata !== undefined && { challengeMetadata: metadata }),
  };
  const after = [...history, result];
  return proceed(signIn, after, await decide(signIn, after));
}
