/** Turns an error of AWS, or a missing answer, into a KitError. */
import { KitError } from '@cognito-supabase/contract/errors';

const NO_CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError)$|could not load credentials/i;
const EXPIRED =
  /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidSignatureException)$/;
const NO_NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|^TimeoutError$|^NetworkingError$/;

/** @param where the region of the request. */
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
    const hint = 'Check the network, the proxy, and --endpoint. Nothing was changed.';
    return new KitError('POOL_UNREACHABLE', `AWS in ${where} does not answer (${words})`, hint, {
      cause: error,
    });
  }
  if ('$metadata' in error) {
    const hint = 'Check account and region. --help lists the permissions that are needed.';
    return new KitError('POOL_REFUSED', `AWS refused (${words})`, hint, { cause: error });
  }
  return error;
}
