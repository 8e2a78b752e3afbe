/**
 * The three triggers of a custom authentication challenge without Lambda: a one-time code by mail, for pools
 * without `EMAIL_OTP`.
 *
 * Source of the events: Cognito developer guide, "Custom authentication challenge Lambda triggers".
 */
import type {
  CreateAuthChallengeTriggerEvent,
  DefineAuthChallengeTriggerEvent,
  VerifyAuthChallengeResponseTriggerEvent,
} from 'aws-lambda';
import { CODE_LIFETIME, isSameCode, makeCode } from './code.ts';

/** Wrong answers before the sign-in is over. */
const MOST_ANSWERS = 3;

/** Decides what comes next: a code, tokens, or the end. */
export const defineAuthChallenge = async (
  event: DefineAuthChallengeTriggerEvent,
): Promise<DefineAuthChallengeTriggerEvent> => {
  const { session = [] } = event.request;
  const last = session.at(-1);
  const isOurs = session.every(({ challengeName }) => challengeName === 'CUSTOM_CHALLENGE');
  const issueTokens = isOurs && !event.request.userNotFound && last?.challengeResult === true;
  // An unknown person gets as many challenges as anybody, so that nobody learns who is known.
  const failAuthentication = !issueTokens && (!isOurs || session.length >= MOST_ANSWERS);
  return {
    ...event,
    response: {
      issueTokens,
      failAuthentication,
      ...(!issueTokens && !failAuthentication && { challengeName: 'CUSTOM_CHALLENGE' }),
    },
  } as DefineAuthChallengeTriggerEvent;
};

export interface CreateChallengeParts {
  /** Sends a code by mail, in the person's language. */
  readonly sendCode: (to: string, code: string, locale: string | undefined) => Promise<void>;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

/** `CODE SENT-AT`. Cognito keeps it between the answers, and the app does not see it. */
const stateOf = (code: string, sentAt: number): string => `${code} ${sentAt}`;

function readState(text: string | undefined): { code: string; sentAt: number } | undefined {
  const [, code, sentAt] = /^(\d{8}) (\d{1,15})$/.exec(text ?? '') ?? [];
  return code === undefined ? undefined : { code, sentAt: Number(sentAt) };
}

/** `ada@example.com` as `a***@e***`, as Cognito shows it. */
const maskMail = (email: string): string => email.replace(/^(.)[^@]*@(.).*$/u, '$1***@$2***');

/** A mask that looks like one of a person, the same for each time of asking. */
const maskOfName = (name: string): string => maskMail(name.includes('@') ? name : `${name}@e`);

/**
 * Makes the handler that sends a code. It sends one code in each sign-in: a wrong answer does not make another mail.
 * It sends only to a verified address, and for everybody else does as if.
 */
export const createAuthChallenge =
  ({ sendCode, warn }: CreateChallengeParts) =>
  async (event: CreateAuthChallengeTriggerEvent): Promise<CreateAuthChallengeTriggerEvent> => {
    const { session = [], userAttributes: attributes = {}, userNotFound } = event.request;
    const sent = readState(session.at(-1)?.challengeMetadata);
    const { code, sentAt } = sent ?? { code: makeCode(), sentAt: Date.now() };
    const { email = '', email_verified: isVerified, locale } = attributes;
    if (!sent && !userNotFound && isVerified === 'true') {
      // The person sees no error: it would tell that there is such an account.
      await sendCode(email, code, locale).catch((error: unknown) =>
        warn(`create-auth-challenge: no mail, ${error instanceof Error ? error.name : 'error'}`),
      );
    }
    const destination = maskOfName(email === '' ? event.userName : email);
    return {
      ...event,
      response: {
        publicChallengeParameters: { medium: 'EMAIL', destination },
        privateChallengeParameters: { state: stateOf(code, sentAt) },
        challengeMetadata: stateOf(code, sentAt),
      },
    };
  };

/** Whether the answer is the code, in time. */
export const verifyAuthChallenge = async (
  event: VerifyAuthChallengeResponseTriggerEvent,
): Promise<VerifyAuthChallengeResponseTriggerEvent> => {
  const { privateChallengeParameters: kept, challengeAnswer, userNotFound } = event.request;
  const sent = readState(kept?.state);
  const isInTime = sent !== undefined && Date.now() - sent.sentAt < CODE_LIFETIME;
  const isRight = isInTime && isSameCode(String(challengeAnswer ?? ''), sent.code);
  return { ...event, response: { answerCorrect: isRight && !userNotFound } };
};
