/** What AWS answers, or that it does not, in words that a person can act on. */
import { KitError } from '@cognito-supabase/contract/errors';

const NO_CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError)$|could not load credentials/i;
const EXPIRED =
  /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidSignatureException)$/;
const NO_NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|^TimeoutError$|^NetworkingError$/;

/** @param where the region that was asked. */
export function awsError(error: unknown, where: string): unknown {
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
    const hint = 'Log in again; the clock of this machine must be right, too.';
    return new KitError(
      'CREDENTIALS_MISSING',
      `AWS does not take the credentials (${words})`,
      hint,
      {
        cause: error,
      },
    );
  }
  if ([name, message, code].some((text) => NO_NETWORK.test(text))) {
    const hint = 'Look at the network, a proxy, and --endpoint; nothing was changed.';
    return new KitError('POOL_UNREACHABLE', `AWS in ${where} does not answer (${words})`, hint, {
      cause: error,
    });
  }
  if ('$metadata' in error) {
    const hint = 'Is it the right account and region? --help lists the permissions it takes.';
    return new KitError('POOL_REFUSED', `AWS refused (${words})`, hint, { cause: error });
  }
  return error;
}
