/** Amplify in Node: an app of a pool, with its storage in memory. */
import { Amplify } from 'aws-amplify';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { CLIENT, POOL, type TestPool } from './support.ts';

/** @returns the storage, in which a test may look, or which it may empty. */
export function configureAmplify({ endpoint }: TestPool, clientId = CLIENT): Map<string, string> {
  Amplify.configure({
    Auth: {
      Cognito: { userPoolId: POOL, userPoolClientId: clientId, userPoolEndpoint: endpoint },
    },
  });
  const storage = new Map<string, string>();
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void storage.set(key, value),
    getItem: async (key) => storage.get(key) ?? null,
    removeItem: async (key) => void storage.delete(key),
    clear: async () => storage.clear(),
  });
  return storage;
}
