/** Turns an error of AWS, or a missing answer, into a KitError. */
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';

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

/** `name: message`, without saying the same twice. */
const inWords = ({ name, message }: Error): string =>
  message && message !== name ? `${name}: ${message}` : name;

/** The error if there are no credentials, or AWS does not accept them; otherwise undefined. */
export function credentialsError(cause: unknown): KitError | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { name, message } = cause;
  if (EXPIRED.test(name)) {
    const said = `AWS does not accept the credentials (${inWords(cause)})`;
    const hint = 'Log in again, and check the clock of this machine.';
    return new KitError('CREDENTIALS_MISSING', said, hint, { cause });
  }
  if (!NO_CREDENTIALS.test(name) && !NO_CREDENTIALS.test(message)) return undefined;
  const profile = printable(process.env.AWS_PROFILE ?? '');
  const [said, hint] = profile
    ? [
        `there are no AWS credentials of profile ${profile}, which AWS_PROFILE names`,
        `Log in (\`aws sso login --profile ${profile}\`), or name another one: \`aws configure list-profiles\` lists them.`,
      ]
    : [
        'there are no AWS credentials',
        'Log in as for the AWS CLI (`aws configure`, `aws sso login`), or set AWS_PROFILE.',
      ];
  return new KitError('CREDENTIALS_MISSING', said, hint, { cause });
}

/**
 * @param where the region of the request.
 * @param noAnswer what to do if AWS does not answer.
 */
export function awsError(error: unknown, where: string, noAnswer = NO_ANSWER): unknown {
  if (error instanceof KitError || !(error instanceof Error)) return error;
  const { name, message } = error;
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  const words = inWords(error);
  const noCredentials = credentialsError(error);
  if (noCredentials) return noCredentials;
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
