/** Calls a trigger as Cognito calls a Lambda function: with JSON, and not longer than 5 seconds. */
import { awsError } from '../core/errors.ts';

// biome-ignore lint/suspicious/noExplicitAny: any handler of a trigger fits, whatever its event type
export type TriggerHandler = (event: any) => unknown;

type Fields = Record<string, unknown>;

/** Cognito waits this long for the function. */
const PATIENCE = 5000;

export const malformed = () =>
  awsError('InvalidLambdaResponseException', 'Unrecognizable lambda output');

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function withPatience<T>(trigger: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const error = awsError(
      'UnexpectedLambdaException',
      `${trigger} invocation failed due to error: function took longer than 5 seconds.`,
    );
    timer = setTimeout(reject, PATIENCE, error);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** What crosses to a Lambda function and back is JSON, so nothing else may cross here. */
const throughJson = (value: unknown): unknown => {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
};

/**
 * Calls the handler, and returns the `response` of its answer.
 *
 * @param trigger Its name, for errors.
 * @throws CognitoError `UserLambdaValidationException` if it threw, `InvalidLambdaResponseException` if its
 * answer has not the shape of an answer, `UnexpectedLambdaException` after 5 seconds.
 */
export async function invoke(
  trigger: string,
  handler: TriggerHandler,
  event: object,
): Promise<Fields> {
  const ask = async (): Promise<unknown> => {
    try {
      return throughJson(await handler(throughJson(event)));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw awsError('UserLambdaValidationException', `${trigger} failed with error ${reason}.`);
    }
  };
  const answer = await withPatience(trigger, ask());
  if (!isRecord(answer) || !isRecord(answer.response)) throw malformed();
  return answer.response;
}
