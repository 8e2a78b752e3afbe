/** Turns an error of AWS, or a missing answer, into a KitError. */
import { KitError } from '@cognito-supabase/contract/errors';

const NO_CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError)$|could not load credentials/i;
const EXPIRED =
  /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidSignatureException)$/;
const NO_NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|^TimeoutError$|^NetworkingError$/;

/** Of the SDK, for an answer that is cut off, or of a proxy. */
const NO_FORM = /Deserialization error/;

/** True for every request: a change may have been carried out without its answer. */
const NO_ANSWER = 'Check the network and the proxy, and run it again.';

/**
 * @param where the region of the request.
 * @param noAnswer what to do if AWS does not answer.
 */
export function awsError(error: unknown, where: string, noAnswer = NO_ANSWER): unknown {
  if (error instanceof KitError || !(error instanceof Error)) return error;
  const { name, message } = error;
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  const words = message && message !== name ? `${name}: ${message}` : name;
  if (NO_CREDENTIALS.test(name) || NO_CREDENTIALS.test(message)) {
    const hint =
      'Log in as for the AWS CLI (`aws configure`, `aws sso login`), or set AWS_PROFILE.';
    return new KitError('CREDENTIALS_MISSING', 'there are no AWS credentials', hint, {
      cause: error,
    });
  }
  if (EXPIRED.test(name)) {
    const hint = 'Log in again, and check the clock of this machine.';
    return new KitError(
      'CREDENTIALS_MISSING',
      `AWS does not accept the credentials (${words})`,
      hint,
      {
        cause: error,
      },
    );
  }
  if ([name, message, code].some((text) => NO_NETWORK.test(text))) {
    const message = `AWS in ${where} does not answer (${words})`;
    return new KitError('POOL_UNREACHABLE', message, noAnswer, { cause: error });
  }
  if (error instanceof SyntaxError || NO_FORM.test(message)) {
    const said = `AWS in ${where} gave an answer that is cut off, or of another form`;
    return new KitError('POOL_UNREACHABLE', said, noAnswer, { cause: error });
  }
  if ('$metadata' in error) {
    const hint = 'Check account and region. --help lists the permissions that are needed.';
    return new KitError('POOL_REFUSED', `AWS refused (${words})`, hint, { cause: error });
  }
  return error;
}
