/** The Supabase secret key, by its name in Secrets Manager. It is kept in memory for some minutes. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** A rotated key is seen after this time, in ms. */
const KEPT = 5 * 60 * 1000;

export type ReadKey = () => Promise<string>;

/**
 * @param secretName Name of the secret. Its value is the key itself.
 * @throws Error of Secrets Manager, or if the secret has no text
 */
export function secretKeyReader(secretName: string): ReadKey {
  let client: SecretsManagerClient | undefined;
  let kept: { readonly key: string; readonly until: number } | undefined;
  return async () => {
    if (kept !== undefined && kept.until > Date.now()) return kept.key;
    // Loaded with the first key, because the SDK takes longer to load than everything else.
    const { GetSecretValueCommand, SecretsManagerClient: Client } = await import(
      '@aws-sdk/client-secrets-manager'
    );
    client ??= new Client({ maxAttempts: 2 });
    const { SecretString: key } = await client.send(
      new GetSecretValueCommand({ SecretId: secretName }),
    );
    if (!key) throw new Error('the secret of the Supabase key is empty');
    kept = { key, until: Date.now() + KEPT };
    return key;
  };
}
