/** New sessions of people, after they were signed out everywhere. */
import { setTimeout } from 'node:timers/promises';
import {
  InitiateAuthCommand,
  UserLambdaValidationException,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { cognitoClient, type Person } from './people.ts';
import { stackEnv } from './stack.ts';

export interface Session {
  /** Claim origin_jti, which all tokens of the session share. */
  readonly id: string;
  /** Claim auth_time, in whole seconds. Signing out everywhere compares it. */
  readonly began: number;
  readonly accessToken: string;
}

export function sessionOf(accessToken: string): Session {
  const { origin_jti, auth_time } = decodeJwt<{ origin_jti: string; auth_time: number }>(
    accessToken,
  );
  return { id: origin_jti, began: auth_time, accessToken };
}

/** The pre-authentication trigger keeps its answer for a second, also about a person who was enabled meanwhile. */
const KEPT_ANSWER = 3000;

async function signIn({ email, password }: Person): Promise<string> {
  const cognito = cognitoClient();
  const until = Date.now() + KEPT_ANSWER;
  for (;;) {
    try {
      const { AuthenticationResult: result } = await cognito.send(
        new InitiateAuthCommand({
          ClientId: stackEnv().COGNITO_CLIENT_ID,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: email, PASSWORD: password },
        }),
      );
      return result?.AccessToken ?? '';
    } catch (error) {
      const isRefused = error instanceof UserLambdaValidationException;
      if (!isRefused || Date.now() > until) throw error;
      await setTimeout(100);
    }
  }
}

/**
 * Signs a person in again, in a session that begins after the given second. `auth_time` has whole
 * seconds, so a session of the same second would count as one of those that were ended.
 */
export async function signInAfter(person: Person, second: number): Promise<Session> {
  for (;;) {
    const session = sessionOf(await signIn(person));
    if (session.began > second) return session;
    await setTimeout(Math.max(1, (second + 1) * 1000 - Date.now()));
  }
}
