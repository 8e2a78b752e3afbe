/** The three triggers of a custom authentication challenge: their events, and their answers checked. */
import type {
  CreateAuthChallengeTriggerEvent,
  DefineAuthChallengeTriggerEvent,
  VerifyAuthChallengeResponseTriggerEvent,
} from 'aws-lambda';
import { invalidParameter } from '../core/errors.ts';
import type { UserRecord } from '../store/records.ts';
import { isRecord, malformed } from './invoke.ts';
import { allAttributes, type Occasion, type Triggers } from './triggers.ts';

/** A challenge that was answered. `challengeMetadata` is for custom ones. */
export interface ChallengeResult {
  readonly challengeName: 'CUSTOM_CHALLENGE' | 'PASSWORD_VERIFIER' | 'SRP_A';
  readonly challengeResult: boolean;
  readonly challengeMetadata?: string | undefined;
}

/** Who is signing in. Without `user`, nobody has this name, and the functions are told. */
export interface CustomCaller extends Occasion {
  readonly name: string;
  readonly user: UserRecord | undefined;
}

export interface CustomChallenge {
  readonly publicParameters: Readonly<Record<string, string>>;
  readonly privateParameters: Readonly<Record<string, string>>;
  readonly metadata?: string | undefined;
}

/** What the define function decides to do next. */
export type Decision = 'fail' | 'issue tokens' | 'CUSTOM_CHALLENGE' | 'PASSWORD_VERIFIER';

type Fields = Readonly<Record<string, unknown>>;

async function call(
  triggers: Triggers,
  name: 'CreateAuthChallenge' | 'DefineAuthChallenge' | 'VerifyAuthChallengeResponse',
  { clientId, name: given, user, metadata }: CustomCaller,
  { request, response }: { readonly request: object; readonly response: object },
): Promise<Fields> {
  const answer = await triggers.call(name, clientId, {
    triggerSource: `${name}_Authentication`,
    userName: user?.Username ?? given,
    request: {
      userAttributes: user ? allAttributes(user) : {},
      ...request,
      ...(user === undefined && { userNotFound: true }),
      ...(metadata && { clientMetadata: metadata }),
    },
    response,
  });
  if (answer === undefined)
    throw invalidParameter('Custom auth lambda trigger is not configured for the user pool.');
  return answer;
}

export async function defineChallenge(
  triggers: Triggers,
  caller: CustomCaller,
  session: readonly ChallengeResult[],
): Promise<Decision> {
  const response: DefineAuthChallengeTriggerEvent['response'] = {
    failAuthentication: false,
    issueTokens: false,
  };
  const event = { request: { session }, response };
  const answer = await call(triggers, 'DefineAuthChallenge', caller, event);
  if (answer.failAuthentication === true) return 'fail';
  if (answer.issueTokens === true) return 'issue tokens';
  const { challengeName } = answer;
  if (challengeName !== 'CUSTOM_CHALLENGE' && challengeName !== 'PASSWORD_VERIFIER')
    throw malformed();
  return challengeName;
}

export async function createChallenge(
  triggers: Triggers,
  caller: CustomCaller,
  session: readonly ChallengeResult[],
): Promise<CustomChallenge> {
  const response: CreateAuthChallengeTriggerEvent['response'] = {
    publicChallengeParameters: {},
    privateChallengeParameters: {},
    challengeMetadata: '',
  };
  const event = { request: { challengeName: 'CUSTOM_CHALLENGE', session }, response };
  const answer = await call(triggers, 'CreateAuthChallenge', caller, event);
  const metadata = answer.challengeMetadata ?? '';
  if (typeof metadata !== 'string') throw malformed();
  return {
    publicParameters: texts(answer.publicChallengeParameters),
    privateParameters: texts(answer.privateChallengeParameters),
    ...(metadata !== '' && { metadata }),
  };
}

export async function verifyAnswer(
  triggers: Triggers,
  caller: CustomCaller,
  {
    privateParameters,
    answer,
  }: Pick<CustomChallenge, 'privateParameters'> & { readonly answer: string },
): Promise<boolean> {
  const response: VerifyAuthChallengeResponseTriggerEvent['response'] = { answerCorrect: false };
  const request = { privateChallengeParameters: privateParameters, challengeAnswer: answer };
  const given = await call(triggers, 'VerifyAuthChallengeResponse', caller, { request, response });
  return given.answerCorrect === true;
}

function texts(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || !Object.values(value).every((one) => typeof one === 'string'))
    throw malformed();
  return value as Record<string, string>;
}
